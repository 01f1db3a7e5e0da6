"""What the site needs beyond its configuration: its own MathJax, lighter pages, folds that say what they hold."""

import re
from html import escape
from importlib.util import find_spec
from pathlib import Path

from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.errors import ExtensionError
from sphinx.util.fileutil import copy_asset

# The package lays out 24 MB. This is what the pages, and MathJax's own menu on a formula, can ask for.
MATHJAX_PARTS = [
    "tex-chtml.js",
    "output/chtml/fonts/woff-v2",
    "input/tex/extensions",  # a command such as \cancel is loaded when a formula uses it
    "a11y",  # formulas explored and read aloud, for a reader who turns it on in the menu
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
]
FORMULA = re.compile(r'(\(?<span class="math notranslate nohighlight">[^<]*</span>[.,;:?)]+)')
# The theme loads each of its icons twice, as a font and as 1.5 MB of script. The font alone draws the same.
ICON_SCRIPT = re.compile(r'\s*<script src="[^"]*vendor/fontawesome/[^"]*"></script>')
ICON_FONTS = re.compile(r'\s*<link rel="preload"[^>]*webfonts/fa-(?:brands|regular)-[^>]*>')  # no page shows these
MENDED = {
    '<div class="bd-sidebar-primary': '<div role="region" aria-label="Book" class="bd-sidebar-primary',  # was nameless
    # A table too wide for its box scrolls, and then the keyboard must reach it.
    '<div class="pst-scrollable-table-container">': '<div class="pst-scrollable-table-container" tabindex="0">',
    '<th class="head"><p></p></th>': "<td></td>",  # an empty corner is the header of nothing
}


def copy_mathjax(outdir):
    """Copy MathJax into the site, so that no formula needs another host."""
    package = find_spec("sphinx-mathjax-offline")
    if package is None:
        raise ExtensionError("MathJax is missing. Run: pip install -r requirements.txt")
    source = Path(package.origin).parent / "static" / "mathjax"
    target = outdir / "_static" / "mathjax"
    for part in MATHJAX_PARTS:
        folder = target / part if (source / part).is_dir() else (target / part).parent
        copy_asset(str(source / part), str(folder))


def mend_pages(outdir):
    """Mend in every page what the theme offers no setting for."""
    for page in outdir.rglob("*.html"):
        if "_static" in page.parts:
            continue
        text, removed = ICON_SCRIPT.subn("", page.read_text(encoding="utf-8"))
        if 'aria-label="Book"' in text:
            continue  # mended by an earlier build, which this one found up to date
        if removed != 1:
            raise ExtensionError(f"{page.name}: expected one script of icons, found {removed}. Has the theme changed?")
        text = ICON_FONTS.sub("", text)
        text = FORMULA.sub(r'<span class="unbroken">\1</span>', text)  # a formula and its comma stay on one line
        for theirs, ours in MENDED.items():
            text = text.replace(theirs, ours)
        page.write_text(text, encoding="utf-8")


def finish(app, exception):
    if exception is None and app.builder.format == "html":
        copy_mathjax(Path(app.outdir))
        mend_pages(Path(app.outdir))


def name_folds(app, doctree, docname):
    """Name a folded cell by what it holds: a solution by its first comment, anything else is plotting code."""
    for fold in doctree.findall(HideCodeCellNode):
        solution = re.match(r"#\s*Solution\s+([\d.]*\d)", fold.astext().lstrip())
        fold["holds"] = f"solution {solution[1]}" if solution else "the plotting code"


def visit_fold(translator, node):
    # MyST-NB's own summary has an aria-label that a screen reader reads in place of the text, the same for every fold.
    holds = escape(node["holds"])
    translator.body.append(
        f'<details class="admonition hide {" ".join(node["classes"])}">\n<summary>\n'
        f'<p class="collapsed admonition-title">Show {holds}</p>\n'
        f'<p class="expanded admonition-title">Hide {holds}</p>\n</summary>\n'
    )


def depart_fold(translator, node):
    translator.body.append("</details>\n")


def setup(app):
    app.setup_extension("myst_nb")
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it, used or not
    app.add_node(HideCodeCellNode, override=True, html=(visit_fold, depart_fold))
    app.connect("doctree-resolved", name_folds)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
