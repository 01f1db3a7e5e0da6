"""ScheduleExplorer: its numbers in Python, and the explorer itself under a reader's hand in a browser."""

import json
import re

import matplotlib.figure
import numpy as np
import pytest

from adamlib import schedules
from adamlib.descent import GradientDescent
from adamlib.explorers import ScheduleExplorer
from hands import (
    assert_readouts,
    assert_refused,
    assert_sound,
    finger,
    middle,
    number,
    painted,
    place_of,
    points,
    put,
    state,
    trait,
    twin,
)

# What each name stands for in a run of 4,000 steps with the peak 0.3, and with the first 400 of them as warm-up.
NAMED = {
    "constant": lambda steps: schedules.constant(0.3),
    "1/sqrt(t)": lambda steps: schedules.inverse_sqrt(0.3),
    "inverse time": lambda steps: schedules.inverse_time(0.3, k=40 / steps),
    "exponential": lambda steps: schedules.exponential(0.3, factor=0.01 ** (1 / steps)),
    "staircase": lambda steps: schedules.staircase(0.3, factor=0.1, every={4000: 1334, 3601: 1201}[steps]),
    "polynomial": lambda steps: schedules.polynomial(0.3, steps=steps, power=2),
    "linear": lambda steps: schedules.linear(0.3, steps=steps),
    "cosine": lambda steps: schedules.cosine(0.3, steps=steps),
}
ONE_CYCLE = schedules.one_cycle(0.3, steps=4000)
KNOTS = [0.01, 1.0, 0.5, 0.5, 2.0, 0.1]
EVERY_STEP = np.arange(1, 4001)


def plain(rates, curvatures=(0.01, 1.0), noise=0.1, start=(2.0, 2.0)):
    """The two parts of the expected loss, coordinate by coordinate and step by step."""
    distance, spread = np.zeros(len(rates) + 1), np.zeros(len(rates) + 1)
    for curvature, mean in zip(curvatures, start):
        variance = 0.0
        distance[0] += curvature / 2 * mean**2
        for t, lr in enumerate(rates, start=1):
            mean = mean - lr * curvature * mean
            variance = (1 - lr * curvature) ** 2 * variance + lr**2 * noise**2
            distance[t] += curvature / 2 * mean**2
            spread[t] += curvature / 2 * variance
    return distance, spread


# In Python


@pytest.mark.parametrize("name", NAMED)
def test_a_name_is_adamlib_s_schedule(name):
    wanted = NAMED[name](4000)
    explorer = ScheduleExplorer(name, lr=0.3)
    assert explorer.learning_rate == wanted
    assert np.array_equal(explorer.rates, [wanted(t) for t in range(1, 4001)])


@pytest.mark.parametrize("name", NAMED)
def test_a_warm_up_comes_before_it_and_shortens_it(name):
    explorer = ScheduleExplorer(name, lr=0.3, warmup=400)
    assert explorer.learning_rate == schedules.warmup(NAMED[name](3601), steps=400)
    assert explorer.rates[0] == pytest.approx(0.3 / 400) and explorer.rates[399] == 0.3 == explorer.rates.max()
    for warmup in (0, 1):
        assert ScheduleExplorer(name, lr=0.3, warmup=warmup).learning_rate == NAMED[name](4000)


def test_one_cycle_and_a_drawing_have_no_other_warm_up():
    assert ScheduleExplorer("one-cycle", lr=0.3).learning_rate == ONE_CYCLE
    assert ScheduleExplorer("one-cycle", lr=0.3, warmup=400).learning_rate == ONE_CYCLE
    one, other = (ScheduleExplorer("drawn", knots=KNOTS, warmup=warmup).rates for warmup in (0, 400))
    assert np.array_equal(one, other)


def test_a_drawing_is_straight_in_the_logarithm_between_its_knots():
    explorer = ScheduleExplorer("drawn", lr=0.3, knots=KNOTS, steps=4001)
    assert np.array_equal(explorer.knot_steps, [1, 801, 1601, 2401, 3201, 4001])
    assert np.allclose(explorer.rates[::800], 0.3 * np.array(KNOTS), rtol=1e-15)
    logs = np.interp(np.arange(1, 4002), explorer.knot_steps, np.log(KNOTS))
    assert np.allclose(explorer.rates, 0.3 * np.exp(logs), rtol=1e-13)
    assert explorer.learning_rate(10_000) == explorer.rates[-1]
    with pytest.raises(ValueError, match="the first step is t = 1, got 0"):
        explorer.learning_rate(0)


