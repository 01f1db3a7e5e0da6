"""Chapter 2's module, against hand-worked numbers and the theory of the two-term recursion."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib.descent import GradientDescent, descend, trace
from adamlib.momentum import Momentum, MomentumState, convergence_rate

GRADIENTS = np.random.default_rng(3).normal(size=(60, 4))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [-0.02, -0.118]),
        ({"nesterov": True}, [-0.038, -0.2062]),
        ({"heavy_ball": True}, [-0.2, -1.18]),
        ({"heavy_ball": True, "nesterov": True}, [-0.38, -2.062]),
    ],
)
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


def test_the_terminal_step_under_a_constant_gradient():
    constant = np.ones(400)
    assert math.isclose(trace(Momentum(0.1, 0.9), constant).steps[-1], -0.1, rel_tol=1e-12)
    assert math.isclose(trace(Momentum(0.1, 0.9, heavy_ball=True), constant).steps[-1], -1.0, rel_tol=1e-12)


@given(lr=st.floats(0.01, 5), beta=st.floats(0, 0.99), curvature=st.floats(0.01, 1))
def test_the_rate_is_the_spectral_radius_of_the_iteration(lr, beta, curvature):
    matrix = np.array([[1 + beta - lr * curvature, -beta], [1, 0]])
    expected = np.abs(np.linalg.eigvals(matrix)).max()
    # a double root moves by the square root of a rounding error
    assert math.isclose(float(convergence_rate(lr, beta, curvature)), expected, abs_tol=1e-7)


@pytest.mark.parametrize("lr", [0.5, 1.0, 3.0, 3.6])
def test_in_the_oscillating_regime_the_rate_is_the_root_of_beta(lr):
    assert math.isclose(float(convergence_rate(lr, 0.81, 1.0)), 0.9, rel_tol=1e-12)
    swing = np.abs(descend(lambda x: x, np.array(1.0), Momentum(lr, 0.81, heavy_ball=True), 600).points)
    measured = (swing[500:].max() / swing[200:300].max()) ** (1 / 300)  # windows that lie 300 steps apart
    assert math.isclose(measured, 0.9, rel_tol=1e-3)


def test_the_stability_limits():
    for limit, optimizer in [(2 + 2 * 0.9, {"heavy_ball": True}), (38.0, {})]:
        for factor, ends in [(0.997, "small"), (1.003, "large")]:
            path = descend(lambda x: x, np.array(1.0), Momentum(limit * factor, 0.9, **optimizer), 4000)
            assert (np.abs(path.points[-1]) < 1e-3) == (ends == "small")


def test_the_critical_beta_and_the_best_rate_at_condition_number_100():
    lr, beta = 4 / 1.1**2, (9 / 11) ** 2
    assert round(lr, 6) == 3.305785 and round(beta, 6) == 0.669421
    rates = convergence_rate(lr, beta, np.array([0.01, 1.0]))
    assert np.allclose(rates, 9 / 11, rtol=0, atol=1e-7)
    assert math.isclose(beta, (1 - math.sqrt(lr * 0.01)) ** 2)
    lrs, betas = np.meshgrid(np.linspace(2, 4, 81), np.linspace(0.5, 0.8, 61))
    worst = np.maximum(convergence_rate(lrs, betas, 0.01), convergence_rate(lrs, betas, 1.0))
    assert worst.min() > 9 / 11


def test_the_rate_broadcasts():
    assert convergence_rate(np.ones((3, 1)), np.full(4, 0.5), 1.0).shape == (3, 4)


def test_the_state_holds_the_average():
    states, _ = trace(Momentum(lr=0.1, beta=0.9), [2.0, 10.0])
    assert isinstance(states[0], MomentumState)
    assert math.isclose(states[0].m, 0.2) and math.isclose(states[1].m, 1.18)
