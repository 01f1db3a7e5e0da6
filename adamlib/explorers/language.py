"""The explorer of chapter 8: which words a method has learned after some steps, by how common they are."""

import functools
import math

import numpy as np
import traitlets

from adamlib import figures
from adamlib.adam import Adam
from adamlib.datasets import alice
from adamlib.descent import GradientDescent
from adamlib.explorers.base import AtLeastZero, Choice, Count, Explorer, Number, join, show
from adamlib.language import count_pairs, split_words, surprise, tempered, tenths
from adamlib.momentum import Momentum

WORDS, STEPS, ROUNDS = 100, 60, 50  # js/language.js has the same
BETA, BETA2 = 0.9, 0.99
METHODS = {
    "Gradient descent": GradientDescent,
    "Momentum": functools.partial(Momentum, beta=BETA),
    "Adam": functools.partial(Adam, beta1=BETA, beta2=BETA2),
}


@functools.cache
def _pairs():
    return count_pairs(split_words(alice()), WORDS)


@functools.lru_cache(maxsize=32)
def _shares(alpha):
    """Give the shares of the pairs, and the tenth of each word by the shares that its row was to have."""
    P = tempered(_pairs().shares, alpha, ROUNDS)
    counts = _pairs().counts.sum(axis=1)
    rows = np.where(counts > 0, np.maximum(counts, 1) ** alpha, 0)
    return P, tenths(np.diag(rows / rows.sum()))


@functools.lru_cache(maxsize=32)
def _excess(method, lr, alpha):
    """Give the excess of each tenth in nats, index t for step t = 0, 1, ..., and what each tenth is of the text."""
    P, tenth = _shares(alpha)
    optimizer, W = METHODS[method](lr), np.zeros(P.shape)
    state, of_first, least = optimizer.init(W), P.sum(axis=1, keepdims=True), surprise(P)
    found = np.empty((STEPS + 1, 10))
    of_text = np.bincount(tenth, of_first[:, 0], 10)
    with np.errstate(all="ignore"):  # what overflows is told
        for t in range(STEPS + 1):
            shifted = W - W.max(axis=1, keepdims=True)
            total = np.exp(shifted).sum(axis=1, keepdims=True)
            above = np.where(P > 0, P * (np.log(total) - shifted - least), 0).sum(axis=1)
            found[t] = np.bincount(tenth, above, 10) / of_text
            step, state = optimizer.update(of_first * np.exp(shifted) / total - P, state)
            W = W + step
    return found, of_text


def _short(x):
    """Write a number above a bar as the page does, in three signs at most."""
    if math.isnan(x):
        return "NaN"
    if x >= 99.5:
        return ">99"
    return f"{x:.2f}"[-3:] if x < 0.995 else f"{x:.{1 if x < 9.95 else 0}f}"


