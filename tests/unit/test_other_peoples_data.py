"""What people really bring: every public function takes it rightly, or refuses it and names the argument.

The functions are found by looking into every module, so a new one is added to CALLS, or a test fails.
"""

import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
import traceback
import warnings
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import matplotlib
import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.figure import Figure

import adamlib
from adamlib import (
    amsgrad,
    averaging,
    bounds,
    conventions,
    datasets,
    figures,
    landscapes,
    language,
    schedules,
    spectrum,
    stability,
    sweeping,
    transformer,
    tuning,
)
from adamlib.adam import Adam, AdamState
from adamlib.adamw import AdamW, clip_by_global_norm
from adamlib.amsgrad import AMSGrad
from adamlib.checks import shown
from adamlib.descent import GradientDescent, descend, trace, update
from adamlib.exercises import check, follow, slip
from adamlib.momentum import Momentum, MomentumState
from adamlib.network import Network, Task, init_each, train, update_each
from adamlib.progress import show_progress
from adamlib.rmsprop import AdaGrad, AdaGradState, RMSProp
from adamlib.sweeping import SideBySide

matplotlib.use("Agg")

HERE = Path(adamlib.__file__).parent
X = np.array([0.5, -0.25, 0.75])
SERIES = np.array([0.5, 2.0, 1.0, 0.25])
NET = Network((2, 3, 2))
TASK = Task(NET, datasets.two_moons(n=6), batch=4)
PARAMETERS = NET.init(0)
INPUTS, LABELS = np.array([[0.5, 1.0], [0.25, -1.0]]), np.array([0, 1])
SWEEP = tuning.sweep(TASK, [Adam(0.125), Adam(0.5)], [0, 1], 2)
TABLE = SWEEP.table
AXES = Figure().subplots()  # one that pyplot does not count among its own
SHARES, TABLE_OF_WORDS = np.array([[0.25, 0.25], [0.125, 0.375]]), np.array([[0.5, -0.5], [0.25, 1.0]])
WORDS = language.NextWord(SHARES, batch=2)
BLOCK = transformer.OneBlock(["a", "b", "a", "c"], context=2, width=2)
ROWS = np.array([(1.0, 2.0, 3.0), (1.0, 1.5, 2.0)], [("low", float), ("median", float), ("high", float)])


def stepped(optimizer):
    """The state after a step, so that it holds something."""
    return update(optimizer, X, optimizer.init(X), X)[1]


def methods(optimizer, name):
    given = {"gradient": X, "state": stepped(optimizer)}
    given |= {"x": X} if "x" in inspect.signature(optimizer.update).parameters else {}
    return {f"{name}.init": (optimizer.init, {"x": X}), f"{name}.update": (optimizer.update, given)}


LANDSCAPES = [landscapes.bowl(degrees=30.0), landscapes.rosenbrock(), landscapes.saddle(), landscapes.two_minima()]
BY_LANDSCAPES = {f"{land.name}'s loss": (land.loss, {"point": X[:2]}) for land in LANDSCAPES}
BY_LANDSCAPES |= {f"{land.name}'s gradient": (land.gradient, {"point": X[:2]}) for land in LANDSCAPES}

