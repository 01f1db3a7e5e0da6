"""The teaching pages: minutes add up, what a plan names is in its chapter, the quiz reaches a learning system."""

import io
import re
import zipfile
from collections import Counter
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from sphinx.errors import ExtensionError

from guards import LENIENT
from project import ROOT
from quiz_files import FILES, NOT_KNOWN, PAGES, gift, paper, qti, read_quiz
from slides import chosen, marked

LESSONS = (ROOT / "teaching" / "lessons.md").read_text(encoding="utf-8")
FORMS = {form: (ROOT / page).read_text(encoding="utf-8") for page, form in PAGES.items()}
QUIZ = FORMS["A"]
EXAM = (ROOT / "teaching" / "exam.md").read_text(encoding="utf-8")
PARTS = (ROOT / "teaching" / "parts.md").read_text(encoding="utf-8")
PROJECT = (ROOT / "teaching" / "project.md").read_text(encoding="utf-8")
LEVELS = ["easy", "medium", "hard"]
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


def hurried(page):
    """List the sittings of the quiz that do not say which questions, or have not a minute for each."""
    found = re.findall(r".*\b[Qq]uiz, .*", "\n".join(line for line in page.split("\n") if line.startswith("|")))
    asked = [re.search(r"questions (\d+) to (\d+)(?: \((\d+) minutes)?", line) for line in found]
    given = [one and int(one[3] or line.split("|")[1]) for one, line in zip(asked, found)]
    assert len(found) >= 2
    return [line for one, given, line in zip(asked, given, found) if not one or given < int(one[2]) - int(one[1]) + 1]


def test_every_sitting_of_the_quiz_has_a_minute_for_each_question():
    parts = (ROOT / "teaching" / "parts.md").read_text(encoding="utf-8")
    assert hurried(LESSONS) + hurried(parts) == []
    assert len(hurried(LESSONS.replace("B, questions 1 to 10", "B, questions 1 to 14"))) == 2
    assert len(hurried(LESSONS.replace("A, questions 1 to 10", "A"))) == 3


def minutes_of_slides(notebook, sections):
    """Sum the minutes of the slides, in both plans, by the section of a plan that they show or stand in."""
    sums, section = {}, "*Begin*"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            section = of_plan(cell.source, sections) or section
        found = marked(cell)
        if found and found["slide_type"] == "slide":
            shown = of_plan(chosen(cell, found), sections) if cell.cell_type == "markdown" else None
            before = sums.get(shown or section, (0, 0))
            sums[shown or section] = tuple(a + b for a, b in zip(before, found["minutes"], strict=True))
    return sums


def of_plan(text, sections):
    """Return the last section of a plan that begins in a text."""
    heads = [head.replace("Summary", "*Close*") for head in re.findall(r"^#{2,3} (.+)$", text, re.MULTILINE)]
    return next((head for head in reversed(heads) if head in sections), None)


def faults_of_slides(page):
    """Say where the minutes of a deck are not the plan's. A section of the long plan alone may have no slide."""
    complaints = []
    for number, path in TAUGHT.items():
        _, lines = rows(plans(page)[number])[0]
        planned = {line[2]: (minutes(line[0]), minutes(line[1])) for line in lines}
        told = minutes_of_slides(nbformat.read(path, as_version=4), planned)
        for section, pair in planned.items():
            if told.get(section, (0, pair[1])) != pair:
                complaints.append(f"chapter {number}, {section}: {told.get(section)} on the slides, {pair} in the plan")
    return complaints


def test_the_minutes_of_the_slides_are_the_plan_s():
    assert faults_of_slides(LESSONS) == []


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
    return complaints + not_there(page)


def not_there(page):
    """Say which figures, explorers and exercises a page names that no chapter has."""
    complaints, there = [], set().union(*(stands_in(path)[1] for path in CHAPTERS.values()))
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


def assignment(number):
    """Return the points of an assignment's parts."""
    (path,) = (ROOT / "classroom" / "source").glob(f"{number:02}_*/*.ipynb")
    (_, lines), *_ = rows(nbformat.read(path, as_version=4).cells[0].source)
    return {int(part): int(points) for part, _, points in lines}


def points_of(parts, points):
    """Sum the points of "1 to 4, 7", or of "all"."""
    if parts == "all":
        return sum(points.values())
    found = [re.fullmatch(r"(\d)(?: to (\d))?", part).groups() for part in parts.split(", ")]
    return sum(points[part] for first, last in found for part in range(int(first), int(last or first) + 1))


