"""The small views of the explorers: one idea, one chart, few controls, no higher than a phone has room for."""

from typing import Any, NamedTuple

import nbformat
import numpy as np
import pytest
from sweeps import valley_sweep
from test_extreme_settings import average, convergence, decay, descent, language, microscope, results, schedule

from adamlib.bounds import uncorrected_factor
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
from adamlib.explorers.microscope import CORRECTED
from hands import (
    ILL_PLACED,
    NARROWEST,
    assert_everyone_can_use,
    assert_readouts,
    in_wide_letters,
    painted,
    points,
    put,
    readouts,
    state,
    trait,
)
from project import ROOT

HIGHEST = 420  # pixels
HEIGHT = "document.querySelector('.explorer').getBoundingClientRect().height"


class Small(NamedTuple):
    """A small view: its explorer, what makes it, its controls by role and name, each with its trait, and settings."""

    explorer: type
    made: Any
    controls: dict[tuple[str, str], str]
    settings: list[dict]  # some that its text and its readouts must follow
    extreme: Any  # draws settings that must not break it


def micro(view, **settings):
    return lambda: AdamMicroscope(view=view, **settings)


TINY = np.where(np.arange(120) == 39, 20e-6, 1e-6)
BETA2 = {("slider", "beta2"): "beta2"}
SMALL = {
    "curve": Small(
        AverageExplorer, lambda: AverageExplorer(view="curve", bias_correction=False, day=3),
        {("slider", "beta"): "beta", ("checkbox", "bias correction"): "bias_correction"},
        [{"beta": 0.5}, {"beta": 0.98}, {"beta": 0.0, "bias_correction": True}, {"day": 366}], average,
    ),
    "two_steps": Small(
        AdamMicroscope, micro("two_steps", lr=0.1), {("button", "Next"): "line"},
        [*({"line": line} for line in range(1, 15)), {"lr": 1e-6, "line": 14}, {"beta1": 0.0, "eps": 1.0, "line": 13}],
        lambda rng: microscope(rng) | {"line": int(rng.integers(1, 15))},
    ),
    "correction": Small(
        AdamMicroscope, micro("correction", corrected="neither"),
        {("combobox", "bias correction of"): "corrected", **BETA2},
        [{"corrected": name, "beta2": beta2} for name in CORRECTED for beta2 in (0.0, 0.95, 0.99, 0.999, 0.9999)],
        lambda rng: microscope(rng) | {"corrected": str(rng.choice(list(CORRECTED)))},
    ),
    "step": Small(
        AdamMicroscope, micro("step", preset="dormant then on", cursor=162),
        {("combobox", "gradient"): "preset", ("checkbox", "bias correction"): "bias_correction", **BETA2,
         ("slider", "Step t; left and right choose a step"): "cursor"},
        [{"preset": preset, "bias_correction": way} for preset in ("constant", "noise", "spike", "ramp")
         for way in (True, False)], microscope,
    ),
    "eps": Small(
        AdamMicroscope, lambda: AdamMicroscope(TINY, view="eps", cursor=30),
        {("slider", "eps"): "eps", ("slider", "Step t; left and right choose a step"): "cursor"},
        [{"eps": 1e-6}, {"eps": 1e-4, "cursor": 40}, {"eps": 0.0}, {"eps": 10.0}], microscope,
    ),
    "map": Small(
        DescentExplorer, lambda: DescentExplorer(view="map", momentum_lr=0.4, momentum_beta=0.5),
        {("slider", "Momentum lr"): "momentum_lr", ("slider", "Momentum beta"): "momentum_beta"},
        [{"momentum_lr": lr, "momentum_beta": beta, "heavy_ball": ball} for lr in (0.0, 0.3, 0.74, 0.76, 1.2)
         for beta in (0.0, 0.5, 0.9, 0.9999) for ball in (True, False)]
        + [{"momentum_lr": 0.25, "momentum_beta": 0.0, "condition": 1.0}, {"scale": 1e-3}],
        descent,
    ),
    "walk": Small(
        ConvergenceExplorer, lambda: ConvergenceExplorer(view="walk"), {("slider", "beta2"): "beta2"},
        [{"beta2": 0.31}, {"beta2": 0.32}, {"beta1": 0.3}, {"amsgrad": True, "large": 50.0}], convergence,
    ),
    "rates": Small(
        ResultsExplorer, lambda: ResultsExplorer(valley_sweep(), view="rates", lr=0.03),
        {("slider", "lr"): "lr", ("slider", "after step"): "step",
         ("slider", "Learning rate: left and right choose one"): "lr"},
        [{"step": 20}, {"beta2": 0.9999, "lr": 10.0, "bias_correction": False}, {"beta1": 0.0, "step": 1}], results,
    ),
    "loss": Small(
        ScheduleExplorer, lambda: ScheduleExplorer(view="curve"),
        {("combobox", "schedule"): "schedule", ("slider", "peak lr"): "lr"},
        [{"schedule": "linear", "lr": 0.19}, {"lr": 3.0}, {"schedule": "cosine"}, {"goal": 1.0, "noise": 0.0}],
        schedule,
    ),
    "bars": Small(
        DecayExplorer, lambda: DecayExplorer(view="bars"),
        {("combobox", "form"): "form", ("slider", "lambda"): "weight_decay"},
        [{"form": form, "weight_decay": decay} for form in ("library decay", "paper decay") for decay in (0.0, 1.0)],
        decay,
    ),
    "tenths": Small(
        LanguageExplorer, lambda: LanguageExplorer(view="tenths", lr=0.5),
        {("combobox", "method"): "method", ("slider", "lr"): "lr", ("slider", "alpha"): "alpha"},
        [{"lr": 512.0}, {"method": "Gradient descent", "lr": 2000.0}, {"method": "Adam", "lr": 0.3}, {"alpha": 0.0}],
        language,
    ),
}  # fmt: skip


