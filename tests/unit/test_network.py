"""The network: its gradients against finite differences and PyTorch, its batches, and the loop that trains it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from reference import network_problem as problem

from adamlib.adam import Adam
from adamlib.adamw import AdamW
from adamlib.amsgrad import AMSGrad
from adamlib.datasets import Examples, Split, digits, two_moons
from adamlib.descent import GradientDescent, descend
from adamlib.momentum import Momentum
from adamlib.network import Network, Task, init_each, train, update_each
from adamlib.rmsprop import AdaGrad, RMSProp
from adamlib.schedules import cosine, inverse_time, linear, one_cycle, per_epoch, warmup
from adamlib.sweeping import SideBySide

RECORDED = problem.recorded()
BOTH = pytest.mark.parametrize("activation", problem.ACTIVATIONS)
METHODS = {"GradientDescent": GradientDescent, "Adam": Adam}
PART = Examples(problem.INPUTS, problem.LABELS)


class PyTorchsTask(Task):
    """The task that PyTorch was given: always the same start."""

    def start(self, seeds):
        return problem.start()


def recorded_task(activation):
    return PyTorchsTask(Network(problem.SIZES, activation), Split(PART, PART, PART))


def small_task(batch=4, activation="tanh"):
    return Task(Network((2, 3, 2), activation), two_moons(n=10), batch)


class Quartic:
    """The sum of x^4 / 4: descent at 1 stays where it starts within 1, and is thrown out from further away."""

    def start(self, seeds):
        return {"x": np.asarray(seeds, dtype=float)[..., None] / 10 + np.zeros(2)}

    def gradient(self, parameters, t, seeds):
        return (parameters["x"] ** 4).sum(axis=-1) / 4, {"x": parameters["x"] ** 3}


# the network ------------------------------------------------------------------------------------------------------


def test_a_network_of_zeros_by_hand():
    network = Network((2, 3, 4))
    zeros = {name: np.zeros_like(x) for name, x in network.init(0).items()}
    loss, gradients = network.gradient(zeros, [[1.0, 2.0], [3.0, 4.0]], [0, 3])
    assert np.isclose(loss, np.log(4), rtol=1e-15)
    assert gradients["b2"].tolist() == [-0.25, 0.25, 0.25, -0.25]
    assert not gradients["W1"].any() and not gradients["b1"].any() and not gradients["W2"].any()


@BOTH
@pytest.mark.parametrize("sizes", [(3, 2), (3, 4, 2), (3, 4, 2, 3)])
def test_gradients_are_those_of_finite_differences(sizes, activation):
    network, random = Network(sizes, activation), np.random.default_rng(1)
    parameters = {name: x + 0.1 * random.normal(size=x.shape) for name, x in network.init(2).items()}
    inputs, labels = random.normal(size=(5, 3)), random.integers(0, sizes[-1], 5)
    _, gradients = network.gradient(parameters, inputs, labels)
    assert list(gradients) == list(parameters)
    for name, x in parameters.items():
        for place in np.ndindex(x.shape):
            h = np.zeros_like(x)
            h[place] = 1e-6
            up, down = (network.gradient(parameters | {name: x + s * h}, inputs, labels)[0] for s in (1, -1))
            assert np.isclose(gradients[name][place], (up - down) / 2e-6, rtol=1e-6, atol=1e-9), (name, place)


@BOTH
@pytest.mark.parametrize("method", METHODS)
def test_training_goes_where_pytorch_goes(activation, method):
    optimizer = METHODS[method](lr=problem.LR[method])
    training = train(recorded_task(activation), optimizer, problem.STEPS)
    recorded = RECORDED["training"][activation][method]
    assert np.allclose(training.losses, recorded["losses"], rtol=1e-12, atol=0)
    assert sorted([*training.parameters, "losses"]) == sorted(recorded)
    for name, ours in training.parameters.items():
        travelled = np.abs(recorded[name] - problem.start()[name].ravel())
        assert np.all(np.abs(ours.ravel() - recorded[name]) <= 1e-9 * travelled), name


@given(arrays(np.float64, (3, 4), elements=st.floats(-30, 30)), st.integers(0, 3))
@settings(max_examples=50)
def test_the_loss_is_the_mean_of_minus_the_log_of_the_labels_softmax(biases, label):
    parameters = {"W1": np.zeros((3, 4, 1)), "b1": biases}
    loss, _ = Network((1, 4)).gradient(parameters, [[0.0], [1.0]], [label, label])
    softmax = np.exp(biases[:, label]) / np.exp(biases).sum(axis=-1)
    assert np.allclose(loss, -np.log(softmax), rtol=1e-9, atol=1e-12)


def test_huge_logits_do_not_overflow():
    parameters = {"W1": np.array([[1e300], [-1e300]]), "b1": np.zeros(2)}
    loss, gradients = Network((1, 2)).gradient(parameters, [[1.0], [1.0]], [0, 0])
    assert loss == 0 and not gradients["W1"].any()
    loss, gradients = Network((1, 2)).gradient(parameters, [[1.0]], [1])
    assert loss == 2e300 and gradients["b1"].tolist() == [1.0, -1.0]


@BOTH
def test_many_runs_at_once_have_the_numbers_of_each_alone(activation):
    task, random = small_task(activation=activation), np.random.default_rng(0)
    seeds = (4, 0, 2)
    many = {n: x + random.normal(size=(2, *x.shape)) for n, x in task.start(seeds).items()}  # 2 settings, 3 seeds
    losses, gradients = task.gradient(many, 2, seeds)
    scores = task.scores(many)
    assert losses.shape == (2, 3)
    for setting, place in np.ndindex(2, 3):
        alone = {name: x[setting, place] for name, x in many.items()}
        loss, gradient = task.gradient(alone, 2, seeds[place])
        assert np.isclose(losses[setting, place], loss, rtol=1e-14)
        for name in alone:
            assert np.allclose(gradients[name][setting, place], gradient[name], rtol=1e-12, atol=1e-15)
        for name, score in task.scores(alone).items():
            assert np.isclose(scores[name][setting, place], score, rtol=1e-14)


@BOTH
def test_the_start_keeps_the_size_of_what_goes_through(activation):
    network = Network((100, 400, 300), activation)
    parameters = network.init(0)
    assert {name: x.shape for name, x in parameters.items()} == {
        "W1": (400, 100), "b1": (400,), "W2": (300, 400), "b2": (300,)
    }  # fmt: skip
    assert not parameters["b1"].any() and not parameters["b2"].any()
    for name, n_in in (("W1", 100), ("W2", 400)):
        assert np.isclose(parameters[name].std(), np.sqrt({"tanh": 1, "relu": 2}[activation] / n_in), rtol=0.02)
        assert abs(parameters[name].mean()) < 0.002
    assert len({parameters["W1"][0, 0], parameters["W2"][0, 0], network.init(1)["W1"][0, 0]}) == 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_keep_the_dtype_of_the_parameters(dtype):
    task = small_task()
    parameters = {name: x.astype(dtype) for name, x in task.start(0).items()}
    loss, gradients = task.gradient(parameters, 1, 0)
    assert loss.dtype == dtype and {g.dtype for g in gradients.values()} == {np.dtype(dtype)}
    trained = train(task, Adam(), 2, start=parameters)
    assert {x.dtype for x in trained.parameters.values()} == {np.dtype(dtype)}


def test_inputs_are_never_written_to():
    task = small_task()
    start = task.start((0, 1))
    for array in (*start.values(), *(x for part in task.data for x in part)):
        array.flags.writeable = False
    train(task, Adam(lr=0.1), 5, (0, 1), start)


# batches ----------------------------------------------------------------------------------------------------------


class Noting(Network):
    """A network that notes what it is shown."""

    def gradient(self, parameters, inputs, labels):
        seen.append((np.array(inputs), np.array(labels)))
        return super().gradient(parameters, inputs, labels)


seen = []


def batches(task, times, seeds):
    seen.clear()
    for t in times:
        task.gradient(task.start(seeds), t, seeds)
    return list(seen)


def noting_task(batch):
    numbered = Examples(np.arange(10.0)[:, None] + np.zeros(2), np.arange(10) % 2)
    return Task(Noting((2, 3, 2)), Split(numbered, numbered, numbered), batch)


def test_every_pass_shows_each_example_once_in_a_new_order():
    passes = []
    for first in (1, 4, 7):
        shown = batches(noting_task(4), range(first, first + 3), 0)
        assert [len(labels) for _, labels in shown] == [4, 4, 2]
        order = np.concatenate([inputs[:, 0] for inputs, _ in shown]).astype(int)
        assert np.array_equal(np.concatenate([labels for _, labels in shown]), order % 2)
        assert sorted(order) == list(range(10))
        passes.append(tuple(order))
    assert len({*passes, tuple(range(10))}) == 4


def test_a_batch_depends_on_seed_and_step_alone():
    task = noting_task(4)
    forward, backward = batches(task, (1, 2, 5), 3), batches(task, (5, 2, 1), 3)
    for (one, _), (other, _) in zip(forward, reversed(backward)):
        assert np.array_equal(one, other)


def test_each_seed_has_batches_and_a_start_of_its_own():
    task = noting_task(4)
    ((together, labels),) = batches(task, [2], (5, 3, 8))
    assert together.shape == (3, 4, 2) and labels.shape == (3, 4)
    starts = task.start((5, 3, 8))
    for place, seed in enumerate((5, 3, 8)):
        assert np.array_equal(together[place], batches(task, [2], seed)[0][0])
        for name, x in task.start(seed).items():
            assert np.array_equal(starts[name][place], x)
    assert len({run.tobytes() for run in together}) == len({run.tobytes() for run in starts["W1"]}) == 3


def test_without_a_batch_size_every_step_sees_all_examples_in_order():
    for inputs, _ in batches(noting_task(None), (1, 2, 9), 0):
        assert inputs[:, 0].tolist() == list(range(10))


def test_scores_by_hand():
    parts = Split(*(Examples(np.array(x)[:, None], np.array(y)) for x, y in (
        ([1.0, 2.0, -1.0, -3.0], [0, 0, 0, 1]), ([1.0, -1.0], [1, 0]), ([1.0, 1.0, -1.0], [0, 1, 1]),
    )))  # fmt: skip
    scores = Task(Network((1, 2)), parts).scores({"W1": np.array([[1.0], [0.0]]), "b1": np.zeros(2)})
    assert list(scores) == ["loss", "train_error", "validation_error", "test_error"]
    assert [scores[name] for name in list(scores)[1:]] == [0.25, 1.0, 1 / 3]
    expected = np.log1p(np.exp([-1.0, -2.0, 1.0, -3.0])).mean()
    assert np.isclose(scores["loss"], expected, rtol=1e-14)


# training ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [GradientDescent(0.1), Momentum(), Adam(lr=lambda t: 0.1 / t), AdamW()], ids=type)
def test_training_is_the_descent_of_every_array(optimizer):
    training = train(Quartic(), optimizer, 20, seeds=7)
    path = descend(lambda x: x**3, np.array([0.7, 0.7]), optimizer, 20)
    assert np.array_equal(training.parameters["x"], path.points[-1])
    assert np.allclose(training.losses, (path.points**4).sum(axis=-1) / 4, rtol=1e-15)
    assert training.diverged_at == 0


def test_every_array_has_a_state_of_its_own():
    arrays = {"a": np.zeros(2), "b": np.zeros(2), "c": np.zeros(3)}
    states = init_each(Adam(), arrays)
    _, states = update_each(Adam(), {"c": np.full(3, 3.0), "a": np.ones(2), "b": np.full(2, 2.0)}, states, arrays)
    steps, states = update_each(Adam(lr=0.1), {name: np.zeros_like(x) for name, x in arrays.items()}, states, arrays)
    assert [states[name].t for name in "abc"] == [2, 2, 2]
    assert [states[name].m[0].round(12) for name in "abc"] == [0.09, 0.18, 0.27]
    assert list(steps) == ["a", "b", "c"] and all(np.all(step < 0) for step in steps.values())


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_step():
    said = []
    training = train(Quartic(), GradientDescent(1.0), 20, seeds=20, progress=lambda *at: said.append(at))
    x = [2.0]
    while np.isfinite(x[-1] ** 4 if abs(x[-1]) < 1e70 else np.inf):
        x.append(x[-1] - x[-1] ** 3)
    assert training.diverged_at == len(x) - 1 == 6
    assert np.allclose(training.losses[:6], np.array(x[:6]) ** 4 / 2, rtol=1e-12)
    assert training.losses.shape == (21,) and np.isnan(training.losses[6:]).all()
    assert np.allclose(training.parameters["x"], x[5], rtol=1e-12)
    assert said == [(t, 20) for t in range(1, 7)] + [(20, 20)]


def test_a_run_that_breaks_leaves_the_others_as_they_are():
    seeds = (3, 300, 7, 25)
    together = train(Quartic(), Momentum(1.0, heavy_ball=True), 25, seeds)
    assert together.losses.shape == (26, 4)
    assert together.diverged_at.tolist() == [0, 4, 0, 5]
    for place, seed in enumerate(seeds):
        alone = train(Quartic(), Momentum(1.0, heavy_ball=True), 25, seed)
        assert together.diverged_at[place] == alone.diverged_at
        assert np.array_equal(together.losses[:, place], alone.losses, equal_nan=True)
        assert np.array_equal(together.parameters["x"][place], alone.parameters["x"])


def test_training_goes_on_from_where_it_is_told():
    start = {"x": np.array([0.5, -0.25])}
    training = train(Quartic(), GradientDescent(1.0), 1, start=start)
    assert training.parameters["x"].tolist() == [0.5 - 0.125, -0.25 + 0.25**3]
    assert start["x"].tolist() == [0.5, -0.25]


# stopped, and gone on from a file ----------------------------------------------------------------------------------

STEPS = 7


class Careful(Quartic):
    """In float32, and of arrays without an axis too."""

    def start(self, seeds):
        return {"x": super().start(seeds)["x"].astype(np.float32), "": np.asarray(seeds, np.float64)}

    def gradient(self, parameters, t, seeds):
        loss, gradients = super().gradient(parameters, t, seeds)
        return loss + parameters[""] ** 2, gradients | {"": 2 * parameters[""]}


def saved(checkpoint, folder):
    """What a file without pickle gives back."""
    np.savez(folder / "run.npz", **checkpoint)
    return np.load(folder / "run.npz", allow_pickle=False)


def same_bits(one, other):
    return one.keys() == other.keys() and all(
        one[name].dtype == other[name].dtype and one[name].tobytes() == other[name].tobytes() for name in one
    )


GOING = [
    (small_task(batch=4), Adam(lr=cosine(0.1, STEPS)), 7),
    (small_task(batch=4), Adam(lr=per_epoch(inverse_time(0.1, 1), 3)), (3, 1)),
    (small_task(batch=None), AdamW(lr=warmup(linear(0.1, 9), 5), weight_decay=0.1), 0),
    (small_task(batch=3, activation="relu"), Momentum(lr=lambda t: 0.1 / t, nesterov=True), 0),
    (small_task(batch=4), RMSProp(), np.int64(2)), (small_task(batch=4), AdaGrad(), [2]),
    (small_task(batch=4), AMSGrad(), 0), (small_task(batch=4), GradientDescent(lr=one_cycle(0.1, STEPS)), 0),
    (small_task(batch=4), SideBySide((Adam(0.1), Momentum())), (0, 1)),
    (Careful(), Adam(lr=0.5), 4), (Quartic(), Momentum(1.0, heavy_ball=True), (3, 300, 7, 25)),  # two of these break
    (Quartic(), GradientDescent(1.0), 20),  # and this one does
]  # fmt: skip


@pytest.mark.parametrize(("task", "optimizer", "seeds"), GOING, ids=[type(one[1]).__name__ for one in GOING])
def test_a_run_that_is_stopped_anywhere_and_goes_on_from_a_file_is_the_run_that_was_not(
    task, optimizer, seeds, tmp_path
):
    start = task.start(seeds)
    if isinstance(optimizer, SideBySide):
        start = {name: x.copy() for name, x in start.items()}  # an entry for each of the two
    whole = train(task, optimizer, STEPS, seeds, start)
    for stop in range(STEPS + 1):
        half = train(task, optimizer, stop, seeds, start)
        for checkpoint in (half.checkpoint, saved(half.checkpoint, tmp_path)):
            rest = train(task, optimizer, STEPS - stop, seeds, checkpoint)
            losses = np.concatenate([half.losses, rest.losses[1:]])
            assert losses.tobytes() == whole.losses.tobytes()
            assert np.array_equal(half.losses[-1], rest.losses[0], equal_nan=True)
            assert same_bits(rest.parameters, whole.parameters)
            assert np.array_equal(rest.diverged_at, whole.diverged_at)
            if not np.any(whole.diverged_at):
                assert same_bits(rest.checkpoint, whole.checkpoint)
                assert repr(rest.states) == repr(whole.states)


def test_parameters_alone_begin_anew_and_that_is_another_run():
    task, optimizer = small_task(batch=4), Adam(lr=cosine(0.1, STEPS))
    half = train(task, optimizer, 4)
    anew, on = (train(task, optimizer, 3, start=start) for start in (half.parameters, half.checkpoint))
    assert abs(anew.losses[1:] - on.losses[1:]).min() > 1e-4
    assert [state.t for state in anew.states.values()] == [3] * 4 and [s.t for s in on.states.values()] == [7] * 4


def test_what_goes_on_tells_its_own_steps_and_asks_the_schedule_for_them_alone():
    said, asked = [], []
    task = small_task(batch=4)
    half = train(task, Adam(), 4)
    optimizer = Adam(lr=lambda t: asked.append(t) or 0.1)
    train(task, optimizer, 2, start=half.checkpoint, progress=lambda *at: said.append(at))
    assert said == [(1, 2), (2, 2)] and set(asked) == {5, 6}


# what is refused --------------------------------------------------------------------------------------------------

NET, X, Y = Network((2, 3, 2)), np.zeros((4, 2)), np.zeros(4, int)
MADE = train(small_task(), Adam(), 2).checkpoint


def go_on(optimizer, seeds=0, without=None, **changed):
    kept = {key: array for key, array in MADE.items() if key != without}
    return train(small_task(), optimizer, 2, seeds, kept | changed)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Network((2,)), "sizes must be two numbers or more, inputs first and classes last, got (2,)"),
        (lambda: Network((2, 0, 2)), "sizes must be a whole number >= 1, got 0"),
        (lambda: Network((2, 2.5, 2)), "sizes must be a whole number >= 1, got 2.5"),
        (lambda: Network((2, 2), "sigmoid"), "activation must be one of tanh, relu; got 'sigmoid'"),
        (lambda: NET.init(-1), "seed must be a whole number >= 0, got -1"),
        (lambda: NET.gradient(NET.init(0), X[:, :1], Y), "inputs must have the shape (..., examples, 2), got (4, 1)"),
        (lambda: NET.gradient(NET.init(0), X[0], 0), "inputs must have the shape (..., examples, 2), got (2,)"),
        (lambda: NET.logits(NET.init(0), X.T), "inputs must have the shape (..., examples, 2), got (2, 4)"),
        (lambda: NET.gradient(NET.init(0), X, Y[:3]), "labels must have the shape (4,), one for each input, got (3,)"),
        (lambda: NET.gradient(NET.init(0), X, Y + 2), "labels must be whole numbers from 0 to 1, got 2"),
        (lambda: NET.gradient(NET.init(0), X, Y - 1), "labels must be whole numbers from 0 to 1, got -1"),
        (lambda: NET.gradient(NET.init(0), X, Y + 0.5), "labels must be whole numbers from 0 to 1, got float64"),
        (lambda: NET.gradient(NET.init(0), X[:0], Y[:0]), "inputs must hold at least one example, got (0, 2)"),
        (lambda: NET.gradient(NET.init(0), X + np.nan, Y), "inputs must be finite, got nan"),
        (lambda: Task(NET, two_moons(), batch=0), "batch must be a whole number >= 1, got 0"),
        (lambda: Task(NET, two_moons(), batch=301),
         "batch must be at most the number of training examples, 300, got 301"),
        (lambda: Task(NET, digits()), "inputs must have the shape (..., examples, 2), got (1080, 64)"),
        (lambda: small_task().start(()), "seeds must be different numbers, and at least one, got ()"),
        (lambda: small_task().start((1, 2, 1)), "seeds must be different numbers, and at least one, got (1, 2, 1)"),
        (lambda: small_task().start((1, 2.5)), "seeds must be a whole number >= 0, got 2.5"),
        *((lambda task=task: task.gradient(NET.init(0), 1, "zzz"), "seeds must be a whole number >= 0, got 'zzz'")
          for task in (Task(NET, two_moons()), Task(NET, two_moons(), batch=4))),
        (lambda: train(small_task(), Adam(), -1), "steps must be a whole number >= 0, got -1"),
        (lambda: train(small_task(), Adam(), 3, -1), "seeds must be a whole number >= 0, got -1"),
        (lambda: go_on(Adam(), seeds=1), "seeds must be those of the checkpoint, 0, got 1"),
        (lambda: go_on(Adam(), seeds=(0, 1)), "seeds must be those of the checkpoint, 0, got (0, 1)"),
        (lambda: go_on(Momentum()), "start must be a checkpoint of the same optimizer, and has AdamState at states/W1"),
        (lambda: go_on(Adam(), without="states/b2/v"), "start must be a whole checkpoint, and lacks states/b2/v"),
        (lambda: go_on(Adam(), without="states/b2/kind"),
         "start must be a checkpoint of the same optimizer, and has none at states/b2"),
        (lambda: NET.init([1, 2]), "seed must be a whole number >= 0, got [1, 2]"),
        (lambda: go_on(Adam(), without="step"), "start must be a whole checkpoint, and lacks step"),
        (lambda: go_on(Adam(), without="seeds"), "start must be a whole checkpoint, and lacks seeds"),
        (lambda: train(small_task(), Adam(), 2, start={name: MADE[name] for name in MADE if "/" in name}),
         "start must be a whole checkpoint, and lacks seeds"),
        (lambda: go_on(Adam(), without="diverged_at"), "start must be a whole checkpoint, and lacks diverged_at"),
        (lambda: go_on(Adam(), step=np.array(-1)), "the checkpoint's step must be a whole number >= 0, got array(-1)"),
        (lambda: go_on(Adam(), **{"states/W1/m": np.zeros(2)}),
         "the state's v has shape (3, 2) in float64, and its m has (2,) in float64"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_value(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize("bad", [float("nan"), -0.1, None])
def test_a_schedule_that_goes_wrong_is_refused_before_the_first_step(bad):
    seen.clear()
    with pytest.raises(ValueError, match="the schedule's lr at t = 7 must be a finite number >= 0, got"):
        train(noting_task(4), Adam(lr=lambda t: 0.1 if t < 7 else bad), 7)
    assert not seen
    train(noting_task(4), Adam(lr=lambda t: 0.1 if t < 7 else bad), 6)


def test_a_start_without_a_finite_loss_is_refused():
    with pytest.raises(ValueError, match="start must have a finite loss, got .*nan"):
        train(Quartic(), Adam(), 3, start={"x": np.array([1.0, np.nan])})
