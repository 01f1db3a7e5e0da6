"""What strict nbval does not see in a chapter, and the proof that it sees the rest.

nbval runs each cell and compares what it stores. It compares nothing where a cell was never run, and
no picture ever. Nor does it know what a chapter promises its reader: alt text, folded solutions,
links that lead somewhere. So each guard below reads a chapter without running it, and returns a list
of complaints. Every guard is shown to fail on a small chapter with that one defect.
"""

import ast
import base64
import builtins
import copy
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
import yaml
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parent.parent
from own_wheel import wheel_name

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))  # a test below fails if there are none
LARGEST = 1_500_000  # bytes
LONGEST = 10  # lines of a cell that is read in class
MARGIN = 3  # white pixels around a picture, at least
ADDRESS = r"0x[0-9a-f]{6,}"  # where an object lies in memory: another place on every run
MODEL_ID = r"\b[0-9a-f]{32}\b"  # of a widget: another one on every run

# The first code cell of every chapter: it runs anywhere, and does nothing more.
SITE = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]
SETUP = f"""\
try:
    import adamlib
except ModuleNotFoundError:
    %pip install --quiet {SITE}wheels/{wheel_name(ROOT)}
    import adamlib"""

FOLDED = {
    "hide-input": {"jupyter": {"source_hidden": True}, "cellView": "form"},
    "hide-cell": {"jupyter": {"source_hidden": True, "outputs_hidden": True}, "cellView": "form"},
}

spec = importlib.util.spec_from_file_location("execute_chapters", ROOT / "tools" / "execute_chapters.py")
execute_chapters = importlib.util.module_from_spec(spec)
spec.loader.exec_module(execute_chapters)


# Reading a chapter: cells are counted from 1, as their ids are.


def cells(notebook, cell_type):
    return [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if cell.cell_type == cell_type]


def tags(cell):
    return cell.metadata.get("tags", [])


def parse(cell):
    """Read a code cell as Python, its IPython lines (%pip) translated first."""
    return ast.parse(TransformerManager().transform_cell(cell.source))


def stored_texts(cell):
    """Give every text that a cell stores; pictures are base64 and left out."""
    for output in cell.outputs:
        yield output.get("text", "")
        for kind, data in output.get("data", {}).items():
            if not kind.startswith("image/"):
                yield data if isinstance(data, str) else repr(data)


def prose(cell):
    """Give a Markdown cell without its code and its formulas, where anything may stand."""
    text = re.sub(r"^(```|~~~).*?^\1", "", cell.source, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)
    return re.sub(r"\$\$.+?\$\$|\$[^$\n]+\$", "", text, flags=re.DOTALL)


def links(cell):
    """Give the target of every Markdown link, picture and link definition."""
    text = prose(cell)
    inline = re.findall(r"\]\(\s*<?([^\s)>]+)", text)
    return inline + re.findall(r"^\s{0,3}\[[^\]]+\]:\s*<?([^\s>]+)", text, re.MULTILINE)


def is_chapter(target):
    return re.search(r"(^|/)\d\d_\w+\.(ipynb|html|md)$", urlsplit(target).path)


def shows(cell):
    """Say what a code cell would show when run, or None where the source does not tell.

    A last line that is a call may give None, so it counts only if the function is a builtin that
    gives something, print, display or plt.show. nbval finds the other kind when it runs the cell.
    """
    silent = {"delattr", "exec", "setattr", "open"}

    def showing_call(node):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            return None
        called = ast.unparse(node.value.func)
        elsewhere = any(keyword.arg == "file" for keyword in node.value.keywords)
        return called if called in ("print", "display", "plt.show") and not elsewhere else None

    def search(statements):
        for node in statements:
            if showing_call(node):
                return showing_call(node)
            if isinstance(node, ast.For | ast.With | ast.Try | ast.While):  # an if may not be entered
                found = search(node.body)
                if found:
                    return found
        return None

    tree = parse(cell)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        return search(tree.body)
    if not isinstance(last.value, ast.Call):
        is_none = isinstance(last.value, ast.Constant) and last.value.value is None
        return search(tree.body) or (None if is_none else "the value of the last line")
    called = ast.unparse(last.value.func)
    if hasattr(builtins, called) and called not in silent | {"print"}:
        return f"the value of {called}(...)"
    return search(tree.body)


# The guards. Each takes a path and the notebook read from it, and returns a list of complaints.


