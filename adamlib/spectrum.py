"""Chapter 9: how fast momentum can be on a parabola, read from the two roots of a quadratic equation.

Throughout, lr is the learning rate of the heavy ball. For the averaged form of `Momentum` pass lr (1 - beta).
Numbers and arrays are taken alike, and broadcast together; `best_setting` takes numbers.
"""

import math

import numpy as np

from adamlib.checks import as_float, check_numbers, check_switch, shown


def roots(lr, beta, curvature, nesterov=False):
    """Give the two numbers whose powers make up every path of the heavy ball on a parabola, unless they are equal.

    Formula:
        On f(x) = curvature x^2 / 2 the rule is x_t = b x_{t-1} - c x_{t-2}. The trial x_t = sigma^t gives
        sigma^2 - b sigma + c = 0, with
            b = 1 + beta - lr curvature,              c = beta                         heavy ball
            b = (1 + beta) (1 - lr curvature),        c = beta (1 - lr curvature)      nesterov=True

    Args:
        lr, beta, curvature: numbers or arrays that broadcast together; nesterov: the look-ahead variant.

    Returns:
        A pair of complex arrays in the broadcast shape, the one of larger size first.

    Raises:
        ValueError: the three shapes do not broadcast, or nesterov is not True or False.
        TypeError: an argument holds something other than real numbers.

    Example:
        >>> large, small = roots(lr=0.5, beta=0.0, curvature=1.0)
        >>> (round(float(large.real), 12), round(float(small.real), 12))
        (0.5, 0.0)

    Source:
        Polyak (1964); Goh (2017), "Why Momentum Really Works". beta = 0 is gradient descent.
    """
    beta, left = check_numbers(beta, "beta"), 1 - check_numbers(lr, "lr") * check_numbers(curvature, "curvature")
    b, c = ((1 + beta) * left, beta * left) if check_switch(nesterov, "nesterov") else (beta + left, beta)
    apart = np.sqrt(b**2 - 4 * c + 0j)
    one, other = (b + apart) / 2, (b - apart) / 2
    first = np.abs(one) >= np.abs(other)
    return np.where(first, one, other), np.where(first, other, one)


def convergence_rate(lr, beta, curvature, nesterov=False):
    """Tell by which factor the heavy ball shrinks the error per step on a parabola, in the long run.

    Formula:
        rate = the larger |sigma| of the two roots. While they are complex it is sqrt(beta), whatever lr; with
        nesterov=True it is then sqrt(beta (1 - lr curvature)).

    Args:
        lr, beta, curvature: numbers or arrays that broadcast together; nesterov: the look-ahead variant.

    Returns:
        The rate, in the broadcast shape: below 1 converges, above 1 diverges.

    Raises:
        ValueError: the three shapes do not broadcast, or nesterov is not True or False.
        TypeError: an argument holds something other than real numbers.

    Example:
        >>> round(float(convergence_rate(lr=4 / 1.21, beta=(9 / 11) ** 2, curvature=1.0)), 4)
        0.8182

    Source:
        Polyak (1964); Goh (2017). A rate is a promise about the long run: where the two roots meet, t sigma^t is a
        solution too, and more steps are needed than the rate says.
    """
    return np.abs(roots(lr, beta, curvature, nesterov)[0])


def critical_beta(lr, curvature):
    """Give the beta with the best rate for one learning rate on one parabola: the roots meet there.

    Formula:
        beta = (1 - sqrt(lr curvature))^2, with the rate |1 - sqrt(lr curvature)|

    Args:
        lr, curvature: numbers or arrays >= 0 that broadcast together, with lr curvature < 4.

    Returns:
        beta, in the broadcast shape.

    Raises:
        ValueError: lr or curvature is below 0, their product 4 and more, where no beta in [0, 1) converges, or the two
            shapes do not broadcast.
        TypeError: an argument holds something other than real numbers.

    Example:
        >>> round(float(critical_beta(lr=0.04, curvature=1.0)), 12)
        0.64

    Source:
        Goh (2017). The square is easily lost: 1 - sqrt(lr curvature) is the rate, and not beta.
    """
    lr, curvature = check_numbers(lr, "lr"), check_numbers(curvature, "curvature")
    if not (np.all(lr >= 0) and np.all(curvature >= 0)):
        raise ValueError(f"lr and curvature must be >= 0, got {lr} and {curvature}")
    product = lr * curvature
    if not np.all(product < 4):
        raise ValueError(f"lr times curvature must be in [0, 4), got {product}")
    return (1 - np.sqrt(product)) ** 2


