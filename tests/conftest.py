"""The built site and a real browser, made once for all tests that want them."""

import functools
import os
import shutil
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent


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
def build(tmp_path_factory):
    """Build the book once, warnings as errors, in a copy: the working tree's own _build stays as it is."""
    copy = tmp_path_factory.mktemp("book")
    for name in project_files():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    done = subprocess.run(
        [*command, "build", str(copy), "-W", "-n", "--keep-going"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    return Build(copy / "_build" / "html", done.returncode == 0, done.stdout)


@pytest.fixture(scope="session")
def site(build):
    """The built book, served on this machine."""
    if not build.succeeded:
        pytest.fail("the book does not build: test_the_book_builds_without_a_warning says why", pytrace=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(build.html)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(build.html, f"http://127.0.0.1:{server.server_port}/")
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
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=quiet)
        yield chromium
        chromium.close()
