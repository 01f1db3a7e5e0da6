"""DescentExplorer: its numbers in Python, and the explorer itself under a reader's hand in a browser.

Where the two walk, they are compared on walks that are not chaotic. A setting counts as chaotic if a start moved by
one part in 10^12 moves the walk a thousand times as far; near its limit cycle RMSProp magnifies any rounding so.
"""

import dataclasses
import json
import re

import matplotlib.figure
import numpy as np
import pytest

from adamlib import landscapes
from adamlib.adam import Adam
from adamlib.descent import GradientDescent, descend
from adamlib.explorers import DescentExplorer
from adamlib.explorers.noise import normals
from adamlib.landscapes import Landscape, bowl
from adamlib.momentum import Momentum
from adamlib.rmsprop import RMSProp
from adamlib.spectrum import convergence_rate
from hands import (
    assert_readouts,
    assert_refused,
    assert_sound,
    axe,
    is_calm,
    middle,
    number,
    painted,
    place_of,
    points,
    put,
    readouts,
    state,
    stop_clock,
    trait,
)  # fmt: skip
from project import ROOT

METHODS = ["Gradient descent", "Momentum", "RMSProp", "Adam"]
SLUGS = dict(zip(METHODS, ["descent", "momentum", "rmsprop", "adam"]))
BUILT_IN = {
    "bowl": lambda condition, degrees: bowl((4 / condition, 4.0), degrees),
    "Rosenbrock": lambda *_: landscapes.rosenbrock(),
    "saddle": lambda *_: landscapes.saddle(),
    "two minima": lambda *_: landscapes.two_minima(),
}
JS = ROOT / "adamlib" / "explorers" / "js"


def himmelblau():
    """A landscape that the browser does not know, with four minima."""

    def parts(point):
        x, y = point[..., 0], point[..., 1]
        return x, y, x**2 + y - 11, x + y**2 - 7

    def loss(point):
        _, _, a, b = parts(point)
        return a**2 + b**2

    def gradient(point):
        x, y, a, b = parts(point)
        return np.stack([4 * x * a + 2 * b, 2 * a + 4 * y * b], axis=-1)

    return Landscape("Himmelblau", loss, gradient, (-6.0, 6.0, -6.0, 6.0), (3.0, 2.0))


def pond():
    """A landscape with a hole: there is no ground where the radius is below 1, and no minimum."""

    def loss(point):
        return np.sqrt((point**2).sum(axis=-1) - 1)

    def gradient(point):
        return point / loss(point)[..., None]

    return Landscape("pond", loss, gradient, (-4.0, 4.0, -3.0, 3.0), None)


# In Python


def test_its_settings_become_adamlib_s_optimizers():
    explorer = DescentExplorer(
        descent_lr=0.1, momentum_lr=0.2, momentum_beta=0.3, heavy_ball=True, rmsprop_lr=0.4, rmsprop_beta=0.5,
        rmsprop_eps=0.6, adam_lr=0.7, adam_beta1=0.8, adam_beta2=0.85, adam_eps=0.9, bias_correction=False,
    )  # fmt: skip
    assert explorer.optimizers == {
        "Gradient descent": GradientDescent(0.1),
        "Momentum": Momentum(0.2, 0.3, heavy_ball=True),
        "RMSProp": RMSProp(0.4, 0.5, 0.6),
        "Adam": Adam(0.7, 0.8, 0.85, 0.9, bias_correction=False),
    }


@pytest.mark.parametrize("name", BUILT_IN)
def test_its_paths_are_adamlib_s(name):
    explorer = DescentExplorer(name, steps=30, condition=50, degrees=30, methods=["Adam", "Momentum"])
    surface = BUILT_IN[name](50, 30)
    assert list(explorer.paths) == ["Momentum", "Adam"]
    for method, path in explorer.paths.items():
        ours = descend(surface.gradient, np.array(explorer.start), explorer.optimizers[method], 30)
        assert np.array_equal(path.points, ours.points) and path.diverged_at == ours.diverged_at


def test_every_method_meets_the_same_noise():
    explorer = DescentExplorer(noise=2.0, seed=5, steps=20)
    for path in explorer.paths.values():
        felt = path.gradients - bowl().gradient(path.points[:-1])
        assert np.allclose(felt, 2 * normals(5, 40).reshape(20, 2), rtol=0, atol=1e-12)
    assert not np.array_equal(explorer.paths["Adam"].points, DescentExplorer(noise=2.0, steps=20).paths["Adam"].points)


@pytest.mark.parametrize(
    ("settings", "method", "expected"),
    [  # the counts of chapter 2
        ({"descent_lr": 0.05, "steps": 500}, "Gradient descent", None),
        ({"descent_lr": 0.4}, "Gradient descent", 89),
        ({"descent_lr": 0.45}, "Gradient descent", 79),
        ({"momentum_lr": 0.45, "momentum_beta": 0.5}, "Momentum", 71),
        ({"momentum_lr": 1.1, "momentum_beta": 0.5}, "Momentum", 25),
        ({"momentum_lr": 0.1, "heavy_ball": True, "steps": 500}, "Momentum", 149),
        ({"descent_lr": 0.4, "steps": 89}, "Gradient descent", 89),
        ({"descent_lr": 0.4, "steps": 88}, "Gradient descent", None),
        ({"start": (0.0, 0.0)}, "Adam", 0),
        ({"descent_lr": 1e3, "steps": 500, "goal": 1e100}, "Gradient descent", None),  # it ends as no number
    ],
)
def test_the_goal_is_met_where_the_height_stays_below_it(settings, method, expected):
    assert DescentExplorer(**settings).met(method) == expected


def test_a_scale_multiplies_heights_and_the_goal_and_leaves_rmsprop_s_path():
    plain = DescentExplorer(rmsprop_eps=0.0, steps=30)
    for factor in (0.01, 100.0):
        scaled = DescentExplorer(rmsprop_eps=0.0, steps=30, scale=factor)
        assert np.allclose(scaled.paths["RMSProp"].points, plain.paths["RMSProp"].points, rtol=0, atol=1e-9)
        assert np.allclose(scaled.heights("RMSProp"), factor * plain.heights("RMSProp"), rtol=1e-6)
        slower = DescentExplorer(descent_lr=0.4 * factor, momentum_lr=factor, steps=30)
        for method in ("Gradient descent", "Momentum"):
            assert np.allclose(scaled._path(method).points, slower._path(method).points, rtol=1e-9, atol=1e-12)
        assert scaled.rate == pytest.approx(slower.rate)
        assert f"Adam, Below {factor * 1e-6:.0e}".replace("e-0", "e−") in scaled.readouts()
    assert DescentExplorer("saddle", scale=3.0).heights("Adam")[0] == pytest.approx(3 * (1.5**2 - 0.01**2 + 4) / 2)


