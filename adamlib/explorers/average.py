"""The explorer of chapter 1: an exponential average of a series, and the weights it gives."""

import numpy as np

from adamlib import figures
from adamlib.averaging import ema_series, ema_weights, half_life
from adamlib.datasets import seattle_temperatures
from adamlib.explorers.base import Beta, Count, Explorer, Series, Switch, Text, drawable, join, show


class AverageExplorer(Explorer):
    """An average to play with: move beta, drag a value, and see what the average makes of it.

    Formula:
        m_t = beta m_{t-1} + (1 - beta) x_t, divided by 1 - beta^t with bias correction.
        Half-life ln(1/2)/ln(beta), mean age beta/(1-beta), noise-equivalent window (1+beta)/(1-beta).

    Args:
        values: the series, 2 to 1000 finite numbers; the daily maximum temperatures of Seattle in
            2012 unless given.
        beta: decay rate in [0, 1).
        bias_correction: divide by 1 - beta^t, or show the average as it is.
        day: the value that is read out and can be moved, from 1 to 1000; beyond the last value it is the last.
        label: what the values are, for the axis.
        view: "laboratory" for all of it, or "curve" for the values and one average, with bias correction or without.

    Returns:
        A Jupyter widget. All arguments are traits: set them, observe them, link them.

    Raises:
        ValueError: a value is not finite, there are too few or too many, beta or day is out of range.
        TypeError: values are not numbers, or label is no text.

    Example:
        >>> explorer = AverageExplorer([20.0, 10.0, 30.0], beta=0.5, day=3)
        >>> explorer.average.round(4)
        array([20.    , 13.3333, 22.8571])

    Source:
        Kingma & Ba (2015), section 3; the three lengths are derived in chapter 1.
    """

    _esm = join("average.js")
    views = ("laboratory", "curve")
    _rooms = {"laboratory": (777, 616), "curve": (394, 346)}
    _shown = ("beta", "bias_correction", "day")

    values = Series().tag(sync=True)
    beta = Beta(0.9).tag(sync=True)
    bias_correction = Switch(True).tag(sync=True)
    day = Count(1, least=1, most=1000).tag(sync=True)
    label = Text("maximum (°C)").tag(sync=True)

    def __init__(self, values=None, **settings):
        super().__init__(values=seattle_temperatures().maximum if values is None else values, **settings)

    @property
    def average(self):
        """The average after each value, with or without bias correction."""
        return ema_series(self.values, self.beta, self.bias_correction)

    @property
    def half_life(self):
        """The steps after which a weight has halved."""
        return half_life(self.beta)

    @property
    def mean_age(self):
        """The average age of what the average holds, beta / (1 - beta)."""
        return self.beta / (1 - self.beta)

    @property
    def noise_window(self):
        """How many values a plain mean needs to be as calm: (1 + beta) / (1 - beta)."""
        return (1 + self.beta) / (1 - self.beta)

    @property
    def _size(self):
        return figures.WIDTH, 5.2 if self.view == "laboratory" else 3.4

    @property
    def _day(self):
        return min(self.day, len(self.values))

    def readouts(self):
        """Give what the page reads out: each text by its label."""
        day, average = self._day, self.average
        chosen = {
            "day": str(day),
            "value": show(self.values[day - 1], 4),
            "average": show(average[day - 1], 4),
        }
        if self.view == "curve":
            return chosen | {"average highest on day": str(_peak(average))}
        lengths = {
            "half-life": show(self.half_life, 4),
            "mean age": show(self.mean_age, 4),
            "noise-equivalent window": show(self.noise_window, 4),
        }
        total = 1.0 if self.bias_correction else ema_weights(self.beta, day).sum()
        return lengths | chosen | {"sum of weights": show(total, 4)}

    def draw(self, figure):
        """Draw the series with its average, and in the laboratory the weights of the chosen day below it."""
        if self.view == "laboratory":
            self._draw_laboratory(figure)
        else:
            self._draw_curve(figure)

    def _draw_curve(self, figure):
        ax, day, values, average = figure.subplots(), self._day, drawable(self.values), drawable(self.average)
        when = np.arange(1, len(self.values) + 1)
        look = {True: (figures.DEBIASED, "-"), False: (figures.RAW, (0, (5, 2)))}[self.bias_correction]
        ax.plot(when, values, ".", color=figures.FAINT)
        ax.plot(when, average, color=look[0], linestyle=look[1], linewidth=2.4)
        ax.plot(day, values[day - 1], "o", color=figures.ACCENT, markersize=8)
        way = "with" if self.bias_correction else "without"
        ax.set(xlabel="day t", ylabel=self.label, title=f"beta = {self.beta:g}, {way} bias correction")

    def _draw_laboratory(self, figure):
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        day, values = self._day, drawable(self.values)
        when = np.arange(1, len(self.values) + 1)
        lines = {True: ("debiased", figures.DEBIASED, "-"), False: ("raw", figures.RAW, (0, (5, 2)))}
        top.plot(when, values, ".", color=figures.FAINT, label="values")
        for corrected, (label, color, linestyle) in lines.items():
            width = 2.4 if corrected == self.bias_correction else 1.2
            average = drawable(ema_series(self.values, self.beta, corrected))
            top.plot(when, average, color=color, linestyle=linestyle, linewidth=width, label=label)
        top.plot(day, values[day - 1], "o", color=figures.ACCENT, markersize=8, label=f"day {day}")
        weights = ema_weights(self.beta, day)[::-1]
        if self.bias_correction:
            weights = weights / (1 - self.beta**day)
        bottom.bar(when[:day], weights, width=1, color=figures.DEBIASED)
        top.set(ylabel=self.label, title=f"beta = {self.beta:g}: half-life {self.half_life:.1f}, "
                f"mean age {self.mean_age:.1f}, window {self.noise_window:.1f}")  # fmt: skip
        bottom.set(xlabel="day t", ylabel="weight")
        bottom.set_axisbelow(True)
        figure.legend(loc="outside lower center", ncols=4)


def _peak(average):
    """Give the day on which the average is highest, the first if it is so on several but for the last digits."""
    last_digits = 1e-12 * abs(average).max()
    return int(np.argmax(average >= average.max() - last_digits)) + 1
