"""adamlib walks where PyTorch, Optax and Keras walk, to 1e-9 of the distance travelled, in float64.

The walks of the libraries are in reference/trajectories.json; reference/record.py made them and says how each
setting is put to each library. Where a convention differs:

=========  =======================================================================================================
Momentum   SGD(momentum) is the heavy ball in all three; the averaged form is the same with lr (1 - beta). Optax
           also has it as a building block, `ema`. PyTorch's dampening = beta is something else: its first m is g.
           Keras keeps lr inside m: the same as long as lr is constant, another path when it changes.
RMSProp    eps is outside the root in PyTorch, and in Optax with eps_in_sqrt=False. Keras has it inside, and no
           eps inside equals a given eps outside for every v: Keras is compared with an eps of next to nothing.
           PyTorch's alpha (our beta) is 0.99 unless told otherwise.
AdaGrad    eps is outside in PyTorch, inside in Optax and Keras, which are compared with an eps of next to nothing.
           They also start the sum at 0.1; both accept 0, which is used here.
Adam       eps is the same in PyTorch and Optax. In Keras it is added to the uncorrected root: our eps is
           eps sqrt(1 - beta2^t) there, and the recorder sets that before each step.
           None has a switch for bias_correction=False: lr and eps (Keras: lr) that depend on t undo it.
AdamW      the decay is lr weight_decay x in all three, of x before the step; eps as for Adam. The defaults of
           weight_decay differ. In PyTorch's Adam weight_decay is L2: it is added to the gradient.
Schedules  The step number passed to a schedule is 1 at first here, 0 in Optax and Keras.
=========  =======================================================================================================

The yardstick is the distance of the recorded point from the start, taken for each number of each array by itself.
It is never longer than the sum of the step lengths, nor than the distance of the whole array, so it is the
strictest of the three. A number that has not moved must agree exactly.
"""

import dataclasses
import functools
import itertools
import json
import math

import numpy as np
import pytest
from reference import problems
from reference.problems import CASES, CHAOTIC, CONVENTIONS, PROBLEMS, STEPS, decay, recorded_steps

from adamlib.adam import Adam
from adamlib.adamw import AdamW
from adamlib.descent import GradientDescent, update
from adamlib.momentum import Momentum
from adamlib.rmsprop import AdaGrad, RMSProp

TOLERANCE = 1e-9
OPTIMIZERS = {kind.__name__: kind for kind in (GradientDescent, Momentum, RMSProp, AdaGrad, Adam, AdamW)}
RECORDING = json.loads((problems.HERE / "trajectories.json").read_text(encoding="utf-8"))
LISTED = [
    (library, name, problem) for name, case in CASES.items() for library in case.libraries for problem in case.problems
]


def recorded(section, library, name, problem):
    """The recorded points: for each array its values after each step, in the shape (steps, *shape)."""
    arrays = RECORDING[section][library][name][problem]
    start = PROBLEMS[problem].start
    return {
        array: np.array([row.split() for row in rows], dtype=float).reshape(-1, *start[array].shape)
        for array, rows in arrays.items()
    }


def optimizer_for(name):
    return OPTIMIZERS[CASES[name].optimizer](**CASES[name].settings)


@functools.cache
def walked(optimizer, problem, last=None, nudge=0.0):
    """Our points after the recorded steps, one optimizer state per array; nudge changes the start a little."""
    point = {array: x * (1 + nudge) for array, x in PROBLEMS[problem].start.items()}
    states = {array: optimizer.init(x) for array, x in point.items()}
    kept = {array: [] for array in point}
    for t in range(1, (last or max(STEPS)) + 1):
        gradient = PROBLEMS[problem].gradient(point, t)
        for array in point:
            step, states[array] = update(optimizer, gradient[array], states[array], point[array])
            point[array] = point[array] + step
            if t in STEPS:
                kept[array].append(point[array])
    return {array: np.array(points) for array, points in kept.items()}


