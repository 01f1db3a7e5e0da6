"""The script and the style of a step, which stand beside its module, on the pages that use them."""

from pathlib import Path


def load_where(app, module, wanted):
    """Serve a step's two files, and load them on each page for which wanted(app, page's name, doctree) is true."""
    script, style = (Path(module).with_suffix(kind) for kind in (".js", ".css"))

    def serve(app, config):  # not from _static: Jupyter Book would load them on every page
        config.html_static_path += [str(script), str(style)]

    def load(app, pagename, templatename, context, doctree):
        if doctree is not None and wanted(app, pagename, doctree):
            app.add_js_file(script.name, defer="defer")
            app.add_css_file(style.name)

    app.connect("config-inited", serve)
    app.connect("html-page-context", load)
