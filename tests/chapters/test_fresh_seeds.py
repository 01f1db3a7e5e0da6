"""The tool that asks a chapter with other seeds tells what holds."""

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import fresh_seeds
import held
from adamlib.datasets import two_moons
from adamlib.network import Network, Task
from other_seeds import BLOCK, other_seeds


def test_starts_and_batches_are_others_and_the_data_are_the_same():
    task = Task(Network((2, 5, 2)), two_moons(), batch=64)

    def run(seed):
        p = task.start([seed])
        return p["W1"], task.gradient(p, 1, [seed])[1]["W1"], np.random.default_rng(seed).normal(size=3)

    with other_seeds(1):
        data, others = two_moons(), run(7)
        with pytest.raises(ValueError, match="0 to 999, got 1000"):
            np.random.default_rng(BLOCK)
    assert np.array_equal(data.train.inputs, two_moons().train.inputs)
    assert all(np.array_equal(a, b) for a, b in zip(others, run(BLOCK + 7), strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(others, run(7), strict=True))


# Two columns of random numbers: which is lower more often is luck, and the count is that of these seeds.
LUCK = """\
import numpy as np
from adamlib.tuning import paired_wins
a, b = np.array([np.random.default_rng(seed).random(2) for seed in range(20)]).T"""


@pytest.mark.parametrize(
    ("check", "code", "told"),
    [
        ("assert paired_wins(a, b).lower == {}", 1, "FAILS: paired_wins(a, b).lower == {}"),
        ("if True:\n    assert paired_wins(a, b).lower == {}", 1, "cell   2  FAILS  1 assertions  # Check: luck"),
        ("assert paired_wins(a, b).lower == {}  # these seeds", 0, "of its own seeds: paired_wins(a, b).lower == {}"),
        ("assert paired_wins(a, a + 1).verdict == 'lower'", 0, "lower:higher of pairs  20:0"),
    ],
)
def test_what_luck_decides_is_told(tmp_path, monkeypatch, capsys, check, code, told):
    names = {}
    exec(LUCK, names)
    here = (names["a"] < names["b"]).sum()
    path = tmp_path / "07_luck.ipynb"
    source = "# Check: luck\n" + check.format(here)
    nbformat.write(new_notebook(cells=[new_code_cell(LUCK), new_code_cell(source)]), path)
    monkeypatch.setattr(held, "CHAPTERS", tmp_path)
    monkeypatch.setattr(fresh_seeds, "HELD", tmp_path / "held.txt")
    fresh_seeds.HELD.write_text(f"0  {path.name}\n", encoding="utf-8")
    assert fresh_seeds.main(["07", "--block", "0"]) == 0  # with the chapter's own seeds all of it holds
    assert held.held(fresh_seeds.HELD) == {path.name: "0"}  # and is not written down
    capsys.readouterr()
    assert fresh_seeds.main(["07"]) == code
    assert told.format(here) in capsys.readouterr().out
    assert held.held(fresh_seeds.HELD) == ({} if code else {path.name: held.digest(path)})


def test_a_chapter_that_is_not_there_holds_nothing():
    assert fresh_seeds.main(["no chapter"]) == 1