@pytest.mark.parametrize(
    ("lr", "words"),
    [(0.0, "stays where it is"), (0.1, "creeps down one side"), (0.25, "is there in one step"),
     (0.45, "zigzags, closer each time"), (0.5, "jumps to and fro for ever"), (0.51, "diverges")],
)  # fmt: skip
def test_the_parabola_says_how_descent_walks(lr, words):
    explorer = DescentExplorer(view="parabola", descent_lr=lr)
    places = explorer.paths["Gradient descent"].points[:, 1]
    assert explorer.readouts()["gradient descent"] == words
    grows, turns = abs(places[-1]) - abs(places[0]), np.any(places[1:] * places[0] < -1e-12)
    assert np.sign(grows) == (0 if lr in (0, 0.5) else 1 if lr > 0.5 else -1) and turns == (lr > 0.25)
    for view in ("parabola", "map"):
        with pytest.raises(ValueError, match=f"'{view}' is of the landscape 'bowl', got 'saddle'"):
            DescentExplorer("saddle", view=view)


@pytest.mark.parametrize(("name", "lowest"), [("bowl", 0), ("Rosenbrock", 0), ("saddle", -2), ("two minima", None)])
def test_heights_count_from_the_minimum_or_the_lowest_in_the_picture(name, lowest):
    explorer = DescentExplorer(name)
    if lowest is None:
        lowest = explorer.surface.loss(np.array(explorer.surface.minimum))
    points = explorer.paths["Adam"].points
    assert np.allclose(explorer.heights("Adam"), explorer.surface.loss(points) - lowest, rtol=0, atol=1e-12)


def test_the_rate_is_that_of_the_worse_direction_in_either_form():
    ema = DescentExplorer(momentum_lr=0.8, momentum_beta=0.5)
    ball = DescentExplorer(momentum_lr=0.4, momentum_beta=0.5, heavy_ball=True)
    assert ema.rate == ball.rate == max(convergence_rate(0.4, 0.5, 0.2), convergence_rate(0.4, 0.5, 4.0))
    assert DescentExplorer("saddle").rate is None


@pytest.mark.parametrize(
    ("name", "bad", "words"),
    [*(("landscape", bad, "landscape must be a Landscape or one of bowl, Rosenbrock, saddle, two minima; got ")
       for bad in (bowl, None, ["bowl"], 3)),
     ("heavy_ball", "no", "heavy_ball must be True or False, got 'no'"),
     ("bias_correction", 0, "bias_correction must be True or False, got 0"),
     ("rate_map", None, "rate_map must be True or False, got None"),
     ("landscape", "hill", "one of bowl, Rosenbrock, saddle, two minima; got 'hill'"),
     ("condition", 0.5, "condition must be a number from 1 to 1e"), ("condition", np.nan, "got nan"),
     ("degrees", "steep", "degrees must be a number from -360 to 360, got 'steep'"),
     ("start", (1.0,), r"start must be two finite numbers, got \(1.0,\)"),
     ("start", (1.0, np.inf), "start must be two finite"), ("start", 3, "start must be two finite"),
     ("methods", ["Newton"], r"methods must be a list of some of Gradient descent, .*got \['Newton'\]"),
     ("methods", "Adam", "methods must be a list"), ("methods", ["Adam", "Adam"], "each once"),
     ("descent_lr", -1, "descent_lr must be a finite number >= 0, got -1"),
     ("adam_eps", np.inf, "adam_eps must be a finite"),
     ("adam_beta2", 1.0, r"adam_beta2 must be a number in \[0, 1\)"), ("noise", -0.1, "noise must be"),
     ("seed", -1, "seed must be"), ("steps", 501, "steps must be at most 500, got 501"),
     ("steps", 0, "steps must be"), ("shown", 101, "shown must be at most steps, 100, got 101"),
     ("goal", 0, "goal must be a number from"), ("scale", 0, "scale must be a number from"),
     ("controls", ["lr"], r"controls must be a list of at most three of descent_lr, .*; got \['lr'\]"),
     ("controls", ["seed"], "controls must be a list"), ("controls", ["shown", "shown"], "controls must be a list"),
     ("controls", ["descent_lr", "scale", "noise", "shown"], "at most three"),
     ("view", "race", "view must be one of 'laboratory', 'hero', 'parabola', 'bowl', 'scale', 'map'; got 'race'")],
)  # fmt: skip
def test_bad_values_are_refused_and_the_old_ones_kept(name, bad, words):
    assert_refused(DescentExplorer, name, bad, words)


@pytest.mark.parametrize("name", ["adam", "x", None, ["Adam"]])
@pytest.mark.parametrize("ask", [DescentExplorer.met, DescentExplorer.heights])
def test_a_method_that_there_is_not_is_refused(ask, name):
    with pytest.raises(ValueError, match="name must be one of Gradient descent, Momentum, RMSProp, Adam; got"):
        ask(DescentExplorer(), name)


def test_a_landscape_brings_its_own_start():
    explorer = DescentExplorer("saddle", start=(3.0, 3.0))
    assert explorer.start == (3.0, 3.0)  # who asks for a start outside gets it
    for name in ("bowl", "two minima", "Rosenbrock"):
        explorer.landscape = name
        assert explorer.start == DescentExplorer(name).start
        explorer.start = (0.5, 0.5)
    explorer.landscape = "saddle"
    assert explorer.start == (3.0, 3.0)  # as it began


@pytest.mark.parametrize("names", [["landscape", "start"], ["start", "landscape"]])
def test_a_start_that_is_set_with_the_landscape_stays(names):
    explorer, wanted = DescentExplorer(), {"landscape": "saddle", "start": (1.0, 1.0)}
    explorer.set_state({name: wanted[name] for name in names})  # as a browser does
    assert (explorer.landscape, explorer.start) == ("saddle", (1.0, 1.0))


def test_what_is_shown_keeps_to_the_length_of_the_walk():
    explorer = DescentExplorer(steps=80)
    assert explorer.shown == 80
    explorer.steps = 120
    assert explorer.shown == 120  # all of it, as before
    explorer.shown = 50
    explorer.steps = 90
    assert explorer.shown == 50
    explorer.steps = 40
    assert explorer.shown == 40


def read_samples(explorer):
    grid = explorer.sampled
    values = np.frombuffer(explorer.samples, "<f4").reshape(3, grid["rows"], grid["columns"])
    x0, y0, x1, y1 = grid["grid"]
    return np.linspace(x0, x1, grid["columns"]), np.linspace(y0, y1, grid["rows"]), values


