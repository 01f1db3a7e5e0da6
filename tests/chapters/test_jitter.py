"""The tool that changes the last bits of a chapter's gradients tells what hangs on them."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

import held
import jitter

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
def test_what_rounding_decides_is_told(tmp_path, monkeypatch, capsys, last, complaint, kind):
    names, bounce = {}, BOUNCE.format(kind=kind)
    exec(bounce, names)
    source = last.format(list(names["end"])) if "{}" in last else last
    text = subprocess.run([sys.executable, "-c", f"{bounce}\n{source}"], capture_output=True, text=True).stdout
    cell = new_code_cell(f"{bounce}\n{source}", outputs=[new_output("stream", text=text)] if text else [])
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "chaos.ipynb")
    monkeypatch.setattr(held, "CHAPTERS", tmp_path)
    monkeypatch.setattr(jitter, "HELD", tmp_path / "jitter.txt")
    jitter.HELD.touch()
    assert jitter.main(["chaos"]) == bool(complaint)
    assert (complaint or "nothing changes") in capsys.readouterr().out
    assert len(held.held(jitter.HELD)) == (not complaint)


def test_a_chapter_that_is_not_there_holds_nothing():
    assert jitter.main(["no chapter"]) == 1
