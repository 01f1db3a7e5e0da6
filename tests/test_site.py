"""The built book in a real browser: what a reader sees, at two widths, light and dark.

Every page is looked at in each of the four variants, and photographed into build/screenshots for
people to look at. The tests below ask what was recorded then, or the built files themselves.
"""

import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import axe_playwright_python
import matplotlib.image
import numpy as np
import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [f"{name}.html" for name in [TOC["root"], *(entry["file"] for entry in TOC["chapters"])]]
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
# A page is opened twice, and the reader's system changes its mode while it is open.
OPENINGS = [(1280, ("light", "dark")), (360, ("dark", "light"))]
SCREENSHOTS = ROOT / "build" / "screenshots"
# What all pages share, uncompressed. Over half of it is MathJax; the browser keeps it all from page to page.
SHARED_LIMIT = 2_100_000  # bytes

# axe-core, the common checker of accessibility: contrast, names, roles, landmarks, what the keyboard reaches.
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# It looks at every element, and a chapter has 20,000: formulas, which MathJax answers for, and coloured words of code,
# of which one of each colour will do. Without them it takes seconds, not a minute.
AXE_RUN = """async () => {
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  document.querySelectorAll("mjx-container").forEach((formula) => formula.replaceWith("x"));
  const seen = new Set();
  document.querySelectorAll("pre span").forEach((word) => {
    if (seen.has(word.className)) word.replaceWith(word.textContent); else seen.add(word.className);
  });
  const found = await axe.run({ preload: false });
  return [found.passes.length, found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 200)}`)];
}"""

# Everything that a test asks of an open page, read in one go.
LOOK = r"""() => {
  const article = document.querySelector("article") ?? document.querySelector("main");
  const inView = (element) => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width > 0 && style.visibility === "visible" && box.right > 0 && box.left < innerWidth;
  };
  const scrolls = (element) => {
    for (let box = element; box && box !== article; box = box.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return true;
    return false;
  };
  const raw = [];
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.parentElement.closest("pre, code, script, style, mjx-container") && /\$|\\[([a-z]/.test(text.data))
      raw.push(text.data.trim());
  }
  return {
    title: document.title,
    language: document.documentElement.lang,
    theme: document.documentElement.dataset.theme,
    scrollsSideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    cutOff: [...article.querySelectorAll("*")]
      .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("mjx-assistive-mml") && !scrolls(e))
      .map((e) => `${e.tagName}: ${e.textContent.trim().slice(0, 100)}`),
    searchButtons: [...document.querySelectorAll(".search-button__button, input[type=search]")].filter(inView).length,
    formulas: article.querySelectorAll(".math").length,
    rendered: article.querySelectorAll("mjx-container").length,
    wrong: [...article.querySelectorAll("mjx-merror, [data-mjx-error]")].map((e) => e.textContent),
    raw,
    figures: [...article.querySelectorAll(".cell_output img")].map((image) => {
      const style = getComputedStyle(image);
      return { loaded: image.complete && image.naturalWidth > 0, background: style.backgroundColor,
               filter: style.filter, opacity: style.opacity };
    }),
  };
}"""


class Visit(NamedTuple):
    """One page opened in one variant: what it said, asked for and looked like."""

    variant: str
    mode: str
    messages: list
    requests: list  # (address, status or reason of failure, bytes)
    look: dict
    axe: list | None  # [how many rules are kept, what is broken]; asked once per opening


@pytest.fixture(scope="session")
def visits(site, browser):
    """Open a page in all variants, once per session."""
    contexts = {
        width: browser.new_context(viewport={"width": width, "height": 800}, color_scheme=modes[0])
        for width, modes in OPENINGS
    }
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    opened = {}

    def open_once(page):
        if page not in opened:
            opened[page] = [
                seen for width, modes in OPENINGS for seen in visit(site, contexts[width], page, width, modes)
            ]
        return opened[page]

    yield open_once
    for context in contexts.values():
        context.close()


def visit(site, context, page, width, modes):
    messages, requests, seen = [], [], []
    tab = context.new_page()
    tab.on("console", lambda message: messages.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: messages.append(f"error: {error}"))
    tab.on("requestfailed", lambda request: requests.append((request.url, request.failure, 0)))
    tab.on("response", lambda got: requests.append((got.url, got.status, int(got.headers.get("content-length", 0)))))
    tab.goto(site.url + page)
    for mode in modes:
        tab.emulate_media(color_scheme=mode)
        settle(tab)
        name = f"{page.removesuffix('.html').replace('/', '-')}-{width}-{mode}.jpg"
        tab.screenshot(path=SCREENSHOTS / name, full_page=True, type="jpeg", quality=80)  # a PNG takes twice as long
        seen.append(Visit(f"{width} px, {mode}", mode, messages, requests, tab.evaluate(LOOK), None))
    tab.evaluate(AXE)  # last, because it changes the page
    seen[-1] = seen[-1]._replace(axe=tab.evaluate(AXE_RUN))
    tab.close()
    return seen


