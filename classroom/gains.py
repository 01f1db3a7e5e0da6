"""Compare a class's answers to the quiz before a course with those after it.

python gains.py before.csv after.csv      prints a table, and writes it to gains.csv and a picture to gains.png

A row is a student: a name, the form that they had, and for each question the letter that they chose, or their points.

    student,form,1,2,3
    ada,A,b,d,e
    blaise,B,1,0,

An empty field is a question that was not answered, and counts as "I do not know", as (e) does.
"""

import csv
import re
import sys
from pathlib import Path

import numpy as np

PAGES = {"A": "quiz.md", "B": "quiz_b.md"}
TEACHING = Path(__file__).resolve().parents[1] / "teaching"
NOT_KNOWN = np.nan


class Unreadable(Exception):
    """What is wrong in a file, and where."""


def keys():
    """Give the right letters, {form: {question: letter}}, and the questions' titles, from the pages of the quiz."""
    found, titles = {}, {}
    for form, name in PAGES.items():
        text = (TEACHING / name).read_text(encoding="utf-8")
        titles = dict(re.findall(r"^## (\d+)\. (.+)$", text, re.MULTILINE))
        found[form] = dict(re.findall(r"^# Solution (\d+)\n# \(([a-d])\)$", text, re.MULTILINE))
    return found, titles


def mark(answer, right):
    """Give 1 for a right answer, 0 for a wrong one, and NaN for none."""
    answer = answer.strip().lower().strip("()")
    if answer in ("", "e"):
        return NOT_KNOWN
    if answer in tuple("abcd"):
        return float(answer == right)
    points = float(answer.replace(",", "."))
    if points not in (0, 1):
        raise ValueError(answer)
    return points


