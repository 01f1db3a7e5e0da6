"""Where something is missing or too old, the message says what to install."""

import os
import subprocess
import sys

import nbformat
import pytest

from project import PATIENCE, ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))

NEEDS_MATPLOTLIB = "ImportError: The figures need matplotlib. Run: pip install matplotlib"

# Put before other code, this makes Python believe that matplotlib is not installed.
WITHOUT_MATPLOTLIB = """
import sys


class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "matplotlib":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Blocker())
"""


def run(code, *first_on_path):
    """Run code in a fresh Python; return its exit code and the last line on stderr."""
    path = os.pathsep.join(str(folder) for folder in (*first_on_path, ROOT))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, (done.stderr.strip().splitlines() or [""])[-1]


@pytest.fixture
def numpy_of(tmp_path):
    """Make an empty numpy package that says it has a given version."""

    def make(version):
        (tmp_path / "numpy").mkdir()
        (tmp_path / "numpy" / "__init__.py").write_text(f"__version__ = {version!r}\n", encoding="utf-8")
        return tmp_path

    return make


@pytest.mark.parametrize("version", ["1.25.2", "1.9.3", "0.13.0"])
def test_an_old_numpy_is_refused_with_what_to_install(numpy_of, version):
    assert run("import adamlib", numpy_of(version)) == (
        1,
        f"ImportError: adamlib needs NumPy 1.26 or newer, and this is NumPy {version}. "
        "Run: pip install 'numpy>=1.26', then restart Python.",
    )


@pytest.mark.parametrize("version", ["1.26.0", "2.0.0rc1", "2.10.0", "3.0.0.dev0+git20250101"])
def test_a_new_enough_numpy_is_taken(numpy_of, version):
    assert run("import adamlib", numpy_of(version)) == (0, "")


def test_figures_without_matplotlib_say_what_to_install():
    assert run(WITHOUT_MATPLOTLIB + "from adamlib import figures") == (1, NEEDS_MATPLOTLIB)


def test_a_new_machine_s_list_of_fonts_is_made_without_a_word(tmp_path, monkeypatch):
    """matplotlib says so when it takes five seconds, which a slow machine would print as a chapter's first output."""
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    at_once = "import threading\nTimer = threading.Timer\nthreading.Timer = lambda seconds, say: Timer(0, say)\n"
    assert run(at_once + "import matplotlib.font_manager")[1] != ""
    for made in tmp_path.glob("fontlist*"):
        made.unlink()
    assert run(at_once + "from adamlib import figures") == (0, "")
    assert list(tmp_path.glob("fontlist*"))


def test_the_numerical_modules_need_no_matplotlib():
    modules = sorted(path.stem for path in (ROOT / "adamlib").glob("[!_]*.py") if path.stem != "figures")
    assert modules
    assert run(WITHOUT_MATPLOTLIB + "\n".join(f"import adamlib.{name}" for name in modules)) == (0, "")


def test_every_chapter_imports_the_figures_first_so_that_they_say_it():
    for path in CHAPTERS:
        code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        imports = code[1]  # the first code cell installs adamlib where it is missing
        assert imports.startswith("from adamlib import figures ") and "figures.use_book_style()" in imports, path.name
