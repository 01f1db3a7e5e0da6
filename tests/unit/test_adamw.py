"""Chapter 7's module: AdamW, and clipping by the global norm."""

import math
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib.adam import Adam
from adamlib.adamw import AdamW, clip_by_global_norm
from adamlib.descent import GradientDescent, descend, trace, update
from adamlib.schedules import linear

GRADIENTS = np.random.default_rng(7).normal(size=(200, 5))
START = np.array([3.0, -2.0, 0.5, 0.0, 40.0])


def points(optimizer, gradients=GRADIENTS, start=START):
    return start + np.cumsum(trace(optimizer, gradients, start).steps, axis=0)


# AdamW ------------------------------------------------------------------------------------------------------------


def test_two_steps_by_hand():
    # gradients 2 and 10 from x = 8, with beta1 = 0.5, beta2 = 0.75, eps = 0.5, as in the tests of Adam
    optimizer, x = AdamW(lr=0.1, beta1=0.5, beta2=0.75, eps=0.5, weight_decay=0.25), np.array(8.0)
    step, state = optimizer.update(2.0, optimizer.init(x), x)
    assert (state.t, state.m, state.v) == (1, 1.0, 1.0)  # no trace of x in the averages
    assert math.isclose(step, -0.1 * 2 / 2.5 - 0.1 * 0.25 * 8, rel_tol=1e-15)  # -0.08 and -0.2
    step, state = optimizer.update(10.0, state, x + step)
    assert (state.m, state.v) == (5.5, 25.75)
    adam = -0.1 * (5.5 / 0.75) / (math.sqrt(25.75 / 0.4375) + 0.5)
    assert math.isclose(step, adam - 0.1 * 0.25 * 7.72, rel_tol=1e-15)


def test_without_decay_it_is_adam_bit_for_bit():
    settings = dict(lr=linear(0.1, steps=150), beta1=0.8, beta2=0.99, eps=1e-3)
    ours = trace(AdamW(**settings, weight_decay=0), GRADIENTS, START).steps
    assert np.array_equal(ours, trace(Adam(**settings), GRADIENTS).steps)


@given(lr=st.floats(1e-4, 0.5), weight_decay=st.floats(0, 1), n=st.integers(1, 50))
def test_without_gradients_it_decays_like_interest(lr, weight_decay, n):
    found = points(AdamW(lr=lr, weight_decay=weight_decay), np.zeros((n, 5)))[-1]
    # the steps are summed from 40 down, so the rounding is held against that
    assert np.allclose(found, START * (1 - lr * weight_decay) ** n, rtol=0, atol=1e-12)


def test_a_schedule_multiplies_the_decay_too():
    schedule = linear(0.5, steps=20, end=0.1)
    left = np.prod([1 - schedule(t) * 0.2 for t in range(1, 31)])
    found = points(AdamW(schedule, weight_decay=0.2), np.zeros((30, 5)))[-1]
    assert np.allclose(found, START * left, rtol=0, atol=1e-12)


@given(
    lr=st.floats(1e-6, 1),
    beta1=st.floats(0, 0.999),
    beta2=st.floats(0, 0.9999),
    eps=st.floats(1e-12, 1),
    weight_decay=st.floats(0, 1),
)
def test_a_plain_rewrite_agrees(lr, beta1, beta2, eps, weight_decay):
    """Algorithm 2 of the paper with lambda = lr weight_decay, in Python numbers, the decay first as PyTorch has it."""
    x, m, v, found = 3.0, 0.0, 0.0, points(AdamW(lr, beta1, beta2, eps, weight_decay), GRADIENTS[:50, :1], START[:1])
    for t, g in enumerate(GRADIENTS[:50, 0].tolist(), start=1):
        m += (1 - beta1) * (g - m)
        v += (1 - beta2) * (g * g - v)
        x *= 1 - lr * weight_decay
        x -= lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + eps)
        assert math.isclose(found[t - 1, 0], x, rel_tol=1e-9, abs_tol=1e-10)


