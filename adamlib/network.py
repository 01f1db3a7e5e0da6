"""The stage: a small network for classification, and the loop that trains it with any optimizer of the book.

Parameters are a dict of named arrays, W1, b1, W2, ... Every array may have more axes in front, one entry per run:
then many networks are computed as one, with the numbers that each would have alone.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from adamlib.checks import (
    as_array,
    check_all_finite,
    check_choice,
    check_count,
    check_floats,
    check_function,
    check_has,
    check_kind,
    check_named,
    check_optimizer,
    check_parameters,
    check_rates,
    check_same_names,
    check_seeds,
    check_unnamed,
    check_values,
    is_row,
    shown,
)
from adamlib.datasets import Examples, Split
from adamlib.descent import update
from adamlib.progress import show_progress

# name: (the function of z, its derivative written with the function's value a, the variance of W times its inputs)
ACTIVATIONS = {
    "tanh": (np.tanh, lambda a: 1 - a**2, 1.0),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(a.dtype), 2.0),
}


@dataclass(frozen=True)
class Network:
    """A multi-layer perceptron with softmax cross-entropy.

    Formula:
        The examples are columns: a_0 = inputs^T;  z_l = W_l a_{l-1} + b_l;  a_l = tanh(z_l) or max(z_l, 0);  the last
        z are the logits, and  loss = mean over examples of  log(sum_k exp z_k) - z_label.
        Backwards, from dz = (softmax(z) - one-hot(label)) / n:
        dW_l = dz_l a_{l-1}^T;  db_l = sum of dz_l over examples;  dz_{l-1} = (W_l^T dz_l) activation'(z_{l-1})

    Args:
        sizes: numbers of inputs, of hidden units in each layer, and of classes: two or more whole numbers >= 1.
        activation: "tanh" or "relu".

    Returns:
        `init(seed)` gives {"W1": (hidden, inputs), "b1": (hidden,), ...} in float64, W normal with variance
        1/inputs (tanh) or 2/inputs (relu), b zero. `logits(parameters, inputs)` gives (..., n, classes).
        `gradient(parameters, inputs, labels)` gives (loss, a dict like parameters), in the parameters' dtype.

    Raises:
        ValueError: sizes or activation is wrong; parameters, inputs and labels do not fit the network or each other.
        TypeError: parameters are no dict of float32 or float64 arrays, or inputs are no numbers.

    Example:
        >>> network = Network((2, 5, 2))
        >>> loss, gradients = network.gradient(network.init(seed=0), [[0.0, 0.0]], [1])
        >>> round(float(loss), 6), gradients["b2"]
        (0.693147, array([ 0.5, -0.5]))

    Source:
        Rumelhart, Hinton & Williams (1986). The loss is `torch.nn.functional.cross_entropy`; W has
        the shape (outputs, inputs) in Ng's course and PyTorch too, the other way round in Keras. PyTorch draws W and b
        uniformly, Keras draws W by Glorot & Bengio (2010).
    """

    sizes: tuple
    activation: str = "tanh"

    def __post_init__(self):
        sizes = tuple(check_count(size, "sizes", least=1) for size in self.sizes) if is_row(self.sizes) else ()
        if len(sizes) < 2:
            raise ValueError(
                f"sizes must be two numbers or more, inputs first and classes last, got {shown(self.sizes)}"
            )
        check_choice(self.activation, "activation", ACTIVATIONS)
        object.__setattr__(self, "sizes", sizes)

    def init(self, seed):
        """Draw the parameters before the first step."""
        random, spread = np.random.default_rng([check_count(seed, "seed", least=0), 0]), ACTIVATIONS[self.activation][2]
        parameters = {}
        for layer, (n_in, n_out) in enumerate(zip(self.sizes, self.sizes[1:]), start=1):
            parameters[f"W{layer}"] = random.normal(size=(n_out, n_in)) * np.sqrt(spread / n_in)
            parameters[f"b{layer}"] = np.zeros(n_out)
        return parameters

    def logits(self, parameters, inputs):
        """Return one number per class for each input; the largest one's class is the network's answer."""
        parameters = self._check_parameters(parameters)
        inputs = np.asarray(check_values(inputs, "inputs"))
        _check_examples(inputs, np.zeros(inputs.shape[:-1], int), self.sizes[0], self.sizes[-1])
        return _turned(self._forward(parameters, inputs)[-1])

    def gradient(self, parameters, inputs, labels):
        """Return (loss, gradients) of the mean loss over these examples."""
        parameters = self._check_parameters(parameters)
        inputs, labels = _check_examples(inputs, labels, self.sizes[0], self.sizes[-1])
        values = self._forward(parameters, inputs)
        loss, dz = _cross_entropy(values[-1], labels)
        slope, gradients = ACTIVATIONS[self.activation][1], {}
        for layer in range(len(self.sizes) - 1, 0, -1):
            gradients[f"W{layer}"] = dz @ _turned(values[layer - 1])
            gradients[f"b{layer}"] = dz.sum(axis=-1)
            if layer > 1:
                dz = _turned(parameters[f"W{layer}"]) @ dz * slope(values[layer - 1])
        return loss, {name: gradients[name] for name in parameters}

    def _check_parameters(self, parameters):
        """Return the parameters as arrays; ValueError unless their names and shapes are those of this network."""
        layers = enumerate(zip(self.sizes[1:], self.sizes), start=1)
        shapes = {f"{of}{layer}": shape[: 2 - (of == "b")] for layer, shape in layers for of in "Wb"}
        parameters = check_named(parameters, "parameters")
        if parameters.keys() != shapes.keys():
            raise ValueError(f"parameters must be {', '.join(shapes)}; got {', '.join(map(str, parameters))}")
        parameters = {name: check_parameters(x, f"parameters {name}") for name, x in parameters.items()}
        for name, shape in shapes.items():
            if parameters[name].shape[-len(shape) :] != shape:
                wanted = ", ".join(["...", *map(str, shape)])
                raise ValueError(f"parameters {name} must have the shape ({wanted}), got {parameters[name].shape}")
        return parameters

    def _forward(self, parameters, inputs):
        values = [_turned(np.asarray(inputs, parameters["W1"].dtype))]
        for layer in range(1, len(self.sizes)):
            z = parameters[f"W{layer}"] @ values[-1] + parameters[f"b{layer}"][..., None]
            values.append(ACTIVATIONS[self.activation][0](z) if layer < len(self.sizes) - 1 else z)
        return values


def _check_examples(inputs, labels, width, classes):
    """Return inputs as floats and labels as whole numbers; ValueError unless they fit the network and each other."""
    check_unnamed(labels, "labels")
    inputs, labels = np.asarray(check_values(inputs, "inputs")), as_array(labels, "labels")
    if inputs.ndim < 2 or inputs.shape[-1] != width:
        raise ValueError(f"inputs must have the shape (..., examples, {width}), got {inputs.shape}")
    if labels.shape != inputs.shape[:-1]:
        raise ValueError(f"labels must have the shape {inputs.shape[:-1]}, one for each input, got {labels.shape}")
    if labels.size == 0:
        raise ValueError(f"inputs must hold at least one example, got {inputs.shape}")
    check_all_finite(inputs, "inputs")
    if labels.dtype.kind not in "iu":
        raise ValueError(f"labels must be whole numbers from 0 to {classes - 1}, got {labels.dtype}")
    if labels.min() < 0 or labels.max() >= classes:
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(f"labels must be whole numbers from 0 to {classes - 1}, got {wrong}")
    return inputs, labels


def _turned(matrices):
    return np.swapaxes(matrices, -1, -2)


def _cross_entropy(logits, labels):
    """Return the mean loss over the examples, which are columns here, and its derivative by the logits."""
    shifted = logits - logits.max(axis=-2, keepdims=True)  # the same softmax, and exp cannot overflow
    labels = np.broadcast_to(labels[..., None, :], (*logits.shape[:-2], 1, logits.shape[-1]))
    of_label = np.take_along_axis(shifted, labels, axis=-2)
    powers = np.exp(shifted, out=shifted)
    total = powers.sum(axis=-2, keepdims=True)
    losses = (np.log(total) - of_label)[..., 0, :]
    powers /= total
    powers -= (labels == np.arange(logits.shape[-2])[:, None]).astype(logits.dtype)
    return losses.mean(axis=-1), powers / logits.shape[-1]


@dataclass(frozen=True)
class Task:
    """A network and data to train it on, in mini-batches that a seed decides.

    Formula:
        Each pass over the training examples is in a new order, which depends on the seed and the number of the pass
        alone. Step t takes the next `batch` of them; the last batch of a pass may be smaller.

    Args:
        network: a `Network`; data: a `Split`; batch: examples per step, a whole number >= 1, or None for all.

    Returns:
        `start(seeds)` gives parameters; `gradient(parameters, t, seeds)` gives (loss, gradients) on the batch of
        step t = 1, 2, ...; `scores(parameters)` gives a dict: "loss", on all training examples, and the share of
        wrong answers as "train_error", "validation_error" and "test_error". All are better when lower. seeds is one
        number, or k different ones, which puts an axis of length k in front of everything.

    Raises:
        ValueError: the data do not fit the network, batch is not a whole number from 1 to their count, or seeds are
            not whole numbers >= 0, or not different; parameters do not fit the network, or with a batch the seeds.
        TypeError: network is no Network, data is no Split, or parameters are no dict of arrays.

    Example:
        >>> from adamlib.datasets import two_moons
        >>> task = Task(Network((2, 5, 2)), two_moons(), batch=64)
        >>> {name: x.shape for name, x in task.start(seeds=[0, 1, 2]).items()}
        {'W1': (3, 5, 2), 'b1': (3, 5), 'W2': (3, 2, 5), 'b2': (3, 2)}

    Source:
        The loops of every training script. PyTorch's `DataLoader(shuffle=True)` and Keras's `fit` take batches so.
    """

    network: Network
    data: Split
    batch: int | None = None

    def __post_init__(self):
        check_kind(self.network, "network", Network)
        if not (is_row(self.data) and [is_row(part) and len(part) for part in self.data] == [2, 2, 2]):
            raise TypeError(f"data must be a Split of three Examples, got {shown(self.data)}")
        checked = (_check_examples(*part, self.network.sizes[0], self.network.sizes[-1]) for part in self.data)
        object.__setattr__(self, "data", Split(*(Examples(*pair) for pair in checked)))
        n = len(self.data.train.labels)
        if self.batch is not None and check_count(self.batch, "batch", least=1) > n:
            raise ValueError(f"batch must be at most the number of training examples, {n}, got {self.batch!r}")

    def start(self, seeds):
        """Return the parameters that each seed draws."""
        seeds = check_seeds(seeds)
        if isinstance(seeds, int):
            return self.network.init(seeds)
        drawn = [self.network.init(seed) for seed in seeds]
        return {name: np.stack([one[name] for one in drawn]) for name in drawn[0]}

    def gradient(self, parameters, t, seeds):
        """Return (loss, gradients) on the mini-batch of step t."""
        inputs, labels = self.data.train
        t, seeds = check_count(t, "t", least=1), check_seeds(seeds)
        if self.batch is not None:
            per_pass = -(-len(labels) // self.batch)
            turn, place = divmod(t - 1, per_pass)
            orders = _order(len(labels), seeds, turn)
            chosen = orders[..., place * self.batch : (place + 1) * self.batch]
            inputs, labels = inputs[chosen], labels[chosen]
        return self.network.gradient(parameters, inputs, labels)

    def scores(self, parameters):
        """Return the loss on all training examples, and the share of wrong answers on each part of the data."""
        logits = {name: self.network.logits(parameters, part.inputs) for name, part in self.data._asdict().items()}
        loss, _ = _cross_entropy(_turned(logits["train"]), self.data.train.labels)
        wrong = {n: np.argmax(z, axis=-1) != getattr(self.data, n).labels for n, z in logits.items()}
        return {"loss": loss} | {f"{name}_error": where.mean(axis=-1) for name, where in wrong.items()}


@functools.lru_cache(maxsize=8)
def _order(n, seeds, turn):
    """Return the order of the examples in one pass, a row per seed."""
    if isinstance(seeds, tuple):
        return np.stack([_order(n, seed, turn) for seed in seeds])
    return np.random.default_rng([seeds, 1, turn]).permutation(n)


class Training(NamedTuple):
    """What training gave.

    parameters: the last ones whose loss was finite. losses: shape (steps + 1, ...), losses[i] after i steps, each on
    the batch of the step to come; NaN from where a run broke. diverged_at: 0, or the step (from 1) after which the
    loss was not finite. With many runs, losses and diverged_at have the axes of the runs behind or alone.
    states: the optimizer's state of each array. checkpoint: all that it takes to go on, a dict for `np.savez`.
    """

    parameters: dict
    losses: np.ndarray
    diverged_at: np.ndarray
    states: dict
    checkpoint: dict


def init_each(optimizer, parameters):
    """Return one optimizer state for each named array.

    Formula:
        states[name] = optimizer.init(parameters[name])

    Args:
        optimizer: any optimizer of this package; parameters: a dict of float32 or float64 arrays.

    Returns:
        A dict with the names of the parameters.

    Raises:
        TypeError: optimizer is none, or parameters are no dict of such arrays.

    Example:
        >>> from adamlib.descent import GradientDescent
        >>> init_each(GradientDescent(lr=0.5), {"W1": np.zeros(2)})
        {'W1': GradientDescentState(t=0, g=array([0., 0.]))}

    Source:
        As Optax maps an optimizer over a nest of arrays.
    """
    check_optimizer(optimizer)
    return {name: optimizer.init(x) for name, x in check_named(parameters, "parameters").items()}


def update_each(optimizer, gradients, states, x):
    """Step each named array with the state that is its own.

    Formula:
        steps[name], new[name] = optimizer.update(gradients[name], states[name]), with x[name] too where it is asked for

    Args:
        optimizer: any optimizer of this package; gradients, x: dicts of arrays; states: as from `init_each`.

    Returns:
        (steps, new states), two dicts with the names of the states.

    Raises:
        ValueError: the names of gradients or x are not those of the states, or shapes do not fit.
        TypeError: optimizer is none, or one of the others is no dict of arrays or of its states.

    Example:
        >>> from adamlib.descent import GradientDescent
        >>> optimizer, x = GradientDescent(lr=0.5), {"W1": np.ones(2)}
        >>> steps, states = update_each(optimizer, {"W1": np.array([2.0, 4.0])}, init_each(optimizer, x), x)
        >>> steps["W1"]
        array([-1., -2.])

    Source:
        As Optax maps an optimizer over a nest of arrays.
    """
    check_optimizer(optimizer)
    for what, named in (("states", states), ("gradients", gradients), ("x", x)):
        if not isinstance(named, Mapping) or named.keys() != states.keys():
            check_same_names(what, named, states)
    both = {name: update(optimizer, gradients[name], state, x[name]) for name, state in states.items()}
    return {name: step for name, (step, _) in both.items()}, {name: state for name, (_, state) in both.items()}


def train(
    task,
    optimizer,
    steps,
    seeds: int | Sequence[int] = 0,
    start: Mapping | None = None,
    progress: Callable[[int, int], object] | None = show_progress,
):
    """Follow an optimizer down the loss of a task.

    Formula:
        As `descend`, x_t = x_{t-1} + step_t, for each array of the parameters with a state of its own.

    Args:
        task: a `Task`, or anything else that has its `start` and `gradient`.
        optimizer: any optimizer of this package; steps: how many steps to take, a whole number >= 0.
        seeds: one seed, or several for as many runs at once.
        start: parameters to begin with, a dict of arrays, `task.start(seeds)` unless given: the averages of the
            optimizer, its schedule and the batches then begin anew, at t = 1. Or the checkpoint of a training, from
            memory or a file, with the same seeds: then they go on, and `steps` are those still to take.
        progress: None, or a function that is called with (steps taken, steps).

    Returns:
        Training(parameters, losses, diverged_at, states, checkpoint). A run whose loss is not finite stops, and what
        it recorded is kept; the others go on. NumPy's overflow warnings are silenced, because diverged_at reports the
        overflow. A run that was stopped after any step and goes on from its checkpoint is, bit for bit, the run that
        was not stopped; its losses begin with the last loss of the first part.

    Raises:
        ValueError: steps or seeds are wrong, the loss at the start is not finite, or a schedule gives a learning
            rate that is not a finite number >= 0 (all are asked for before the first step); the checkpoint is of other
            seeds, of an optimizer with another state, or incomplete.
        TypeError: the task, the optimizer, start, or a loss is not of the kind described; the task's gradients are not
            those of its parameters (ValueError if only their names or shapes are others).

    Example:
        >>> from adamlib.adam import Adam
        >>> from adamlib.datasets import two_moons
        >>> training = train(Task(Network((2, 5, 2)), two_moons()), Adam(lr=0.1), steps=50)
        >>> bool(training.losses[-1] < training.losses[0] / 2), int(training.diverged_at)
        (True, 0)

    To stop and go on, in one line each:
        np.savez("run.npz", **training.checkpoint)
        training = train(task, optimizer, steps=50, start=np.load("run.npz"))

    Source:
        The loop that every training script writes. PyTorch's optimizers hold the states of all arrays, as the dict
        of states here does; Optax maps over any nest of arrays.
    """
    steps, seeds = check_count(steps, "steps", least=0), check_seeds(seeds)
    check_optimizer(optimizer)
    check_has(task, "task", ("gradient", "start")[: 2 - (start is not None)], "a Task, or have its start and gradient")
    if progress is not None:
        check_function(progress, "progress")
    x, states, taken, diverged_at = _begun(task, optimizer, seeds, start)
    check_rates(optimizer, steps, taken)
    last, losses = x, []
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for t in range(taken + 1, taken + steps + 2):  # once more than there are steps, for the last loss
            loss, gradients = task.gradient(x, t, seeds)
            broken = ~np.isfinite(check_floats(loss, "the task's loss"))
            if not losses and np.any(broken & (diverged_at == 0)):
                raise ValueError(f"start must have a finite loss, got {loss!r}")
            diverged_at = np.where(broken & (diverged_at == 0), t - 1, diverged_at)
            x = {name: _where(diverged_at > 0, last[name], x[name]) for name in x}
            losses.append(np.where(diverged_at > 0, np.nan, loss))
            if t > taken + steps or diverged_at.all():
                break
            moves, states = update_each(optimizer, gradients, states, x)
            last, x = x, {name: x[name] + moves[name] for name in x}
            if progress is not None:
                progress(t - taken, steps)
    if progress is not None and t <= taken + steps:
        progress(steps, steps)  # every run has stopped
    losses += [np.full_like(losses[0], np.nan)] * (steps + 1 - len(losses))
    checkpoint = {"step": np.array(taken + steps), "seeds": np.array(seeds), "diverged_at": diverged_at}
    checkpoint |= _flat("parameters", x) | _flat("states", states)
    return Training(x, np.array(losses), diverged_at, states, checkpoint)


def _begun(task, optimizer, seeds, start):
    """Return parameters, states, how many steps were taken, and where runs broke: of a new run, or of a checkpoint."""
    start = check_named(task.start(seeds) if start is None else start, "start")
    if not any(name.startswith(("parameters/", "states/")) for name in start):
        return start, init_each(optimizer, start), 0, np.array(0)
    if not np.array_equal(_part(start, "seeds"), seeds):
        raise ValueError(
            f"seeds must be those of the checkpoint, {np.asarray(start['seeds']).tolist()!r}, got {seeds!r}"
        )
    head = "parameters/"
    x = {name.removeprefix(head): array for name, array in start.items() if name.startswith(head)}
    states = {name: _filled(optimizer.init(one), f"states/{name}", start) for name, one in x.items()}
    taken = check_count(_part(start, "step"), "the checkpoint's step", least=0)
    return x, states, taken, _part(start, "diverged_at")


def _part(checkpoint, name):
    if name not in checkpoint:
        raise ValueError(f"start must be a whole checkpoint, and lacks {name}")
    return checkpoint[name]


def _flat(name, value: Any):
    """Name each array inside dicts and states by the way to it: what np.savez can take."""
    if hasattr(value, "_asdict"):  # its kind too: two optimizers may have the same fields
        return {f"{name}/kind": np.array(type(value).__name__)} | _flat(name, value._asdict())
    if isinstance(value, tuple):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return {name: np.asarray(value)}
    return {place: array for key, one in value.items() for place, array in _flat(f"{name}/{key}", one).items()}


def _filled(state: Any, name, arrays):
    """Return a state like this one, of one optimizer, with the arrays that stand in a checkpoint under its name."""
    if hasattr(state, "_asdict"):
        kind = str(arrays.get(f"{name}/kind", "none"))
        if kind != type(state).__name__:
            raise ValueError(f"start must be a checkpoint of the same optimizer, and has {kind} at {name}")
        return type(state)(*(_filled(one, f"{name}/{key}", arrays) for key, one in state._asdict().items()))
    if isinstance(state, tuple):
        return tuple(_filled(one, f"{name}/{key}", arrays) for key, one in enumerate(state))
    part = _part(arrays, name)
    return check_count(part, f"the checkpoint's {name}", least=0) if isinstance(state, int) else part


def _where(runs, these, others):
    """Take `these` for the runs marked, `others` for the rest, and copy nothing where none is marked."""
    return np.where(runs.reshape(runs.shape + (1,) * (these.ndim - runs.ndim)), these, others) if runs.any() else others
