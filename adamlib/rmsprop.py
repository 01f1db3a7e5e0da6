"""Chapter 3: RMSProp, which divides each coordinate's gradient by the recent size of its gradients."""

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


class RMSPropState(NamedTuple):
    """Steps taken, and the average of the squared gradients."""

    t: int
    v: np.ndarray


@dataclass(frozen=True)
class RMSProp:
    """RMSProp: steps in units of the parameter, whatever the gradient's scale.

    Formula:
        v_t = beta v_{t-1} + (1 - beta) g_t^2
        step_t = -lr g_t / (sqrt(v_t) + eps)

    Args:
        lr: learning rate, a finite number >= 0, or a schedule t -> lr with t = 1, 2, ...
        beta: decay rate in [0, 1).
        eps: a number >= 0, added outside the root. With eps = 0 no step is finite while v is 0: it is 0/0 = NaN until a
            gradient is not zero, and infinite or NaN where (1 - beta) g^2 underflows (float32, beta = 0.9:
            |g| < 7.95e-23).

    Returns:
        `init(x)` gives RMSPropState(t=0, v=zeros) for float32 or float64 parameters of any shape;
        `update(gradient, state)` gives (step, new state), the step in the shape and dtype of x.
        Where g^2 overflows the dtype (float32 from |g| = 1.85e19), v becomes inf for good, and that entry's
        steps 0, or NaN where lr g overflows too, with NumPy's warning. (With beta = 0 they are NaN from the next one
        on: 0 times inf.)

    Raises:
        ValueError: lr, beta or eps is out of range; a gradient has another shape than the state.
        TypeError: the parameters are not float32 or float64, a gradient is not made of real numbers, or the state is
            not one of this optimizer.

    Example:
        >>> optimizer = RMSProp(lr=0.01, beta=0.9)
        >>> step, state = optimizer.update(np.array([5.0]), optimizer.init(np.array([0.0])))
        >>> step.round(4)  # lr / sqrt(1 - beta): v has no bias correction here
        array([-0.0316])

    Source:
        Tieleman & Hinton (2012), lecture 6e. PyTorch has eps outside the root and beta (its
        `alpha`) = 0.99; Optax puts eps inside the root by default (`eps_in_sqrt=True`), Keras always.
    """

    lr: Rate = 0.01
    beta: float = 0.9
    eps: float = 1e-8

    def __post_init__(self):
        check_hyperparameters(self)

    def init(self, x):
        """Return the state before the first step, for parameters shaped like x."""
        x = check_parameters(x)
        return RMSPropState(t=0, v=np.zeros(x.shape, x.dtype))

    def update(self, gradient, state):
        """Return (step, new state) for the gradient at the current parameters."""
        state = check_state(state, RMSPropState)
        g = check_gradient(gradient, state.v)
        t = int(state.t) + 1
        v = ema(state.v, g**2, self.beta)
        step = -learning_rate(self.lr, t) * g / (np.sqrt(v) + self.eps)
        step, v = as_arrays(g.dtype, step, v)
        return step, RMSPropState(t, v)


class AdaGradState(NamedTuple):
    """Steps taken, and the sum of all squared gradients so far."""

    t: int
    v: np.ndarray


@dataclass(frozen=True)
class AdaGrad:
    """AdaGrad, an older relative of RMSProp: it sums where RMSProp averages, and never forgets.

    Formula:
        v_t = v_{t-1} + g_t^2
        step_t = -lr g_t / (sqrt(v_t) + eps)

    Args:
        lr: learning rate, a finite number >= 0, or a schedule t -> lr with t = 1, 2, ...
        eps: a number >= 0, added outside the root. With eps = 0 no step is finite while v is 0: it is 0/0 = NaN until a
            gradient is not zero, and infinite or NaN where g^2 underflows (float32: |g| < 2.65e-23).

    Returns:
        `init(x)` gives AdaGradState(t=0, v=zeros) for float32 or float64 parameters of any shape;
        `update(gradient, state)` gives (step, new state), the step in the shape and dtype of x.
        Overflow is as in RMSProp with beta above 0, and here the sum may overflow where no square does.

    Raises:
        ValueError: lr or eps is out of range; a gradient has another shape than the state.
        TypeError: the parameters are not float32 or float64, a gradient is not made of real numbers, or the state is
            not one of this optimizer.

    Example:
        >>> optimizer = AdaGrad(lr=0.01)
        >>> step, state = optimizer.update(np.array([5.0]), optimizer.init(np.array([0.0])))
        >>> step.round(4)
        array([-0.01])

    Source:
        Duchi, Hazan & Singer (2011). PyTorch starts v at 0 as here; Optax and Keras start it at 0.1
        (`initial_accumulator_value`) and put eps inside the root.
    """

    lr: Rate = 0.01
    eps: float = 1e-10

    def __post_init__(self):
        check_hyperparameters(self)

    def init(self, x):
        """Return the state before the first step, for parameters shaped like x."""
        x = check_parameters(x)
        return AdaGradState(t=0, v=np.zeros(x.shape, x.dtype))

    def update(self, gradient, state):
        """Return (step, new state) for the gradient at the current parameters."""
        state = check_state(state, AdaGradState)
        g = check_gradient(gradient, state.v)
        t = int(state.t) + 1
        v = state.v + g**2
        step = -learning_rate(self.lr, t) * g / (np.sqrt(v) + self.eps)
        step, v = as_arrays(g.dtype, step, v)
        return step, AdaGradState(t, v)
