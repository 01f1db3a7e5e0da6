"""What every module refuses, in one place, each with a message that says what to do.

Values come back in the one form the formulas work with: hyper-parameters as Python floats (with
NumPy 2 a float32 array times an `np.float64` would become float64), parameters and gradients as
float32 or float64 arrays. A message names the argument, shows what came, and says what to do instead.
"""

import dataclasses
import math
import numbers
import operator
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

Rate = float | Callable[[float], float]  # a learning rate: a number, or a schedule t -> lr with t = 1, 2, ...


def shown(value) -> str:
    """Print a value as it would be written, but not at any length, and whatever it is."""
    try:
        text = repr(value)
    except Exception:  # an int of thousands of digits, an object of somebody's own
        text = f"a {type(value).__name__} that cannot be printed"
    return text if len(text) <= 500 else f"{text[:497]}..."


def is_number(value) -> bool:
    """Say whether this is a real number. A truth value is none, it was meant for a switch; nor is a span of time."""
    return type(value) is float or (isinstance(value, numbers.Real) and not isinstance(value, bool | np.timedelta64))


def as_float(value) -> float:
    """Return a real number as a Python float, and NaN for what is none, or an int or a fraction beyond all floats."""
    try:
        return float(value) if is_number(value) else math.nan
    except OverflowError:
        return math.nan


def check_number(value, name, words, allowed) -> float:
    """Return the number as a Python float; ValueError with these words unless it is allowed."""
    number = value if type(value) is float else as_float(value)
    if not allowed(number):
        raise ValueError(f"{name} must be {words}, got {shown(value)}{_number_in(value, allowed)}")
    return number


def _number_in(value, allowed):
    """Say how to get the number out of what holds a right one: a Decimal, an array or a tensor without an axis."""
    if is_number(value) or isinstance(value, str | bytes | bytearray | bool | np.bool_):
        return ""  # a number that is wrong, or what was meant for something else
    try:
        held = float(value) if np.ndim(value) == 0 and np.asarray(value).dtype.kind not in "bmM" else math.nan
    except Exception:
        return ""
    return "; use float(it)" if allowed(held) else ""


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
        raise ValueError(f"{name} must be a whole number >= {least}, got {shown(count)}")
    if whole > sys.maxsize:
        raise ValueError(f"{name} must be at most {sys.maxsize}, got {shown(count)}")
    return whole


