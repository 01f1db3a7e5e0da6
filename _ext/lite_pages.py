"""Every chapter runs in the reader's own browser: JupyterLite beside the book, and a button to it on every chapter."""

import functools
import hashlib
import json
import re
from pathlib import Path
from urllib.parse import quote

from sphinx.util import logging

from book import LATE
from lite_site import build_lite
from solutions import published

log = logging.getLogger(__name__)
LINK = re.compile(r"\]\(([^)#:]+\.(?:ipynb|md))(?=[)#])")
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}  # what JupyterLite calls it
BUTTON = {
    "type": "link",
    "text": "Run in the browser",
    "icon": "fas fa-play",
    "tooltip": "Opens this chapter in JupyterLite, where you can change its code. Nothing to install.",
    "label": "run-in-the-browser",
}


def without_outputs(path, hidden):
    """Return a page as a notebook that nobody has run. A page of Markdown becomes a notebook of one cell."""
    text = published(path, hidden)
    if path.suffix == ".md":
        cells = [{"cell_type": "markdown", "id": "cell-001", "metadata": {}, "source": text}]
        notebook = {"cells": cells, "nbformat": 4, "nbformat_minor": 5}
    else:
        notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return notebook | {"metadata": {"kernelspec": KERNEL}}


def lite_name(root, page, hidden=False):
    """Return where a page lies in JupyterLite.

    JupyterLite shows a reader's saved copy of a notebook before the published one. A changed chapter
    gets another name, so both are there.
    """
    notebook = json.dumps(without_outputs(root / page, hidden), sort_keys=True)
    return Path(page).with_suffix("").as_posix() + f"-{hashlib.sha256(notebook.encode()).hexdigest()[:8]}.ipynb"


def notebooks(root, pages, hidden=False):
    """Return the notebooks of JupyterLite by name, their links leading from one to the other."""
    names = {(root / page).resolve(): lite_name(root, page, hidden) for page in pages}
    made = {}
    for path, name in names.items():
        made[name] = without_outputs(path, hidden)
        to_its_copy = functools.partial(_linked, names, path.parent, "../" * name.count("/"))
        for cell in made[name]["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = LINK.sub(to_its_copy, cell["source"])
    return made


def _linked(names, folder, up, link):
    target = names.get((folder / link[1]).resolve())
    return f"]({up}{target}" if target else link[0]


def pages_of(env):
    """Name the sources of the book's pages: neither the home page nor what is for teachers."""
    names = sorted(name for name in env.found_docs - {env.config.root_doc} if not name.startswith("teaching/"))
    return [Path(env.doc2path(name, False)).as_posix() for name in names]


def add_button(app, pagename, templatename, context, doctree):
    source = Path(app.env.doc2path(pagename, False)) if doctree else Path(pagename)
    if source.suffix == ".ipynb":
        address = context["pathto"]("lite/notebooks/index.html", 1)
        name = lite_name(Path(app.srcdir), source.as_posix(), app.config.hide_solutions)
        context["header_buttons"].insert(0, {"url": f"{address}?path={quote(name)}"} | BUTTON)


def add_lite(app, exception):
    if exception is None and app.builder.format == "html":
        root = Path(app.srcdir)
        made = notebooks(root, pages_of(app.env), app.config.hide_solutions)
        lite = build_lite(made, Path(app.outdir), root / app.config.lite_pyodide if app.config.lite_pyodide else None)
        size = sum(path.stat().st_size for path in lite.rglob("*") if path.is_file())
        log.info("JupyterLite: %d notebooks, %.1f MB", len(made), size / 1e6)


def setup(app):
    app.add_config_value("lite_pyodide", "", "html", str)
    app.connect("html-page-context", add_button, priority=LATE)
    app.connect("build-finished", add_lite, priority=LATE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
