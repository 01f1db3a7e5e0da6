"""The explorer of chapter 7: what weight decay leaves of four weights whose gradients have different noise."""

import functools

import numpy as np

from adamlib import figures
from adamlib.adam import Adam
from adamlib.adamw import AdamW
from adamlib.descent import update
from adamlib.explorers.base import AtLeastZero, Choice, Count, Explorer, join, show
from adamlib.explorers.noise import normals

SCALES = (0.1, 1.0, 10.0, 100.0)  # of the noise, one for each weight
STEPS = 5000
FORMS = ("L2", "library decay", "paper decay")
_LINES = ("-", (0, (5, 2)), (0, (1.5, 2)), (0, (6, 2, 1, 2)))


@functools.lru_cache(maxsize=32)
def _left(form, weight_decay, lr, seed):
    """Give what is left of the start: index t for step t = 0, 1, ..., and a column for each weight."""
    adam, adamw = Adam(lr), AdamW(lr, weight_decay=weight_decay)
    noise = normals(seed, 4 * STEPS).reshape(STEPS, 4) * SCALES
    x = np.array([[1.0] * 4, [0.0] * 4])  # two runs that meet the same noise
    state, left = adam.init(x), np.ones((STEPS + 1, 4))
    with np.errstate(all="ignore"):  # what overflows is told
        for t in range(STEPS):
            g = np.stack([noise[t]] * 2)
            if form == "library decay":
                step, state = update(adamw, g, state, x)
            elif form == "L2":
                step, state = update(adam, g + weight_decay * x, state, x)
            else:
                step, state = update(adam, g, state, x)
                step = step - weight_decay * x
            x = x + step
            left[t + 1] = x[0] - x[1]
    return left


class DecayExplorer(Explorer):
    """Four weights to decay: choose the form, lambda and the learning rate, and see what is left of each.

    Formula:
        L2              Adam with the gradient g + lambda x
        library decay   AdamW: Adam's step, and -lr lambda x
        paper decay     Adam's step, and -lambda x (the schedule is 1 here)
        The gradient g of each weight is noise of the standard deviation 0.1, 1, 10 or 100. Two runs meet the same
        noise, one from 1 and one from 0: what is left of the start is the distance between them.

    Args:
        form: "L2", "library decay" or "paper decay".
        weight_decay: lambda; lr: the learning rate, constant: finite numbers >= 0.
        step: the step that is read out, 0 to 5000; seed: which noise.

    Returns:
        A Jupyter widget. All arguments are traits: set them, observe them, link them. Its views are "laboratory" and
        "bars", which has the bars, the form and lambda alone.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> DecayExplorer("library decay").left[-1].round(4)
        array([0.6065, 0.6065, 0.6065, 0.6065])

    Source:
        Loshchilov & Hutter (2019), Algorithm 2; `Adam` and `AdamW` of adamlib, with the noise of the explorers.
    """

    _esm = join("decay.js")
    _size = (figures.WIDTH, 5.4)
    _shown = ("form", "weight_decay", "lr", "step")
    views = ("laboratory", "bars")
    _rooms = {"laboratory": (869, 678), "bars": (365, 307)}

    form = Choice("L2", FORMS).tag(sync=True)
    weight_decay = AtLeastZero(0.1).tag(sync=True)
    lr = AtLeastZero(0.001).tag(sync=True)
    step = Count(STEPS, least=0, most=STEPS).tag(sync=True)
    seed = Count(1, least=0, most=2**32 - 1).tag(sync=True)

    def __init__(self, form="L2", **settings):
        super().__init__(form=form, **settings)

    @property
    def left(self):
        """What is left of the start after each step, index t for step t; a column for each weight."""
        return _left(self.form, self.weight_decay, self.lr, self.seed).copy()

    @property
    def alone(self):
        """What a decay beside Adam leaves at the shown step: (1 - lr lambda)^t, in the paper's form (1 - lambda)^t."""
        share = self.weight_decay * (1.0 if self.form == FORMS[2] else self.lr)
        with np.errstate(over="ignore"):
            return float(np.float64(1 - share) ** self.step)

    def readouts(self):
        """Give what the page reads out: each text by its label."""
        left = self.left[self.step]
        return {f"noise {scale:g}": show(float(x), 4) for scale, x in zip(SCALES, left)} | {
            "a decay beside Adam": show(self.alone, 4)
        }

    def draw(self, figure):
        """Draw the bars, and in the laboratory the curves below them."""
        if self.view == "bars":
            self._draw_bars(figure.subplots())
            return
        above, below = figure.subplots(2, 1)
        self._draw_bars(above)
        for scale, curve, line in zip(SCALES, self.left.T, _LINES):
            below.plot(np.clip(curve, -1, 2), color=figures.INK, linestyle=line, label=f"noise {scale:g}")
        below.axvline(self.step, color=figures.ACCENT, linewidth=1)
        below.set(
            xlabel="step t", ylabel="left of the start", ylim=(min(0, *np.clip(self.left.min(axis=0), -1, 0)), 1.05)
        )
        figure.legend(*below.get_legend_handles_labels(), loc="outside lower center", ncols=4)

    def _draw_bars(self, ax):
        left = np.nan_to_num(np.clip(self.left[self.step], -1, 1))
        ax.bar(range(4), left, color=figures.DEBIASED, width=0.6)
        for place, (shown, x) in enumerate(zip(self.left[self.step], left)):
            ax.text(place, max(x, 0) + 0.02, show(float(shown), 3), ha="center")
        ax.axhline(np.clip(self.alone, -1, 1), color=figures.ACCENT, linestyle=(0, (2, 2)), linewidth=1.2)
        ax.set_xticks(range(4), [f"noise {scale:g}" for scale in SCALES])
        ax.set(ylabel="left of the start", ylim=(min(0, left.min()), 1.15))
        ax.set_title(f"{self.form}: λ {self.weight_decay:g}, lr {self.lr:g}, after {self.step} steps")
