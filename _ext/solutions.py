"""One switch hides the solutions from the whole site: `hide_solutions: true` in _config.yml.

They leave the pages, the notebooks to download, JupyterLite and the search. What remains is the repository itself, so
the buttons that open a chapter from there go too (see launch_buttons.py).
"""

import re
from pathlib import Path

import nbformat

from book import LATE

LEFT_OUT = "*The solution is not in this edition.*"
FOLDED_CELL = re.compile(
    r"^```\{code-cell\}[^\n]*\n---\ntags: \[hide-cell\]\n---\n# Solution \d.*?^```\n",
    re.DOTALL | re.MULTILINE,
)


def is_solution(cell):
    """Say whether a cell of a notebook is the folded solution of an exercise."""
    return (
        cell.cell_type == "code"
        and "hide-cell" in cell.metadata.get("tags", [])
        and cell.source.lstrip().startswith("# Solution")
    )


def without_solutions(text, suffix):
    """Return the source of a page with a word in the place of each solution."""
    if suffix != ".ipynb":
        return FOLDED_CELL.sub(LEFT_OUT + "\n", text)
    notebook = nbformat.reads(text, as_version=4)
    for cell in filter(is_solution, notebook.cells):
        for key in ("outputs", "execution_count"):
            del cell[key]
        cell |= {"cell_type": "markdown", "source": LEFT_OUT, "metadata": {}}
    return nbformat.writes(notebook)


def published(path, hidden):
    """Return the source of a page as the site may give it away."""
    text = path.read_text(encoding="utf-8")
    return without_solutions(text, path.suffix) if hidden else text


def hide(app, docname, source):
    if app.config.hide_solutions:
        source[0] = without_solutions(source[0], Path(app.env.doc2path(docname)).suffix)


def hide_in_downloads(app, exception):
    """Write the notebooks to download again. Sphinx has copied them as they lie in the project."""
    if exception is None and app.builder.format == "html":
        for docname in app.env.found_docs:
            path = Path(app.env.doc2path(docname))
            copy = Path(app.outdir, "_sources", app.env.doc2path(docname, False) + app.config.html_sourcelink_suffix)
            if copy.is_file():
                copy.write_text(published(path, app.config.hide_solutions), encoding="utf-8")


def setup(app):
    app.add_config_value("hide_solutions", False, "env", bool)
    app.connect("source-read", hide)
    app.connect("build-finished", hide_in_downloads, priority=LATE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
