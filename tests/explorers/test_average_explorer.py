"""AverageExplorer: its numbers in Python, and the explorer itself under a reader's hand in a browser."""

import re

import numpy as np
import pytest

from adamlib.averaging import ema_series, ema_weights, half_life
from adamlib.datasets import seattle_temperatures
from adamlib.explorers import AverageExplorer
from hands import finger, number, painted, put, trait

SERIES = [20.0, 10.0, 30.0, 25.0, 5.0, 15.0, 12.0, 8.0, 22.0, 18.0]


# In Python


def test_it_starts_with_the_real_temperatures():
    assert AverageExplorer().values == seattle_temperatures().maximum.tolist()


@pytest.mark.parametrize("bias_correction", [True, False])
def test_its_average_is_adamlib_s(bias_correction):
    explorer = AverageExplorer(SERIES, beta=0.8, bias_correction=bias_correction)
    assert np.array_equal(explorer.average, ema_series(np.array(SERIES), 0.8, bias_correction))


def test_its_three_lengths():
    explorer = AverageExplorer(SERIES, beta=0.9)
    assert explorer.half_life == half_life(0.9)
    assert np.allclose([explorer.mean_age, explorer.noise_window], [9, 19])


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ([1.0], ValueError, "2 to 1000 numbers"),
        (np.zeros(1001), ValueError, "2 to 1000 numbers"),
        (np.zeros((3, 2)), ValueError, r"shape \(3, 2\)"),
        ([1.0, np.nan], ValueError, "finite, got nan as number 2"),
        ([np.inf, 1.0], ValueError, "finite, got inf as number 1"),
        (["a", "b"], TypeError, "values must be"),
        (3.0, ValueError, r"shape \(\)"),
    ],
)
def test_bad_values_are_refused(values, error, words):
    with pytest.raises(error, match=words):
        AverageExplorer(values)
    explorer = AverageExplorer(SERIES)
    with pytest.raises(error, match=words):
        explorer.values = values
    assert explorer.values == SERIES


@pytest.mark.parametrize("day", [0, 1001, 1.5])
def test_a_bad_day_is_refused(day):
    with pytest.raises(ValueError, match="day must be"):
        AverageExplorer(SERIES, day=day)


# In the browser


def readouts(page):
    pairs = page.eval_on_selector_all(
        ".explorer-readouts > div", "(all) => all.map((x) => [...x.children].map((c) => c.textContent))"
    )
    return {name: number(value) for name, value in pairs}


def assert_readouts_are_adamlib_s(page, values, beta, bias_correction, day):
    average = ema_series(np.array(values), beta, bias_correction)
    expected = {
        "half-life": half_life(beta),
        "mean age": beta / (1 - beta),
        "noise-equivalent window": (1 + beta) / (1 - beta),
        "day": day,
        "value": values[day - 1],
        "average": average[day - 1],
        "sum of weights": 1.0 if bias_correction else ema_weights(beta, day).sum(),
    }
    assert readouts(page) == {name: float(f"{value:.4g}") for name, value in expected.items()}


def drawn(page, shape):
    """The points of a line in the explorer, in pixels, from its `d`."""
    d = page.get_attribute(f".{shape}", "d")
    return np.array([[float(number) for number in pair.split()] for pair in re.findall(r"[ML]([-\d.]+ [-\d.]+)", d)])


@pytest.fixture
def page(explorer_page):
    return explorer_page(AverageExplorer(SERIES, beta=0.8, day=4))


def test_it_starts_with_what_python_says(page):
    assert_readouts_are_adamlib_s(page, SERIES, 0.8, True, 4)


def test_its_readouts_are_adamlib_s(page):
    for beta in (0.0, 0.5, 0.9, 0.98, 0.99999):
        for bias_correction in (True, False):
            put(page, beta=beta, bias_correction=bias_correction, day=7)
            assert_readouts_are_adamlib_s(page, SERIES, beta, bias_correction, 7)


def test_its_lines_are_adamlib_s_averages(page):
    """Pixels are a straight-line function of values: one fit must carry both lines and the dots."""
    values = np.array(SERIES)
    ours = np.concatenate([values, ema_series(values, 0.8), ema_series(values, 0.8, bias_correction=False)])
    theirs = np.concatenate([drawn(page, name) for name in ("average-values", "average-debiased", "average-raw")])
    assert len(theirs) == len(ours)
    slope, offset = np.polyfit(ours, theirs[:, 1], 1)
    assert slope < -1  # upwards is up
    assert np.abs(slope * ours + offset - theirs[:, 1]).max() < 0.1  # pixels are rounded to tenths
    days = np.tile(np.arange(1, 11), 3)
    assert np.abs(np.polyval(np.polyfit(days, theirs[:, 0], 1), days) - theirs[:, 0]).max() < 0.1


