"""The assignments through nbgrader's whole round: generated, handed in by a class, graded, and given back.

nbgrader lives in an environment of its own, as a teacher's would. One course serves the whole file: what students of
all kinds hand in is graded in two runs, and the tests read what came out.
"""

import ast
import contextlib
import copy
import csv
import html
import itertools
import os
import re
import sqlite3
import subprocess
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell
from test_anywhere import Place, make_place

from adamlib.adam import Adam
from adamlib.datasets import seattle_temperatures
from adamlib.descent import GradientDescent, descend
from assignments import NAMES, assignment, fence, graded, grading, handed_in, marking, source
from guards import SETUP, is_plain_markdown
from project import PATIENCE, ROOT, copy_files, project_files

SOURCES = sorted((ROOT / "classroom" / "source").glob("*/*.ipynb"))
SEED = 2027
# A busy machine may need more than a teacher's 30 seconds. The cell that never ends has 3: nothing is waited for.
SETTINGS = f"""
c.Mark.timeout = {PATIENCE}
c.Mark.timeout_func = lambda cell: 3 if "while True" in cell.source else {PATIENCE}
"""

# What notebooks import is compiled by one of nobody, and not in each: behind the fence none keeps what it compiles.
COMPILE = """
from nbclient import execute
from nbformat.v4 import new_code_cell, new_notebook

imports = "import adamlib.exercises, adamlib.figures, ipywidgets, matplotlib.pyplot"
execute(new_notebook(cells=[new_code_cell(imports)]), kernel_name="python3")
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


def read(path):
    return nbformat.read(path, as_version=4)


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
    add_cell(notebook, "\n".join(lines))
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


def add_cell(notebook, text):
    """Add a cell before the answers."""
    notebook.cells.insert(3, new_code_cell(text))


# Attacks. COURSE is the teacher's folder.


def changes_every_cell(notebook):
    add_cell(notebook, 'get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])')


def replaces_numpys_comparisons(notebook):
    add_cell(notebook, "import numpy\nnumpy.allclose = numpy.isclose = lambda *_, **__: True")
    for name, text in {
        "adam": "def adam(*_, **__):\n    return 1, 2, 3",
        "path": "steps_to_level, highest = 4, 20",
    }.items():
        cell_of(notebook, name).source = text
    cell_of(notebook, "hand-1").source = "step_1 = [1] * 6"


def takes_the_right_answer(notebook):
    cell_of(notebook, "adam").source = 'from adamlib.exercises import QUESTIONS\nadam = QUESTIONS["adam"]().right'


OUTSIDE = {  # what reaches out of the notebook's own folder, and fails
    "import adamlib\nopen(adamlib.__file__, 'a').write('check = print')": "PermissionError",
    "import sqlite3\nbook = sqlite3.connect('COURSE/gradebook.db')\nbook.execute('UPDATE grade SET auto_score = 2')": (
        "OperationalError"
    ),
    "print(open('COURSE/source/04_adam/04_adam.ipynb').read())": "PermissionError",
    "import os\nprint(os.listdir('COURSE/submitted'))": "PermissionError",
    "import os, signal\nos.kill(os.getppid(), signal.SIGTERM)": "PermissionError",
}


def reaches_outside(notebook):
    notebook.cells[3:3] = map(new_code_cell, OUTSIDE)


def makes_a_mistake(notebook):
    cell = cell_of(notebook, "adam")
    cell.source = cell.source.replace("m / (1", "m * (1").replace("v / (1", "v * (1")


def is_blank(notebook):
    for cell in notebook.cells:
        if grading(cell).get("solution"):
            cell.source = "raise NotImplementedError()"


ALL = " ".join(graded("04_adam"))
BY_HAND = "hand-1-test hand-1-averages hand-2-test hand-2-averages"
RULE = "adam-test adam-hidden adam-longest"
BROKEN = {  # what it does: the tests that give no points
    loops: "",
    does_not_parse: RULE,
    lacks_tests: BY_HAND,
    lacks_an_answer_and_its_test: f"{BY_HAND} walk-test walk-hidden",
    has_lost_its_metadata: "",
    cheats: RULE,
    edits_a_test: RULE,
    leaves: "beta2-test",
    warns: "",
    copies_a_cell: "",
    turns_a_test_into_text: "",
    has_no_cells: ALL,
    is_no_notebook: ALL,
    is_blank: ALL,
    makes_a_mistake: RULE,
    changes_every_cell: ALL,
    replaces_numpys_comparisons: f"{BY_HAND} {RULE} walk-test walk-hidden level-test highest-test",
    takes_the_right_answer: RULE,
    reaches_outside: "",
}


AUTHOR = {
    f"GIT_{who}_{what}": "teacher@school.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


class Course(NamedTuple):
    """A graded course: where it lies; of every mark the points, whether to look, and the most; the rest."""

    place: Place
    folder: Path
    marks: dict
    seconds: float
    said: str  # by nbgrader, while it graded

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


def run(place, folder, *command):
    """Run a program of the teacher's; what it says comes back."""
    programs = place.python.parent
    activated = place.variables() | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"} | AUTHOR
    done = subprocess.run(command, cwd=folder, env=activated, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def nbgrader(place, folder, *arguments):
    return run(place, folder, place.python.parent / "nbgrader", *arguments)


def git(folder, *arguments):
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, env=os.environ | AUTHOR, capture_output=True, text=True, check=True).stdout.rstrip()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Hand the assignments out to a class, let it hand in, and grade it."""
    place = make_place(tmp_path_factory.mktemp("teacher"), "teacher", "-r", "classroom/requirements.txt", cwd=ROOT)
    place.ask(COMPILE)
    top = tmp_path_factory.mktemp("course")
    folder = top / "classroom"
    copy_files([name for name in project_files() if name.startswith("classroom/") or name == ".gitignore"], top)
    (folder / "seed.txt").write_text(f"{SEED}\n", encoding="utf-8")
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    git(top, "init", "--quiet")
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message=The kit")
    run(place, folder, place.python, "handout.py", top.parent / "handed-out")

    def hand_in(student, name, notebook, text=None):
        path = folder / "submitted" / student / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text((text or nbformat.writes(notebook)).replace("COURSE", str(folder)), encoding="utf-8")

    for name in NAMES[:3] + NAMES[4:]:
        hand_in("model", name, handed_in(name, seed=SEED))
    archive = folder / "downloaded" / "04_adam" / "archive"
    for file in ("model_04_adam (1).ipynb", "model_04_adam.ipynb", "04_adam.ipynb"):
        right = handed_in("04_adam", seed=SEED)
        nbformat.write(right if "(1)" in file else nbformat.v4.new_notebook(), archive / file)
    collected = nbgrader(place, folder, "zip_collect", "04_adam")
    whose = "04_adam.ipynb does not say whose it is: lay a copy named STUDENT_04_adam.ipynb into archive/."
    assert f"NOT COLLECTED: {whose}" in collected
    assert "model_04_adam.ipynb is not taken: model_04_adam (1).ipynb is newer." in collected
    for breaks in BROKEN:
        notebook = handed_in("04_adam", seed=SEED)
        hand_in(breaks.__name__, "04_adam", notebook, text=breaks(notebook))
    began = time.perf_counter()
    said = nbgrader(place, folder, "autograde", "*")
    took = time.perf_counter() - began
    nbgrader(place, folder, "generate_feedback", "04_adam", "--student=m*")
    run(place, folder, place.python, "marks.py")
    run(place, folder, place.python, "returns.py", "04_adam")
    marks = {}
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as book:
        for student, name, cell, *mark in book.execute(MARKS):
            marks.setdefault((student, name), {})[cell] = mark
    return Course(place, folder, marks, took, said)


@pytest.mark.parametrize("seed", ["12 345", "-7", ""])
def test_a_seed_that_is_no_number_stops_every_command(course, tmp_path, seed):
    """Else nbgrader would go on without these settings, and so without the fence."""
    copy_files([name for name in project_files() if name.startswith("classroom/")], tmp_path)
    (tmp_path / "classroom" / "seed.txt").write_text(seed, encoding="utf-8")
    programs = course.place.python.parent
    for command in ([course.place.python, "handout.py", "../class"], [programs / "nbgrader", "autograde", "04_adam"]):
        done = subprocess.run(command, cwd=tmp_path / "classroom", capture_output=True, text=True)
        assert done.returncode == 1 and f"in digits alone, such as 20270431. It holds {seed!r}." in done.stderr
    assert not (tmp_path / "class").exists()


@pytest.mark.parametrize("name", NAMES)
def test_the_source_gets_full_marks(course, name):
    marks = course.marks["model", name]
    by_tests, by_a_teacher = graded(name), graded(name, manual=True)
    assert {cell: mark[0] for cell, mark in marks.items() if not mark[1]} == by_tests
    assert {cell: mark[2] for cell, mark in marks.items() if mark[1]} == by_a_teacher and len(by_a_teacher) == 1
    assert sum(by_tests.values()) + sum(by_a_teacher.values()) == 20
    assert course.messages("model", name) == {}


@pytest.mark.parametrize("name", NAMES)
def test_no_solution_and_no_hidden_test_is_in_what_a_class_gets(course, name):
    handed_out = course.folder.parent.parent / "handed-out"
    assert git(handed_out, "status", "--porcelain") == ""
    text = "\n".join(path.read_text(encoding="utf-8") for path in handed_out.glob("[0-9]*/*"))
    assert len(git(handed_out, "ls-files").splitlines()) == len(NAMES) + 1 and "### " not in text
    release = read(handed_out / name / f"{name}.ipynb")
    text = "\n".join(cell.source for cell in release.cells)
    sources = [cell.source for cell in assignment(name, SEED)[0].cells]
    given = "\n".join(marking.HIDDEN.sub("", marking.SOLUTION.sub("", text)) for text in sources)
    secrets = [part for text in sources for part in marking.SOLUTION.findall(text) + marking.HIDDEN.findall(text)]
    secrets += [cell_of(source(name), "words").source]
    lines = {line.strip() for line in "\n".join(secrets).splitlines()} - {line.strip() for line in given.splitlines()}
    assert len(lines) > 20 and [line for line in lines if len(line) > 12 and line in text] == []
    assert all(cell.get("outputs", []) == [] for cell in release.cells)
    assert not re.search(r"__\w+__", text)


@pytest.mark.parametrize("breaks", BROKEN, ids=lambda breaks: breaks.__name__)
def test_a_notebook_that_breaks_is_graded_like_every_other(course, breaks):
    if breaks is reaches_outside and not fence.works():
        pytest.skip("needs Landlock, which this system does not have")
    points = course.points(breaks.__name__, "04_adam")
    lost = BROKEN[breaks].split()
    expected = {cell: 0 if cell in lost else full for cell, full in graded("04_adam").items()}
    assert {cell: points[cell] for cell in expected} == expected, course.messages(breaks.__name__, "04_adam")


@pytest.mark.skipif(not fence.works(), reason="needs Landlock, which this system does not have")
def test_nothing_outside_is_read_or_changed(course):
    cells = {cell.source: cell for cell in course.graded("reaches_outside", "04_adam").cells}
    for attack, error in OUTSIDE.items():
        assert cells[attack.replace("COURSE", str(course.folder))].outputs[-1].ename == error, attack


def test_the_teacher_is_told_what_was_added_and_what_is_taken_from_adamlib(course):
    told = dict(re.findall(r"WARNING\] (\w+): (.+)", course.said))
    added = {changes_every_cell, replaces_numpys_comparisons, cheats, reaches_outside}
    assert {breaks.__name__ for breaks in added} <= told.keys()
    assert "adamlib" in told["takes_the_right_answer"] and "model" not in told
    assert "no notebook in it that can be read" in told["is_no_notebook"]


def test_what_broke_is_said(course):
    assert "CellTimeoutError" in course.messages("loops", "04_adam")["slider"]
    assert "SyntaxError" in course.messages("does_not_parse", "04_adam")["adam"]
    assert "stopped Python (by exit(), or by using up" in course.messages("leaves", "04_adam")["beta2-test"]
    assert "Nothing came back" in course.messages("changes_every_cell", "04_adam")["adam-test"]
    assert "# This cell was missing" in cell_of(course.graded("lacks_tests", "04_adam"), "adam-test").source
    text = "\n".join(cell.source for cell in course.graded("is_no_notebook", "04_adam").cells)
    assert "is no notebook that can be read: NotJSONError" in text


def test_a_class_is_graded_and_its_time_printed(course, record_property):
    handed = sorted(path.parent.name for path in (course.folder / "submitted").glob("*/04_adam"))
    assert all((course.folder / "autograded" / student / "04_adam" / "04_adam.ipynb").is_file() for student in handed)
    what = f"{len(course.marks)} notebooks, {len(handed)} of them of assignment 4"
    row = [what, f"{course.seconds:.0f} s", f"{course.seconds / len(course.marks):.1f} s each"]
    record_property("graded by nbgrader", row)


def test_feedback_has_the_hint_and_no_hidden_test(course):
    page = (course.folder / "feedback" / "makes_a_mistake" / "04_adam" / "04_adam.html").read_text(encoding="utf-8")
    assert "You seem to multiply by the bias correction. Divide by it: m and v started at 0 and are too small." in page
    assert "The right one was put in its place here" in page and re.search(r"Score: 12\.0 / 20\.0", page)
    text = html.unescape(re.sub(r"<[^>]+>", "", page))
    assert "HIDDEN" not in text and "same(" not in text and "In a hidden test, of other gradients" in text


def test_feedback_is_laid_into_one_file_to_give_back(course):
    with zipfile.ZipFile(course.folder / "feedback-04_adam.zip") as file:
        assert file.namelist() == ["model_04_adam (1).html"]
        assert b"Score: 17.0 / 20.0" in file.read("model_04_adam (1).html")


def test_nothing_that_a_round_writes_is_committed(course):
    with (course.folder / "marks.csv").open(encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert float(rows["model"]["04_adam"]) == 17 and float(rows["is_blank"]["04_adam"]) == 0
    assert rows["is_blank"]["03_rmsprop"] == "" and len(rows) == len(BROKEN) + 1
    assert git(course.folder.parent, "status", "--porcelain", "--untracked-files=all") == ""


def test_there_is_one_assignment_for_each_of_the_first_chapters():
    assert [name[:2] for name in NAMES] == [f"{n:02d}" for n in range(1, len(NAMES) + 1)]
    assert [path.stem for path in SOURCES] == NAMES


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
            last = marking.HIDDEN.sub("", cell.source).rstrip().splitlines()[-1]
            assert re.match(r"\s|print\(|assert |#|for |with ", last), last


def test_the_numbers_in_the_texts_are_right():
    maximum = seattle_temperatures().maximum
    columns = np.stack([np.ones(200), np.arange(1, 201) / 100], axis=1)

    curvatures = np.linalg.eigvalsh(columns.T @ columns / 200)  # assignment 2
    assert np.allclose(curvatures, [0.1521, 2.191], atol=[5e-5, 5e-4]) and np.isclose(
        np.divide(*curvatures[::-1]), 14.4, atol=0.05
    )
    for begins, lr in itertools.product((0, 15, 30, 44), np.linspace(0.5, 0.9, 21)):

        def slope(p, some=maximum[begins : begins + 200]):
            return columns.T @ (columns @ p - some) / 200

        end = descend(slope, np.zeros(2), GradientDescent(lr), steps=50).points[-1]
        assert abs(slope(end)).max() > 1e-4
    correct = np.array([[1, 1], [1, 1]]) - [
        [0.9, 0.999],
        [0.9**12, 0.999**12],
    ]  # assignment 4: of m and v, steps 1 and 12
    assert np.allclose(correct[0], [0.1, 0.001]) and np.isclose(correct[0, 1] ** 0.5, 0.032, atol=5e-4)
    assert np.allclose(correct[:, 0] / np.sqrt(correct[:, 1]), [3.16, 6.57], atol=5e-3)
    angle = 2 * np.pi * np.arange(1, 367) / 366
    columns = np.stack([np.ones(366), np.cos(angle), np.sin(angle)], axis=1)
    assert np.isclose(maximum.mean(), 15.28, atol=5e-3)
    for lr in np.linspace(0.35, 0.5, 16):  # it passes the mean, later than in level / lr steps, and nowhere by a hair
        points = descend(lambda p: columns.T @ (columns @ p - maximum) / 366, np.zeros(3), Adam(lr), 200).points[:, 0]
        assert 15.5 < points.max() < 16.2
        for level in (10, 11, 12):
            assert np.argmax(points > level) > level / lr + 1 and abs(points - level).min() > 1e-4
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
    assert len(checks) > 5 and all(node.msg is not None for node in checks)
