"""Sweeps: every run as it would be alone, whatever is beside it, and what is said about many of them."""

import dataclasses
import functools
import itertools
import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optimizers import OPTIMIZERS

from adamlib.adam import Adam
from adamlib.datasets import two_moons
from adamlib.descent import GradientDescent, trace
from adamlib.momentum import Momentum
from adamlib.network import Network, Task, train
from adamlib.rmsprop import AdaGrad, RMSProp
from adamlib.schedules import cosine, linear
from adamlib.tuning import (
    PairedWins,
    SideBySide,
    Sweep,
    SweepStopped,
    bands,
    choose,
    grid,
    join,
    load,
    paired_wins,
    report,
    sweep,
)

SCORES = ("loss", "train_error", "validation_error", "test_error")


class NoisyParabola:
    """x^2 / 2 with normal noise of deviation 1 on every gradient; a seed decides the noise."""

    def start(self, seeds):
        return {"x": np.zeros(len(seeds)), "y": np.ones((len(seeds), 3))}

    def gradient(self, parameters, t, seeds):
        noise = np.array([np.random.default_rng([seed, t]).normal(size=4) for seed in seeds])
        x, y = parameters["x"], parameters["y"]
        return self.scores(parameters)["loss"], {"x": x + noise[:, 0], "y": y + noise[:, 1:]}

    def scores(self, parameters):
        return {"loss": parameters["x"] ** 2 / 2 + (parameters["y"] ** 2).sum(axis=-1) / 2}


class Quartic:
    """The loss x^4 / 4 from x = 2 + seed: descent with a large learning rate is thrown out."""

    def start(self, seeds):
        return {"x": 2.0 + np.array(seeds)}

    def gradient(self, parameters, t, seeds):
        return parameters["x"] ** 4 / 4, {"x": parameters["x"] ** 3}

    def scores(self, parameters):
        return {"loss": parameters["x"] ** 4 / 4, "height": parameters["x"]}


@functools.cache
def moons():
    return Task(Network((2, 5, 3, 2)), two_moons(n=40), batch=16)


SETTINGS = grid(GradientDescent, lr=[0.1, 1.0]) + grid(Adam, lr=[0.01, 0.1], beta2=[0.99])
SETTINGS += [Momentum(), RMSProp(), AdaGrad()]


@functools.cache
def moons_sweep():
    return sweep(moons(), SETTINGS, [5, 0, 7], steps=12, at_once=3)


def assert_same_bits(one, other, rows=slice(None)):
    assert one.table.dtype == other.table.dtype and one.table.tobytes() == other.table[rows].tobytes()
    assert one.losses.dtype == other.losses.dtype and one.losses.tobytes() == other.losses[rows].tobytes()


# settings ---------------------------------------------------------------------------------------------------------


def test_a_grid_is_the_product_in_the_order_written():
    found = [(o.beta1, o.lr, o.eps) for o in grid(Adam, beta1=[0.0, 0.9], lr=np.array([1, 2, 3]), eps=[0.5])]
    assert found == [(b, lr, 0.5) for b in (0.0, 0.9) for lr in (1, 2, 3)]
    assert grid(Adam) == [Adam()]


# side by side -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_side_by_side_each_takes_the_steps_that_it_takes_alone(dtype):
    gradients = np.random.default_rng(0).normal(size=(20, len(OPTIMIZERS), 2, 3)).astype(dtype)
    start = np.random.default_rng(1).normal(size=gradients.shape[1:]).astype(dtype)
    together = trace(SideBySide(tuple(OPTIMIZERS)), gradients, start)
    assert together.steps.dtype == dtype and together.states[-1].t == 20
    for place, optimizer in enumerate(OPTIMIZERS):
        alone = trace(optimizer, gradients[:, place], start[place])
        assert np.array_equal(together.steps[:, place], alone.steps)


@pytest.mark.parametrize("shape", [(3, 2), (1, 2), (2, 3)])
def test_a_gradient_of_another_shape_is_refused(shape):
    both = SideBySide((Adam(), Momentum()))
    with pytest.raises(ValueError, match="the gradient has"):
        both.update(np.ones(shape), both.init(np.ones((2, 2))), np.ones((2, 2)))


def test_each_has_a_schedule_of_its_own():
    both = SideBySide((GradientDescent(lambda t: 1 / t), GradientDescent(0.5)))
    assert trace(both, np.ones((3, 2))).steps.tolist() == [[-1, -0.5], [-0.5, -0.5], [-1 / 3, -0.5]]


# sweeps -----------------------------------------------------------------------------------------------------------


def test_every_run_has_the_numbers_that_it_has_alone():
    table, losses, interrupted = moons_sweep()
    assert table.shape == (21,) and losses.shape == (21, 13) and interrupted is False
    place = 0
    for optimizer in SETTINGS:
        for seed in (5, 0, 7):
            alone = train(moons(), optimizer, 12, seed)
            assert np.allclose(losses[place], alone.losses, rtol=1e-12, atol=0)
            for name, score in moons().scores(alone.parameters).items():
                assert np.isclose(table[name][place], score, rtol=1e-12)
            place += 1
    assert len(np.unique(losses[:, -1])) == 21


def test_the_table_says_what_each_run_was():
    table = moons_sweep().table
    names = ("setting", "method", "lr", "beta1", "beta2", "eps", "bias_correction", "beta", "heavy_ball", "nesterov")
    assert table.dtype.names == (*names, "seed", *SCORES, "diverged_at")
    assert table["setting"].tolist() == [i for i in range(7) for _ in range(3)]
    assert table["seed"].tolist() == [5, 0, 7] * 7
    for row in table:
        optimizer = SETTINGS[row["setting"]]
        assert row["method"] == type(optimizer).__name__ and row["diverged_at"] == 0
        fields = dataclasses.asdict(optimizer)
        for name in names[2:]:
            assert row[name] == fields[name] if name in fields else np.isnan(row[name])


