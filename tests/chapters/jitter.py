"""Run a chapter with every gradient changed in its last bits, and print what its cells print.

    python tests/chapters/jitter.py CHAPTER SEED

Each gradient that passes through `descend`, `trace` or `train`, and each that a landscape gives to a loop of the
chapter's own, is multiplied by 1 + 1e-15 times noise, as another processor's arithmetic might do. A number that then
changes is chaos, and no result. On standard output stands a JSON list with the text of each code cell; the first
assertion that fails stops the run and names its cell.
"""

import ast
import contextlib
import dataclasses
import io
import json
import os
import sys
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
from IPython.core.inputtransformer2 import TransformerManager

SIZE = 1e-15


class Jitter:
    """Gradients times 1 + 1e-15 times noise."""

    def __init__(self, seed):
        self.rng, self.seed = np.random.default_rng(seed), np.uint64(seed)

    def __call__(self, gradient):
        """Fresh normal noise for every number."""
        gradient = np.asarray(gradient)
        return self._times(gradient, self.rng.standard_normal(gradient.shape))

    def by_digits(self, gradient):
        """Noise that depends on a number's digits alone, as rounding does.

        So a loop that meets the same gradients twice, or their doubles, still takes the same path to the last bit.
        """
        with np.errstate(over="ignore"):  # the bits are mixed (splitmix64), and spread evenly over +- the root of 3
            bits = np.asarray(np.frexp(np.abs(gradient, dtype=np.float64))[0]).view(np.uint64)
            bits = bits + (self.seed + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
            bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return self._times(np.asarray(gradient), np.sqrt(3) * ((bits >> np.uint64(11)) * 2.0**-52 - 1))

    def _times(self, gradient, noise):
        if gradient.dtype.kind != "f":
            return gradient  # whole numbers, as typed in by hand: exact on every machine
        return gradient * (1 + SIZE * noise).astype(gradient.dtype)


class JitteredTask:
    """A task whose gradients are jittered; all else is the task's own."""

    def __init__(self, task, jitter):
        self._task, self._jitter = task, jitter

    def __getattr__(self, name):
        return getattr(self._task, name)

    def gradient(self, parameters, t, seeds):
        loss, gradients = self._task.gradient(parameters, t, seeds)
        return loss, {name: self._jitter(g) for name, g in gradients.items()}


def put_in(jitter):
    """Put the jitter into adamlib, before any other module has taken a function from it."""
    from adamlib import descent, landscapes, network

    descend, trace, train, made = descent.descend, descent.trace, network.train, landscapes.Landscape
    descent.descend = lambda gradient, *rest, **named: descend(lambda x: jitter(gradient(x)), *rest, **named)
    descent.trace = lambda optimizer, gradients, start=None: trace(optimizer, jitter(gradients), start)
    network.train = lambda task, *rest, **named: train(JitteredTask(task, jitter), *rest, **named)

    class JitteredLandscape(made):
        def __post_init__(self):
            exact = self.gradient
            object.__setattr__(self, "gradient", lambda point: jitter.by_digits(exact(point)))

    landscapes.Landscape = dataclasses.dataclass(frozen=True)(JitteredLandscape)


def run_cell(source, names):
    """Run a cell as IPython does: the value of a last expression is shown, unless it is None or a widget."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
        if value is not None and not hasattr(value, "_repr_mimebundle_"):
            print(repr(value))


def run(path, jitter):
    """Return what each code cell prints."""
    matplotlib.use("agg")
    put_in(jitter)
    printed, names = [], {"__name__": "__main__"}
    os.chdir(path.parent)
    for number, cell in enumerate(nbformat.read(path.name, as_version=4).cells, start=1):
        if cell.cell_type != "code":
            continue
        with contextlib.redirect_stdout(io.StringIO()) as out:
            try:
                run_cell(cell.source, names)
            except Exception as error:
                line = getattr(error.__traceback__.tb_next, "tb_lineno", 0)
                error.add_note(f"cell {number} of {path.name}, line {line}:\n{cell.source}")
                raise
        import matplotlib.pyplot as plt

        plt.close("all")
        printed.append(out.getvalue())
    return printed


if __name__ == "__main__":
    chapter, seed = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    json.dump(run(chapter, Jitter(seed)), sys.stdout)
