"""What several tests ask of a page or an explorer: what it reads out, a trait, a finger, what axe finds, a refusal."""

import base64
import os
import re
from pathlib import Path, PurePosixPath

import axe_playwright_python
import matplotlib
import numpy as np
import pytest
from playwright.sync_api import TimeoutError

from adamlib.explorers import DescentExplorer, ResultsExplorer
from adamlib.explorers.base import Explorer

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FACES = {"": "400 normal", "-Bold": "700 normal", "-Oblique": "400 italic", "-BoldOblique": "700 italic"}

# axe-core, the common checker of accessibility: contrast, names, roles, landmarks, what the keyboard reaches.
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# It knows no MathML, and takes a heading that is a formula for an empty one: in a line it gets the letters. Contrast is
# most of its work, and of the thousand texts that look the same, and stand in the same boxes, one will do.
AXE_RUN = """async (only) => {
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  // Dots that nobody sees, far outside: for axe they cover every text, and then it says nothing of contrast.
  document.querySelectorAll(".explorer-rim").forEach((dots) => dots.remove());
  document.querySelectorAll("math:not([display=block])").forEach((formula) => {
    formula.replaceWith(formula.textContent);
  });
  const boxes = new Map(), seen = new Set();
  const box = (element) => {
    if (element && !boxes.has(element)) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
      const own = [element.localName, element.getAttribute("class"), backgroundColor, backgroundImage, opacity];
      boxes.set(element, [box(element.parentElement), ...own].join());
    }
    return boxes.get(element);
  };
  const says = (element) => element.matches("input, select")
    || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const texts = [...document.querySelectorAll("body *")].filter(says).map((element) => {
    const { color, font, textShadow, visibility } = getComputedStyle(element);
    return [element, [box(element), color, font, textShadow, visibility, element.checkVisibility()].join()];
  });
  for (const [element, look] of texts) {  // all have been looked at before the first changes
    if (!seen.has(look)) element.dataset.one = "";
    else if (element.matches("pre *")) element.replaceWith(element.textContent);
    seen.add(look);
  }
  axe.configure({ rules: [{ id: "color-contrast", selector: "[data-one]" }] });
  const run = only && { runOnly: only };
  const found = await axe.run({ preload: false, resultTypes: ["violations", "incomplete"], ...run });
  const broken = found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 200)}`);
  // What lies over a text hides its contrast from axe, which then finds nothing wrong. In a picture that may be so.
  const asked = [...document.querySelectorAll("[data-one]")].filter((one) => !one.closest("svg, math"));
  const hidden = found.incomplete.filter(({ id }) => id === "color-contrast").flatMap(({ nodes }) => nodes)
    .filter(({ any, html }) => /overlap|obscured/i.test(any[0].data.messageKey) && !/^<(text|tspan|m)/.test(html));
  if (hidden.length > asked.length / 4) broken.push(`contrast: ${hidden.length} texts of ${asked.length} hidden`);
  return [found.passes.length, broken];
}"""

# What a page reads out: lists of names and values, and the rows of a table under the heads of its columns, for the
# methods that are chosen.
READ = """(view) => {
  const texts = (all) => [...all].map((one) => one.textContent);
  const pairs = [...view.querySelectorAll(".explorer-readouts > div")].map((pair) => texts(pair.children));
  const heads = texts(view.querySelectorAll("thead th")).slice(1);
  for (const row of [...view.querySelectorAll("tbody tr")].filter((row) => !row.hidden)) {
    const [name, ...cells] = texts(row.children);
    cells.forEach((text, i) => pairs.push([`${name}, ${heads[i]}`, text]));
  }
  return pairs;
}"""

# The values of some traits. Bytes travel as text.
STATE = """({ model }, names) => names.map((name) => {
  const value = model.get(name);
  if (!(value instanceof DataView)) return value;
  const { buffer, byteOffset, byteLength } = value;
  return btoa(Array.from(new Uint8Array(buffer, byteOffset, byteLength), (byte) => String.fromCharCode(byte)).join(""));
})"""

