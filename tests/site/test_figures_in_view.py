"""Small figures that stay in view beside their text, and pages that keep still, on a laptop and on a phone."""

import contextlib
from typing import NamedTuple

import pytest

from hands import painted
from project import listed_pages

PAGES = [f"{name}.html" for name in listed_pages()]
AVERAGES = PAGES[1]
ROOMS = {"laptop": (1280, 800), "phone": (390, 664)}
READY = "document.readyState === 'complete' && !document.querySelector('live-widget[aria-busy]')"
STILL = 0.05  # the sum that web.dev calls good is twice as much

# The runs of a page: [the figure's name, the most of the view that it took with the header, whether it stayed below
# the header all the way down its text, what it covered there], or only its name where it does not stay. Beside its text
# it takes nothing of the view, and the list of contents stands above it.
STAYS = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const header = document.querySelector(".bd-header-article");
  const contents = document.querySelector(".bd-sidebar-secondary");
  const beside = matchMedia("(width >= 1200px)").matches;
  const found = [];
  for (const run of document.querySelectorAll(".figure-run")) {
    const figure = run.querySelector("live-widget");
    const [name, chart] = [figure.model.get("name"), figure.querySelector("svg, .explorer-row")];
    const pin = figure.querySelector(".figure-pin");
    found.push([name]);
    if (!run.classList.contains("stays")) continue;
    const top = run.getBoundingClientRect().top + scrollY;
    const start = figure.getBoundingClientRect().top + scrollY + (beside ? figure.offsetHeight + 16 - innerHeight : 0);
    const end = top + run.offsetHeight - (beside ? innerHeight : figure.offsetHeight + 80);
    const covered = new Set();
    let [most, kept] = [0, true];
    for (let y = Math.min(start, end); y <= end; y += 50) { // once where the text is shorter than the figure
      scrollTo(0, y);
      await frame();
      const [low, high] = [header.getBoundingClientRect().bottom, chart.getBoundingClientRect().top];
      const { left, top: above, bottom } = figure.getBoundingClientRect();
      kept &&= high > low - 9 && pin.getBoundingClientRect().top > low - 9;
      kept &&= beside ? bottom <= innerHeight : high < low + figure.offsetHeight;
      if (!beside) most = Math.max(most, bottom / innerHeight);
      else {
        const list = contents.getBoundingClientRect();
        if (!(list.bottom < above && list.height > 90 && contents.checkVisibility({ visibilityProperty: true })))
          covered.add("contents");
        const texts = [...run.querySelectorAll(":scope > :not(:first-child)")];
        for (const text of texts.filter((one) => one.getBoundingClientRect().right > left))
          covered.add(text.textContent.slice(0, 40));
      }
    }
    found.at(-1).push(most, kept, [...covered]);
  }
  return found;
}"""

# What moves without a hand, while somebody in a hurry goes down the page: all shifts, as browsers count them.
SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput) shifts.push([value, sources[0]?.node?.textContent?.trim().slice(0, 60)]);
  }).observe({ type: "layout-shift", buffered: true });
"""
HURRY = """async () => {
  const end = () => scrollY + innerHeight > document.documentElement.scrollHeight - 2;
  while (!end()) {
    scrollBy(0, innerHeight * 0.6);
    // After one frame alone, what a section shows first counts as moved by the way that was scrolled.
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
  return true;
}"""


@contextlib.contextmanager
def reader_in(room, browser):
    width, height = ROOMS[room]
    small = room == "phone"
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=small, is_mobile=small)
    yield context.new_page()
    context.close()


@pytest.fixture(params=ROOMS)
def reader(request, browser):
    with reader_in(request.param, browser) as reader:
        yield reader


def open_page(tab, site, page):
    tab.goto(site.url + page)
    tab.wait_for_function(READY)


def open_averages(tab, site):
    """Open the first chapter; its figures are measured, and get their pins, a frame after they are alive."""
    open_page(tab, site, AVERAGES)
    tab.wait_for_selector(".figure-run.stays .figure-pin")


# Whether the first figure of a page is a small one, and at which share of the page it stands.
FIRST = """() => {
  scrollTo(0, 0);
  const first = document.querySelector("live-widget");
  const top = first.getBoundingClientRect().top + scrollY;
  return [first.closest(".figure-run") !== null, top / document.documentElement.scrollHeight];
}"""


class Seen(NamedTuple):
    """What was seen on a page: all shifts, and of a page with figures where the first stands and whether all stay."""

    shifts: list
    first: list
    stays: list