@functools.cache
def of_full_batches(at_once, seeds=(5, 0, 7)):
    """Descend with all 300 examples in each step, where one product for all runs would round otherwise."""
    task = Task(Network((2, 5, 3, 2), "relu"), two_moons())
    return sweep(task, grid(Adam, lr=[0.003, 0.03, 0.3]) + grid(GradientDescent, lr=[0.1, 1]), seeds, 40, at_once)


@pytest.mark.parametrize("at_once", [1, 2, 7, 100])
def test_how_many_at_once_changes_no_bit(at_once):
    assert_same_bits(sweep(moons(), SETTINGS, [5, 0, 7], steps=12, at_once=at_once), moons_sweep())
    assert_same_bits(of_full_batches(at_once), of_full_batches(3))


def test_a_seeds_runs_do_not_depend_on_the_other_seeds():
    assert_same_bits(sweep(moons(), SETTINGS, [0], 12), moons_sweep(), moons_sweep().table["seed"] == 0)
    assert_same_bits(of_full_batches(5, (0,)), of_full_batches(5), of_full_batches(5).table["seed"] == 0)


def test_a_run_that_breaks_is_the_worst_of_its_table_and_disturbs_no_other():
    settings = [GradientDescent(lr=0.1), GradientDescent(lr=0.5), Adam(lr=0.1)]
    table, losses, _ = sweep(Quartic(), settings, [0, 1, 8], steps=30)
    broke = table["diverged_at"] > 0
    assert broke.tolist() == [False, False, True, False, True, True, False, False, False]
    assert np.isinf(table["loss"][broke]).all() and np.isinf(table["height"][broke]).all()
    for row, curve in zip(table, losses):
        alone = train(Quartic(), settings[row["setting"]], 30, int(row["seed"]), {"x": 2.0 + np.array(row["seed"])})
        assert row["diverged_at"] == alone.diverged_at
        assert np.allclose(curve, alone.losses, rtol=1e-12, equal_nan=True)
        if not alone.diverged_at:
            assert np.isclose(row["height"], alone.parameters["x"], rtol=1e-12)


def test_a_score_that_is_not_finite_counts_as_broken():
    class NoScore(Quartic):
        def scores(self, parameters):
            return {"loss": np.where(parameters["x"] > 2.9, np.nan, 1.0)}

    assert sweep(NoScore(), [Adam()], [0, 1], 3).table["loss"].tolist() == [1.0, np.inf]


def test_the_noise_floor_of_descent_over_many_seeds():
    rates = [0.1, 0.5, 1.0]
    table = sweep(NoisyParabola(), grid(GradientDescent, lr=rates), range(500), steps=60).table
    found = table["loss"].reshape(3, 500).mean(axis=1)
    variance = np.array(rates) / (2 - np.array(rates))
    assert np.allclose(found, 4 * variance / 2, rtol=0.15)  # four numbers, each with loss variance / 2


@pytest.mark.parametrize("order", [map, lambda function, jobs: backwards(function, jobs)])
def test_progress_counts_the_steps_of_all_parts(order):
    said = []
    sweep(Quartic(), [Adam()] * 5, [0], steps=3, at_once=2, map=order, progress=lambda *at: said.append(at))
    assert said == [(done, 9) for done in range(1, 10)]
    assert len(sweep(Quartic(), [Adam()], [0], steps=3, progress=None).table) == 1


# what goes wrong on the way ---------------------------------------------------------------------------------------


class Stopped(Task):
    """A task that somebody interrupts when the given number of gradients has been computed."""

    def gradient(self, parameters, t, seeds):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return super().gradient(parameters, t, seeds)


left = [0]


def stopped(after):
    left[0] = after
    task = Stopped(moons().network, moons().data, moons().batch)
    return sweep(task, SETTINGS, [5, 0, 7], steps=12, at_once=3)


@pytest.mark.parametrize(("after", "kept"), [(14, 9), (26, 9), (27, 18), (39, 18)])  # the first is spent on asking
def test_an_interrupted_sweep_keeps_the_settings_that_are_complete(after, kept, capsys):
    try:
        result = stopped(after)
    except KeyboardInterrupt:  # it would end the tests, and no failure would be seen
        pytest.fail("the interruption was passed on", pytrace=False)
    assert result.interrupted is True
    assert_same_bits(result, moons_sweep(), slice(kept))
    assert f"interrupted: {kept} of 21 runs are complete and kept" in capsys.readouterr().err
    assert len(bands(result.table, "loss")) == kept // 3


def test_interrupted_before_anything_is_complete_it_is_an_interruption():
    with pytest.raises(KeyboardInterrupt):
        stopped(after=13)


@pytest.mark.parametrize("bad", [float("nan"), -0.1])
def test_a_schedule_that_goes_wrong_is_refused_before_the_first_step(bad):
    left[0] = 0
    task = Stopped(moons().network, moons().data, moons().batch)
    with pytest.raises(ValueError, match=f"the schedule's lr at t = 3 must be a finite number >= 0, got {bad}"):
        sweep(task, [Adam(), Adam(lr=lambda t: 0.1 if t < 3 else bad)], [0], steps=3)


class Poor(Quartic):
    """A task that lacks memory wherever a setting is computed alone, from the second step on."""

    def gradient(self, parameters, t, seeds):
        if len(parameters["x"]) == 1 and t > 1:
            raise MemoryError("no room")
        return super().gradient(parameters, t, seeds)


FIVE = grid(Adam, lr=[0.01, 0.02, 0.03, 0.04, 0.05])


def backwards(function, jobs):
    return [function(job) for job in [*jobs][::-1]]