def deviations(ours, theirs, start):
    """|ours - theirs| as a part of the distance |theirs - start|, number by number; 0/0 counts as 0."""
    difference, distance = abs(ours - theirs), abs(theirs - start)
    return np.divide(difference, distance, out=np.where(difference > 0, np.inf, 0.0), where=distance > 0)


def largest_deviations(ours, theirs, problem):
    """The largest deviation of each array after each recorded step: {array: [one per step]}."""
    start = PROBLEMS[problem].start
    return {
        array: [deviations(a, b, start[array]).max() for a, b in zip(ours[array], theirs[array], strict=True)]
        for array in start
    }


def assert_same_walk(ours, theirs, library, name, problem, steps):
    wrong = [
        f"step {step}, array {array}: off by {deviation:.1e} of the distance"
        for array, row in largest_deviations(ours, theirs, problem).items()
        for step, deviation in zip(steps, row, strict=True)
        if not deviation <= TOLERANCE  # so that NaN is wrong too
    ]
    assert not wrong, f"{library}, {name}, {problem}: " + "; ".join(wrong)


@pytest.mark.parametrize(("library", "name", "problem"), LISTED)
def test_same_walk(library, name, problem):
    steps = recorded_steps(name, problem)
    ours = walked(optimizer_for(name), problem, max(steps))
    assert_same_walk(ours, recorded("trajectories", library, name, problem), library, name, problem, steps)


# What the recording holds --------------------------------------------------------------------------------------


def test_recording_is_complete():
    """Every walk that is listed is there with every array and step, and nothing else is."""
    stored = {
        (library, name, problem): {array: len(rows) for array, rows in arrays.items()}
        for library, names in RECORDING["trajectories"].items()
        for name, walks in names.items()
        for problem, arrays in walks.items()
    }
    wanted = {
        (library, name, problem): dict.fromkeys(PROBLEMS[problem].start, len(recorded_steps(name, problem)))
        for library, name, problem in LISTED
    }
    assert stored == wanted
    assert tuple(RECORDING["steps"]) == STEPS == (1, 2, 3, 4, 5, 10, 100, 1000)
    # Counted by hand once, so that an emptied list of cases does not pass as complete.
    walks = {library: sum(key[0] == library for key in stored) for library in problems.EVERY_LIBRARY}
    assert walks == {"torch": 118, "optax": 118, "keras": 115}
    numbers = sum(values.size for key in stored for values in recorded("trajectories", *key).values())
    assert numbers == 9646


def test_every_optimizer_meets_every_problem_in_every_library():
    met = {(library, CASES[name].optimizer, problem) for library, name, problem in LISTED}
    assert met == set(itertools.product(problems.EVERY_LIBRARY, OPTIMIZERS, PROBLEMS))
    assert len(met) == 3 * 6 * 10


def test_settings_named_default_are_the_defaults_of_adamlib():
    for name in ("momentum", "rmsprop", "adagrad", "adam"):
        assert optimizer_for(name) == OPTIMIZERS[CASES[name].optimizer]()


def test_every_recorded_number_is_finite_and_moves():
    for library, name, problem in LISTED:
        for array, values in recorded("trajectories", library, name, problem).items():
            assert np.isfinite(values).all(), (library, name, problem, array)
            assert problem == "zero" or (values[-1] != PROBLEMS[problem].start[array]).all()


