"""The stored runs of chapter 6 are those that the chapter's own cells give."""

import numpy as np
import pytest

import sweep_schedules
from adamlib.datasets import schedules_on_digits

WILD = ("GradientDescent", 2.0)  # these runs are chaotic: the last bit of a processor's arithmetic changes them


@pytest.fixture(scope="module")
def made():
    """All runs, made again: some seconds."""
    return list(sweep_schedules.all_runs())


def test_every_run_is_stored_in_its_place(made):
    stored = schedules_on_digits()
    assert stored.dtype.names == sweep_schedules.COLUMNS and len(stored) == 350
    assert [tuple(row)[:5] for row in stored.tolist()] == [row[:5] for row in made]
    assert np.array_equal(stored["seed"].reshape(-1, 5), np.tile(range(5), (70, 1)))


def test_the_stored_scores_are_those_of_the_runs(made):
    stored = schedules_on_digits()
    scores = np.array([row[5:] for row in made], dtype=float)
    wild = (stored["method"] == WILD[0]) & (stored["lr"] == WILD[1])
    assert wild.sum() == 50
    for name, again in zip(sweep_schedules.SCORES, scores.T, strict=True):
        assert np.allclose(stored[name][~wild], again[~wild], rtol=1e-6, atol=1e-9), name


def test_the_wild_runs_are_no_ones_choice(made):
    settings = [row[:4] for row in made[::5]]
    for losses in (schedules_on_digits()["loss"], np.array([row[5] for row in made], dtype=float)):
        median = dict(zip(settings, np.median(losses.reshape(-1, 5), axis=1), strict=True))
        wild = [setting for setting in settings if setting[1::2] == WILD]
        assert len(wild) == 10
        assert all(median[setting] > 1.2 * median[(*setting[:3], 1.0)] for setting in wild)


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
