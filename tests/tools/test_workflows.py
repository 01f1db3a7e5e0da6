"""What runs on GitHub: right as far as a linter can tell, pinned, with no more rights than it needs; and its forms."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomllib
import yaml
from nbformat import read

from project import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
READ_ONLY = {"contents": "read"}
# The only jobs that may do more than read, and what.
RIGHTS = {("publish.yml", "publish"): {"pages": "write", "id-token": "write"}}


def lint(text):
    """Give what actionlint says of a workflow; its other linters depend on what a machine has, and stay out."""
    program = Path(sys.executable).with_name("actionlint")
    command = [program, "-no-color", "-shellcheck=", "-pyflakes=", "-"]
    done = subprocess.run(command, input=text, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def faults(name, text):
    """Say what is not pinned in a workflow, and which rights nobody granted it."""
    found = []
    for used in re.findall(r"\buses: *(.+)", text):
        if not PINNED.fullmatch(used) and not used.startswith("./.github/workflows/"):
            found.append(f"uses {used}, which is not a full hash with its version as a comment")
    workflow = yaml.safe_load(text)
    if workflow.get("permissions") != READ_ONLY:
        found.append("the workflow's own permissions are not: contents: read")
    for job, content in workflow["jobs"].items():
        if content.get("permissions", READ_ONLY) != RIGHTS.get((name, job), READ_ONLY):
            found.append(f"job {job} has other rights than it may: {content['permissions']}")
        if "uses" not in content and "timeout-minutes" not in content:
            found.append(f"job {job} may run for hours")
        for step in content.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@") and step["with"]["persist-credentials"]:
                found.append(f"job {job} keeps the credentials of the checkout")
            if "${{ github." in step.get("run", ""):
                found.append(f"job {job} runs a text that others may write: {step['run']}")
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
    assert lint(text) == ""
    assert faults(path.name, text) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("test.yml", "runs-on: ubuntu-24.04", "runs_on: ubuntu-24.04", 'unexpected key "runs_on"'),
        ("test.yml", "matrix.dependencies }}\n", "matrix.dependency }}\n", '"dependency" is not defined'),
        ("test.yml", "17 4 * * 1", "17 4 * * 8", "invalid CRON"),
        ("publish.yml", "needs: test", "needs: tests", "does not exist"),
        ("publish.yml", "steps.deployment.", "steps.deploy.", '"deploy" is not defined'),
    ],
)
def test_a_slip_is_seen_by_the_linter(name, old, new, said):
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    assert old in text
    assert said in lint(text.replace(old, new))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("links.yml", r"checkout@\w+ # v7.0.1", "checkout@v7", "uses actions/checkout@v7"),
        ("links.yml", r" # v7.0.1", "", "not a full hash with its version"),
        ("links.yml", r"checkout@(\w{39})\w", r"checkout@\1", "not a full hash"),
        ("links.yml", "contents: read", "contents: write", "own permissions"),
        ("links.yml", r"permissions:\n  contents: read\n", "", "own permissions"),
        ("links.yml", "    timeout-", "    permissions: write-all\n    timeout-", "job links has other rights"),
        ("publish.yml", "pages: write", "contents: write", "job publish has other rights"),
        ("links.yml", "timeout-minutes: 30", "name: links", "may run for hours"),
        ("links.yml", "credentials: false", "credentials: true", "keeps the credentials"),
        ("links.yml", "pip install -r", "echo ${{ github.head_ref }} -r", "others may write"),
    ],
)
def test_a_fault_is_seen(name, old, new, said):
    text = (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")
    changed = re.sub(old, new, text)
    assert changed != text
    assert any(said in fault for fault in faults(name, changed))


def test_one_action_has_one_version():
    used = {match for path in WORKFLOWS for match in PINNED.findall(path.read_text(encoding="utf-8"))}
    assert len({match.split("@")[0] for match in used}) == len(used) > 4


def test_the_site_is_published_from_main_alone_after_all_tests():
    published = workflow("publish.yml")
    assert published["on"] == {"push": {"branches": ["main"]}}
    assert published["jobs"]["test"] == {"uses": "./.github/workflows/test.yml"}
    assert published["jobs"]["publish"]["needs"] == "test"
    assert all("if" not in job for job in published["jobs"].values())


def test_the_tests_run_on_every_change_and_weekly():
    tested = workflow("test.yml")
    assert set(tested["on"]) == {"pull_request", "schedule", "workflow_call", "workflow_dispatch"}
    book, versions = tested["jobs"]["book"], tested["jobs"]["versions"]
    assert ".ci/run" in [step.get("run") for step in book["steps"]]
    matrix = versions["strategy"]["matrix"]
    assert f">={matrix['python'][0]}" == project()["requires-python"]
    assert matrix["dependencies"] == ["oldest", "newest"]
    assert all("continue-on-error" not in job for job in tested["jobs"].values())
    assert set(workflow("links.yml")["on"]) == {"schedule", "workflow_dispatch"}


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_script_of_the_matrix_refuses_what_it_does_not_know():
    done = subprocess.run([ROOT / ".ci" / "versions", "latest"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "usage: .ci/versions oldest|newest [PYTHON]\n"


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
