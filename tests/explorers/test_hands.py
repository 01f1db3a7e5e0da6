"""What every explorer does under a reader's hand: a row for each, and each promise once for all rows.

What is special to one explorer stands in its own file, and so does what its lines show.
"""

from typing import Any, NamedTuple

import pytest
from sweeps import AXES, valley_sweep

from adamlib import explorers
from adamlib.explorers import (
    AdamMicroscope,
    AverageExplorer,
    ConvergenceExplorer,
    DecayExplorer,
    DescentExplorer,
    LanguageExplorer,
    ResultsExplorer,
    ScheduleExplorer,
)
from hands import (
    ILL_PLACED,
    NARROWEST,
    assert_everyone_can_use,
    assert_readouts,
    finger,
    middle,
    painted,
    put,
    readouts,
    state,
    trait,
    twin,
)

DECAY_RATE = "a number in [0, 1)"
AT_LEAST_ZERO = "a finite number of at least 0"


class Slider(NamedTuple):
    """A slider with its field: where a key takes it (a step further, unless told), what may be typed and what not."""

    label: str
    name: str
    good: float
    bad: list[str]
    words: str
    key: str = "ArrowRight"
    reached: float | None = None
    given: dict = {}


class Row(NamedTuple):
    """An explorer, and where a hand finds what."""

    explorer: type
    made: Any  # makes it
    sliders: list[Slider]
    boxes: dict  # check boxes and their traits
    keys: list[str]  # that move the point to drag
    drag: tuple[int, int]  # pixels that it can be dragged
    beside: int  # the chart beside the point, where a finger scrolls,
    still: list[str]  # and what it does not move by that
    aloud: tuple[str, list[str], Any]  # a slider, or the point, keys for it, and how what is said then begins
    point: int = 0  # which of its points
    crowded: list[dict] = [{}]  # settings with long words and numbers
    pans: bool = False  # whether a finger that goes up or down at the point scrolls the page


def average():
    return AverageExplorer([20.0, 10.0, 30.0, 25.0, 5.0, 15.0, 12.0, 8.0, 22.0, 18.0], beta=0.8, day=4)


def microscope():
    return AdamMicroscope([1.0, -2.0, 0.5, 3.0, 0.0, -0.25, 4.0, 1.5, -1.0, 2.0, 2.5, -3.0], cursor=4)


def mapped():
    return DescentExplorer(heavy_ball=True, rate_map=True, momentum_lr=0.4, momentum_beta=0.5)


def results():
    return ResultsExplorer(valley_sweep(lr=(0.001, 0.003, *AXES["lr"][1:])))


def halfway():
    return DecayExplorer(step=2500)


def rates_aloud(same):
    loss, _, _, floor, peak, _ = same.readouts().values()
    return (f"constant, peak learning rate 0.0001, at the last step 0.0001. Expected loss {loss}, floor {floor}, "
            f"at the peak rate {peak}. Goal not met.")  # fmt: skip


def losses_aloud(same):
    one, other, lower, *rates = same.readouts().items()
    told = ", ".join(f"{label}: {text}" for label, text in (one, rates[0], other, rates[1], lower))
    return f"After step 100, beta1 0.9, beta2 0.9999, lr 0.003. L{told[1:]}."