def test_a_landscape_of_one_s_own_is_walked_in_python_and_sampled_for_the_browser():
    own = himmelblau()
    explorer = DescentExplorer(own, adam_lr=0.1)
    assert explorer.landscape == "Himmelblau" and explorer.surface is own
    ours = descend(own.gradient, np.array(explorer.start), Adam(0.1), 100)
    assert np.array_equal(explorer.paths["Adam"].points, ours.points)
    xs, ys, values = read_samples(explorer)
    assert len(xs) == 161 and len(ys) == 121 and xs[0] < -6 < 6 < xs[-1] and ys[0] < -6 < 6 < ys[-1]
    points = np.stack(np.meshgrid(xs, ys), axis=-1)
    assert np.array_equal(values[0], own.loss(points).astype("f4"))
    assert np.array_equal(np.moveaxis(values[1:], 0, -1), own.gradient(points).astype("f4"))
    explorer.landscape = "bowl"
    assert explorer.surface.name == "bowl"
    explorer.landscape = "Himmelblau"
    assert explorer.surface is own


def test_a_landscape_that_the_browser_knows_needs_no_samples():
    for own in (bowl(), landscapes.rosenbrock(), landscapes.saddle(), landscapes.two_minima()):
        explorer = DescentExplorer(own)
        assert explorer.landscape == own.name and explorer.samples == b""


def test_a_landscape_with_a_known_name_and_another_shape_is_one_s_own():
    other = DescentExplorer(bowl((1.0, 2.0)))
    assert other.landscape == "your bowl" and other.samples
    assert other.surface.loss(np.array([1.0, 1.0])) == 1.5
    assert DescentExplorer(bowl(), condition=50).landscape == "your bowl"  # condition is for the built-in one


def test_holes_are_kept_out_of_the_start_and_of_the_lowest_height():
    explorer = DescentExplorer(dataclasses.replace(pond(), extent=(-1.0, 6.0, -1.0, 6.0)))
    assert np.isfinite(explorer.surface.loss(np.array(explorer.start)))
    _, _, (losses, _, _) = read_samples(explorer)
    assert np.isnan(losses).any()
    assert explorer.sampled["floor"] == pytest.approx(np.nanmin(losses[12:-12, 16:-16]), rel=1e-6)
    assert explorer.picture()


@pytest.mark.parametrize("loss", [lambda point: np.full(point.shape[:-1], np.nan), lambda point: 0 * point[..., 0]])
def test_a_landscape_without_two_heights_is_refused(loss):
    with pytest.raises(ValueError, match="'plain' must have two different finite losses"):
        DescentExplorer(Landscape("plain", loss, lambda point: 0 * point, (-1.0, 1.0, -1.0, 1.0), None))


def test_its_picture_draws_the_paths_and_heights_that_are_shown():
    explorer = DescentExplorer(methods=["RMSProp", "Adam"], shown=12)
    figure = matplotlib.figure.Figure()
    explorer.draw(figure)
    above, below = figure.axes
    curves = {line.get_label().split(":")[0]: line.get_xydata() for line in below.lines}
    for method, path in explorer.paths.items():
        drawn = [line for line in above.lines if line.get_label() == method]
        assert np.array_equal(drawn[0].get_xydata(), path.points[:13])
        assert np.allclose(curves[method][:, 1], explorer.heights(method)[:13])
    assert "below 1e-06" in figure.legends[0].get_texts()[0].get_text()


@pytest.mark.parametrize("heavy_ball", [True, False])
def test_its_picture_has_the_map_if_it_is_wanted(heavy_ball):
    explorer = DescentExplorer(rate_map=True, heavy_ball=heavy_ball, momentum_lr=0.4, momentum_beta=0.5)
    figure = matplotlib.figure.Figure()
    explorer.draw(figure)
    ax = figure.axes[2]
    point = ax.lines[-1].get_xydata()[0]
    assert np.allclose(point, [0.4 if heavy_ball else 0.2, 0.5])
    assert f"{explorer.rate:.3f}" in ax.get_title(loc="left") + ax.get_title()
    explorer.landscape = "saddle"
    figure = matplotlib.figure.Figure()
    explorer.draw(figure)
    assert len(figure.axes) == 2


EXTREMES = [
    {"descent_lr": 1e3, "momentum_lr": 1e3, "rmsprop_lr": 1e3, "adam_lr": 1e3},
    {"descent_lr": 1e-12, "momentum_lr": 1e-12, "rmsprop_lr": 0.0, "adam_lr": 0.0},
    {"descent_lr": 1e300, "momentum_lr": 1e300, "rmsprop_lr": 1e300, "adam_lr": 1e300},
    {"momentum_beta": 0.99999, "rmsprop_beta": 0.99999, "adam_beta1": 0.99999, "adam_beta2": 0.99999},
    {"rmsprop_eps": 0.0, "adam_eps": 0.0, "rmsprop_beta": 0.0, "adam_beta2": 0.0, "steps": 500, "shown": 500},
    {"start": [1e300, -1e300]}, {"start": [0, 0], "goal": 1e-100}, {"condition": 1e6, "degrees": 360.0},
    {"condition": 1.0, "momentum_lr": 0.25, "momentum_beta": 0.0},
    {"landscape": "saddle", "steps": 500, "shown": 500}, {"landscape": "Rosenbrock", "start": [-1.5, 2.0]},
    {"noise": 1e300}, {"goal": 1e100}, {"steps": 1, "shown": 0}, {"methods": []},
]  # fmt: skip


@pytest.mark.parametrize("settings", EXTREMES, ids=str)
def test_an_extreme_setting_has_a_picture(settings):
    assert DescentExplorer(rate_map=True, **settings).picture()


# The browser's own arithmetic


@pytest.fixture(scope="module")
def module(browser):
    """A page that has imported landscapes.js."""
    page = browser.new_page()
    code = (JS / "landscapes.js").read_text(encoding="utf-8")
    page.evaluate("""async (code) => {
        window.landscapes = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    }""", code)  # fmt: skip
    yield page
    page.close()


