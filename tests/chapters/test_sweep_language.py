"""The stored runs of chapter 8 are those that its tool gives, and the tool goes on where it was stopped."""

import math

import numpy as np
import pytest

import sweep_language
from adamlib.datasets import language_by_alpha, language_by_batch, transformer_on_alice
from adamlib.tuning import choose

STORED = {"batch": language_by_batch(), "alpha": language_by_alpha(), "transformer": transformer_on_alice()}
COLUMNS = {
    "batch": sweep_language.COLUMNS, "alpha": sweep_language.STEP_COLUMNS, "transformer": sweep_language.BLOCK_COLUMNS
}  # fmt: skip
CHOSEN_ON = {"batch": range(5), "alpha": range(1), "transformer": range(5)}


def settings(rows, columns):
    return [tuple(row[name] for name in columns) for row in rows]


@pytest.mark.parametrize("name", STORED)
def test_a_setting_has_a_number_and_its_seeds_once(name):
    runs = STORED[name]
    columns = COLUMNS[name]
    assert runs.dtype.names == columns
    assert len(np.unique(runs[["setting", "seed"]])) == len(runs)
    for number in np.unique(runs["setting"]):
        own = runs[runs["setting"] == number]
        assert len({repr(setting) for setting in settings(own, columns[1:-2])}) == 1
        assert set(own["seed"]) in ({*CHOSEN_ON[name]}, {*CHOSEN_ON[name], *range(100, 120)})


def test_what_is_chosen_was_run_on_fresh_seeds_and_stands_between_two_rates():
    runs = STORED["batch"]
    chosen = choose(runs, "excess", seeds=range(5), each=("alpha", "batch", "method"))
    assert len(chosen) == 2 * len(sweep_language.CASES) == 20
    for row in chosen:
        assert (runs["setting"] == row["setting"]).sum() == 25
        assert "log2_lr" not in row["edge"].split(", ")


@pytest.mark.parametrize("batch", [1024, 4096])
@pytest.mark.parametrize("method", sweep_language.METHODS)
def test_a_run_is_what_is_stored(batch, method):
    runs = STORED["batch"]
    row = choose(runs[(runs["batch"] == batch) & (runs["method"] == method)], "excess", seeds=range(5), each="alpha")[0]
    setting = [float(row[name]) for name in ("alpha", "batch", "log2_lr", "beta", "beta1", "beta2", "eps", "clip")]
    for seed in (0, 119):
        stored = runs[(runs["setting"] == row["setting"]) & (runs["seed"] == seed)]["excess"]
        assert np.isclose(sweep_language.run(method, *setting, seed), stored, rtol=0.02)


@pytest.mark.parametrize("method", sweep_language.BLOCK_METHODS)
def test_a_transformer_is_what_is_stored(method):
    runs = STORED["transformer"][STORED["transformer"]["method"] == method]
    row = choose(runs, "loss", seeds=range(5))[0]
    assert (runs["setting"] == row["setting"]).sum() == 25 and "log2_lr" not in row["edge"].split(", ")
    setting = [float(row[name]) for name in ("log2_lr", "log2_own", "beta", "beta1", "beta2", "clip")]
    stored = runs[(runs["setting"] == row["setting"]) & (runs["seed"] == 119)]["loss"]
    assert np.isclose(sweep_language.run_block(method, *setting, 119), stored, rtol=0.02)


def test_the_steps_are_what_is_stored():
    for row in choose(STORED["alpha"], "steps", each=("alpha", "method")):
        if row["alpha"] in (0, 1) and row["method"] != "Gradient descent":
            setting = [float(row[name]) for name in ("alpha", "log2_lr", "beta", "beta1", "beta2")]
            assert abs(sweep_language.count_steps(str(row["method"]), *setting, 0) - row["median"]) <= 1


def test_it_goes_downhill_and_goes_on_where_it_was_stopped(tmp_path):
    made, path = [], tmp_path / "runs.csv"

    def bowl(method, alpha, log2_lr, beta, seed):
        made.append((log2_lr, seed))
        return (log2_lr - 3.4) ** 2 + seed / 100 + alpha

    def runs():
        return sweep_language.Runs(path, ("setting", "method", "alpha", "log2_lr", "beta", "seed", "score"), bowl)

    found = sweep_language.search(runs(), range(3), {"A": [(math.nan,), (0.5,)]}, {"A": 9}, (1,))
    assert [setting[2] for setting in found] == [3.5, 3.5] and {rate for rate, _ in made} >= {3, 3.5, 4}
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines[0] == "setting,method,alpha,log2_lr,beta,seed,score" and lines[1].startswith("0,A,1,")
    assert ",nan,0," in lines[1] and lines[-1] == "" and not list(tmp_path.glob("*.part"))
    many = len(made)
    assert sweep_language.search(runs(), range(3), {"A": [(math.nan,), (0.5,)]}, {"A": 9}, (1,)) == found
    assert len(made) == many  # all of it was stored
