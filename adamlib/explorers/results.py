"""The explorer of chapter 5: a sweep of Adam's settings as a map of losses, and the loss curve of each setting."""

import math
import numbers
from typing import NamedTuple

import matplotlib.colors
import numpy as np
import traitlets

from adamlib import figures
from adamlib.adam import Adam
from adamlib.checks import check_choice
from adamlib.explorers.base import Explorer, join, show

AXES = ("beta1", "beta2", "lr", "bias_correction")
WINDOW = 20  # the most steps whose losses make one mean
_ROUND = (10, 12, 14, 16, 18, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90)  # about evenly spaced in the logarithm
_QUANTILES = (0.25, 0.5, 0.75)
_DRAWN = (1e-200, 1e200)  # the losses for which there can be an axis
_CODES = 65533  # steps of equal ratio between the smallest loss and the largest

# The colours of the map, from the lowest loss to the highest, as the browser has them on a light page.
_LEVELS = [1 - (1 - i / 9) * (1 - np.array(matplotlib.colors.to_rgb("#08306b"))) for i in range(9)]


class OneOf(traitlets.TraitType):
    """One of the values that the sweep has for a hyper-parameter, or one of the steps at which losses are kept."""

    def __init__(self, tolerance=1e-9, **settings):
        super().__init__(**settings)
        self.tolerance = tolerance

    def limits(self, explorer):
        return {"kind": "choice", "names": explorer.values(self.name)}

    def validate(self, obj, value):
        values = obj.values(self.name)
        if isinstance(value, numbers.Real):
            for one in values:
                if math.isclose(one, value, rel_tol=self.tolerance):
                    return one
        raise ValueError(f"{self.name} must be one of {', '.join(map(repr, values))}; got {value!r}")


class Curve(NamedTuple):
    """Steps, and after each the loss of the median run and the ends of the band, as many numbers each."""

    steps: np.ndarray
    low: np.ndarray
    median: np.ndarray
    high: np.ndarray


