"""Buttons that open a chapter where its code can be changed: in Colab, in Binder and in a class's JupyterHub.

The theme's own launch buttons would also stand on the home page, which is no notebook, and they ask for the address of
one JupyterHub, where every class has another. Ours leads to the page that makes a link for any of them.
"""

import re
from pathlib import Path
from urllib.parse import urlencode

import yaml
from sphinx.errors import ConfigError

from book import LATE

REPOSITORY = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+)")
STUDENTS = "students"  # the branch that tools/students.py makes: no assignment's source reaches a student's folder
PLACES = {
    "Colab": ("logo_colab.png", "Open this chapter in Google Colab"),
    "Binder": ("logo_binder.svg", "Open this chapter on Binder, which takes a minute or two to start"),
    "JupyterHub": ("logo_jupyterhub.svg", "Make a link that opens this chapter on your class's JupyterHub"),
}


def addresses(repository, branch, path):
    """Return where each place opens a file of the repository."""
    found = REPOSITORY.fullmatch(repository)
    if not found:
        raise ConfigError(f"repository: url: {repository} in _config.yml is not https://github.com/OWNER/NAME")
    owner, name = found.groups()
    pulled = urlencode({"repo": repository, "branch": STUDENTS, "urlpath": f"lab/tree/{name}/{path}"}, safe="/:")
    return {
        "Colab": f"https://colab.research.google.com/github/{owner}/{name}/blob/{branch}/{path}",
        "Binder": f"https://mybinder.org/v2/gh/{owner}/{name}/{STUDENTS}?urlpath=lab/tree/{path}",
        "JupyterHub": f"https://nbgitpuller.readthedocs.io/en/latest/link.html?{pulled}",
    }


def read_repository(app, config):
    # Jupyter Book would pass it to the theme, were it not for the theme's options in the same file.
    book = yaml.safe_load((Path(app.confdir) / "_config.yml").read_text(encoding="utf-8"))
    config.launch_repository = book.get("repository") or {}
    if not {"url", "branch"} <= config.launch_repository.keys():
        raise ConfigError("_config.yml must name the repository: url and branch")


def add_launch_buttons(app, pagename, templatename, context, doctree):
    if context.get("page_source_suffix") != ".ipynb" or app.config.hide_solutions:  # they open the repository's own
        return
    repository = app.config.launch_repository
    urls = addresses(repository["url"], repository["branch"], f"{pagename}.ipynb")
    buttons = [
        {"type": "link", "text": place, "tooltip": tooltip, "icon": f"_static/images/{logo}", "url": urls[place]}
        for place, (logo, tooltip) in PLACES.items()
    ]
    group = {"type": "group", "label": "launch-buttons", "icon": "fas fa-rocket", "tooltip": "Run", "buttons": buttons}
    context["header_buttons"].insert(0, group)


def setup(app):
    app.add_config_value("launch_repository", {}, "html")  # a change of it writes the pages again
    app.connect("config-inited", read_repository)
    app.connect("html-page-context", add_launch_buttons, priority=LATE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
