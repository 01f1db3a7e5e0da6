"""What the tools share that make the stored runs of chapters 5 and 6: a file for each of two blocks of seeds.

What is run stands in a chapter alone, in its cells tagged "sweep". The chapter looks the runs up in the first file, and
runs a slice of them again. The second holds the same with other seeds, and stands beside the tests: with these runs
`fresh_seeds.py` asks whether the chapter's verdicts hold.
"""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np

from other_seeds import other_seeds

ROOT = Path(__file__).resolve().parent.parent


class Stored(NamedTuple):
    """The runs of a chapter: the function of adamlib.datasets that reads them, their columns, and what makes them."""

    reader: str
    columns: tuple
    all_runs: Callable

    @property
    def files(self):
        """Return where each block of seeds is stored, the chapter's own first."""
        return [
            ROOT / "adamlib" / "data" / f"{self.reader}.csv",
            ROOT / "tests" / "chapters" / f"{self.reader}_again.csv",
        ]

    def read(self, block):
        """Return the runs with a block's seeds, as adamlib reads its own; those that are not stored are made."""
        if block < len(self.files):
            source = self.files[block].read_text(encoding="utf-8")
        else:
            source = "\n".join(",".join(map(str, row)) for row in (self.columns, *self.all_runs()))
        return np.genfromtxt(io.StringIO(source), delimiter=",", names=True, dtype=None, encoding="utf-8")

    def store(self):
        """Make all runs, block by block, and write them down."""
        for block, path in enumerate(self.files):
            with other_seeds(block):
                runs = list(self.all_runs())  # before the file is opened: a run that is stopped leaves it as it was
            with path.open("w", newline="", encoding="utf-8") as file:
                rows = csv.writer(file, lineterminator="\n")
                rows.writerow(self.columns)
                rows.writerows(runs)
            print(f"stored in {path.relative_to(ROOT)}")


def tagged(chapter, names):
    """Return the names that a chapter's tagged cells define, from some that it has before them."""
    for cell in nbformat.read(ROOT / "chapters" / chapter, as_version=4).cells:
        if "sweep" in cell.metadata.get("tags", []):
            exec(cell.source, names)
    return names
