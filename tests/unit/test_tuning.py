"""Sweeps: every run as it would be alone, whatever is beside it, and what is said about many of them."""

import dataclasses
import functools

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
from adamlib.tuning import SideBySide, bands, grid, sweep

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
def of_batch(batch):
    return sweep(dataclasses.replace(moons(), batch=batch), SETTINGS, [5, 0, 7], steps=12, at_once=3)


def moons_sweep():
    return of_batch(16)


def assert_same_bits(one, other, rows=slice(None)):
    assert one.table.dtype == other.table.dtype and one.table.tobytes() == other.table[rows].tobytes()
    assert one.losses.dtype == other.losses.dtype and one.losses.tobytes() == other.losses[rows].tobytes()


# settings ---------------------------------------------------------------------------------------------------------


def test_a_grid_is_the_product_in_the_order_written():
    found = [(o.beta1, o.lr, o.eps) for o in grid(Adam, beta1=[0.0, 0.9], lr=np.array([1, 2, 3]), eps=[0.5])]
    assert found == [(b, lr, 0.5) for b in (0.0, 0.9) for lr in (1, 2, 3)]
    assert grid(Adam) == [Adam()]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: grid(Adam, beta=[0.9]),
            "Adam has no hyper-parameter 'beta', only lr, beta1, beta2, eps, bias_correction",
        ),
        (lambda: grid("Adam", lr=[0.1]), "method must be the class of an optimizer, such as Adam, got 'Adam'"),
        (lambda: grid(Adam(), lr=[0.1]), f"method must be the class of an optimizer, such as Adam, got {Adam()!r}"),
        (lambda: grid(Adam, lr=[]), "lr must have at least one value, got []"),
        (lambda: grid(Adam, lr=0.1), "lr must be a sequence of values, got 0.1"),
        (lambda: grid(Adam, lr=[0.1, -1]), "lr must be a finite number >= 0, got -1"),
        (lambda: SideBySide(()), "optimizers must hold at least one, got ()"),
        (lambda: SideBySide(Adam()), f"optimizers must be a sequence of optimizers, got {Adam()!r}"),
        (lambda: SideBySide([Adam]), "optimizers must hold optimizers, such as Adam(lr=0.001), got " + repr(Adam)),
        (lambda: SideBySide([0.1]), "optimizers must hold optimizers, such as Adam(lr=0.001), got 0.1"),
        (
            lambda: SideBySide([Adam()]).init(np.zeros((2, 3))),
            "x must have one entry for each of 1 optimizers, got (2, 3)",
        ),
        (lambda: SideBySide([Adam()]).init(np.array(0.0)), "x must have one entry for each of 1 optimizers, got ()"),
        (lambda: sweep(moons(), [], [0], 3), "optimizers must hold at least one, got ()"),
        (lambda: sweep(moons(), [Adam()], [], 3), "seeds must be different numbers, and at least one, got ()"),
        (lambda: sweep(moons(), [Adam()], [1, 1], 3), "seeds must be different numbers, and at least one, got (1, 1)"),
        (lambda: sweep(moons(), [Adam()], 5, 3), "seeds must be a sequence of numbers, got 5"),
        (lambda: sweep(moons(), [Adam()], [0], 0), "steps must be a whole number >= 1, got 0"),
        (lambda: sweep(moons(), [Adam()], [0], 3, at_once=0), "at_once must be a whole number >= 1, got 0"),
        (lambda: bands(moons_sweep().table, "lr"), f"column must be one of {', '.join(SCORES)}; got 'lr'"),
        (lambda: bands(moons_sweep().table[:0], "loss"), "table must have at least one row, got none"),
        (
            lambda: bands(moons_sweep().table, "loss", low=0),
            "low and high must be 0 < low <= high <= 1, got 0 and 0.75",
        ),
        (
            lambda: bands(moons_sweep().table, "loss", 0.5, 1.1),
            "low and high must be 0 < low <= high <= 1, got 0.5 and 1.1",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_value(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


# side by side -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_side_by_side_each_takes_the_steps_that_it_takes_alone(dtype):
    gradients = np.random.default_rng(0).normal(size=(20, len(OPTIMIZERS), 2, 3)).astype(dtype)
    together = trace(SideBySide(tuple(OPTIMIZERS)), gradients)
    assert together.steps.dtype == dtype and together.states[-1].t == 20
    for place, optimizer in enumerate(OPTIMIZERS):
        assert np.array_equal(together.steps[:, place], trace(optimizer, gradients[:, place]).steps)


@pytest.mark.parametrize("shape", [(3, 2), (1, 2), (2, 3)])
def test_a_gradient_of_another_shape_is_refused(shape):
    both = SideBySide((Adam(), Momentum()))
    with pytest.raises(ValueError, match="the gradient has"):
        both.update(np.ones(shape), both.init(np.ones((2, 2))))


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


def test_a_schedule_is_no_number_in_the_table():
    result = sweep(Quartic(), [Adam(lr=lambda t: 0.1 / t), Adam(lr=0.1)], [0, 1], steps=2)
    assert np.isnan(result.table["lr"]).tolist() == [True, True, False, False]


@pytest.mark.parametrize("at_once", [1, 2, 7, 100])
@pytest.mark.parametrize("batch", [None, 16])
def test_how_many_at_once_changes_no_bit(at_once, batch):
    task = dataclasses.replace(moons(), batch=batch)
    assert_same_bits(sweep(task, SETTINGS, [5, 0, 7], steps=12, at_once=at_once), of_batch(batch))


@pytest.mark.parametrize("batch", [None, 16])
def test_a_seeds_runs_do_not_depend_on_the_other_seeds(batch):
    alone = sweep(dataclasses.replace(moons(), batch=batch), SETTINGS, [0], steps=12)
    assert_same_bits(alone, of_batch(batch), of_batch(batch).table["seed"] == 0)


def test_all_settings_meet_the_same_seeds():
    losses = moons_sweep().losses[:, 0].reshape(7, 3)
    assert np.allclose(losses, losses[0], rtol=1e-14) and len(set(losses[0].round(12))) == 3


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


def test_progress_counts_the_steps_of_all_parts():
    said = []
    sweep(Quartic(), [Adam()] * 5, [0], steps=3, at_once=2, progress=lambda *at: said.append(at))
    assert said == [(done, 9) for done in range(1, 10)]
    assert len(sweep(Quartic(), [Adam()], [0], steps=3, progress=None).table) == 1


def test_nothing_is_printed(capsys):
    sweep(Quartic(), [Adam()], [0], steps=100)
    assert capsys.readouterr() == ("", "")


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


# medians and bands ------------------------------------------------------------------------------------------------


def table_of(losses):
    columns = [("setting", np.int64), ("lr", float), ("seed", np.int64), ("loss", float), ("diverged_at", np.int64)]
    rows = [(s, s / 10, seed, loss, 0) for s, runs in enumerate(losses) for seed, loss in enumerate(runs)]
    return np.array(rows, columns)


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


def test_five_seeds_by_hand():
    (row,) = bands(table_of([[5.0, 1.0, 4.0, 2.0, 3.0]]), "loss")
    assert (row["low"], row["median"], row["high"]) == (2.0, 3.0, 4.0)


def test_broken_runs_are_the_worst_and_spoil_nothing_else():
    found = bands(table_of([[1.0, np.inf, 2.0, 3.0, 4.0], [np.inf, 1.0, np.inf, 2.0, np.inf]]), "loss")
    assert found[["low", "median", "high"]].tolist() == [(2.0, 3.0, 4.0), (2.0, np.inf, np.inf)]


def test_bands_of_some_rows_keep_their_settings():
    found = bands(table_of([[1.0], [2.0], [3.0]])[[2, 1]], "loss")
    assert found["setting"].tolist() == [2, 1] and found["median"].tolist() == [3.0, 2.0]


def test_one_shared_rate_says_something_else_than_the_best_of_each():
    task = Task(Network((2, 5, 2, 2), "relu"), two_moons(), batch=64)
    settings = [o for method in (GradientDescent, Adam) for o in grid(method, lr=[0.003, 0.03, 0.3, 1.0])]
    loss = bands(sweep(task, settings, range(5), steps=300).table, "loss")["median"].reshape(2, 4)
    assert loss[0, 0] > 0.6 > 0.4 > loss[1, 0]  # at the shared rate Adam is far ahead,
    assert loss.min(axis=1).max() < 0.2  # with the best for each both arrive,
    assert loss.argmin(axis=1).tolist() == [3, 1]  # and the two rates are in other units