@pytest.mark.parametrize("order", [map, backwards])
def test_a_part_that_fails_costs_no_other(order):
    with pytest.raises(SweepStopped, match=r"^MemoryError: no room \(8 of 10 runs are complete and kept, in") as caught:
        sweep(Poor(), FIVE, [0, 1], 3, at_once=2, map=order)
    assert "Traceback" in str(caught.value) and "in gradient" in str(caught.value)
    kept = caught.value.sweep
    assert kept.interrupted is True
    assert_same_bits(kept, sweep(Quartic(), FIVE, [0, 1], 3), slice(8))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_map_that_fails_costs_nothing_that_came_back():
    def breaks(function, jobs):
        yield function([*jobs][1])
        raise OSError("a cable was pulled")

    with pytest.raises(SweepStopped, match=r"^OSError: a cable was pulled \(4 of 10 runs") as caught:
        sweep(Quartic(), FIVE, [0, 1], 3, at_once=2, map=breaks)
    assert isinstance(caught.value.__cause__, OSError)
    assert_same_bits(caught.value.sweep, sweep(Quartic(), FIVE, [0, 1], 3), slice(4, 8))


def test_before_anything_is_complete_the_exception_has_no_runs():
    with pytest.raises(SweepStopped) as caught:
        sweep(Poor(), FIVE, [0, 1], 3, at_once=1)
    assert len(caught.value.sweep.table) == 0 and caught.value.sweep.losses.shape == (0, 4)
    whole = sweep(Quartic(), FIVE, [0, 1], 3)
    assert_same_bits(join(caught.value.sweep, whole)._replace(interrupted=False), whole)


# on other machines ------------------------------------------------------------------------------------------------


def test_threads_give_the_same_bits():
    with ThreadPoolExecutor(3) as pool:
        assert_same_bits(sweep(moons(), SETTINGS, [5, 0, 7], steps=12, at_once=2, map=pool.map), moons_sweep())


@given(st.randoms(use_true_random=False), st.integers(1, 8))
def test_in_any_order_of_completion(chance, at_once):
    def shuffled(function, jobs):
        results = [function(job) for job in jobs]
        chance.shuffle(results)
        return results

    result = sweep(Quartic(), FIVE, [4, 0, 1], 3, at_once=at_once, map=shuffled)
    assert_same_bits(result, sweep(Quartic(), FIVE, [4, 0, 1], 3))


# kept and put together --------------------------------------------------------------------------------------------


class Counted(Quartic):
    """The quartic, which remembers for how many settings and seeds it was asked."""

    def __init__(self):
        self.asked = []

    def gradient(self, parameters, t, seeds):
        self.asked.append((len(parameters["x"]), seeds))
        return super().gradient(parameters, t, seeds)


def computed(folder, *arguments, **more):
    """Run a sweep with a store; return it, and which settings and seeds were computed."""
    task = Counted()
    result = sweep(task, *arguments, store=folder, **more)
    return result, [*dict.fromkeys(task.asked[1:])]  # the first is asked before training


def test_a_stopped_sweep_goes_on_where_it_was(tmp_path):
    with pytest.raises(SweepStopped):
        sweep(Poor(), FIVE, [0, 1], 3, at_once=2, store=tmp_path / "runs" / "here")
    result, asked = computed(tmp_path / "runs" / "here", FIVE, [0, 1], 3)
    assert asked == [(1, (0, 1))]
    assert_same_bits(result, sweep(Quartic(), FIVE, [0, 1], 3))
    again, asked = computed(str(tmp_path / "runs" / "here"), FIVE, [0, 1], 3)
    assert asked == []
    assert_same_bits(again, result)


def test_what_was_interrupted_by_hand_goes_on_too(tmp_path, monkeypatch):
    left[0] = 27
    task = Stopped(moons().network, moons().data, moons().batch)
    assert sweep(task, SETTINGS, [5, 0, 7], 12, at_once=3, store=tmp_path).interrupted
    left[0] = 1 + 13  # asking, and the one setting that is missing
    assert_same_bits(sweep(task, SETTINGS, [5, 0, 7], 12, at_once=3, store=tmp_path), moons_sweep())


def test_more_settings_and_seeds_in_another_order_compute_only_what_is_missing(tmp_path):
    computed(tmp_path, FIVE[1:3], [0, 1], 3)
    result, asked = computed(tmp_path, FIVE[::-1], [2, 1, 0], 3)
    assert asked == [(3, (2, 1, 0)), (2, (2,))]
    assert_same_bits(result, sweep(Quartic(), FIVE[::-1], [2, 1, 0], 3))


def test_a_job_array_shares_a_folder(tmp_path):
    for i in (2, 0, 1):
        computed(tmp_path, SETTINGS[i::3], [0, 1], 3, at_once=1)
    result, asked = computed(tmp_path, SETTINGS, [0, 1], 3)
    assert asked == [] and len(list(tmp_path.iterdir())) == 7
    assert_same_bits(result, sweep(Quartic(), SETTINGS, [0, 1], 3))
    assert sorted(load(tmp_path).table["loss"]) == sorted(result.table["loss"])


def test_a_setting_that_stands_twice_in_the_list_is_found_twice(tmp_path):
    computed(tmp_path, [Adam(), Adam(lr=0.1), Adam()], [0], 3)
    result, asked = computed(tmp_path, [Adam(), Adam()], [0], 3)
    assert asked == [] and len(set(result.table["loss"].tolist())) == 1


class Shifted(Quartic):
    def start(self, seeds):
        return {"x": 2.1 + np.array(seeds)}