def largest_lr(beta, curvature, nesterov=False):
    """Give the learning rate at which a root reaches -1: from 0 up to it paths converge, beyond it they diverge.

    Formula:
        (2 + 2 beta) / curvature for the heavy ball, (2 + 2 beta) / ((1 + 2 beta) curvature) with nesterov=True.
        The averaged form stands 1 / (1 - beta) times as much: at beta = 0.9, 38 / curvature.

    Args:
        beta, curvature: numbers or arrays that broadcast together, beta in [0, 1), curvature > 0; nesterov: the
            look-ahead variant.

    Returns:
        The limit, in the broadcast shape.

    Raises:
        ValueError: a beta is not in [0, 1), or a curvature not above 0, or the two shapes do not broadcast.
        TypeError: an argument holds something other than real numbers.

    Example:
        >>> round(float(largest_lr(beta=0.9, curvature=1.0)), 12)
        3.8

    Source:
        Polyak (1964). PyTorch, Optax and Keras count lr as the heavy ball does.
    """
    beta, curvature = check_numbers(beta, "beta"), check_numbers(curvature, "curvature")
    if not np.all((0 <= beta) & (beta < 1)):
        raise ValueError(f"beta must be in [0, 1), got {beta}")
    if not np.all(curvature > 0):
        raise ValueError(f"curvature must be > 0, got {curvature}")
    limit = (2 + 2 * beta) / curvature
    return limit / (1 + 2 * beta) if check_switch(nesterov, "nesterov") else limit


def best_setting(smallest, largest):
    """Give learning rate, beta and rate of the heavy ball that is fastest on a bowl in the long run.

    Formula:
        lr = 4 / (sqrt(smallest) + sqrt(largest))^2
        rate = sqrt(beta) = (sqrt(kappa) - 1) / (sqrt(kappa) + 1),  kappa = largest / smallest

    Args:
        smallest, largest: the bowl's smallest and largest curvature, 0 < smallest <= largest.

    Returns:
        (lr, beta, rate). Gradient descent's best is lr = 2 / (smallest + largest), rate (kappa - 1) / (kappa + 1).

    Raises:
        ValueError: not 0 < smallest <= largest.

    Example:
        >>> lr, beta, rate = best_setting(0.01, 1.0)
        >>> (round(lr, 6), round(beta, 6), round(rate, 6))
        (3.305785, 0.669421, 0.818182)

    Source:
        Polyak (1964). In steps counted from a start at rest another setting may be better.
    """
    if not 0 < as_float(smallest) <= as_float(largest) < math.inf:
        raise ValueError(f"curvatures must be 0 < smallest <= largest, got {shown(smallest)} and {shown(largest)}")
    low, high = math.sqrt(smallest), math.sqrt(largest)
    rate = (high - low) / (high + low)
    return float(4 / (low + high) / (low + high)), float(rate**2), float(rate)


def noise_variance(lr, beta, curvature):
    """Give the variance of the heavy ball's position on a parabola, once settled under gradient noise of variance 1.

    Formula:
        V = lr (1 + beta) / (curvature (1 - beta) (2 + 2 beta - lr curvature))

    Args:
        lr, beta, curvature: numbers or arrays that broadcast together, with beta in [0, 1), curvature > 0 and
            0 < lr < largest_lr(beta, curvature).

    Returns:
        V, in the broadcast shape; for noise of another variance, times that variance.

    Raises:
        ValueError: one of them is out of its range, where nothing settles, or the three shapes do not broadcast.
        TypeError: an argument holds something other than real numbers.

    Example:
        >>> round(float(noise_variance(lr=0.1, beta=0.0, curvature=1.0)), 4)
        0.0526
        >>> round(float(noise_variance(lr=0.1 * (1 - 0.9), beta=0.9, curvature=1.0)), 4)  # the averaged form
        0.0501

    Source:
        Two linear equations for the means of x_t^2 and x_t x_{t-1}, solved in chapter 9.
    """
    lr, beta, curvature = check_numbers(lr, "lr"), check_numbers(beta, "beta"), check_numbers(curvature, "curvature")
    if not np.all((0 < lr) & (lr < largest_lr(beta, curvature))):
        raise ValueError(f"lr must be between 0 and largest_lr(beta, curvature), got {lr}")
    return lr * (1 + beta) / (curvature * (1 - beta) * (2 + 2 * beta - lr * curvature))
