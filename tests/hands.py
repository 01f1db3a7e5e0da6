"""What several tests ask of a page or an explorer: a frame, a trait, a finger, what axe finds, a refusal."""

from pathlib import Path, PurePosixPath

import axe_playwright_python
import matplotlib
import pytest

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FACES = {"": "400 normal", "-Bold": "700 normal", "-Oblique": "400 italic", "-BoldOblique": "700 italic"}

# axe-core, the common checker of accessibility: contrast, names, roles, landmarks, what the keyboard reaches.
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# It knows no MathML, and takes a heading that is a formula for an empty one: it gets the letters of each formula.
# Of the thousand coloured words of code, one of each colour will do.
AXE_RUN = """async () => {
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  document.querySelectorAll("math").forEach((formula) => { formula.replaceWith(formula.textContent); });
  const seen = new Set();
  document.querySelectorAll("pre i").forEach((word) => {
    if (seen.has(word.className)) word.replaceWith(word.textContent); else seen.add(word.className);
  });
  const found = await axe.run({ preload: false });
  return [found.passes.length, found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 200)}`)];
}"""


def number(text):
    return float(text.replace("−", "-").replace("∞", "inf").replace("not a number", "nan"))


def painted(page):
    """Wait until what was asked for is drawn: a change is drawn in the next frame, over when another begins."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def trait(page, name):
    return page.evaluate("(name) => document.querySelector('live-widget').model.get(name)", name)


def put(page, **traits):
    page.evaluate("(traits) => { document.querySelector('live-widget').model.set(traits); }", traits)
    painted(page)


def place_of(mark):
    """Where the middle of a circle, or of a point to drag, stands in its chart."""
    return mark.locator("xpath=descendant-or-self::*[local-name()='circle']").first.evaluate(
        "c => [c.cx.baseVal.value, c.cy.baseVal.value]"
    )


def finger(page, places):
    """Move one finger over the screen as a phone reports it; the browser may scroll by it."""
    touch = page.context.new_cdp_session(page)
    for kind, (x, y) in zip(["touchStart", *["touchMove"] * (len(places) - 1)], places, strict=True):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        painted(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    painted(page)


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


def axe(page):
    """Return how many of axe-core's rules an open page keeps, and what is broken. It opens every fold of the page."""
    page.evaluate(AXE)
    return page.evaluate(AXE_RUN)


def assert_refused(make, name, value, words, error=ValueError):
    """An explorer refuses a value when it is made and when it is there already, and then keeps all that it had."""
    with pytest.raises(error, match=words):
        make(**{name: value})
    explorer = make()
    before = explorer.trait_values(sync=True)
    with pytest.raises(error, match=words):
        setattr(explorer, name, value)
    assert explorer.trait_values(sync=True) == before
