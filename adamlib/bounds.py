"""Chapter 10: how long a step of Adam can be, in units of the learning rate, for eps = 0.

beta1 and beta2 have Adam's defaults, and every t counts steps from 1.
"""

import math

import numpy as np

from adamlib.checks import check_beta, check_count, check_numbers


def uncorrected_factor(t, beta1=0.9, beta2=0.999):
    """Tell by what the step is multiplied when both bias corrections are left out.

    Formula:
        c(t) = (1 - beta1^t) / sqrt(1 - beta2^t)

    Args:
        t: step numbers >= 1, a number or an array; beta1, beta2: decay rates in [0, 1).

    Returns:
        c(t), in the shape of t. It is also step t, in units of lr, of a weight that wakes to a constant gradient
        after a long sleep.

    Raises:
        ValueError: a beta is out of range, or a t is below 1.
        TypeError: t holds something other than real numbers.

    Example:
        >>> uncorrected_factor(np.array([1, 12])).round(4)
        array([3.1623, 6.5685])

    Source:
        Kingma & Ba (2015), section 3, on the initialisation bias.
    """
    beta1, beta2, t = check_beta(beta1, "beta1"), check_beta(beta2, "beta2"), check_numbers(t, "t")
    if not np.all(t >= 1):
        raise ValueError(f"t must be >= 1, since the first step is t = 1, got {t}")
    return (1 - beta1**t) / np.sqrt(1 - beta2**t)


def largest_step(t, beta1=0.9, beta2=0.999):
    """Give the longest step that any gradients can make at step t, in units of lr: a supremum, reached if finite.

    Formula:
        S_t = sqrt(sum of p_k^2 / q_k over the ages k = 0, ..., t - 1), where
        p_k = (1 - beta1) beta1^k / (1 - beta1^t) and q_k = (1 - beta2) beta2^k / (1 - beta2^t)
        are the weights of the two debiased averages. With rho = beta1^2 / beta2 that is
        S_t^2 = (1 - beta1)^2 (1 - beta2^t) / ((1 - beta2) (1 - beta1^t)^2) times the sum of rho^k.

    Args:
        t: a whole number >= 1; beta1, beta2: decay rates in [0, 1).

    Returns:
        S_t, a number >= 1, to rounding: 1 for every t when the betas are equal, infinity from t = 2 on for
        beta2 = 0 < beta1, and where the sum of rho^k is too large for a float.

    Raises:
        ValueError: a beta is out of range, or t is not a whole number >= 1.

    Example:
        >>> [round(largest_step(t), 4) for t in (1, 10, 100, 1000)]
        [1.0, 1.0431, 2.2434, 5.7812]

    Source:
        The inequality of Cauchy and Schwarz, in chapter 10. Kingma & Ba (2015), section 2.1, write that steps are
        "approximately bounded" by lr.
    """
    beta1, beta2, t = check_beta(beta1, "beta1"), check_beta(beta2, "beta2"), check_count(t, "t", least=1)
    if beta2 == 0:  # only the newest gradient is in the divisor, and without limit larger ones may be in m
        return 1.0 if beta1 == 0 or t == 1 else math.inf
    rho = beta1**2 / beta2
    with np.errstate(over="ignore"):
        ages = np.sum(rho ** np.arange(t))
    return float(np.sqrt((1 - beta1) ** 2 * (1 - beta2**t) / ((1 - beta2) * (1 - beta1**t) ** 2) * ages))


def largest_step_ever(beta1=0.9, beta2=0.999):
    """Give the bound that no step of Adam exceeds at any t, in units of lr, and that long runs come close to.

    Formula:
        S = (1 - beta1) / sqrt((1 - beta2) (1 - beta1^2 / beta2)), and infinity where beta1^2 >= beta2 (but 1 if both
        betas are 0)

    Args:
        beta1, beta2: decay rates in [0, 1).

    Returns:
        S, a number >= 1: above 1 exactly when the betas differ.

    Raises:
        ValueError: a beta is out of range.

    Example:
        >>> round(largest_step_ever(), 4), round(largest_step_ever(0.9, 0.99), 4), largest_step_ever(0.9, 0.7)
        (7.2703, 2.3452, inf)

    Source:
        The limit of `largest_step`. Kingma & Ba (2015), section 2.1, give the larger of 1 and
        (1 - beta1) / sqrt(1 - beta2), which is exceeded unless the betas are equal or beta1 is 0.
    """
    beta1, beta2 = check_beta(beta1, "beta1"), check_beta(beta2, "beta2")
    if beta1 == 0:
        return 1 / math.sqrt(1 - beta2)
    if beta1**2 >= beta2:
        return math.inf
    return (1 - beta1) / math.sqrt((1 - beta2) * (1 - beta1**2 / beta2))


