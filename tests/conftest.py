"""The built site and a real browser, made once for all tests that want them."""

import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock
from hands import painted
from hypothesis import settings
from ipywidgets.embed import dependency_state

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "_ext"))  # for the tests of what is there
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"

# Hypothesis gives each case 200 ms, which a busy machine does not keep, and no test here asserts a time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# What Chromium would do besides. The menus of the address bar, which nobody sees, are pages of their own in each window,
# and cost more than a page with an explorer. Only the last list given counts, so those that Playwright leaves out follow.
UNWANTED = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"]
UNWANTED += ["AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"]
UNWANTED += ["DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay"]
UNWANTED += ["MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch"]
UNWANTED += ["ThirdPartyStoragePartitioning"]

# The files that take longest, longest first.
SLOWEST = ["test_lite.py", "test_site.py", "test_descent_explorer.py", "test_mistakes.py", "test_schedule_explorer.py"]
SLOWEST += ["test_anywhere.py", "test_classroom.py", "test_adam_microscope.py", "test_results_explorer.py", "test_published_explorers.py"]
SLOWEST += ["test_extreme_settings.py"]


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, so that none of them is left for one worker in the end."""
    items.sort(key=lambda item: SLOWEST.index(item.path.name) if item.path.name in SLOWEST else len(SLOWEST))


def pytest_terminal_summary(terminalreporter):
    """Print the rows that passed tests recorded, a table for each title."""
    tables = {}
    for report in terminalreporter.getreports("passed"):
        for title, row in report.user_properties:
            tables.setdefault(title, []).append(row)
    for title, rows in tables.items():
        terminalreporter.section(title)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            terminalreporter.write_line("  ".join(map(str.ljust, row, widths)).rstrip())


class Build(NamedTuple):
    """What building the book gave: its pages, whether it went without a warning, and what it printed."""

    html: Path
    succeeded: bool
    log: str


class Site(NamedTuple):
    """Where the built pages lie, and the address that serves them."""

    html: Path
    url: str


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for many files, as a real server does

    def log_message(self, *args):
        pass


def project_files():
    """Name every file of the project: what git tracks, and what is new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = sorted(set(listed.stdout.split("\0")) - {""})
    return [name for name in names if (ROOT / name).is_file()]  # a deleted file is still listed


@pytest.fixture(scope="session")
def build(tmp_path_factory, worker_id):
    """Build the book once, warnings as errors, in a copy: the working tree's own _build stays as it is."""
    if ready := os.environ.get("BUILT_BOOK"):  # .ci/run has built it
        return Build(_html(Path(ready)), True, "")
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    copy, record = shared / "book", shared / "book.json"
    with FileLock(shared / "book.lock"):  # who comes second waits, and takes what the first has built
        if not record.exists():
            for name in project_files():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
            _, *said = build_book(copy)
            record.write_text(json.dumps(said), encoding="utf-8")
    return Build(_html(copy), *json.loads(record.read_text(encoding="utf-8")))


def build_book(folder):
    """Build the book that lies in a folder, warnings as errors."""
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    done = subprocess.run(
        [*command, "build", str(folder), "-W", "-n", "--keep-going"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    return Build(_html(folder), done.returncode == 0, done.stdout)


def _html(folder):
    return folder / "_build" / "html"


@pytest.fixture(scope="session")
def site(build):
    """The built book, served on this machine."""
    if not build.succeeded:
        pytest.fail("the book does not build: test_the_book_builds_without_a_warning says why", pytrace=False)
    with serve(build.html) as served:
        yield served


@contextlib.contextmanager
def serve(html):
    """Serve a folder on this machine, for as long as it is needed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(html)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Site(html, f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium. Where there is none its tests are skipped, but in CI they fail."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        lack = "no Chromium found: install it (on Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(lack, pytrace=False)
        pytest.skip(lack)
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    # Other hosts are refused at once, so that no test depends on whether they answer. The asking is still recorded.
    quiet += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    quiet += [f"--disable-features={','.join(UNWANTED)}"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=quiet)
        yield chromium
        chromium.close()


@pytest.fixture
def explorer_page(browser, tmp_path):
    """Give a function that opens a page on which the given explorers are alive, with the site's own loader.

    The settings are those of a Playwright context.
    What the page says on its console, warnings and errors, is collected in `page.complaints`, and must be
    nothing in the end unless the test says so by emptying it.
    """
    loader = ROOT / "_ext" / "live_widgets.js"
    with contextlib.ExitStack() as stack:
        opened = []

        def open_page(*explorers, **context):
            state = dependency_state(explorers, drop_defaults=False)
            views = "".join(_script(VIEW, {"model_id": explorer.model_id}) for explorer in explorers)
            (tmp_path / "index.html").write_text(
                "<!doctype html><html lang=en data-theme=light><meta charset=utf-8><title>Explorers</title>"
                "<meta name=viewport content='width=device-width, initial-scale=1'><main><h1>Explorers</h1>"
                f"{_script(STATE, {'state': state})}{views}</main><script defer src={loader.name}></script></html>",
                encoding="utf-8",
            )
            shutil.copy(loader, tmp_path)
            served = stack.enter_context(serve(tmp_path))
            made = browser.new_context(**{"viewport": {"width": 800, "height": 900}} | context)
            stack.callback(made.close)
            page = made.new_page()
            page.complaints = []
            page.on("console", lambda said: page.complaints.append(said.text) if said.type in ("warning", "error") else 0)
            page.on("pageerror", lambda error: page.complaints.append(str(error)))
            page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
            page.goto(served.url)
            page.wait_for_function("document.querySelectorAll('live-widget:not([aria-busy])').length > 0")
            painted(page)  # the first frame tells an explorer that it is in view,
            painted(page)  # and in another it draws itself
            opened.append(page)
            return page

        yield open_page
        for page in opened:
            assert page.complaints == []


def _script(kind, content):
    return f'<script type="{kind}">{json.dumps(content).replace("<", chr(92) + "u003c")}</script>'