@pytest.mark.parametrize(
    ("task", "steps", "words"),
    [
        (Shifted(), 3, "seed 0 begins with the loss 4, not 4.86203"),
        (Quartic(), 4, "has runs of 3 steps with the scores loss, height"),
        (NoisyParabola(), 3, "has runs of 3 steps with the scores loss, height"),
    ],
)
def test_a_folder_of_another_sweep_is_refused(tmp_path, task, steps, words):
    computed(tmp_path, FIVE, [0, 1], 3)
    with pytest.raises(ValueError, match="store must be a folder for this task") as caught:
        sweep(task, FIVE, [0, 1], steps, store=tmp_path)
    assert str(tmp_path) in str(caught.value) and str(caught.value).endswith(words)


@pytest.mark.parametrize(
    "use", [lambda s, folder: sweep(Quartic(), s, [0], 2, store=folder), lambda s, _: join(sweep(Quartic(), s, [0], 2))]
)
def test_a_setting_that_prints_as_an_address_is_not_kept_or_joined(tmp_path, use):
    with pytest.raises(ValueError, match="a setting must print what it is.*<lambda> at 0x"):
        use([Adam(lr=lambda t: 0.1)], tmp_path)
    use([Adam(lr=cosine(0.1, 5))], tmp_path)


def write_checkpoint(path):
    np.savez(path, **train(moons(), Adam(), 2, progress=None).checkpoint)


BROKEN = [
    write_checkpoint,
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"no archive"),
    lambda path: path.write_bytes(next(path.parent.glob("*.npz")).read_bytes()[:300]),  # half of one
]


@pytest.mark.parametrize("write", BROKEN)
@pytest.mark.parametrize("use", [load, lambda folder: sweep(Quartic(), FIVE, [0], 2, store=folder)])
def test_a_file_of_another_kind_in_the_folder_is_named(tmp_path, write, use):
    computed(tmp_path, FIVE, [0], 2)
    write(tmp_path / "run.npz")
    with pytest.raises(ValueError, match="each .npz in .* must hold such runs, and .*: move it away") as told:
        use(tmp_path)
    assert str(tmp_path / "run.npz") in str(told.value)


@pytest.mark.parametrize("use", [load, lambda folder: sweep(Quartic(), FIVE, [0], 2, store=folder)])
def test_a_folder_that_is_a_file_is_named(tmp_path, use):
    write_checkpoint(tmp_path / "run.npz")
    with pytest.raises(ValueError, match=r"(folder|store) must be a folder, and '.*run\.npz' is a file: name another"):
        use(tmp_path / "run.npz")


def test_an_empty_folder_has_nothing_to_load(tmp_path):
    with pytest.raises(ValueError, match="folder must hold the stored runs of a sweep, got .* with none"):
        load(tmp_path)


def test_joined_sweeps_have_each_setting_once_and_every_column():
    of_adam = sweep(Quartic(), FIVE[:2], [0, 1], 3)
    others = sweep(Quartic(), [Momentum(lr=0.02), Adam(lr=linear(0.02, steps=5)), FIVE[1]], [2], 3)
    table, losses, interrupted = join(of_adam, others)
    names = ("setting", "method", "lr", "beta1", "beta2", "eps", "bias_correction", "beta", "heavy_ball", "nesterov")
    assert table.dtype.names == (*names, "printed", "seed", "loss", "height", "diverged_at")
    assert table["setting"].tolist() == [0, 0, 1, 1, 1, 2, 3] and table["seed"].tolist() == [0, 1, 0, 1, 2, 2, 2]
    assert table["method"].tolist() == ["Adam"] * 5 + ["Momentum", "Adam"]
    assert np.array_equal(table["beta"], [np.nan] * 5 + [0.9, np.nan], equal_nan=True)
    assert table["printed"].tolist() == [""] * 6 + ["lr=linear(lr=0.02, steps=5, end=0.0)"]
    assert np.array_equal(
        table["loss"], np.concatenate([of_adam.table["loss"], others.table["loss"]])[[0, 1, 2, 3, 6, 4, 5]]
    )
    assert np.array_equal(losses, np.concatenate([of_adam.losses, others.losses])[[0, 1, 2, 3, 6, 4, 5]])
    assert interrupted is False and join(of_adam._replace(interrupted=True), others).interrupted is True


@given(st.lists(st.tuples(st.sampled_from(range(7)), st.sampled_from([5, 0, 7])), min_size=1, max_size=40))
def test_any_pieces_join_to_the_runs_they_hold(cells):
    whole = moons_sweep()
    runs = [setting * 3 + [5, 0, 7].index(seed) for setting, seed in cells]
    pieces = [Sweep(whole.table[[i]].copy(), whole.losses[[i]], False) for i in runs]
    for piece in pieces:
        piece.table["setting"] = 0  # each was the first of its own sweep
    joined = join(*pieces)
    numbers = {setting: i for i, setting in enumerate(dict.fromkeys(setting for setting, _ in cells))}
    assert len(joined.table) == len(set(cells))
    found = {(row["setting"], row["seed"]): (row["lr"], row["method"], row["loss"]) for row in joined.table}
    for i, (setting, seed) in zip(runs, cells):
        row = whole.table[i]
        assert found[numbers[setting], seed] == (row["lr"], row["method"], row["loss"])


def test_a_run_that_has_two_results_is_refused():
    one = sweep(Quartic(), FIVE, [0, 1], 3)
    with pytest.raises(ValueError, match=r"seed 0 has others with Adam, 0.01, 0.9, 0.999, 1e-08, 1.0: were the tasks"):
        join(one, sweep(Shifted(), FIVE, [0, 1], 3))
    assert_same_bits(join(one, one), one)


# refused before training ------------------------------------------------------------------------------------------


class Never(Quartic):
    """A task that is asked for its first loss alone."""

    def gradient(self, parameters, t, seeds):
        assert t == 1 and len(parameters["x"]) == 2
        return super().gradient(parameters, t, seeds)


def never(**methods):
    return type("Odd", (Never,), methods)()


