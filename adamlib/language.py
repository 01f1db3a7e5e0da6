"""Chapter 8: a text as pairs of words, the smallest model of the next word, and a knob for how uneven the words are."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from adamlib.checks import (
    check_above_zero,
    check_at_least_zero,
    check_count,
    check_kind,
    check_named,
    check_parameters,
    check_seeds,
    check_values,
    is_row,
    shown,
)


class Pairs(NamedTuple):
    """The commonest words of a text, commonest first, and counts[i, j]: how often word j follows word i."""

    words: tuple
    counts: np.ndarray

    @property
    def shares(self):
        """The counts as shares of all pairs, which sum to 1."""
        return self.counts / self.counts.sum()

    def number(self, word):
        """Return the place of a word, from 0; ValueError if it is none of the words."""
        if word not in self.words:
            raise ValueError(f"word must be one of the {len(self.words)} commonest, and {word!r} is not")
        return self.words.index(word)


def split_words(text):
    """List the words of an English text in small letters, and its marks . , ; : ! ? as words of their own.

    Formula:
        a word is a run of the letters a to z, with one apostrophe in it at most: don't

    Args:
        text: a string.

    Returns:
        A list of strings. Everything else is left out and parts words, letters with accents too: café gives caf.

    Raises:
        ValueError: there is no word in the text.
        TypeError: text is no string.

    Example:
        >>> split_words("'Off with her head!'")
        ['off', 'with', 'her', 'head', '!']

    Source:
        Before a text is learned it is cut into tokens; large language models cut words into parts (Sennrich, Haddow &
        Birch, 2016).
    """
    found = re.findall(r"[a-z]+(?:'[a-z]+)?|[.,;:!?]", check_kind(text, "text", str).lower())
    if not found:
        raise ValueError(f"text must hold at least one word, got {text[:40]!r}")
    return found


def count_pairs(words, most):
    """Count how often each of the commonest words follows each of them.

    Formula:
        counts[i, j] = number of places with word i, and word j right behind it

    Args:
        words: the text as a list, as from `split_words`; most: how many of the commonest to keep, a whole number >= 1.

    Returns:
        Pairs(words, counts), counts in float64 of shape (V, V), with V = most or all there are. Words that are equally
        common stand in the order of the alphabet. Pairs with another word are not counted.

    Raises:
        ValueError: most is out of range, or no two of the words kept are neighbours.
        TypeError: words is no list of strings.

    Example:
        >>> pairs = count_pairs(split_words("the cat, the hat, the cat."), most=3)
        >>> pairs.words, pairs.counts.tolist()
        (('the', ',', 'cat'), [[0.0, 0.0, 2.0], [2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])

    Source:
        A bigram model: Shannon (1948), section 3.
    """
    most = check_count(most, "most", least=1)
    if not is_row(words) or not all(isinstance(word, str) for word in words):
        raise TypeError(f"words must be a list of words, as split_words gives it, got {shown(words)}")
    names, counts = np.unique(np.array(words, str), return_counts=True)
    kept = names[np.lexsort((names, -counts))[:most]]
    number = {word: place for place, word in enumerate(kept.tolist())}
    places = np.array([number.get(word, -1) for word in words], int)
    first, second = places[:-1], places[1:]
    both = (first >= 0) & (second >= 0)
    if not both.any():
        raise ValueError(f"words must hold two neighbours among the {most} commonest, got {len(words)} words")
    table = np.zeros((len(kept), len(kept)))
    np.add.at(table, (first[both], second[both]), 1)
    return Pairs(tuple(number), table)


def loss_and_gradient(W, shares):
    """Give the mean cross-entropy of the table model over pairs, and its gradient.

    Formula:
        q(j | i) = exp W_ij / sum_k exp W_ik
        loss = -sum_ij P_ij log q(j | i);  gradient_ij = p_i q(j | i) - P_ij  with p_i = sum_j P_ij

    Args:
        W: row i holds the logits of the word behind word i, shape (..., V, V); shares: P, the share of each pair,
            shape (V, V) or like W, each table >= 0 with the sum 1.

    Returns:
        (loss of shape (...), gradient like W): the gradient's row i is p_i times that of a softmax for word i alone.

    Raises:
        ValueError: the shares are negative or do not sum to 1, or have another shape than W.
        TypeError: W or shares holds something other than real numbers.

    Example:
        >>> loss, gradient = loss_and_gradient(np.zeros((2, 2)), np.array([[0.0, 0.75], [0.25, 0.0]]))
        >>> round(float(loss), 6), gradient.tolist()
        (0.693147, [[0.375, -0.375], [-0.125, 0.125]])

    Source:
        Softmax regression on one-hot inputs; the linear model of Kunstner et al. (2024) is of this kind.
    """
    return _loss_and_gradient(*_check_fits(W, shares))


def _loss_and_gradient(W, shares):
    shifted = W - W.max(axis=-1, keepdims=True)  # the same softmax, and exp cannot overflow
    powers = np.exp(shifted)
    total = powers.sum(axis=-1, keepdims=True)
    of_first = shares.sum(axis=-1, keepdims=True)
    loss = (of_first * np.log(total)).sum(axis=(-2, -1)) - (shares * shifted).sum(axis=(-2, -1))
    powers *= of_first / total
    powers -= shares
    return loss, powers


def least_loss(shares):
    """Give the least loss of the table model, which needs no training: it is found by counting.

    Formula:
        -sum_ij P_ij log(P_ij / p_i), the conditional entropy of the second word given the first

    Args:
        shares: the share of each pair, >= 0 with the sum 1, shape (V, V).

    Returns:
        A float, in nats: 0 if each word has one successor, log V if all are equally frequent behind each.

    Raises:
        ValueError: the shares are not one table, negative, or do not sum to 1.
        TypeError: shares holds something other than real numbers.

    Example:
        >>> round(least_loss(np.full((4, 4), 1 / 16)), 6)  # log 4
        1.386294

    Source:
        Shannon (1948), section 7.
    """
    shares = _check_table(shares)
    return float((shares * surprise(shares)).sum())


def surprise(shares):
    """Give what each pair costs the best table.

    Formula:
        -log(P_ij / p_i), and 0 where there is no such pair

    Args:
        shares: the share of each pair, >= 0 with the sum 1, shape (..., V, V).

    Returns:
        Numbers in nats, in float64 and the shape of shares.

    Raises:
        ValueError: the shares are negative or do not sum to 1.
        TypeError: shares holds something other than real numbers.

    Example:
        >>> surprise(np.array([[0.0, 0.75], [0.125, 0.125]])).round(3).tolist()
        [[0.0, 0.0], [0.693, 0.693]]

    Source:
        Shannon (1948), section 7: its mean over the pairs is `least_loss`.
    """
    shares = np.asarray(_check_shares(shares), np.float64)
    of_first = shares.sum(axis=-1, keepdims=True)
    return -np.log(np.where(shares > 0, shares / np.where(of_first > 0, of_first, 1), 1)) + 0.0


def tempered(shares, alpha, rounds=200):
    """Reweight the pairs so that the words are less uneven: the knob from the text (1) to equal words (0).

    Formula:
        P <- P times a factor for each row and one for each column, until the rows sum to p_i^alpha / sum_k p_k^alpha,
        and the columns to their own shares likewise: rows and columns by turns, the rows last.

    Args:
        shares: the share of each pair, >= 0 with the sum 1, shape (V, V); alpha: a number in [0, 1]; rounds: a whole
            number >= 1.

    Returns:
        New shares, with zeros where there were zeros. The rows are right to rounding, the columns as far as the rounds
        brought them.

    Raises:
        ValueError: the shares are not one table, negative, or do not sum to 1, or alpha or rounds is out of range.
        TypeError: shares holds something other than real numbers.

    Example:
        >>> tempered(np.array([[0.4, 0.4], [0.1, 0.1]]), alpha=0).round(3).tolist()
        [[0.25, 0.25], [0.25, 0.25]]

    Source:
        Iterative proportional fitting: Deming & Stephan (1940).
    """
    shares, rounds = _check_table(shares), check_count(rounds, "rounds", least=1)
    alpha = check_at_least_zero(alpha, "alpha")
    if alpha > 1:
        raise ValueError(f"alpha must be a number in [0, 1], got {alpha!r}")
    P = np.asarray(shares, np.float64)
    wanted = [np.where(share > 0, share, 1) ** alpha * (share > 0) for share in (P.sum(axis=0), P.sum(axis=1))]
    columns, rows = (share / share.sum() for share in wanted)
    for _ in range(rounds):
        P = P * _ratio(columns, P.sum(axis=0))
        P = P * _ratio(rows, P.sum(axis=1))[:, None]
    return P


def _ratio(wanted, there):
    return np.where(there > 0, wanted / np.where(there > 0, there, 1), 0)


def tenths(shares):
    """Sort the first words into tenths of the text, the commonest words first.

    Formula:
        the words by falling share; a word is in tenth floor(10 c), c being the share of all before it and half its own

    Args:
        shares: the share of each pair, >= 0 with the sum 1, shape (V, V).

    Returns:
        A whole number from 0 to 9 for each word. A tenth may be empty, if a word fills more than it.

    Raises:
        ValueError: the shares are not one table, negative, or do not sum to 1.
        TypeError: shares holds something other than real numbers.

    Example:
        >>> tenths(np.diag([0.05, 0.35, 0.6])).tolist()
        [9, 7, 3]

    Source:
        Kunstner et al. (2024) group the classes so, each group with a tenth of the samples.
    """
    of_first = _check_table(shares).sum(axis=1)
    order = np.argsort(-of_first, kind="stable")
    middle = np.cumsum(of_first[order]) - of_first[order] / 2
    tenth = np.empty(len(order), int)
    tenth[order] = np.minimum(10 * middle / of_first.sum(), 9)
    return tenth


def excess_by_tenth(W, shares):
    """Give how far the loss is above the least, for the pairs in each tenth of the text.

    Formula:
        sum of P_ij (log(P_ij / p_i) - log q(j | i)) over the pairs whose first word is in the tenth, over their shares

    Args:
        W: the table, shape (V, V); shares: the share of each pair, >= 0 with the sum 1, shape (V, V).

    Returns:
        Ten numbers in nats, those of the commonest first words first; NaN for a tenth without words.

    Raises:
        ValueError: the shares are negative or do not sum to 1, or they or W are not one table.
        TypeError: W or shares holds something other than real numbers.

    Example:
        >>> excess_by_tenth(np.zeros((10, 10)), np.eye(10) / 10).round(3).tolist() == [2.303] * 10
        True

    Source:
        The loss of frequent and of rare words apart: Kunstner et al. (2024), figure 1.
    """
    W, shares = _check_fits(W, shares)
    if W.ndim != 2 or shares.ndim != 2:
        raise ValueError(f"W and shares must be one table each, got the shapes {W.shape} and {shares.shape}")
    W = W.astype(np.float64)
    tenth = tenths(shares)
    shifted = W - W.max(axis=1, keepdims=True)
    cost = np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted - surprise(shares)
    above, share = (np.bincount(tenth, rows.sum(axis=1), 10) for rows in (shares * cost, shares))
    return np.where(share > 0, above / np.where(share > 0, share, 1), np.nan)


@dataclass(frozen=True, eq=False)
class NextWord:
    """The task of this chapter, for `train` and `sweep`: the table model on all pairs, or on some drawn by a seed.

    Formula:
        Step t draws `batch` pairs with replacement, each with its share, and takes the gradient of their mean loss.
        With clip the gradient g becomes g min(1, clip / |g|), |g| the root of the sum of its squares.
        excess = (loss - least) / (log V - least): 1 before the first step, 0 at the best; 0/0, up to rounding, where
        the least is log V, and a table of zeros is the best.

    Args:
        shares: the share of each pair, >= 0 with the sum 1, shape (V, V); batch: pairs for a step, a whole number >= 1,
            or None for all of them; clip: the longest gradient, a finite number > 0, or None.

    Returns:
        `start(seeds)` gives {"W": zeros in float32}; `gradient(parameters, t, seeds)` gives (loss, {"W": gradient}) of
        step t = 1, 2, ...; `scores(parameters)` gives {"excess": on all pairs}. Several seeds put an axis in front, as
        in `Task`.

    Raises:
        ValueError: the shares are not one table, negative, or do not sum to 1; batch, clip, t or seeds is out of range;
            or W has another shape, or with a batch does not fit the seeds.
        TypeError: shares holds something other than real numbers, or parameters are no dict with W, an array of floats.

    Example:
        >>> from adamlib.adam import Adam
        >>> from adamlib.network import train
        >>> task = NextWord(count_pairs(split_words("off with her head, off with her head,"), most=5).shares)
        >>> bool(task.scores(train(task, Adam(lr=1.0), steps=20).parameters)["excess"] < 0.001)
        True

    Source:
        `tools/sweep_language.py` compares optimizers on it.
    """

    shares: np.ndarray
    batch: int | None = None
    clip: float | None = None

    def __post_init__(self):
        object.__setattr__(self, "shares", _check_table(self.shares))
        if self.batch is not None:
            object.__setattr__(self, "batch", check_count(self.batch, "batch", least=1))
        if self.clip is not None:
            object.__setattr__(self, "clip", check_above_zero(self.clip, "clip"))

    def start(self, seeds):
        """Return a table of zeros for each seed: all words are equally likely."""
        seeds = check_seeds(seeds)
        runs = () if isinstance(seeds, int) else (len(seeds),)
        return {"W": np.zeros((*runs, *self.shares.shape), np.float32)}

    def gradient(self, parameters, t, seeds):
        """Return (loss, gradients) on the pairs of step t."""
        W, t, seeds = self._table(parameters), check_count(t, "t", least=1), check_seeds(seeds)
        loss, gradient = _loss_and_gradient(W, self._single if self.batch is None else self._drawn(t, seeds))
        if self.clip is not None:
            norm = np.sqrt((gradient**2).sum(axis=(-2, -1), keepdims=True))
            gradient *= self.clip / np.maximum(norm, self.clip)
        return loss, {"W": gradient}

    def scores(self, parameters):
        """Return how much of the excess loss is left."""
        loss, _ = _loss_and_gradient(self._table(parameters).astype(np.float64), self.shares)
        return {"excess": (loss - self._least) / (np.log(len(self.shares)) - self._least)}

    def _table(self, parameters):
        """Return the table; TypeError unless it is an array of floats, ValueError unless it has the shape of shares."""
        W = check_parameters(check_named(parameters, "parameters").get("W"), "W of the parameters")
        return _check_like(W, self.shares)

    @cached_property
    def _single(self):
        return np.asarray(self.shares, np.float32)

    @cached_property
    def _least(self):
        return least_loss(self.shares)

    @cached_property
    def _up_to(self):
        up_to = np.cumsum(self.shares)
        return up_to / up_to[-1]

    def _drawn(self, t, seeds):
        """Draw the pairs of a step, as shares of the batch."""
        if np.ndim(seeds):
            return np.stack([self._drawn(t, seed) for seed in seeds])
        pairs = np.searchsorted(self._up_to, np.random.default_rng([seeds, t]).random(self.batch), side="right")
        places, counts = np.unique(pairs, return_counts=True)  # a batch meets few of the pairs
        drawn = np.zeros(self.shares.size, np.float32)
        drawn[places] = counts.astype(np.float32) / np.float32(self.batch)
        return drawn.reshape(self.shares.shape)


def _check_fits(W, shares):
    W, shares = np.asarray(check_values(W, "W")), _check_shares(shares)
    return _check_like(W, shares), shares


def _check_like(W, shares):
    if W.shape[-shares.ndim :] != shares.shape:
        raise ValueError(f"shares must have the shape of W, {W.shape[-shares.ndim :]}, got {shares.shape}")
    return W


def _check_shares(shares):
    """Return the shares as an array; ValueError unless they are a square table, >= 0, with the sum 1."""
    shares = np.asarray(check_values(shares, "shares"))
    if shares.ndim < 2 or shares.shape[-1] != shares.shape[-2]:
        raise ValueError(f"shares must be a square table, got the shape {shares.shape}")
    if not (shares >= 0).all():
        raise ValueError(f"shares must be numbers >= 0, got {shares[~(shares >= 0)][0]}")
    total = shares.sum(axis=(-2, -1), dtype=np.float64)
    if not np.allclose(total, 1, rtol=0, atol=1e-5):
        raise ValueError(f"shares must sum to 1, got the sum {np.ravel(total)[0]:g}")
    return shares


def _check_table(shares):
    """Return the shares as `_check_shares` does; ValueError unless they are one table alone."""
    shares = _check_shares(shares)
    if shares.ndim != 2:
        raise ValueError(f"shares must be one table, got the shape {shares.shape}")
    return shares