METHOD_RATES = {"Gradient descent": 0.123, "Momentum": 0.7, "RMSProp": 0.05, "Adam": 0.09}
DESCENT = [
    Slider("condition number", "condition", 150.0, ["0.5", "1e7"], "a number from 1 to 1000000"),
    Slider("angle (degrees)", "degrees", 22.5, ["361", "x"], "a number from -360 to 360"),
    *(Slider(f"{name} lr", f"{name.split()[-1].lower()}_lr", lr, ["-1", ""], AT_LEAST_ZERO)
      for name, lr in METHOD_RATES.items()),
    Slider("Momentum beta", "momentum_beta", 0.55, ["1"], DECAY_RATE),
    Slider("RMSProp beta", "rmsprop_beta", 0.97, ["-0.1"], DECAY_RATE),
    Slider("RMSProp eps", "rmsprop_eps", 1.0, ["1e999"], AT_LEAST_ZERO),
    Slider("Adam beta1", "adam_beta1", 0.8, ["nonsense"], DECAY_RATE),
    Slider("Adam beta2", "adam_beta2", 0.99, ["1"], DECAY_RATE),
    Slider("Adam eps", "adam_eps", 0.01, ["-1e-9"], AT_LEAST_ZERO),
    Slider("gradient noise", "noise", 0.5, ["-1"], AT_LEAST_ZERO),
    Slider("seed", "seed", 7, ["1.5", "-1"], "a whole number from 0 to 4294967295", given={"noise": 0.5}),
    Slider("goal (height)", "goal", 1e-3, ["0"], "a number from 1e-100 to 1e+100"),
    Slider("scale of the loss", "scale", 2.5, ["0", "1e7"], "a number from 0.000001 to 1000000"),
    Slider("length of the walk", "steps", 60, ["0", "501"], "a whole number from 1 to 500", "ArrowLeft"),
    Slider("steps shown", "shown", 30, ["101", "-1"], "a whole number from 0 to 100", "ArrowLeft"),
]  # fmt: skip
DESCENT_BOXES = {
    "Momentum as the heavy ball, without the factor (1 − beta)": "heavy_ball",
    "Adam's bias correction": "bias_correction",
}
BIAS = {"bias correction": "bias_correction"}


def sliders(*names):
    return [slider for slider in DESCENT if slider.name in names]


