"""The chief paths of a reader in Firefox too, which is asked by WebDriver BiDi."""

import itertools
import json
import os
import shutil
import subprocess

import pytest
from websocket import create_connection

from project import PATIENCE

RIGHT = "\ue014"


class Firefox:
    """A headless Firefox with one page."""

    def __init__(self, program, profile):
        command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        address = next(line.split()[-1] for line in self.process.stderr if "WebDriver BiDi listening on" in line)
        self.socket = create_connection(f"{address}/session", timeout=PATIENCE, suppress_origin=True)
        self.numbers, self.errors = itertools.count(1), []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])
        self.page = self.send("browsingContext.getTree")["contexts"][0]["context"]
        self.send("browsingContext.setViewport", context=self.page, viewport={"width": 1280, "height": 800})

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

    def wait(self, script):
        """Wait until a script gives something true, asked once a frame."""
        return self.ask(f"""new Promise((done) => {{
          const look = () => {{ const found = {script}; found ? done(found) : requestAnimationFrame(look); }};
          look();
        }})""")

    def press(self, key):
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": keys}]
        self.send("input.performActions", context=self.page, actions=actions)

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    program = shutil.which("firefox") or shutil.which("firefox-esr")
    if program is None:
        lack = "no Firefox found: install it (on Debian: apt-get install firefox-esr)"
        if os.environ.get("CI"):
            pytest.fail(lack, pytrace=False)
        pytest.skip(lack)
    firefox = Firefox(program, tmp_path_factory.mktemp("profile"))
    yield firefox
    firefox.close()


ALIVE = "!document.querySelector('live-widget[aria-busy]') && document.querySelector('.explorer svg path[d]') !== null"


@pytest.mark.parametrize("page", ["index.html", "chapters/04_adam.html"])
def test_a_page_is_alive_and_drawn(site, firefox, page):
    firefox.errors.clear()
    firefox.open(site.url + page)
    firefox.wait(ALIVE)
    assert firefox.ask("document.documentElement.scrollWidth - innerWidth") <= 0
    assert firefox.ask("[...document.querySelectorAll('math')].every((one) => one.getBoundingClientRect().height > 0)")
    slider = "document.querySelector('live-widget input[type=range]')"
    drawn = "[...document.querySelectorAll('.explorer svg path')].map((one) => one.getAttribute('d')).join()"
    before, value = firefox.ask(drawn), firefox.ask(f"({slider}.scrollIntoView(), {slider}.focus(), {slider}.value)")
    firefox.press(RIGHT)
    firefox.wait(f"{slider}.value !== {json.dumps(value)}")
    firefox.wait(f"{drawn} !== {json.dumps(before)}")
    assert [error for error in firefox.errors if "favicon" not in error] == []


def test_the_search_leads_to_the_words(site, firefox):
    firefox.open(f"{site.url}search.html?q=debiased")
    firefox.wait("document.querySelector('#search-results li a')")
    firefox.ask("document.querySelector('#search-results li a').click()")
    firefox.wait("location.pathname !== '/search.html' && document.readyState === 'complete'")


def test_a_chapter_shows_as_much_as_its_reader_chose(site, firefox):
    firefox.open(site.url + "chapters/04_adam.html")
    firefox.ask("document.querySelector('reading-depth input[value=all]').click()")
    firefox.open(site.url + "chapters/05_hyperparameters.html")
    assert firefox.ask("[...document.querySelectorAll('article details.hide')].every((fold) => fold.open)")
