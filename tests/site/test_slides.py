"""The slides: marked cells become decks that open at 16:9, ask no other host, fit, and can be walked by keyboard."""

import base64
import re
import struct

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.errors import ExtensionError

from guards import LAST_TO_BUILD
from hands import in_wide_letters, painted, photograph
from project import ROOT
from slides import PARTS, blocks, chosen, deck, html_of_cell, marked, without_checks

CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
MARKED = [path for path in CHAPTERS if any(map(marked, nbformat.read(path, as_version=4).cells))]
DECKS = [path.stem for path in MARKED]
SIZE = {"width": 1280, "height": 720}


def test_every_chapter_that_builds_or_uses_adam_has_slides():
    assert {path.stem for path in CHAPTERS if int(path.name[:2]) <= LAST_TO_BUILD} <= set(DECKS) and len(DECKS) >= 6


@pytest.mark.parametrize("path", MARKED, ids=DECKS)
def test_every_slide_has_minutes_and_notes(path):
    begun = [found for cell in nbformat.read(path, as_version=4).cells
             if (found := marked(cell)) and found["slide_type"] == "slide"]  # fmt: skip
    assert 12 <= len(begun) <= 20
    assert all(found.get("notes") and len(found["minutes"]) == 2 for found in begun)
    assert not [found["notes"] for found in begun if re.search(r"\bmin\b", found["notes"])]  # told once
    assert sum("Ask" in found["notes"] for found in begun) >= 4


def told_only_to_the_speaker(notebook):
    """Return the numbers of the notes that stand nowhere in the chapter, where cells check them."""
    cells = notebook.cells
    chapter = " ".join([cell.source for cell in cells] + [output.get("text", "") for cell in cells if "outputs" in cell
                                                          for output in cell.outputs])  # fmt: skip
    known = set(re.findall(r"\d+(?:\.\d+)?(?:e-\d+)?", chapter.replace(",", "")))
    notes = " ".join(found.get("notes", "") for cell in cells if (found := marked(cell)))
    return sorted(set(re.findall(r"\d+(?:\.\d+)?(?:e-\d+)?", re.sub(r"task \d", "", notes))) - known)


@pytest.mark.parametrize("path", MARKED, ids=DECKS)
def test_every_number_of_the_notes_stands_in_the_chapter(path):
    notebook = nbformat.read(path, as_version=4)
    assert told_only_to_the_speaker(notebook) == []
    marked(next(cell for cell in notebook.cells if marked(cell)))["notes"] += " It is 47.11."
    assert told_only_to_the_speaker(notebook) == ["47.11"]


def given_away(notebook):
    """Return what a slide shows at once beside the question that it answers."""
    found, asked = [], False
    for cell in notebook.cells:
        if not (how := marked(cell)):
            continue
        words = chosen(cell, how) if cell.cell_type == "markdown" else ""
        asked &= how["slide_type"] != "slide"
        shows = cell.get("outputs") and how["slide_type"] == "-"
        told = re.search(r"^\*\*What happened\.\*\*", words, re.MULTILINE)
        asks = re.search(r"^(\*\*Predict\.\*\*|1\. )", words, re.MULTILINE)
        if (asked and shows) or ((asked or asks) and told):
            found.append(cell.source)
        asked |= bool(asks)
    return found


@pytest.mark.parametrize("path", MARKED, ids=DECKS)
def test_no_slide_answers_what_it_asks(path):
    assert given_away(nbformat.read(path, as_version=4)) == []


def test_an_answer_beside_its_question_is_seen():
    def cell(new, source, kind="-", **more):
        return new(source, metadata={"slideshow": {"slide_type": kind}}, **more)

    printed = cell(new_code_cell, "print(4)", outputs=[new_output("stream", text="4\n")])
    waits = cell(new_code_cell, "print(5)", "fragment", outputs=[new_output("stream", text="5\n")])
    asks = cell(new_markdown_cell, "**Predict.** How many?", "slide")
    tasks = cell(new_markdown_cell, "1. Read the bars.\n\n**What happened.** One is gone.")
    assert given_away(new_notebook(cells=[asks, waits, printed, tasks])) == ["print(4)", tasks.source]
    assert given_away(new_notebook(cells=[asks, waits])) == []


