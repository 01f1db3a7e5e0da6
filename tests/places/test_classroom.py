"""The assignments through nbgrader's whole round: generated, handed in by a class, graded, and given back.

nbgrader lives in an environment of its own, as a teacher's would. One course serves the whole file: what students of
all kinds hand in is graded in two runs, and the tests read what came out.
"""

import ast
import contextlib
import copy
import os
import re
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell
from test_anywhere import make_place

from adamlib.datasets import seattle_temperatures
from adamlib.descent import GradientDescent, descend
from guards import SETUP, is_plain_markdown
from project import PATIENCE, ROOT

SOURCES = sorted((ROOT / "classroom" / "source").glob("*/*.ipynb"))
NAMES = [path.stem for path in SOURCES]
SOLUTION, HIDDEN = (
    re.compile(rf"[ \t]*### BEGIN {k}\n(.*?)[ \t]*### END {k}\n?", re.S) for k in ("SOLUTION", "HIDDEN TESTS")
)
CLASS = 30
# A busy machine may need more than a teacher's 30 seconds. The cell that never ends has 3: nothing is waited for.
PATIENT = f"""
c.ExecuteToTheEnd.timeout_func = lambda cell: 3 if "while True" in cell.source else {PATIENCE}
c.ExecuteToTheEnd.iopub_timeout = {PATIENCE}
"""

MARKS = """
    SELECT submitted_assignment.student_id, notebook.name, base_cell.name, auto_score, needs_manual_grade, max_score
    FROM grade
    JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
    JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
    JOIN notebook ON submitted_notebook.notebook_id = notebook.id
    JOIN base_cell ON grade.cell_id = base_cell.id
    JOIN grade_cells ON grade_cells.id = base_cell.id
"""


class Mistaken(NamedTuple):
    """Somebody who slipped: which cells are edited how, which tests give no points for it, and what must be said."""

    name: str
    assignment: str
    edits: dict  # solution cell: [(old, new)]
    lost: str  # the test cells without points, separated by blanks; all others have all theirs
    said: dict  # test cell: a part of its message


ADAM = "adam-test adam-hidden walk-test"


def of_adam(name, said, *edits, lost=ADAM):
    """Somebody who slipped in the rule of assignment 4 alone."""
    return Mistaken(name, "04_adam", {"adam": edits}, lost, {"adam-test": said})


