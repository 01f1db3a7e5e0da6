"""ResultsExplorer: its numbers in Python, and the explorer itself under a reader's hand in a browser."""

import functools
import itertools
import math
import re

import matplotlib.figure
import numpy as np
import pytest
from sweeps import AXES, Valley, plain_losses, valley_sweep

from adamlib.adam import Adam
from adamlib.explorers import ResultsExplorer
from adamlib.explorers.base import show
from adamlib.rmsprop import RMSProp
from adamlib.tuning import Sweep, bands, grid, sweep
from hands import assert_readouts, assert_refused, assert_sound, number, painted, place_of, points, put, readouts, trait

STEPS = [*range(1, 11), 12, 14, 16, 18, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100]
CELLS = [dict(zip(AXES, values)) for values in itertools.product(*AXES.values())]
KEPT = 2e-4  # how near the kept losses are to the sweep's, relatively


def median(losses):
    return losses[math.ceil(len(losses) / 2) - 1]


def same(kept, losses):
    return np.allclose(kept, losses, rtol=KEPT, atol=0)


# In Python


def test_it_keeps_the_losses_after_steps_with_round_numbers():
    assert ResultsExplorer(valley_sweep()).values("step") == STEPS
    assert ResultsExplorer(valley_sweep(steps=47)).values("step") == [*STEPS[:20], 47]
    assert ResultsExplorer(valley_sweep(steps=1)).values("step") == [1]
    assert 40 <= len(ResultsExplorer(valley_sweep(steps=1000, lr=(0.01, 0.1), beta2=(0.9,))).values("step")) <= 60


def test_its_losses_are_the_sweep_s():
    result = valley_sweep()
    explorer = ResultsExplorer(result)
    for cell in CELLS:
        steps, low, middle, high = explorer.curve(**cell)
        ranked = np.array([plain_losses(result, step, **cell) for step in STEPS])
        assert steps.tolist() == STEPS
        assert same(low, ranked[:, 0]) and same(middle, ranked[:, 1]) and same(high, ranked[:, 2]), cell
        for i in (0, 11, 25):
            assert explorer.loss(**cell, step=STEPS[i]) == middle[i]
            assert explorer.broken(**cell, step=STEPS[i]) == np.isinf(ranked[i]).sum()


def test_a_wide_sweep_has_what_the_tests_below_need():
    """Runs that broke, most of a setting's and few; both ways better somewhere."""
    explorer = ResultsExplorer(valley_sweep())
    counts = {explorer.broken(**cell) for cell in CELLS}
    assert counts == {0, 1, 2, 3}
    other = [cell | {"bias_correction": False} for cell in CELLS]
    assert {explorer.loss(**a, step=3) < explorer.loss(**b, step=3) for a, b in zip(CELLS, other)} == {True, False}


@pytest.mark.parametrize("seeds", [(0,), (0, 1), (4, 1, 2, 0), (0, 1, 2, 3, 4)])
def test_its_median_and_its_band_are_those_of_bands(seeds):
    result = valley_sweep(seeds=seeds, lr=(0.01, 10.0))
    explorer, table = ResultsExplorer(result), result.table.copy()
    for step, window in ((1, 1), (6, 2), (70, 14), (100, 20)):
        means = result.losses[:, step - window + 1 : step + 1].mean(axis=1)
        table["loss"] = np.where(np.isnan(means), np.inf, means)
        for row in bands(table, "loss"):
            _, *curve = explorer.curve(**{name: row[name] for name in AXES})
            kept = [quantile[explorer.values("step").index(step)] for quantile in curve]
            assert same(kept, [row["low"], row["median"], row["high"]])


def test_the_order_of_settings_and_seeds_does_not_matter():
    result, order = valley_sweep(), np.random.default_rng(0).permutation(216)
    shuffled = Sweep(result.table[order], result.losses[order], False)
    one, other = ResultsExplorer(result), ResultsExplorer(shuffled)
    assert one.curves == other.curves and one.grid == other.grid


def rows(explorer):
    return itertools.product(explorer.values("beta1"), explorer.values("beta2"))