def optimizer_with(*fields):
    """Make an optimizer with more hyper-parameters than descent has, and no check of them."""
    rows, unchecked = [(name, object, 1.0) for name in fields], {"__post_init__": lambda self: None}
    return dataclasses.make_dataclass("Own", rows, bases=(GradientDescent,), frozen=True, namespace=unchecked)(0.1)


class Plain:
    """An optimizer that is no dataclass."""

    def init(self, x):
        return ()

    def update(self, gradient, state):
        return -gradient, state

    def __repr__(self):
        return "Plain()"


def heights(shape):
    return lambda self, parameters: {"height": np.zeros(shape)}


@pytest.mark.parametrize(
    ("task", "optimizers", "message"),
    [
        (7, FIVE, "task must have start, gradient and scores, got int without start"),
        (never(gradient=None), FIVE, "task must have start, gradient and scores, got Odd without gradient"),
        (never(scores=None), FIVE, "task must have start, gradient and scores, got Odd without scores"),
        (never(start=lambda self, seeds: {"x": np.zeros(2)}), FIVE,
         "the task's start of x must have the shape (3,), an entry for each seed; got (2,)"),
        (never(gradient=lambda self, p, t, seeds: (1.0, {"x": p["x"]})), FIVE,
         "the task's loss must have the shape (2, 3), a number for each setting and seed; got ()"),
        (never(gradient=lambda self, p, t, seeds: (p["x"][0], {"x": p["x"]})), FIVE,
         "the task's loss must have the shape (2, 3), a number for each setting and seed; got (3,)"),
        (never(gradient=lambda self, p, t, seeds: (p["x"], {"x": p["x"][0]})), FIVE,
         "the task's gradient of x must have the shape (2, 3), as the parameters; got (3,)"),
        (never(gradient=lambda self, p, t, seeds: (p["x"], {"y": p["x"]})), FIVE,
         "gradients must be those of x; got y"),
        (never(gradient=lambda self, p, t, seeds: (p["x"] * np.nan, p)), FIVE,
         "start must have a finite loss, got array([nan, nan, nan])"),
        (never(scores=lambda self, p: 1.0), FIVE, "scores must be a dict with a name for each score, got 1.0"),
        (never(scores=lambda self, p: {}), FIVE, "scores must be a dict with a name for each score, got {}"),
        (never(scores=heights((3,))), FIVE,
         "the task's score height must have the shape (2, 3), a number for each setting and seed; got (3,)"),
        (never(larger_is_better=("depth",)), FIVE,
         "larger_is_better must name scores, which are loss, height; got 'depth'"),
        (Never(), [Adam(), Plain()],
         "optimizers must be dataclasses, whose fields are their hyper-parameters, got Plain()"),
        *(
            (Never(), [optimizer_with(name)],
             f"a hyper-parameter must not be called {name!r}, which is a column of the table already")
            for name in ("setting", "method", "printed", "seed", "diverged_at", "runs", "low", "median", "high", "edge")
        ),
        (never(scores=lambda self, p: {"seed": p["x"]}), FIVE,
         "a score must not be called 'seed', which is a column of the table already"),
        (Never(), [optimizer_with("height")],
         "a score must not be called 'height', which is a hyper-parameter already"),
    ],
)  # fmt: skip
def test_what_would_fail_after_training_is_refused_before(task, optimizers, message):
    with pytest.raises(ValueError) as caught:
        sweep(task, optimizers, [0, 1, 2], 3)
    assert str(caught.value) == message


def test_an_executor_is_not_its_map():
    with pytest.raises(ValueError, match="map must be a function, such as the method map of an executor, got <"):
        sweep(Never(), FIVE, [0], 3, map=ThreadPoolExecutor())


def test_a_broken_run_never_looks_best():
    class Higher(Quartic):
        larger_is_better = ("height",)

    settings = [GradientDescent(lr=0.1), GradientDescent(lr=0.5)]
    table = sweep(Higher(), settings, [1, 8], steps=30).table
    assert np.isfinite(table["height"]).tolist() == [True, False, False, False]
    assert table["height"][1:].tolist() == [-np.inf] * 3 and table["loss"][1:].tolist() == [np.inf] * 3
    for larger in (False, True):  # whatever the sweep was told
        untold = sweep(Quartic(), settings, [1, 8], steps=30).table
        assert choose(untold, "height", seeds=[1], larger=larger)["lr"] == [0.1]
        assert choose(table, "height", seeds=[1], larger=larger)["lr"] == [0.1]


@dataclasses.dataclass(frozen=True)
class Worded(GradientDescent):
    words: object = "plain"

    def __post_init__(self):
        """Leave the words unchecked: adamlib has no such hyper-parameter."""


def test_what_is_no_number_is_printed_in_a_column_of_its_own():
    settings = [
        Adam(lr=linear(0.1, steps=5)), Adam(lr=linear(0.2, steps=5)), Worded(0.1), Worded(0.1, words=None),
        Worded(0.1, words=True),
    ]  # fmt: skip
    settings += [Worded(0.1, words=Fraction(1, 3)), Worded(0.1, words=0.25)]
    table = sweep(Quartic(), settings, [0], steps=2).table
    assert table.dtype.names[-5:] == ("printed", "seed", "loss", "height", "diverged_at")
    first = [
        "lr=linear(lr=0.1, steps=5, end=0.0)", "lr=linear(lr=0.2, steps=5, end=0.0)", "words='plain'", "words=None",
    ]  # fmt: skip
    assert table["printed"].tolist() == [*first, "", "words=Fraction(1, 3)", ""]
    assert np.array_equal(table["words"], [np.nan] * 4 + [1.0, np.nan, 0.25], equal_nan=True)
    assert np.isnan(table["lr"][:2]).all() and bands(table, "loss")["printed"].tolist() == table["printed"].tolist()


def test_a_long_name_is_not_cut():
    long = type("A" * 40, (GradientDescent,), {})
    assert sweep(Quartic(), [long(0.1), Adam()], [0], 2).table["method"].tolist() == ["A" * 40, "Adam"]