def check_switch(value, name):
    """Return the switch as a Python bool; ValueError unless it is one: any text, "no" too, would count as true."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {shown(value)}")
    return bool(value)


check_real = partial(check_number, words="a number", allowed=lambda value: value == value)  # not NaN
check_finite = partial(check_number, words="a finite number", allowed=math.isfinite)
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
    step = as_float(t)
    if not 1 <= step < math.inf:
        raise ValueError(f"t must be a finite number >= 1, since the first step is t = 1, got {shown(t)}")
    return int(t) if isinstance(t, numbers.Integral) else step


def check_rates(optimizer, steps, taken=0):
    """Ask the schedule of an optimizer for all its values, before anything is computed that an error could lose."""
    for one in getattr(optimizer, "optimizers", [optimizer]):
        for t in range(taken + 1, taken + steps + 1 if callable(getattr(one, "lr", None)) else taken + 1):
            learning_rate(one.lr, t)


def is_row(values) -> bool:
    """Say whether this holds several things in an order."""
    return isinstance(values, list | tuple | range) or (isinstance(values, np.ndarray) and values.ndim > 0)


def check_seeds(seeds) -> Any:  # an int or a tuple, as the caller knows
    """Return one seed as a Python int, several as a tuple; ValueError unless they are whole, >= 0 and all different."""
    if not is_row(seeds):
        return check_count(seeds, "seeds", least=0)
    seeds = tuple(check_count(seed, "seeds", least=0) for seed in seeds)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must be different numbers, and at least one, got {shown(seeds)}")
    return seeds


_FLOATS = (np.float32, np.float64)


def as_array(values, name):
    """Return what holds numbers in rows as a plain array; TypeError where something of it would be lost unseen."""
    if type(values) is np.ndarray:
        return values
    kind = type(values).__name__
    if np.ma.is_masked(values):
        raise TypeError(f"{name} must not be masked, since all its numbers would be used: see its .filled(value)")
    if any(hasattr(values, unit) for unit in ("unit", "units")):
        raise TypeError(f"{name} must be without a unit, which would be lost: give its numbers alone")
    try:
        array = np.asarray(values)
    except Exception as error:  # lists of unequal lengths, a tensor that records its gradient, anything of their own
        raise TypeError(f"{name} must be an array of numbers, and this {kind} makes none: {error}") from None
    if array.dtype == object and array.ndim == 0:  # None, a set, a generator, an int beyond all floats
        raise TypeError(f"{name} must be an array of numbers, got {shown(values)}")
    return array


def check_unnamed(values, name):
    """TypeError if arrays or entries have names, which nobody would read: a state knows entries by their places."""
    if isinstance(values, Mapping):
        kind = type(values).__name__
        raise TypeError(
            f"{name} must be one array, not a {kind}: named arrays go through init_each and update_each of "
            "adamlib.network"
        )
    if any(hasattr(values, mark) for mark in ("to_numpy", "columns", "coords")) and type(values) is not np.ndarray:
        raise TypeError(
            f"{name} must be without labels, since entries are told by their places: "
            "put them in order, and give an array, as .to_numpy() does"
        )


def _advice(array, name):
    """Say how to make real numbers of an array, if there is a way that loses nothing unseen."""
    if array.dtype.kind == "c":
        copied, real = "" if array.flags.c_contiguous else ".copy()", array.real.dtype
        view = f"{name}{copied}.view(np.{real})" if array.ndim else f"np.array([{name}.real, {name}.imag])"
        return f"; use {view}, its real and imaginary parts as numbers of their own"
    if array.dtype == object and any(one is None for one in array.flat):
        return ""  # it would become NaN
    try:
        with np.errstate(all="ignore"):
            array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return ""
    return f"; use {name}.astype(np.float64)" if array.dtype.kind not in "Mm" else ""


def check_floats(values, name):
    """Return data as a float32 or float64 array; integers become float64, anything else TypeError."""
    values = as_array(values, name)
    if values.dtype.kind in "iub":
        return values.astype(np.float64)
    if values.dtype.type not in _FLOATS:
        raise TypeError(
            f"{name} must be real numbers in float32 or float64, not {values.dtype}{_advice(values, 'np.asarray(it)')}"
        )
    return values


def check_series(xs, name):
    """Return data as `check_floats` does; ValueError unless it has an axis to go along."""
    xs = check_floats(xs, name)
    if xs.ndim == 0:
        raise ValueError(f"{name} must be a series with at least one axis, got a single number")
    return xs


def check_values(values, name) -> Any:  # a number or an array, as the caller knows
    """Return a number as it is, or an array as `check_floats` does; TypeError for what is not real, or has labels."""
    if type(values) is float or (type(values) is np.ndarray and values.dtype.type in _FLOATS):
        return values
    if is_number(values) and type(values) not in (np.float16, np.longdouble):  # as with arrays
        if values == values and math.isnan(as_float(values)):
            raise ValueError(f"{name} must be a number that a float can hold, got {shown(values)}")
        return values
    check_unnamed(values, name)
    return check_floats(values, name)


def check_all_finite(array, name):
    """Return the array; ValueError unless every number in it is finite."""
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")
    return array


def check_numbers(values, name):
    """Return what `check_values` takes as an array of float64."""
    return np.asarray(check_values(values, name), np.float64)


def check_parameters(x, name="parameters"):
    """Return the parameters as an array; TypeError unless they are float32 or float64."""
    check_unnamed(x, name)
    it = "x" if hasattr(x, "astype") or isinstance(x, complex) else "np.asarray(x)"  # a list has no astype
    x = as_array(x, name)
    if x.dtype.type in _FLOATS:
        return x
    reason = {
        "f": "float16 cannot hold eps = 1e-8" if x.dtype == np.float16 else "only these two are tested",
        "i": "an integer cannot take a small step",
        "u": "an integer cannot take a small step",
        "b": "a truth value cannot take a small step",
        "O": "an object array has no fixed precision",
        "c": "the update rules are for real numbers",
    }.get(x.dtype.kind, "they must be numbers")
    raise TypeError(f"{name} must be float32 or float64, not {x.dtype}: {reason}{_advice(x, it)}")


def check_gradient(gradient, like, name="the gradient"):
    """Return the gradient in the dtype of the state's array `like`; ValueError unless the shapes agree.

    float16 loses nothing. What float64 has and float32 has not is rounded, and beyond its range becomes infinite, with
    NumPy's warning.
    """
    if type(gradient) is not np.ndarray:
        check_unnamed(gradient, name)
        gradient = as_array(gradient, name)
    if gradient.shape != like.shape:
        raise ValueError(f"{name} has shape {gradient.shape}, the state has shape {like.shape}")
    if gradient.dtype != like.dtype:
        gradient = gradient.astype(np.float32) if gradient.dtype == np.float16 else gradient
        gradient = check_floats(gradient, name).astype(like.dtype)
    return gradient


def check_state(state, kind):
    """Return the state of an optimizer; TypeError unless it is of this kind, ValueError unless its parts fit.

    A kind is a named tuple: t, the steps taken, and arrays of one shape and dtype.
    """
    if type(state) is not kind:
        _check_state_kind(state, kind)
    t, first, *others = state
    if type(t) is int and t >= 0 and type(first) is np.ndarray and first.dtype.type in _FLOATS:
        for part in others:
            if type(part) is not np.ndarray or part.dtype is not first.dtype or part.shape != first.shape:
                break
        else:
            return state  # the usual case, in a fraction of a step's time
    _check_parts(state)
    return state


def _check_parts(state):
    check_count(state[0], "the state's t", least=0)
    _, first, *_ = state
    for name, part in zip(state._fields[1:], state[1:]):
        _check_part(part, name)
        if part.dtype != first.dtype or part.shape != first.shape:
            raise ValueError(
                f"the state's {name} has shape {part.shape} in {part.dtype}, "
                f"and its {state._fields[1]} has {first.shape} in {first.dtype}"
            )


def _check_state_kind(state, kind):
    if (type(state).__name__, getattr(state, "_fields", None)) == (kind.__name__, kind._fields):
        return  # of the same module, imported anew
    stars = {dict: "**", list: "*", tuple: "*"}.get(type(state))
    made = f"; if it holds {', '.join(kind._fields)}, use {kind.__name__}({stars}state)" if stars else ""
    words = f"of the kind {kind.__name__}, as init and update give it"
    raise TypeError(f"the state must be {words}, got {shown(state)}{made}")


def _check_part(part, name):
    is_array = isinstance(part, np.ndarray | np.floating) and not np.ma.is_masked(part)
    if not (is_array and part.dtype.type in _FLOATS):
        raise TypeError(
            f"the state's {name} must be an array in the parameters' dtype, got {shown(part)}; "
            f"use np.asarray(state.{name}, x.dtype)"
        )


def check_has(value, name, parts, words):
    """Return the value; TypeError with these words unless it is an object, and no class, that has all these methods."""
    if isinstance(value, type) or not all(callable(getattr(value, part, None)) for part in parts):
        raise TypeError(f"{name} must be {words}, got {shown(value)}")
    return value


check_optimizer = partial(
    check_has, name="optimizer", parts=("init", "update"), words="an optimizer, such as Adam(lr=0.001)"
)


def check_function(function, name):
    """Return the function; TypeError unless it can be called."""
    if not callable(function):
        raise TypeError(f"{name} must be a function, got {shown(function)}")
    return function


def check_choice(value, name, choices):
    """Return the text; ValueError unless it is one of these."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}; got {shown(value)}")
    return value


def check_kind(value, name, kind):
    """Return the value; TypeError unless it is of this kind."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, got {shown(value)}")
    return value


def check_named(arrays, name):
    """Return a dict of named arrays; TypeError unless it is one."""
    if not isinstance(arrays, Mapping):
        raise TypeError(f'{name} must be a dict of named arrays, such as {{"W1": ..., "b1": ...}}, got {shown(arrays)}')
    return dict(arrays)


def check_same_names(name, arrays, states):
    """TypeError unless these are two dicts, ValueError unless their names are the same."""
    states, arrays = check_named(states, "states"), check_named(arrays, name)
    if arrays.keys() != states.keys():
        wanted, got = (", ".join(map(str, named)) or "none" for named in (states, arrays))
        raise ValueError(f"{name} must have the names of the states, {wanted}; got {got}")


def as_arrays(dtype, *values):
    """Return the values as arrays of this dtype.

    They are so already, except with 0-d parameters, where NumPy gives back scalars (and NumPy 1
    widens a float32 scalar times a Python float to float64).
    """
    return [np.asarray(value, dtype) for value in values]