@pytest.mark.parametrize("bias_correction", [True, False])
@pytest.mark.parametrize("step", [1, 20, 100])
def test_the_best_lr_of_a_row_and_the_best_of_all(step, bias_correction):
    result, losses = valley_sweep(), {}
    explorer = ResultsExplorer(result, step=step, bias_correction=bias_correction)
    for beta1, beta2 in rows(explorer):
        row = {
            lr: plain_losses(result, step, beta1=beta1, beta2=beta2, lr=lr, bias_correction=bias_correction)
            for lr in AXES["lr"]
        }
        losses |= {(beta1, beta2, lr): median(runs) for lr, runs in row.items()}
        best = losses[beta1, beta2, explorer.best_lr(beta1=beta1, beta2=beta2)]
        assert best <= min(map(median, row.values())) * (1 + 2 * KEPT)
    assert losses[explorer.best()] <= min(losses.values()) * (1 + 2 * KEPT)
    other = explorer.best(step=2, bias_correction=not bias_correction)
    assert other == ResultsExplorer(result, step=2, bias_correction=not bias_correction).best()


def broken_sweep(which):
    """A sweep some of whose runs are made to break after the first step."""
    result = valley_sweep(lr=(0.01, 0.1))
    runs = which(result.table)
    table, losses = result.table.copy(), result.losses.copy()
    table["diverged_at"][runs], losses[runs, 1:] = 1, np.nan
    return Sweep(table, losses, False)


def test_a_row_whose_runs_all_broke_has_no_best_lr():
    explorer = ResultsExplorer(broken_sweep(lambda table: table["beta2"] == 0.99))
    assert explorer.best_lr(beta2=0.99) is None and explorer.loss(beta2=0.99) == math.inf
    assert explorer.broken(beta2=0.99) == 3 and explorer.best_lr(beta2=0.999) == 0.1
    assert explorer.best()[1] != 0.99


def test_it_starts_near_adam_s_defaults():
    explorer = ResultsExplorer(valley_sweep())
    assert [getattr(explorer, name) for name in (*AXES, "step")] == [0.9, 0.999, 0.001, True, 100]
    explorer = ResultsExplorer(valley_sweep(beta1=(0.5,), lr=(0.03, 0.1), bias_correction=(False,), steps=47))
    assert [getattr(explorer, name) for name in (*AXES, "step")] == [0.5, 0.999, 0.03, False, 47]


def test_a_setting_may_be_given_and_is_the_sweep_s():
    rates = tuple(np.logspace(-3, -1, 5).tolist())  # 0.0031622776601683794 is written 0.00316228
    explorer = ResultsExplorer(valley_sweep(lr=rates), beta1=0, beta2=np.float64(0.99), lr=rates[1], step=np.int64(20))
    assert explorer.values("lr") == [0.001, 0.00316228, 0.01, 0.0316228, 0.1]
    assert repr(explorer) == "ResultsExplorer(beta1=0.0, beta2=0.99, lr=0.00316228, bias_correction=True, step=20)"
    same_cell = plain_losses(valley_sweep(lr=rates), 20, beta1=0, beta2=0.99, lr=rates[1], bias_correction=True)
    assert same(explorer.loss(), same_cell[1])
    explorer.lr = rates[3]
    assert explorer.lr == 0.0316228 and explorer.loss() == explorer.loss(lr=rates[3])


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("beta1", 0.5, "beta1 must be one of 0.0, 0.9; got 0.5"),
        ("beta2", np.nan, "beta2 must be one of 0.99, 0.999, 0.9999; got nan"),
        ("beta2", "0.99", "beta2 must be one of .*; got '0.99'"),
        ("lr", 0.0011, "lr must be one of 0.001, 0.01, 0.03, 0.1, 1.0, 10.0; got 0.0011"),
        ("lr", None, "lr must be one of .*; got None"),
        ("bias_correction", "yes", "bias_correction must be one of False, True; got 'yes'"),
        ("step", 0, "step must be one of 1, 2, .*, 90, 100; got 0"),
        ("step", 11, "step must be one of 1, 2, .*; got 11"),
    ],
)
def test_what_is_not_in_the_sweep_is_refused(name, value, words):
    assert_refused(functools.partial(ResultsExplorer, valley_sweep()), name, value, words)
    with pytest.raises(ValueError, match=words):
        ResultsExplorer(valley_sweep()).loss(**{name: value})


