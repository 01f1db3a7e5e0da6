"""Time every chapter in JupyterLite: from the click on its button to the notebook, and to the first output.

    python benchmarks/lite.py [folder of the built book, _build/html by default]

Each opening has a browser that has kept nothing. Where the site has a Pyodide of its own (`lite_pyodide` in
`_config.yml`), all comes from this machine; else Pyodide comes from its CDN, and the network is measured with it.
"""

import sys
import time
from pathlib import Path

from page import chromium, serve
from playwright.sync_api import sync_playwright

OPENINGS = 3
NOTEBOOK = "jupyterapp.shell.currentWidget"
IS_OPEN = (
    f"() => window.jupyterapp && {NOTEBOOK}?.content?.model?.cells?.length && {NOTEBOOK}.sessionContext.session?.kernel"
)
HAS_OUTPUT = f"() => [...{NOTEBOOK}.content.model.cells].some((cell) => cell.outputs?.length)"


def measure(browser, address):
    """Return the seconds from the click until the notebook stands there, and until it has an output."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    clicked = time.perf_counter()
    with context.expect_page() as opened:
        page.get_by_role("link", name="Run in the browser").click()
    lite = opened.value
    lite.wait_for_function(IS_OPEN, timeout=120_000)
    there = time.perf_counter() - clicked
    lite.get_by_role("menuitem", name="Run", exact=True).click()
    lite.locator(".lm-Menu-item:has(.lm-Menu-itemLabel:text-is('Run All Cells'))").click()
    lite.wait_for_function(HAS_OUTPUT, timeout=240_000, polling=100)
    first = time.perf_counter() - clicked
    context.close()
    return there, first


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "_build/html")
    if not (folder / "lite" / "jupyter-lite.json").is_file():
        sys.exit(f"There is no built book with JupyterLite in {folder}. Build it first: jupyter-book build .")
    program, site = chromium(), serve(folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        print(f"Pyodide {'of the site' if (folder / 'lite' / 'pyodide').is_dir() else 'from its CDN'}")
        print(f"{'seconds from the click':40}{'notebook':>22}{'first output':>22}")
        for chapter in sorted((folder / "chapters").glob("*.html")):
            columns = zip(*(measure(browser, f"{site}chapters/{chapter.name}") for _ in range(OPENINGS)), strict=True)
            print(
                f"{chapter.stem:40}" + "".join(f"{' '.join(f'{x:.1f}' for x in column):>22}" for column in columns),
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main()
