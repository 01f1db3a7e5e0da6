"""The stage of chapter 5: how a sweep is computed here or on other machines, kept in files, and put together.

Many settings are computed as one array. A job is some settings and some seeds: it travels to a worker and back as
plain values, and says where its numbers belong, so that the order in which jobs come back changes nothing.
"""

import dataclasses
import hashlib
import itertools
import math
import numbers
import os
import re
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from adamlib.checks import check_kind, check_parameters, check_seeds, check_values, is_row, shown
from adamlib.descent import update
from adamlib.network import train

# settings side by side --------------------------------------------------------------------------------------------


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
        `init(x)` and `update(gradient, state, x)`, as AdamW has them, for x of shape (optimizers, ...).

    Raises:
        ValueError: there are no optimizers, or x or a state has not as many entries; and what they raise themselves.
        TypeError: x or a gradient is no array of floats, or the state is none of this kind.

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
        x = check_parameters(x)
        if x.shape[:1] != (len(self.optimizers),):
            raise ValueError(f"x must have one entry for each of {len(self.optimizers)} optimizers, got {x.shape}")
        return SideBySideState(0, tuple(o.init(part) for o, part in zip(self.optimizers, x)))

    def update(self, gradient, state, x):
        """Return (step, new state) for the gradients at the current parameters x."""
        check_kind(state, "the state", SideBySideState)
        gradient, x = check_values(gradient, "the gradient"), check_values(x, "x")
        for name, entries in (("the gradient", gradient), ("x", x)):
            if np.shape(entries)[:1] != (len(self.optimizers),):
                wanted = f"one entry for each of {len(self.optimizers)} optimizers"
                raise ValueError(f"{name} has the shape {np.shape(entries)}, and must have {wanted}")
        if len(state.states) != len(self.optimizers):
            raise ValueError(f"the state must be of {len(self.optimizers)} optimizers, got one of {len(state.states)}")
        parts = zip(self.optimizers, gradient, state.states, x, strict=True)
        updated = [update(*part) for part in parts]
        return np.stack([step for step, _ in updated]), SideBySideState(state.t + 1, tuple(new for _, new in updated))


@dataclass(frozen=True)
class _EndToEnd:
    """A task whose arrays are laid end to end as one, named "all".

    Optimizers treat every entry by itself, so the steps are the same, and each optimizer is asked once per step.
    """

    task: Any
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


# jobs -------------------------------------------------------------------------------------------------------------


class Job(NamedTuple):
    """Some settings of a sweep, their places in its list, and the seeds to train them with."""

    number: int
    places: tuple
    optimizers: tuple
    seeds: tuple


class Outcome(NamedTuple):
    """What a job gave: the scores and diverged_at of shape (settings, seeds), the losses with the steps behind."""

    scores: dict
    diverged_at: np.ndarray
    losses: np.ndarray


def make_jobs(optimizers, seeds, missing, at_once):
    """Group what is missing, a truth value for each setting and seed: at most at_once settings with equal seeds."""
    groups = {}
    for place, lacks in enumerate(missing):
        if lacks.any():
            groups.setdefault(tuple(seed for seed, lack in zip(seeds, lacks) if lack), []).append(place)
    parts = [
        (tuple(places[first : first + at_once]), some)
        for some, places in groups.items()
        for first in range(0, len(places), at_once)
    ]
    return [Job(i, part, tuple(optimizers[place] for place in part), some) for i, (part, some) in enumerate(parts)]


def carry_out(task, steps, report, job):
    """Train a job's settings as one array; return its number and the outcome, or a text if something was raised."""
    try:
        taken = report and (lambda t, _: report(job.number * steps + t))
        return job.number, _train_together(task, job, steps, taken)
    except Exception:
        return job.number, traceback.format_exc()  # as text, because not every exception can travel


