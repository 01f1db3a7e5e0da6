"""What every explorer has: its code for the browser, traits that refuse what adamlib refuses, a picture."""

import decimal
import io
import math
import re
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from adamlib import figures  # first: it names what is not installed
from adamlib.checks import (
    check_at_least_zero,
    check_beta,
    check_count,
    check_floats,
    check_kind,
    check_switch,
    is_number,
)

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

    def limits(self, explorer):
        return {"kind": "number", "least": 0, "below": 1}

    def validate(self, obj, value):
        return check_beta(value, str(self.name))


class AtLeastZero(traitlets.Float):
    """A finite number >= 0."""

    def limits(self, explorer):
        return {"kind": "number", "least": 0}

    def validate(self, obj, value):
        return check_at_least_zero(value, self.name)


class Switch(traitlets.Bool):
    """True or False."""

    def limits(self, explorer):
        return {"kind": "boolean"}

    def validate(self, obj, value):
        return check_switch(value, self.name)


class Text(traitlets.Unicode):
    """Any text."""

    def validate(self, obj, value):
        return check_kind(value, self.name, str)


class Name(traitlets.Unicode):
    """What a link can hold."""

    def validate(self, obj, value):
        if not isinstance(value, str) or not re.fullmatch("[a-z-]*", value):
            raise ValueError(f"{self.name} must be of the letters a to z and dashes, got {value!r}")
        return value


class _Within(traitlets.TraitType):
    """What has a least and a most value; the tag `most` names another setting that is a limit, too."""

    def __init__(self, default, least, most, **settings):
        super().__init__(default, **settings)
        self.least, self.most = least, most

    def limits(self, explorer):
        return {"kind": "number", "least": self.least, "most": self.metadata.get("most", self.most)}


class Count(_Within, traitlets.Int):
    """A whole number from `least` to `most`."""

    def limits(self, explorer):
        return super().limits(explorer) | {"whole": True}

    def validate(self, obj, value):
        value = check_count(value, self.name, self.least)
        if value > self.most:
            raise ValueError(f"{self.name} must be at most {self.most}, got {value}")
        return value


class Number(_Within, traitlets.Float):
    """A number from `least` to `most`."""

    def validate(self, obj, value):
        if not (is_number(value) and self.least <= value <= self.most):
            raise ValueError(f"{self.name} must be a number from {self.least:g} to {self.most:g}, got {value!r}")
        return float(value)


class Choice(traitlets.Unicode):
    """One of some names."""

    def __init__(self, default, names, **settings):
        super().__init__(default, **settings)
        self.names = tuple(names)

    def limits(self, explorer):
        return {"kind": "choice", "names": list(self.names)}

    def validate(self, obj, value):
        if value not in self.names:
            raise ValueError(f"{self.name} must be one of {', '.join(map(repr, self.names))}; got {value!r}")
        return value


class View(traitlets.Unicode):
    """One of the views that its explorer has."""

    def validate(self, obj, value):
        if value not in obj.views:
            raise ValueError(f"{self.name} must be one of {', '.join(map(repr, obj.views))}; got {value!r}")
        return value


class Point(traitlets.TraitType):
    """Two finite numbers."""

    def limits(self, explorer):
        return {"kind": "numbers", "fewest": 2, "most": 2}

    def validate(self, obj, value):
        pair = tuple(value) if np.iterable(value) else ()
        if len(pair) != 2 or not all(is_number(x) and math.isfinite(x) for x in pair):
            raise ValueError(f"{self.name} must be two finite numbers, got {value!r}")
        return tuple(float(x) for x in pair)


class Series(traitlets.List):
    """A series of 2 to 1000 finite numbers; an array becomes a list, as a browser needs."""

    def limits(self, explorer):
        return {"kind": "numbers", "fewest": 2, "most": 1000}

    def validate(self, obj, value):
        values = check_floats(value, self.name)
        if values.ndim != 1 or not 2 <= len(values) <= 1000:
            raise ValueError(f"{self.name} must be a series of 2 to 1000 numbers, got an array of shape {values.shape}")
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise ValueError(f"{self.name} must be finite, got {values[bad[0]]} as number {bad[0] + 1} of the series")
        return values.tolist()


def show(x, digits=3):
    """Write a number as the page does, by `show` of js/lib/format.js.

    Formula:
        So many significant digits, a half rounded away from 0; below 1e-4 and from 1e6 on as a power of ten, whose
        zeros stay. A true minus sign.

    Args:
        x: a number, nan and inf too; digits: how many.

    Returns:
        A text.

    Example:
        >>> show(2.0), show(-0.00012345), show(1e-7, digits=4), show(math.inf)
        ('2', '−0.000123', '1.000e−7', '∞')

    Source:
        The numbers of ECMAScript: Number.prototype.toPrecision and toExponential.
    """
    if not math.isfinite(x):
        return "not a number" if math.isnan(x) else "−∞" if x < 0 else "∞"
    exact = decimal.Decimal(float(x))
    rounded = decimal.Context(prec=digits, rounding=decimal.ROUND_HALF_UP).plus(exact)
    if exact and not 1e-4 <= abs(exact) < 1e6:
        mantissa = rounded.scaleb(-rounded.adjusted())
        text = f"{mantissa:.{digits - 1}f}e{rounded.adjusted()}"
    else:
        text = f"{rounded:f}" if exact else "0"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def brief(x, digits=3):
    """Write a number as `show` does, without the zeros before a power of ten: 1e−6 and not 1.00e−6."""
    return re.sub(r"\.?0+e", "e", show(x, digits))


