"""Runs in a process of their own, each a fork of one that has already imported what takes longest to import."""

import contextlib
import multiprocessing

# Nothing of the project, which each run imports for itself, as it is there or with what the run puts in.
IMPORTED = ["pytest", "hypothesis.extra.numpy", "numpy.testing", "matplotlib.pyplot", "pandas", "anywidget", "IPython"]
IMPORTED += ["nbformat"]


@contextlib.contextmanager
def forks():
    """Give a pool of two processes at a time, each for one run."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with context.Pool(2, maxtasksperchild=1) as pool:
        yield pool