def settle(tab):
    """Wait until the formulas stand, the letters have arrived, and colours have stopped changing."""
    tab.evaluate("window.MathJax?.startup?.promise")
    tab.evaluate("document.fonts.ready")
    tab.evaluate("Promise.allSettled(document.getAnimations().map((animation) => animation.finished)).then(() => true)")


@pytest.fixture
def tab(site, browser):
    """A page of a reader at a desk, for tests that press things."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def parsed(site):
    """Every built page by its path."""
    pages = (page for page in site.html.rglob("*.html") if "_static" not in page.parts)
    return {
        page.relative_to(site.html).as_posix(): BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for page in pages
    }


def test_the_book_builds_without_a_warning(build):
    if not build.succeeded:
        pytest.fail(build.log, pytrace=False)


def test_exactly_the_listed_pages_are_built(parsed):
    assert sorted(parsed) == sorted([*PAGES, "search.html"])


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_a_page_says_nothing_on_the_console(visits, page):
    for seen in visits(page):
        complaints = [message for message in seen.messages if message.startswith(("error", "warning"))]
        assert complaints == [], seen.variant


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_a_page_asks_no_other_host(site, visits, page):
    for seen in visits(page):
        strange = [url for url, _, _ in seen.requests if not url.startswith((site.url, "data:", "blob:"))]
        assert strange == [], seen.variant


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_every_request_is_answered(visits, page):
    for seen in visits(page):
        assert len(seen.requests) > 5
        bad = [(url, status) for url, status, _ in seen.requests if status != 200 and not url.startswith("data:")]
        assert bad == [], seen.variant


@pytest.mark.parametrize("page", PAGES)
def test_what_pages_share_is_light(visits, page):
    for seen in visits(page):
        weight = sum(size for url, _, size in seen.requests if "/_static/" in url)
        assert 100_000 < weight < SHARED_LIMIT, seen.variant


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_the_reader_s_mode_is_followed(visits, page):
    for seen in visits(page):
        assert seen.look["theme"] == seen.mode, seen.variant


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_no_page_scrolls_sideways(visits, page):
    for seen in visits(page):
        assert seen.look["scrollsSideways"] == 0, seen.variant
        assert seen.look["cutOff"] == [], seen.variant


@pytest.mark.parametrize("page", PAGES)
def test_there_is_one_search_button(visits, page):
    for seen in visits(page):
        assert seen.look["searchButtons"] == 1, seen.variant


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_axe_finds_nothing(visits, page):
    checked = [seen for seen in visits(page) if seen.axe]
    assert [seen.mode for seen in checked] == ["dark", "light"]
    for seen in checked:
        kept, broken = seen.axe
        assert broken == [], seen.variant
        assert kept > 20


@pytest.mark.parametrize("page", PAGES)
def test_formulas_are_rendered(visits, parsed, page):
    for seen in visits(page):
        assert seen.look["rendered"] == seen.look["formulas"], seen.variant
        assert seen.look["wrong"] == [], seen.variant
        assert seen.look["raw"] == [], seen.variant
        if page in CHAPTERS:
            assert seen.look["formulas"] > 0


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_title_language_and_favicon(parsed, site, page):
    soup = parsed[page]
    assert "Adam, step by step" in soup.title.text
    assert soup.html["lang"] == "en"
    icon = soup.find("link", rel="icon")
    assert (site.html / page).parent.joinpath(icon["href"]).resolve().is_file()


@pytest.mark.parametrize("page", PAGES)
def test_figures_keep_their_white_ground(visits, page):
    for seen in visits(page):
        for figure in seen.look["figures"]:
            assert figure == {
                "loaded": True,
                "background": "rgb(255, 255, 255)",
                "filter": "none",
                "opacity": "1",
            }, seen.variant


def test_a_figure_looks_the_same_in_dark_mode(site, browser):
    """The pixels on the screen, not the rules that make them."""
    shots = []
    for mode in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=mode)
        page = context.new_page()
        page.goto(site.url + CHAPTERS[0])
        settle(page)
        figure = page.locator("article .cell_output img").first
        shots.append(matplotlib.image.imread(io.BytesIO(figure.screenshot())))
        context.close()
    light, dark = shots
    inner = np.s_[8:-8, 8:-8]  # the corners are rounded, and the page shows behind them
    assert np.array_equal(light[inner], dark[inner])
    assert np.median(light[inner]) == 1.0  # white


def test_stored_figures_are_opaque(site):
    figures = list((site.html / "_images").glob("*.png"))
    assert figures
    for figure in figures:
        pixels = matplotlib.image.imread(figure)
        assert pixels.shape[2] == 3 or pixels[..., 3].min() == 1.0, figure.name


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_has_words(parsed, page):
    for image in parsed[page].find("article").find_all("img"):
        assert image.get("alt", "").strip(), image["src"]
    for image in parsed[page].find_all("img"):
        assert image.has_attr("alt"), image["src"]  # empty where the text beside it says the same


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_links_lead_somewhere(parsed, site, page):
    base = f"https://site.invalid/{page}"
    for tag, attribute in [("a", "href"), ("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src")]:
        for element in parsed[page].find_all(tag, attrs={attribute: True}):
            target, anchor = urldefrag(urljoin(base, element[attribute]))
            if not target.startswith("https://site.invalid/"):
                assert tag == "a" and urlsplit(target).scheme in ("https", "mailto"), str(element)
                continue
            path = unquote(urlsplit(target).path).lstrip("/") or page
            assert (site.html / path).is_file(), str(element)
            if anchor and path in parsed and element.get("role") != "button":
                ids = {found["id"] for found in parsed[path].find_all(id=True)}
                assert unquote(anchor) in ids, str(element)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_title_and_no_id_twice(parsed, page):
    assert len(parsed[page].find("article").find_all("h1")) == 1
    counts = Counter(element["id"] for element in parsed[page].find_all(id=True))
    assert [name for name, times in counts.items() if times > 1] == []


@pytest.mark.parametrize("page", CHAPTERS)
def test_the_notebook_can_be_downloaded(parsed, site, page):
    links = [a["href"] for a in parsed[page].find_all("a", href=re.compile(r"\.ipynb$")) if a.has_attr("class")]
    downloads = [link for link in links if "_sources" in link]
    assert len(downloads) == 1
    source = (site.html / page).parent.joinpath(downloads[0]).resolve()
    assert json.loads(source.read_text(encoding="utf-8"))["nbformat"] == 4


@pytest.mark.parametrize("page", CHAPTERS)
def test_folds_say_what_they_hold(parsed, page):
    """A summary without its own text, or one that another text replaces, tells a screen reader nothing."""
    folds = parsed[page].select("article details")
    assert folds
    solutions = []
    for fold in folds:
        assert not fold.summary.has_attr("aria-label")
        shown = fold.summary.select_one(".collapsed").text
        assert shown == "Show the plotting code" or re.fullmatch(r"Show solution \d+\.\d+", shown)
        solutions += [shown] * ("solution" in shown)
        comments = fold.find("pre").text.lstrip()
        assert comments.startswith("# Solution") == ("solution" in shown)
    assert len(set(solutions)) == len(solutions) >= 1


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_fold_opens_by_mouse_and_by_keyboard(site, tab, page):
    tab.goto(site.url + page)
    settle(tab)
    fold = tab.locator("article details").first
    summary, inside = fold.locator("summary"), fold.locator("pre").first
    assert not inside.is_visible()
    summary.click()
    assert inside.is_visible()
    summary.click()
    assert not inside.is_visible()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Shift+Tab")
    assert summary.evaluate("e => e === document.activeElement")
    style, thickness = summary.evaluate("e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth]")
    assert style == "solid" and float(thickness.removesuffix("px")) >= 2  # the focus can be seen
    tab.keyboard.press("Enter")
    assert inside.is_visible()
    tab.keyboard.press("Space")
    assert not inside.is_visible()


def test_search_finds_a_chapter(site, tab):
    messages = []
    tab.on("console", lambda message: messages.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: messages.append(f"error: {error}"))
    tab.goto(site.url + PAGES[0])
    settle(tab)
    tab.keyboard.press("Control+k")
    tab.keyboard.type("momentum")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#search-results li a")
    found = [urlsplit(link.evaluate("e => e.href")).path for link in tab.locator("#search-results li a").all()]
    assert "/chapters/02_momentum.html" in found
    assert [message for message in messages if message.startswith(("error", "warning"))] == []
