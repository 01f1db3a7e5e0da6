"""AdamMicroscope: its numbers in Python, and the explorer itself under a reader's hand in a browser."""

import math
import re

import numpy as np
import pytest

from adamlib.adam import Adam
from adamlib.averaging import debias
from adamlib.descent import trace
from adamlib.explorers import AdamMicroscope
from adamlib.explorers.noise import normals
from hands import assert_readouts, assert_refused, assert_sound, number, painted, place_of, points, put, trait

PRESETS = {
    "constant": np.ones(300),
    "noise": normals(seed=1, count=300),
    "spike": np.r_[np.ones(100), 20.0, np.ones(199)],
    "dormant then on": np.r_[np.zeros(150), np.ones(150)],
    "ramp": np.array([math.prod([0.9 / 0.999] * before_the_end) for before_the_end in range(300)][::-1]),
}
SERIES = [1.0, -2.0, 0.5, 3.0, 0.0, -0.25, 4.0, 1.5, -1.0, 2.0, 2.5, -3.0]
PANELS = ["g", "m", "v", "ratio", "step"]


@np.errstate(all="ignore")
def from_adamlib(gradients, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, bias_correction=True):
    """All parts of Adam from the modules of the chapters, by name."""
    states, step = trace(Adam(lr, beta1, beta2, eps, bias_correction), np.array(gradients))
    m, v = np.array([state.m for state in states]), np.array([state.v for state in states])
    m_hat = np.array([debias(x, beta1, t) for t, x in enumerate(m, start=1)])
    v_hat = np.array([debias(x, beta2, t) for t, x in enumerate(v, start=1)])
    ratio = m_hat / (np.sqrt(v_hat) + eps) if bias_correction else m / (np.sqrt(v) + eps)
    return {"g": np.array(gradients), "m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat, "ratio": ratio, "step": step}


# In Python


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_the_chapter_s(preset):
    assert AdamMicroscope(preset=preset).gradients == PRESETS[preset].tolist()


def test_the_ramp_grows_by_the_same_factor_at_every_step():
    assert np.allclose(
        AdamMicroscope(preset="ramp").gradients, (0.999 / 0.9) ** np.arange(-299.0, 1.0), rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("length", [2, 3, 1000])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_has_any_length(preset, length):
    explorer = AdamMicroscope(preset=preset, length=length)
    assert (len(explorer.gradients), explorer.length, explorer.preset) == (length, length, preset)
    assert 1 <= explorer.cursor <= length and np.isfinite(explorer.traced.step).all()


@pytest.mark.parametrize("bias_correction", [True, False])
@pytest.mark.parametrize("settings", [{}, {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 0.01}, {"beta1": 0.0}])
def test_its_parts_are_adamlib_s(settings, bias_correction):
    expected = from_adamlib(SERIES, bias_correction=bias_correction, **settings)
    found = AdamMicroscope(SERIES, bias_correction=bias_correction, **settings).traced
    for name, values in expected.items():
        assert np.array_equal(getattr(found, name), values), name
    assert np.allclose(found.step, -settings.get("lr", 0.001) * found.ratio, rtol=1e-14)


def test_its_parts_are_those_worked_out_by_hand():
    w, b = AdamMicroscope([-1.0, -0.4], lr=0.1).traced, AdamMicroscope([1.0, 1.2], lr=0.1).traced
    assert np.allclose([w.m[1], w.v[1], w.m_hat[1], w.v_hat[1], w.step[1]],
                       [-0.13, 0.001159, -0.684211, 0.579790, 0.089858], rtol=0, atol=6e-7)  # fmt: skip
    assert np.allclose([b.m[1], b.v[1], b.m_hat[1], b.v_hat[1], b.step[1]],
                       [0.21, 0.002439, 1.105263, 1.220110, -0.100061], rtol=0, atol=6e-7)  # fmt: skip


def test_a_preset_that_is_set_fills_in_the_gradients():
    explorer = AdamMicroscope()
    for preset, gradients in PRESETS.items():
        explorer.preset = preset
        assert explorer.gradients == gradients.tolist() and explorer.preset == preset
    explorer.length = 10
    assert len(explorer.gradients) == 10 and explorer.preset == "ramp" and explorer.cursor == 10
    explorer.preset = "drawn"
    assert len(explorer.gradients) == 10


def test_gradients_of_one_s_own_are_drawn():
    assert AdamMicroscope(SERIES).preset == AdamMicroscope(SERIES, preset="spike").preset == "drawn"
    assert AdamMicroscope(np.ones(5, dtype=int)).gradients == [1.0] * 5
    assert AdamMicroscope(preset="drawn", length=4).gradients == [0.0] * 4
    explorer = AdamMicroscope()
    explorer.gradients = np.array(SERIES)
    assert (explorer.preset, explorer.gradients, explorer.cursor) == ("drawn", SERIES, len(SERIES))
    explorer.preset = "constant"
    assert explorer.gradients == [1.0] * 300


def test_what_a_browser_sends_is_kept_as_it_is():
    explorer = AdamMicroscope()
    explorer.set_state({"gradients": SERIES, "preset": "drawn", "cursor": 3})
    assert (explorer.gradients, explorer.preset, explorer.cursor) == (SERIES, "drawn", 3)
    theirs = (PRESETS["noise"] * (1 + 1e-15)).tolist()  # the last digit of a logarithm
    explorer.set_state({"preset": "noise", "gradients": theirs})
    assert explorer.preset == "noise" and explorer.gradients == theirs


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [("gradients", [1.0], ValueError, r"a series of 2 to 1000 numbers, got an array of shape \(1,\)"),
     ("gradients", np.zeros(1001), ValueError, r"shape \(1001,\)"),
     ("gradients", np.zeros((3, 2)), ValueError, r"shape \(3, 2\)"),
     ("gradients", [1.0, np.nan], ValueError, "gradients must be finite, got nan as number 2"),
     ("gradients", [-np.inf, 1.0], ValueError, "gradients must be finite, got -inf as number 1"),
     ("gradients", ["a", "b"], TypeError, "gradients must be real numbers"),
     ("preset", "spikes", ValueError, "preset must be one of 'constant', .*; got 'spikes'"),
     ("preset", ["spike"], ValueError, "preset must be one of"),
     ("length", 1, ValueError, "length must be a whole number >= 2, got 1"),
     ("length", 1001, ValueError, "length must be at most 1000, got 1001"),
     ("cursor", 0, ValueError, "cursor must be a whole number >= 1, got 0"),
     ("cursor", 301, ValueError, "cursor must be at most 300, the last step, got 301"),
     ("lr", -0.1, ValueError, "lr must be a finite number >= 0, got -0.1"),
     ("beta1", 1.0, ValueError, r"beta1 must be a number in \[0, 1\), got 1.0"),
     ("eps", np.inf, ValueError, "eps must be a finite number >= 0, got inf")],
)  # fmt: skip
def test_bad_values_are_refused(name, value, error, words):
    assert_refused(AdamMicroscope, name, value, words, error)


def test_a_square_that_overflows_and_a_division_of_nothing():
    large = AdamMicroscope([1.0, 1e300, 1.0]).traced  # and no warning, or this test would fail
    assert large.v[0] == pytest.approx(0.001) and np.isinf(large.v[1:]).all() and (large.step[1:] == 0).all()
    nothing = AdamMicroscope([0.0, 0.0, 1.0], eps=0).traced
    assert np.isnan(nothing.step[:2]).all() and nothing.step[2] < 0


EXTREMES = {
    "squares that overflow": ({"gradients": [1.0, 1e300, 1.0, -1e308, 2.0]}, "infinite from t = 2 on"),
    "a square that overflows, and no memory": (
        {"gradients": [1.0, 1e300, 1.0], "beta2": 0.0},
        "infinite at t = 2, and the step 0. At t = 3 the step is not a number.",
    ),
    "the largest numbers": (
        {"gradients": [1.7e308, -1.7e308, 1.7e308]},
        "infinite from t = 1 on, and the step 0.",
    ),
    "the largest numbers, and a large lr": (
        {"gradients": [1.7e308, 1.0], "lr": 100.0},
        "infinite from t = 1 on. At t = 1 the step is not a number.",
    ),
    "0/0, and then the largest numbers and a large lr": (
        {"gradients": [0.0, 1.7e308, 1.0], "eps": 0.0, "lr": 100.0},
        "infinite from t = 2 on. At t = 1 the step is not a number, a division by 0.",
    ),
    "0/0": ({"gradients": [0.0, 0.0, 1.0], "eps": 0.0}, "At t = 1 the step is not a number, a division by 0."),
    "nothing at all": ({"gradients": [0.0, 0.0]}, ""),
    "0/0 at every step": ({"gradients": [0.0, 0.0], "eps": 0.0}, "At t = 1 the step is not a number"),
    "tiny gradients": ({"gradients": [1e-12, -3e-12, 2e-12]}, ""),
    "squares that vanish": ({"gradients": [1e-200, 1e-200], "eps": 0.0}, "At t = 1 the step is −∞, a division"),
    "a large lr": ({"lr": 1e3}, ""),
    "a small lr": ({"lr": 1e-12}, ""),
    "no lr": ({"lr": 0.0}, ""),
    "a large eps": ({"eps": 1e12}, ""),
    "betas of 0": ({"beta1": 0.0, "beta2": 0.0}, ""),
    "betas near 1": ({"beta1": 0.99999, "beta2": 0.99999}, ""),
    "beta1 far above beta2": ({"preset": "ramp", "beta1": 0.9999, "beta2": 0.1}, ""),
    "a thousand": ({"preset": "noise", "length": 1000}, ""),
}


@pytest.mark.parametrize(
    "name", ["squares that overflow", "the largest numbers", "0/0 at every step", "squares that vanish", "no lr"]
)
def test_a_picture_is_drawn_of_anything(name):
    settings, _ = EXTREMES[name]
    assert len(AdamMicroscope(**settings).picture()) > 20_000


# In the browser


def panel(page, name):
    return page.locator(".explorer svg").nth(PANELS.index(name))


def line_of(name):
    return "gradient" if name == "g" else "line"


def line_points(page, name, shape):
    return points(panel(page, name).locator(f".microscope-{shape}").get_attribute("d"))


def drawn(page, name, shape):
    """The values that a line shows, read off against the numbers on the axis, and the height of a pixel."""
    ticks = (
        panel(page, name)
        .locator(".explorer-axes text[text-anchor=end]")
        .evaluate_all("(all) => all.map((text) => [text.textContent, Number(text.getAttribute('y')) - 4])")
    )
    assert len(ticks) >= 2
    slope, offset = np.polyfit([y for _, y in ticks], [number(text) for text, _ in ticks], 1)
    return slope * line_points(page, name, shape)[:, 1] + offset, abs(slope)


def assert_lines_are_adamlib_s(page, gradients, bias_correction=True, **settings):
    parts = from_adamlib(gradients, bias_correction=bias_correction, **settings)
    others = from_adamlib(gradients, bias_correction=not bias_correction, **settings)
    shown = [(name, line_of(name), parts) for name in PANELS]
    across = []
    for name, shape, run in [*shown, ("ratio", "other", others), ("step", "other", others)]:
        values, pixel = drawn(page, name, shape)
        assert len(values) == len(gradients)
        assert np.abs(values - run[name]).max() < 0.1 * pixel, (name, shape)  # pixels are rounded to tenths
        across.append(line_points(page, name, shape)[:, 0])
    assert np.ptp(across, axis=0).max() == 0  # one axis of t for all
    assert np.ptp(np.diff(across[0])) < 0.21


@pytest.fixture
def page(explorer_page):
    return explorer_page(AdamMicroscope(), viewport={"width": 800, "height": 1200})


@pytest.fixture
def short(explorer_page):
    return explorer_page(AdamMicroscope(SERIES, cursor=4), viewport={"width": 500, "height": 1200})


def test_a_preset_from_the_list_is_python_s(page):
    put(page, gradients=SERIES, preset="drawn", cursor=1)
    for preset, gradients in PRESETS.items():
        page.get_by_label("gradient", exact=True).select_option(preset)
        painted(page)
        assert np.allclose(trait(page, "gradients"), gradients, rtol=1e-14, atol=0)
        for cursor, bias_correction in [(1, True), (2, False), (101, True), (162, False), (163, True), (300, False)]:
            put(page, cursor=cursor, bias_correction=bias_correction)
            assert_readouts(page, AdamMicroscope)


@pytest.mark.parametrize("bias_correction", [True, False])
def test_its_lines_are_adamlib_s(page, bias_correction):
    for preset, gradients in PRESETS.items():
        put(page, preset=preset, bias_correction=bias_correction)
        assert_lines_are_adamlib_s(page, gradients, bias_correction)
    assert page.get_by_text(f"Solid: {'with' if bias_correction else 'without'} bias correction").is_visible()


def test_its_lines_follow_every_setting(short):
    settings = {"lr": 0.25, "beta1": 0.5, "beta2": 0.8, "eps": 0.125}
    put(short, **settings)
    assert_lines_are_adamlib_s(short, SERIES, **settings)
    assert_readouts(short, AdamMicroscope)


def test_a_length_that_is_set_makes_the_preset_so_long(page):
    put(page, length=40)
    assert trait(page, "gradients") == AdamMicroscope(length=40).gradients
    put(page, preset="noise")
    assert np.allclose(trait(page, "gradients"), normals(seed=1, count=40), rtol=1e-14)
    assert page.get_by_role("slider", name="step t", exact=True).get_attribute("max") == "40"
    put(page, cursor=40)
    assert_readouts(page, AdamMicroscope)


def test_the_guides_stand_at_one_and_at_lr(page):
    put(page, preset="noise", lr=0.02)
    for name, size in (("ratio", 1.0), ("step", 0.02)):
        values, pixel = drawn(page, name, "guide")
        assert np.abs(values - [-size, size]).max() < 0.1 * pixel


def place(page, t, g=None, name="g"):
    """The point of the screen where a step, and a gradient, stand in a panel."""
    box, (xs, ys) = panel(page, name).bounding_box(), line_points(page, name, line_of(name)).T
    across = np.polyfit(np.arange(1, len(xs) + 1), xs, 1)
    y = box["height"] / 2 if g is None else np.polyval(np.polyfit(drawn(page, name, line_of(name))[0], ys, 1), g)
    return box["x"] + np.polyval(across, t), box["y"] + y


def test_a_line_drawn_by_pointer_leaves_no_step_out(page):
    first, last = place(page, 40, 5.0), place(page, 240, 15.0)
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*last)  # at once: the pointer is seen at its ends only
    page.mouse.up()
    painted(page)
    drawing = trait(page, "gradients")
    assert trait(page, "preset") == "drawn" and trait(page, "cursor") == 240
    assert np.allclose(drawing[39:240], np.linspace(5, 15, 201), rtol=0, atol=0.6)
    assert np.ptp(np.diff(drawing[39:240])) < 1e-9  # a straight line
    assert drawing[:39] == [1.0] * 39 and drawing[240:] == [1.0] * 60
    assert_readouts(page, AdamMicroscope)
    assert_lines_are_adamlib_s(page, drawing)


