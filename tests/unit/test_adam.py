"""Chapter 4's module: Adam, against hand-worked numbers, closed forms, limits and a plain rewrite."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adamlib.adam import Adam, AdamState
from adamlib.averaging import ema_series
from adamlib.descent import descend, trace
from adamlib.momentum import Momentum
from adamlib.rmsprop import RMSProp

GRADIENTS = np.random.default_rng(7).normal(size=(200, 5))


def test_two_steps_by_hand():
    # gradients 2 and 10 with beta1 = 0.5, beta2 = 0.75, so that every number is short
    states, steps = trace(Adam(lr=0.1, beta1=0.5, beta2=0.75, eps=0.5), [2.0, 10.0])
    assert [float(state.m) for state in states] == [1.0, 5.5]
    assert [float(state.v) for state in states] == [1.0, 25.75]
    # debiased: m_hat = 1 / 0.5 = 2, then 5.5 / 0.75; v_hat = 1 / 0.25 = 4, then 25.75 / 0.4375
    expected = [-0.1 * 2 / 2.5, -0.1 * (5.5 / 0.75) / (math.sqrt(25.75 / 0.4375) + 0.5)]
    assert np.allclose(steps, expected, rtol=1e-14, atol=0)


def test_a_weight_and_a_bias_have_moments_of_their_own():
    both = trace(Adam(), [[2.0, -0.3], [1.0, -0.4]])
    alone = [trace(Adam(), g).steps for g in ([2.0, 1.0], [-0.3, -0.4])]
    assert np.array_equal(both.steps.T, alone)
    assert not np.isclose(both.states[-1].v[0], both.states[-1].v[1])


def algorithm_1(gradients, lr, beta1, beta2, eps):
    """Algorithm 1 of the paper in plain Python numbers, written apart from adamlib."""
    m = v = 0.0
    for t, g in enumerate(gradients, start=1):
        m += (1 - beta1) * (g - m)
        v += (1 - beta2) * (g * g - v)
        yield -lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + eps)


@given(
    lr=st.floats(1e-6, 10),
    beta1=st.floats(0, 0.999),
    beta2=st.floats(0, 0.9999),
    eps=st.floats(1e-12, 1),
    scale=st.sampled_from([1e-20, 1e-6, 1.0, 1e6, 1e20]),
)
def test_a_plain_rewrite_agrees(lr, beta1, beta2, eps, scale):
    gradients = scale * GRADIENTS[:50, 0]
    steps = trace(Adam(lr, beta1, beta2, eps), gradients).steps
    expected = np.array(list(algorithm_1(gradients.tolist(), lr, beta1, beta2, eps)))
    assert np.allclose(steps, expected, rtol=1e-9, atol=1e-12 * lr)


def test_adam_is_two_debiased_averages_and_one_division():
    states, steps = trace(Adam(lr=0.1), GRADIENTS)
    m_hat, v_hat = ema_series(GRADIENTS, 0.9), ema_series(GRADIENTS**2, 0.999)
    assert np.array_equal(steps, -0.1 * m_hat / (np.sqrt(v_hat) + 1e-8))
    assert np.array_equal(states[-1].m, ema_series(GRADIENTS, 0.9, bias_correction=False)[-1])


def test_the_papers_reordered_form_needs_its_own_eps():
    lr, b1, b2, eps = 0.01, 0.9, 0.999, 1e-3
    states, steps = trace(Adam(lr, b1, b2, eps), GRADIENTS)
    for t, (state, step) in enumerate(zip(states, steps), start=1):
        lr_t = lr * math.sqrt(1 - b2**t) / (1 - b1**t)
        eps_hat = eps * math.sqrt(1 - b2**t)
        assert np.allclose(step, -lr_t * state.m / (np.sqrt(state.v) + eps_hat), rtol=1e-12, atol=0)
        assert not np.allclose(step, -lr_t * state.m / (np.sqrt(state.v) + eps), rtol=1e-6, atol=0)


@pytest.mark.parametrize("g", [1e-20, 1e-6, -1.0, 1e20])
def test_the_first_step_is_lr_times_the_sign(g):
    for betas in [(0.9, 0.999), (0, 0), (0.5, 0.99), (0.99, 0.9999)]:
        assert math.isclose(trace(Adam(0.01, *betas, eps=0), [g]).steps[0], -0.01 * np.sign(g), rel_tol=1e-13)


@pytest.mark.parametrize("scale", [1e-20, 1e-6, 1e6, 1e20])
def test_without_eps_the_scale_of_the_gradient_does_not_matter(scale):
    steps = trace(Adam(eps=0), scale * GRADIENTS).steps
    # m may cancel to nearly zero, so the rounding is held against the largest step, about lr
    assert np.allclose(steps, trace(Adam(eps=0), GRADIENTS).steps, rtol=0, atol=1e-12 * 0.001)


def test_eps_stands_outside_the_root_after_the_correction():
    assert math.isclose(trace(Adam(lr=1.0), [1e-6]).steps[0], -1 / 1.01, rel_tol=1e-12)
    assert math.isclose(trace(Adam(lr=1.0), [1e-8]).steps[0], -0.5, rel_tol=1e-12)


def test_a_constant_gradient_makes_steps_of_lr():
    steps = trace(Adam(lr=0.01, eps=0), np.full(3000, -4.2)).steps
    assert np.allclose(steps, 0.01, rtol=1e-10, atol=0)


@pytest.mark.parametrize(
    ("b1", "b2", "first", "peak", "at"),
    [(0.9, 0.999, 3.1623, 6.5685, 12), (0.9, 0.99, 1.0, 2.1311, 13), (0.9, 0.9999, 10.0, 20.720, 12)],
)
def test_without_correction_the_start_is_too_fast(b1, b2, first, peak, at):
    raw = -trace(Adam(1.0, b1, b2, eps=0, bias_correction=False), np.ones(3000)).steps
    t = np.arange(1, 3001)
    assert np.allclose(raw, (1 - b1**t) / np.sqrt(1 - b2**t), rtol=1e-9)
    assert math.isclose(raw[0], first, abs_tol=5e-5)
    assert math.isclose(raw.max(), peak, abs_tol=5e-4) and raw.argmax() + 1 == at
    if b2 == 0.999:
        assert raw[2373] > 1.05 > raw[2374]  # t = 2374 and 2375


def test_without_correction_at_smaller_beta2_the_start_is_too_slow():
    step = trace(Adam(1.0, 0.9, 0.95, eps=0, bias_correction=False), [1.0]).steps[0]
    assert math.isclose(step, -0.4472, abs_tol=5e-5)


def bound(b1, b2, t):
    """The exact supremum of |m_hat| / sqrt(v_hat) after t steps, by Cauchy-Schwarz."""
    age = np.arange(t)
    w1, w2 = (1 - b1) * b1**age / (1 - b1**t), (1 - b2) * b2**age / (1 - b2**t)
    return math.sqrt((w1**2 / w2).sum())


@pytest.mark.parametrize(("t", "expected"), [(10, 1.0431), (100, 2.2434), (1000, 5.7812), (20000, 7.2703)])
def test_the_exact_bound_of_the_step_is_reached(t, expected):
    assert math.isclose(bound(0.9, 0.999, t), expected, abs_tol=5e-5)
    if t <= 1000:  # beyond, the early gradients underflow
        worst = (0.9 / 0.999) ** np.arange(t)[::-1]
        step = trace(Adam(1.0, eps=0), worst).steps[-1]
        assert math.isclose(-step, bound(0.9, 0.999, t), rel_tol=1e-9)


@given(seed=st.integers(0, 2**32 - 1), power=st.integers(0, 6))
@settings(max_examples=30)
def test_no_gradients_exceed_the_bound(seed, power):
    rng = np.random.default_rng(seed)
    gradients = rng.normal(size=100) ** (2 * power + 1)
    for b1, b2 in [(0.9, 0.999), (0.9, 0.99), (0.9, 0.9)]:
        steps = np.abs(trace(Adam(1.0, b1, b2, eps=0), gradients).steps)
        assert all(step <= bound(b1, b2, t) * (1 + 1e-9) for t, step in enumerate(steps, start=1))
        if b1 == b2:
            assert steps.max() <= 1 + 1e-9


def test_a_dormant_weight_wakes_with_a_large_step():
    gradients = np.concatenate([np.zeros(5000), np.ones(100)])
    steps = trace(Adam(1.0), gradients).steps
    assert not steps[:5000].any()
    # as if it started at the first gradient without correction, but for what 5,000 zeros leave of it
    assert math.isclose(np.abs(steps).max(), 6.5685 * math.sqrt(1 - 0.999**5012), abs_tol=5e-5)


def test_a_zero_gradient_still_moves_the_weight():
    steps = -trace(Adam(lr=1.0), np.concatenate([np.ones(20_000), np.zeros(400)])).steps[20_000:]
    r = 0.9 / math.sqrt(0.999)  # m shrinks by beta1 per step and the root of v by sqrt(beta2)
    assert math.isclose(steps[0], r, rel_tol=1e-7)
    assert math.isclose(steps.sum(), r / (1 - r), rel_tol=1e-7)  # 9.045


def test_beta1_zero_is_rmsprop_with_bias_correction():
    adam = trace(Adam(0.1, beta1=0, beta2=0.9, eps=0), GRADIENTS).steps
    t = np.arange(1, len(GRADIENTS) + 1)[:, None]
    rmsprop = trace(RMSProp(0.1, beta=0.9, eps=0), GRADIENTS).steps
    assert np.allclose(adam, rmsprop * np.sqrt(1 - 0.9**t), rtol=1e-12, atol=0)


def test_without_correction_beta1_zero_is_rmsprop():
    adam = trace(Adam(0.1, 0, 0.9, 1e-3, bias_correction=False), GRADIENTS).steps
    assert np.array_equal(adam, trace(RMSProp(0.1, 0.9, 1e-3), GRADIENTS).steps)


def test_as_eps_grows_it_becomes_momentum():
    adam = trace(Adam(lr=1e13, eps=1e14), GRADIENTS).steps
    t = np.arange(1, len(GRADIENTS) + 1)[:, None]
    momentum = trace(Momentum(lr=0.1), GRADIENTS).steps / (1 - 0.9**t)
    assert np.allclose(adam, momentum, rtol=1e-10, atol=0)


def test_the_path_does_not_depend_on_the_scale_of_the_loss():
    paths = [
        descend(lambda x, c=c: c * np.array([0.2, 4.0]) * x, np.array([-5.0, -2.0]), Adam(0.1, eps=0), 100).points
        for c in (1.0, 2.0**40)
    ]
    assert np.array_equal(*paths)


def test_all_zero_gradients_move_nothing():
    states, steps = trace(Adam(), np.zeros((50, 3)))
    assert not steps.any() and not states[-1].m.any() and not states[-1].v.any()


def test_eps_zero_and_a_zero_gradient_is_nan_as_the_docstring_says():
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(trace(Adam(eps=0), [0.0]).steps).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_correction_is_right_at_t_1_and_at_t_30_million(dtype):
    g = np.array([3.0], dtype)
    step, _ = Adam(lr=1.0, eps=0).update(g, Adam().init(g))
    assert abs(step[0] + 1) <= 4 * np.finfo(dtype).eps
    old = AdamState(30_000_000 - 1, g, g**2)
    step, new = Adam(lr=1.0, eps=0).update(g, old)
    assert new.t == 30_000_000 and abs(step[0] + 1) <= 4 * np.finfo(dtype).eps


def test_float32_follows_float64():
    gradients = GRADIENTS.astype(np.float32)
    wide = trace(Adam(), gradients.astype(np.float64)).steps
    # some roundings of 6e-8, against the largest step, about lr
    assert np.allclose(trace(Adam(), gradients).steps, wide, rtol=0, atol=2e-6 * 0.001)