def test_a_setting_that_there_is_not_is_refused():
    for ask in (ResultsExplorer(valley_sweep()).loss, ResultsExplorer(valley_sweep()).best_lr):
        with pytest.raises(TypeError, match="a setting has no 'eps'; it has beta1, beta2, lr, bias_correction, step"):
            ask(eps=1e-8)


def test_what_is_looked_for_is_not_given():
    explorer = ResultsExplorer(valley_sweep())
    for ask, name in ((explorer.best_lr, "lr"), *((explorer.best, name) for name in ("beta1", "beta2", "lr"))):
        with pytest.raises(TypeError, match=f"{name} must not be given, since the best of all is looked for, got 0.1"):
            ask(**{name: 0.1})
    with pytest.raises(ValueError, match="name must be one of beta1, beta2, lr, bias_correction, step; got 'foo'"):
        explorer.values("foo")


def altered(**columns):
    """The sweep with some columns of its table changed."""
    result = valley_sweep()
    table = result.table.copy()
    for name, value in columns.items():
        table[name] = value
    return Sweep(table, result.losses, False)


def swept(optimizers, **more):
    return sweep(Valley(), optimizers, [0, 1], 5, progress=None, **more)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: [1.0, 2.0], r"result must be what sweep\(...\) returned, got \[1.0, 2.0\]"),
        (lambda: valley_sweep().table, r"result must be what sweep\(...\) returned, got array"),
        (lambda: valley_sweep()._replace(interrupted=True), "interrupted after 216 runs"),
        (lambda: swept(grid(Adam, lr=[0.1, 0.2]) + grid(RMSProp, lr=[0.1])), "sweep of Adam alone, got Adam, RMSProp"),
        (lambda: swept(grid(RMSProp, lr=[0.1, 0.2])), "sweep of Adam alone, got RMSProp"),
        (lambda: swept([Adam(lr=0.1), Adam(lr=lambda t: 0.1 / t)]), "number as lr in every setting, got a schedule"),
        (lambda: swept(grid(Adam, lr=[0.1, 0.2], eps=[1e-8, 0.1])), "one eps, got 1e-08, 0.1"),
        (lambda: swept(grid(Adam, beta2=[0.9, 0.99], lr=[0.1])), "at least two values of lr, got 0.1 alone"),
        (lambda: swept([Adam(lr=0.1), Adam(lr=0.2, beta1=0.5)]), r"2 of beta1, 1 of beta2, 2 of lr, .*got 4 runs"),
        (lambda: swept([Adam(lr=0.1), Adam(lr=0.2), Adam(lr=0.2)]), "each combination of its values .*, got 6 runs"),
        (lambda: altered(seed=0), "each combination of its values"),
        (lambda: Sweep(valley_sweep().table[:-1], valley_sweep().losses[:-1], False), "got 215 runs"),
        (lambda: Sweep(valley_sweep().table, valley_sweep().losses[:-1], False), r"216 runs, got shape \(215, 101\)"),
        (lambda: Sweep(valley_sweep().table, valley_sweep().losses[:, :1], False), r"got shape \(216, 1\)"),
        (lambda: Sweep(valley_sweep().table, valley_sweep().losses - 10, False), "losses of at least 0, got -"),
    ],
)
def test_what_is_no_full_sweep_of_adam_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        ResultsExplorer(make())


def extreme_losses(which):
    """The sweep with other losses, shape (216, 101)."""
    result = valley_sweep()
    spread = np.linspace(-1, 1, 216 * 101).reshape(216, 101)
    losses = {
        "nothing but zeros": np.zeros((216, 101)),
        "all the same": np.full((216, 101), 2.5),
        "as large as numbers go": np.full((216, 101), 1.7e308),
        "six hundred powers of ten": 10.0 ** (300 * spread),
        "denormal": np.full((216, 101), 5e-324),
        "every run broke": np.concatenate([np.ones((216, 1)), np.full((216, 100), np.nan)], axis=1),
        "some zeros": np.where(spread < 0, 0.0, 1.0),
    }[which]
    table = result.table.copy()
    table["diverged_at"] = 1 if which == "every run broke" else 0
    return Sweep(table, losses, False)


