"""What all explorers draw with, by itself: numbers, axes, lines, when it is drawn; and the joining of files."""

import itertools
import math
import re

import numpy as np
import pytest

from adamlib.explorers import base
from adamlib.explorers.base import brief, join, show

FILES = ("lib/format.js", "lib/chart.js", "lib/contours.js", "lib/thinned.js", "lib/redraw.js")
SETTINGS = 300


@pytest.fixture(scope="module")
def lib(browser):
    """A page that has imported some files of lib/ as `lib`."""
    page = browser.new_page()
    page.evaluate(
        """async (codes) => {
            const urls = codes.map((code) => URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
            window.lib = Object.assign({}, ...await Promise.all(urls.map((url) => import(url))));
        }""",
        [join(name) for name in FILES],
    )
    yield page
    page.close()


# Numbers as text

SHOWN = [
    (0, 3, "0"),
    (-0.5, 3, "−0.5"),
    (2 / 3, 3, "0.667"),
    (2 / 3, 6, "0.666667"),
    (1234.5, 3, "1230"),
    (0.0001, 3, "0.0001"),
    (0.000099, 3, "9.90e−5"),
    (-1e6, 3, "−1.00e6"),
    (123456789, 4, "1.235e8"),
    (math.inf, 3, "∞"),
    (-math.inf, 3, "−∞"),
    (math.nan, 3, "not a number"),
    (-0.0, 3, "0"),
    (1.0625, 4, "1.063"),  # a half is rounded away from 0
    (-1.0625, 4, "−1.063"),
    (9.9996e-5, 3, "1.00e−4"),
    (999_999.6, 3, "1000000"),
    (5e-324, 3, "4.94e−324"),
]
BRIEF = [(1e-6, 3, "1e−6"), (2.5e7, 3, "2.5e7"), (9.99e-5, 3, "9.99e−5"), (1e-30, 2, "1e−30"), (100, 3, "100")]


def told(page, name, rows):
    return page.evaluate(f"(rows) => rows.map(([x, digits]) => lib.{name}(x, digits))", [row[:2] for row in rows])


def test_a_number_is_shown_with_three_digits_and_a_true_minus_sign(lib):
    texts = [text for *_, text in SHOWN]
    assert told(lib, "show", SHOWN) == texts == [show(x, digits) for x, digits, _ in SHOWN]


def test_a_brief_number_has_no_zeros_before_its_power(lib):
    texts = [text for *_, text in BRIEF]
    assert told(lib, "brief", BRIEF) == texts == [brief(x, digits) for x, digits, _ in BRIEF]


def test_python_writes_any_number_as_the_browser_does(lib):
    rng = np.random.default_rng(0)
    exact = rng.integers(-9999, 9999, 1000) / 2.0 ** rng.integers(0, 14, 1000)  # many halves
    rows = [(x, int(rng.integers(2, 7))) for x in [*exact, *rng.normal(size=1000) * 10 ** rng.uniform(-300, 300, 1000)]]
    for name, written in (("show", show), ("brief", brief)):
        assert told(lib, name, rows) == [written(x, digits) for x, digits in rows]


# The numbers of an axis


def axis(page, name, *ends):
    return page.evaluate(f"(ends) => lib.{name}(...ends)", ends)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ((0, 101, 10), [0, 20, 40, 60, 80, 100]),
        ((-3, 3, 4), [-2, 0, 2]),
        ((0.4, 1.6, 1), [0.5, 1, 1.5]),  # 0, 2, ... would leave nothing, and one number gives no scale
        ((0, 500, 9.8), [0, 100, 200, 300, 400, 500]),
        ((1, 1, 5), []),
        ((2, 1, 5), []),
        ((0, math.inf, 5), []),
        ((math.nan, 1, 5), []),
    ],
)
def test_ticks(lib, ends, expected):
    assert axis(lib, "ticks", *ends) == pytest.approx(expected)


def test_ticks_are_round_and_evenly_spaced_on_any_axis(lib):
    rng = np.random.default_rng(1)
    lows = rng.normal(size=SETTINGS) * 10 ** rng.uniform(-8, 8, SETTINGS)
    lengths = 10 ** rng.uniform(-3, 3, SETTINGS) * np.maximum(abs(lows), 1e-3)
    axes = np.stack([lows, lows + lengths, rng.uniform(2, 12, SETTINGS)], axis=1).tolist()
    for (low, high, most), found in zip(axes, lib.evaluate("(axes) => axes.map((ends) => lib.ticks(...ends))", axes)):
        room = 1e-6 * (high - low)
        assert 2 <= len(found) <= 2 * most + 1 and low - room <= found[0] and found[-1] <= high + room
        step = (found[-1] - found[0]) / (len(found) - 1)
        assert np.allclose(np.diff(found), step, rtol=1e-6)
        first_digit = float(f"{step:.5e}".split("e")[0])
        assert first_digit in (1, 2, 5)
        assert found[0] - step < low + room and high - room < found[-1] + step  # none is left out at an end


