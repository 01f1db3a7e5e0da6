"""The chief paths of a reader in Firefox too, asked by WebDriver BiDi, and in WebKit, asked by the older WebDriver."""

import itertools
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from urllib.error import HTTPError

import pytest
from websocket import create_connection

from project import PATIENCE, listed_pages

RIGHT = "\ue014"
WIDE, NARROW = 1280, 390


class Browser:
    """A browser with one page."""

    def wait(self, script):
        """Wait until a script gives something true, asked once a frame."""
        return self.ask(f"""new Promise((done) => {{
          const look = () => {{ const found = {script}; found ? done(found) : requestAnimationFrame(look); }};
          look();
        }})""")


class Firefox(Browser):
    """A headless Firefox."""

    def __init__(self, program, profile):
        command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        address = next(line.split()[-1] for line in self.process.stderr if "WebDriver BiDi listening on" in line)
        self.socket = create_connection(f"{address}/session", timeout=PATIENCE, suppress_origin=True)
        self.numbers, self.errors = itertools.count(1), []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])
        self.page = self.send("browsingContext.getTree")["contexts"][0]["context"]
        self.resize(WIDE)

    def send(self, method, **params):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = json.loads(self.socket.recv())
            if said.get("method") == "log.entryAdded" and said["params"]["level"] in ("error", "warn"):
                self.errors.append(said["params"]["text"])
            if said.get("id") == number:
                assert said["type"] == "success", said
                return said["result"]

    def open(self, url):
        self.send("browsingContext.navigate", context=self.page, url=url, wait="complete")

    def ask(self, script):
        """Return what a script of the page gives, as JSON."""
        said = self.send(
            "script.evaluate", expression=f"(async () => JSON.stringify(await ({script}) ?? null))()",
            target={"context": self.page}, awaitPromise=True,
        )  # fmt: skip
        assert said["type"] == "success", said
        return json.loads(said["result"]["value"])

    def resize(self, width):
        self.send("browsingContext.setViewport", context=self.page, viewport={"width": width, "height": 800})

    def press(self, key):
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": keys}]
        self.send("input.performActions", context=self.page, actions=actions)

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


