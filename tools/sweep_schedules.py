"""Run the sweep of chapter 6 whole, and store it for the chapter and its readers.

    python tools/sweep_schedules.py

Two tasks, two optimizers, five schedules, three or four learning rates each, five seeds: 350 runs, some seconds. What
is run stands in the chapter alone, in the cells tagged "sweep". The chapter looks the runs up in the file, and runs a
slice of them again.
"""

import csv
from pathlib import Path

import nbformat
import numpy as np

from adamlib import schedules
from adamlib.adam import Adam
from adamlib.descent import GradientDescent

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = ROOT / "chapters" / "06_learning_rate_schedules.ipynb"
STORED = ROOT / "adamlib" / "data" / "schedules_on_digits.csv"
SCORES = ("loss", "train_error", "validation_error")
COLUMNS = ("labels", "method", "schedule", "lr", "seed", *SCORES)


def definitions():
    """Return the names that the chapter's tagged cells define, from those that it imports before them."""
    names = {"np": np, "schedules": schedules, "Adam": Adam, "GradientDescent": GradientDescent}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        if "sweep" in cell.metadata.get("tags", []):
            exec(cell.source, names)
    return names


def all_runs():
    """Yield every run as a tuple of COLUMNS."""
    chapter = definitions()
    for labels_are in chapter["tasks"]:
        for method in chapter["for_decays"]:
            tried = chapter["all_settings"](method)
            for (name, lr), runs in zip(tried, chapter["run"](labels_are, method, tried), strict=True):
                for one in runs:
                    yield labels_are, method.__name__, name, lr, int(one["seed"]), *(f"{one[x]:.7g}" for x in SCORES)


def main():
    runs = list(all_runs())  # before the file is opened: a run that is stopped leaves it as it was
    with STORED.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(runs)
    print(f"stored in {STORED.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