ROWS = {
    "AverageExplorer": Row(
        AverageExplorer, average,
        [Slider("beta", "beta", 0.987, ["1", "-0.1", "nonsense", "", "NaN", "1e999"], DECAY_RATE, "Home", 0),
         Slider("day", "day", 7, ["0", "11", "2.5"], "a whole number from 1 to 10", "End", 10)],
        BIAS, ["ArrowRight", "ArrowRight", "ArrowUp", "ArrowUp", "ArrowUp"], (30, 45), 0, ["values"],
        ("beta", ["ArrowRight", "Home"],
         "beta 0: half-life 0, mean age 0, noise-equivalent window 1. Day 4: value 25, average 25."),
    ),
    "AdamMicroscope": Row(
        AdamMicroscope, microscope,
        [Slider("step t", "cursor", 7, ["13", "0", "2.5"], "a step that is there", "End", 12),
         Slider("lr", "lr", 0.0123, ["-1", ""], AT_LEAST_ZERO, "End", 10),
         Slider("eps", "eps", 0.5, ["-1e-9"], AT_LEAST_ZERO, "Home", 1e-12),
         Slider("beta1", "beta1", 0.5, ["1"], DECAY_RATE),
         Slider("beta2", "beta2", 0.98, ["-0.1"], DECAY_RATE, "Home", 0)],
        BIAS, ["ArrowLeft", "ArrowLeft", "ArrowUp", "ArrowDown", "ArrowDown"], (-40, 30), 1, ["gradients"],
        ("step t", ["ArrowLeft", "ArrowRight", "ArrowRight"],
         "t 5: g 0, m 0.23, v 0.0142, ratio 0.333, step −0.000333."),
        pans=True,
        crowded=[{}, {"lr": 1.23456e-12, "gradients": [-1.5e-101 * t for t in range(1, 20)], "cursor": 3, "eps": 0.0}],
    ),
    "ConvergenceExplorer": Row(
        ConvergenceExplorer, ConvergenceExplorer,
        [Slider("beta1", "beta1", 0.35, ["1", "-0.1", ""], DECAY_RATE),
         Slider("beta2", "beta2", 0.9999, ["1", "x"], DECAY_RATE, "Home", 0),
         Slider("C, the large slope", "large", 50.0, ["2", "1001"], "a number from 2.1 to 1000", "End", 10)],
        {"AMSGrad": "amsgrad"}, ["ArrowRight", "ArrowUp", "ArrowUp", "ArrowRight"], (40, -60), 1, ["beta1", "beta2"],
        ("beta1", ["ArrowRight", "Home"],
         "beta1 0, beta2 0.059: ends at 0.997 and heads for +1, the worst point. Average regret 1.34."),
        crowded=[{}, {"large": 987.654, "beta1": 0.123456, "beta2": 0.999999}],
    ),
    "DescentExplorer": Row(
        DescentExplorer, DescentExplorer, DESCENT, DESCENT_BOXES, ["ArrowRight", "ArrowRight", "ArrowUp"], (20, -80),
        0, ["start"], ("steps shown", ["ArrowLeft", "Home"],
                       "Step 0. Gradient descent: 10.5; below the goal: from step 89 on."),
        crowded=[{}, {"goal": 1.2345e-99, "descent_lr": 1e3}, {"start": [-12345.6, 0.000123456]}],
    ),
    "DescentExplorer with the map": Row(
        DescentExplorer, mapped, DESCENT[6:7], DESCENT_BOXES, ["ArrowRight", "ArrowUp", "ArrowUp"], (30, 40),
        1, ["momentum_lr", "momentum_beta"],
        ("steps shown", ["ArrowLeft", "Home"],
         "Step 0. Momentum's rate 0.774 per step: by it 54 steps to a millionth. "),
        point=1, crowded=[{}, {"momentum_lr": 1.2345e-7}],
    ),
    "DescentExplorer as a hero": Row(
        DescentExplorer, lambda: DescentExplorer(view="hero", shown=40), sliders("condition", "descent_lr", "steps"),
        DESCENT_BOXES, ["ArrowRight", "ArrowRight", "ArrowUp"], (20, -80), 0, ["start"],
        ("steps shown", ["ArrowLeft", "Home"], "Step 0. Gradient descent: 10.5; below the goal: from step 89 on."),
        crowded=[{}, {"start": [-12345.6, 0.000123456]}, {"landscape": "two minima"}, {"condition": 1000.0}],
    ),
    "DescentExplorer as a parabola": Row(
        DescentExplorer, lambda: DescentExplorer(view="parabola"), sliders("descent_lr"), {},
        ["ArrowRight", "ArrowRight"], (40, -5), 0, ["start"],
        ("Gradient descent lr", ["ArrowLeft", "End"], "Gradient descent diverges: factor per step −1.2."),
        crowded=[{}, {"descent_lr": 0.5}, {"descent_lr": 1e3}], pans=True,
    ),
    "DescentExplorer as a bowl": Row(
        DescentExplorer,
        lambda: DescentExplorer(view="bowl", methods=["Momentum"], controls=["momentum_lr", "momentum_beta", "shown"]),
        sliders("momentum_lr", "momentum_beta", "shown"), {}, ["ArrowRight", "ArrowRight", "ArrowUp"], (20, -40), 0,
        ["start"], ("steps shown", ["ArrowLeft", "Home"], "Momentum, step 0: height 10.5."),
        crowded=[{}, {"momentum_lr": 1e3}, {"methods": []}],
    ),
    "DescentExplorer as a scale": Row(
        DescentExplorer, lambda: DescentExplorer(view="scale"), sliders("scale"), {},
        ["ArrowRight", "ArrowRight", "ArrowUp"], (20, -60), 0, ["start"],
        ("scale of the loss", ["ArrowLeft", "Home"], "Gradient descent, step 40: distance 4.9"),
        crowded=[{}, {"scale": 100.0}],
    ),
    "ResultsExplorer": Row(
        ResultsExplorer, results,
        [Slider("after step", "step", 50, ["51", "0", "1.5", "nonsense", ""],
                "a step whose losses are kept, such as 100", "Home", 1),
         Slider("lr", "lr", 0.03, ["0.5"], "one of 0.001, 0.003, 0.01, 0.03, 0.1, 1, 10", "End", 10)],
        BIAS, ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"], (60, -60), 1, list(AXES),
        ("", ["ArrowRight", "ArrowUp"], losses_aloud), pans=True,
        crowded=[{}, {"beta1": 0.0, "lr": 0.003, "bias_correction": False, "step": 3},
                 {"beta2": 0.9999, "lr": 10.0, "bias_correction": False}],
    ),
    "ScheduleExplorer": Row(
        ScheduleExplorer, ScheduleExplorer,
        [Slider("peak lr", "lr", 0.0123, ["0", "-1", "", "x", "1e31"], "a number from 1e−30 to 1e30", "End", 10),
         Slider("warm-up steps", "warmup", 123, ["-1", "4001", "2.5"], "a whole number from 0 to 4000", "End", 4000),
         Slider("noise", "noise", 0.5, ["-1"], AT_LEAST_ZERO, "Home", 0),
         Slider("goal (loss)", "goal", 1e-5, ["0", "1e101"], "a number from 1e−100 to 1e100", "End", 1),
         Slider("steps", "steps", 321, ["1", "20001", "2.5"], "a whole number from 2 to 20000", "Home", 100)],
        {}, ["ArrowUp", "ArrowUp", "ArrowLeft", "ArrowUp"], (30, 60), 1, ["schedule", "knots"],
        ("peak lr", ["End", "Home"], rates_aloud), point=5, pans=True,
        crowded=[{}, {"lr": 1.23456e-12, "noise": 1.5e300, "goal": 1.2345e-99},
                 {"schedule": "linear", "lr": 3.0, "noise": 0.1}],
    ),
    "LanguageExplorer": Row(
        LanguageExplorer, LanguageExplorer,
        [Slider("lr", "lr", 300.0, ["-1", "x"], AT_LEAST_ZERO, "Home", 0.01),
         Slider("alpha", "alpha", 0.35, ["-0.1", "1.1"], "a number from 0 to 1", "ArrowLeft"),
         Slider("step t", "step", 12, ["-1", "61", "2.5"], "a whole number from 0 to 60", "End", 60)],
        {}, ["ArrowLeft", "ArrowLeft", "ArrowRight"], (-60, 0), 0, ["step"],
        ("step t", ["End", "Home"],
         "Momentum, lr 512, alpha 1: after 0 steps 1 of the excess is left. Commonest tenth 1.53, rarest 2.47."),
        crowded=[{}, {"lr": 1e4, "method": "Gradient descent"},
                 {"alpha": 0.123456, "method": "Adam", "lr": 1.23456e-7}], pans=True,
    ),
    "DecayExplorer": Row(
        DecayExplorer, halfway,
        [Slider("lambda", "weight_decay", 0.3, ["-1", ""], AT_LEAST_ZERO, "End", 1),
         Slider("lr", "lr", 0.002, ["-1", "x"], AT_LEAST_ZERO, "End", 0.1),
         Slider("step t", "step", 123, ["-1", "5001", "2.5"], "a whole number from 0 to 5000", "Home", 0)],
        {}, ["ArrowLeft", "ArrowLeft", "ArrowRight"], (-60, 0), 0, ["step"],
        ("step t", ["End", "Home"],
         "L2, lambda 0.1, lr 0.001: after 0 steps noise 0.1: 1, noise 1: 1, noise 10: 1, noise 100: 1 are left."),
        crowded=[{}, {"weight_decay": 1e3, "lr": 1e-3, "form": "library decay"}], pans=True,
    ),
}  # fmt: skip

