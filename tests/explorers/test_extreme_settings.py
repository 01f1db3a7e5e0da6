"""Three thousand settings, most of them extreme: no explorer may throw, go blank or write without end."""

import json

import numpy as np
import pytest
from sweeps import AXES, valley_sweep

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
from adamlib.explorers import __all__ as ALL
from adamlib.explorers.decay import FORMS
from adamlib.explorers.language import METHODS
from adamlib.landscapes import Landscape

KEPT = ResultsExplorer(valley_sweep()).values("step")  # the steps whose losses a sweep keeps
SETTINGS = 3_000
MOST = 200_000  # letters that one frame may write into the page: what takes its time

# Sets one setting after the other. A frame is drawn at once, and what it writes is counted.
TRY_ALL = """async ([view, settings, most]) => {
  const explorer = document.querySelectorAll("live-widget")[view];
  let written = 0;
  const { setAttribute } = Element.prototype;
  Element.prototype.setAttribute = function (name, value) {
    written += String(value).length;
    return setAttribute.call(this, name, value);
  };
  const trouble = explorer.querySelector(".explorer-trouble[role=alert]");
  const shapes = [...explorer.querySelectorAll("svg path")];
  const found = [];
  for (const setting of settings) {
    written = 0;
    explorer.model.set(setting);
    const height = explorer.getBoundingClientRect().height;
    const drawn = shapes.some((shape) => shape.getAttribute("d")?.includes("L") && !shape.closest(".explorer-axes"));
    const problems = [
      written > most && `a frame writes ${written} letters`,
      !trouble.hidden && `it said: ${trouble.textContent}`,
      !(height > 200) && `it is ${height} pixels high`,
      !drawn && explorer.querySelector("svg").textContent.trim() === "" && "it is blank",
      /NaN|undefined|\\[object/.test(explorer.innerText)
        && `it shows: ${explorer.innerText.match(/.*(NaN|undefined|.object).*/)[0]}`,
    ].filter(Boolean);
    if (problems.length) found.push([setting, problems]);
    if (found.length > 5) break;
  }
  return found;
}"""


def lrs(rng):
    return float(rng.choice([0.0, 1e-12, 1e3, 10 ** rng.uniform(-12, 3)]))


def betas(rng):
    return float(rng.choice([0.0, 0.9, 0.99999, 1 - 10 ** rng.uniform(-5, 0)]))


def epsilons(rng):
    return float(rng.choice([0.0, 1e-300, 1e-8, 10 ** rng.uniform(-12, 3)]))


def series(rng):
    length = int(rng.choice([2, 3, 60, 1000]))
    kinds = [rng.normal(size=length), np.zeros(length), np.ones(length), (rng.random(length) < 0.1) * 1.0]
    return (kinds[rng.integers(4)] * float(rng.choice([1e-300, 1e-12, 1.0, 1e12, 1e300]))).tolist()


def average(rng):
    setting = {"beta": betas(rng), "bias_correction": bool(rng.integers(2)), "day": int(rng.integers(1, 1001))}
    return setting | ({"values": series(rng)} if rng.random() < 0.1 else {})


def decay(rng):
    setting = {"form": str(rng.choice(FORMS)), "weight_decay": lrs(rng), "lr": lrs(rng)}
    return setting | {"step": int(rng.integers(5001)), "seed": int(rng.integers(2**32))}


def microscope(rng):
    setting = {
        "lr": lrs(rng), "beta1": betas(rng), "beta2": betas(rng), "eps": epsilons(rng),
        "bias_correction": bool(rng.integers(2)), "cursor": int(rng.integers(1, 1001)),
    }  # fmt: skip
    return setting | ({"gradients": series(rng)} if rng.random() < 0.1 else {})


def descent(rng):
    methods = ["Gradient descent", "Momentum", "RMSProp", "Adam"]
    steps = int(rng.choice([1, 2, 100, 500]))
    setting = {f"{name}_lr": lrs(rng) for name in ("descent", "momentum", "rmsprop", "adam")}
    setting |= {name: betas(rng) for name in ("momentum_beta", "rmsprop_beta", "adam_beta1", "adam_beta2")}
    return setting | {
        "rmsprop_eps": epsilons(rng), "adam_eps": epsilons(rng),
        "heavy_ball": bool(rng.integers(2)), "bias_correction": bool(rng.integers(2)),
        "condition": float(rng.choice([1, 20, 1e6])), "degrees": float(rng.uniform(-180, 180)),
        "start": (rng.normal(size=2) * float(rng.choice([0.0, 1.0, 3.0, 1e9, 1e300]))).tolist(),
        "methods": [name for name in methods if rng.random() < 0.7],
        "noise": float(rng.choice([0, 0, 1, 1e6])), "seed": int(rng.integers(2**32)),
        "steps": steps, "shown": int(rng.integers(steps + 1)), "goal": 10 ** rng.uniform(-12, 3),
    }  # fmt: skip


