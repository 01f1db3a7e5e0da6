"""One chapter, many places: each is a fresh environment here, with only what that place has.

nbval and pytest stay outside: an environment is used as the kernel of a notebook that lies in a folder of its own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from sphinx.errors import ConfigError

import students
from launch_buttons import addresses
from project import PATIENCE, ROOT, copy_files, project_files

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
SITE = CONFIG["html"]["baseurl"]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
ONE = CHAPTERS[0]  # the shortest that has data, figures and an explorer

# What Google says that Colab has. All chapters run with it in a job of the workflow: .ci/versions colab
COLAB = [line for line in (ROOT / ".ci" / "colab.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]


class Place(NamedTuple):
    """A fresh environment, and where Jupyter finds it as the kernel of its name."""

    name: str
    python: Path
    kernels: Path

    def variables(self):
        """What the place's programs get: nothing leads them to this project's own folder or environment."""
        left_out = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
        inherited = {name: value for name, value in os.environ.items() if name not in left_out}
        return inherited | {"JUPYTER_PATH": str(self.kernels)}

    def ask(self, code):
        """Run Python code there and return what it prints."""
        command = [self.python, "-I", "-c", code]
        return subprocess.run(command, env=self.variables(), capture_output=True, text=True, check=True).stdout.strip()

    def version(self, package):
        return self.ask(f"from importlib.metadata import version; print(version('{package}'))")


def uv(*arguments, cwd=None):
    done = subprocess.run([sys.executable, "-m", "uv", *map(str, arguments)], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def make_place(folder, name, *what, cwd=None):
    """Make a fresh environment with pip and what is asked for, named as the arguments of `pip install`."""
    uv("venv", "--seed", "--python", sys.executable, folder / "venv")
    interpreter = folder / "venv" / "bin" / "python"
    uv("pip", "install", "--python", interpreter, *what, cwd=cwd)
    kernel = folder / "kernels" / name
    kernel.mkdir(parents=True)
    command = [str(interpreter), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.joinpath("kernel.json").write_text(json.dumps({"argv": command, "display_name": name, "language": "python"}))
    return Place(name, interpreter, folder)


def run(place, comparison, path):
    """Run every cell of a chapter by nbval, and none may fail or be left out."""
    command = [sys.executable, "-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", "-q", comparison]
    command += [f"--nbval-kernel-name={place.name}", f"--nbval-cell-timeout={PATIENCE}", path.name]
    done = subprocess.run(command, cwd=path.parent, env=place.variables(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    count = sum(cell.cell_type == "code" for cell in nbformat.read(path, as_version=4).cells)
    assert re.search(rf"^{count} passed in ", done.stdout, re.MULTILINE), done.stdout


def first_cell(folder):
    """Prepare to run in a folder the first cell of a chapter alone. All chapters have the same."""
    notebook = nbformat.read(ONE, as_version=4)
    notebook.cells = [next(cell for cell in notebook.cells if cell.cell_type == "code")]
    return NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}})


def from_site(path, folder, url):
    """Copy a chapter into a bare folder, with another address for the site."""
    text = path.read_text(encoding="utf-8")
    assert text.count(SITE) == 1
    copy = folder / path.name
    copy.write_text(text.replace(SITE, url), encoding="utf-8")
    return copy


@pytest.fixture
def bare(tmp_path):
    """A folder with nothing in it, far from this project's files."""
    folder = tmp_path / "bare"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def binder(tmp_path_factory):
    """What Binder makes of what students get: its own Jupyter, here the kernel alone, and what our file asks for."""
    folder = tmp_path_factory.mktemp("binder")
    copy_files([name for name in project_files() if name.split("/")[0] in students.WHAT], folder / "clone")
    (folder / "clone" / "README.md").write_text(students.README, encoding="utf-8")
    return make_place(folder, "binder", "ipykernel", "-r", "binder/requirements.txt", cwd=folder / "clone")


# The places


def test_a_bare_notebook_runs_in_colab(site, tmp_path, bare):
    place = make_place(tmp_path, "colab", *COLAB)
    run(place, "--nbval-lax", from_site(ONE, bare, site.url))
    assert Path(place.ask("import adamlib; print(adamlib.__file__)")).is_relative_to(tmp_path)
    kept = "from adamlib.explorers import AverageExplorer as E; print(*E([1.0, 2.0])._repr_mimebundle_()[0])"
    assert "image/png" in place.ask(kept).split()  # the picture, in what is saved
    for pin in COLAB:  # what Colab has was enough, and stayed as it was
        name, version = pin.split("==")
        assert place.version(name) == version