def _train_together(task, job, steps, report):
    starts = task.start(job.seeds)
    as_one = _EndToEnd(task, {name: x.shape[1:] for name, x in starts.items()})
    copies = {name: np.broadcast_to(x, (len(job.places), *x.shape)) for name, x in as_one.join(starts).items()}
    training = train(as_one, SideBySide(job.optimizers), steps, job.seeds, copies, report)
    scores, worst = task.scores(as_one.split(training.parameters)), worst_scores(task)
    for name, score in scores.items():
        scores[name] = np.where((training.diverged_at == 0) & np.isfinite(score), score, worst.get(name, np.inf))
    return Outcome(scores, training.diverged_at, np.moveaxis(training.losses, 0, -1))


def worst_scores(task):
    """Give what a broken run scores where larger is better; elsewhere it is inf."""
    return dict.fromkeys(getattr(task, "larger_is_better", ()), -np.inf)


# tables -----------------------------------------------------------------------------------------------------------

# What a table, or what is made of one, has as columns already.
TAKEN = ("setting", "method", "printed", "seed", "diverged_at")
TAKEN += ("runs", "low", "median", "high", "edge", "seeds")


class Sweep(NamedTuple):
    """What a sweep gave.

    table: a structured array with a row per run, setting by setting. Columns: setting (its place in the list),
    method, every hyper-parameter of any of the methods as a number (NaN where a method has no such thing, or
    something else, such as a schedule), seed, the task's scores (inf where the run broke, -inf if larger is better)
    and diverged_at. If a hyper-parameter of any setting is no number, one column more, before seed: printed, which
    has these as Python prints them. losses: shape (runs, steps + 1), the loss of each row's run after each step, NaN
    from where it broke. interrupted: whether settings are missing.
    """

    table: np.ndarray
    losses: np.ndarray
    interrupted: bool


class SweepStopped(RuntimeError):
    """A sweep that could not go on. `sweep` holds the settings that are complete, as a `Sweep`."""

    def __init__(self, reason, sweep):
        super().__init__(reason, sweep)
        self.sweep = sweep

    def __str__(self):
        return self.args[0]


def _is_number(value):
    """Say whether a column of floats holds this value and no other: neither a schedule nor the fraction 1/3."""
    return isinstance(value, (numbers.Real, np.bool_)) and (float(value) == value or value != value)


def _printed(optimizer):
    values = ((field.name, getattr(optimizer, field.name)) for field in dataclasses.fields(optimizer))
    return ", ".join(f"{name}={value!r}" for name, value in values if not _is_number(value))


def _columns(hyperparameters, scores, methods, printed):
    columns = [("setting", np.int64), ("method", f"U{max([32, *map(len, methods)])}")]
    columns += [(name, float) for name in hyperparameters]
    if any(printed):
        columns += [("printed", f"U{max(map(len, printed))}")]
    return [*columns, ("seed", np.int64), *((name, float) for name in scores), ("diverged_at", np.int64)]


def blank_table(optimizers, seeds, scores):
    """Describe every run, a row per setting and a column per seed; what the runs give is still to come."""
    names = list(dict.fromkeys(field.name for o in optimizers for field in dataclasses.fields(o)))
    methods, printed = [type(o).__name__ for o in optimizers], [_printed(o) for o in optimizers]
    check_columns(names, scores)
    table = np.zeros((len(optimizers), len(seeds)), _columns(names, scores, methods, printed))
    table["seed"] = seeds
    for place, (row, optimizer) in enumerate(zip(table, optimizers)):
        row["setting"], row["method"] = place, methods[place]
        for name in names:
            value = getattr(optimizer, name, None)
            row[name] = value if _is_number(value) else np.nan
        if any(printed):
            row["printed"] = printed[place]
    return table


def describing(table):
    """Name the columns, of a sweep or of bands, that say what a setting is, and not which runs it had."""
    return tuple(itertools.takewhile(lambda name: name not in ("seed", "runs"), table.dtype.names))


def identities(table):
    """Say for each row what its setting is, whatever its number: two rows have the same one only if all is the same."""
    names = [name for name in describing(table) if name != "setting"]
    rows = zip(*(table[name].tolist() for name in names)) if names else ((),) * len(table)
    return [tuple((name, x) for name, x in zip(names, row) if x != "" and x == x) for row in rows]


def scores_of(table):
    """Name the columns of a table that are scores."""
    names = table.dtype.names
    return tuple(name for name in names[names.index("seed") + 1 :] if name != "diverged_at")