class ResultsExplorer(Explorer):
    """A sweep to play with: choose a setting on the map of losses, and see what bias correction does to it, and when.

    Formula:
        The loss of a run after k steps is the mean of its losses after the last w of them, each on the batch of
        the step to come: w = k/5, rounded up, at most 20. So it is not the score of the sweep's table, and higher
        where the loss still falls. The loss of a setting is the median over the seeds, its band the quartiles, as
        `adamlib.tuning.bands` has them: a run that broke by then counts as inf.
        Losses are kept for steps with round numbers, 1 to 10, 12, 14, ..., 90, 100, 120, ..., and for the last
        one; and as 65,534 numbers of equal ratio between the smallest and the largest of them, which is finer
        than three digits unless those are 28 powers of ten apart. The page and Python have the same numbers.

    Args:
        result: a complete `Sweep` of Adam, with one setting for every combination of its values of beta1, beta2,
            lr (at least two) and bias_correction, and the same seeds for all.
        beta1, beta2, lr: the setting that is chosen, each one of the sweep's values, lr rounded to 6 digits;
            those nearest to Adam's defaults unless given.
        bias_correction: which of the two the map shows; True unless given or not in the sweep.
        step: how many steps the runs have taken, one of `values("step")`; the last one unless given.
        view: "laboratory" for all of it, or "rates" for the loss at every lr, of the chosen beta1 and beta2.

    Returns:
        A Jupyter widget. All arguments but the result are traits: set them, observe them, link them.

    Raises:
        ValueError: the result is no complete sweep of Adam over a full grid, or a value is not in it.

    Example:
        >>> from adamlib.datasets import two_moons
        >>> from adamlib.network import Network, Task
        >>> from adamlib.tuning import grid, sweep
        >>> settings = grid(Adam, lr=[0.001, 0.1], bias_correction=[True, False])
        >>> result = sweep(Task(Network((2, 5, 2)), two_moons()), settings, seeds=[0, 1, 2], steps=50)
        >>> explorer = ResultsExplorer(result)
        >>> explorer.best_lr(step=50, bias_correction=False), explorer.loss(lr=0.1) < explorer.loss(lr=0.001)
        (0.1, True)

    Source:
        Kingma & Ba (2015), figure 4: the same over the same three, as curves, for a variational autoencoder after 10
        and after 100 epochs.
    """

    _esm = join("results.js")
    views = ("laboratory", "rates")
    _rooms = {"laboratory": (1141, 658), "rates": (381, 330)}
    _shown = (*AXES, "step")

    beta1 = OneOf().tag(sync=True)
    beta2 = OneOf().tag(sync=True)
    lr = OneOf(tolerance=1e-5).tag(sync=True)
    bias_correction = OneOf().tag(sync=True)
    step = OneOf().tag(sync=True)
    # For the browser: the values of each axis and what goes with the curves, and the curves as uint16 numbers.
    grid = traitlets.Dict(read_only=True).tag(sync=True)
    curves = traitlets.Bytes(read_only=True).tag(sync=True)

    def __init__(self, result, **settings):
        _check_full_grid(result, AXES)
        self._take(*_digest(result))
        super().__init__(**self._defaults() | settings)

    def _take(self, grid, curves):
        """Keep what the browser gets, and read it as the browser does."""
        self.set_trait("grid", grid)
        self.set_trait("curves", curves)
        self._axes = {name: grid[name] for name in (*AXES, "step")}
        shape = (*(len(grid[name]) for name in AXES), len(_QUANTILES), len(grid["step"]))
        self._curves = _decode(np.frombuffer(curves, "<u2").astype(np.int64), *grid["scale"]).reshape(shape)

    def _defaults(self):
        adam = Adam()
        nearest = {name: min(self._axes[name], key=lambda x, name=name: abs(x - getattr(adam, name))) for name in AXES}
        return nearest | {"step": self._axes["step"][-1]}

    def values(self, name):
        """List what "beta1", "beta2", "lr", "bias_correction" or "step" may be, in order."""
        return list(self._axes[check_choice(name, "name", self._axes)])

    def loss(self, **cell):
        """Give the loss of the chosen setting; any of beta1, beta2, lr, bias_correction and step may be another."""
        return float(self._curves[(*self._place(cell), 1, self._step(cell))])

    def curve(self, **cell):
        """Give the `Curve` of the chosen setting, or of another, as `loss` does; all of its steps."""
        return Curve(np.array(self._axes["step"]), *self._curves[self._place(cell)])

    def broken(self, **cell):
        """Count the runs of the chosen setting, or of another, that broke by the chosen step."""
        setting = np.ravel_multi_index(self._place(cell), self._curves.shape[: len(AXES)])
        return sum(t <= self._value(cell, "step") for t in self.grid["diverged_at"][setting])

    @property
    def _size(self):
        return figures.WIDTH, 7.6 if self.view == "laboratory" else 3.4

    def readouts(self):
        """Give what the page reads out: each text by its label."""
        return self._read_rates() if self.view == "rates" else self._read_laboratory()

    def _read_rates(self):
        best = self.best_lr()
        lowest = "none: most broke" if best is None else f"{show(self.loss(lr=best))}, at lr {show(best)}"
        return {"loss": show(self.loss()), "lowest": lowest}

    def _read_laboratory(self):
        ways = [way for way in (True, False) if way in self._axes["bias_correction"]]
        best = {way: self.best_lr(bias_correction=way) for way in ways}
        fastest = {way: "none: most broke" if lr is None else show(lr) for way, lr in best.items()}
        losses = {f"loss {_words(way)}": show(self.loss(bias_correction=way)) for way in ways}
        lower = {"lower loss": self._lower()} if len(ways) == 2 else {}
        return losses | lower | {f"best lr of the row {_words(way)}": fastest[way] for way in ways}

    def _lower(self):
        """Say with which of the two the loss of the chosen setting is lower, and whether their bands overlap."""
        k = self._step({})
        ways = [self._curves[self._place({"bias_correction": way})][:, k] for way in (True, False)]
        lows, losses, highs = zip(*ways)
        if losses[0] == losses[1]:
            return "neither"
        return _words(losses[0] < losses[1]) + (", but the bands overlap" if max(lows) <= min(highs) else "")

    def best_lr(self, **row):
        """Give the lr with the lowest loss, the rest as `loss` has it; the smallest of several, None if most broke."""
        _check_free(row, ("lr",))
        losses = [self.loss(**row | {"lr": lr}) for lr in self._axes["lr"]]
        return self._axes["lr"][int(np.argmin(losses))] if min(losses) < math.inf else None

    def best(self, **some):
        """Give the (beta1, beta2, lr) with the lowest loss on the map, for the chosen bias_correction and step."""
        _check_free(some, AXES[:3])
        rows = [(beta1, beta2) for beta1 in self._axes["beta1"] for beta2 in self._axes["beta2"]]
        cells = [(*row, lr) for row in rows for lr in self._axes["lr"]]
        return min(cells, key=lambda cell: self.loss(**some | dict(zip(AXES, cell))))

    def _value(self, cell, name):
        return getattr(type(self), name).validate(self, cell[name]) if name in cell else getattr(self, name)

    def _place(self, cell):
        for name in cell:
            if name not in self._axes:
                raise TypeError(f"a setting has no {name!r}; it has {', '.join(self._axes)}")
        return tuple(self._axes[name].index(self._value(cell, name)) for name in AXES)

    def _step(self, cell):
        return self._axes["step"].index(self._value(cell, "step"))

    def _bounds(self):
        """Give the losses at the ends of the colours: the lowest at this step, and the start's or else the highest."""
        now = self._curves[..., 1, self._step({})]
        now = now[np.isfinite(now) & (now > 0)].clip(*_DRAWN)
        low, start = float(now.min()) if now.size else 1.0, min(self.grid["start"], _DRAWN[1])
        return low, start if start > low else max([*now.tolist(), low * 1.001])

    def _span(self):
        """Give the ends of the axis of losses, the same for all settings."""
        kept = self._curves[np.isfinite(self._curves) & (self._curves > 0)]
        low = np.clip(kept.min() if kept.size else 1.0, *_DRAWN)
        return low / 1.2, 3 * np.clip(self.grid["start"], low, _DRAWN[1])

    def draw(self, figure):
        """Draw what the view shows."""
        if self.view == "rates":
            return self._draw_rates(figure.subplots())
        top, bottom = figure.subplots(2, 1, height_ratios=(3, 2))
        self._draw_map(top, figure)
        self._draw_curves(bottom)

    def _draw_rates(self, ax):
        lrs, color = self._axes["lr"], figures.DEBIASED if self.bias_correction else figures.RAW
        curves = [self.curve(lr=lr) for lr in lrs]
        k = self._step({})
        low, median, high = (np.array([getattr(one, name)[k] for one in curves]) for name in ("low", "median", "high"))
        low, median, high = (np.where(np.isfinite(x), x.clip(*_DRAWN), np.nan) for x in (low, median, high))
        ax.fill_between(lrs, low, high, color=color, alpha=0.2, linewidth=0)
        ax.plot(lrs, median, color=color, marker=".")
        ax.axvline(self.lr, color=figures.ACCENT, linewidth=1)
        ax.set(xscale="log", yscale="log", ylim=self._span(), xlabel="learning rate lr", ylabel="loss")
        ax.minorticks_off()
        ax.set_title(f"Loss after {self.step} steps, beta1 = {self.beta1:g}, beta2 = {self.beta2:g}")

    def _draw_map(self, ax, figure):
        beta1s, beta2s, lrs = (self._axes[name] for name in AXES[:3])
        rows = [(beta1, beta2) for beta1 in beta1s for beta2 in beta2s]
        corrected, edges = self._axes["bias_correction"].index(self.bias_correction), np.geomspace(*self._bounds(), 10)
        losses = self._curves[:, :, :, corrected, 1, self._step({})].reshape(len(rows), len(lrs))
        colours = matplotlib.colors.ListedColormap(_LEVELS)
        shades = matplotlib.colors.BoundaryNorm(edges, len(_LEVELS), clip=True)
        image = ax.pcolormesh(np.where(np.isfinite(losses), losses, np.nan), cmap=colours, norm=shades)
        down, across = np.nonzero(np.isinf(losses))
        ax.plot(across + 0.5, down + 0.5, "x", color=figures.INK, label="most runs broke" if down.size else None)
        hollow = {"linestyle": "none", "markeredgecolor": figures.INK, "color": "white"}
        ways = [(self.bias_correction, "D", 6), (not self.bias_correction, "o", 11)]
        for way, marker, size in reversed([w for w in ways if w[0] in self._axes["bias_correction"]]):
            best = [self.best_lr(beta1=beta1, beta2=beta2, bias_correction=way) for beta1, beta2 in rows]
            spots = [(lrs.index(lr) + 0.5, i + 0.5) for i, lr in enumerate(best) if lr is not None]
            label = f"best lr of the row {_words(way)}"
            ax.plot(*np.reshape(spots, (-1, 2)).T, marker, markersize=size, label=label, **hollow)
        best = self.best()
        spot = lrs.index(best[2]) + 0.5, rows.index(best[:2]) + 0.5
        ax.plot(*spot, "*", markersize=15, label="lowest loss of the map", **hollow)
        x, y = lrs.index(self.lr), rows.index((self.beta1, self.beta2))
        ax.plot([x, x + 1, x + 1, x, x], [y, y, y + 1, y + 1, y], color=figures.ACCENT, linewidth=3, clip_on=False)
        ax.hlines(np.arange(1, len(beta1s)) * len(beta2s), 0, len(lrs), color=figures.INK)
        ax.set_yticks(np.arange(len(rows)) + 0.5, [f"{beta1:g}, {beta2:g}" for beta1, beta2 in rows])
        labelled = range(0, len(lrs), -(-len(lrs) // 7))
        ax.set_xticks([i + 0.5 for i in labelled], [f"{lrs[i]:.2g}" for i in labelled])
        ax.set(xlabel="lr", ylabel="beta1, beta2", title=f"Loss after {self.step} steps {_words(self.bias_correction)}")
        ax.grid(False)
        figure.legend(*ax.get_legend_handles_labels(), loc="outside lower left", ncols=2, fontsize=9)
        bar = figure.colorbar(image, ax=ax, ticks=edges[[0, 3, 6, 9]], format="%.2g")
        bar.minorticks_off()

    def _draw_curves(self, ax):
        ax.set(xscale="log", yscale="log", ylim=self._span(), xlabel="step", ylabel="loss")
        ax.minorticks_off()
        looks = {True: (figures.DEBIASED, "-"), False: (figures.RAW, (0, (5, 2)))}
        for corrected in reversed(self._axes["bias_correction"]):
            color, linestyle = looks[corrected]
            steps, *quantiles = self.curve(bias_correction=corrected)
            low, median, high = (values.clip(*_DRAWN) for values in quantiles)
            label = f"{_words(corrected)}: {self.loss(bias_correction=corrected):.3g}"
            ax.fill_between(steps, low, high, color=color, alpha=0.2, linewidth=0)
            ax.plot(steps, median, color=color, linestyle=linestyle, label=label)
        ax.axvline(self.step, color=figures.ACCENT, linewidth=1)
        ax.set_title(f"beta1 = {self.beta1:g}, beta2 = {self.beta2:g}, lr = {self.lr:.3g}")
        ax.legend()


def _digest(result):
    """Give what the browser needs of a sweep: its axes and what goes with the curves, and the curves."""
    table, steps = result.table, result.losses.shape[1] - 1
    axes = {name: np.unique(table[name]).tolist() for name in AXES}
    axes["lr"] = [float(f"{lr:.6g}") for lr in axes["lr"]]
    axes["bias_correction"] = [bool(value) for value in axes["bias_correction"]]
    axes["step"] = _checkpoints(steps)
    shape = (*(len(axes[name]) for name in AXES), -1)  # of the runs, the seeds last
    order = np.lexsort([table[name] for name in ("seed", *reversed(AXES))])
    diverged_at = table["diverged_at"][order].reshape(shape)
    codes, scale = _encode(_quantiles(result.losses[order].reshape(*shape, steps + 1), axes["step"]))
    runs = diverged_at.shape[-1]
    grid = {
        **axes, "runs": runs, "start": float(np.sort(result.losses[:, 0])[(len(table) - 1) // 2]), "scale": scale,
        "diverged_at": [[int(t) for t in some if t] for some in diverged_at.reshape(-1, runs)],
    }  # fmt: skip
    return grid, codes.astype("<u2").tobytes()


def _check_free(cell, names):
    for name in names:
        if name in cell:
            raise TypeError(f"{name} must not be given, since the best of all is looked for, got {cell[name]!r}")


def _words(corrected):
    return f"{'with' if corrected else 'without'} bias correction"


def _checkpoints(steps):
    """List the steps whose losses are kept."""
    tenths = [number * 10**power for power in range(len(str(steps))) for number in _ROUND]
    return sorted({tenth // 10 for tenth in tenths if tenth % 10 == 0 and tenth <= 10 * steps} | {steps})


def _quantiles(losses, checkpoints):
    """Give the low, median and high run of each setting at each checkpoint: shape (settings, 3, checkpoints)."""
    kept = []
    with np.errstate(over="ignore"):
        for k in checkpoints:
            window = min(WINDOW, -(-k // 5))
            kept.append(losses[..., k - window + 1 : k + 1].mean(axis=-1))
    ranked = np.sort(np.nan_to_num(kept, nan=np.inf, posinf=np.inf), axis=-1)  # (checkpoints, settings, seeds)
    places = [math.ceil(q * ranked.shape[-1]) - 1 for q in _QUANTILES]
    return np.moveaxis(ranked[..., places], 0, -1)


def _encode(curves):
    """Turn losses into whole numbers below 2^16: 0 and 65535 are 0 and inf, the rest has equal ratios."""
    finite = curves[np.isfinite(curves) & (curves > 0)]
    low, high = (np.log(finite.min()), np.log(finite.max())) if finite.size else (0.0, 0.0)
    with np.errstate(divide="ignore"):
        part = (np.log(curves) - low) / ((high - low) or 1.0)
    codes = 1 + np.rint(_CODES * np.clip(part, 0, 1))
    codes = np.where(curves == 0, 0, np.where(np.isinf(curves), _CODES + 2, codes))
    return codes.astype(np.int64), [float(low), float(high - low)]


def _decode(codes, low, span):
    losses = np.exp(low + (codes - 1) / _CODES * span)
    return np.where(codes == 0, 0.0, np.where(codes == _CODES + 2, np.inf, losses))


def _check_full_grid(result, axes):
    """ValueError unless the result is a complete sweep of Adam with one setting for each combination on the axes."""
    if not all(hasattr(result, name) for name in ("table", "losses", "interrupted")):
        raise ValueError(f"result must be what sweep(...) returned, got {result!r:.60}")
    table, losses = result.table, result.losses
    if result.interrupted:
        raise ValueError(f"result must be a complete sweep, got one that was interrupted after {len(table)} runs")
    methods = sorted(set(table["method"].tolist()))
    if methods != ["Adam"]:
        raise ValueError(f"result must be a sweep of Adam alone, got {', '.join(methods) or 'no runs'}")
    if np.isnan(table["lr"]).any():
        raise ValueError("result must have a number as lr in every setting, got a schedule")
    if len(np.unique(table["eps"])) > 1:
        raise ValueError(f"result must have one eps, got {', '.join(f'{eps:g}' for eps in np.unique(table['eps']))}")
    if len(np.unique(table["lr"])) < 2:
        raise ValueError(f"result must have at least two values of lr, got {table['lr'][0]:g} alone")
    columns = [*axes, "seed"]
    sizes = [len(np.unique(table[name])) for name in columns]
    if not len(table) == len(np.unique(table[columns])) == math.prod(sizes):
        wanted = ", ".join(f"{size} of {name}" for size, name in zip(sizes, columns))
        raise ValueError(
            f"result must have one run for each combination of its values ({wanted}), got {len(table)} runs"
        )
    if len(losses) != len(table) or losses.shape[1] < 2:
        raise ValueError(f"result must have two losses or more for each of {len(table)} runs, got shape {losses.shape}")
    if np.nanmin(losses) < 0:
        raise ValueError(f"result must have losses of at least 0, got {np.nanmin(losses):g}")
