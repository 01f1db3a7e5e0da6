"""Chapter 4: Adam, two debiased averages and one division."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from adamlib.averaging import debias, ema
from adamlib.checks import (
    Rate,
    as_arrays,
    check_gradient,
    check_hyperparameters,
    check_parameters,
    check_state,
    learning_rate,
)


class AdamState(NamedTuple):
    """Steps taken, first moment (average gradient), second moment (average squared gradient)."""

    t: int
    m: np.ndarray
    v: np.ndarray


@dataclass(frozen=True)
class Adam:
    """Adam: the average gradient, divided by the root of the average squared gradient.

    Formula:
        m_t = beta1 m_{t-1} + (1 - beta1) g_t            v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
        m_hat_t = m_t / (1 - beta1^t)                    v_hat_t = v_t / (1 - beta2^t)
        step_t = -lr m_hat_t / (sqrt(v_hat_t) + eps)

    Args:
        lr: learning rate, a finite number >= 0, or a schedule t -> lr with t = 1, 2, ...
        beta1: decay rate of the first moment, in [0, 1).
        beta2: decay rate of the second moment, in [0, 1).
        eps: a number >= 0, added outside the root. With eps = 0 no step is finite while v is 0: it is 0/0 = NaN until a
            gradient is not zero, and infinite or NaN where (1 - beta2) g^2 underflows (float32, beta2 = 0.999:
            |g| < 8.37e-22).
        bias_correction: divide m and v by 1 - beta^t (default), or use them as they are.

    Returns:
        `init(x)` gives AdamState(t=0, m=zeros, v=zeros) for float32 or float64 parameters of any
        shape; `update(gradient, state)` gives (step, new state), the step in the shape and dtype
        of x. Where g^2 overflows the dtype (float32 from |g| = 1.85e19), v becomes inf for good, and
        that entry's steps 0, or NaN where lr m_hat overflows too, with NumPy's warning. (With beta2 = 0
        they are NaN from the next one on: 0 times inf.) NaN and inf in a gradient stay in m and v, and
        a gradient in float64 that float32 cannot hold is infinite there.

    Raises:
        ValueError: a hyper-parameter is out of range; a gradient has another shape than the state.
        TypeError: the parameters are not float32 or float64, a gradient is not made of real numbers, or the state is
            not one of this optimizer.

    Example:
        >>> optimizer = Adam(lr=0.001)
        >>> step, state = optimizer.update(np.array([5.0]), optimizer.init(np.array([0.0])))
        >>> step.round(6), state.t
        (array([-0.001]), 1)

    Source:
        Kingma & Ba (2015), Algorithm 1. `torch.optim.Adam` and `optax.adam` place eps as here.
        Keras uses eps = 1e-7 in the paper's reordered form, where it acts as
        eps / sqrt(1 - beta2^t) would here.
    """

    lr: Rate = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    bias_correction: bool = True

    def __post_init__(self):
        check_hyperparameters(self)

    def init(self, x):
        """Return the state before the first step, for parameters shaped like x."""
        x = check_parameters(x)
        return AdamState(t=0, m=np.zeros(x.shape, x.dtype), v=np.zeros(x.shape, x.dtype))

    def update(self, gradient, state):
        """Return (step, new state) for the gradient at the current parameters."""
        state = check_state(state, AdamState)
        g = check_gradient(gradient, state.m)
        t = int(state.t) + 1
        m = ema(state.m, g, self.beta1)
        v = ema(state.v, g**2, self.beta2)
        m_hat = debias(m, self.beta1, t) if self.bias_correction else m
        v_hat = debias(v, self.beta2, t) if self.bias_correction else v
        step = -learning_rate(self.lr, t) * m_hat / (np.sqrt(v_hat) + self.eps)
        step, m, v = as_arrays(g.dtype, step, m, v)
        return step, AdamState(t, m, v)
