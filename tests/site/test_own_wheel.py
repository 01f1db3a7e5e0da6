"""The wheel of adamlib that the site publishes: complete, nothing else in it, and nothing left behind by making it."""

import zipfile

import pytest
from sphinx.errors import ExtensionError

from own_wheel import SOURCES, build_wheel, wheel_name
from project import ROOT, copy_files, project_files


@pytest.fixture
def sources(tmp_path):
    """A copy of what the wheel is made from."""
    copy_files([name for name in project_files() if name.startswith(tuple(SOURCES))], tmp_path / "sources")
    return tmp_path / "sources"


def modules(wheel):
    return {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith("adam_step_by_step-")}


def test_the_site_publishes_one_wheel_with_every_file_of_adamlib(site):
    (wheel,) = (site.html / "wheels").iterdir()
    assert wheel.name == wheel_name(ROOT)
    assert modules(wheel) == {name for name in project_files() if name.startswith("adamlib/")}


def test_what_earlier_builds_and_runs_left_stays_out(sources, tmp_path):
    for leftover in (
        "build/lib/adamlib/old.py",
        "adamlib/__pycache__/old.pyc",
        "adam_step_by_step.egg-info/SOURCES.txt",
    ):
        (sources / leftover).parent.mkdir(parents=True)
        (sources / leftover).write_text("adamlib/old.py\n", encoding="utf-8")
    before = sorted(sources.rglob("*"))
    wheel = build_wheel(sources, tmp_path / "wheels")
    assert not [name for name in modules(wheel) if "old" in name]
    assert sorted(sources.rglob("*")) == before


def test_the_same_sources_give_the_same_bytes(sources, site, tmp_path):
    (published,) = (site.html / "wheels").iterdir()
    assert build_wheel(sources, tmp_path / "wheels").read_bytes() == published.read_bytes()


def test_a_wheel_that_cannot_be_built_stops_the_build(sources, tmp_path):
    project = (sources / "pyproject.toml").read_text(encoding="utf-8")
    (sources / "pyproject.toml").write_text(project.replace("BSD-3-Clause", "Nobody's"), encoding="utf-8")
    with pytest.raises(ExtensionError, match="could not be built(.|\n)*license"):
        build_wheel(sources, tmp_path / "wheels")
    assert not (tmp_path / "wheels").exists()