# All that can be seen of a view: words, the shapes of its charts, and what its controls show. What is read aloud comes
# when the hand rests, and may come between two looks; what a pointer reads in passing is left out.
LOOK = """(view) => [view.innerText.split("\\n").filter(
    (line) => line && line !== view.querySelector("[aria-live=polite]").innerText).sort(),
  [...view.querySelectorAll("text:not([data-passing] *)")]
    .map((one) => [one.textContent, one.getAttribute("x"), one.getAttribute("y")].join()).sort(),
  [...view.querySelectorAll(":is(path, circle):not([data-passing] *)")]
    .map((one) => ["d", "cx", "cy"].map((name) => one.getAttribute(name))),
  [...view.querySelectorAll("input, select")].map(({ value, max, checked }) => [value, max, checked])]"""

PHONE = {"viewport": {"width": 360, "height": 520}, "has_touch": True, "is_mobile": True}


def test_every_explorer_has_a_row():
    assert {row.explorer.__name__ for row in ROWS.values()} == set(explorers.__all__), "ROWS has a row for each"


@pytest.fixture(params=ROWS)
def row(request):
    return ROWS[request.param]


@pytest.fixture
def page(row, explorer_page):
    page = explorer_page(row.made())
    unfold(page)
    return page


def unfold(page):
    page.eval_on_selector_all("details", "(all) => all.forEach((fold) => { fold.open = true; })")
    painted(page)


