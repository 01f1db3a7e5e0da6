"""What the reference trajectories are about: the problems, and the settings of each optimizer.

`record.py` walks them with PyTorch, Optax and Keras, `test_reference.py` with adamlib. NumPy only, so
that both environments can import it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

STEPS = (1, 2, 3, 4, 5, 10, 100, 1000)  # the steps after which the points are recorded
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Problem:
    """start: a dict of arrays; gradient(point, t): a dict of the same shapes, t = 1, 2, ..., 1000."""

    start: dict
    gradient: Callable


def given(gradients, start):
    """Make a problem whose gradients do not depend on the point (open loop)."""
    return Problem({"x": start}, lambda point, t: {"x": gradients[t - 1]})


# A rotation with rational entries, so that no cosine is involved; curvatures 0.01, 1, 10.
ROTATION = np.array([[2.0, -1.0, 2.0], [2.0, 2.0, -1.0], [-1.0, 2.0, 2.0]]) / 3
HESSIAN = ROTATION @ np.diag([0.01, 1.0, 10.0]) @ ROTATION.T


def bowl_gradient(point, t):
    return {"x": HESSIAN @ point["x"]}


def rosenbrock_gradient(point, t):
    """Rosenbrock's valley divided by 200, so that the same learning rates suit every problem."""
    x, y = point["x"]
    return {"x": np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)]) / 200}


INPUTS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
TARGETS = np.array([-1.0, 1.0, 1.0, -0.5])


def network_gradient(point, t):
    """A net 2-2-1 with tanh and half the mean squared error on four examples."""
    hidden = np.tanh(INPUTS @ point["W1"].T + point["b1"])
    error = (hidden @ point["W2"] + point["b2"] - TARGETS) / len(TARGETS)
    back = np.outer(error, point["W2"]) * (1 - hidden**2)
    return {"W1": back.T @ INPUTS, "b1": back.sum(0), "W2": error @ hidden, "b2": error.sum()}


NETWORK_START = {
    "W1": np.array([[0.5, -0.3], [0.2, 0.8]]),
    "b1": np.array([0.1, -0.2]),
    "W2": np.array([0.7, -0.4]),
    "b2": np.array(0.05),  # a 0-d array
}

# 1000 rows of whole numbers, each a noisy gradient in thousandths: stored, since the stream of a random
# generator may change between versions.
NOISE = np.loadtxt(HERE / "noise.txt") / 1000
# A rare coordinate: its gradient is zero except at every 3rd, 10th, 100th step.
SPARSE = np.where(np.arange(1, 1001)[:, None] % [3, 10, 100] == 0, NOISE, 0.0)

PROBLEMS = {
    "bowl": Problem({"x": np.array([1.0, -2.0, 3.0])}, bowl_gradient),
    "rosenbrock": Problem({"x": np.array([-1.2, 1.0])}, rosenbrock_gradient),
    "network": Problem(NETWORK_START, network_gradient),
    "noise": given(NOISE, np.array([1.0, -2.0, 3.0])),
    "sparse": given(SPARSE, np.array([1.0, -2.0, 3.0])),
    "zero": given(np.zeros((1000, 2)), np.array([1.0, -2.0])),
    # The start is 0 here: next to a 1 a step of 1e-15 would drown.
    "scale-1e-20": given(1e-20 * NOISE[:, :2], np.zeros(2)),
    "scale-1e-10": given(1e-10 * NOISE[:, :2], np.zeros(2)),
    "scale-1e10": given(1e10 * NOISE[:, :2], np.zeros(2)),
    "scale-1e20": given(1e20 * NOISE[:, :2], np.zeros(2)),
}

ALL = tuple(PROBLEMS)
SOME = ("bowl", "rosenbrock", "network", "sparse")
EVERY_LIBRARY = ("torch", "optax", "keras")


def decay(t):
    """A learning rate that changes with time: 0.05 / (1 + t/10). t may be a traced number of JAX."""
    return 0.05 / (1 + 0.1 * t)


@dataclass(frozen=True)
class Case:
    """One optimizer of adamlib with its settings, and the libraries and problems it is recorded for."""

    optimizer: str
    settings: dict
    problems: tuple = SOME
    libraries: tuple = EVERY_LIBRARY


# "bare" is an eps of next to nothing. With eps inside the root, sqrt(v + eps), there is no eps that equals
# sqrt(v) + 1e-8 for every v. But 1e-80 inside is 1e-40 outside to the last digit: where v > 0 both vanish,
# and where v = 0 the gradient is 0 as well. So eps = 0, without 0/0.
BARE = 1e-40

