"""Chapter 4: Adam, its first two steps in numbers, and the walk around it."""

from functools import partial

import numpy as np

from adamlib.adam import Adam, AdamState
from adamlib.descent import descend
from adamlib.exercises.engine import CLOSELY, Question, as_numbers, by_hand, edited, of_rule, slipped
from adamlib.exercises.momentum import FIXED, SIGN_LOST
from adamlib.exercises.rmsprop import EPS_INSIDE, EPS_OUTSIDE, EPS_TENFOLD
from adamlib.landscapes import bowl

ADAM = """
def adam(g, t, m, v, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    step = -lr * m_hat / (np.sqrt(v_hat) + eps)
    return step, m, v
"""


def _corrected(old, new):
    """List the ways to slip in the corrections: in both, in that of m, in that of v."""
    of_m, of_v = ({old.format(m, b): new.format(m, b)} for m, b in (("m", "beta1"), ("v", "beta2")))
    return [of_m | of_v, of_m, of_v]


ADAM_SLIPS = {
    "You seem to multiply by the bias correction. Divide by it: m and v started at 0 and are too small.": {
        "m / (1": "m * (1",
        "v / (1": "v * (1",
    },
    "You seem to multiply m by its bias correction. Divide by it.": {"m / (1": "m * (1"},
    "You seem to multiply v by its bias correction. Divide by it.": {"v / (1": "v * (1"},
    "The bias correction seems to be missing: divide m by 1 - beta1**t, and v by 1 - beta2**t.": {
        "m / (1 - beta1**t)": "m",
        "v / (1 - beta2**t)": "v",
    },
    "The hat seems to be missing on v: divide by the root of v_hat.": {"v / (1 - beta2**t)": "v"},
    "The hat seems to be missing on m: the step uses m_hat.": {"m / (1 - beta1**t)": "m"},
    "The exponents of the corrections seem to be 2. They are t, the number of the step.": {
        "beta1**t": "beta1**2",
        "beta2**t": "beta2**2",
    },
    "The correction of v seems to be 1 - beta2**2. The exponent is t, the number of the step.": {
        "beta2**t": "beta2**2"
    },
    "The corrections seem to be 1 - beta at every step. They are 1 - beta**t, and t must increase.": {
        "beta1**t": "beta1",
        "beta2**t": "beta2",
    },
    "The correction of v seems to be 1 - beta2 at every step. It is 1 - beta2**t.": {"beta2**t": "beta2"},
    "A correction seems to be (1 - beta)**t. The power belongs to beta alone: 1 - beta**t.": _corrected(
        "1 - {1}**t", "(1 - {1})**t"
    ),
    "A correction seems to be beta**t. It is 1 - beta**t.": _corrected("1 - {1}**t", "{1}**t"),
    "A correction seems to be 1 - beta*t. It is a power: 1 - beta**t.": _corrected("{1}**t", "{1}*t"),
    "The brackets of a correction seem to be missing: without them m or v is divided by 1.": _corrected(
        "{0} / (1 - {1}**t)", "{0} / 1 - {1}**t"
    ),
    "The correction of v seems to stand outside the root. It belongs inside: the root of v / (1 - beta2**t).": [
        {"np.sqrt(v_hat)": "np.sqrt(v) / (1 - beta2**t)"},
        {"(np.sqrt(v_hat) + eps)": "((np.sqrt(v) + eps) / (1 - beta2**t))"},
    ],
    "v seems to be divided by the root of its correction. Divide by the correction: the root comes after it.": {
        "v / (1 - beta2**t)": "v / np.sqrt(1 - beta2**t)"
    },
    "The corrections seem to have changed places: m has 1 - beta1**t, and v has 1 - beta2**t.": {
        "m / (1 - beta1**t)": "m / (1 - beta2**t)",
        "v / (1 - beta2**t)": "v / (1 - beta1**t)",
    },
    "v seems to be corrected with beta1. Its correction is 1 - beta2**t.": {"v / (1 - beta2**t)": "v / (1 - beta1**t)"},
    "m seems to be corrected with beta2. Its correction is 1 - beta1**t.": {"m / (1 - beta1**t)": "m / (1 - beta2**t)"},
    "t seems to be one behind, or to be increased after it is used: the first step has t = 1.": {
        "beta1**t": "beta1**(t - 1)",
        "beta2**t": "beta2**(t - 1)",
    },
    "t seems to be one ahead, or to be increased twice: the first step has t = 1.": {
        "beta1**t": "beta1**(t + 1)",
        "beta2**t": "beta2**(t + 1)",
    },
    EPS_INSIDE: {"(np.sqrt(v_hat) + eps)": "np.sqrt(v_hat + eps)"},
    EPS_OUTSIDE: [
        {"/ (np.sqrt(v_hat) + eps)": "/ np.sqrt(v_hat) + eps"},
        {"-lr * m_hat / (np.sqrt(v_hat) + eps)": "-(lr * m_hat / np.sqrt(v_hat) + eps)"},
        {"/ (np.sqrt(v_hat) + eps)": "* (1 / np.sqrt(v_hat) + eps)"},
    ],
    "eps seems to be added twice, inside the root and outside. It stands outside.": {
        "(np.sqrt(v_hat) + eps)": "(np.sqrt(v_hat + eps) + eps)"
    },
    "eps seems to be subtracted.": {"+ eps": "- eps"},
    "eps seems to be missing.": {" + eps": ""},
    EPS_TENFOLD: {"+ eps": "+ 10e-8"},
    "eps seems to stand beside the root of v, before the correction. It stands beside the root of v_hat.": {
        "(np.sqrt(v_hat) + eps)": "((np.sqrt(v) + eps) / np.sqrt(1 - beta2**t))"
    },
    "You seem to divide by v_hat and not by its root.": {"np.sqrt(v_hat)": "v_hat"},
    "You seem to divide by the square of v_hat. Take its root.": {"np.sqrt(v_hat)": "v_hat**2"},
    SIGN_LOST: {"-lr": "lr"},
    "lr seems to be missing from the step.": {"-lr * m_hat": "-m_hat"},
    "The step seems to be multiplied by lr twice.": {"-lr": "-lr * lr"},
    "The share of g**2 in v seems to be 1 - beta1. It is 1 - beta2.": {"(1 - beta2) * g**2": "(1 - beta1) * g**2"},
    "The share of g in m seems to be 1 - beta2. It is 1 - beta1.": {"(1 - beta1) * g": "(1 - beta2) * g"},
    "The factor 1 - beta1 seems to be left out of m.": {"(1 - beta1) * g": "g"},
    "The factor 1 - beta2 seems to be left out of v.": {"(1 - beta2) * g**2": "g**2"},
    "g seems to go into v without its square.": {"g**2": "g"},
    "v seems to be made of the squares of m. It averages the squares of g.": {"g**2": "m**2"},
    "beta2 and 1 - beta2 seem to have changed places, in v and in its correction: beta2 belongs to the old v.": {
        "beta2 * v + (1 - beta2)": "(1 - beta2) * v + beta2",
        "1 - beta2**t": "1 - (1 - beta2)**t",
    },
    "beta1 and beta2 seem to have changed places: beta1 belongs to m, beta2 to v.": {
        "beta1 * m + (1 - beta1)": "beta2 * m + (1 - beta2)",
        "beta2 * v + (1 - beta2)": "beta1 * v + (1 - beta1)",
        "m / (1 - beta1**t)": "m / (1 - beta2**t)",
        "v / (1 - beta2**t)": "v / (1 - beta1**t)",
    },
    "v seems to be made and corrected with beta1. Its own is beta2.": {
        "beta2 * v + (1 - beta2)": "beta1 * v + (1 - beta1)",
        "v / (1 - beta2**t)": "v / (1 - beta1**t)",
    },
    "m seems to be made and corrected with beta2. Its own is beta1.": {
        "beta1 * m + (1 - beta1)": "beta2 * m + (1 - beta2)",
        "m / (1 - beta1**t)": "m / (1 - beta2**t)",
    },
    "m_hat and v_hat seem to be given back as m and v. Keep m and v themselves: they are corrected for use only.": {
        "return step, m, v": "return step, m_hat, v_hat"
    },
    "v_hat seems to be given back as v. Keep v itself: it is corrected for use only.": {
        "return step, m, v": "return step, m, v_hat"
    },
    "m_hat seems to be given back as m. Keep m itself: it is corrected for use only.": {
        "return step, m, v": "return step, m_hat, v"
    },
    "The step seems to use g in the place of m_hat.": {"-lr * m_hat": "-lr * g"},
    FIXED: [
        {"    m = ": f"    {fixed}\n    m = "}
        for fixed in ("lr = 0.001", "beta1, beta2 = 0.9, 0.999", "lr, beta1, beta2 = 0.001, 0.9, 0.999")
    ],
}