def point(page, row):
    return page.locator(".explorer-handle").nth(row.point)


def look(page):
    return page.locator("live-widget").evaluate_all(f"(all) => all.map({LOOK})")


def test_it_starts_with_what_python_says_and_every_slider_answers_key_pointer_and_typing(page, row):
    assert readouts(page) == row.made().readouts() == twin(page, row.explorer).readouts()
    start = state(page, row.explorer)
    for label, name, good, bad, words, key, reached, given in row.sliders:
        put(page, **start | given)
        slider = page.get_by_role("slider", name=label, exact=True)
        field = page.get_by_label(f"{label}, exact value", exact=True)
        before = trait(page, name)
        slider.focus()
        page.keyboard.press(key)
        painted(page)
        moved = trait(page, name)
        assert moved == reached or reached is None and 0 < abs(moved - before) <= max(0.1 * abs(before), 1), label
        assert_readouts(page, row.explorer)
        put(page, **start | given)
        (x, y, width), high = slider.evaluate_all("""([bar]) => {
          const { left, top, width, height } = bar.getBoundingClientRect();
          return [[left, top + height / 2, width], bar.value - bar.min > (bar.max - bar.min) / 2];
        }""")
        at = 0.25 if high else 0.75
        page.mouse.click(x + at * width, y)
        painted(page)
        assert trait(page, name) != before and (trait(page, name) > before) == (at > 0.5), label
        assert_readouts(page, row.explorer)
        put(page, **start | given)
        still = field.input_value()
        for typed in bad:
            field.fill(typed)
            field.press("Enter")
            assert page.get_by_text(f"{label} must be {words}. It is still {still}.").is_visible(), typed
            assert field.get_attribute("aria-invalid") == "true" and trait(page, name) == before
        field.fill(str(good))
        field.press("Enter")
        painted(page)
        assert not page.get_by_text(f"{label} must be").is_visible() and field.get_attribute("aria-invalid") == "false"
        assert trait(page, name) == good
        assert_readouts(page, row.explorer)


def test_a_box_by_key_and_by_pointer(page, row):
    for label, name in row.boxes.items():
        box, ticked = page.get_by_role("checkbox", name=label, exact=True), trait(page, name)
        before = look(page)
        box.focus()
        page.keyboard.press("Space")
        painted(page)
        assert trait(page, name) is box.is_checked() is not ticked and look(page) != before
        assert_readouts(page, row.explorer)
        box.click()
        painted(page)
        assert trait(page, name) is box.is_checked() is ticked and look(page) == before


def test_keys_that_come_within_one_frame_all_count(page, row):
    """They do what they do one by one; and the focus can be seen."""
    start = state(page, row.explorer)
    point(page, row).focus()
    for key in row.keys:
        before = state(page, row.explorer)
        page.keyboard.press(key)
        painted(page)
        assert state(page, row.explorer) != before, key
    assert_readouts(page, row.explorer)
    one_by_one = state(page, row.explorer)
    rings = page.locator(".explorer-handle .explorer-reach").evaluate_all(
        "(all) => all.map((ring) => getComputedStyle(ring).stroke)"
    )
    assert rings.pop(row.point) not in ("none", "transparent") and set(rings) <= {"none"}
    put(page, **start)
    point(page, row).evaluate(
        "(point, keys) => keys.forEach((key) => point.dispatchEvent(new KeyboardEvent('keydown', { key })))", row.keys
    )
    assert state(page, row.explorer) == one_by_one
    painted(page)
    assert_readouts(page, row.explorer)