@pytest.mark.parametrize("bias_correction", [True, False])
def test_its_weights_are_adamlib_s(page, bias_correction):
    put(page, bias_correction=bias_correction, day=6)
    steps = drawn(page, "average-weights")
    floor, tops = steps[0, 1], steps[1::2, 1]
    weights = ema_weights(0.8, 6)[::-1]  # relative to the newest, the division by 1 - beta^t cancels
    assert np.abs((floor - tops) / (floor - tops[-1]) - weights / weights[-1]).max() < 0.005


def test_the_beta_slider_by_keyboard(page):
    page.get_by_role("slider", name="beta").focus()
    page.keyboard.press("ArrowRight")
    painted(page)
    beta = trait(page, "beta")
    assert beta > 0.8
    assert_readouts_are_adamlib_s(page, SERIES, beta, True, 4)
    page.keyboard.press("Home")
    painted(page)
    assert trait(page, "beta") == 0
    assert_readouts_are_adamlib_s(page, SERIES, 0.0, True, 4)


def test_equal_steps_of_the_beta_slider_multiply_the_window(page):
    page.get_by_role("slider", name="beta").focus()
    windows = []
    for _ in range(4):
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        windows.append(1 / (1 - trait(page, "beta")))
    factors = np.divide(windows[1:], windows[:-1])
    assert np.allclose(factors, factors[0], rtol=0.01) and factors[0] > 1.1


def test_the_beta_slider_by_pointer(page):
    box = page.get_by_role("slider", name="beta").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    painted(page)
    beta = trait(page, "beta")
    assert beta > 0.97
    assert_readouts_are_adamlib_s(page, SERIES, beta, True, 4)


def test_an_exact_beta_can_be_typed(page):
    field = page.get_by_label("beta, exact value")
    field.fill("0.987")
    field.press("Enter")
    painted(page)
    assert trait(page, "beta") == 0.987
    assert_readouts_are_adamlib_s(page, SERIES, 0.987, True, 4)


def test_a_bad_beta_is_explained_and_nothing_is_lost(page):
    field = page.get_by_label("beta, exact value")
    for typed in ("1", "-0.1", "nonsense", "", "NaN", "1e999"):
        field.fill(typed)
        field.press("Enter")
        assert page.get_by_text("beta must be a number in [0, 1). It is still 0.8.").is_visible()
        assert field.get_attribute("aria-invalid") == "true"
        assert trait(page, "beta") == 0.8
    page.get_by_role("slider", name="beta").focus()
    page.keyboard.press("ArrowRight")  # the next good value takes the message away
    assert not page.get_by_text("beta must be").is_visible()
    assert field.get_attribute("aria-invalid") == "false"


def thick(page):
    """The line that is drawn thicker than the other."""
    width = {
        name: page.eval_on_selector(f".{name}", "(line) => parseFloat(getComputedStyle(line).strokeWidth)")
        for name in ("average-raw", "average-debiased")
    }
    return max(width, key=width.get) if len(set(width.values())) == 2 else None


def test_bias_correction_by_keyboard_and_by_pointer(page):
    box = page.get_by_role("checkbox", name="bias correction")
    box.focus()
    page.keyboard.press("Space")
    painted(page)
    assert_readouts_are_adamlib_s(page, SERIES, 0.8, False, 4)
    assert thick(page) == "average-raw"
    box.click()
    painted(page)
    assert_readouts_are_adamlib_s(page, SERIES, 0.8, True, 4)
    assert thick(page) == "average-debiased"


def test_the_point_by_keyboard(page):
    page.locator(".explorer-handle").focus()
    page.keyboard.press("ArrowRight")
    painted(page)
    assert trait(page, "day") == 5
    page.keyboard.press("ArrowUp")
    painted(page)
    values = [*SERIES]
    values[4] = 6.0
    assert trait(page, "values") == values
    page.keyboard.press("Shift+ArrowDown")
    painted(page)
    values[4] = -4.0
    assert trait(page, "values") == values
    assert_readouts_are_adamlib_s(page, values, 0.8, True, 5)
    outline = page.eval_on_selector(".explorer-handle .explorer-reach", "(ring) => getComputedStyle(ring).stroke")
    assert outline not in ("none", "transparent")  # the focus can be seen


