"""Chapter 6: learning rates that are functions of t = 1, 2, ..."""

import numpy as np

from adamlib.exercises.engine import Question, as_numbers, by_hand, slipped
from adamlib.schedules import cosine, exponential, inverse_time, warmup

INVERSE_TIME = """
def inverse_time(t, lr, k):
    return lr / (1 + k * (t - 1))
"""

_FROM_ZERO = "t seems to be counted from 0. The first step has t = 1, so t - 1 steps lie behind it."

INVERSE_TIME_SLIPS = {
    _FROM_ZERO: {"(t - 1)": "t"},
    "This is an exponential decay, which multiplies by the same factor every time.": {
        "/ (1 + k * (t - 1))": "* math.exp(-k * (t - 1))"
    },
    "This decays with the root of t.": {"/ (1 + k * (t - 1))": "/ math.sqrt(1 + k * (t - 1))"},
    "k seems to be left out.": {"k * (t - 1)": "(t - 1)"},
}

COSINE = """
def cosine(t, lr, steps):
    done = min((t - 1) / steps, 1)
    return lr * (1 + math.cos(math.pi * done)) / 2
"""

COSINE_SLIPS = {
    "After its end the schedule seems to rise again. It stays at 0: the share that is done is at most 1.": {
        "min((t - 1) / steps, 1)": "(t - 1) / steps"
    },
    _FROM_ZERO: {"(t - 1)": "t"},
    "The last step seems to have the learning rate 0, and is wasted: divide t - 1 by steps, not by steps - 1.": {
        "(t - 1) / steps": "(t - 1) / (steps - 1)"
    },
    "The factor 1/2 seems to be missing.": {" / 2": ""},
    "This is a straight line.": {"(1 + math.cos(math.pi * done)) / 2": "(1 - done)"},
    "This is a quarter of a wave. It takes half a wave, level at both ends.": {
        "(1 + math.cos(math.pi * done)) / 2": "math.cos(math.pi * done / 2)"
    },
}

WARMUP = """
def warmup(t, schedule, steps):
    if t < steps:
        return schedule(1) * t / steps
    return schedule(t - steps + 1)
"""

WARMUP_SLIPS = {
    "The first step seems to have the learning rate 0, and is wasted: rise with t, not with t - 1.": {
        "* t / steps": "* (t - 1) / steps"
    },
    "The schedule seems to run while it is warmed up, so its beginning is lost. After the warm-up it has step 1.": {
        "schedule(t - steps + 1)": "schedule(t)"
    },
    "The schedule seems to be one step late: step `steps` is the first with its full learning rate.": {
        "t - steps + 1": "max(t - steps, 1)"
    },
    "The warm-up seems to multiply the schedule at t, not its first value.": {"schedule(1) * t": "schedule(t) * t"},
    "The warm-up seems to multiply a schedule that already runs, so its beginning is lost. It begins afterwards.": {
        "schedule(1) * t": "schedule(t) * t",
        "schedule(t - steps + 1)": "schedule(t)",
    },
    "There seems to be no warm-up.": {"schedule(1) * t / steps": "schedule(1)"},
}


def _of_schedule(*arguments):
    def measure(function):
        return np.array([[as_numbers(function(t, *arguments), (), f"Your rate at t = {t}")] for t in range(1, 14)])

    return measure


def _schedule(source, slips, method, *arguments):
    def right(t, *given):
        return method(*given)(t)

    measure = _of_schedule(*arguments)
    # A schedule that ends at 0 may end beside it.
    return Question(right, slipped(source, slips), ("learning rate",), measure, rtol=1e-9, atol=1e-12)


def _by_hand(start=1.0, lr=0.25, k=1.0):
    def numbers(rule):
        x, found = start, []
        for t in (1, 2):
            rate = rule(t, lr, k)
            x = x - rate * 2 * x
            found += [rate, x]
        return found

    return by_hand(("lr_1", "x_1", "lr_2", "x_2"), numbers, INVERSE_TIME, INVERSE_TIME_SLIPS)


QUESTIONS = {
    "schedule by hand": _by_hand,
    "inverse time": lambda: _schedule(INVERSE_TIME, INVERSE_TIME_SLIPS, inverse_time, 0.5, 0.4),
    "cosine": lambda: _schedule(COSINE, COSINE_SLIPS, cosine, 0.3, 8),
    "warm-up": lambda: _schedule(WARMUP, WARMUP_SLIPS, warmup, exponential(0.2, 0.7), 5),
}
