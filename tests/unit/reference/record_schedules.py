"""Record the learning rates that PyTorch, Optax and Keras use step by step, in float64.

Run in an environment made from requirements.txt:  python tests/unit/reference/record_schedules.py
It writes schedules.json beside itself (about a minute); the same versions write the same bytes.
No formula is asked. Each library's descent takes real steps with its own schedule, from 0 with the gradient 1, so that
the step is minus the learning rate, and rate number t of a list is what step t = 1, 2, ... used. The
names are those of CASES in test_schedules.py, which says what they are in adamlib.
"""

import importlib.metadata
import json
import os
import platform
from pathlib import Path

if __name__ == "__main__":  # a test runner that looks into every file does not have these libraries
    os.environ["KERAS_BACKEND"] = "jax"

    import jax

    jax.config.update("jax_enable_x64", True)

    import keras
    import numpy as np
    import optax
    import torch
    from torch.optim.lr_scheduler import (
        ConstantLR,
        CosineAnnealingLR,
        ExponentialLR,
        LambdaLR,
        LinearLR,
        MultiStepLR,
        OneCycleLR,
        PolynomialLR,
        SequentialLR,
        StepLR,
    )

    keras.config.set_floatx("float64")
    keras_schedules = keras.optimizers.schedules

STEPS = 15
EPOCH = 4  # steps in an epoch


def torch_rates(make, lr=0.1, steps=STEPS, every=1):
    """make(optimizer) gives the scheduler, whose step() is called after each `every` steps."""
    x = torch.zeros(1, dtype=torch.float64)
    optimizer, rates = torch.optim.SGD([x], lr=lr), []
    scheduler = make(optimizer)
    for t in range(1, steps + 1):
        x.zero_()
        x.grad = torch.ones_like(x)
        optimizer.step()
        rates.append(-x.item())
        if t % every == 0:
            scheduler.step()
    return rates


def optax_rates(schedule):
    optimizer, rates = optax.sgd(schedule), []
    gradient = jax.numpy.ones(1, dtype="float64")
    memory = optimizer.init(gradient)
    for _ in range(STEPS):
        update, memory = optimizer.update(gradient, memory)
        rates.append(-update.item())
    return rates


def keras_rates(schedule):
    x = keras.Variable(np.zeros(1), dtype="float64")
    optimizer, rates = keras.optimizers.SGD(schedule), []
    for _ in range(STEPS):
        x.assign(np.zeros(1))
        optimizer.apply([keras.ops.ones(1, dtype="float64")], [x])
        rates.append(-np.asarray(x.value).item())
    return rates


def torch_warmup(then, steps):
    """From lr/steps in `steps` - 1 steps to lr, which is the first step of what follows."""

    def make(optimizer):
        schedulers = [LinearLR(optimizer, 1 / steps, 1, steps - 1), then(optimizer)]
        return SequentialLR(optimizer, schedulers, milestones=[steps - 1])

    return make


def torch_chain(first, steps, second):
    return lambda optimizer: SequentialLR(optimizer, [first(optimizer), second(optimizer)], milestones=[steps])


def torch_recorded():
    return {
        "constant": torch_rates(lambda o: ConstantLR(o, 1.0)),
        "inverse_time": torch_rates(lambda o: LambdaLR(o, lambda step: 1 / (1 + step)), lr=0.5),
        "inverse_time per_epoch": torch_rates(lambda o: LambdaLR(o, lambda e: 1 / (1 + e)), lr=0.2, every=EPOCH),
        "exponential": torch_rates(lambda o: ExponentialLR(o, 0.8)),
        "exponential per_epoch": torch_rates(lambda o: ExponentialLR(o, 0.8), every=EPOCH),
        "staircase": torch_rates(lambda o: StepLR(o, 4, 0.5)),
        "inverse_sqrt": torch_rates(lambda o: LambdaLR(o, lambda step: (step + 1) ** -0.5)),
        "polynomial": torch_rates(lambda o: PolynomialLR(o, 10, 0.9)),
        "linear": torch_rates(lambda o: LinearLR(o, 1.0, 0.0, 10)),
        "linear to an end": torch_rates(lambda o: LinearLR(o, 1.0, 0.2, 10)),
        "linear up": torch_rates(lambda o: LinearLR(o, 0.2, 1.0, 10)),
        # up to its end: see CONVENTIONS
        "cosine": torch_rates(lambda o: CosineAnnealingLR(o, 10), steps=11),
        "cosine to an end": torch_rates(lambda o: CosineAnnealingLR(o, 10, 0.01), steps=11),
        "one_cycle": torch_rates(
            lambda o: OneCycleLR(o, 0.1, total_steps=11, pct_start=4 / 11, cycle_momentum=False), steps=11
        ),
        "warmup": torch_rates(lambda o: LinearLR(o, 1 / 4, 1, 3)),
        "warmup of cosine": torch_rates(torch_warmup(lambda o: CosineAnnealingLR(o, 10), 4), steps=14),
        "warmup of exponential": torch_rates(torch_warmup(lambda o: ExponentialLR(o, 0.8), 4)),
        "chain": torch_rates(torch_chain(lambda o: ConstantLR(o, 1.0), 5, lambda o: LinearLR(o, 1.0, 0.0, 8))),
        "chain of constants": torch_rates(lambda o: MultiStepLR(o, [4], 0.1)),
    }