@pytest.mark.parametrize("name", [*NAMED, "one-cycle", "drawn"])
def test_the_expected_loss_is_that_of_the_recursion(name):
    explorer = ScheduleExplorer(name, lr=0.3, knots=KNOTS, warmup=50, steps=1000)
    distance, noise = plain(explorer.rates)
    assert np.allclose(explorer.parts.distance, distance, rtol=1e-12, atol=0)
    assert np.allclose(explorer.parts.noise, noise, rtol=1e-12, atol=0)
    assert np.array_equal(explorer.losses, explorer.parts.distance + explorer.parts.noise)
    assert explorer.losses[0] == 0.01 / 2 * 4 + 1 / 2 * 4


@pytest.mark.parametrize("lr", [0.001, 0.1, 1.0, 1.9])
def test_a_constant_has_a_closed_form(lr):
    explorer = ScheduleExplorer(lr=lr, steps=500)
    t, curvatures = np.arange(501)[:, None], np.array([0.01, 1.0])
    left = (1 - lr * curvatures) ** (2 * t)
    variance = lr * 0.1**2 / (curvatures * (2 - lr * curvatures)) * (1 - left)
    assert np.allclose(explorer.parts.distance, (curvatures / 2 * 4 * left).sum(axis=1), rtol=1e-11, atol=0)
    assert np.allclose(explorer.parts.noise, (curvatures / 2 * variance).sum(axis=1), rtol=1e-11, atol=1e-18)


@pytest.mark.parametrize("settings", [
    {"schedule": "constant", "lr": 0.5}, {"schedule": "cosine", "lr": 1.5, "warmup": 30},
    {"schedule": "drawn", "lr": 0.5, "knots": KNOTS}, {"schedule": "inverse time", "lr": 2.5, "noise": 1.0},
], ids=lambda settings: settings["schedule"])  # fmt: skip
def test_sampled_runs_have_this_loss_on_average(settings):
    """The mean of 4,000 runs of adamlib's own descent lies within 4.5 of its standard errors, at eleven steps."""
    explorer = ScheduleExplorer(curvatures=(0.1, 1.0), steps=200, **settings)
    rng, curvatures = np.random.default_rng(0), np.array(explorer.curvatures)
    optimizer, x = GradientDescent(explorer.learning_rate), np.tile(explorer.start, (4000, 1))
    state = optimizer.init(x)
    for t in range(1, 201):
        gradient = curvatures * x + explorer.noise * rng.normal(size=x.shape)
        step, state = optimizer.update(gradient, state)
        x = x + step
        if t == 1 or t % 20 == 0:
            losses = (curvatures * x**2 / 2).sum(axis=1)
            error = losses.std(ddof=1) / np.sqrt(len(losses))
            assert abs(losses.mean() - explorer.losses[t]) < 4.5 * error, t


def test_the_floor_is_where_the_noise_settles():
    explorer = ScheduleExplorer(lr=0.4, steps=4000)
    assert explorer.floor == pytest.approx(0.4 * 0.01 / 2 * (1 / (2 - 0.4 * 0.01) + 1 / (2 - 0.4)), rel=1e-13)
    assert explorer.parts.noise[-1] == pytest.approx(explorer.floor, rel=1e-12)
    falling = ScheduleExplorer("linear", lr=0.4)
    assert falling.peak_floor == falling.floors[0] == explorer.floor
    assert falling.floor == falling.floors[-1] == pytest.approx(ScheduleExplorer(lr=0.4 / 4000).floor, rel=1e-11)
    assert len(falling.floors) == len(falling.rates) == len(falling.losses) - 1 == 4000
    assert ScheduleExplorer("one-cycle", lr=0.4).peak_floor == pytest.approx(explorer.floor, rel=1e-12)


def test_there_is_no_floor_from_the_limit_on():
    explorer = ScheduleExplorer("linear", lr=8.0, curvatures=(0.01, 0.5))
    assert explorer.limit == 4.0
    over = explorer.rates >= 4.0
    assert over[:2001].all() and not over[2001:].any()
    assert np.isinf(explorer.floors[over]).all() and np.isfinite(explorer.floors[~over]).all()
    assert explorer.peak_floor == np.inf and explorer.floor < 1e-4


