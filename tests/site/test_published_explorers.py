"""The explorers where readers meet them: on the built pages, by pointer and by keyboard, against adamlib."""

import numpy as np
import pytest

from adamlib import explorers
from hands import in_wide_letters, number, painted
from lighten import book_pages

# Every page with explorers, in their order.
PUBLISHED = {
    "index.html": ["DescentExplorer"],
    "chapters/01_exponential_averages.html": ["AverageExplorer"],
    "chapters/02_momentum.html": ["DescentExplorer"],
    "chapters/03_rmsprop.html": ["DescentExplorer"],
    "chapters/04_adam.html": ["AdamMicroscope", "DescentExplorer"],
    "chapters/05_hyperparameters.html": ["ResultsExplorer"],
    "chapters/06_learning_rate_schedules.html": ["ScheduleExplorer"],
}
PLACES = [(page, place) for page, names in PUBLISHED.items() for place in range(len(names))]


@pytest.fixture(params=PLACES, ids=lambda place: f"{place[0]}, {PUBLISHED[place[0]][place[1]]}")
def view(request, site, browser):
    """One explorer of one page, in view, and the class it belongs to. The page must have no complaint."""
    page_name, place = request.param
    context = browser.new_context(viewport={"width": 1280, "height": 1100})
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("warning", "error") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(site.url + page_name)
    view = page.locator("live-widget").nth(place)
    view.scroll_into_view_if_needed()
    view.locator(".explorer-axes path").first.wait_for(state="attached")
    painted(view)
    yield view, getattr(explorers, PUBLISHED[page_name][place])
    context.close()
    assert complaints == []


def traits(view, explorer):
    """The state that a hand has left, without what belongs to every widget."""
    own = explorer.class_own_traits(sync=True).items()
    names = [name for name, trait in own if not name.startswith("_") and not trait.read_only]
    return view.evaluate(
        "(view, names) => Object.fromEntries(names.map((name) => [name, view.model.get(name)]))", names
    )


def assert_readouts_are_adamlib_s(view, explorer):
    """Make the same explorer in Python from the traits, and compare every number that the page shows."""
    settings = traits(view, explorer)
    if explorer is explorers.ResultsExplorer:
        assert_results_are_the_sweep_s(view, settings)
        return
    if explorer is explorers.DescentExplorer:
        same = explorer(**settings)
        nudged = explorer(**settings | {"start": [x * (1 + 1e-12) for x in settings["start"]]})
        rows = view.locator("tbody tr:visible").evaluate_all(
            "(all) => all.map((r) => [...r.children].map((c) => c.textContent))"
        )
        assert sorted(row[0] for row in rows) == sorted(same.methods)
        for method, height, goal in rows:
            height_in_python, another = (one.heights(method)[same.shown] for one in (same, nudged))
            if abs(another - height_in_python) > 1e-6 * height_in_python:
                continue  # chaotic: near its limit cycle RMSProp magnifies any rounding
            assert number(height.split(",")[0]) == float(f"{height_in_python:.3g}"), method
            met = same.met(method)
            assert goal == (f"not in {same.steps} steps" if met is None else f"from step {met} on"), method
        return
    texts = view.locator(".explorer-readouts > div").evaluate_all(
        "(all) => all.map((p) => [...p.children].map((c) => c.textContent))"
    )
    shown, same = dict(texts), explorer(**settings)
    if explorer is explorers.AverageExplorer:
        expected = {
            "half-life": same.half_life, "mean age": same.mean_age, "noise-equivalent window": same.noise_window,
            "value": same.values[same.day - 1], "average": same.average[same.day - 1],
        }  # fmt: skip
    elif explorer is explorers.ScheduleExplorer:
        expected = {
            "expected loss at the last step": same.losses[-1], "of it distance": same.parts.distance[-1],
            "of it noise": same.parts.noise[-1],
            "floor at the last rate": same.floor, "floor at the peak rate": same.peak_floor,
        }  # fmt: skip
        assert shown["goal"].startswith("met" if same.met else "not met")
    else:
        at = {name: values[same.cursor - 1] for name, values in same.traced._asdict().items()}
        expected = {
            "gradient g": at["g"],
            "m": at["m"],
            "v": at["v"],
            "m_hat": at["m_hat"],
            "v_hat": at["v_hat"],
            "step": at["step"],
        }
    for name, value in expected.items():
        assert number(shown[name]) == pytest.approx(float(f"{value:.4g}"), rel=1e-12), name