def stroke(page, ways):
    """Move the mouse as `finger` does a finger."""
    page.mouse.move(*ways[0])
    page.mouse.down()
    for place in ways[1:]:
        page.mouse.move(*place)
        painted(page)
    page.mouse.up()
    painted(page)


@pytest.fixture
def phone(row, explorer_page):
    """A page on a phone that can scroll, with the point to drag in the middle of its screen."""
    page = explorer_page(row.made(), **PHONE)
    page.add_style_tag(content="main { padding: 20rem 0 }")
    point(page, row).evaluate("(point) => point.scrollIntoView({ block: 'center' })")
    painted(page)
    return page


def ways_from_the_point(page, row):
    """Two ways for a hand that takes hold of the point: up or down, as one scrolls, and sideways."""
    (x, y), (across, down), parts = middle(point(page, row)), row.drag, (0, 0.3, 0.6, 1)
    return ([(x + 2, y + 3 + part * down) for part in parts],
            [(x + 2 + part * across, y + 3 + part * down / 4) for part in parts])  # fmt: skip


def test_a_finger_drags_as_a_pointer_does_and_does_not_scroll(phone, row):
    start, scrolled = state(phone, row.explorer), phone.evaluate("scrollY")
    for ways in ways_from_the_point(phone, row)[row.pans :]:
        reached = []
        for move in (finger, stroke):
            put(phone, **start)
            move(phone, ways)
            reached.append(state(phone, row.explorer))
            assert_readouts(phone, row.explorer)
        assert reached[0] == reached[1] and phone.evaluate("scrollY") == scrolled
        assert any(reached[0][name] != start[name] for name in row.still)


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.pans], ids=lambda row: row.explorer.__name__)
def test_a_finger_that_scrolls_over_a_drawing_leaves_it_alone(phone, row):
    """Elsewhere there is a point as large as a finger, and whoever takes hold of it means it."""
    start, scrolled, (x, y) = state(phone, row.explorer), phone.evaluate("scrollY"), middle(point(phone, row))
    finger(phone, [(x, y - 20 * i) for i in range(8)])
    phone.wait_for_function(f"scrollY > {scrolled} + 50")
    assert state(phone, row.explorer) == start
    x, y = middle(point(phone, row))
    phone.touchscreen.tap(x + 60, y - 30)  # and one that taps means it
    painted(phone)
    assert state(phone, row.explorer) != start


def test_a_finger_elsewhere_scrolls_the_page_and_moves_no_point(phone, row):
    page = phone
    chart = page.locator(".explorer svg[role=group]").nth(row.beside)
    chart.evaluate("(chart) => chart.scrollIntoView({ block: 'center' })")
    painted(page)
    before, scrolled, box = state(page, row.explorer), page.evaluate("scrollY"), chart.bounding_box()
    x, y = box["x"] + 0.75 * box["width"], box["y"] + 0.75 * box["height"]
    finger(page, [(x, y - 20 * i) for i in range(8)])
    page.wait_for_function(f"scrollY > {scrolled} + 50")
    after = state(page, row.explorer)
    assert [after[name] for name in row.still] == [before[name] for name in row.still]


def test_a_finger_that_scrolls_over_a_slider_leaves_it_alone(phone, row):
    slider = phone.locator("input[type=range]").first
    slider.evaluate("(slider) => slider.scrollIntoView({ block: 'center' })")
    painted(phone)
    start, scrolled, box = state(phone, row.explorer), phone.evaluate("scrollY"), slider.bounding_box()
    x, y = box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2
    finger(phone, [(x, y - 20 * i) for i in range(8)])
    phone.wait_for_function(f"scrollY > {scrolled} + 50")
    assert state(phone, row.explorer) == start
    phone.touchscreen.tap(x, slider.bounding_box()["y"] + box["height"] / 2)  # and one that taps means it
    painted(phone)
    assert state(phone, row.explorer) != start


