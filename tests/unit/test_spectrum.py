"""The spectrum of momentum: roots, rates, limits, the best setting, and what noise leaves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib.descent import descend
from adamlib.momentum import Momentum
from adamlib.spectrum import best_setting, convergence_rate, critical_beta, largest_lr, noise_variance, roots

lrs, betas, curvatures = st.floats(0, 5), st.floats(0, 0.999), st.floats(0, 5)


def ball(lr, beta, start=1.0, steps=600, **form):
    return descend(lambda x: x, np.array(start), Momentum(lr, beta, heavy_ball=True, **form), steps).points


@given(lrs, betas, curvatures, st.booleans())
def test_roots_solve_the_equation_and_the_larger_is_first(lr, beta, curvature, nesterov):
    left = 1 - lr * curvature
    b, c = ((1 + beta) * left, beta * left) if nesterov else (beta + left, beta)
    large, small = roots(lr, beta, curvature, nesterov)
    assert np.isclose(large + small, b, atol=1e-9) and np.isclose(large * small, c, atol=1e-9)
    assert abs(large) >= abs(small)


@given(lrs, betas, curvatures)
def test_the_rate_is_that_of_numpy_s_roots(lr, beta, curvature):
    expected = abs(np.roots([1, -(1 + beta - lr * curvature), beta])).max()
    assert math.isclose(float(convergence_rate(lr, beta, curvature)), expected, abs_tol=1e-6)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize(("lr", "beta"), [(0.3, 0.81), (1.2, 0.81), (0.02, 0.6), (0.9, 0.3)])
def test_a_path_is_a_mixture_of_the_two_powers(lr, beta, nesterov):
    powers = np.array([np.asarray(root) ** np.arange(60) for root in roots(lr, beta, 1.0, nesterov)])
    xs = ball(lr, beta, steps=59, nesterov=nesterov)
    mixed, *_ = np.linalg.lstsq(powers[:, :2].T, xs[:2].astype(complex), rcond=None)
    assert np.allclose(mixed @ powers, xs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("lr", [0.02, 0.1, 1.0, 2.0, 3.5])
def test_in_the_oscillating_regime_the_rate_is_the_root_of_beta(lr):
    assert math.isclose(float(convergence_rate(lr, 0.81, 1.0)), 0.9, rel_tol=1e-12)
    # A swing's size, whatever its phase: the form x_t^2 - b x_t x_{t-1} + beta x_{t-1}^2 shrinks by beta at every step.
    xs, b = ball(lr, 0.81, steps=200), 1 + 0.81 - lr
    size = xs[1:] ** 2 - b * xs[1:] * xs[:-1] + 0.81 * xs[:-1] ** 2
    assert np.allclose(np.sqrt(size[1:] / size[:-1]), 0.9, rtol=1e-9)


def test_no_beta_is_better_than_the_critical_one():
    tried = np.linspace(0, 0.999, 20_001)
    for product in (0.01, 0.04, 0.5, 0.99, 1.5, 3.0):
        found = tried[convergence_rate(product, tried, 1.0).argmin()]
        assert math.isclose(found, critical_beta(product, 1.0), abs_tol=1e-4)
    assert math.isclose(critical_beta(0.02, 2.0), 0.64) and math.isclose(critical_beta(0.0, 1.0), 1.0)


@pytest.mark.parametrize(("nesterov", "limits"), [(False, [2.0, 3.0, 3.8]), (True, [2.0, 1.5, 3.8 / 2.8])])
def test_the_limit_separates_what_converges_from_what_does_not(nesterov, limits):
    found = largest_lr(np.array([0.0, 0.5, 0.9]), 1.0, nesterov)
    assert np.allclose(found, limits) and np.allclose(largest_lr(0.5, 4.0, nesterov), limits[1] / 4)
    for limit, beta in zip(limits, (0.0, 0.5, 0.9)):
        assert abs(ball(0.997 * limit, beta, steps=4000, nesterov=nesterov)[-1]) < 1e-3
        assert abs(ball(1.003 * limit, beta, steps=4000, nesterov=nesterov)[-1]) > 1e3
        assert math.isclose(float(convergence_rate(limit, beta, 1.0, nesterov)), 1.0, rel_tol=1e-12)


def test_the_best_setting_at_condition_number_100_and_nothing_beats_it():
    lr, beta, rate = best_setting(0.01, 1.0)
    assert (round(lr, 6), round(beta, 6), round(rate, 6)) == (3.305785, 0.669421, 0.818182)
    assert np.allclose(convergence_rate(lr, beta, np.array([0.01, 1.0])), rate, rtol=0, atol=1e-7)
    grid = np.meshgrid(np.linspace(2, 4, 81), np.linspace(0.5, 0.8, 61))
    assert np.maximum(convergence_rate(*grid, 0.01), convergence_rate(*grid, 1.0)).min() > rate


def test_the_best_setting_of_equal_curvatures_arrives_at_once():
    assert best_setting(4.0, 4.0) == (0.25, 0.0, 0.0)
    assert np.allclose(best_setting(1e308, 1e308), (1e-308, 0.0, 0.0), rtol=1e-12, atol=0)


def test_everything_broadcasts():
    lr, beta = np.ones((3, 1)), np.full(4, 0.5)
    assert convergence_rate(lr, beta, 1.0).shape == noise_variance(lr, beta, 1.0).shape == (3, 4)
    assert [root.shape for root in roots(lr, beta, 1.0)] == [(3, 4), (3, 4)]


@pytest.mark.parametrize(
    ("lr", "beta", "curvature"), [(0.1, 0.0, 1.0), (0.1, 0.9, 1.0), (1.0, 0.5, 0.5), (0.05, 0.99, 2.0)]
)
def test_the_variance_is_the_sum_of_the_squared_answers_to_one_push(lr, beta, curvature):
    """The path is a sum of independent pushes, each with the same answer: the variances add."""
    x, m, answer = 0.0, 0.0, []
    for t in range(5000):  # a push at t = 0, and none after it
        m = beta * m + curvature * x + (t == 0)
        x -= lr * m
        answer.append(x)
    assert math.isclose(float(noise_variance(lr, beta, curvature)), np.sum(np.square(answer)), rel_tol=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: critical_beta(4.0, 1.0), r"in \[0, 4\), got 4.0"),
        (lambda: critical_beta(-0.1, 1.0), "got -0.1"),
        (lambda: critical_beta(-1.0, -1.0), "lr and curvature must be >= 0, got -1.0 and -1.0"),
        (lambda: critical_beta(math.nan, 1.0), "got nan"),
        *((lambda f=f: f([0.1, 0.2], [1.0, 2.0, 3.0]), "could not be broadcast together")
          for f in (critical_beta, largest_lr, lambda lr, curvature: noise_variance(lr, 0.5, curvature))),
        (lambda: largest_lr(0.9, 0.0), "curvature must be > 0, got 0.0"),
        (lambda: largest_lr([0.9, 1.0], 1.0), r"beta must be in \[0, 1\), got \[0.9 1. \]"),
        (lambda: largest_lr(-0.5, 1.0, nesterov=True), "got -0.5"),
        (lambda: noise_variance(0.1, 1.5, 1.0), r"beta must be in \[0, 1\), got 1.5"),
        (lambda: best_setting(2.0, 1.0), "0 < smallest <= largest, got 2.0 and 1.0"),
        (lambda: best_setting(0.0, 1.0), "got 0.0 and 1.0"),
        (lambda: best_setting(1.0, math.inf), "got 1.0 and inf"),
        (lambda: noise_variance(3.8, 0.9, 1.0), "lr must be between 0 and largest_lr"),
        (lambda: noise_variance(0.0, 0.9, 1.0), "got 0.0"),
    ],
)  # fmt: skip
def test_what_has_no_answer_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
