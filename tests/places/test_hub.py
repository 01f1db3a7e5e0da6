"""What a class's hub is made from: its image, and the settings of the chart for more than one machine."""

import re
import subprocess

import pytest
import yaml
from test_anywhere import make_place

from project import ROOT, copy_files

HUB = "classroom/hub"
REPO2DOCKER = "jupyter-repo2docker==2026.4.0"
# Settings that the chart's values.schema.yaml has (JupyterHub 5.5.0, 24 July 2026), of those that a class may need. It
# refuses others. What the hub or the student's server reads may be anything.
KNOWN = [
    r"hub\.config\..+",
    r"singleuser\.(image\.(name|tag)|defaultUrl|(memory|cpu)\.(guarantee|limit)|storage\.capacity)",
    r"singleuser\.extraFiles\.\w+\.(mountPath|data\..+)",
    r"cull\.(enabled|timeout|every)",
    r"prePuller\.continuous\.enabled",
    r"scheduling\.(podPriority\.enabled|userPlaceholder\.(enabled|replicas))",
]


def keys(settings, above=""):
    """Name every setting by its path."""
    for key, value in settings.items():
        yield from keys(value, f"{above}{key}.") if isinstance(value, dict) else [f"{above}{key}"]


def unknown(text):
    return [key for key in keys(yaml.safe_load(text)) if not re.fullmatch("|".join(KNOWN), key)]


def test_the_chart_knows_every_setting():
    text = (ROOT / HUB / "values.yaml").read_text(encoding="utf-8")
    assert unknown(text) == []
    assert unknown(text.replace("replicas", "replicaz")) == ["scheduling.userPlaceholder.replicaz"]


def test_the_image_has_what_the_book_was_made_with():
    def pins(path):
        return set(re.findall(r"^[\w-]+==[\d.]+", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE))

    assert pins("binder/requirements.txt") < pins(f"{HUB}/image/requirements.txt")
    image = yaml.safe_load((ROOT / HUB / "values.yaml").read_text(encoding="utf-8"))["singleuser"]["image"]
    assert f"{image['name']}:{image['tag']}" in (ROOT / HUB / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def repo2docker(tmp_path_factory):
    return [make_place(tmp_path_factory.mktemp("hub"), "hub", REPO2DOCKER).python, "-m", "repo2docker"]


@pytest.mark.parametrize("folder", ["binder", f"{HUB}/image"])
def test_repo2docker_takes_the_python_that_is_meant(repo2docker, tmp_path, folder):
    copy_files([f"{folder}/runtime.txt", f"{folder}/requirements.txt"], tmp_path / "repository")
    below = ["--subdir", folder] if folder != "binder" else []  # that one is found by its name
    command = [*repo2docker, "--no-build", "--debug", *below, tmp_path / "repository"]
    done = subprocess.run(command, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Building conda environment for python=3.12" in said
    assert re.search(r'pip install .*-r "(binder/)?requirements.txt"', said)
