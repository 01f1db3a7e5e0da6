"""The assignments of the class kit as they are written, as a class gets them, and as students hand them in."""

import copy
import sys
from functools import cache

import nbformat

from project import ROOT

sys.path.insert(0, str(ROOT / "classroom"))
import fence  # noqa: F401, for the tests
import marking
import variants
import wire  # noqa: F401, likewise

NAMES = list(variants.ASSIGNMENTS)


@cache
def source(name):
    return nbformat.read(ROOT / "classroom" / "source" / name / f"{name}.ipynb", as_version=4)


def assignment(name, seed=0):
    """Give the solved notebook with a class's numbers, its right answers, and what its given cells make."""
    return _solved(name, seed)  # one of each: to a cache, a number that is left out is another one


@cache
def _solved(name, seed):
    notebook = variants.fill(source(name), name, seed)
    right, given = marking.Right(notebook), {}
    for cell in notebook.cells:
        if marking.kind(cell) == "given":
            exec(cell.source, given)
    return notebook, right, given


def grading(cell):
    return cell.metadata.get("nbgrader", {})


def graded(name, manual=False):
    """Give the points of each cell that is graded by tests, or of each one that a teacher reads."""
    cells = [grading(cell) for cell in source(name).cells]
    return {one["grade_id"]: one["points"] for one in cells if one.get("grade") and one["solution"] == manual}


def handed_in(name, edits=None, seed=0):
    """Give a student's notebook with the right answers, edited. The slider costs time and has no points: none."""
    notebook = copy.deepcopy(variants.fill(source(name), name, seed))
    for cell in notebook.cells:
        cell.source = marking.HIDDEN.sub("", cell.source)
        if grading(cell).get("solution"):
            answer = grading(cell)["grade_id"]
            cell.source = "" if answer == "slider" else marking.solved(cell)
            for old, new in (edits or {}).get(answer, []):
                assert cell.source.count(old) == 1, (answer, old, cell.source)
                cell.source = cell.source.replace(old, new)
    return notebook