@pytest.fixture
def opened(site, browser):
    """Give a function that opens a deck. What it says, and asks of other hosts, must be nothing."""
    context = browser.new_context(viewport=SIZE)
    pages = []

    def open_deck(name, place=""):
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type in ("warning", "error") else 0)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("requestfailed", lambda request: page.complaints.append(request.url))
        page.on("request", lambda asked: 0 if asked.url.startswith((site.url, "data:", "blob:"))
                else page.complaints.append(asked.url))  # fmt: skip
        page.goto(f"{site.url}slides/{name}.html{place}")
        page.wait_for_function("Reveal.isReady()")
        pages.append(page)
        return page

    yield open_deck
    for page in pages:
        assert page.complaints == []
    context.close()


# What does not fit on the slide that is shown: the slide itself, an element beyond its edges, a box that must scroll.
TOO_LARGE = """() => {
  const slide = Reveal.getCurrentSlide(), found = [];
  if (slide.scrollHeight > 720 || slide.scrollWidth > 1280) found.push(`${slide.scrollWidth} x ${slide.scrollHeight}`);
  const edge = document.querySelector(".slides").getBoundingClientRect();
  for (const element of slide.querySelectorAll(".content > *, img, pre, table, math, live-widget")) {
    if (element.closest("aside, live-widget live-widget")) continue;
    const box = element.getBoundingClientRect();
    if (box.right > edge.right + 1 || box.bottom > edge.bottom + 1) found.push(element.outerHTML.slice(0, 80));
    if (element.matches("pre, .live") && (element.scrollWidth > element.clientWidth + 1
        || element.scrollHeight > element.clientHeight + 1)) found.push(`scrolls: ${element.textContent.slice(0, 80)}`);
  }
  return found;
}"""
WAITING = "Reveal.getCurrentSlide().querySelectorAll('.fragment:not(.visible)').length"  # each for a key
HEADINGS = "document.querySelectorAll('section.present :is(h1, h2, h3)').length"
# A slide at rest: its explorer is alive, and has been drawn.
AT_REST = """new Promise((done) => {
  let frames = 0;
  const look = () => {
    frames = document.querySelector("section.present live-widget[aria-busy]") ? 0 : frames + 1;
    frames > 4 ? done(true) : requestAnimationFrame(look);
  };
  look();
})"""


