"""Every chapter passes every guard, every guard sees its one defect, and nbval sees the rest."""

import base64
import io
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

import execute_chapters
from guards import (
    CHAPTERS,
    GUARDS,
    LARGEST,
    MOST_OF,
    SETUP,
    cells,
    exercises_have_solutions,
    explorers_say_where_they_move,
    folds_everywhere_or_nowhere,
    folds_say_what_they_hold,
    is_compared,
    is_in_normal_form,
    is_plain_markdown,
    is_small,
    keeps_its_budgets,
    lesson_cells_are_short,
    links_lead_somewhere,
    no_assertion_is_in_view,
    pictures_are_described,
    pictures_are_whole,
    predictions_can_be_answered,
    roundings_are_exact,
    sentences_name_what_is_there,
    starts_with_the_common_cell,
    states_its_reading_time,
    stores_no_trouble,
    stores_what_it_shows,
    was_run,
    widgets_leave_a_picture_and_a_text,
)
from project import PATIENCE, ROOT, listed_pages


def test_the_table_of_contents_has_every_chapter_once_in_the_order_of_the_numbers():
    listed = [page for page in listed_pages() if page.startswith("chapters/")]
    clinic = "chapters/bug_clinic"  # has no number, and stands after the part that it is about
    assert listed.index(clinic) == 4 and listed.count(clinic) == 1
    listed.remove(clinic)
    assert listed.pop() == "chapters/questions"  # nor have they, and they are about all parts
    numbered = [path for path in CHAPTERS if path.stem not in MOST_OF]
    assert numbered and listed == [path.relative_to(ROOT).with_suffix("").as_posix() for path in numbered]
    numbers = [re.match(r"\d\d(?=_)", path.name)[0] for path in numbered]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_chapter(guard, path):
    complaints = guard(path, nbformat.read(path, as_version=4))
    assert not complaints, f"{path.name}:\n" + "\n".join(complaints)


def test_the_home_page_tells_the_reading_time_of_all_chapters():
    told = re.findall(r"Reading time: (\d+) minutes", "\n".join(path.read_text(encoding="utf-8") for path in CHAPTERS))
    assert len(told) == len(CHAPTERS)
    hours = ["no", "one", "two", "three", "four", "five", "six"][round(sum(map(int, told)) / 60)]
    total = f"About {hours} hours of reading in all."
    assert total in (ROOT / "index.md").read_text(encoding="utf-8"), f"index.md must say: {total}"


PAPER_OR_THREAD = re.compile(r"https://(?:arxiv\.org/abs|github\.com/[\w.-]+/[\w.-]+/(?:issues|pull))/[\d.]*\d")


