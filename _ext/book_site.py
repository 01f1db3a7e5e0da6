"""What the site needs beyond its configuration: mended and lighter pages, folds that say what they hold."""

import re
from functools import cache
from html import escape
from pathlib import Path

from matplotlib.image import imread
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.errors import ExtensionError

from book import LATE
from lighten import (
    alike_colours,
    book_pages,
    colour_elements,
    cut_icons,
    lighten_code,
    lighten_scripts,
    trim_stylesheets,
)
from live_widgets import LIVE_FIGURE
from native_maths import write_font

HOME_STYLE = Path(__file__).with_name("home.css")
FORMULA_WITH_COMMA = re.compile(r"(\(?<math>(?:(?!</math>).)*</math>[.,;:?)]+)")
# The theme loads each of its icons twice, as a font and as 1.5 MB of script. The font alone draws the same.
ICON_SCRIPT = re.compile(r'\s*<script src="[^"]*vendor/fontawesome/[^"]*"></script>')
ICON_FONTS = re.compile(r'\s*<link rel="preload"[^>]*webfonts/fa-(?:brands|regular)-[^>]*>')  # no page shows these
LOGO = re.compile(r'<img alt="\w+ logo"')  # in a closed menu, beside its own name
# The font of the formulas is asked for as early as that of the icons, so that no formula is drawn twice.
FONT_ASKED = re.compile(r'(<link rel="preload" as="font"[^>]*_static/)vendor[^"]*("[^>]*>)')
VIEWPORT = re.compile(r'\s*<meta name="viewport"[^>]*>')  # three makers of the page write one each
TITLE_TWICE = re.compile(r"<title>(.*) &#8212; \1</title>")  # of the home page
FIGURE = re.compile(r'(<img\b[^>]* src="[^"]*_images/)([^"]+\.png")')
READING_TIME = re.compile(r"Reading time: (\d+ minutes)")
CHARSET = '<meta charset="utf-8" />'
VIEWPORT_ONCE = '\n    <meta name="viewport" content="width=device-width, initial-scale=1" />'
SKIP_LINK = '<a href="#main-content">Skip to main content</a>'
MENDED = {
    '<div class="bd-sidebar-primary': '<div role="region" aria-label="Book" class="bd-sidebar-primary',  # was nameless
    # A long section is in view too when less than a tenth of it is.
    'data-bs-spy="scroll"': 'data-bs-spy="scroll" data-bs-threshold="[0]"',
    '<th class="head"><p></p></th>': "<td></td>",  # an empty corner is the header of nothing
    'data-theme="auto"': 'data-theme="light"',  # without JavaScript "auto" is no theme: a header has no ground
    # The mode is known before anything is drawn. The theme finds it when the page stands, and draws all of it again.
    'dataset.theme = localStorage.getItem("theme") || "auto"': """dataset.theme =
      document.documentElement.dataset.mode.replace(
        "auto", matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")""",
}

# After every change of a page the theme asks whether its boxes scroll, and writes each answer before it asks the next:
# a layout of the whole page for each box. Only sections in view need to be asked (all are, before the page is at rest),
# and only a new answer to be written.
THEME_SCRIPT = "scripts/pydata-sphinx-theme.js"
ASKS_EACH = "e.tabIndex=e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1"
ASKS_FEW = (
    "if(e.closest('section')?.firstElementChild.checkVisibility({contentVisibilityAuto:!0})===!1)return;"
    "const t=e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1;t!==e.tabIndex&&(e.tabIndex=t)"
)
BOOTSTRAP = "scripts/bootstrap.js"
UNUSED_PARTS = re.compile(
    r'const \w+="\.bs\.(?:carousel|modal|tab)",.*?(?=const \w+="\.bs\.(?:collapse|offcanvas|toast)")', re.DOTALL
)


def mend_theme_script(static):
    script = static / THEME_SCRIPT
    text = script.read_text(encoding="utf-8")
    if text.count(ASKS_EACH) + text.count(ASKS_FEW) != 1:
        raise ExtensionError(f"{THEME_SCRIPT} does not ask which boxes scroll. Has the theme changed?")
    script.write_text(text.replace(ASKS_EACH, ASKS_FEW), encoding="utf-8")


def cut_bootstrap(static):
    """Leave out of Bootstrap's script what no page has, a carousel say: each part ends where the next one begins."""
    script = static / BOOTSTRAP
    text = UNUSED_PARTS.sub("", script.read_text(encoding="utf-8"))
    if any(f'".bs.{part}"' in text for part in ("carousel", "modal", "tab")) or '".bs.toast"' not in text:
        raise ExtensionError(f"{BOOTSTRAP} is not in parts as expected. Has the theme changed?")
    script.write_text(text, encoding="utf-8")


@cache
def is_full_of_colour(path):
    """Say whether less than half of a picture is white, as that of a map is whose colours mean something."""
    red, green, blue = (imread(path)[..., :3] > 0.95).T
    return (red & green & blue).mean() < 0.5