@pytest.mark.parametrize(("shape", "wrong"), [((2,), (3,)), ((2, 1), (2,)), ((3,), ()), ((), (1,))])
def test_parameters_of_another_shape_are_refused_with_both_shapes(shape, wrong):
    optimizer = AdamW()
    with pytest.raises(ValueError) as caught:
        optimizer.update(np.ones(shape), optimizer.init(np.ones(shape)), np.ones(wrong))
    assert str(caught.value) == f"x has shape {wrong}, the state has shape {shape}"
    with pytest.raises(ValueError, match=r"^start has shape"):
        trace(optimizer, np.ones((4, *shape)), np.ones(wrong))


def test_a_float64_x_does_not_widen_a_float32_state():
    optimizer = AdamW(lr=np.float64(0.1), weight_decay=np.float64(0.1))
    step, state = optimizer.update(np.ones(2), optimizer.init(np.ones(2, np.float32)), np.ones(2))
    assert step.dtype == state.m.dtype == np.float32


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_x_that_is_not_finite_spoils_its_own_entry_alone(bad):
    optimizer, x = AdamW(), np.array([bad, 1.0])
    step, state = optimizer.update(np.ones(2), optimizer.init(x), x)
    assert not np.isfinite(step[0]) and np.isfinite(step[1]) and np.isfinite(state.m).all()


def test_x_is_given_to_an_update_that_takes_it_and_to_no_other():
    asked = []

    class Looks(GradientDescent):
        def update(self, gradient, state, x):
            asked.append(float(x))
            return super().update(gradient, state)

    path = descend(lambda x: 2 * x, np.array(1.0), Looks(0.25), 3)
    assert asked == path.points[:-1].tolist() == [1.0, 0.5, 0.25]
    trace(Looks(0.25), [1.0, 1.0], np.array(2.0))
    assert asked[3:] == [2.0, 1.75]
    plain = GradientDescent(0.25)
    assert update(plain, 1.0, plain.init(np.array(1.0)), "no parameters")[0] == -0.25


# clipping ---------------------------------------------------------------------------------------------------------

BOTH = {"W": np.array([[3.0, 0.0], [0.0, -4.0]]), "b": np.array(12.0)}  # of norm 13


def norm(gradients):
    return math.sqrt(sum(float(np.sum(np.square(g, dtype=np.float64))) for g in gradients.values()))


def test_clipping_by_hand():
    clipped = clip_by_global_norm(BOTH, largest=1.3)
    assert np.allclose(clipped["W"], [[0.3, 0], [0, -0.4]], rtol=1e-15) and np.isclose(clipped["b"], 1.2, rtol=1e-15)
    assert list(clipped) == ["W", "b"] and clipped["b"].shape == ()
    assert np.allclose(clip_by_global_norm(np.array([3.0, 4.0]), 1), [0.6, 0.8], rtol=1e-15)


@pytest.mark.parametrize("largest", [13.0, 13.5, 1e300])
def test_what_is_short_enough_stays_as_it_is(largest):
    clipped = clip_by_global_norm(BOTH, largest)
    for name, g in BOTH.items():
        assert np.array_equal(clipped[name], g) and not np.shares_memory(clipped[name], g)


