"""Write the marks, for yourself or in the form in which Canvas or Moodle takes them in.

python marks.py                      writes marks.csv: empty is "not handed in", 0 is "nothing right"
python marks.py grades.csv 04_adam   fills in a file that Canvas or Moodle gave out, and writes marks-grades.csv
"""

import csv
import io
import re
import sys
from pathlib import Path


class Unknown(Exception):
    """A file that is of no system known here; the text says which ones are."""


def table(marks):
    """Give the rows of all marks, {student: {assignment: points}}."""
    assignments = sorted({name for each in marks.values() for name in each})
    rows = [[student, *(each.get(name, "") for name in assignments)] for student, each in sorted(marks.items())]
    return [["student", *assignments], *rows]


def filled(rows, marks, assignment):
    """Fill the marks of an assignment into the gradebook that Canvas exports, or the worksheet that Moodle does.

    Returns the rows, and the students whose row was not found. Who has not handed in keeps what stood there.
    """
    head = rows[0]
    if "Identifier" in head and "Grade" in head:  # Moodle: Participant 1234
        column, keys = head.index("Grade"), ["Identifier", "Full name", "Email address"]
    elif "ID" in head and "Student" in head:  # Canvas
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
        raise Unknown('The first line is neither Canvas\'s ("Student", "ID") nor Moodle\'s ("Identifier", "Grade").')
    places = [head.index(key) for key in keys if key in head]
    left, result = dict(marks), [list(row) for row in rows]
    for row in result[1:]:
        names = {plain(row[place]) for place in places if place < len(row) and row[place].strip()}
        for student in [one for one in left if names & {plain(one), plain(re.sub(r".*_(?=\d+$)", "", one))}]:
            row[column] = f"{left.pop(student):g}"
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
                waiting += handed_in.needs_manual_grade
    return marks, waiting


def main(file=None, assignment=None):
    marks, waiting = from_gradebook()
    separator = ","
    if waiting:
        print(f"{waiting} notebooks have a written answer that has no mark yet: it counts 0 here.")
    if file is None:
        result, target = table(marks), Path("marks.csv")
    else:
        with open(file, newline="", encoding="utf-8-sig") as opened:
            text = opened.read()
        head = text.splitlines()[0] if text else ""
        separator = max(",;\t", key=head.count)  # Canvas writes ; where a comma is in every number
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        of_one = {student: each[assignment] for student, each in marks.items() if assignment in each}
        try:
            result, unknown = filled(rows or [[]], of_one, assignment)
        except Unknown as fault:
            sys.exit(f"{file}: {fault}")
        target = Path(file).with_name(f"marks-{Path(file).name}")
        if unknown:
            print("No row was found for", *unknown)
    with target.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened, delimiter=separator).writerows(result)
    print("Written:", target)


if __name__ == "__main__":
    main(*sys.argv[1:])
