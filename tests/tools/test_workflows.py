"""What runs on GitHub: right as far as a linter can tell, pinned, with no more rights than it needs; and its forms."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tomllib
import yaml
from nbformat import read

from project import ROOT, wait

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
READ_ONLY = {"contents": "read"}
# The only jobs that may do more than read, and what.
RIGHTS = {
    ("publish.yml", "publish"): {"contents": "read", "pages": "write", "id-token": "write"},
    ("publish.yml", "students"): {"contents": "write"},
}


def said_by(program, *arguments, text):
    """Give what a tool says of a workflow, or nothing where it finds no fault."""
    command = [Path(sys.executable).with_name(program), *arguments, "-"]
    done = subprocess.run(command, input=text, cwd=ROOT, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def lint(text):
    """Give what actionlint says; its other linters depend on what a machine has, and stay out."""
    return said_by("actionlint", "-no-color", "-shellcheck=", "-pyflakes=", text=text)


def audit(text):
    """Give what zizmor says, at its strictest, without asking GitHub."""
    return said_by("zizmor", "--offline", "--no-progress", "--color=never", "--persona=auditor", text=text)


def faults(name, text):
    """Say what neither tool minds: a hash without its version, rights that nobody granted, a job without an end."""
    found = [used for used in re.findall(r"\buses: *(\S+@.+)", text) if not PINNED.fullmatch(used)]
    for job, content in yaml.safe_load(text)["jobs"].items():
        if content.get("permissions", READ_ONLY) != RIGHTS.get((name, job), READ_ONLY):
            found.append(f"job {job} has other rights than it may: {content['permissions']}")
        if "uses" not in content and "timeout-minutes" not in content:
            found.append(f"job {job} may run for hours")
    return found


def workflow(name):
    """Read a workflow. YAML takes its key `on` for a truth value."""
    content = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    return content | {"on": content[True]}


def test_every_workflow_that_may_do_more_than_read_is_there():
    """Any other is held to reading by the test below."""
    assert {name for name, _ in RIGHTS} < {path.name for path in WORKFLOWS}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_workflow_is_sound(path):
    text = path.read_text(encoding="utf-8")
    assert (lint(text), audit(text), faults(path.name, text)) == ("", "", [])


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("test.yml", "runs-on: ubuntu-24.04", "runs_on: ubuntu-24.04", 'unexpected key "runs_on"'),
        ("test.yml", "matrix.dependencies }}\n", "matrix.dependency }}\n", '"dependency" is not defined'),
        ("test.yml", r"17 4 \* \* 1", "17 4 * * 8", "invalid CRON"),
        ("publish.yml", "needs: test", "needs: tests", "does not exist"),
        ("publish.yml", "steps.deployment.", "steps.deploy.", '"deploy" is not defined'),
        ("links.yml", r"checkout@\w+ # v7.0.1", "checkout@v7", "unpinned action reference"),
        ("links.yml", r"checkout@(\w{39})\w", r"checkout@\1", "unpinned action reference"),
        ("links.yml", "contents: read", "contents: write", "overly broad permissions"),
        ("links.yml", r"permissions:\n  contents: read\n", "", "overly broad permissions"),
        ("links.yml", "    timeout-", "    permissions: write-all\n    timeout-", "overly broad permissions"),
        ("links.yml", "credentials: false", "credentials: true", "credential persistence"),
        ("links.yml", "pip install -r", "echo ${{ github.head_ref }} -r", "code injection"),
        ("links.yml", " # v7.0.1", "", "actions/checkout@"),
        ("publish.yml", "pages: write", "contents: write", "job publish has other rights"),
        ("links.yml", "    timeout-minutes: 30\n", "", "may run for hours"),
    ],
)
def test_a_fault_is_seen(name, old, new, said):
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    changed = re.sub(old, new, text)
    assert changed != text
    assert said in "\n".join([lint(changed), audit(changed), *faults(name, changed)])


def test_one_action_has_one_version():
    used = {match for path in WORKFLOWS for match in PINNED.findall(path.read_text(encoding="utf-8"))}
    assert len({match.split("@")[0] for match in used}) == len(used) > 4


def test_the_site_is_published_from_main_alone_after_all_tests():
    published = workflow("publish.yml")
    assert published["on"] == {"push": {"branches": ["main"]}}
    assert published["jobs"]["test"]["uses"] == "./.github/workflows/test.yml"
    assert [published["jobs"][job]["needs"] for job in ("publish", "students")] == ["test", "publish"]
    assert all("if" not in job for job in published["jobs"].values())


def test_the_tests_run_on_every_change_and_weekly():
    tested = workflow("test.yml")
    assert set(tested["on"]) == {"pull_request", "schedule", "workflow_call", "workflow_dispatch"}
    assert set(tested["jobs"]) == {"book", "places", "newer", "asked", "versions"}
    book, places, newer, asked, versions = tested["jobs"].values()
    assert ".ci/run" in [step.get("run") for step in book["steps"]]
    assert ".ci/places" in [step.get("run") for step in places["steps"]]
    assert "jupyter-book build . -W -n --keep-going" in [step.get("run") for step in newer["steps"]]
    assert "python tools/fresh_seeds.py && python tools/jitter.py" in [step.get("run") for step in asked["steps"]]
    matrix = versions["strategy"]["matrix"]
    assert f">={matrix['python'][0]}" == pyproject()["project"]["requires-python"]
    assert matrix["dependencies"] == ["oldest", "newest"]
    assert matrix["include"] == [{"python": "3.13", "dependencies": "colab"}]
    assert all("continue-on-error" not in job for job in tested["jobs"].values())
    assert set(workflow("links.yml")["on"]) == {"schedule", "workflow_dispatch"}


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_no_tests_but_those_of_the_other_places_are_left_to_a_job_of_their_own():
    options = pyproject()["tool"]["pytest"]["ini_options"]
    assert options["testpaths"] == ["adamlib", "tests", "chapters"] and options["norecursedirs"] == [".*", "places"]
    assert not any(option.startswith(("-m", "-k", "--ignore", "--deselect")) for option in options["addopts"])


def test_the_script_of_the_matrix_refuses_what_it_does_not_know():
    done = subprocess.run([ROOT / ".ci" / "versions", "latest"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "usage: .ci/versions oldest|newest|colab [PYTHON [TESTS...]]\n"


@pytest.fixture
def gate(tmp_path):
    """Give a function that runs a script of .ci where each program that it calls does nothing, or what is told here."""

    def run(script="run", **told):
        for name in CALLED:
            program = tmp_path / ("" if name.startswith(".ci") else "bin") / name
            program.parent.mkdir(exist_ok=True)
            program.unlink(missing_ok=True)  # what the last run left in the background may still be starting it
            program.write_text(f"#!/bin/sh\n{told.get(Path(name).name.replace('-', '_'), '')}\n", encoding="utf-8")
            program.chmod(0o755)
        for name in ("fresh", script):
            shutil.copy(ROOT / ".ci" / name, tmp_path / ".ci")
        path = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "TMPDIR": str(tmp_path)}
        done = subprocess.run([tmp_path / ".ci" / script], env=path, stdout=subprocess.PIPE, text=True)
        return done.returncode, done.stdout

    return run


CALLED = [".ci/versions", "chromium", "firefox", "WebKitWebDriver", "Xvfb", "npm"]
CALLED += ["pip", "pre-commit", "pytest", "python", "python3", "uv"]


def test_the_gate_asks_for_each_kind_of_versions(gate, tmp_path):
    assert gate(versions=f"echo $1 $3 >>{tmp_path}/asked")[0] == 0
    asked = [f"{kind} --collect-only" for kind in ("oldest", "newest", "colab")]
    assert (tmp_path / "asked").read_text().splitlines() == asked


@pytest.mark.parametrize(("script", "asked"), [("run", ""), ("places", "tests/places")])
def test_a_script_runs_its_tests_and_fails_with_one_of_its_steps(gate, tmp_path, script, asked):
    assert gate(script, pytest=f"echo $@ >{tmp_path}/given")[0] == 0
    (given,) = (tmp_path / "given").read_text().splitlines()
    assert re.fullmatch(rf"-p no:cacheprovider --junitxml=\S+ ?{asked}", given)
    for step in ("uv", "pytest", "python"):  # the last says whether a test was skipped
        assert gate(script, **{step: "exit 1"})[0] != 0, step


@pytest.mark.parametrize("kind", ["colab", "newest", "oldest"])
def test_a_fault_with_one_kind_of_versions_stops_the_gate(gate, kind):
    code, said = gate(versions=f"test $1 != {kind} || {{ echo fault in $1; exit 1; }}")
    assert code == 1 and f"fault in {kind}\nCI: the units cannot be read with {kind} versions" in said


@pytest.mark.parametrize("step", ["uv", "pre_commit", "pytest"])
def test_a_gate_that_fails_leaves_nothing_running(gate, tmp_path, step):
    fails = f"until test -s {tmp_path}/started; do sleep 0.1; done; exit 1"
    assert gate(versions=f"sleep 1000 & echo $! >{tmp_path}/started; wait", **{step: fails})[0] == 1
    process = Path("/proc", (tmp_path / "started").read_text().strip(), "cmdline")
    wait(lambda: not process.exists() or not process.read_bytes())  # empty where nobody has asked yet how it ended


def test_the_form_asks_what_is_needed_to_find_a_problem():
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "chapter.yml").read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= form.keys()
    asked = {field["id"]: field for field in form["body"]}
    assert list(asked) == ["chapter", "cell", "place", "expected", "happened"]
    assert {field["type"] for field in asked.values()} <= {"dropdown", "input", "textarea"}
    assert all(field["validations"]["required"] and field["attributes"]["label"] for field in asked.values())
    titles = [read(path, as_version=4).cells[0].source for path in sorted((ROOT / "chapters").glob("*.ipynb"))]
    titles = [text.splitlines()[0].removeprefix("# ") for text in titles]
    assert asked["chapter"]["attributes"]["options"][: len(titles)] == titles
    places = " ".join(asked["place"]["attributes"]["options"])
    for place in ("the site", "Run in the browser", "Colab", "Binder", "JupyterHub", "my own machine"):
        assert place in places
