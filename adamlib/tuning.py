"""Chapter 5: sweeps over hyper-parameters and seeds, and what may be concluded from them.

A sweep trains every setting with every seed. The runs are one more array axis, so that one call computes the
gradients of all of them, and each has the numbers that it would have alone.
"""

import dataclasses
import itertools
import math
import numbers
import sys
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from adamlib.checks import check_column, check_count, check_grid, check_many_seeds, check_rates, check_settings
from adamlib.network import train
from adamlib.progress import show_progress


def grid(method, **values):
    """List an optimizer with every combination of some hyper-parameters; the rest keep their defaults.

    Formula:
        The product of the values in the order written: the last hyper-parameter changes fastest.

    Args:
        method: an optimizer's class; values: a sequence for each hyper-parameter named.

    Returns:
        A list of optimizers, as long as the product of the lengths.

    Raises:
        ValueError: method is not an optimizer's class or has no hyper-parameter of that name, a sequence is empty or
            none, or a value is out of the hyper-parameter's range.

    Example:
        >>> from adamlib.momentum import Momentum
        >>> [(o.lr, o.beta) for o in grid(Momentum, lr=[0.1, 1.0], beta=[0.5, 0.9])]
        [(0.1, 0.5), (0.1, 0.9), (1.0, 0.5), (1.0, 0.9)]

    Source:
        Grid search; scikit-learn's `ParameterGrid` is the same. For more than three hyper-parameters at a time draw
        them at random instead: Bergstra & Bengio (2012).
    """
    values = check_grid(method, values)
    return [method(**dict(zip(values, chosen))) for chosen in itertools.product(*values.values())]


class SideBySideState(NamedTuple):
    """Steps taken, and the state of each optimizer."""

    t: int
    states: tuple


@dataclass(frozen=True)
class SideBySide:
    """Several optimizers as one: entry i along the first axis of the parameters belongs to optimizer i.

    Formula:
        step[i] = the step of optimizers[i] for gradient[i]

    Args:
        optimizers: one or more optimizers of this package, of any kinds.

    Returns:
        `init(x)` and `update(gradient, state)` as every optimizer has them, for x of shape (optimizers, ...).

    Raises:
        ValueError: there are no optimizers, or x has not as many entries; and what they raise themselves.

    Example:
        >>> from adamlib.descent import GradientDescent, descend
        >>> both = SideBySide((GradientDescent(lr=0.25), GradientDescent(lr=0.5)))
        >>> descend(lambda x: 2 * x, np.array([1.0, 1.0]), both, steps=2).points
        array([[1.  , 1.  ],
               [0.5 , 0.  ],
               [0.25, 0.  ]])

    Source:
        `jax.vmap` over Optax's `inject_hyperparams` does this for optimizers of one kind.
    """

    optimizers: tuple

    def __post_init__(self):
        object.__setattr__(self, "optimizers", check_settings(self.optimizers))

    def init(self, x):
        """Return the state before the first step."""
        x = np.asarray(x)
        if x.shape[:1] != (len(self.optimizers),):
            raise ValueError(f"x must have one entry for each of {len(self.optimizers)} optimizers, got {x.shape}")
        return SideBySideState(0, tuple(o.init(part) for o, part in zip(self.optimizers, x)))

    def update(self, gradient, state):
        """Return (step, new state) for the gradients at the current parameters."""
        if len(gradient) != len(self.optimizers):
            raise ValueError(f"the gradient has {len(gradient)} entries for {len(self.optimizers)} optimizers")
        updated = [o.update(g, one) for o, g, one in zip(self.optimizers, gradient, state.states)]
        return np.stack([step for step, _ in updated]), SideBySideState(state.t + 1, tuple(new for _, new in updated))


@dataclass(frozen=True)
class _EndToEnd:
    """A task whose arrays are laid end to end as one, named "all".

    Optimizers treat every entry by itself, so the steps are the same, and each optimizer is asked once per step.
    """

    task: object
    shapes: dict  # of the arrays of one run

    def join(self, arrays):
        runs = {name: array.shape[: array.ndim - len(self.shapes[name])] for name, array in arrays.items()}
        return {"all": np.concatenate([arrays[name].reshape(*runs[name], -1) for name in self.shapes], axis=-1)}

    def split(self, parameters):
        ends = np.cumsum([math.prod(shape) for shape in self.shapes.values()])[:-1]
        parts = np.split(parameters["all"], ends, axis=-1)
        return {name: x.reshape(*x.shape[:-1], *shape) for (name, shape), x in zip(self.shapes.items(), parts)}

    def gradient(self, parameters, t, seeds):
        loss, gradients = self.task.gradient(self.split(parameters), t, seeds)
        return loss, self.join(gradients)


class Sweep(NamedTuple):
    """What a sweep gave.

    table: a structured array with a row per run, setting by setting. Columns: setting (its place in the list),
    method, every hyper-parameter of any of the methods (NaN where a method has no such thing, or a schedule), seed,
    the task's scores (inf where the run broke) and diverged_at. losses: shape (runs, steps + 1), the loss of each
    row's run after each step, NaN from where it broke. interrupted: whether settings are missing at the end.
    """

    table: np.ndarray
    losses: np.ndarray
    interrupted: bool