@pytest.mark.parametrize(
    ("ends", "powers"),
    [
        ((1e-3, 1e3, 7), range(-3, 4)),
        ((2e-3, 900, 7), range(-2, 3)),
        ((1e-6, 1e2, 4), range(-6, 3, 2)),
        ((1e-30, 1e30, 5), range(-30, 31, 12)),
        ((2, 9, 5), []),
    ],
)
def test_decades(lib, ends, powers):
    assert axis(lib, "decades", *ends) == pytest.approx([10.0**power for power in powers])


# Lines

# A chart of 2000 pixels each way, over -1 to 1, with its middle at (0, 0).
CHART = "{ xs: [-1, 1], ys: [-1, 1], x: (x) => 1000 * x, y: (y) => -1000 * y }"


def segments(page, f, levels, cells=40):
    """The pieces of the lines of equal height of f, each with its two ends, in pixels with y upward."""
    d = page.evaluate(f"(levels) => lib.contours({CHART}, (x, y) => {f}, levels, {cells}, {cells})", levels)
    ends = [(float(x), -float(y)) for x, y in re.findall(r"[ML](\S+) ([^ML]+)", d)]
    assert d.count("M") == d.count("L") == len(ends) / 2
    return list(zip(ends[::2], ends[1::2]))


def test_a_contour_of_a_plane_is_its_straight_line(lib):
    found = segments(lib, "x + 2 * y", [0.3])
    assert len(found) > 40
    for x, y in itertools.chain(*found):
        assert abs(x + 2 * y - 300) <= 0.2  # pixels, rounded to 0.1


def test_a_contour_of_a_round_valley_is_a_closed_circle(lib):
    found = segments(lib, "x * x + y * y", [0.27])  # its circle meets no corner of the grid
    for x, y in itertools.chain(*found):
        assert abs(math.hypot(x, y) - 1000 * math.sqrt(0.27)) < 0.8  # heights are taken to be straight along 50 pixels
    ends = list(itertools.chain(*found))
    assert all(ends.count(end) == 2 for end in ends)


def test_contours_of_two_levels_lie_apart_and_a_level_that_is_not_there_has_none(lib):
    radii = {round(math.hypot(*end), -2) for end in itertools.chain(*segments(lib, "x * x + y * y", [0.04, 0.64, 9]))}
    assert radii == {200, 800}


def test_at_a_saddle_the_crossings_of_a_cell_are_joined_in_pairs(lib):
    found = segments(lib, "x * y", [0.01], cells=1)
    assert len(found) == 2


def test_flat_ground_and_holes_have_no_contours(lib):
    assert segments(lib, "1", [1, 2]) == []
    whole, holed = (segments(lib, f, [0.3]) for f in ("x", "y > 0 ? NaN : x"))
    assert 0 < len(holed) < len(whole) and max(y for _, y in itertools.chain(*holed)) <= 0


LEAVING = """([xs, ys, counts]) => {
  const chart = new lib.Chart({ label: "", height: 300 });
  chart.width = 500;
  chart.cover([-1, 1], [-2, 2]);
  ys = ys.map((y) => y ?? NaN);
  return [xs.map((x, i) => [chart.x(x), chart.y(ys[i])]), counts.map((count) => chart.walk(xs, ys, count))];
}"""


def test_a_line_that_leaves_the_picture_is_cut_not_far_outside_and_stays_straight(lib):
    """Else the dashes of a walk that diverges, 100,000 pixels away, take seconds in each frame."""
    xs = np.linspace(-0.9, 0.9, 80)
    ys = [float(y) for y in 0.01 * (-1.7) ** np.arange(80)]
    ys[4] = ys[30] = None  # no number, as JSON has it
    points, (whole, *begun) = lib.evaluate(LEAVING, [xs.tolist(), ys, [80, 0, 10, 40]])
    assert all(whole.startswith(text) for text in begun) and begun[0] == "" and len(whole) < 2000
    lines = [np.array([point.split(" ") for point in line.split("L")], float) for line in whole[1:].split("M")]
    found = [(a, b) for line in lines for a, b in itertools.pairwise(line)]
    gaps = [(points[i - 1][0], points[i + 1][0]) for i in (4, 30)]
    assert not [pair for pair in found for low, high in gaps if low + 1 < (pair[0][0] + pair[1][0]) / 2 < high - 1]
    assert all((-500 <= x <= 1000) and (-300 <= y <= 600) for pair in found for x, y in pair)

    def away(point, a, b):
        along = np.clip(np.dot(point - a, b - a) / max(np.dot(b - a, b - a), 1e-9), 0, 1)
        return np.hypot(*(a + along * (b - a) - point))

    seen = 0
    for a, b in itertools.pairwise(np.array(points, float)):
        if np.isnan([a, b]).any() or abs(b[1] - a[1]) > 90_000:  # farther than a renderer's numbers go, a line may bend
            continue
        for y in np.linspace(max(min(a[1], b[1]), 0), min(max(a[1], b[1]), 300), 20):
            point = a + (b - a) * (y - a[1]) / (b[1] - a[1])
            seen += 1
            assert min(away(point, *pair) for pair in found) < 0.2
    assert seen > 300 and sum(len(line) == 2 for line in lines) > 5


