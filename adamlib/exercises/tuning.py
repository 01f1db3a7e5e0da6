"""Chapter 5: a table of runs, and what may be reported of it."""

import numpy as np

from adamlib.exercises.engine import CLOSELY, Question, as_numbers, by_hand, edited, slipped
from adamlib.tuning import bands

SWEEP = """
def sweep(run, lrs, seeds):
    table = np.empty((len(lrs), len(seeds)))
    for i, lr in enumerate(lrs):
        for j, seed in enumerate(seeds):
            table[i, j] = run(lr, seed)
    return table
"""

SWEEP_SLIPS = {
    "Every run seems to have the first seed.": {"run(lr, seed)": "run(lr, seeds[0])"},
    "The runs seem to be given the place of the seed in the list, not the seed.": {"run(lr, seed)": "run(lr, j)"},
    "The seeds seem to go on from setting to setting. Each learning rate gets the same ones.": {
        "run(lr, seed)": "run(lr, seeds[0] + i * len(seeds) + j)"
    },
    "Every run seems to have the first learning rate.": {"run(lr, seed)": "run(lrs[0], seed)"},
    "Rows and columns seem to have changed places: a row for each learning rate.": {"return table": "return table.T"},
}


def _sweep():
    def measure(function):
        given = function(lambda lr, seed: 100 * lr + 1 / (1 + seed), [0.01, 0.3, 2.0], [3, 5, 7, 11])
        return as_numbers(given, (3, 4), "Your table")

    return Question(edited(SWEEP), slipped(SWEEP, SWEEP_SLIPS), ("table",), measure, **CLOSELY)


REPORT = """
def report(lrs, validation, test):
    errors = np.median(validation, axis=1)
    best = np.argmin(errors)
    return lrs[best], np.median(test[best])
"""

REPORT_SLIPS = {
    "The learning rate seems to be chosen on the test part. Choose on validation; the test part is looked at once.": {
        "np.median(validation": "np.median(test"
    },
    "The learning rates seem to be judged by the mean over the seeds, which one bad run decides. Take the median.": {
        "np.median(validation": "np.mean(validation"
    },
    "The learning rates seem to be judged by their best seed. Take the median over the seeds.": {
        "np.median(validation": "np.min(validation"
    },
    "The learning rates seem to be judged by their worst seed. Take the median over the seeds.": {
        "np.median(validation": "np.max(validation"
    },
    "The runs that broke seem to be left out. They count as the worst: keep their inf in the median.": {
        "np.median(validation": "np.nanmedian(np.where(np.isfinite(validation), validation, np.nan)"
    },
    "The median seems to go over the learning rates. Take it over the seeds, along a row.": {"axis=1": "axis=0"},
    "You seem to take the largest median error.": {"np.argmin": "np.argmax"},
    "You seem to give back the place of the learning rate in the list, not the learning rate.": {"lrs[best]": "best"},
    "You seem to report the error on the validation part.": {"np.median(test[best])": "np.median(validation[best])"},
    "You seem to report the best seed. Report the median over the seeds.": {
        "np.median(test[best])": "np.min(test[best])"
    },
    "You seem to report the mean over the seeds. Report the median.": {"np.median(test[best])": "np.mean(test[best])"},
    "You seem to give back the error first. It is the learning rate, and then the error.": {
        "return lrs[best], np.median(test[best])": "return np.median(test[best]), lrs[best]"
    },
    "You seem to report the lowest error on the test part, whatever was chosen.": {
        "np.median(test[best])": "np.median(test, axis=1).min()"
    },
}


def _median_of_rows(scores):
    columns = [("setting", np.int64), ("seed", np.int64), ("error", float)]
    rows = [(setting, seed, score) for (setting, seed), score in np.ndenumerate(scores)]
    return bands(np.array(rows, columns), "error")["median"]


def _right_report(lrs, validation, test):
    best = int(np.argmin(_median_of_rows(validation)))
    return lrs[best], _median_of_rows(test)[best]


def _report():
    def measure(function):
        given = [function(lrs.copy(), one.copy(), other.copy()) for one, other in zip(validation, test)]
        what = "What your function gives back (the learning rate and the error)"
        return np.array([as_numbers(one, (2,), what) for one in given])

    lrs, (validation, test) = np.array([0.001, 0.01, 0.1, 1.0]), np.random.default_rng(1).random((2, 12, 4, 5)) ** 3
    validation[:, 2:, 3:], test[:, 2:, 3:] = np.inf, np.inf  # some broke,
    validation[::3, 3, 2], test[::3, 3, 2] = np.inf, np.inf  # and sometimes most of them
    return Question(_right_report, slipped(REPORT, REPORT_SLIPS), ("lr", "test error"), measure, **CLOSELY)


_VALIDATION = [[24, 20, 22, 21, 26], [19, 12, 20, 18, 14], [10, 15, np.inf, 31, np.inf]]
_TEST = [[25, 22, 27, 24, 23], [21, 17, 22, 24, 16], [14, 19, np.inf, 33, np.inf]]


def _by_hand(validation=_VALIDATION, test=_TEST):
    lrs, validation, test = np.array([0.01, 0.1, 1.0]), np.array(validation), np.array(test)

    def numbers(rule):
        return np.hstack(rule(lrs, validation, test))

    parts = REPORT.replace("return lrs[best]", "return errors, lrs[best]")
    slips = {sentence: edits for sentence, edits in REPORT_SLIPS.items() if "axis=1" not in edits}
    names = ("median at lr 0.01", "median at lr 0.1", "median at lr 1", "chosen lr", "reported error")
    return by_hand(names, numbers, parts, slips)


QUESTIONS = {
    "report by hand": _by_hand,
    "sweep": _sweep,
    "report": _report,
}
