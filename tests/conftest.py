"""The built site and a real browser, made once for all tests that want them, and how a run begins and ends.

What only these fixtures need is imported inside them: unit tests run without a browser, a widget or the site's tools.
"""

import collections
import contextlib
import json
import os
import shutil
from pathlib import Path

import pytest

from project import PATIENCE, ROOT, STATE, VIEW, Build, build_book, copy_files, html_of, project_files, serve

# One thread for each program of linear algebra: two that wait for each other cost a quarter more. Said before NumPy is
# there, and passed on to the kernels and programs that a test starts.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The shell is the same engine without a browser around it, and takes a quarter less of a processor.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

# What Chromium would do besides. The menus of the address bar, which nobody sees, are pages of their own in each
# window, and cost more than a page with an explorer. Only the last list given counts, so those that Playwright leaves
# out follow.
UNWANTED = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"]
UNWANTED += ["AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"]
UNWANTED += ["DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay"]
UNWANTED += ["MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch"]
UNWANTED += ["ThirdPartyStoragePartitioning"]

# The longest begin, so that none of them is left for one worker in the end: some files, then folder by folder. The
# first that wants the book builds it, while others run that do not.
LONGEST = ("test_site.py", "test_mistakes.py", "test_lite.py", "test_classroom.py", "test_marking.py")
FOLDERS = ("explorers", "site", "tools", "chapters", "unit")


@pytest.hookimpl(optionalhook=True)  # units also run where there is no pytest-xdist
def pytest_xdist_auto_num_workers():
    """One more at a time than there are processors: much of a test is waiting for a browser or another Python."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest. Refuse a name that no other worker gives: it would stop them all."""
    for item in items:
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(f"give the test an id without an address, which changes: {item.nodeid}")
    items.sort(key=lambda item: (_place(item.path.name, LONGEST), _place(item.path.parent.name, FOLDERS)))


def _place(name, names):
    return names.index(name) if name in names else len(names)


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


@pytest.fixture(scope="session")
def build(tmp_path_factory, worker_id):
    """Build the book once, warnings as errors, in a copy: the working tree's own _build stays as it is.

    The copy goes where BUILT_BOOK says, and stays there; one that stands there already is taken.
    """
    from filelock import FileLock

    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    copy = Path(os.environ.get("BUILT_BOOK", shared / "book"))
    record = copy.with_suffix(".json")
    with FileLock(copy.with_suffix(".lock")):  # who comes second waits, and takes what the first has built
        if not record.exists():
            copy_files(project_files(), copy)
            _, *said = build_book(copy)
            record.write_text(json.dumps(said), encoding="utf-8")
    return Build(html_of(copy), *json.loads(record.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def site(build):
    """The built book, served on this machine."""
    if not build.succeeded:
        pytest.fail("the book does not build: test_the_book_builds_without_a_warning says why", pytrace=False)
    with serve(build.html) as served:
        yield served


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium. Where there is none its tests are skipped, but in CI they fail."""
    programs = [shutil.which(name) for name in CHROMIUM]
    program = next(filter(None, programs), None)
    if program is None:
        lack = "no Chromium found: install it (on Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(lack, pytrace=False)
        pytest.skip(lack)
    from playwright.sync_api import expect, sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    quiet += ["--font-render-hinting=none"]  # which the shell alone heeds: letters are as wide as the browser's own
    # Other hosts are refused at once, so that no test depends on whether they answer. The asking is still recorded.
    quiet += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    quiet += [f"--disable-features={','.join(UNWANTED)}"]
    # No threads of its own to compile scripts and to clear memory: a page lives too briefly to gain by them, and they
    # cost a tenth of the processor's time.
    quiet += ["--js-flags=--single-threaded"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=quiet, timeout=PATIENCE * 1000)
        chromium.on("context", lambda context: context.set_default_timeout(PATIENCE * 1000))
        expect.set_options(timeout=PATIENCE * 1000)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def pages():
    """Pages at rest, by the settings of their context: a new one costs four times what another address does."""
    return collections.defaultdict(list)


@pytest.fixture
def explorer_page(browser, pages, tmp_path):
    """Give a function that opens a page on which the given explorers are alive, with the site's own loader.

    Below them stands the text, with a script and a style of the site. The settings are those of a Playwright context.
    What the page says on its console, warnings and errors, is collected in `page.complaints`, and must be
    nothing in the end unless the test says so by emptying it.
    """
    from ipywidgets.embed import dependency_state

    from hands import painted

    loader = ROOT / "_ext" / "live_widgets.js"
    with contextlib.ExitStack() as stack:
        opened = []

        def open_page(*explorers, text="", script=None, **context):
            state = dependency_state(explorers, drop_defaults=False)
            views = "".join(_script(VIEW, {"model_id": explorer.model_id}) for explorer in explorers)
            (tmp_path / "index.html").write_text(
                "<!doctype html><html lang=en data-theme=light><meta charset=utf-8><title>Explorers</title>"
                "<meta name=viewport content='width=device-width, initial-scale=1'><main><h1>Explorers</h1>"
                f"{_script(STATE, {'state': state})}{views}{text}</main><script defer src={loader.name}></script>"
                + (f"<script defer src={script}.js></script><link rel=stylesheet href={script}.css>" if script else "")
                + "</html>",
                encoding="utf-8",
            )
            for file in [loader, *loader.parent.glob(f"{script}.*")]:
                shutil.copy(file, tmp_path)
            served = stack.enter_context(serve(tmp_path))
            settings = {"viewport": {"width": 800, "height": 900}} | context
            at_rest = pages[str(sorted(settings.items()))]
            page = _wake(at_rest.pop(), settings) if at_rest else _new_page(browser, settings)
            stack.callback(_rest, page, at_rest)
            opened.append(page)
            page.goto(served.url)
            page.context.new_cdp_session(page).send("Page.resetNavigationHistory")  # of other tests
            page.wait_for_function("document.querySelectorAll('live-widget:not([aria-busy])').length > 0")
            painted(page)  # the first frame tells an explorer that it is in view,
            painted(page)  # and in another it draws itself
            return page

        yield open_page
        for page in opened:
            assert page.complaints == []


def _new_page(browser, settings):
    page = browser.new_context(**settings).new_page()
    page.complaints, page.spent = [], False
    page.on("console", lambda said: page.complaints.append(said.text) if said.type in ("warning", "error") else 0)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.context.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    return page


def _wake(page, settings):
    page.set_viewport_size(settings["viewport"])
    page.mouse.move(0, 0)  # nothing is pointed at
    page.complaints = []
    return page


def _rest(page, at_rest):
    """Keep a page for other tests, unless it was closed or its clock is stopped."""
    if page.is_closed() or page.spent:
        page.context.close()
        return
    page.unroute_all()
    page.goto("about:blank")
    at_rest.append(page)


def _script(kind, content):
    return f'<script type="{kind}">{json.dumps(content).replace("<", chr(92) + "u003c")}</script>'
