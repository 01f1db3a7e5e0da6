"""Two steps of Adam by hand: a line fitted to two points, with every number of both steps, as chapter 4 has them."""

import decimal

import numpy as np

from adamlib import figures
from adamlib.adam import Adam
from adamlib.averaging import debias
from adamlib.explorers.base import show

# js/two_steps.js has the same: the data (x, y), the start (w, b), and the lines of one step.
DATA = ((1.0, -1.0), (3.0, 4.0))
START = (1.0, 0.0)
LINES = ("gradient", "m", "v", "m_hat", "v_hat", "step", "new value")
HEADS = ("weight w", "bias b")


@np.errstate(all="ignore")
def two_steps(lr, beta1, beta2, eps):
    """Give the values of all lines for t = 1 and t = 2: for each a dict of pairs, weight and bias."""
    optimizer, place = Adam(lr, beta1, beta2, eps), np.array(START)
    state, both = optimizer.init(place), []
    for t in (1, 2):
        errors = [place[0] * x + place[1] - y for x, y in DATA]
        gradient = np.array([errors[0] * DATA[0][0] + errors[1] * DATA[1][0], errors[0] + errors[1]])
        step, state = optimizer.update(gradient, state)
        place = place + step
        hats = debias(state.m, beta1, t), debias(state.v, beta2, t)
        values = gradient, state.m, state.v, *hats, step, place
        both.append(dict(zip(LINES, (pair.tolist() for pair in values), strict=True)))
    return both


def six(x):
    """Write a number with six decimals, as the chapter does; with six digits where it is small or large."""
    if not 1e-3 <= abs(x) < 1e6:
        return show(x, 6)
    rounded = decimal.Decimal(x).quantize(decimal.Decimal("1e-6"), decimal.ROUND_HALF_UP)
    return show(float(rounded), 12)


def draw_steps(figure, both, line):
    """Draw the tables of both steps, all rows, with the chosen line lit."""
    at, lit = divmod(line - 1, len(LINES))
    for i, (ax, values) in enumerate(zip(figure.subplots(2, 1), both, strict=True)):
        texts = [[six(x) for x in values[name]] for name in LINES]
        table = ax.table(cellText=texts, rowLabels=LINES, colLabels=HEADS, loc="center", cellLoc="right")
        table.scale(1, 1.3)
        for column in (-1, 0, 1):
            if i == at:
                table[lit + 1, column].set_facecolor("#f6dce8")
                table[lit + 1, column].set_text_props(color=figures.INK, weight="bold")
        ax.set_title(f"step t = {i + 1}")
        ax.axis("off")
