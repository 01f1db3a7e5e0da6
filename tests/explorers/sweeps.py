"""A sweep of Adam on a small valley, where some runs break, and its losses worked out one by one."""

import functools
import math

import numpy as np

from adamlib.adam import Adam
from adamlib.tuning import grid, sweep

AXES = {
    "beta1": (0.0, 0.9),
    "beta2": (0.99, 0.999, 0.9999),
    "lr": (0.001, 0.01, 0.03, 0.1, 1.0, 10.0),
    "bias_correction": (True, False),
}


class Valley:
    """0.001 + 0.5 (x^2 + 25 y^2), times a factor for each batch, up to a wall that the seed decides."""

    def start(self, seeds):
        return {"x": np.array([[2 + 0.1 * seed, -1.5] for seed in seeds])}

    def gradient(self, parameters, t, seeds):
        x, curvatures = parameters["x"], np.array([1.0, 25.0])
        factor = np.array([0.5 + np.random.default_rng([seed, t]).random() for seed in seeds])
        loss = (0.001 + 0.5 * (curvatures * x**2).sum(axis=-1)) * factor
        walls = 3.0 * 4.0 ** np.array(seeds)
        return np.where(abs(x).max(axis=-1) > walls, np.inf, loss), {"x": curvatures * x * factor[:, None]}

    def scores(self, parameters):
        return {"loss": 0.5 * (np.array([1.0, 25.0]) * parameters["x"] ** 2).sum(axis=-1)}


@functools.lru_cache
def valley_sweep(steps=100, seeds=(0, 1, 2), **axes):
    """Sweep over AXES, or other values for some of them."""
    return sweep(Valley(), grid(Adam, **AXES | axes), seeds, steps, at_once=100, progress=None)


def plain_losses(result, step, **cell):
    """The losses of a setting's runs after some steps, from the lowest to the highest."""
    losses = []
    for row, recorded in zip(result.table, result.losses):
        if all(math.isclose(row[name], value, rel_tol=1e-5) for name, value in cell.items()):
            last = recorded[step + 1 - min(20, math.ceil(step / 5)) : step + 1].tolist()
            losses.append(np.inf if row["diverged_at"] and row["diverged_at"] <= step else sum(last) / len(last))
    return sorted(losses)
