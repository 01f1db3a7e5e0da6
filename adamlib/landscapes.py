"""The stage: surfaces to descend, each with its gradient.

Every loss and gradient takes an array whose last axis holds the coordinates (x, y): shape (..., 2)
gives losses of shape (...) and gradients of shape (..., 2), so a whole grid is one call.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from adamlib.checks import check_finite, check_floats, check_values


@dataclass(frozen=True)
class Landscape:
    """A surface over the plane.

    name: what to call it; loss, gradient: functions of arrays of shape (..., 2); extent: the part
    worth drawing, (x_min, x_max, y_min, y_max); minimum: the coordinates of the lowest point, or
    None where there is none.

    Raises:
        ValueError, TypeError: loss and gradient, for another shape, and for what holds no real numbers.
    """

    name: str
    loss: Callable = field(repr=False)
    gradient: Callable = field(repr=False)
    extent: tuple
    minimum: tuple | None


def _coordinates(point):
    """Return x and y of points; ValueError unless the last axis holds these two."""
    point = check_values(point, "point")
    if np.shape(point)[-1:] != (2,):
        raise ValueError(f"point must hold two coordinates, x and y, along its last axis, got shape {np.shape(point)}")
    return point[..., 0], point[..., 1]


def _vectors(x, y):
    """Put two coordinates along a new last axis, as np.stack does, which takes longer than all else in a gradient."""
    vectors = np.empty((*x.shape, 2), x.dtype)
    vectors[..., 0], vectors[..., 1] = x, y
    return vectors


def bowl(curvatures=(0.2, 4.0), degrees=0.0):
    """Make a quadratic bowl; with no arguments it is the bowl that the chapters come back to.

    Formula:
        loss = (c_1 u_1^2 + c_2 u_2^2) / 2,  where u_1, u_2 are x, y turned back by the angle.
        The default is 0.1 x^2 + 2 y^2.

    Args:
        curvatures: the second derivatives (c_1, c_2) along the two axes, both > 0; their ratio is
            the condition number (20 by default).
        degrees: how far the axes are turned, counter-clockwise.

    Returns:
        A Landscape with its minimum at the origin.

    Raises:
        ValueError: a curvature is not a finite number > 0, or there are not two; degrees is not a finite number.
        TypeError: curvatures holds something other than real numbers.

    Example:
        >>> bowl().gradient(np.array([-5.0, -2.0]))
        array([-1., -8.])

    Source:
        A quadratic, on which Polyak (1964) analysed the heavy ball.
    """
    found, degrees = check_floats(curvatures, "curvatures"), check_finite(degrees, "degrees")
    c1, c2 = found.tolist() if found.shape == (2,) else (np.nan, np.nan)  # floats of Python: NumPy's widen float32
    if not (0 < c1 < np.inf and 0 < c2 < np.inf):
        raise ValueError(f"curvatures must be two finite numbers > 0, got {curvatures!r}")
    cos, sin = float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))

    def along_axes(point):
        x, y = _coordinates(point)
        return cos * x + sin * y, cos * y - sin * x

    def loss(point):
        u1, u2 = along_axes(point)
        return (c1 * u1**2 + c2 * u2**2) / 2

    def gradient(point):
        u1, u2 = along_axes(point)
        return _vectors(cos * c1 * u1 - sin * c2 * u2, sin * c1 * u1 + cos * c2 * u2)

    return Landscape("bowl", loss, gradient, (-6.0, 6.0, -3.0, 3.0), (0.0, 0.0))


def rosenbrock():
    """Make Rosenbrock's banana valley, flat along a curved floor and steep across it.

    Formula:
        loss = (1 - x)^2 + 100 (y - x^2)^2

    Returns:
        A Landscape with its minimum at (1, 1).

    Example:
        >>> rosenbrock().gradient(np.array([0.0, 1.0]))
        array([ -2., 200.])

    Source:
        Rosenbrock (1960).
    """

    def loss(point):
        x, y = _coordinates(point)
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def gradient(point):
        x, y = _coordinates(point)
        return _vectors(-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2))

    return Landscape("Rosenbrock", loss, gradient, (-2.0, 2.0, -1.0, 3.0), (1.0, 1.0))


def saddle():
    """Make a saddle: it rises along x, falls along y, and has no lowest point.

    Formula:
        loss = (x^2 - y^2) / 2

    Returns:
        A Landscape whose minimum is None; the gradient is zero at the origin.

    Example:
        >>> saddle().gradient(np.array([1.0, 1.0]))
        array([ 1., -1.])

    Source:
        The simplest function with a stationary point that is not a minimum.
    """

    def loss(point):
        x, y = _coordinates(point)
        return (x**2 - y**2) / 2

    def gradient(point):
        x, y = _coordinates(point)
        return _vectors(x, -y)

    return Landscape("saddle", loss, gradient, (-2.0, 2.0, -2.0, 2.0), None)


def two_minima():
    """Make a surface with two valleys, the left one a little deeper.

    Formula:
        loss = (x^2 - 1)^2 + 0.3 x + y^2

    Returns:
        A Landscape whose minimum is the left one, where 4 x (x^2 - 1) + 0.3 = 0 and y = 0.

    Example:
        >>> two_minima().minimum[0] < 0
        True

    Source:
        The tilted double well of physics.
    """

    def loss(point):
        x, y = _coordinates(point)
        return (x**2 - 1) ** 2 + 0.3 * x + y**2

    def gradient(point):
        x, y = _coordinates(point)
        return _vectors(4 * x * (x**2 - 1) + 0.3, 2 * y)

    deepest = float(np.roots([4, 0, -4, 0.3]).real.min())
    return Landscape("two minima", loss, gradient, (-1.8, 1.8, -1.2, 1.2), (deepest, 0.0))