# fmt: off
MISTAKEN = [
    Mistaken("multiplied by the correction", "04_adam",
     {"adam": [("m / (1 - beta1**t)", "m * (1 - beta1**t)"), ("v / (1 - beta2**t)", "v * (1 - beta2**t)")]}, ADAM,
     {"adam-test": "step: off by up to 92.4 %. Right already: m, v. You seem to multiply by the bias correction.",
      "walk-test": "You seem to multiply by the bias correction."}),
    of_adam("no bias correction", "The bias correction seems to be missing",
            ("m / (1 - beta1**t)", "m"), ("v / (1 - beta2**t)", "v")),
    of_adam("hat missing on v", "The hat seems to be missing on v", ("np.sqrt(v_hat)", "np.sqrt(v)")),
    of_adam("exponent 2", "The exponents of the corrections seem to be 2.",
            ("beta1**t", "beta1**2"), ("beta2**t", "beta2**2")),
    of_adam("eps inside the root", "eps seems to be inside the root.",
            ("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)")),
    of_adam("eps outside the fraction", "eps seems to be added outside the fraction.",
            ("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat) + eps")),
    of_adam("divided by v_hat", "You seem to divide by v_hat and not by its root.",
            ("np.sqrt(v_hat)", "v_hat"), lost=f"{ADAM} wave-test"),
    of_adam("sign lost", "step: the right size, and the wrong sign. Right already: m, v.",
            ("-lr", "lr"), lost=f"{ADAM} wave-test"),
    of_adam("1 - beta1 left out", "m: 5 times what it should be. Right already: v. The factor 1 - beta1 seems to be",
            ("(1 - beta1) * g", "g")),
    Mistaken("t not increased", "04_adam",
     {"walk": [("gradient(x), t, m", "gradient(x), 1, m")]},
     "walk-test", {"walk-test": "t seems to stay 1."}),
    Mistaken("t increased after use", "04_adam",
     {"walk": [("range(1, steps + 1)", "range(steps)")]},
     "walk-test wave-test", {"walk-test": "path: nan, which is no finite number. nan comes mostly from 0/0"}),
    Mistaken("bias from the gradient of the weight, and a step uncorrected", "04_adam",
     {"hand-1": [("0.9, 0.1]", "0.9, -0.1]")], "hand-2": [("0.72 / 0.19, 0.028944 / 0.001999", "0.72, 0.028944")],
      "mistaken": [('mistake = "D"', 'mistake = "C"')], "beta2": [("1 - 0.1**2", "0.999")]},
     "hand-1-test hand-2-test mistake-test factor-test",
     {"hand-1-test": "The bias seems to be moved by the gradient of the weight.",
      "hand-2-test": "The first number that is off is m_w_hat: 0.19 times what it should be.",
      "mistake-test": "This is another mistake than the published one.",
      "factor-test": "AssertionError: In a hidden test, with other numbers or more digits"}),
    Mistaken("returns nothing, and other things than numbers", "04_adam",
     {"adam": [("    return step, m, v\n", "")],
      "hand-1": [("step_1 = [0.4, 0.016, 4.0, 16.0, 0.9, 0.1]", 'step_1 = "0.4 and so on"')],
      "hand-2": [("0.199588]", "0.199588, 7]")],
      "wave": [("walk(loss_gradient, np.zeros(3), 1000, 0.3)[-1]", "np.full(3, np.nan)")],
      "factor": [("    return (1", "    (1")]},
     "hand-1-test hand-2-test adam-test adam-hidden walk-test wave-test factor-test",
     {"hand-1-test": "The answer should be made of numbers, and is '0.4 and so on'.",
      "hand-2-test": "The answer should hold 6 numbers, and holds 7 numbers.",
      "adam-test": "Your function gives back nothing: does every way through it end with return?",
      "walk-test": "stopped with TypeError: cannot unpack non-iterable NoneType object, in the line",
      "wave-test": "The largest entry of the gradient at your wave is nan."}),
    Mistaken("slips of averages", "01_exponential_averages",
     {"hand": [("6.0, 3.36, 3.36 / 0.36", "0.24, 3.36, 3.36 * 0.36")], "debiased": [("1 - beta**t", "1 - beta**2")],
      "half-life": [("np.log(0.5) / np.log(beta)", "1 / beta")], "mistaken": [('"C"', '"see below"')],
      "noise": [("(1 - beta) / (1 + beta)", "(1 - beta)")]},
     "hand-test debiased-test debiased-hidden half-life-test answers-test mistake-test noise-test",
     {"hand-test": "The first number that is off is m_1 hat: 0.04 times what it should be. You seem to multiply",
      "debiased-test": "average: off by up to 81 %. The exponent of the correction seems to be 2.",
      "half-life-test": "You seem to take 1/beta for the half-life.",
      "mistake-test": "The answer should be one of the letters A to F."}),
    Mistaken("heavy ball for the averaged form", "02_momentum",
     {"hand": [("by_hand = [0.8, 3.92, 1.504, 3.7696]", "by_hand = [8, 3.2, 13.6, 1.84]")],
      "momentum": [("(1 - beta) * g", "g")]},
     "hand-test momentum-test momentum-hidden walk-test line-test",
     {"hand-test": "m_1: 10 times what it should be. The factor 1 - beta seems to be left out.",
      "momentum-test": "step: 5 times what it should be. m: 5 times what it should be. The factor 1 - beta seems",
      "line-test": "After 40 steps the largest entry of the gradient is"}),
    Mistaken("eps inside the root", "03_rmsprop",
     {"rmsprop": [("(np.sqrt(v) + eps)", "np.sqrt(v + eps)")], "pace": [("(g + eps)", "np.sqrt(g**2 + eps)")]},
     "rmsprop-test rmsprop-hidden pace-test",
     {"rmsprop-test": "Right already: v. eps seems to be inside the root.", "pace-test": "yours at 9.99"}),
    Mistaken("the best seed for the median", "05_hyperparameters",
     {"hand": [("0.1, 21]", "0.1, 16]")], "sweep": [("run(lr, seed)", "run(lr, seeds[0])")],
      "report": [("np.median(validation", "np.min(validation")]},
     "hand-test sweep-test report-test report-hidden digits-test",
     {"hand-test": "You seem to report the best seed.", "sweep-test": "Every run seems to have the first seed.",
      "report-test": "The learning rates seem to be judged by their best seed."}),
    Mistaken("off by one, and up again", "06_learning_rate_schedules",
     {"hand": [("[0.25, 0.5, 0.125, 0.375]", "[1 / 8, 0.75, 1 / 12, 0.625]")],
      "cosine": [("min((t - 1) / steps, 1)", "(t - 1) / steps")],
      "warmup": [("schedule(1) * t", "schedule(1) * (t - 1)")]},
     "hand-test cosine-test warmup-test schedules-hidden",
     {"hand-test": "t seems to be counted from 0.", "cosine-test": "After its end the schedule seems to rise again.",
      "warmup-test": "The first step seems to have the learning rate 0"}),
    Mistaken("L2, and each array clipped by itself", "07_weight_decay",
     {"hand": [("-0.19, 1.61]", "-0.2, 1.6]")],
      "adamw": [("    m = beta1", "    g = g + weight_decay * x\n    m = beta1"), (" - lr * weight_decay * x", "")],
      "clip": [("g * factor for", "g * min(1, largest / np.sqrt(np.sum(g**2))) for")]},
     "hand-test adamw-test clip-test adamw-hidden left-test",
     {"adamw-test": "The decay seems to be part of the gradient: this is L2.",
      "clip-test": "Each array seems to be clipped by itself."}),
]
# fmt: on


