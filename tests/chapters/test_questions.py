"""The questions: each is a heading that ends with a question mark, and has a short answer, a number and a link."""

import re

import nbformat
import pytest
from docutils.nodes import make_id
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from guards import is_chapter, links
from project import ROOT
from search_words import WORDS

QUESTIONS = nbformat.read(ROOT / "chapters" / "questions.ipynb", as_version=4)
SENTENCE = re.compile(r"[.?!](?=\s|$)|:(?=\n|$)")


def answers(notebook):
    """Return each question's heading and the cells of its answer."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            found.append((cell.source.splitlines()[0].removeprefix("## "), []))
        if found:
            found[-1][1].append(cell)
    return found


def sentences(cells):
    """Count the sentences of an answer, its heading and the captions of its figures left out."""
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    text = re.sub(r"\$\$.*?\$\$", "", re.sub(r"(?m)^(## .*|\*Figure .*)$", "", text), flags=re.DOTALL)
    return len(SENTENCE.findall(re.sub(r"[*)\"]", "", text)))


def complaints(notebook):
    """Say which question lacks something."""
    said = []
    for heading, cells in answers(notebook):
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        linked = [link for cell in cells if cell.cell_type == "markdown" for link in links(cell)]
        lacks = {
            "is no question": not heading.endswith("?"),
            "has no link to a chapter": not any(map(is_chapter, linked)),
            "has no check": not any(source.startswith("# Check: ") for source in code),
            "has an answer that is not of 3 to 8 sentences": not 3 <= sentences(cells) <= 8,
        }
        said += [f"{heading!r} {what}" for what, is_so in lacks.items() if is_so]
    return said


def test_every_question_is_answered():
    assert complaints(QUESTIONS) == [] and len(answers(QUESTIONS)) >= 12


def test_the_search_has_words_for_every_question():
    targets = [target.partition("#")[2] for target in WORDS.values() if target.startswith("chapters/questions#")]
    assert set(targets) == {make_id(heading) for heading, _ in answers(QUESTIONS)}


def small(heading="Is it so?", link="[Chapter 1](01_x.ipynb)", check="# Check: it\nassert 1", text="Yes. It is. See "):
    return new_notebook(
        cells=[new_markdown_cell(f"## {heading}\n\n{text}{link}."), new_code_cell("print(1)"), new_code_cell(check)]
    )


def test_a_small_answer_is_complete():
    assert complaints(small()) == []


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"heading": "It is so"}, "'It is so' is no question"),
        ({"link": "[it](../notation.md)"}, "'Is it so?' has no link to a chapter"),
        ({"check": "# Plot: it"}, "'Is it so?' has no check"),
        ({"text": "Yes. "}, "'Is it so?' has an answer that is not of 3 to 8 sentences"),
        ({"text": "Yes. " * 8}, "'Is it so?' has an answer that is not of 3 to 8 sentences"),
    ],
)
def test_what_an_answer_lacks_is_told(changed, complaint):
    assert complaints(small(**changed)) == [complaint]
