"""Chapter 1: the exponential moving average, and what it is worth before it has seen much."""

import math

import numpy as np

from adamlib.checks import check_above_zero, check_beta, check_count, check_series, check_switch, check_values


def ema(average, x, beta):
    """Move an exponential moving average one step towards a new value.

    Formula:
        average_t = beta average_{t-1} + (1 - beta) x_t,  starting from average_0 = 0.

    Args:
        average: the average so far, a number or an array of any shape.
        x: the new value, of the same shape (or one that broadcasts with it).
        beta: the share of the old average that is kept, in [0, 1).

    Returns:
        The new average, in the shape and dtype of `average` and `x` (float64 for integers). Nothing is written in
        place.

    Raises:
        ValueError: beta is not a number in [0, 1), or the shapes do not broadcast.
        TypeError: average or x is no real number and no array of them.

    Example:
        >>> average = ema(0.0, 10.0, beta=0.5)
        >>> ema(average, 10.0, beta=0.5)
        7.5

    Source:
        Kingma & Ba (2015), Algorithm 1, the lines for m_t and v_t. pandas calls this
        `ewm(alpha=1 - beta, adjust=False)`, except that pandas starts at the first value, not at 0.
    """
    beta, average, x = check_beta(beta), check_values(average, "average"), check_values(x, "x")
    return beta * average + (1 - beta) * x


def debias(average, beta, t):
    """Divide an average that started at 0 by the sum of the weights it has given out so far.

    Formula:
        average_hat_t = average_t / (1 - beta^t)

    Args:
        average: the average after t values, a number or an array of any shape.
        beta: the same beta that built the average, in [0, 1).
        t: how many values the average has seen, a whole number >= 1.

    Returns:
        The debiased average, in the shape and dtype of `average` (float64 for integers). Do not feed it back into
        `ema`.

    Raises:
        ValueError: beta is not a number in [0, 1), or t is not a whole number >= 1.
        TypeError: average is no real number and no array of them.

    Example:
        >>> average = ema(0.0, 10.0, beta=0.5)
        >>> debias(average, beta=0.5, t=1)
        10.0

    Source:
        Kingma & Ba (2015), section 3. pandas' `ewm(alpha=1 - beta, adjust=True).mean()` is this
        debiased average; Optax calls it `bias_correction`.
    """
    beta, t, average = check_beta(beta), check_count(t, "t", least=1), check_values(average, "average")
    return average / (1 - beta**t)


def ema_series(xs, beta, bias_correction=True):
    """Average a whole series along its first axis, one result per value.

    Formula:
        average_t = ema(average_{t-1}, x_t, beta), then debias(average_t, beta, t) if bias_correction.

    Args:
        xs: values of shape (n, ...), n >= 0; integers are read as float64.
        beta: decay rate in [0, 1).
        bias_correction: divide by 1 - beta^t (default), or leave the average as it is.

    Returns:
        An array of the shape and dtype of xs: the average after each value. A NaN in xs stays in
        every later average.

    Raises:
        ValueError: beta is not a number in [0, 1), xs is a single number, or bias_correction is not True or False.
        TypeError: xs holds something other than real numbers in float32, float64, bool or an integer type.

    Example:
        >>> ema_series([10, 10], beta=0.5, bias_correction=False)
        array([5. , 7.5])
        >>> ema_series([10, 10], beta=0.5)
        array([10., 10.])

    Source:
        Kingma & Ba (2015), section 3; pandas: `Series.ewm(alpha=1 - beta, adjust=bias_correction)`
        (with adjust=False pandas starts at the first value, not at 0).
    """
    beta, xs = check_beta(beta), check_series(xs, "xs")
    bias_correction = check_switch(bias_correction, "bias_correction")
    averages = np.empty_like(xs)
    average = np.zeros(xs.shape[1:], xs.dtype)
    for t, x in enumerate(xs, start=1):
        average = ema(average, x, beta)
        averages[t - 1] = debias(average, beta, t) if bias_correction else average
    return averages


def ema_weights(beta, n):
    """Give the weight of each of the last n values in the average, newest first.

    Formula:
        weight of age k = (1 - beta) beta^k,  k = 0, ..., n - 1;  their sum is 1 - beta^n.

    Args:
        beta: decay rate in [0, 1).
        n: how many weights, a whole number >= 0.

    Returns:
        A float64 array of shape (n,), indexed by age: entry 0 belongs to the newest value.

    Raises:
        ValueError: beta is not a number in [0, 1), or n is not a whole number >= 0.

    Example:
        >>> ema_weights(beta=0.5, n=3)
        array([0.5  , 0.25 , 0.125])

    Source:
        Kingma & Ba (2015), equation 1 (the average written as a sum over all past values).
    """
    beta, n = check_beta(beta), check_count(n, "n", least=0)
    return (1 - beta) * beta ** np.arange(n)


def half_life(beta):
    """Tell after how many steps a value's weight has fallen to one half.

    Formula:
        beta^h = 1/2,  so  h = ln(1/2) / ln(beta)

    Args:
        beta: decay rate in [0, 1); at 0 nothing is remembered and the half-life is 0.

    Returns:
        The half-life in steps, a float.

    Raises:
        ValueError: beta is not a number in [0, 1).

    Example:
        >>> round(half_life(0.9), 4)
        6.5788

    Source:
        The definition. pandas' `ewm(halflife=h)` takes this number. It is not 1/beta (1.11 at 0.9).
    """
    beta = check_beta(beta)
    return math.log(0.5) / math.log(beta) if beta > 0 else 0.0


def beta_for_half_life(steps):
    """Choose beta so that a value's weight has fallen to one half after this many steps.

    Formula:
        beta = (1/2)^(1/steps), the inverse of `half_life`.

    Args:
        steps: the wanted half-life, a finite number > 0, whole or not.

    Returns:
        beta, a float in [0, 1).

    Raises:
        ValueError: steps is not a finite number > 0, or so large that beta rounds to 1.

    Example:
        >>> round(beta_for_half_life(20), 4)
        0.9659

    Source:
        The definition; pandas' `ewm(halflife=steps)` uses this beta.
    """
    steps = check_above_zero(steps, "steps")
    beta = 0.5 ** (1 / steps)
    if beta == 1:
        raise ValueError(f"steps must be below about 1e16, where beta rounds to 1, got {steps!r}")
    return beta