def was_run(path, notebook):
    """nbval compares nothing in a cell whose execution_count is null."""
    counts = [cell.execution_count for _, cell in cells(notebook, "code")]
    complaints = [f"cell {number} was never run" for number, c in cells(notebook, "code") if c.execution_count is None]
    if not counts:
        return ["no code cell at all"]
    if not complaints and counts != list(range(1, len(counts) + 1)):
        return [f"execution counts are not 1, 2, 3, ... in order: {counts}"]
    return complaints


def stores_what_it_shows(path, notebook):
    return [
        f"cell {number} shows {shows(cell)} and stores no output"
        for number, cell in cells(notebook, "code")
        if not cell.outputs and shows(cell)
    ]


def is_compared(path, notebook):
    """Comments and tags can tell nbval to skip a cell, or its comparison."""
    complaints = []
    for number, cell in cells(notebook, "code"):
        marks = re.findall(r"(?:NBVAL|PYTEST_VALIDATE)_\w+", cell.source)
        marks += [tag for tag in tags(cell) if re.match(r"nbval|pytest-validate|raises-exception|skip-execution", tag)]
        complaints += [f"cell {number} switches comparison off with {mark}" for mark in marks]
    return complaints


def stores_no_trouble(path, notebook):
    complaints = []
    for number, cell in cells(notebook, "code"):
        for output in cell.outputs:
            if output.output_type == "error":
                complaints.append(f"cell {number} stores the error {output.ename}")
            if output.get("name") == "stderr":
                complaints.append(f"cell {number} stores text on stderr")
        for text in stored_texts(cell):
            if re.search(r"\b\w*Warning: ", text):
                complaints.append(f"cell {number} stores a warning")
            if re.search(ADDRESS, text, re.IGNORECASE):
                complaints.append(f"cell {number} stores a memory address")
            if re.search(MODEL_ID, text):
                complaints.append(f"cell {number} stores the id of a widget")
    return complaints


