"""The surfaces: each gradient against finite differences, each minimum, shapes and errors."""

import numpy as np
import pytest

from adamlib.landscapes import Landscape, bowl, rosenbrock, saddle, two_minima

LANDSCAPES = [bowl(), bowl((0.01, 1.0), degrees=22.5), bowl(degrees=45), rosenbrock(), saddle(), two_minima()]
every_landscape = pytest.mark.parametrize("landscape", LANDSCAPES, ids=lambda landscape: landscape.name)


@every_landscape
def test_the_gradient_is_the_derivative_of_the_loss(landscape):
    points = np.random.default_rng(0).uniform(-2, 2, size=(50, 2))
    h = 1e-5
    for axis, unit in enumerate(np.eye(2)):
        slope = (landscape.loss(points + h * unit) - landscape.loss(points - h * unit)) / (2 * h)
        assert np.allclose(landscape.gradient(points)[:, axis], slope, rtol=1e-7, atol=1e-6)


@every_landscape
def test_arrays_of_points_are_one_call(landscape):
    points = np.random.default_rng(1).uniform(-2, 2, size=(3, 4, 2))
    assert landscape.loss(points).shape == (3, 4) and landscape.gradient(points).shape == (3, 4, 2)
    single = points.astype(np.float32)
    assert landscape.loss(single).dtype == landscape.gradient(single).dtype == np.float32
    assert landscape.loss(points[1, 2]) == landscape.loss(points)[1, 2]
    assert np.array_equal(landscape.gradient(points[1, 2]), landscape.gradient(points)[1, 2])


@every_landscape
def test_a_list_is_a_point_and_what_has_not_two_coordinates_is_none(landscape):
    for function in (landscape.loss, landscape.gradient):
        assert np.array_equal(function([1, 2]), function(np.array([1.0, 2.0])))
        for wrong in (3.0, [1.0], [1.0, 2.0, 3.0], np.ones((2, 3))):
            with pytest.raises(ValueError, match="point must hold two coordinates, x and y, along its last axis"):
                function(wrong)


@every_landscape
def test_the_minimum_is_the_lowest_point_of_the_extent(landscape):
    if landscape.minimum is None:
        assert landscape.name == "saddle"
        assert landscape.gradient(np.zeros(2)).tolist() == [0.0, 0.0]
        return
    minimum = np.array(landscape.minimum)
    assert np.allclose(landscape.gradient(minimum), 0, atol=1e-9)
    x_min, x_max, y_min, y_max = landscape.extent
    x, y = np.meshgrid(np.linspace(x_min, x_max, 101), np.linspace(y_min, y_max, 101))
    assert landscape.loss(np.stack([x, y], axis=-1)).min() >= landscape.loss(minimum) - 1e-12


def test_the_shared_bowl():
    assert bowl().loss(np.array([-5.0, -2.0])) == 0.1 * 25 + 2 * 4
    assert bowl().gradient(np.array([-5.0, -2.0])).tolist() == [-1.0, -8.0]


@pytest.mark.parametrize("degrees", [0, 22.5, 45, 90, 200])
def test_a_turned_bowl_keeps_its_curvatures(degrees):
    hessian = bowl((0.2, 4.0), degrees).gradient(np.eye(2))
    assert np.allclose(np.linalg.eigvalsh(hessian), [0.2, 4.0])
    a = np.radians(degrees)
    along = np.array([np.cos(a), np.sin(a)])
    assert np.allclose(hessian @ along, 0.2 * along)  # the flat direction is turned counter-clockwise


@pytest.mark.parametrize("bad", [(0.2, 0.0), (-1.0, 1.0), (np.nan, 1.0), (np.inf, 1.0), (1.0,), (1.0, 2.0, 3.0)])
def test_wrong_curvatures_are_refused(bad):
    with pytest.raises(ValueError) as caught:
        bowl(bad)
    assert str(caught.value) == f"curvatures must be two finite numbers > 0, got {bad!r}"


def test_the_repr_holds_no_address():
    assert repr(bowl()) == "Landscape(name='bowl', extent=(-6.0, 6.0, -3.0, 3.0), minimum=(0.0, 0.0))"
    fields = list(Landscape.__dataclass_fields__)
    assert fields == ["name", "loss", "gradient", "extent", "minimum"]