def test_a_loss_beyond_all_numbers_stays_there():
    explorer = ScheduleExplorer("linear", lr=3.0)
    lost = explorer.diverged_at
    with np.errstate(over="ignore"):
        distance, noise = plain(explorer.rates[:lost])
    assert np.isfinite(distance[:-1] + noise[:-1]).all() and np.isinf(distance[-1] + noise[-1])
    assert np.isfinite(explorer.losses[:lost]).all()
    for values in (explorer.losses, *explorer.parts):
        assert np.isinf(values[lost:]).all() and len(values) == 4001
    assert explorer.met is False
    assert ScheduleExplorer("linear", lr=2.1).diverged_at is None  # the loss grows, and comes back
    assert ScheduleExplorer(start=(1e200, 0)).diverged_at == 0


def test_the_best_constant_is_the_best():
    explorer = ScheduleExplorer()
    best = explorer.best_constant
    final = [ScheduleExplorer(lr=best * factor).losses[-1] for factor in (1, 10**0.01, 10**-0.01, 2, 0.5, 10, 0.1)]
    assert final[0] == min(final)
    assert final[0] == pytest.approx(4.29e-4, rel=0.002)
    assert explorer.limit / best == pytest.approx(10 ** (round(100 * np.log10(explorer.limit / best)) / 100))


def test_the_goal_is_for_the_last_step():
    explorer = ScheduleExplorer("exponential", lr=0.5)
    assert explorer.met is True and explorer.losses[-1] < 2e-4
    explorer.goal = explorer.losses[-1]
    assert explorer.met is False


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("schedule", "cosines", "schedule must be one of 'constant', .*, 'drawn'; got 'cosines'"),
     ("schedule", None, "schedule must be one of"), ("schedule", ["cosine"], "schedule must be one of"),
     ("lr", 0, "lr must be a number from 1e-30 to 1e[+]30, got 0"),
     *(("lr", bad, "lr must be a number from") for bad in (-0.1, np.inf, np.nan, "half", None)),
     ("warmup", -1, "warmup must be a whole number >= 0, got -1"),
     ("warmup", 4001, "warmup must be at most steps, 4000, got 4001"),
     ("warmup", 0.5, "warmup must be a whole number >= 0, got 0.5"),
     ("knots", [1.0], r"knots must be 2 to 25 numbers from 1e-30 to 1e[+]30, got \[1.0\]"),
     ("knots", [1.0] * 26, "knots must be 2 to 25"), ("knots", [1.0, 0.0], r"got \[1.0, 0.0\]"),
     ("knots", [1.0, np.nan], "knots must be 2 to 25"), ("knots", "12", "knots must be 2 to 25"),
     ("knots", 3, "knots must be 2 to 25 numbers .*, got 3"), ("knots", [[1.0, 1.0]], "knots must be 2 to 25"),
     ("steps", 1, "steps must be a whole number >= 2, got 1"),
     ("steps", 20_001, "steps must be at most 20000, got 20001"),
     ("curvatures", (1.0, 0.0), r"curvatures must be two numbers from 1e-30 to 1e[+]30, got \(1.0, 0.0\)"),
     ("curvatures", 1.0, "curvatures must be two numbers"),
     ("noise", -0.1, "noise must be a finite number >= 0, got -0.1"),
     ("start", (1.0, np.inf), "start must be two finite numbers"),
     ("goal", 0, "goal must be a number from 1e-100 to 1e[+]100, got 0")],
)  # fmt: skip
def test_bad_values_are_refused(name, value, words):
    assert_refused(ScheduleExplorer, name, value, words)


def test_a_shorter_run_cuts_the_warm_up():
    explorer = ScheduleExplorer("linear", warmup=400)
    explorer.steps = 1000
    assert explorer.warmup == 400
    explorer.steps = 100
    assert explorer.warmup == 100 and len(explorer.rates) == 100
    with pytest.raises(ValueError, match="warmup must be at most steps, 100, got 101"):
        explorer.warmup = 101


def test_what_a_browser_sends_is_kept_as_it_is():
    explorer = ScheduleExplorer()
    explorer.set_state({"knots": [1, 0.5], "schedule": "drawn", "curvatures": [1, 2], "start": [0, 1]})
    assert (explorer.knots, explorer.schedule) == ([1.0, 0.5], "drawn")
    assert (explorer.curvatures, explorer.start) == ((1.0, 2.0), (0.0, 1.0))
    assert json.dumps(explorer.get_state(["knots", "curvatures", "start"]))