# name: the function, and arguments that are right.
CALLS = {
    "averaging.ema": (averaging.ema, {"average": X, "x": SERIES[:3], "beta": 0.5}),
    "averaging.debias": (averaging.debias, {"average": X, "beta": 0.5, "t": 3}),
    "averaging.ema_series": (averaging.ema_series, {"xs": SERIES, "beta": 0.5, "bias_correction": True}),
    "averaging.ema_weights": (averaging.ema_weights, {"beta": 0.5, "n": 3}),
    "averaging.half_life": (averaging.half_life, {"beta": 0.5}),
    "averaging.beta_for_half_life": (averaging.beta_for_half_life, {"steps": 2.5}),
    "descent.GradientDescent": (GradientDescent, {"lr": 0.5}),
    "momentum.Momentum": (Momentum, {"lr": 0.5, "beta": 0.5, "heavy_ball": False, "nesterov": True}),
    "rmsprop.RMSProp": (RMSProp, {"lr": 0.5, "beta": 0.5, "eps": 0.5}),
    "rmsprop.AdaGrad": (AdaGrad, {"lr": 0.5, "eps": 0.5}),
    "adam.Adam": (Adam, {"lr": 0.5, "beta1": 0.5, "beta2": 0.25, "eps": 0.5, "bias_correction": True}),
    "adamw.AdamW": (AdamW, {"lr": 0.5, "beta1": 0.5, "beta2": 0.25, "eps": 0.5, "weight_decay": 0.5}),
    "amsgrad.AMSGrad": (AMSGrad, {"lr": 0.5, "beta1": 0.5, "beta2": 0.25, "eps": 0.5}),
    **methods(GradientDescent(0.5), "descent.GradientDescent"), **methods(Momentum(), "momentum.Momentum"),
    **methods(RMSProp(), "rmsprop.RMSProp"), **methods(AdaGrad(), "rmsprop.AdaGrad"), **methods(Adam(), "adam.Adam"),
    **methods(AdamW(), "adamw.AdamW"), **methods(AMSGrad(), "amsgrad.AMSGrad"),
    "adamw.clip_by_global_norm": (clip_by_global_norm, {"gradients": X, "largest": 0.5}),
    "descent.update": (update, {"optimizer": AdamW(), "gradient": X, "state": stepped(AdamW()), "x": X}),
    "descent.descend": (descend, {"gradient": lambda x: 2 * x, "start": X, "optimizer": Adam(), "steps": 2}),
    "descent.trace": (trace, {"optimizer": AdamW(), "gradients": SERIES[:, None] * X, "start": X}),
    "amsgrad.averages": (amsgrad.averages, {"xs": SERIES, "beta": 0.5}),
    "amsgrad.walk_between": (amsgrad.walk_between, {"optimizer": Adam(0.5), "slopes": SERIES, "start": 0.0, "low": -1.0,
                                                    "high": 1.0}),
    "amsgrad.period_sum": (amsgrad.period_sum, {"slopes": SERIES, "beta1": 0.5, "beta2": 0.25}),
    "amsgrad.average_regret": (amsgrad.average_regret, {"points": SERIES, "slopes": X, "low": -1.0, "high": 1.0}),
    "bounds.uncorrected_factor": (bounds.uncorrected_factor, {"t": np.array([1.0, 4.0]), "beta1": 0.5, "beta2": 0.25}),
    "bounds.largest_step": (bounds.largest_step, {"t": 3, "beta1": 0.5, "beta2": 0.25}),
    "bounds.largest_step_ever": (bounds.largest_step_ever, {"beta1": 0.5, "beta2": 0.75}),
    "bounds.steepest_ramp": (bounds.steepest_ramp, {"steps": 3, "beta1": 0.5, "beta2": 0.25}),
    "bounds.noise_step": (bounds.noise_step, {"beta1": 0.5}),
    "bounds.travel_after_stop": (bounds.travel_after_stop, {"beta1": 0.5, "beta2": 0.75}),
    "bounds.adamax_largest_step": (bounds.adamax_largest_step, {"beta1": 0.5, "beta2": 0.75}),
    "conventions.adam_steps": (conventions.adam_steps, {"gradients": SERIES, "lr": 0.5, "beta1": 0.5, "beta2": 0.25,
                                                        "eps": 0.5, "place": "hat"}),
    "conventions.takes_over_at": (conventions.takes_over_at, {"eps": 0.5, "place": "hat", "beta2": 0.5, "t": 3}),
    "conventions.same_eps": (conventions.same_eps, {"eps": 0.5, "source": "hat", "target": "outside", "beta2": 0.5,
                                                    "t": 3}),
    "conventions.momentum_arguments": (conventions.momentum_arguments, {"library": "Optax", "lr": 0.5, "beta": 0.5}),
    "datasets.two_moons": (datasets.two_moons, {"n": 4, "noise": 0.5, "seed": 3}),
    "language.split_words": (language.split_words, {"text": "off with her head"}),
    "language.count_pairs": (language.count_pairs, {"words": ["a", "b", "a"], "most": 2}),
    "language.loss_and_gradient": (language.loss_and_gradient, {"W": TABLE_OF_WORDS, "shares": SHARES}),
    "language.least_loss": (language.least_loss, {"shares": SHARES}),
    "language.surprise": (language.surprise, {"shares": SHARES}),
    "language.tempered": (language.tempered, {"shares": SHARES, "alpha": 0.5, "rounds": 3}),
    "language.tenths": (language.tenths, {"shares": SHARES}),
    "language.excess_by_tenth": (language.excess_by_tenth, {"W": TABLE_OF_WORDS, "shares": SHARES}),
    "language.NextWord": (language.NextWord, {"shares": SHARES, "batch": 2, "clip": 0.5}),
    "language.NextWord.start": (WORDS.start, {"seeds": (0, 1)}),
    "language.NextWord.gradient": (WORDS.gradient, {"parameters": {"W": TABLE_OF_WORDS}, "t": 2, "seeds": 0}),
    "language.NextWord.scores": (WORDS.scores, {"parameters": {"W": TABLE_OF_WORDS}}),
    "transformer.OneBlock": (transformer.OneBlock, {"words": ["a", "b", "a"], "context": 2, "width": 3, "clip": 0.5,
                                                    "embedding_rate": 2.0}),
    "transformer.OneBlock.start": (BLOCK.start, {"seeds": (0, 1)}),
    "transformer.OneBlock.gradient": (BLOCK.gradient, {"parameters": BLOCK.start(0), "t": 2, "seeds": 0}),
    "transformer.OneBlock.scores": (BLOCK.scores, {"parameters": BLOCK.start(0)}),
    "landscapes.bowl": (landscapes.bowl, {"curvatures": (0.5, 4.0), "degrees": 30.0}),
    **BY_LANDSCAPES,
    "spectrum.roots": (spectrum.roots, {"lr": 0.5, "beta": X**2, "curvature": 2.0, "nesterov": True}),
    "spectrum.convergence_rate": (spectrum.convergence_rate, {"lr": X**2, "beta": 0.5, "curvature": 2.0,
                                                              "nesterov": True}),
    "spectrum.critical_beta": (spectrum.critical_beta, {"lr": 0.5, "curvature": X**2}),
    "spectrum.largest_lr": (spectrum.largest_lr, {"beta": 0.5, "curvature": X**2, "nesterov": True}),
    "spectrum.best_setting": (spectrum.best_setting, {"smallest": 0.5, "largest": 2.0}),
    "spectrum.noise_variance": (spectrum.noise_variance, {"lr": 0.5, "beta": 0.5, "curvature": X**2}),
    "stability.cycle_amplitude": (stability.cycle_amplitude, {"lr": 0.5}),
    "stability.sharpness_limit": (stability.sharpness_limit, {"lr": 0.5, "beta1": 0.5}),
    "stability.preconditioned_sharpness": (stability.preconditioned_sharpness, {"curvature": 2.0, "v": X**2, "t": 3,
                                                                                "beta2": 0.5}),
    "stability.turn": (stability.turn, {"points": X[:2], "degrees": 30.0}),
    "network.Network": (Network, {"sizes": (2, 3, 2), "activation": "relu"}),
    "network.Network.init": (NET.init, {"seed": 1}),
    "network.Network.logits": (NET.logits, {"parameters": PARAMETERS, "inputs": INPUTS}),
    "network.Network.gradient": (NET.gradient, {"parameters": PARAMETERS, "inputs": INPUTS, "labels": LABELS}),
    "network.Task": (Task, {"network": NET, "data": datasets.two_moons(n=6), "batch": 4}),
    "network.Task.start": (TASK.start, {"seeds": (0, 1)}),
    "network.Task.gradient": (TASK.gradient, {"parameters": PARAMETERS, "t": 2, "seeds": 0}),
    "network.Task.scores": (TASK.scores, {"parameters": PARAMETERS}),
    "network.init_each": (init_each, {"optimizer": Adam(), "parameters": PARAMETERS}),
    "network.update_each": (update_each, {"optimizer": Adam(), "gradients": PARAMETERS,
                                          "states": init_each(Adam(), PARAMETERS), "x": PARAMETERS}),
    "network.train": (train, {"task": TASK, "optimizer": Adam(), "steps": 2, "seeds": 0, "start": PARAMETERS,
                              "progress": lambda done, total: None}),
    "progress.show_progress": (show_progress, {"done": 1, "total": 3}),
    "schedules.constant": (schedules.constant, {"lr": 0.5}),
    "schedules.inverse_time": (schedules.inverse_time, {"lr": 0.5, "k": 0.5}),
    "schedules.exponential": (schedules.exponential, {"lr": 0.5, "factor": 0.5}),
    "schedules.staircase": (schedules.staircase, {"lr": 0.5, "factor": 0.5, "every": 3}),
    "schedules.inverse_sqrt": (schedules.inverse_sqrt, {"lr": 0.5}),
    "schedules.polynomial": (schedules.polynomial, {"lr": 0.5, "steps": 3, "power": 0.5, "end": 0.25}),
    "schedules.linear": (schedules.linear, {"lr": 0.5, "steps": 3, "end": 0.25}),
    "schedules.cosine": (schedules.cosine, {"lr": 0.5, "steps": 3, "end": 0.25}),
    "schedules.one_cycle": (schedules.one_cycle, {"lr": 0.5, "steps": 3, "rise": 0.5, "div_factor": 2.0,
                                                  "final_div_factor": 4.0}),
    "schedules.warmup": (schedules.warmup, {"schedule": 0.5, "steps": 3}),
    "schedules.per_epoch": (schedules.per_epoch, {"schedule": 0.5, "steps": 3}),
    "schedules.chain": (schedules.chain, {"first": 0.5, "steps": 3, "second": 0.25}),
    "sweeping.SideBySide": (SideBySide, {"optimizers": (Adam(), Momentum())}),
    "sweeping.SideBySide.init": (SideBySide((Adam(),)).init, {"x": X[None]}),
    "sweeping.SideBySide.update": (SideBySide((Adam(),)).update, {
        "gradient": X[None], "state": SideBySide((Adam(),)).init(X[None]), "x": X[None]}),
    "sweeping.join": (lambda sweeps: sweeping.join(*(sweeps if np.iterable(sweeps) else [sweeps])),
                      {"sweeps": (SWEEP, SWEEP)}),
    "sweeping.load": (sweeping.load, {"folder": "nowhere"}),
    "tuning.grid": (lambda method, values: tuning.grid(method, lr=values), {"method": Adam, "values": [0.5, 0.25]}),
    "tuning.sweep": (tuning.sweep, {"task": TASK, "optimizers": [Adam()], "seeds": [0, 1], "steps": 1, "at_once": 2,
                                    "progress": None, "map": map, "store": None}),
    "tuning.bands": (tuning.bands, {"table": TABLE, "column": "loss", "low": 0.25, "high": 0.75}),
    "tuning.choose": (tuning.choose, {"table": TABLE, "by": "loss", "seeds": [0, 1], "each": "method", "larger": True}),
    "tuning.report": (tuning.report, {"chosen": tuning.choose(TABLE, "loss", seeds=[0]), "table": TABLE,
                                      "column": "loss"}),
    "tuning.paired_wins": (tuning.paired_wins, {"a": SERIES, "b": SERIES[::-1].copy(), "column": None}),
    "figures.style": (figures.style, {"method": "Adam"}),
    "figures.marker": (figures.marker, {"method": "Adam"}),
    "figures.draw_contours": (figures.draw_contours, {"ax": AXES, "landscape": landscapes.bowl(),
                                                      "extent": (-1.0, 1.0, -1.0, 1.0), "levels": 3}),
    "figures.draw_path": (figures.draw_path, {"ax": AXES, "points": np.ones((3, 2)), "method": "Adam", "marks": 2}),
    "figures.draw_band": (lambda ax, x, rows: figures.draw_band(ax, x, rows, color="k"),
                          {"ax": AXES, "x": X[:2], "rows": ROWS}),
    "exercises.engine.follow": (follow, {"rule": lambda g, t, m: (-g, m), "gradient": lambda x: x, "x": X, "steps": 2,
                                         "memory": 1}),
    "exercises.check": (check, {"question": "half-life", "answer": 1.0, "rtol": 0.01}),
    "exercises.slip": (slip, {"name": "adam", "words": "The hat seems to be missing on v"}),
}  # fmt: skip