def read(path):
    return nbformat.read(path, as_version=4)


def grading(cell):
    return cell.metadata.get("nbgrader", {})


def graded(name, manual=False):
    """Give the points of each cell that is graded by tests, or of each one that a teacher reads."""
    cells = [grading(cell) for cell in read(source_of(name)).cells]
    return {one["grade_id"]: one["points"] for one in cells if one.get("grade") and one["solution"] == manual}


def source_of(name):
    return SOURCES[NAMES.index(name)]


def handed_in(release, edits):
    """Fill the students' version in with the right answers, edited. The slider costs time and has no points: none."""
    notebook = read(release)
    answers = {grading(c).get("grade_id"): c.source for c in read(source_of(release.stem)).cells}
    for cell in notebook.cells:
        if grading(cell).get("solution"):
            name = grading(cell)["grade_id"]
            cell.source = "" if name == "slider" else SOLUTION.sub(r"\1", answers[name])
            for old, new in edits.get(name, []):
                assert cell.source.count(old) == 1, (name, old, cell.source)
                cell.source = cell.source.replace(old, new)
    return notebook


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if grading(cell).get("grade_id") == name)


# What a notebook may do to a grader. Each takes a right notebook and breaks it.


def loops(notebook):
    cell_of(notebook, "slider").source = "import time\nwhile True:\n    time.sleep(0.1)"


def does_not_parse(notebook):
    cell_of(notebook, "adam").source = "def adam(g, t, m, v, lr=0.001:\n    return"


def lacks_tests(notebook):
    for name in ("imports", "hand-1-test", "adam-test", "factor-test"):
        notebook.cells.remove(cell_of(notebook, name))
    cell_of(notebook, "hand-1").source = "step_1 = 1"


def lacks_an_answer_and_its_test(notebook):
    for name in ("hand-1", "hand-1-test", "walk"):
        notebook.cells.remove(cell_of(notebook, name))


def has_lost_its_metadata(notebook):
    for cell in notebook.cells:
        if grading(cell):
            del cell.metadata["nbgrader"]["points" if grading(cell)["grade"] else "grade"]
    cell_of(notebook, "words").metadata["nbgrader"] = 7


def cheats(notebook):
    lines = ["import adamlib.adam, adamlib.exercises", "adamlib.adam.Adam.update = lambda self, g, state: (g, state)"]
    lines += ["check = adamlib.exercises.check = lambda question, answer: 'Right.'"]
    notebook.cells.insert(3, new_code_cell("\n".join(lines)))
    cell_of(notebook, "adam").source = "def adam(g, t, m, v, *_, **__):\n    return g, m, v"


def edits_a_test(notebook):
    cell_of(notebook, "adam-test").source = "print('Right.')"
    cell_of(notebook, "adam").source = "adam = None"


def leaves(notebook):
    cell_of(notebook, "slider").source = "import os\nos._exit(1)"


def warns(notebook):
    cell = cell_of(notebook, "adam")
    cell.source += "import sys, warnings\nwarnings.warn('careful')\nprint('noise', file=sys.stderr)\n"
    louder = "    import warnings; warnings.warn('again'); np.log(0.0)\n    m = beta1"
    cell.source = cell.source.replace("    m = beta1", louder)


def copies_a_cell(notebook):
    twice = copy.deepcopy(cell_of(notebook, "hand-1-test"))
    twice.id = "twice"
    notebook.cells.insert(5, twice)