_IMPORT = re.compile(r'(?ms)^import .*? from "\./(.*?)";\n')
_DECLARED = re.compile(r"(?ms)^(?:export )?(?:const|let|class|(?:async )?function) ([\w$]+|[\[{].*?[\]}])")


def drawable(values):
    """Leave out what matplotlib may be unable to scale an axis to."""
    return np.where(np.abs(values) < 1e300, values, np.nan)


def join(name):
    """Join a file of js/ and all that it imports into one ES module, since a widget's code travels as one text.

    The file itself keeps its exports. The others lose theirs, and all lose their imports, and the comments and the
    indentation, which every page with the explorer would carry. What makes this so simple is that in js/

    - files import one another's names as they are, without `as`, and not in a circle;
    - no two files that are joined declare the same name at the top: all stand in one module in the end;
    - no string spans lines or holds ` // `, and no comment `/** ... */` stands behind code.

    Raises:
        ValueError: two files declare the same name.
    """
    parts = _needed(PurePosixPath(name), {})
    owners = {}
    for path, text in parts.items():
        for other in (word for found in _DECLARED.findall(text) for word in re.findall(r"[\w$]+", found)):
            if owners.setdefault(other, path) != path:
                raise ValueError(f"{owners[other]} and {path} both declare {other}")
    *others, last = parts.values()
    text = re.sub(r"(?m)^export ", "", "\n".join(others)) + last
    text = re.sub(r"(?ms)^\s*/\*\*.*?\*/\n", "", _IMPORT.sub("", text))
    text = re.sub(r"(?m)^\s*//.*\n| // .*$|^\s+", "", text)
    return re.sub(r"(?<=[({[,])\n|,?\n(?=[)}\]])", "", text)  # and the ends of lines within brackets


def _needed(path, parts):
    """Add the texts of a file and of all that it imports to `parts`, each behind those that it needs."""
    text = (_JS / str(path)).read_text(encoding="utf-8")
    for other in _IMPORT.findall(text):
        if path.parent / other not in parts:
            _needed(path.parent / other, parts)
    parts[path] = text
    return parts


def _stylesheet():
    """Give explorers.css without comments and indentation."""
    text = (files("adamlib.explorers") / "explorers.css").read_text(encoding="utf-8")
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


class Explorer(anywidget.AnyWidget):
    """A widget that also leaves a picture of what it shows, for readers of a file that nobody runs."""

    views = ("laboratory",)  # which has all controls; every other shows one idea
    _rooms: dict = {}  # how high a view is in pixels, on a phone and on a wide screen: a page keeps it free
    _css = _stylesheet()
    _size = (figures.WIDTH, 4.2)  # of the picture, in inches
    _shown: tuple  # names of the settings that its text shows

    name = Name("").tag(sync=True)  # by which the sentences of its page speak of it
    view = View("laboratory").tag(sync=True)
    _room = traitlets.List(read_only=True).tag(sync=True)
    limits = traitlets.Dict(read_only=True).tag(sync=True)  # what a hand may set, and to what; Reset sets it back

    def __init__(self, **settings):
        own = sorted(type(self).class_own_traits())
        for name in settings:
            if name not in self.trait_names():
                raise TypeError(f"{type(self).__name__} has no setting {name!r}; it has {', '.join(own)}")
        super().__init__(**settings)
        self.set_trait("_room", list(self._room_now()))

    def _room_now(self):
        return self._rooms.get(self.view, (420, 360))

    @classmethod
    def settable(cls):
        """Name the traits that a sentence of its page may set: those of its own that have limits."""
        own = cls.class_traits(sync=True).items()
        return [name for name, trait in own if not hasattr(Explorer, name) and hasattr(trait, "limits")]

    @traitlets.default("limits")
    def _limits(self):
        """Say of each such trait what it may be, as the page needs it: the kind of value, and its range or choices."""
        traits: Any = self.traits()  # those that are settable have limits
        return {name: traits[name].limits(self) for name in self.settable()}

    def readouts(self):
        """Give what the page reads out, worked out in Python: each text by its label, in the order of the page."""
        raise NotImplementedError(f"{type(self).__name__} must say what it reads out")

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
        names = self._shown if self.view == "laboratory" else ("view", *self._shown)
        settings = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__name__}({settings})"

    def _repr_mimebundle_(self, **options):
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return data | {"image/png": self.picture()}, metadata