def test_a_line_can_be_drawn_backwards_and_in_bends(short):
    places = [place(short, t, g) for t, g in ((10, 2.0), (6, -2.0), (6, 1.0), (2, 3.0))]
    short.mouse.move(*places[0])
    short.mouse.down()
    for where in places[1:]:
        short.mouse.move(*where)
    short.mouse.up()
    painted(short)
    wanted = [1, 3, 2.5, 2, 1.5, 1, -1, 0, 1, 2, 2.5, -3]
    assert np.allclose(trait(short, "gradients"), wanted, rtol=0, atol=0.11)
    assert_readouts(short, AdamMicroscope)


def test_a_press_alone_sets_one_value_and_zero_is_easy_to_hit(short):
    x, y = place(short, 7, 0.0)
    short.mouse.click(x + 3, y + 2)
    painted(short)
    wanted = [*SERIES]
    wanted[6] = 0.0
    assert trait(short, "gradients") == wanted and trait(short, "cursor") == 7


def test_the_axis_waits_for_the_pen(page):
    ends = "(text) => text.map((x) => x.textContent)"
    numbers = panel(page, "g").locator(".explorer-axes text[text-anchor=end]")
    before = numbers.evaluate_all(ends)
    page.mouse.move(*place(page, 95, 1.0))
    page.mouse.down()
    page.mouse.move(*place(page, 120, 1.0))  # the spike is gone
    painted(page)
    assert max(trait(page, "gradients")) == 1.0
    assert numbers.evaluate_all(ends) == before
    page.mouse.up()
    painted(page)
    assert numbers.evaluate_all(ends) != before
    assert_lines_are_adamlib_s(page, trait(page, "gradients"))