def mark_figure(found, outdir):
    full = is_full_of_colour(outdir / "_images" / found[2].rstrip('"'))
    return found[0].replace("<img", '<img class="full-of-colour"', 1) if full else found[0]


def mend_pages(outdir):
    """Mend in every page what the theme offers no setting for, and return the pages' texts."""
    pygments = outdir / "_static" / "pygments.css"
    colours = pygments.read_text(encoding="utf-8")
    alike = alike_colours(colours)
    pygments.write_text(colour_elements(colours), encoding="utf-8")
    pages = book_pages(outdir)
    for page in pages:
        text, removed = ICON_SCRIPT.subn("", page.read_text(encoding="utf-8"))
        if 'aria-label="Book"' in text:
            continue  # mended by an earlier build, which this one found up to date
        if removed != 1:
            raise ExtensionError(f"{page.name}: expected one script of icons, found {removed}. Has the theme changed?")
        text = ICON_FONTS.sub("", text)
        text = LOGO.sub('<img alt="" loading="lazy"', text)
        text = FORMULA_WITH_COMMA.sub(r'<span class="unbroken">\1</span>', text)  # they stay on one line
        if "<math" in text:
            text = FONT_ASKED.sub(r"\g<0>\n  \1maths.woff2\2", text)
        text = VIEWPORT.sub("", text).replace(CHARSET, CHARSET + VIEWPORT_ONCE, 1)
        text = TITLE_TWICE.sub(r"<title>\1</title>", text)
        text = FIGURE.sub(lambda found: mark_figure(found, outdir), text)
        if LIVE_FIGURE in text:
            text = text.replace(SKIP_LINK, f'{SKIP_LINK} <a href="#{LIVE_FIGURE}">Skip to the first live figure</a>')
        for theirs, ours in MENDED.items():
            text = text.replace(theirs, ours)
        if 'class="bd-toc-nav' not in text:  # else all links of the page are taken for its contents
            text = text.replace('data-bs-spy="scroll"', "")
        page.write_text(lighten_code(text, alike), encoding="utf-8")
    return [page.read_text(encoding="utf-8") for page in pages]


def finish(app, exception):
    if exception is None and app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        pages = mend_pages(Path(app.outdir))
        mend_theme_script(static)
        cut_bootstrap(static)
        write_font(pages, static / "maths.woff2")
        lighten_scripts(static)
        trim_stylesheets(static, pages)  # goes by the words of the scripts, too
        cut_icons(static)


# What a folded cell is by its first line, and what its fold says when closed and when open.
KINDS = {
    "solution": (r"#\s*Solution\s+([\d.]*\d)", "Show solution {}", "Hide solution {}"),
    "check": (r"# (Check: .+)", "{}", "{}"),
    "set-up": (r"try:\n +(import) adamlib\n", "Show the set-up", "Hide the set-up"),
    "plot": (r"()", "Show the plot's code", "Hide the plot's code"),
}


def name_folds(app, doctree, docname):
    """Name a folded cell by what it holds: the set-up, a check, a solution, or else the code of a plot."""
    for fold in doctree.findall(HideCodeCellNode):
        code = fold.astext().lstrip()
        for kind, (pattern, *says) in KINDS.items():
            if found := re.match(pattern, code):
                fold["classes"].append(kind)
                fold["says"] = [escape(text.format(found[1])) for text in says]
                break


def visit_fold(translator, node):
    # MyST-NB's own summary has an aria-label that a screen reader reads in place of the text, the same for every fold.
    closed, opened = node["says"]
    translator.body.append(
        f'<details class="admonition hide {" ".join(node["classes"])}">\n<summary>\n'
        f'<p class="collapsed admonition-title">{closed}</p>\n'
        f'<p class="expanded admonition-title">{opened}</p>\n</summary>\n'
    )


def depart_fold(translator, node):
    translator.body.append("</details>\n")


def serve_home_style(app, config):
    config.html_static_path.append(str(HOME_STYLE))  # not from _static: Jupyter Book would load it on every page


def add_page_head(app, pagename, templatename, context, doctree):
    """Say under a chapter's title how long it takes, leave a place for what reader.js puts there, and style home."""
    body, added = context.get("body", ""), ""
    if pagename == app.config.root_doc:
        added = "<resume-reading></resume-reading>"
        app.add_css_file(HOME_STYLE.name)
    elif told := pagename.startswith("chapters/") and READING_TIME.search(body):
        body = body.replace(f"<p>{told[0]}.</p>\n", "")  # it stands in the head now
        added = f'<div class="page-head"><span>{told[1]} to read</span><reading-depth></reading-depth></div>'
    if added:
        context["body"] = body.replace("</h1>", f"</h1>\n{added}", 1)


def setup(app):
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it, used or not
    app.add_node(HideCodeCellNode, override=True, html=(visit_fold, depart_fold))
    app.connect("config-inited", serve_home_style)
    app.connect("doctree-resolved", name_folds)
    app.connect("html-page-context", add_page_head)
    app.connect("build-finished", finish, priority=LATE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
