"""Chapter 3: steps divided by the root of an average of squares."""

import numpy as np

from adamlib.exercises.engine import by_hand, of_rule
from adamlib.exercises.momentum import FIXED, SIGN_LOST
from adamlib.landscapes import bowl
from adamlib.rmsprop import RMSProp, RMSPropState

# also of Adam
EPS_INSIDE = "eps seems to be inside the root. There 1e-8 acts like its own root, 0.0001: add it outside."
EPS_OUTSIDE = "eps seems to be added outside the fraction. A pair of brackets is missing around the denominator."
EPS_TENFOLD = (
    "eps seems to be 1e-7, which is what 10e-8 means. Use the argument, which is 1e-8 if nothing else is asked."
)

RMSPROP = """
def rmsprop(g, v, lr=0.01, beta=0.9, eps=1e-8):
    v = beta * v + (1 - beta) * g**2
    step = -lr * g / (np.sqrt(v) + eps)
    return step, v
"""

RMSPROP_SLIPS = {
    EPS_INSIDE: {"(np.sqrt(v) + eps)": "np.sqrt(v + eps)"},
    EPS_OUTSIDE: [
        {"/ (np.sqrt(v) + eps)": "/ np.sqrt(v) + eps"},
        {"-lr * g / (np.sqrt(v) + eps)": "-(lr * g / np.sqrt(v) + eps)"},
        {"/ (np.sqrt(v) + eps)": "* (1 / np.sqrt(v) + eps)"},
    ],
    "eps seems to be subtracted.": {"+ eps": "- eps"},
    "eps seems to be missing.": {" + eps": ""},
    EPS_TENFOLD: {"+ eps": "+ 10e-8"},
    "You seem to divide by v and not by its root.": {"np.sqrt(v)": "v"},
    SIGN_LOST: {"-lr": "lr"},
    "lr seems to be missing from the step.": {"-lr * g": "-g"},
    "g seems to go into v without its square.": {"g**2": "g"},
    "v seems to be made of the size of g, and not of its square.": {"g**2": "abs(g)"},
    "The factor 1 - beta seems to be left out of v.": {"(1 - beta) * g**2": "g**2"},
    "You seem to sum the squares. That is AdaGrad; RMSProp averages them.": {
        "beta * v + (1 - beta) * g**2": "v + g**2"
    },
    "beta and 1 - beta seem to have changed places: beta belongs to the old v.": {
        "beta * v + (1 - beta) * g**2": "(1 - beta) * v + beta * g**2"
    },
    "The step seems to use the old v.": {"    v = ": "    old, v = v, ", "np.sqrt(v)": "np.sqrt(old)"},
    FIXED: [{"    v = ": f"    {fixed}\n    v = "} for fixed in ("lr = 0.01", "beta = 0.9", "lr, beta = 0.01, 0.9")],
}


def _rmsprop():
    def right(g, v, lr, beta, eps):
        step, state = RMSProp(lr, beta, eps).update(g, RMSPropState(0, v))
        return step, state.v

    return of_rule(RMSPROP, RMSPROP_SLIPS, right, ("step", "v"), lr=0.1, beta=0.8, eps=1e-8)


def _by_hand(start=(-2.0, 1.0), lr=0.1, beta=0.9):
    def numbers(rule):
        x, v, found = np.array(start, float), np.zeros(2), []
        for _ in range(2):
            step, v = rule(bowl().gradient(x), v, lr=lr, beta=beta, eps=0.0)
            x = x + step
            found += [*v, *x]
        return found

    names = [f"{name} after step {t}" for t in (1, 2) for name in ("v_x", "v_y", "x", "y")]
    return by_hand(tuple(names), numbers, RMSPROP, RMSPROP_SLIPS)


QUESTIONS = {"rmsprop by hand": _by_hand, "rmsprop": _rmsprop}