def ask(page, function, argument):
    """Call a function of the page, with numbers as text."""
    return json.loads(page.evaluate(f"(text) => JSON.stringify(({function})(JSON.parse(text)))", json.dumps(argument)))


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_landscape_in_the_browser_is_adamlib_s(module, name):
    rng = np.random.default_rng(1)
    for condition, degrees in [(20.0, 0.0), (1.0, 0.0), (10 ** rng.uniform(0, 6), rng.uniform(-360, 360))]:
        ours = BUILT_IN[name](condition, degrees)
        x_min, x_max, y_min, y_max = ours.extent
        points = rng.uniform([x_min, y_min], [x_max, y_max], (500, 2))
        theirs = ask(
            module,
            """([name, settings, points]) => {
                const land = landscapes.landscapes[name](settings);
                const { extent, minimum, floor, start } = land;
                const [losses, gradients] = [land.loss, land.gradient].map((f) => points.map((p) => f(...p)));
                return { extent, minimum, floor, start, losses, gradients };
            }""",
            [name, {"condition": condition, "degrees": degrees}, points.tolist()],
        )
        size = np.abs(ours.gradient(points)).max()
        assert np.allclose(theirs["losses"], ours.loss(points), rtol=1e-12, atol=1e-12 * np.ptp(ours.loss(points)))
        assert np.allclose(theirs["gradients"], ours.gradient(points), rtol=1e-12, atol=1e-12 * size)
        assert tuple(theirs["extent"]) == ours.extent
        assert (theirs["minimum"] is None) == (ours.minimum is None)
        assert ours.minimum is None or np.allclose(theirs["minimum"], ours.minimum, rtol=0, atol=1e-14)
        explorer = DescentExplorer(name)
        assert tuple(theirs["start"]) == explorer.start
        begin = explorer.surface.loss(np.array(explorer.start))
        assert begin - theirs["floor"] == pytest.approx(explorer.heights("Adam")[0])


def draw_settings(rng):
    """Draw one setting of everything that moves a path."""
    name = str(rng.choice([*BUILT_IN]))
    x_min, x_max, y_min, y_max = BUILT_IN[name](1, 0).extent
    steps = int(rng.integers(1, 200))

    def power(low, high):
        return float(10 ** rng.uniform(low, high))

    return {
        "landscape": name, "condition": power(0, 3), "degrees": float(rng.uniform(0, 180)),
        "start": [float(rng.uniform(x_min, x_max)), float(rng.uniform(y_min, y_max))],
        "descent_lr": power(-4, -0.2), "momentum_lr": power(-4, -0.2),
        "momentum_beta": float(rng.uniform(0, 0.99)), "heavy_ball": bool(rng.integers(2)),
        "rmsprop_lr": power(-4, 0), "rmsprop_beta": float(rng.uniform(0, 0.999)), "rmsprop_eps": power(-10, 0),
        "adam_lr": power(-4, 0), "adam_beta1": float(rng.uniform(0, 0.99)),
        "adam_beta2": float(rng.uniform(0.5, 0.9999)), "adam_eps": power(-10, 0),
        "bias_correction": bool(rng.integers(2)),
        "noise": float(rng.choice([0.0, power(-2, 0.5)])), "seed": int(rng.integers(2**32)),
        "scale": float(rng.choice([1.0, power(-2, 2)])),
        "goal": power(-8, 0), "steps": steps, "shown": int(rng.integers(steps + 1)),
    }  # fmt: skip


# In the browser


def table(page):
    """The texts of the table, by method."""
    rows = {}
    for label, text in readouts(page).items():
        rows.setdefault(label.split(",")[0], []).append(text)
    return rows


def frame(page, which):
    """Give the plot area of a chart in pixels: 0 the landscape, 1 the map, or else 1 the heights."""
    return page.evaluate(
        """(which) => {
            const charts = [...document.querySelectorAll("svg[role=group]")];
            const seen = charts.filter((chart) => chart.getClientRects().length);
            const rect = seen[which].querySelector("clipPath rect");
            return ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)));
        }""",
        which,
    )


def values(page, d, extent, which=0):
    """Turn the points of a `d` back into values."""
    return from_points(page, points(d), extent, which)


def from_points(page, points, extent, which=0):
    left, top, across, down = frame(page, which)
    x_min, x_max, y_min, y_max = extent
    return np.stack([
        x_min + (points[:, 0] - left) / across * (x_max - x_min),
        y_max - (points[:, 1] - top) / down * (y_max - y_min),
    ], axis=-1)  # fmt: skip


def along(page, which):
    """Points along the lines of equal height (0) or of equal rate (1), in pixels."""
    return np.array(page.evaluate(
        """(which) => {
            const path = document.querySelectorAll(".descent-contours")[which], length = path.getTotalLength();
            return Array.from({ length: 2000 }, (_, i) => {
                const { x, y } = path.getPointAtLength(length * (i + 0.5) / 2000);
                return [x, y];
            });
        }""",
        which,
    ))  # fmt: skip


def drawn(page, method, shape="line", chart=0):
    return page.evaluate(
        "([group, shape, i]) => document.querySelectorAll(`g.${group} > .${shape}`)[i].getAttribute('d')",
        [f"descent-{SLUGS[method]}", f"descent-{shape}", chart],
    )


def assert_a_path_is_drawn(page, explorer, method):
    walked = explorer._path(method).points[: explorer.shown + 1]
    found = values(page, drawn(page, method), explorer.surface.extent)
    x_min, x_max, y_min, y_max = explorer.surface.extent
    _, _, across, down = frame(page, 0)
    pixel = np.array([(x_max - x_min) / across, (y_max - y_min) / down])
    inside = ((walked >= (x_min, y_min)) & (walked <= (x_max, y_max))).all(axis=1)  # far outside, it is cut
    away = (np.abs(walked[inside, None] - found) / pixel).max(axis=2).min(axis=1)
    assert (away <= 0.06).all() and inside[0] and (len(found) == len(walked) or not inside.all())


def unfolded(page):
    page.eval_on_selector_all("details", "(all) => all.forEach((fold) => { fold.open = true; })")
    painted(page)
    return page


@pytest.fixture
def page(explorer_page):
    return unfolded(explorer_page(DescentExplorer()))


def test_its_drawings_and_readouts_are_adamlib_s_at_random_settings(page):
    rng = np.random.default_rng(3)
    compared = 0
    for _ in range(20):
        settings = draw_settings(rng)
        put(page, **settings)
        explorer = DescentExplorer(**settings)
        calm = [method for method in METHODS if is_calm(explorer, method)]
        assert_readouts(page, DescentExplorer)
        for method in calm:
            assert_a_path_is_drawn(page, explorer, method)
        compared += len(calm)
    assert compared > 48


@pytest.mark.parametrize("view", ["laboratory", "parabola"])
def test_a_walk_that_diverges_leaves_the_picture_and_goes_no_farther(explorer_page, view):
    """The dashes of lines that are 100,000 pixels long took seconds, for each frame."""
    explorer = DescentExplorer(view=view, descent_lr=10.0, momentum_lr=10.0, heavy_ball=True)
    page = explorer_page(explorer)
    width, height = page.eval_on_selector("svg", "(chart) => [chart.clientWidth, chart.clientHeight]")
    lines = page.eval_on_selector("svg", "(chart) => [...chart.querySelectorAll('.descent-line')].map((line) => "
                                  "line.getAttribute('d'))")  # fmt: skip
    found = np.concatenate([points(d) for d in lines])
    assert len(found) > 1 and np.abs(found).max() >= height
    assert (-width <= found[:, 0]).all() and (found[:, 0] <= 2 * width).all()
    assert (-height <= found[:, 1]).all() and (found[:, 1] <= 2 * height).all()


