"""One deck of slides for each chapter, made from its notebook while the site is built, and put there under slides/.

A cell is on a slide if its metadata says so, and the chapter's own text is not touched:

    "slideshow": {"slide_type": "slide",       begins a slide; "-" goes on with it, "fragment" waits for a key
                  "blocks": ["##", "$$"],      of Markdown, only the blocks that begin so; without it, all of them
                  "show": "code",              of code, one of the two: "code" or "output"; of folded code, the output
                  "title": "Figure 4.1",       a heading for a slide that has none
                  "minutes": [3, 5],           of a slide, in the plans for 50 and for 90 minutes, and
                  "notes": "Ask: ..."}         what only the speaker sees

nbconvert's exporter sorts the marked cells into slides. The pages are ours, because its own ask three other hosts.
"""

import ast
import base64
import json
import re
import shutil
import struct
from html import escape
from pathlib import Path

import nbformat
import sphinx_revealjs
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from myst_nb.core.render import WIDGET_VIEW_MIMETYPE
from nbconvert.exporters import SlidesExporter
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.errors import ExtensionError
from sphinx.util import logging

from book import LATE
from live_widgets import LOADER, shown
from native_maths import mathml

log = logging.getLogger(__name__)
HERE = Path(__file__).with_name("slides_deck")
REVEAL = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"
PARTS = ["dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js", "plugin/zoom/zoom.js"]
PARTS += ["LICENSE"]
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
KEYS = {"slide_type", "blocks", "show", "title", "minutes", "notes"}
TYPES, SHOWS = {"slide", "-", "fragment"}, {None, "code", "output"}
CHAPTER = re.compile(r'href="(?!https?:|#)([^":]+)\.(?:ipynb|md)(#[^"]*)?"')
SPEAKING = re.compile(r'(?s)<a href="#[a-z-]+[:?][^"]*">(.*?)</a>')  # to an explorer of the page: see live_sentences.py
PLACE = '<div id="decks"></div>'  # where the teaching page names the decks

markdown = MarkdownIt("commonmark").enable("table")
markdown.use(dollarmath_plugin, renderer=lambda tex, how: mathml(tex.strip(), how["display_mode"]))
formatter = HtmlFormatter(nowrap=True, style="a11y-high-contrast-light")


def marked(cell):
    """Return what a cell's metadata says about slides, or None where it says nothing."""
    found = cell.metadata.get("slideshow")
    if found and (set(found) - KEYS or found.get("slide_type") not in TYPES or found.get("show") not in SHOWS):
        raise ExtensionError(f"{cell.get('id')}: slideshow metadata not understood: {dict(found)}")
    return found


def blocks(text):
    """Split Markdown at its blank lines, but not within a formula or code."""
    parts, open_fence = [[]], None
    for line in text.split("\n"):
        if not line.strip() and not open_fence:
            parts.append([])
            continue
        for fence in ("```", "$$"):
            if open_fence in (None, fence) and line.count(fence) % 2:
                open_fence = None if open_fence else fence
        parts[-1].append(line)
    return ["\n".join(part) for part in parts if part]


def chosen(cell, found):
    """Return the blocks of a Markdown cell that its slide shows. A word on folded code is for the page only."""
    parts = blocks(cell.source)
    starts = found.get("blocks", [""])
    if missing := [start for start in starts if not any(part.startswith(start) for part in parts)]:
        raise ExtensionError(f"{cell.get('id')}: no block of this cell begins with {missing[0]!r}")
    text = "\n\n".join(part for part in parts if part.startswith(tuple(starts)))
    return re.sub(r"\s*\(The plotting code[^)]*\)", "", text)


def without_checks(source):
    """Return code without its last lines if they only assert: they are for the tests."""
    body = ast.parse(source).body
    while len(body) > 1 and isinstance(body[-1], ast.Assert):
        body.pop()
    return "\n".join(source.split("\n")[: body[-1].end_lineno])


def is_tall(png):
    """Say whether a picture is higher than wide. A PNG file, here in base64, begins with its size."""
    width, height = struct.unpack(">II", base64.b64decode(png[:32])[16:])
    return height > width


def html_of_output(output, alt):
    """Return one output of a cell as HTML. A widget's place is marked for the loader."""
    if output.output_type == "stream":
        return f'<pre class="printed" tabindex="0">{escape(output.text)}</pre>'
    data = output.get("data", {})
    picture = ""
    if "image/png" in data:
        png = data["image/png"] if isinstance(data["image/png"], str) else base64.b64encode(data["image/png"]).decode()
        png = "".join(png.split())
        shape = ' class="tall"' if is_tall(png) else ""
        picture = f'<img{shape} alt="{escape(alt)}" src="data:image/png;base64,{png}">'
    if WIDGET_VIEW_MIMETYPE in data:
        view = json.dumps(data[WIDGET_VIEW_MIMETYPE]).replace("<", r"\u003c")
        return (
            f'<div class="live"><script type="{WIDGET_VIEW_MIMETYPE}">{view}</script>'
            f"<noscript>{picture}</noscript></div>"
        )
    return picture or f'<pre class="printed" tabindex="0">{escape(data.get("text/plain", ""))}</pre>'


