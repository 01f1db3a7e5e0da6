"""ConvergenceExplorer: its numbers in Python, and its map and its walk under a reader's hand in a browser."""

import numpy as np
import pytest

from adamlib.amsgrad import period_sum
from adamlib.explorers import ConvergenceExplorer
from adamlib.explorers.convergence import GRID
from hands import assert_readouts, assert_refused, painted, points, put, trait

PERIODS = [2.5, 4.0, 10.0]


@pytest.mark.parametrize("large", PERIODS)
def test_the_map_is_the_sign_of_a_period_in_the_long_run(large):
    slopes = np.array([large, -1.0, -1.0])
    sums = np.array([[period_sum(slopes, beta1, beta2) for beta1 in GRID] for beta2 in GRID])
    assert np.array_equal(ConvergenceExplorer(large=large).goes_up(), sums > 0) and (sums > 0).any()
    assert not ConvergenceExplorer(large=large, amsgrad=True).goes_up().any()


def test_what_the_last_steps_carry_is_the_sum_of_a_period():
    for beta1, beta2 in ((0.0, 0.059), (0.3, 0.2), (0.9, 0.99)):
        carried = ConvergenceExplorer(beta1=beta1, beta2=beta2).carried
        assert np.isclose(carried, period_sum(np.array([4.0, -1.0, -1.0]), beta1, beta2), rtol=1e-6)


@pytest.mark.parametrize("large", [2.0, 1001, float("nan"), "4"])
def test_a_slope_out_of_range_is_refused(large):
    assert_refused(ConvergenceExplorer, "large", large, "large must be a number from 2.1 to 1000")


@pytest.fixture
def page(explorer_page):
    return explorer_page(ConvergenceExplorer())


def marks(page, way):
    """How many triangles of a kind are drawn."""
    return (page.get_attribute(f".convergence-{way}", "d") or "").count("z")


@pytest.mark.parametrize("large", PERIODS)
@pytest.mark.parametrize("amsgrad", [False, True])
def test_the_map_of_the_page_is_python_s(page, large, amsgrad):
    put(page, large=large, amsgrad=amsgrad)
    up = ConvergenceExplorer(large=large, amsgrad=amsgrad).goes_up().sum()
    assert (marks(page, "up"), marks(page, "down")) == (up, 100 - up)


def test_the_line_is_the_walk(page):
    for settings in ({}, {"beta1": 0.3, "beta2": 0.4}, {"amsgrad": True}):
        put(page, **settings)
        xs = assert_readouts(page, ConvergenceExplorer).points
        drawn = points(page.get_attribute(".convergence-walk", "d"))
        height = drawn[:, 1]
        assert np.isclose(np.ptp(height) / 212, np.ptp(xs) / 2.16, atol=0.005)  # of the frame's height


def test_a_click_on_the_map_runs_the_pair(page):
    map_ = page.locator("svg[role=group]").first
    box = map_.bounding_box()
    page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 60)
    painted(page)
    assert trait(page, "beta1") > 0.5 < trait(page, "beta2")
    assert assert_readouts(page, ConvergenceExplorer).points[-1] < -0.99


@pytest.mark.parametrize("width", [320, 410, 640])  # of a phone, beside the text, below it
def test_longer_numbers_do_not_move_the_page_below_the_walk(explorer_page, width):
    page = explorer_page(ConvergenceExplorer(view="walk"), viewport={"width": width, "height": 900})
    heights = set()
    for beta2 in (0.0, 0.059, 0.42, 0.999):
        put(page, beta2=beta2)
        heights.add(page.locator(".explorer").bounding_box()["height"])
    assert len(heights) == 1, heights


def test_what_is_copied_is_the_walk(page):
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.get_by_role("button", name="Copy data").click()
    page.wait_for_function("window.copied")
    rows = [line.split(",") for line in page.evaluate("copied").split("\n")]
    assert rows[0] == ["t", "x"] and len(rows) == 2002
    assert np.allclose([float(x) for _, x in rows[1:]], ConvergenceExplorer().points, rtol=0, atol=1e-9)
