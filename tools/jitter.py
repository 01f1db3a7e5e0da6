"""Run chapters with every gradient changed in its last bits, and tell what that changes.

    python tools/jitter.py          all chapters
    python tools/jitter.py 05 06    those whose file name starts so

Each gradient that passes through `descend`, `trace` or `train`, and each that a landscape gives to a loop of the
chapter's own, is multiplied by 1 + 1e-15 times noise (in float32 1 + 5e-7), as another processor's arithmetic might do.
A number that then changes is chaos, and no result. A chapter runs with two seeds of noise; one of which a cell fails or
prints another text makes the exit code 1, and one that holds is written down in jitter.txt: see held.py.
"""

import ast
import contextlib
import dataclasses
import io
import os
import sys
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
from IPython.core.inputtransformer2 import TransformerManager

import held
from forks import forks

HELD = Path(__file__).with_suffix(".txt")
SEEDS = (1, 2)
SIZES = {np.dtype(np.float64): 1e-15, np.dtype(np.float32): 5e-7}  # four times the room between two numbers at 1
DRAWN = 2**20  # numbers of noise, for all gradients: fresh ones would take as long as the gradients themselves


class Jitter:
    """Gradients times 1 + 1e-15 times normal noise, or in float32 1 + 5e-7 times noise."""

    def __init__(self, seed):
        noise = np.random.default_rng(seed).standard_normal(DRAWN)
        self.factors = {kind: (1 + size * noise).astype(kind) for kind, size in SIZES.items()}
        self.at = 0

    def __call__(self, gradient):
        """Other noise on every call."""
        size = np.size(gradient)
        if size > DRAWN / 2:
            return self._times(gradient, np.arange(size) % DRAWN)
        self.at = (self.at + size) % (DRAWN - size)
        return self._times(gradient, slice(self.at, self.at + size))

    def by_digits(self, gradient):
        """Noise that depends on a number's digits alone, as rounding does.

        So a loop that meets the same gradients twice, or their doubles, still takes the same path to the last bit.
        """
        bits = np.ravel(gradient).astype(np.float64).view(np.uint64) << np.uint64(12)  # of the digits alone
        return self._times(gradient, bits * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(44))

    def _times(self, gradient, places):
        gradient = np.asarray(gradient)
        if gradient.dtype.kind != "f":
            return gradient  # whole numbers, as typed in by hand: exact on every machine
        return gradient * self.factors[gradient.dtype][places].reshape(gradient.shape)


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


def run_chapter(path, seed):
    """Return what each code cell prints; the first that fails stops the run, and is named in what it raises."""
    matplotlib.use("agg")
    put_in(Jitter(seed))
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
                told = f"cell {number} of {path.name}, line {line}: {type(error).__name__}: {error}\n{cell.source}"
                raise RuntimeError(told) from None
        import matplotlib.pyplot as plt

        plt.close("all")
        printed.append(out.getvalue())
    return printed


def stored(cell):
    """The words that a cell is stored with: what it printed, and its last value, a picture left out."""
    texts = [
        o.text if "text" in o else o.data["text/plain"] for o in cell.outputs if "image/png" not in o.get("data", {})
    ]
    return "".join(texts).split()


def changes(path, pool):
    """Return what the jitter changes in a chapter: a cell that stops it, or the words that one prints."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    found = []
    for run in [pool.apply_async(run_chapter, (path, seed)) for seed in SEEDS]:
        try:
            printed = run.get()
        except RuntimeError as stopped:
            found.append(str(stopped))
            continue
        found += [
            f"code cell {number} printed {' '.join(stored(cell))}\nand with the jitter {' '.join(now.split())}"
            for number, (cell, now) in enumerate(zip(cells, printed, strict=True), start=1)
            if now.split() != stored(cell)
        ]
    return found


def main(starts):
    paths = held.chosen(starts)
    holds = bool(paths)
    with forks() as pool:
        for path in paths:
            found = changes(path, pool)
            print(path.name, *(found or ["nothing changes"]), sep="\n  ", flush=True)
            held.write_down(HELD, path, not found)
            holds &= not found
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