def turns_a_test_into_text(notebook):
    cell = cell_of(notebook, "walk-test")
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


def has_no_cells(notebook):
    notebook.cells = []


def is_no_notebook(notebook):
    return "my homework, see the picture"


ALL = " ".join(graded("04_adam"))
BROKEN = {  # what it does: the tests that give no points
    loops: "",
    does_not_parse: "adam-test adam-hidden walk-test wave-test",
    lacks_tests: "hand-1-test",
    lacks_an_answer_and_its_test: "hand-1-test walk-test wave-test",
    has_lost_its_metadata: "",
    cheats: "adam-test adam-hidden walk-test wave-test",
    edits_a_test: "adam-test adam-hidden walk-test wave-test",
    leaves: "factor-test",
    warns: "",
    copies_a_cell: "",
    turns_a_test_into_text: "",
    has_no_cells: ALL,
    is_no_notebook: ALL,
}


class Course(NamedTuple):
    """A graded course: where it lies; of every mark the points, whether a teacher must look, and the most; the time."""

    folder: Path
    marks: dict
    seconds: float

    def graded(self, student, name):
        return read(self.folder / "autograded" / student / name / f"{name}.ipynb")

    def points(self, student, name):
        return {cell: score for cell, (score, _, _) in self.marks[student, name].items()}

    def messages(self, student, name):
        """Give the errors and the stderr of every named cell."""
        found = {}
        for cell in self.graded(student, name).cells:
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    found[grading(cell).get("grade_id")] = f"{output.ename}: {output.evalue}"
                elif output.get("name") == "stderr":
                    found[grading(cell).get("grade_id")] = f"stderr: {output.text}"
        return found


