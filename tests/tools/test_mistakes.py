"""Tests of the tests: with a known mistake put into adamlib, the unit tests must fail.

Each mistake is put into a copy of adamlib, and the test that must see it runs there. Every test that failed
runs on an unchanged copy too, and must pass: only then does its failure mean that the mistake was seen.
"""

import contextlib
import gc
import io
import os
import shutil
import sys
from typing import NamedTuple

import pytest
from mistakes import MISTAKES, Mistake

from forks import forks
from project import PATIENCE, ROOT

# Put beside the copy, this stops the run unless the adamlib that Python imports is the copy itself.
WITNESS = """
from pathlib import Path

import adamlib
import pytest
from hypothesis import Phase, settings

# The same examples on every run, so the same test fails first, and no deadline. The first that fails is enough: a
# simpler one is not sought.
settings.register_profile("planted", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])


def pytest_configure(config):
    if Path(adamlib.__file__).resolve().parent != Path(__file__).resolve().parent / "adamlib":
        pytest.exit(f"the adamlib under test is {adamlib.__file__}, not the copy", returncode=70)


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"adamlib under test: {adamlib.__file__}")
"""

UNCHANGED = Mistake("no mistake", "the control", "", "__init__.py", [])


class Run(NamedTuple):
    """What pytest gave: its exit code, what it printed, and the tests that passed and failed."""

    code: int
    output: str
    passed: list
    failed: list


class Record:
    """A plugin that writes down which tests passed and which failed."""

    def __init__(self):
        self.passed, self.failed = [], []

    def pytest_runtest_logreport(self, report):
        if report.failed or report.when == "call":
            (self.failed if report.failed else self.passed).append(report.nodeid)


def put_in(mistake, adamlib):
    """Apply a mistake's edits to a copy of adamlib; ValueError if an old text is not there exactly once."""
    path = adamlib / mistake.file
    source = path.read_text(encoding="utf-8")
    for old, new in mistake.edits:
        if source.count(old) != 1:
            raise ValueError(
                f"tests/tools/mistakes.py, {mistake.name!r}: the old text must stand in {mistake.file} once, "
                f"and stands there {source.count(old)} times: {old!r}"
            )
        source = source.replace(old, new)
    path.write_text(source, encoding="utf-8")


def pytest_in(folder, *arguments, path):
    """Run pytest up to the first failure, where Python looks for adamlib in `path` first. It takes over the process."""
    # No plugin but hypothesis: nbval alone takes twice as long to load as the unit tests.
    options = ["-q", "-x", "-ra", "--tb=native", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin"]
    options += ["--hypothesis-profile=planted", "--assert=plain", "-o", "addopts="]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(path))
    os.chdir(folder)
    gc.freeze()  # pytest looks for garbage in the end, and need not where all is imported
    said, record = io.StringIO(), Record()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = pytest.main([*options, *arguments], plugins=[record])
    return Run(int(code), said.getvalue(), record.passed, record.failed)


def run_with(mistake, folder, *tests):
    """Run these tests on a copy of adamlib that has this mistake in it."""
    # without the settings of the quick loop, which would leave out what is beside the copy
    ignore = shutil.ignore_patterns("__pycache__", ".hypothesis", "pytest.ini")
    for name in ("adamlib", "tests/unit"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "conftest.py").write_text(WITNESS, encoding="utf-8")
    put_in(mistake, folder / "adamlib")
    return pytest_in(folder, *tests, path=folder)


@pytest.fixture(scope="module")
def pool():
    with forks() as pool:
        yield pool


@pytest.fixture(scope="module")
def chosen(request):
    """The mistakes of the chosen tests of this file, or all of them."""
    params = [getattr(item, "callspec", None) for item in request.session.items if item.path == request.path]
    return [spec.params["mistake"] for spec in params if spec and "mistake" in spec.params] or MISTAKES


@pytest.fixture(scope="module")
def runs(chosen, pool, tmp_path_factory):
    """Start a run for every chosen mistake; give a function that waits for the run of a name."""
    to_come = {
        m.name: pool.apply_async(run_with, (m, tmp_path_factory.mktemp("mistake"), f"tests/unit/{m.test}"))
        for m in chosen
    }
    return lambda name: to_come[name].get(PATIENCE)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_mistake_is_caught(mistake, runs, record_property):
    run = runs(mistake.name)
    assert run.code != 0, f"{mistake.test} does not see {mistake.name!r} in {mistake.file}"
    # 1 is "a test failed"; anything else would be a broken copy, which proves nothing
    assert run.code == 1 and run.failed and "adamlib under test: " in run.output, run.output
    row = [mistake.name, mistake.seen, mistake.test]
    record_property("known mistakes put into adamlib: what, seen in, caught by", row)


def test_what_catches_a_mistake_passes_without_it(chosen, runs, pool, tmp_path):
    """Else its failure would say nothing."""
    caught = {test for mistake in chosen for test in runs(mistake.name).failed}
    run = pool.apply(run_with, (UNCHANGED, tmp_path, *sorted(caught)))
    assert run.code == 0 and caught <= set(run.passed) and "adamlib under test: " in run.output, run.output


def test_the_mistakes_have_names_of_their_own():
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize(("old", "times"), [("no such text", 0), ("self.eps", 2)])
def test_a_text_that_does_not_stand_there_once_is_an_error(tmp_path, old, times):
    (tmp_path / "some.py").write_text("self.eps + self.eps", encoding="utf-8")
    with pytest.raises(ValueError, match=f"stands there {times} times: '{old}'"):
        put_in(Mistake("a name", "nowhere", "", "some.py", [(old, "x")]), tmp_path)


def test_another_adamlib_is_noticed(pool, tmp_path):
    (tmp_path / "conftest.py").write_text(WITNESS, encoding="utf-8")
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass", encoding="utf-8")
    run = pool.apply(pytest_in, (tmp_path,), {"path": ROOT})
    assert run.code == 70 and "not the copy" in run.output, run.output
