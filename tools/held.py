"""What was asked of a chapter, and held, for `fresh_seeds.py` and `jitter.py`: each takes minutes for all chapters.

A file beside the tool has a line for each chapter that held: a digest of its code and of what it prints, and its name.
The tests compare the digests, so a chapter is asked again when either has changed.
"""

import hashlib
from pathlib import Path

import nbformat

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"


def digest(path):
    """Return what changes when a chapter's code or a text that it prints does."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    texts = [[o.get("text") or o.get("data", {}).get("text/plain") for o in cell.outputs] for cell in cells]
    return hashlib.sha256(repr([[cell.source for cell in cells], texts]).encode()).hexdigest()


def held(file):
    """Return {name of a chapter: its digest when it held}."""
    return {name: code for code, name in map(str.split, file.read_text(encoding="utf-8").splitlines())}


def write_down(file, path, holds):
    """Write down that a chapter holds, or take it out, as all that are gone."""
    known = {name: code for name, code in held(file).items() if (path.parent / name).is_file() and name != path.name}
    if holds:
        known[path.name] = digest(path)
    file.write_text("".join(f"{code}  {name}\n" for name, code in sorted(known.items())), encoding="utf-8")


def chosen(starts):
    """Return the chapters whose file names start so, or all of them."""
    return [path for path in sorted(CHAPTERS.glob("*.ipynb")) if path.name.startswith(tuple(starts) or "")]
