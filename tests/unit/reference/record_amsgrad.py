"""Record how PyTorch, Optax and Keras walk with AMSGrad on one series of gradients, in float64.

Run in an environment made from requirements.txt:  python tests/unit/reference/record_amsgrad.py
It writes amsgrad.json beside itself, in a moment. The gradients are two weights'; v falls and rises again, so that the
three libraries part.
"""

import importlib.metadata
import json
import os
from pathlib import Path

LR, BETA1, BETA2, EPS = 0.1, 0.9, 0.99, 1e-3
GRADIENTS = [
    [4.0, 0.1], [1.0, -0.1], [-1.0, 0.2], [0.5, 3.0], [2.0, 0.1], [-0.3, 0.0], [0.1, -0.2], [0.1, 0.1], [0.1, 9.0],
    [5.0, 0.3], [0.2, -1.0], [-0.7, 0.1], [0.0, 0.1], [0.3, -4.0], [-6.0, 0.2], [0.1, 0.1],
]  # fmt: skip

if __name__ == "__main__":  # a test runner that looks into every file does not have these libraries
    os.environ["KERAS_BACKEND"] = "jax"

    import jax

    jax.config.update("jax_enable_x64", True)

    import keras
    import numpy as np
    import optax
    import torch

    keras.config.set_floatx("float64")


def torch_walk():
    x = torch.zeros(2, dtype=torch.float64)
    optimizer = torch.optim.Adam([x], lr=LR, betas=(BETA1, BETA2), eps=EPS, amsgrad=True)
    for g in GRADIENTS:
        x.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        yield x.tolist()


def optax_walk():
    optimizer, x = optax.amsgrad(LR, b1=BETA1, b2=BETA2, eps=EPS), jax.numpy.zeros(2)
    state = optimizer.init(x)
    for g in GRADIENTS:
        update, state = optimizer.update(jax.numpy.array(g), state, x)
        x = x + update
        yield x.tolist()


def keras_walk():
    x = keras.Variable(np.zeros(2), dtype="float64")
    optimizer = keras.optimizers.Adam(LR, beta_1=BETA1, beta_2=BETA2, epsilon=EPS, amsgrad=True)
    optimizer.build([x])
    for g in GRADIENTS:
        optimizer.apply([np.array(g)], [x])
        yield np.asarray(x.value).tolist()


def main():
    walks = {"torch": torch_walk, "optax": optax_walk, "keras": keras_walk}
    packages = ("numpy", "torch", "optax", "jax", "jaxlib", "keras")
    recording = {
        "versions": {package: importlib.metadata.version(package) for package in packages},
        "walks": {library: list(walk()) for library, walk in walks.items()},
    }
    path = Path(__file__).with_name("amsgrad.json")
    path.write_text(json.dumps(recording, indent=0) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
