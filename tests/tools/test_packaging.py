"""What is packed and what is installed: the archive of sources, declared imports, pins, the tools of the style."""

import ast
import re
import subprocess
import sys
import tarfile
from importlib import metadata

import tomllib
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from project import ROOT, copy_files, project_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements(name):
    """Read the lines of a file of requirements, without this project itself."""
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-e")]


def pins(name):
    """Map each package of a file to the releases that the file allows of it, one for each kind of machine."""
    found = {}
    for requirement in requirements(name):
        assert re.fullmatch(r"==[\w.+!]+", str(requirement.specifier)), f"{name}: {requirement} is no pin"
        found.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier)[2:])
    return found


def needed(requirement, extras=frozenset()):
    """Say whether a requirement holds on this machine."""
    return not requirement.marker or any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras})


def brought(name, extras=frozenset()):
    """Give what an installed package asks for on this machine."""
    asked = map(Requirement, metadata.requires(name) or [])
    return [requirement for requirement in asked if needed(requirement, extras)]


def test_the_archive_of_sources_has_adamlib_and_nothing_else(tmp_path):
    copy_files(project_files(), tmp_path)
    build = "from setuptools import build_meta; build_meta.build_sdist('made')"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True)
    (archive,) = (tmp_path / "made").iterdir()
    with tarfile.open(archive) as opened:
        names = {member.name.partition("/")[2] for member in opened if member.isfile()}
    names = {name for name in names if ".egg-info/" not in name} - {"PKG-INFO", "setup.cfg"}
    beside = {"pyproject.toml", "README.md", "LICENSE-CODE"}
    assert names == beside | {name for name in project_files() if name.startswith("adamlib/")}


def test_what_adamlib_imports_is_declared():
    imported = set()
    for path in ROOT.glob("adamlib/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module.partition(".")[0])
    others = (
        imported - set(sys.stdlib_module_names) - {"adamlib", "matplotlib_inline"}
    )  # IPython brings it, or it rests
    names = {"PIL": "pillow"}  # the others are called as they are imported
    declared = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert {names.get(name, name) for name in others} == declared


def test_the_licences_of_all_that_is_packed_are_named():
    said = (ROOT / "adamlib" / "data" / "README.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in said and PROJECT["license"] == "BSD-3-Clause AND CC-BY-4.0"
    assert PROJECT["license-files"] == ["LICENSE-CODE", "adamlib/data/README.md"]


def test_the_constraints_pin_all_that_the_requirements_bring():
    """Follow what each installed package asks for. Where this fails, make constraints.txt again: its head says how."""
    held, wanted, seen = pins("constraints.txt"), [*requirements("requirements.txt")], set()
    wanted += map(Requirement, PROJECT["dependencies"])
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        assert name in held, f"constraints.txt has no {name}"
        for version in held[name] if len(held[name]) == 1 else ():
            assert requirement.specifier.contains(version, prereleases=True), (
                f"{requirement}, and {version} in constraints"
            )
        if (name, *requirement.extras) not in seen:
            seen.add((name, *requirement.extras))
            wanted += brought(name, requirement.extras)
    assert len(seen) > 100


def test_what_readers_run_is_installed_with_the_constraints():
    """README, workflows and .ci/fresh name both files. A file of constraints may not name this project."""
    assert "adam-step-by-step" not in pins("constraints.txt")
    for name in ["README.md", ".ci/fresh", ".github/workflows/links.yml", ".github/workflows/test.yml"]:
        text = (ROOT / name).read_text(encoding="utf-8")
        named = re.findall(r"(?<!binder/)(?<!classroom/)-r requirements\.txt(.{0,19})", text)
        assert named and set(named) == {" -c constraints.txt"}, name


def test_the_tools_of_the_style_are_pinned_once():
    """A hook runs a program that requirements.txt pins. What npm brings is pinned by its hook, and nowhere else."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    files = [file for name in pins("requirements.txt") for file in metadata.files(name) or []]
    programs = {file.name for file in files if file.parent.name == "bin"}
    for hook in config["repos"][0]["hooks"]:
        brought = hook.get("additional_dependencies", [])
        if hook["language"] == "node":
            assert all(re.fullmatch(r"@?[\w./-]+@\d+\.\d+\.\d+", package) for package in brought)
            named = [name for name in project_files() if brought[0].encode() in (ROOT / name).read_bytes()]
            assert named == [".pre-commit-config.yaml"]
        else:
            assert hook["language"] == "system" and not brought
            assert hook["entry"].split()[0] in programs, hook["id"]
