"""Record how PyTorch, Optax and Keras walk the problems of problems.py, in float64.

Run in an environment made from requirements.txt:  python tests/unit/reference/record.py
It writes trajectories.json beside itself (a few minutes); the same versions write the same bytes.
Each library is given what its users give it, as far as it can express our convention; every translation is
commented below.
"""

import importlib.metadata
import inspect
import json
import math
import os
import platform

if __name__ == "__main__":  # a test runner that looks into every file does not have these libraries
    os.environ["KERAS_BACKEND"] = "jax"

    import jax

    jax.config.update("jax_enable_x64", True)

    import keras
    import numpy as np
    import optax
    import torch
    from problems import BARE, CASES, CONVENTIONS, HERE, PROBLEMS, STEPS, decay, recorded_steps

    keras.config.set_floatx("float64")


def walk(problem, start, advance, read, steps):
    """Take the steps and return, for each array, one row of numbers per recorded step."""
    state, rows = start, {name: [] for name in problem.start}
    for t in range(1, max(steps) + 1):
        state = advance(state, problem.gradient(read(state), t), t)
        if t in steps:
            for name, values in read(state).items():
                assert values.dtype == np.float64 and values.shape == problem.start[name].shape
                rows[name].append(" ".join(repr(float(value)) for value in values.ravel()))
    return rows


# PyTorch ------------------------------------------------------------------------------------------------------


def torch_walk(make, problem, steps):
    """make(parameters) gives (optimizer, before), and before(t) is called before step t."""
    parameters = {name: torch.tensor(x, dtype=torch.float64) for name, x in problem.start.items()}
    optimizer, before = make(list(parameters.values()))

    def advance(state, gradient, t):
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradient[name], dtype=torch.float64)
        before(t)
        optimizer.step()

    def read(state):
        return {name: parameter.numpy().copy() for name, parameter in parameters.items()}

    return walk(problem, None, advance, read, steps)


def torch_case(
    kind, lr, beta=0.0, heavy_ball=False, nesterov=False, eps=0.0, bias_correction=True, weight_decay=0.0, **betas
):
    """Translate a case; lr (and once eps) is set before each step, as a scheduler would set it."""

    def at(t):
        rate = lr(t) if callable(lr) else lr
        if kind == "Momentum" and not heavy_ball:
            return {"lr": rate * (1 - beta)}  # SGD is the heavy ball; the averaged form is (1 - beta) times it
        if kind == "Adam" and not bias_correction:
            # There is no switch. Its step is lr/c1 m / (sqrt(v)/sqrt(c2) + eps) with c = 1 - beta^t, so that
            # these two undo the correction.
            c1, c2 = 1 - betas["beta1"] ** t, 1 - betas["beta2"] ** t
            return {"lr": rate * c1 / math.sqrt(c2), "eps": eps / math.sqrt(c2)}
        return {"lr": rate}

    def make(parameters):
        optimizer = {
            "GradientDescent": lambda: torch.optim.SGD(parameters, lr=1.0),
            "Momentum": lambda: torch.optim.SGD(parameters, lr=1.0, momentum=beta, nesterov=nesterov),
            "RMSProp": lambda: torch.optim.RMSprop(parameters, lr=1.0, alpha=beta, eps=eps),
            "AdaGrad": lambda: torch.optim.Adagrad(parameters, lr=1.0, eps=eps),
            "Adam": lambda: torch.optim.Adam(parameters, lr=1.0, betas=tuple(betas.values()), eps=eps),
            "AdamW": lambda: torch.optim.AdamW(parameters, 1.0, tuple(betas.values()), eps, weight_decay=weight_decay),
        }[kind]()
        return optimizer, lambda t: optimizer.param_groups[0].update(at(t))

    return make


# Optax --------------------------------------------------------------------------------------------------------


def optax_walk(transformation, problem, steps):
    @jax.jit
    def step(state, gradient):
        point, memory = state
        updates, memory = transformation.update(gradient, memory, point)
        return optax.apply_updates(point, updates), memory

    start = {name: jax.numpy.array(x, dtype="float64") for name, x in problem.start.items()}
    state = start, transformation.init(start)
    return walk(problem, state, lambda state, g, t: step(state, g), lambda state: to_numpy(state[0]), steps)


def to_numpy(point):
    return {name: np.asarray(x) for name, x in point.items()}


