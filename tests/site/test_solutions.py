"""The switch that hides the solutions: nothing of them is left on the site, and what remains still runs."""

import ast
import json
import shutil

import nbformat
import pytest

from lite_pages import notebooks
from project import ROOT, build_small
from solutions import LEFT_OUT, is_solution, published, without_solutions

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
QUIZ = [ROOT / "teaching" / f"{name}.md" for name in ("quiz", "quiz_b")]
PAGES = [*CHAPTERS, *QUIZ, ROOT / "teaching" / "exam.md"]
ASKING = [path for path in PAGES if path.stem != "questions"]  # whose answers are no solutions


def exercises(path):
    text = path.read_text(encoding="utf-8")
    # of a chapter, of the quiz and the bug clinic, of the exam
    return text.count("**Exercise ") or text.count("- (a) ") or text.count(" marks.* ")


@pytest.mark.parametrize("path", ASKING, ids=lambda path: path.stem)
def test_every_solution_goes_and_a_word_stands_in_its_place(path):
    hidden = published(path, True)
    assert "# Solution" in published(path, False) and "# Solution" not in hidden
    assert hidden.count(LEFT_OUT) == exercises(path) >= 4


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_nothing_else_changes(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        kept = "\n".join(part for part in text.split("```") if "# Solution" not in part)
        left = without_solutions(text, ".md").replace(LEFT_OUT, "").replace("```", "\n")
        assert [line for line in left.split("\n") if line] == [line for line in kept.split("\n") if line]
        return
    before, after = nbformat.reads(text, 4).cells, nbformat.reads(without_solutions(text, ".ipynb"), 4).cells
    assert [one for one, other in zip(before, after, strict=True) if one != other and not is_solution(one)] == []


def names(source, kind):
    """Return the names of a cell that are stored or loaded; what a function has for itself does not count as stored."""
    tree = ast.parse("\n".join(line for line in source.split("\n") if not line.lstrip().startswith("%")))
    if kind == "loaded":
        return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    stored, todo = set(), list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            stored.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stored.add(node.id)
        stored |= {alias.asname or alias.name for alias in getattr(node, "names", []) if isinstance(alias, ast.alias)}
        todo += list(ast.iter_child_nodes(node))
    return stored


def missed(cells):
    """Return the names that a cell in view uses and that, before it, only solutions have made."""
    seen, made, found = set(), set(), set()
    for cell in cells:
        if cell.cell_type == "code":
            if is_solution(cell):
                made |= names(cell.source, "stored")
            else:
                found |= names(cell.source, "loaded") & made - seen - names(cell.source, "stored")
                seen |= names(cell.source, "stored")
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_cell_in_view_needs_a_solution(path):
    assert missed(nbformat.read(path, as_version=4).cells) == set()


def test_a_cell_that_needs_a_solution_is_found():
    cells = [
        nbformat.v4.new_code_cell("# Solution 1.1\nanswer = 42", metadata={"tags": ["hide-cell"]}),
        nbformat.v4.new_code_cell("print(answer)"),
    ]
    assert missed(cells) == {"answer"}
    assert missed(cells[::-1]) == set()


@pytest.fixture(scope="module", params=[True, False], ids=["hidden", "shown"])
def small_site(request, tmp_path_factory):
    """A book of one chapter and a quiz, built with the switch on and off; its cells are not run."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "chapters").mkdir()
    (folder / "teaching").mkdir()
    solution = "# Solution 7.1\n# It is forty-two.\nassert 6 * 7 == 42"
    text = "# 7. A title\n\nA word.\n\n## Exercises\n\n**Exercise 7.1.** How much?"
    cells = [
        nbformat.v4.new_markdown_cell(text),
        nbformat.v4.new_code_cell(solution, metadata={"tags": ["hide-cell"]}),
        nbformat.v4.new_code_cell("print('in view')"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "chapters" / "07_small.ipynb")
    for page in QUIZ:
        shutil.copy(page, folder / "teaching")
    (folder / "index.md").write_text(
        "# Book\n\n```{toctree}\nchapters/07_small\nteaching/quiz\nteaching/quiz_b\n```\n", encoding="utf-8"
    )
    done = build_small(
        folder,
        "extensions = ['myst_nb', 'solutions', 'quiz_files']",
        "nb_execution_mode = 'off'",
        "html_sourcelink_suffix = ''",  # as Jupyter Book sets it
        "suppress_warnings = ['myst-nb.lexer', 'myst.xref_missing']",  # its colours, and pages that are not here
        f"hide_solutions = {request.param}",
    )
    assert done.returncode == 0, done.stderr
    return folder, request.param


def test_nothing_of_a_solution_is_on_the_site(small_site):
    folder, hidden = small_site
    files = [path for path in (folder / "html").rglob("*") if path.suffix in (".html", ".js", ".ipynb", ".md", ".txt")]
    told = {path.name for path in files if "forty-two" in path.read_text(encoding="utf-8")}
    assert told == (set() if hidden else {"07_small.html", "07_small.ipynb"})
    indexed = "forti" in (folder / "html" / "searchindex.js").read_text(encoding="utf-8")
    assert indexed != hidden
    for name in ("07_small.html", "07_small.ipynb"):
        page = next(path for path in files if path.name == name and "jupyter_execute" not in path.parts)
        text = page.read_text(encoding="utf-8")
        assert "How much?" in text and "in view" in text
        assert ("not in this edition" in text) == hidden


def test_the_answers_of_the_quiz_and_its_files_go_too(small_site):
    folder, hidden = small_site
    page = (folder / "html" / "teaching" / "quiz.html").read_text(encoding="utf-8")
    assert ("It is 5 after the first value" in page) != hidden
    assert page.count("not in this edition") == (14 if hidden else 0)
    for name in ("quiz-qti.zip", "quiz-gift.txt", "quiz_b-qti.zip", "quiz_b-gift.txt"):
        assert (folder / "html" / "teaching" / name).is_file() != hidden
    assert (folder / "html" / "teaching" / "quiz-paper.txt").is_file()  # it has no answers


def test_jupyterlite_gets_no_solution(small_site):
    folder, hidden = small_site
    made = notebooks(folder, ["chapters/07_small.ipynb"], hidden)
    assert ("forty-two" in json.dumps(made)) != hidden
