"""Conventions: steps with eps in three places, against recorded runs of the libraries, and translations."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adamlib.adam import Adam
from adamlib.conventions import DEFAULTS, PLACES, adam_steps, momentum_arguments, same_eps, takes_over_at
from adamlib.descent import trace
from adamlib.momentum import Momentum

RECORDING = json.loads((Path(__file__).parent / "reference" / "trajectories.json").read_text(encoding="utf-8"))
some = arrays(float, 8, elements=st.floats(-1e3, 1e3).filter(lambda g: abs(g) > 1e-9))


@given(some, st.floats(0, 0.99), st.floats(0, 0.999), st.sampled_from([0.0, 1e-8, 1.0]))
def test_outside_the_root_it_is_adam(gradients, beta1, beta2, eps):
    ours = adam_steps(gradients, 0.1, beta1, beta2, eps)
    assert np.allclose(ours, trace(Adam(0.1, beta1, beta2, eps), gradients).steps, rtol=1e-12, atol=0)
    assert np.array_equal(adam_steps(gradients, 0.1), adam_steps(gradients, 0.1, 0.9, 0.999, 1e-8))


def test_the_first_step_of_five_conventions():
    found = [
        -adam_steps([1e-6], lr=1.0, eps=eps, place=place)[0]
        for eps, place in [(1e-8, "outside"), (1e-8, "hat"), (1e-7, "hat"), (1e-8, "inside"), (1e-5, "inside")]
    ]
    assert np.allclose(found, [0.990099, 0.759747, 0.240253, 0.0099995, 0.000316228], rtol=1e-5)


def test_two_steps_inside_the_root_by_hand():
    """Gradients 3, 0 with both betas 1/2: m_hat = 3, 1; v_hat = 9, 3; with eps 1 the steps are -3/sqrt(10), -1/2."""
    assert np.allclose(adam_steps([3.0, 0.0], 1.0, 0.5, 0.5, 1.0, "inside"), [-3 / math.sqrt(10), -0.5], rtol=1e-14)


def test_the_faster_order_is_the_paper_s():
    gradients, m, v = np.random.default_rng(0).normal(size=(50, 2)), 0.0, 0.0
    steps = adam_steps(gradients, 0.01, eps=1e-3, place="hat")
    for t, (g, step) in enumerate(zip(gradients, steps), start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        alpha = 0.01 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        assert np.allclose(step, -alpha * m / (np.sqrt(v) + 1e-3), rtol=1e-9, atol=0)


def test_the_defaults_are_those_recorded():
    names = {"beta1": "b1", "beta2": "b2"}
    recorded = {name.lower(): RECORDING["defaults"][name] for name in RECORDING["defaults"]}
    torch, optax, keras = recorded["torch"], recorded["optax"], recorded["keras"]
    for method, torch_name, optax_name, keras_name in [
        ("Adam", "Adam", "adam", "Adam"),
        ("RMSProp", "RMSprop", "rmsprop", "RMSprop"),
        ("AdaGrad", "Adagrad", "adagrad", "Adagrad"),
    ]:
        assert DEFAULTS["PyTorch"][method]["eps"] == torch[torch_name]["eps"]
        assert DEFAULTS["Optax"][method]["eps"] == optax[optax_name]["eps"]
        assert DEFAULTS["Keras"][method]["eps"] == keras[keras_name]["epsilon"]
        assert DEFAULTS["PyTorch"][method]["lr"] == torch[torch_name]["lr"]
        assert DEFAULTS["Keras"][method]["lr"] == keras[keras_name]["learning_rate"]
    assert [DEFAULTS["PyTorch"]["Adam"][name] for name in names] == torch["Adam"]["betas"]
    assert [DEFAULTS["Optax"]["Adam"][name] for name in names] == [optax["adam"][names[name]] for name in names]
    assert [DEFAULTS["Keras"]["Adam"][name] for name in names] == [keras["Adam"]["beta_1"], keras["Adam"]["beta_2"]]
    betas = [DEFAULTS[library]["RMSProp"]["beta"] for library in DEFAULTS]
    assert betas == [torch["RMSprop"]["alpha"], optax["rmsprop"]["decay"], keras["RMSprop"]["rho"]]
    starts = [DEFAULTS[library]["AdaGrad"]["start"] for library in DEFAULTS]
    assert starts == [library[name]["initial_accumulator_value"]
                      for library, name in ((torch, "Adagrad"), (optax, "adagrad"), (keras, "Adagrad"))]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("eps", [1e-8, 1e-3, 1.0])
def test_where_eps_takes_over_the_step_is_half_or_the_root_of_half(place, eps):
    for t in (1, 5, 2000):
        size = takes_over_at(eps, place, t=t)
        step = -adam_steps(np.full(t, size), lr=1.0, eps=eps, place=place)[-1]
        assert math.isclose(step, math.sqrt(0.5) if place == "inside" else 0.5, rel_tol=1e-9)


@given(some, st.floats(1e-9, 1), st.integers(1, 8))
def test_a_translated_eps_gives_the_same_step(gradients, eps, t):
    hat = adam_steps(gradients, 1.0, eps=eps, place="hat")[t - 1]
    outside = adam_steps(gradients, 1.0, eps=same_eps(eps, "hat", "outside", t=t))[t - 1]
    assert math.isclose(hat, outside, rel_tol=1e-9, abs_tol=1e-12)
    assert math.isclose(same_eps(same_eps(eps, "hat", "outside", t=t), "outside", "hat", t=t), eps, rel_tol=1e-12)
    assert same_eps(eps, "hat", "outside") == eps == same_eps(eps, "inside", "inside")
    assert same_eps(0.0, "inside", "outside") == same_eps(0.0, "hat", "inside") == 0


def test_the_arguments_for_momentum_walk_the_averaged_form():
    gradients = np.random.default_rng(0).normal(size=(30, 2))
    found = momentum_arguments("PyTorch", 0.5, 0.9)
    assert list(found) == ["lr", "momentum"] and list(momentum_arguments("Keras", 1, 0)) == [
        "learning_rate",
        "momentum",
    ]
    ball = trace(Momentum(found["lr"], found["momentum"], heavy_ball=True), gradients).steps
    assert np.allclose(ball, trace(Momentum(0.5, 0.9), gradients).steps, rtol=1e-12)
    assert momentum_arguments("Optax", 0.5, 0.9) == momentum_arguments("Keras", 0.5, 0.9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: adam_steps([1.0], place="under"), "place must be one of outside, hat, inside; got 'under'"),
        (lambda: adam_steps([1.0], eps=-1), "eps must be a finite number >= 0, got -1"),
        (lambda: adam_steps([1.0], beta2=1), "beta2 must be"),
        (lambda: adam_steps([1.0], lr=math.nan), "lr must be"),
        *(
            (lambda f=f, places=places: f(1e-8, *places, t=0), "t must be a whole number >= 1, got 0")
            for f, places in ((takes_over_at, ["inside"]), (takes_over_at, ["hat"]), (same_eps, ["hat", "hat"]))
        ),
        (lambda: same_eps(1e-8, "hat", "hat", beta2=3.0), "beta2 must"),
        (lambda: same_eps(1e-8, "outside", "inside"), "no eps 'inside' gives the steps of eps 'outside'"),
        (lambda: same_eps(1e-8, "hat", "beside"), "got 'beside'"),
        (lambda: momentum_arguments("JAX", 0.1, 0.9), "library must be one of PyTorch, Optax, Keras; got 'JAX'"),
    ],
)
def test_what_is_none_of_these_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