def assert_results_are_the_sweep_s(view, cell):
    """Compare with the losses that the page has from the chapter's sweep: they cannot be made again in a moment."""
    grid, codes = view.evaluate(
        """({ model }) => {
            const curves = model.get("curves");
            const numbers = Array.from({ length: curves.byteLength / 2 }, (_, i) => curves.getUint16(2 * i, true));
            return [model.get("grid"), numbers];
        }"""
    )
    axes, (low, span) = ("beta1", "beta2", "lr", "bias_correction"), grid["scale"]
    losses = np.where(np.equal(codes, 65535), np.inf, np.exp(low + np.subtract(codes, 1) / 65533 * span))
    medians = losses.reshape(*(len(grid[name]) for name in axes), 3, len(grid["step"]))[
        ..., 1, grid["step"].index(cell["step"])
    ]
    beta1, beta2, lr = (grid[name].index(cell[name]) for name in axes[:3])
    shown = dict(
        view.locator(".explorer-readouts > div").evaluate_all(
            "(all) => all.map((p) => [...p.children].map((c) => c.textContent))"
        )
    )
    for row, words in zip(medians[beta1, beta2].T, ("without", "with"), strict=True):
        assert number(shown[f"loss {words} bias correction"]) == float(f"{row[lr]:.3g}")
        assert number(shown[f"best lr of the row {words} bias correction"]) == float(f"{grid['lr'][row.argmin()]:.3g}")


def test_it_starts_alive_with_adamlib_s_numbers(view):
    assert_readouts_are_adamlib_s(*view)


def test_every_control_answers_the_keyboard(view):
    view, explorer = view
    for fold in view.locator("details").all():
        fold.locator("summary").focus()
        view.page.keyboard.press("Enter")
    tried = 0
    for control in view.locator("input[type=range], input[type=checkbox], select, [role=slider]:not(input)").all():
        if not control.is_visible():
            continue
        before = traits(view, explorer)
        control.focus()
        kind = control.get_attribute("type") or control.evaluate("(control) => control.localName")
        keys = {"checkbox": ["Space"], "select": ["ArrowDown", "ArrowUp"]}  # the last of a list has none below it
        for key in keys.get(kind, ["ArrowLeft", "ArrowUp"]):
            view.page.keyboard.press(key)
            painted(view)
            if traits(view, explorer) != before:
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
        assert_readouts_are_adamlib_s(view, explorer)
    assert tried >= 4


def test_its_sliders_and_its_point_answer_the_pointer(view):
    view, explorer = view
    for slider in view.locator("input[type=range]:visible").all():
        before, width = traits(view, explorer), slider.bounding_box()["width"]
        least, most = (float(slider.get_attribute(end)) for end in ("min", "max"))
        part = (float(slider.input_value()) - least) / (most - least)
        slider.click(position={"x": width * (part - 0.35 if part > 0.5 else part + 0.35), "y": 14})
        painted(view)
        assert traits(view, explorer) != before, slider.evaluate("(slider) => slider.labels[0].textContent")
        assert_readouts_are_adamlib_s(view, explorer)
    point = view.locator("[role=slider]:not(input):visible").first
    point.hover(force=True)  # scrolls to it, and waits until the page stands still
    box, before = point.locator("circle").last.bounding_box(), traits(view, explorer)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x + 12, y + 15, steps=5)
    view.page.mouse.up()
    painted(view)
    assert traits(view, explorer) != before
    assert_readouts_are_adamlib_s(view, explorer)


def test_no_other_page_and_no_other_place_has_an_explorer(site):
    for page in book_pages(site.html):
        name = page.relative_to(site.html).as_posix()
        views = page.read_text(encoding="utf-8").count('<script type="application/vnd.jupyter.widget-view+json">')
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


def test_no_word_of_a_label_is_broken_on_a_phone(view):
    view, _ = view
    view.page.set_viewport_size({"width": 360, "height": 800})
    in_wide_letters(view.page, ".explorer")
    view.locator("details").evaluate_all("(all) => all.forEach((fold) => { fold.open = true; })")
    painted(view)
    assert view.evaluate(BROKEN) == []