def test_binder_gives_the_book_s_own_outputs(binder, bare):
    run(binder, "--nbval", Path(shutil.copy(ONE, bare)))


def test_binder_has_what_jupyterlab_needs_for_widgets_and_no_sphinx(binder):
    extensions = Path(binder.ask("import sys; print(sys.prefix)")) / "share" / "jupyter" / "labextensions"
    for name in ("@jupyter-widgets/jupyterlab-manager", "anywidget"):
        assert (extensions / name / "package.json").is_file()
    assert binder.ask("import importlib.util as i; print(i.find_spec('sphinx'))") == "None"


def test_binder_s_versions_are_the_site_s():
    def pins(path):
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        return {line.split("#")[0].strip() for line in lines if "==" in line.split("#")[0]}

    assert len(pins("binder/requirements.txt")) == 4
    assert pins("binder/requirements.txt") <= pins("requirements.txt")


# The first cell


def test_the_first_cell_is_silent_where_adamlib_is(bare):
    client = first_cell(bare)
    client.execute()
    assert client.nb.cells[0].outputs == []


def test_another_project_s_adamlib_is_left_alone_and_stops_the_chapter_at_its_first_cell(bare):
    (bare / "adamlib.py").write_text("", encoding="utf-8")
    client = first_cell(bare)
    with pytest.raises(CellExecutionError) as caught:
        client.execute(env=os.environ | {"PYTHONPATH": str(bare)})
    said = re.sub(r"\x1b\[[\d;]*m", "", str(caught.value))
    advice = "module 'adamlib' has no attribute 'at_least'"
    assert f"AttributeError: {advice}" in said
    assert advice in (ROOT / "README.md").read_text(encoding="utf-8")
    assert [output.output_type for output in client.nb.cells[0].outputs] == ["error"]


# The buttons


def launches(page):
    """Read the launch buttons of a built page, by what they say."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    return {link.get_text(strip=True): link["href"] for link in soup.select(".dropdown-launch-buttons a")}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_can_be_opened_in_each_place(site, path):
    repository, branch = CONFIG["repository"]["url"], CONFIG["repository"]["branch"]
    project = repository.removeprefix("https://github.com/")
    found = launches(site.html / "chapters" / f"{path.stem}.html")
    file = f"chapters/{path.name}"
    assert found["Colab"] == f"https://colab.research.google.com/github/{project}/blob/{branch}/{file}"
    assert found["Binder"] == f"https://mybinder.org/v2/gh/{project}/students?urlpath=lab/tree/{file}"
    maker = urlsplit(found["JupyterHub"])
    assert maker.netloc == "nbgitpuller.readthedocs.io"
    asked = {"repo": [repository], "branch": ["students"], "urlpath": [f"lab/tree/{project.split('/')[1]}/{file}"]}
    assert parse_qs(maker.query) == asked


def test_a_page_that_is_no_notebook_has_no_launch_button(site):
    for page in ("index.html", "notation.html", "references.html", "search.html"):
        assert launches(site.html / page) == {}


@pytest.mark.parametrize("width", [360, 1280])
def test_buttons_are_in_view_and_the_menu_opens_by_mouse_and_by_keyboard(site, tab, width):
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.set_viewport_size({"width": width, "height": 700})
    tab.goto(f"{site.url}chapters/{ONE.stem}.html")
    boxes = [button.bounding_box() for button in tab.locator(".article-header-buttons .btn:visible").all()]
    assert len(boxes) >= 4
    for box in boxes:
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert min(box["width"], box["height"]) >= 24  # a finger finds it
    button, links = tab.locator(".dropdown-launch-buttons button"), tab.locator(".dropdown-launch-buttons a")
    assert not links.last.is_visible()
    assert not [url for url in asked if "/images/logo_" in url]  # a closed menu costs nothing
    button.click()
    links.last.wait_for()
    box = links.last.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    tab.keyboard.press("Escape")
    tab.mouse.move(width / 2, 600)  # under the pointer the theme keeps it open
    links.last.wait_for(state="hidden")
    button.focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("ArrowDown")
    assert links.first.evaluate("e => e === document.activeElement")
    for logo in tab.locator(".dropdown-launch-buttons img").all():
        logo.evaluate("image => image.decode()")
    assert [url for url in asked if not url.startswith((site.url, "blob:"))] == []


@pytest.mark.parametrize("repository", ["https://gitlab.com/a/b", "https://github.com/ada", "git@github.com:a/b", ""])
def test_a_repository_that_colab_cannot_open_stops_the_build(repository):
    with pytest.raises(ConfigError, match="is not https://github.com/OWNER/NAME"):
        addresses(repository, "main", "chapters/01.ipynb")