@given(
    scale=st.sampled_from([1e-320, 1e-200, 1e-30, 1.0, 1e30, 1e200, 1e307]),
    largest=st.sampled_from([1e-200, 1e-10, 1.0, 1e10, 1e200]),
    seed=st.integers(0, 100),
)
def test_a_clipped_gradient_has_the_norm_that_is_allowed_and_its_direction(scale, largest, seed):
    rng = np.random.default_rng(seed)
    gradients = {"a": scale * rng.uniform(-1, 1, size=(3, 2)), "b": scale * rng.uniform(-1, 1, size=4)}
    clipped = clip_by_global_norm(gradients, largest)
    peak = max(abs(g).max() for g in gradients.values())
    length = norm({name: g / peak for name, g in gradients.items()}) * peak
    if length <= largest * (1 - 1e-12):
        assert all(np.array_equal(clipped[name], g) for name, g in gradients.items())
    elif length >= largest * (1 + 1e-12):
        shares = {name: g / largest for name, g in clipped.items()}
        assert math.isclose(norm(shares), 1, rel_tol=1e-9)
        for name, g in gradients.items():
            assert np.allclose(shares[name], g / peak / (length / peak), rtol=1e-9, atol=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_squares_that_would_overflow_do_not(dtype):
    g = np.array([3, -4], dtype) * dtype(np.finfo(dtype).max / 8)
    clipped = clip_by_global_norm(g, 5.0)
    assert clipped.dtype == dtype and np.allclose(clipped, [3, -4], rtol=1e-6)
    everything = np.full(3, np.finfo(dtype).max)  # finite, and the norm is not
    assert np.allclose(clip_by_global_norm({"a": everything}, 1.0)["a"], 1 / math.sqrt(3), rtol=1e-6)


def test_arrays_of_both_dtypes_share_one_factor_and_keep_their_dtypes():
    clipped = clip_by_global_norm({"a": np.array([3.0], np.float32), "b": np.array([4.0])}, 1.0)
    assert clipped["a"].dtype == np.float32 and clipped["b"].dtype == np.float64
    assert np.isclose(clipped["a"][0], 0.6, rtol=1e-6) and np.isclose(clipped["b"][0], 0.8, rtol=1e-15)
    assert clip_by_global_norm({"a": np.ones(2, np.float32), "b": np.array([1e300])}, 1.0)["a"].tolist() == [0, 0]


@pytest.mark.filterwarnings("error")
def test_nothing_and_zeros_stay_what_they_are():
    assert clip_by_global_norm({}, 1.0) == {}
    assert clip_by_global_norm(np.empty((0, 2)), 1.0).shape == (0, 2)
    zeros = clip_by_global_norm({"a": np.zeros(2), "b": np.empty(0)}, 1.0)
    assert zeros["a"].tolist() == [0, 0] and zeros["b"].shape == (0,)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_a_norm_that_is_no_number_makes_all_entries_nan(bad, dtype):
    clipped = clip_by_global_norm({"a": np.array([1, bad], dtype), "b": np.zeros(2, dtype)}, 1.0)
    assert all(np.isnan(g).all() and g.dtype == dtype for g in clipped.values())


def test_the_inputs_are_not_written_to():
    frozen = {name: g.copy() for name, g in BOTH.items()}
    for g in frozen.values():
        g.flags.writeable = False
    clip_by_global_norm(frozen, 1.0)
    assert all(np.array_equal(frozen[name], g) for name, g in BOTH.items())


def test_any_mapping_of_arrays_is_taken():
    clipped = clip_by_global_norm(types.MappingProxyType(BOTH), 1.0)
    assert all(np.array_equal(clipped[name], g) for name, g in clip_by_global_norm(BOTH, 1.0).items())


@pytest.mark.parametrize("bad", [0, -1.0, math.inf, math.nan, "1", None, True])
def test_a_wrong_limit_is_refused_with_name_value_and_range(bad):
    with pytest.raises(ValueError) as caught:
        clip_by_global_norm(BOTH, bad)
    assert str(caught.value) == f"largest must be a finite number > 0, got {bad!r}"


@pytest.mark.parametrize(
    ("gradients", "name", "dtype"),
    [
        ({"W": np.ones(2), "b": np.array([1, 2])}, "b", "int64"),
        (np.ones(2, np.float16), "gradients", "float16"),
        (np.ones(2, complex), "gradients", "complex128"),
        ("abc", "gradients", "<U3"),
    ],
)
def test_what_is_no_array_of_floats_is_refused_by_name(gradients, name, dtype):
    with pytest.raises(TypeError) as caught:
        clip_by_global_norm(gradients, 1.0)
    assert str(caught.value) == f"{name} must be an array of float32 or float64, to be shortened, not {dtype}"
    with pytest.raises(TypeError, match="layer must be an array of numbers, got {'W': array"):
        clip_by_global_norm({"layer": {"W": np.ones(2)}}, 1.0)
