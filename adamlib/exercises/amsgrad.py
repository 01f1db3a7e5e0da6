"""Chapter 13: a period by hand, AMSGrad's update, and the regret of a walk."""

import numpy as np

from adamlib.amsgrad import AMSGrad, AMSGradState, average_regret
from adamlib.exercises.engine import CLOSELY, Question, as_numbers, by_hand, of_rule, slipped

PERIOD = """
def period(slopes, v, beta2):
    found, total = [], 0.0
    for g in slopes:
        v = beta2 * v + (1 - beta2) * g**2
        total += -g / np.sqrt(v)
        found.append(v)
    return found, total
"""

PERIOD_SLIPS = {
    "You seem to divide by v and not by its root.": {"np.sqrt(v)": "v"},
    "Each step seems to be divided by the v before it. The new gradient counts.": {
        "        v = beta2 * v + (1 - beta2) * g**2\n        total += -g / np.sqrt(v)\n": (
            "        total += -g / np.sqrt(v)\n        v = beta2 * v + (1 - beta2) * g**2\n"
        )
    },
    "The sign seems to be lost: a step is minus g over the root.": {"-g /": "g /"},
    "g seems to go into v without its square.": {"g**2": "abs(g)"},
    "beta2 and 1 - beta2 seem to have changed places: beta2 belongs to the old v.": {
        "beta2 * v + (1 - beta2) * g**2": "(1 - beta2) * v + beta2 * g**2"
    },
    "The gradients seem to be summed, not the steps.": {"-g / np.sqrt(v)": "-g"},
}


def _period():
    def numbers(rule):
        v = 1.0
        for _ in range(60):  # until it has forgotten where it began
            (*_, v), _ = found = rule([3.0, -1.0, -1.0], v, 0.1)
        return [*found[0], found[1]]

    return by_hand(("v after 3", "v after the first -1", "v after the second -1", "the sum"), numbers, PERIOD,
                   PERIOD_SLIPS)  # fmt: skip


AMSGRAD = """
def amsgrad(g, t, m, v, v_max, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    v_max = np.maximum(v_max, v)
    m_hat = m / (1 - beta1**t)
    v_hat = v_max / (1 - beta2**t)
    step = -lr * m_hat / (np.sqrt(v_hat) + eps)
    return step, m, v, v_max
"""

_LARGEST = "np.maximum(v_max, v)"
AMSGRAD_SLIPS = {
    "You seem to divide by the largest v and not by its root.": {"np.sqrt(v_hat)": "v_hat"},
    "The largest v_hat seems to be kept. That is Optax's form; PyTorch keeps the largest v, and corrects then.": {
        _LARGEST: "np.maximum(v_max, v / (1 - beta2**t))",
        "v_max / (1 - beta2**t)": "v_max",
    },
    "The maximum seems to go over all weights. It is taken entry by entry.": {_LARGEST: f"{_LARGEST}.max() + 0 * v"},
    "The largest v seems to go on in the average. v itself goes on as in Adam.": {"beta2 * v +": "beta2 * v_max +"},
    "The largest square seems to be kept, and not the largest average of squares.": {
        _LARGEST: "np.maximum(v_max, g**2)"
    },
    "Nothing seems to be kept: that is Adam.": {_LARGEST: "v"},
    "The smallest v seems to be kept.": {_LARGEST: "np.minimum(v_max, v)"},
    "The bias correction seems to be missing: divide m by 1 - beta1**t, and v_max by 1 - beta2**t.": {
        "m / (1 - beta1**t)": "m",
        "v_max / (1 - beta2**t)": "v_max",
    },
    "The hat seems to be missing: divide v_max by 1 - beta2**t.": {"v_max / (1 - beta2**t)": "v_max"},
    "eps seems to be inside the root.": {"(np.sqrt(v_hat) + eps)": "np.sqrt(v_hat + eps)"},
    "The sign seems to be lost: the step is added to x, so it carries the minus.": {"-lr": "lr"},
}


def _amsgrad():
    def right(g, t, m, v, v_max, lr, beta1, beta2, eps):
        step, state = AMSGrad(lr, beta1, beta2, eps).update(g, AMSGradState(t - 1, m, v, v_max))
        return step, state.m, state.v, state.v_max

    settings = {"t": None, "lr": 0.1, "beta1": 0.8, "beta2": 0.4, "eps": 1e-8}
    return of_rule(AMSGRAD, AMSGRAD_SLIPS, right, ("step", "m", "v", "v_max"), **settings)


REGRET = """
def regret(points, slopes):
    paid = np.sum(slopes * points)
    best = -abs(np.sum(slopes))
    return (paid - best) / len(slopes)
"""

REGRET_SLIPS = {
    "That seems to be the average loss. Regret compares it with the best fixed point.": {"paid - best": "paid"},
    "Each step seems to be compared with its own best point. Regret is against one fixed point for all.": {
        "-abs(np.sum(slopes))": "-np.sum(abs(slopes))"
    },
    "The walk seems to be compared with its own last point, and not with the best one.": {
        "-abs(np.sum(slopes))": "np.sum(slopes) * points[-1]"
    },
    "The walk seems to be compared with the worst fixed point.": {"-abs(np.sum": "abs(np.sum"},
    "The best point seems to be +1 always. Where the slopes sum to more than 0 it is -1.": {
        "-abs(np.sum(slopes))": "np.sum(slopes)"
    },
    "The best point seems to be -1 always. Where the slopes sum to less than 0 it is +1.": {
        "-abs(np.sum(slopes))": "-np.sum(slopes)"
    },
    "That seems to be the regret of all steps together: divide by their number.": {"/ len(slopes)": "/ 1"},
    "The sign seems to be lost: it is what was paid minus what the best would have paid.": {
        "paid - best": "best - paid"
    },
}


def _regret():
    cases = [
        ([0.0, 0.5, -0.25, 0.75], [2.0, -1.0, 3.0, -0.5]),
        ([0.0, -0.5, 0.25], [-2.0, 1.0, -0.5]),
        ([0.25, 1.0, 0.5, 0.3, -0.2], [4.0, -1.0, -1.0, 4.0, -1.0]),
    ]

    def measure(function):
        given = (function(np.array(points), np.array(slopes)) for points, slopes in cases)
        return np.array([as_numbers(regret, (), "Your regret") for regret in given])

    def right(points, slopes):
        return average_regret(np.append(points, 0.0), slopes)

    names = tuple(f"walk {k}" for k in (1, 2, 3))
    return Question(right, slipped(REGRET, REGRET_SLIPS), names, measure, **CLOSELY)


QUESTIONS = {"period by hand": _period, "amsgrad": _amsgrad, "regret": _regret}
