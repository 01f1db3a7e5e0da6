"""The built book in a real browser: what a reader sees, at two widths, light and dark.

Every page is looked at in each of the four variants, and photographed, the wide one light and the
narrow one dark, where the variable PHOTOGRAPHS names a folder. The tests below ask what was recorded
then, or the built files themselves. What width and mode hardly change is recorded in one variant.
"""

import functools
import io
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import matplotlib.image
import myst_nb
import numpy as np
import pydata_sphinx_theme
import pytest
import sphinx_book_theme
import yaml
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from markdown_it import MarkdownIt
from matplotlib.colors import rgb_to_hsv
from mdit_py_plugins.dollarmath import dollarmath_plugin
from PIL import Image
from sphinx.errors import ExtensionError

from hands import axe, painted, photograph, stop_clock
from lighten import book_pages, trim_stylesheets
from live_sentences import FORM
from project import ROOT, build_small, listed_pages

SITE = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]
PAGES = [f"{name}.html" for name in listed_pages()]
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
# A page is opened twice, and the reader's system changes its mode while it is open.
OPENINGS = [(1280, ("light", "dark")), (360, ("dark", "light"))]
ONCE = (1280, "light")  # the variant that is asked which fonts, icons and rules a page takes
NARROW_RULES = ["color-contrast", "scrollable-region-focusable"]  # of axe, which see what the width and the mode change
# Uncompressed, in bytes. The browser keeps what pages share from one to the next.
SHARED_LIMIT = 260_000
PAGE_LIMIT = 500_000  # with what it shares, without its figures