def test_the_heights_are_drawn_on_a_log_axis_with_the_goal(page):
    explorer = DescentExplorer()
    left, top, across, down = frame(page, 1)
    low, high = -8, 2  # a hundredth of the goal, and the power of ten above the start's 10.5
    for method in ("Gradient descent", "Momentum", "Adam"):
        x, y = points(drawn(page, method, chart=1)).T
        assert np.allclose((x - left) / across * 100, np.arange(101), atol=0.02)
        logs = high - (y - top) / down * (high - low)
        assert np.allclose(logs, np.log10(explorer.heights(method)), rtol=0, atol=0.01)
    y = float(re.match(r"M[\d.]+ ([\d.]+)h", page.get_attribute(".descent-goal", "d"))[1])
    assert high - (y - top) / down * (high - low) == pytest.approx(-6, abs=0.01)
    assert page.get_by_text("goal 1e−6").is_visible()


# How often, at the pixels of the heights' lines, one passes the name of the goal.
CROSSED = """() => {
  const name = document.querySelector(".descent-goal-name"), box = name.getBBox(), found = [];
  for (const line of name.closest("svg").querySelectorAll(".descent-line")) {
    for (let at = 0; at < line.getTotalLength(); at += 1) {
      const { x, y } = line.getPointAtLength(at);
      if (x > box.x && x < box.x + box.width && y > box.y + 2 && y < box.y + box.height - 2) found.push([x, y]);
    }
  }
  return found.length;
}"""


@pytest.mark.parametrize("width", [360, 800])
@pytest.mark.parametrize(
    "settings",
    [
        {"methods": ["Momentum"], "momentum_lr": 0.4, "momentum_beta": 0.5, "steps": 200},  # chapter 9
        {"methods": ["RMSProp", "Adam"], "steps": 300},  # chapter 12
        {"methods": ["Gradient descent", "RMSProp"], "steps": 120},
    ],
)
def test_no_line_crosses_the_name_of_the_goal(explorer_page, settings, width):
    page = explorer_page(DescentExplorer(**settings, shown=settings["steps"]), viewport={"width": width, "height": 900})
    assert page.evaluate(CROSSED) == 0


@pytest.mark.parametrize("settings", [{}, {"condition": 300.0, "degrees": 30.0}, {"landscape": "two minima"}])
def test_its_contours_join_equal_heights(page, settings):
    put(page, **settings)
    surface = DescentExplorer(**settings).surface
    points = from_points(page, along(page, 0), surface.extent)
    grid = np.stack(np.meshgrid(*(np.linspace(a, b, 97) for a, b in np.reshape(surface.extent, (2, 2)))), axis=-1)
    rise = np.ptp(surface.loss(grid))
    levels = surface.loss(grid).min() + np.geomspace(rise / 2000, rise, 14)
    off = np.abs(surface.loss(points)[:, None] - levels) / levels.clip(rise / 50)
    grid_is_coarse = "landscape" in settings  # the bowl's lines are ellipses, drawn as such
    assert off.min(axis=1).max() < (0.04 if grid_is_coarse else 0.003)
    assert (np.bincount(off.argmin(axis=1), minlength=14)[:13] > 0).all()


def test_only_the_first_points_carry_markers(page):
    explorer = DescentExplorer(shown=60)
    put(page, shown=60)
    marks = {method: drawn(page, method, "mark").split("M")[1:] for method in METHODS}
    assert {len(shapes) for shapes in marks.values()} == {30}
    shapes = [{re.sub(r"^\S+ [\d.-]+", "", shape) for shape in marks[method]} for method in METHODS]
    assert [len(one) for one in shapes] == [1] * 4 and len(set.union(*shapes)) == 4  # for each method another
    put(page, shown=10)
    assert drawn(page, "Gradient descent", "mark").count("M") == 11
    middles = points("".join(f"M{shape}" for shape in marks["Gradient descent"]))
    assert np.array_equal(middles[:11], points(drawn(page, "Gradient descent")))
    assert explorer.met("Gradient descent") == 89


# Under a hand


def drag(page, index, to):
    """Take hold of a point, not in its exact middle, and move it by so many pixels."""
    x, y = middle(page.locator(".explorer-handle").nth(index))
    page.mouse.move(x + 2, y - 1)
    page.mouse.down()
    page.mouse.move(x + 2 + to[0] / 2, y - 1 + to[1] / 2)
    page.mouse.move(x + 2 + to[0], y - 1 + to[1])
    page.mouse.up()
    painted(page)


def test_the_start_by_pointer(page):
    _, _, across, down = frame(page, 0)
    drag(page, 0, (100, -40))
    start = trait(page, "start")
    assert start == pytest.approx([-5 + 100 * 12 / across, -2 + 40 * 6 / down], abs=0.006)
    assert_readouts(page, DescentExplorer)
    assert_a_path_is_drawn(page, DescentExplorer(start=start), "Adam")
    drag(page, 0, (-3000, 3000))
    assert trait(page, "start") == [-6, -3]  # it stops at the edge
    assert_readouts(page, DescentExplorer)


def test_the_start_by_keyboard(page):
    page.get_by_role("slider", name="Start of all walks").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    painted(page)
    assert trait(page, "start") == [-4.9, -1]
    assert_readouts(page, DescentExplorer)
    assert "x −4.9, y −1" in page.get_by_role("slider", name="Start of all walks").get_attribute("aria-valuetext")


def test_methods_are_chosen_by_pointer_and_keyboard(page):
    page.get_by_role("checkbox", name="show Momentum").click()
    page.get_by_role("checkbox", name="show Gradient descent").focus()
    page.keyboard.press("Space")
    painted(page)
    assert trait(page, "methods") == ["RMSProp", "Adam"]
    assert list(table(page)) == ["RMSProp", "Adam"]
    assert drawn(page, "Momentum") == "" and drawn(page, "Momentum", chart=1) == ""
    page.get_by_role("checkbox", name="show Momentum").click()
    painted(page)
    assert trait(page, "methods") == ["Momentum", "RMSProp", "Adam"]
    assert_a_path_is_drawn(page, DescentExplorer(), "Momentum")