def with_explorer(site, name):
    """Return the numbers of a deck's slides with an explorer."""
    soup = BeautifulSoup((site.html / "slides" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    return [number for number, section in enumerate(soup.find_all("section")) if section.select(".live script")]


# The letters of an explorer that are lower than 18 of the slide's 720 pixels.
TOO_SMALL = """() => {
  const widget = document.querySelector("section.present live-widget");
  const texts = document.createTreeWalker(widget, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    const { parentElement: element, data } = texts.currentNode;
    const shown = data.trim() && element.checkVisibility({ visibilityProperty: true }) && !element.closest("style");
    const size = parseFloat(getComputedStyle(element).fontSize) * widget.style.zoom;
    if (shown && !element.closest(".explorer-hidden") && size < 18) found.push(`${data.trim()}: ${size}`);
  }
  return found;
}"""
# Pixels for a unit, across and up: 6 and -6 are numbers of the x axis alone, 3 and -3 of the y axis.
UNITS = """() => {
  const middle = (words) => {
    const found = [...document.querySelectorAll("section.present .descent-view text")];
    const box = found.find((text) => text.textContent === words).getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  return [(middle("6")[0] - middle("−6")[0]) / 12, (middle("−3")[1] - middle("3")[1]) / 6];
}"""


def assert_the_explorer_is_read_and_has_its_keys(page):
    assert page.evaluate(TOO_SMALL) == []  # from the last row
    slider, place = page.locator("section.present live-widget input[type=range]").first, "Reveal.getState().indexh"
    before, number = slider.input_value(), page.evaluate(place)
    slider.focus()
    page.keyboard.press("ArrowLeft" if before == slider.get_attribute("max") else "ArrowRight")
    painted(page)
    assert slider.input_value() != before and page.evaluate(place) == number
    page.locator("section.present h2").click()  # from here on keys turn the slides again


@pytest.mark.parametrize("name", DECKS)
def test_a_deck_can_be_walked_every_slide_fits_and_explorers_are_alive(site, opened, name):
    page, live = opened(name), with_explorer(site, name)
    assert live
    in_wide_letters(page, ".reveal")
    total = page.evaluate("Reveal.getTotalSlides()")
    assert 12 <= total <= 20
    for number in range(total):
        page.wait_for_function(AT_REST)
        place, too_large, headings = page.evaluate(f"[Reveal.getState().indexh, ({TOO_LARGE})(), {HEADINGS}]")
        assert (place, too_large, headings > 0) == (number, [], True), f"slide {number + 1}"
        photograph(page, f"{name}-{number + 1:02}")
        if number in live:
            assert_the_explorer_is_read_and_has_its_keys(page)
        if number == live[-1] and name in ("02_momentum", "03_rmsprop"):  # the race has equal scales
            across, up = page.evaluate(UNITS)
            assert 0.98 < across / up < 1.02
        for _ in range(page.evaluate(WAITING) + 1):
            page.keyboard.press("ArrowRight" if number % 2 else "Space")
    assert page.evaluate("Reveal.isLastSlide()")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("Reveal.getState().indexh") == total - 2


def test_what_does_not_fit_is_found(opened):
    page = opened(DECKS[0])
    assert page.evaluate(TOO_LARGE) == []
    for more in ("<p style='margin-top: 690px'>Far below</p>", "<pre>" + "wide " * 60 + "</pre>"):
        page.evaluate(
            """(more) => Reveal.getCurrentSlide().querySelector(".content")
          .insertAdjacentHTML("beforeend", more)""",
            more,
        )
        assert page.evaluate(TOO_LARGE)
        page.evaluate("Reveal.getCurrentSlide().querySelector('.content').lastChild.remove()")


@pytest.mark.parametrize("name", DECKS)
def test_every_picture_has_words_and_no_address_is_elsewhere(site, name):
    soup = BeautifulSoup((site.html / "slides" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    pictures = soup.find_all("img")
    assert len(pictures) >= 4
    for picture in pictures:
        assert len(picture["alt"]) >= 40 and picture["src"].startswith("data:image/png;base64,")
    for tag, attribute in (("script", "src"), ("link", "href")):
        for element in soup.find_all(tag, attrs={attribute: True}):
            assert (site.html / "slides" / element[attribute]).resolve().is_file()
    for anchor in soup.find_all("a", href=True):
        if not anchor["href"].startswith("https://"):
            assert (site.html / "slides" / anchor["href"]).resolve().is_file(), anchor["href"]
    shown = [element for element in soup.find_all(["p", "li", "td"]) if not element.find("math")]
    assert not [element.text for element in shown if "$" in element.text]


ASIDE = re.compile(r"\b(?:above|below)(?=[,.:;)])|\b(?:Above|Below),")  # "the figure below."


@pytest.mark.parametrize("name", DECKS)
def test_no_words_of_a_slide_point_at_what_is_not_on_it(site, name):
    soup = BeautifulSoup((site.html / "slides" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    alone = [slide for slide in soup.select("section") if not slide.select("img, .live, table, pre, div.math")]
    assert alone
    for slide in alone:
        slide.aside.extract()
    assert [slide.text for slide in alone if ASIDE.search(slide.text)] == []


def test_reveal_comes_from_the_site_with_its_licence(site):
    for part in PARTS:
        assert (site.html / "slides" / "reveal" / part).stat().st_size > 500
    assert "Permission is hereby granted" in (site.html / "slides" / "reveal" / "LICENSE").read_text(encoding="utf-8")


def test_a_point_of_an_explorer_follows_the_pointer_on_a_larger_screen(site, opened):
    name = DECKS[1]
    page = opened(name, f"#/{with_explorer(site, name)[-1]}")  # the laboratory: a small view's point keeps to its line
    page.set_viewport_size({key: round(value * 1.5) for key, value in SIZE.items()})
    page.wait_for_function(AT_REST)
    start = page.locator("section.present live-widget .explorer-handle").first
    box = start.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 30, steps=4)
    page.mouse.up()
    painted(page)
    moved = start.bounding_box()
    assert abs(moved["x"] - box["x"] - 60) < 3 and abs(moved["y"] - box["y"] + 30) < 3


def test_a_clicker_turns_the_slides_after_an_explorer_was_touched_and_esc_leaves_it(site, opened):
    name = DECKS[1]
    number = with_explorer(site, name)[0]
    page, place = opened(name, f"#/{number}"), "Reveal.getState().indexh"
    page.wait_for_function(AT_REST)
    slider = page.locator("section.present live-widget input[type=range]").first
    for key, turned in (("PageDown", 1), ("PageUp", -1), ("Escape", 0)):
        page.evaluate(f"Reveal.slide({number})")
        slider.focus()
        page.keyboard.press(key)
        assert page.evaluate(place) == number + turned and not page.evaluate("Reveal.isOverview()")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(place) == number + 1


IN_VIEW = """() => [...document.querySelectorAll(".slides > section")].filter((slide) => {
  const { left, top, right, bottom, width } = slide.getBoundingClientRect();
  return width > 100 && left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
}).length"""


def test_all_slides_are_seen_at_once_and_one_can_be_chosen(opened):
    page = opened(DECKS[1])
    page.keyboard.press("Escape")
    page.wait_for_function("Reveal.isOverview()")
    painted(page)
    assert page.evaluate(IN_VIEW) == page.evaluate("Reveal.getTotalSlides()")
    page.locator(".slides > section").nth(12).click(position={"x": 30, "y": 30})
    assert page.evaluate("[Reveal.isOverview(), Reveal.getState().indexh]") == [False, 12]


@pytest.mark.parametrize("name", DECKS)
def test_a_deck_prints_with_its_explorers_a_page_for_each_slide(site, opened, name):
    page = opened(name, "?print-pdf")
    on_sheets = "document.querySelector('.pdf-page')"  # between the page and these the slides are nowhere
    page.wait_for_function(f"{on_sheets} && !document.querySelector('live-widget[aria-busy]')")
    drawn = page.evaluate("[...document.querySelectorAll('.live')].map((one) => one.querySelectorAll('svg').length)")
    assert len(drawn) == len(with_explorer(site, name)) and all(drawn)
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == page.evaluate("Reveal.getTotalSlides()")


def test_the_speaker_s_view_has_the_notes(opened):
    page = opened(DECKS[0])
    notes = page.evaluate("Reveal.getSlideNotes()")
    assert "vote" in notes and "3 min" in notes
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    popup.value.wait_for_selector(".speaker-controls-notes:not(.hidden)")
    told = popup.value.locator(".speaker-controls-notes")
    assert "vote" in told.inner_text() and "3 min in the plan for 50" in told.inner_text()
    told.get_by_role("button", name="Plan for 90").click()
    told.get_by_text("5 min in the plan for 90").wait_for()
    page.keyboard.press("ArrowRight")
    told.get_by_text("No minutes of its own in the plan for 90").wait_for()
    told.get_by_role("button", name="Plan for 50").click()
    page.evaluate("Reveal.slide(15)")
    told.get_by_text("Left out in the plan for 50").wait_for()


def test_the_teaching_page_leads_to_every_deck(site):
    lessons = BeautifulSoup((site.html / "teaching" / "lessons.html").read_text(encoding="utf-8"), "html.parser")
    assert [name for name in DECKS if not lessons.find("a", href=f"../slides/{name}.html")] == []


# How a deck is made, on a notebook of a few cells.


def cell_on_slide(make, source, output=None, tags=(), **slideshow):
    cell = make(source)
    if output:
        cell.outputs = [output]
    cell.metadata = nbformat.from_dict({"tags": list(tags), "slideshow": {"slide_type": "slide"} | slideshow})
    return cell


TEXT = "## Head\n\nFirst words.\n\n$$a\n\n= b$$\n\n```python\nx = 1\n\ny = 2\n```"
TEXT += "\n\n**Predict.** What? (The plotting code is folded.)"


def test_blocks_end_at_blank_lines_outside_of_formulas_and_code():
    begins = [part.split("\n")[0] for part in blocks(TEXT)]
    assert begins[:4] == ["## Head", "First words.", "$$a", "```python"] and len(begins) == 5


def test_a_slide_shows_the_chosen_blocks_alone():
    html = html_of_cell(
        cell_on_slide(new_markdown_cell, TEXT, blocks=["##", "**Predict"], minutes=[0, 2], notes="*Ask.*")
    )
    assert html == (
        "<h2>Head</h2>\n<p><strong>Predict.</strong> What?</p>\n\n"
        '<aside class="notes"><p class="minutes" data-50="0" data-90="2"></p><p><em>Ask.</em></p>\n</aside>'
    )


def test_a_formula_and_a_link_are_those_of_the_site():
    text = "See [chapter 1](01_a.ipynb#b), [notation](../notation.md), [paper](https://example.org/a.md): $x^2$"
    text += " [lr = 0.5](#race:descent_lr=0.5) [Adam](#race:@Adam) [it\ndiverges](#race?descent_lr>0.5)"
    html = html_of_cell(cell_on_slide(new_markdown_cell, text))
    links = re.findall(r'href="([^"]+)"', html)
    assert links == ["../chapters/01_a.html#b", "../notation.html", "https://example.org/a.md"]
    assert "<math>" in html and "$" not in html
    assert "lr = 0.5 Adam it\ndiverges</p>" in html  # they speak to an explorer of the page


def test_code_and_output_are_shown_as_asked():
    printed = new_output("stream", name="stdout", text="3 < 4\n")
    source = "x = 3\nprint(x)\nassert x == 3\nassert (\n    x < 4\n)"
    shown = {show: html_of_cell(cell_on_slide(new_code_cell, source, printed, **({"show": show} if show else {})))
             for show in (None, "code", "output")}  # fmt: skip
    found = [('class="code"' in html, "3 &lt; 4" in html) for html in shown.values()]
    assert found == [(True, True), (True, False), (False, True)]
    assert "assert" not in shown[None]
    assert 'class="code"' not in html_of_cell(cell_on_slide(new_code_cell, source, printed, ["hide-input"]))
    assert without_checks("assert 1 == 1") == "assert 1 == 1"


@pytest.mark.parametrize(("width", "height", "tall"), [(977, 976, False), (977, 977, False), (977, 978, True)])
def test_a_picture_higher_than_wide_has_the_whole_slide(width, height, tall):
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)).decode()
    picture = new_output("display_data", data={"image/png": png + "\n"})
    assert ('<img class="tall" alt' in html_of_cell(cell_on_slide(new_code_cell, "x", picture))) == tall


@pytest.mark.parametrize(
    "slideshow", [{"blocks": ["## Foot"]}, {"slide_type": "slid"}, {"note": "typo"}, {"show": "all"}]
)
def test_metadata_that_means_nothing_stops_the_build(slideshow):
    with pytest.raises(ExtensionError, match="no block|not understood"):
        html_of_cell(cell_on_slide(new_markdown_cell, TEXT, **slideshow))


def test_slides_and_fragments_are_sorted_and_unmarked_cells_are_left_out():
    cells = [
        cell_on_slide(new_markdown_cell, "# 7. One"),
        new_markdown_cell("Not on any slide."),
        cell_on_slide(new_markdown_cell, "Goes on.", slide_type="-"),
        cell_on_slide(new_markdown_cell, "Two.", title="Second"),
        cell_on_slide(new_markdown_cell, "Comes later.", slide_type="fragment"),
    ]
    soup = BeautifulSoup(deck(new_notebook(cells=cells), "07_small"), "html.parser")
    one, two = soup.find_all("section")
    assert one.text.split() == ["7.", "One", "Goes", "on."]
    assert two.h2.text == "Second" and two.select_one(".fragment").text.strip() == "Comes later."
    assert soup.title.text == "Slides: 7. One" and "Not on any" not in soup.text
    assert soup.html["lang"] == "en"