class WebKit(Browser):
    """WebKit's own small browser, on a screen that nobody sees. What it writes to its console cannot be asked for."""

    def __init__(self, driver, screen):
        reader, writer = os.pipe()
        command = [screen, "-displayfd", str(writer), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
        self.screen = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as said:
            display = said.readline().strip()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        # Drawn by the processor: such a screen has no graphics card.
        look = {"DISPLAY": f":{display}", "GDK_BACKEND": "x11", "WEBKIT_DISABLE_DMABUF_RENDERER": "1"}
        self.process = subprocess.Popen([driver, f"--port={port}"], env=os.environ | look, stderr=subprocess.DEVNULL)
        self.address, self.errors = f"http://127.0.0.1:{port}", []
        while True:
            try:
                self.send("GET", "/status")
                break
            except OSError:  # it does not listen yet
                assert self.process.poll() is None, "WebKitWebDriver has ended"
                time.sleep(0.05)
        self.address += f"/session/{self.send('POST', '/session', capabilities={})['sessionId']}"
        self.send("POST", "/timeouts", script=PATIENCE * 1000, pageLoad=PATIENCE * 1000)
        self.resize(WIDE)

    def send(self, method, path, **body):
        data = json.dumps(body).encode() if method == "POST" else None
        asked = urllib.request.Request(self.address + path, data, method=method)
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.send("POST", "/url", url=url)

    def resize(self, width):
        self.send("POST", "/window/rect", width=width, height=900)

    def ask(self, script):
        """Return what a script of the page gives, as JSON."""
        told = f"(async () => JSON.stringify(await ({script}) ?? null))().then(arguments[0])"
        return json.loads(self.send("POST", "/execute/async", script=told, args=[]))

    def wait(self, script):
        for _ in range(100):
            try:
                return super().wait(script)
            except HTTPError:  # the page was left while it was asked
                time.sleep(0.1)
        pytest.fail(f"never asked to the end: {script}")

    def press(self, key):
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self.send("POST", "/actions", actions=[{"type": "key", "id": "keyboard", "actions": keys}])

    def close(self):
        self.send("DELETE", "")
        for process in (self.process, self.screen):
            process.terminate()
            process.wait()


# What makes a browser, the programs that it needs (one of those between bars), and the packages of Debian with them.
BROWSERS = {
    "Firefox": (Firefox, ["firefox|firefox-esr"], "firefox-esr"),
    "WebKit": (WebKit, ["WebKitWebDriver", "Xvfb"], "webkit2gtk-driver xvfb"),
}


@pytest.fixture(scope="module", params=BROWSERS)
def other(request, tmp_path_factory):
    make, needed, packages = BROWSERS[request.param]
    programs = [next(filter(None, map(shutil.which, names.split("|"))), None) for names in needed]
    if None in programs:
        lack = f"no {request.param} found: install it (on Debian: apt-get install {packages})"
        if os.environ.get("CI"):
            pytest.fail(lack, pytrace=False)
        pytest.skip(lack)
    browser = make(*programs, *([tmp_path_factory.mktemp("profile")] if make is Firefox else []))
    yield browser
    browser.close()


ALIVE = "!document.querySelector('live-widget[aria-busy]') && document.querySelector('.explorer svg path[d]') !== null"


@pytest.mark.parametrize("page", ["index.html", "chapters/04_adam.html"])
def test_a_page_is_alive_and_drawn(site, other, page):
    other.errors.clear()
    other.open(site.url + page)
    other.wait(ALIVE)
    assert other.ask("document.documentElement.scrollWidth - innerWidth") <= 0
    assert other.ask("[...document.querySelectorAll('math')].every((one) => one.getBoundingClientRect().height > 0)")
    pairs = "math :is(msub, msup, mover, munder, mfrac, mroot)"
    assert other.ask(f"[...document.querySelectorAll('{pairs}')].every((one) => one.childElementCount === 2)")
    slider = "document.querySelector('live-widget input[type=range]')"
    drawn = "[...document.querySelectorAll('.explorer svg path')].map((one) => one.getAttribute('d')).join()"
    before, value = other.ask(drawn), other.ask(f"({slider}.scrollIntoView(), {slider}.focus(), {slider}.value)")
    other.press(RIGHT)
    other.wait(f"{slider}.value !== {json.dumps(value)}")
    other.wait(f"{drawn} !== {json.dumps(before)}")
    # Of a formula that is read only in part when the page is first drawn, Firefox says the second.
    expected = ("favicon", "Incorrect number of children for")
    assert [error for error in other.errors if not any(words in error for words in expected)] == []


def test_the_search_leads_to_the_words(site, other):
    other.open(f"{site.url}search.html?q=debiased")
    other.wait("document.querySelector('#search-results li a')")
    other.ask("document.querySelector('#search-results li a').click()")
    other.wait("location.pathname !== '/search.html' && document.readyState === 'complete'")


def test_a_chapter_shows_as_much_as_its_reader_chose(site, other):
    other.open(site.url + "chapters/04_adam.html")
    other.ask("document.querySelector('reading-depth input[value=all]').click()")
    other.open(site.url + "chapters/05_hyperparameters.html")
    assert other.ask("[...document.querySelectorAll('article details.hide')].every((fold) => fold.open)")


def test_a_small_figure_stays_while_its_text_is_read(site, other):
    other.open(site.url + "chapters/04_adam.html")
    other.wait("document.querySelector('.figure-run.stays')")
    other.ask("scrollTo(0, document.querySelector('.figure-run').getBoundingClientRect().top + scrollY + 400)")
    other.wait("scrollY > 400")
    place = "document.querySelector('.figure-run live-widget').getBoundingClientRect()"
    header = "document.querySelector('.bd-header-article').offsetHeight"
    other.wait(f"{place}.top > {header} && {place}.bottom <= innerHeight")


BROKEN = """[...document.querySelectorAll("article math:not([display=block])")]
  .filter((one) => one.getClientRects().length > 1).map((one) => one.textContent)"""


def test_no_formula_in_a_line_is_broken(site, other):
    found, widths = {}, [WIDE, NARROW]
    for page in listed_pages():
        other.open(f"{site.url}{page}.html")
        widths.reverse()  # begin with the width that is there
        for width in widths:
            other.resize(width)
            other.wait(f"innerWidth < 600 === {json.dumps(width < 600)}")
            found[page, width] = other.ask(BROKEN)
            assert other.ask("document.documentElement.scrollWidth - innerWidth") <= 0, (page, width)
    assert {where: broken for where, broken in found.items() if broken} == {}
