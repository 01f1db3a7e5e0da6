"""Chapter 2: steps along an average of gradients."""

import numpy as np

from adamlib.exercises.engine import by_hand, of_rule
from adamlib.momentum import Momentum, MomentumState

# also of the rules that follow
SIGN_LOST = "The sign seems to be lost: a step goes against the gradient, so it begins with minus lr."
FIXED = "A setting seems to have its usual value whatever is asked for. Use the values that are given."

MOMENTUM = """
def momentum(g, m, lr=0.01, beta=0.9):
    m = beta * m + (1 - beta) * g
    step = -lr * m
    return step, m
"""

MOMENTUM_SLIPS = {
    "The factor 1 - beta seems to be left out. That is the heavy ball, whose lr must be (1 - beta) times as large.": {
        "(1 - beta) * g": "g"
    },
    SIGN_LOST: {"-lr * m": "lr * m"},
    "The step seems to be minus m. It is -lr * m, and m holds no lr.": {"-lr * m": "-m"},
    "beta and 1 - beta seem to have changed places: beta belongs to the old m.": {
        "beta * m + (1 - beta) * g": "(1 - beta) * m + beta * g"
    },
    "The step seems to use the gradient and not its average m.": {"-lr * m": "-lr * g"},
    "The step seems to be made before m is renewed.": {"    m = ": "    old, m = m, ", "-lr * m": "-lr * old"},
    "The first m seems to be the whole gradient. It starts at 0, so the first m is (1 - beta) g.": {
        "    m = ": "    m = g if not np.any(m) else "
    },
    "lr seems to be inside m. Keep it outside, so that m is an average of gradients whatever lr does.": [
        {"(1 - beta) * g": "(1 - beta) * lr * g", "-lr * m": "-m"},
        {"(1 - beta) * g": "lr * g", "-lr * m": "-m"},
    ],
    "m seems to hold the step itself, with lr and the minus sign. Keep them outside: m is an average of gradients.": [
        {"+ (1 - beta) * g": "- lr * g", "-lr * m": "m"},
        {"+ (1 - beta) * g": "- (1 - beta) * lr * g", "-lr * m": "m"},
    ],
    "You seem to add the look-ahead of Nesterov's form.": {"-lr * m": "-lr * (beta * m + (1 - beta) * g)"},
    FIXED: [{"    m = ": f"    {fixed}\n    m = "} for fixed in ("lr = 0.01", "beta = 0.9", "lr, beta = 0.01, 0.9")],
}


def _momentum():
    def right(g, m, lr, beta):
        step, state = Momentum(lr, beta).update(g, MomentumState(0, m))
        return step, state.m

    return of_rule(MOMENTUM, MOMENTUM_SLIPS, right, ("step", "m"), lr=0.1, beta=0.8)


def _by_hand(start=4.0, lr=0.1, beta=0.9):
    def numbers(rule):
        x, m, found = np.float64(start), 0.0, []
        for _ in range(2):
            step, m = rule(2 * x, m, lr=lr, beta=beta)
            x = x + step
            found += [m, x]
        return found

    return by_hand(("m_1", "x_1", "m_2", "x_2"), numbers, MOMENTUM, MOMENTUM_SLIPS)


QUESTIONS = {"momentum by hand": _by_hand, "momentum": _momentum}
