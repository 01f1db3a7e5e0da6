"""Bounds on Adam's step: closed forms, the gradients that reach them, and nothing beyond them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adamlib.adam import Adam
from adamlib.bounds import (
    adamax_largest_step,
    largest_step,
    largest_step_ever,
    noise_step,
    steepest_ramp,
    travel_after_stop,
    uncorrected_factor,
)
from adamlib.descent import trace

betas = st.floats(0, 0.999)


def steps_on(gradients, beta1=0.9, beta2=0.999, **settings):
    return -trace(Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=0.0, **settings), gradients).steps


@pytest.mark.parametrize(
    ("beta2", "first", "peak", "at", "below"),
    [(0.999, 3.1623, 6.5685, 12, 2375), (0.99, 1.0, 2.1311, 13, 237), (0.95, 0.4472, 1.0967, 20, 43),
     (0.9999, 10.0, 20.7202, 12, 23754)],
)  # fmt: skip
def test_the_uncorrected_start(beta2, first, peak, at, below):
    factors = uncorrected_factor(np.arange(1, 40_001), 0.9, beta2)
    assert np.isclose(factors[0], first, atol=5e-5) and np.isclose(factors.max(), peak, atol=5e-5)
    assert factors.argmax() + 1 == at and np.flatnonzero(factors >= 1.05)[-1] + 2 == below


@given(betas, st.floats(0.01, 0.999), arrays(float, 12, elements=st.floats(-10, 10).filter(lambda g: abs(g) > 1e-3)))
@settings(max_examples=50)
def test_without_correction_a_step_is_multiplied_by_c(beta1, beta2, gradients):
    both = steps_on(gradients, beta1, beta2), steps_on(gradients, beta1, beta2, bias_correction=False)
    assert np.allclose(both[1], both[0] * uncorrected_factor(np.arange(1, 13), beta1, beta2), rtol=1e-9, atol=1e-12)


def test_the_supremum_by_hand_and_by_its_weights():
    """For t = 2, beta1 = 1/2, beta2 = 3/4: p = (2, 1)/3, q = (4, 3)/7, so S^2 = (4/9)(7/4) + (1/9)(7/3) = 28/27."""
    assert math.isclose(largest_step(2, 0.5, 0.75), math.sqrt(28 / 27))
    for t, beta1, beta2 in [(7, 0.9, 0.999), (50, 0.3, 0.9), (40, 0.9, 0.7), (9, 0.0, 0.5)]:
        p, q = (np.array([(1 - b) * b**k / (1 - b**t) for k in range(t)]) for b in (beta1, beta2))
        assert math.isclose(largest_step(t, beta1, beta2), math.sqrt(np.sum(p**2 / q)), rel_tol=1e-12)
    assert np.allclose([largest_step(t) for t in (1, 10, 100, 1000)], [1, 1.0431, 2.2434, 5.7812], atol=5e-5)


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.9, 0.99), (0.9, 0.85), (0.5, 0.5), (0.3, 0.95)])
def test_the_ramp_reaches_the_supremum_at_every_step(beta1, beta2):
    found = steps_on(steepest_ramp(120, beta1, beta2), beta1, beta2)
    assert np.allclose(found, [largest_step(t, beta1, beta2) for t in range(1, 121)], rtol=1e-9)


@given(betas, st.floats(0.01, 0.999), arrays(float, 15, elements=st.floats(-10, 10).filter(lambda g: abs(g) > 1e-3)))
def test_no_gradients_exceed_the_supremum(beta1, beta2, gradients):
    bounds = np.array([largest_step(t, beta1, beta2) for t in range(1, 16)])
    assert np.all(abs(steps_on(gradients, beta1, beta2)) <= bounds * (1 + 1e-9))
    assert bounds.max() <= largest_step_ever(beta1, beta2) * (1 + 1e-12)


@pytest.mark.parametrize("t", [2, 10, 1000])
def test_there_is_room_above_1_exactly_when_the_betas_differ(t):
    for beta in (0.0, 0.5, 0.9, 0.99):
        assert math.isclose(largest_step(t, beta, beta), 1.0, rel_tol=1e-12)
    for beta1, beta2 in [(0.9, 0.91), (0.91, 0.9), (0.0, 0.1), (0.5, 0.999)]:
        assert largest_step(t, beta1, beta2) > 1 + 1e-6


def test_the_limit_of_the_supremum():
    assert np.allclose([largest_step_ever(), largest_step_ever(0.9, 0.99)], [7.2703, 2.3452], atol=5e-5)
    assert math.isclose(largest_step_ever(0.9, 0.85), 1.1902, abs_tol=5e-5)
    for pair in [(0.9, 0.999), (0.9, 0.85), (0.0, 0.9), (0.5, 0.5)]:
        assert math.isclose(largest_step(20_000, *pair), largest_step_ever(*pair), rel_tol=1e-7)
    assert largest_step_ever(0.9, 0.81) == math.inf and largest_step(200, 0.9, 0.7) > 1000 * largest_step(100, 0.9, 0.7)
    assert largest_step(2, 0.5, 0.0) == largest_step_ever(0.5, 0.0) == math.inf
    assert largest_step(5, 0.0, 0.0) == largest_step_ever(0.0, 0.0) == 1.0


def test_a_weight_that_wakes():
    asleep = np.zeros(10_000)
    constant = -trace(Adam(lr=1.0), np.r_[asleep, np.ones(60)]).steps[-60:]
    assert np.allclose(constant, uncorrected_factor(np.arange(1, 61)), rtol=1e-4)
    single = -trace(Adam(lr=1.0), np.r_[asleep, 1.0, np.zeros(59)]).steps[-60:]
    assert np.isclose(single.max(), 3.1623, atol=5e-4) and single.argmax() == 0


def test_noise_shortens_the_step():
    assert math.isclose(noise_step(), 0.2294, abs_tol=5e-5) and noise_step(0.0) == 1.0
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(size=(3000, 200))
        assert math.isclose(np.sqrt((steps_on(noise)[1500:] ** 2).mean()), noise_step(), rel_tol=0.02)


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.5, 0.9), (0.0, 0.9)])
def test_a_weight_travels_on_after_its_gradient_stops(beta1, beta2):
    stopped = steps_on(np.r_[np.ones(20_000), np.zeros(300)], beta1, beta2)[-300:].sum()
    assert math.isclose(stopped, travel_after_stop(beta1, beta2), rel_tol=1e-6, abs_tol=1e-12)
    almost = math.nextafter(1, 0)  # its root is itself, rounded
    assert travel_after_stop(0.9, 0.81) == travel_after_stop(almost, almost) == math.inf


def test_adamax_exceeds_lr_by_its_own_bound():
    assert math.isclose(adamax_largest_step(), 1.00909, abs_tol=5e-6) and adamax_largest_step(0.0) == 1.0
    assert adamax_largest_step(0.9, 0.9) == math.inf
    m = largest = longest = 0.0
    for t, g in enumerate(0.999 ** np.arange(4000.0), start=1):  # |g| that falls as the maximum forgets
        m, largest = 0.9 * m + 0.1 * g, max(0.999 * largest, g)
        longest = max(longest, m / (1 - 0.9**t) / largest)
    assert math.isclose(longest, adamax_largest_step(), rel_tol=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: uncorrected_factor(0), "t must be >= 1, since the first step is t = 1, got 0.0"),
        (lambda: uncorrected_factor(1, 1.0), r"beta1 must be a number in \[0, 1\), got 1.0"),
        (lambda: largest_step(0), "t must be a whole number >= 1, got 0"),
        (lambda: largest_step(1, 0.9, -0.1), r"beta2 must be a number in \[0, 1\), got -0.1"),
        (lambda: largest_step_ever(math.nan), "beta1 must be"),
        (lambda: steepest_ramp(3, 0.0), "must be above 0 for a ramp, got 0.0 and 0.999"),
        (lambda: steepest_ramp(0), "steps must be a whole number >= 1, got 0"),
        (lambda: noise_step(1), "beta1 must be"),
        (lambda: travel_after_stop(0.9, 1), "beta2 must be"),
        (lambda: adamax_largest_step("0.9"), "beta1 must be"),
    ],
)
def test_what_is_out_of_range_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
