"""Links of the text that speak to an explorer of their page, which has a name. Elsewhere they are harmless links.

    [lr = 0.51](#race:descent_lr=0.51&steps=50)    sets the explorer named race: as published, except these
    [as it was](#race:)                            resets it
    [RMSProp](#race:@RMSProp)                      pointed at, lights what belongs to this method
    [descent diverges](#race?descent_lr>0.5)       a task, which ticks itself once this is so

A list is joined by commas, a space is a plus sign. A task compares by < <= = >= >, several by &.
"""

import re
from urllib.parse import parse_qsl, quote

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from live_widgets import models_in, models_of
from page_files import load_where

log = logging.getLogger(__name__)
FORM = re.compile(r"#([a-z][a-z-]*)(:@|:|\?)(.*)")
KINDS = {":": "live-sentence", ":@": "live-method", "?": "live-task"}


def fault(address, explorers):
    """Say what such an address names that is not there, or None. Explorers: the settings of each by its name."""
    name, kind, rest = FORM.fullmatch(address).groups()
    if name not in explorers:
        return f"{address}: no explorer on this page is named {name!r}"
    if kind == ":@":
        return None if rest.strip() else f"{address} names no method"
    if kind == "?":
        parts = [re.fullmatch(r"(\w+)(?:<=|>=|=|<|>)(.+)", part) for part in rest.split("&")]
        asked = [part and part[1] for part in parts]
    else:
        asked = [setting for setting, _ in parse_qsl(rest, keep_blank_values=True)]
        asked = asked if len(asked) == len(rest.split("&")) or not rest else [None]
    wrong = next((setting for setting in asked if setting not in explorers[name]), asked)
    return None if wrong is asked else f"{address}: the explorer {name!r} has no setting {wrong!r}"


class Recognise(SphinxTransform):
    """Take these links away before MyST looks for headings of their names."""

    default_priority = 878

    def apply(self):
        for link in self.document.findall(nodes.reference):
            if link.get("id_link") and (form := FORM.fullmatch(link["refuri"])):
                del link["id_link"]
                link["refuri"] = quote(link["refuri"], safe="#:@?&=<>,.+-%")
                link["internal"] = True
                link["classes"].append(KINDS[form[2]])


def named(app, docname, doctree):
    """Return the settings of each explorer that a page shows under a name."""
    shown = models_in(models_of(app.env, docname), doctree)
    return {state["name"]: state["limits"] for state in shown if state.get("name") and "limits" in state}


def check(app, doctree, docname):
    """Warn of a link that names what its page has not."""
    links = [link for link in doctree.findall(nodes.reference) if FORM.fullmatch(link.get("refuri", ""))]
    explorers = named(app, docname, doctree) if links else {}
    for link in links:
        if wrong := fault(link["refuri"], explorers):
            log.warning(wrong, location=link)


def setup(app):
    app.add_transform(Recognise)
    app.connect("doctree-resolved", check)
    load_where(app, __file__, named)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
