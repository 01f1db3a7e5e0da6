"""The teaching pages: minutes add up, what a plan names is in its chapter, the quiz reaches a learning system."""

import io
import re
import zipfile
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from sphinx.errors import ExtensionError

from project import ROOT
from quiz_files import gift, qti, read_quiz
from slides import marked

LESSONS = (ROOT / "teaching" / "lessons.md").read_text(encoding="utf-8")
QUIZ = (ROOT / "teaching" / "quiz.md").read_text(encoding="utf-8")
CHAPTERS = {int(path.name[:2]): path for path in sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))}
TAUGHT = {  # those with slides
    number: path for number, path in CHAPTERS.items() if any(map(marked, nbformat.read(path, as_version=4).cells))
}
NAMED = re.compile(r"\b([Ff]igure|[Ee]xplorer|[Ee]xercises?) (\d+\.\d+)((?:(?:, | and )\d+\.\d+)*)")
TO_DO = re.compile(r"\*\*To take\s+home:\*\*((?:.|\n)+?)\n\n")  # exercises, whatever words stand between them


def prose(page):
    return re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)


def code(page):
    return "\n".join(re.findall(r"^```\{code-cell\}(.*?)^```", page, re.DOTALL | re.MULTILINE))


def plans(page):
    """Return the plan of every chapter by its number."""
    parts = re.split(r"^## ", prose(page), flags=re.MULTILINE)
    found = {int(match[1]): part for part in parts if (match := re.match(r"Chapter (\d+):", part))}
    assert len(found) == sum(part.startswith("Chapter") for part in parts)
    return found