# medians and bands ------------------------------------------------------------------------------------------------


def runs_of(scores, **hyperparameters):
    """Make a table of one method from scores, a row per setting; hyper-parameters give a value for each."""
    columns = [("setting", int), ("method", "U4"), *((name, float) for name in hyperparameters), ("seed", int)]
    settings = [*zip(*hyperparameters.values())]
    rows = [(s, "Adam", *settings[s], *run) for s, runs in enumerate(scores) for run in enumerate(runs)]
    return np.array(rows, [*columns, ("loss", float)])


def table_of(losses):
    return runs_of(losses, lr=np.arange(len(losses)) / 10)


@given(
    st.lists(st.lists(st.floats(0, 1e3), min_size=1, max_size=12), min_size=1, max_size=4),
    st.sampled_from([(0.25, 0.75), (0.1, 0.9), (0.01, 1.0), (0.5, 0.5), (0.3, 0.6)]),
)
def test_bands_are_numpys_quantiles_of_the_first_definition(losses, quantiles):
    found = bands(table_of(losses), "loss", *quantiles)
    assert found["setting"].tolist() == list(range(len(losses)))
    assert found["lr"].tolist() == [s / 10 for s in range(len(losses))]
    assert found["runs"].tolist() == [len(runs) for runs in losses]
    for row, runs in zip(found, losses):
        for name, q in zip(("low", "median", "high"), (quantiles[0], 0.5, quantiles[1])):
            assert row[name] == np.quantile(runs, q, method="inverted_cdf")


def test_broken_runs_are_the_worst_and_spoil_nothing_else():
    found = bands(table_of([[1.0, np.inf, 2.0, 3.0, 4.0], [np.inf, 1.0, np.inf, 2.0, np.inf]]), "loss")
    assert found[["low", "median", "high"]].tolist() == [(2.0, 3.0, 4.0), (2.0, np.inf, np.inf)]


def test_bands_of_some_rows_keep_their_settings():
    found = bands(table_of([[1.0], [2.0], [3.0]])[[2, 1]], "loss")
    assert found["setting"].tolist() == [2, 1] and found["median"].tolist() == [3.0, 2.0]


# chosen, reported, compared ---------------------------------------------------------------------------------------


# Medians by hand. On seeds 0, 1, 2: 3, 2, 4. On seeds 3, 4, 5: 1, 9, 8. On all six, the third: 1, 3, 5.
SIX = [[3.0, 3.0, 3.0, 1.0, 1.0, 1.0], [2.0, 1.0, 3.0, 9.0, 9.0, 9.0], [4.0, 5.0, 4.0, 8.0, 8.0, 8.0]]


def test_a_row_alone_is_a_table_with_one_row():
    row = SIX_RUNS[0]
    for use in (lambda table: bands(table, "loss"), lambda table: choose(table, "loss")):
        assert use(row).tolist() == use(SIX_RUNS[:1]).tolist()
    assert paired_wins(row, row, "loss") == PairedWins(0, 0, 1, 1.0, "not decided")


def test_choose_and_report_by_hand():
    table = runs_of(SIX, lr=[0.1, 0.2, 0.3])
    chosen = choose(table, "loss", seeds=[0, 1, 2])
    assert chosen[["setting", "lr", "runs", "median", "edge"]].tolist() == [(1, 0.2, 3, 2.0, "")]
    assert chosen["seeds"].tolist() == [[0, 1, 2]]
    told = report(chosen, table, "loss")
    assert told[["setting", "lr", "runs", "low", "median", "high"]].tolist() == [(1, 0.2, 3, 9.0, 9.0, 9.0)]
    assert choose(table, "loss")[["lr", "edge"]].tolist() == [(0.1, "lr")]
    assert choose(table, "loss", seeds=[3, 4], larger=True)[["lr", "median", "edge"]].tolist() == [(0.2, 9.0, "")]
    assert table.tobytes() == runs_of(SIX, lr=[0.1, 0.2, 0.3]).tobytes()


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_seeds_that_report_have_no_part_in_the_choice_nor_the_others_in_the_report(seed, larger):
    rng = np.random.default_rng(seed)
    scores, other = rng.normal(size=(4, 8)), rng.normal(size=(4, 8))
    table = runs_of(scores, lr=[1, 2, 3, 4])
    mixed = runs_of(np.where(np.arange(8) < 5, scores, other), lr=[1, 2, 3, 4])
    chosen = choose(table, "loss", seeds=range(5), larger=larger)
    assert chosen.tobytes() == choose(mixed, "loss", seeds=range(5), larger=larger).tobytes()
    medians = np.sort(scores[:, :5], axis=1)[:, 2]
    assert chosen["setting"] == (medians.argmax() if larger else medians.argmin())
    told = report(chosen, mixed, "loss")
    assert told["median"] == np.sort(other[chosen["setting"][0], 5:])[1]
    turned = runs_of(scores[:, ::-1], lr=[1, 2, 3, 4])
    turned["seed"] = 7 - turned["seed"]
    assert choose(turned, "loss", seeds=range(5), larger=larger)["setting"] == chosen["setting"]


def test_a_report_finds_settings_by_what_they_are():
    task, rates = moons(), [0.003, 0.03, 0.3]
    settings = grid(GradientDescent, lr=rates) + grid(Adam, lr=rates)
    chosen = choose(sweep(task, settings, range(3), 40).table, "validation_error")
    assert chosen["method"].tolist() == ["GradientDescent", "Adam"] and set(chosen["setting"]) <= set(range(6))
    fresh = sweep(task, [settings[i] for i in chosen["setting"][::-1]], range(10, 15), 40).table
    told = report(chosen, fresh, "test_error")
    assert told["method"].tolist() == ["GradientDescent", "Adam"] and told["setting"].tolist() == [1, 0]
    assert told["lr"].tolist() == chosen["lr"].tolist() and told["runs"].tolist() == [5, 5]
    assert told.tobytes() == bands(fresh, "test_error")[::-1].tobytes()
    assert report(chosen[1], fresh, "test_error")["method"].tolist() == ["Adam"]