def thinned(page, xs, ys, *within):
    d = page.evaluate("(given) => lib.thinned(...given)", [list(map(float, xs)), list(map(float, ys)), *within])
    return np.array([[float(part) for part in point.split(" ")] for point in d[1:].split("L")])


def test_a_straight_line_is_thinned_to_its_ends(lib):
    xs = np.arange(1000)
    assert thinned(lib, xs, 3 + 0.5 * xs).tolist() == [[0, 3], [999, 502.5]]


def test_a_zigzag_is_not_thinned(lib):
    ys = [0, 5] * 10
    assert thinned(lib, range(20), ys).tolist() == [list(pair) for pair in zip(range(20), ys)]


@pytest.mark.parametrize("within", [0.25, 0.1])
def test_a_thinned_line_passes_every_point_within_so_many_pixels(lib, within):
    rng = np.random.default_rng(2)
    for _ in range(20):
        xs = np.linspace(50, 800, 4000)
        ys = 100 + 50 * np.sin(xs / rng.uniform(5, 200)) + np.cumsum(rng.normal(size=4000)) * rng.choice([0, 0.01])
        corners = thinned(lib, xs, ys, *[within] * (within != 0.25))
        assert len(corners) < 1500
        away = abs(np.interp(xs, corners[:, 0], corners[:, 1]) - ys)
        steepest = abs(np.diff(ys) / np.diff(xs)).max()
        assert away.max() <= within + 0.05 * (1 + steepest)  # corners are rounded to a tenth, across and down


# When it is drawn

# A stand-in for a model, whose every change is drawn in the frame after; the second change cannot be.
CHANGED = """async () => {
  const el = document.body.appendChild(document.createElement("div"));
  el.style.height = "20px";
  const heard = new Set();
  const model = { on: (_, hear) => heard.add(hear), off: (_, hear) => heard.delete(hear) };
  let value = 0;
  let drawn = null;
  const end = lib.keepDrawn(el, model, [], () => {
    if (value === 2) throw new Error("too far");
    drawn = value;
  });
  const trouble = el.querySelector("[role=alert]");
  const seen = [];
  for (value of [1, 2, 3]) {
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame); // it is known to be in view
    for (const hear of heard) hear();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    seen.push([drawn, trouble.hidden ? "" : trouble.textContent]);
  }
  end();
  return [seen, heard.size];
}"""


def test_a_setting_that_cannot_be_drawn_is_told_and_the_next_one_is_drawn(lib):
    seen, still_heard = lib.evaluate(CHANGED)
    assert seen == [[1, ""], [1, "This setting could not be drawn: too far"], [3, ""]]
    assert still_heard == 0


# The joining of files


@pytest.fixture
def js(tmp_path, monkeypatch):
    """A function that writes files by their names (with _ for a slash) where `join` looks for them."""
    monkeypatch.setattr(base, "_JS", tmp_path)

    def write(**texts):
        for name, text in texts.items():
            path = tmp_path / f"{name.replace('_', '/')}.js"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return write


def test_a_file_is_joined_once_behind_all_that_it_imports(js):
    js(
        main='// Main.\nimport {\n  two,\n} from "./lib/two.js";\nimport { one } from "./lib/one.js";\n\n'
        "export const sum = one + two;\n",
        lib_two='import { one } from "./one.js";\n\nexport const two = 2 * one;\n',
        lib_one="/**\n * The first.\n */\nexport const one = 1; // and only\n",
    )
    assert join("main.js") == "const one = 1;\nconst two = 2 * one;\nexport const sum = one + two;\n"


def test_what_a_page_need_not_carry_is_left_out_and_texts_are_not(js):
    js(main='const a = [\n  "http://x.invalid/*", // there\n  {\n    b: 1,\n  },\n];\n  // alone\nexport default a;\n')
    assert join("main.js") == 'const a = ["http://x.invalid/*",{b: 1}];\nexport default a;\n'


@pytest.mark.parametrize(
    "again",
    ["const name = 2;", "let name = 2;", "function name() {}", "async function name() {}", "class name {}"]
    + ["export const name = 2;", "const [name] = [2];", "const {\n  other,\n  name,\n} = {};"],
)
def test_two_files_with_the_same_name_at_the_top_are_refused(js, again):
    js(main=f'import {{ one }} from "./other.js";\n{again}\n', other="export const one = 1;\nconst name = 1;\n")
    with pytest.raises(ValueError, match=r"other\.js and main\.js both declare name"):
        join("main.js")


def test_the_same_name_further_in_is_not_refused(js):
    js(
        main='import { one } from "./other.js";\n{\n  const name = 2;\n}\n',
        other="export const one = 1;\nconst name = 1;\n",
    )
    assert join("main.js")