def sweep(task, optimizers, seeds, steps, at_once=16, progress=show_progress):
    """Train every setting with every seed, the seeds the same for all settings.

    Formula:
        row (setting i, seed s) = scores after train(task, optimizers[i], steps, s)

    Args:
        task: a `Task`, or anything else with `start`, `gradient` and `scores` that takes runs as leading axes.
        optimizers: the settings, a sequence of optimizers, of one kind or several: grid(...) + grid(...). Each must
            treat every entry by itself, as all of this package do: it is given a network's arrays end to end.
        seeds: a sequence of different whole numbers >= 0. A seed decides start and mini-batches.
        steps: how many steps each run takes, a whole number >= 1.
        at_once: how many settings to compute as one array; it changes speed and memory, not results.
        progress: None, or a function that is called with (steps taken, steps) over all runs.

    Returns:
        Sweep(table, losses, interrupted). If it is interrupted (Ctrl-C, or the notebook's stop button), it returns
        the settings that are complete and says so; before there are any, it raises KeyboardInterrupt.

    Raises:
        ValueError: no settings, no seeds or the same twice, steps or at_once out of range, or a schedule with a
            value out of range, all before the first step.

    Example:
        >>> from adamlib.adam import Adam
        >>> from adamlib.datasets import two_moons
        >>> from adamlib.network import Network, Task
        >>> result = sweep(Task(Network((2, 5, 2)), two_moons()), grid(Adam, lr=[0.001, 0.1]), [0, 1, 2], steps=50)
        >>> result.table.shape, result.table["lr"][:4], bands(result.table, "loss")["median"].round(1)
        ((6,), array([0.001, 0.001, 0.001, 0.1  ]), array([0.7, 0.2]))

    Source:
        Schmidt, Schneider & Hennig (2021) and Choi et al. (2019), on how the ranking of optimizers follows from how
        they are tuned.
    """
    optimizers, seeds = check_settings(optimizers), check_many_seeds(seeds)
    steps, at_once = check_count(steps, "steps", least=1), check_count(at_once, "at_once", least=1)
    check_rates(SideBySide(optimizers), steps)
    parts, total = [], steps * -(-len(optimizers) // at_once)
    starts = task.start(seeds)
    as_one = _EndToEnd(task, {name: x.shape[1:] for name, x in starts.items()})
    (start,) = as_one.join(starts).values()
    try:
        for first in range(0, len(optimizers), at_once):
            some, before = optimizers[first : first + at_once], steps * len(parts)
            copies = {"all": np.broadcast_to(start, (len(some), *start.shape))}
            report = progress and (lambda taken, _, before=before: progress(before + taken, total))
            training = train(as_one, SideBySide(some), steps, seeds, copies, report)
            scores = task.scores(as_one.split(training.parameters))
            rows = _rows(optimizers, range(first, first + len(some)), seeds, scores, training.diverged_at)
            parts.append((rows, training.losses.reshape(steps + 1, -1).T))
    except KeyboardInterrupt:
        if not parts:
            raise
    table, losses = (np.concatenate(pieces) for pieces in zip(*parts))
    runs = len(optimizers) * len(seeds)
    if len(table) < runs:
        print(f"\ninterrupted: {len(table)} of {runs} runs are complete and kept", file=sys.stderr)
    return Sweep(table, losses, len(table) < runs)


def _rows(optimizers, settings, seeds, scores, diverged_at):
    names = list(dict.fromkeys(field.name for o in optimizers for field in dataclasses.fields(o)))
    columns = [("setting", np.int64), ("method", "U32"), *((name, float) for name in names), ("seed", np.int64)]
    columns += [*((name, float) for name in scores), ("diverged_at", np.int64)]
    table = np.empty((len(settings), len(seeds)), columns)
    table["seed"], table["diverged_at"] = seeds, diverged_at
    for name, score in scores.items():
        table[name] = np.where((diverged_at == 0) & np.isfinite(score), score, np.inf)
    for row, setting in zip(table, settings):
        row["setting"], row["method"] = setting, type(optimizers[setting]).__name__
        for name in names:
            value = getattr(optimizers[setting], name, None)
            row[name] = value if isinstance(value, numbers.Real) else np.nan
    return table.ravel()


def bands(table, column, low=0.25, high=0.75):
    """Give the median and a band over the seeds for each setting of a sweep.

    Formula:
        The quantile q of n runs is the ceil(q n)-th from below: always a run that happened. So a run that broke,
        which is inf, counts as the worst, and spoils nothing but its own place.

    Args:
        table: the table of a `Sweep`, or some of its rows; column: the name of a score.
        low, high: which quantiles bound the band, 0 < low <= high <= 1.

    Returns:
        A structured array with a row per setting: setting, method and hyper-parameters as in the table, then
        runs (how many), low, median and high.

    Raises:
        ValueError: the table has no rows or no such score, or low and high are out of range.

    Example:
        >>> columns = [("setting", np.int64), ("seed", np.int64), ("loss", float)]
        >>> runs = np.array([(0, 0, 1.0), (0, 1, 3.0), (0, 2, np.inf)], columns)
        >>> bands(runs, "loss")
        array([(0, 3, 1., 3., inf)],
              dtype=[('setting', '<i8'), ('runs', '<i8'), ('low', '<f8'), ('median', '<f8'), ('high', '<f8')])

    Source:
        Hyndman & Fan (1996), definition 1; `np.quantile(method="inverted_cdf")`, which cannot take inf.
    """
    check_column(table, column, low, high)
    of_setting = table.dtype.names[: table.dtype.names.index("seed")]
    columns = [(name, table.dtype[name]) for name in of_setting]
    columns += [("runs", np.int64), ("low", float), ("median", float), ("high", float)]
    rows = []
    for setting in dict.fromkeys(table["setting"].tolist()):
        runs = table[table["setting"] == setting]
        ranked = np.sort(runs[column])
        quantiles = [ranked[math.ceil(q * len(ranked)) - 1] for q in (low, 0.5, high)]
        rows.append((*(runs[name][0] for name in of_setting), len(ranked), *quantiles))
    return np.array(rows, columns)
