"""Chapter 1: averages whose start is corrected, and how far back an average looks."""

import math

import numpy as np

from adamlib.averaging import ema_series, half_life
from adamlib.exercises.engine import CLOSELY, Question, as_numbers, by_hand, slipped

DEBIASED = """
def debiased(xs, beta):
    m, averages = 0.0, []
    for t, x in enumerate(xs, start=1):
        m = beta * m + (1 - beta) * x
        averages.append(m / (1 - beta**t))
    return np.array(averages)
"""

_DEBIASED_SLIPS = [
    (
        "You seem to multiply by the correction. Divide by it: m started at 0 and is too small.",
        ("m / (1 - beta**t)", "m * (1 - beta**t)"),
    ),
    ("The correction seems to be missing: divide m by 1 - beta**t.", ("m / (1 - beta**t)", "m")),
    (
        "The exponent of the correction seems to be 2. It is t, the number of values seen so far.",
        ("1 - beta**t", "1 - beta**2"),
    ),
    (
        "The correction seems to be 1 - beta at every step. It is 1 - beta**t, and t must increase.",
        ("1 - beta**t", "1 - beta"),
    ),
    ("t seems to start at 0, or to be increased after it is used: the first value has t = 1.", ("start=1", "start=0")),
    ("t seems to be one ahead: the first value has t = 1.", ("start=1", "start=2")),
    ("The factor 1 - beta seems to be left out: m = beta * m + (1 - beta) * x.", ("(1 - beta) * x", "x")),
    (
        "beta and 1 - beta seem to have changed places: beta belongs to the old average.",
        ("beta * m + (1 - beta) * x", "(1 - beta) * m + beta * x"),
    ),
    (
        "The corrected average seems to go into the next one. Keep m itself: it is corrected for use only.",
        ("averages.append(m / (1 - beta**t))", "m = m / (1 - beta**t)\n        averages.append(m)"),
    ),
    (
        "You seem to start at the first value. That is not the same as starting at 0 and dividing by 1 - beta**t.",
        ("m, averages = 0.0, []", "m, averages = xs[0], []"),
        ("m / (1 - beta**t)", "m"),
    ),
]


def _debiased():
    def measure(function):
        return np.stack([as_numbers(function(xs, beta), (4,), "Your average") for xs, beta in zip(series, betas)])[
            ..., None
        ]

    series, betas = [np.array([4.0, -2.0, 7.0, 1.0]), np.array([10.0, 10.0, 10.0, 13.0])], (0.5, 0.9)
    return Question(ema_series, slipped(DEBIASED, _DEBIASED_SLIPS), ("average",), measure, **CLOSELY)


def _half_life():
    def measure(function):
        return np.array([[as_numbers(function(beta), (), "Your half-life")] for beta in (0.5, 0.9, 0.975)])

    slips = [
        ("You seem to take 1/beta for the half-life. It is the h with beta**h = 1/2.", lambda beta: 1 / beta),
        ("You seem to take 1/(1 - beta). By then the weight is about 1/e, not 1/2.", lambda beta: 1 / (1 - beta)),
        (
            "The sign seems to be lost: the logarithms of 1/2 and of beta are both negative.",
            lambda beta: math.log(2) / math.log(beta),
        ),
        ("You seem to divide the other way round.", lambda beta: math.log(beta) / math.log(0.5)),
        ("You seem to take the mean age, beta/(1 - beta).", lambda beta: beta / (1 - beta)),
    ]
    return Question(half_life, slips, ("half-life",), measure, **CLOSELY)


def _averages_by_hand():
    def numbers(rule):
        return list(rule(np.array([6.0, 12.0]), 0.8))

    kept = "averages.append(m / (1 - beta**t))"
    parts = DEBIASED.replace(kept, "averages += [m, m / (1 - beta**t)]")
    slips = [slip for slip in _DEBIASED_SLIPS if all(old != kept for old, _ in slip[1:])]
    return by_hand(("m_1", "m_1 hat", "m_2", "m_2 hat"), numbers, parts, slips)


QUESTIONS = {
    "averages by hand": _averages_by_hand,
    "debiased": _debiased,
    "half-life": _half_life,
}