def optax_recorded():
    # The count divided by a whole number is a float32 in JAX, whatever is enabled, so lengths are given as float64.
    four, eight, ten = np.float64([4, 8, 10])
    lr = np.float64(0.1)
    warmed = dict(init_value=lr / 4, peak_value=lr, warmup_steps=np.float64(3))  # from step 0 on: see CONVENTIONS
    return {
        "constant": optax_rates(optax.constant_schedule(lr)),
        "inverse_time": optax_rates(lambda count: 0.5 / (1 + count)),
        "inverse_time per_epoch": optax_rates(lambda count: 0.2 / (1 + count // EPOCH)),
        "exponential": optax_rates(optax.exponential_decay(lr, np.float64(1), 0.8)),
        "exponential per_epoch": optax_rates(optax.exponential_decay(lr, np.float64(EPOCH), 0.8, staircase=True)),
        "staircase": optax_rates(optax.exponential_decay(lr, four, 0.5, staircase=True)),
        "inverse_sqrt": optax_rates(lambda count: lr / (count + 1) ** 0.5),
        "polynomial": optax_rates(optax.polynomial_schedule(lr, 0.0, 0.9, ten)),
        "polynomial to an end": optax_rates(optax.polynomial_schedule(lr, 0.01, 2, ten)),
        "linear": optax_rates(optax.linear_schedule(lr, 0.0, ten)),
        "linear to an end": optax_rates(optax.linear_schedule(lr, 0.02, ten)),
        "linear up": optax_rates(optax.linear_schedule(0.02, lr, ten)),
        "cosine": optax_rates(optax.cosine_decay_schedule(lr, ten)),
        "cosine to an end": optax_rates(optax.cosine_decay_schedule(lr, ten, 0.1)),
        "one_cycle": optax_rates(optax.cosine_onecycle_schedule(10, lr)),
        "warmup": optax_rates(optax.schedules.warmup_constant_schedule(**warmed)),
        # its decay_steps is the length of both together
        "warmup of cosine": optax_rates(optax.warmup_cosine_decay_schedule(**warmed, decay_steps=np.float64(13))),
        "warmup of exponential": optax_rates(
            optax.warmup_exponential_decay_schedule(**warmed, transition_steps=np.float64(1), decay_rate=0.8)
        ),
        "chain": optax_rates(
            optax.join_schedules([optax.constant_schedule(lr), optax.linear_schedule(lr, 0.0, eight)], [5])
        ),
        "chain of constants": optax_rates(optax.piecewise_constant_schedule(lr, {4: 0.1})),
    }


def keras_recorded():
    k = keras_schedules
    return {
        "constant": keras_rates(0.1),
        "inverse_time": keras_rates(k.InverseTimeDecay(0.5, 1, 1.0)),
        "inverse_time per_epoch": keras_rates(k.InverseTimeDecay(0.2, EPOCH, 1.0, staircase=True)),
        "exponential": keras_rates(k.ExponentialDecay(0.1, 1, 0.8)),
        "exponential per_epoch": keras_rates(k.ExponentialDecay(0.1, EPOCH, 0.8, staircase=True)),
        "staircase": keras_rates(k.ExponentialDecay(0.1, 4, 0.5, staircase=True)),
        "polynomial": keras_rates(k.PolynomialDecay(0.1, 10, 0.0, 0.9)),
        "polynomial to an end": keras_rates(k.PolynomialDecay(0.1, 10, 0.01, 2.0)),
        "linear": keras_rates(k.PolynomialDecay(0.1, 10, 0.0)),
        "linear to an end": keras_rates(k.PolynomialDecay(0.1, 10, 0.02)),
        "linear up": keras_rates(k.PolynomialDecay(0.02, 10, 0.1)),
        "cosine": keras_rates(k.CosineDecay(0.1, 10)),
        "cosine to an end": keras_rates(k.CosineDecay(0.1, 10, 0.1)),
        "warmup of cosine": keras_rates(k.CosineDecay(0.1 / 4, 10, warmup_target=0.1, warmup_steps=3)),
        "chain of constants": keras_rates(k.PiecewiseConstantDecay([3], [0.1, 0.01])),
    }


def lookalikes():
    """What the libraries give for the same words, and is not ours: the test says what it is instead."""
    return {
        "torch": {
            "cosine past its end": torch_rates(lambda o: CosineAnnealingLR(o, 10)),
            "one_cycle of 10 steps": torch_rates(lambda o: OneCycleLR(o, 0.1, 10, cycle_momentum=False), steps=10),
        },
        "optax": {"warmup from 0": optax_rates(optax.warmup_cosine_decay_schedule(0.0, 0.1, *np.float64([4, 14])))},
        "keras": {
            "warmup from 0": keras_rates(keras_schedules.CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=4)),
            "boundary at 4": keras_rates(keras_schedules.PiecewiseConstantDecay([4], [0.1, 0.01])),
            "linear to its default end": keras_rates(keras_schedules.PolynomialDecay(0.1, 10)),
        },
    }


def main():
    packages = ("numpy", "torch", "optax", "jax", "jaxlib", "keras")
    recording = {
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in packages},
        },
        "keras backend": keras.backend.backend(),
        "rates": {"torch": torch_recorded(), "optax": optax_recorded(), "keras": keras_recorded()},
        "conventions": lookalikes(),
    }
    for libraries in (recording["rates"], recording["conventions"]):
        for names in libraries.values():
            for name, rates in names.items():
                names[name] = " ".join(repr(rate + 0.0) for rate in rates)  # + 0.0: no -0.0
    path = Path(__file__).parent / "schedules.json"
    path.write_text(json.dumps(recording, indent=0) + "\n", encoding="utf-8", newline="\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
