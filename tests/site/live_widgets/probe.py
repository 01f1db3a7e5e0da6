"""A widget that hands out what the loader gives it; the tests do the rest from outside."""

from pathlib import Path

import anywidget
import traitlets

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

FAR = """
    log.push("far: module");
    export default { render({ el }) { log.push("far: render"); el.textContent = "drawn late"; } };
"""


class Probe(anywidget.AnyWidget):
    _esm = Path(__file__).with_name("probe.js")
    _css = ".probe { letter-spacing: 3px }"
    name = traitlets.Unicode().tag(sync=True)
    a = traitlets.Any(0).tag(sync=True)
    b = traitlets.Any(0).tag(sync=True)
    raw = traitlets.Bytes(b"\x00\x01\xff").tag(sync=True)
    nested = traitlets.Dict().tag(sync=True)
    other = anywidget.WidgetTrait().tag(sync=True)


class Pictured(Probe):
    """As the book's own explorers show themselves: the widget, a picture of it and a text."""

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"text/plain": f"Pictured({self.name!r})", "image/png": PICTURE}, metadata


def widget(name, esm, css=""):
    """Make a widget of a class of its own."""
    return type(name, (anywidget.AnyWidget,), {"_esm": esm, "_css": css})()