EXTREMES = ["nothing but zeros", "all the same", "as large as numbers go", "six hundred powers of ten", "denormal",
            "every run broke", "some zeros"]  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("which", EXTREMES)
def test_extreme_losses_are_kept_and_drawn(which):
    result = extreme_losses(which)
    explorer = ResultsExplorer(result, beta1=0.9, beta2=0.99)
    assert explorer.picture().startswith(b"\x89PNG")
    found = explorer.loss(lr=0.001)
    expected = median(plain_losses(result, 100, beta1=0.9, beta2=0.99, lr=0.001, bias_correction=True))
    if which == "as large as numbers go":
        assert found == math.inf  # the sum of twenty of them is
    else:
        assert found == expected or abs(found / expected - 1) < (0.02 if which.startswith("six") else KEPT)


@pytest.mark.parametrize("bias_correction", [True, False])
def test_its_picture_shows_the_map_and_the_curves(bias_correction):
    explorer = ResultsExplorer(valley_sweep(), lr=10.0, step=20, bias_correction=bias_correction)
    figure = matplotlib.figure.Figure()
    explorer.draw(figure)
    above, below, _ = figure.axes
    shades = above.collections[0].get_array()
    row = {"beta1": 0.0, "beta2": 0.99}
    assert shades[0].filled(np.inf).tolist() == [explorer.loss(**row, lr=lr) for lr in AXES["lr"]]
    assert above.get_title(loc="left") + above.get_title() == f"Loss after 20 steps {words(bias_correction)}"
    marks = {line.get_label(): line.get_xydata() for line in above.lines}
    spots = {name: [AXES["lr"][int(x)] for x, _ in marks[name]] for name in marks if "best" in name}
    for way in (True, False):
        assert spots[f"best lr of the row {words(way)}"] == [
            explorer.best_lr(beta1=b1, beta2=b2, bias_correction=way) for b1, b2 in rows(explorer)
        ]
    assert AXES["lr"][int(marks["lowest loss of the map"][0, 0])] == explorer.best()[2]
    broken = [explorer.loss(beta1=b1, beta2=b2, lr=lr) == math.inf for b1, b2 in rows(explorer) for lr in AXES["lr"]]
    assert len(marks["most runs broke"]) == sum(broken) > 0 and shades.mask.ravel().tolist() == broken
    curves = {line.get_label().split(":")[0]: line.get_ydata() for line in below.lines}
    for way in (True, False):
        middle = explorer.curve(bias_correction=way).median
        assert np.array_equal(curves[words(way)][np.isfinite(middle)], middle[np.isfinite(middle)])


def test_what_it_sends_is_small():
    rates = tuple(np.logspace(-5, -1, 13).tolist())
    result = valley_sweep(steps=10, lr=rates)
    explorer = ResultsExplorer(Sweep(result.table, np.repeat(result.losses, 91, axis=1), False))
    assert explorer.values("step")[-1] == 1000
    assert len(explorer.curves) * 4 / 3 + len(str(explorer.grid)) < 80_000


# In the browser


def words(way):
    return f"{'with' if way else 'without'} bias correction"


def assert_words_are_python_s(page, explorer):
    """All that is read out, what stands above the pictures, and which runs broke."""
    same = assert_readouts(page, ResultsExplorer)
    said = page.inner_text(".explorer")
    assert f"beta1 = {same.beta1:g}, beta2 = {same.beta2:g}, lr = {show(same.lr)}\n" in said
    plural = "" if same.step == 1 else "s"
    assert f"Loss after {same.step} step{plural} {words(same.bias_correction)}\n" in said
    for way in explorer.values("bias_correction"):
        many = explorer.broken(**{name: getattr(same, name) for name in (*AXES, "step")} | {"bias_correction": way})
        assert (f"{words(way).capitalize()} {many} of 3 runs broke" in note(page)) == (many > 0)