@pytest.mark.parametrize("file", sorted(problems.HERE.glob("*.json")), ids=lambda file: file.stem)
def test_versions_are_those_of_the_requirements(file):
    lines = (problems.HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    versions = json.loads(file.read_text(encoding="utf-8"))["versions"]
    found = {name: version.split("+")[0] for name, version in versions.items() if name != "python"}
    assert found and found.items() <= pinned.items()


def test_given_gradients_are_noisy_sparse_and_zero():
    assert problems.NOISE.shape == problems.SPARSE.shape == (1000, 3)
    assert (np.std(problems.NOISE, axis=0) > abs(np.mean(problems.NOISE, axis=0))).all()
    assert np.count_nonzero(problems.SPARSE, axis=0).tolist() == [333, 100, 10]


# Chaos: why some walks are recorded to an earlier step ----------------------------------------------------------


@pytest.mark.parametrize(("name", "problem"), CHAOTIC)
def test_walks_cut_short_are_chaotic(name, problem):
    """A start changed by 1e-13 of itself ends elsewhere, so that 1e-9 could not be asked for there."""
    optimizer = optimizer_for(name)
    change = largest_deviations(walked(optimizer, problem, nudge=1e-13), walked(optimizer, problem), problem)
    kept = len(recorded_steps(name, problem))
    assert max(max(row[:kept]) for row in change.values()) < 1e-10
    assert max(row[-1] for row in change.values()) > 1e-6


# The drivers of adamlib take the same steps as the loop above ---------------------------------------------------


# What must differ, and what it is instead -----------------------------------------------------------------------
# Each of these is a small change of an optimizer of adamlib that makes it the library's variant. So the test says
# both that the variant is not ours and that the sentence which explains it is right.


class Dampened(Momentum):
    """PyTorch's dampening = beta: the average starts at the first gradient, not at 0."""

    def update(self, gradient, state):
        return super().update(gradient, state._replace(m=gradient) if state.t == 0 else state)


class RateInside(Momentum):
    """Keras's SGD: m = beta m + lr g, so that an old gradient keeps the learning rate of its day."""

    def update(self, gradient, state):
        ball = Momentum(lr=1.0, beta=self.beta, heavy_ball=True, nesterov=self.nesterov)
        return ball.update(self.lr(state.t + 1) * gradient, state)


class EpsInside(RMSProp):
    """RMSProp in Keras, and in Optax with eps_in_sqrt=True: the root of v + eps."""

    def update(self, gradient, state):
        _, state = super().update(gradient, state)
        return -self.lr * gradient / np.sqrt(state.v + self.eps), state


class StartedSum(AdaGrad):
    """AdaGrad in Optax and Keras: the sum starts at 0.1, and eps = 1e-7 inside the root is one more start."""

    def init(self, x):
        state = super().init(x)
        return state._replace(v=state.v + 0.1 + 1e-7)


class L2(AdamW):
    """Adam with weight_decay in PyTorch, or behind Optax's add_decayed_weights: the decay is part of the gradient."""

    def update(self, gradient, state, x):
        return Adam(self.lr, self.beta1, self.beta2, self.eps).update(gradient + self.weight_decay * x, state)


class EpsHat(Adam):
    """Adam in Keras: eps is added to the root before the correction, which divides it by sqrt(1 - beta2^t)."""

    def update(self, gradient, state):
        corrected = self.eps / math.sqrt(1 - self.beta2 ** (state.t + 1))
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return Adam(**{**fields, "eps": corrected}).update(gradient, state)


def from_zero(t):
    """A schedule whose first step is number 0, as Optax and Keras count."""
    return decay(t - 1)


HEAVY = dict(lr=decay, beta=0.9, heavy_ball=True)
# (library, name): ours with the same numbers, the variant, the first step at which the two part.
VARIANTS = {
    ("torch", "dampening"): (Momentum(0.01, 0.9), Dampened(0.01, 0.9), 1),
    ("torch", "rmsprop-default-alpha"): (RMSProp(0.01), RMSProp(0.01, beta=0.99), 1),
    ("optax", "rmsprop-eps-inside"): (RMSProp(0.01), EpsInside(0.01), 1),
    ("optax", "adagrad-start"): (AdaGrad(0.01), StartedSum(0.01, eps=0.0), 1),
    ("optax", "decay-from-zero"): (GradientDescent(decay), GradientDescent(from_zero), 1),
    ("keras", "decay-from-zero"): (GradientDescent(decay), GradientDescent(from_zero), 1),
    ("keras", "decay"): (Momentum(**HEAVY), RateInside(**HEAVY), 2),
    ("keras", "decay-nesterov"): (Momentum(**HEAVY, nesterov=True), RateInside(**HEAVY, nesterov=True), 2),
    ("keras", "rmsprop-eps-inside"): (RMSProp(0.01), EpsInside(0.01), 1),
    ("keras", "adagrad-start"): (AdaGrad(0.01), StartedSum(0.01, eps=0.0), 1),
    ("keras", "adam-eps-hat"): (Adam(0.001), EpsHat(0.001), 1),
    ("torch", "adam-weight-decay"): (AdamW(weight_decay=0.1), L2(weight_decay=0.1), 1),
    ("optax", "adam-decayed-gradients"): (AdamW(weight_decay=0.1), L2(weight_decay=0.1), 1),
}


@pytest.mark.parametrize(("library", "name"), VARIANTS)
def test_lookalike_differs_and_is_what_we_say(library, name):
    ours, variant, first = VARIANTS[library, name]
    problem = CONVENTIONS[library, name]
    theirs = recorded("conventions", library, name, problem)
    assert_same_walk(walked(variant, problem), theirs, library, f"{name}, explained", problem, STEPS)
    off = largest_deviations(walked(ours, problem), theirs, problem)["x"]
    for step, deviation in zip(STEPS, off, strict=True):
        if step < first:
            assert deviation <= TOLERANCE, f"{library}, {name}: already differs at step {step}"
        else:
            assert deviation > 1e-2, f"{library}, {name}: expected another walk, off by {deviation:.1e} at step {step}"


def test_lookalikes_are_complete():
    stored = {
        (library, name): list(walks)
        for library, names in RECORDING["conventions"].items()
        for name, walks in names.items()
    }
    assert stored == {key: [problem] for key, problem in CONVENTIONS.items()}
    assert set(VARIANTS) == set(CONVENTIONS) and len(VARIANTS) == 13


def test_defaults_of_the_libraries_are_as_the_docstrings_say():
    torch, optax, keras = (RECORDING["defaults"][library] for library in problems.EVERY_LIBRARY)
    assert torch["SGD"]["dampening"] == torch["SGD"]["momentum"] == 0
    assert (torch["RMSprop"]["alpha"], optax["rmsprop"]["decay"], keras["RMSprop"]["rho"]) == (0.99, 0.9, 0.9)
    assert (torch["RMSprop"]["eps"], optax["rmsprop"]["eps"], keras["RMSprop"]["epsilon"]) == (1e-8, 1e-8, 1e-7)
    assert optax["rmsprop"]["eps_in_sqrt"] is True
    assert torch["Adagrad"]["initial_accumulator_value"] == 0
    assert optax["adagrad"]["initial_accumulator_value"] == keras["Adagrad"]["initial_accumulator_value"] == 0.1
    assert (torch["Adagrad"]["eps"], optax["adagrad"]["eps"], keras["Adagrad"]["epsilon"]) == (1e-10, 1e-7, 1e-7)
    assert torch["Adam"]["betas"] == [0.9, 0.999] == [keras["Adam"]["beta_1"], keras["Adam"]["beta_2"]]
    assert [optax["adam"]["b1"], optax["adam"]["b2"]] == [0.9, 0.999]
    assert (torch["Adam"]["eps"], optax["adam"]["eps"], keras["Adam"]["epsilon"]) == (1e-8, 1e-8, 1e-7)
    assert [torch["AdamW"]["weight_decay"], optax["adamw"]["weight_decay"]] == [0.01, 0.0001]
    assert (keras["AdamW"]["weight_decay"], AdamW().weight_decay) == (0.004, 0.01)
    assert torch["Adam"]["weight_decay"] == 0 and torch["Adam"]["decoupled_weight_decay"] is False
