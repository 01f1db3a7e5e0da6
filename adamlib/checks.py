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
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

Rate = float | Callable[[float], float]  # a learning rate: a number, or a schedule t -> lr with t = 1, 2, ...


def is_number(value) -> bool:
    """Say whether this is a real number. A truth value is none: it was meant for a switch."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def check_number(value, name, words, allowed) -> float:
    """Return the number as a Python float; ValueError with these words unless it is allowed."""
    if not (is_number(value) and allowed(value)):
        raise ValueError(f"{name} must be {words}, got {value!r}")
    return float(value)


def check_beta(beta, name="beta"):
    """Return the decay rate as a Python float; ValueError unless 0 <= beta < 1."""
    return check_number(beta, name, "a number in [0, 1)", lambda value: 0 <= value < 1)


def check_at_least_zero(value, name):
    """Return the number as a Python float; ValueError unless it is finite and >= 0."""
    return check_number(value, name, "a finite number >= 0", lambda value: 0 <= value < math.inf)


def check_above_zero(value, name):
    """Return the number as a Python float; ValueError unless it is finite and > 0."""
    return check_number(value, name, "a finite number > 0", lambda value: 0 < value < math.inf)


def check_count(count, name, least) -> int:
    """Return the count as a Python int; ValueError unless it is a whole number >= least."""
    try:
        whole = operator.index(count)
    except TypeError:
        whole = None
    if whole is None or isinstance(count, bool) or whole < least:
        raise ValueError(f"{name} must be a whole number >= {least}, got {count!r}")
    return whole


def check_switch(value, name):
    """Return the switch as a Python bool; ValueError unless it is one: any text, "no" too, would count as true."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {value!r}")
    return bool(value)


_check_at_least_one = partial(check_number, words="a finite number >= 1", allowed=lambda value: 1 <= value < math.inf)

# Every field of every optimizer and schedule, and how it is checked.
HYPERPARAMETERS = {
    "lr": check_at_least_zero,
    "beta": check_beta,
    "beta1": check_beta,
    "beta2": check_beta,
    "eps": check_at_least_zero,
    "weight_decay": check_at_least_zero,
    "bias_correction": check_switch,
    "heavy_ball": check_switch,
    "nesterov": check_switch,
    # of schedules alone
    "end": check_at_least_zero,
    "k": check_at_least_zero,
    "factor": partial(check_number, words="a number in [0, 1]", allowed=lambda value: 0 <= value <= 1),
    "rise": partial(check_number, words="a number in (0, 1)", allowed=lambda value: 0 < value < 1),
    "power": check_above_zero,
    "div_factor": _check_at_least_one,
    "final_div_factor": _check_at_least_one,
    "steps": partial(check_count, least=1),
    "every": partial(check_count, least=1),
    "schedule": check_at_least_zero,
    "first": check_at_least_zero,
    "second": check_at_least_zero,
}


def check_hyperparameters(made):
    """Check a new optimizer or schedule, a frozen dataclass, field by field. LookupError where a field has no check.

    A field that is a Rate may be any function of t. Its values are checked when they are used.
    """
    for field in dataclasses.fields(made):
        name, value = field.name, getattr(made, field.name)
        if name not in HYPERPARAMETERS:
            raise LookupError(f"add {name} of {type(made).__name__} to HYPERPARAMETERS in adamlib/checks.py")
        if not (field.type == Rate and callable(value)):
            value = HYPERPARAMETERS[name](value, name)
        object.__setattr__(made, name, value)  # the only write, before anyone holds the object


def learning_rate(lr: Rate, t) -> float:
    """Return the learning rate of step t = 1, 2, ...: lr itself, or what the schedule lr gives."""
    return check_at_least_zero(lr(t), f"the schedule's lr at t = {t}") if callable(lr) else lr


def check_step(t):
    """Return the step as a Python int, or a float if it lies between two; ValueError unless 1 <= t < inf."""
    step = math.nan if not is_number(t) else int(t) if isinstance(t, numbers.Integral) else float(t)
    if not 1 <= step <= sys.float_info.max:  # an int may be larger than any float
        raise ValueError(f"t must be a finite number >= 1, since the first step is t = 1, got {t!r}")
    return step


def check_rates(optimizer, steps):
    """Ask the schedule of an optimizer for all its values, before anything is computed that an error could lose."""
    for one in getattr(optimizer, "optimizers", [optimizer]):
        for t in range(1, steps + 1 if callable(getattr(one, "lr", None)) else 1):
            learning_rate(one.lr, t)


def check_seeds(seeds) -> Any:  # an int or a tuple, as the caller knows
    """Return one seed as a Python int, several as a tuple; ValueError unless they are whole, >= 0 and all different."""
    if np.ndim(seeds) == 0:
        return check_count(seeds, "seeds", least=0)
    seeds = tuple(check_count(seed, "seeds", least=0) for seed in seeds)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must be different numbers, and at least one, got {seeds!r}")
    return seeds


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


def check_gradient(gradient, like, name="the gradient"):
    """Return the gradient in the dtype of the state's array `like`; ValueError unless the shapes agree."""
    gradient = np.asarray(gradient)
    if gradient.shape != like.shape:
        raise ValueError(f"{name} has shape {gradient.shape}, the state has shape {like.shape}")
    if gradient.dtype != like.dtype:
        gradient = check_floats(gradient, name).astype(like.dtype)
    return gradient


def as_arrays(dtype, *values):
    """Return the values as arrays of this dtype.

    They are so already, except with 0-d parameters, where NumPy gives back scalars (and NumPy 1
    widens a float32 scalar times a Python float to float64).
    """
    return [np.asarray(value, dtype) for value in values]
