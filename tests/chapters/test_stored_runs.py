"""The stored runs of chapters 5 and 6 are those that the chapters' own cells give."""

import numpy as np
import pytest

import stored_runs
import sweep_schedules
import sweep_settings
from adamlib import datasets
from adamlib.tuning import paired_wins
from other_seeds import other_seeds

SCHEDULES, SETTINGS = sweep_schedules.STORED, sweep_settings.STORED
SEEDS = 2  # of each setting, made again: a seed's run is the same whichever others run beside it
# From these rates on a method's runs are chaotic: the last bit of a processor's arithmetic changes them.
WILD = {("Gradient descent", schedule): 1.4 for schedule in ("constant", "linear", "cosine")}
WILD["Adam", "constant"] = 0.113
# In chapter 5 these are, on some seeds.
WILD_SETTINGS = {("two moons", "Momentum"): 3.5, ("digits", "GradientDescent"): 1.7}


def is_wild(method, schedule, lr):
    return lr >= WILD.get((method, schedule), np.inf)


@pytest.fixture(scope="module", params=[0, 1], ids=["the chapter's seeds", "other seeds"])
def runs(request):
    """The stored runs of chapter 6 for a block of seeds, and each setting's first seeds, made again: some seconds."""
    with other_seeds(request.param):
        return SCHEDULES.read(request.param), list(sweep_schedules.all_runs(SEEDS))


@pytest.mark.parametrize("stored", [SCHEDULES, SETTINGS], ids=lambda stored: stored.reader)
def test_a_chapter_looks_up_its_own_seeds_and_other_blocks_are_others(stored):
    def written(runs):  # NaN too
        return [repr(row) for row in runs.tolist()]

    assert written(getattr(datasets, stored.reader)()) == written(stored.read(0)) != written(stored.read(1))
    assert all(stored.read(block).dtype.names == stored.columns for block in (0, 1))
    made = stored._replace(all_runs=lambda: [row.tolist() for row in stored.read(1)])
    assert written(made.read(2)) == written(stored.read(1))  # and what is not stored is made


@pytest.mark.parametrize("block", [0, 1])
def test_the_settings_of_chapter_5_are_stored_in_their_places(block):
    stored = SETTINGS.read(block)
    assert len(stored) == 2975 and stored["seed"].tolist() == [*range(35)] * 85
    with other_seeds(block):
        made = list(sweep_settings.all_runs([34]))
    assert len(made) == 85
    for row, again in zip(stored[34::35].tolist(), made, strict=True):
        assert str(row[:8]) == str((*again[:3], *map(float, again[3:8])))
        if row[3] < WILD_SETTINGS.get((row[0], row[2]), np.inf):
            assert np.isclose(row[9], float(again[9]), rtol=1e-4, atol=0)


def test_every_run_is_stored_in_its_place(runs):
    stored, made = runs
    assert len(stored) == 106 * 30 + 20 * 80
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
    stored = SCHEDULES.read(block)
    stored = stored[stored["seed"] < 10]
    for study in np.unique(stored[["task", "method", "schedule"]]):
        runs = stored[stored[["task", "method", "schedule"]] == study]
        rates, losses = np.unique(runs["lr"]), runs["loss"].reshape(-1, 10)
        _, method, schedule = study.tolist()
        assert not is_wild(method, schedule, rates[np.median(losses, axis=1).argmin()])


def test_other_seeds_give_other_verdicts_between_linear_and_cosine_as_the_chapter_says():
    def verdict(block, task):
        runs = SCHEDULES.read(block)
        runs = runs[(runs["task"] == task) & (runs["method"] == "Gradient descent")]
        ends = []
        for schedule in ("linear", "cosine"):
            of_one = runs[runs["schedule"] == schedule]
            losses = of_one["loss"].reshape(len(np.unique(of_one["lr"])), -1)
            ends.append(losses[np.median(losses[:, :10], axis=1).argmin(), 10:])
        return paired_wins(*ends).verdict

    assert all(verdict(0, task) != verdict(1, task) for task in ("clean", "redrawn"))


def test_the_runs_are_written_whole_or_not_at_all(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(stored_runs, "ROOT", tmp_path)
    row = ("clean", "Adam", "linear", 0.02, 0, "0.5", "0", "1")
    runs = SCHEDULES._replace(all_runs=lambda: [row])
    for path in runs.files:
        path.parent.mkdir(parents=True)
    runs.store()
    with pytest.raises(ZeroDivisionError):
        runs._replace(all_runs=lambda: iter(lambda: 1 / 0, None)).store()
    for path in runs.files:  # what was stored is still there
        lines = path.read_text(encoding="utf-8").split("\n")
        assert lines == [",".join(SCHEDULES.columns), "clean,Adam,linear,0.02,0,0.5,0,1", ""]
    told = "stored in adamlib/data/schedules_on_digits.csv\nstored in tests/chapters/schedules_on_digits_again.csv\n"
    assert capsys.readouterr().out == told
