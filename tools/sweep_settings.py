"""Run the finer sweeps of chapter 5 whole, and store them for the chapter and its readers.

    python tools/sweep_settings.py

Four studies, 85 settings, 35 seeds: 2,975 runs, half a minute, and as many with other seeds.
"""

import numpy as np

from adamlib.adam import Adam
from adamlib.datasets import digits, two_moons
from adamlib.descent import GradientDescent
from adamlib.momentum import Momentum
from adamlib.rmsprop import RMSProp
from adamlib.tuning import sweep
from stored_runs import Stored, tagged

SEEDS = range(35)
HYPERPARAMETERS = ("lr", "beta", "beta1", "beta2", "eps")


def all_runs(seeds=SEEDS):
    """Yield every run as a tuple of the columns, or those with some seeds."""
    names = {kind.__name__: kind for kind in (GradientDescent, Momentum, RMSProp, Adam)}
    chapter = tagged("05_hyperparameters.ipynb", names | {"np": np, "moons": two_moons(), "numerals": digits()})
    for study, (task, steps, settings) in chapter["studies"].items():
        for row in sweep(task, settings, seeds, steps, at_once=20).table:
            described = (float(row[name]) if name in row.dtype.names else "nan" for name in HYPERPARAMETERS)
            yield study, int(row["setting"]), str(row["method"]), *described, int(row["seed"]), f"{row['loss']:.5g}"


STORED = Stored("settings_by_seed", ("study", "setting", "method", *HYPERPARAMETERS, "seed", "loss"), all_runs)

if __name__ == "__main__":
    STORED.store()