def test_its_text_tells_what_matters_to_the_schedule():
    assert repr(ScheduleExplorer("cosine")) == "ScheduleExplorer(schedule='cosine', lr=0.1, warmup=0, steps=4000)"
    assert repr(ScheduleExplorer("one-cycle")) == "ScheduleExplorer(schedule='one-cycle', lr=0.1, steps=4000)"
    drawn = "ScheduleExplorer(schedule='drawn', lr=0.1, knots=[1.0, 2.0], steps=4000)"
    assert repr(ScheduleExplorer("drawn", knots=(1, 2))) == drawn


def test_its_picture_has_the_rates_and_the_losses():
    explorer = ScheduleExplorer("drawn", knots=KNOTS, lr=0.3)
    figure = matplotlib.figure.Figure()
    explorer.draw(figure)
    above, below = figure.axes
    limit, rates, knots = (line.get_xydata() for line in above.lines)
    assert (limit[:, 1] == 2).all()
    assert np.array_equal(rates, np.stack([EVERY_STEP, explorer.rates], axis=1))
    assert np.allclose(knots, np.stack([explorer.knot_steps, 0.3 * np.array(KNOTS)], axis=1), rtol=1e-15)
    curves = {line.get_label().split(":")[0]: line.get_xydata() for line in below.lines}
    assert np.array_equal(curves["expected loss"], np.stack([np.arange(4001), explorer.losses], axis=1))
    assert np.array_equal(curves["floor of this rate"], np.stack([EVERY_STEP, explorer.floors], axis=1))
    for name, part in explorer.parts._asdict().items():
        shown = ~np.isnan(curves[name][:, 1])
        assert np.array_equal(curves[name][shown, 1], part[shown]) and (part[~shown] < 1e-7).all()
    assert "not below 0.0002" in below.get_title(loc="left") + below.get_title()


EXTREMES = [
    {"schedule": "linear", "lr": 3.0},
    {"lr": 1e-12}, {"lr": 1e3}, {"lr": 1e-30}, {"lr": 1e30},
    {"schedule": "drawn", "knots": [1e-30, 1e30], "lr": 1e30},
    {"schedule": "drawn", "knots": [1e-30, 1e30] * 12, "lr": 1e-30, "steps": 2},
    {"schedule": "one-cycle", "steps": 2, "lr": 1e-30},
    {"curvatures": (1e-30, 1e30), "start": (1e300, -1e300)}, {"curvatures": (1e30, 1e30), "lr": 1e-30},
    {"noise": 0.0, "start": (0.0, 0.0)}, {"noise": 0.0, "lr": 1.0, "curvatures": (1.0, 1.0)},
    {"noise": 1e300}, {"noise": 1e300, "lr": 1e-30},
    {"goal": 1e-100}, {"goal": 1e100}, {"schedule": "cosine", "warmup": 20_000, "steps": 20_000},
]  # fmt: skip


@pytest.mark.parametrize("settings", EXTREMES, ids=str)
def test_a_picture_is_drawn_of_anything(settings):
    explorer = ScheduleExplorer(**settings)
    assert len(explorer.picture()) > 15_000
    for values in (explorer.rates, explorer.losses, *explorer.parts, explorer.floors, explorer.best_constant):
        assert not np.isnan(values).any()


# In the browser


def chart(page, place):
    return page.locator(".explorer svg").nth(place)


def scale(page, place):
    """The functions that take a step to pixels across, and a value to pixels down, from the numbers on the axes."""
    texts = (
        "(all) => all.map((text) => [text.textContent, Number(text.getAttribute('x')), Number(text.getAttribute('y'))])"
    )
    down = chart(page, place).locator(".explorer-axes text[text-anchor=end]").evaluate_all(texts)
    across = chart(page, 1).locator(".explorer-axes text[text-anchor=middle]").evaluate_all(texts)[:-2]
    wide, left = np.polyfit([number(text) for text, _, _ in across], [px for _, px, _ in across], 1)
    high, top = np.polyfit([number(text.removeprefix("10")) for text, _, _ in down], [py - 4 for *_, py in down], 1)

    @np.errstate(divide="ignore")
    def y(value):
        return top + high * np.log10(value)

    return lambda step: left + wide * step, y


