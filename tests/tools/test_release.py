"""The book's version and addresses agree wherever they stand; one command changes them all."""

import re
import subprocess
import sys
import zipfile

import nbformat
import pytest
import tomllib
import yaml

import adamlib
import release
from own_wheel import build_wheel
from project import ROOT, copy_files, project_files

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
REPOSITORY, SITE = CONFIG["repository"]["url"], CONFIG["html"]["baseurl"]
ADA = ("https://github.com/ada-1/adam.book", "https://ada-1.github.io/adam.book/")
IMAGE = "classroom/hub/image/requirements.txt"
BABBAGE = ("https://github.com/b/a", "https://book.example.org/")
# Repositories of others, beside those in the references.
OTHERS = {"googlecolab/backend-info"}
EXAMPLES = {"README.md": {"ada/adam-step-by-step"}, "setup.md": {"OWNER/CLASS"}}  # to be typed by the reader
PLACEHOLDER = re.compile(r"-your-name-|your-name\.invalid")
ANY_REPOSITORY = re.compile(r"https://github\.com/([\w.-]+/[\w.-]*\w)")


@pytest.fixture
def copy(tmp_path):
    """A copy of every file of the project."""
    copy_files(project_files(), tmp_path)
    return tmp_path


@pytest.fixture
def refused(copy, monkeypatch, capsys):
    """Give a function that runs the command on the copy, where it must say why not, and change nothing."""
    monkeypatch.setattr(release, "ROOT", copy)

    def run(said, *arguments):
        before = {name: (copy / name).read_bytes() for name in project_files()}
        assert release.main([*arguments]) == 1
        printed = capsys.readouterr().out
        assert said in printed and "Nothing was changed." in printed
        assert {name: (copy / name).read_bytes() for name in project_files()} == before

    return run


def read(root, name):
    return (root / name).read_text(encoding="utf-8", errors="surrogateescape")  # a picture too


