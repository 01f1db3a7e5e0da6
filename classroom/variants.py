"""The numbers of an assignment, drawn with the class's seed: those of its texts, its data and its published mistake.

Those to work out by hand are never those of the try that `check` tells: they would be told too.

A solved notebook has names such as __beta__ where a class has a number of its own. `fill` puts the numbers there.
"""

import copy
import re
import textwrap

import numpy as np

from adamlib.exercises import follow

NAME = re.compile(r"__([a-z]\w*?)__")


def fill(notebook, name, seed):
    """Give the notebook of this name with the numbers of this seed."""
    rng = np.random.default_rng([seed, int(name[:2])])
    numbers = ASSIGNMENTS[name](rng)
    filled = copy.deepcopy(notebook)
    for cell in filled.cells:
        cell.source = NAME.sub(lambda found: str(numbers[found[1]]), cell.source)
    return filled


def one_of(rng, *values):
    return values[rng.integers(len(values))]


def between(rng, low, high, digits=0):
    """Draw a number of so many decimals from a range."""
    drawn = round(float(rng.uniform(low, high)), digits)
    return drawn if digits else int(drawn)


def written(array):
    """Write an array as it stands in a notebook."""
    return str(np.round(array, 6).tolist())


def published(rng, lines, edits, result):
    """Choose one of six mistakes, A to F; edits change the right lines, and result(function) is what is published."""
    letter = one_of(rng, *"ABCDEF")
    return {
        "letter": letter,
        "mistaken": textwrap.indent(mistake(lines, edits[letter]), "    ").lstrip(),
        "published": written(result(edits[letter])),
    }


def mistake(lines, edit):
    for old, new in edit.items():
        assert lines.count(old) == 1, (old, lines)
        lines = lines.replace(old, new)
    return lines


def function(head, lines, **known):
    """Make a function of its head and its lines."""
    namespace = {"np": np} | known
    exec(f"def it({head}):\n" + textwrap.indent(lines, "    "), namespace)
    return namespace["it"]


AVERAGE = """\
m, averages = 0.0, []
for t, x in enumerate(xs, start=1):
    m = beta * m + (1 - beta) * x
    averages.append(m / (1 - beta**t))
return np.array(averages)"""
AVERAGE_MISTAKES = {
    "A": {"m / (1": "m * (1"},
    "B": {"beta**t": "beta"},
    "C": {"beta**t": "beta**2"},
    "D": {"start=1": "start=2"},
    "E": {"0.0, []": "xs[0], []", "m / (1 - beta**t)": "m"},
    "F": {"(1 - beta) * x": "x"},
}


def averages(rng):
    values = rng.choice(np.arange(2, 15), size=6).astype(float)
    values[1] += values[1] == values[0]
    first = int(one_of(rng, 3, 4, 5, 6, 8))
    return {
        "first": first,
        "second": first + int(one_of(rng, 2, 4, 6)),
        "beta": one_of(rng, 0.6, 0.7, 0.75, 0.9),
        "begins": int(rng.integers(0, 366)),
        "half_life": (half_life := int(one_of(rng, 5, 6, 7, 8, 9, 10))),
        "day": 2 * half_life + int(one_of(rng, 1, 2, 3, 4, 5)),  # early enough that the correction counts
        "share": between(rng, 5, 20),
        "values": written(values),
    } | published(
        rng,
        AVERAGE,
        AVERAGE_MISTAKES,
        lambda edit: function("xs, beta", mistake(AVERAGE, edit))(values, 0.9),
    )


MOMENTUM = """\
m = beta * m + (1 - beta) * g
return -lr * m, m"""
MOMENTUM_MISTAKES = {
    "A": {"(1 - beta) * g": "g"},
    "B": {"m = beta * m": "m = g if t == 1 else beta * m"},
    "C": {"beta * m + (1 - beta) * g": "(1 - beta) * m + beta * g"},
    "D": {"m = beta": "old, m = m, beta", "-lr * m": "-lr * old"},
    "E": {"(1 - beta) * g": "(1 - beta) * lr * g"},
    "F": {"-lr * m": "-lr * m / (1 - beta**t)"},
}


def momentum(rng):
    x, start = int(one_of(rng, 2, 3, 4, 5)), int(one_of(rng, 3, 5, 6, 7, 8))

    def walked(edit):
        rule = function("g, t, m, lr, beta", mistake(MOMENTUM, edit))
        return follow(rule, lambda x: 2 * x, x, steps=6, memory=1, lr=0.1, beta=0.9)

    return {
        "start": start,
        "lr": one_of(rng, 0.05, 0.1, 0.2),
        "beta": one_of(rng, 0.6, 0.7, 0.8),
        "begins": (begins := int(rng.integers(0, 45))),
        "from": begins + 1,
        "product": between(rng, 0.05, 0.4, 2),
        "x": x,
    } | published(rng, MOMENTUM, MOMENTUM_MISTAKES, walked)


