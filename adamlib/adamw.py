"""Chapter 7: AdamW, Adam and a decay of the weights beside it; and clipping by the global norm."""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from adamlib.adam import Adam, AdamState
from adamlib.checks import (
    Rate,
    as_array,
    check_above_zero,
    check_gradient,
    check_hyperparameters,
    check_state,
    learning_rate,
)

_adam = functools.lru_cache(maxsize=16)(Adam)  # an optimizer is a value, so one of each is enough


@dataclass(frozen=True)
class AdamW:
    """AdamW: Adam's step, and beside it a decay that makes every weight smaller by the same share.

    Formula:
        m_hat_t, v_hat_t from the gradients alone, as in `Adam`
        step_t = -lr m_hat_t / (sqrt(v_hat_t) + eps) - lr weight_decay x_{t-1}

    Args:
        lr: learning rate, a finite number >= 0, or a schedule t -> lr with t = 1, 2, ...
        beta1, beta2, eps: as in `Adam`.
        weight_decay: a finite number >= 0. Without gradients, each step multiplies x by 1 - lr weight_decay.

    Returns:
        `init(x)` gives AdamState(t=0, m=zeros, v=zeros) for float32 or float64 parameters of any shape;
        `update(gradient, state, x)` gives (step, new state), the step in the shape and dtype of the state. x are the
        parameters before the step. NaN and inf in x are in the step; what is said of gradients in `Adam` holds here.

    Raises:
        ValueError: a hyper-parameter is out of range; a gradient or x has another shape than the state.
        TypeError: the parameters are not float32 or float64, a gradient is not made of real numbers, or the state is
            none of Adam.

    Example:
        >>> optimizer, x = AdamW(lr=0.1, weight_decay=0.5), np.array([2.0])
        >>> step, state = optimizer.update(np.array([5.0]), optimizer.init(x), x)
        >>> step.round(6), state.t  # 0.1 of Adam, 0.1 times 0.5 times 2 of the decay
        (array([-0.2]), 1)

    Source:
        Loshchilov & Hutter (2019), Algorithm 2. There the decay is multiplied by the schedule alone, not by the
        learning rate: the paper's lambda is lr weight_decay here. This form is that of `torch.optim.AdamW`, whose
        weight_decay is 0.01 unless told otherwise, of `optax.adamw` (0.0001) and of `keras.optimizers.AdamW` (0.004,
        with Keras's eps). `torch.optim.Adam(weight_decay=...)` adds weight_decay x to the gradient instead.
    """

    lr: Rate = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.01

    def __post_init__(self):
        check_hyperparameters(self)

    def init(self, x):
        """Return the state before the first step, for parameters shaped like x."""
        return Adam().init(x)

    def update(self, gradient, state, x):
        """Return (step, new state) for the gradient at the current parameters x."""
        lr = learning_rate(self.lr, int(check_state(state, AdamState).t) + 1) if callable(self.lr) else self.lr
        step, state = _adam(lr, self.beta1, self.beta2, self.eps).update(gradient, state)
        step -= lr * self.weight_decay * check_gradient(x, state.m, "x")  # in place: the step is new
        return step, state


def clip_by_global_norm(gradients, largest):
    """Shorten all gradients by one factor if they are too long together.

    Formula:
        norm = the root of the sum of all squares of all arrays
        g -> g largest / norm  if norm > largest, else g

    Args:
        gradients: a dict of named float32 or float64 arrays of any shapes, or a single array.
        largest: the norm that is allowed, a finite number > 0.

    Returns:
        New arrays in the same shapes and dtypes, a dict if a dict was given. No square overflows: the norm is taken in
        float64 of shares of the largest entry. An empty dict stays empty, and zeros stay zeros. If any entry is NaN or
        infinite, the norm is no number, and all entries of all arrays become NaN.

    Raises:
        ValueError: largest is out of range.
        TypeError: a gradient is not float32 or float64.

    Example:
        >>> clip_by_global_norm({"W": np.array([3.0]), "b": np.array([4.0])}, largest=1.0)
        {'W': array([0.6]), 'b': array([0.8])}

    Source:
        Pascanu, Mikolov & Bengio (2013). `optax.clip_by_global_norm`; Keras's `global_clipnorm` (its `clipnorm` clips
        each array by itself). PyTorch's `clip_grad_norm_` divides by norm + 1e-6. As to NaN, TensorFlow does the same.
    """
    largest = check_above_zero(largest, "largest")
    if not isinstance(gradients, Mapping):
        return clip_by_global_norm({"gradients": gradients}, largest)["gradients"]
    arrays = {name: _check_real(g, name) for name, g in gradients.items()}
    peak = float(np.max([np.abs(g).max(initial=0.0) for g in arrays.values()], initial=0.0))
    if peak == 0:
        return {name: g.copy() for name, g in arrays.items()}
    with np.errstate(invalid="ignore"):  # infinity over infinity, which is NaN, as it should be
        shares = {name: g.astype(np.float64) / peak for name, g in arrays.items()}
    root = math.sqrt(sum(float(np.sum(share**2)) for share in shares.values()))  # the norm over the peak
    if root <= largest / peak:
        return {name: g.copy() for name, g in arrays.items()}
    return {name: np.asarray(shares[name] * (largest / root), g.dtype) for name, g in arrays.items()}


def _check_real(gradient, name):
    gradient = as_array(gradient, name)
    if gradient.dtype.type not in (np.float32, np.float64):
        raise TypeError(f"{name} must be an array of float32 or float64, to be shortened, not {gradient.dtype}")
    return gradient
