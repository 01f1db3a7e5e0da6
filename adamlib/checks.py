"""What every module refuses, in one place, each with a message that says what to do.

Values come back in the one form the formulas work with: hyper-parameters as Python floats (with
NumPy 2 a float32 array times an `np.float64` would become float64), parameters and gradients as
float32 or float64 arrays.
"""

import dataclasses
import math
import numbers
import operator
import sys

import numpy as np


def check_beta(beta, name="beta"):
    """Return the decay rate as a Python float; ValueError unless 0 <= beta < 1."""
    if not (isinstance(beta, numbers.Real) and 0 <= beta < 1):
        raise ValueError(f"{name} must be a number in [0, 1), got {beta!r}")
    return float(beta)


def check_at_least_zero(value, name):
    """Return the number as a Python float; ValueError unless it is finite and >= 0."""
    if not (isinstance(value, numbers.Real) and 0 <= value < math.inf):
        raise ValueError(f"{name} must be a finite number >= 0, got {value!r}")
    return float(value)


def check_count(count, name, least):
    """Return the count as a Python int; ValueError unless it is a whole number >= least."""
    try:
        whole = operator.index(count)
    except TypeError:
        raise ValueError(f"{name} must be a whole number >= {least}, got {count!r}") from None
    if whole < least:
        raise ValueError(f"{name} must be a whole number >= {least}, got {count!r}")
    return whole


def check_hyperparameters(optimizer):
    """Check a frozen dataclass field by field: lr, every beta, eps; the rest are switches.

    lr may be a schedule, a function of the step number t. Its values are checked when they are used.
    """
    for field in dataclasses.fields(optimizer):
        name, value = field.name, getattr(optimizer, field.name)
        if name.startswith("beta"):
            value = check_beta(value, name)
        elif name == "eps" or (name == "lr" and not callable(value)):
            value = check_at_least_zero(value, name)
        object.__setattr__(optimizer, name, value)  # the only write, before anyone holds the object


def learning_rate(lr, t):
    """Return the learning rate of step t = 1, 2, ...: lr itself, or what the schedule lr gives."""
    return check_at_least_zero(lr(t), f"the schedule's lr at t = {t}") if callable(lr) else lr


def check_step(t):
    """Return the step as a Python int, or a float if it lies between two; ValueError unless 1 <= t < inf."""
    step = int(t) if isinstance(t, numbers.Integral) else float(t) if isinstance(t, numbers.Real) else math.nan
    if not 1 <= step <= sys.float_info.max:  # an int may be larger than any float
        raise ValueError(f"t must be a finite number >= 1, since the first step is t = 1, got {t!r}")
    return step


_OF_A_SCHEDULE = {
    "factor": ("a number in [0, 1]", lambda value: 0 <= value <= 1),
    "rise": ("a number in (0, 1)", lambda value: 0 < value < 1),
    "power": ("a finite number > 0", lambda value: 0 < value < math.inf),
    "div_factor": ("a finite number >= 1", lambda value: 1 <= value < math.inf),
    "final_div_factor": ("a finite number >= 1", lambda value: 1 <= value < math.inf),
}


def check_schedule(schedule):
    """Check a schedule, a frozen dataclass, field by field: within these ranges no rate is negative or NaN.

    A schedule inside another may be any function of t. Its values are checked when they are used.
    """
    for field in dataclasses.fields(schedule):
        name, value = field.name, getattr(schedule, field.name)
        if name in ("steps", "every"):
            value = check_count(value, name, least=1)
        elif name in ("lr", "end", "k"):
            value = check_at_least_zero(value, name)
        elif name in _OF_A_SCHEDULE:
            wanted, allowed = _OF_A_SCHEDULE[name]
            if not (isinstance(value, numbers.Real) and allowed(value)):
                raise ValueError(f"{name} must be {wanted}, got {value!r}")
            value = float(value)
        elif not callable(value):
            value = check_at_least_zero(value, name)
        object.__setattr__(schedule, name, value)  # the only write, before anyone holds the object


def check_rates(optimizer, steps):
    """Ask the schedule of an optimizer for all its values, before anything is computed that an error could lose."""
    for one in getattr(optimizer, "optimizers", [optimizer]):
        for t in range(1, steps + 1 if callable(getattr(one, "lr", None)) else 1):
            learning_rate(one.lr, t)


def check_seeds(seeds):
    """Return one seed as a Python int, several as a tuple; ValueError unless they are whole, >= 0 and all different."""
    if np.ndim(seeds) == 0:
        return check_count(seeds, "seeds", least=0)
    seeds = tuple(check_count(seed, "seeds", least=0) for seed in seeds)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must be different numbers, and at least one, got {seeds!r}")
    return seeds


