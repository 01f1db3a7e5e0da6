"""AverageExplorer: its numbers in Python, and the explorer itself under a reader's hand in a browser."""

import numpy as np
import pytest

from adamlib.averaging import ema_series, ema_weights, half_life
from adamlib.datasets import seattle_temperatures
from adamlib.explorers import AverageExplorer
from hands import assert_readouts, assert_refused, middle, painted, points, put, trait

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
    ("name", "value", "error", "words"),
    [("values", [1.0], ValueError, "2 to 1000 numbers"), ("values", np.zeros(1001), ValueError, "2 to 1000 numbers"),
     ("values", np.zeros((3, 2)), ValueError, r"shape \(3, 2\)"),
     ("values", [1.0, np.nan], ValueError, "finite, got nan as number 2"),
     ("values", [np.inf, 1.0], ValueError, "finite, got inf as number 1"),
     ("values", ["a", "b"], TypeError, "values must be"), ("values", 3.0, ValueError, r"shape \(\)"),
     *(("beta", bad, ValueError, r"beta must be a number in \[0, 1\), got") for bad in (1.0, -0.1, np.nan, "half")),
     ("bias_correction", "no", ValueError, "bias_correction must be True or False, got 'no'"),
     ("label", 3, TypeError, "label must be a str, got 3"),
     *(("day", day, ValueError, "day must be") for day in (0, 1001, 1.5))],
)  # fmt: skip
def test_bad_values_are_refused(name, value, error, words):
    assert_refused(AverageExplorer, name, value, words, error)


@pytest.mark.parametrize("view", AverageExplorer.views)
def test_the_largest_numbers_have_a_picture(view):
    assert AverageExplorer([1e308, -1e308], view=view).picture()


# In the browser


def drawn(page, shape):
    return points(page.get_attribute(f".{shape}", "d"))


@pytest.fixture
def page(explorer_page):
    return explorer_page(AverageExplorer(SERIES, beta=0.8, day=4))


def test_its_readouts_are_adamlib_s(page):
    for beta in (0.0, 0.5, 0.9, 0.98, 0.99999):
        for bias_correction in (True, False):
            put(page, beta=beta, bias_correction=bias_correction, day=7)
            assert_readouts(page, AverageExplorer)


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
def test_its_weights_are_adamlib_s_and_its_thicker_line_is_read_out(page, bias_correction):
    put(page, bias_correction=bias_correction, day=6)
    steps = drawn(page, "average-weights")
    width = "(lines) => lines.map((line) => parseFloat(getComputedStyle(line).strokeWidth))"
    raw, debiased = page.locator(".average-raw, .average-debiased").evaluate_all(width)
    assert (debiased > raw) == bias_correction and debiased != raw  # the thicker line is read out
    floor, tops = steps[0, 1], steps[1::2, 1]
    weights = ema_weights(0.8, 6)[::-1]  # relative to the newest, the division by 1 - beta^t cancels
    assert np.abs((floor - tops) / (floor - tops[-1]) - weights / weights[-1]).max() < 0.005


def test_equal_steps_of_the_beta_slider_multiply_the_window(page):
    page.get_by_role("slider", name="beta").focus()
    windows = []
    for _ in range(4):
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        windows.append(1 / (1 - trait(page, "beta")))
    factors = np.divide(windows[1:], windows[:-1])
    assert np.allclose(factors, factors[0], rtol=0.01) and factors[0] > 1.1


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
    assert_readouts(page, AverageExplorer)


def test_a_day_beyond_the_end_is_the_last(page):
    put(page, day=999)
    assert_readouts(page, AverageExplorer)
    x, y = middle(page.locator(".explorer-handle"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 20)
    page.mouse.up()
    painted(page)
    values = trait(page, "values")
    assert values[:-1] == SERIES[:-1] and values[-1] > SERIES[-1]
    put(page, values=SERIES, day=999)
    page.locator(".explorer-handle").focus()
    page.keyboard.press("ArrowUp")
    painted(page)
    assert trait(page, "values") == [*SERIES[:-1], SERIES[-1] + 1]


def test_the_point_by_pointer(page):
    x, y = middle(page.locator(".explorer-handle"))
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
    assert_readouts(page, AverageExplorer)
    page.get_by_role("button", name="Reset").click()
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
    assert_readouts(page, AverageExplorer)


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
    assert_readouts(page, AverageExplorer)
