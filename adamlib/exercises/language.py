"""Chapter 8: a table of two words by hand, and a learning rate for each row."""

import numpy as np

from adamlib.exercises.engine import CLOSELY, Question, as_numbers, by_hand, edited, slipped

TWO_WORDS = """
def two_words(P, lr):
    q = np.full((2, 2), 1 / 2)
    gradient = P.sum(axis=1, keepdims=True) * q - P
    least = 0.0
    descent = -lr * gradient
    adam = -lr * gradient / abs(gradient)
    return gradient, least, descent, adam
"""

_GRADIENT = "P.sum(axis=1, keepdims=True) * q - P"

TWO_WORDS_SLIPS = {
    "The share of the first word seems to be left out: p_i stands in front of the bracket.": {
        _GRADIENT: "q - P / P.sum(axis=1, keepdims=True)"
    },
    "q seems to stand without p_i. It is p_i q - P_ij.": {_GRADIENT: "q - P"},
    "The gradient seems to be turned around: it is the guess minus the count, p_i q - P_ij.": {
        _GRADIENT: "P - P.sum(axis=1, keepdims=True) * q"
    },
    "The least loss seems to be that of the table of zeros. The best guess is sure of the second word.": {
        "least = 0.0": "least = np.log(2)"
    },
    "The sign seems to be lost: a step goes against the gradient.": {
        "-lr * gradient\n": "lr * gradient\n",
        "-lr * gradient / abs": "lr * gradient / abs",
    },
    "Adam's step seems to be that of descent. It is divided by the size of the gradient.": {" / abs(gradient)": ""},
    "Adam's step seems to lack the bias corrections. With both of them the first step is lr long.": {
        "/ abs(gradient)": "/ abs(gradient) * 0.1 / np.sqrt(0.001)"
    },
}

OWN_RATES = """
def own_rates(gradient, P):
    p = P.sum(axis=1, keepdims=True)
    return gradient / p
"""

OWN_RATES_SLIPS = {
    "Column j seems to be divided by p_j, and not row i by p_i. Keep the axis: P.sum(axis=1, keepdims=True).": {
        ", keepdims=True": ""
    },
    "You seem to take the shares of the second words. p_i is the sum of row i.": {"axis=1": "axis=0"},
    "You seem to take the mean of a row. Its share is the sum.": {"P.sum": "P.mean"},
    "You seem to multiply by p_i. Divide by it: a rare word's row needs the larger rate.": {"/ p": "* p"},
    "You seem to divide by the root of p_i.": {"/ p": "/ np.sqrt(p)"},
    "Each entry seems to be divided by the share of its pair. A row has one rate, 1 / p_i.": {"/ p": "/ P"},
    "Nothing seems to be divided.": {" / p": ""},
}


def _two_words():
    def numbers(rule):
        gradient, least, descent, adam = rule(np.array([[0.0, 0.75], [0.25, 0.0]]), 1.0)
        return [*gradient[:, 0], least, *descent[:, 0], *adam[:, 0]]

    names = ("gradient of W_11", "gradient of W_21", "the least loss")
    steps = [f"{method}'s step of {weight}" for method in ("descent", "Adam") for weight in ("W_11", "W_21")]
    return by_hand((*names, *steps), numbers, TWO_WORDS, TWO_WORDS_SLIPS)


def _own_rates():
    P = np.array([[0.05, 0.3, 0.15], [0.04, 0.01, 0.2], [0.12, 0.1, 0.03]])
    gradients = np.array([[[0.2, -0.5, 0.3], [1.0, -0.4, -0.6], [0.1, 0.2, -0.3]], P - 0.1])

    def measure(function):
        rows = [as_numbers(function(one.copy(), P.copy()), (3, 3), "Your gradient") for one in gradients]
        return np.array(rows)[..., None]

    return Question(edited(OWN_RATES), slipped(OWN_RATES, OWN_RATES_SLIPS), ("gradient",), measure, **CLOSELY)


QUESTIONS = {"two words by hand": _two_words, "own rates": _own_rates}