def test_it_fits_and_everyone_can_use_it(page, row):
    start = state(page, row.explorer)
    for width in (NARROWEST, 360, 1280):
        page.set_viewport_size({"width": width, "height": 3000})
        for settings in row.crowded:
            put(page, **start | settings)
            painted(page)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            placed = page.evaluate(ILL_PLACED)
            assert placed["cut"] == placed["small"] == [], (width, settings, placed)
            assert settings or placed["heaped"] == [], (width, placed)
    put(page, **start)  # a walk that diverges lies over all texts for axe
    painted(page)
    assert_everyone_can_use(page)


def test_it_follows_the_width_of_the_page(row, explorer_page):
    wide, narrow = explorer_page(row.made()), explorer_page(row.made(), viewport={"width": 500, "height": 900})
    before = look(wide)
    wide.set_viewport_size({"width": 500, "height": 900})
    painted(wide)
    painted(wide)
    assert look(wide) == look(narrow) != before


def test_what_is_read_aloud_waits_for_the_hand(page, row):
    """The clock is in the test's hand from before the page opens."""
    label, keys, said = row.aloud
    page.spent = True
    page.clock.install()
    page.reload()
    page.wait_for_function("document.querySelector('.explorer-axes text')?.textContent")
    page.clock.pause_at(page.evaluate("Date.now() + 3600000"))
    page.clock.run_for(5000)
    live = page.locator("[aria-live=polite]")
    assert live.text_content() == ""  # nothing is said when the page opens
    (page.get_by_role("slider", name=label, exact=True) if label else point(page, row)).focus()
    for key in keys:
        page.keyboard.press(key)
        page.clock.run_for(500)
        assert live.text_content() == ""  # each key begins the wait anew
    page.clock.run_for(200)
    assert live.text_content().startswith(said if isinstance(said, str) else said(assert_readouts(page, row.explorer)))


def test_two_views_of_one_explorer_stay_in_step(row, explorer_page):
    explorer = row.made()
    page = explorer_page(explorer, explorer, viewport={"width": 800, "height": 5000})
    page.wait_for_function("document.querySelectorAll('.explorer').length === 2")
    before = look(page)
    second = page.locator("live-widget").last
    second.locator(".explorer-handle").nth(row.point).focus()
    for key in row.keys:
        page.keyboard.press(key)
    second.locator("details").evaluate_all("(all) => all.forEach((fold) => { fold.open = true; })")
    if row.boxes:
        second.get_by_role("checkbox", name=next(iter(row.boxes)), exact=True).click()
    slider = row.sliders[0]
    second.get_by_role("slider", name=slider.label, exact=True).focus()
    page.keyboard.press(slider.key)
    second.locator("details").evaluate_all("(all) => all.forEach((fold) => { fold.open = false; })")
    painted(page)
    painted(page)
    one, other = look(page)
    assert one == other != before[0]
    assert_readouts(page, row.explorer)


def test_a_page_that_draws_no_frame_ends_the_wait_for_one(explorer_page):
    page = explorer_page(average())
    page.evaluate("() => { window.requestAnimationFrame = () => 0; }")
    page.spent = True  # no other test gets its short patience
    page.set_default_timeout(300)
    with pytest.raises(AssertionError, match="two frames were waited for, and http.*, visible, did not draw them"):
        painted(page)


def test_explorers_on_one_page_share_no_id(explorer_page):
    """Each brings its own copy of the code that names frames and labels."""
    explorer = average()
    page = explorer_page(
        explorer, explorer, *(row.made() for row in ROWS.values()), viewport={"width": 800, "height": 9000}
    )
    page.wait_for_function(f"document.querySelectorAll('.explorer').length === {len(ROWS) + 2}")
    ids = page.eval_on_selector_all("[id]", "(all) => all.map((element) => element.id)")
    assert len(ids) > 60 and len(set(ids)) == len(ids)