def test_the_references_have_the_papers_and_threads_that_chapters_cite_and_no_others():
    sources = [cell.source for path in CHAPTERS for cell in nbformat.read(path, as_version=4).cells]
    cited = set(PAPER_OR_THREAD.findall("\n".join(sources)))
    assert len(cited) >= 10  # so that a changed form of link does not empty the check
    assert cited == set(PAPER_OR_THREAD.findall((ROOT / "references.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_file_is_written_as_nbformat_writes_it(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert path.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"


# A small chapter without a defect, and the defects, each put in by a function.


def white_png(*ink):
    """A white picture with dots of ink, as a notebook holds it."""
    image, file = Image.new("RGB", (9, 9), "white"), io.BytesIO()
    for place in ink:
        image.putpixel(place, (0, 0, 0))
    image.save(file, format="png")
    return base64.b64encode(file.getvalue()).decode()


PICTURE = white_png((4, 4))
ALT = "A line that rises from zero to one over one step, and stays there."


def shown(text):
    return [new_output("stream", name="stdout", text=text)]


def picture(png=PICTURE):
    return new_output("display_data", {"image/png": png, "text/plain": "<Figure size 640x480 with 1 Axes>"})


def small_chapter():
    """Cells: 1 text, 2 set-up, 3 prints, 4 draws, 5 exercise, 6 solution."""
    prose = (
        "# 7. A title\n\nReading time: 5 minutes.\n\nFormula $a <b> c$, code `<b>` and `{x}`, [a page](other.md), "
        "[a site](https://example.org/07_part.pdf).\n\n```python\nx = '<p>'\n```"
    )
    notebook = new_notebook(
        cells=[
            new_markdown_cell(prose),
            new_code_cell(SETUP, metadata={"tags": ["hide-input"]}),
            new_code_cell("print(1 / 3)", outputs=shown("0.3333333333333333\n")),
            new_code_cell("plt.plot([0, 1])\nplt.show()", outputs=[picture()]),
            new_markdown_cell("**Exercise 7.1.** Add one and one."),
            new_code_cell("# Solution 7.1\nassert 1 + 1 == 2", metadata={"tags": ["hide-cell"]}),
        ]
    )
    notebook.cells[3].metadata["mystnb"] = {"image": {"alt": ALT}}
    return execute_chapters.normalise(notebook)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "other.md").write_text("A page.", encoding="utf-8")
    return tmp_path / "07_small.ipynb"


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_guard_is_content_with_a_chapter_that_has_no_defect(guard, path):
    assert guard(path, small_chapter()) == []


def cell_has(number, **attributes):
    """Set attributes of a cell: cell_has(3, source="...")."""
    return lambda notebook: notebook.cells[number - 1].update(nbformat.from_dict(attributes))


def is_tagged(number, *names):
    return lambda notebook: notebook.cells[number - 1].metadata.update(tags=list(names))


def is_marked(number, **metadata):
    return lambda notebook: notebook.cells[number - 1].metadata.update(nbformat.from_dict(metadata))


def says(text):
    return cell_has(1, source=text)


def widget(data):
    view = {execute_chapters.WIDGET_VIEW: {"model_id": "0" * 32}}
    return cell_has(3, outputs=[new_output("display_data", view | data)])


def speaks(address):
    """Let the text speak to an explorer, which the chapter has."""

    def damage(notebook):
        notebook.cells[0].source += f" [$x$ is 1]({address}) [reset](#race:)"
        notebook.cells[2].source = "DescentExplorer(name='race')"

    return damage


PREDICT = "**Predict.** How many\nare they?\n\n- (a) one,\n  or none\n- (b) two\n\n**What happened.** One."
UNSHOWN = [
    "print(1)", "display(1)", "for i in range(3):\n    print(i)", "with np.errstate(all='ignore'):\n    print(1)",
    "plt.plot([1])\nplt.show()", "x = 1\nx", "x[0] + 1", "float(x)", "print(1)\nassert True",
    "%matplotlib inline\nx.y",
]  # fmt: skip
DEFECTS = [
    (was_run, cell_has(3, execution_count=None), "cell 3 was never run"),
    (was_run, cell_has(3, execution_count=9), "not 1, 2, 3, ... in order: [1, 9, 3, 4]"),
    (was_run, lambda notebook: notebook.update(cells=[]), "no code cell"),
    *((stores_what_it_shows, cell_has(3, source=source, outputs=[]), "cell 3 shows") for source in UNSHOWN),
    (is_compared, cell_has(3, source="# NBVAL_IGNORE_OUTPUT\nprint(1 / 3)"), "NBVAL_IGNORE_OUTPUT"),
    (is_compared, cell_has(3, source="# NBVAL_SKIP\nprint(1 / 3)"), "cell 3 switches comparison off with NBVAL_SKIP"),
    (is_compared, cell_has(3, source="# PYTEST_VALIDATE_IGNORE_OUTPUT"), "PYTEST_VALIDATE_IGNORE_OUTPUT"),
    (is_compared, is_tagged(3, "nbval-skip"), "nbval-skip"),
    (is_compared, is_tagged(3, "raises-exception"), "raises-exception"),
    (stores_no_trouble, cell_has(3, outputs=[new_output("error", ename="KeyError")]), "stores the error KeyError"),
    (stores_no_trouble, cell_has(3, outputs=[new_output("stream", name="stderr", text="hm")]), "text on stderr"),
    (stores_no_trouble, cell_has(3, outputs=shown("x.py:1: RuntimeWarning: overflow")), "stores a warning"),
    (stores_no_trouble, cell_has(3, outputs=shown("<A at 0x7f57d8fa02f0>")), "cell 3 stores a memory address"),
    (stores_no_trouble, cell_has(3, outputs=[new_output("execute_result", {"text/plain": "<A at 0x7F57D8FA>"})]),
     "cell 3 stores a memory address"),
    (stores_no_trouble, cell_has(3, outputs=shown(f"W({'0a' * 16})")), "cell 3 stores the id of a widget"),
    (widgets_leave_a_picture_and_a_text, widget({"text/plain": "W(1)"}), "cell 3 stores a widget without a picture"),
    (widgets_leave_a_picture_and_a_text, widget({"image/png": PICTURE}), "cell 3 stores a picture without text"),
    (explorers_say_where_they_move, cell_has(3, source="from adamlib.explorers import A"), "cell 3 does not begin"),
    *(
        (pictures_are_whole, cell_has(4, outputs=[picture(white_png(*ink))]),
         "cell 4 stores a picture with ink at its edge")
        for ink in ([(4, 4), (2, 4)], [(4, 4), (6, 4)], [(4, 4), (4, 2)], [(4, 4), (4, 6)], [])
    ),
    (pictures_are_described, is_marked(4, mystnb={}), "cell 4 stores a picture without alt text"),
    (pictures_are_described, is_marked(4, mystnb={"image": {"alt": "A line."}}), "no sentence of 40 characters"),
    (pictures_are_described, is_marked(4, mystnb={"image": {"alt": ALT[:-1]}}), "no sentence of 40 characters"),
    (pictures_are_described, cell_has(3, outputs=[picture()]), "cell 3 stores a picture without alt text"),
    (folds_everywhere_or_nowhere, is_tagged(3, "hide-input"), "cell 3 has {} where the tags ['hide-input'] ask"),
    (folds_everywhere_or_nowhere, is_tagged(6), "where the tags [] ask for {}"),
    (folds_everywhere_or_nowhere, is_tagged(6, "hide-input"), "cell 6 has {'jupyter'"),
    (folds_everywhere_or_nowhere, is_tagged(6, "hide-input", "hide-cell"), "one of hide-input and hide-cell"),
    (folds_everywhere_or_nowhere, is_tagged(3, "remove-cell"), "one of hide-input and hide-cell"),
    (folds_everywhere_or_nowhere, is_marked(3, cellView="form"), "cell 3 has {'cellView': 'form'}"),
    (folds_everywhere_or_nowhere, is_marked(6, jupyter={"source_hidden": True}), "cell 6 has"),
    (is_plain_markdown, says("```{note}\nRead this.\n```"), "cell 1 has a MyST directive: '```{'"),
    (is_plain_markdown, says(":::{note}\nRead this.\n:::"), "a MyST directive"),
    (is_plain_markdown, says("See {ref}`adam`."), "a MyST role: '{ref}`'"),
    (is_plain_markdown, says("(adam)=\n# 7. Adam"), "a MyST target"),
    (is_plain_markdown, says("A <b>bold</b> word."), "raw HTML: '<b>'"),
    (is_plain_markdown, says("A note <!-- hidden -->."), "raw HTML"),
    (links_lead_somewhere, says("[next](08_next.ipynb)"), "a file that does not exist: 08_next.ipynb"),
    (links_lead_somewhere, says("![a picture](plot.png)"), "a file that does not exist: plot.png"),
    (links_lead_somewhere, says("[a page][1]\n\n[1]: lost.md#part"), "a file that does not exist: lost.md#part"),
    (links_lead_somewhere, says("[next](https://example.org/chapters/08_next.html)"), "by an absolute address"),
    (links_lead_somewhere, says("[next](/chapters/08_next.html)"), "by an absolute address"),
    (links_lead_somewhere, says("[file](file:///home/someone/x.md)"), "neither a file nor a web address"),
    (sentences_name_what_is_there, says("[set](#race:lr=1)"), "no explorer on this page is named 'race'"),
    (sentences_name_what_is_there, speaks("#race:lr=1"), "cell 1: #race:lr=1: the explorer 'race' has no setting 'lr'"),
    (sentences_name_what_is_there, speaks("#race?lr>1"), "#race?lr>1: the explorer 'race' has no setting 'lr'"),
    (predictions_can_be_answered, says(PREDICT.replace("(b)", "(c)")), "cell 1 has a prediction whose choices are no"),
    (
        predictions_can_be_answered,
        says(PREDICT.replace("- (b) two", "")),
        "cell 1 has a prediction whose choices are no",
    ),
    (predictions_can_be_answered, says(PREDICT.replace("- (", "- ")), "cell 1 has a prediction whose choices are no"),
    (predictions_can_be_answered, says(PREDICT.replace("happened", "was")), "nothing after it begins '**What happened"),
    (is_small, says("a" * LARGEST), "bytes, and 1,500,000 are allowed"),
    (lesson_cells_are_short, cell_has(3, source="x = 1\n" * 11), "cell 3 is in view and has 11 lines"),
    (exercises_have_solutions, cell_has(5, source="**Task 7.1.**"), "there is no exercise"),
    (exercises_have_solutions, cell_has(5, source="**Exercise 7.2.**"), "are numbered ['7.2'], not ['7.1']"),
    (exercises_have_solutions, cell_has(5, source="**Exercise 7.1.** **Exercise 7.2.**"), "has 2 exercises"),
    (exercises_have_solutions, is_tagged(6), "exercise 7.1 is not followed by a code cell tagged hide-cell"),
    (exercises_have_solutions, lambda notebook: notebook.cells.pop(), "exercise 7.1 is not followed by"),
    (exercises_have_solutions, cell_has(6, source="assert True"), "does not begin with '# Solution 7.1'"),
    (exercises_have_solutions, cell_has(6, source="# Solution 7.1\nprint('assert')"), "asserts nothing"),
    (is_in_normal_form, is_marked(3, collapsed=True), "cell 3"),
    (is_in_normal_form, cell_has(3, id="another"), "cell 3"),
    (is_in_normal_form, lambda notebook: notebook.metadata.update(widgets={}), "the metadata"),
    (is_in_normal_form, cell_has(3, outputs=shown("0.3") + shown("3\n")), "cell 3"),
    (is_in_normal_form, widget({"image/png": PICTURE, "text/plain": "W(1)"}), "cell 3"),
    (starts_with_the_common_cell, cell_has(2, source="import adamlib"), "not the one that all chapters share"),
    (no_assertion_is_in_view, cell_has(3, source="x = 1\nif x:\n    assert x"), "cell 3 is in view and asserts"),
    (folds_say_what_they_hold, is_tagged(2), "cell 2 has the tags [] and not hide-input"),
    (folds_say_what_they_hold, is_tagged(3, "hide-input"), "cell 3 is folded, and is no set-up, plot, check or"),
    (folds_say_what_they_hold, is_tagged(3, "hide-cell"), "cell 3 is folded, and is no set-up, plot, check or"),
    (folds_say_what_they_hold, cell_has(2, source=f"{SETUP}\nx = 1"), "cell 2 is folded, and is no set-up"),
    (folds_say_what_they_hold, cell_has(3, source="# Plot: a line\nplt.show()"), "cell 3 has the tags [] and"),
    (folds_say_what_they_hold, cell_has(3, source="# Check: a sum\nassert 1"), "cell 3 has the tags [] and"),
    (folds_say_what_they_hold, cell_has(6, source="# Check:\nassert 1"), "cell 6 is folded, and is no set-up"),
    (folds_say_what_they_hold, cell_has(6, source="# Check: a sum\nx = 1"), "cell 6 is a check and asserts nothing"),
    (folds_say_what_they_hold, is_tagged(6, "hide-input"), "cell 6 has the tags ['hide-input'] and not hide-cell"),
    (roundings_are_exact, cell_has(6, source="# Solution 7.1\nassert np.isclose(x, 2, atol=5e-1)"), "cell 6 compares"),
    (keeps_its_budgets, says("word " * 2995), "3,001 words, and 3,000 are allowed"),
    (keeps_its_budgets, cell_has(3, source="x = 1\n" * 149), "151 lines of code in view, and 150 are allowed"),
    (keeps_its_budgets, cell_has(3, outputs=[picture()] * 6), "7 figures, and 6 are allowed"),
    (keeps_its_budgets, lambda notebook: notebook.cells.extend([new_markdown_cell("**Exercise 7.2.**")] * 4),
     "5 exercises, and 4 are allowed"),
    (states_its_reading_time, says("# 7. A title"), "the reading time is told as [], and is '5 minutes.'"),
    (states_its_reading_time, says("Reading time: 4 minutes."), "['4 minutes.'], and is '5 minutes.'"),
    (states_its_reading_time, says("Reading time: 5 minutes.\n" * 2), "is told as ['5 minutes.', '5 minutes.'], and"),
    (states_its_reading_time, says("Reading time: 5 minutes. " + "word " * 900), "and is '10 minutes.'"),
    (states_its_reading_time, cell_has(3, outputs=[picture()] * 5), "and is '10 minutes.'"),
    (states_its_reading_time, widget({"image/png": PICTURE, "text/plain": "W(1)"}), "and is '10 minutes.'"),
    (states_its_reading_time, says("word " * 8000), "it takes 41.0 minutes to read"),
]  # fmt: skip


@pytest.mark.parametrize(("guard", "damage", "complaint"), DEFECTS, ids=lambda value: getattr(value, "__name__", None))
def test_guard_names_the_defect(guard, damage, complaint, path):
    notebook = small_chapter()
    damage(notebook)
    assert complaint in "\n".join(guard(path, notebook))


def test_a_chapter_that_explains_has_fewer_words(path):
    notebook = small_chapter()
    says("word " * 2600)(notebook)
    assert keeps_its_budgets(path, notebook) == []
    assert "2,500 are allowed" in keeps_its_budgets(path.with_name("09_small.ipynb"), notebook)[0]


def test_the_clinic_has_twelve_figures_and_no_exercise(path):
    notebook = small_chapter()
    cell_has(3, outputs=[picture()] * 11)(notebook)
    clinic = path.with_name("bug_clinic.ipynb")
    assert keeps_its_budgets(clinic, notebook) == ["1 exercises, and 0 are allowed"]
    says("**Case 1.**")(notebook), cell_has(5, source="A word.")(notebook)
    assert keeps_its_budgets(clinic, notebook) == exercises_have_solutions(clinic, notebook) == []
    cell_has(3, outputs=[picture()] * 12)(notebook)
    assert keeps_its_budgets(clinic, notebook) == ["13 figures, and 12 are allowed"]


def test_the_questions_have_few_words_and_no_exercise(path):
    notebook, questions = small_chapter(), path.with_name("questions.ipynb")
    says("word " * 2600)(notebook)
    assert [one.split(" ", 1)[1] for one in keeps_its_budgets(questions, notebook)] == [
        "words, and 2,500 are allowed",
        "exercises, and 0 are allowed",
    ]


def test_a_small_view_is_read_as_fast_as_a_figure(path):
    notebook = small_chapter()
    widget({"image/png": PICTURE, "text/plain": "W(view='curve', beta=0.9)"})(notebook)
    assert states_its_reading_time(path, notebook) == []


def test_a_prediction_may_have_choices(path):
    notebook = small_chapter()
    says(PREDICT)(notebook)
    assert predictions_can_be_answered(path, notebook) == []


def test_every_guard_is_shown_to_fail():
    assert {guard for guard, _, _ in DEFECTS} == set(GUARDS)


def test_an_exercise_may_have_one_cell_to_work_in(path):
    notebook = small_chapter()
    notebook.cells.insert(5, new_code_cell("..."))
    assert exercises_have_solutions(path, notebook) == []
    notebook.cells.insert(5, new_code_cell("..."))
    assert exercises_have_solutions(path, notebook) != []


@pytest.mark.parametrize("source", ["ax.plot(x)", "x = 1", "def f():\n    print(1)", "print(1, file=log)", "None", ""])
def test_a_cell_may_show_nothing(source, path):
    notebook = small_chapter()
    notebook.cells[2].update(source=source, outputs=[])
    assert stores_what_it_shows(path, notebook) == []


# The test of nbval itself

SHORTEST = min(CHAPTERS, key=lambda path: len(nbformat.read(path, as_version=4).cells), default=None)


def change_a_digit(text):
    """Replace the last digit of a text by another; None if it has no digit."""
    found = list(re.finditer(r"\d", text))
    if not found:
        return None
    at = found[-1].start()
    return text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]


def change_outputs(notebook):
    """Change one digit in every cell that stores text with a digit; return nbval's names of these cells."""
    changed = []
    for index, (_, cell) in enumerate(cells(notebook, "code")):
        for output in cell.outputs:
            holder, key = (output, "text") if "text" in output else (output.get("data", {}), "text/plain")
            text = change_a_digit(holder.get(key, ""))
            if text is not None:
                holder[key] = text
                changed.append(f"Cell {index}")
                break
    return changed


def test_nbval_fails_where_a_digit_is_changed_and_nowhere_else(tmp_path):
    """On a copy of the shortest chapter. That the chapter itself passes is what nbval says of chapters/."""
    notebook = nbformat.read(SHORTEST, as_version=4)
    names = [f"Cell {index}" for index in range(len(cells(notebook, "code")))]
    changed = change_outputs(notebook)
    nbformat.write(notebook, tmp_path / "changed.ipynb")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-rpf", "--color=no", "-p", "no:cacheprovider", "--numprocesses=0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "changed.ipynb"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 1, done.stdout + done.stderr
    verdicts = re.findall(r"^(PASSED|FAILED) changed.ipynb::(Cell \d+)", done.stdout, re.MULTILINE)
    assert changed and [name for verdict, name in verdicts if verdict == "FAILED"] == changed
    assert [name for verdict, name in verdicts if verdict == "PASSED"] == [
        name for name in names if name not in changed
    ]