# What has no arguments to check, or is asked by what is checked alone. The reason stands behind each.
NOT_ASKED = {
    "datasets.alice", "datasets.language_by_alpha", "datasets.language_by_batch",
    "datasets.seattle_temperatures", "datasets.digits", "datasets.schedules_on_digits", "datasets.settings_by_seed",
    "datasets.transformer_on_alice", "landscapes.rosenbrock", "landscapes.saddle", "landscapes.two_minima",
    "figures.use_book_style",  # no arguments
    "landscapes.Landscape",  # a record of functions, made in its module and asked one by one
    "schedules.Schedule",  # what the schedules share
    "sweeping.make_jobs", "sweeping.carry_out", "sweeping.worst_scores", "sweeping.blank_table", "sweeping.describing",
    "sweeping.identities", "sweeping.scores_of", "sweeping.keep", "sweeping.recall", "sweeping.check_settings",
    "sweeping.check_described", "sweeping.check_many_seeds", "sweeping.check_columns", "sweeping.check_printed",
    "sweeping.check_task", "sweeping.check_folder",  # the inside of sweep, which checks before it asks them
    "exercises.engine.Verdict", "exercises.engine.Question", "exercises.engine.Question.measure",
    "exercises.engine.Question.agree", "exercises.engine.judge", "exercises.engine.as_numbers",
    "exercises.engine.edited", "exercises.engine.ways", "exercises.engine.slipped", "exercises.engine.of_rule",
    "exercises.engine.by_hand", "exercises.engine.in_order", "exercises.engine.several", "exercises.engine.Slip",
    "exercises.engine.known_slip",  # what questions are written with; an answer may be anything at all
}  # fmt: skip
SKIPPED = ("adamlib.checks", "adamlib.explorers")  # what refuses; and widgets, whose traits refuse by themselves