def test_the_axis_grows_where_the_pen_leaves_it(page):
    put(page, preset="constant")
    box = panel(page, "g").bounding_box()
    x, _ = place(page, 100)
    page.mouse.move(x, box["y"] + 20)
    page.mouse.down()
    reached = []
    for i in range(6):
        page.mouse.move(x + i, box["y"] - 30)
        painted(page)
        reached.append(trait(page, "gradients")[trait(page, "cursor") - 1])
    page.mouse.up()
    assert all(np.diff(reached) > 0)
    assert 2 < reached[-1] < 3  # step by step: at once it would be 1.8, and 8 in the end


def test_the_pen_is_one_finger(page):
    """A second pointer neither draws nor lifts the first."""
    page.mouse.move(*place(page, 50, 5.0))
    page.mouse.down()
    before = trait(page, "gradients")
    for kind in ("pointerdown", "pointermove", "pointerup"):
        page.dispatch_event(".microscope-sheet", kind, {"pointerId": 77, "clientX": 300, "clientY": 500})
    after = trait(page, "gradients")
    page.mouse.move(*place(page, 60, 5.0))
    page.mouse.up()
    assert after == before != trait(page, "gradients")


def test_a_preset_that_is_chosen_again_is_itself(page):
    put(page, preset="dormant then on")
    page.mouse.move(*place(page, 20, 0.5))
    page.mouse.down()
    page.mouse.move(*place(page, 200, 0.2))
    page.mouse.up()
    drawing = page.get_by_label("gradient", exact=True).locator("option", has_text="drawn")
    painted(page)
    assert trait(page, "preset") == page.get_by_label("gradient", exact=True).input_value() == "drawn"
    assert drawing.is_enabled()
    page.get_by_label("gradient", exact=True).select_option("dormant then on")
    painted(page)
    assert trait(page, "gradients") == PRESETS["dormant then on"].tolist()
    assert drawing.is_disabled()  # there is no drawing to choose
    assert_readouts(page, AdamMicroscope)