def rows(text):
    """Return the rows of every table, as lists of cells, without heads and rules."""
    tables, table = [], []
    for line in [*text.split("\n"), ""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
        elif table:
            tables.append(table)
            table = []
    return [(table[0], table[2:]) for table in tables]


def minutes(cell):
    return 0 if cell == "–" else int(cell)


def wrong_sums(page):
    """Say where the minutes of a table are not those that its head, or the heading above it, promises."""
    complaints, seen = [], 0
    for number, plan in plans(page).items():
        head, lines = rows(plan)[0]
        assert head[:2] == ["50", "90"]
        for column in (0, 1):
            total = sum(minutes(line[column]) for line in lines)
            if total != int(head[column]):
                complaints.append(f"chapter {number}: {total} minutes for {head[column]}")
    for part in re.split(r"^(?=\*\*.+ minutes\)\*\*$)", prose(page), flags=re.MULTILINE)[1:]:
        promised = int(re.search(r"\((\d+) minutes\)", part)[1])
        head, lines = rows(part)[0]
        total = sum(minutes(line[head.index("Minutes")]) for line in lines)
        seen += 1
        if total != promised:
            complaints.append(f"{part.splitlines()[0]}: {total} minutes for {promised}")
    assert seen >= 4
    return complaints


def test_there_is_a_plan_for_every_chapter_with_slides():
    assert plans(LESSONS).keys() == TAUGHT.keys() and len(TAUGHT) >= 6


def test_the_minutes_add_up():
    assert wrong_sums(LESSONS) == []


@pytest.mark.parametrize(
    ("line", "other"),
    [("| 12 | 15 | Two steps by hand", "| 12 | 14 | Two steps by hand"),
     ("| 22 | 3 | Divide", "| 23 | 3 | Divide"),
     ("Morning (180 minutes)", "Morning (170 minutes)")],
)  # fmt: skip
def test_a_wrong_minute_is_found(line, other):
    assert line in LESSONS
    assert len(wrong_sums(LESSONS.replace(line, other))) == 1


def stands_in(path):
    """Return a chapter's headings in order, and the numbers of its figures, explorers and exercises."""
    text = "\n\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    text = prose(text)
    headings = re.findall(r"^#{2,3} (.+)$", text, re.MULTILINE)
    captions = re.findall(r"^\*(Figure|Explorer) (\d+\.\d+)\.", text, re.MULTILINE)
    exercises = [("Exercise", number) for number in re.findall(r"^\*\*Exercise (\d+\.\d+)", text, re.MULTILINE)]
    return headings, {(kind.lower(), number) for kind, number in captions + exercises}


def missing(page):
    """Say what the plans name that the chapters do not have."""
    complaints = []
    for number, path in TAUGHT.items():
        headings, _ = stands_in(path)
        plan = plans(page)[number]
        _, lines = rows(plan)[0]
        sections = [line[2] for line in lines if not line[2].startswith("*")]
        sections += re.findall(r'"([A-Z][^"]+)"', plan.split("**Skip first:**")[1])
        complaints += [f"chapter {number} has no section {name!r}" for name in sections if name not in headings]
        in_order = [name for name in headings if name in sections]
        if [line[2] for line in lines if line[2] in in_order] != [n for n in in_order if n in {x[2] for x in lines}]:
            complaints.append(f"chapter {number}: the sections of the plan are in another order")
    there = set().union(*(stands_in(path)[1] for path in CHAPTERS.values()))
    named = [(kind, first + more) for kind, first, more in NAMED.findall(prose(page))]
    named += [("exercise", task) for task in TO_DO.findall(prose(page))]
    for kind, numbers in named:
        for number in re.findall(r"\d+\.\d+", numbers):
            if int(number.split(".")[0]) in CHAPTERS and (kind.lower().removesuffix("s"), number) not in there:
                complaints.append(f"there is no {kind.lower()} {number}")
    return complaints


def test_what_the_plans_name_stands_in_the_chapters():
    assert len(NAMED.findall(prose(LESSONS))) > 60 and len(TO_DO.findall(prose(LESSONS))) == len(TAUGHT)
    assert missing(LESSONS) == []


@pytest.mark.parametrize(
    ("there", "not_there", "complaint"),
    [("| Two steps by hand |", "| Two steps by foot |", "no section 'Two steps by foot'"),
     ('"Smoother is later"', '"What is right"', "no section 'What is right'"),
     ("Explorer 4.2: at", "Explorer 4.9: at", "no explorer 4.9"),
     ("more with explorer 2.2", "more with explorer 2.3", "no explorer 2.3"),
     ("3.2 and 3.4 as well", "3.2 and 3.9 as well", "no exercise 3.9")],
)  # fmt: skip
def test_a_wrong_name_is_found(there, not_there, complaint):
    assert there in LESSONS
    found = missing(LESSONS.replace(there, not_there))
    assert any(complaint in one for one in found), found


def unchecked(page):
    """Return the numbers with a decimal point or a minus of the prose that no cell of the page has in it."""
    text = re.sub(r"https?://\S+|QTI \S+", "", TO_DO.sub("", NAMED.sub("", prose(page))))
    numbers = set(re.findall(r"(?<![\d.])\d+\.\d+(?![\d.])|\b\d+e-\d+\b", text))
    return sorted(number for number in numbers if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", code(page)))


@pytest.mark.parametrize("page", [LESSONS, QUIZ], ids=["lessons", "quiz"])
def test_every_number_told_is_in_a_cell_that_checks_it(page):
    assert unchecked(page) == []


def test_an_unchecked_number_is_found():
    assert unchecked(LESSONS.replace("9.05 lr more", "9.15 lr more")) == ["9.15"]


def test_there_are_twelve_questions_with_four_choices_each_and_every_letter_is_right_once():
    questions = read_quiz(QUIZ)
    assert [len(question.choices) for question in questions] == [4] * 12
    assert {question.right for question in questions} == set("abcd")
    assert all(len(question.reason) > 60 for question in questions)


@pytest.mark.parametrize(
    ("there", "other"),
    [("## 4. Two", "## Two"), ("# Solution 4\n# (a)", "# Solution 4\n# (e)"), ("# Solution 4\n", "# Solution 5\n"),
     ("- (b) 1\n", "- (b) 0.25\n"), ("- (a) 0.25\n- (b) 1\n", "- (a) 0.25 or\n- (b 1\n")],
)  # fmt: skip
def test_a_question_out_of_form_stops_the_build(there, other):
    assert there in QUIZ
    with pytest.raises(ExtensionError, match="quiz.md"):
        read_quiz(QUIZ.replace(there, other))


def paragraphs(html):
    return unescape(re.sub(r"<[^>]+>", "", html)).replace("’", "'").strip()  # text2qti sets typographer's quotes


def test_the_file_for_canvas_has_the_questions_of_the_page():
    archive = zipfile.ZipFile(io.BytesIO(qti(read_quiz(QUIZ))))
    manifest = ElementTree.fromstring(archive.read("imsmanifest.xml"))
    listed = {file.get("href") for file in manifest.iter() if file.tag.endswith("}file")}
    assert listed and listed <= set(archive.namelist())
    (name,) = [name for name in listed if name.endswith(".xml") and "meta" not in name]
    q = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
    items = list(ElementTree.fromstring(archive.read(name)).iter(f"{q}item"))
    assert len(items) == 12
    text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "<show_correct_answers>false" in text and "<allowed_attempts>2" in text  # it is asked before, and after
    assert "CC BY 4.0" in text and "Copyrighted" not in text
    for item, question in zip(items, read_quiz(QUIZ), strict=True):
        assert item.get("title") == question.title
        texts = [paragraphs(text.text) for text in item.iter(f"{q}mattext")]
        assert texts == [question.text.replace("`", ""), *question.choices.values(), question.reason.replace("`", "")]
        labels = {label.get("ident"): paragraphs(next(label.iter(f"{q}mattext")).text)
                  for label in item.iter(f"{q}response_label")}  # fmt: skip
        scored = [condition for condition in item.iter(f"{q}respcondition")
                  if any(value.text == "100" for value in condition.iter(f"{q}setvar"))]  # fmt: skip
        (right,) = scored[0].iter(f"{q}varequal")
        assert len(scored) == 1 and labels[right.text] == question.choices[question.right]


def read_gift(text):
    """Read a GIFT file as its description says: a sign that stands for itself has a backslash before it."""
    taken = []

    def keep(match):
        taken.append(match[1])
        return f"\0{len(taken) - 1}\0"

    def back(part):
        return re.sub("\0(\\d+)\0", lambda match: taken[int(match[1])], part).strip()

    text = re.sub(r"\\([\\~=#{}:])", keep, text)
    category, *blocks = text.strip().split("\n\n")
    assert re.fullmatch(r"\$CATEGORY: [^~=#{}:]+", category)
    found = []
    for block in blocks:
        form = r"::([^~=#{}:]+)::\[markdown\]([^~=#{}:]+)\{\n((?:[~=][^~=#{}:]+)+)####([^~=#{}:]+)\}"
        title, stem, choices, reason = re.fullmatch(form, block).groups()
        choices = re.findall(r"([~=])([^~=]+)", choices)
        found.append((back(title), back(stem), [(sign, back(choice)) for sign, choice in choices], back(reason)))
    return found


def test_the_file_for_moodle_has_the_questions_of_the_page():
    found = read_gift(gift(read_quiz(QUIZ)))
    assert len(found) == 12
    for (title, stem, choices, reason), question in zip(found, read_quiz(QUIZ), strict=True):
        assert (title, stem, reason) == (question.title, question.text, question.reason)
        assert [choice for _, choice in choices] == list(question.choices.values())
        assert [choice for sign, choice in choices if sign == "="] == [question.choices[question.right]]


def test_signs_of_gift_are_escaped():
    (question, *_) = read_quiz(QUIZ)
    awkward = question._replace(text=r"a = {b} ~ c: #1 \d", choices={"a": "x = 1", "b": "~y"}, right="a")
    assert read_gift(gift([awkward]))[0][1] == awkward.text
    assert read_gift(gift([awkward]))[0][2] == [("=", "x = 1"), ("~", "~y")]


@pytest.mark.parametrize("name", ["quiz-qti.zip", "quiz-gift.txt"])
def test_the_site_has_the_files_of_the_quiz(site, name):
    assert Path(site.html, "teaching", name).stat().st_size > 1000