def optax_case(
    kind, lr, beta=0.0, heavy_ball=False, nesterov=False, eps=0.0, bias_correction=True, weight_decay=0.0, **betas
):
    # A schedule of Optax counts from 0, ours from 1.
    rate = (lambda count: lr(count + 1)) if callable(lr) else lr
    if kind == "GradientDescent":
        return optax.sgd(rate)
    if kind == "Momentum" and heavy_ball:
        return optax.sgd(rate, momentum=beta, nesterov=nesterov)
    if kind == "Momentum" and nesterov:
        return optax.sgd(rate * (1 - beta), momentum=beta, nesterov=True)
    if kind == "Momentum":  # Optax does have the averaged form, as a building block
        return optax.chain(optax.ema(beta, debias=False), optax.scale_by_learning_rate(rate))
    if kind == "RMSProp":
        return optax.rmsprop(rate, decay=beta, eps=eps, eps_in_sqrt=False)
    if kind == "AdaGrad":  # eps is inside the root, and the sum starts at 0.1 unless told otherwise
        return optax.adagrad(rate, initial_accumulator_value=0.0, eps=eps**2)
    b1, b2 = betas["beta1"], betas["beta2"]
    if kind == "AdamW":
        return optax.adamw(rate, b1=b1, b2=b2, eps=eps, weight_decay=weight_decay)
    if bias_correction:
        return optax.adam(rate, b1=b1, b2=b2, eps=eps)
    # There is no switch: lr and eps undo the correction, as in torch_case.
    return optax.inject_hyperparams(optax.adam, static_args=("b1", "b2"))(
        learning_rate=lambda count: lr * (1 - b1 ** (count + 1)) / (1 - b2 ** (count + 1)) ** 0.5,
        eps=lambda count: eps / (1 - b2 ** (count + 1)) ** 0.5,
        b1=b1,
        b2=b2,
    )


# Keras --------------------------------------------------------------------------------------------------------


