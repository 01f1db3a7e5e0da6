"""Lay the feedback of an assignment into one zip file, under the names by which the notebooks came.

python returns.py 04_adam            writes feedback-04_adam.zip
"""

import sys
import zipfile
from pathlib import Path

from names import MOODLE, Refused, whose


def returned(assignment, folder=Path()):
    """Give the pages by their names in the zip file, and the students who have no page yet."""
    newest, missing = {}, []
    for path in sorted((folder / "downloaded" / assignment / "extracted").rglob("*.ipynb")):
        try:
            found = whose(path, assignment)
        except Refused:
            continue
        age = found.number, path.stat().st_mtime
        if found.student not in newest or age > newest[found.student][0]:
            newest[found.student] = age, path
    pages = {}
    for student, (_, path) in newest.items():
        page = folder / "feedback" / student / assignment / f"{assignment}.html"
        if not page.is_file():
            missing.append(student)
            continue
        name = path.with_suffix(".html").name
        pages[f"{path.parent.name}/{name}" if MOODLE.fullmatch(path.parent.name) else name] = page
    return pages, missing


def main(assignment):
    pages, missing = returned(assignment)
    if missing:
        print("No feedback was found for", *missing)
    target = Path(f"feedback-{assignment}.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, page in sorted(pages.items()):
            file.write(page, name)
    print("Written:", target, f"with {len(pages)} pages")


if __name__ == "__main__":
    main(sys.argv[1])