@pytest.fixture(scope="module", params=ROOMS)
def seen(request, browser, site):
    """What was seen on every page, each opened once: gone down in a hurry, and then figure by figure."""
    found = {}
    with reader_in(request.param, browser) as reader:
        reader.add_init_script(SHIFTS)
        for page in PAGES:
            reader.goto(site.url + page)
            # The home page has its hero.
            figures = page != PAGES[0] and "data-model-id" in (site.html / page).read_text(encoding="utf-8")
            reader.wait_for_function(HURRY)  # which ends, should the page draw no frame
            reader.wait_for_function(READY)
            reader.wait_for_selector("html.at-rest")
            painted(reader)
            # Where the first stands is asked last, of a page that has all its height.
            shifts, stays = reader.evaluate("shifts"), reader.evaluate(STAYS) if figures else []
            found[page] = Seen(shifts, reader.evaluate(FIRST) if figures else [], stays)
    return found


def test_the_first_figure_is_small_and_near_and_all_small_ones_stay_while_their_text_is_read(seen):
    first = {page: one.first for page, one in seen.items() if one.first}
    stays = [row for one in seen.values() for row in one.stays]
    assert {page: near for page, near in first.items() if not (near[0] and near[1] < 0.25)} == {} and len(first) >= 13
    assert len(stays) >= 14
    assert [row for row in stays if not (len(row) > 1 and row[1] <= 0.61 and row[2] and not row[3])] == []


def test_pages_keep_still_while_they_load_and_scroll(seen):
    moved = {page: one.shifts for page, one in seen.items() if sum(value for value, _ in one.shifts) >= STILL}
    largest = {page: sorted(shifts, reverse=True, key=lambda shift: shift[0])[:3] for page, shifts in moved.items()}
    assert largest == {}


def test_a_reader_lets_figures_go_for_good(site, reader):
    open_averages(reader, site)
    run, pin = reader.locator(".figure-run").first, reader.locator(".figure-pin").first
    assert "stays" in run.get_attribute("class")
    pin.click()
    reader.wait_for_selector(".figure-run:not(.stays)")
    reader.reload()
    reader.wait_for_function(READY)
    assert pin.text_content() == "Pin" and "stays" not in run.get_attribute("class")
    pin.click()
    reader.wait_for_selector(".figure-run.stays")


def test_what_has_the_focus_or_is_jumped_to_stands_clear_of_a_figure_that_stays(site, reader):
    open_averages(reader, site)
    reader.evaluate(
        """() => {
          const link = document.querySelector(".figure-run a.live-sentence");
          scrollTo(0, link.getBoundingClientRect().top + scrollY - 200);
          document.querySelector(".figure-pin").focus({ preventScroll: true });
        }"""
    )
    reader.keyboard.press("Tab")
    assert reader.evaluate(
        """() => {
          const [one, other] = [document.activeElement, document.querySelector(".figure-run live-widget")];
          const [link, figure] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
          return one.matches("a") && (link.top >= figure.bottom || link.right <= figure.left);
        }"""
    )
    below = reader.locator(".figure-run + section, section:has(> .figure-run) + section").first
    name = below.get_attribute("id")
    reader.evaluate("(id) => { location.hash = id; }", name)
    assert below.locator("h2, h3").first.evaluate(
        """(heading) => {
          const { left, top } = heading.getBoundingClientRect();
          return document.elementFromPoint(left + 5, top + 5) === heading;
        }"""
    )


def test_on_paper_nothing_stays(site, reader):
    open_averages(reader, site)
    output = reader.locator(".figure-run .cell_output").first
    assert output.evaluate("(one) => getComputedStyle(one).position") == "sticky"
    reader.emulate_media(media="print")
    assert output.evaluate("(one) => getComputedStyle(one).position") == "static"
    assert reader.locator(".figure-pin").first.is_hidden()


# How far below each list of choices the text goes on.
ROOMS_OF_CHOICES = """() => [...document.querySelectorAll("ul.choices")].map((list) => {
  let next = list.nextElementSibling;
  while (next.matches(".choices-check, .choices-verdict")) next = next.nextElementSibling;
  return next.getBoundingClientRect().top - list.getBoundingClientRect().top;
})"""


@pytest.mark.parametrize("page", ["teaching/quiz.html", "teaching/quiz_b.html", "chapters/03_rmsprop.html"])
def test_choices_take_their_room_before_their_script_has_come(site, reader, page):
    found = []
    for address in ("**/answers.js*", "**/no-such.js"):
        reader.route(address, lambda request: request.abort())
        open_page(reader, site, page)
        reader.add_style_tag(content="section { content-visibility: visible !important; }")
        found.append(reader.evaluate(ROOMS_OF_CHOICES))
        reader.unroute_all()
    before, after = found
    assert len(after) > 1 and before == pytest.approx(after, abs=4)