# Words that stand on others, words that leave the explorer at its sides, and words in letters too small to read.
# A page of the book has wider margins than a test's: 304 pixels here are its 320.
NARROWEST = 304
ILL_PLACED = """() => {
  const explorer = document.querySelector(".explorer"), edge = explorer.getBoundingClientRect(), found = [];
  const walker = document.createTreeWalker(explorer, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const range = document.createRange(), { data, parentElement: element } = walker.currentNode;
    if (!data.trim() || !element.checkVisibility() || element.closest(".explorer-hidden, option")) continue;
    range.selectNodeContents(walker.currentNode);
    const line = element.closest("text, p, dd, dt, label, div");
    const size = element.matches("tspan") ? 12 : parseFloat(getComputedStyle(element).fontSize); // of a power of ten
    for (const box of range.getClientRects()) found.push({ data, box, line, size });
  }
  const aside = (a, b) => a.right < b.left + 1 || b.right < a.left + 1;
  const apart = (a, b) => aside(a, b) || a.bottom < b.top + 5 || b.bottom < a.top + 5; // less is between letters
  const others = (one, i) => found.slice(i + 1).filter(({ line, box }) => line !== one.line && !apart(one.box, box));
  return {
    cut: found.filter(({ box }) => box.left < edge.left - 1 || box.right > edge.right + 1).map(({ data }) => data),
    heaped: found.flatMap((one, i) => others(one, i).map(({ data }) => [one.data, data])),
    small: found.filter(({ size }) => size < 12).map(({ data }) => data),
  };
}"""


def number(text):
    return float(text.replace("−", "-").replace("∞", "inf").replace("not a number", "nan"))