@pytest.mark.parametrize("name", ["Rosenbrock", "saddle", "two minima"])
def test_a_landscape_is_chosen_and_the_start_finds_its_place(page, name):
    page.get_by_role("combobox", name="Landscape").select_option(name)
    painted(page)
    explorer = DescentExplorer(name)
    assert tuple(trait(page, "start")) == explorer.start
    assert not page.get_by_label("condition number").first.is_visible()
    assert_readouts(page, DescentExplorer)
    put(page, start=[0.5, 0.5])
    page.get_by_role("combobox", name="Landscape").select_option("bowl")
    painted(page)
    assert trait(page, "start") == [-5, -2]
    assert page.get_by_label("condition number").first.is_visible()


def test_what_is_shown_keeps_to_the_length_of_the_walk_here_too(page):
    field = page.get_by_label("length of the walk, exact value")
    for typed, shown in ((200, 200), (40, 40)):
        field.fill(str(typed))
        field.press("Enter")
        painted(page)
        assert trait(page, "shown") == shown
    put(page, shown=20)
    field.fill("90")
    field.press("Enter")
    painted(page)
    assert trait(page, "shown") == 20
    bar = page.get_by_role("slider", name="steps shown")
    assert bar.input_value() == "20" and bar.get_attribute("max") == "90"


# Playing, with the browser's clock in the test's hand


@pytest.fixture
def clocked(page):
    stop_clock(page)
    return page


def shown(page):
    return trait(page, "shown")


def test_it_plays_the_whole_walk_in_four_seconds(clocked):
    play = clocked.get_by_role("button", name="Play")
    play.click()
    assert clocked.get_by_role("button", name="Pause").is_visible()
    seen = []
    for _ in range(4):
        clocked.clock.run_for(1000)
        seen.append(shown(clocked))
    assert np.allclose(seen, [25, 50, 75, 100], atol=2)
    clocked.clock.run_for(200)
    assert shown(clocked) == 100 and play.is_visible()


def test_it_pauses_and_goes_on(clocked):
    clocked.get_by_role("button", name="Play").click()
    clocked.clock.run_for(1000)
    clocked.get_by_role("button", name="Pause").click()
    here = shown(clocked)
    clocked.clock.run_for(1000)
    assert shown(clocked) == here and 20 < here < 30
    clocked.get_by_role("button", name="Play").click()
    clocked.clock.run_for(1000)
    assert 45 < shown(clocked) < 55


@pytest.mark.parametrize("what", ["a key", "a press", "the model", "out of sight"])
def test_anything_else_stops_the_play(clocked, what):
    clocked.get_by_role("button", name="Play").click()
    clocked.clock.run_for(1000)
    if what == "a key":
        clocked.get_by_role("slider", name="Adam lr", exact=True).focus()
        clocked.keyboard.press("ArrowRight")
    elif what == "a press":
        clocked.mouse.click(*middle(clocked.locator(".explorer-handle").first))
    elif what == "the model":
        clocked.evaluate("document.querySelector('live-widget').model.set('shown', 40)")
    else:
        clocked.evaluate("document.querySelector('h1').style.marginBottom = '5000px'")
        clocked.wait_for_function("document.querySelector('.explorer-play button').textContent === 'Play'")
    here = shown(clocked)
    clocked.clock.run_for(1000)
    assert shown(clocked) == here < 60
    assert clocked.locator(".explorer-play button").first.text_content() == "Play"


def test_one_step_at_a_time(page):
    step = page.get_by_role("button", name="One step")
    step.click()
    assert shown(page) == 0  # after the end it begins again
    step.focus()
    page.keyboard.press("Enter")
    painted(page)
    assert shown(page) == 1
    assert_readouts(page, DescentExplorer)


def test_whoever_wants_less_motion_sees_the_end_at_once(explorer_page):
    page = explorer_page(DescentExplorer(shown=10), reduced_motion="reduce")
    page.get_by_role("button", name="Play").click()
    painted(page)
    assert shown(page) == 100
    assert page.get_by_role("button", name="Play").is_visible()


# The hero, the row of buttons, small views


def test_a_hero_plays_once_by_itself_in_eight_seconds(explorer_page):
    page = explorer_page(DescentExplorer(view="hero"))
    page.wait_for_function("document.querySelector('.explorer-play button').textContent === 'Pause'")
    page.wait_for_function("document.querySelector('live-widget').model.get('shown') === 100")
    page.wait_for_function("document.querySelector('.explorer-play button').textContent === 'Play'")
    put(page, shown=0)
    painted(page)
    assert shown(page) == 0  # not again


def test_a_hero_stands_at_the_end_for_who_wants_less_motion(explorer_page):
    page = explorer_page(DescentExplorer(view="hero"), reduced_motion="reduce")
    painted(page)
    assert shown(page) == 100 and page.get_by_role("button", name="Play").is_visible()


def test_reset_gives_back_what_was_first_drawn(explorer_page):
    first = DescentExplorer("saddle", start=(1.0, 0.5), shown=20)
    page = explorer_page(first)
    before = state(page, DescentExplorer)
    put(page, landscape="bowl", adam_lr=0.1, steps=50, methods=["Adam"], degrees=20.0)
    assert trait(page, "start") == [-5, -2]
    page.get_by_role("button", name="Reset").click()
    painted(page)
    assert state(page, DescentExplorer) == before
    assert_readouts(page, DescentExplorer)


def test_the_picture_and_the_data_can_be_taken_along(explorer_page):
    page = explorer_page(DescentExplorer(name="race", shown=3, methods=["Adam"]))
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save picture").click()
    assert saved.value.suggested_filename == "race.svg"
    picture = saved.value.path().read_text(encoding="utf-8")
    assert drawn(page, "Adam") in picture and "rgb(0, 121, 90)" in picture and "class=" not in picture
    assert "color(" not in picture  # which some programs do not know
    page.evaluate(
        "() => { const writeText = async (text) => { window.copied = text; };"
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText } }); }"
    )
    page.get_by_role("button", name="Copy data").click()
    page.get_by_text("Copied: 4 rows.").wait_for()
    head, *rows = (line.split(",") for line in page.evaluate("copied").split("\n"))
    explorer = DescentExplorer(shown=3, methods=["Adam"])
    assert head == ["step", "Adam x", "Adam y", "Adam height"]
    expected = np.column_stack([explorer.paths["Adam"].points[:4], explorer.heights("Adam")[:4]])
    assert np.allclose(np.array(rows, float)[:, 1:], expected, rtol=1e-12)


