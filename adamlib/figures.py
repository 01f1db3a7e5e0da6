"""The stage: how figures look, so that the chapters hold lessons and not plot settings.

One colour, one line style and one marker per method in the whole book, told apart without colour
too. Figures are drawn on white; on a dark page the site shows them as a negative.
"""

import logging
import sys

import numpy as np

from adamlib.checks import check_choice, check_count, check_floats, check_has, check_numbers, shown

# On a new machine matplotlib lists the fonts first. If that takes long it says so, on the page, as a cell's output.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

try:
    import matplotlib.pyplot as plt
except ImportError as error:
    raise ImportError("The figures need matplotlib. Run: pip install matplotlib") from error

WIDTH = 6.4  # inches: text stays readable on a phone, where a figure is about 330 pixels wide

INK = "#22303c"  # raw data, axes, anything that is not a method
FAINT = "#8a97a3"  # contours and guide lines
GRID = "#dfe4e8"
ACCENT = "#a3195b"  # what is pointed at, and guides that matter
DEBIASED = "#3b3fa8"  # an average with bias correction, and the chief line where no method is drawn
RAW = "#8f5a00"  # an average without it, and what the chief line is compared with

_METHODS = {
    "Gradient descent": {"color": "#5b6770", "linestyle": ":", "marker": "s"},
    "Momentum": {"color": "#0072b2", "linestyle": "--", "marker": "^"},
    "AdaGrad": {"color": "#a0558a", "linestyle": (0, (3, 1, 1, 1, 1, 1)), "marker": "v"},
    "RMSProp": {"color": "#d55e00", "linestyle": "-.", "marker": "D"},
    "Adam": {"color": "#00795a", "linestyle": "-", "marker": "o"},
}

# matplotlib's defaults for every figure of the book.
STYLE: dict = {
    "figure.figsize": (WIDTH, 3.6),
    "figure.dpi": 150,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "axes.grid": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "font.size": 11,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
}


def use_book_style():
    """Set matplotlib's defaults for every figure of a chapter.

    A notebook also stops cutting figures to their ink: the layout fits them already, and the cutting takes time.

    Example:
        >>> use_book_style()
        >>> plt.rcParams["figure.facecolor"]
        'white'
    """
    plt.rcParams.update(STYLE)
    # IPython is there in a notebook, and takes long to import where it is not needed.
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        from matplotlib_inline.config import InlineBackend

        InlineBackend.instance(parent=shell).set_trait("print_figure_kwargs", {"bbox_inches": None})


def style(method):
    """Give the line settings of a method, with its name as the label.

    Args:
        method: "Gradient descent", "Momentum", "AdaGrad", "RMSProp" or "Adam".

    Returns:
        A dict for `ax.plot`: color, linestyle and label.

    Raises:
        ValueError: the method is none of these.

    Example:
        >>> style("Adam")
        {'color': '#00795a', 'linestyle': '-', 'label': 'Adam'}
    """
    check_choice(method, "method", _METHODS)
    chosen = _METHODS[method]
    return {"color": chosen["color"], "linestyle": chosen["linestyle"], "label": method}


def marker(method):
    """Give the marker of a method, for paths and scatter plots.

    Raises:
        ValueError: the method is none of those of `style`.

    Example:
        >>> marker("Adam")
        'o'
    """
    style(method)  # refuses an unknown name
    return _METHODS[method]["marker"]


