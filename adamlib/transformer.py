"""Chapter 8: one block of a transformer as a task, small enough to train in a second."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from adamlib.checks import check_above_zero, check_count, check_named, check_parameters, check_seeds, is_row, shown


@dataclass(frozen=True, eq=False)
class OneBlock:
    """A transformer of one block and one head, trained on all windows of a text in each step.

    Formula:
        The text is cut into windows of `context` words, each with a word behind it; the rest is not read. In a window,
        with N(x) = x / sqrt(mean of x^2 + 1e-6):
        h = embedding[word] + place[t];  q, k, a = N(h) Q, N(h) K, N(h) A;  h += softmax(q k^T / sqrt(width)) a O
        h += max(0, N(h) F) G;  logits = N(h) U;  loss = mean of -log softmax(logits)[next word]
        A word sees itself and those before it. With clip the gradient g becomes g min(1, clip / |g|), |g| over all
        arrays; then that of the embedding is multiplied by embedding_rate. For descent and for momentum that is as
        many times the learning rate, for the embedding alone.

    Args:
        words: the text, a list of strings, longer than context; context, width: whole numbers >= 1; clip: the longest
            gradient, a finite number > 0, or None; embedding_rate: a finite number > 0.

    Returns:
        `start(seeds)` gives the arrays in float32: normal, U zero, so that all words are equally likely;
        `gradient(parameters, t, seeds)` gives (loss, a dict like parameters); `scores(parameters)` gives {"loss": ...}.
        Several seeds put an axis in front, as in `Task`.

    Raises:
        ValueError: there are too few words, or one of the numbers is out of range.
        TypeError: words is no list of strings, or parameters are no dict of arrays.

    Example:
        >>> from adamlib.adam import Adam
        >>> from adamlib.network import train
        >>> task = OneBlock("off with her head , off with her head ,".split(), context=3, width=4)
        >>> losses = train(task, Adam(lr=0.1), steps=40).losses
        >>> round(float(losses[0]), 3), bool(losses[-1] < 0.1)  # log 5
        (1.609, True)

    Source:
        Vaswani et al. (2017), the decoder without dropout; the norm of Zhang & Sennrich (2019), here without its gain
        and before each part.
    """

    words: Sequence[str]
    context: int = 16
    width: int = 16
    clip: float | None = None
    embedding_rate: float = 1.0

    def __post_init__(self):
        context, width = (check_count(getattr(self, name), name, least=1) for name in ("context", "width"))
        if not is_row(self.words) or not all(isinstance(word, str) for word in self.words):
            raise TypeError(f"words must be a list of words, as split_words gives it, got {shown(self.words)}")
        if len(self.words) <= context:
            raise ValueError(f"words must be more than context, {context}, got {len(self.words)}")
        clip = None if self.clip is None else check_above_zero(self.clip, "clip")
        rate = check_above_zero(self.embedding_rate, "embedding_rate")
        own = {"words": tuple(self.words), "context": context, "width": width, "clip": clip, "embedding_rate": rate}
        for name, value in own.items():
            object.__setattr__(self, name, value)

    @cached_property
    def _text(self):
        """Return (how many different words, the words in windows as one row of numbers, the word behind each)."""
        names, numbers = np.unique(np.array(self.words), return_inverse=True)
        whole = (len(numbers) - 1) // self.context * self.context
        return len(names), numbers[:whole], numbers[1 : whole + 1]

    def start(self, seeds):
        """Return the arrays that each seed draws."""
        seeds = check_seeds(seeds)
        if not isinstance(seeds, int):
            drawn = [self.start(seed) for seed in seeds]
            return {name: np.stack([one[name] for one in drawn]) for name in drawn[0]}
        random, d, n = np.random.default_rng(seeds), self.width, self._text[0]
        arrays = {"embedding": random.normal(size=(n, d)), "place": random.normal(0, 0.3, (self.context, d))}
        arrays |= {name: random.normal(0, d**-0.5, (d, d)) for name in "QKAO"}
        arrays |= {"F": random.normal(0, d**-0.5, (d, 4 * d)), "G": random.normal(0, (4 * d) ** -0.5, (4 * d, d))}
        arrays["U"] = np.zeros((d, n))
        return {name: x.astype(np.float32) for name, x in arrays.items()}

    def gradient(self, parameters, t, seeds):
        """Return (loss, gradients) on all windows, which are the same at every step t and for all seeds."""
        check_count(t, "t", least=1)
        check_seeds(seeds)
        p = self._checked(parameters)
        loss, gradients = self._backward(p, *self._forward(p))
        if self.clip is not None:
            squares = sum((g**2).sum(axis=(-2, -1)) for g in gradients.values())
            factor = (self.clip / np.maximum(np.sqrt(squares), self.clip))[..., None, None]
            gradients = {name: g * factor for name, g in gradients.items()}
        return loss, gradients | {"embedding": gradients["embedding"] * np.float32(self.embedding_rate)}

    def scores(self, parameters):
        """Return the loss on all windows."""
        p = self._checked(parameters)
        return {"loss": self._loss(self._forward(p)[-1][0] @ p["U"])[0]}

    def _checked(self, parameters):
        """Return the parameters as arrays; TypeError unless they are such, ValueError unless they have their shapes."""
        parameters, checked = check_named(parameters, "parameters"), {}
        for name, shape in self._shapes.items():
            checked[name] = check_parameters(parameters.get(name), f"{name} of the parameters")
            if checked[name].shape[-2:] != shape:
                raise ValueError(f"{name} of the parameters must have the shape {shape}, got {checked[name].shape}")
        return checked

    @cached_property
    def _shapes(self):
        return {name: x.shape for name, x in self.start(0).items()}

    def _forward(self, p):
        """Return what each part gives, as the way back needs it; every row belongs to a word."""
        _, inputs, _ = self._text
        h = p["embedding"][..., inputs, :] + np.tile(p["place"], (len(inputs) // self.context, 1))
        first, s1 = _norm(h)
        q, k, a = (self._windows(first @ p[name]) for name in "QKA")
        sees = np.tri(self.context, dtype=bool)
        seen = np.where(sees, q @ _turned(k) * p["Q"].dtype.type(self.width**-0.5), -np.inf)
        seen = np.exp(seen - seen.max(axis=-1, keepdims=True))
        seen /= seen.sum(axis=-1, keepdims=True)
        mixed = self._rows(seen @ a)
        h = h + mixed @ p["O"]
        second, s2 = _norm(h)
        wide = np.maximum(second @ p["F"], 0)
        return (first, s1), (q, k, a, seen, mixed), (second, s2), wide, _norm(h + wide @ p["G"])

    def _backward(self, p, one, attention, two, wide, three):
        _, inputs, _ = self._text
        (first, s1), (q, k, a, seen, mixed), (second, s2), (third, s3) = one, attention, two, three
        loss, d_logits = self._loss(third @ p["U"])
        g = {"U": _turned(third) @ d_logits}
        dh = _norm_back(d_logits @ _turned(p["U"]), third, s3)
        g["G"] = _turned(wide) @ dh
        d_wide = dh @ _turned(p["G"]) * (wide > 0)
        g["F"] = _turned(second) @ d_wide
        dh = dh + _norm_back(d_wide @ _turned(p["F"]), second, s2)
        g["O"] = _turned(mixed) @ dh
        d_mixed = self._windows(dh @ _turned(p["O"]))
        d_seen = d_mixed @ _turned(a)
        d_scores = seen * (d_seen - (d_seen * seen).sum(axis=-1, keepdims=True)) * p["Q"].dtype.type(self.width**-0.5)
        back = {"Q": d_scores @ k, "K": _turned(d_scores) @ q, "A": _turned(seen) @ d_mixed}
        back = {name: self._rows(d) for name, d in back.items()}
        g |= {name: _turned(first) @ d for name, d in back.items()}
        dh = dh + _norm_back(sum(d @ _turned(p[name]) for name, d in back.items()), first, s1)
        g["place"] = self._windows(dh).sum(axis=-3)
        g["embedding"] = np.zeros_like(p["embedding"])
        np.add.at(np.moveaxis(g["embedding"], -2, 0), inputs, np.moveaxis(dh, -2, 0))
        return loss, {name: g[name] for name in p}

    def _loss(self, logits):
        """Return the mean loss and its derivative by the logits."""
        targets = self._text[2]
        rows = np.arange(len(targets))
        powers = logits - logits.max(axis=-1, keepdims=True)  # the same softmax, and exp cannot overflow
        right = powers[..., rows, targets]
        np.exp(powers, out=powers)
        total = powers.sum(axis=-1, keepdims=True)
        loss = (np.log(total[..., 0]) - right).mean(axis=-1)
        powers /= total
        powers[..., rows, targets] -= 1
        powers /= len(targets)
        return loss, powers

    def _windows(self, rows):
        return rows.reshape(*rows.shape[:-2], -1, self.context, rows.shape[-1])

    def _rows(self, windows):
        return windows.reshape(*windows.shape[:-3], -1, windows.shape[-1])


def _norm(x):
    scale = 1 / np.sqrt((x * x).mean(axis=-1, keepdims=True) + x.dtype.type(1e-6))
    return x * scale, scale


def _norm_back(dy, y, scale):
    return scale * (dy - y * (dy * y).mean(axis=-1, keepdims=True))


def _turned(matrices):
    return np.swapaxes(matrices, -1, -2)
