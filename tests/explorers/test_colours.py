"""One colour for one thing: adamlib/figures.py has it, and the styles of explorers, slides and the mark agree."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

from adamlib import figures
from adamlib.explorers import AverageExplorer, results
from project import ROOT

CSS = (ROOT / "adamlib" / "explorers" / "explorers.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#\w+);", block))
    for block in re.findall(r"\.explorer \{\n(  --.*?)\}", CSS, re.DOTALL)
)
METHODS = {name.lower().replace(" ", "-"): figures.style(name)["color"] for name in figures._METHODS}
SHARED = {
    "ink": figures.INK,
    "grid": figures.GRID,
    "accent": figures.ACCENT,
    "debiased": figures.DEBIASED,
    "raw": figures.RAW,
    "lowest": to_hex(results._LEVELS[0]),
    "ground": "#fff",
}
LINES = ["gradient-descent", "momentum", "rmsprop", "adam", "raw", "debiased", "lowest", "faint"]
WORDS = ["ink", "accent"]


def contrast(one, other):
    """The contrast of two colours as WCAG 2 has it."""
    channels = [[x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in to_rgb(c)] for c in (one, other)]
    low, high = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in channels)
    return (high + 0.05) / (low + 0.05)


def test_the_explorers_have_the_colours_of_the_figures():
    """Only --faint is not FAINT: it also borders the controls, for which FAINT is too pale."""
    drawn = {name: colour for name, colour in METHODS.items() if name in LIGHT}
    assert len(drawn) == 4
    assert drawn | SHARED | {"faint": LIGHT["faint"]} == LIGHT
    assert contrast(figures.FAINT, "white") < 3 <= contrast(LIGHT["faint"], "white")


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_line_and_word_of_an_explorer_stands_out_from_its_ground(colours):
    assert set(colours) == set(LIGHT) == {*LINES, *WORDS, "grid", "ground"}
    assert [name for name in LINES if contrast(colours[name], colours["ground"]) < 3] == []
    assert [name for name in WORDS if contrast(colours[name], colours["ground"]) < 4.5] == []


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_a_method_s_name_in_a_chart_can_be_read(colours):
    share = re.search(r"names text \{\s+fill: color-mix\(in srgb, currentColor (\d+)%, var\(--ink\)\)", CSS)[1]
    share = int(share) / 100
    ink = np.array(to_rgb(colours["ink"]))
    mixed = {name: share * np.array(to_rgb(colours[name])) + (1 - share) * ink for name in METHODS if name in colours}
    assert len(mixed) == 4 and [name for name, one in mixed.items() if contrast(one, colours["ground"]) < 4.5] == []


# What the page makes of each colour's name.
RESOLVED = """(names) => {
  const probe = document.querySelector(".explorer").appendChild(document.createElement("i"));
  probe.style.forcedColorAdjust = "none";
  return names.map((name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map((channel) => channel / 255);
  });
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("own", ["light", "dark"])
def test_the_reader_s_own_colours_replace_those_of_either_mode(explorer_page, own, theme):
    page = explorer_page(AverageExplorer(), forced_colors="active", color_scheme=own)
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    colours = dict(zip(LIGHT, page.evaluate(RESOLVED, [*LIGHT])))
    assert colours["ground"] == [float(own == "light")] * 3
    assert [name for name in [*LINES, *WORDS] if contrast(colours[name], colours["ground"]) < 4.5] == []


def test_the_dark_shade_of_a_colour_is_another():
    assert [name for name in LIGHT if LIGHT[name] == DARK[name]] == []


def test_no_explorer_names_a_shared_colour_by_itself():
    """Neither in Python nor in CSS, but for the two places where the styles define them."""
    shared = {figures.INK, figures.FAINT, *METHODS.values(), *SHARED.values()} - {"#fff", SHARED["lowest"]}
    texts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "adamlib" / "explorers").rglob("*.py")}
    texts["explorers.css"] = re.sub(r"--[\w-]+: #\w+;", "", CSS)
    assert len(texts) > 5
    assert {
        name: found for name, text in texts.items() if (found := shared.intersection(re.findall(r"#\w{6}\b", text)))
    } == {}


def test_the_slides_and_the_mark_have_the_figures_colours_too():
    deck = (ROOT / "_ext" / "slides_deck" / "deck.css").read_text(encoding="utf-8")
    assert re.search(r"\.reveal \{\n  color: (#\w+);", deck)[1] == figures.INK
    mark = (ROOT / "_static" / "logo.svg").read_text(encoding="utf-8")
    assert f'fill="{METHODS["adam"]}"' in mark