def draw_contours(ax, landscape, extent=None, levels=14):
    """Draw a landscape's contour lines, evenly spaced in the logarithm of the height.

    Args:
        ax: matplotlib axes; landscape: a `Landscape`.
        extent: (x_min, x_max, y_min, y_max), the landscape's own unless given.
        levels: how many lines, a whole number >= 1.

    Raises:
        ValueError: extent is not four finite numbers or has no size, the landscape is flat there or not finite, or
            levels is no such number.
        TypeError: ax is no axes, landscape no Landscape, or extent holds something other than numbers.

    Example:
        >>> from adamlib.landscapes import bowl
        >>> figure, ax = plt.subplots()
        >>> draw_contours(ax, bowl())
        >>> ax.get_xlim() == bowl().extent[:2]
        True
        >>> plt.close(figure)
    """
    _check_axes(ax)
    check_has(landscape, "landscape", ("loss", "gradient"), "a Landscape")
    x_min, x_max, y_min, y_max = _check_extent(landscape.extent if extent is None else extent)
    levels = check_count(levels, "levels", least=1)
    x, y = np.meshgrid(np.linspace(x_min, x_max, 201), np.linspace(y_min, y_max, 201))
    height = landscape.loss(np.stack([x, y], axis=-1))
    floor, top = height.min(), height.max()
    if not 0 < top - floor < np.inf:
        raise ValueError(f"landscape must have different finite losses in the extent, got {floor} to {top}")
    rise = np.geomspace((top - floor) / 2000, top - floor, levels)
    ax.contour(x, y, height, levels=floor + rise, colors=FAINT, linewidths=0.6)
    if landscape.minimum is not None:
        ax.plot(*landscape.minimum, marker="*", color=INK, markersize=11, linestyle="none")
    ax.set(xlim=(x_min, x_max), ylim=(y_min, y_max), xlabel="x", ylabel="y")
    ax.grid(False)


def draw_path(ax, points, method, marks=30):
    """Draw a path over a landscape in the method's style, with a marker on each of its first points.

    Args:
        ax: matplotlib axes; points: array of shape (n, 2); method: as in `style`.
        marks: how many points, from the start, carry a marker, a whole number >= 0.

    Raises:
        ValueError: points have another shape, the method is none of those of `style`, or marks no such number.
        TypeError: ax is no axes, or points holds something other than real numbers.

    Example:
        >>> figure, ax = plt.subplots()
        >>> draw_path(ax, np.array([[0.0, 0.0], [1.0, 1.0]]), "Adam")
        >>> ax.lines[0].get_label()
        'Adam'
        >>> plt.close(figure)
    """
    _check_axes(ax)
    points, marks = check_floats(points, "points"), check_count(marks, "marks", least=0)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"points must have the shape (n, 2), got {points.shape}")
    marked = slice(0, min(marks, len(points)))
    ax.plot(points[:, 0], points[:, 1], marker=marker(method), markevery=marked, **style(method))


def draw_band(ax, x, rows, **look):
    """Draw the median over the seeds as a line, and the band around it in the same colour.

    Args:
        ax: matplotlib axes; x: one value per row; rows: what `adamlib.tuning.bands` gives.
        look: line settings for `ax.plot`: `style(method)` and more.

    Raises:
        ValueError: x has not one value for each row.
        TypeError: ax is no axes, x holds something other than real numbers, or rows are not what `bands` gives.

    Example:
        >>> rows = np.array([(1.0, 2.0, 3.0), (1.0, 1.5, 2.0)], [("low", float), ("median", float), ("high", float)])
        >>> figure, ax = plt.subplots()
        >>> draw_band(ax, [0.1, 1.0], rows, **style("Adam"))
        >>> ax.lines[0].get_ydata()
        array([2. , 1.5])
        >>> plt.close(figure)
    """
    _check_axes(ax)
    if not isinstance(rows, np.ndarray) or not {"low", "median", "high"} <= set(rows.dtype.names or ()):
        raise TypeError(f"rows must be what adamlib.tuning.bands gives, got {shown(rows)}")
    x = check_numbers(x, "x")
    if x.shape != rows.shape:
        raise ValueError(f"x must have one value for each of the rows, {rows.shape}, got {x.shape}")
    (line,) = ax.plot(x, rows["median"], **look)
    ax.fill_between(x, rows["low"], rows["high"], color=line.get_color(), alpha=0.2, linewidth=0)


def _check_axes(ax):
    check_has(ax, "ax", ("plot", "fill_between"), "the axes of a figure")


def _check_extent(extent):
    found = check_floats(extent, "extent")
    if found.shape != (4,) or not np.isfinite(found).all():
        raise ValueError(f"extent must be x_min, x_max, y_min, y_max, four finite numbers, got {shown(extent)}")
    if found[0] == found[1] or found[2] == found[3]:
        raise ValueError(f"extent must have a width and a height, got {shown(extent)}")
    return found.tolist()
