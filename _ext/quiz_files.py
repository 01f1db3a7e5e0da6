"""The quiz as files, made from its pages, one for each form: QTI 1.2 for Canvas, GIFT for Moodle, text for paper."""

import io
import re
import textwrap
import zipfile
from pathlib import Path
from typing import NamedTuple

from sphinx.errors import ExtensionError
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz

from book import LATE

PAGES = {Path("teaching", "quiz.md"): "A", Path("teaching", "quiz_b.md"): "B"}
TITLE = "Adam, step by step: fourteen questions, form {}"
NOT_KNOWN = "I do not know."  # the last choice of every question
QUESTION = re.compile(r"^## (\d+)\. (.+)\n\n((?:.|\n)+?)\n\n((?:- \([a-e]\) .+\n)+)", re.MULTILINE)
CHOICE = re.compile(r"^- \(([a-e])\) (.+)$", re.MULTILINE)
SOLUTION = re.compile(r"^# Solution (\d+)\n# \(([a-d])\)\n((?:# .+\n)+)", re.MULTILINE)


class Question(NamedTuple):
    """One question: its choices by letter, the letter of the right one, why it is right, and why each other is not."""

    title: str
    text: str
    choices: dict
    right: str
    reason: str
    wrong: dict


def one_line(text):
    return " ".join(text.split())


def read_quiz(text):
    """Return the questions of a page. Raise where one is not in the form that the others have."""
    found, solutions = list(QUESTION.finditer(text)), list(SOLUTION.finditer(text))
    numbers = [str(n) for n in range(1, len(re.findall(r"^## ", text, re.MULTILINE)) + 1)]
    if not numbers or [match[1] for match in found] != numbers or [match[1] for match in solutions] != numbers:
        raise ExtensionError("quiz: not every heading is a question with choices and a solution, 1, 2, 3, ...")
    questions = []
    for match, solution in zip(found, solutions):
        choices = dict(CHOICE.findall(match[4]))
        if "".join(choices) != "abcde" or len(set(choices.values())) != 5 or choices["e"] != NOT_KNOWN:
            raise ExtensionError(f"quiz: question {match[1]} needs four different choices, and (e) {NOT_KNOWN}")
        words = re.sub(r"^# ", "", solution[3], flags=re.MULTILINE)
        reason, *wrong = map(one_line, re.split(r"^\(([a-d])\) ", words, flags=re.MULTILINE))
        wrong = dict(zip(wrong[::2], wrong[1::2]))
        if set(wrong) | {solution[2]} != set("abcd") or solution[2] in wrong:
            raise ExtensionError(f"quiz: question {match[1]} needs a reason for each of its wrong choices")
        questions.append(Question(match[2], one_line(match[3]), choices, solution[2], reason, wrong))
    return questions


def qti(questions, form):
    """Return the quiz as a QTI 1.2 archive."""
    lines = [f"Quiz title: {TITLE.format(form)}", "shuffle answers: true", ""]
    for number, question in enumerate(questions, start=1):
        lines += [f"Title: {question.title}", f"{number}. {question.text}", f"... {question.reason}"]
        for letter, text in question.choices.items():
            lines.append(f"{'*' * (letter == question.right)}{letter}) {text}")
            if letter in question.wrong:
                lines.append(f"... {question.wrong[letter]}")
        lines.append("")
    return mended(QTI(Quiz("\n".join(lines), config=Config())).zip_bytes())


# What text2qti always writes, and what it should be: the quiz is asked before and after, under the book's licence.
MENDED = {
    "<show_correct_answers>true": "<show_correct_answers>false",
    "<hide_results>": "<hide_results>always",  # a reason tells the answer
    "<allowed_attempts>1": "<allowed_attempts>2",
    r"(cc_maxattempts</fieldlabel>\s*<fieldentry>)1": r"\g<1>2",
    r"Private \(Copyrighted\) - [^<]+": "CC BY 4.0 - https://creativecommons.org/licenses/by/4.0/",
}


def mended(archive):
    """Change in an archive what text2qti does not ask about."""
    result, changes = io.BytesIO(), 0
    with zipfile.ZipFile(io.BytesIO(archive)) as before, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            text = before.read(name).decode()
            for old, new in MENDED.items():
                text, count = re.subn(old, new, text)
                changes += count
            after.writestr(before.getinfo(name), text)
    if changes != len(MENDED):
        raise ExtensionError(f"{changes} of {len(MENDED)} settings were found in the file for Canvas")
    return result.getvalue()


def gift(questions, form):
    """Return the quiz in Moodle's GIFT format."""

    def escaped(text):
        return re.sub(r"([\\~=#{}:])", r"\\\1", text)

    def choice(question, letter):
        why = f"#{escaped(question.wrong[letter])}" if letter in question.wrong else ""
        return f"{'=' if letter == question.right else '~'}{escaped(question.choices[letter])}{why}"

    blocks = [f"$CATEGORY: {TITLE.format(form).replace(':', ',')}"]
    for question in questions:
        choices = [choice(question, letter) for letter in question.choices]
        lines = [f"::{escaped(question.title)}::[markdown]{escaped(question.text)} {{", *choices]
        blocks.append("\n".join([*lines, f"####{escaped(question.reason)}", "}"]))
    return "\n\n".join(blocks) + "\n"


def paper(questions, form):
    """Return the quiz as text to be printed: a line for the name, and no answers."""
    lines = [TITLE.format(form), "", "Name:  " + 40 * "_", ""]
    for number, question in enumerate(questions, start=1):
        lines += textwrap.wrap(f"{number}. {question.text.replace('`', '')}", 90)
        lines += [f"   ({letter}) {text}" for letter, text in question.choices.items()] + [""]
    return "\n".join(lines)


FILES = {"qti.zip": qti, "gift.txt": gift, "paper.txt": paper}


def publish(app, exception):
    """Lay the files beside their pages. A site that hides its solutions has only those for paper."""
    if exception is not None or app.builder.format != "html":
        return
    for page, form in PAGES.items():
        for name, write in FILES.items():
            file = Path(app.outdir, page.parent, f"{page.stem}-{name}")
            file.unlink(missing_ok=True)
            if write is paper or not app.config.hide_solutions:
                made = write(read_quiz(Path(app.srcdir, page).read_text(encoding="utf-8")), form)
                file.write_bytes(made if isinstance(made, bytes) else made.encode())


def setup(app):
    app.connect("build-finished", publish, priority=LATE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
