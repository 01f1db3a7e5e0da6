"""The networks that `record_network.py` gives to PyTorch and `test_network.py` to adamlib: NumPy only.

All numbers are written out or follow from small whole numbers, because the stream of a random generator may change.
"""

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "network.json"
SIZES = (3, 4, 2, 3)
ACTIVATIONS = ("tanh", "relu")
LR = {"GradientDescent": 0.1, "Adam": 0.01}
STEPS = 20


def spread(*shape, step):
    """Numbers between -1 and 1 without a pattern: the fractional parts of the multiples of an irrational number."""
    return (np.arange(1, np.prod(shape) + 1) * step % 1 * 2 - 1).reshape(shape)


INPUTS = spread(7, 3, step=2**0.5)
LABELS = np.array([0, 2, 1, 1, 0, 2, 2])


def start():
    """W1, b1, W2, ... as adamlib and PyTorch both have them: W of shape (outputs, inputs)."""
    steps = iter((3**0.5, 5**0.5, 7**0.5, 11**0.5, 13**0.5, 17**0.5))
    parameters = {}
    for layer, (n_in, n_out) in enumerate(zip(SIZES, SIZES[1:]), start=1):
        parameters[f"W{layer}"] = spread(n_out, n_in, step=next(steps))
        parameters[f"b{layer}"] = spread(n_out, step=next(steps)) / 2
    return parameters


def text(array):
    """Every digit of every number, in one line."""
    return " ".join(repr(float(value)) for value in np.ravel(array))


def recorded():
    """The recording, its numbers as flat arrays."""

    def read(entry):
        return {k: read(v) for k, v in entry.items()} if isinstance(entry, dict) else np.array(entry.split(), float)

    recording = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: read(entry) for name, entry in recording.items() if name != "versions"}