def test_a_drawing_is_left_alone_when_the_length_changes(page):
    page.mouse.click(*place(page, 20, 3.0))
    put(page, length=40)
    assert len(trait(page, "gradients")) == 300


def test_reset_brings_back_gradients_of_one_s_own(short):
    short.mouse.click(*place(short, 3, 3.0))
    assert trait(short, "gradients") != SERIES
    short.get_by_role("button", name="Reset").click()
    assert trait(short, "gradients") == SERIES and trait(short, "preset") == "drawn"


def test_the_cursor_by_keyboard(page):
    page.locator(".microscope-handle").focus()
    for key, t in [("ArrowRight", 102), ("Shift+ArrowRight", 112), ("ArrowLeft", 111), ("Shift+ArrowLeft", 101),
                   ("Home", 1), ("ArrowLeft", 1), ("End", 300), ("Shift+ArrowRight", 300)]:  # fmt: skip
        page.keyboard.press(key)
        painted(page)
        assert trait(page, "cursor") == t
        assert_readouts(page, AdamMicroscope)
    assert trait(page, "preset") == "spike"
    assert page.get_by_role("slider", name="step t", exact=True).input_value() == "300"
    handle = page.locator(".microscope-handle")
    assert handle.get_attribute("aria-valuetext") == "t 300, g 1"
    assert [handle.get_attribute(f"aria-value{name}") for name in ("min", "now", "max")] == ["1", "300", "300"]