def convergence(rng):
    large = float(rng.choice([2.1, 1000.0, rng.uniform(2.1, 10)]))
    return {"beta1": betas(rng), "beta2": betas(rng), "large": large, "amsgrad": bool(rng.integers(2))}


def language(rng):
    setting = {"method": str(rng.choice(list(METHODS))), "alpha": float(rng.choice([0.0, rng.random()]))}
    return setting | {"lr": float(rng.choice([lrs(rng), 1e300])), "step": int(rng.integers(61))}


def results(rng):
    setting = {name: values[rng.integers(len(values))] for name, values in AXES.items()}
    return setting | {"step": int(rng.choice(KEPT))}


def schedule(rng):
    steps = int(rng.choice([2, 3, 4000, 20_000], p=[0.2, 0.2, 0.55, 0.05]))
    names = ["constant", "1/sqrt(t)", "inverse time", "exponential", "staircase", "polynomial", "linear", "cosine"]
    positive = [1e-30, 1e-12, 0.01, 1.0, 1e3, 1e30]
    return {
        "schedule": str(rng.choice([*names, "one-cycle", *["drawn"] * 4])),
        "lr": float(rng.choice([1e-30, lrs(rng) or 1e30])),
        "steps": steps, "warmup": int(rng.integers(steps + 1)) if rng.random() < 0.5 else 0,
        "knots": (10 ** rng.uniform(-12, 3, rng.choice([2, 11, 25]))).tolist() if rng.random() < 0.8 else [1e-30, 1e30],
        "curvatures": rng.choice(positive, 2).tolist(), "noise": float(rng.choice([0.0, 0.1, 1e3, 1e300])),
        "start": (rng.normal(size=2) * float(rng.choice([0.0, 1.0, 1e9, 1e300]))).tolist(),
        "goal": 10 ** rng.uniform(-100, 100),
    }  # fmt: skip


def any_landscape(rng):
    return descent(rng) | {"landscape": str(rng.choice(["bowl", "Rosenbrock", "saddle", "two minima"]))}


def holed():
    """A landscape that is not a number in a disc, and in all of its upper part."""

    def loss(point):
        x, y = point[..., 0], point[..., 1]
        with np.errstate(invalid="ignore"):
            return np.log(2 - y) + x**2 + np.sqrt(x**2 + y**2 - 0.25)

    def gradient(point):
        x, y = point[..., 0], point[..., 1]
        with np.errstate(invalid="ignore", divide="ignore"):
            root = np.sqrt(x**2 + y**2 - 0.25)
            return np.stack([2 * x + x / root, -1 / (2 - y) + y / root], axis=-1)

    return Landscape("holed", loss, gradient, (-3.0, 3.0, -3.0, 3.0), None)


def explorers():
    """Every explorer that is tried, with what draws its settings and its share of them."""
    return {
        "AverageExplorer": (AverageExplorer(), average, 0.1),
        "AdamMicroscope": (AdamMicroscope(), microscope, 0.18),
        "ConvergenceExplorer": (ConvergenceExplorer(), convergence, 0.02),
        "LanguageExplorer": (LanguageExplorer(), language, 0.02),
        "DescentExplorer": (DescentExplorer(), any_landscape, 0.23),
        "DescentExplorer with the map": (DescentExplorer(rate_map=True), descent, 0.1),
        "ScheduleExplorer": (ScheduleExplorer(), schedule, 0.18),
        "DecayExplorer": (DecayExplorer(), decay, 0.02),  # each takes forty thousand steps
        "DescentExplorer with holes": (DescentExplorer(holed()), descent, 0.1),
        "ResultsExplorer": (ResultsExplorer(valley_sweep()), results, 0.05),
    }


@pytest.mark.parametrize("name", explorers())
def test_no_setting_stops_an_explorer(explorer_page, name):
    explorer, draw, share = explorers()[name]
    rng = np.random.default_rng(sorted(explorers()).index(name))
    page = explorer_page(explorer)
    page.evaluate("() => { window.requestAnimationFrame = (draw) => { draw(performance.now()); return 0; }; }")
    settings = [draw(rng) for _ in range(round(SETTINGS * share))]
    problems = page.evaluate(f"(text) => ({TRY_ALL})(JSON.parse(text))", json.dumps([0, settings, MOST]))
    assert problems == []


def test_the_shares_are_a_whole():
    tried = explorers().values()
    assert round(sum(share for _, _, share in tried) * SETTINGS) == SETTINGS, "take another's share for a new explorer"
    assert {type(explorer).__name__ for explorer, _, _ in tried} >= set(ALL), "explorers() has each explorer"