@pytest.mark.parametrize(
    ("best", "edges"), [(0, "lr, beta1"), (1, "beta1"), (2, "lr, beta1"), (4, ""), (7, "beta1"), (8, "lr, beta1")]
)
def test_the_edge_of_a_grid_is_named(best, edges):
    lrs, betas = np.array([*itertools.product([1, 2, 3], [0.0, 0.5, 0.9])]).T[[0, 1]]
    scores = np.ones((9, 3))
    place = int(np.flatnonzero((betas == [0.0, 0.5, 0.9][best // 3]) & (lrs == [1, 2, 3][best % 3]))[0])
    scores[place] = 0.5
    table = runs_of(scores, lr=lrs, beta1=betas, eps=[1e-8] * 9, bias_correction=[1.0] * 9)
    assert choose(table, "loss")["edge"].tolist() == [edges]


def test_an_edge_is_looked_for_among_the_settings_that_differ_in_this_alone():
    own = runs_of([[2.0], [1.0], [3.0], [4.0], [4.0]], lr=[1, 3, 1, 3, 9], beta1=[0.5, 0.5, 0.9, 0.9, 0.9])
    assert choose(own, "loss")["edge"].tolist() == ["lr, beta1"]
    scattered = runs_of([[2.0], [1.0], [3.0]], lr=[1, 3, 9], beta1=[0.5, 0.3, 0.9])
    assert choose(scattered, "loss")["edge"].tolist() == ["beta1"]
    switch = runs_of([[2.0], [1.0]], lr=[1, 1], bias_correction=[0, 1])
    assert choose(switch, "loss")["edge"].tolist() == [""]


def test_one_is_chosen_for_each_value_of_the_columns_named():
    table = runs_of([[4.0], [3.0], [1.0], [2.0]], lr=[1, 2, 1, 2], bias_correction=[0, 0, 1, 1])
    assert choose(table, "loss", each="bias_correction")["lr"].tolist() == [2, 1]
    assert choose(table, "loss", each=["method", "lr"])["bias_correction"].tolist() == [1, 1]


def test_the_first_of_equals_is_chosen_and_broken_runs_are_the_worst():
    table = runs_of([[np.inf, np.inf, 0.0], [2.0, 2.0, 2.0], [2.0, 2.0, 2.0]], lr=[1, 2, 3])
    assert choose(table, "loss")["lr"].tolist() == [2.0]
    assert choose(table[:3], "loss")["median"].tolist() == [np.inf]


# of 1, 2, 3, 4 flips: the 2^n outcomes counted by hand
@pytest.mark.parametrize(
    ("lower", "higher", "probability"),
    [(0, 0, 1), (1, 0, 1), (2, 0, 1 / 2), (0, 3, 1 / 4), (3, 1, 10 / 16), (2, 2, 1), (5, 0, 1 / 16)],
)
def test_the_sign_test_by_hand(lower, higher, probability):
    found = paired_wins([0] * lower + [2] * higher + [1], [1] * (lower + higher + 1))
    assert found == PairedWins(lower, higher, 1, probability, "not decided")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_the_sign_test_counts_every_way_the_coins_could_fall(pairs):
    a, b = zip(*pairs)
    found, turned = paired_wins(a, b), paired_wins(b, a)
    assert (found.lower, found.higher, found.ties) == tuple(
        sum(holds(x, y) for x, y in pairs) for holds in (lambda x, y: x < y, lambda x, y: x > y, lambda x, y: x == y)
    )
    n, uneven = found.lower + found.higher, abs(found.lower - found.higher)
    falls = [abs(2 * sum(fall) - n) >= uneven for fall in itertools.product([0, 1], repeat=n)]
    assert found.probability == sum(falls) / 2**n
    assert turned == found._replace(lower=found.higher, higher=found.lower)


@pytest.mark.parametrize(
    ("lower", "higher", "ties", "verdict"),
    [(15, 5, 0, "lower"), (5, 15, 0, "higher"), (14, 6, 0, "not decided"), (15, 0, 5, "lower"),
     (14, 0, 6, "not decided"), (19, 0, 0, "not decided"), (15, 6, 0, "not decided"), (16, 5, 0, "lower"),
     (75, 25, 0, "lower"), (74, 26, 0, "not decided")],
)  # fmt: skip
def test_a_verdict_takes_fifteen_of_twenty(lower, higher, ties, verdict):
    a, b = [0] * lower + [2] * higher + [1] * ties, [1] * (lower + higher + ties)
    assert paired_wins(a, b).verdict == verdict
    assert paired_wins(a, b)[:3] == (lower, higher, ties)


def test_runs_are_paired_by_their_seeds_wherever_they_stand():
    table = runs_of([[1.0, 2.0, 3.0, np.inf], [1.5, 2.5, 3.0, np.inf]], lr=[0.1, 0.2])
    for order in itertools.permutations(range(4)):
        assert paired_wins(table[:4], table[4:][[*order]], "loss")[:3] == (2, 0, 2)


# what is refused --------------------------------------------------------------------------------------------------

SIX_RUNS = runs_of(SIX, lr=[0.1, 0.2, 0.3])
PAIR = np.split(runs_of([[1.0, 2.0, 3.0], [2.0, 1.0, 3.0]], lr=[0.1, 0.2]), 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: grid(Adam, beta=[0.9]),
         "Adam has no hyper-parameter 'beta', only lr, beta1, beta2, eps, bias_correction"),
        (lambda: grid("Adam", lr=[0.1]), "method must be the class of an optimizer, such as Adam, got 'Adam'"),
        (lambda: grid(Network, sizes=[(2, 2)]),
         f"method must be the class of an optimizer, such as Adam, got {Network!r}"),
        (lambda: grid(Adam(), lr=[0.1]), f"method must be the class of an optimizer, such as Adam, got {Adam()!r}"),
        (lambda: grid(Adam, lr=[]), "lr must have at least one value, got []"),
        (lambda: grid(Adam, lr=0.1), "lr must be a sequence of values, got 0.1"),
        (lambda: grid(Adam, lr=[0.1, -1]), "lr must be a finite number >= 0, got -1"),
        (lambda: grid(GradientDescent), "GradientDescent must be given values of lr, which has no default"),
        (lambda: SideBySide([Adam()] * 2).update(np.ones(2), SideBySide([Adam()]).init(np.ones(1)), np.ones(2)),
         "the state must be of 2 optimizers, got one of 1"),
        (lambda: SideBySide(()), "optimizers must hold at least one, got ()"),
        (lambda: SideBySide(Adam()), f"optimizers must be a sequence of optimizers, got {Adam()!r}"),
        (lambda: SideBySide([Adam]), "optimizers must hold optimizers, such as Adam(lr=0.001), got " + repr(Adam)),
        (lambda: SideBySide([0.1]), "optimizers must hold optimizers, such as Adam(lr=0.001), got 0.1"),
        (lambda: SideBySide([Adam()]).init(np.zeros((2, 3))),
         "x must have one entry for each of 1 optimizers, got (2, 3)"),
        (lambda: SideBySide([Adam()]).init(np.array(0.0)), "x must have one entry for each of 1 optimizers, got ()"),
        (lambda: sweep(moons(), [], [0], 3), "optimizers must hold at least one, got ()"),
        (lambda: sweep(moons(), [Adam()], [], 3), "seeds must be different numbers, and at least one, got ()"),
        (lambda: sweep(moons(), [Adam()], [1, 1], 3), "seeds must be different numbers, and at least one, got (1, 1)"),
        (lambda: sweep(moons(), [Adam()], 5, 3), "seeds must be a sequence of numbers, got 5"),
        (lambda: sweep(moons(), [Adam()], [0], 0), "steps must be a whole number >= 1, got 0"),
        (lambda: sweep(moons(), [Adam()], [0], 3, at_once=0), "at_once must be a whole number >= 1, got 0"),
        (lambda: bands(moons_sweep().table, "lr"), f"column must be one of {', '.join(SCORES)}; got 'lr'"),
        (lambda: bands(moons_sweep().table[:0], "loss"), "table must have at least one row, got none"),
        (lambda: bands(moons_sweep().table, "loss", low=0),
         "low and high must be 0 < low <= high <= 1, got 0 and 0.75"),
        (lambda: bands(moons_sweep().table, "loss", 0.5, 1.1),
         "low and high must be 0 < low <= high <= 1, got 0.5 and 1.1"),
        (lambda: join(), "join must be given at least one sweep, got none"),
        (lambda: join(sweep(Quartic(), FIVE, [0], 2), sweep(Quartic(), FIVE, [0], 3)),
         "sweeps must have as many steps, got 2 and 3"),
        (lambda: join(sweep(Quartic(), FIVE, [0], 2), sweep(NoisyParabola(), FIVE, [0], 2)),
         "sweeps must have the same scores, got ('loss', 'height') and ('loss',)"),
        (lambda: bands(np.concatenate([sweep(Quartic(), s, [0], 2).table for s in (FIVE[:1], FIVE[1:2])]), "loss"),
         "table must have a number for each setting: put sweeps together by join, not by concatenate"),
        (lambda: bands(np.concatenate([sweep(Quartic(), FIVE, [0], 2).table] * 2), "loss"),
         "table must have one run for each setting and seed: put sweeps together by join"),
        (lambda: choose(SIX_RUNS, "lr"), "column must be one of loss; got 'lr'"),
        (lambda: choose(SIX_RUNS, "loss", seeds=[0, 9]), "seeds must be some of the table's, got 9"),
        (lambda: choose(SIX_RUNS, "loss", seeds=3), "seeds must be a sequence of numbers, got 3"),
        (lambda: choose(SIX_RUNS, "loss", each="beta"), "each must be one of setting, method, lr; got 'beta'"),
        (lambda: report(choose(SIX_RUNS, "loss"), SIX_RUNS, "loss"),
         "table must have the chosen settings with seeds that did not choose, and lacks Adam, 0.1"),
        (lambda: report(choose(SIX_RUNS, "loss", seeds=[0]), SIX_RUNS[SIX_RUNS["lr"] < 0.2], "loss"),
         "table must have the chosen settings with seeds that did not choose, and lacks Adam, 0.2"),
        (lambda: paired_wins(PAIR[0], PAIR[1][:2], "loss"),
         "a and b must have the same seeds, got [0, 1, 2] and [0, 1]"),
        (lambda: paired_wins(np.concatenate(PAIR), PAIR[1], "loss"),
         "a and b must be the rows of one setting each, got 2"),
        (lambda: paired_wins(np.concatenate([PAIR[0]] * 2), PAIR[1], "loss"),
         "table must have one run for each setting and seed: put sweeps together by join"),
        (lambda: paired_wins(*PAIR, "lr"), "column must be one of loss; got 'lr'"),
        (lambda: paired_wins([], []),
         "a and b must be as many numbers, and at least one, got shapes (0,) and (0,)"),
        (lambda: paired_wins([1], [1, 2]),
         "a and b must be as many numbers, and at least one, got shapes (1,) and (2,)"),
        (lambda: paired_wins([1, np.nan], [1, 2]), "a and b must be numbers, got NaN"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_value(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
