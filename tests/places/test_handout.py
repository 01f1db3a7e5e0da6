"""Handing out: what the command says at its end, and that a failure leaves no folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from project import ROOT


def hand_out(folder, seed, nbgrader="exit 0"):
    """Run the command beside an nbgrader that does this alone."""
    programs = folder / "bin"
    programs.mkdir()
    python = programs / "python"
    python.symlink_to(Path(sys.executable).resolve())
    (programs / "nbgrader").write_text(f"#!/bin/sh\n{nbgrader}\n", encoding="utf-8")
    (programs / "nbgrader").chmod(0o755)
    shutil.copy(ROOT / "classroom" / "handout.py", folder)
    (folder / "seed.txt").write_text(seed, encoding="utf-8")
    return subprocess.run([python, "handout.py", "class"], cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize(("seed", "public"), [("0\n", True), ("2027", False), ("\ufeff0", True)])
def test_it_says_where_the_folder_is_and_whether_the_numbers_are_public(tmp_path, seed, public):
    done = hand_out(tmp_path, seed)
    assert done.returncode == 0 and done.stdout.startswith(f"Written: {tmp_path / 'class'}\n")
    assert ("published ones" in done.stdout) == public


def test_where_nothing_was_made_nothing_is_handed_out(tmp_path):
    done = hand_out(tmp_path, "2027", nbgrader="exit 1")
    assert done.returncode == 1 and "Nothing was handed out" in done.stderr
    assert not (tmp_path / "class").exists()