def html_of_cell(cell):
    """Return a cell as its slide shows it: heading, words, code and outputs."""
    found, parts = marked(cell), []
    if title := found.get("title"):
        parts.append(f"<h2>{markdown.renderInline(title)}</h2>")
    if cell.cell_type == "markdown":
        text = SPEAKING.sub(r"\1", markdown.render(chosen(cell, found)))
        parts.append(CHAPTER.sub(r'href="../chapters/\1.html\2"', text))
        parts[-1] = parts[-1].replace("../chapters/../", "../")
    else:
        folded = "hide-input" in cell.metadata.get("tags", [])
        show = found.get("show") or ("output" if folded else "both")
        if show != "output":
            code = highlight(without_checks(cell.source), PythonLexer(), formatter)
            parts.append(f'<pre class="code" tabindex="0"><code>{code}</code></pre>')
        if show != "code":
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            parts += [html_of_output(output, alt) for output in cell.outputs]
    if notes := found.get("notes"):
        short, long = found["minutes"]
        told = f'<p class="minutes" data-50="{short}" data-90="{long}"></p>'  # deck.js fills it
        parts.append(f'<aside class="notes">{told}{markdown.render(notes)}</aside>')
    return "\n".join(parts)


def bring_to_life(notebook, executed):
    """Put the widgets of the build's own run in the place of their stored pictures."""
    for cell, run in zip(notebook.cells, executed.cells, strict=True):
        if any(WIDGET_VIEW_MIMETYPE in output.get("data", {}) for output in run.get("outputs", [])):
            cell.outputs = run.outputs
    notebook.metadata = executed.metadata
    return notebook


def deck(notebook, chapter):
    """Return a chapter's deck as one page of HTML."""
    reduced = nbformat.v4.new_notebook(cells=[cell for cell in notebook.cells if marked(cell)])
    exporter = SlidesExporter(
        template_file=str(HERE / "deck.html.j2"),
        filters={"html_of_cell": html_of_cell},
        preprocessors=[],
    )
    body, _ = exporter.from_notebook_node(
        reduced, resources={"metadata": {"name": chapter}, "colours": formatter.get_style_defs("pre.code")}
    )
    state = notebook.metadata.get("widgets", {}).get(WIDGET_STATE)
    if state and WIDGET_VIEW_MIMETYPE in body:
        content = dict(state) | {"state": shown(state["state"], body)}
        text = json.dumps(content).replace("<", r"\u003c")
        scripts = f'<script type="{WIDGET_STATE}">{text}</script>\n<script defer src="{LOADER.name}"></script>'
        body = body.replace("</body>", f"{scripts}\n</body>")
    return body


def sources(app):
    """Return the chapters whose cells are marked for slides, in the book's order: name and title."""
    found = {}
    for name in sorted(app.env.found_docs):
        path = Path(app.env.doc2path(name))
        if path.suffix == ".ipynb":
            notebook = nbformat.read(path, as_version=4)
            if any(marked(cell) for cell in notebook.cells):
                found[name] = notebook.cells[0].source.split("\n")[0].removeprefix("# ")
    return found


def publish(app, exception):
    """Lay the decks and reveal.js into the site."""
    if exception is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir, "slides")
    shutil.rmtree(folder, ignore_errors=True)
    for part in PARTS:
        (folder / "reveal" / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REVEAL / part, folder / "reveal" / part)
    for path in (HERE / "deck.css", HERE / "deck.js", LOADER):
        shutil.copy(path, folder)
    executed = Path(app.env.mystnb_config.output_folder)
    for name in sources(app):
        stored = nbformat.read(app.env.doc2path(name), as_version=4)
        notebook = bring_to_life(stored, nbformat.read(executed / f"{name}.ipynb", as_version=4))
        page = deck(notebook, Path(name).name)
        (folder / f"{Path(name).name}.html").write_text(page, encoding="utf-8")
    log.info("slides: %d decks", len(sources(app)))


def link(app, pagename, templatename, context, doctree):
    """Lead from the teaching page to all decks."""
    if PLACE in context.get("body", ""):
        found = sources(app).items()
        decks = [(context["pathto"](f"slides/{Path(name).name}.html", 1), title) for name, title in found]
        items = [f'<li><a href="{address}">{escape(title)}</a></li>' for address, title in decks]
        context["body"] = context["body"].replace(PLACE, f"<ul>{''.join(items)}</ul>")


def setup(app):
    app.connect("html-page-context", link, priority=LATE)
    app.connect("build-finished", publish, priority=LATE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