def away(places, line):
    """How far each place is from a line through points."""
    start, way = line[:-1], np.diff(line, axis=0)
    length = np.maximum((way**2).sum(axis=1), 1e-12)
    shares = np.clip(((places[:, None] - start) * way).sum(axis=-1) / length, 0, 1)
    return np.linalg.norm(start + shares[..., None] * way - places[:, None], axis=-1).min(axis=1)


def assert_line_shows(page, place, shape, steps, values):
    """No value in the picture is half a pixel from the line, and no corner of the line half a pixel from a value."""
    x, y = scale(page, place)
    line, places = points(page.get_attribute(f".schedule-{shape}", "d")), np.stack([x(steps), y(values)], axis=1)
    assert len(line) <= 400
    height = float(chart(page, place).get_attribute("height"))
    seen = (places[:, 1] > 0) & (places[:, 1] < height)
    assert away(places[seen], line).max(initial=0) < 0.5, shape
    corners = line[(line[:, 1] > 0) & (line[:, 1] < height)]
    if len(corners):
        assert away(corners, np.clip(places, -1e5, 1e5)).max() < 0.5, shape


def assert_lines_are_python_s(page):
    same = twin(page, ScheduleExplorer)
    steps = np.arange(same.steps + 1)
    constant = {"schedule": "constant", "lr": same.best_constant, "warmup": 0}
    best = ScheduleExplorer(**state(page, ScheduleExplorer) | constant)
    assert_line_shows(page, 0, "rate", steps[1:], same.rates)
    assert_line_shows(page, 1, "loss", steps, same.losses)
    assert_line_shows(page, 1, "floor", steps[1:], same.floors)
    assert_line_shows(page, 1, "distance", steps, same.parts.distance)
    assert_line_shows(page, 1, "noise", steps[1:], same.parts.noise[1:])
    assert_line_shows(page, 1, "best", steps, best.losses)


def knot(page, i):
    return page.locator(".explorer-handle").nth(i)


def pixels_per_decade(page):
    _, y = scale(page, 0)
    return y(0.01) - y(0.1)


@pytest.fixture
def page(explorer_page):
    return explorer_page(ScheduleExplorer())


@pytest.mark.parametrize("name", [*NAMED, "one-cycle", "drawn"])
def test_every_schedule_is_python_s(page, name):
    if name == "drawn":
        put(page, schedule=name)  # it is in the list once there is a drawing
    else:
        page.get_by_label("schedule", exact=True).select_option(name)
    for settings in (
        {"warmup": 0},
        {"lr": 1.2, "steps": 500, "warmup": 300, "knots": KNOTS, "noise": 0.0},
        {"noise": 0.3, "curvatures": [2.0, 0.1], "start": [1.0, -5.0], "goal": 0.05},
    ):
        put(page, **settings)
        assert_readouts(page, ScheduleExplorer)
        assert_lines_are_python_s(page)
    assert trait(page, "schedule") == name
    page.set_viewport_size({"width": 500, "height": 900})
    painted(page)
    painted(page)
    assert_lines_are_python_s(page)


def test_the_lines_of_the_limit_and_of_the_goal_stand_where_they_should(page):
    for curvatures, goal in (((0.01, 1.0), 2e-4), ((8.0, 0.1), 0.03)):
        put(page, curvatures=curvatures, goal=goal)
        for place, name, value in ((0, "limit", 2 / max(curvatures)), (1, "goal", goal)):
            level = float(re.match(r"M[\d.]+ ([\d.]+)h", page.get_attribute(f".schedule-{name}", "d"))[1])
            assert abs(level - scale(page, place)[1](value)) < 0.06
    assert page.locator(".schedule-limit-name").text_content() == "limit 2/λ_max = 0.25"
    assert page.locator(".schedule-goal-name").text_content() == "goal 0.03"


@pytest.mark.parametrize("name", [*NAMED, "one-cycle", "drawn"])
def test_the_knots_stand_on_the_schedule(page, name):
    put(page, schedule=name, knots=[0.1, 1, 0.5, 0.2, 1, 0.4, 0.3], warmup=200)
    same, (x, y) = twin(page, ScheduleExplorer), scale(page, 0)
    assert page.locator(".explorer-handle").count() == 7
    for i, t in enumerate(same.knot_steps):
        rate, mark = same.learning_rate(t), knot(page, i)
        assert np.abs(np.subtract(place_of(mark), [x(t), min(y(rate), y(1e-4))])).max() < 0.11
        assert float(mark.get_attribute("aria-valuenow")) == pytest.approx(rate, rel=1e-9)
    assert knot(page, 1).get_attribute("aria-valuetext").startswith("step 668, learning rate ")