def note(page):
    return page.locator(".results-note").text_content()


def corners(page, shape, nth=0):
    """The points at which the parts of a path begin, in pixels."""
    d = page.locator(f".results-map .{shape}").nth(nth).get_attribute("d")
    return np.array([[float(x) for x in pair.split()] for pair in re.findall(r"M([-\d.]+ [-\d.]+)", d)]).reshape(-1, 2)


class Geometry:
    """Where the cells of the map stand, from the frame around the chosen one as it is moved to two corners."""

    def __init__(self, page, explorer):
        beta1s, beta2s, lrs = (explorer.values(name) for name in ("beta1", "beta2", "lr"))
        self.rows, self.lrs = list(itertools.product(beta1s, beta2s)), lrs
        chosen = {name: trait(page, name) for name in (*AXES, "step")}
        self.tops = []
        for beta1, beta2 in self.rows:
            put(page, beta1=beta1, beta2=beta2, lr=lrs[0])
            d = page.locator(".results-frame").get_attribute("d")
            self.left, top, self.wide, self.tall = map(float, re.match(r"M(\S+) (\S+)h(\S+)v(\S+)h", d).groups())
            self.tops.append(top)
        put(page, **chosen)
        assert np.all(np.diff(self.tops) <= -self.tall + 0.2)  # from the bottom to the top
        self.page = page

    def cells(self, places):
        """The (row, column) of points in the map."""
        found = []
        for x, y in places:
            inside = [i for i, top in enumerate(self.tops) if top - 0.2 <= y <= top + self.tall + 0.2]
            found.append((inside[0], math.floor((x - self.left) / self.wide + 1e-6)))
        return sorted(found)

    def place(self, row, lr):
        """The middle of a cell on the screen."""
        box = self.page.locator(".results-map").bounding_box()
        column = self.lrs.index(lr) + 0.5
        return box["x"] + self.left + column * self.wide, box["y"] + self.tops[self.rows.index(row)] + self.tall / 2


def assert_the_map_is_python_s(page, explorer):
    geometry = Geometry(page, explorer)
    step, way = trait(page, "step"), trait(page, "bias_correction")
    ways = explorer.values("bias_correction")

    def losses(way):
        loss = functools.partial(explorer.loss, bias_correction=way, step=step)
        return np.array([[loss(beta1=b1, beta2=b2, lr=lr) for lr in geometry.lrs] for b1, b2 in geometry.rows])

    now = {which: losses(which) for which in ways}
    known = [x for x in np.concatenate([*now.values()]).ravel() if 0 < x < np.inf]
    low, start = min(known), np.sort(valley_sweep().losses[:, 0])[107]
    assert number(page.locator(".results-scale span").first.text_content()) == float(f"{low:.3g}")
    assert page.locator(".results-scale span").last.text_content() == f"{start:.3g} or more"
    level = np.clip(np.floor(9 * np.log(now[way] / low) / np.log(start / low)), 0, 8)
    level[np.isinf(now[way])] = -1
    for i in range(9):
        cells = [tuple(cell) for cell in np.argwhere(level == i)]
        assert geometry.cells(corners(page, "results-level", i) + 1) == cells, i
    assert geometry.cells(corners(page, "results-cross") + 5) == [tuple(cell) for cell in np.argwhere(level == -1)]
    rings, diamonds, star = (corners(page, "results-sign", i) for i in range(3))
    best = {which: [(i, row.argmin()) for i, row in enumerate(now[which]) if min(row) < np.inf] for which in ways}
    assert geometry.cells(diamonds + [0, 5]) == best[way]
    assert geometry.cells(rings + [8, 0]) == best.get(not way, [])
    assert geometry.cells(star + [0, 9]) == [np.unravel_index(now[way].argmin(), now[way].shape)]


@pytest.fixture
def explorer():
    return ResultsExplorer(valley_sweep())


@pytest.fixture
def page(explorer_page, explorer):
    return explorer_page(explorer, viewport={"width": 800, "height": 1200})


