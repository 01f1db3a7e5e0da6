"""Chapter 5: sweeps over hyper-parameters and seeds, and what may be concluded from them.

A sweep trains every setting with every seed. The runs are one more array axis, so that one call computes the
gradients of all of them, and each has the numbers that it would have alone. A larger sweep runs on many machines, and
is kept in a folder; `sweep` says how.

`choose` picks settings on some seeds, `report` tells how they did on others, and `paired_wins` compares two of them
seed by seed.
"""

import builtins
import dataclasses
import functools
import itertools
import math
import sys
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, NamedTuple

import numpy as np

from adamlib.checks import (
    check_choice,
    check_count,
    check_function,
    check_numbers,
    check_rates,
    check_switch,
    is_number,
    is_row,
    shown,
)
from adamlib.progress import show_progress
from adamlib.sweeping import (
    SideBySide,
    Sweep,
    SweepStopped,
    blank_table,
    carry_out,
    check_described,
    check_folder,
    check_many_seeds,
    check_printed,
    check_settings,
    check_task,
    describing,
    identities,
    join,
    keep,
    load,
    make_jobs,
    recall,
    scores_of,
)

__all__ = ["PairedWins", "SideBySide", "Sweep", "SweepStopped", "bands", "choose", "grid", "join", "load"]
__all__ += ["paired_wins", "report", "sweep"]


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
            none, a hyper-parameter without a default has none, or a value is out of range.

    Example:
        >>> from adamlib.momentum import Momentum
        >>> [(o.lr, o.beta) for o in grid(Momentum, lr=[0.1, 1.0], beta=[0.5, 0.9])]
        [(0.1, 0.5), (0.1, 0.9), (1.0, 0.5), (1.0, 0.9)]

    Source:
        Grid search; scikit-learn's `ParameterGrid` is the same, with the names in alphabetical order. For more than
        three hyper-parameters at a time draw them at random instead: Bergstra & Bengio (2012).
    """
    values = _check_grid(method, values)
    return [method(**dict(zip(values, chosen))) for chosen in itertools.product(*values.values())]


def sweep(
    task,
    optimizers,
    seeds,
    steps,
    at_once=16,
    progress: Callable[[int, int], object] | None = show_progress,
    map: Callable = map,
    store=None,
):
    """Train every setting with every seed, the seeds the same for all settings.

    Formula:
        row (setting i, seed s) = scores after train(task, optimizers[i], steps, s)

    Args:
        task: a `Task`, or anything else with `start`, `gradient` and `scores` that takes runs as leading axes. If
            larger is better for some of its scores, `task.larger_is_better` lists their names.
        optimizers: the settings, a sequence of optimizers, of one kind or several: grid(...) + grid(...). Each must
            be a dataclass, and treat every entry by itself, as all of this package do: it is given a network's arrays
            end to end.
        seeds: a sequence of different whole numbers >= 0. A seed decides start and mini-batches.
        steps: how many steps each run takes, a whole number >= 1.
        at_once: how many settings to compute as one array; it changes speed and memory, not results.
        progress: None, or a function that is called with (steps taken, steps) over all runs. It is called in this
            process alone.
        map: how to compute the parts of at_once settings: the built-in map, one after the other, or the map of an
            executor, as below. Results may come back in any order.
        store: None, or a folder for this task and these steps. Every part is kept there when it comes back, and what
            is there already is not computed again.

    Returns:
        Sweep(table, losses, interrupted). If it is interrupted (Ctrl-C, or the notebook's stop button), it returns
        the settings that are complete and says so; before there are any, it raises KeyboardInterrupt.

    Raises:
        ValueError: no settings, no seeds or the same twice, steps or at_once out of range, a schedule with a value
            out of range, a task that lacks something or gives a wrong shape, two columns of one name, or a store that
            does not fit: all before the first step.
        TypeError: progress is no function, or store neither text nor a Path.
        SweepStopped: a part failed, or a worker died. It has the settings that are complete as `.sweep`. A part that
            fails by itself does not stop the others.

    Example:
        >>> from adamlib.adam import Adam
        >>> from adamlib.datasets import two_moons
        >>> from adamlib.network import Network, Task
        >>> result = sweep(Task(Network((2, 5, 2)), two_moons()), grid(Adam, lr=[0.001, 0.1]), [0, 1, 2], steps=50)
        >>> result.table.shape, result.table["lr"][:4], bands(result.table, "loss")["median"].round(1)
        ((6,), array([0.001, 0.001, 0.001, 0.1  ]), array([0.7, 0.2]))

    Larger sweeps:
        The numbers are the same, bit for bit, wherever the parts are computed by the same NumPy on the same kind of
        processor. Task and optimizers are sent to the workers, so they must pickle: classes and functions from
        modules, schedules from `adamlib.schedules`. Choose at_once so that there are several parts for each worker.

            with ProcessPoolExecutor() as pool:                     # of concurrent.futures: one machine
                result = sweep(task, settings, seeds, steps, at_once=4, map=pool.map)
            sweep(..., map=Client(address).get_executor().map)      # dask.distributed
            sweep(..., map=ray.util.multiprocessing.Pool().imap)    # Ray
            sweep(..., map=MPIPoolExecutor().map)                   # mpi4py.futures

        The tests run a process pool, Dask and MPI (`mpiexec -n 8 python -m mpi4py.futures script.py`). Ray has the
        same interface; it gave the same bits when it was tried by hand, and no test runs it.

        With store, a sweep that was stopped is called again and goes on, also with more settings or seeds. A job
        array shares one folder: job i of n runs sweep(task, settings[i::n], ..., store="runs"), and afterwards the
        whole sweep, called with that folder, has nothing left to compute.

    Source:
        Schmidt, Schneider & Hennig (2021) and Choi et al. (2019), on how the ranking of optimizers follows from how
        they are tuned.
    """
    optimizers, seeds = check_settings(optimizers), check_many_seeds(seeds)
    steps, at_once = check_count(steps, "steps", least=1), check_count(at_once, "at_once", least=1)
    if progress is not None:
        check_function(progress, "progress")
    if not callable(map):
        raise ValueError(f"map must be a function, such as the method map of an executor, got {shown(map)}")
    check_described(optimizers)
    check_rates(SideBySide(optimizers), steps)
    scores, first_losses = check_task(task, seeds)
    table = blank_table(optimizers, seeds, scores)
    losses = np.full((*table.shape, steps + 1), np.nan, first_losses.dtype)
    done = np.zeros(table.shape, bool)
    if store is not None:
        check_printed(table)
        check_folder(store, "store").mkdir(parents=True, exist_ok=True)
        done = recall(store, table, losses, first_losses)
    jobs = make_jobs(optimizers, seeds, ~done, at_once)
    failed, stop = [], None
    try:
        for job, outcome in _computed(task, steps, jobs, progress, map):
            if isinstance(outcome, str):
                failed.append(outcome)
                continue
            runs = np.ix_(job.places, [seeds.index(seed) for seed in job.seeds])
            for name, values in {**outcome.scores, "diverged_at": outcome.diverged_at}.items():
                table[name][runs] = values
            losses[runs], done[runs] = outcome.losses, True
            if store is not None:
                keep(store, table[runs].ravel(), losses[runs].reshape(-1, steps + 1))
    except (KeyboardInterrupt, Exception) as error:
        stop = error
    return _ended(table, losses, done.all(axis=1), failed, stop)


def _computed(task, steps, jobs, progress, map):
    """Yield each job with its outcome, as they come back, and tell the progress."""

    def report(taken):
        progress(taken, steps * len(jobs))

    here = map is builtins.map  # then every step is reported, else every part that has come back
    work = functools.partial(carry_out, task, steps, report if here and progress else None)
    for count, (number, outcome) in enumerate(map(work, jobs)):
        for step in range(1, 1 if here or not progress else steps + 1):
            report(count * steps + step)
        yield jobs[number], outcome


def _ended(table, losses, complete, failed, stop):
    """Return the settings that are complete, or raise what stopped the sweep, with them."""
    result = Sweep(table[complete].ravel(), losses[complete].reshape(-1, losses.shape[-1]), bool(not complete.all()))
    kept = f"{len(result.table)} of {table.size} runs are complete and kept"
    if isinstance(stop, KeyboardInterrupt):
        if not len(result.table):
            raise stop
        print(f"\ninterrupted: {kept}", file=sys.stderr)
    elif failed or stop:
        reason = f"{type(stop).__name__}: {stop}" if stop else failed[0].rstrip().splitlines()[-1]
        traceback = "".join(f"\n\n{one}" for one in failed[:1])
        raise SweepStopped(f"{reason} ({kept}, in the exception's .sweep){traceback}", result) from stop
    return result


def bands(table, column, low=0.25, high=0.75):
    """Give the median and a band over the seeds for each setting of a sweep.

    Formula:
        The quantile q of n runs is the ceil(q n)-th from below: always a run that happened. So a run that broke,
        which is inf (-inf if larger is better), counts as the worst, and spoils nothing but its own place.

    Args:
        table: the table of a `Sweep`, or some of its rows; column: the name of a score.
        low, high: which quantiles bound the band, 0 < low <= high <= 1.

    Returns:
        A structured array with a row per setting: setting, method and hyper-parameters as in the table, then
        runs (how many), low, median and high.

    Raises:
        ValueError: the table has no rows or no such score, low and high are out of range, or one number stands for
            two settings, as in tables that were concatenated: `join` their sweeps.
        TypeError: table is none.

    Example:
        >>> columns = [("setting", np.int64), ("seed", np.int64), ("loss", float)]
        >>> runs = np.array([(0, 0, 1.0), (0, 1, 3.0), (0, 2, np.inf)], columns)
        >>> bands(runs, "loss")
        array([(0, 3, 1., 3., inf)],
              dtype=[('setting', '<i8'), ('runs', '<i8'), ('low', '<f8'), ('median', '<f8'), ('high', '<f8')])

    Source:
        Hyndman & Fan (1996), definition 1; `np.quantile(method="inverted_cdf")`.
    """
    table = _check_column(table, column)
    _check_settings_apart(table)
    if not (is_number(low) and is_number(high) and 0 < low <= high <= 1):
        raise ValueError(f"low and high must be 0 < low <= high <= 1, got {shown(low)} and {shown(high)}")
    of_setting = describing(table)
    columns = [(name, table.dtype[name]) for name in of_setting]
    columns += [("runs", np.int64), ("low", float), ("median", float), ("high", float)]
    rows = []
    for setting in dict.fromkeys(table["setting"].tolist()):
        runs = table[table["setting"] == setting]
        ranked = np.sort(runs[column])
        quantiles = [ranked[math.ceil(q * len(ranked)) - 1] for q in (low, 0.5, high)]
        rows.append((*(runs[name][0] for name in of_setting), len(ranked), *quantiles))
    return np.array(rows, columns)


def choose(table, by, seeds=None, each: str | Sequence[str] = "method", larger=False):
    """Pick the best setting of each method: the one with the lowest median over the seeds that may choose.

    Formula:
        best = argmin over a method's settings of the median of `by`, as in `bands`; the first of equals.
        It stands at the edge of a hyper-parameter if no smaller value, or no larger one, was tried: among the settings
        that differ from the best in this alone, or if there are none, among all of the method's.

    Args:
        table: the table of a `Sweep`; by: the score that chooses, best one of the validation part.
        seeds: the seeds that may choose, all of the table's unless given. Keep others for `report`.
        each: the name of a column, or several: one setting is chosen for each of their values.
        larger: whether the largest median is the best.

    Returns:
        A structured array with a row for each method, as `bands` gives them, and two columns more: edge, the names of
        the hyper-parameters at whose edge the best stands, such as "lr", or "" (what was tried at 0 and 1 alone, as a
        switch, has no edge), and seeds, those that chose. A run that broke is the worst in either direction.

    Raises:
        ValueError: there is no such score or column, or a seed is not in the table; and what `bands` raises.
        TypeError: table is none.

    Example:
        >>> columns = [("setting", int), ("method", "U4"), ("lr", float), ("seed", int), ("error", float)]
        >>> runs = [(0, "Adam", 0.01, 0, 0.5), (0, "Adam", 0.01, 1, 0.6), (1, "Adam", 0.1, 0, 0.2)]
        >>> table = np.array([*runs, (1, "Adam", 0.1, 1, 0.3)], columns)
        >>> choose(table, "error")[["lr", "median", "edge"]].tolist()
        [(0.1, 0.2, 'lr')]

    Source:
        Choosing and reporting on the same runs flatters what was chosen: Cawley & Talbot (2010). To extend a
        grid whose best value lies at its edge: scikit-learn, the example "RBF SVM parameters".
    """
    larger, table = check_switch(larger, "larger"), _of_seeds(_check_column(table, by), seeds)
    chosen_by: Any = tuple(each) if is_row(each) else (each,)
    for name in chosen_by:
        check_choice(name, "each", describing(table))
    table[by][~np.isfinite(table[by])] = -np.inf if larger else np.inf
    rows = bands(table, by)
    settings = [dict(setting) for setting in identities(rows)]
    groups = {}
    for place, setting in enumerate(settings):
        groups.setdefault(tuple(setting.get(name) for name in chosen_by), []).append(place)
    best = [
        min(places, key=lambda i: -rows["median"][i] if larger else rows["median"][i]) for places in groups.values()
    ]
    edges = [", ".join(_edges(settings[i], [settings[k] for k in group])) for i, group in zip(best, groups.values())]
    chose = np.unique(table["seed"])
    columns = [*rows.dtype.descr, ("edge", f"U{max([1, *map(len, edges)])}"), ("seeds", np.int64, chose.shape)]
    return np.array([(*rows[i].tolist(), edge, chose) for i, edge in zip(best, edges)], columns)


def _of_seeds(table, seeds):
    """Return a copy of the rows with these seeds, or of all."""
    chosen = check_many_seeds(np.unique(table["seed"]) if seeds is None else seeds)
    for seed in chosen:
        if seed not in table["seed"]:
            raise ValueError(f"seeds must be some of the table's, got {seed}")
    return table[np.isin(table["seed"], chosen)]


def _edges(best, settings):
    """Yield the hyper-parameters at whose edge the best of some settings stands."""
    for name, value in best.items():
        having = [setting for setting in settings if name in setting]
        alone = {setting[name] for setting in having if setting | {name: value} == best}
        tried = alone if len(alone) > 1 else {setting[name] for setting in having}
        if len(tried) > 1 and not isinstance(value, str) and not tried <= {0, 1} and value in (min(tried), max(tried)):
            yield name


def report(chosen, table, column):
    """Tell how chosen settings did on the seeds that had no part in the choice.

    Formula:
        The rows of `bands` for the chosen settings, over the runs of the table whose seeds did not choose.

    Args:
        chosen: what `choose` gave, or some of its rows; table: the table of the same `Sweep` or of another, which has
            the chosen settings with other seeds. Settings are found by their hyper-parameters, not by their numbers.
        column: the score to tell, best one of the test part.

    Returns:
        A structured array like that of `bands`, with a row for each chosen setting in their order.

    Raises:
        ValueError: a chosen setting has no run with another seed in the table, or there is no such score.
        TypeError: table is none, or chosen is not what `choose` gives.

    Example:
        >>> columns = [("setting", int), ("method", "U4"), ("lr", float), ("seed", int), ("error", float)]
        >>> runs = [(0, "Adam", 0.01, 0, 0.5), (0, "Adam", 0.01, 1, 0.6), (1, "Adam", 0.1, 0, 0.2)]
        >>> table = np.array([*runs, (1, "Adam", 0.1, 1, 0.3)], columns)
        >>> report(choose(table, "error", seeds=[0]), table, "error")[["lr", "runs", "median"]].tolist()
        [(0.1, 1, 0.3)]

    Source:
        Cawley & Talbot (2010), On over-fitting in model selection and subsequent selection bias.
    """
    table = _check_column(table, column)
    chosen = _check_rows(chosen, "chosen", "what choose gave", ("seeds",))
    fresh = table[~np.isin(table["seed"], chosen["seeds"])]
    rows = bands(fresh, column) if len(fresh) else fresh
    found = {setting: place for place, setting in enumerate(identities(rows))}
    for setting in identities(chosen):
        if setting not in found:
            words = ", ".join(str(value) for _, value in setting)
            raise ValueError(f"table must have the chosen settings with seeds that did not choose, and lacks {words}")
    return rows[[found[setting] for setting in identities(chosen)]]


class PairedWins(NamedTuple):
    """How two settings compare, seed by seed: on how many a is lower, higher, equal; and what follows.

    probability: of a count at least as uneven, either way, if a lower and a higher result were equally likely.
    verdict: "lower" or "higher" for a, or "not decided".
    """

    lower: int
    higher: int
    ties: int
    probability: float
    verdict: str


def paired_wins(a, b, column=None):
    """Compare two settings on paired seeds: on how many a is lower, and whether that decides anything.

    Formula:
        Of n pairs that are no ties, w have the lower a. probability = min(1, 2 sum_{k <= min(w, n - w)} C(n, k) / 2^n)
        The verdict is "lower" if there are at least 20 pairs and a is lower in 15 of 20 or more of them, ties included
        in the count of pairs; "higher" likewise; else "not decided". For 15 of 20 the probability is 0.041.

    Args:
        a, b: the rows of one setting each, and column a score: rows with the same seed are a pair. Without a column,
            numbers, of which those at the same place are a pair. Use seeds that chose neither setting.

    Returns:
        PairedWins(lower, higher, ties, probability, verdict). Two broken runs are a tie.

    Raises:
        ValueError: the seeds differ or one is there twice, there are several settings in a or b, no pairs, NaN, or
            no such score.
        TypeError: a or b is no table, or without a column, holds something other than real numbers.

    Example:
        >>> paired_wins([1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 4.0])
        PairedWins(lower=3, higher=0, ties=1, probability=0.25, verdict='not decided')

    Source:
        The exact sign test without its ties: Dixon & Mood (1946). The verdict asks for more than the probability, 20
        pairs, since five seeds that agree prove little.
    """
    a, b = (a, b) if column is None else (_scores_by_seed(a, column), _scores_by_seed(b, column))
    if column is not None:
        if sorted(a) != sorted(b):
            raise ValueError(f"a and b must have the same seeds, got {sorted(a)} and {sorted(b)}")
        a, b = [a[seed] for seed in sorted(a)], [b[seed] for seed in sorted(a)]
    a, b = check_numbers(a, "a and b"), check_numbers(b, "a and b")
    if a.ndim != 1 or a.shape != b.shape or not a.size:
        raise ValueError(f"a and b must be as many numbers, and at least one, got shapes {a.shape} and {b.shape}")
    if np.isnan([a, b]).any():
        raise ValueError("a and b must be numbers, got NaN")
    lower, higher = int((a < b).sum()), int((a > b).sum())
    tail = sum(math.comb(lower + higher, k) for k in range(min(lower, higher) + 1))
    probability = min(1.0, 2 * tail / 2 ** (lower + higher))
    enough = [len(a) >= 20 and 20 * count >= 15 * len(a) for count in (lower, higher)]
    verdict = "lower" if enough[0] else "higher" if enough[1] else "not decided"
    return PairedWins(lower, higher, len(a) - lower - higher, probability, verdict)


def _scores_by_seed(runs, column):
    runs = _check_column(runs, column, rows="with a column, a and b")
    if len(set(identities(runs))) > 1:
        raise ValueError(f"a and b must be the rows of one setting each, got {len(set(identities(runs)))}")
    _check_settings_apart(runs)
    return dict(zip(runs["seed"].tolist(), runs[column].tolist()))


# what is refused


def _check_grid(method, values):
    """Return the values of each hyper-parameter as a tuple; ValueError if one is unknown or has no values."""
    can_step = hasattr(method, "init") and hasattr(method, "update")
    if not (can_step and isinstance(method, type) and dataclasses.is_dataclass(method)):
        raise ValueError(f"method must be the class of an optimizer, such as Adam, got {shown(method)}")
    known = [field.name for field in dataclasses.fields(method)]
    checked = {}
    for name, some in values.items():
        if name not in known:
            raise ValueError(f"{method.__name__} has no hyper-parameter {name!r}, only {', '.join(known)}")
        if isinstance(some, str | bytes | Mapping | Set) or not np.iterable(some):
            raise ValueError(f"{name} must be a sequence of values, got {shown(some)}")
        checked[name] = tuple(some)
        if not checked[name]:
            raise ValueError(f"{name} must have at least one value, got {some!r}")
    for field in dataclasses.fields(method):
        if field.default is field.default_factory is dataclasses.MISSING and field.name not in checked:
            raise ValueError(f"{method.__name__} must be given values of {field.name}, which has no default")
    return checked


def _check_rows(rows, name, words, columns):
    """Return the rows, one alone too, as an array; TypeError unless it is a structured one with these columns."""
    if not isinstance(rows, np.ndarray | np.void) or not set(columns) <= set(rows.dtype.names or ()):
        raise TypeError(f"{name} must be {words}, got {shown(rows)}")
    return np.atleast_1d(rows)


def _check_column(table, column, rows="table"):
    """Return the table; ValueError unless it has rows and this score, TypeError unless it is of a sweep."""
    table = _check_rows(table, rows, "the table of a Sweep, or some of its rows", ("setting", "seed"))
    check_choice(column, "column", scores_of(table))
    if not len(table):
        raise ValueError("table must have at least one row, got none")
    return table


def _check_settings_apart(table):
    """ValueError if one number stands for two settings, or a setting has two runs with one seed."""
    apart = {*zip(table["setting"].tolist(), identities(table))}
    if len(apart) > len(np.unique(table["setting"])):
        raise ValueError("table must have a number for each setting: put sweeps together by join, not by concatenate")
    if len(np.unique(table[["setting", "seed"]])) < len(table):
        raise ValueError("table must have one run for each setting and seed: put sweeps together by join")
