"""Chapter 4: Adam, its first two steps in numbers, and the walk around it."""

import numpy as np

from adamlib.adam import Adam, AdamState
from adamlib.descent import descend
from adamlib.exercises.engine import CLOSELY, Question, as_numbers, by_hand, edited, of_rule, slipped
from adamlib.exercises.momentum import SIGN_LOST
from adamlib.exercises.rmsprop import EPS_INSIDE, EPS_OUTSIDE
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

_ADAM_SLIPS = [
    (
        "You seem to multiply by the bias correction. Divide by it: m and v started at 0 and are too small.",
        ("m / (1", "m * (1"),
        ("v / (1", "v * (1"),
    ),
    ("You seem to multiply m by its bias correction. Divide by it.", ("m / (1", "m * (1")),
    ("You seem to multiply v by its bias correction. Divide by it.", ("v / (1", "v * (1")),
    (
        "The bias correction seems to be missing: divide m by 1 - beta1**t, and v by 1 - beta2**t.",
        ("m / (1 - beta1**t)", "m"),
        ("v / (1 - beta2**t)", "v"),
    ),
    ("The hat seems to be missing on v: divide by the root of v_hat.", ("v / (1 - beta2**t)", "v")),
    ("The hat seems to be missing on m: the step uses m_hat.", ("m / (1 - beta1**t)", "m")),
    (
        "The exponents of the corrections seem to be 2. They are t, the number of the step.",
        ("beta1**t", "beta1**2"),
        ("beta2**t", "beta2**2"),
    ),
    (
        "The correction of v seems to be 1 - beta2**2. The exponent is t, the number of the step.",
        ("beta2**t", "beta2**2"),
    ),
    (
        "The corrections seem to be 1 - beta at every step. They are 1 - beta**t, and t must increase.",
        ("beta1**t", "beta1"),
        ("beta2**t", "beta2"),
    ),
    ("The correction of v seems to be 1 - beta2 at every step. It is 1 - beta2**t.", ("beta2**t", "beta2")),
    (
        "t seems to be one behind, or to be increased after it is used: the first step has t = 1.",
        ("beta1**t", "beta1**(t - 1)"),
        ("beta2**t", "beta2**(t - 1)"),
    ),
    (
        "t seems to be one ahead, or to be increased twice: the first step has t = 1.",
        ("beta1**t", "beta1**(t + 1)"),
        ("beta2**t", "beta2**(t + 1)"),
    ),
    (
        EPS_INSIDE,
        ("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)"),
    ),
    (
        EPS_OUTSIDE,
        ("/ (np.sqrt(v_hat) + eps)", "/ np.sqrt(v_hat) + eps"),
    ),
    ("eps seems to be subtracted.", ("+ eps", "- eps")),
    ("eps seems to be missing.", (" + eps", "")),
    (
        "eps seems to stand beside the root of v, before the correction. It stands beside the root of v_hat.",
        ("(np.sqrt(v_hat) + eps)", "((np.sqrt(v) + eps) / np.sqrt(1 - beta2**t))"),
    ),
    ("You seem to divide by v_hat and not by its root.", ("np.sqrt(v_hat)", "v_hat")),
    (SIGN_LOST, ("-lr", "lr")),
    ("The factor 1 - beta1 seems to be left out of m.", ("(1 - beta1) * g", "g")),
    ("The factor 1 - beta2 seems to be left out of v.", ("(1 - beta2) * g**2", "g**2")),
    ("g seems to go into v without its square.", ("g**2", "g")),
    (
        "beta1 and beta2 seem to have changed places: beta1 belongs to m, beta2 to v.",
        ("beta1 * m + (1 - beta1)", "beta2 * m + (1 - beta2)"),
        ("beta2 * v + (1 - beta2)", "beta1 * v + (1 - beta1)"),
        ("m / (1 - beta1**t)", "m / (1 - beta2**t)"),
        ("v / (1 - beta2**t)", "v / (1 - beta1**t)"),
    ),
    (
        "m_hat and v_hat seem to be given back as m and v. Keep m and v themselves: they are corrected for use only.",
        ("return step, m, v", "return step, m_hat, v_hat"),
    ),
    (
        "m_hat seems to be given back as m. Keep m itself: it is corrected for use only.",
        ("step, m, v", "step, m_hat, v"),
    ),
    ("The step seems to use g in the place of m_hat.", ("-lr * m_hat", "-lr * g")),
]


