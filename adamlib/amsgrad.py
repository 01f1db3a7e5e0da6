"""Chapter 13: AMSGrad, Adam with a divisor that never forgets, and the walks on which Adam goes to the wrong end."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from adamlib.adam import Adam
from adamlib.averaging import debias, ema
from adamlib.checks import (
    Rate,
    as_arrays,
    check_all_finite,
    check_beta,
    check_floats,
    check_gradient,
    check_hyperparameters,
    check_parameters,
    check_real,
    check_series,
    check_state,
    learning_rate,
    shown,
)


class AMSGradState(NamedTuple):
    """Steps taken, first moment, second moment, and the largest second moment so far, entry by entry."""

    t: int
    m: np.ndarray
    v: np.ndarray
    v_max: np.ndarray


@dataclass(frozen=True)
class AMSGrad:
    """AMSGrad: Adam, divided by the root of the largest second moment so far.

    Formula:
        m_t = beta1 m_{t-1} + (1 - beta1) g_t            v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
        v_max_t = max(v_max_{t-1}, v_t)
        m_hat_t = m_t / (1 - beta1^t)                    v_hat_t = v_max_t / (1 - beta2^t)
        step_t = -lr m_hat_t / (sqrt(v_hat_t) + eps)

    Args:
        lr: learning rate, a finite number >= 0, or a schedule t -> lr with t = 1, 2, ...
        beta1: decay rate of the first moment, in [0, 1).
        beta2: decay rate of the second moment, in [0, 1).
        eps: a number >= 0, added outside the root. With eps = 0 no step is finite while v_max is 0: it is 0/0 = NaN
            until a gradient is not zero, and infinite or NaN where (1 - beta2) g^2 underflows (float32, beta2 = 0.999:
            |g| < 8.37e-22).

    Returns:
        `init(x)` gives AMSGradState(t=0, m=zeros, v=zeros, v_max=zeros) for float32 or float64 parameters of any shape;
        `update(gradient, state)` gives (step, new state), the step in the shape and dtype of x. Where g^2 overflows the
        dtype, v becomes inf and that entry's steps 0 for ever, or NaN where lr m_hat overflows too (with beta2 = 0 NaN
        from the next one on). NaN in a gradient stays in m, v and v_max.

    Raises:
        ValueError: a hyper-parameter is out of range; a gradient has another shape than the state.
        TypeError: the parameters are not float32 or float64, a gradient is not made of real numbers, or the state is
            not one of this optimizer.

    Example:
        >>> optimizer = AMSGrad(lr=0.1, beta1=0.0, beta2=0.5, eps=0.0)
        >>> step, state = optimizer.update(np.array([4.0]), optimizer.init(np.array([0.0])))
        >>> step, state = optimizer.update(np.array([1.0]), state)  # v falls from 8 to 4.5, the divisor keeps the 8
        >>> step.round(4), state.v, state.v_max
        (array([-0.0306]), array([4.5]), array([8.]))

    Source:
        Reddi, Kale & Kumar (2018), Algorithm 2, which has no bias correction. The form here is PyTorch's
        `Adam(amsgrad=True)`: the maximum of v, then the correction. `optax.amsgrad`, by default, corrects first
        and takes the maximum of v_hat. Keras (`amsgrad=True`) takes the maximum of v, and adds eps to its root before
        the correction. In all three forms v itself goes on as in Adam.
    """

    lr: Rate = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self):
        check_hyperparameters(self)

    def init(self, x):
        """Return the state before the first step, for parameters shaped like x."""
        x = check_parameters(x)
        return AMSGradState(0, *(np.zeros(x.shape, x.dtype) for _ in range(3)))

    def update(self, gradient, state):
        """Return (step, new state) for the gradient at the current parameters."""
        state = check_state(state, AMSGradState)
        g = check_gradient(gradient, state.m)
        t = int(state.t) + 1
        m = ema(state.m, g, self.beta1)
        v = ema(state.v, g**2, self.beta2)
        v_max = np.maximum(state.v_max, v)
        m_hat = debias(m, self.beta1, t)
        v_hat = debias(v_max, self.beta2, t)
        step = -learning_rate(self.lr, t) * m_hat / (np.sqrt(v_hat) + self.eps)
        step, m, v, v_max = as_arrays(g.dtype, step, m, v, v_max)
        return step, AMSGradState(t, m, v, v_max)


def averages(xs, beta):
    """Average a series from 0 as `ema` does, all steps together: a million of them in a moment.

    Formula:
        y_t = (1 - beta) sum_k beta^k x_{t-k}: after the pass for n = 1, 2, 4, ... the sum has its first 2 n terms,
        since those from n to 2 n - 1 are beta^n times the first n of t - n. It ends where beta^n is below 1e-17.

    Args:
        xs: a series of finite numbers along axis 0; beta: decay rate in [0, 1).

    Returns:
        The average after each step, without bias correction, in the shape of xs.

    Raises:
        ValueError: beta is out of range, there is no axis, or a number is not finite.
        TypeError: xs holds something other than real numbers.

    Example:
        >>> averages(np.array([8.0, 0.0, 4.0]), 0.5)
        array([4., 2., 3.])

    Source:
        The sum of chapter 1, unrolled; it agrees with `ema_series` but for rounding, and terms below 1e-17.
    """
    return _averages(check_all_finite(check_series(xs, "xs"), "xs"), check_beta(beta))


def _averages(xs, beta):
    ys, n = (1 - beta) * xs, 1
    while n < len(ys) and beta**n > 1e-17:
        ys[n:] = ys[n:] + beta**n * ys[:-n]
        n *= 2
    return ys


def walk_between(optimizer, slopes, start=0.0, low=-1.0, high=1.0):
    """Walk on losses that are lines, and put the point back to the nearer end whenever it leaves [low, high].

    Formula:
        x_t = min(max(x_{t-1} + step_t, low), high), where step_t comes from slopes[0], ..., slopes[t - 1] alone

    Args:
        optimizer: an `Adam` or an `AMSGrad`, whose steps are worked out together.
        slopes: array of shape (steps,), the gradient of each step's line, which does not depend on x.
        start: the first point, inside [low, high]; low < high: the two ends.

    Returns:
        The points x_0, ..., x_steps.

    Raises:
        ValueError: low is not below high; the start is not between them; there are no slopes, or not in one row; a step
            is not finite, as with eps = 0 where v is 0.
        TypeError: the optimizer is neither, or slopes holds something other than real numbers.

    Example:
        >>> walk_between(AMSGrad(lr=0.4, eps=0.0), np.array([1.0, 1.0, 1.0])).round(1)
        array([ 0. , -0.4, -0.8, -1. ])

    Source:
        Reddi, Kale & Kumar (2018), section 3: the constraint set of their examples is [-1, 1].
    """
    slopes, start = check_floats(slopes, "slopes").astype(float), check_real(start, "start")
    low, high = _check_ends(low, high)
    if slopes.ndim != 1 or len(slopes) == 0:
        raise ValueError(f"slopes must have the shape (steps,) with at least one step, got {slopes.shape}")
    if not low <= start <= high:
        raise ValueError(f"start must lie between {low!r} and {high!r}, got {start!r}")
    steps = _steps(optimizer, slopes)
    if not np.isfinite(steps).all():
        t = int(np.isfinite(steps).argmin()) + 1
        raise ValueError(f"slopes must give finite steps, and at t = {t} the step is {steps[t - 1]}")
    x, points = start, [start]
    for step in steps.tolist():
        x += step
        if x > high:
            x = high
        elif x < low:
            x = low
        points.append(x)
    return np.array(points)


def _steps(optimizer, slopes):
    """Give all steps that an Adam or an AMSGrad makes of given gradients."""
    if not isinstance(optimizer, (Adam, AMSGrad)):
        raise TypeError(f"the optimizer must be an Adam or an AMSGrad, got {shown(optimizer)}")
    t = np.arange(1, len(slopes) + 1)
    m, v = _averages(slopes, optimizer.beta1), _averages(slopes**2, optimizer.beta2)
    if isinstance(optimizer, AMSGrad):
        v = np.maximum.accumulate(v)
    if getattr(optimizer, "bias_correction", True):
        m, v = m / (1 - optimizer.beta1**t), v / (1 - optimizer.beta2**t)
    lr = np.array([learning_rate(optimizer.lr, i) for i in t.tolist()]) if callable(optimizer.lr) else optimizer.lr
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # what is not finite is refused
        return -lr * m / (np.sqrt(v) + optimizer.eps)


def period_sum(slopes, beta1, beta2):
    """Sum Adam's steps over one period of slopes that return for ever, in the long run, for lr = 1 and eps = 0.

    Formula:
        -sum_k m_k / sqrt(v_k), k = 1, ..., n. An average that has forgotten its start begins each period with what it
        ended with, which is what one period makes of 0, divided by 1 - beta^n.
        Where it is above 0 a walk with lr/sqrt(t) goes up, to the right end; where it is below 0, to the left one.

    Args:
        slopes: the slopes of one period, shape (n,), not all 0, and for beta2 = 0 none of them; beta1, beta2: decay
            rates in [0, 1).

    Returns:
        A number, in learning rates.

    Raises:
        ValueError: a beta is out of range; there are no slopes, or not in one row, or not finite; the divisor is 0
            somewhere.
        TypeError: slopes holds something other than real numbers.

    Example:
        >>> round(period_sum(np.array([4.0, -1.0, -1.0]), 0.0, 1 / 17), 4)
        0.6869

    Source:
        Chapter 13; for beta1 = 0 and beta2 = 1/(1 + C^2) the proof of Reddi, Kale & Kumar's theorem 1.
    """
    slopes = check_floats(slopes, "slopes").astype(float)
    beta1, beta2 = check_beta(beta1, "beta1"), check_beta(beta2, "beta2")
    if slopes.ndim != 1 or len(slopes) == 0:
        raise ValueError(f"slopes must have the shape (n,) with at least one slope, got {slopes.shape}")
    check_all_finite(slopes, "slopes")
    m, v = _in_the_long_run(slopes, beta1), _in_the_long_run(slopes**2, beta2)
    if not v.all():
        raise ValueError(f"slopes must give a divisor above 0 at each step, and at t = {v.argmin() + 1} it is 0")
    return float(-(m / np.sqrt(v)).sum())


def _in_the_long_run(xs, beta):
    """Give the average at each place of a period that has returned for ever."""
    first = _averages(xs, beta)
    return first + first[-1] / (1 - beta ** len(xs)) * beta ** np.arange(1, len(xs) + 1)


def average_regret(points, slopes, low=-1.0, high=1.0):
    """Say how much more than the best fixed point a walk has paid per step, on losses that are lines.

    Formula:
        R_T / T = (1/T) (sum_t g_t x_{t-1} - min_x sum_t g_t x),  x in [low, high]
        The minimum is at one of the two ends: at low where the slopes sum to more than 0.

    Args:
        points: the points of `walk_between`, of shape (steps + 1,); slopes: those it was given.
        low, high: the two ends, low < high.

    Returns:
        The average regret, a float.

    Raises:
        ValueError: there is not one point more than there are slopes, or no slope; a number is not finite; low is not
            below high.
        TypeError: points or slopes holds something other than real numbers.

    Example:
        >>> average_regret(np.array([0.0, -1.0, -1.0]), np.array([1.0, 1.0]))
        0.5

    Source:
        Zinkevich (2003), as used by Reddi, Kale & Kumar (2018), section 2.
    """
    points, slopes = check_floats(points, "points").astype(float), check_floats(slopes, "slopes").astype(float)
    low, high = _check_ends(low, high)
    if slopes.ndim != 1 or len(slopes) == 0 or points.shape != (len(slopes) + 1,):
        raise ValueError(
            f"slopes of shape {slopes.shape} must be at least one, in one row, and need one point more, "
            f"got points {points.shape}"
        )
    check_all_finite(points, "points")
    total = check_all_finite(slopes, "slopes").sum()
    return float((slopes @ points[:-1] - min(low * total, high * total)) / len(slopes))


def _check_ends(low, high):
    low, high = check_real(low, "low"), check_real(high, "high")
    if not low < high:
        raise ValueError(f"low must be below high, got low {low!r} and high {high!r}")
    return low, high
