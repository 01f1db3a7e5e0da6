"""Print the built book into one PDF, chapter after chapter, with bookmarks: adam-step-by-step.pdf, inside the site.

    jupyter-book build .
    python tools/book_pdf.py [folder of the built book, _build/html by default]

Chromium prints each page of the table of contents as a reader would. The pages are opened at the site's own address,
and answered from the folder: no host is asked, and links from page to page lead to the published site.
"""

import io
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from playwright.sync_api import sync_playwright
from pypdf import PdfReader, PdfWriter

ROOT = Path(__file__).resolve().parent.parent
NAME = "adam-step-by-step.pdf"
FOOTER = (
    '<div style="width: 100%; font-size: 8px; text-align: center">'
    '<span class="title"></span> · <span class="pageNumber"></span></div>'
)
MARGIN = {"top": "16mm", "bottom": "16mm", "left": "14mm", "right": "14mm"}
DRAWN = "!document.querySelector('live-widget[aria-busy]')"


def pages():
    """Name the pages of the book in their order."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return [f"{name}.html" for name in [contents["root"], *listed]]


def open_site(browser, folder):
    """Return the address of the site, and a tab in which the folder answers for it. All other hosts are refused."""
    site = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]
    tab = browser.new_page(viewport={"width": 800, "height": 1100}, color_scheme="light")

    def answer(route):
        path = folder / unquote(urlsplit(route.request.url).path).removeprefix(urlsplit(site).path)
        if route.request.url.startswith(site) and path.is_file():
            route.fulfill(path=path)
        else:
            route.abort()

    tab.route("**/*", answer)
    return site, tab


def print_page(tab, address):
    """Return one page as a PDF, with all its live figures drawn."""
    tab.goto(address)
    tab.wait_for_function(DRAWN)
    tab.evaluate("document.fonts.ready")
    return tab.pdf(
        format="A4", margin=MARGIN, display_header_footer=True, header_template="<span></span>", footer_template=FOOTER,
        print_background=True, outline=True, tagged=True,
    )  # fmt: skip


def print_book(browser, folder, names):
    """Return these pages of a built book as one PDF."""
    site, tab = open_site(browser, folder)
    book = PdfWriter()
    for name in names:
        printed = PdfReader(io.BytesIO(print_page(tab, site + name)))
        title = tab.title().split(" — ")[0]
        book.append(printed, outline_item=title, import_outline=False)
    tab.close()
    book.add_metadata({"/Title": "Adam, step by step"})
    return book


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "_build" / "html")
    if not (folder / "index.html").is_file():
        sys.exit(f"There is no built book in {folder}. Build it first: jupyter-book build .")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sys.exit("No Chromium found: install it (on Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        book = print_book(browser, folder, pages())
        browser.close()
    book.write(folder / NAME)
    print(f"{folder / NAME}: {len(book.pages)} pages, {(folder / NAME).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