def check_full_grid(result, axes):
    """ValueError unless the result is a complete sweep of Adam with one setting for each combination on the axes."""
    if not all(hasattr(result, name) for name in ("table", "losses", "interrupted")):
        raise ValueError(f"result must be what sweep(...) returned, got {result!r:.60}")
    table, losses = result.table, result.losses
    if result.interrupted:
        raise ValueError(f"result must be a complete sweep, got one that was interrupted after {len(table)} runs")
    methods = sorted(set(table["method"].tolist()))
    if methods != ["Adam"]:
        raise ValueError(f"result must be a sweep of Adam alone, got {', '.join(methods) or 'no runs'}")
    if np.isnan(table["lr"]).any():
        raise ValueError("result must have a number as lr in every setting, got a schedule")
    if len(np.unique(table["eps"])) > 1:
        raise ValueError(f"result must have one eps, got {', '.join(f'{eps:g}' for eps in np.unique(table['eps']))}")
    if len(np.unique(table["lr"])) < 2:
        raise ValueError(f"result must have at least two values of lr, got {table['lr'][0]:g} alone")
    columns = [*axes, "seed"]
    sizes = [len(np.unique(table[name])) for name in columns]
    if not len(table) == len(np.unique(table[columns])) == math.prod(sizes):
        wanted = ", ".join(f"{size} of {name}" for size, name in zip(sizes, columns))
        raise ValueError(
            f"result must have one run for each combination of its values ({wanted}), got {len(table)} runs"
        )
    if len(losses) != len(table) or losses.shape[1] < 2:
        raise ValueError(f"result must have two losses or more for each of {len(table)} runs, got shape {losses.shape}")
    if np.nanmin(losses) < 0:
        raise ValueError(f"result must have losses of at least 0, got {np.nanmin(losses):g}")


def check_examples(inputs, labels, width, classes):
    """Return inputs as floats and labels as whole numbers; ValueError unless they fit the network and each other."""
    inputs, labels = check_floats(inputs, "inputs"), np.asarray(labels)
    if inputs.ndim < 2 or inputs.shape[-1] != width:
        raise ValueError(f"inputs must have the shape (..., examples, {width}), got {inputs.shape}")
    if labels.shape != inputs.shape[:-1]:
        raise ValueError(f"labels must have the shape {inputs.shape[:-1]}, one for each input, got {labels.shape}")
    if labels.size == 0:
        raise ValueError(f"inputs must hold at least one example, got {inputs.shape}")
    if not np.isfinite(inputs).all():
        raise ValueError(f"inputs must be finite, got {inputs[~np.isfinite(inputs)][0]}")
    if labels.dtype.kind not in "iu":
        raise ValueError(f"labels must be whole numbers from 0 to {classes - 1}, got {labels.dtype}")
    if labels.min() < 0 or labels.max() >= classes:
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(f"labels must be whole numbers from 0 to {classes - 1}, got {wrong}")
    return inputs, labels


def check_floats(values, name):
    """Return data as a float32 or float64 array; integers become float64, anything else TypeError."""
    values = np.asarray(values)
    if values.dtype.kind in "iub":
        return values.astype(np.float64)
    if values.dtype.type not in (np.float32, np.float64):
        raise TypeError(f"{name} must be real numbers in float32 or float64, not {values.dtype}")
    return values


def check_parameters(x):
    """Return the parameters as an array; TypeError unless they are float32 or float64."""
    x = np.asarray(x)
    if x.dtype.type in (np.float32, np.float64):
        return x
    reason = {
        "f": "float16 cannot hold eps = 1e-8" if x.dtype == np.float16 else "only these two are tested",
        "i": "an integer cannot take a small step",
        "u": "an integer cannot take a small step",
        "b": "a truth value cannot take a small step",
        "O": "an object array has no fixed precision",
        "c": "the update rules are for real numbers",
    }.get(x.dtype.kind, "they must be numbers")
    raise TypeError(f"parameters must be float32 or float64, not {x.dtype}: {reason}; use x.astype(np.float64)")


def check_gradient(gradient, like):
    """Return the gradient in the dtype of the state's array `like`; ValueError unless the shapes agree."""
    gradient = np.asarray(gradient)
    if gradient.shape != like.shape:
        raise ValueError(f"the gradient has shape {gradient.shape}, the state has shape {like.shape}")
    if gradient.dtype != like.dtype:
        gradient = check_floats(gradient, "the gradient").astype(like.dtype)
    return gradient


def as_arrays(dtype, *values):
    """Return the values as arrays of this dtype.

    They are so already, except with 0-d parameters, where NumPy gives back scalars (and NumPy 1
    widens a float32 scalar times a Python float to float64).
    """
    return [np.asarray(value, dtype) for value in values]