# kept and put together --------------------------------------------------------------------------------------------


def join(*sweeps):
    """Put sweeps of one task together.

    Formula:
        A setting is its method and all its hyper-parameters, and not its number. Two settings that differ in any of
        them stay two, and the same setting with other seeds gets more rows.

    Args:
        sweeps: one or more `Sweep`s with the same scores and as many steps.

    Returns:
        A Sweep whose settings are numbered in the order in which they are met, each with its seeds in that order. The
        columns are those of any of the tables. A run that stands in several is kept once. It counts as interrupted
        if any of them does.

    Raises:
        ValueError: there are no sweeps; scores or steps differ; a run has other numbers in one than in another; or a
            setting holds a function that prints as an address, by which it cannot be told from others.
        TypeError: one of them is no Sweep.

    Example:
        >>> from adamlib.adam import Adam
        >>> from adamlib.datasets import two_moons
        >>> from adamlib.network import Network, Task
        >>> from adamlib.tuning import sweep
        >>> task = Task(Network((2, 5, 2)), two_moons(n=20))
        >>> first, second = sweep(task, [Adam(0.1)], [0, 1], 5), sweep(task, [Adam(0.3), Adam(0.1)], [2], 5)
        >>> join(first, second).table[["setting", "lr", "seed"]].tolist()
        [(0, 0.1, 0), (0, 0.1, 1), (0, 0.1, 2), (1, 0.3, 2)]

    Source:
        pandas: `concat`, with `drop_duplicates` on what identifies a run.
    """
    if not sweeps:
        raise ValueError("join must be given at least one sweep, got none")
    for one in sweeps:
        check_kind(one, "each of the sweeps", Sweep)
        check_printed(one.table)
        if one.losses.shape[1] != sweeps[0].losses.shape[1]:
            raise ValueError(
                f"sweeps must have as many steps, got {sweeps[0].losses.shape[1] - 1} and {one.losses.shape[1] - 1}"
            )
        if scores_of(one.table) != scores_of(sweeps[0].table):
            raise ValueError(
                f"sweeps must have the same scores, got {scores_of(sweeps[0].table)} and {scores_of(one.table)}"
            )
    runs = {}  # setting: {seed: (row, curve)}
    for one in sweeps:
        for setting, row, curve in zip(identities(one.table), one.table, one.losses):
            kept = runs.setdefault(setting, {}).setdefault(int(row["seed"]), (row, curve))
            _check_same_run(setting, kept, (row, curve))
    return _joined(runs, sweeps)


def _joined(runs, sweeps):
    described = [name for one in sweeps for name in describing(one.table)]
    names = [name for name in dict.fromkeys(described) if name not in ("setting", "method", "printed")]
    methods = [method for one in sweeps for method in one.table["method"].tolist()]
    printed = [words for one in sweeps if "printed" in one.table.dtype.names for words in one.table["printed"].tolist()]
    columns = _columns(names, scores_of(sweeps[0].table), methods, printed)
    flat = [(setting, row, curve) for setting, of_seed in enumerate(runs.values()) for row, curve in of_seed.values()]
    table, losses = np.zeros(len(flat), columns), np.empty((len(flat), sweeps[0].losses.shape[1]))
    for name in names:
        table[name] = np.nan
    for place, (setting, row, curve) in enumerate(flat):
        for name in row.dtype.names:
            table[name][place] = row[name]
        table["setting"][place], losses[place] = setting, curve
    return Sweep(table, losses, any(one.interrupted for one in sweeps))


def _check_same_run(setting, kept, found):
    names = (*scores_of(kept[0]), "diverged_at")
    same = all(kept[0][name] == found[0][name] for name in names) and np.array_equal(kept[1], found[1], equal_nan=True)
    if not same:
        raise ValueError(
            f"a run must have the same numbers in every sweep, and seed {found[0]['seed']} has others with "
            f"{', '.join(str(value) for _, value in setting)}: were the tasks the same?"
        )