_NAN = (
    "nan comes mostly from a division by 0, or from the root of a negative number: the first step has t = 1, and "
    "v_hat = v / (1 - beta2**t) is never negative."
)


def _adam():
    def right(g, t, m, v, lr, beta1, beta2, eps):
        step, state = Adam(lr, beta1, beta2, eps).update(g, AdamState(t - 1, m, v))
        return step, state.m, state.v

    settings = {"t": True, "lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-8}
    return of_rule(ADAM, ADAM_SLIPS, right, ("step", "m", "v"), advice=_NAN, **settings)


def _by_hand(step, points=((-1, 1), (2, 1)), w0=1.0, lr=0.1):
    """Ask for one of two steps on the line w x + b through two points, from w = w0, b = 0."""
    (x1, y1), (x2, y2) = points

    def numbers(rule, for_bias=lambda dw, db: db):
        w, b, of_w, of_b = float(w0), 0.0, (0.0, 0.0), (0.0, 0.0)
        for t in range(1, step + 1):
            e1, e2 = w * x1 + b - y1, w * x2 + b - y2
            dw, db = np.float64(e1 * x1 + e2 * x2), np.float64(e1 + e2)
            *of_w, m_hat, v_hat, step_w = rule(dw, t, *of_w, lr=lr, eps=0.0)
            *of_b, _, _, step_b = rule(for_bias(dw, db), t, *of_b, lr=lr, eps=0.0)
            w, b = w + step_w, b + step_b
        return [*of_w, m_hat, v_hat, w, b]

    parts = ADAM.replace("return step, m, v", "return m, v, m_hat, v_hat, step")
    bias = "The bias seems to be moved by the gradient of the weight. It has averages of its own, made from db."
    from_dw = (bias, numbers(edited(parts), lambda dw, db: dw))
    return by_hand(("m_w", "v_w", "m_w_hat", "v_w_hat", "w", "b"), numbers, parts, ADAM_SLIPS, from_dw)


# The loop around the rule

WALK = """
def walk(gradient, x, steps, lr=0.1):
    m, v, points = np.zeros(2), np.zeros(2), [x]
    for t in range(1, steps + 1):
        step, m, v = adam(gradient(x), t, m, v, lr)
        x = x + step
        points.append(x)
    return np.array(points)
"""

WALK_SLIPS = {
    "t seems to stay 1. It must increase with every step, and both corrections must use it.": {
        "gradient(x), t, m": "gradient(x), 1, m"
    },
    "t seems to be 2 at the first step, or to be increased twice.": {"gradient(x), t, m": "gradient(x), t + 1, m"},
    "m and v seem to be forgotten: each step must begin with those of the step before.": {
        "t, m, v, lr)": "t, 0 * m, 0 * v, lr)"
    },
    "Every step seems to go uphill. The rule gives it the minus sign, and the walk adds it.": {"x + step": "x - step"},
    "The gradient seems to be taken at the start every time. Take it where you are.": {
        "gradient(x)": "gradient(points[0])"
    },
    "All points seem to be one array, which x += step changes in place. Make a new one: x = x + step.": [
        {"x = x + step": "x += step"},
        {"x = x + step": "x += step", "[x]": "[x.copy()]"},
    ],
    "lr seems not to reach the steps, which have another length. Pass it on to the rule.": {"m, v, lr)": "m, v)"},
}


def _walk():
    def right(gradient, x, steps, lr):
        return descend(gradient, x, Adam(lr), steps).points

    def gradient(x):
        return bowl().gradient(x) * np.array([1.0, 1e-8])  # along y it is so small that eps counts

    def measure(function):
        given = function(gradient, np.array([-5.0, -2.0]), 6, lr=0.2)
        what = "Your path (the start and a point after each step)"
        return as_numbers(given, (7, 2), what, "Does return stand inside the loop?")

    slips = slipped(WALK, WALK_SLIPS, adam=edited(ADAM))
    slips += [(sentence, edited(WALK, adam=rule)) for sentence, rule in slipped(ADAM, ADAM_SLIPS)]
    return Question(right, slips, ("path",), measure, advice=_NAN, **CLOSELY)


QUESTIONS = {
    "adam by hand, step 1": partial(_by_hand, 1),
    "adam by hand, step 2": partial(_by_hand, 2),
    "adam": _adam,
    "walk": _walk,
}