def test_a_knot_by_keyboard(page):
    put(page, schedule="cosine", lr=0.2)
    cosine = ScheduleExplorer("cosine", lr=0.2)
    shape = np.maximum([cosine.learning_rate(t) for t in cosine.knot_steps], 1e-4) / 0.2
    knot(page, 3).focus()
    keys = {"ArrowUp": 1, "Shift+ArrowDown": -10, "ArrowRight": 1, "ArrowLeft": -1, "Shift+ArrowUp": 10}
    for key, up in keys.items():
        page.keyboard.press(key)
        painted(page)
        shape[3] *= 10 ** (up / 20)
        assert trait(page, "schedule") == "drawn" == page.get_by_label("schedule", exact=True).input_value()
        assert np.allclose(trait(page, "knots"), shape, rtol=2e-3, atol=0)
        assert_readouts(page, ScheduleExplorer)
        assert_lines_are_python_s(page)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    painted(page)
    shape[4] /= 10 ** (1 / 20)
    assert np.allclose(trait(page, "knots"), shape, rtol=4e-3, atol=0)


def test_a_knot_by_pointer(page):
    put(page, schedule="linear", lr=0.5)
    linear = ScheduleExplorer("linear", lr=0.5)
    shape = [linear.learning_rate(t) / 0.5 for t in linear.knot_steps]
    (x, y), decade = middle(knot(page, 2)), pixels_per_decade(page)
    page.mouse.move(x + 3, y - 4)  # not its exact middle: it must not jump there
    page.mouse.down()
    page.mouse.move(x + 40, y + 46, steps=4)  # sideways nothing happens
    page.mouse.up()
    painted(page)
    shape[2] *= 10 ** (-50 / decade)
    assert np.allclose(trait(page, "knots"), shape, rtol=0.02, atol=2e-4)
    assert trait(page, "knots")[2] == pytest.approx(shape[2], rel=0.01)
    assert trait(page, "schedule") == "drawn"
    assert_readouts(page, ScheduleExplorer)
    assert_lines_are_python_s(page)


def test_a_knot_stops_at_the_edges(page):
    for way, rate in ((-900, 10.0), (900, 1e-4)):
        x, y = middle(knot(page, 6))
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + way)
        page.mouse.up()
        painted(page)
        assert 0.1 * trait(page, "knots")[6] == pytest.approx(rate, rel=1e-3)


def test_a_shorter_run_cuts_the_warm_up_here_too(page):
    put(page, warmup=300)
    page.locator("summary").click()
    page.get_by_role("slider", name="steps", exact=True).focus()
    page.keyboard.press("Home")
    painted(page)
    assert trait(page, "warmup") == 100 == trait(page, "steps")
    assert page.get_by_role("slider", name="warm-up steps", exact=True).get_attribute("max") == "100"
    assert_readouts(page, ScheduleExplorer)


def test_the_axes_wait_for_the_hand(page):
    put(page, lr=1e-6, curvatures=(0.01, 1e4))
    numbers = chart(page, 0).locator(".explorer-axes text[text-anchor=end]")
    before = numbers.all_text_contents()
    x, y = middle(knot(page, 0))
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(3):
        page.mouse.move(x, 0 - i)
        painted(page)
        assert numbers.all_text_contents() == before
    page.mouse.up()
    painted(page)
    assert_lines_are_python_s(page)


def test_a_schedule_that_is_chosen_again_is_itself_and_the_drawing_is_kept(page):
    drawn_one = page.get_by_label("schedule", exact=True).locator("option", has_text="drawn")
    assert drawn_one.is_disabled()  # nothing is drawn yet
    knot(page, 0).focus()
    page.keyboard.press("ArrowUp")
    painted(page)
    drawing = trait(page, "knots")
    assert drawn_one.is_enabled()
    for name in ("exponential", "drawn"):
        page.get_by_label("schedule", exact=True).select_option(name)
        painted(page)
        assert trait(page, "knots") == drawing
        assert_readouts(page, ScheduleExplorer)
        assert_lines_are_python_s(page)