def public():
    """Every public function, class and method of adamlib, but named tuples and errors, which only hold."""
    found = set()
    for _, module, _ in pkgutil.walk_packages(adamlib.__path__, "adamlib."):
        if module.startswith(SKIPPED):
            continue
        for name, thing in vars(importlib.import_module(module)).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module:
                continue
            place = f"{module.removeprefix('adamlib.')}.{name}"
            if inspect.isfunction(thing):
                found.add(place)
            elif inspect.isclass(thing) and not issubclass(thing, (tuple, Exception)):
                own = [part for part, value in vars(thing).items() if inspect.isfunction(value)]
                found |= {place, *(f"{place}.{part}" for part in own if not part.startswith("_"))}
    return found


def test_every_public_function_is_asked():
    assert public() == set(CALLS) - set(BY_LANDSCAPES) | NOT_ASKED and not set(CALLS) & NOT_ASKED


@pytest.mark.parametrize("name", CALLS)
def test_the_arguments_that_are_right_are_taken(name):
    function, arguments = CALLS[name]
    if name != "sweeping.load":  # which needs a folder
        function(**arguments)
    if "lambda" not in function.__name__:
        asked = [p.name for p in inspect.signature(function).parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
        assert list(arguments) == asked


# what people bring -------------------------------------------------------------------------------------------------


class Labelled:
    """Numbers with coordinates, as xarray's DataArray has them."""

    def __init__(self, values):
        self.values, self.dims, self.coords = np.asarray(values), ("place",), {"place": [3, 1, 2]}

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


class WithUnit(np.ndarray):
    """Numbers with a unit, as astropy's Quantity has them."""

    unit = "m / s"


class Recording:
    """A tensor that records its gradient, which makes no array."""

    def __array__(self, *_, **__):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")


def masked(values):
    values = np.ma.array(values, dtype=float)
    return np.ma.array(values, mask=np.arange(values.size).reshape(values.shape) == 0)


LABELLED = {
    "labels in another order": lambda x: pandas.Series(np.ravel(x), index=range(np.size(x))[::-1]),
    "coordinates": Labelled,
}
CARRYING = {  # made of what is right, with something that an array has no place for
    **LABELLED,
    "masked": masked,
    "a unit": lambda x: np.array(x, float).view(WithUnit),
    "complex": lambda x: np.asarray(x) + 1j,
    "dates": lambda x: np.full(np.shape(x), np.datetime64("2012-01-01")),
    "text": lambda x: np.asarray(x).astype(str),
    "objects": lambda x: np.vectorize(lambda one: Decimal(float(one)), otypes=[object])(x),
    "a dict of it": lambda x: {"W": x},
    "a set": lambda x: set(np.ravel(x).tolist()),
    "a generator": lambda x: (one for one in np.ravel(x)),
}
TAKEN = {  # the same numbers in another form
    "a list": lambda x: np.asarray(x).tolist(),
    "float32": lambda x: np.asarray(x, np.float32),
    "float16": lambda x: np.asarray(x, np.float16),
    "longdouble": lambda x: np.asarray(x, np.longdouble),
    "big-endian": lambda x: np.asarray(x, ">f8"),
    "no mask": lambda x: np.ma.array(x, dtype=float),
    "a matrix's kin": lambda x: np.array(x, float).view(np.recarray),
    "read-only": lambda x: np.broadcast_to(np.asarray(x, float), np.shape(x)),
}
ANYTHING = {
    "None": None, "a dict": {"W": 1.0}, "text": "0.5", "bytes": b"0.5", "True": True, "complex": 0.5 + 0j,
    "beyond float": 10**400, "below float": -(10**5000), "a fraction beyond float": Fraction(10**400, 3),
    "a fraction": Fraction(1, 2), "a decimal": Decimal("0.5"), "a set": {0.5}, "a ragged list": [[1.0], [2.0, 3.0]],
    "a class": Adam, "a function": abs, "an object": object(), "a tensor": Recording(), "ellipsis": ...,
    "a list of None": [None, None, None], "a list beyond float": [10**400] * 3, "a list of text": ["a", "b", "c"],
    "a list of arrays": [X, X], "an ordered dict": OrderedDict(W=X), "a slice": slice(3), "a path": Path("0.5"),
    "a frame": pandas.DataFrame({"a": X, "b": X}), "structured": np.zeros(3, [("a", float), ("b", float)]),
    "NaN": float("nan"), "many dimensions": np.ones((1, 2, 1, 2)), "nothing": [], "a state": (3, X, X),
    "another's state": MomentumState(3, X), "a state of lists": AdamState(3, [0.5] * 3, [0.5] * 3),
    "another's state with the same fields": AdaGradState(3, X), "a state from JSON": json.loads("[3, [0.5], [0.5]]"),
    "a state of other shapes": AdamState(1, X, X[:2]), "a state with half a step": AdamState(1.5, X, X),
    "a state with a count beyond float": AdamState(10**400, X, X), "a masked state": AdamState(1, masked(X), X),
    "a state of a state": {"t": 1, "m": X, "v": X}, "an iterator": iter([1.0]), "a big count": 2**70,
    "a span of days": np.timedelta64(1, "D"), "a span": np.timedelta64(1), "no time": np.timedelta64("NaT"),
}  # fmt: skip
# What an argument takes of these by its nature, although it is no number.
TAKES = {
    **dict.fromkeys(["lr", "schedule", "first", "second"], {"a function", "a class"}), "progress": {"None"},
    "method": {"a class"}, "store": {"text", "a path"},
    **dict.fromkeys(["parameters", "gradients"], {"a dict", "an ordered dict", "a dict of it"}),
    "values": {"a generator", "an iterator", "a unit", "labels in another order"},
    "text": {"text"}, "words": {"a list of text"},
    "answer": set(ANYTHING) | set(CARRYING) | set(TAKEN),
}  # fmt: skip
CALLED = ("gradient", "progress", "map", "rule")  # functions: what another function of somebody's own does is theirs
SERIES_ARE_TAKEN = {"xs", "slopes", "points", "gradients", "curvatures", "extent"}  # one after the other


SAID_AS = {  # how a message calls an argument, where not by its name
    "a": "a and b", "b": "a and b", "low": "low|between", "high": "high|between", "state": "state|t",
    "x": "x|parameters", "start": "start|parameters", "values": "lr", "schedule": "schedule|lr", "first": "first|lr",
    "second": "second|lr", "seed": "seeds?", "parameters": "parameters|W1|b1|W", "gradients": "gradients?|start|t|W",
    "inputs": "inputs|labels", "by": "column|by", "sweeps": "sweeps?|join",
}  # fmt: skip


def plain(value, argument):
    """The same numbers as an array of float64, or None where nothing may take this for numbers."""
    labelled = isinstance(value, (pandas.DataFrame, pandas.Series, Labelled)) and argument not in SERIES_ARE_TAKEN
    if labelled or isinstance(value, (str, bytes, WithUnit)) or np.ma.is_masked(value):
        return None
    try:
        found = np.asarray(value)
        if found.dtype == object and isinstance(value, (Fraction, int)):
            return float(value)
        return {"i": found, "u": found, "f": found.astype(np.float64), "b": found * 1.0}.get(found.dtype.kind)
    except Exception:
        return None


def outcome(function, arguments):
    """What a call gives, or what it raises, with the file that did so."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return function(**arguments), None
    except Exception as error:
        return None, error


def flat(result):
    """All numbers of a result, one after the other, or its text if it holds something else."""
    if result is None:
        return np.array([np.nan])
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return flat([getattr(result, field.name) for field in dataclasses.fields(result) if field.repr])
    if isinstance(result, dict):
        return flat(list(result.values()))
    if isinstance(result, (tuple, list)) and len(result):
        parts = [flat(one) for one in result]
        return np.concatenate(parts) if all(isinstance(one, np.ndarray) for one in parts) else str(parts)
    array = np.asarray(result)
    return array.astype(np.complex128).ravel() if array.dtype.kind in "iufbc" else repr(result)


def same(one, other):
    one, other = flat(one), flat(other)
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str) and one == other
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-5, atol=1e-7, equal_nan=True)


def named(name):
    """The errors that the docstring of a function names, or that of the class whose method it is."""
    if name in BY_LANDSCAPES:
        return named("landscapes.Landscape")
    module, *path = name.split(".")
    things = [importlib.import_module(f"adamlib.{module}")]
    for part in path:
        things.append(getattr(things[-1], part))
    text = "\n".join(inspect.getdoc(thing) or "" for thing in things[1:])
    text += schedules.Schedule.__doc__ if "Raises: as every `Schedule`" in text else ""
    return {error for line in re.findall(r"^ +((?:\w+Error(?:, )?)+): ", text, re.M) for error in line.split(", ")}


def fault(name, argument, value, label=""):
    """Say what is wrong with how a function answers to a value for one argument; nothing if all is well."""
    function, arguments = CALLS[name]
    result, error = outcome(function, arguments | {argument: value})
    right = arguments[argument]
    told = f"{name}({argument}={shown(value)[:60]})"
    if error is not None:
        words = SAID_AS.get(argument, re.escape(argument))
        if not isinstance(error, (ValueError, TypeError)):
            return f"{told} raised {error!r}"
        if type(error).__name__ not in RAISES[name]:
            return f"{told} raised {error!r}, which its docstring does not name"
        if "could not be broadcast together with shapes" in str(error):
            return ""  # NumPy's own sentence, which names both shapes
        if not re.search(rf"(?<!\w)({words})(?!\w)", str(error)):
            return f"{told} does not name it: {error!r}"
        last = traceback.extract_tb(error.__traceback__)[-1].filename
        return "" if Path(last).is_relative_to(HERE) else f"{told} was refused by chance: {error!r}"
    is_default = value is None and DEFAULTS.get((name, argument), 0) is None
    is_its_own = type(value) is type(right) and (isinstance(value, bool) or label.startswith("another"))
    if label in TAKES.get(argument, ()) or is_default or is_its_own:
        return ""
    twin = plain(value, argument)
    if twin is None:
        return f"{told} was taken, and gave {shown(result)[:80]}"
    expected, error = outcome(function, arguments | {argument: twin if np.ndim(twin) else np.asarray(twin).item()})
    if error is not None:
        return f"{told} was taken, and its numbers are not: {error!r}"
    return "" if error is not None or same(result, expected) else f"{told} gave {shown(result)[:80]}, not {expected}"


DEFAULTS = {
    (name, p.name): p.default for name, (call, _) in CALLS.items() for p in inspect.signature(call).parameters.values()
}
RAISES = {name: named(name) for name in CALLS}
ASKED = [(name, argument) for name, (_, arguments) in CALLS.items() for argument in arguments]


def brought(right, argument):
    """All that people bring in the place of an argument that is right."""
    yield from ((label, value) for label, value in ANYTHING.items() if not (callable(value) and argument in CALLED))
    if plain(right, "") is not None:
        yield from ((label, made(right)) for label, made in (CARRYING | TAKEN).items())


@pytest.mark.parametrize("name", CALLS)
def test_what_people_bring_is_taken_rightly_or_refused_by_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, arguments = CALLS[name]
    asked = [
        (argument, label, value) for argument, right in arguments.items() for label, value in brought(right, argument)
    ]
    assert len(asked) >= len(ANYTHING) - 4
    assert not [
        fault(name, argument, value, label) for argument, label, value in asked if fault(name, argument, value, label)
    ]


NUMBERS = st.one_of(
    st.floats(), st.integers(-(10**400), 10**400), st.fractions(), st.complex_numbers(), st.decimals(), st.booleans()
)
GRIDS = st.sampled_from([np.float16, np.float32, np.float64, np.int8, np.uint64, np.complex64, bool, "U2", "M8[D]"])
THINGS = st.one_of(
    NUMBERS, st.text(max_size=3), st.binary(max_size=3), st.none(),
    GRIDS.flatmap(lambda dtype: arrays(dtype, st.sampled_from([(), (3,), (2, 3), (0,)]))),
)  # fmt: skip
NESTED = st.recursive(
    THINGS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.tuples(inner, inner), st.dictionaries(st.text(max_size=2), inner, max_size=2),
        st.builds(iter, st.lists(inner, max_size=2)), st.builds(masked, st.just([0.5, 1.0, 2.0])),
    ),
    max_leaves=4,
)  # fmt: skip
# Some numbers are right of themselves, and take long or much room: how many, how often.
SCALES = {"steps", "n", "levels", "marks", "memory", "at_once", "t", "sizes", "every", "seeds", "seed", "store"}
SCALES |= {"folder"}


@given(st.sampled_from([(name, argument) for name, argument in ASKED if argument not in SCALES]), NESTED)
@settings(max_examples=400)
def test_whatever_is_drawn_is_taken_rightly_or_refused_by_name(asked, value):
    (name, argument), label = asked, "an iterator" if hasattr(value, "__next__") else ""
    if argument not in {"answer", "parameters", "gradients"}:  # which take any dict, or anything
        assert not fault(name, argument, value, label)


# the sentences -----------------------------------------------------------------------------------------------------

STATE = stepped(Adam())
SENTENCES = [
    (lambda: Adam().init(np.array([1 + 1j])),
     "parameters must be float32 or float64, not complex128: the update rules are for real numbers; "
     "use x.view(np.float64), its real and imaginary parts as numbers of their own"),
    (lambda: Adam().init(np.array([[1 + 1j, 2]], np.complex64).T[::1, :]), "; use x.view(np.float32), its real"),
    (lambda: Adam().init(np.ones(4, complex)[::2]), "; use x.copy().view(np.float64), its real"),
    (lambda: Adam().init(1j), "; use np.array([x.real, x.imag]), its real"),
    (lambda: Adam().init({"w": np.ones(2)}),
     "parameters must be one array, not a dict: named arrays go through init_each and update_each of adamlib.network"),
    (lambda: Adam().update({"w": X}, STATE), "the gradient must be one array, not a dict: named arrays go through"),
    (lambda: Adam().update(None, STATE), "the gradient must be an array of numbers, got None"),
    (lambda: Adam().update({0.5}, STATE), "the gradient must be an array of numbers, got {0.5}"),
    (lambda: Adam().update(X.astype(np.longdouble), STATE),
     f"the gradient must be real numbers in float32 or float64, not {np.dtype(np.longdouble)}; "
     "use np.asarray(it).astype(np.float64)"),
    (lambda: Adam().update(Recording(), STATE), "this Recording makes none: Can't call numpy() on Tensor that"),
    (lambda: Adam().update(masked(X), STATE),
     "the gradient must not be masked, since all its numbers would be used: see its .filled(value)"),
    (lambda: Adam().update(pandas.Series(X), STATE),
     "the gradient must be without labels, since entries are told by their places: put them in order, and give an "
     "array, as .to_numpy() does"),
    (lambda: Adam().update(Labelled(X), STATE), "the gradient must be without labels"),
    (lambda: Adam().init(pandas.DataFrame({"a": X})), "parameters must be without labels"),
    (lambda: Adam().update(X.view(WithUnit), STATE), "the gradient must be without a unit, which would be lost"),
    (lambda: Adam().update(X, AdamState(3, [0.0] * 3, [0.0] * 3)),
     "the state's m must be an array in the parameters' dtype, got [0.0, 0.0, 0.0]; use np.asarray(state.m, x.dtype)"),
    (lambda: Adam().update(X, [3, X, X]), "; if it holds t, m, v, use AdamState(*state)"),
    (lambda: Adam().update(X, {"t": 3, "m": X, "v": X}), "; if it holds t, m, v, use AdamState(**state)"),
    (lambda: Adam().update(X, stepped(Momentum())),
     "the state must be of the kind AdamState, as init and update give it, got MomentumState(t=1, m=array("),
    (lambda: RMSProp().update(X, stepped(AdaGrad())), "the state must be of the kind RMSPropState, as init and"),
    (lambda: Adam().update(X, STATE._replace(t=1.5)), "the state's t must be a whole number >= 0, got 1.5"),
    (lambda: Adam().update(X, STATE._replace(t="3")), "the state's t must be a whole number >= 0, got '3'"),
    (lambda: Adam().update(X, STATE._replace(t=-1)), "the state's t must be a whole number >= 0, got -1"),
    (lambda: Adam().update(X, STATE._replace(v=X[:1])),
     "the state's v has shape (1,) in float64, and its m has (3,) in float64"),
    (lambda: Adam().update(X, STATE._replace(v=X.astype(np.float32))), "the state's v has shape (3,) in float32, and"),
    (lambda: Adam(lr=10**400), "lr must be a finite number >= 0, got 1000"),
    (lambda: Adam(lr=-(10**5000)), "lr must be a finite number >= 0, got a int that cannot be printed"),
    (lambda: Adam(lr=Decimal("0.1")), "lr must be a finite number >= 0, got Decimal('0.1'); use float(it)"),
    (lambda: Adam(lr=np.array(0.1)), "lr must be a finite number >= 0, got array(0.1); use float(it)"),
    (lambda: Adam().init([1, 2]),
     "not int64: an integer cannot take a small step; use np.asarray(x).astype(np.float64)"),
    (lambda: update_each(Adam(), {"w": X, "typo": X}, {"w": STATE}, {"w": X}),
     "gradients must have the names of the states, w; got w, typo"),
    (lambda: update_each(Adam(), {}, {"w": STATE}, {"w": X}), "gradients must have the names of the states, w; got "),
    (lambda: update_each(Adam(), {}, {}, {"a": "hello"}), "x must have the names of the states, none; got a"),
    (lambda: init_each(None, {}), "optimizer must be an optimizer, such as Adam(lr=0.001), got None"),
    (lambda: adamlib.at_least("-1"),
     "version must be whole numbers with dots between them, such as \"0.1.0\", got '-1'"),
    (lambda: adamlib.at_least("0.1.x"), "got '0.1.x'"),
    (lambda: update_each(Adam(), [X], {"w": STATE}, {"w": X}),
     'gradients must be a dict of named arrays, such as {"W1": ..., "b1": ...}, got [array('),
    (lambda: train(TASK, Adam(), 2, start=[X]), "start must be a dict of named arrays"),
    (lambda: train(TASK, Adam, 2), "optimizer must be an optimizer, such as Adam(lr=0.001), got <class"),
    (lambda: update(Adam, X, STATE, X), "optimizer must be an optimizer, such as Adam(lr=0.001), got <class"),
    (lambda: train(OfTorch(), Adam(), 2), "the task's loss must be an array of numbers, and this Recording makes"),
    (lambda: NET.gradient(PARAMETERS | {"W3": X}, INPUTS, LABELS), "parameters must be W1, b1, W2, b2; got W1, b1,"),
    (lambda: NET.gradient(PARAMETERS | {"b2": X}, INPUTS, LABELS),
     "parameters b2 must have the shape (..., 2), got (3,)"),
]  # fmt: skip


class OfTorch:
    """A task whose loss is a tensor that records its gradient."""

    def start(self, seeds):
        return {"x": X}

    def gradient(self, parameters, t, seeds):
        return Recording(), {"x": X}


@pytest.mark.parametrize(("call", "sentence"), SENTENCES)
def test_what_is_refused_is_told_what_to_do_instead(call, sentence):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert sentence in str(caught.value)


def test_no_sentence_advises_to_make_nan_of_what_is_missing():
    with pytest.raises(TypeError) as caught:
        Adam().update([None, 1.0, 2.0], STATE)
    assert str(caught.value) == "the gradient must be real numbers in float32 or float64, not object"


def test_what_a_sentence_advises_is_taken():
    z = np.array([1 + 2j, 3 - 4j])
    step, _ = Adam(0.1).update(z.view(np.float64), Adam().init(z.view(np.float64)))
    assert np.allclose(step.view(complex), [-0.1 - 0.1j, -0.1 + 0.1j])
    assert np.array_equal(np.ones(4, complex)[::2].copy().view(np.float64), [1, 0, 1, 0])
    made = AdamState(*json.loads(json.dumps([3, X.tolist(), (X**2).tolist()])))
    made = made._replace(m=np.asarray(made.m, X.dtype), v=np.asarray(made.v, X.dtype))
    expected = Adam().update(X, AdamState(3, X, X**2))
    assert same(Adam().update(X, made), expected)
    assert same(Adam().update(pandas.Series(X).to_numpy(), STATE), Adam().update(X, STATE))
    assert same(Adam().update(masked(X).filled(0), STATE), Adam().update(X * [0, 1, 1], STATE))


@pytest.mark.parametrize("form", ["float32", "big-endian", "a matrix's kin", "read-only"])
def test_parameters_in_another_form_keep_it(form, tmp_path):
    x = TAKEN[form](X)
    state = Adam().init(x)
    for _ in range(3):
        step, state = Adam().update(x, state)
    assert step.dtype == x.dtype
    np.save(tmp_path / "m.npy", STATE.m)
    mapped = STATE._replace(m=np.load(tmp_path / "m.npy", mmap_mode="r"))
    assert same(Adam().update(X, mapped), Adam().update(X, STATE))


def test_a_gradient_beyond_float32_is_infinite_there_with_a_warning():
    state = Adam().init(np.ones(2, np.float32))
    with pytest.warns(RuntimeWarning, match="overflow encountered in cast"), np.errstate(invalid="ignore"):
        step, state = Adam(0.1).update(np.array([1e300, 1.0]), state)
    assert np.isinf(state.m[0]) and np.isnan(step[0]) and np.isclose(step[1], -0.1)


def test_a_state_of_a_module_that_was_imported_anew_is_taken():
    again = type("AdamState", (tuple,), {"_fields": ("t", "m", "v"), "t": 1, "m": STATE.m, "v": STATE.v})
    assert same(Adam().update(X, again(STATE)), Adam().update(X, STATE))
