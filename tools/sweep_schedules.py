"""Run the sweeps of chapter 6 whole, and store them for the chapter and its readers.

    python tools/sweep_schedules.py

Three tasks, three ways to step, four schedules, five to eight learning rates each, 30 or 80 seeds: 4,780 runs, a minute
or two. What is run stands in the chapter alone, in the cells tagged "sweep". The chapter looks the runs up in the file,
and runs a slice of them again. All of it is run a second time with other seeds, and stored beside the tests: with these
runs `fresh_seeds.py` asks whether the chapter's verdicts hold.
"""

import csv
from pathlib import Path

import nbformat
import numpy as np

from adamlib import schedules
from adamlib.adam import Adam
from adamlib.descent import GradientDescent
from other_seeds import other_seeds

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = ROOT / "chapters" / "06_learning_rate_schedules.ipynb"
STORED = [  # a file for each block of seeds
    ROOT / "adamlib" / "data" / "schedules_on_digits.csv",
    ROOT / "tests" / "chapters" / "schedules_on_other_seeds.csv",
]
SCORES = ("loss", "train_error", "validation_error")
COLUMNS = ("task", "method", "schedule", "lr", "seed", *SCORES)


def definitions():
    """Return the names that the chapter's tagged cells define, from those that it imports before them."""
    names = {"np": np, "schedules": schedules, "Adam": Adam, "GradientDescent": GradientDescent}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        if "sweep" in cell.metadata.get("tags", []):
            exec(cell.source, names)
    return names


def all_runs(most_seeds=None):
    """Yield every run as a tuple of COLUMNS, or those of each setting's first seeds."""
    chapter = definitions()
    for *study, lrs, seeds in chapter["studies"] + chapter["disguised"]:
        seeds = seeds[:most_seeds]
        for lr, one in zip(np.repeat(lrs, len(seeds)), chapter["run"](*study, lrs, seeds), strict=True):
            yield *study, float(lr), int(one["seed"]), *(f"{one[score]:.5g}" for score in SCORES)


def main():
    for block, path in enumerate(STORED):
        with other_seeds(block):
            runs = list(all_runs())  # before the file is opened: a run that is stopped leaves it as it was
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(COLUMNS)
            rows.writerows(runs)
        print(f"stored in {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
