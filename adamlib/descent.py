"""The stage: plain gradient descent, and two ways to run any optimizer of the book."""

import functools
import inspect
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from adamlib.checks import (
    Rate,
    as_arrays,
    check_count,
    check_floats,
    check_function,
    check_gradient,
    check_hyperparameters,
    check_optimizer,
    check_parameters,
    check_state,
    learning_rate,
)


class GradientDescentState(NamedTuple):
    """Steps taken, and the last gradient (zeros at first), which carries shape and dtype."""

    t: int
    g: np.ndarray


@dataclass(frozen=True)
class GradientDescent:
    """Gradient descent: walk against the gradient.

    Formula:
        step_t = -lr g_t

    Args:
        lr: learning rate, a finite number >= 0, or a schedule t -> lr with t = 1, 2, ...

    Returns:
        `init(x)` gives a state for float32 or float64 parameters of any shape; `update(gradient,
        state)` gives (step, new state), the step in the shape and dtype of x. Add it: x + step.

    Raises:
        ValueError: lr is negative, infinite or NaN; a gradient has another shape than the state.
        TypeError: the parameters are not float32 or float64, a gradient is not made of real numbers, or the state is
            not one of this optimizer.

    Example:
        >>> optimizer = GradientDescent(lr=0.1)
        >>> step, state = optimizer.update(np.array([2.0]), optimizer.init(np.array([5.0])))
        >>> step
        array([-0.2])

    Source:
        Cauchy (1847). The same as `torch.optim.SGD(lr)`, `optax.sgd(lr)`, `keras.optimizers.SGD(lr)`.
    """

    lr: Rate

    def __post_init__(self):
        check_hyperparameters(self)

    def init(self, x):
        """Return the state before the first step, for parameters shaped like x."""
        x = check_parameters(x)
        return GradientDescentState(t=0, g=np.zeros(x.shape, x.dtype))

    def update(self, gradient, state):
        """Return (step, new state) for the gradient at the current parameters."""
        state = check_state(state, GradientDescentState)
        g = check_gradient(gradient, state.g)
        t = int(state.t) + 1
        step = -learning_rate(self.lr, t) * g
        (step,) = as_arrays(g.dtype, step)
        return step, GradientDescentState(t, g.copy())


def update(optimizer, gradient, state, x):
    """Ask any optimizer for (step, new state): x is passed on to an update that takes it, as AdamW's does.

    Raises:
        ValueError, TypeError: what the optimizer raises; TypeError also if it is none.
    """
    takes_x = _takes_x(type(optimizer))
    if takes_x is None:
        check_optimizer(optimizer)
    return optimizer.update(gradient, state, x) if takes_x else optimizer.update(gradient, state)


@functools.cache
def _takes_x(kind):
    """Say whether the update of optimizers of this kind takes x, and None of what is no such kind."""
    is_one = hasattr(kind, "init") and hasattr(kind, "update")
    return "x" in inspect.signature(kind.update).parameters if is_one else None


class Path(NamedTuple):
    """Where a descent went.

    points has shape (n + 1, ...) with points[0] the start; gradients has shape (n, ...) with
    gradients[i] taken at points[i]; diverged_at is None, or the step (from 1) whose point would not
    have been finite. That point is left out.
    """

    points: np.ndarray
    gradients: np.ndarray
    diverged_at: int | None


def descend(gradient, start, optimizer, steps):
    """Follow an optimizer downhill and keep the path.

    Formula:
        x_0 = start;  x_t = x_{t-1} + step_t,  where step_t comes from the gradient at x_{t-1}.

    Args:
        gradient: a function that takes x and returns an array of the same shape.
        start: finite float32 or float64 parameters of any shape.
        optimizer: any optimizer of this package.
        steps: how many steps to take, a whole number >= 0.

    Returns:
        Path(points, gradients, diverged_at). The walk ends early at the first point that is not
        finite; diverged_at names that step, and the path up to it is kept. NumPy's warnings of
        what is not finite are silenced inside, because diverged_at reports it.

    Raises:
        ValueError: start is not finite, steps is not a whole number >= 0, or the gradient has
            another shape than start.
        TypeError: start is not float32 or float64, gradient is no function or gives no numbers, or optimizer is none.

    Example:
        >>> path = descend(lambda x: 2 * x, np.array([1.0]), GradientDescent(lr=0.25), steps=2)
        >>> path.points.ravel()
        array([1.  , 0.5 , 0.25])

    Source:
        The loop that every training script writes, `x += step`, with a record.
    """
    check_function(gradient, "gradient")
    check_optimizer(optimizer)
    steps, x = check_count(steps, "steps", least=0), check_parameters(start)
    if not np.isfinite(x).all():
        raise ValueError(f"start must be finite, got {start!r}")
    state, diverged_at = optimizer.init(x), None
    points = np.empty((steps + 1, *x.shape), x.dtype)
    gradients = np.empty((steps, *x.shape), x.dtype)
    points[0] = x
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for t in range(1, steps + 1):
            g = gradient(x)
            step, state = update(optimizer, g, state, x)
            x = x + step
            if not np.isfinite(x).all():
                diverged_at = t
                break
            points[t], gradients[t - 1] = x, g
    taken = steps if diverged_at is None else diverged_at - 1
    return Path(points[: taken + 1], gradients[:taken], diverged_at)


class Trace(NamedTuple):
    """The state after each gradient (a list), and the steps, of the gradients' shape (n, ...)."""

    states: list
    steps: np.ndarray


def trace(optimizer, gradients, start=None):
    """Feed a given sequence of gradients to an optimizer and keep its states and steps.

    Formula:
        step_t, state_t = update(g_t, state_{t-1}),  t = 1, ..., n

    Args:
        optimizer: any optimizer of this package.
        gradients: array of shape (n, ...), one gradient per step; integers are read as float64.
        start: the parameters before the first step, of shape (...), zeros unless given. Only the steps of an optimizer
            that decays its parameters, such as AdamW, depend on them.

    Returns:
        Trace(states, steps): states[i] is the state after gradients[i], steps[i] the step it made.

    Raises:
        ValueError: gradients is a single number, or start has another shape than a gradient.
        TypeError: gradients holds something other than real numbers, or optimizer is none.

    Example:
        >>> states, steps = trace(GradientDescent(lr=0.1), [1.0, -2.0])
        >>> steps
        array([-0.1,  0.2])

    Source:
        A test bench: with the gradients fixed, two optimizers can be compared step by step.
    """
    check_optimizer(optimizer)
    gradients = check_floats(gradients, "gradients")
    if gradients.ndim == 0:
        raise ValueError("gradients must be a sequence with one gradient per step, got a single number")
    x = np.zeros(gradients.shape[1:], gradients.dtype)
    if start is not None:
        x = check_gradient(check_parameters(start), x, "start")
    state, states, steps = optimizer.init(x), [], np.empty_like(gradients)
    for i, g in enumerate(gradients):
        steps[i], state = update(optimizer, g, state, x)
        states.append(state)
        with np.errstate(over="ignore", invalid="ignore"):  # where x ends is nobody's question here
            x = x + steps[i]
    return Trace(states, steps)