def painted(page):
    """Wait until what was asked for is drawn: a change is drawn in the next frame, over when another begins.

    A page that is hidden gets no frame, and one whose clock stands still none either. A script of the page would wait
    for it without end, since only Playwright's own waits have one.
    """
    page = getattr(page, "page", page)  # a view's
    try:
        page.wait_for_function("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    except TimeoutError as late:
        look = page.evaluate("document.visibilityState")
        raise AssertionError(f"two frames were waited for, and {page.url}, {look}, did not draw them") from late


def trait(page, name):
    return page.evaluate("(name) => document.querySelector('live-widget').model.get(name)", name)


def put(page, **traits):
    page.evaluate("(traits) => { document.querySelector('live-widget').model.set(traits); }", traits)
    painted(page)


class SweepOfThePage(ResultsExplorer):
    """The explorer of a sweep from what a page has of it: the sweep itself cannot be made again in a moment."""

    def __init__(self, grid, curves, **settings):
        self._take(grid, base64.b64decode(curves))
        Explorer.__init__(self, **settings)


def ask(view, script, given=None):
    """What a script makes of a view, or of the first one of a page. A locator's `evaluate` takes five times as long."""
    if hasattr(view, "bounding_box"):
        return view.evaluate_all(f"([view], given) => ({script})(view, given)", given)
    return view.evaluate(f"(given) => ({script})(document.querySelector('live-widget'), given)", given)


def movable(explorer):
    """The names of the traits that a hand can move."""
    traits = explorer.class_own_traits(sync=True).items()
    return [name for name, trait in traits if not (name.startswith("_") or trait.read_only)]


def state(view, names):
    """Some traits of a view, or the movable ones of its class, as the page has them."""
    names = names if isinstance(names, tuple) else movable(names)
    return dict(zip(names, ask(view, STATE, names), strict=True))


def twin(view, explorer):
    """The same explorer in Python, made from the traits of the page."""
    made, more = (SweepOfThePage, ("grid", "curves")) if explorer is ResultsExplorer else (explorer, ())
    return made(**state(view, (*movable(explorer), "view", *more)))


def readouts(view):
    """What a page reads out, text by label."""
    return dict(ask(view, READ))


def assert_readouts(view, explorer):
    """What a page reads out is what Python makes of the same traits. Return the explorer in Python.

    Chaotic walks are left out: no two machines agree on them.
    """
    same, found = twin(view, explorer), readouts(view)
    expected = same.readouts()
    assert list(found) == list(expected)
    other = {label: (found[label], expected[label]) for label in expected if found[label] != expected[label]}
    if isinstance(same, DescentExplorer):
        other = {label: texts for label, texts in other.items() if is_calm(same, label.split(",")[0])}
    assert other == {}
    return same


def assert_sound(page):
    """A picture is there, nothing of it is without a number, and the stage reports no trouble."""
    trouble = page.locator(".explorer-trouble[role=alert]")
    assert trouble.is_hidden(), trouble.text_content()
    lines = page.eval_on_selector_all(".explorer svg path[d]", "(all) => all.map((path) => path.getAttribute('d'))")
    assert sum(len(line) > 10 for line in lines) > 8
    assert not re.search("NaN|Infinity|undefined", " ".join(lines) + page.inner_text(".explorer"))


def is_calm(explorer, method):
    """Tell whether a start moved by one part in 10^12 moves a walk, and its heights, a thousandfold at most."""
    own = {name: getattr(explorer, name) for name in movable(DescentExplorer)}
    moved = DescentExplorer(**own | {"start": [x * (1 + 1e-12) for x in explorer.start]})
    with np.errstate(all="ignore"):
        a, b = explorer._path(method), moved._path(method)  # `paths` walks for all methods
        if a.diverged_at != b.diverged_at:
            return False
        heights, others = explorer.heights(method), moved.heights(method)
        near = np.abs(a.points - b.points) <= 1e-9 * (1e-3 + np.abs(a.points))
        return bool(near.all() and np.allclose(heights, others, rtol=1e-8, atol=0, equal_nan=True))


def points(d):
    """The points at which the parts of a path begin and its lines end, in pixels, from its `d`."""
    found = re.findall(r"[ML](-?[\d.]+ -?[\d.]+)", d)
    return np.array([[float(x) for x in pair.split()] for pair in found]).reshape(-1, 2)


def middle(mark):
    """The middle of a circle, or of a point to drag, on the screen."""
    return tuple(
        mark.evaluate_all("""([mark]) => {
          const circle = mark.matches("circle") ? mark : [...mark.querySelectorAll("circle")].at(-1);
          const { left, top, width, height } = circle.getBoundingClientRect();
          return [left + width / 2, top + height / 2];
        }""")
    )


def place_of(mark):
    """Where the middle of a circle, or of a point to drag, stands in its chart."""
    return mark.evaluate_all("""([mark]) => {
      const { cx, cy } = mark.matches("circle") ? mark : mark.querySelector("circle");
      return [cx.baseVal.value, cy.baseVal.value];
    }""")


def finger(page, places):
    """Move one finger over the screen as a phone reports it; the browser may scroll by it."""
    touch = page.context.new_cdp_session(page)
    for kind, (x, y) in zip(["touchStart", *["touchMove"] * (len(places) - 1)], places, strict=True):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        painted(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    painted(page)


def stop_clock(page, later=3_600_000):
    """Take a page's clock into the test's hand, some milliseconds later. The page then goes to no other test."""
    page.spent = True
    page.clock.install()
    page.clock.pause_at(page.evaluate("(later) => Date.now() + later", later))


def in_wide_letters(page, selector):
    """Set a part of a page in DejaVu Sans. Each machine has other fonts: what fits in it fits in the usual ones."""
    page.route("**/DejaVuSans*.ttf", lambda route: route.fulfill(path=FONTS / PurePosixPath(route.request.url).name))
    faces = []
    for name, look in FACES.items():
        weight, style = look.split()
        faces.append(
            f"@font-face {{ font-family: wide; font-weight: {weight}; font-style: {style}; "
            f"src: url(/DejaVuSans{name}.ttf) }}"
        )
    page.add_style_tag(content="".join(faces) + f"{selector} {{ font-family: wide }}")
    loaded = page.evaluate("""
      Promise.all([...document.fonts].filter((face) => face.family === "wide").map((face) => face.load()))
        .then((faces) => faces.length)""")
    assert loaded == len(FACES)


def photograph(page, name, **how):
    """Photograph a page for people to look at, where the variable PHOTOGRAPHS names a folder. No test asks for it."""
    if folder := os.environ.get("PHOTOGRAPHS"):
        page.screenshot(path=Path(folder) / f"{name}.jpg", type="jpeg", quality=80, **how)  # a PNG takes twice as long


def axe(page, only=None):
    """Return how many of axe-core's rules, or only of these, an open page keeps, and what is broken. It opens folds."""
    page.evaluate(AXE)
    return page.evaluate(AXE_RUN, only)


def assert_everyone_can_use(page):
    """Ask axe in both modes; names and roles are the same in the second."""
    for theme, only in (("light", None), ("dark", ["color-contrast"])):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        kept, broken = axe(page, only)
        assert broken == [] and kept > (0 if only else 5), (theme, kept, broken)


def assert_refused(make, name, value, words, error=ValueError):
    """An explorer refuses a value when it is made and when it is there already, and then keeps all that it had."""
    with pytest.raises(error, match=words):
        make(**{name: value})
    explorer = make()
    before = explorer.trait_values(sync=True)
    with pytest.raises(error, match=words):
        setattr(explorer, name, value)
    assert explorer.trait_values(sync=True) == before