def load(folder):
    """Read what sweeps have stored in a folder: every run in it, in one Sweep, as `join` gives it.

    Args:
        folder: the one that was given to `sweep` as `store`, by one program or by several.

    Returns:
        A Sweep. What is not there yet it cannot know, so it does not count as interrupted.

    Raises:
        ValueError: nothing is stored there, or a file is something else or broken; and what `join` raises.
        TypeError: folder is neither text nor a Path.

    Example:
        >>> from adamlib.adam import Adam
        >>> from adamlib.datasets import two_moons
        >>> from adamlib.network import Network, Task
        >>> from adamlib.tuning import sweep
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     done = sweep(Task(Network((2, 5, 2)), two_moons(n=20)), [Adam()], [0, 1], 5, store=folder)
        ...     bool(np.array_equal(load(folder).table, done.table))
        True

    Source:
        `np.savez`, without pickle: a file from elsewhere holds numbers and runs no code.
    """
    stored = _stored(check_folder(folder, "folder"))
    if not stored:
        raise ValueError(f"folder must hold the stored runs of a sweep, got {os.fspath(folder)!r} with none")
    return join(*stored)


def _stored(folder):
    found = []
    for path in sorted(Path(folder).glob("*.npz")):
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                found.append(Sweep(file["table"], file["losses"], False))
        except Exception as error:  # whatever a file of another kind, or half of one, leads to
            words = f"{str(path)!r} holds none that can be read ({error}): move it away, or name another folder"
            raise ValueError(f"each .npz in a folder of stored runs must hold such runs, and {words}") from None
    return found


def keep(folder, table, losses):
    """Store some runs as a file of their own: under a name that is theirs, and whole or not at all."""
    name = hashlib.sha256(repr([*zip(identities(table), table["seed"].tolist())]).encode()).hexdigest()[:32]
    part = Path(folder, f"{name}.{uuid.uuid4().hex}.part")
    with part.open("wb") as file:
        np.savez(file, table=table, losses=losses)
    part.replace(Path(folder, f"{name}.npz"))


def recall(folder, table, losses, first_losses):
    """Enter the stored runs into their places; return which runs of the table there are now."""
    found = np.zeros(table.shape, bool)
    places = {}
    for place, setting in enumerate(identities(table[:, 0])):
        places.setdefault(setting, []).append(place)
    of_seed = {seed: i for i, seed in enumerate(table["seed"][0].tolist())}
    for one in _stored(folder):
        _check_fits(folder, one, table, losses)
        for setting, row, curve in zip(identities(one.table), one.table, one.losses):
            i = of_seed.get(int(row["seed"]))
            for place in () if i is None else places.get(setting, ()):
                if not np.isclose(curve[0], first_losses[i], rtol=1e-9, atol=0):
                    raise ValueError(
                        f"store must be a folder for this task alone, and in {os.fspath(folder)!r} seed {row['seed']} "
                        f"begins with the loss {curve[0]:g}, not {first_losses[i]:g}"
                    )
                for name in (*scores_of(table), "diverged_at"):
                    table[name][place, i] = row[name]
                losses[place, i], found[place, i] = curve, True
    return found


def _check_fits(folder, one, table, losses):
    if one.losses.shape[1] != losses.shape[-1] or scores_of(one.table) != scores_of(table):
        raise ValueError(
            f"store must be a folder for this task and these steps alone, and {os.fspath(folder)!r} has runs of "
            f"{one.losses.shape[1] - 1} steps with the scores {', '.join(scores_of(one.table))}"
        )


# what is refused --------------------------------------------------------------------------------------------------


def check_settings(optimizers):
    """Return the optimizers as a tuple; ValueError unless there is at least one, and each is one."""
    try:
        optimizers = tuple(optimizers)
    except TypeError:
        raise ValueError(f"optimizers must be a sequence of optimizers, got {shown(optimizers)}") from None
    if not optimizers:
        raise ValueError(f"optimizers must hold at least one, got {shown(optimizers)}")
    for optimizer in optimizers:
        if isinstance(optimizer, type) or not (hasattr(optimizer, "init") and hasattr(optimizer, "update")):
            raise ValueError(f"optimizers must hold optimizers, such as Adam(lr=0.001), got {shown(optimizer)}")
    return optimizers


