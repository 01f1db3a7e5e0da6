"""Editors mark no line of a chapter: pyright, which many of them run, finds no error. Of adamlib pre-commit asks it."""

import json
import re
import subprocess
import sys

import nbformat
import pytest

from guards import CHAPTERS, cells
from project import ROOT

# What a reader may write, and what is a slip. Only the second half has errors, one a line.
SAMPLE = """\
# cell of the sample
import numpy as np

from adamlib import datasets, landscapes, network, schedules
from adamlib.adam import Adam
from adamlib.descent import GradientDescent
from adamlib.momentum import Momentum
from adamlib.rmsprop import AdaGrad, RMSProp
from adamlib.tuning import grid, sweep

warm = schedules.warmup(schedules.cosine(lr=0.1, steps=90), steps=10)
for optimizer in (GradientDescent, Momentum, RMSProp, AdaGrad, Adam):
    optimizer(lr=1), optimizer(lr=np.float64(0.1)), optimizer(lr=warm), optimizer(lr=lambda t: 0.1 / t)
schedules.chain(0.1, 3, warm), schedules.warmup(0.1, 5), schedules.per_epoch(lambda t: 0.1 / t, 10)
rate: float = warm(1)
landscapes.bowl([1, 2]), landscapes.bowl(np.array([1.0, 2.0]), degrees=45)
task = network.Task(network.Network((2, 5, 2)), datasets.two_moons(noise=0))
start = task.start(seeds=[0, 1])
trained = network.train(task, Adam(lr=warm), 5, seeds=[0, 1], start=start, progress=None)
network.train(task, Adam(), 5, seeds=range(3), progress=lambda done, total: None), trained.diverged_at.all()
sweep(task, grid(Adam, lr=[0.1]), [0, 1], 5, progress=None).table["loss"].min()

Adam(lr="0.1")  # wrong
GradientDescent()  # wrong
Momentum(nesterov="False")  # wrong
Adam(lr=lambda: 0.1)  # wrong
schedules.cosine(lr=warm, steps=100)  # wrong
network.train(task, Adam(), 5, seeds="0")  # wrong
"""


def code_of(path):
    """Give the code cells of a chapter as one module, each under its number, lines of IPython left out."""
    code = cells(nbformat.read(path, as_version=4), "code")
    return "".join(f"# cell {n}\n" + re.sub(r"(?m)^(\s*)%.*", r"\1pass", cell.source) + "\n" for n, cell in code)


def place(module, line):
    """Name a line of a chapter as its reader sees it."""
    above = module.splitlines()[:line]
    cell = max(i for i, text in enumerate(above) if text.startswith("# cell "))
    return f"{above[cell][2:]}, line {line - cell - 1}, {above[-1].strip()!r}"


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """Run pyright once over the chapters and the sample; give the errors of each, as (line, message)."""
    folder = tmp_path_factory.mktemp("code")
    modules = {path.stem: code_of(path) for path in CHAPTERS} | {"sample": SAMPLE}
    files = {name: folder / f"chapter_{name}.py" for name in modules}
    for name, file in files.items():
        file.write_text(modules[name], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, *files.values()],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr  # 1 is "errors were found": those of the sample
    said = json.loads(done.stdout)
    assert said["summary"]["filesAnalyzed"] == len(files)
    names, found = {str(file): name for name, file in files.items()}, {name: [] for name in files}
    for one in said["generalDiagnostics"]:
        if one["severity"] == "error":
            name, line = names[one["file"]], one["range"]["start"]["line"] + 1
            found[name].append((line, f"{place(modules[name], line)}: {one['message']}"))
    return found


def complaints(errors):
    return "\n".join(message for _, message in errors)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_line_of_a_chapter_has_a_type_error(path, errors):
    assert not errors[path.stem], complaints(errors[path.stem])


def test_what_may_be_written_has_no_error_and_every_slip_has_one(errors):
    wrong = [number for number, line in enumerate(SAMPLE.splitlines(), start=1) if line.endswith("# wrong")]
    assert sorted({line for line, _ in errors["sample"]}) == wrong, complaints(errors["sample"])
