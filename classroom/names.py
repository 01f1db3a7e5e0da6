"""Whose notebook a file is, by the names that students, browsers and learning systems give to files."""

import re
from pathlib import Path
from typing import NamedTuple

from variants import ASSIGNMENTS

FILE = re.compile(
    rf"(?P<who>.*?)[\s_-]*(?P<assignment>{'|'.join(ASSIGNMENTS)})"
    r"[\s_-]*(?:copy|final)?[\s_-]*\(?(?P<number>\d+)?\)?\.ipynb",
    re.IGNORECASE,
)
# Canvas: lovelaceada_LATE_1234_5678_her own name_04_adam.ipynb, where 1234 is she and 5678 is the file.
CANVAS = re.compile(r"(?P<name>.*?)_(?:LATE_)?(?P<number>\d+)_\d+(?:_.*)?", re.IGNORECASE)
NAMELESS = re.compile(r"(?:LATE_)?(?P<name>anon)_(?P<number>[^_]+)_\d+(?:_.*)?")  # where Canvas hides the names
# Moodle: Ada Lovelace_1234_assignsubmission_file_/04_adam.ipynb, or all of it in one name.
MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_file_?.*")


class Refused(Exception):
    """A file that is nobody's; the text says what to do."""


class Found(NamedTuple):
    student: str
    number: int  # of the copy: "(1)" is newer than none


def whose(path, assignment):
    """Say whose notebook of an assignment a file is."""
    path = Path(path)
    found = FILE.fullmatch(path.name)
    if not found:
        raise Refused(
            f"{path.name} is not named as a notebook of an assignment: "
            f"lay a copy named STUDENT_{assignment}.ipynb into archive/."
        )
    if found["assignment"].lower() != assignment:
        raise Refused(
            f"{path.name} is a notebook of {found['assignment']}, and {assignment} is collected now: move it."
        )
    folder = MOODLE.fullmatch(path.parent.name)
    who = path.parent.name if folder else found["who"]
    for system in (MOODLE, NAMELESS, CANVAS):
        if named := system.fullmatch(who):
            who = f"{named['name']}_{named['number']}"
            break
    who = re.sub(r"[^\w.@-]+", "-", who).strip("-_")
    if not who:
        raise Refused(
            f"{path.name} does not say whose it is: lay a copy named STUDENT_{assignment}.ipynb into archive/."
        )
    return Found(who, int(found["number"] or 0))
