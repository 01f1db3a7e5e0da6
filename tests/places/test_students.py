"""What students get: a branch that the publishing makes, and that their hub pulls from a real git server."""

import re
import socket
import subprocess
import sys
from typing import NamedTuple
from urllib.parse import unquote

import nbformat
import pytest
from test_anywhere import make_place

import students
from launch_buttons import STUDENTS
from project import ROOT, copy_files, free_ports, project_files, wait

CHAPTER = "chapters/01_exponential_averages.ipynb"
PULLER = "nbgitpuller==1.3.0"  # what a hub has
WHO = ["-c", "user.name=author", "-c", "user.email=author@localhost"]


def run(*command, cwd=None):
    return subprocess.run([*map(str, command)], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


def answers(port):
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


class Book(NamedTuple):
    """A clone of the book, the repository that students' hubs ask, and the program with which they do."""

    clone: str
    bare: str
    address: str
    puller: str

    def publish(self):
        """Commit what was changed in the clone, and do what the publishing workflow does."""
        run("git", "add", "--all", cwd=self.clone)
        run("git", *WHO, "commit", "--quiet", "--allow-empty", "--message=change", cwd=self.clone)
        return run(sys.executable, "tools/students.py", self.bare, cwd=self.clone).strip()

    def pull(self, home):
        """Follow the link: the first time it copies the branch, later it brings what is new."""
        run(self.puller, self.address, students.BRANCH, home)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("students")
    copy_files(project_files(), folder / "clone")
    run("git", "init", "--quiet", folder / "clone")
    run("git", "init", "--quiet", "--bare", folder / "served" / "book")
    puller = make_place(folder, "hub", PULLER).python.with_name("gitpuller")
    (port,) = free_ports(1)
    server = subprocess.Popen(
        ["git", "daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}",
         f"--base-path={folder / 'served'}"]
    )  # fmt: skip
    try:
        wait(lambda: answers(port), server)
        yield Book(folder / "clone", folder / "served" / "book", f"git://127.0.0.1:{port}/book", puller)
    finally:
        server.terminate()
        server.wait()


def test_a_pull_brings_what_is_new_and_keeps_the_student_s_own(book, tmp_path):
    assert book.publish()
    home = tmp_path / "home"
    book.pull(home)
    notebook = nbformat.read(home / CHAPTER, as_version=4)
    notebook.cells.insert(3, nbformat.v4.new_code_cell("mine = 1"))
    notebook.cells[-1].source += "\n\nMy note."
    nbformat.write(notebook, home / CHAPTER)
    (home / "chapters" / "mine.txt").write_text("mine", encoding="utf-8")

    changed = nbformat.read(book.clone / CHAPTER, as_version=4)
    changed.cells[0].source += "\n\nNew in the book."
    nbformat.write(changed, book.clone / CHAPTER)
    (book.clone / "adamlib" / "new.py").write_text("new = 1\n", encoding="utf-8")
    assert book.publish()
    book.pull(home)
    pulled = nbformat.read(home / CHAPTER, as_version=4)
    nbformat.validate(pulled)
    assert pulled.cells[0].source.endswith("New in the book.")
    assert "mine = 1" in [cell.source for cell in pulled.cells]
    assert pulled.cells[-1].source.endswith("My note.")
    assert (home / "adamlib" / "new.py").is_file() and (home / "chapters" / "mine.txt").is_file()


def test_a_publication_without_anything_new_for_students_pushes_nothing(book):
    book.publish()
    tip = run("git", "rev-parse", students.BRANCH, cwd=book.bare)
    (book.clone / "tests" / "new.py").write_text("", encoding="utf-8")
    assert book.publish() == "Nothing is new."
    assert run("git", "rev-parse", students.BRANCH, cwd=book.bare) == tip


def test_students_get_chapters_adamlib_and_licences_and_nothing_of_the_assignments(book):
    book.publish()
    files = run("git", "ls-tree", "-r", "--name-only", students.BRANCH, cwd=book.bare).splitlines()
    chapters = {f"chapters/{path.name}" for path in (ROOT / "chapters").glob("*.ipynb")}
    assert {*chapters, "adamlib/__init__.py", "pyproject.toml", "LICENSE-CODE", "LICENSE-TEXT"} <= set(files)
    assert {name.split("/")[0] for name in files} == {*students.WHAT, "README.md"}
    marked = subprocess.run(["git", "grep", "BEGIN SOLUTION", students.BRANCH], cwd=book.bare)
    assert marked.returncode == 1  # found nowhere


def test_every_link_of_the_chapters_leads_to_a_file_that_students_get():
    for path in [*(ROOT / "chapters").glob("*.ipynb"), ROOT / "notation.md", ROOT / "references.md"]:
        for link in re.findall(r"\]\(([^)#:\s]+\.(?:md|ipynb))[)#\s]", path.read_text(encoding="utf-8")):
            name = (path.parent / unquote(link)).resolve().relative_to(ROOT).as_posix()
            assert name.split("/")[0] in students.WHAT, f"{path.name}: {link}"


def test_the_links_lead_to_the_branch_that_is_made():
    assert STUDENTS == students.BRANCH