ALL_DRAWN = "section { content-visibility: visible !important; }"  # what is out of view too,
ALL_LOADED = """() => Promise.allSettled([...document.querySelectorAll(".cell_output img")].map((image) => {
  image.loading = "eager";
  return image.decode();
}))"""  # and there

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
    if (!text.parentElement.closest("pre, code, script, style") && /\$|\\[([a-z]/.test(text.data))
      raw.push(text.data.trim());
  }
  return {
    theme: document.documentElement.dataset.theme,
    scrollsSideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    cutOff: [...article.querySelectorAll("*")]
      .filter((e) => e.matches(".cell_input pre") ? e.scrollWidth > e.clientWidth + 1 // a line of code has its end
        : e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e) && !e.closest("[clip-path]"))
      .map((e) => `${e.tagName}: ${e.textContent.trim().slice(0, 100)}`),
    searchButtons: [...document.querySelectorAll(".search-button__button, input[type=search]")].filter(inView).length,
    formulas: [...article.querySelectorAll("math")].map((e) => {
      const box = e.getBoundingClientRect();
      return { text: e.textContent, width: box.width, height: box.height };
    }),
    wrong: [...article.querySelectorAll("merror")].map((e) => e.textContent),
    raw,
    figures: [...article.querySelectorAll(".cell_output img")].map((image) => {
      const style = getComputedStyle(image);
      return { loaded: image.complete && image.naturalWidth > 0, background: style.backgroundColor,
               negative: style.filter.startsWith("invert"), opacity: style.opacity,
               map: image.classList.contains("full-of-colour") };
    }),
  };
}"""


# Of all letters of formulas that look alike one is enough.
LETTERS = """() => {
  const seen = new Set();
  for (const sign of document.querySelectorAll("math :is(mi, mo, mn, mtext)")) {
    const look = `${sign.localName} ${getComputedStyle(sign).font} ${sign.textContent}`;
    sign.toggleAttribute("data-one", !seen.has(look));
    seen.add(look);
  }
}"""
FONTS = {"math [data-one]": "STIX Two Math", "[class*='fa-']": "Font Awesome 6 Free"}
ICONS = """() => [...document.querySelectorAll("[class*='fa-']")]
  .map((icon) => getComputedStyle(icon, "::before").content.replaceAll('"', ""))"""

# The rules of stylesheets: what an element must be to match one, whatever the pointer does, and the rule itself.
# Unused variables may be left out, so variables are not compared.
RULES = r"""(texts) => {
  const pseudo = "::?[\\w-]+(\\((?:[^()]|\\([^()]*\\))*\\))?";  // a lone one stands for any element
  const bare = (selector) => selector.replace(new RegExp(`(?<=^|[>+~ ])${pseudo}`, "g"), "*")
    .replace(new RegExp(pseudo, "g"), "");
  const split = (list) => list.match(/(?:[^,()[\]]|\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])+/g).map((one) => one.trim());
  const styles = (rules) => [...rules].flatMap((rule) =>
    rule instanceof CSSStyleRule ? [rule] : rule instanceof CSSKeyframesRule ? [] : styles(rule.cssRules ?? []));
  const found = {};
  for (const text of texts) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    for (const rule of styles(sheet.cssRules)) {
      const declared = [...rule.style].filter((name) => !name.startsWith("--"))
        .map((name) => `${name}: ${rule.style.getPropertyValue(name)}`).join("; ");
      if (!declared) continue;
      for (const one of split(rule.selectorText))
        found[`${rule.parentRule?.conditionText ?? ""} ${one} { ${declared} }`] = bare(one);
    }
  }
  return found;
}"""
MATCHED = "(rules) => Object.keys(rules).filter((rule) => document.querySelector(rules[rule]))"


class Visit(NamedTuple):
    """One page opened in one variant: what it said, asked for and looked like."""

    variant: str
    mode: str
    messages: list
    requests: list  # (address, status or reason of failure, bytes)
    look: dict
    axe: list | None = None  # [how many rules are kept, what is broken]; asked once per opening
    once: dict | None = None


@pytest.fixture(scope="session")
def visits(site, browser, trimmed):
    """Open a page in all variants, once per session."""
    tabs = {width: listened_to(browser.new_page(viewport={"width": width, "height": 800})) for width, _ in OPENINGS}

    @functools.cache
    def open_once(page):
        return [seen for width, modes in OPENINGS for seen in visit(site, tabs[width], trimmed, page, width, modes)]

    yield open_once
    for tab in tabs.values():
        tab.close()


def listened_to(tab):
    tab.on("console", lambda message: tab.messages.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: tab.messages.append(f"error: {error}"))
    tab.on("requestfailed", lambda request: tab.requests.append((request.url, request.failure, 0)))
    tab.on(
        "response",
        lambda got: tab.requests.append((got.url, got.status, int(got.headers.get("content-length", 0)))),
    )
    return tab


def visit(site, tab, trimmed, page, width, modes):
    tab.messages, tab.requests, seen = [], [], []
    tab.emulate_media(color_scheme=modes[0])
    tab.goto(site.url + page)
    tab.add_style_tag(content=ALL_DRAWN)
    tab.evaluate(ALL_LOADED)
    for mode in modes:
        tab.emulate_media(color_scheme=mode)
        painted(tab)  # the page hears of it before its next frame
        settle(tab)
        if mode == modes[0]:  # the other width begins in the other mode
            photograph(tab, f"{page.removesuffix('.html').replace('/', '-')}-{width}-{mode}", full_page=True)
        seen.append(Visit(f"{width} px, {mode}", mode, tab.messages, tab.requests, tab.evaluate(LOOK)))
        if (width, mode) == ONCE:
            once = {"fonts": fonts(tab), "icons": tab.evaluate(ICONS), "lost": tab.evaluate(MATCHED, trimmed)}
            seen[-1] = seen[-1]._replace(once=once)
    # Last, because it changes the page. Names and roles are the same at both widths, but for what stands on every page.
    only = NARROW_RULES if width < 600 and page not in (PAGES[0], CHAPTERS[0]) else None
    seen[-1] = seen[-1]._replace(axe=axe(tab, only))
    tab.messages, tab.requests = [], []
    tab.goto("about:blank")  # what is said of leaving is no page's
    return seen


def fonts(tab):
    """Ask which font the browser took for every letter of a formula, and for every icon: (family, ours), counted."""
    tab.evaluate(LETTERS)
    devtools = tab.context.new_cdp_session(tab)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    found = {}
    for selector in FONTS:
        found[selector] = Counter()
        for node in devtools.send("DOM.querySelectorAll", {"nodeId": root, "selector": selector})["nodeIds"]:
            for font in devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
                found[selector][font["familyName"], font["isCustomFont"]] += font["glyphCount"]
    return found


@pytest.fixture(scope="session")
def trimmed(site, browser):
    """The rules of the original stylesheets that are not served."""
    originals = [path for theme in (pydata_sphinx_theme, sphinx_book_theme)
                 for path in Path(theme.__file__).parent.rglob("static/**/*.css")]  # fmt: skip
    originals += [Path(myst_nb.__file__).parent / "static" / "mystnb.css", ROOT / "_static" / "custom.css"]
    served = (site.html / "_static").rglob("*.css")
    page = browser.new_page()
    wanted, given = (page.evaluate(RULES, list(map(without_imports, paths))) for paths in (originals, served))
    page.close()
    return {rule: wanted[rule] for rule in wanted.keys() - given.keys()}


def without_imports(sheet):
    """Read a stylesheet without what it imports: a browser would warn that it leaves this out."""
    return re.sub(r"@import[^;]*;", "", sheet.read_text(encoding="utf-8"))


def settle(tab):
    """Wait until the letters have arrived, and bring changes of colour to their end."""
    tab.evaluate("document.fonts.ready")
    # To their end at once: one in a page that gets no frame, or far from view, would never come to it.
    tab.evaluate("document.getAnimations().forEach((animation) => animation.finish())")


@pytest.fixture(scope="session")
def parsed(site):
    """Every built page by its path."""
    pages = book_pages(site.html)
    return {
        page.relative_to(site.html).as_posix(): BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for page in pages
    }


def test_the_book_builds_without_a_warning(build):
    if not build.succeeded:
        pytest.fail(build.log, pytrace=False)


def test_exactly_the_listed_pages_are_built(parsed):
    assert sorted(parsed) == sorted([*PAGES, "404.html", "search.html"])


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_a_page_asks_the_site_alone_and_is_answered_and_light(site, visits, page):
    """Whatever the width and the mode; and on the console nothing is said."""
    for seen in visits(page):
        assert [said for said in seen.messages if said.startswith(("error", "warning"))] == [], seen.variant
        strange = [url for url, _, _ in seen.requests if not url.startswith((site.url, "data:", "blob:"))]
        bad = [(url, status) for url, status, _ in seen.requests if status != 200 and not url.startswith("data:")]
        assert (strange, bad) == ([], []) and len(seen.requests) > 5, seen.variant
        # What the site serves. The module of a widget (blob:) came inside its page, and is not counted again.
        served = [(url, size) for url, _, size in seen.requests if url.startswith(site.url)]
        assert 100_000 < sum(size for url, size in served if "/_static/" in url) < SHARED_LIMIT, seen.variant
        figures = [size for url, size in served if "/_images/" in url]
        assert 100_000 < sum(size for _, size in served) - sum(figures) < PAGE_LIMIT, seen.variant
        assert all(figures) and (figures or page not in CHAPTERS)


def test_a_page_is_drawn_in_its_mode_at_once(site, tab):
    """Not first in another: that would flash, and be drawn twice."""
    tab.goto(site.url + PAGES[0])
    tab.spent = True
    tab.add_init_script("""window.modes = [];
      new MutationObserver(() => modes.push(document.documentElement.dataset.theme))
        .observe(document, { subtree: true, attributeFilter: ["data-theme"] });""")
    for system, chosen, mode in (("light", None, "light"), ("dark", None, "dark"), ("light", "dark", "dark"),
                                 ("dark", "light", "light"), ("dark", "auto", "dark")):  # fmt: skip
        tab.emulate_media(color_scheme=system)
        kept = {"mode": chosen, "theme": "light" if mode == "dark" else "dark"} if chosen else {}  # at an earlier visit
        tab.evaluate("(kept) => { localStorage.clear(); Object.assign(localStorage, kept); }", kept)
        tab.reload()
        settle(tab)
        assert set(tab.evaluate("modes")) == {mode}, (system, chosen)


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_the_reader_s_mode_is_followed_and_nothing_is_cut_off(visits, page):
    for seen in visits(page):
        assert seen.look["theme"] == seen.mode, seen.variant
        assert (seen.look["scrollsSideways"], seen.look["cutOff"]) == (0, []), seen.variant
        assert seen.look["searchButtons"] == 1 or page not in PAGES, seen.variant


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_axe_finds_nothing(visits, page):
    checked = [seen for seen in visits(page) if seen.axe]
    assert [seen.mode for seen in checked] == ["dark", "light"]
    for seen in checked:
        kept, broken = seen.axe
        assert broken == [], seen.variant
        assert kept > (20 if seen is checked[0] else 0)


def formulas(page):
    """Count the formulas of a page's source, found by the Markdown parser alone."""
    path = ROOT / page.removesuffix(".html")
    if path.with_suffix(".md").is_file():
        texts = [path.with_suffix(".md").read_text(encoding="utf-8")]
    else:
        cells = json.loads(path.with_suffix(".ipynb").read_text(encoding="utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    markdown = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
    tokens = [token for text in texts for token in markdown.parse(text)]
    tokens += [inner for token in tokens for inner in token.children or []]
    return sum(token.type.startswith("math_") for token in tokens)


@pytest.mark.parametrize("page", PAGES)
def test_formulas_are_rendered(visits, page):
    for seen in visits(page):
        shown = seen.look["formulas"]
        assert len(shown) == formulas(page), seen.variant
        assert all(one["text"] and one["width"] > 0 and one["height"] > 0 for one in shown), seen.variant
        assert seen.look["wrong"] == [], seen.variant
        assert seen.look["raw"] == [], seen.variant
        if page in CHAPTERS:
            assert shown


@pytest.mark.parametrize("page", PAGES)
def test_letters_of_formulas_and_icons_are_the_site_s(visits, parsed, page):
    """A sign that our font lacks would come from another."""
    code = parsed[page].select("math code")  # in a formula it has the letters of code
    (once,) = (seen.once for seen in visits(page) if seen.once)
    for selector, family in FONTS.items():
        others = [found for found in once["fonts"][selector] if not (found[0].startswith(family) and found[1])]
        assert len(others) <= len(code), others
        assert once["fonts"][selector] or not parsed[page].select(selector.split()[0])


def test_every_sign_is_in_the_served_fonts(site, parsed, visits):
    """Where no font at all has a sign, a browser draws an empty box, and names the first font for it."""
    formulas = [formula for page in parsed.values() for formula in page.find_all("math")]
    letters = {letter for formula in formulas for letter in formula.text} | {"√"}  # drawn for an <msqrt>
    assert len(letters) > 50
    assert letters <= signs_of(site.html / "_static" / "maths.woff2")
    icons = {icon for page in PAGES for seen in visits(page) if seen.once for icon in seen.once["icons"]}
    assert len(icons) > 5
    assert icons <= signs_of(next((site.html / "_static").rglob("fa-solid-900.woff2")))


HAT = """(formula) => {
  const style = "position: absolute; top: 50px; left: 50px; font-size: 160px";
  document.body.innerHTML = `<math style="${style}">${formula}</math>`;
}"""


def test_hats_are_clear_of_their_letters(site, tab):
    """A white band lies between them, of a fiftieth of the size of the letters or more."""
    tab.goto(site.url + "chapters/04_adam.html")
    hats = tab.evaluate("[...new Set([...document.querySelectorAll('mover[accent]')].map((hat) => hat.outerHTML))]")
    assert len(hats) >= 2
    for hat in hats:
        tab.evaluate(HAT, hat)
        tab.evaluate("document.fonts.ready")
        picture = matplotlib.image.imread(io.BytesIO(tab.screenshot()))[..., :3].min(axis=2)
        rows = np.flatnonzero((picture < 0.5).any(axis=1))
        assert len(rows) > 50 and np.diff(rows).max() > 160 / 50, hat


def signs_of(font):
    return set(map(chr, TTFont(font).getBestCmap()))


def test_the_font_of_formulas_can_stretch_signs(site):
    font = TTFont(site.html / "_static" / "maths.woff2")
    variants = font["MATH"].table.MathVariants
    signs = font.getBestCmap()
    for sign in "√()":
        assert signs[ord(sign)] in variants.VertGlyphCoverage.glyphs
    assert "STIX" in font["name"].getDebugName(0) and "Open Font License" in font["name"].getDebugName(13)


def test_a_formula_not_understood_stops_the_build(tmp_path):
    (tmp_path / "index.md").write_text("# Title\n\nGood: $x$.\n\nBad: $x + \\undefined$.\n", encoding="utf-8")
    settings = "extensions = ['myst_parser', 'native_maths']", "myst_enable_extensions = ['dollarmath']"
    done = build_small(tmp_path, *settings)
    assert done.returncode != 0
    assert re.search(r"index\.md.*formula not understood: x \+ \\undefined", done.stderr)
    assert done.stderr.count("WARNING") == 1


@pytest.mark.parametrize("page", PAGES)
def test_figures_are_drawn_in_the_reader_s_mode(visits, page):
    """On a dark page as negatives, but for maps, in which light and dark mean something."""
    for seen in visits(page):
        for figure in seen.look["figures"]:
            assert figure == {
                "loaded": True,
                "background": "rgb(255, 255, 255)",
                "negative": seen.mode == "dark" and not figure["map"],
                "opacity": "1",
                "map": figure["map"],
            }, seen.variant


def test_only_the_map_of_rates_is_no_negative(parsed):
    maps = {page: len(soup.select("img.full-of-colour")) for page, soup in parsed.items()}
    assert {page: count for page, count in maps.items() if count} == {"chapters/09_how_fast_momentum.html": 1}


def test_in_dark_mode_a_figure_is_dark_and_its_colours_are_the_same(site, tab):
    """The pixels on the screen, not the rules that make them."""
    shots = []
    tab.goto(site.url + "chapters/04_adam.html")
    tab.wait_for_selector(".at-rest")  # from then on nothing moves
    for mode in ("light", "dark"):
        tab.emulate_media(color_scheme=mode)
        tab.wait_for_selector(f"[data-theme={mode}]")
        settle(tab)
        shots.append(matplotlib.image.imread(io.BytesIO(tab.locator("article .cell_output img").first.screenshot())))
    light, dark = (shot[8:-8, 8:-8, :3] for shot in shots)  # the corners are rounded, and the page shows behind them
    assert np.median(light) == 1.0 and np.median(dark) < 0.1
    (hue, strength, _), (turned, _, brightness) = (np.moveaxis(rgb_to_hsv(shot), -1, 0) for shot in (light, dark))
    coloured = strength > 0.6
    assert coloured.sum() > 1000
    apart = np.abs((turned - hue + 0.5) % 1 - 0.5)[coloured]
    assert np.quantile(apart, 0.95) < 30 / 360 and np.median(brightness[coloured]) > 0.5


def test_stored_figures_are_opaque(site):
    figures = list((site.html / "_images").glob("*.png"))
    assert figures
    for figure in figures:
        assert Image.open(figure).convert("RGBA").getchannel("A").getextrema()[0] == 255, figure.name


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_has_words(parsed, page):
    for image in parsed[page].find("article").find_all("img"):
        assert image.get("alt", "").strip(), image["src"]


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_links_lead_somewhere(parsed, site, page):
    base = f"https://site.invalid/{page}"
    for tag, attribute in [("a", "href"), ("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src")]:
        for element in parsed[page].find_all(tag, attrs={attribute: True}):
            target, anchor = urldefrag(urljoin(base, element[attribute]))
            if not target.startswith("https://site.invalid/"):
                if element.get("rel") == ["canonical"]:
                    assert element["href"] == SITE + page
                    continue
                assert tag == "a" and urlsplit(target).scheme in ("https", "mailto"), str(element)
                continue
            path = unquote(urlsplit(target).path).lstrip("/") or page
            assert (site.html / path).is_file(), str(element)
            if FORM.fullmatch(f"#{anchor}"):
                continue  # speaks to an explorer: the build has checked it
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
        closed, opened = [fold.summary.select_one(state).text for state in (".collapsed", ".expanded")]
        first = fold.find("pre").text.strip().split("\n")[0]
        if first.startswith("# Check: "):
            assert [closed, opened] == [first.removeprefix("# ")] * 2
            continue
        holds = "the set-up" if first == "try:" else "the plot's code"
        if first.startswith("# Solution"):
            holds = first.removeprefix("# ").lower().partition(":")[0]
            solutions.append(holds)
        assert [closed, opened] == [f"Show {holds}", f"Hide {holds}"]
    assert len(set(solutions)) == len(solutions) >= (page != "chapters/questions.html")


@pytest.mark.parametrize("page", [CHAPTERS[0], CHAPTERS[-1]])
def test_a_page_at_rest_leaves_out_what_is_far_from_view_and_moves_nothing(site, tab, page):
    far = """[...document.querySelectorAll("section > section")]
      .filter((s) => !s.firstElementChild.checkVisibility({ contentVisibilityAuto: true })).length"""
    tops = """[...document.querySelectorAll("section")].map((s) => s.getBoundingClientRect().top + scrollY)"""
    stop_clock(tab, later=1000)
    tab.goto(site.url + page)
    tab.clock.run_for(500)
    assert tab.evaluate(far) == 0  # the theme's own late work comes first
    before = tab.evaluate(tops)
    tab.clock.run_for(200)
    tab.wait_for_function(f"{far} > {len(before)} / 2")
    assert np.abs(np.subtract(tab.evaluate(tops), before)).max() < 1  # a fraction of a pixel may be rounded
    # far down, and it can come to the top of the view
    there = tab.locator("section > section").nth(-4).element_handle()
    tab.evaluate("(section) => { location.hash = section.id; }", there)
    tab.wait_for_function("(section) => Math.abs(section.getBoundingClientRect().top) < 100", arg=there)
    tab.set_viewport_size({"width": 700, "height": 800})  # lines break elsewhere, so all sizes are taken again
    tab.wait_for_selector("html:not(.at-rest)")
    tab.clock.run_for(700)
    tab.wait_for_selector("html.at-rest")
    narrow = tab.evaluate(tops)
    assert np.abs(np.subtract(narrow, before)).max() > 100
    scrolling = """[...document.querySelectorAll("pre")]
      .filter((e) => (e.scrollWidth > e.clientWidth) !== (e.tabIndex === 0)).map((e) => e.textContent)"""
    assert tab.evaluate(scrolling) == []
    tab.add_style_tag(content=ALL_DRAWN)
    assert np.abs(np.subtract(tab.evaluate(tops), narrow)).max() < 1


def test_a_fold_opens_by_mouse_and_by_keyboard(site, tab):
    tab.goto(site.url + CHAPTERS[0])
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


# What stays of a stylesheet where a page has <div class="used" id="me" title="t"> and a script says "added" and "-end".
TRIMMED = {
    ".used {color:red}": ".used{color:red}",
    "div#me[title] > *:hover::before {color:red}": "div#me[title] > *:hover::before{color:red}",
    ".unused {color:red}": "",
    ".used .unused {color:red}": "",
    "table {color:red}": "",
    "[hidden] {color:red}": "",
    ".unused, .used {color:red}": ".used{color:red}",
    "div:not(.unused) {color:red}": "div:not(.unused){color:red}",
    "div:is(.unused, table) {color:red}": "div:is(.unused, table){color:red}",
    ".added {color:red}": ".added{color:red}",
    ".added-end {color:red}": ".added-end{color:red}",
    ".unused-end {color:red}": "",
    ".modal {color:red}": "",
    "@media print { .used {color:red} .unused {color:red} }": "@media print {.used{color:red}}",
    "@supports (top: 0) { @media print { .unused {color:red} } }": "",
    "@font-face { font-family: F; src: url(f) }": "@font-face { font-family: F; src: url(f) }",
    "@keyframes turn { to { top: 0 } }": "",
    "@keyframes turn { } div {animation:1s turn}": "@keyframes turn { }\ndiv{animation:1s turn}",
    ":root {--a:red;--b:var(--a)}": "",
    ":root {--a:red;--b:var(--a)} div {color:var(--b)}": ":root{--a:red;--b:var(--a)}\ndiv{color:var(--b)}",
    "/* why */ div {color:red !important}": "div{color:red !important}",
    "/*! who */": "/*! who */",
}


def trim(static, css):
    (static / "sheet.css").write_text(css, encoding="utf-8")
    (static / "script.js").write_text('x.classList.add("added", "modal", `${x}-end`)', encoding="utf-8")
    page = '<div class="used" id="me" title="t"></div><script src="_static/script.js?v=1"></script>'
    trim_stylesheets(static, [page])
    return (static / "sheet.css").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("css", TRIMMED)
def test_what_is_left_of_a_stylesheet(tmp_path, css):
    assert trim(tmp_path, css) == TRIMMED[css]


@pytest.mark.parametrize("css", [".used { color: red } }", "a { color red }", "@media print { .used } "])
def test_a_stylesheet_that_cannot_be_read_stops_the_build(tmp_path, css):
    with pytest.raises(ExtensionError, match="cannot be read"):
        trim(tmp_path, css)


def test_trimming_again_changes_nothing(site, tmp_path):
    """An incremental build finds the files of the one before."""
    copy = tmp_path / "_static"
    shutil.copytree(site.html / "_static", copy)
    pages = [path.read_text(encoding="utf-8") for path in book_pages(site.html)]
    trim_stylesheets(copy, pages)
    sheets = [path.relative_to(copy) for path in copy.rglob("*.css")]
    assert len(sheets) > 5
    for sheet in sheets:
        assert (copy / sheet).read_bytes() == (site.html / "_static" / sheet).read_bytes()


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_every_rule_that_a_page_matches_is_served(visits, trimmed, page):
    """Asked of the browser, element by element; the trimming goes by names."""
    assert len(trimmed) > 1000
    assert [seen.once["lost"] for seen in visits(page) if seen.once] == [[]]


def test_what_only_a_script_adds_keeps_its_look(site, tab):
    """A tooltip and its arrow: Bootstrap's script makes them, and joins the names of their classes."""
    tab.goto(site.url + CHAPTERS[0])
    settle(tab)
    assert "tooltip-arrow" not in tab.content()
    tab.locator(".btn-fullscreen-button").hover()
    tab.wait_for_selector(".bs-tooltip-auto.show")
    arrow = tab.locator(".tooltip-arrow").evaluate("e => getComputedStyle(e, '::before').borderBottomColor")
    assert arrow == tab.locator(".tooltip-inner").evaluate("e => getComputedStyle(e).backgroundColor")


@pytest.mark.parametrize("page", CHAPTERS)
def test_code_is_that_of_the_notebook(site, parsed, page):
    """Word for word, though most words are not marked any more."""
    cells = json.loads((ROOT / page).with_suffix(".ipynb").read_text(encoding="utf-8"))["cells"]
    hidden = {"remove-input", "remove-cell"}
    written = [
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code" and not hidden & set(cell["metadata"].get("tags", []))
    ]
    assert [pre.text.strip("\n") for pre in parsed[page].select(".cell_input pre")] == written


def test_plain_code_and_coloured_code_differ(site, tab):
    """Plain words are not marked: their colour comes from the box around them, in both modes."""
    tab.goto(site.url + CHAPTERS[0])
    for mode in ("light", "dark"):
        tab.emulate_media(color_scheme=mode)
        tab.wait_for_selector(f"[data-theme={mode}]")
        settle(tab)
        colours = tab.evaluate("""() => [".highlight-ipython3 .highlight", ".highlight-ipython3 pre",
          ".highlight-ipython3 pre u"].map((one) => getComputedStyle(document.querySelector(one)).color)""")
        assert colours[0] == colours[1] != colours[2]
        word = tab.locator(".highlight-ipython3 pre i").first
        assert word.evaluate("e => getComputedStyle(e).fontStyle") == "normal"


FRAME = re.compile(r"(?:html|body|main|\.bd-(?:main|content|article)[\w-]*):has\(")  # what stands around every explorer


def test_no_style_asks_what_the_frame_of_a_page_holds():
    """The browser would look through the whole page again at each change of an explorer: twice the time, for styles."""
    styles = {path.name: path.read_text("utf-8") for at in ("_static", "_ext") for path in (ROOT / at).glob("*.css")}
    assert [name for name, text in styles.items() if FRAME.search(text)] == [] and len(styles) > 3
    assert FRAME.search(".bd-article:has(resume-reading) p {}") and not FRAME.search("section:has(> .figure-run) {}")
