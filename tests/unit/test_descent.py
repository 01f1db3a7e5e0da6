"""The stage of every chapter: gradient descent, descend and trace."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib.adam import Adam
from adamlib.descent import GradientDescent, descend, trace


def slope(x):
    return 2 * x


def test_two_steps_by_hand():
    path = descend(slope, np.array([1.0]), GradientDescent(lr=0.1), 2)
    assert np.allclose(path.points.ravel(), [1.0, 0.8, 0.64], rtol=1e-15, atol=0)
    assert np.allclose(path.gradients.ravel(), [2.0, 1.6], rtol=1e-15, atol=0)
    assert path.diverged_at is None


@given(lr=st.floats(0, 0.49), curvature=st.floats(0.01, 2), steps=st.integers(0, 50))
def test_on_a_parabola_each_step_multiplies_the_error(lr, curvature, steps):
    path = descend(lambda x: curvature * x, np.array(3.0), GradientDescent(lr), steps)
    assert np.allclose(path.points, 3.0 * (1 - lr * curvature) ** np.arange(steps + 1), rtol=1e-12, atol=0)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_dtype_of_a_path(shape, dtype):
    start = np.ones(shape, dtype)
    path = descend(slope, start, Adam(), 4)
    assert path.points.shape == (5, *shape) and path.gradients.shape == (4, *shape)
    assert path.points.dtype == path.gradients.dtype == dtype
    assert np.array_equal(path.points[0], start)
    assert np.array_equal(path.gradients, 2 * path.points[:-1])


def test_no_steps_is_a_path_of_one_point():
    path = descend(slope, np.ones(2), Adam(), 0)
    assert path.points.tolist() == [[1.0, 1.0]] and path.gradients.shape == (0, 2)


def test_divergence_is_named_and_the_path_up_to_it_kept():
    path = descend(lambda x: 1e200 * x, np.array([1.0]), GradientDescent(lr=1.0), 10)
    assert path.diverged_at == 2  # 1, -1e200, and then not finite
    assert path.points.ravel().tolist() == [1.0, 1 - 1e200]
    assert path.gradients.ravel().tolist() == [1e200]


def test_a_nan_in_the_gradient_is_a_divergence_at_that_step():
    path = descend(lambda x: np.where(x < 0.5, np.nan, 1.0), np.array([1.0]), GradientDescent(lr=0.3), 10)
    assert path.diverged_at == 3
    assert np.allclose(path.points.ravel(), [1.0, 0.7, 0.4])
    assert len(path.gradients) == 2


@pytest.mark.parametrize("gradient", [0.0, 1e-170])
def test_a_division_by_zero_is_a_divergence_without_a_warning(gradient):
    path = descend(lambda x: np.full_like(x, gradient), np.ones(2), Adam(eps=0), 3)
    assert path.diverged_at == 1 and path.points.tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("error", "call", "words"),
    [
        (ValueError, lambda: descend(slope, np.array([np.nan, 1.0]), Adam(), 3), "start must be finite"),
        (ValueError, lambda: descend(slope, np.array([np.inf, 0.0]), Adam(), 3), "start must be finite"),
        (TypeError, lambda: descend(slope, np.array([1, 2]), Adam(), 3), "not int64"),
        (ValueError, lambda: descend(slope, np.ones(2), Adam(), -1), "steps must be a whole number >= 0, got -1"),
        (ValueError, lambda: descend(slope, np.ones(2), Adam(), 2.5), "steps must be a whole number >= 0, got 2.5"),
        (ValueError, lambda: descend(lambda x: x[:1], np.ones(3), Adam(), 3),
         r"the gradient has shape \(1,\), the state has shape \(3,\)"),
        (ValueError, lambda: trace(Adam(), 1.0), "gradients must be a sequence"),
        (TypeError, lambda: trace(Adam(), [1j]), "gradients must be real numbers"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(error, call, words):
    with pytest.raises(error, match=words):
        call()


def test_start_is_not_written_to_and_not_shared():
    start = np.ones(2)
    start.flags.writeable = False
    path = descend(slope, start, Adam(), 3)
    assert not np.shares_memory(path.points, start)


def test_trace_gives_one_state_and_one_step_per_gradient():
    gradients = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 0.5]])
    states, steps = trace(GradientDescent(lr=0.5), gradients)
    assert np.array_equal(steps, -0.5 * gradients)
    assert [state.t for state in states] == [1, 2, 3]
    assert np.array_equal(states[-1].g, gradients[-1])


def test_trace_reads_integers_and_takes_an_empty_sequence():
    assert trace(GradientDescent(lr=0.5), [1, -2]).steps.tolist() == [-0.5, 1.0]
    states, steps = trace(Adam(), np.zeros((0, 3)))
    assert states == [] and steps.shape == (0, 3)
