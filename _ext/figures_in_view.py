"""Keep a small live figure in view while the text that speaks of it is read, until the next figure of its section."""

from docutils import nodes
from myst_nb.core.render import WIDGET_VIEW_MIMETYPE

from live_widgets import HIGHEST, models_in, models_of
from page_files import load_where

RUN = "figure-run"


def is_small(models, node):
    """Say whether a node shows a live figure that is small."""
    return any(state.get("_room", [HIGHEST + 1])[0] <= HIGHEST for state in models_in(models, node))


def ends(node):
    """Say whether a node is another part of the page: a section, or one with a figure of its own."""
    picture = next(node.findall(nodes.image), None)
    return isinstance(node, nodes.section) or picture or WIDGET_VIEW_MIMETYPE in node.astext()


def wrap(app, doctree, docname):
    """Put each small figure and the text after it into one element, which says how far the figure goes along."""
    models = models_of(app.env, docname)
    cells = [node for node in doctree.findall(nodes.container) if node.get("nb_element") == "cell_code"]
    for cell in [cell for cell in cells if is_small(models, cell)]:
        section = cell.parent
        at = section.index(cell)
        after = section.children[at + 1 :]
        end = at + 1 + next((i for i, node in enumerate(after) if ends(node)), len(after))
        run = nodes.container("", *section.children[at:end], classes=[RUN])
        section[at:end] = [run]


def has_run(app, pagename, doctree):
    """Say whether a page has such a figure."""
    return any(RUN in node["classes"] for node in doctree.findall(nodes.container))


def setup(app):
    app.connect("doctree-resolved", wrap, priority=600)  # the cells have their outputs, and the folds their names
    load_where(app, __file__, has_run)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
