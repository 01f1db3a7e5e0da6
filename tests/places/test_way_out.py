"""The book without Jupyter Book's command: Sphinx alone builds the same site from the file that the command writes.

Jupyter Book 1 has no successor that reads _config.yml. What it hands to Sphinx is all that the book needs of it.
"""

import os
import subprocess
import sys
from filecmp import cmp

from project import JUPYTER_BOOK, build_book, copy_files, listed_pages, project_files
from search_words import WORDS

# Pages that the search and the quiz's files cannot do without.
PAGES = {page.partition("#")[0] for page in WORDS.values()} | {"teaching/quiz", "teaching/quiz_b"}


def test_sphinx_alone_builds_the_same_site(tmp_path):
    """Of some pages, with the outputs that are stored: what runs has new names each time."""
    by_command, by_sphinx = tmp_path / "command", tmp_path / "sphinx"
    files = [name for name in project_files() if not name.startswith(("tests/", "classroom/"))]
    pages = [page for page in listed_pages()[1:] if page in PAGES]
    toc = "format: jb-book\nroot: index\nchapters:\n" + "".join(f"- file: {page}\n" for page in pages)
    for folder in (by_command, by_sphinx):
        copy_files(files, folder)
        (folder / "_toc.yml").write_text(toc, encoding="utf-8")
    subprocess.run([*JUPYTER_BOOK, "config", "sphinx", str(by_sphinx)], check=True)
    settings = (by_sphinx / "conf.py").read_text(encoding="utf-8")
    assert "nb_execution_mode = 'force'" in settings and "nb_execution_raise_on_error = True" in settings
    command = ["-m", "sphinx", "-q", "-D", "nb_execution_mode=off", "-d", "doctrees", ".", "_build/html"]
    subprocess.run([sys.executable, *command], cwd=by_sphinx, check=True, env=os.environ | {"PYTHONPATH": "_ext"})

    config = by_command / "_config.yml"
    told = config.read_text(encoding="utf-8").replace("execute_notebooks: force", 'execute_notebooks: "off"')
    config.write_text(told, encoding="utf-8")
    site = build_book(by_command).html
    built = sorted(path.relative_to(site) for path in site.rglob("*") if path.is_file())
    own = by_sphinx / "_build" / "html"
    assert built == sorted(path.relative_to(own) for path in own.rglob("*") if path.is_file()) and len(built) > 300
    other = {".buildinfo", "all.json", "quiz-qti.zip", "quiz_b-qti.zip"}  # hold the settings as told, or the time
    assert [path for path in built if path.name not in other and not cmp(site / path, own / path, shallow=False)] == []