def faults_of_parts(page):
    """Say what is not so in the courses for the three parts: a name, the marks of an exam, the points of a plan."""
    complaints, marks = not_there(page), dict(re.findall(r"^## (\d+)\. .+\n\n.+, (\d+) marks", EXAM, re.MULTILINE))
    for first, last, promised in re.findall(r"from questions (\d+) to (\d+), (\d+) marks in all", page):
        if sum(int(marks[str(n)]) for n in range(int(first), int(last) + 1)) != int(promised):
            complaints.append(f"the marks of {first} to {last}")
    (table,) = [lines for head, lines in rows(page) if head[0] == "Assignment"]
    for number, short, short_points, long, long_points, _ in table:
        points = assignment(int(number))
        if [points_of(short, points), points_of(long, points)] != [int(short_points), int(long_points)]:
            complaints.append(f"the points of assignment {number}")
    for line in re.findall(r"^\| \d \| (?:9|1[0-2]) \|.+", page, re.MULTILINE):
        if sum(map(int, re.findall(r"\((\d+)\)", line))) != 50:
            complaints.append(f"the minutes of {line[:12]}")
    return complaints


def test_the_courses_for_the_parts_name_what_is_there_and_add_up():
    assert faults_of_parts(PARTS) == []
    assert PARTS.count(" marks in all.") == 3 and len(assignment(7)) == 6


def test_the_points_of_the_project_s_rubric_add_up():
    (table,) = [lines for head, lines in rows(prose(PROJECT)) if head[0] == "Points"]
    assert f"\n{sum(int(line[0]) for line in table)} points. " in PROJECT


