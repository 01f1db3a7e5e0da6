"""What every explorer has: its code for the browser, traits that refuse what adamlib refuses, a picture."""

import io
import math
import numbers
import re
from importlib.resources import files

from adamlib import figures  # first: it names what is not installed
from adamlib.checks import check_at_least_zero, check_beta, check_count, check_floats

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise ImportError("The explorers need anywidget. Run: pip install anywidget") from error

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

_JS = files("adamlib.explorers") / "js"


class Beta(traitlets.Float):
    """A decay rate in [0, 1)."""

    def validate(self, obj, value):
        return check_beta(value, self.name)


class AtLeastZero(traitlets.Float):
    """A finite number >= 0."""

    def validate(self, obj, value):
        return check_at_least_zero(value, self.name)


class Count(traitlets.Int):
    """A whole number from `least` to `most`."""

    def __init__(self, default, least, most, **settings):
        super().__init__(default, **settings)
        self.least, self.most = least, most

    def validate(self, obj, value):
        value = check_count(value, self.name, self.least)
        if value > self.most:
            raise ValueError(f"{self.name} must be at most {self.most}, got {value}")
        return value


class Number(traitlets.Float):
    """A number from `least` to `most`."""

    def __init__(self, default, least, most, **settings):
        super().__init__(default, **settings)
        self.least, self.most = least, most

    def validate(self, obj, value):
        if not (isinstance(value, numbers.Real) and self.least <= value <= self.most):
            raise ValueError(f"{self.name} must be a number from {self.least:g} to {self.most:g}, got {value!r}")
        return float(value)


class Point(traitlets.TraitType):
    """Two finite numbers."""

    def validate(self, obj, value):
        pair = tuple(value) if np.iterable(value) else ()
        if len(pair) != 2 or not all(isinstance(x, numbers.Real) and math.isfinite(x) for x in pair):
            raise ValueError(f"{self.name} must be two finite numbers, got {value!r}")
        return tuple(float(x) for x in pair)


class Series(traitlets.List):
    """A series of 2 to 1000 finite numbers; an array becomes a list, as a browser needs."""

    def validate(self, obj, value):
        values = check_floats(value, self.name)
        if values.ndim != 1 or not 2 <= len(values) <= 1000:
            raise ValueError(f"{self.name} must be a series of 2 to 1000 numbers, got an array of shape {values.shape}")
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise ValueError(f"{self.name} must be finite, got {values[bad[0]]} as number {bad[0] + 1} of the series")
        return values.tolist()


def join(*names):
    """Join files of js/ into one ES module, since a widget's code travels as one text.

    The last file keeps its exports. The others lose theirs, and all lose the imports of one another, and
    comments and indentation, which every page with the explorer would carry.
    """
    *parts, last = ((_JS / name).read_text(encoding="utf-8") for name in names)
    parts = [re.sub(r"^export ", "", part, flags=re.MULTILINE) for part in parts]
    text = re.sub(r"^\s*/\*\*.*?\*/\n", "", "\n".join([*parts, last]), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^(\s*//.*\n|import .* from \"\./.*\n|\s+)", "", text, flags=re.MULTILINE)


class Explorer(anywidget.AnyWidget):
    """A widget that also leaves a picture of what it shows, for readers of a file that nobody runs."""

    _css = (files("adamlib.explorers") / "explorers.css").read_text(encoding="utf-8")
    _size = (figures.WIDTH, 4.2)  # of the picture, in inches

    def __init__(self, **settings):
        own = sorted(type(self).class_own_traits())
        for name in settings:
            if name not in self.trait_names():
                raise TypeError(f"{type(self).__name__} has no setting {name!r}; it has {', '.join(own)}")
        super().__init__(**settings)

    def draw(self, figure):
        """Draw what the explorer shows on a matplotlib figure."""
        raise NotImplementedError(f"{type(self).__name__} must say how to draw itself")

    def picture(self):
        """Return what the explorer shows now as the bytes of a PNG file."""
        with plt.rc_context(figures.STYLE):
            canvas = FigureCanvasAgg(Figure(figsize=self._size))
            self.draw(canvas.figure)
            canvas.draw()
        drawn, file = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"), io.BytesIO()
        # Lines on white need no more than 256 colours, and with them a third of the bytes.
        drawn.quantize(256, dither=Image.Dither.NONE).save(file, format="png", optimize=True)
        return file.getvalue()

    def __repr__(self):
        """Name the explorer and its chief settings: no memory address, so that every run prints the same."""
        settings = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
        return f"{type(self).__name__}({settings})"

    def _repr_mimebundle_(self, **options):
        data, metadata = super()._repr_mimebundle_(**options)
        return data | {"image/png": self.picture()}, metadata
