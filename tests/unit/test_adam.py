"""Chapter 4's module: Adam, against hand-worked numbers, closed forms, limits and a plain rewrite."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib.adam import Adam, AdamState
from adamlib.averaging import ema_series
from adamlib.descent import trace
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


@pytest.mark.parametrize("scale", [1e-20, 1e-6, 1e6, 1e20])
def test_without_eps_the_scale_of_the_gradient_does_not_matter(scale):
    steps = trace(Adam(eps=0), scale * GRADIENTS).steps
    # m may cancel to nearly zero, so the rounding is held against the largest step, about lr
    assert np.allclose(steps, trace(Adam(eps=0), GRADIENTS).steps, rtol=0, atol=1e-12 * 0.001)


def test_without_correction_beta1_zero_is_rmsprop():
    adam = trace(Adam(0.1, 0, 0.9, 1e-3, bias_correction=False), GRADIENTS).steps
    assert np.array_equal(adam, trace(RMSProp(0.1, 0.9, 1e-3), GRADIENTS).steps)


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