def test_its_readouts_are_python_s_at_every_fifth_setting(page, explorer):
    for i, cell in enumerate(CELLS[::5]):
        setting = cell | {"step": STEPS[7 * i % len(STEPS)]}
        put(page, **setting)
        assert_words_are_python_s(page, explorer)
        assert readouts(page) == ResultsExplorer(valley_sweep(), **setting).readouts()  # of the sweep itself


@pytest.mark.parametrize("bias_correction", [True, False])
@pytest.mark.parametrize("step", [1, 5, 60])
def test_its_map_is_python_s_at_every_step(page, explorer, step, bias_correction):
    put(page, step=step, bias_correction=bias_correction)
    assert_the_map_is_python_s(page, explorer)
    chosen = page.locator(".average-chosen").get_attribute("class")
    assert chosen.split()[0] == ("average-debiased" if bias_correction else "average-raw")
    assert f"Ring: the same {words(not bias_correction)}." in page.inner_text(".explorer")
    page.set_viewport_size({"width": 420, "height": 1200})
    painted(page)
    painted(page)
    assert_the_map_is_python_s(page, explorer)


def test_its_curves_are_python_s(page, explorer):
    """Pixels are a straight-line function of logarithms: one fit must carry all curves."""
    ours, theirs = [], []
    for lr in (0.001, 0.03, 0.1):
        put(page, lr=lr)
        for name, way in (("average-debiased", True), ("average-raw", False)):
            line = drawn(page, name)
            steps, low, middle, high = explorer.curve(lr=lr, bias_correction=way)
            band = drawn(page, name.replace("average", "results-band"))
            for values, some in ((middle, line), (high, band[: len(steps)]), (low, band[len(steps) :][::-1])):
                ours.append(np.log(np.column_stack([steps, values])))
                theirs.append(some)
    ours, theirs = np.concatenate(ours), np.concatenate(theirs)
    for axis, sign in ((0, 1), (1, -1)):
        fit = np.polyfit(ours[:, axis], theirs[:, axis], 1)
        assert sign * fit[0] > 1  # more is to the right, and up
        assert np.abs(np.polyval(fit, ours[:, axis]) - theirs[:, axis]).max() < 0.1  # pixels are rounded to tenths


def drawn(page, shape):
    return points(page.get_attribute(f".{shape}", "d"))


def test_the_guide_and_the_dots_stand_at_the_step(page):
    for step in (1, 9, 60, 100):
        put(page, step=step)
        at = drawn(page, "average-debiased")[STEPS.index(step)]
        assert abs(drawn(page, "average-guide")[0, 0] - at[0]) < 0.11
        assert np.abs(place_of(page.locator(".results-dot-debiased")) - at).max() < 0.11


def test_a_press_chooses_a_cell_and_a_drag_another(page, explorer):
    geometry = Geometry(page, explorer)
    page.mouse.click(*geometry.place((0.0, 0.99), 0.03))
    painted(page)
    assert [trait(page, name) for name in AXES] == [0.0, 0.99, 0.03, True]
    assert_words_are_python_s(page, explorer)
    page.mouse.move(*geometry.place((0.9, 0.9999), 10.0))
    page.mouse.down()
    page.mouse.move(*geometry.place((0.9, 0.999), 0.01))
    page.mouse.move(*geometry.place((0.0, 0.9999), 1.0))
    painted(page)
    assert [trait(page, name) for name in AXES] == [0.0, 0.9999, 1.0, True]
    box = page.locator(".results-map").bounding_box()
    page.mouse.move(box["x"] - 5, box["y"] + box["height"] + 50)  # beyond the map: its corner
    page.mouse.up()
    page.mouse.move(*geometry.place((0.9, 0.99), 0.1))  # no button is down
    painted(page)
    assert [trait(page, name) for name in AXES] == [0.0, 0.99, 0.001, True]
    assert_words_are_python_s(page, explorer)
    assert page.evaluate("document.activeElement.classList.contains('results-handle')")


