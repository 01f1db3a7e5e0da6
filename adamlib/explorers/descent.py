"""The explorer of the home page and of chapters 2, 3, 9 and 12: optimizers walking down a landscape, side by side."""

import dataclasses
import math
from typing import Any

import numpy as np
import traitlets

from adamlib import figures
from adamlib.adam import Adam
from adamlib.checks import check_choice
from adamlib.descent import GradientDescent, descend
from adamlib.explorers.base import AtLeastZero, Beta, Count, Explorer, Number, Point, Switch, brief, join, show
from adamlib.explorers.noise import normals
from adamlib.landscapes import Landscape, bowl, rosenbrock, saddle, two_minima
from adamlib.momentum import Momentum
from adamlib.rmsprop import RMSProp
from adamlib.spectrum import convergence_rate

METHODS = ("Gradient descent", "Momentum", "RMSProp", "Adam")
STEEP = 4.0  # the steep curvature of the bowl; the flat one is STEEP / condition
_WALL = 4.5  # the right edge of the map, as learning rate times steep curvature
_FIXED = {"Rosenbrock": rosenbrock, "saddle": saddle, "two minima": two_minima}
_STARTS = {"bowl": (-5.0, -2.0), "Rosenbrock": (-1.5, 2.0), "saddle": (-1.5, 0.01), "two minima": (1.6, 0.9)}

# The settings that a view begins with, unless told otherwise, and those that its sliders can show.
_BEGIN = {
    "hero": {"shown": 0, "controls": ["condition"]},
    "parabola": {"methods": ["Gradient descent"], "start": (0.0, -2.0), "descent_lr": 0.05, "steps": 20,
                 "controls": ["descent_lr"]},
    "bowl": {"methods": ["Gradient descent"], "controls": ["descent_lr"]},
    "scale": {"methods": ["Gradient descent", "RMSProp"], "steps": 40, "controls": ["scale"]},
    "map": {"methods": ["Momentum"], "heavy_ball": True, "controls": ["momentum_lr", "momentum_beta"]},
}  # fmt: skip
CONTROLS = (
    "descent_lr", "momentum_lr", "momentum_beta", "rmsprop_lr", "rmsprop_beta", "rmsprop_eps", "adam_lr", "adam_beta1",
    "adam_beta2", "adam_eps", "condition", "degrees", "scale", "noise", "shown",
)  # fmt: skip

# The grid on which the browser knows a landscape of the reader's own. It reaches an eighth of the
# extent further on each side, so that the edges of the extent are lines of the grid.
_COLUMNS, _ROWS, _MARGIN = 161, 121, 1 / 8


class LandscapeName(traitlets.Unicode):
    """The name of a landscape that the explorer has."""

    def validate(self, obj, value):
        if not isinstance(value, str) or value not in obj.landscapes:
            raise ValueError(f"{self.name} must be a Landscape or one of {', '.join(obj.landscapes)}; got {value!r}")
        return value

    def limits(self, explorer):
        return {"kind": "choice", "names": explorer.landscapes}


class Methods(traitlets.TraitType):
    """A list of names of methods, each at most once."""

    def limits(self, explorer):
        return {"kind": "names", "names": list(METHODS)}

    def validate(self, obj, value):
        names = list(value) if np.iterable(value) and not isinstance(value, str) else [None]
        if not all(name in METHODS for name in names) or len(set(names)) < len(names):
            raise ValueError(f"{self.name} must be a list of some of {', '.join(METHODS)}, each once; got {value!r}")
        return names


class Controls(traitlets.TraitType):
    """A list of at most three settings that a small view has sliders for."""

    def validate(self, obj, value):
        names = list(value) if np.iterable(value) and not isinstance(value, str) else [None]
        if not all(name in CONTROLS for name in names) or len(set(names)) < len(names) or len(names) > 3:
            choices = ", ".join(CONTROLS)
            raise ValueError(f"{self.name} must be a list of at most three of {choices}; got {value!r}")
        return names