def _right_adam(g, t, m, v, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    step, state = Adam(lr, beta1, beta2, eps).update(g, AdamState(t - 1, m, v))
    return step, state.m, state.v


def _adam():
    settings = {"t": True, "lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-8}
    names = ("step", "m", "v")
    return Question(_right_adam, slipped(ADAM, _ADAM_SLIPS), names, of_rule(names, **settings), **CLOSELY)


# Walks: the loop around a rule

WALK = """
def walk(gradient, x, steps, lr=0.1):
    m, v, points = np.zeros(2), np.zeros(2), [x]
    for t in range(1, steps + 1):
        step, m, v = adam(gradient(x), t, m, v, lr)
        x = x + step
        points.append(x)
    return np.array(points)
"""

_WALK_SLIPS = [
    ("t seems to stay 1. It must increase with every step.", ("gradient(x), t, m", "gradient(x), 1, m")),
    (
        "t seems to be 0 at the first step, or to be increased after it is used. It starts at 1.",
        ("gradient(x), t, m", "gradient(x), t - 1, m"),
    ),
    ("t seems to be 2 at the first step, or to be increased twice.", ("gradient(x), t, m", "gradient(x), t + 1, m")),
    (
        "m and v seem to be forgotten: each step must begin with those of the step before.",
        ("t, m, v, lr)", "t, 0 * m, 0 * v, lr)"),
    ),
    ("The step seems to be subtracted. It has its sign already: add it.", ("x + step", "x - step")),
    (
        "The gradient seems to be taken at the start every time. Take it where you are.",
        ("gradient(x)", "gradient(points[0])"),
    ),
    ("lr seems not to be passed on: the steps have another length.", ("m, v, lr)", "m, v)")),
]


def _walk():
    def right(gradient, x, steps, lr):
        return descend(gradient, x, Adam(lr), steps).points

    def measure(function):
        given = function(bowl().gradient, np.array([-5.0, -2.0]), 6, lr=0.2)
        return as_numbers(given, (7, 2), "Your path (the start and a point after each step)")

    slips = [(sentence, edited(WALK, edit, adam=edited(ADAM))) for sentence, edit in _WALK_SLIPS]
    slips += [(sentence, edited(WALK, adam=rule)) for sentence, rule in slipped(ADAM, _ADAM_SLIPS)]
    return Question(right, slips, ("path",), measure, **CLOSELY)


def _adam_by_hand(step):
    """Ask for one of two steps on the line w x + b through the points (-1, 1) and (2, 1), from w = 1, b = 0."""

    def numbers(rule, for_bias=lambda dw, db: db):
        w, b, of_w, of_b = 1.0, 0.0, (0.0, 0.0), (0.0, 0.0)
        for t in range(1, step + 1):
            e1, e2 = w * -1 + b - 1, w * 2 + b - 1
            dw, db = np.float64(e1 * -1 + e2 * 2), np.float64(e1 + e2)
            *of_w, m_hat, v_hat, step_w = rule(dw, t, *of_w, lr=0.1, eps=0.0)
            *of_b, _, _, step_b = rule(for_bias(dw, db), t, *of_b, lr=0.1, eps=0.0)
            w, b = w + step_w, b + step_b
        return [*of_w, m_hat, v_hat, w, b]

    parts = ADAM.replace("return step, m, v", "return m, v, m_hat, v_hat, step")
    slips = [slip for slip in _ADAM_SLIPS if not any("step, m, v" in old for old, _ in slip[1:])]
    bias = "The bias seems to be moved by the gradient of the weight. It has averages of its own, made from db."
    from_dw = (bias, numbers(edited(parts), lambda dw, db: dw))
    return by_hand(("m_w", "v_w", "m_w_hat", "v_w_hat", "w", "b"), numbers, parts, slips, from_dw)


QUESTIONS = {
    "adam by hand, step 1": lambda: _adam_by_hand(1),
    "adam by hand, step 2": lambda: _adam_by_hand(2),
    "adam": _adam,
    "walk": _walk,
}