def test_the_map_by_keyboard(page, explorer):
    page.locator(".results-handle").focus()
    moves = [
        ("ArrowRight", (0.9, 0.999, 0.01)), ("ArrowRight", (0.9, 0.999, 0.03)), ("ArrowLeft", (0.9, 0.999, 0.01)),
        ("ArrowUp", (0.9, 0.9999, 0.01)), ("ArrowUp", (0.9, 0.9999, 0.01)), ("ArrowDown", (0.9, 0.999, 0.01)),
        ("ArrowDown", (0.9, 0.99, 0.01)), ("ArrowDown", (0.0, 0.9999, 0.01)), ("ArrowUp", (0.9, 0.99, 0.01)),
        ("Shift+ArrowDown", (0.0, 0.99, 0.01)), ("Shift+ArrowRight", (0.0, 0.99, 10.0)),
        ("ArrowRight", (0.0, 0.99, 10.0)), ("Shift+ArrowLeft", (0.0, 0.99, 0.001)),
    ]  # fmt: skip
    for key, cell in moves:
        page.keyboard.press(key)
        painted(page)
        assert tuple(trait(page, name) for name in ("beta1", "beta2", "lr")) == cell, key
        assert_words_are_python_s(page, explorer)
    ring = page.eval_on_selector(".results-handle .explorer-reach", "(ring) => getComputedStyle(ring).stroke")
    assert ring not in ("none", "transparent")  # the focus can be seen
    said = page.locator(".results-handle").get_attribute("aria-valuetext")
    assert said == f"beta1 0, beta2 0.99, lr 0.001: loss {explorer.loss(beta1=0.0, beta2=0.99):.3g}"


def test_the_lists_and_the_sliders_go_through_what_there_is(page, explorer):
    page.locator("summary").click()
    for name, values in (("beta1", (0, 0.9)), ("beta2", (0.9999, 0.99, 0.999))):
        for value in values:
            page.get_by_label(name, exact=True).select_option(str(value))
            painted(page)
            assert trait(page, name) == value  # a number, not a text
            assert_words_are_python_s(page, explorer)
    for label, name, moves in (
        ("lr", "lr", [("ArrowRight", 0.01), ("End", 10), ("ArrowLeft", 1), ("Home", 0.001)]),
        ("after step", "step", [("ArrowLeft", 90), ("Home", 1), ("ArrowRight", 2), ("End", 100)]),
    ):
        slider = page.get_by_role("slider", name=label, exact=True)
        slider.focus()
        for key, value in moves:
            page.keyboard.press(key)
            painted(page)
            assert trait(page, name) == value and slider.get_attribute("aria-valuetext") == show(value)
            assert_words_are_python_s(page, explorer)


def test_the_map_stays_as_it_is_when_only_the_cell_moves(page):
    page.evaluate(
        """() => {
            window.changed = new Set();
            const note = ({ target }) => changed.add(target.getAttribute("class") ?? target.localName);
            const watch = new MutationObserver((list) => list.forEach(note));
            watch.observe(document.querySelector(".results-map"), { subtree: true, attributes: true, childList: true });
        }"""
    )
    page.locator(".results-handle").focus()
    page.keyboard.press("ArrowRight")
    painted(page)
    assert set(page.evaluate("[...changed]")) <= {
        "explorer-handle results-handle", "explorer-reach", "circle", "results-frame", "results-ground",
    }  # fmt: skip
    put(page, step=1)
    assert "results-level" in page.evaluate("[...changed]")


def test_what_broke_is_crossed_and_said(page, explorer):
    put(page, beta1=0.9, beta2=0.9999, lr=10.0, bias_correction=False)
    assert "Without bias correction 3 of 3 runs broke" in note(page)
    assert "Cross: the median run broke." in page.inner_text(".explorer")
    assert readouts(page)["loss without bias correction"] == "∞"
    put(page, beta1=0.9, beta2=0.999, lr=0.001)
    assert note(page) == "" and not page.locator(".results-note").is_visible()