def test_the_gradient_by_keyboard(page):
    page.locator(".microscope-handle").focus()
    expected = PRESETS["spike"].copy()
    for key, g in [("ArrowDown", 19), ("Shift+ArrowDown", 9), ("ArrowUp", 10)]:
        page.keyboard.press(key)
        painted(page)
        change = trait(page, "gradients")[100]
        assert (change < expected[100]) == ("Down" in key)
        if key == "ArrowDown":
            assert change == g
        expected[100] = change
        assert trait(page, "gradients") == expected.tolist()
        assert trait(page, "preset") == "drawn"
        assert_readouts(page, AdamMicroscope)
    page.keyboard.press("Control+ArrowUp")
    assert trait(page, "gradients") == expected.tolist()


def test_a_point_in_another_panel_is_a_step_to_read(page):
    for name in PANELS[1:]:
        page.mouse.click(*place(page, 250, name=name))
        painted(page)
        assert trait(page, "cursor") == 250
        page.mouse.down()
        page.mouse.move(*place(page, 30, name=name))
        page.mouse.up()
        page.mouse.move(*place(page, 200, name=name))  # no button is down
        painted(page)
        assert trait(page, "cursor") == 30
        assert trait(page, "gradients") == PRESETS["spike"].tolist()
        assert_readouts(page, AdamMicroscope)