def nbgrader(place, folder, *arguments):
    programs = place.python.parent
    activated = place.variables() | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}  # it starts others by name
    done = subprocess.run(
        [programs / "nbgrader", *arguments], cwd=folder, env=activated, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Hand the assignments out to a class, let it hand in, and grade it."""
    place = make_place(tmp_path_factory.mktemp("teacher"), "teacher", "-r", "classroom/requirements.txt", cwd=ROOT)
    folder = tmp_path_factory.mktemp("course") / "classroom"
    shutil.copytree(ROOT / "classroom" / "source", folder / "source")
    config = (ROOT / "classroom" / "nbgrader_config.py").read_text(encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(config + PATIENT, encoding="utf-8")
    nbgrader(place, folder, "generate_assignment", "*")
    releases = {name: folder / "release" / name / f"{name}.ipynb" for name in NAMES}

    def hand_in(student, name, notebook, text=None):
        path = folder / "submitted" / student / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text or nbformat.writes(notebook), encoding="utf-8")

    for name, release in releases.items():
        hand_in("model", name, read(source_of(name)))
        hand_in("blank", name, read(release))
    for mistaken in MISTAKEN:
        hand_in(student_of(mistaken), mistaken.assignment, handed_in(releases[mistaken.assignment], mistaken.edits))
    for breaks in BROKEN:
        notebook = handed_in(releases["04_adam"], {})
        hand_in(breaks.__name__, "04_adam", notebook, text=breaks(notebook))
    for number in range(CLASS - len(list((folder / "submitted").glob("*/04_adam")))):
        hand_in(f"right-{number}", "04_adam", handed_in(releases["04_adam"], {}))
    began = time.perf_counter()
    nbgrader(place, folder, "autograde", "*")
    took = time.perf_counter() - began
    nbgrader(place, folder, "generate_feedback", "04_adam", "--student=m*")
    marks = {}
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as book:
        for student, name, cell, *mark in book.execute(MARKS):
            marks.setdefault((student, name), {})[cell] = mark
    return Course(folder, marks, took)


def student_of(mistaken):
    return re.sub(r"\W+", "-", mistaken.name)


@pytest.mark.parametrize("name", NAMES)
def test_the_source_gets_full_marks(course, name):
    marks = course.marks["model", name]
    by_tests, by_a_teacher = graded(name), graded(name, manual=True)
    assert {cell: mark[0] for cell, mark in marks.items() if not mark[1]} == by_tests
    assert {cell: mark[2] for cell, mark in marks.items() if mark[1]} == by_a_teacher and len(by_a_teacher) == 1
    assert sum(by_tests.values()) + sum(by_a_teacher.values()) == 20
    assert course.messages("model", name) == {}


@pytest.mark.parametrize("name", NAMES)
def test_the_students_version_gets_none_and_says_what_is_missing(course, name):
    marks = course.marks["blank", name]
    assert marks.keys() == (graded(name) | graded(name, manual=True)).keys()
    assert all((score, waits) == (0, 0) for score, waits, _ in marks.values())
    expected = r"NotImplementedError: $|AssertionError: (Not yet\. )?(Nothing is filled in|The answer should)"
    assert [message for message in course.messages("blank", name).values() if not re.match(expected, message)] == []
    assert graded(name).keys() <= course.messages("blank", name).keys()


@pytest.mark.parametrize("name", NAMES)
def test_no_solution_and_no_hidden_test_is_in_the_students_version(course, name):
    release = read(course.folder / "release" / name / f"{name}.ipynb")
    text = "\n".join(cell.source for cell in release.cells)
    assert "### BEGIN" not in text and "### END" not in text
    sources = [cell.source for cell in read(source_of(name)).cells]
    given = "\n".join(HIDDEN.sub("", SOLUTION.sub("", source)) for source in sources)
    secrets = [part for source in sources for part in SOLUTION.findall(source) + HIDDEN.findall(source)]
    secrets += [cell_of(read(source_of(name)), "words").source]
    lines = {line.strip() for line in "\n".join(secrets).splitlines()} - {line.strip() for line in given.splitlines()}
    assert len(lines) > 20 and [line for line in lines if len(line) > 12 and line in text] == []
    assert all(cell.get("outputs", []) == [] for cell in release.cells)


@pytest.mark.parametrize("mistaken", MISTAKEN, ids=lambda mistaken: f"{mistaken.assignment}-{mistaken.name}")
def test_a_mistake_gets_the_marks_and_the_hint_that_it_should(course, mistaken):
    student, name = student_of(mistaken), mistaken.assignment
    lost = mistaken.lost.split()
    points = course.points(student, name)
    expected = {cell: 0 if cell in lost else full for cell, full in graded(name).items()}
    assert {cell: points[cell] for cell in expected} == expected, course.messages(student, name)
    messages = course.messages(student, name)
    for cell, said in mistaken.said.items():
        assert said in messages[cell]
    assert all("Traceback" not in message for message in messages.values())


@pytest.mark.parametrize("breaks", BROKEN, ids=lambda breaks: breaks.__name__)
def test_a_notebook_that_breaks_is_graded_like_every_other(course, breaks):
    points = course.points(breaks.__name__, "04_adam")
    lost = BROKEN[breaks].split()
    expected = {cell: 0 if cell in lost else full for cell, full in graded("04_adam").items()}
    assert {cell: points[cell] for cell in expected} == expected, course.messages(breaks.__name__, "04_adam")


def test_what_broke_is_said(course):
    assert "CellTimeoutError" in course.messages("loops", "04_adam")["slider"]
    assert "SyntaxError" in course.messages("does_not_parse", "04_adam")["adam"]
    assert "stopped Python (by exit(), or by using up" in course.messages("leaves", "04_adam")["factor-test"]
    assert "# This cell was missing" in cell_of(course.graded("lacks_tests", "04_adam"), "adam-test").source
    text = "\n".join(cell.source for cell in course.graded("is_no_notebook", "04_adam").cells)
    assert "is no notebook that can be read: NotJSONError" in text


def test_a_class_is_graded_and_its_time_printed(course, record_property):
    handed = sorted(path.parent.name for path in (course.folder / "submitted").glob("*/04_adam"))
    assert len(handed) == CLASS
    assert all((course.folder / "autograded" / student / "04_adam" / "04_adam.ipynb").is_file() for student in handed)
    full = sum(graded("04_adam").values())
    right = [student for student in handed if sum(p or 0 for p in course.points(student, "04_adam").values()) == full]
    wrong = len(MISTAKEN_IN_FOUR) + sum(bool(lost) for lost in BROKEN.values()) + 1  # the blank one
    assert len(right) == CLASS - wrong
    others = len(course.marks) - CLASS
    what = f"a class of {CLASS} with assignment 4, and {others} submissions of the others"
    row = [what, f"{course.seconds:.0f} s", f"{course.seconds / len(course.marks):.1f} s each"]
    record_property("graded by nbgrader", row)


MISTAKEN_IN_FOUR = [mistaken for mistaken in MISTAKEN if mistaken.assignment == "04_adam"]


def test_the_hint_is_in_the_feedback_that_a_student_gets(course):
    folder = course.folder / "feedback" / "multiplied-by-the-correction" / "04_adam"
    page = (folder / "04_adam.html").read_text(encoding="utf-8")
    assert "You seem to multiply by the bias correction. Divide by it: m and v started at 0 and are too small." in page
    assert re.search(r"Score: 10\.0 / 20\.0", page)


def test_there_are_enough_planted_mistakes_and_one_assignment_for_each_chapter():
    assert sum(len(mistaken.lost.split()) for mistaken in MISTAKEN) >= 12 and len(MISTAKEN_IN_FOUR) >= 12
    assert [name[:2] for name in NAMES] == [f"{n:02d}" for n in range(1, len(NAMES) + 1)]


# The form of a source, read without running it


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_source_has_the_common_form(path):
    notebook = read(path)
    nbformat.validate(notebook)
    named = [grading(cell) for cell in notebook.cells if grading(cell)]
    ids = [one["grade_id"] for one in named]
    assert len(set(ids)) == len(ids) and all(one["schema_version"] == 3 for one in named)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code[0].source == SETUP and grading(code[0])["locked"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert all(grading(cell) for cell in code)  # nothing that a student could lose and nobody would put back
    assert is_plain_markdown(path, notebook) == []
    text = "\n".join(cell.source for cell in notebook.cells)
    assert len(re.findall(r"^## \d\. .+", text, re.M)) >= 6
    assert "by hand" in text and "Find the mistake" in text and "one point each" in text


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_slider_is_in_no_graded_cell_and_a_graded_cell_shows_no_value(path):
    """What a graded cell shows as its value, nbgrader reads as points, or as right."""
    cells = read(path).cells
    assert any(
        "interact(" in cell.source and grading(cell).get("solution") and not grading(cell)["grade"] for cell in cells
    )
    for cell in cells:
        if grading(cell).get("grade") and cell.cell_type == "code":
            assert "interact(" not in cell.source
            last = HIDDEN.sub("", cell.source).rstrip().splitlines()[-1]
            assert re.match(r"\s|print\(|assert |#|for |with ", last), last


def test_the_numbers_in_the_texts_are_right():
    days = seattle_temperatures().maximum[:200]
    columns = np.stack([np.ones(200), np.arange(1, 201) / 100], axis=1)

    def slope(p):
        return columns.T @ (columns @ p - days) / 200

    curvatures = np.linalg.eigvalsh(columns.T @ columns / 200)  # assignment 2
    assert np.allclose(curvatures, [0.15, 2.19], atol=5e-3) and np.isclose(
        np.divide(*curvatures[::-1]), 14.4, atol=0.05
    )
    for lr in np.linspace(0.5, 0.9, 41):
        walked = descend(slope, np.zeros(2), GradientDescent(lr), steps=50).points
        assert abs(slope(walked[-1])).max() > 1e-4
    correct = np.array([[1, 1], [1, 1]]) - [
        [0.9, 0.999],
        [0.9**12, 0.999**12],
    ]  # assignment 4: of m and v, steps 1 and 12
    assert np.allclose(correct[0], [0.1, 0.001]) and np.isclose(correct[0, 1] ** 0.5, 0.032, atol=5e-4)
    assert np.allclose(correct[:, 0] / np.sqrt(correct[:, 1]), [3.16, 6.57], atol=5e-3)
    assert np.isclose(0.99**10, 0.90, atol=5e-3)  # assignment 1: the weight of the first value after 11
    assert np.isclose(np.sqrt(0.1 / 1.9), 0.23, atol=5e-3)  # assignment 6: Adam's typical step under noise, in lr
    noise = np.stack([np.random.default_rng(seed).normal(size=(4000, 200)) for seed in range(3)])
    for lr_times, beta in ((0.0526, 0.0), (0.0501, 0.9)):  # assignment 2: the variance of the place at lr = 0.1
        x, m, squares = np.zeros((3, 200)), np.zeros((3, 200)), np.zeros(3)
        for t in range(4000):
            m = beta * m + (1 - beta) * (x + noise[:, t])
            x = x - 0.1 * m
            squares += (t >= 500) * np.mean(x**2, axis=1)
        assert np.allclose(squares / 3500, lr_times, rtol=0.02)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_test_that_fails_says_something(path):
    tests = [cell.source for cell in read(path).cells if grading(cell).get("grade") and cell.cell_type == "code"]
    checks = [node for source in tests for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    assert len(checks) > 15 and all(node.msg is not None for node in checks)
