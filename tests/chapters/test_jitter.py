"""No assertion and no printed number of a chapter hangs on the last bits of its gradients."""

import subprocess
import sys

import jitter
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from forks import forks
from guards import CHAPTERS
from project import PATIENCE

SEEDS = (1, 2)


def stored(cell):
    """The words that a cell is stored with: what it printed, and its last value, a picture left out."""
    texts = [
        o.text if "text" in o else o.data["text/plain"] for o in cell.outputs if "image/png" not in o.get("data", {})
    ]
    return "".join(texts).split()


def changes(path, run):
    """Return what the jitter changes in a chapter: a cell that stops it, or the words that another run prints."""
    try:
        printed = run.get(10 * PATIENCE)
    except RuntimeError as stopped:
        return str(stopped)
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    return [
        f"code cell {number} printed {' '.join(stored(cell))}\nand with the jitter {' '.join(now.split())}"
        for number, (cell, now) in enumerate(zip(cells, printed, strict=True), start=1)
        if now.split() != stored(cell)
    ]


@pytest.fixture(scope="module")
def start():
    """Give a function that starts a chapter's run with a seed."""
    with forks() as pool:
        yield lambda path, seed: pool.apply_async(jitter.run, (path, seed))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_last_bits_change_nothing(path, start):
    runs = {seed: start(path, seed) for seed in SEEDS}
    assert {seed: changes(path, run) for seed, run in runs.items()} == {seed: [] for seed in SEEDS}


# A bounce of RMSProp near a turned bowl's minimum: where it stands after 300 steps is decided by rounding.
BOUNCE = """\
from adamlib.descent import descend
from adamlib.landscapes import bowl
from adamlib.rmsprop import RMSProp
import numpy as np
start = np.array([-5.0, -2.0], np.{kind})
end = descend(bowl(degrees=45).gradient, start, RMSProp(lr=0.2), steps=300).points[-1]"""


@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize(
    ("last", "complaint"),
    [("print(end)", "and with the jitter"), ("assert np.array_equal(end, {})", "cell 1 of chaos.ipynb"),
     ("print(f'{abs(end).max():.0f}')", None)],
)  # fmt: skip
def test_what_rounding_decides_is_seen(tmp_path, start, last, complaint, kind):
    names, bounce = {}, BOUNCE.format(kind=kind)
    exec(bounce, names)
    source = last.format(list(names["end"])) if "{}" in last else last
    text = subprocess.run([sys.executable, "-c", f"{bounce}\n{source}"], capture_output=True, text=True).stdout
    cell = new_code_cell(f"{bounce}\n{source}", outputs=[new_output("stream", text=text)] if text else [])
    path = tmp_path / "chaos.ipynb"
    nbformat.write(new_notebook(cells=[cell]), path)
    found = str(changes(path, start(path, 1)))
    assert (complaint in found) if complaint else found == "[]"
