"""The quiz as files that a learning system imports, made from its page: QTI 1.2 for Canvas, GIFT for Moodle."""

import io
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from sphinx.errors import ExtensionError
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz

from book import LATE

PAGE = Path("teaching", "quiz.md")
TITLE = "Adam, step by step: twelve questions"
QUESTION = re.compile(r"^## (\d+)\. (.+)\n\n((?:.|\n)+?)\n\n((?:- \([a-d]\) .+\n)+)", re.MULTILINE)
CHOICE = re.compile(r"^- \(([a-d])\) (.+)$", re.MULTILINE)
SOLUTION = re.compile(r"^# Solution (\d+)\n# \(([a-d])\)\n((?:# .+\n)+)", re.MULTILINE)


class Question(NamedTuple):
    """One question: its choices by letter, the letter of the right one, and why it is right."""

    title: str
    text: str
    choices: dict
    right: str
    reason: str


def one_line(text):
    return " ".join(text.split())


def read_quiz(text):
    """Return the questions of the page. Raise where one is not in the form that the others have."""
    found, solutions = list(QUESTION.finditer(text)), list(SOLUTION.finditer(text))
    numbers = [str(n) for n in range(1, len(re.findall(r"^## ", text, re.MULTILINE)) + 1)]
    if not numbers or [match[1] for match in found] != numbers or [match[1] for match in solutions] != numbers:
        raise ExtensionError(f"{PAGE}: not every heading is a question with choices and a solution, 1, 2, 3, ...")
    questions = []
    for match, solution in zip(found, solutions):
        choices = dict(CHOICE.findall(match[4]))
        if len(choices) < 2 or solution[2] not in choices or len(set(choices.values())) != len(choices):
            raise ExtensionError(f"{PAGE}: question {match[1]} needs different choices, the right one among them")
        reason = one_line(re.sub(r"^# ", "", solution[3], flags=re.MULTILINE))
        questions.append(Question(match[2], one_line(match[3]), choices, solution[2], reason))
    return questions


def qti(questions):
    """Return the quiz as a QTI 1.2 archive."""
    lines = [f"Quiz title: {TITLE}", "shuffle answers: true", ""]
    for number, question in enumerate(questions, start=1):
        lines += [f"Title: {question.title}", f"{number}. {question.text}", f"... {question.reason}"]
        lines += [f"{'*' * (letter == question.right)}{letter}) {text}" for letter, text in question.choices.items()]
        lines.append("")
    return mended(QTI(Quiz("\n".join(lines), config=Config())).zip_bytes())


# What text2qti always writes, and what it should be: the quiz is asked before and after, under the book's licence.
MENDED = {
    "<show_correct_answers>true": "<show_correct_answers>false",
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


def gift(questions):
    """Return the quiz in Moodle's GIFT format."""

    def escaped(text):
        return re.sub(r"([\\~=#{}:])", r"\\\1", text)

    blocks = [f"$CATEGORY: {TITLE.replace(':', ',')}"]
    for question in questions:
        choices = [
            f"{'=' if letter == question.right else '~'}{escaped(text)}" for letter, text in question.choices.items()
        ]
        lines = [f"::{escaped(question.title)}::[markdown]{escaped(question.text)} {{", *choices]
        blocks.append("\n".join([*lines, f"####{escaped(question.reason)}", "}"]))
    return "\n\n".join(blocks) + "\n"


def publish(app, exception):
    """Lay both files beside the page, unless this site hides its solutions."""
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir, PAGE).parent
        files = {"quiz-qti.zip": qti, "quiz-gift.txt": gift}
        for name in files:
            (folder / name).unlink(missing_ok=True)
        if not app.config.hide_solutions:
            questions = read_quiz(Path(app.srcdir, PAGE).read_text(encoding="utf-8"))
            for name, write in files.items():
                made = write(questions)
                (folder / name).write_bytes(made if isinstance(made, bytes) else made.encode())


def setup(app):
    app.connect("build-finished", publish, priority=LATE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
