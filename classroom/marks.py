"""Write the marks, for yourself or in the form in which Canvas or Moodle takes them in.

python marks.py                      writes marks.csv: empty is "not handed in", 0 is "nothing right"
python marks.py grades.csv 04_adam   fills in a file that Canvas or Moodle gave out, and writes marks-grades.csv
"""

import csv
import io
import re
import sys
from pathlib import Path

NUMBER = re.compile(r"-?\d+([.,])\d\d?")
AGAIN = "Export it again from your learning system, and do not open it in a spreadsheet before."


class Unknown(Exception):
    """A file that cannot be filled in; the text says why, and what to do."""


def table(marks):
    """Give the rows of all marks, {student: {assignment: points}}."""
    assignments = sorted({name for each in marks.values() for name in each})
    rows = [[student, *(each.get(name, "") for name in assignments)] for student, each in sorted(marks.items())]
    return [["student", *assignments], *rows]


def read(file):
    """Return the rows of a file, what stands between its fields, and its encoding.

    Canvas writes ; where decimals have a comma, and a mark of UTF-8 first, by which spreadsheets know it.
    """
    try:
        text = Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Unknown("there is no such file in this folder.") from None
    except UnicodeDecodeError:
        raise Unknown(f"this is no CSV file in UTF-8. {AGAIN}") from None
    encoding = "utf-8-sig" if text.startswith("\ufeff") else "utf-8"
    text = text.removeprefix("\ufeff")
    head = text.split("\n")[0]
    separator = max(",;\t", key=head.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator)) or [[]], separator, encoding


def decimal_mark(rows, column, separator):
    """Say how decimals are written: as the column of marks does, or else the others, or else as the separator tells."""
    others = [i for i in range(len(rows[0])) if i != column]
    for some in ([column], others):
        cells = [row[i].strip() for row in rows[1:] for i in some if i < len(row)]
        found = {one[1] for one in map(NUMBER.fullmatch, cells) if one}
        if len(found) == 2:
            raise Unknown(f"some decimals have a comma here, and some a point. {AGAIN}")
        if found:
            return found.pop()
    return "," if separator == ";" else "."


def filled(rows, marks, assignment, separator=","):
    """Fill the marks of an assignment into the gradebook that Canvas exports, or the worksheet that Moodle does.

    Returns the rows, and the students that have no row of their own. Who has not handed in keeps what stood there.
    """
    head = rows[0]
    for line, row in enumerate(rows, start=1):
        if any(row[len(head) :]):
            raise Unknown(
                f"row {line} has more fields than the first: is a comma in a number, and between fields too? {AGAIN}"
            )
    if "Identifier" in head and "Grade" in head:  # Moodle: Participant 1234
        column, keys = head.index("Grade"), ["Identifier", "Full name", "Email address"]
    elif "ID" in head and {"Student", "LastName"} & set(head):  # Canvas
        number = str(int(assignment[:2]))
        columns = [
            i for i, name in enumerate(head) if assignment in name or re.search(rf"\b[Aa]ssignment {number}\b", name)
        ]
        if len(columns) != 1:
            raise Unknown(
                f"{len(columns)} columns are named like {assignment} or Assignment {number}, and one is wanted."
            )
        column, keys = columns[0], ["ID", "SIS Login ID", "SIS User ID", "Student"]
    else:
        raise Unknown(
            'the first line is neither Canvas\'s ("Student", "ID") nor Moodle\'s ("Identifier", "Grade"). '
            "Is your Moodle in another language? Set it to English, and export again."
        )
    mark = decimal_mark(rows, column, separator)
    places = [head.index(key) for key in keys if key in head]
    left, result = dict(marks), [row + [""] * (len(head) - len(row)) for row in rows]
    for row in result[1:]:
        names = {plain(row[place]) for place in places if place < len(row) and row[place].strip()}
        found = [one for one in left if names & {plain(one), plain(re.sub(r".*_(?=\d+$)", "", one))}]
        if len(found) == 1:  # who handed in under two names is told
            row[column] = f"{left.pop(found[0]):g}".replace(".", mark)
    return result, sorted(left)


def plain(name):
    """Make names comparable: "Participant 1234" is 1234, and "Lovelace, Ada" is lovelaceada."""
    return re.sub(r"participant|[\W_]+", "", name.lower())


def from_gradebook():
    """Give the marks of all that was graded, and how many written answers wait for a teacher."""
    from nbgrader.api import Gradebook

    marks, waiting = {}, 0
    with Gradebook("sqlite:///gradebook.db") as book:
        for assignment in book.assignments:
            for handed_in in assignment.submissions:
                marks.setdefault(handed_in.student.id, {})[assignment.name] = handed_in.score
                grades = [grade for notebook in handed_in.notebooks for grade in notebook.grades]
                # Graded anew, an answer is to be looked at again, and has its mark all the same.
                waiting += any(one.manual_score is None and one.auto_score is None for one in grades)
    return marks, waiting


def main(file=None, assignment=None):
    marks, waiting = from_gradebook()
    if file and not any(assignment in each for each in marks.values()):
        sys.exit(f"Nobody has a mark for {assignment}. {__doc__.split('.', 1)[1].strip()}")
    if waiting:
        print(f"Written answers that have no mark yet, and count 0 here: {waiting}")
    if nothing := sorted({student for student, each in marks.items() if 0 in each.values()}):
        print("Look at the notebooks of those who have 0 points:", *nothing)
    if file is None:
        result, separator, encoding, target = table(marks), ",", "utf-8", Path("marks.csv")
    else:
        of_one = {student: each[assignment] for student, each in marks.items() if assignment in each}
        try:
            rows, separator, encoding = read(file)
            result, unknown = filled(rows, of_one, assignment, separator)
        except Unknown as fault:
            sys.exit(f"{file}: {fault}")
        target = Path(file).with_name(f"marks-{Path(file).name}")
        if unknown:
            print("No row of their own was found for", *unknown)
    with target.open("w", newline="", encoding=encoding) as opened:
        csv.writer(opened, delimiter=separator).writerows(result)
    print("Written:", target)


if __name__ == "__main__":
    main(*sys.argv[1:])
