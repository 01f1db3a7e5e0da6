"""Bring the widgets of a page to life: the loader, on the pages that hold one, and words for who reads without it."""

import json
import re
from pathlib import Path

from docutils import nodes
from myst_nb.core.render import WIDGET_VIEW_MIMETYPE
from myst_nb.sphinx_ import NbMetadataCollector, SelectMimeType
from sphinx.transforms.post_transforms import SphinxPostTransform

from lighten import lighten_script

LOADER = Path(__file__).with_suffix(".js")
LIVE_FIGURE = "first-live-figure"  # the keyboard may skip to it (see book_site.py)
HIGHEST = 420  # pixels on a phone of a small figure: what is higher is a laboratory, and has a place of its own
VIEW = f'<script type="{WIDGET_VIEW_MIMETYPE}">'
NAMELESS = re.compile(rf'({re.escape(VIEW[:-1])})(>[^<]*"model_id": "(\w+)")')
WITHOUT_JAVASCRIPT = "<noscript><p>Here stands a figure with controls. It needs JavaScript.</p></noscript>"


def serve_loader(app, config):
    # Not in _static: Jupyter Book would load it from there on every page.
    config.html_static_path.append(str(LOADER))


def shown(models, body):
    """Keep the models that the page shows, and those they refer to: a cell may make many more, each with its code."""
    wanted, kept = re.findall(r'"model_id": "(\w+)"', body), {}
    while wanted:
        model = wanted.pop()
        if model in models and model not in kept:
            kept[model] = models[model]
            text = json.dumps(models[model])
            wanted += [other for other in models if other in text]
    return kept


def models_of(env, docname):
    """Return the models of a page's widgets by their id."""
    state = NbMetadataCollector.get_js_files(env, docname).get("ipywidgets_state")
    return json.loads(state[1]["body"])["state"] if state else {}


def models_in(models, node):
    """Return the states of the models whose views stand in a node."""
    views = [view.astext() for view in node.findall(nodes.raw) if WIDGET_VIEW_MIMETYPE in view.astext()]
    shown = [model for view in views for model in re.findall(r'"model_id": "(\w+)"', view)]
    return [models.get(model, {}).get("state", {}) for model in shown]


def rooms(models):
    """Give the style that keeps a widget's room free until it is drawn, for those that say how high they will be."""
    rules = []
    for model, entry in models.items():
        if room := entry["state"].get("_room"):
            place = f'live-widget[data-model-id="{model}"][aria-busy], script[data-model-id="{model}"]'
            phone, wide = (f":is({place}) {{ min-height: {height}px }}" for height in room)
            # From there on a small one stands beside its text, and is narrow again (figures_in_view.css).
            until = " and (width < 1200px)" if room[0] <= HIGHEST else ""
            rules.append(f"{phone} @media (min-width: 48rem){until} {{ {wide} }}")
    # Before the loader has come, the script that it replaces holds the room: it is hidden, yet laid out.
    rules += [
        "@media (scripting: enabled) { script[data-model-id] { display: block; visibility: hidden; font-size: 0 } }"
    ]
    return f"<style>{' '.join(rules)}</style>"


def once(models):
    """Take code and style out of the models, which repeat them; each becomes its place in the list that is returned.

    The code of an explorer is lightened. What others wrote stays as it is. Of a layout only what is set is kept.
    """
    texts = []
    for model in models.values():
        if model["model_name"] == "LayoutModel":
            model["state"] = {key: value for key, value in model["state"].items() if value is not None}
        if model["state"].get("_anywidget_id", "").startswith("adamlib."):
            model["state"]["_esm"] = lighten_script(model["state"]["_esm"])
        for key in ("_esm", "_css"):
            if text := model["state"].get(key):
                texts += [] if text in texts else [text]
                model["state"][key] = texts.index(text)
    return texts


def add_loader(app, pagename, templatename, context, doctree):
    """Add the loader to a page with widgets, and write their state so that HTML cannot end or hide in it."""
    state = NbMetadataCollector.get_js_files(app.env, pagename).get("ipywidgets_state")
    if state:
        content = json.loads(state[1]["body"])
        content["state"] = shown(content["state"], context["body"])
        content["texts"] = once(content["state"])
        # MyST-NB escapes </script> only, and "<!--<script" in a widget's module would swallow the rest of the page.
        state[1]["body"] = json.dumps(content).replace("<", r"\u003c")
        context["body"] = NAMELESS.sub(r'\1 data-model-id="\3"\2', context["body"])
        app.add_js_file(LOADER.name, defer="defer")
        context["metatags"] += rooms(content["state"])


def say_what_stands_here(app, doctree, docname):
    views = [view for view in doctree.findall(nodes.raw) if view.astext().startswith(VIEW)]
    for view in views:
        view += nodes.Text(WITHOUT_JAVASCRIPT)
    for first in views[:1]:
        first.insert(0, nodes.Text(f'<span id="{LIVE_FIGURE}" tabindex="-1"></span>'))


class KeepPicture(SphinxPostTransform):
    """Let the picture of a widget stand where it stands, for who reads without JavaScript."""

    default_priority = SelectMimeType.default_priority - 1  # which keeps one form of an output

    def run(self, **options):
        bundles = [node for node in self.document.findall(nodes.container) if node.get("nb_element") == "mime_bundle"]
        for bundle in bundles:
            forms = {form["mime_type"]: form for form in bundle.children}
            view, picture = forms.get(WIDGET_VIEW_MIMETYPE), forms.get("image/png")
            if view and picture:
                inside = [nodes.raw("", tag, format="html") for tag in ("<noscript>", "</noscript>")]
                view.extend([inside[0], *(part.deepcopy() for part in picture.children), inside[1]])


def setup(app):
    app.connect("config-inited", serve_loader)
    app.connect("html-page-context", add_loader, priority=400)  # before MyST-NB writes the state into the page
    app.add_post_transform(KeepPicture)
    app.connect("doctree-resolved", say_what_stands_here)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