def check_folder(folder, name):
    """Return the folder as a Path; TypeError unless it is one, or the name of one, ValueError if that is a file."""
    if not isinstance(folder, str | Path):
        raise TypeError(f"{name} must be a folder, as text or as a Path, got {shown(folder)}")
    if Path(folder).is_file():
        raise ValueError(f"{name} must be a folder, and {os.fspath(folder)!r} is a file: name another")
    return Path(folder)


def check_described(optimizers):
    """ValueError unless each optimizer is a dataclass: its fields are what the table says of it."""
    for optimizer in optimizers:
        if not dataclasses.is_dataclass(optimizer):
            raise ValueError(
                f"optimizers must be dataclasses, whose fields are their hyper-parameters, got {optimizer!r}"
            )


def check_many_seeds(seeds):
    """Return the seeds as a tuple; ValueError unless they are whole, >= 0 and all different, and more than none."""
    if not is_row(seeds):
        raise ValueError(f"seeds must be a sequence of numbers, got {shown(seeds)}")
    return check_seeds(seeds)


def check_columns(hyperparameters, scores):
    """ValueError unless every column of the table has a name of its own."""
    for kind, names in (("hyper-parameter", hyperparameters), ("score", scores)):
        for name in names:
            if name in TAKEN:
                raise ValueError(f"a {kind} must not be called {name!r}, which is a column of the table already")
    for name in scores:
        if name in hyperparameters:
            raise ValueError(f"a score must not be called {name!r}, which is a hyper-parameter already")


def check_printed(table):
    """ValueError if a setting can be told from others by an address alone, which another object may have tomorrow."""
    for printed in table["printed"].ravel().tolist() if "printed" in table.dtype.names else ():
        if re.search(r"\bat 0x[0-9a-fA-F]+", printed):
            raise ValueError(
                f"a setting must print what it is, to be stored or joined: use a frozen dataclass, such as "
                f"those of adamlib.schedules, for {printed}"
            )


def check_task(task, seeds):
    """Return (names of the scores, losses before the first step); ValueError unless the task gives what a sweep needs.

    It is asked as in a sweep of two settings, so that a loss or a score without an axis for them is noticed.
    """
    for name in ("start", "gradient", "scores"):
        if not callable(getattr(task, name, None)):
            raise ValueError(f"task must have start, gradient and scores, got {type(task).__name__} without {name}")
    runs, start = (2, len(seeds)), task.start(seeds)
    for name, x in start.items():
        _check_shape(f"start of {name}", x, (len(seeds), *np.shape(x)[1:]), "an entry for each seed")
    twice = {name: np.broadcast_to(x, (2, *x.shape)) for name, x in start.items()}
    with np.errstate(all="ignore"):
        loss, gradients = task.gradient(twice, 1, seeds)
        scores = task.scores(twice)
    _check_shape("loss", loss, runs, "a number for each setting and seed")
    if not np.isfinite(loss).all():
        raise ValueError(f"start must have a finite loss, got {loss[0]!r}")
    if set(gradients) != set(start):
        raise ValueError(f"gradients must be those of {', '.join(start)}; got {', '.join(gradients)}")
    for name, x in twice.items():
        _check_shape(f"gradient of {name}", gradients[name], x.shape, "as the parameters")
    _check_scores(task, scores, runs)
    return tuple(scores), loss[0]


def _check_scores(task, scores, runs):
    if not isinstance(scores, Mapping) or not scores or not all(isinstance(name, str) for name in scores):
        raise ValueError(f"scores must be a dict with a name for each score, got {scores!r:.60}")
    for name, score in scores.items():
        _check_shape(f"score {name}", score, runs, "a number for each setting and seed")
    for name in worst_scores(task):
        if name not in scores:
            raise ValueError(f"larger_is_better must name scores, which are {', '.join(scores)}; got {name!r}")


def _check_shape(what, array, shape, words):
    if np.shape(array) != shape:
        raise ValueError(f"the task's {what} must have the shape {shape}, {words}; got {np.shape(array)}")
