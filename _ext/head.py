"""What others read of a page before they open it: its description, a card for those who share it, a map of the site.

Three extensions do it; here they get the book's one address, from html: baseurl: in _config.yml. They ask no host.
"""

from pathlib import Path
from urllib.parse import urlsplit

from matplotlib.figure import Figure

from adamlib import figures
from adamlib.explorers import DescentExplorer
from book import LATE

CARD = "_static/card.png"
META = """
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#121212" />
<meta name="twitter:card" content="summary_large_image" />
"""
NOT_FOUND = """<h1>There is no such page</h1>
<p>It may have moved. The list of chapters stands beside this text, or search the book:</p>
<form action="{root}search.html" method="get"><input type="search" name="q" aria-label="Search this book" />
<input type="submit" value="Search" /></form>
"""


def give_address(app, config):
    site = config.html_baseurl
    root = urlsplit(site).path
    config.ogp_site_url = site
    config.ogp_site_name = config.html_title
    config.ogp_image = site + CARD
    config.ogp_image_alt = "Paths of four optimizers over the contour lines of one long valley."
    config.notfound_urls_prefix = root
    config.notfound_context = {"title": "There is no such page", "body": NOT_FOUND.format(root=root)}
    config.sitemap_url_scheme = "{link}"
    config.sitemap_excludes = ["search.html", "404.html"]


def add_meta(app, pagename, templatename, context, doctree):
    icon = context["pathto"]("_static/touch-icon.png", 1)
    context["metatags"] = f'{context.get("metatags", "")}{META}<link rel="apple-touch-icon" href="{icon}" />\n'


def draw_card(path, title):
    """Draw the picture that stands beside a shared link: the title, and four walks down the valley of every chapter."""
    explorer = DescentExplorer()
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor="white")
    ax = figure.add_axes((0, 0, 1, 0.74))
    figures.draw_contours(ax, explorer.surface)
    for method, walk in explorer.paths.items():
        figures.draw_path(ax, walk.points[:60], method, marks=0)
    ax.set_axis_off()
    figure.text(0.04, 0.85, title, size=50, weight="bold", color=figures.INK)
    figure.legend(loc="upper right", bbox_to_anchor=(0.98, 0.98), ncols=2, fontsize=16, frameon=False)
    figure.savefig(path)


def finish(app, exception):
    if exception is None and app.builder.name == "html":
        out = Path(app.outdir)
        draw_card(out / CARD, app.config.html_title)
        (out / "robots.txt").write_text(
            f"User-agent: *\nAllow: /\nSitemap: {app.config.html_baseurl}sitemap.xml\n", encoding="utf-8"
        )


def setup(app):
    for extension in ("sphinxext.opengraph", "notfound.extension", "sphinx_sitemap"):
        app.setup_extension(extension)
    app.connect("config-inited", give_address)
    app.connect("html-page-context", add_meta, priority=LATE)
    app.connect("build-finished", finish, priority=LATE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