def test_a_press_in_the_picture_sets_the_start_and_a_pointer_reads_a_value(page):
    box = page.locator("svg[role=group]").first.bounding_box()
    left, top, across, down = frame(page, 0)
    page.mouse.click(box["x"] + left + across / 4, box["y"] + top + down / 4)
    painted(page)
    assert trait(page, "start") == pytest.approx([-3, 1.5], abs=0.03)
    x, y = points(drawn(page, "Gradient descent"))[1]
    page.mouse.move(box["x"] + x, box["y"] + y)
    start = trait(page, "start")
    height = DescentExplorer(start=start).heights("Gradient descent")[1]
    assert page.locator("[data-passing] text").first.text_content().startswith("Gradient descent, step 1: height ")
    assert number(page.locator("[data-passing] text").first.text_content().split()[-1]) == float(f"{height:.3g}")


SMALL = [
    {"view": "parabola"},
    {"view": "bowl"},
    {"view": "bowl", "methods": ["Momentum"], "controls": ["momentum_lr", "momentum_beta"], "heavy_ball": True},
    {"view": "bowl", "methods": ["RMSProp"], "controls": ["rmsprop_lr"]},
    {"view": "scale"},
]


@pytest.mark.parametrize("settings", SMALL, ids=str)
def test_a_small_view_is_small(explorer_page, settings):
    page = explorer_page(DescentExplorer(**settings))
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        painted(page)
        painted(page)
        assert page.locator(".explorer").bounding_box()["height"] <= 420, width


@pytest.mark.parametrize("view", ["parabola", "bowl"])
def test_a_walk_from_the_lowest_point_stays_there(explorer_page, view):
    explorer = DescentExplorer(view=view, start=(0.0, 0.0), descent_lr=0.75)
    assert readouts(explorer_page(explorer)) == explorer.readouts()


def test_the_mark_stands_where_descent_begins_to_diverge(page):
    slider = page.get_by_role("slider", name="Gradient descent lr", exact=True)
    mark = page.locator(f"[id='{slider.get_attribute('aria-describedby')}']")
    assert mark.text_content() == "limit 2/λ = 0.5"
    bar, box = slider.bounding_box(), mark.bounding_box()
    place = bar["x"] + 8 + (bar["width"] - 16) * (0.5 - 0.05) / (0.6 - 0.05)
    assert min(abs(box["x"] - place), abs(box["x"] + box["width"] - place)) < 2
    put(page, landscape="saddle")
    assert mark.is_hidden()


# The map


@pytest.fixture
def mapped(explorer_page):
    return explorer_page(
        DescentExplorer(methods=["Momentum"], heavy_ball=True, rate_map=True, momentum_lr=0.4, momentum_beta=0.5)
    )


def assert_the_rate_is_adamlib_s(page, settings):
    explorer = DescentExplorer(**settings)
    words = page.locator(".descent-rate").text_content()
    if explorer.rate > 1:
        assert words.endswith("diverges") or words.endswith("diverges (beyond the right edge)")
        return
    found = re.search(r"rate ([\d.e−]+) per step: by it ([\d]+) steps? to a millionth", words)
    digits = max(3, 2 + int(np.floor(-np.log10(1 - explorer.rate))))
    assert number(found[1]) == float(f"{explorer.rate:.{digits}g}")
    assert int(found[2]) == max(1, np.ceil(np.log(1e-6) / np.log(explorer.rate)))


def test_the_map_says_what_chapter_2_says(mapped):
    for settings, words in [
        ({"momentum_beta": 0.9}, "rate 0.949 per step: by it 263 steps to a millionth"),
        ({"momentum_beta": 0.5}, "rate 0.774 per step: by it 54 steps to a millionth"),
        ({"momentum_lr": 0.76}, "diverges"),
        ({"momentum_lr": 0.74}, "rate 0.911 per step: by it 149 steps to a millionth"),
        ({"condition": 100.0, "momentum_lr": 0.826, "momentum_beta": 0.669}, "rate 0.828"),
        ({"condition": 1.0, "momentum_lr": 0.25, "momentum_beta": 0.0}, "rate 0 per step: by it 1 step to a millionth"),
        ({"momentum_lr": 0.0, "momentum_beta": 0.5}, "rate 1 per step: no progress"),
        ({"momentum_lr": 5.0}, "diverges (beyond the right edge)"),
    ]:
        put(mapped, **settings)
        assert words in mapped.locator(".descent-rate").text_content()


def test_the_rate_is_adamlib_s_at_random_settings(mapped):
    rng = np.random.default_rng(4)
    for _ in range(30):
        settings = {
            "momentum_lr": float(rng.uniform(0.001, 1.1)), "momentum_beta": float(rng.uniform(0, 0.995)),
            "condition": float(10 ** rng.uniform(0, 4)), "heavy_ball": bool(rng.integers(2)),
        }  # fmt: skip
        put(mapped, **settings)
        assert_the_rate_is_adamlib_s(mapped, settings)


@pytest.mark.parametrize("heavy_ball", [True, False])
def test_the_map_s_point_by_pointer(mapped, heavy_ball):
    put(mapped, heavy_ball=heavy_ball, momentum_lr=0.4 if heavy_ball else 0.8)
    _, _, across, down = frame(mapped, 1)
    drag(mapped, 1, (60, -60))
    lr, beta = trait(mapped, "momentum_lr"), trait(mapped, "momentum_beta")
    assert beta == pytest.approx(0.5 + 60 / down, abs=0.001)
    along = lr if heavy_ball else lr * (1 - beta)
    assert along == pytest.approx(0.4 + 60 / across * 1.125, rel=0.005)
    settings = {"momentum_lr": lr, "momentum_beta": beta, "heavy_ball": heavy_ball}
    assert_the_rate_is_adamlib_s(mapped, settings)
    assert_readouts(mapped, DescentExplorer)
    axis = "learning rate" if heavy_ball else "learning rate × (1 − beta)"
    assert mapped.get_by_text(axis, exact=True).is_visible()


def test_the_map_s_point_by_keyboard(mapped):
    mapped.get_by_role("slider", name="Learning rate and beta of momentum").focus()
    mapped.keyboard.press("ArrowRight")
    mapped.keyboard.press("Shift+ArrowUp")
    painted(mapped)
    assert trait(mapped, "momentum_lr") == 0.41 and trait(mapped, "momentum_beta") == 0.6
    assert_the_rate_is_adamlib_s(mapped, {"momentum_lr": 0.41, "momentum_beta": 0.6, "heavy_ball": True})
    for _ in range(5):
        mapped.keyboard.press("Shift+ArrowUp")
    assert trait(mapped, "momentum_beta") == 0.999  # below 1