@pytest.fixture(params=SMALL)
def small(request):
    return SMALL[request.param]


@pytest.fixture
def page(small, explorer_page):
    return explorer_page(small.made())


def control(page, role, name):
    return page.get_by_role(role, name=name, exact=True)


def test_it_reads_out_what_python_says(page, small):
    assert readouts(page) == small.made().readouts()
    start = state(page, small.explorer)
    for settings in small.settings:
        put(page, **start | settings)
        assert_readouts(page, small.explorer)


def test_every_control_by_key_and_reset(page, small):
    start = state(page, small.explorer)
    for (role, name), key in small.controls.items():
        before = trait(page, key)
        control(page, role, name).focus()
        page.keyboard.press({"slider": "ArrowRight", "combobox": "ArrowDown"}.get(role, "Space"))
        painted(page)
        if trait(page, key) == before:  # it stood at its end
            page.keyboard.press("ArrowLeft" if role == "slider" else "ArrowUp")
            painted(page)
        assert trait(page, key) != before, name
        assert_readouts(page, small.explorer)
    control(page, "button", "Reset").click()
    painted(page)
    assert state(page, small.explorer) == start
    assert_readouts(page, small.explorer)


def test_it_is_small_and_everyone_can_use_it(page, small):
    in_wide_letters(page, ".explorer")
    for width in (NARROWEST, 360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        painted(page)
        painted(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(HEIGHT) <= HIGHEST, width
        assert page.evaluate(ILL_PLACED) == {"cut": [], "heaped": [], "small": []}, width
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    start = state(page, small.explorer)
    for settings in small.settings:  # what it says of some takes room too
        put(page, **start | settings)
        painted(page)
        assert page.evaluate(HEIGHT) <= HIGHEST, settings
        assert page.evaluate(ILL_PLACED)["heaped"] == [], settings
    put(page, **start)
    shown = page.locator("input[type=range], select, input[type=checkbox]").count()
    assert shown <= 3 and page.locator("details").count() == 1  # More: the buttons that are seldom used
    assert_everyone_can_use(page)


def test_no_setting_breaks_it(page, small):
    start, rng = state(page, small.explorer), np.random.default_rng(1)
    for _ in range(20):
        settings = small.extreme(rng)
        put(page, **start | settings)
        trouble = page.locator(".explorer-trouble[role=alert]")
        assert trouble.is_hidden(), (settings, trouble.text_content())
        lines = page.eval_on_selector_all(".explorer path[d]", "(all) => all.map((path) => path.getAttribute('d'))")
        words = " ".join(lines) + page.inner_text(".explorer")
        assert not [word for word in ("NaN", "Infinity", "undefined", "[object") if word in words], settings


def test_its_picture_is_its_own_and_follows_it(small):
    one, laboratory = small.made(), small.made()
    laboratory.view = "laboratory"
    other = small.made()
    for name, value in small.settings[-1].items():
        setattr(other, name, value)
    pictures = [explorer.picture() for explorer in (one, small.made(), laboratory, other)]
    assert pictures[0] == pictures[1] and len(set(pictures)) == 3
    assert repr(one).startswith(f"{small.explorer.__name__}(view=") and repr(one) != repr(laboratory)


@pytest.mark.parametrize("name", SMALL)
def test_another_view_is_refused_and_told_which_there_are(name):
    explorer = SMALL[name].made()
    with pytest.raises(ValueError, match="view must be one of 'laboratory', .*; got 'figure'"):
        explorer.view = "figure"
    assert explorer.view != "laboratory" and explorer.view in explorer.views


# What their lines show


def places(page, shape):
    return points(page.get_attribute(f".{shape}", "d"))


def test_the_average_is_adamlib_s_and_alone(explorer_page):
    page = explorer_page(SMALL["curve"].made())
    for corrected in (True, False):
        put(page, bias_correction=corrected, beta=0.9)
        same = AverageExplorer(beta=0.9, bias_correction=corrected)
        shown, hidden = ("debiased", "raw") if corrected else ("raw", "debiased")
        ours = np.concatenate([same.values, same.average])
        theirs = np.concatenate([places(page, name)[:, 1] for name in ("average-values", f"average-{shown}")])
        fit = np.polyfit(ours, theirs, 1)
        assert fit[0] < -1 and np.abs(np.polyval(fit, ours) - theirs).max() < 0.1
        assert page.locator(f".average-{shown}").is_visible() and page.locator(f".average-{hidden}").is_hidden()


def test_the_four_lengths_are_those_of_the_bound(explorer_page):
    """Pixels are a straight-line function of logarithms: one fit must carry all four lines."""
    page = explorer_page(SMALL["correction"].made())
    ours, theirs = [], []
    for name, (first, second) in CORRECTED.items():
        put(page, corrected=name)
        assert f"microscope-of-{name}" in page.get_attribute(".microscope-chosen", "class")
        t = np.unique(np.rint(10_000 ** (np.arange(241) / 240)))
        ours.append(np.log(np.column_stack([t, uncorrected_factor(t, first * 0.9, second * 0.999)])))
        theirs.append(places(page, f"microscope-of-{name}"))
    ours, theirs = np.concatenate(ours), np.concatenate(theirs)
    for axis in (0, 1):
        fit = np.polyfit(ours[:, axis], theirs[:, axis], 1)
        assert np.abs(np.polyval(fit, ours[:, axis]) - theirs[:, axis]).max() < 0.1


def test_the_steps_are_adamlib_s_and_the_line_of_lr_is_at_one(explorer_page):
    page = explorer_page(SMALL["step"].made())
    for preset in ("dormant then on", "noise"):
        put(page, preset=preset)
        ratio, line = AdamMicroscope(preset=preset).traced.ratio, places(page, "microscope-line")
        fit = np.polyfit(ratio, line[:, 1], 1)
        assert np.abs(np.polyval(fit, ratio) - line[:, 1]).max() < 0.1
        levels = [places(page, "microscope-guide")[i, 1] for i in (0, 1)]
        assert np.abs(np.polyval(fit, [-1, 1]) - levels).max() < 0.1


def test_the_losses_of_the_rates_are_the_sweep_s(explorer_page):
    page = explorer_page(SMALL["rates"].made())
    explorer = ResultsExplorer(valley_sweep())
    lrs, ours, theirs = explorer.values("lr"), [], []
    for step in (5, 100):
        put(page, step=step, beta1=0.0)
        losses = np.array([explorer.loss(beta1=0.0, lr=lr, step=step) for lr in lrs])
        finite = np.isfinite(losses)
        ours.append(np.log(np.column_stack([lrs, losses])[finite]))
        theirs.append(places(page, "average-debiased"))
    ours, theirs = np.concatenate(ours), np.concatenate(theirs)
    for axis in (0, 1):
        fit = np.polyfit(ours[:, axis], theirs[:, axis], 1)
        assert np.abs(np.polyval(fit, ours[:, axis]) - theirs[:, axis]).max() < 0.1


# What the chapters say of them


def test_the_two_steps_show_the_chapter_s_numbers_formulas_and_code(explorer_page):
    page = explorer_page(SMALL["two_steps"].made())
    lit = page.locator(".microscope-lit th")
    first = ["−1", "−0.1", "0.001", "−1", "1", "0.1", "1.1"]
    second = ["−0.4", "−0.13", "0.001159", "−0.684211", "0.57979", "0.089858", "1.189858"]
    said = []
    for i, weight in enumerate(first + second):
        assert trait(page, "line") == i + 1 and page.get_by_text(f"line {i % 7 + 1} of 7").is_visible()
        assert readouts(page)[f"{lit.text_content()}, weight w"] == weight
        said.append(page.inner_text(".microscope-lit-line"))
        page.get_by_role("button", name="Next").press("Enter")
        painted(page)
    assert trait(page, "line") == 14  # the last stays
    assert "w: 2 · 1 + (−1) · 3 = −1" in said[0] and "b: 2 + (−0.8) = 1.2" in said[7]
    assert "b: 0.9 · 0.1 + 0.1 · 1.2 = 0.21" in said[8] and "w: −0.13 / 0.19 = −0.684211" in said[10]
    assert "m_w, m_b = 0.9 * m_w + 0.1 * dw, 0.9 * m_b + 0.1 * db" in said[8]
    assert "v_w, v_b = 0.999 * v_w + 0.001 * dw**2, 0.999 * v_b + 0.001 * db**2" in said[9]
    assert "m_w_hat, m_b_hat = m_w / (1 - 0.9**t), m_b / (1 - 0.9**t)" in said[10]
    assert "w = w - 0.1 * m_w_hat / (np.sqrt(v_w_hat) + 1e-8)" in said[13]
    page.get_by_role("button", name="Back").click()
    assert trait(page, "line") == 13


def test_the_code_of_the_two_steps_is_the_chapter_s(explorer_page):
    page = explorer_page(SMALL["two_steps"].made())
    text = "".join(cell.source for cell in nbformat.read(ROOT / "chapters" / "04_adam.ipynb", as_version=4).cells)
    for line in range(1, 15):
        put(page, line=line)
        for code in page.inner_text(".microscope-code").splitlines():
            assert code in text, code


@pytest.mark.parametrize(
    ("corrected", "beta2", "numbers"),
    [
        ("neither", 0.999, ["3.162", "6.569", "12", "2375"]),
        ("both", 0.999, ["1", "1", "1", "1"]),
        ("m", 0.999, ["31.62", "31.62", "1", "2375"]),
        ("v", 0.999, ["0.1", "1", "132", "29"]),
        ("neither", 0.95, ["0.4472", "1.097", "20", "43"]),
    ],
)
def test_what_the_correction_reads_out(corrected, beta2, numbers):
    found = AdamMicroscope(view="correction", corrected=corrected, beta2=beta2).readouts()
    assert list(found.values()) == numbers