RMSPROP = """\
v = beta * v + (1 - beta) * g**2
return -lr * g / (np.sqrt(v) + eps), v"""
RMSPROP_MISTAKES = {
    "A": {"beta * v + (1 - beta) * g**2": "v + g**2"},
    "B": {"np.sqrt(v)": "v"},
    "C": {"(1 - beta) * g**2": "g**2"},
    "D": {"(np.sqrt(v) + eps)": "np.sqrt(v + eps)"},
    "E": {"eps), v": "10e-8), v"},
    "F": {"g**2": "abs(g)", "np.sqrt(v)": "v"},
}


def rmsprop(rng):
    x = int(one_of(rng, 1, 2, 3))

    def walked(edit):
        rule = function("g, t, v, lr, beta, eps", mistake(RMSPROP, edit))
        return follow(rule, lambda x: 0.0002 * x, x, steps=6, memory=1, lr=0.1, beta=0.9, eps=1e-8)

    return {
        "start_x": int(one_of(rng, -4, -3, -2, 2, 3)),
        "start_y": int(one_of(rng, 1, 2, 3)),
        "lr": one_of(rng, 0.1, 0.2),
        "beta": one_of(rng, 0.6, 0.7, 0.75, 0.8),
        "begins": int(rng.integers(0, 366)),
        "walk_lr": between(rng, 0.05, 0.2, 2),
        "share": between(rng, 3, 20),
        "x": x,
    } | published(rng, RMSPROP, RMSPROP_MISTAKES, walked)


ADAM = """\
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m_hat = m / (1 - beta1**t)
v_hat = v / (1 - beta2**t)
return -lr * m_hat / (np.sqrt(v_hat) + eps), m, v"""
ADAM_MISTAKES = {
    "A": {"m / (1": "m * (1", "v / (1": "v * (1"},
    "B": {"v / (1 - beta2**t)": "v"},
    "C": {"beta1**t": "beta1**2", "beta2**t": "beta2**2"},
    "D": {"beta1**t": "beta1", "beta2**t": "beta2"},
    "E": {"np.sqrt(v_hat)": "v_hat"},
    "F": {"(1 - beta1) * g": "g", "(1 - beta2) * g": "g"},
}


def adam(rng):
    x = int(one_of(rng, 1, 2, 3))

    def walked(edit):
        rule = function("g, t, m, v, lr, beta1=0.9, beta2=0.999, eps=1e-8", mistake(ADAM, edit))
        return follow(rule, lambda x: 2 * x, x, steps=6, memory=2, lr=0.1)

    x2, slope = int(one_of(rng, 2, 3)), int(one_of(rng, 1, 2))
    return {
        "x_1": -1,
        "y_1": int(one_of(rng, 1, 2, 3)),
        "x_2": x2,
        "y_2": slope * x2 - 1,  # so that no gradient is 0 in the first two steps
        "slope": slope,
        "lr": one_of(rng, 0.1, 0.2),
        "beta1": one_of(rng, 0.5, 0.6, 0.7, 0.8),
        "beta2": one_of(rng, 0.75, 0.84, 0.9, 0.96),
        "walk_lr": between(rng, 0.35, 0.5, 2),
        "level": int(one_of(rng, 10, 11, 12)),
        "first_beta1": between(rng, 0.7, 0.92, 2),
        "x": x,
    } | published(rng, ADAM, ADAM_MISTAKES, walked)


REPORT = """\
best = np.argmin(np.median(validation, axis=1))
return lrs[best], np.median(test[best])"""
REPORT_MISTAKES = {
    "A": {"np.median(validation": "np.median(test"},
    "B": {"np.median(validation": "np.mean(validation"},
    "C": {"np.median(validation": "np.min(validation"},
    "D": {
        "np.median(validation, axis=1)": "[np.median(row[np.isfinite(row)]) for row in validation]",
        "np.median(test[best])": "np.median(test[best][np.isfinite(test[best])])",
    },
    "E": {"np.median(test": "np.min(test"},
    "F": {"np.median(test[best])": "np.median(validation[best])"},
}


def reports(tables, edit):
    report = function("lrs, validation, test", mistake(REPORT, edit))
    return np.array([report(np.array([0.001, 0.01, 0.1, 1.0]), *pair) for pair in tables])


def rows(by_hand):
    """Write two tables of errors, of validation and of test, as the rows of one."""
    return "\n".join(
        f"| {lr} | " + " | ".join(", ".join("broke" if x == np.inf else f"{x:.0f}" for x in row) for row in pair) + " |"
        for lr, pair in zip((0.01, 0.1, 1), np.swapaxes(by_hand, 0, 1))
    )