def unchecked(page):
    """Return the numbers with a decimal point or a minus of the prose that no cell of the page has in it."""
    text = re.sub(r"https?://\S+|QTI \S+", "", TO_DO.sub("", NAMED.sub("", prose(page))))
    numbers = set(re.findall(r"(?<![\d.])\d+\.\d+(?![\d.])|\b\d+e-\d+\b", text))
    return sorted(number for number in numbers if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", code(page)))


@pytest.mark.parametrize("page", [LESSONS, *FORMS.values()], ids=["lessons", *FORMS])
def test_every_number_told_is_in_a_cell_that_checks_it(page):
    assert unchecked(page) == []


def told_only(page):
    """Return the numbers that a solution tells and its code does not have."""
    found = []
    for cell in re.findall(r"^# Solution \d.*?^```", page, re.DOTALL | re.MULTILINE):
        words = " ".join(line for line in cell.split("\n") if line.startswith("#"))
        lines = "\n".join(line for line in cell.split("\n") if not line.startswith("#"))
        numbers = set(re.findall(r"(?<![\d.])\d+\.\d+(?!\.?\d)", words))
        found += [number for number in numbers if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", lines)]
    return found


def lenient(page):
    return re.findall(LENIENT + ".*", page)


@pytest.mark.parametrize("page", [LESSONS, EXAM, *FORMS.values()], ids=["lessons", "exam", *FORMS])
def test_a_rounded_number_is_checked_to_half_a_unit_and_no_more(page):
    assert lenient(page) == []


@pytest.mark.parametrize("page", [*FORMS.values(), EXAM], ids=[*FORMS, "exam"])
def test_every_number_of_a_solution_is_in_its_own_code(page):
    assert told_only(page) == []
    assert told_only(re.sub(r"^# (\(.\))", r"# \1 It is 47.11.", page, count=1, flags=re.MULTILINE)) == ["47.11"]


@pytest.mark.parametrize("form", FORMS)
def test_there_are_fourteen_questions_with_four_choices_each_and_every_letter_is_right_as_often(form):
    questions = read_quiz(FORMS[form])
    assert [list(question.choices) for question in questions] == [list("abcde")] * 14
    assert sorted(Counter(question.right for question in questions).values()) == [3, 3, 4, 4]
    assert all(len(question.reason) > 60 for question in questions)
    assert all(len(reason) > 20 for question in questions for reason in question.wrong.values())


def test_the_two_forms_ask_the_same_with_other_choices():
    one, other = map(read_quiz, FORMS.values())
    assert [question.title for question in one] == [question.title for question in other]
    assert not [first.title for first, second in zip(one, other) if first.text == second.text]
    assert not [first.title for first, second in zip(one, other)
                if list(first.choices.values()) == list(second.choices.values())]  # fmt: skip


def test_every_question_goes_back_to_a_chapter_and_to_what_they_believe_there():
    (table,) = [lines for head, lines in rows(prose(LESSONS)) if head == ["Question", "Chapter", "They believe"]]
    assert [line[0] for line in table] == [f"{n}. {question.title}" for n, question in enumerate(read_quiz(QUIZ), 1)]
    for title, chapter, belief in table:
        believed = [line[0] for head, lines in rows(plans(LESSONS)[int(chapter)]) for line in lines
                    if head[0] == "They believe"]  # fmt: skip
        assert belief in believed, title


@pytest.mark.parametrize(
    ("there", "other"),
    [("## 4. Two", "## Two"), ("# Solution 4\n# (a)", "# Solution 4\n# (e)"), ("# Solution 4\n", "# Solution 5\n"),
     ("- (b) 1\n", "- (b) 0.25\n"), ("- (e) I do not know.\n", ""), ("- (e) I do not know.", "- (e) No idea."),
     ("# (b) With 0.1 in both", "# With 0.1 in both"), ("- (a) 0.25\n- (b) 1\n", "- (a) 0.25 or\n- (b 1\n")],
)  # fmt: skip
def test_a_question_out_of_form_stops_the_build(there, other):
    assert there in QUIZ
    with pytest.raises(ExtensionError, match="quiz: "):
        read_quiz(QUIZ.replace(there, other, 1))


def exam_faults(page):
    """Say which questions of the exam have no solution, other marks than they promise, or stand in another order."""
    heads = re.findall(r"^## (\d+)\. .+\n\n\*Chapter (\d+), (\w+), (\d+) marks\.\* ", page, re.MULTILINE)
    solved = re.findall(r"^# Solution (\d+)\n((?:# [^\n]+\n)+)(.+?)^```", page, re.DOTALL | re.MULTILINE)
    numbers = [str(n) for n in range(1, 31)]
    if [head[0] for head in heads] != numbers or [one[0] for one in solved] != numbers or page.count("\n## ") != 30:
        return ["not thirty questions, each with its solution"]
    faults = []
    for (number, *_, marks), (_, words, lines) in zip(heads, solved):
        if sum(map(int, re.findall(r"^# \((\d)\) ", words, re.MULTILINE))) != int(marks) or "assert " not in lines:
            faults.append(f"question {number}")
    order = [(int(chapter), LEVELS.index(level)) for _, chapter, level, _ in heads]
    if order != sorted(order) or {chapter for chapter, _ in order} != CHAPTERS.keys():
        faults.append("the order")
    if f"All thirty give {sum(int(head[3]) for head in heads)} marks." not in page:
        faults.append("the sum")
    return faults


def test_the_exam_has_thirty_questions_over_all_chapters_with_their_marks():
    assert exam_faults(EXAM) == []
    assert sum(f", {level}, " in EXAM for level in LEVELS) == 3


@pytest.mark.parametrize(
    ("faults", "page", "there", "other", "fault"),
    [(wrong_sums, LESSONS, "| 12 | 15 | Two steps by hand", "| 12 | 14 | Two steps by hand", "chapter 4: 89 minutes"),
     (wrong_sums, LESSONS, "| 22 | 3 | Divide", "| 23 | 3 | Divide", "91 minutes for 90"),
     (wrong_sums, LESSONS, "Morning (180 minutes)", "Morning (170 minutes)", "minutes for 170"),
     (faults_of_slides, LESSONS, "| 12 | 15 | Two steps by hand", "| 12 | 14 | Two steps by hand", "Two steps by hand"),
     (faults_of_slides, LESSONS, "| 4 | 8 | What is proved", "| 5 | 8 | What is proved", "What is proved"),
     (faults_of_slides, LESSONS, "| – | 9 | What it gets", "| 1 | 9 | What it gets", "What it gets"),
     (missing, LESSONS, "| Two steps by hand |", "| Two steps by foot |", "no section 'Two steps by foot'"),
     (missing, LESSONS, '"Smoother is later"', '"What is right"', "no section 'What is right'"),
     (missing, LESSONS, "Explorer 4.2: at", "Explorer 4.9: at", "no explorer 4.9"),
     (missing, LESSONS, "more with explorer 2.2", "more with explorer 2.3", "no explorer 2.3"),
     (missing, LESSONS, "3.2 and 3.4 as well", "3.2 and 3.9 as well", "no exercise 3.9"),
     (faults_of_parts, PARTS, "figure 9.3", "figure 9.8", "there is no figure 9.8"),
     (faults_of_parts, PARTS, "15, 53 marks", "15, 54 marks", "the marks of 1 to 15"),
     (faults_of_parts, PARTS, "| 1 to 4 | 13 |", "| 1 to 5 | 13 |", "the points of assignment 1"),
     (faults_of_parts, PARTS, "rate is the same (15)", "rate is the same (14)", "the minutes of | 1 | 9 |"),
     (unchecked, LESSONS, "9.05 lr more", "9.15 lr more", "9.15"),
     (lenient, EXAM, "4.10, rtol=0, atol", "4.10, atol", "atol=5e-3"),
     (exam_faults, EXAM, "# Solution 7\n", "# Lost 7\n", "not thirty questions"),
     (exam_faults, EXAM, "# (3) m = 0.75 m", "# (2) m = 0.75 m", "question 1"),
     (exam_faults, EXAM, "Chapter 13, hard", "Chapter 12, hard", "the order"),
     (exam_faults, EXAM, "All thirty give 1", "All thirty give 2", "the sum")],
)  # fmt: skip
def test_a_fault_is_found(faults, page, there, other, fault):
    assert there in page
    found = faults(page.replace(there, other))
    assert any(fault in one for one in found), found


def paragraphs(html):
    return unescape(re.sub(r"<[^>]+>", "", html)).replace("’", "'").strip()  # text2qti sets typographer's quotes


@pytest.mark.parametrize("form", FORMS)
def test_the_file_for_canvas_has_the_questions_of_the_page(form):
    archive = zipfile.ZipFile(io.BytesIO(qti(read_quiz(FORMS[form]), form)))
    manifest = ElementTree.fromstring(archive.read("imsmanifest.xml"))
    listed = {file.get("href") for file in manifest.iter() if file.tag.endswith("}file")}
    assert listed and listed <= set(archive.namelist())
    (name,) = [name for name in listed if name.endswith(".xml") and "meta" not in name]
    q = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
    items = list(ElementTree.fromstring(archive.read(name)).iter(f"{q}item"))
    assert len(items) == 14
    text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "<show_correct_answers>false" in text and "<allowed_attempts>2" in text  # it is asked before, and after
    assert "<hide_results>always<" in text and f"form {form}<" in text
    assert "CC BY 4.0" in text and "Copyrighted" not in text
    for item, question in zip(items, read_quiz(FORMS[form]), strict=True):
        assert item.get("title") == question.title
        texts = [paragraphs(text.text) for text in item.iter(f"{q}mattext")]
        told = [question.text, *question.choices.values(), question.reason, *question.wrong.values()]
        assert texts == [text.replace("`", "") for text in told]
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
        form = r"::([^~=#{}:]+)::\[markdown\]([^~=#{}:]+)\{\n((?:[~=][^~=#{}:]+(?:#[^~=#{}:]+)?)+)####([^~=#{}:]+)\}"
        title, stem, choices, reason = re.fullmatch(form, block).groups()
        choices = [
            (sign, back(choice), back(why)) for sign, choice, why in re.findall(r"([~=])([^~=#]+)#?([^~=]*)", choices)
        ]
        found.append((back(title), back(stem), choices, back(reason)))
    return found


@pytest.mark.parametrize("form", FORMS)
def test_the_file_for_moodle_has_the_questions_of_the_page(form):
    found = read_gift(gift(read_quiz(FORMS[form]), form))
    assert len(found) == 14
    for (title, stem, choices, reason), question in zip(found, read_quiz(FORMS[form]), strict=True):
        assert (title, stem, reason) == (question.title, question.text, question.reason)
        assert [choice for _, choice, _ in choices] == list(question.choices.values())
        assert [choice for sign, choice, _ in choices if sign == "="] == [question.choices[question.right]]
        assert [why for _, _, why in choices if why] == list(question.wrong.values())


@pytest.mark.parametrize("form", FORMS)
def test_the_sheet_for_paper_has_the_questions_and_no_answer(form):
    questions = read_quiz(FORMS[form])
    sheet = " ".join(paper(questions, form).split())
    assert "Name: ____" in sheet and sheet.count(f"(e) {NOT_KNOWN}") == 14
    for question in questions:
        assert question.text.replace("`", "") in sheet and all(text in sheet for text in question.choices.values())
        assert not [why for why in (question.reason, *question.wrong.values()) if why[:40] in sheet]


def test_signs_of_gift_are_escaped():
    (question, *_) = read_quiz(QUIZ)
    awkward = question._replace(
        text=r"a = {b} ~ c: #1 \d", choices={"a": "x = 1", "b": "~y"}, right="a", wrong={"b": "1 = 2"}
    )
    assert read_gift(gift([awkward], "A"))[0][1] == awkward.text
    assert read_gift(gift([awkward], "A"))[0][2] == [("=", "x = 1", ""), ("~", "~y", "1 = 2")]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_site_has_the_files_of_the_quiz(site, page, name):
    assert Path(site.html, page.parent, f"{page.stem}-{name}").stat().st_size > 1000
