"""The look of the figures, tested on what is drawn, not on pictures."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

from adamlib import figures
from adamlib.landscapes import bowl, saddle

METHODS = ["Gradient descent", "Momentum", "AdaGrad", "RMSProp", "Adam"]


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def luminance(color):
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in plt.matplotlib.colors.to_rgb(color))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_every_method_has_its_own_colour_line_and_marker():
    styles = [figures.style(method) for method in METHODS]
    assert len({s["color"] for s in styles}) == len({str(s["linestyle"]) for s in styles}) == len(METHODS)
    assert len({figures.marker(method) for method in METHODS}) == len(METHODS)
    assert [s["label"] for s in styles] == METHODS


@pytest.mark.parametrize("color", [figures.style(m)["color"] for m in METHODS] + [figures.INK])
def test_every_colour_stands_out_on_white(color):
    assert 1.05 / (luminance(color) + 0.05) >= 3  # the contrast that WCAG asks of graphics


@pytest.mark.parametrize("function", [figures.style, figures.marker])
def test_an_unknown_method_is_refused(function):
    with pytest.raises(ValueError, match="method must be one of Gradient descent, .*, Adam; got 'adam'"):
        function("adam")


def test_contours_fill_the_extent_and_mark_the_minimum(ax):
    figures.draw_contours(ax, bowl())
    assert (*ax.get_xlim(), *ax.get_ylim()) == bowl().extent
    assert [list(line.get_xydata()[0]) for line in ax.lines] == [[0.0, 0.0]]
    assert len(ax.collections) > 0


def test_a_saddle_has_no_minimum_to_mark(ax):
    figures.draw_contours(ax, saddle(), extent=(-1, 1, -1, 1))
    assert len(ax.lines) == 0 and ax.get_xlim() == (-1, 1)


def test_a_path_is_drawn_in_the_style_of_its_method(ax):
    points = np.arange(20.0).reshape(10, 2)
    figures.draw_path(ax, points, "RMSProp", marks=3)
    (line,) = ax.lines
    assert np.array_equal(line.get_xydata(), points)
    assert (line.get_color(), line.get_marker()) == (figures.style("RMSProp")["color"], figures.marker("RMSProp"))
    assert line.get_markevery() == slice(0, 3)


def test_a_band_reaches_from_low_to_high_and_its_line_is_the_median(ax):
    rows = np.array([(1.0, 2.0, 5.0), (0.5, 1.5, 4.0)], [("low", float), ("median", float), ("high", float)])
    figures.draw_band(ax, [0.1, 1.0], rows, marker="o", **figures.style("Adam"))
    (line,), (band,) = ax.lines, ax.collections
    assert line.get_xydata().tolist() == [[0.1, 2.0], [1.0, 1.5]] and line.get_label() == "Adam"
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    assert corners == {(0.1, 1.0), (0.1, 5.0), (1.0, 0.5), (1.0, 4.0)}
    assert plt.matplotlib.colors.to_hex(band.get_facecolor()[0]) == line.get_color()


@pytest.mark.parametrize("look", [{}, {"c": "k"}])
def test_a_band_has_the_colour_of_its_line_wherever_that_is_from(ax, look):
    rows = np.array([(1.0, 2.0, 5.0), (0.5, 1.5, 4.0)], [("low", float), ("median", float), ("high", float)])
    figures.draw_band(ax, [0.1, 1.0], rows, **look)
    (line,), (band,) = ax.lines, ax.collections
    assert np.array_equal(band.get_facecolor()[0][:3], plt.matplotlib.colors.to_rgb(line.get_color()))


@pytest.mark.parametrize(
    ("landscape", "extent", "words"),
    [
        (bowl(), (1, 1, -1, 1), r"extent must have a width and a height, got \(1, 1, -1, 1\)"),
        (bowl(), (-1, 1, 2, 2), "extent must have a width and a height"),
        (bowl(), (-1, 1, 2, np.inf), "extent must be x_min, x_max, y_min, y_max, four finite numbers"),
        (dataclasses.replace(bowl(), loss=lambda point: 7.0 + 0 * point[..., 0]), None,
         "landscape must have different finite losses in the extent, got 7.0 to 7.0"),
        (dataclasses.replace(bowl(), loss=lambda point: np.nan * point[..., 0]), None, "got nan to nan"),
    ],
)  # fmt: skip
def test_what_has_no_contours_is_refused(ax, landscape, extent, words):
    with pytest.raises(ValueError, match=words):
        figures.draw_contours(ax, landscape, extent)


def test_the_background_is_opaque_white():
    with plt.rc_context():
        figures.use_book_style()
        assert plt.rcParams["figure.facecolor"] == "white"