def first_cell(path):
    return next(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")


def disagreements(root):
    """Compare every version and address in the files of a copy with its own, without the tool's own code."""
    config = yaml.safe_load(read(root, "_config.yml"))
    repository, site = config["repository"]["url"], config["html"]["baseurl"]
    citation = yaml.safe_load(read(root, "CITATION.cff"))
    urls = tomllib.loads(read(root, "pyproject.toml"))["project"]["urls"]
    version = re.search(r'^__version__ = "(.+)"', read(root, "adamlib/__init__.py"), re.M)[1]
    readme, wheel = read(root, "README.md"), f"adam_step_by_step-{version}-py3-none-any.whl"
    places = {
        "CITATION.cff repository-code": (citation["repository-code"], repository),
        "CITATION.cff version": (citation["version"], version),
        "CHANGELOG.md": (re.search(r"^## (\S+)", read(root, "CHANGELOG.md"), re.M)[1], version),
        "CITATION.cff url": (citation["url"], site),
        "pyproject.toml Repository": (urls["Repository"], repository),
        "pyproject.toml Book": (urls["Book"], site),
        "README.md, to read": (re.search(r"## Read\n\n<(\S+)>", readme)[1], site),
        "README.md, to clone": (re.search(r"git clone (\S+) ", readme)[1], repository),
        "README.md, to report": (re.search(r"\((\S+)/issues/new/choose\)", readme)[1], repository),
        "setup.md, to clone": (re.search(r"git clone (\S+) ", read(root, "teaching/setup.md"))[1], repository),
        "classroom/hub, image": (re.search(r"^https\S+", read(root, IMAGE), re.M)[0], f"{site}wheels/{wheel}"),
        "classroom/hub, to clone": (
            re.search(r"git clone (\S+) ", read(root, "classroom/hub/README.md"))[1],
            repository,
        ),
        "index.md": (re.search(r"\[repository\]\((\S+)\)", read(root, "index.md"))[1], repository),
    }
    for path in sorted([*root.glob("chapters/*.ipynb"), *root.glob("classroom/source/*/*.ipynb")]):
        installed = re.search(r"%pip install --quiet (\S+)\n", first_cell(path))
        places[f"{path.relative_to(root)}, first cell"] = (installed[1], f"{site}wheels/{wheel}")
        for needed in set(re.findall(r'adamlib\.at_least\("(.*)"\)', first_cell(path))):
            places[f"{path.relative_to(root)}, needs"] = (needed, version)
    found = [f"{place}: {one}, not {other}" for place, (one, other) in places.items() if one != other]
    cited = set(ANY_REPOSITORY.findall(read(root, "references.md")))
    for path in sorted(root.rglob("*")):
        if path.suffix in (".md", ".ipynb", ".yml", ".toml", ".cff", ".txt") and "tests" not in path.parts:
            text = path.read_text(encoding="utf-8")
            ours = repository.removeprefix("https://github.com/")
            allowed = OTHERS | cited | {ours} | EXAMPLES.get(path.name, set())
            strange = set(ANY_REPOSITORY.findall(text)) - allowed
            if not PLACEHOLDER.search(site):
                strange |= set(PLACEHOLDER.findall(text))
            found += [f"{path.relative_to(root)}: {address}" for address in sorted(strange)]
    return found


def test_version_and_addresses_agree(copy):
    assert disagreements(copy) == []


def test_they_agree_after_the_command_as_often_as_it_is_run(copy):
    before = {name: read(copy, name) for name in project_files()}
    changed = release.release(copy, addresses=ADA)
    expected = [name for name in project_files() if name.startswith(("chapters/", "classroom/source/"))]
    expected += ["CITATION.cff", "README.md", "_config.yml", "index.md", "pyproject.toml", "teaching/setup.md"]
    expected += ["classroom/hub/README.md", IMAGE]
    assert sorted(changed) == sorted(expected)
    assert disagreements(copy) == []
    once = {name: read(copy, name) for name in project_files()}
    assert {name for name in before if once[name] != before[name]} == set(changed)
    assert release.release(copy, addresses=ADA) == []
    assert set(release.release(copy, addresses=BABBAGE)) == set(changed)
    assert disagreements(copy) == []
    release.release(copy, addresses=ADA)
    assert {name: read(copy, name) for name in project_files()} == once  # nothing else was touched on the way


def test_a_site_keeps_the_wheels_of_earlier_releases(copy):
    """A student's own copy of a chapter goes on asking for the one that it was written for."""
    old, new = adamlib.__version__, f"{int(adamlib.__version__.split('.')[0]) + 1}.0.0"
    git = ["git", "-C", copy, "-c", "user.name=author", "-c", "user.email=author@localhost"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=one"], ["tag", f"v{old}"]):
        subprocess.run([*git, *command], check=True)
    changes = copy / "CHANGELOG.md"
    changes.write_text(f"\n## {new}\n{read(copy, 'CHANGELOG.md')}", encoding="utf-8")
    release.release(copy, new)
    subprocess.run([*git, "commit", "--quiet", "--all", "--message=two"], check=True)
    subprocess.run([*git, "tag", f"v{new}"], check=True)
    wheels = copy / "site" / "wheels"
    present = build_wheel(copy, wheels).read_bytes()
    for said in (old, "Nothing is missing."):
        command = [sys.executable, "tools/earlier_wheels.py", "site"]
        done = subprocess.run(command, cwd=copy, check=True, stdout=subprocess.PIPE, text=True)
        assert done.stdout.strip() == said
    kept, now = sorted(wheels.iterdir())
    assert f'\n__version__ = "{old}"\n'.encode() in zipfile.ZipFile(kept).read("adamlib/__init__.py")
    assert now.name == f"adam_step_by_step-{new}-py3-none-any.whl" and now.read_bytes() == present
    for wheel, root in ((kept, ROOT), (now, copy)):
        assert wheel.name in first_cell(root / "chapters" / "01_exponential_averages.ipynb")


def test_nothing_but_the_addresses_changes(copy):
    release.release(copy, addresses=ADA)
    for name in project_files():
        expected = (ROOT / name).read_bytes()
        if not name.startswith(("tests/", "tools/", "_ext/")):
            for old, new in zip((REPOSITORY, SITE), ADA):
                expected = expected.replace(old.encode(), new.encode())
        assert (copy / name).read_bytes() == expected, name


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("chapters/03_rmsprop.ipynb", SITE, "https://stale.github.io/book/"),
     ("chapters/03_rmsprop.ipynb", "-py3-none", ".post1-py3-none"),
     ("chapters/03_rmsprop.ipynb", '\\"0.1', '\\"0.0'),
     ("classroom/source/04_adam/04_adam.ipynb", SITE, "https://stale.github.io/book/"),
     ("README.md", f"<{SITE}>", "<https://stale.github.io/book/>"),
     ("README.md", f"clone {REPOSITORY}", "clone https://github.com/stale/book"),
     ("README.md", f"{REPOSITORY}/issues", "https://github.com/stale/book/issues"),
     ("CITATION.cff", "version: 0", "version: 1"), ("CHANGELOG.md", "\n## 0", "\n## 1"),
     ("adamlib/__init__.py", '__version__ = "0', '__version__ = "1'),
     ("CITATION.cff", SITE, "https://stale.github.io/book/"),
     ("pyproject.toml", REPOSITORY, "https://github.com/stale/book"),
     ("index.md", REPOSITORY, "https://github.com/stale/book"),
     ("CONTRIBUTING.md", "# Changing the book", "https://github.com/stale/book"),
     ("_config.yml", REPOSITORY, "https://github.com/stale/book"),
     ("_config.yml", SITE, "https://stale.github.io/book/")],
)  # fmt: skip
def test_one_stale_address_is_seen(copy, name, old, new):
    text = read(copy, name)
    assert old in text
    (copy / name).write_text(text.replace(old, new), encoding="utf-8")
    assert disagreements(copy)


