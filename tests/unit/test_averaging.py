"""Chapter 1's module, against hand-worked numbers, closed forms and pandas."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib.averaging import beta_for_half_life, debias, ema, ema_series, ema_weights, half_life

betas = st.floats(0, 0.9999)
numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 6))  # no subnormals, where any product loses digits
series = st.lists(numbers, min_size=1, max_size=40).map(np.array)


def test_two_steps_by_hand():
    first = ema(0.0, 10.0, beta=0.9)
    second = ema(first, 20.0, beta=0.9)
    assert math.isclose(first, 1.0) and math.isclose(second, 2.9)
    assert math.isclose(debias(first, 0.9, 1), 10.0)
    assert math.isclose(debias(second, 0.9, 2), 2.9 / 0.19)


def test_the_quiz():
    assert ema_series([10, 10], 0.5, bias_correction=False).tolist() == [5.0, 7.5]
    assert ema_series([10, 10], 0.5).tolist() == [10.0, 10.0]


@given(xs=series, beta=betas)
def test_pandas_adjusted_ewm_is_the_debiased_average(xs, beta):
    expected = pd.Series(xs).ewm(alpha=1 - beta, adjust=True).mean().to_numpy()
    assert np.allclose(ema_series(xs, beta), expected, rtol=1e-9, atol=1e-9 * np.abs(xs).max())


@given(xs=series, beta=betas)
def test_the_recursion_is_the_weighted_sum(xs, beta):
    raw = ema_series(xs, beta, bias_correction=False)
    assert np.isclose(raw[-1], ema_weights(beta, len(xs)) @ xs[::-1], rtol=1e-10, atol=1e-10 * np.abs(xs).max())


@given(beta=betas, n=st.integers(0, 500))
def test_the_weights_sum_to_the_correction(beta, n):
    weights = ema_weights(beta, n)
    assert weights.shape == (n,)
    assert math.isclose(weights.sum(), 1 - beta**n, rel_tol=1e-11, abs_tol=1e-15)


def test_the_table_of_averages():
    assert np.round([half_life(b) for b in (0.9, 0.98, 0.999)], (4)).tolist() == [6.5788, 34.3096, 692.8005]
    weights = ema_weights(0.9, 11)
    assert math.isclose(weights[0], 0.1) and math.isclose(weights[10] / weights[0], 0.9**10)
    long = ema_weights(0.9, 2000)
    assert math.isclose(long @ np.arange(2000), 9.0, rel_tol=1e-9)  # mean age
    assert math.isclose((long**2).sum(), 0.1 / 1.9, rel_tol=1e-9)  # variance factor 1/19


@given(beta=st.floats(1e-6, 0.999999))
def test_half_life_and_its_inverse(beta):
    assert math.isclose(beta ** half_life(beta), 0.5, rel_tol=1e-9)
    assert math.isclose(beta_for_half_life(half_life(beta)), beta, rel_tol=1e-9)


def test_half_life_of_no_memory_is_zero():
    assert half_life(0) == 0
    assert ema_series([1.0, 5.0], 0).tolist() == [1.0, 5.0]
    assert ema_weights(0, 3).tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_the_correction_is_right_at_both_ends(dtype):
    for beta in (0.9, 0.999, np.float64(0.999), np.float32(0.5)):
        x = np.array([3.0, -1e-3], dtype)
        average = ema(np.zeros(2, dtype), x, beta)
        assert average.dtype == dtype
        first = debias(average, beta, np.int64(1))
        assert first.dtype == dtype
        assert np.allclose(first, x, rtol=2 * np.finfo(dtype).eps, atol=0)
        assert np.array_equal(debias(average, beta, 30_000_000), average)
        assert ema_series(np.ones((3, 2), dtype), beta).dtype == dtype


def test_a_series_may_have_any_further_axes_and_be_empty():
    xs = np.random.default_rng(0).normal(size=(5, 2, 3))
    averages = ema_series(xs, 0.7)
    assert averages.shape == xs.shape
    assert np.array_equal(averages[:, 1, 2], ema_series(xs[:, 1, 2], 0.7))
    assert ema_series([], 0.9).shape == (0,)
    assert ema_series(np.zeros((0, 3)), 0.9).shape == (0, 3)


def test_nan_stays_in_every_later_average():
    assert np.isnan(ema_series([1.0, np.nan, 1.0], 0.9)).tolist() == [False, True, True]


def test_nothing_is_written_in_place():
    average, x, xs = np.ones(2), np.zeros(2), np.ones((3, 2))
    for array in (average, x, xs):
        array.flags.writeable = False
    ema(average, x, 0.9), debias(average, 0.9, 3), ema_series(xs, 0.9)


NAN, INF = float("nan"), float("inf")
WRONG = {
    "beta must be a number in [0, 1)": (
        [1, 1.0, -1e-9, NAN, INF, "0.9", None, [0.9]],
        [lambda beta: ema(0.0, 1.0, beta), lambda beta: debias(1.0, beta, 1), lambda beta: ema_series([1.0], beta),
         lambda beta: ema_weights(beta, 3), half_life],
    ),
    "t must be a whole number >= 1": ([0, -1, 1.0, 0.5, NAN, None, "1"], [lambda t: debias(1.0, 0.9, t)]),
    "n must be a whole number >= 0": ([-1, 2.0, None], [lambda n: ema_weights(0.9, n)]),
    "steps must be a finite number > 0": ([0, -1, NAN, INF, "20", None], [beta_for_half_life]),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_what_is_out_of_range_is_refused(words):
    for bad, call in itertools.product(*WRONG[words]):
        with pytest.raises(ValueError) as caught:
            call(bad)
        assert str(caught.value) == f"{words}, got {bad!r}"


def test_a_half_life_beyond_double_precision_is_refused():
    assert beta_for_half_life(1e16) < 1
    with pytest.raises(ValueError, match="steps must be below about 1e16"):
        beta_for_half_life(1.3e16)


def test_a_series_must_be_a_series_of_real_numbers():
    with pytest.raises(ValueError, match="xs must be a series with at least one axis, got a single number"):
        ema_series(3.0, 0.9)
    with pytest.raises(TypeError, match="xs must be real numbers in float32 or float64, not complex128"):
        ema_series([1j], 0.9)
    with pytest.raises(TypeError, match="not float16"):
        ema_series(np.ones(3, np.float16), 0.9)
    for kind in (np.float16, np.longdouble):
        with pytest.raises(TypeError, match=f"average must be real numbers .*, not {np.dtype(kind)}"):
            ema(kind(1), 1.0, 0.9)
