"""Every figure and explorer is named by a check of its section, which has the numbers of its caption and its alt text.

A check names what it carries in its first line: `# Check: figure 2.3, the counts`. Whether its assertions are as strong
as the words is for a reader to judge; that there are some, and that their numbers are those of the words, is held here.
"""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from guards import CHAPTERS

CAPTION = re.compile(r"\*(Figure|Explorer) ((?:\d+|[CQ])\.\d+)\.(.*?)\*(?:\n\n|\Z)", re.DOTALL)
NAME = re.compile(r"\b(figure|explorer)s? ((?:\d+|[CQ])\.\d+)")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w]|\.\d)")


def numbers(text):
    """Find the numbers of a text or of code, as they are written there: 1,386 and 10^{-8} as code has them."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text).replace("_", "")
    return NUMBER.findall(re.sub(r"10\^\{(-?\d+)\}", r"1e\1", text))


def is_there(number, sources):
    """Whether code has a number, one that rounds to it, or a share for a percentage."""
    value, digits = float(number), len(number.partition(".")[2]) if "e" not in number else 99
    near = min(0.5001 * 10.0**-digits, 0.06 * value)
    return any(abs(value - times * float(one)) <= near for one in sources for times in (1, 100))


def claims(notebook):
    """Return each figure's words and section by its name, each check's names, section and code, each section's code."""
    figures, checks, code, alt = {}, [], [""], ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", alt)
            if cell.source.startswith("# Check"):
                names = {" ".join(name) for name in NAME.findall(cell.source.splitlines()[0])}
                checks.append((names, len(code) - 1, cell.source))
            else:
                code[-1] += cell.source + "\n"
        else:
            for kind, number, words in CAPTION.findall(cell.source):
                figures[f"{kind.lower()} {number}"] = (f"{words}\n{alt}", len(code) - 1)
            code += [""] * len(re.findall(r"^## ", cell.source, re.MULTILINE))
    return figures, checks, code


def complaints(notebook):
    """Say which figure no check carries, and which number of its words neither the check nor the figure's code has."""
    figures, checks, code = claims(notebook)
    named = {name for names, _, _ in checks for name in names}
    found = [f"a check names {name}, which is not there" for name in sorted(named - set(figures))]
    for name, (words, section) in figures.items():
        carrying = [source for names, place, source in checks if name in names and place in (section, section + 1)]
        if not carrying:
            found.append(f"no check of its section, or of the next, names {name}")
            continue
        there = numbers("\n".join([*carrying, code[section]]))
        lost = [number for number in numbers(words) if not is_there(number, there)]
        found += [f"the words of {name} say {number}, and its check does not" for number in lost]
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_figure_is_carried_by_a_check(path):
    notebook = nbformat.read(path, as_version=4)
    assert not complaints(notebook), "\n".join(complaints(notebook))
    pictures = [cell for cell in notebook.cells if "mystnb" in cell.metadata]
    assert len(claims(notebook)[0]) == len(pictures) > 0


# A small chapter, and what can be wrong with it.


def small(
    check="# Check: figure 7.1, the floor\nassert round(floor, 3) == 0.021", alt="It falls to 2 percent in 1,000 steps."
):
    cells = [
        new_markdown_cell("## A section"),
        new_code_cell("# Plot: a fall\nfall(steps=1_000)", metadata={"mystnb": {"image": {"alt": alt}}}),
        new_markdown_cell("*Figure 7.1. The fall, with noise of $10^{-8}$.*\n\n**What happened.** Much."),
        new_code_cell("size = 1e-8"),
        new_code_cell(check),
    ]
    return new_notebook(cells=cells)


def test_a_small_chapter_has_nothing_wrong():
    assert complaints(small()) == []


@pytest.mark.parametrize(
    ("chapter", "complaint"),
    [
        (small(check="# Plot: none"), "no check of its section, or of the next, names figure 7.1"),
        (
            small(check="# Check: the floor\nassert floor < 0.02"),
            "no check of its section, or of the next, names figure 7.1",
        ),
        (
            small(check="# Check: figures 7.1 and figure 7.2\nassert floor < 0.02"),
            "a check names figure 7.2, which is not there",
        ),
        (small(alt="It falls to 5 percent in 1,000 steps."), "the words of figure 7.1 say 5, and its check does not"),
        (
            small(alt="It falls to 2 percent in 1,100 steps."),
            "the words of figure 7.1 say 1100, and its check does not",
        ),
    ],
)
def test_what_is_wrong_is_told(chapter, complaint):
    assert complaint in complaints(chapter)


def test_a_check_far_from_its_figure_does_not_carry_it():
    chapter = small()
    chapter.cells.insert(4, new_markdown_cell("## Another\n\n## And another"))
    assert complaints(chapter) == ["no check of its section, or of the next, names figure 7.1"]