def test_a_row_that_broke_as_a_whole(explorer_page):
    explorer = ResultsExplorer(broken_sweep(lambda table: table["beta2"] == 0.99), beta2=0.99)
    page = explorer_page(explorer)
    assert readouts(page)["best lr of the row with bias correction"] == "none: most broke"
    assert readouts(page)["lower loss"] == "neither"
    assert_words_are_python_s(page, explorer)


@pytest.mark.parametrize("way", [True, False])
def test_a_sweep_with_one_kind_of_bias_correction(explorer_page, way):
    explorer = ResultsExplorer(valley_sweep(bias_correction=(way,)))
    page = explorer_page(explorer, viewport={"width": 800, "height": 1200})
    assert set(readouts(page)) == {f"loss {words(way)}", f"best lr of the row {words(way)}"}
    assert page.get_by_role("checkbox").count() == 0 and "Ring" not in page.inner_text(".explorer")
    assert_words_are_python_s(page, explorer)
    page.locator(".results-handle").focus()
    page.keyboard.press("ArrowRight")
    painted(page)
    assert_words_are_python_s(page, explorer)
    assert explorer.picture().startswith(b"\x89PNG")


def test_a_sweep_of_one_row(explorer_page):
    explorer = ResultsExplorer(valley_sweep(beta1=(0.5,), beta2=(0.9,), lr=(0.03, 0.002, 0.05), steps=1))
    page = explorer_page(explorer)
    assert (trait(page, "lr"), trait(page, "step")) == (0.002, 1)
    page.locator(".results-handle").focus()
    for key, lr in [("ArrowUp", 0.002), ("ArrowRight", 0.03), ("ArrowDown", 0.03)]:
        page.keyboard.press(key)
        painted(page)
        assert trait(page, "lr") == lr
        assert_words_are_python_s(page, explorer)
    names = page.locator(".results-map .explorer-axes text").all_text_contents()
    assert [name for name in names if name.startswith("0.0")] == ["0.002", "0.03", "0.05"]  # no powers of ten: all


@pytest.mark.parametrize("which", EXTREMES)
def test_extreme_losses_are_drawn_in_a_browser(explorer_page, which):
    explorer = ResultsExplorer(extreme_losses(which))
    page = explorer_page(explorer)
    for cell in CELLS[::10]:
        put(page, **cell, step=STEPS[len(cell) * 5])
        assert_words_are_python_s(page, explorer)
        assert_sound(page)


def test_thirteen_learning_rates_fit_a_phone(explorer_page):
    explorer = ResultsExplorer(valley_sweep(lr=tuple(np.logspace(-5, 1, 13).tolist())))
    page = explorer_page(explorer, viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    geometry = Geometry(page, explorer)
    assert geometry.wide > 17 and geometry.tall >= 22
    boxes = [text.bounding_box() for text in page.locator(".results-map .explorer-axes text").all()]
    assert min(box["x"] for box in boxes) >= 0 and max(box["x"] + box["width"] for box in boxes) <= 360
    rates = [box for box in boxes if abs(box["y"] - boxes[0]["y"]) < 1]
    assert len(rates) >= 4
    assert all(one["x"] + one["width"] < other["x"] for one, other in zip(rates, rates[1:]))


def test_colour_is_not_alone_and_can_be_seen_in_both_modes(page):
    """The levels are one colour, more and more of it: brightness alone tells them apart, on light and on dark."""
    levels = page.locator(".results-map .results-level").all()
    opacities = [float(level.get_attribute("fill-opacity")) for level in levels]
    assert len(opacities) == 9 and np.all(np.diff(opacities) < -0.1)
    for mode in ("light", "dark"):
        page.evaluate("(mode) => { document.documentElement.dataset.theme = mode; }", mode)
        ground, colour = page.evaluate(
            """() => [getComputedStyle(document.querySelector(".explorer")).backgroundColor,
                getComputedStyle(document.querySelector(".results-level")).fill]"""
        )
        one, other = (luminance(text) for text in (ground, colour))
        assert (max(one, other) + 0.05) / (min(one, other) + 0.05) > 7, mode


def luminance(colour):
    parts = np.array([float(x) for x in re.findall(r"[\d.]+", colour)[:3]]) / 255
    return np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