def _sample(landscape):
    """Give the points of the grid, and loss and gradient there as an array of shape (rows, columns, 3)."""
    x_min, x_max, y_min, y_max = landscape.extent
    across, up = _MARGIN * (x_max - x_min), _MARGIN * (y_max - y_min)
    xs = np.linspace(x_min - across, x_max + across, _COLUMNS)
    ys = np.linspace(y_min - up, y_max + up, _ROWS)
    points = np.stack(np.meshgrid(xs, ys), axis=-1)
    with np.errstate(all="ignore"):  # what is not finite is a hole, and drawn as one
        values = np.concatenate([landscape.loss(points)[..., None], landscape.gradient(points)], axis=-1)
    return points, values


def _inside(grid):
    """Cut a grid down to the extent."""
    return grid[round(_ROWS / 10) : -round(_ROWS / 10), round(_COLUMNS / 10) : -round(_COLUMNS / 10)]


def _floor(landscape):
    """Give the loss from which heights count: at the minimum, or else the lowest in the picture."""
    if landscape.minimum is not None:
        return float(landscape.loss(np.array(landscape.minimum)))
    losses = _inside(_sample(landscape)[1])[..., 0]
    return float(losses[np.isfinite(losses)].min())


class DescentExplorer(Explorer):
    """Walks to play with: move the start, the learning rates, the valley, and see where each method goes.

    Formula:
        x_t = x_{t-1} + step_t, each step from the method's own rule and the gradient at x_{t-1}, plus
        `noise` times a normal number that is the same for every method.
        Height: the loss minus its value at the minimum, or minus the lowest loss in the picture
        where there is no minimum. The goal is met at step s if the height stays below `goal` from
        s to the last step.

    Args:
        landscape: "bowl", "Rosenbrock", "saddle", "two minima", or a `Landscape` of your own. The
            browser knows yours on a grid of 161 x 121 points and interpolates; Python calls it.
        condition: the bowl's condition number, 1 to 1e6; its curvatures are 4 / condition and 4.
        degrees: how far the bowl is turned, -360 to 360.
        start: where all begin, two finite numbers; chosen for the landscape unless given.
        methods: which of the four walk, a list of names.
        descent_lr, momentum_lr, rmsprop_lr, adam_lr, momentum_beta, heavy_ball, rmsprop_beta,
            rmsprop_eps, adam_beta1, adam_beta2, adam_eps, bias_correction: the optimizers' settings,
            with the ranges they have in adamlib.
        noise: standard deviation of the noise in every gradient; seed: which noise.
        steps: length of the walk, 1 to 500; shown: how many of its steps are drawn, all unless given; in
            the hero 0, from which it plays to the end.
        goal: a height, from 1e-100 to 1e100.
        scale: a factor for the loss and its gradient, 1e-6 to 1e6. Heights and the goal are multiplied with them.
        rate_map: show the map of the heavy ball's rate on the bowl, over learning rate and beta.
        view: "laboratory", or a view of one idea: "hero" (a race that plays by itself), "parabola" (gradient descent on
            the bowl's steep section, for degrees = noise = 0), "bowl" (the paths alone), "scale" (the paths as the
            scale of the loss changes), "map" (the heavy ball's rate on the bowl).
        controls: the settings that have sliders in the other views, at most three names.

    Returns:
        A Jupyter widget. All arguments are traits: set them, observe them, link them.

    Raises:
        ValueError: an argument is out of range, or the landscape's loss is nowhere finite, or flat.

    Example:
        >>> explorer = DescentExplorer(methods=["Gradient descent"], descent_lr=0.45)
        >>> explorer.met("Gradient descent")
        79

    Source:
        The optimizers and `descend` of adamlib, with the noise of adamlib.explorers.noise.
    """

    views = ("laboratory", *_BEGIN)
    _rooms = {
        "laboratory": (882, 724),
        "hero": (759, 571),
        "parabola": (383, 328),
        "bowl": (365, 336),
        "scale": (348, 296),
        "map": (390, 314),
    }
    _esm = join("descent.js")
    _shown = (
        "landscape", "start", "methods", "descent_lr", "momentum_lr", "momentum_beta", "rmsprop_lr", "adam_lr", "steps",
    )  # fmt: skip

    landscape = LandscapeName("bowl").tag(sync=True)
    condition = Number(20.0, 1, 1e6).tag(sync=True)
    degrees = Number(0.0, -360, 360).tag(sync=True)
    start = Point(_STARTS["bowl"]).tag(sync=True)
    methods = Methods(list(METHODS)).tag(sync=True)
    descent_lr = AtLeastZero(0.4).tag(sync=True)
    momentum_lr = AtLeastZero(1.0).tag(sync=True)
    momentum_beta = Beta(0.9).tag(sync=True)
    heavy_ball = Switch(False).tag(sync=True)
    rmsprop_lr = AtLeastZero(0.2).tag(sync=True)
    rmsprop_beta = Beta(0.9).tag(sync=True)
    rmsprop_eps = AtLeastZero(1e-8).tag(sync=True)
    adam_lr = AtLeastZero(0.5).tag(sync=True)
    adam_beta1 = Beta(0.9).tag(sync=True)
    adam_beta2 = Beta(0.999).tag(sync=True)
    adam_eps = AtLeastZero(1e-8).tag(sync=True)
    bias_correction = Switch(True).tag(sync=True)
    noise = AtLeastZero(0.0).tag(sync=True)
    seed = Count(0, least=0, most=2**32 - 1).tag(sync=True)
    steps = Count(100, least=1, most=500).tag(sync=True)
    shown = Count(100, least=0, most=500).tag(sync=True, most="steps")
    goal = Number(1e-6, 1e-100, 1e100).tag(sync=True)
    scale = Number(1.0, 1e-6, 1e6).tag(sync=True)
    controls = Controls([]).tag(sync=True)
    rate_map = Switch(False).tag(sync=True)
    # A landscape of the reader's own, for the browser: what to call it, and float32 numbers on a grid.
    sampled = traitlets.Dict(read_only=True).tag(sync=True)
    samples = traitlets.Bytes(read_only=True).tag(sync=True)

    def __init__(self, landscape="bowl", **settings):
        self._own, self._walked = None, {}
        traits: Any = type(self)  # what they refuse is refused before it is used
        settings = _BEGIN.get(traits.view.validate(self, settings.get("view", "laboratory")), {}) | settings
        if isinstance(landscape, Landscape):
            landscape = self._take(landscape, settings)
        traits.landscape.validate(self, landscape)
        settings.setdefault("start", self._default_start(landscape))
        settings.setdefault("shown", settings.get("steps", 100))
        super().__init__(landscape=landscape, **settings)
        if self.view in ("parabola", "map") and self.landscape != "bowl":
            raise ValueError(f"the view {self.view!r} is of the landscape 'bowl', got {self.landscape!r}")
        self._first = self.landscape, self.start
        self._settled = (*self._first, self.steps, self.shown)
        # Only from now on: a start that the caller gave stays, wherever it lies.
        self.observe(self._settle, ["landscape", "start", "steps", "shown"])

    def _room_now(self):
        phone, wide = super()._room_now()
        if self.view != "laboratory":
            return phone, wide
        rows = len(self.methods)  # of the table; on a phone the map stands below the paths
        return phone + 48 * rows + 418 * self.rate_map, wide + 28 * rows + 110 * self.rate_map

    def _take(self, landscape, settings):
        """Sample a landscape for the browser, unless it is one that the browser knows. Return its name."""
        points, values = _sample(landscape)
        if landscape.name in _STARTS:
            known = self._built_in(landscape.name, condition=20.0, degrees=0.0)
            same = known.extent == tuple(landscape.extent) and np.array_equal(_sample(known)[1], values, equal_nan=True)
            if same and not {"condition", "degrees"} & settings.keys():
                return landscape.name
            landscape = dataclasses.replace(landscape, name=f"your {landscape.name}")
        x_min, x_max, y_min, y_max = landscape.extent
        losses = _inside(values)[..., 0]
        heights = losses[np.isfinite(losses)]
        if heights.size == 0 or heights.min() == heights.max():
            raise ValueError(f"the landscape {landscape.name!r} must have two different finite losses in its extent")
        # The start is a sixth of the way from the lower left corner, or as near to it as the loss is finite.
        wanted = np.array([x_min + (x_max - x_min) / 6, y_min + (y_max - y_min) / 6])
        away = np.where(np.isfinite(losses), np.linalg.norm(_inside(points) - wanted, axis=-1), np.inf)
        start = _inside(points).reshape(-1, 2)[away.argmin()]
        minimum = None if landscape.minimum is None else list(map(float, landscape.minimum))
        with np.errstate(over="ignore"):
            self.set_trait("samples", np.moveaxis(values, -1, 0).astype("<f4").tobytes())
        self.set_trait("sampled", {
            "name": landscape.name, "extent": list(map(float, landscape.extent)), "floor": _floor(landscape),
            "minimum": minimum, "start": start.tolist(), "columns": _COLUMNS, "rows": _ROWS,
            "grid": [*points[0, 0].tolist(), *points[-1, -1].tolist()],
        })  # fmt: skip
        self._own = landscape
        return landscape.name

    def _built_in(self, name, condition, degrees):
        return bowl((STEEP / condition, STEEP), degrees) if name == "bowl" else _FIXED[name]()

    def _default_start(self, name):
        return self.sampled["start"] if self._own and name == self._own.name else _STARTS.get(name, (0.0, 0.0))

    def _settle(self, change):
        """Let a landscape bring its own start, unless one was set with it, and show to the end what was shown so.

        One function hears of all four, since a browser sets several at once. That of the page does the same.
        """
        landscape, start, steps, shown = self._settled
        self._settled = self.landscape, self.start, self.steps, self.shown
        if self.landscape != landscape and self.start in (start, self._first[1]):
            first, home = self._first
            self.start = home if self.landscape == first else self._default_start(self.landscape)
        if self.steps != steps and (self.shown == shown == steps or self.shown > self.steps):
            self.shown = self.steps

    @property
    def landscapes(self):
        """The names of the landscapes that can be chosen."""
        return [*_STARTS, self._own.name] if self._own else [*_STARTS]

    @traitlets.validate("shown")
    def _check_shown(self, proposal):
        if proposal.value > self.steps:
            raise ValueError(f"shown must be at most steps, {self.steps}, got {proposal.value}")
        return proposal.value

    @property
    def surface(self):
        """The `Landscape` that is shown."""
        if self._own and self.landscape == self._own.name:
            surface = self._own
        else:
            surface = self._built_in(self.landscape, self.condition, self.degrees)
        if self.scale == 1:
            return surface
        loss, gradient = (lambda x, f=f: self.scale * f(x) for f in (surface.loss, surface.gradient))
        return dataclasses.replace(surface, loss=loss, gradient=gradient)

    @property
    def curvatures(self):
        """The flat and the steep curvature of the bowl, with the scale of the loss."""
        return self.scale * np.array([STEEP / self.condition, STEEP])

    @property
    def optimizers(self):
        """The four optimizers with their settings, by name."""
        return {
            "Gradient descent": GradientDescent(self.descent_lr),
            "Momentum": Momentum(self.momentum_lr, self.momentum_beta, self.heavy_ball),
            "RMSProp": RMSProp(self.rmsprop_lr, self.rmsprop_beta, self.rmsprop_eps),
            "Adam": Adam(self.adam_lr, self.adam_beta1, self.adam_beta2, self.adam_eps, self.bias_correction),
        }

    @property
    def paths(self):
        """The path of each chosen method, by name."""
        return {name: self._path(name) for name in METHODS if name in self.methods}

    def _path(self, name):
        """Give the path of a method, read-only: one view asks for it several times, and it is walked once."""
        check_choice(name, "name", METHODS)
        surface = self.landscape, self.condition, self.degrees, self.scale
        asked = *surface, self.start, self.optimizers[name], self.steps, self.noise, self.seed
        if name not in self._walked or self._walked[name][0] != asked:
            self._walked[name] = asked, self._walk(self.optimizers[name])
        return self._walked[name][1]

    def _walk(self, optimizer):
        surface = self.surface
        pushes = iter(self.noise * normals(self.seed, 2 * self.steps).reshape(-1, 2))
        with np.errstate(all="ignore"):  # a walk may leave for where a landscape of the reader's own has no value
            path = descend(lambda x: surface.gradient(x) + next(pushes), np.array(self.start), optimizer, self.steps)
        path.points.setflags(write=False)
        path.gradients.setflags(write=False)
        return path

    def heights(self, name):
        """The height of each point of a method's path."""
        with np.errstate(all="ignore"):
            return self.surface.loss(self._path(name).points) - _floor(self.surface)

    def met(self, name):
        """The step from which on a method's height stays below the goal, or None."""
        above = np.flatnonzero(~(self.heights(name) < self.goal * self.scale))
        first = int(above[-1]) + 1 if len(above) else 0
        return None if self._path(name).diverged_at or first > self.steps else first

    def readouts(self):
        """Give what the page reads out: the table, each text by its method and the head of its column, or the list.

        On a landscape of the reader's own the page has the texts of its interpolated walks, and Python those of the
        landscape itself.
        """
        if self.view == "parabola":
            factor = 1 - self.descent_lr * STEEP * self.scale
            return {"factor per step": show(factor), "gradient descent": self._pace()}
        if self.view == "map":
            return {"momentum": self._rate_in_words()}
        if self.view in ("bowl", "scale"):
            return {name: self._standing(name) for name in self.paths}
        heads = f"Height at step {self.shown}", f"Below {brief(self.goal * self.scale)}"
        texts = {name: (self._standing(name), self._goal(name)) for name in self.paths}
        return {f"{name}, {head}": text for name in texts for head, text in zip(heads, texts[name], strict=True)}

    def _pace(self):
        """Say how gradient descent walks on a parabola: each step multiplies the distance by one minus this."""
        pace = self.descent_lr * STEEP * self.scale if self.start[1] else 0
        if pace in (0, 1, 2):
            return {0: "stays where it is", 1: "is there in one step", 2: "jumps to and fro for ever"}[pace]
        return "creeps down one side" if pace < 1 else "zigzags, closer each time" if pace < 2 else "diverges"

    def _standing(self, name):
        """Say the height at the shown step, and where the walk is if it cannot be seen."""
        path = self._path(name)
        if self.shown >= len(path.points):
            return f"not finite from step {path.diverged_at} on"
        height = self.heights(name)[self.shown]
        words = show(height) + (", below the chart" if height < self.goal * self.scale / 100 else "")  # of heights
        if self.view == "bowl":  # which has none
            words = f"step {self.shown}: height {show(height)}"
        elif self.view == "scale":
            words = f"step {self.shown}: distance {show(np.hypot(*path.points[self.shown]))}"
        x_min, x_max, y_min, y_max = self.surface.extent
        x, y = path.points[: self.shown + 1].T
        inside = (x_min <= x) & (x <= x_max) & (y_min <= y) & (y <= y_max)
        if inside[-1]:
            return words
        last = np.flatnonzero(inside)
        return words + (f", left the picture at step {last[-1] + 1}" if len(last) else ", outside the picture")

    def _goal(self, name):
        met = self.met(name)
        return f"not at step {self.steps}" if met is None else f"from step {met} on" if met else "from the start"

    def _rate_in_words(self):
        """Say how fast momentum is on the bowl, and where its learning rate lies beyond the map."""
        rate, lr = self._rate(), self._ball_lr
        beyond = " (beyond the right edge)" if lr > _WALL / self.curvatures[1] else ""
        if abs(rate - 1) < 1e-12:
            return f"rate 1 per step: no progress{beyond}"
        if rate > 1:
            return f"diverges{beyond}"
        steps = max(1, math.ceil(math.log(1e-6) / math.log(rate))) if rate else 1
        digits = max(3, 2 + math.floor(-math.log10(1 - rate)))  # 0.9996 is not 1
        number = f"{show(steps, 6)} step{'s' * (steps > 1)}"
        return f"rate {show(rate, digits)} per step: by it {number} to a millionth{beyond}"

    @property
    def _ball_lr(self):
        """Momentum's learning rate as the heavy ball's."""
        return self.momentum_lr if self.heavy_ball else self.momentum_lr * (1 - self.momentum_beta)

    def _rate(self):
        with np.errstate(all="ignore"):  # a rate beyond all numbers is inf
            return float(convergence_rate(self._ball_lr, self.momentum_beta, self.curvatures).max())

    @property
    def rate(self):
        """The worse rate of momentum in the bowl's two directions, or None on another landscape."""
        return self._rate() if self.landscape == "bowl" else None

    @property
    def _with_map(self):
        return self.rate_map and self.landscape == "bowl" and self.view == "laboratory"

    @property
    def _size(self):
        heights = {"parabola": 3.2, "bowl": 3.6, "scale": 3.6, "map": 3.8}
        return (figures.WIDTH, heights.get(self.view, 9.4 if self._with_map else 6.2))

    @property
    def _last(self):
        """The last step of the picture: a hero at its beginning will have played to the end."""
        return self.steps if self.view == "hero" and self.shown == 0 else self.shown

    def draw(self, figure):
        """Draw the paths up to the shown step, the heights below, and the map if wanted; or the one idea of a view."""
        if self.view == "parabola":
            return self._draw_parabola(figure.subplots())
        if self.view == "map":
            return self._draw_map(figure.subplots())
        if self.view in ("hero", "bowl", "scale"):
            ax = figure.subplots()
            self._draw_paths(ax)
            figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
            return
        axes = figure.subplots(3 if self._with_map else 2, 1, height_ratios=(3, 2.4, 3)[: 3 if self._with_map else 2])
        self._draw_paths(axes[0])
        self._draw_heights(axes[1])
        if self._with_map:
            self._draw_map(axes[2])
        figure.legend(*axes[1].get_legend_handles_labels(), loc="outside upper left", ncols=1)

    def _draw_parabola(self, ax):
        surface = self.surface
        _, _, low, high = surface.extent
        along = np.linspace(low, high, 200)
        ax.plot(along, surface.loss(np.stack([0 * along, along], axis=-1)), color=figures.INK, linewidth=1)
        for name, path in self.paths.items():
            across = path.points[: self.shown + 1] * [0, 1]
            look = figures.style(name) | {"marker": figures.marker(name)}
            ax.plot(across[:, 1].clip(-1e6, 1e6), surface.loss(across).clip(max=1e12), **look)
        top = float(surface.loss(np.array([0.0, along[-1]])))
        ax.set(xlim=(along[0], along[-1]), ylim=(0, top), xlabel="x", ylabel="height")
        ax.set_title(f"lr = {self.descent_lr:g}: {self._pace()}")

    def _draw_paths(self, ax):
        surface = self.surface
        with np.errstate(all="ignore"):
            holes = dataclasses.replace(surface, loss=lambda point: np.ma.masked_invalid(surface.loss(point)))
            figures.draw_contours(ax, holes)
            for name, path in self.paths.items():
                points = path.points[: self._last + 1]
                figures.draw_path(ax, np.clip(points, -1e6, 1e6), name)  # as far as a picture can tell
                if self._last < len(path.points):
                    ax.plot(*points[-1], marker=figures.marker(name), markersize=10, markeredgecolor="white",
                            color=figures.style(name)["color"])  # fmt: skip
        ax.plot(*self.start, marker="o", markersize=11, markerfacecolor="none", markeredgecolor=figures.INK)
        valley = f", condition number {self.condition:g}, {self.degrees:g}°" if self.landscape == "bowl" else ""
        scaled = "" if self.scale == 1 else f", times {self.scale:g}"
        ax.set_title(f"{self.landscape}{valley}{scaled}: {self._last} of {self.steps} steps")

    def _draw_heights(self, ax):
        (low, high), goal = self._span(), self.goal * self.scale
        ax.set(yscale="log", xlim=(0, self.steps), ylim=(low, high), xlabel="step", ylabel="height")
        ax.minorticks_off()
        ax.axhline(goal, color=figures.INK, linewidth=0.8)
        for name in self.paths:
            heights, met = self.heights(name)[: self._last + 1], self.met(name)
            at = f"{heights[-1]:.3g}" if self._last < len(heights) else "not finite"
            met_at = f"not below {goal:g}" if met is None else f"below {goal:g} from step {met} on"
            visible = np.where((heights > low / 1e3) & (heights < high * 1e3), heights, np.nan)
            look = figures.style(name) | {"label": f"{name}: {at}, {met_at}"}
            ax.plot(visible, marker=figures.marker(name), markevery=[-1], **look)

    def _span(self):
        """Give the ends of the axis of heights: a hundredth of the goal, and the next power of ten above the start."""
        begin, goal = self.heights(METHODS[0])[0], self.goal * self.scale
        high = max(min(begin, 1e100) if begin > 0 else 1.0, goal)  # NaN is not above 0
        return goal / 100, 10.0 ** (math.floor(math.log10(high) + 1e-9) + 1)

    def _draw_map(self, ax):
        curvatures, edge = self.curvatures, _WALL / self.curvatures[1]
        lrs, betas = np.meshgrid(np.linspace(0, edge, 300), np.linspace(0, 1, 300))
        worst = np.maximum(*(convergence_rate(lrs, betas, curvature) for curvature in curvatures))
        levels = [rate for rate in (0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999) if rate > worst.min()]
        lines = ax.contour(lrs, betas, worst, levels=levels, colors=figures.FAINT, linewidths=0.8)
        ax.clabel(lines, fmt="%g", fontsize=9, colors=figures.INK)
        beta = np.linspace(0, 1, 2)
        wall = {"facecolor": "#f1f3f5", "edgecolor": figures.FAINT, "hatch": "//"}
        ax.fill_betweenx(beta, (2 + 2 * beta) / curvatures[1], edge, **wall)
        ax.text(0.98, 0.08, "diverges", transform=ax.transAxes, ha="right", backgroundcolor="white")
        low, high = np.sqrt(curvatures)
        hollow = {"color": "white", "markeredgecolor": figures.INK, "clip_on": False}
        ax.plot(2 / sum(curvatures), 0, marker="s", markersize=9, **hollow)
        best = 4 / (low + high) ** 2, ((high - low) / (high + low)) ** 2
        ax.plot(*best, marker="*", markersize=15, **hollow)
        lr = min(self._ball_lr, edge)
        ax.plot(lr, self.momentum_beta, marker="o", markersize=9, color=figures.ACCENT, clip_on=False)
        ax.set(xlim=(0, edge), ylim=(0, 1), ylabel="beta", title=f"rate of momentum: {self._rate():.3f} per step")
        ax.set_xlabel("learning rate" if self.heavy_ball else "learning rate times (1 - beta)")
        ax.grid(False)