def test_the_point_by_pointer(page):
    box = page.locator(".explorer-handle circle").last.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = drawn(page, "average-values")
    page.mouse.move(x + 2, y + 2)  # not its exact middle: it must not jump there
    page.mouse.down()
    page.mouse.move(x + 30, y + 32, steps=4)
    page.mouse.up()
    painted(page)
    values = trait(page, "values")
    assert trait(page, "day") == 4  # a pointer moves the value, not the day
    assert [value for i, value in enumerate(values) if i != 3] == [value for i, value in enumerate(SERIES) if i != 3]
    (per_pixel, _) = np.polyfit(before[:, 1], SERIES, 1)
    assert values[3] == pytest.approx(SERIES[3] + 30 * per_pixel, abs=abs(per_pixel))
    assert_readouts_are_adamlib_s(page, values, 0.8, True, 4)
    page.get_by_role("button", name="Values as they were").click()
    painted(page)
    assert trait(page, "values") == SERIES


def test_a_press_beside_a_value_chooses_it_and_takes_hold(page):
    x, y = drawn(page, "average-values")[7]
    box = page.locator("svg").first.bounding_box()
    page.mouse.move(box["x"] + x + 3, box["y"] + y - 5)
    page.mouse.down()
    page.mouse.move(box["x"] + x + 3, box["y"] + y - 25)
    page.mouse.up()
    painted(page)
    values = trait(page, "values")
    assert trait(page, "day") == 8 and values[7] > SERIES[7]
    assert_readouts_are_adamlib_s(page, values, 0.8, True, 8)


def test_a_finger_drags_the_point_and_does_not_scroll_the_page(explorer_page):
    page = explorer_page(
        AverageExplorer(SERIES, day=4), viewport={"width": 360, "height": 420}, has_touch=True, is_mobile=True
    )
    page.locator(".explorer-handle").scroll_into_view_if_needed()
    box = page.locator(".explorer-handle circle").last.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    scrolled = page.evaluate("scrollY")
    finger(page, [(x, y), (x, y + 15), (x, y + 30), (x, y + 45)])
    painted(page)
    values = trait(page, "values")
    assert values[3] < SERIES[3] - 3
    assert page.evaluate("scrollY") == scrolled
    assert_readouts_are_adamlib_s(page, values, 0.9, True, 4)


def test_keys_that_come_within_one_frame_all_count(page):
    page.get_by_role("slider", name="Value of the chosen day").evaluate(
        """(point) => {
            for (const key of ["ArrowRight", "ArrowRight", "ArrowUp", "ArrowUp", "ArrowUp"])
                point.dispatchEvent(new KeyboardEvent("keydown", { key }));
        }"""
    )
    assert trait(page, "day") == 6
    assert trait(page, "values")[5] == SERIES[5] + 3


def test_two_views_of_one_explorer_stay_in_step(explorer_page):
    explorer = AverageExplorer(SERIES, beta=0.8, day=4)
    page = explorer_page(explorer, explorer)
    page.wait_for_function("document.querySelectorAll('.explorer').length === 2")
    page.get_by_role("slider", name="beta").first.focus()
    page.keyboard.press("End")
    page.get_by_label("beta, exact value").last.scroll_into_view_if_needed()
    painted(page)
    fields = page.get_by_label("beta, exact value")
    assert fields.first.input_value() == fields.last.input_value() == "0.999"
    first, last = (view.inner_text() for view in page.locator(".explorer-readouts").all()[::2])
    assert first == last and "692.8" in first


def test_what_is_read_aloud_waits_for_the_hand(page):
    live = page.locator("[aria-live=polite]")
    page.wait_for_timeout(800)  # longer than the pause before something is said
    assert live.text_content() == ""  # nothing is said when the page opens
    page.get_by_role("slider", name="beta").focus()
    page.keyboard.press("Home")
    assert live.text_content() == ""
    page.wait_for_function("document.querySelector('[aria-live=polite]').textContent")
    assert live.text_content().startswith("beta 0: half-life 0, mean age 0, noise-equivalent window 1. Day 4")


def test_it_costs_nothing_out_of_sight(page):
    """Drawing is counted by the axes' neighbours: the line's `d` must stay as it is until it is seen again."""
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforebegin', '<div style=\"height: 4000px\"></div>')"
    )
    painted(page)
    before = page.get_attribute(".average-debiased", "d")
    put(page, beta=0.1)
    assert page.get_attribute(".average-debiased", "d") == before
    page.locator("live-widget").scroll_into_view_if_needed()
    painted(page)
    painted(page)
    assert page.get_attribute(".average-debiased", "d") != before
    assert_readouts_are_adamlib_s(page, SERIES, 0.1, True, 4)