def keras_schedule(lr):
    """A schedule of Keras counts from 0, ours from 1."""

    class Schedule(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return lr(keras.ops.cast(step, "float64") + 1)

    return Schedule()


def keras_walk(make, problem, steps):
    """make() gives (optimizer, epsilon): None, or a function of t that is its epsilon at step t."""
    optimizer, epsilon = make()
    variables = [keras.Variable(x, dtype="float64") for x in problem.start.values()]
    optimizer.build(variables)

    @jax.jit
    def step(point, memory, gradient, epsilon):
        if epsilon is not None:
            optimizer.epsilon = epsilon
        return optimizer.stateless_apply(memory, gradient, point)

    def advance(state, gradient, t):
        return step(*state, [gradient[name] for name in problem.start], epsilon and epsilon(t))

    def read(state):
        return {name: np.asarray(x) for name, x in zip(problem.start, state[0], strict=True)}

    state = [v.value for v in variables], [v.value for v in optimizer.variables]
    return walk(problem, state, advance, read, steps)


def keras_case(
    kind, lr, beta=0.0, heavy_ball=False, nesterov=False, eps=0.0, bias_correction=True, weight_decay=0.0, **betas
):
    # SGD is the heavy ball, with lr inside its average: the same thing while lr is constant.
    rate = keras_schedule(lr) if callable(lr) else lr * (1 - beta) if kind == "Momentum" and not heavy_ball else lr
    epsilon = None
    if kind in ("Adam", "AdamW"):
        b1, b2 = betas["beta1"], betas["beta2"]
        if not bias_correction:
            # There is no switch: lr undoes the correction, and epsilon stands where ours does.
            rate = keras_schedule(lambda t: lr * (1 - b1**t) / keras.ops.sqrt(1 - b2**t))
        elif eps > BARE:
            # Its epsilon is the paper's "epsilon hat", added to sqrt(v) before the correction. Ours stands after
            # it, which is eps sqrt(1 - beta2^t) there. (A bare eps is set once and left, as users do.)
            def epsilon(t):
                return eps * math.sqrt(1 - b2**t)

    def make():
        optimizers = {
            "GradientDescent": lambda: keras.optimizers.SGD(rate),
            "Momentum": lambda: keras.optimizers.SGD(rate, momentum=beta, nesterov=nesterov),
            # eps is inside the root, and the sum starts at 0.1 unless told otherwise.
            "RMSProp": lambda: keras.optimizers.RMSprop(rate, rho=beta, epsilon=eps**2),
            "AdaGrad": lambda: keras.optimizers.Adagrad(rate, initial_accumulator_value=0.0, epsilon=eps**2),
            "Adam": lambda: keras.optimizers.Adam(rate, beta_1=b1, beta_2=b2, epsilon=eps),
            "AdamW": lambda: keras.optimizers.AdamW(rate, weight_decay, beta_1=b1, beta_2=b2, epsilon=eps),
        }
        return optimizers[kind](), epsilon

    return make


# What looks like ours and is not ------------------------------------------------------------------------------


def torch_plain(optimizer, **settings):
    return lambda parameters: (optimizer(parameters, **settings), lambda t: None)


def keras_plain(optimizer, *arguments, **settings):
    return lambda: (optimizer(*arguments, **settings), None)


def lookalikes():
    sgd = keras.optimizers.SGD
    return {
        ("torch", "dampening"): torch_plain(torch.optim.SGD, lr=0.01, momentum=0.9, dampening=0.9),
        ("torch", "rmsprop-default-alpha"): torch_plain(torch.optim.RMSprop, lr=0.01),
        ("optax", "rmsprop-eps-inside"): optax.rmsprop(0.01, eps=1e-8),
        ("optax", "adagrad-start"): optax.adagrad(0.01),
        ("optax", "decay-from-zero"): optax.sgd(decay),
        ("keras", "decay-from-zero"): keras_plain(sgd, keras_schedule(lambda t: decay(t - 1))),
        ("keras", "decay"): keras_plain(sgd, keras_schedule(decay), momentum=0.9),
        ("keras", "decay-nesterov"): keras_plain(sgd, keras_schedule(decay), momentum=0.9, nesterov=True),
        ("keras", "rmsprop-eps-inside"): keras_plain(keras.optimizers.RMSprop, 0.01, epsilon=1e-8),
        ("keras", "adagrad-start"): keras_plain(keras.optimizers.Adagrad, 0.01),
        ("keras", "adam-eps-hat"): keras_plain(keras.optimizers.Adam, 0.001, epsilon=1e-8),
        ("torch", "adam-weight-decay"): torch_plain(torch.optim.Adam, lr=0.001, weight_decay=0.1),
        ("optax", "adam-decayed-gradients"): optax.chain(optax.add_decayed_weights(0.1), optax.adam(0.001)),
    }


# All together -------------------------------------------------------------------------------------------------


def defaults(function):
    """The numbers and switches that the library takes when it is told nothing."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if isinstance(p.default, (bool, int, float, tuple))}


def main():
    walks = {"torch": torch_walk, "optax": optax_walk, "keras": keras_walk}
    translations = {"torch": torch_case, "optax": optax_case, "keras": keras_case}
    trajectories = {library: {} for library in walks}
    for name, case in CASES.items():
        for library in case.libraries:
            translated = translations[library](case.optimizer, **case.settings)
            trajectories[library][name] = {
                problem: walks[library](translated, PROBLEMS[problem], recorded_steps(name, problem))
                for problem in case.problems
            }
    conventions = {library: {} for library in walks}
    for (library, name), lookalike in lookalikes().items():
        problem = CONVENTIONS[library, name]
        conventions[library][name] = {problem: walks[library](lookalike, PROBLEMS[problem], STEPS)}
    optimizers = {
        "torch": (torch.optim.SGD, torch.optim.RMSprop, torch.optim.Adagrad, torch.optim.Adam, torch.optim.AdamW),
        "optax": (optax.sgd, optax.rmsprop, optax.adagrad, optax.adam, optax.adamw),
        "keras": [getattr(keras.optimizers, name) for name in ("SGD", "RMSprop", "Adagrad", "Adam", "AdamW")],
    }
    packages = ("numpy", "torch", "optax", "jax", "jaxlib", "keras")
    recording = {
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in packages},
        },
        "keras backend": keras.backend.backend(),
        "defaults": {library: {f.__name__: defaults(f) for f in fs} for library, fs in optimizers.items()},
        "steps": STEPS,
        "trajectories": trajectories,
        "conventions": conventions,
    }
    path = HERE / "trajectories.json"
    path.write_text(json.dumps(recording, indent=0) + "\n", encoding="utf-8", newline="\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