CASES = {
    "descent": Case("GradientDescent", dict(lr=0.01), ALL),
    "descent-other": Case("GradientDescent", dict(lr=0.05)),
    "descent-decay": Case("GradientDescent", dict(lr=decay), ("bowl", "noise")),
    "momentum": Case("Momentum", dict(lr=0.01, beta=0.9), ALL),
    "momentum-other": Case("Momentum", dict(lr=0.05, beta=0.5)),
    "momentum-nesterov": Case("Momentum", dict(lr=0.01, beta=0.9, nesterov=True)),
    "heavy-ball": Case("Momentum", dict(lr=0.01, beta=0.9, heavy_ball=True), (*SOME, "noise")),
    "heavy-ball-nesterov": Case("Momentum", dict(lr=0.01, beta=0.9, heavy_ball=True, nesterov=True)),
    # Not Keras: it keeps lr inside the average. See ("keras", "decay") in CONVENTIONS.
    "momentum-decay": Case("Momentum", dict(lr=decay, beta=0.9), ("bowl", "noise"), ("torch", "optax")),
    "heavy-ball-decay": Case(
        "Momentum", dict(lr=decay, beta=0.9, heavy_ball=True, nesterov=True), ("bowl", "noise"), ("torch", "optax")
    ),
    # Keras has eps inside the root, PyTorch and Optax (eps_in_sqrt=False) outside.
    "rmsprop": Case("RMSProp", dict(lr=0.01, beta=0.9, eps=1e-8), ALL, ("torch", "optax")),
    "rmsprop-other": Case("RMSProp", dict(lr=0.002, beta=0.99, eps=1e-3), SOME, ("torch", "optax")),
    "rmsprop-decay": Case("RMSProp", dict(lr=decay, beta=0.9, eps=1e-8), ("network", "noise"), ("torch", "optax")),
    "rmsprop-bare": Case("RMSProp", dict(lr=0.01, beta=0.9, eps=BARE), ALL, ("keras",)),
    "rmsprop-bare-other": Case(
        "RMSProp", dict(lr=0.002, beta=0.99, eps=BARE), ("bowl", "rosenbrock", "sparse"), ("keras",)
    ),
    "rmsprop-bare-decay": Case("RMSProp", dict(lr=decay, beta=0.9, eps=BARE), ("network", "noise"), ("keras",)),
    # Optax and Keras have eps inside the root, PyTorch outside.
    "adagrad": Case("AdaGrad", dict(lr=0.01, eps=1e-10), ALL, ("torch",)),
    "adagrad-other": Case("AdaGrad", dict(lr=0.05, eps=1e-2), SOME, ("torch",)),
    "adagrad-decay": Case("AdaGrad", dict(lr=decay, eps=1e-10), ("bowl", "noise"), ("torch",)),
    "adagrad-bare": Case("AdaGrad", dict(lr=0.01, eps=BARE), ALL, ("optax", "keras")),
    "adagrad-bare-other": Case("AdaGrad", dict(lr=0.05, eps=BARE), SOME, ("optax", "keras")),
    "adagrad-bare-decay": Case("AdaGrad", dict(lr=decay, eps=BARE), ("bowl", "noise"), ("optax", "keras")),
    "adam": Case("Adam", dict(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8), ALL),
    "adam-other": Case("Adam", dict(lr=0.005, beta1=0.8, beta2=0.99, eps=1e-3)),
    "adam-beta1-zero": Case("Adam", dict(lr=0.003, beta1=0.0, beta2=0.999, eps=1e-8), ("bowl", "sparse")),
    "adam-decay": Case("Adam", dict(lr=decay, beta1=0.9, beta2=0.999, eps=1e-8), ("bowl", "noise")),
    "adam-uncorrected": Case(
        "Adam", dict(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, bias_correction=False), (*SOME, "noise")
    ),
    # The decay is beside the Adam step in all three, and of x before the step.
    "adamw": Case("AdamW", dict(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01), ALL),
    "adamw-other": Case("AdamW", dict(lr=0.005, beta1=0.8, beta2=0.99, eps=1e-3, weight_decay=0.3)),
    "adamw-decay": Case("AdamW", dict(lr=decay, beta1=0.9, beta2=0.95, eps=1e-8, weight_decay=0.1), ("bowl", "noise")),
    "adam-bare": Case("Adam", dict(lr=0.001, beta1=0.9, beta2=0.999, eps=BARE), ("bowl", "scale-1e-20"), ("keras",)),
}

# Where the closed loop is chaotic: a difference in the last digit grows until it is seen. RMSProp at a constant lr
# ends in a cycle about the minimum, and two such cycles share nothing but their size. AdaGrad without a real eps
# multiplies a coordinate's first gradients up to lr, however small they are, and here that is too far for a while.
# Adam at beta2 = 0.95 forgets so soon that it is near to RMSProp.
# These walks are recorded up to the step named here; `test_reference.py` shows that they are chaotic after it. The
# problems with given gradients (open loop) take the same settings to step 1000.
CHAOTIC = {
    ("rmsprop", "bowl"): 100,
    ("rmsprop", "rosenbrock"): 10,
    ("rmsprop-bare", "bowl"): 100,
    ("rmsprop-bare", "rosenbrock"): 10,
    ("adagrad-bare-other", "network"): 10,
    ("adamw-decay", "bowl"): 100,
}

# Settings of the libraries that look like ours and are not: (library, name) -> problem.
CONVENTIONS = {
    ("torch", "dampening"): "noise",
    ("torch", "rmsprop-default-alpha"): "noise",
    ("optax", "rmsprop-eps-inside"): "scale-1e-10",
    ("optax", "adagrad-start"): "noise",
    ("optax", "decay-from-zero"): "noise",
    ("keras", "decay-from-zero"): "noise",
    ("keras", "decay"): "noise",
    ("keras", "decay-nesterov"): "noise",
    ("keras", "rmsprop-eps-inside"): "scale-1e-10",
    ("keras", "adagrad-start"): "noise",
    ("keras", "adam-eps-hat"): "scale-1e-10",
    ("torch", "adam-weight-decay"): "noise",
    ("optax", "adam-decayed-gradients"): "noise",
}


def recorded_steps(case, problem):
    """The steps at which this case is recorded on this problem."""
    return tuple(step for step in STEPS if step <= CHAOTIC.get((case, problem), max(STEPS)))