def test_a_loss_that_grows_is_explained(page):
    note = page.locator(".schedule-note")
    assert note.text_content() == ""
    put(page, schedule="linear", lr=3.0)
    assert note.text_content() == (
        "The learning rate is not below the limit 2 from step 1 to step 1334: there the steep direction "
        "does not settle. "
        "The expected loss is larger than any number from step 627 on."
    )
    assert ScheduleExplorer("linear", lr=3.0).diverged_at == 627
    assert_readouts(page, ScheduleExplorer)
    assert_lines_are_python_s(page)
    put(page, lr=2.001)
    assert note.text_content().startswith("The learning rate is not below the limit 2 from step 1 to step 2: there")
    put(page, lr=2.5)
    top = ScheduleExplorer("linear", lr=2.5).losses
    assert f"is largest at step {top.argmax()}: {top.max():.2e}".replace("e+", "e") in note.text_content()
    put(page, schedule="drawn", lr=1.0, knots=[3.0, 1.0, 1.0, 3.0])
    same = ScheduleExplorer("drawn", lr=1.0, knots=[3.0, 1.0, 1.0, 3.0])
    assert f"at {(same.rates >= 2).sum()} steps, first at step 1: there" in note.text_content()
    put(page, knots=[1.0, 1.0], start=[1e200, 1.0])
    assert note.text_content() == "The loss is larger than any number from the start."
    put(page, schedule="constant", lr=0.1, start=[2.0, 2.0])
    assert note.text_content() == "" and not note.is_visible()


def test_a_warm_up_that_changes_nothing_says_so(page):
    note = page.locator(".schedule-note")
    put(page, warmup=100)
    assert note.text_content() == ""
    put(page, schedule="one-cycle")
    assert note.text_content() == "One-cycle has a warm-up of its own."
    put(page, schedule="drawn")
    assert note.text_content() == "The warm-up does not change what is drawn."


def test_the_best_constant_is_told(page):
    put(page, noise=0.25)
    same = ScheduleExplorer(noise=0.25)
    final = ScheduleExplorer(lr=same.best_constant, noise=0.25).losses[-1]
    words = f"the best of 600 constant learning rates, {same.best_constant:.3g}, which ends at {final:.3g}."
    assert page.get_by_text(words).is_visible()


def test_nothing_broke_at_extreme_settings(page):
    start = state(page, ScheduleExplorer)
    for settings in EXTREMES:
        put(page, **start | settings)
        assert_sound(page)
        assert "not a number" not in page.inner_text(".explorer"), settings
        assert_readouts(page, ScheduleExplorer)


def test_what_did_not_change_is_not_drawn_again(page):
    """A learning rate that leaves the axes, the best constant and the limit alone; a goal leaves the curves alone."""
    page.evaluate(
        """() => {
            window.changed = new Set();
            const name = ({ target }) => target.closest("[class]").getAttribute("class");
            const note = (all) => all.forEach((one) => changed.add(name(one)));
            for (const chart of document.querySelectorAll(".explorer svg"))
                new MutationObserver(note).observe(chart, { subtree: true, attributes: true, childList: true });
        }"""
    )
    put(page, lr=0.11)
    knots = {"explorer-handle explorer-pans", "explorer-reach"}
    assert set(page.evaluate("[...changed]")) - knots == {
        f"schedule-{name}" for name in ("rate", "floor", "distance", "noise", "loss")
    }
    page.evaluate("changed.clear()")
    put(page, goal=3e-4)
    assert set(page.evaluate("[...changed]")) - knots == {"schedule-goal", "schedule-goal-name"}


@pytest.fixture
def phone(explorer_page):
    return explorer_page(
        ScheduleExplorer("cosine", lr=0.2), viewport={"width": 360, "height": 520}, has_touch=True, is_mobile=True
    )


def test_the_nearest_knot_is_taken_where_several_are_within_reach(phone):
    chart(phone, 0).scroll_into_view_if_needed()
    for i in (3, 7):
        (x, y), (beside, _) = middle(knot(phone, i)), middle(knot(phone, i + 1))
        assert beside - x < 44  # else nothing is shown here
        before = trait(phone, "knots") if i == 7 else [1.0] * 11
        start = x + 0.4 * (beside - x)
        finger(phone, [(start, y), (start + 12, y), (start + 12, y - 20)])  # sideways first, else the page scrolls
        after = trait(phone, "knots")
        if i == 7:
            assert [j for j in range(11) if after[j] != before[j]] == [7]
        assert after[i] > 1.5 * ScheduleExplorer("cosine").learning_rate(1 + 399.9 * i) / 0.1
