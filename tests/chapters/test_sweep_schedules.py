"""The stored runs of chapter 6 are those that the chapter's own cells give."""

import numpy as np
import pytest

import sweep_schedules
from adamlib.datasets import schedules_on_digits

SEEDS = 2  # of each setting, made again: a seed's run is the same whichever others run beside it
WILD = 1.4  # from this rate on descent's runs are chaotic: the last bit of a processor's arithmetic changes them


@pytest.fixture(scope="module")
def made():
    """The first seeds of all settings, made again: some seconds."""
    return list(sweep_schedules.all_runs(SEEDS))


def test_every_run_is_stored_in_its_place(made):
    stored = schedules_on_digits()
    assert stored.dtype.names == sweep_schedules.COLUMNS and len(stored) == 92 * 30 + 16 * 80
    first = stored[stored["seed"] < SEEDS]
    assert [tuple(row)[:5] for row in first.tolist()] == [row[:5] for row in made]
    assert len(made) == 108 * SEEDS
    begins = np.flatnonzero(stored["seed"] == 0)
    for begin, end in zip(begins, [*begins[1:], len(stored)], strict=True):
        assert stored["seed"][begin:end].tolist() == list(range(end - begin))
        assert all(len(set(stored[name][begin:end])) == 1 for name in ("task", "method", "schedule", "lr"))


def test_the_stored_scores_are_those_of_the_runs(made):
    stored = schedules_on_digits()
    stored = stored[stored["seed"] < SEEDS]
    scores = np.array([row[5:] for row in made], dtype=float)
    wild = (stored["method"] == "Gradient descent") & (stored["lr"] >= WILD)
    assert wild.sum() == 12 * SEEDS
    for name, again in zip(sweep_schedules.SCORES, scores.T, strict=True):
        assert np.allclose(stored[name][~wild], again[~wild], rtol=1e-4, atol=1e-9), name


def test_the_wild_runs_are_no_ones_choice():
    stored = schedules_on_digits()
    choosing = stored[(stored["seed"] < 10) & (stored["method"] == "Gradient descent")]
    medians = np.median(choosing["loss"].reshape(-1, 6, 10), axis=-1)  # a row for each task and schedule
    rates = choosing["lr"].reshape(-1, 6, 10)[0, :, 0]
    assert medians.shape == (6, 6) and rates[medians.argmin(axis=1)].max() < WILD


def test_the_tool_writes_the_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sweep_schedules, "ROOT", tmp_path)
    monkeypatch.setattr(sweep_schedules, "STORED", tmp_path / "runs.csv")
    monkeypatch.setattr(sweep_schedules, "all_runs", lambda: [("clean", "Adam", "linear", 0.02, 0, "0.5", "0", "1")])
    sweep_schedules.main()
    monkeypatch.setattr(sweep_schedules, "all_runs", lambda: iter(lambda: 1 / 0, None))
    with pytest.raises(ZeroDivisionError):
        sweep_schedules.main()  # and what was stored is still there
    lines = (tmp_path / "runs.csv").read_text(encoding="utf-8").split("\n")
    assert lines == [",".join(sweep_schedules.COLUMNS), "clean,Adam,linear,0.02,0,0.5,0,1", ""]
    assert capsys.readouterr().out == "stored in runs.csv\n"
