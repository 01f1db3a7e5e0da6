"""Other seeds for all that is left to chance, for `fresh_seeds.py` and `stored_runs.py`."""

import contextlib
import sys

import numpy as np

BLOCK = 1000  # seeds; no chapter counts so far
GIVEN = ("adamlib.datasets", "adamlib.exercises")  # what these draw is the task itself, and stays


@contextlib.contextmanager
def other_seeds(block):
    """Let every seed s that is given to NumPy's generator be s + 1000 block: starts, batches, noise, redrawn labels.

    Of a list of numbers the first is the seed. Tables still name the seeds 0, 1, 2, ..., so that those which choose
    and those which report stay apart.
    """
    made = np.random.default_rng

    def default_rng(seed):
        if sys._getframe(1).f_globals.get("__name__", "").startswith(GIVEN):
            return made(seed)
        first, *rest = seed if isinstance(seed, list) else [seed]
        if not 0 <= first < BLOCK:
            raise ValueError(f"a chapter's seeds are 0 to {BLOCK - 1}, got {first}")
        first += BLOCK * block
        return made([first, *rest] if rest else first)

    np.random.default_rng = default_rng
    try:
        yield
    finally:
        np.random.default_rng = made
