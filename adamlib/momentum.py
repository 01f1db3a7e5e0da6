"""Chapter 2: momentum, the average of past gradients as the direction of the step."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from adamlib.averaging import ema
from adamlib.checks import (
    Rate,
    as_arrays,
    check_gradient,
    check_hyperparameters,
    check_parameters,
    check_state,
    learning_rate,
)


class MomentumState(NamedTuple):
    """Steps taken, and the average (or, for the heavy ball, the decaying sum) of the gradients."""

    t: int
    m: np.ndarray


@dataclass(frozen=True)
class Momentum:
    """Gradient descent with momentum, in the averaged or in the classical (heavy-ball) form.

    Formula:
        averaged (default)   m_t = beta m_{t-1} + (1 - beta) g_t,   step_t = -lr m_t
        heavy_ball=True      m_t = beta m_{t-1} + g_t,              step_t = -lr m_t
        nesterov=True        the same m_t, blended with g_t once more before the step:
                             step_t = -lr (beta m_t + (1 - beta) g_t), or -lr (beta m_t + g_t)

    Args:
        lr: learning rate, a finite number >= 0, or a schedule t -> lr with t = 1, 2, ...
        beta: decay rate in [0, 1).
        heavy_ball: leave out the factor (1 - beta).
        nesterov: step along the look-ahead blend.

    Returns:
        `init(x)` gives MomentumState(t=0, m=zeros) for float32 or float64 parameters of any shape;
        `update(gradient, state)` gives (step, new state), the step in the shape and dtype of x.

    Raises:
        ValueError: a hyper-parameter is out of range; a gradient has another shape than the state.
        TypeError: the parameters are not float32 or float64, a gradient is not made of real numbers, or the state is
            not one of this optimizer.

    Example:
        >>> optimizer = Momentum(lr=1.0, beta=0.9)
        >>> step, state = optimizer.update(np.array([1.0]), optimizer.init(np.array([0.0])))
        >>> step.round(12)
        array([-0.1])

    Source:
        Polyak (1964), the heavy ball; Nesterov (1983) in the form of Sutskever et al. (2013).
        PyTorch's `SGD(lr, momentum)`, Optax's `sgd(lr, momentum)` and Keras's `SGD(lr, momentum)`
        are the heavy ball: use lr (1 - beta) there for the averaged form. PyTorch's
        `dampening=beta` is not the averaged form, since its first m is g, not (1 - beta) g.
        Keras keeps lr inside m, which differs when lr changes.
    """

    lr: Rate = 0.01
    beta: float = 0.9
    heavy_ball: bool = False
    nesterov: bool = False

    def __post_init__(self):
        check_hyperparameters(self)

    def init(self, x):
        """Return the state before the first step, for parameters shaped like x."""
        x = check_parameters(x)
        return MomentumState(t=0, m=np.zeros(x.shape, x.dtype))

    def update(self, gradient, state):
        """Return (step, new state) for the gradient at the current parameters."""
        state = check_state(state, MomentumState)
        g = check_gradient(gradient, state.m)
        t = int(state.t) + 1
        m = self._blend(state.m, g)
        direction = self._blend(m, g) if self.nesterov else m
        step = -learning_rate(self.lr, t) * direction
        step, m = as_arrays(g.dtype, step, m)
        return step, MomentumState(t, m)

    def _blend(self, m, g):
        return self.beta * m + g if self.heavy_ball else ema(m, g, self.beta)