def steepest_ramp(steps, beta1=0.9, beta2=0.999):
    """Give gradients that make the longest step possible at every t of their life.

    Formula:
        g_{t-k} proportional to p_k / q_k, that is to (beta1 / beta2)^k: each is beta2 / beta1 times the one before.

    Args:
        steps: how many, a whole number >= 1; beta1, beta2: decay rates, both in (0, 1).

    Returns:
        An array of shape (steps,) that ends in 1. Where beta1 > beta2 it falls, and a long one overflows at its
            start; where it rises, a very long one begins with zeros.

    Raises:
        ValueError: a beta is out of range, or steps is not a whole number >= 1.

    Example:
        >>> steepest_ramp(3, beta1=0.5, beta2=0.8).round(4)
        array([0.3906, 0.625 , 1.    ])

    Source:
        Where the inequality of Cauchy and Schwarz is an equality, in chapter 10.
    """
    beta1, beta2, steps = check_beta(beta1, "beta1"), check_beta(beta2, "beta2"), check_count(steps, "steps", least=1)
    if 0 in (beta1, beta2):
        raise ValueError(f"beta1 and beta2 must be above 0 for a ramp, got {beta1!r} and {beta2!r}")
    return (beta1 / beta2) ** np.arange(steps)[::-1]


def noise_step(beta1=0.9):
    """Give the root mean square of a step under gradients that are pure noise, in units of lr.

    Formula:
        sqrt((1 - beta1) / (1 + beta1)), for a divisor that is taken as constant: for beta2 near 1.

    Args:
        beta1: decay rate in [0, 1).

    Returns:
        The root mean square of step / lr.

    Raises:
        ValueError: beta1 is out of range.

    Example:
        >>> round(noise_step(0.9), 4)
        0.2294

    Source:
        The variance of an exponential average of independent values, in chapter 1.
    """
    beta1 = check_beta(beta1, "beta1")
    return math.sqrt((1 - beta1) / (1 + beta1))


def travel_after_stop(beta1=0.9, beta2=0.999):
    """Give the distance that a weight still travels after its gradient, long constant, became 0, in units of lr.

    Formula:
        r + r^2 + r^3 + ... = r / (1 - r),  r = beta1 / sqrt(beta2); infinity where r >= 1

    Args:
        beta1, beta2: decay rates in [0, 1).

    Returns:
        The distance / lr.

    Raises:
        ValueError: a beta is out of range.

    Example:
        >>> round(travel_after_stop(), 2)
        9.05

    Source:
        A geometric series, in chapter 10: m shrinks by beta1 per step, and the root of v by sqrt(beta2).
    """
    beta1, beta2 = check_beta(beta1, "beta1"), check_beta(beta2, "beta2")
    if beta1 == 0:
        return 0.0
    return beta1 / (math.sqrt(beta2) - beta1) if beta1 < math.sqrt(beta2) else math.inf


def adamax_largest_step(beta1=0.9, beta2=0.999):
    """Give the bound on a step of AdaMax, which divides by a decaying maximum of |g|, in units of lr.

    Formula:
        (1 - beta1) / (1 - beta1 / beta2), for beta1 < beta2; else infinity (but 1 if beta1 is 0)

    Args:
        beta1, beta2: decay rates in [0, 1).

    Returns:
        The bound, a number >= 1 that long runs come close to.

    Raises:
        ValueError: a beta is out of range.

    Example:
        >>> round(adamax_largest_step(), 5)
        1.00909

    Source:
        Kingma & Ba (2015), section 7.1, where the bound is given as lr itself.
    """
    beta1, beta2 = check_beta(beta1, "beta1"), check_beta(beta2, "beta2")
    if beta1 == 0:
        return 1.0
    return (1 - beta1) / (1 - beta1 / beta2) if beta1 < beta2 else math.inf
