"""The project as its tests see it: its files, the book that is built from them, and a server for what was built."""

import contextlib
import functools
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
PATIENCE = 300  # seconds, to stop what never ends: a busy machine takes minutes for what takes seconds


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

    def end_headers(self):
        if "/_static/" in self.path:  # else a browser asks again once a tenth of the file's age is over: after seconds
            self.send_header("Cache-Control", "max-age=86400")
        super().end_headers()


def project_files():
    """Name every file of the project: what git tracks, and what is new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = sorted(set(listed.stdout.split("\0")) - {""})
    return [name for name in names if (ROOT / name).is_file()]  # a deleted file is still listed


def copy_files(names, folder):
    """Copy files of the project into a folder, each to where it lies in the project."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)


JUPYTER_BOOK = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]


def build_book(folder):
    """Build the book that lies in a folder, warnings as errors."""
    done = subprocess.run(
        [*JUPYTER_BOOK, "build", str(folder), "-W", "-n", "--keep-going"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    return Build(html_of(folder), done.returncode == 0, done.stdout)


def build_small(folder, *settings):
    """Build the few pages in a folder with Sphinx, warnings as errors, and with these lines of settings."""
    path = f"import sys\nsys.path.insert(0, {str(ROOT / '_ext')!r})\n"
    (folder / "conf.py").write_text(path + "\n".join(settings), encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(folder), str(folder / "html")]
    return subprocess.run(command, capture_output=True, text=True)


def listed_pages():
    """Name the pages of the table of contents in their order, the home page first, without a suffix."""
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    return re.findall(r"(?:root|file): (\S+)", contents)


def html_of(folder):
    """Return where the pages of a built book lie."""
    return folder / "_build" / "html"


def wait(condition, *processes):
    """Wait until a condition holds, while these processes live."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until and all(process.poll() is None for process in processes)
        time.sleep(0.1)


def free_ports(count):
    """Find ports at which nobody listens."""
    with contextlib.ExitStack() as held:
        asked = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in asked]


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
