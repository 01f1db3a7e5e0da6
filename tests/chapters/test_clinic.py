"""The bug clinic: twelve cases, each with a figure, choices, and a folded diagnosis: reason, lines, public thread."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from project import ROOT

CLINIC = nbformat.read(ROOT / "chapters" / "bug_clinic.ipynb", as_version=4)
CASE = re.compile(r"## (\d+)\. .+")
QUESTION = re.compile(r"\*\*Case (\d+)\.\*\* .+\n\n((?:- \([a-d]\) .+\n?)+)")
SOLUTION = re.compile(r"# Solution (\d+)\n# \(([a-d])\)\n((?:# .+\n)+)")
THREAD = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/(?:issues|pull)/\d+")


def cases(notebook):
    """Return the cells of each case; what follows the last one begins with a heading that has no number."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            number = CASE.match(cell.source)
            found.append((number and int(number[1]), []))
        if found:
            found[-1][1].append(cell)
    return [(number, inside) for number, inside in found if number]


def shown(cell):
    return "".join(output.get("data", {}).get("text/markdown", "") for output in cell.outputs)


def complaints(notebook):
    """Say which case lacks something."""
    said, rights, threads = [], [], []
    numbered = cases(notebook)
    if [number for number, _ in numbered] != list(range(1, 13)):
        said.append(f"the cases are numbered {[number for number, _ in numbered]}, not 1 to 12")
    for number, inside in numbered:
        pictures = [cell for cell in inside if "mystnb" in cell.metadata]
        asked = [
            (place, QUESTION.match(cell.source)) for place, cell in enumerate(inside) if QUESTION.match(cell.source)
        ]
        if len(pictures) != 1 or len(asked) != 1:
            said.append(f"case {number} has {len(pictures)} figures and {len(asked)} questions, not one of each")
            continue
        ((place, question),) = asked
        letters = re.findall(r"^- \(([a-d])\)", question[2], re.MULTILINE)
        after = inside[place + 1] if place + 1 < len(inside) else inside[place]
        solution = SOLUTION.match(after.source)
        if not solution or {question[1], solution[1]} != {str(number)}:
            said.append(f"case {number}: its question is not followed by its solution")
            continue
        rights.append(solution[2])
        threads += THREAD.findall(after.source)
        if not 3 <= len(letters) <= 4 or letters != list("abcd"[: len(letters)]) or solution[2] not in letters:
            said.append(f"case {number}: three or four choices (a), (b), ..., the right one among them")
        if len(solution[3]) < 60:
            said.append(f"case {number}: no reason is told")
        if "# wrong" not in shown(after) or "# right" not in shown(after) or not THREAD.search(shown(after)):
            said.append(f"case {number}: its solution does not show the wrong line, the right one and the thread")
    if any(rights.count(letter) < 2 for letter in "abcd"):
        said.append(f"a letter is right less than twice: {''.join(rights)}")
    if len(set(threads)) != len(numbered):
        said.append(f"{len(numbered)} cases cite {len(set(threads))} threads")
    return said


def test_every_case_is_complete():
    assert complaints(CLINIC) == []


def small():
    """Twelve cases in short."""
    cells = [new_markdown_cell("# The bug clinic")]
    for number in range(1, 13):
        right = "abcd"[number % 4]
        address = f"https://github.com/a/b/issues/{number}"
        told = new_output("execute_result", {"text/markdown": f"x  # wrong\ny  # right\n[it]({address})"})
        choices = "\n".join(f"- ({letter}) one" for letter in "abcd")
        reason = "# It is so, for a reason that takes more than sixty letters to tell it.\n"
        cells += [
            new_markdown_cell(f"## {number}. A case"),
            new_code_cell("# Plot: a curve", metadata={"mystnb": {}}),
            new_markdown_cell(f"**Case {number}.** Which?\n\n{choices}"),
            new_code_cell(f"# Solution {number}\n# ({right})\n{reason}told({address!r})", outputs=[told]),
        ]
    return new_notebook(cells=cells)


def test_a_small_clinic_is_complete():
    assert complaints(small()) == []


@pytest.mark.parametrize(
    ("cell", "old", "new", "complaint"),
    [(1, "## 1.", "## 2.", "the cases are numbered [2, 2, "),
     (3, "**Case 1.**", "**Case one.**", "case 1 has 1 figures and 0 questions"),
     (3, "- (c) one\n- (d) one", "", "case 1: three or four choices"),
     (7, "(b) one", "(b one", "case 2: three or four choices"),
     (8, "Solution 2", "Solution 3", "case 2: its question is not followed by its solution"),
     (8, ", for a reason that takes more than sixty letters to tell it", "", "case 2: no reason is told"),
     (8, "issues/2", "issues/1", "12 cases cite 11 threads"),
     (8, "(c)", "(b)", "a letter is right less than twice: bbdabcdabcda")],
)  # fmt: skip
def test_what_a_case_lacks_is_told(cell, old, new, complaint):
    notebook = small()
    if "less than twice" in complaint:  # (c) must not be right in two more cases
        for other in (24, 40):
            notebook.cells[other].source = notebook.cells[other].source.replace("(c)", "(b)")
        complaint = complaint.split(":")[0]
    assert old in notebook.cells[cell].source
    notebook.cells[cell].source = notebook.cells[cell].source.replace(old, new)
    assert complaint in "\n".join(complaints(notebook))


def test_a_solution_that_shows_no_line_is_told():
    notebook = small()
    notebook.cells[4].outputs = []
    assert "case 1: its solution does not show" in "\n".join(complaints(notebook))
