"""The explorer of chapter 13: where Adam ends on a line that changes with the day, over beta1 and beta2."""

import math

import numpy as np

from adamlib import figures
from adamlib.adam import Adam
from adamlib.amsgrad import AMSGrad, average_regret, averages, walk_between
from adamlib.explorers.base import Beta, Explorer, Number, Switch, join, show

PERIOD, STEPS, SHORT, LR = 3, 2000, 120, 0.5  # js/convergence.js has the same
GRID = [k / 10 for k in range(10)]  # betas of the map


def slopes(large, steps):
    """Give the slopes of Reddi, Kale & Kumar's first example: large at t = 1, 4, 7, ..., and -1 at all others."""
    return np.where(np.arange(steps) % PERIOD == 0, float(large), -1.0)


class ConvergenceExplorer(Explorer):
    """A map of beta1 and beta2 to point at: which way one period carries Adam, and the walk of the pair chosen.

    Formula:
        x_t = x_{t-1} - 0.5/sqrt(t) ratio_t, kept in [-1, 1]; ratio_t = m_hat_t / sqrt(v_hat_t) of Adam or AMSGrad with
        the slopes C, -1, -1, C, -1, -1, ... The map shows the sign of minus the sum of a period's three ratios after
        120 steps.

    Args:
        beta1, beta2: decay rates in [0, 1), of the walk of 2000 steps from 0.
        large: the slope C of every third step, from 2.1 to 1000.
        amsgrad: whether the divisor is the root of the largest v so far.

    Returns:
        A Jupyter widget. All arguments are traits: set them, observe them, link them. Its views are "laboratory" and
        "walk", which has the walk alone, with beta2.

    Raises:
        ValueError: a decay rate or the slope is out of range.

    Example:
        >>> explorer = ConvergenceExplorer(beta1=0.0, beta2=0.059)
        >>> float(explorer.points[-1].round(2)), round(explorer.carried, 2)
        (1.0, 0.69)

    Source:
        Reddi, Kale & Kumar (2018), section 3; the map is after Zhang et al. (2022).
    """

    _esm = join("convergence.js")
    views = ("laboratory", "walk")
    _rooms = {"laboratory": (984, 520), "walk": (363, 291)}
    _size = (figures.WIDTH, 3.6)
    _shown = ("beta1", "beta2", "large", "amsgrad")

    beta1 = Beta(0.0).tag(sync=True)
    beta2 = Beta(0.059).tag(sync=True)
    large = Number(4.0, least=2.1, most=1000).tag(sync=True)
    amsgrad = Switch(False).tag(sync=True)

    def _optimizer(self, lr):
        return (AMSGrad if self.amsgrad else Adam)(lr, self.beta1, self.beta2, eps=0.0)

    @property
    def points(self):
        """The walk from 0: 2001 points."""
        return walk_between(self._optimizer(lambda t: LR / math.sqrt(t)), slopes(self.large, STEPS))

    def _carried(self, beta1, beta2, steps):
        """Sum the last period's steps, in learning rates."""
        t, g = np.arange(1, steps + 1), slopes(self.large, steps)
        v = averages(g**2, beta2)
        v = np.maximum.accumulate(v) if self.amsgrad else v
        ratios = averages(g, beta1) / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t))
        return -float(ratios[-PERIOD:].sum())  # any three steps in a row have one of each slope

    @property
    def carried(self):
        """How far the last three steps would carry the walk, in learning rates, were there no ends."""
        return self._carried(self.beta1, self.beta2, STEPS)

    def goes_up(self):
        """Say for each pair of the map whether a period carries the walk up, rows by beta2 and columns by beta1."""
        return np.array([[self._carried(beta1, beta2, SHORT) > 0 for beta1 in GRID] for beta2 in GRID])

    def readouts(self):
        """Give what the page reads out: each text by its label."""
        points = self.points
        texts = {
            "end of the walk": show(points[-1], 3),
            "three steps carry it by": f"{show(self.carried, 3)} lr",
            "so it heads for": "+1, the worst point" if self.carried > 0 else "−1, the best point",
        }
        if self.view == "walk":
            return texts
        return texts | {"average regret": show(average_regret(points, slopes(self.large, STEPS)), 3)}

    def draw(self, figure):
        """Draw the map with the pair chosen and its walk, or the walk alone."""
        if self.view == "walk":
            self._draw_walk(figure.subplots())
            return
        left, right = figure.subplots(1, 2)
        up = self.goes_up()
        beta1, beta2 = np.meshgrid(GRID, GRID)
        colors = [figures.style("RMSProp")["color"], figures.style("Adam")["color"]]
        for where, mark, color, label in zip((up, ~up), "^v", colors, ("to +1, the worst", "to −1, the best")):
            left.plot(beta1[where], beta2[where], mark, color=color, markersize=6, label=label)
        left.plot(
            self.beta1, self.beta2, "o", color=figures.ACCENT, markersize=10, fillstyle="none", markeredgewidth=2.5
        )
        left.set(xlabel="beta1", ylabel="beta2", xlim=(-0.06, 1), ylim=(-0.06, 1.02))
        self._draw_walk(right)
        figure.legend(loc="outside upper left", ncols=2)

    def _draw_walk(self, ax):
        ax.plot(self.points, color=figures.ACCENT)
        ax.set(xlabel="step t", ylabel="x", ylim=(-1.08, 1.08))
        betas = f", beta1 = {self.beta1:g}, beta2 = {self.beta2:g}" if self.view == "walk" else ""
        ax.set_title(f"{'AMSGrad' if self.amsgrad else 'Adam'}, C = {self.large:g}{betas}", fontsize=11)