def test_a_longer_address_that_begins_the_same_is_not_touched():
    old = {"repository": "https://github.com/t/js", "site": "https://t.github.io/"}
    new = {"repository": "https://github.com/a/b", "site": "https://github.com.example/t/js/"}
    text = "https://github.com/t/js https://github.com/t/js. https://github.com/t/js/issues https://t.github.io/x"
    kept = " https://github.com/t/jsx https://github.com/t/js.x https://github.com/t/js-x at/js"
    expected = "https://github.com/a/b https://github.com/a/b. https://github.com/a/b/issues "
    expected += "https://github.com.example/t/js/x"
    assert release.replaced(text + kept, old, new) == expected + kept


@pytest.mark.parametrize("repository", ["https://github.com/ada/book/", "https://github.com/ada/book.git"])
def test_addresses_are_taken_as_a_browser_shows_them(copy, repository):
    release.release(copy, addresses=(repository, "https://ada.github.io/book"))
    config = yaml.safe_load(read(copy, "_config.yml"))
    assert config["repository"]["url"] == "https://github.com/ada/book"
    assert config["html"]["baseurl"] == "https://ada.github.io/book/"
    assert disagreements(copy) == []


@pytest.mark.parametrize(
    ("repository", "site", "said"),
    [("ada/book", ADA[1], "'ada/book' is not of the form https://github.com/OWNER/NAME"),
     ("https://github.com/ada", ADA[1], "is not of the form https://github.com/OWNER/NAME"),
     ("https://github.com/-ada/book", ADA[1], "is not of the form"),
     ("https://github.com/ada--x/book", ADA[1], "is not of the form"),
     ("https://github.com/ada/..", ADA[1], "is not of the form"),
     ("https://github.com/ada/book/tree/main", ADA[1], "is not of the form"),
     ("https://gitlab.com/ada/book", ADA[1], "It must be on GitHub"),
     ("git@github.com:ada/book.git", ADA[1], "It must be on GitHub"),
     (ADA[0], "ada.github.io/book", "'ada.github.io/book/' is not of the form https://HOST/"),
     (ADA[0], "http://ada.github.io/book", "is not of the form https://HOST/"),
     (ADA[0], "https://ada/book", "is not of the form"),
     (ADA[0], "https://ada.github.io/my book/", "is not of the form"),
     (ADA[0], "https://ada.github.io/book/?page=1", "is not of the form"),
     (ADA[0], 'https://ada.github.io/"/', "is not of the form"),
     (ADA[0], "https://github.com/ada/book", "is not of the form"), ("", "", "is not of the form"),
     (ADA[1], ADA[0], "is not of the form")],
)  # fmt: skip
def test_a_wrong_address_is_refused(refused, repository, site, said):
    refused(said, "--addresses", repository, site)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("_config.yml", "repository:", "# repository:", "_config.yml has no repository: url:"),
        ("_config.yml", "baseurl:", "address:", "_config.yml has no html: baseurl:"),
        ("adamlib/__init__.py", "__version__", "version", 'adamlib/__init__.py has no __version__ = ""'),
        ("chapters/02_momentum.ipynb", SITE, "https://stale.github.io/", "02_momentum.ipynb does not have http"),
        ("chapters/02_momentum.ipynb", "step-0", "step-1", "02_momentum.ipynb does not have http"),
        ("CITATION.cff", "version: 0", "version: 1", "CITATION.cff does not have version: 0.1.0"),
    ],
)
def test_a_file_that_was_changed_by_hand_is_named(copy, refused, name, old, new, said):
    (copy / name).write_text(read(copy, name).replace(old, new), encoding="utf-8")
    refused(said, "--addresses", *ADA)


