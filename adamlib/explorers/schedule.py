"""The explorer of chapter 6: a learning rate that changes with time, and the loss that it leaves."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import traitlets

from adamlib import figures, schedules
from adamlib.checks import check_step, is_number
from adamlib.explorers.base import AtLeastZero, Choice, Count, Explorer, Number, Point, brief, join

# What each name stands for; js/schedule.js has the same. `steps` is what the warm-up leaves of the run.
SCHEDULES = {
    "constant": lambda lr, steps: schedules.constant(lr),
    "1/sqrt(t)": lambda lr, steps: schedules.inverse_sqrt(lr),
    "inverse time": lambda lr, steps: schedules.inverse_time(lr, k=40 / steps),
    "exponential": lambda lr, steps: schedules.exponential(lr, factor=0.01 ** (1 / steps)),
    "staircase": lambda lr, steps: schedules.staircase(lr, factor=0.1, every=math.ceil(steps / 3)),
    "polynomial": lambda lr, steps: schedules.polynomial(lr, steps, power=2),
    "linear": lambda lr, steps: schedules.linear(lr, steps),
    "cosine": lambda lr, steps: schedules.cosine(lr, steps),
    "one-cycle": lambda lr, steps: schedules.one_cycle(lr, steps),
}
DRAWN = "drawn"
_WITHOUT_WARMUP = ("one-cycle", DRAWN)  # the first warms up by itself, the other is as it is drawn
_LEAST, _MOST = 1e-30, 1e30


class Positive(traitlets.TraitType):
    """So many numbers above 0; a list, or a tuple if there must be two."""

    def __init__(self, default, fewest=2, most=2, **settings):
        super().__init__(default, **settings)
        self.fewest, self.most = fewest, most

    def limits(self, explorer):
        return {"kind": "numbers", "fewest": self.fewest, "most": self.most, "least": _LEAST, "largest": _MOST}

    def validate(self, obj, value):
        values = list(value) if np.iterable(value) else []
        good = all(is_number(x) and _LEAST <= x <= _MOST for x in values)
        if not (good and self.fewest <= len(values) <= self.most):
            many = f"{self.fewest} to {self.most}" if self.fewest < self.most else "two"
            raise ValueError(f"{self.name} must be {many} numbers from {_LEAST:g} to {_MOST:g}, got {value!r}")
        return (list if self.fewest < self.most else tuple)(float(x) for x in values)


class Parts(NamedTuple):
    """The two parts of the expected loss, one array each, index t for after step t. Their sum is the loss."""

    distance: np.ndarray
    noise: np.ndarray

    @property
    def loss(self):
        return self.distance + self.noise


class ScheduleExplorer(Explorer):
    """A schedule to choose or to draw by hand, and the expected loss of descent on a noisy bowl.

    Formula:
        The loss is the sum of lambda x^2 / 2 over both coordinates, and every gradient lambda x carries
        noise of standard deviation `noise`. Then mean and variance of x after step t are, exactly,
        mean_t = (1 - lr_t lambda) mean_{t-1}
        variance_t = (1 - lr_t lambda)^2 variance_{t-1} + lr_t^2 noise^2
        and the expected loss is the sum of lambda (mean_t^2 + variance_t) / 2. Its first part is the
        distance that is left, its second part the noise. The floor of a learning rate is where the
        second part would end up with it: the sum of lr noise^2 / (2 (2 - lr lambda)).

    Args:
        schedule: "constant", "1/sqrt(t)", "inverse time" (k = 40/steps), "exponential" (down to 1 % one
            step after the run), "staircase" (a tenth after each third of the run), "polynomial" (power 2),
            "linear", "cosine", "one-cycle", or "drawn". With a warm-up, the rest of the run counts as `steps`.
        lr: the peak of the schedule, a number from 1e-30 to 1e30; the unit of the knots if it is drawn.
        warmup: the step that is the first with the full learning rate, from 0 (none) to steps. Nothing
            changes with it if the schedule is "one-cycle", which has its own, or "drawn".
        knots: what a drawn schedule is at evenly spaced steps from 1 to steps, in units of lr, 2 to 25
            numbers from 1e-30 to 1e30. Between two knots its logarithm goes in a straight line.
        steps: length of the run, from 2 to 20000.
        curvatures: the bowl's two lambda, numbers from 1e-30 to 1e30.
        noise: standard deviation of the noise in each coordinate of a gradient, finite and >= 0.
        start: where the run begins, two finite numbers.
        goal: the expected loss that the last step should be below, a number from 1e-100 to 1e100.
        view: "laboratory" for all of it, or "curve" for the expected loss alone.

    Returns:
        A Jupyter widget. All arguments are traits: set them, observe them, link them.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> explorer = ScheduleExplorer("linear", lr=0.4)
        >>> bool(explorer.losses[-1] < ScheduleExplorer(lr=explorer.best_constant).losses[-1])
        True

    Source:
        The schedules of adamlib; the floor is derived in chapter 6.
    """

    _esm = join("schedule.js")
    views = ("laboratory", "curve")
    _rooms = {"laboratory": (1057, 858), "curve": (391, 335)}

    schedule = Choice("constant", [*SCHEDULES, DRAWN]).tag(sync=True)
    lr = Number(0.1, _LEAST, _MOST).tag(sync=True)
    warmup = Count(0, least=0, most=20_000).tag(sync=True, most="steps")
    knots = Positive([1.0] * 11, most=25).tag(sync=True)
    steps = Count(4000, least=2, most=20_000).tag(sync=True)
    curvatures = Positive((0.01, 1.0)).tag(sync=True)
    noise = AtLeastZero(0.1).tag(sync=True)
    start = Point((2.0, 2.0)).tag(sync=True)
    goal = Number(2e-4, 1e-100, 1e100).tag(sync=True)
    _rates = None  # the settings that were last asked for, and their rates: thousands of calls of a schedule

    def __init__(self, schedule="constant", **settings):
        super().__init__(schedule=schedule, **settings)

    @property
    def _shown(self):
        return ("schedule", "lr", *{DRAWN: ["knots"], "one-cycle": []}.get(self.schedule, ["warmup"]), "steps")

    @property
    def _size(self):
        return figures.WIDTH, 6.4 if self.view == "laboratory" else 4.0

    @traitlets.validate("warmup")
    def _check_warmup(self, proposal):
        if proposal.value > self.steps:
            raise ValueError(f"warmup must be at most steps, {self.steps}, got {proposal.value}")
        return proposal.value

    @traitlets.observe("steps")
    def _shorten_warmup(self, change):
        self.warmup = min(self.warmup, self.steps)

    @property
    def learning_rate(self):
        """The schedule as a function of the step t = 1, 2, ..., which every optimizer takes as its lr."""
        if self.schedule == DRAWN:
            return self._drawn()
        if self.warmup < 2 or self.schedule in _WITHOUT_WARMUP:
            return SCHEDULES[self.schedule](self.lr, self.steps)
        return schedules.warmup(SCHEDULES[self.schedule](self.lr, self.steps - self.warmup + 1), self.warmup)

    def _drawn(self):
        knots, gaps = [self.lr * knot for knot in self.knots], len(self.knots) - 1
        last = self.steps - 1

        def drawn(t):
            place = min((check_step(t) - 1) * gaps / last, gaps)
            i = min(int(place), gaps - 1)
            share = place - i
            return knots[i] ** (1 - share) * knots[i + 1] ** share

        return drawn

    @property
    def rates(self):
        """The learning rate of every step; index t - 1 for step t."""
        asked = self.schedule, self.lr, self.warmup, tuple(self.knots), self.steps
        if self._rates is None or self._rates[0] != asked:
            lr = self.learning_rate
            self._rates = asked, np.array([lr(t) for t in range(1, self.steps + 1)])
        return self._rates[1].copy()

    @property
    def knot_steps(self):
        """Where the knots stand: places from 1 to steps, evenly spaced, and not always whole."""
        return np.linspace(1, self.steps, len(self.knots))

    @property
    def parts(self):
        """The two parts of the expected loss: distance, and noise."""
        return self._expect(self.rates)

    @property
    def losses(self):
        """The expected loss after every step; index t for step t, index 0 at the start. inf where it overflowed."""
        return self.parts.loss

    @property
    def diverged_at(self):
        """The first step after which the expected loss is larger than any number, or None."""
        return _first_infinite(self.losses)

    @property
    def limit(self):
        """The learning rate from which on descent does not settle if it stays there: 2 / lambda_max."""
        return 2 / max(self.curvatures)

    @property
    def floors(self):
        """The floor of each step's learning rate, index t - 1 for step t; inf from the limit on."""
        return self._floor(self.rates)

    @property
    def floor(self):
        """The floor of the last step's learning rate."""
        return float(self.floors[-1])

    @property
    def peak_floor(self):
        """The floor of the largest learning rate of the run."""
        return float(self._floor(self.rates.max()))

    @property
    def met(self):
        """Whether the expected loss after the last step is below the goal."""
        return bool(self.losses[-1] < self.goal)

    def readouts(self):
        """Give what the page reads out: each text by its label."""
        parts = self.parts
        final, met = parts.loss[-1], "met" if parts.loss[-1] < self.goal else "not met"
        if self.view == "curve":
            numbers = {"last loss": final, "distance": parts.distance[-1], "noise": parts.noise[-1]}
            return {label: brief(x, 4) for label, x in numbers.items()} | {"goal": met}
        numbers = {
            "expected loss at the last step": final,
            "of it distance": parts.distance[-1],
            "of it noise": parts.noise[-1],
            "floor at the last rate": self.floor,
            "floor at the peak rate": self.peak_floor,
        }
        goal = f"{met}: {'below' if final < self.goal else 'not below'} {brief(self.goal)}"
        return {label: brief(x, 4) for label, x in numbers.items()} | {"goal": goal}

    @property
    def best_constant(self):
        """The constant learning rate with the lowest last loss, of all limit 10^(-k/100) with k = 1 to 600."""
        lrs = self.limit * 10 ** (-np.arange(1, 601) / 100)
        with np.errstate(all="ignore"):
            left = (1 - np.multiply.outer(lrs, self.curvatures)) ** (2 * self.steps)
            distance = self.curvatures * np.square(self.start) / 2 * left
            noise = self._floors_apart(lrs) * (1 - left)
            losses = (distance + noise).sum(axis=-1)
        return float(lrs[np.argmin(np.where(np.isnan(losses), np.inf, losses))])

    @np.errstate(all="ignore")  # what overflows is inf, and told by diverged_at
    def _expect(self, rates):
        curvatures, pushes = np.array(self.curvatures), (rates * self.noise) ** 2
        kept = 1 - np.multiply.outer(rates, curvatures)
        means = np.cumprod(np.vstack([self.start, kept]), axis=0)
        variances = np.transpose([_add_up(shares, pushes) for shares in (kept**2).T])
        parts = np.stack([(curvatures * values / 2).sum(axis=-1) for values in (means**2, variances)])
        lost = np.flatnonzero(~np.isfinite(parts.sum(axis=0)))
        if len(lost):
            parts[:, lost[0] :] = np.inf  # there is no way back from there
        return Parts(*parts)

    def _floors_apart(self, rates):
        """Give the floor of each coordinate, inf where the learning rate is too large for it."""
        strides = np.multiply.outer(rates, self.curvatures)
        with np.errstate(all="ignore"):
            return np.where(strides < 2, rates[..., None] * (self.noise * self.noise) / (2 * (2 - strides)), np.inf)

    def _floor(self, rates):
        return self._floors_apart(np.asarray(rates)).sum(axis=-1)

    def draw(self, figure):
        """Draw the expected loss with the floor, and in the laboratory the schedule and the two parts of the loss."""
        if self.view == "curve":
            below = figure.subplots()
        else:
            above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 3))
            self._draw_rates(above)
        self._draw_losses(below)
        figure.legend(*below.get_legend_handles_labels(), loc="outside lower center", ncols=2)

    def _draw_rates(self, ax):
        rates = self.rates
        low, high = self._span()
        ax.axhline(self.limit, color=figures.ACCENT, linestyle=(0, (2, 2)), linewidth=1.2)
        ax.text(self.steps, self.limit * 1.15, f"limit {self.limit:.3g}", color=figures.ACCENT, ha="right", va="bottom")
        ax.plot(np.arange(1, self.steps + 1), rates, color=figures.DEBIASED)
        if self.schedule == DRAWN:
            knots = np.clip(np.array(self.knots) * self.lr, low, high)
            ax.plot(self.knot_steps, knots, "o", color=figures.ACCENT, markersize=7, clip_on=False)
        ax.set(yscale="log", xlim=(0, self.steps), ylim=(low, high), ylabel="learning rate")
        ax.minorticks_off()
        warm = f", warm-up {self.warmup}" if "warmup" in self._shown and self.warmup else ""
        ax.set_title(f"{self.schedule}{warm}: lr {self.lr:.3g}, at the last step {rates[-1]:.3g}")

    def _draw_losses(self, ax):
        parts, floors, best_constant = self.parts, self.floors, self.best_constant
        losses, when = parts.loss, np.arange(self.steps + 1)
        lost, met = _first_infinite(losses), "below" if losses[-1] < self.goal else "not below"
        high = 10 * _decade(max(min(losses[0], 1e100), self.goal), math.floor)
        low = _decade(min(self.goal / 10, high / 1e5), math.floor)

        def plot(values, label, color, linestyle, width):
            visible = np.where((values > low / 1e3) & (values < high * 1e3), values, np.nan)
            ax.plot(when[-len(values) :], visible, color=color, linestyle=linestyle, linewidth=width, label=label)

        best = self._expect(np.full(self.steps, best_constant)).loss
        plot(best, f"best of 600 constants, {best_constant:.3g}: {best[-1]:.3g}", figures.FAINT, "-", 1.4)
        plot(floors, f"floor of this rate: {floors[-1]:.3g}", figures.RAW, (0, (5, 2)), 1.6)
        if self.view == "laboratory":
            plot(parts.distance, f"distance: {parts.distance[-1]:.3g}", figures.INK, ":", 1.4)
            plot(parts.noise, f"noise: {parts.noise[-1]:.3g}", figures.INK, (0, (6, 2, 1, 2)), 1.1)
        plot(losses, f"expected loss: {losses[-1]:.3g}", figures.DEBIASED, "-", 2.4)
        ax.axhline(self.goal, color=figures.INK, linewidth=0.8)
        ax.set(yscale="log", ylim=(low, high), xlabel="step t", ylabel="loss")
        ax.minorticks_off()
        ends = f"not finite from step {lost} on" if lost is not None else f"{losses[-1]:.3g} at the last step"
        ax.set_title(f"expected loss: {ends}, {met} {self.goal:.3g}")

    def _span(self):
        """Give the ends of the axis of rates: whole decades, with the limit and the upper part of the schedule."""
        peak = self.rates.max()
        low, high = min(self.limit * 1e-4, peak * 1e-3), max(2 * self.limit, peak)
        return _decade(low, math.floor), _decade(high, math.ceil)


def _add_up(shares, pushes):
    """Return V_0 = 0, V_1, ... with V_t = share_t V_(t-1) + push_t.

    In plain floats, which take less time than arrays of two.
    """
    steps = zip(shares.tolist(), pushes.tolist())
    return list(itertools.accumulate(steps, lambda variance, step: step[0] * variance + step[1], initial=0.0))


def _first_infinite(losses):
    beyond = np.flatnonzero(np.isinf(losses))
    return int(beyond[0]) if len(beyond) else None


def _decade(value, rounded):
    return 10.0 ** rounded(math.log10(value))