@pytest.mark.parametrize("condition", [20.0, 100.0])
def test_the_map_s_lines_join_equal_rates_and_its_optima_are_the_best(mapped, condition):
    put(mapped, condition=condition)
    extent = (0, 1.125, 0, 1)
    curvatures = np.array([4 / condition, 4.0])[:, None]
    lines = from_points(mapped, along(mapped, 1), extent, 1)
    lines = lines[(4 * lines[:, 0] < 0.9 * (2 + 2 * lines[:, 1])) & (lines[:, 1] > 0.02)]  # the wall is steep
    rates = convergence_rate(lines[:, 0], lines[:, 1], curvatures).max(axis=0)
    levels = np.array([0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999])
    off = np.abs(rates[:, None] - levels)
    assert len(lines) > 1000
    assert off.min(axis=1).max() < 0.004  # the sides are straight; their ends are rounded to a tenth of a pixel
    best = (np.sqrt(condition) - 1) / (np.sqrt(condition) + 1)
    assert (np.bincount(off.argmin(axis=1), minlength=11)[levels > best] > 0).all()
    names = mapped.locator(".descent-names text").all()[1:]
    assert len(names) >= 3
    left, top, across, down = frame(mapped, 1)
    for name in names:  # each stands on its own line
        x, y = (float(name.get_attribute(key)) for key in "xy")
        lr, beta = (x - left) / across * 1.125, 1 - (y - 4 - top) / down
        assert convergence_rate(lr, beta, curvatures).max() == pytest.approx(float(name.text_content()), abs=0.003)
    wall = values(mapped, mapped.get_attribute(".descent-wall", "d"), extent, 1)
    assert np.allclose(wall[:2], [[0.5, 0], [1, 1]], atol=0.005)
    best = [shape.get_attribute("d") for shape in mapped.locator(".descent-best").all()]
    square, star = (values(mapped, d, extent, 1) for d in best)
    assert square[0, 0] == pytest.approx(2 / curvatures.sum(), abs=0.004)
    low, high = np.sqrt(curvatures.ravel())
    assert star[0, 0] == pytest.approx(4 / (low + high) ** 2, abs=0.004)
    assert star[0, 1] - 9 / down == pytest.approx(((high - low) / (high + low)) ** 2, abs=0.004)


def test_the_map_stands_beside_the_picture_or_below_it_and_only_for_the_bowl(mapped):
    def boxes():
        return [view.bounding_box() for view in mapped.locator(".descent-view:visible").all()]

    picture, beside = boxes()
    assert beside["y"] == picture["y"] and beside["x"] > picture["x"]
    mapped.set_viewport_size({"width": 360, "height": 900})
    painted(mapped)
    painted(mapped)
    picture, below = boxes()
    assert below["y"] > picture["y"] and below["x"] == picture["x"]
    put(mapped, landscape="saddle")
    assert len(boxes()) == 1
    put(mapped, landscape="bowl", rate_map=False)
    assert len(boxes()) == 1


# A landscape of the reader's own


def interpolated(explorer):
    """The landscape that the browser knows: bilinear between the samples, and no number outside them."""
    xs, ys, samples = read_samples(explorer)

    def at(layer, point):
        u = (point[..., 0] - xs[0]) / (xs[-1] - xs[0]) * (len(xs) - 1)
        v = (point[..., 1] - ys[0]) / (ys[-1] - ys[0]) * (len(ys) - 1)
        inside = (u >= 0) & (u <= len(xs) - 1) & (v >= 0) & (v <= len(ys) - 1)
        i, j = (np.clip(np.nan_to_num(w), 0, n - 2).astype(int) for w, n in ((u, len(xs)), (v, len(ys))))
        grid, p, q = samples[layer].astype(float), u - i, v - j
        lower = (1 - p) * grid[j, i] + p * grid[j, i + 1]
        upper = (1 - p) * grid[j + 1, i] + p * grid[j + 1, i + 1]
        return np.where(inside, (1 - q) * lower + q * upper, np.nan)

    return dataclasses.replace(
        explorer.surface,
        loss=lambda point: at(0, point),
        gradient=lambda point: np.stack([at(1, point), at(2, point)], axis=-1),
    )


def test_a_landscape_of_one_s_own_is_interpolated_and_says_so(explorer_page):
    explorer = DescentExplorer(himmelblau(), descent_lr=0.01, adam_lr=0.1, rmsprop_eps=1.0, momentum_lr=0.005, steps=60)
    page = unfolded(explorer_page(explorer))
    assert "the paths are interpolated" in page.locator(".descent-note").text_content()
    ground = interpolated(explorer)
    for method, optimizer in explorer.optimizers.items():
        points = descend(ground.gradient, np.array(explorer.start), optimizer, 60).points
        found = values(page, drawn(page, method), ground.extent)
        assert np.allclose(found, points, atol=0.01 + 0.06 * 12 / 200)
        heights = ground.loss(points) - explorer.sampled["floor"]
        assert number(table(page)[method][0]) == float(f"{heights[-1]:.3g}")
        assert np.abs(points - explorer.paths[method].points).max() < 0.05  # and near the landscape itself
    kept, broken = axe(page)
    assert broken == [] and kept > 5
    page.get_by_role("combobox", name="Landscape").select_option("bowl")
    painted(page)
    assert "the paths are interpolated" not in page.locator(".descent-note").text_content()
    assert_readouts(page, DescentExplorer)


def test_a_walk_that_leaves_the_samples_or_meets_a_hole_says_where(explorer_page):
    explorer = DescentExplorer(pond(), start=(3.0, 2.0), descent_lr=0.4, momentum_lr=60.0)
    page = explorer_page(explorer)
    ground, texts = interpolated(explorer), table(page)
    for method, words in (("Gradient descent", "stopped by a hole"), ("Momentum", "left the sampled part")):
        path = descend(ground.gradient, np.array(explorer.start), explorer.optimizers[method], 100)
        last = path.diverged_at - 1
        assert np.isnan(ground.gradient(path.points[-1])).all() and last > 0
        assert texts[method] == [f"{words} at step {last}", "not at step 100"]
    assert page.get_attribute(".descent-holes", "d").count("M") > 100
    put(page, shown=1)
    assert "left the picture at step 1" not in table(page)["Gradient descent"][0]


# Edges


def test_an_extreme_setting_says_what_happened(explorer_page):
    page = explorer_page(DescentExplorer(rate_map=True))
    start, note = state(page, DescentExplorer), page.locator(".descent-note")
    for settings in EXTREMES:
        put(page, **start | settings)
        assert_sound(page)
        assert_readouts(page, DescentExplorer)
        if settings.get("methods") == []:
            assert note.text_content() == "No method is chosen."
        if settings.get("start") == [1e300, -1e300]:
            assert note.text_content() == "The start, 1e300 and −1e300, lies outside the picture."
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        left, top, across, down = frame(page, 0)
        x, y = place_of(page.locator(".explorer-handle").first)
        assert left - 0.1 <= x <= left + across + 0.1  # it can still be taken hold of
        assert top - 0.1 <= y <= top + down + 0.1