def test_an_interrupted_run_is_finished_by_the_next(copy, monkeypatch):
    """The disk is full after two files: none is half written, and the next run still knows the old addresses."""
    real, written = release.os.replace, []

    def replace(part, path):
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(path)
        real(part, path)

    monkeypatch.setattr(release.os, "replace", replace)
    with pytest.raises(OSError, match="No space left"):
        release.release(copy, addresses=ADA)
    monkeypatch.undo()
    assert disagreements(copy)
    release.release(copy, addresses=ADA)
    assert disagreements(copy) == []


def start_entry(root, version):
    """Write the first lines of a new entry into a copy's changelog."""
    text = read(root, "CHANGELOG.md").replace("# Changelog\n", f"# Changelog\n\n## {version} (unreleased)\n\n- New.\n")
    (root / "CHANGELOG.md").write_text(text, encoding="utf-8")


def test_a_new_version_stands_everywhere_and_nothing_else_changes(copy):
    start_entry(copy, "0.10.0")
    before = {name: read(copy, name) for name in project_files()}
    changed = release.release(copy, "0.10.0")
    expected = [name for name in project_files() if name.startswith(("chapters/", "classroom/source/"))]
    expected.append(IMAGE)
    assert sorted(changed) == sorted([*expected, "CHANGELOG.md", "CITATION.cff", "adamlib/__init__.py"])
    assert disagreements(copy) == []
    for name in project_files():
        old, new = (before[name].splitlines(), read(copy, name).splitlines())
        lines = sum("adamlib.at_least" in line for line in old if name.endswith(".ipynb")) + (name in changed)
        assert len(old) == len(new) and sum(one != other for one, other in zip(old, new)) == lines, name
    assert "\n## 0.10.0\n" in read(copy, "CHANGELOG.md")
    assert release.release(copy, "0.10.0") == []
    assert "setup.md" in str(release.release(copy, "0.10.0", ADA))
    assert disagreements(copy) == []


@pytest.mark.parametrize(
    ("version", "said"),
    [("0.0.9", "The version 0.0.9 is older than 0.1.0, which stands in adamlib/__init__.py."),
     ("1.2", "'1.2' is not of the form 1.2.3"), ("v1.2.3", "is not of the form"), ("1.02.3", "is not of the form"),
     ("1.2.3rc1", "is not of the form"), ("9.9.9", "CHANGELOG.md does not begin with an entry '## 9.9.9'")],
)  # fmt: skip
def test_a_wrong_version_is_refused(refused, version, said):
    refused(said, version)


def test_the_command_itself(copy):
    def command(*arguments):
        line = [sys.executable, str(copy / "tools" / "release.py"), *arguments]
        done = subprocess.run(line, cwd=copy.parent, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    code, said, errors = command()
    assert code == 1 and "python tools/release.py 0.2.0" in said and errors == ""
    code, said, errors = command("--addresses", *ADA)
    assert code == 0 and said.startswith("Changed:\nchapters/01_") and said.endswith("_config.yml\n") and errors == ""
    assert command("--addresses", *ADA) == (0, "All of it stands everywhere already.\n", "")


def test_the_map_for_contributors_stays_short():
    assert (ROOT / "CONTRIBUTING.md").stat().st_size <= 8000, "say it in a docstring, or in the message of a check"
