"""Chapter 1: averages whose start is corrected, and how far back an average looks."""

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

DEBIASED_SLIPS = {
    "You seem to multiply by the correction. Divide by it: m started at 0 and is too small.": {"m / (1": "m * (1"},
    "The correction seems to be missing: divide m by 1 - beta**t.": {"m / (1 - beta**t)": "m"},
    "The exponent of the correction seems to be 2. It is t, the number of values seen so far.": {"beta**t": "beta**2"},
    "The exponent of the correction seems to be the length of xs. It is t, the number of values seen so far.": {
        "beta**t": "beta**len(xs)"
    },
    "The correction seems to be 1 - beta at every step. It is 1 - beta**t, and t must increase.": {"beta**t": "beta"},
    "The correction seems to be 1 - beta*t. It is a power: 1 - beta**t.": {"beta**t": "beta*t"},
    "The correction seems to be (1 - beta)**t. The power belongs to beta alone: 1 - beta**t.": {
        "1 - beta**t": "(1 - beta)**t"
    },
    "The correction seems to be beta**t. It is 1 - beta**t.": {"1 - beta**t": "beta**t"},
    "The brackets around 1 - beta**t seem to be missing: without them m is divided by 1.": {
        "m / (1 - beta**t)": "m / 1 - beta**t"
    },
    "t seems to start at 0, or to be increased after it is used: the first value has t = 1.": {"start=1": "start=0"},
    "t seems to be one ahead: the first value has t = 1.": {"start=1": "start=2"},
    "The factor 1 - beta seems to be left out: m = beta * m + (1 - beta) * x.": {"(1 - beta) * x": "x"},
    "beta and 1 - beta seem to have changed places: beta belongs to the old average.": {
        "beta * m + (1 - beta) * x": "(1 - beta) * m + beta * x"
    },
    "The corrected average seems to go into the next one. Keep m itself: it is corrected for use only.": {
        "averages.append(m / (1 - beta**t))": "m = m / (1 - beta**t)\n        averages.append(m)"
    },
    "You seem to start at the first value. That is not the same as starting at 0 and dividing by 1 - beta**t.": {
        "m, averages = 0.0, []": "m, averages = xs[0], []",
        "m / (1 - beta**t)": "m",
    },
    "beta seems to be 0.9 whatever is asked for. Use the one that is given.": {
        "    m, averages": "    beta = 0.9\n    m, averages"
    },
}

HALF_LIFE = """
def half_life(beta):
    return math.log(0.5) / math.log(beta)
"""

HALF_LIFE_SLIPS = {
    "You seem to take 1/beta for the half-life. It is the h with beta**h = 1/2.": {
        "math.log(0.5) / math.log(beta)": "1 / beta"
    },
    "You seem to take 1/(1 - beta). By then the weight is below 1/e, and not 1/2.": {
        "math.log(0.5) / math.log(beta)": "1 / (1 - beta)"
    },
    "The sign seems to be lost: the logarithms of 1/2 and of beta are both negative.": {"0.5": "2"},
    "You seem to divide the other way round.": {"math.log(0.5) / math.log(beta)": "math.log(beta) / math.log(0.5)"},
    "You seem to take the mean age, beta/(1 - beta).": {"math.log(0.5) / math.log(beta)": "beta / (1 - beta)"},
}


def _debiased():
    def measure(function):
        series = np.array([[4.0, -2.0, 7.0, 1.0], [10.0, 10.0, 10.0, 13.0]])
        given = [
            as_numbers(function(xs, beta), (4,), "Your average", "Does return stand inside the loop?")
            for xs, beta in zip(series, (0.5, 0.9))
        ]
        return np.stack(given)[..., None]

    return Question(ema_series, slipped(DEBIASED, DEBIASED_SLIPS), ("average",), measure, **CLOSELY)


def _half_life():
    def measure(function):
        return np.array([[as_numbers(function(beta), (), "Your half-life")] for beta in (0.5, 0.9, 0.975)])

    return Question(half_life, slipped(HALF_LIFE, HALF_LIFE_SLIPS), ("half-life",), measure, **CLOSELY)


def _by_hand(xs=(6.0, 12.0), beta=0.8):
    def numbers(rule):
        return list(rule(np.array(xs), beta))

    parts = DEBIASED.replace("averages.append(m / (1 - beta**t))", "averages += [m, m / (1 - beta**t)]")
    return by_hand(("m_1", "m_1 hat", "m_2", "m_2 hat"), numbers, parts, DEBIASED_SLIPS)


QUESTIONS = {"averages by hand": _by_hand, "debiased": _debiased, "half-life": _half_life}