def test_the_cursor_stands_at_its_step_in_every_panel(page):
    put(page, preset="noise", cursor=77)
    for name in PANELS:
        x, y = line_points(page, name, line_of(name))[76]
        line = panel(page, name).locator(".microscope-cursor").get_attribute("d")
        assert abs(float(re.match(r"M([\d.]+)", line)[1]) - x) < 0.06
        mark = panel(page, name).locator(".microscope-handle" if name == "g" else ".microscope-dot")
        assert np.abs(np.subtract(place_of(mark), [x, y])).max() < 0.06


DEFAULTS = {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "length": 300, "preset": "spike"}


def extreme(page, settings):
    put(page, **DEFAULTS | ({"preset": "drawn"} if "gradients" in settings else {}) | settings)


def test_an_extreme_setting_is_drawn_and_explained(page):
    note = page.locator(".microscope-note")
    for name, (settings, words) in EXTREMES.items():
        extreme(page, settings)
        for bias_correction, cursor in [(False, 1), (False, 2), (True, 2), (True, 1)]:
            put(page, bias_correction=bias_correction, cursor=cursor)
            assert_sound(page)
            assert_readouts(page, AdamMicroscope)
            assert words in note.text_content() and note.is_visible() == bool(words), name


def test_what_is_finite_can_still_be_read(page):
    gradients = [1.0] * 10 + [1e200] * 3
    put(page, gradients=gradients, preset="drawn", cursor=5)
    for name in ("v", "ratio", "step"):
        values, pixel = drawn(page, name, "line")
        assert np.abs(values - from_adamlib(gradients)[name])[:10].max() < 0.1 * pixel, name


def test_an_extreme_gradient_can_still_be_drawn_over(page):
    box = panel(page, "g").bounding_box()
    for name, (settings, _) in EXTREMES.items():
        extreme(page, settings)
        page.mouse.move(box["x"] + 100, box["y"] + 70)
        page.mouse.down()
        for y in (-40, -40, 200, 200):
            page.mouse.move(box["x"] + 300, box["y"] + y)
        page.mouse.up()
        page.keyboard.press("Shift+ArrowUp")
        painted(page)
        assert trait(page, "preset") == "drawn", name
        assert all(isinstance(g, int | float) for g in trait(page, "gradients")), name  # NaN would be None
        assert_sound(page)
        assert_readouts(page, AdamMicroscope)


def test_two_views_of_one_explorer_stay_in_step(explorer_page):
    explorer = AdamMicroscope()
    page = explorer_page(explorer, explorer, viewport={"width": 800, "height": 2400})
    page.wait_for_function("document.querySelectorAll('.explorer').length === 2")
    page.get_by_label("gradient", exact=True).first.select_option("ramp")
    painted(page)
    assert trait(page, "gradients") == PRESETS["ramp"].tolist()
    page.mouse.click(*place(page, 10, 0.5))
    painted(page)
    assert page.get_by_label("gradient", exact=True).last.input_value() == "drawn"
    page.get_by_label("gradient", exact=True).last.select_option("ramp")
    painted(page)
    assert trait(page, "gradients") == PRESETS["ramp"].tolist() and trait(page, "preset") == "ramp"
    lines = [line.get_attribute("d") for line in page.locator(".microscope-gradient").all()]
    assert lines[0] == lines[1]
