"""The stored runs of chapter 6 are those that the chapter's own cells give."""

import numpy as np
import pytest

import sweep_schedules
from adamlib.datasets import schedules_on_digits
from adamlib.tuning import paired_wins
from fresh_seeds import stored_runs
from other_seeds import other_seeds

SEEDS = 2  # of each setting, made again: a seed's run is the same whichever others run beside it
# From these rates on a method's runs are chaotic: the last bit of a processor's arithmetic changes them.
WILD = {("Gradient descent", schedule): 1.4 for schedule in ("constant", "linear", "cosine")}
WILD["Adam", "constant"] = 0.113


def is_wild(method, schedule, lr):
    return lr >= WILD.get((method, schedule), np.inf)


@pytest.fixture(scope="module", params=[0, 1], ids=["the chapter's seeds", "other seeds"])
def runs(request):
    """The stored runs of a block of seeds, and the first seeds of all settings, made again: some seconds."""
    with other_seeds(request.param):
        return stored_runs(request.param), list(sweep_schedules.all_runs(SEEDS))


def test_the_chapter_looks_up_its_own_seeds():
    assert np.array_equal(schedules_on_digits(), stored_runs(0)) and (stored_runs(0) != stored_runs(1)).any()


def test_every_run_is_stored_in_its_place(runs):
    stored, made = runs
    assert stored.dtype.names == sweep_schedules.COLUMNS and len(stored) == 106 * 30 + 20 * 80
    first = stored[stored["seed"] < SEEDS]
    assert [tuple(row)[:5] for row in first.tolist()] == [row[:5] for row in made]
    assert len(made) == 126 * SEEDS
    begins = np.flatnonzero(stored["seed"] == 0)
    for begin, end in zip(begins, [*begins[1:], len(stored)], strict=True):
        assert stored["seed"][begin:end].tolist() == list(range(end - begin))
        assert all(len(set(stored[name][begin:end])) == 1 for name in ("task", "method", "schedule", "lr"))


def test_the_stored_scores_are_those_of_the_runs(runs):
    stored, made = runs
    stored = stored[stored["seed"] < SEEDS]
    scores = np.array([row[5:] for row in made], dtype=float)
    wild = np.array([is_wild(*row) for row in stored[["method", "schedule", "lr"]].tolist()])
    assert wild.sum() == (12 + 4) * SEEDS
    for name, again in zip(sweep_schedules.SCORES, scores.T, strict=True):
        assert np.allclose(stored[name][~wild], again[~wild], rtol=1e-4, atol=1e-9), name


@pytest.mark.parametrize("block", [0, 1])
def test_the_wild_runs_are_no_ones_choice(block):
    stored = stored_runs(block)
    stored = stored[stored["seed"] < 10]
    for study in np.unique(stored[["task", "method", "schedule"]]):
        runs = stored[stored[["task", "method", "schedule"]] == study]
        rates, losses = np.unique(runs["lr"]), runs["loss"].reshape(-1, 10)
        _, method, schedule = study.tolist()
        assert not is_wild(method, schedule, rates[np.median(losses, axis=1).argmin()])


def test_other_seeds_give_other_verdicts_between_linear_and_cosine_as_the_chapter_says():
    def verdict(block, task):
        runs = stored_runs(block)
        runs = runs[(runs["task"] == task) & (runs["method"] == "Gradient descent")]
        ends = []
        for schedule in ("linear", "cosine"):
            of_one = runs[runs["schedule"] == schedule]
            losses = of_one["loss"].reshape(len(np.unique(of_one["lr"])), -1)
            ends.append(losses[np.median(losses[:, :10], axis=1).argmin(), 10:])
        return paired_wins(*ends).verdict

    assert all(verdict(0, task) != verdict(1, task) for task in ("clean", "redrawn"))


def test_the_tool_writes_the_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sweep_schedules, "ROOT", tmp_path)
    monkeypatch.setattr(sweep_schedules, "STORED", [tmp_path / "runs.csv", tmp_path / "others.csv"])
    monkeypatch.setattr(sweep_schedules, "all_runs", lambda: [("clean", "Adam", "linear", 0.02, 0, "0.5", "0", "1")])
    sweep_schedules.main()
    monkeypatch.setattr(sweep_schedules, "all_runs", lambda: iter(lambda: 1 / 0, None))
    with pytest.raises(ZeroDivisionError):
        sweep_schedules.main()  # and what was stored is still there
    for name in ("runs.csv", "others.csv"):
        lines = (tmp_path / name).read_text(encoding="utf-8").split("\n")
        assert lines == [",".join(sweep_schedules.COLUMNS), "clean,Adam,linear,0.02,0,0.5,0,1", ""]
    assert capsys.readouterr().out == "stored in runs.csv\nstored in others.csv\n"
