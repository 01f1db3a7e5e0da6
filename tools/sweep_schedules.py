"""Run the sweeps of chapter 6 whole, and store them for the chapter and its readers.

    python tools/sweep_schedules.py

Three tasks, three ways to step, four schedules, five to eight learning rates each, 30 or 80 seeds: 4,780 runs, a minute
or two, and as many with other seeds.
"""

import numpy as np

from adamlib import schedules
from adamlib.adam import Adam
from adamlib.descent import GradientDescent
from stored_runs import Stored, tagged

SCORES = ("loss", "train_error", "validation_error")


def all_runs(most_seeds=None):
    """Yield every run as a tuple of the columns, or those of each setting's first seeds."""
    names = {"np": np, "schedules": schedules, "Adam": Adam, "GradientDescent": GradientDescent}
    chapter = tagged("06_learning_rate_schedules.ipynb", names)
    for *study, lrs, seeds in chapter["studies"] + chapter["disguised"]:
        seeds = seeds[:most_seeds]
        for lr, one in zip(np.repeat(lrs, len(seeds)), chapter["run"](*study, lrs, seeds), strict=True):
            yield *study, float(lr), int(one["seed"]), *(f"{one[score]:.5g}" for score in SCORES)


STORED = Stored("schedules_on_digits", ("task", "method", "schedule", "lr", "seed", *SCORES), all_runs)

if __name__ == "__main__":
    STORED.store()
