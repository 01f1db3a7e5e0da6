"""Chapter 12: why adaptive methods do not come to rest at a constant learning rate.

Close to a minimum the gradients are small, the divisor forgets the large ones, and the effective learning rate grows
until the curvature no longer allows it. These are the edges where it stops growing.
"""

import numpy as np

from adamlib.averaging import debias
from adamlib.checks import (
    check_above_zero,
    check_at_least_zero,
    check_beta,
    check_count,
    check_finite,
    check_floats,
    check_numbers,
)


def cycle_amplitude(lr):
    """Give the distance from the minimum at which RMSProp bounces for ever on a parabola, for eps = 0.

    Formula:
        A bounce between A and -A has gradients of one size, so that g / sqrt(v) = +-1 and every step has the length lr.
        It is 2 A long: A = lr / 2, whatever the curvature, and whatever beta above 0. (At 0 it need not be centred.)

    Args:
        lr: learning rate, a finite number >= 0.

    Returns:
        A, in the unit of the parameter.

    Raises:
        ValueError: lr is out of range.

    Example:
        >>> cycle_amplitude(0.2)
        0.1

    Source:
        Chapter 12. Where floats are coarse beside x, rounding may stop the bounce: the minimum must be near 0, or the
        gradients hold a trace of noise.
    """
    return check_at_least_zero(lr, "lr") / 2


def sharpness_limit(lr, beta1=0.9):
    """Give the preconditioned sharpness at which Adam leaves a minimum.

    Formula:
        While v changes slowly, Adam is momentum in the averaged form with the learning rate lr / sqrt(v_hat), which is
        stable for lr / sqrt(v_hat) times curvature < 2 (1 + beta1) / (1 - beta1). So
            curvature / sqrt(v_hat) < (2 + 2 beta1) / ((1 - beta1) lr),  which is 38 / lr at beta1 = 0.9.
        eps is added to the root: where it is at least lr curvature / 38, Adam at beta1 = 0.9 never leaves.

    Args:
        lr: learning rate, a finite number > 0; beta1: decay rate in [0, 1); 0 is RMSProp's limit, 2 / lr.

    Returns:
        The limit, in units of 1 / lr's unit.

    Raises:
        ValueError: lr or beta1 is out of range.

    Example:
        >>> round(sharpness_limit(lr=0.01), 6)
        3800.0

    Source:
        Cohen et al. (2022), "Adaptive Gradient Methods at the Edge of Stability".
    """
    beta1, lr = check_beta(beta1, "beta1"), check_above_zero(lr, "lr")
    if (1 - beta1) * lr == 0:  # rounding makes 0 of the smallest floats
        raise ValueError(f"lr must be above 0, since without steps there is no limit, got {lr!r}")
    return (2 + 2 * beta1) / ((1 - beta1) * lr)


def preconditioned_sharpness(curvature, v, t, beta2=0.999):
    """Give the curvature that Adam feels in each coordinate: divided by the root that divides its steps.

    Formula:
        curvature / sqrt(v_hat),  v_hat = v / (1 - beta2^t), for eps = 0

    Args:
        curvature: second derivative, a number or an array; v: the second moment after t steps, >= 0, of a shape that
            broadcasts with it; t: a whole number >= 1; beta2: decay rate in [0, 1).

    Returns:
        The sharpness in the broadcast shape, infinite where v is 0 (NaN if the curvature is 0 there too).

    Raises:
        ValueError: t or beta2 is out of range, a v is negative, or the shapes do not broadcast.
        TypeError: curvature or v holds something other than real numbers.

    Example:
        >>> float(preconditioned_sharpness(4.0, v=np.array(0.25), t=1, beta2=0.75))
        4.0

    Source:
        Cohen et al. (2022). On a surface whose axes are not the coordinates it is the largest eigenvalue of the matrix
        of second derivatives, row and column i divided by v_hat_i^(1/4).
    """
    v_hat = debias(check_numbers(v, "v"), check_beta(beta2, "beta2"), check_count(t, "t", least=1))
    if np.any(v_hat < 0):
        raise ValueError(f"v must be >= 0, since it averages squares, got {v}")
    with np.errstate(divide="ignore", invalid="ignore"):
        return check_numbers(curvature, "curvature") / np.sqrt(v_hat)


def turn(points, degrees):
    """Turn points of the plane counter-clockwise about the origin, as `landscapes.bowl` turns its axes.

    Formula:
        x' = x cos - y sin,  y' = x sin + y cos

    Args:
        points: array of shape (..., 2); degrees: the angle, a finite number.

    Returns:
        The turned points, of the same shape.

    Raises:
        ValueError: the last axis does not hold two coordinates, or the angle is not finite.
        TypeError: points holds something other than real numbers.

    Example:
        >>> turn(np.array([1.0, 0.0]), 90).round(12)
        array([0., 1.])

    Source:
        A rotation. Gradient descent's path on a turned bowl from a turned start is the turned path; an adaptive
        method's is not, since it divides each coordinate by its own root.
    """
    points, degrees = check_floats(points, "points").astype(float), check_finite(degrees, "degrees")
    if points.shape[-1:] != (2,):
        raise ValueError(f"points must have the shape (..., 2), got {points.shape}")
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[cos, sin], [-sin, cos]])
