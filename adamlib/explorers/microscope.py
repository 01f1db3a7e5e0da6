"""The explorer of chapters 4, 10 and 11: a gradient to draw by hand, and what each part of Adam makes of it."""

from typing import Any, NamedTuple

import numpy as np
import traitlets

from adamlib import figures
from adamlib.adam import Adam
from adamlib.averaging import debias
from adamlib.bounds import uncorrected_factor
from adamlib.descent import trace
from adamlib.explorers.base import AtLeastZero, Beta, Choice, Count, Explorer, Series, Switch, drawable, join, show
from adamlib.explorers.noise import normals
from adamlib.explorers.two_steps import HEADS, LINES, draw_steps, six, two_steps

# js/microscope.js makes the same. The spike stands at t = 101 of 300. The ramp grows by 0.999 / 0.9 a step; it is
# multiplied up from its end, since powers differ in their last digit between processors and browsers.
PRESETS = {
    "constant": np.ones,
    "noise": lambda n: normals(seed=1, count=n),
    "spike": lambda n: np.where(np.arange(n) == n // 3, 20.0, 1.0),
    "dormant then on": lambda n: np.where(np.arange(n) < n // 2, 0.0, 1.0),
    "ramp": lambda n: np.cumprod(np.r_[1.0, np.full(n - 1, 0.9 / 0.999)])[::-1],
    "drawn": np.zeros,  # an empty sheet, where no gradients are given
}

# What bias correction corrects in the view "correction": which beta stays. An average that is corrected is, under a
# constant gradient, as if its beta were 0. js/glimpses.js has the same.
CORRECTED = {"both": (0, 0), "m": (0, 1), "v": (1, 0), "neither": (1, 1)}
_LAST = 10_000  # the last step that is looked at there
# For each view the height of its picture, in inches, and what its text shows.
_VIEWS = {
    "laboratory": (8.6, ("preset", "lr", "beta1", "beta2", "bias_correction", "cursor")),
    "two_steps": (5.4, ("lr", "beta1", "beta2", "line")),
    "correction": (3.6, ("corrected", "beta1", "beta2")),
    "step": (3.4, ("preset", "beta1", "beta2", "bias_correction", "cursor")),
    "eps": (3.4, ("eps", "beta1", "beta2", "cursor")),
}


class Parts(NamedTuple):
    """All that Adam computes from a sequence of gradients, one array each, index t - 1 for step t.

    m_hat and v_hat are the debiased averages, whether the step uses them or not.
    """

    g: np.ndarray
    m: np.ndarray
    v: np.ndarray
    m_hat: np.ndarray
    v_hat: np.ndarray
    ratio: np.ndarray
    step: np.ndarray


class AdamMicroscope(Explorer):
    """All parts of Adam at once, for a gradient that you choose or draw by hand.

    Formula:
        m_t = beta1 m_{t-1} + (1 - beta1) g_t            v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
        ratio_t = m_hat_t / (sqrt(v_hat_t) + eps)        step_t = -lr ratio_t
        Without bias correction m and v stand in the place of m_hat and v_hat.

    Args:
        gradients: 2 to 1000 finite numbers, one per step; those of the preset unless given.
        preset: "constant", "noise", "spike", "dormant then on" or "ramp"; "drawn" for gradients
            that are none of these. Set later, it fills in the gradients.
        length: how many gradients a preset has, from 2 to 1000; 300, or as many as are given.
        lr, beta1, beta2, eps, bias_correction: as in `adamlib.adam.Adam`.
        cursor: the step t that is read out, from 1 to len(gradients); a third of the way in, unless given.
        view: "laboratory" for all of it, or one idea: "step", the length of every step; "eps", the same with eps;
            "correction", the length under a constant gradient with `corrected` averages, "both", "m", "v" or "neither";
            "two_steps", the two steps of a line with two data points, of which `line` is lit, from 1 to 14.

    Returns:
        A Jupyter widget. All arguments are traits: set them, observe them, link them.

    Raises:
        ValueError: a gradient is not finite, there are too few or too many, another value is out of range.
        TypeError: gradients are not numbers.

    Example:
        >>> explorer = AdamMicroscope(preset="spike")
        >>> explorer.traced.ratio[[99, 100, 150]].round(2)
        array([1.  , 1.28, 0.52])

    Source:
        Kingma & Ba (2015), Algorithm 1.
    """

    _esm = join("microscope.js")
    views = tuple(_VIEWS)
    _rooms = {
        "laboratory": (1111, 941),
        "two_steps": (387, 323),
        "correction": (374, 326),
        "step": (384, 335),
        "eps": (325, 276),
    }

    gradients = Series().tag(sync=True)
    preset = Choice("spike", PRESETS).tag(sync=True)
    length = Count(300, least=2, most=1000).tag(sync=True)
    lr = AtLeastZero(0.001).tag(sync=True)
    beta1 = Beta(0.9).tag(sync=True)
    beta2 = Beta(0.999).tag(sync=True)
    eps = AtLeastZero(1e-8).tag(sync=True)
    bias_correction = Switch(True).tag(sync=True)
    cursor = Count(1, least=1, most=1000).tag(sync=True, most="length")
    corrected = Choice("both", CORRECTED).tag(sync=True)
    line = Count(1, least=1, most=2 * len(LINES)).tag(sync=True)

    def __init__(self, gradients=None, preset="spike", **settings):
        traits: Any = type(self)  # what they refuse is refused before it is used
        if gradients is None:
            length = traits.length.validate(self, settings.get("length", 300))
            gradients = PRESETS[traits.preset.validate(self, preset)](length).tolist()
        else:
            gradients, preset = traits.gradients.validate(self, gradients), "drawn"
        defaults = {"length": len(gradients), "cursor": len(gradients) // 3 + 1}
        super().__init__(gradients=gradients, preset=preset, **defaults | settings)

    @traitlets.validate("cursor")
    def _check_cursor(self, proposal):
        if proposal.value > len(self.gradients):
            raise ValueError(f"cursor must be at most {len(self.gradients)}, the last step, got {proposal.value}")
        return proposal.value

    @traitlets.observe("preset", "length")
    def _fill(self, change):
        if self.preset != "drawn" and not self._as_preset():
            self.gradients = PRESETS[self.preset](self.length).tolist()

    @traitlets.observe("gradients")
    def _follow(self, change):
        self.cursor = min(self.cursor, len(self.gradients))
        if not self._as_preset():
            self.preset = "drawn"

    def _as_preset(self):
        """Tell whether the gradients are the preset's; the browser's noise may differ in the last digit."""
        wanted = PRESETS[self.preset](self.length)
        return len(wanted) == len(self.gradients) and np.allclose(wanted, self.gradients, rtol=1e-12, atol=0)

    @property
    def traced(self):
        """All parts of Adam at every step. A square that overflows is inf, and 0/0 with eps = 0 is NaN."""
        return self._trace(self.bias_correction)

    @np.errstate(all="ignore")
    def _trace(self, corrected):
        optimizer = Adam(self.lr, self.beta1, self.beta2, self.eps, bias_correction=corrected)
        states, steps = trace(optimizer, self.gradients)
        m, v = (np.array([getattr(state, name) for state in states]) for name in "mv")
        m_hat = np.array([debias(m_t, self.beta1, t) for t, m_t in enumerate(m, start=1)])
        v_hat = np.array([debias(v_t, self.beta2, t) for t, v_t in enumerate(v, start=1)])
        above, below = (m_hat, v_hat) if corrected else (m, v)
        return Parts(np.array(self.gradients), m, v, m_hat, v_hat, above / (np.sqrt(below) + self.eps), steps)

    @property
    def _ratio(self):
        return "m_hat / √v_hat" if self.bias_correction else "m / √v"

    @property
    def _size(self):
        return figures.WIDTH, _VIEWS[self.view][0]

    @property
    def _shown(self):
        return _VIEWS[self.view][1]

    def readouts(self):
        """Give what the page reads out: each text by its label."""
        return getattr(self, f"_read_{self.view}")()

    def _read_laboratory(self):
        now = Parts(*(values[self.cursor - 1] for values in self.traced))
        numbers = {
            "gradient g": now.g, "m": now.m, "m_hat": now.m_hat, "v": now.v, "v_hat": now.v_hat,
            self._ratio: now.ratio, "step": now.step, "step / lr": -now.ratio,
        }  # fmt: skip
        return {label: show(x, 4) for label, x in numbers.items()}

    def _read_step(self):
        t, lengths = self.cursor, abs(self.traced.ratio)
        most, at = _longest(lengths)
        length, most = show(lengths[t - 1], 4), show(most, 4)
        return {"step t": str(t), "length / lr": length, "longest / lr": most, "at step": str(at)}

    _read_eps = _read_step

    def _read_correction(self):
        lengths = self.lengths(np.arange(1, _LAST + 1))
        most, at = _longest(lengths)
        off = np.flatnonzero(abs(lengths - 1) >= 0.05)
        settled = 1 + (off[-1] + 1 if len(off) else 0)
        return {
            "first step / lr": show(lengths[0], 4),
            "longest / lr": show(most, 4),
            "at step": str(at),
            "within 5 % of lr from step": str(settled) if settled <= _LAST else f"after {_LAST}",
        }

    def _read_two_steps(self):
        at, lit = divmod(self.line - 1, len(LINES))
        values = self.two_steps[at]
        names = [(line, head, i, k) for k, line in enumerate(LINES) for i, head in enumerate(HEADS)]
        return {f"{line}, {head}": six(values[line][i]) if k <= lit else "" for line, head, i, k in names}

    @property
    def two_steps(self):
        """The values of the view "two_steps": a dict for each step, from the name of a line to weight and bias."""
        return two_steps(self.lr, self.beta1, self.beta2, self.eps)

    def lengths(self, t):
        """Give the length of step t in units of lr, under a constant gradient, with what `corrected` says."""
        first, second = CORRECTED[self.corrected]
        return uncorrected_factor(t, first * self.beta1, second * self.beta2)

    def draw(self, figure):
        """Draw what the view shows."""
        getattr(self, f"_draw_{self.view}")(figure)

    def _draw_two_steps(self, figure):
        draw_steps(figure, self.two_steps, self.line)

    def _draw_correction(self, figure):
        ax, t = figure.subplots(), np.unique(np.rint(np.geomspace(1, _LAST, 241)))
        for name, (first, second) in CORRECTED.items():
            chosen = name == self.corrected
            look = {"color": figures.style("Adam")["color"]} if chosen else {"color": figures.INK, "linestyle": "--"}
            lengths = uncorrected_factor(t, first * self.beta1, second * self.beta2)
            ax.plot(t, lengths, linewidth=2.6 if chosen else 1, **look)
            ax.text(0.85, lengths[0], name, ha="right", va="center")
        ax.set(xscale="log", yscale="log", xlim=(0.2, 2 * _LAST), ylim=(0.05, 200))
        ax.set(xlabel="step number t", ylabel="step / lr")
        ax.minorticks_off()
        ax.set_title(f"constant gradient, beta2 = {self.beta2:g}, bias correction of: {self.corrected}")

    @np.errstate(invalid="ignore")
    def _draw_step(self, figure):
        ax, ratio = figure.subplots(), drawable(self.traced.ratio)
        ax.plot(np.arange(1, len(ratio) + 1), ratio, color=figures.style("Adam")["color"])
        for level in (-1, 1):
            ax.axhline(level, color=figures.ACCENT, linestyle=":", linewidth=1.2)
        ax.plot(self.cursor, ratio[self.cursor - 1], "o", color=figures.ACCENT, markersize=6)
        ax.set(xlabel="step number t", ylabel="step / lr")
        way = "with" if self.bias_correction else "without"
        title = f"gradient: {self.preset}, beta2 = {self.beta2:g}, {way} bias correction"
        ax.set_title(f"eps = {self.eps:g}" if self.view == "eps" else title)

    _draw_eps = _draw_step

    def _draw_laboratory(self, figure):
        """Draw the five panels one above the other, with the cursor through all of them."""
        parts, other = self._trace(self.bias_correction), self._trace(not self.bias_correction)
        names = {"g": "gradient g", "m": "m", "v": "v", "ratio": self._ratio, "step": "step"}
        when, t, sizes = np.arange(1, len(self.gradients) + 1), self.cursor, {"ratio": 1.0, "step": self.lr}
        axes = figure.subplots(5, 1, sharex=True)
        for ax, (key, name) in zip(axes, names.items(), strict=True):
            values, pale = (drawable(getattr(run, key)) for run in (parts, other))
            ax.plot(when, values, color=figures.INK if key == "g" else figures.style("Adam")["color"])
            ax.axvline(t, color=figures.ACCENT, linewidth=1)
            ax.plot(t, values[t - 1], "o", color=figures.ACCENT, markersize=6)
            ax.set_title(f"{name} = {getattr(parts, key)[t - 1] + 0.0:.4g} at t = {t}", fontsize=11)
            ax.set_ylabel(key)
            if key in sizes:  # all of the solid line, and of the other one as much again
                ax.plot(when, pale, "--", color=figures.INK, linewidth=0.9)
                for level in (-sizes[key], sizes[key]):
                    ax.axhline(level, color=figures.ACCENT, linestyle=":", linewidth=1.2)
                (low, high), (least, most) = _ends(values), _ends(pale)
                low, high = max(2 * low, min(low, least)), min(2 * high, max(high, most))
                ax.set_ylim(low - 0.08 * (high - low), (high + 0.08 * (high - low)) or 1)
        words = {True: "with bias correction", False: "without bias correction"}
        axes[-1].set_xlabel(f"step number t        solid: {words[self.bias_correction]}, "
                            f"dashed: {words[not self.bias_correction]}", fontsize=9.5)  # fmt: skip
        figure.suptitle(f"gradient: {self.preset}", fontsize=12)


def _longest(lengths):
    """Give the largest length, and the step of the first that is as large, but for the last digits."""
    known = np.nan_to_num(lengths, nan=0.0, posinf=np.inf)
    return known.max(), int(np.argmax(known >= known.max() * (1 - 1e-6))) + 1


def _ends(values):
    values = np.append(values[~np.isnan(values)], 0.0)
    return values.min(), values.max()
