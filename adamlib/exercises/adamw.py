"""Chapter 7: the decay beside the step of Adam, and clipping by the global norm."""

import numpy as np

from adamlib.adam import AdamState
from adamlib.adamw import AdamW, clip_by_global_norm
from adamlib.exercises.engine import CLOSELY, Question, Trouble, as_numbers, by_hand, in_order, several, slipped

ADAMW = """
def adamw(g, t, x, m, v, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    step = -lr * m_hat / (np.sqrt(v_hat) + eps) - lr * weight_decay * x
    return step, m, v
"""

_DECAY = " - lr * weight_decay * x"

ADAMW_SLIPS = {
    "The decay seems to be part of the gradient: this is L2. In AdamW no weight goes into m and v.": {
        "    m = beta1": "    g = g + weight_decay * x\n    m = beta1",
        _DECAY: "",
    },
    "The decay seems to be divided by the root of v_hat. It stands beside Adam's fraction.": {
        "-lr * m_hat / (np.sqrt(v_hat) + eps) - lr * weight_decay * x": "-lr * (m_hat + weight_decay * x) / "
        "(np.sqrt(v_hat) + eps)"
    },
    "The decay seems not to be multiplied by lr: in this form it is lr * weight_decay * x.": {
        _DECAY: " - weight_decay * x"
    },
    "The decay seems to be multiplied by lr twice.": {_DECAY: " - lr**2 * weight_decay * x"},
    "The decay seems to make the weight larger. It goes against x.": {_DECAY: " + lr * weight_decay * x"},
    "There seems to be no decay.": {_DECAY: ""},
    "The decay seems to be of the new x. It is of x before the step.": {
        _DECAY: " - lr * weight_decay * (x - lr * m_hat / (np.sqrt(v_hat) + eps))"
    },
    "The decay seems to be of the sign of x. It is in proportion to x.": {_DECAY: " - lr * weight_decay * np.sign(x)"},
}

CLIP = """
def clip(gradients, largest):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients.values()))
    factor = min(1, largest / norm)
    return {name: g * factor for name, g in gradients.items()}
"""

_NORM = "np.sqrt(sum(np.sum(g**2) for g in gradients.values()))"

CLIP_SLIPS = {
    "Each array seems to be clipped by itself. There is one norm, of all arrays together, and one factor.": {
        "g * factor for": "g * min(1, largest / np.sqrt(np.sum(g**2))) for"
    },
    "Gradients that are short enough seem to be made longer. The factor is at most 1.": {
        "min(1, largest / norm)": "largest / norm"
    },
    "The root of the sum of squares seems to be missing.": {_NORM: "sum(np.sum(g**2) for g in gradients.values())"},
    "Each entry seems to be clipped by itself. That turns the gradient; clipping by the norm keeps its direction.": {
        "g * factor for": "np.clip(g, -largest, largest) for"
    },
    "The largest entry seems to be taken for the norm.": {_NORM: "max(np.abs(g).max() for g in gradients.values())"},
    "The norm seems to be the sum of the norms of the arrays. It is the root of the sum of all squares.": {
        _NORM: "sum(np.sqrt(np.sum(g**2)) for g in gradients.values())"
    },
}


def _adamw():
    gradients = np.array([[0.5, -2.0, 0.0, 0.7], [0.4, 3.0, 0.0, -0.2], [-0.1, 1.0, 0.0, -0.9], [0.3, 0.25, 0.0, 0.6]])
    settings = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.3}
    names = ("step", "m", "v")

    def right(g, t, x, m, v, **settings):
        step, state = AdamW(**settings).update(g, AdamState(t - 1, m, v), x)
        return step, state.m, state.v

    def measure(rule):
        x, m, v, rows = np.array([3.0, -2.0, 5.0, 0.1]), np.zeros(4), np.zeros(4), []
        for t, g in enumerate(gradients, start=1):
            given = rule(g.copy(), t, x.copy(), m.copy(), v.copy(), **settings)
            step, m, v = several(given, names, (4,))
            x = x + step
            rows.append([step, m, v])
        return np.array(rows).swapaxes(1, 2)

    return Question(right, slipped(ADAMW, ADAMW_SLIPS | in_order(names)), names, measure, **CLOSELY)


def _clip():
    gradients = {"W": np.array([[3.0, 0.5], [0.0, -4.0]]), "b": np.array([1.0, 0.2])}

    def measure(function):
        rows = []
        for largest in (0.5, 2.0, 4.5, 100.0):
            given = function({name: g.copy() for name, g in gradients.items()}, largest)
            if not isinstance(given, dict) or list(given) != list(gradients):
                raise Trouble("Your function should give back a dict with the same names.")
            clipped = [as_numbers(given[name], g.shape, f"Your {name}") for name, g in gradients.items()]
            rows.append(np.concatenate([one.ravel() for one in clipped]))
        return np.array(rows)[..., None]

    return Question(clip_by_global_norm, slipped(CLIP, CLIP_SLIPS), ("clipped gradient",), measure, **CLOSELY)


def _by_hand(start=2.0, gradient=3.0, lr=0.1, weight_decay=0.5):
    """Two steps with the same gradient, without eps."""

    def numbers(rule):
        x, m, v, found = float(start), 0.0, 0.0, []
        for t in (1, 2):
            step, m, v = rule(gradient, t, x, m, v, lr=lr, eps=0.0, weight_decay=weight_decay)
            x = x + float(step)
            found += [float(step), x]
        return found

    return by_hand(("step_1", "x_1", "step_2", "x_2"), numbers, ADAMW, ADAMW_SLIPS)


QUESTIONS = {
    "adamw by hand": _by_hand,
    "adamw": _adamw,
    "clipping": _clip,
}
