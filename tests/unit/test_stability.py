"""Where RMSProp and Adam stop coming closer: the cycle, the sharpness limit, and what turns with the axes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib.adam import Adam
from adamlib.descent import GradientDescent, descend, trace
from adamlib.landscapes import bowl
from adamlib.momentum import Momentum
from adamlib.rmsprop import RMSProp
from adamlib.stability import cycle_amplitude, preconditioned_sharpness, sharpness_limit, turn


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("curvature", [0.1, 1.0, 100.0])
def test_rmsprop_bounces_at_half_its_learning_rate(beta, curvature):
    xs = descend(lambda x: curvature * x, np.array([0.03, 0.3, 3.0]), RMSProp(0.2, beta), 4000).points
    assert np.allclose(abs(xs[-20:]), cycle_amplitude(0.2), rtol=1e-3)
    assert (np.sign(xs[-19:]) == -np.sign(xs[-20:-1])).all()


def test_the_limit_is_that_of_averaged_momentum():
    assert math.isclose(sharpness_limit(0.01), 3800) and math.isclose(sharpness_limit(0.5, 0.0), 4.0)
    for beta1 in (0.0, 0.5, 0.9):
        for share, settles in ((0.997, True), (1.003, False)):
            xs = descend(lambda x: x, np.array(1.0), Momentum(share * sharpness_limit(1.0, beta1), beta1), 4000).points
            assert (abs(xs[-1]) < 1e-3) == settles


@given(st.floats(0.01, 100), st.integers(1, 50), st.floats(0, 0.999))
def test_under_a_constant_gradient_the_sharpness_is_curvature_over_gradient(curvature, t, beta2):
    state = trace(Adam(beta2=beta2), np.full(t, 3.0)).states[-1]
    assert math.isclose(preconditioned_sharpness(curvature, state.v, t, beta2), curvature / 3, rel_tol=1e-9)
    assert preconditioned_sharpness(1.0, 1.0, t) == preconditioned_sharpness(1.0, 1.0, t, 0.999)


def test_where_nothing_was_met_the_sharpness_is_infinite():
    assert preconditioned_sharpness(1.0, np.zeros(2), 5).tolist() == [math.inf, math.inf]
    assert np.isnan(preconditioned_sharpness(0.0, 0.0, 5))


@pytest.mark.parametrize("degrees", [0, 22.5, 45, 90, -30])
def test_descent_turns_with_the_bowl_and_rmsprop_does_not(degrees):
    start = np.array([-5.0, -2.0])
    for optimizer, turns in ((GradientDescent(0.4), True), (RMSProp(0.1), degrees in (0, 90))):
        upright = descend(bowl().gradient, start, optimizer, 40).points
        turned = descend(bowl(degrees=degrees).gradient, turn(start, degrees), optimizer, 40).points
        assert np.allclose(turned, turn(upright, degrees), atol=1e-9) == turns
    assert np.allclose(turn(turn(start, degrees), -degrees), start)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cycle_amplitude(-1), "lr must be a finite number >= 0, got -1"),
        *(
            (lambda lr=lr: sharpness_limit(lr), f"lr must be a finite number > 0, got {lr}")
            for lr in (0.0, -1, math.nan)
        ),
        (lambda: sharpness_limit(5e-324), "lr must be above 0"),
        (lambda: sharpness_limit(0.1, 1.0), "beta1 must be"),
        (lambda: preconditioned_sharpness(1.0, 1.0, 0), "t must be a whole number >= 1, got 0"),
        (lambda: preconditioned_sharpness(1.0, 1.0, 1, math.nan), "beta2 must be"),
        (lambda: preconditioned_sharpness(1.0, [1.0, -1.0], 1), "v must be >= 0"),
        (lambda: turn(np.ones(3), 45), r"shape \(..., 2\), got \(3,\)"),
        (lambda: turn(np.ones(2), math.inf), "degrees must be a finite number, got inf"),
    ],
)
def test_what_is_out_of_range_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
