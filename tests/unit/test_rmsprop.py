"""Chapter 3's module: RMSProp and AdaGrad."""

import math

import numpy as np
import pytest

from adamlib.descent import trace
from adamlib.rmsprop import AdaGrad, RMSProp

GRADIENTS = np.random.default_rng(5).normal(size=(60, 4))


def test_rmsprop_two_steps_by_hand():
    # gradients 2 and 10: v = 0.1 * 4 = 0.4, then 0.9 * 0.4 + 0.1 * 100 = 10.36
    states, steps = trace(RMSProp(lr=0.1, beta=0.9, eps=0.5), [2.0, 10.0])
    assert np.allclose([state.v for state in states], [0.4, 10.36], rtol=1e-14, atol=0)
    expected = [-0.1 * 2 / (math.sqrt(0.4) + 0.5), -0.1 * 10 / (math.sqrt(10.36) + 0.5)]
    assert np.allclose(steps, expected, rtol=1e-14, atol=0)


def test_adagrad_two_steps_by_hand():
    # gradients 3 and 4: v = 9, then 25
    states, steps = trace(AdaGrad(lr=0.1, eps=0.5), [3.0, 4.0])
    assert [float(state.v) for state in states] == [9.0, 25.0]
    assert np.allclose(steps, [-0.3 / 3.5, -0.4 / 5.5], rtol=1e-14, atol=0)


def test_adagrads_sum_may_overflow_where_no_square_does():
    with np.errstate(over="ignore"):
        states, steps = trace(AdaGrad(), np.full(2, 1.5e19, np.float32))
    assert np.isfinite(states[0].v) and np.isinf(states[1].v) and steps[0] < 0 == steps[1]


@pytest.mark.parametrize("optimizer", [RMSProp(eps=0), AdaGrad(eps=0)], ids=repr)
@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1e3, 1e6, 2.0**-400, 2.0**400])
def test_without_eps_the_scale_of_the_gradient_does_not_matter(optimizer, scale):
    assert np.allclose(trace(optimizer, scale * GRADIENTS).steps, trace(optimizer, GRADIENTS).steps, rtol=1e-14, atol=0)


def test_with_eps_a_small_gradient_takes_a_small_step():
    small = trace(RMSProp(lr=1.0, eps=1e-8), np.full(500, 1e-8)).steps[-1]
    assert math.isclose(small, -0.5, rel_tol=1e-9)  # inside the root it would be 1e-4