def read(file):
    """Return the questions of a file, and the marks of each student."""
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Unreadable(f"{file}: there is no such file.") from None
    except UnicodeDecodeError:
        raise Unreadable(f'{file}: not UTF-8. Save it again, as "CSV UTF-8".') from None
    first = text.split("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    rows = [(line, row) for line, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), start=1) if row]
    head = [name.strip().lower() for name in rows[0][1]] if rows else []
    right, titles = keys()
    questions = head[2:]
    if head[:2] != ["student", "form"] or not questions:
        raise Unreadable(f"{file}: the first line is student,form,1,2,3 and so on, and here it is {first.strip()!r}.")
    for name in questions:
        if name not in titles:
            raise Unreadable(f"{file}: the column {name!r} is no question; they are 1 to {len(titles)}.")
        if questions.count(name) > 1:
            raise Unreadable(f"{file}: two columns are called {name!r}.")
    found = {}
    for line, row in rows[1:]:
        where = f"{file}, line {line}"
        if len(row) != len(head):
            raise Unreadable(f"{where}: {len(row)} fields, and the first line has {len(head)}.")
        student, form = row[0].strip(), row[1].strip().upper()
        if not student:
            raise Unreadable(f"{where}: no student's name.")
        if student in found:
            raise Unreadable(f"{where}: {student!r} stands there twice.")
        if form not in right:
            raise Unreadable(f"{where}: the form is A or B, and not {row[1]!r}.")
        found[student] = []
        for question, answer in zip(questions, row[2:]):
            try:
                found[student].append(mark(answer, right[form][question]))
            except ValueError:
                raise Unreadable(
                    f"{where}, question {question}: {answer!r} is no answer; those are a to e, 1, 0 or nothing."
                ) from None
    return questions, found


def paired(before, after):
    """Return the questions, the marks of those who answered both times, and who did so only once."""
    (questions, first), (others, second) = read(before), read(after)
    if set(questions) != set(others):
        differ = sorted(set(questions) ^ set(others), key=int)
        raise Unreadable(f"{before} and {after}: question {', '.join(differ)} stands in one of them only.")
    both = sorted(first.keys() & second.keys())
    if len(both) < 2:
        raise Unreadable(f"{before} and {after}: {len(both)} of the students stand in both, and two are the fewest.")
    order = [others.index(question) for question in questions]
    marks = np.array([first[name] for name in both]), np.array([second[name] for name in both])[:, order]
    return questions, marks, sorted(first.keys() ^ second.keys())


def summary(first, second):
    """Return what the class gained: points and their spread, of those who answered both times.

    Formula: the normalised gain is (after - before) / (most - before), of the class's means.
    """
    points = [np.nansum(marks, axis=1) for marks in (first, second)]
    gain, most = points[1] - points[0], first.shape[1]
    means = [each.mean() for each in points]
    spread = gain.std(ddof=1)
    return {
        "students": len(gain), "questions": most, "before": means[0], "after": means[1],
        "gain": gain.mean(), "standard deviation of the gain": spread,
        "standard error of the gain": spread / np.sqrt(len(gain)),
        "normalised gain": (means[1] - means[0]) / (most - means[0]) if means[0] < most else np.nan,
        "better": int((gain > 0).sum()), "equal": int((gain == 0).sum()), "worse": int((gain < 0).sum()),
    }  # fmt: skip


def table(questions, first, second):
    """Return a row for each question: shares of the class, in percent, and the gain with its standard error."""
    _, titles = keys()
    right = [100 * np.nan_to_num(marks) for marks in (first, second)]
    gain = right[1] - right[0]
    error = gain.std(axis=0, ddof=1) / np.sqrt(len(gain))
    unknown = [100 * np.isnan(marks).mean(axis=0) for marks in (first, second)]
    columns = [right[0].mean(axis=0), right[1].mean(axis=0), gain.mean(axis=0), error, *unknown]
    head = ["question", "about", "right before", "right after", "gain", "error", "unknown before", "unknown after"]
    return [head] + [[q, titles[q], *(round(c[i]) for c in columns)] for i, q in enumerate(questions)]


def draw(rows, first, second):
    """Return the picture: each question before and after, and each student."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    by_question, by_student = figure.subplots(1, 2, width_ratios=[3, 2])
    for place, (_, _, before, after, _, error, *_) in enumerate(rows[1:]):
        by_question.plot([before, after], [place, place], color="0.7", zorder=0)
        by_question.plot(before, place, "o", mfc="white", mec="black", label="before" if place == 0 else None)
        by_question.errorbar(after, place, xerr=error, fmt="o", color="black", label="after" if place == 0 else None)
    by_question.set(
        yticks=range(len(rows) - 1), yticklabels=[f"{number}. {title}" for number, title, *_ in rows[1:]],
        xlim=(-3, 103), xlabel="right answers, percent; the bar is a standard error of the gain",
    )  # fmt: skip
    by_question.invert_yaxis()
    by_question.legend()
    points = np.stack([np.nansum(first, axis=1), np.nansum(second, axis=1)], axis=1)
    places, students = np.unique(points, axis=0, return_counts=True)
    by_student.scatter(*places.T, s=40 * students, color="black", alpha=0.6)
    most = first.shape[1]
    by_student.plot([0, most], [0, most], color="0.7", zorder=0)
    by_student.set(xlabel="a student's points before", ylabel="after", xlim=(-0.5, most + 0.5), ylim=(-0.5, most + 0.5))
    by_student.set_aspect("equal")
    return figure


def main(before, after):
    questions, marks, once = paired(before, after)
    rows, found = table(questions, *marks), summary(*marks)
    for row in rows:
        print("{:>8}  {:30}{:>14}{:>13}{:>6}{:>7}{:>16}{:>15}".format(*row))
    print()
    for name, value in found.items():
        print(f"{name}: {value:.2f}" if isinstance(value, float) else f"{name}: {value}")
    if once:
        print("Left out, for they answered only once:", *once)
    with open("gains.csv", "w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows(rows)
    draw(rows, *marks).savefig("gains.png", dpi=150)
    print("Written: gains.csv and gains.png")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("python gains.py before.csv after.csv")
    try:
        main(*sys.argv[1:])
    except Unreadable as said:
        sys.exit(str(said))
