"""The explorers where readers meet them: on the built pages, by pointer and by keyboard, against adamlib."""

import pytest

from adamlib import explorers
from hands import assert_readouts, in_wide_letters, painted, state
from lighten import book_pages

# Every page with explorers, in their order.
PUBLISHED = {
    "index.html": ["DescentExplorer"],
    "chapters/01_exponential_averages.html": ["AverageExplorer", "AverageExplorer"],
    "chapters/02_momentum.html": ["DescentExplorer", "DescentExplorer"],
    "chapters/03_rmsprop.html": ["DescentExplorer", "DescentExplorer"],
    "chapters/04_adam.html": 3 * ["AdamMicroscope"],
    "chapters/05_hyperparameters.html": 2 * ["ResultsExplorer"],
    "chapters/06_learning_rate_schedules.html": 2 * ["ScheduleExplorer"],
    "chapters/07_weight_decay.html": ["DecayExplorer", "DecayExplorer"],
    "chapters/08_where_adam_wins.html": ["LanguageExplorer"],
    "chapters/09_how_fast_momentum.html": ["DescentExplorer", "DescentExplorer"],
    "chapters/10_how_long_a_step.html": 2 * ["AdamMicroscope"],
    "chapters/11_conventions.html": 2 * ["AdamMicroscope"],
    "chapters/12_why_it_never_rests.html": ["DescentExplorer", "DescentExplorer"],
    "chapters/13_does_it_converge.html": ["ConvergenceExplorer", "ConvergenceExplorer"],
}
# What a hand does to each class is asked in tests/explorers. That nothing of the site comes between is asked where
# there is a control of every kind: sliders, boxes, a list, points.
MAPPED = "chapters/09_how_fast_momentum.html"
by_hand = pytest.mark.parametrize("page", [MAPPED], indirect=True)


@pytest.fixture
def page(request, site, still):
    """A page with explorers. It must have no complaint."""
    complaints = []
    still.on("console", lambda said: complaints.append(said.text) if said.type in ("warning", "error") else None)
    still.on("pageerror", lambda error: complaints.append(str(error)))
    still.goto(site.url + request.param)
    yield still
    assert complaints == []


def in_view(page, place):
    """One explorer of a page, alive and in view."""
    view = page.locator("live-widget").nth(place)
    view.scroll_into_view_if_needed()
    view.get_by_role("button", name="Reset").wait_for()
    painted(view)
    return view


@pytest.fixture
def view(page):
    return in_view(page, 1), getattr(explorers, PUBLISHED[MAPPED][1])


@pytest.mark.parametrize(("page", "names"), PUBLISHED.items(), ids=PUBLISHED, indirect=["page"])
def test_each_starts_alive_with_adamlib_s_numbers_and_fits_a_phone(page, names):
    for place, name in enumerate(names):
        assert_readouts(in_view(page, place), getattr(explorers, name))
    page.set_viewport_size({"width": 360, "height": 800})
    in_wide_letters(page, ".explorer")
    page.locator("live-widget details").evaluate_all("(all) => all.forEach((fold) => { fold.open = true; })")
    for place in range(len(names)):
        assert in_view(page, place).evaluate(BROKEN) == [], "words of labels stand on two lines"


def test_its_room_is_kept_free_before_it_is_drawn(site, still):
    """Without this the home page's text jumps when the race is drawn."""
    for width in (360, 1280):
        still.set_viewport_size({"width": width, "height": 900})
        still.route("**/live_widgets.js*", lambda route: route.abort())  # it has not come yet, and nothing is drawn
        still.goto(site.url)
        kept = still.locator("script[data-model-id]").evaluate("(place) => place.offsetHeight")
        still.unroute_all()
        still.goto(site.url)
        still.locator(".explorer-axes path").first.wait_for(state="attached")
        assert abs(still.locator(".explorer").first.bounding_box()["height"] - kept) < 60, width


@by_hand
def test_every_control_answers_the_keyboard(view):
    view, explorer = view
    for fold in view.locator("details").all():
        fold.locator("summary").focus()
        view.page.keyboard.press("Enter")
    tried = 0
    for control in view.locator(
        "input[type=range], input[type=checkbox], select:not([aria-label=Speed]), [role=slider]:not(input)"
    ).all():
        if not control.is_visible():
            continue
        before = state(view, explorer)
        control.focus()
        kind = control.get_attribute("type") or control.evaluate("(control) => control.localName")
        keys = {"checkbox": ["Space"], "select": ["ArrowDown", "ArrowUp"]}  # the last of a list has none below it
        for key in keys.get(kind, ["ArrowLeft", "ArrowUp"]):
            view.page.keyboard.press(key)
            painted(view)
            if state(view, explorer) != before:
                break
        else:
            raise AssertionError(f"nothing changed by {control.evaluate('(control) => control.outerHTML')[:200]}")
        tried += 1
        if kind == "g":  # a point to drag shows the keyboard by its ring, and not by the theme's square as well
            marks = control.evaluate("(g) => [getComputedStyle(g).outlineStyle, getComputedStyle(g.firstChild).stroke]")
            assert marks[0] == "none" and marks[1] != "none"
        assert view.locator(".explorer-trouble[role=alert]").is_hidden()
        if kind in ("checkbox", "select"):  # back again: on another landscape these learning rates diverge
            view.page.keyboard.press({"Space": "Space", "ArrowDown": "ArrowUp", "ArrowUp": "ArrowDown"}[key])
            painted(view)
        assert_readouts(view, explorer)
    assert tried >= 4


@by_hand
def test_its_sliders_and_its_point_answer_the_pointer(view):
    view, explorer = view
    for slider in view.locator("input[type=range]:visible").all():
        before, width = state(view, explorer), slider.bounding_box()["width"]
        least, most = (float(slider.get_attribute(end)) for end in ("min", "max"))
        part = (float(slider.input_value()) - least) / (most - least)
        slider.click(position={"x": width * (part - 0.35 if part > 0.5 else part + 0.35), "y": 14})
        painted(view)
        assert state(view, explorer) != before, slider.evaluate("(slider) => slider.labels[0].textContent")
        assert_readouts(view, explorer)
    point = view.locator("[role=slider]:not(input):visible").first
    point.hover(force=True)  # scrolls to it, and waits until the page stands still
    box, before = point.locator("circle").last.bounding_box(), state(view, explorer)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x + 12, y + 15, steps=5)
    view.page.mouse.up()
    painted(view)
    assert state(view, explorer) != before
    assert_readouts(view, explorer)


def test_no_other_page_and_no_other_place_has_an_explorer(site):
    for page in book_pages(site.html):
        name = page.relative_to(site.html).as_posix()
        views = page.read_text(encoding="utf-8").count('<script type="application/vnd.jupyter.widget-view+json"')
        assert views == len(PUBLISHED.get(name, [])), name


# The words of the controls' names that stand on two lines.
BROKEN = r"""(view) => [...view.querySelectorAll("label")].filter((label) => label.checkVisibility()).flatMap((label) =>
  [...label.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).flatMap((text) =>
    [...text.data.matchAll(/\S+/g)].filter(({ 0: word, index }) => {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      return new Set([...range.getClientRects()].map((box) => box.top)).size > 1;
    }).map(([word]) => word)))"""