def hyperparameters(rng):
    while True:  # until the common slips report something else
        by_hand = rng.choice(np.arange(10, 30), size=(2, 3, 5)).astype(float)
        by_hand[:, 2, [2, 4]] = np.inf
        medians, best = np.median(by_hand, axis=2), np.argmin(np.median(by_hand[0], axis=1))
        others = np.argmin(by_hand[0].min(axis=1)), np.argmin(medians[1])
        if len({*medians[0], *medians[1]}) == 6 and best not in others:
            break
    while True:  # until all mistakes, and the right lines, report something else
        tables = np.round(rng.uniform(5, 45, size=(3, 2, 4, 5)), 1)
        tables[:, :, 2, 3:] = tables[:, :, 3, 2:] = np.inf
        found = [reports(tables, edit) for edit in ({}, *REPORT_MISTAKES.values())]
        if np.isfinite(found).all() and all(
            not np.allclose(one, other) for i, one in enumerate(found) for other in found[:i]
        ):
            break
    return {
        "rows": rows(by_hand),
        "by_hand": f"validation={by_hand[0].tolist()}, test={by_hand[1].tolist()}".replace("inf", "np.inf"),
        "seeds": (first := int(rng.integers(0, 50)), first + 1, first + 2),
        "times": between(rng, 15, 40),
        "scale": one_of(rng, 0.7, 0.8, 0.9, 1.1, 1.2, 1.5),
        "training": between(rng, 40, 100),
        "comparisons": str(tables.tolist()).replace("inf", "np.inf"),
    } | published(rng, REPORT, REPORT_MISTAKES, lambda edit: reports(tables, edit))


RATES = "return line(1, top, steps) * t / warm if t < warm else line(t - warm + 1, top, steps)"
RATES_MISTAKES = {
    "A": {"steps) * t /": "steps) * (t - 1) /"},
    "B": {"line(t - warm + 1": "line(t"},
    "C": {"line(t - warm + 1": "line(max(t - warm, 1)"},
    "D": {"line(1": "line(t"},
    "E": {"line(t - warm + 1": "line(t - warm"},
    "F": {"line(t - warm + 1, top, steps)": "abs(top * (1 - (t - warm) / steps))"},
}


def schedules(rng):
    top, steps, warm = one_of(rng, 0.2, 0.4, 0.6), int(one_of(rng, 6, 8)), int(one_of(rng, 4, 5))

    def rates(edit):
        def line(t, top, steps):
            return top * max(1 - (t - 1) / steps, 0)

        rate = function("t, top, steps, warm", mistake(RATES, edit), line=line)
        return [rate(t, top, steps, warm) for t in range(1, 17)]

    return {
        "start": int(one_of(rng, 1, 2, 3, 4)),
        "lr": one_of(rng, 0.1, 0.2, 0.25),
        "k": one_of(rng, 0.5, 2, 3),
        "begins": int(rng.integers(0, 366)),
        "draws": int(rng.integers(0, 1000)),
        "floor": between(rng, 0.0003, 0.001, 5),
        "top": top,
        "steps": steps,
        "warm": warm,
    } | published(rng, RATES, RATES_MISTAKES, rates)


DECAY = """\
x, weights = start, []
for t in range(1, 7):
    x = x - lr * decay * x
    weights.append(x)
return weights"""
DECAY_MISTAKES = {
    "A": {"lr * decay * x": "lr * decay * start"},
    "B": {"lr * decay * x": "decay * x"},
    "C": {"lr * decay * x": "lr**2 * decay * x"},
    "D": {"x - lr": "x + lr"},
    "E": {"lr * decay * x": "lr * decay * (x - lr * decay * x)"},
    "F": {"lr * decay * x": "(t % 2 == 0) * lr * decay * x"},
}


def weight_decay(rng):
    known = {"lr": one_of(rng, 0.1, 0.2), "decay": one_of(rng, 0.3, 0.4, 0.5), "start": int(one_of(rng, 1, 2, 3))}
    pushed = one_of(rng, 0.2, 0.25, 0.3, 0.35)
    return {
        "x": int(one_of(rng, 2, 3, 4, 5)),
        "g": int(one_of(rng, 2, 3, 7)),
        "step_lr": one_of(rng, 0.1, 0.2),
        "step_decay": one_of(rng, 0.2, 0.3, 0.4),
        "draws": int(rng.integers(0, 1000)),
        "pushed": pushed,
        "left": f"{(1 - 0.001 * pushed) ** 2000:.6f}",
        "half": 10 * between(rng, 80, 300),
        **known,
    } | published(rng, DECAY, DECAY_MISTAKES, lambda edit: function("start, lr, decay", mistake(DECAY, edit))(**known))


ASSIGNMENTS = {
    "01_exponential_averages": averages,
    "02_momentum": momentum,
    "03_rmsprop": rmsprop,
    "04_adam": adam,
    "05_hyperparameters": hyperparameters,
    "06_learning_rate_schedules": schedules,
    "07_weight_decay": weight_decay,
}
