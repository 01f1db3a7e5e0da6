"""The first cell of a chapter on a hub: an environment that is made once, and students who may not write into it.

All that pip fetches is served here. The cell is run by the environment's own IPython, as a kernel would run it.
"""

import ctypes
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from test_anywhere import uv

import adamlib
import release
from lite_site import repack
from own_wheel import SOURCES, build_wheel
from project import copy_files, project_files, serve

OLD, NEW = adamlib.__version__, f"{int(adamlib.__version__.split('.')[0]) + 1}.0.0"
CHAPTER = "chapters/01_exponential_averages.ipynb"  # all have the same first cell
# What the hub has, and what pip brings with adamlib's wheel.
HAS = ["ipython", "numpy", "matplotlib", "traitlets", "pillow"]
BROUGHT = [
    "anywidget",
    "comm",
    "ipywidgets",
    "jupyterlab_widgets",
    "psygnal",
    "typing_extensions",
    "widgetsnbextension",
]
# The Python from which the environment was made may have packages of its own.
BARE = """import sys
sys.path[:] = [path for path in sys.path if not path.startswith(sys.base_prefix) or "-packages" not in path]
"""
RELOAD = "Installed. Reload this page once, so that the explorers move."
TO_DO = "pip says above why: try again with a network, or ask who runs your hub."
RESTART = "which is installed now: restart the kernel, and run all cells again."
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1


def respect_permissions():
    """Let even root be refused where a folder may not be written."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


class Hub(NamedTuple):
    """An environment, the folder in which it lies with its students' homes, and the address of the site."""

    packages: Path
    python: Path
    folder: Path
    site: str

    def run(self, home, edition=OLD, site=None, **variables):
        """Run an edition's first cell in a student's home; return the lines that are said, and last what is loaded."""
        own = self.folder / "homes" / home
        own.mkdir(parents=True, exist_ok=True)
        cells = nbformat.read(self.folder / edition / CHAPTER, as_version=4).cells
        cell = next(cell.source for cell in cells if cell.cell_type == "code")
        address = "https://book.example/"
        assert address in cell
        loaded = "print(adamlib.__version__, adamlib.__file__)"
        (own / "cell.ipy").write_text(f"{cell.replace(address, site or self.site)}\n{loaded}\n", encoding="utf-8")
        inherited = {"PATH": os.environ["PATH"], "HOME": str(own), "IPYTHONDIR": str(own / "ipython")}
        inherited |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.folder / "brought"), "PIP_RETRIES": "0"}
        done = subprocess.run(
            [self.python, "-m", "IPython", "--no-banner", "--colors=NoColor", "cell.ipy"],
            cwd=own, env=inherited | variables, preexec_fn=respect_permissions, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return done.stdout.splitlines()

    def loads(self, home, edition=OLD):
        """Say that adamlib is loaded without a word, and whether from the student's own folder or the hub's."""
        (line,) = self.run(home, edition)
        number, path = line.split()
        assert number == edition
        return "home" if Path(path).is_relative_to(self.folder / "homes" / home) else "hub"


def writable(packages, yes):
    """Let a folder's packages be changed, or not."""
    for folder in (packages, *packages.glob("adam*")):
        folder.chmod(0o755 if yes else 0o555)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub")
    needed = [name for name in project_files() if name.startswith((*SOURCES, CHAPTER, "_config.yml", "CHANGELOG.md"))]
    for edition in (OLD, NEW):
        copy_files(needed, folder / edition)
        release.release(folder / edition, addresses=("https://github.com/ada/book", "https://book.example/"))
    changes = folder / NEW / "CHANGELOG.md"
    changes.write_text(f"\n## {NEW}\n{changes.read_text(encoding='utf-8')}", encoding="utf-8")
    release.release(folder / NEW, NEW)
    for edition in (OLD, NEW):
        build_wheel(folder / edition, folder / "site" / "wheels")
    (folder / "brought").mkdir()
    for name in BROUGHT:
        repack(name, folder / "brought")
    # With the packages of the Python it is made from, because only then a student's own folder counts.
    uv("venv", "--seed", "--system-site-packages", "--python", sys.executable, folder / "venv")
    python = folder / "venv" / "bin" / "python"
    uv("pip", "install", "--python", python, *(f"{name}=={version(name)}" for name in HAS))
    packages = next((folder / "venv").glob("lib/*/site-packages"))
    (packages / "sitecustomize.py").write_text(BARE, encoding="utf-8")
    writable(packages, False)
    with serve(folder / "site") as served:
        yield Hub(packages, python, folder, served.url)
    writable(packages, True)  # so that pytest can take it away


def test_a_student_s_first_packages_are_found_at_once_and_follow_the_chapters(hub):
    *said, loaded = hub.run("ada")
    assert RELOAD in said  # JupyterLab looks for what draws the explorers when its page is loaded
    assert loaded.startswith(f"{OLD} {hub.folder}/homes/ada/.local/")
    assert hub.loads("ada") == "home"
    said = hub.run("ada", NEW)
    assert said[-1] == f"ImportError: This notebook needs adamlib {NEW}, {RESTART}"
    assert hub.loads("ada", NEW) == "home"
    (loaded,) = hub.run("ada")  # a notebook that was written for the older one takes the newer
    assert loaded.startswith(NEW)


def test_where_students_have_no_packages_of_their_own_the_cell_says_whom_to_ask(hub):
    said = hub.run("blaise", PYTHONNOUSERSITE="1")
    assert said[-1] == f"ImportError: adamlib could not be installed, and {TO_DO}"
    assert any("Permission denied" in line for line in said)


def test_without_a_network_the_cell_says_what_to_do(hub):
    said = hub.run("carl", site="http://127.0.0.1:9/")
    assert said[-1] == f"ImportError: adamlib could not be installed, and {TO_DO}"
    assert not (hub.folder / "homes" / "carl" / ".local").exists()


@pytest.fixture
def installed_on_the_hub(hub):
    """Let the hub have the older adamlib."""
    writable(hub.packages, True)
    uv("pip", "install", "--python", hub.python, "--no-index", "--find-links", hub.folder / "brought",
       hub.folder / "site" / "wheels" / f"adam_step_by_step-{OLD}-py3-none-any.whl")  # fmt: skip
    writable(hub.packages, False)


def test_a_newer_chapter_than_the_hub_s_adamlib_says_whom_to_ask(hub, installed_on_the_hub):
    assert hub.loads("emmy") == "hub"
    said = hub.run("emmy", NEW)
    assert said[-1] == f"ImportError: This notebook needs adamlib {NEW}, and this is {OLD}; {TO_DO}"
    assert hub.loads("emmy") == "hub"  # which is still whole


@pytest.mark.parametrize(("have", "needs", "enough"), [("0.10.0", "0.9.9", True), ("0.9.9", "0.10.0", False)])
def test_versions_are_compared_as_numbers(monkeypatch, have, needs, enough):
    monkeypatch.setattr(adamlib, "__version__", have)
    if enough:
        adamlib.at_least(needs)
    else:
        with pytest.raises(ImportError, match=f"needs adamlib {needs}, and this is {have}; pip says above why"):
            adamlib.at_least(needs)
