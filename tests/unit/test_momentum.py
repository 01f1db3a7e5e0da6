"""Chapter 2's module, against hand-worked numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib.descent import GradientDescent, trace
from adamlib.momentum import Momentum, MomentumState

GRADIENTS = np.random.default_rng(3).normal(size=(60, 4))


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, [-0.02, -0.118]), ({"nesterov": True}, [-0.038, -0.2062]), ({"heavy_ball": True}, [-0.2, -1.18]),
     ({"heavy_ball": True, "nesterov": True}, [-0.38, -2.062])],
)  # fmt: skip
def test_two_steps_by_hand(options, expected):
    # gradients 2 and 10, lr 0.1, beta 0.9; for instance the averaged m is 0.2 and then 1.18
    steps = trace(Momentum(lr=0.1, beta=0.9, **options), [2.0, 10.0]).steps
    assert np.allclose(steps, expected, rtol=1e-14, atol=0)


@given(beta=st.floats(0, 0.999), lr=st.floats(1e-4, 10), nesterov=st.booleans())
def test_the_two_forms_agree_when_lr_is_scaled(beta, lr, nesterov):
    averaged = trace(Momentum(lr / (1 - beta), beta, nesterov=nesterov), GRADIENTS).steps
    heavy = trace(Momentum(lr, beta, heavy_ball=True, nesterov=nesterov), GRADIENTS).steps
    assert np.allclose(averaged, heavy, rtol=0, atol=1e-12 * np.abs(heavy).max())


@pytest.mark.parametrize("heavy_ball", [False, True])
@pytest.mark.parametrize("nesterov", [False, True])
def test_without_memory_it_is_gradient_descent(heavy_ball, nesterov):
    steps = trace(Momentum(0.3, 0, heavy_ball, nesterov), GRADIENTS).steps
    assert np.array_equal(steps, trace(GradientDescent(0.3), GRADIENTS).steps)


def test_the_state_holds_the_average():
    states, _ = trace(Momentum(lr=0.1, beta=0.9), [2.0, 10.0])
    assert isinstance(states[0], MomentumState)
    assert math.isclose(states[0].m, 0.2) and math.isclose(states[1].m, 1.18)