def widgets_leave_a_picture_and_a_text(path, notebook):
    """The picture is what GitHub and a printer show of a widget, and the text is all of it that nbval compares."""
    complaints = []
    for number, cell in cells(notebook, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            if execute_chapters.WIDGET_VIEW in data and "image/png" not in data:
                complaints.append(f"cell {number} stores a widget without a picture")
            if "image/png" in data and not data.get("text/plain"):
                complaints.append(f"cell {number} stores a picture without text")
    return complaints


def pictures_are_whole(path, notebook):
    """Nothing cuts a figure to its ink, so a label that the layout did not make room for would end at the edge."""
    complaints = []
    for number, cell in cells(notebook, "code"):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                image = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB")
                left, top, right, bottom = ImageOps.invert(image).getbbox() or (0, 0, 0, 0)
                if min(left, top, image.width - right, image.height - bottom) < MARGIN:
                    complaints.append(f"cell {number} stores a picture with ink at its edge, or with none")
    return complaints


def pictures_are_described(path, notebook):
    complaints = []
    for number, cell in cells(notebook, "code"):
        if any(kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            if not alt:
                complaints.append(f"cell {number} stores a picture without alt text")
            elif len(alt) < 40 or not alt.endswith(".") or " " not in alt:
                complaints.append(f"cell {number}: the alt text is no sentence of 40 characters or more: {alt!r}")
    return complaints


def folds_everywhere_or_nowhere(path, notebook):
    """A tag folds on the site; JupyterLab and Colab have names of their own for it."""
    complaints = []
    for number, cell in enumerate(notebook.cells, start=1):
        folds = [tag for tag in tags(cell) if re.match(r"hide-|remove-", tag)]
        if any(tag not in FOLDED for tag in folds) or len(folds) > 1:
            complaints.append(f"cell {number} has the tags {folds}: one of hide-input and hide-cell is known")
            continue
        expected = FOLDED[folds[0]] if folds else {}
        found = {key: cell.metadata[key] for key in ("jupyter", "cellView") if key in cell.metadata}
        if found != expected:
            complaints.append(f"cell {number} has {found} where the tags {folds} ask for {expected}")
    return complaints


def is_plain_markdown(path, notebook):
    """Colab, GitHub and JupyterLab show MyST raw, and each filters HTML in its own way."""
    complaints = []
    for number, cell in cells(notebook, "markdown"):
        found = {
            "a MyST directive": re.search(r"^\s*(`{3,}|~{3,}|:{3,})\s*\{|^\s*:{3,}", cell.source, re.MULTILINE),
            "a MyST role": re.search(r"(?<!`)\{[A-Za-z][\w:.+-]*\}`", cell.source),
            "a MyST target": re.search(r"^\([\w:. -]+\)=\s*$", prose(cell), re.MULTILINE),
            "raw HTML": re.search(r"<(?!https?:|mailto:)[A-Za-z/!][^>]*>", prose(cell)),
        }
        complaints += [f"cell {number} has {what}: {match[0].strip()!r}" for what, match in found.items() if match]
    return complaints


def links_lead_somewhere(path, notebook):
    complaints = []
    for number, cell in cells(notebook, "markdown"):
        for target in links(cell):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or target.startswith("/"):
                if is_chapter(target):
                    complaints.append(f"cell {number} links to another chapter by an absolute address: {target}")
                elif parts.scheme not in ("http", "https", "mailto"):
                    complaints.append(f"cell {number} has a link that is neither a file nor a web address: {target}")
            elif parts.path and not (path.parent / unquote(parts.path)).is_file():
                complaints.append(f"cell {number} links to a file that does not exist: {target}")
    return complaints


def is_small(path, notebook):
    size = len(nbformat.writes(notebook).encode())
    return [f"the file has {size:,} bytes, and {LARGEST:,} are allowed"] if size >= LARGEST else []


def lesson_cells_are_short(path, notebook):
    return [
        f"cell {number} is in view and has {len(cell.source.splitlines())} lines, more than {LONGEST}"
        for number, cell in cells(notebook, "code")
        if len(cell.source.splitlines()) > LONGEST and not set(tags(cell)) & set(FOLDED)
    ]


def exercises_have_solutions(path, notebook):
    """An exercise N.k is followed by its folded solution, which checks itself; a cell to work in may come first."""
    complaints, numbers = [], []
    for number, cell in cells(notebook, "markdown"):
        found = re.findall(r"\*\*Exercise (\d+\.\d+)", cell.source)
        numbers += found
        if len(found) > 1:
            complaints.append(f"cell {number} has {len(found)} exercises: one cell each")
        for name in found:
            following = notebook.cells[number : number + 2]
            if following and following[0].cell_type == "code" and not tags(following[0]):
                del following[0]
            following = following[0] if following else None
            if following is None or following.cell_type != "code" or "hide-cell" not in tags(following):
                complaints.append(f"exercise {name} is not followed by a code cell tagged hide-cell")
            elif not following.source.startswith(f"# Solution {name}"):
                complaints.append(f"exercise {name}: its solution does not begin with '# Solution {name}'")
            elif not any(isinstance(node, ast.Assert) for node in ast.walk(parse(following))):
                complaints.append(f"exercise {name}: its solution asserts nothing")
    expected = [f"{int(path.name[:2])}.{k}" for k in range(1, len(numbers) + 1)]
    if not numbers:
        complaints.append("there is no exercise")
    elif numbers != expected:
        complaints.append(f"the exercises are numbered {numbers}, not {expected}")
    return complaints


def is_in_normal_form(path, notebook):
    """What tools/execute_chapters.py writes: nothing that an editor or another machine would change."""
    normal = execute_chapters.normalise(copy.deepcopy(notebook))
    if notebook == normal:
        return []
    different = [
        f"cell {number}"
        for number, (ours, theirs) in enumerate(zip(notebook.cells, normal.cells), start=1)
        if ours != theirs
    ]
    return [f"not as tools/execute_chapters.py writes it: {', '.join(different) or 'the metadata'}"]


def starts_with_the_common_cell(path, notebook):
    code = cells(notebook, "code")
    if not code or code[0][1].source != SETUP:
        return ["the first code cell is not the one that all chapters share"]
    return []


GUARDS = [
    was_run,
    stores_what_it_shows,
    is_compared,
    stores_no_trouble,
    widgets_leave_a_picture_and_a_text,
    pictures_are_whole,
    pictures_are_described,
    folds_everywhere_or_nowhere,
    is_plain_markdown,
    links_lead_somewhere,
    is_small,
    lesson_cells_are_short,
    exercises_have_solutions,
    is_in_normal_form,
    starts_with_the_common_cell,
]


def test_there_are_chapters_and_their_numbers_have_no_gap():
    assert CHAPTERS
    assert [path.name[:3] for path in CHAPTERS] == [f"{n:02d}_" for n in range(1, len(CHAPTERS) + 1)]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_chapter(guard, path):
    complaints = guard(path, nbformat.read(path, as_version=4))
    assert not complaints, f"{path.name}:\n" + "\n".join(complaints)


def test_every_cited_paper_is_in_the_references():
    cited = set()
    for path in CHAPTERS:
        for _, cell in cells(nbformat.read(path, as_version=4), "markdown"):
            cited |= {target for target in links(cell) if "//arxiv.org/abs/" in target}
    assert len(cited) >= 5  # so that a changed form of link does not empty the check
    references = (ROOT / "references.md").read_text(encoding="utf-8")
    assert sorted(paper for paper in cited if paper not in references) == []


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
        "# 7. A title\n\nFormula $a <b> c$, code `<b>` and `{x}`, [a page](other.md), "
        "[a site](https://example.org/07_part.pdf).\n\n```python\nx = '<p>'\n```"
    )
    notebook = new_notebook(
        cells=[
            new_markdown_cell(prose),
            new_code_cell(SETUP),
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


UNSHOWN = [
    "print(1)",
    "display(1)",
    "for i in range(3):\n    print(i)",
    "with np.errstate(all='ignore'):\n    print(1)",
    "plt.plot([1])\nplt.show()",
    "x = 1\nx",
    "x[0] + 1",
    "float(x)",
    "print(1)\nassert True",
    "%matplotlib inline\nx.y",
]
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
    (
        stores_no_trouble,
        cell_has(3, outputs=[new_output("execute_result", {"text/plain": "<A at 0x7F57D8FA>"})]),
        "cell 3 stores a memory address",
    ),
    (stores_no_trouble, cell_has(3, outputs=shown(f"W({'0a' * 16})")), "cell 3 stores the id of a widget"),
    (widgets_leave_a_picture_and_a_text, widget({"text/plain": "W(1)"}), "cell 3 stores a widget without a picture"),
    (widgets_leave_a_picture_and_a_text, widget({"image/png": PICTURE}), "cell 3 stores a picture without text"),
    *(
        (pictures_are_whole, cell_has(4, outputs=[picture(white_png(*ink))]), "cell 4 stores a picture with ink at its edge")
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
]


@pytest.mark.parametrize(("guard", "damage", "complaint"), DEFECTS, ids=lambda value: getattr(value, "__name__", None))
def test_guard_names_the_defect(guard, damage, complaint, path):
    notebook = small_chapter()
    damage(notebook)
    assert complaint in "\n".join(guard(path, notebook))


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


# The test of nbval itself: a chapter with wrong outputs must fail, and only where they are wrong.

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


class Run:
    """What nbval says of one notebook: its code cells, those with a changed output, those that passed and failed."""

    def __init__(self, notebook):
        self.cells = [f"Cell {index}" for index in range(len(cells(notebook, "code")))]
        self.changed, self.passed, self.failed = [], [], []


@pytest.fixture(scope="module")
def nbval(tmp_path_factory):
    """Run strict nbval, once, on a copy of the shortest chapter and on a copy of each with wrong outputs."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "adamlib", folder / "adamlib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "chapters").mkdir()
    runs = {}
    for path in [SHORTEST, *CHAPTERS]:
        name = path.name if runs else "unchanged.ipynb"
        notebook = nbformat.read(path, as_version=4)
        runs[name] = Run(notebook)
        if name == path.name:
            runs[name].changed = change_outputs(notebook)
        nbformat.write(notebook, folder / "chapters" / name)

    def run_nbval(names):
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-rpf", "--color=no", "-p", "no:cacheprovider", "--numprocesses=0"]
            + [f"chapters/{name}" for name in names],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            timeout=600,
        )

    names = list(runs)
    with ThreadPoolExecutor(max_workers=2) as pool:  # cells run one after another, so two halves take half the time
        for done in pool.map(run_nbval, [names[::2], names[1::2]]):
            assert done.returncode == 1, done.stdout + done.stderr
            verdicts = re.findall(r"^(PASSED|FAILED) chapters/(\S+)::(Cell \d+)", done.stdout, re.MULTILINE)
            for verdict, name, cell in verdicts:
                getattr(runs[name], verdict.lower()).append(cell)
    return runs


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_changed_digit_fails_at_its_cell_and_nowhere_else(path, nbval):
    run = nbval[path.name]
    assert run.changed
    assert run.failed == run.changed
    assert run.passed == [cell for cell in run.cells if cell not in run.changed]


def test_the_unchanged_copy_passes(nbval):
    run = nbval["unchanged.ipynb"]
    assert run.failed == []
    assert run.passed == run.cells