class LanguageExplorer(Explorer):
    """Ten tenths of a text, the commonest words first: choose a method and its rate, and see what it has learned.

    Formula:
        The table model of `adamlib.language` on the 100 commonest words of Alice's Adventures in Wonderland, all pairs
        in every step, from zeros. The bars are `excess_by_tenth`.
        Descent on the row of word i is stable at its best table if lr < 2 / (p_i s_i), with s_i the largest eigenvalue
        of diag(q) - q q^T, q the shares of what follows it; averaged momentum allows (1 + beta) / (1 - beta) of that.

    Args:
        method: "Gradient descent", "Momentum" (beta 0.9) or "Adam" (0.9, 0.99).
        lr: the learning rate, constant, a finite number >= 0.
        alpha: how uneven the words are, from 1, the text, to 0, where all first words are equally frequent.
        step: the step that is shown, 0 to 60.

    Returns:
        A Jupyter widget. All arguments are traits: set them, observe them, link them. Its views are "laboratory" and
        "tenths", which has the bars alone.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> LanguageExplorer("Momentum", lr=512).excess.round(2)
        array([0.05, 0.03, 0.06, 0.09, 0.11, 0.13, 0.17, 0.26, 0.3 , 0.49])

    Source:
        The loss of frequent and of rare words apart: Kunstner et al. (2024).
    """

    _esm = join("language.js")
    _size = (figures.WIDTH, 5.4)
    _shown = ("method", "lr", "alpha", "step")
    views = ("laboratory", "tenths")
    _rooms = {"laboratory": (906, 648), "tenths": (404, 346)}

    method = Choice("Momentum", METHODS).tag(sync=True)
    lr = AtLeastZero(512.0).tag(sync=True)
    alpha = Number(1.0, least=0, most=1).tag(sync=True)
    step = Count(30, least=0, most=STEPS).tag(sync=True)
    _counts = traitlets.List(read_only=True).tag(sync=True)

    def __init__(self, method="Momentum", **settings):
        super().__init__(method=method, **settings)
        counts = _pairs().counts
        self.set_trait("_counts", [[int(x) for j in np.flatnonzero(row) for x in (j, row[j])] for row in counts])

    @property
    def excess(self):
        """The excess loss of each tenth at the shown step, in nats; NaN where a tenth has no words."""
        return self._found[0][self.step].copy()

    @property
    def _found(self):
        return _excess(self.method, self.lr, self.alpha)

    def _left(self):
        """The share of the excess that is left after each step."""
        found, of_text = self._found
        with np.errstate(all="ignore"):
            whole = np.where(of_text > 0, found * of_text, 0).sum(axis=1)
            return whole / whole[0]

    @property
    def limit(self):
        """The learning rate from which on the comma, the commonest word, is unstable at its best; NaN for Adam."""
        if self.method == "Adam":
            return np.nan
        row = _shares(self.alpha)[0][0]
        q = row / row.sum()
        sharpness = row.sum() * np.linalg.eigvalsh(np.diag(q) - np.outer(q, q))[-1]
        return 2 / sharpness * ((1 + BETA) / (1 - BETA) if self.method == "Momentum" else 1)

    def readouts(self):
        """Give what the page reads out: each text by its label."""
        excess, begin = self.excess, self._found[0][0]
        blown = ", blown up" if excess[0] > begin[0] else ""
        texts = {
            "excess left": show(float(self._left()[self.step]), 3),
            "commonest tenth": show(float(excess[0]), 3) + blown,
        }
        if self.view == "tenths":
            return texts
        limit = "no fixed one" if self.method == "Adam" else f"lr {show(float(self.limit), 4)}"
        return texts | {"rarest tenth": show(float(excess[9]), 3), "the comma's limit": limit}

    def draw(self, figure):
        """Draw the bars, and in the laboratory the curve below them."""
        if self.view == "tenths":
            self._draw_bars(figure.subplots())
            return
        above, below = figure.subplots(2, 1)
        self._draw_bars(above)
        style = {name: look for name, look in figures.style(self.method).items() if name != "marker"}
        below.plot(np.clip(np.nan_to_num(self._left(), nan=2), 0, 2), **style)
        below.axvline(self.step, color=figures.ACCENT, linewidth=1)
        below.set(xlabel="step t", ylabel="excess left", ylim=(0, 1.05))

    def _draw_bars(self, ax):
        excess, begin = self.excess, self._found[0][0]
        heights = np.clip(np.nan_to_num(excess, nan=0), 0, 3)
        ax.bar(range(10), heights, color=figures.style(self.method)["color"], width=0.7)
        ax.hlines(begin, np.arange(10) - 0.35, np.arange(10) + 0.35, color=figures.ACCENT, linestyle=(0, (2, 2)))
        words = np.bincount(_shares(self.alpha)[1], minlength=10)
        for place, (height, x) in enumerate(zip(heights, excess)):
            ax.text(place, min(height, 2.85) + 0.04, _short(x) if words[place] else "", ha="center", fontsize=9)
        ax.set_xticks(range(10), words)
        ax.set_axisbelow(True)
        ax.set(xlabel="words in each tenth of the text, commonest left", ylabel="excess loss, nats", ylim=(0, 3.2))
        ax.set_title(f"{self.method}, lr {self.lr:g}, alpha {self.alpha:g}, after {self.step} steps")
