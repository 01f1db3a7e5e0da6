"""Chapter 8's transformer: its loss by loops, its gradients by finite differences, its start, and its two rates."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib.adam import Adam
from adamlib.descent import GradientDescent
from adamlib.momentum import Momentum
from adamlib.network import train
from adamlib.transformer import OneBlock

TEXT = list("abcabdeacbfa")
TASK = OneBlock(TEXT, context=5, width=3)


def drawn(task, seed=0):
    """Parameters in float64, none of them zero."""
    random = np.random.default_rng(seed)
    return {name: random.normal(size=x.shape) for name, x in task.start(0).items()}


def by_hand(task, p):
    """The loss, word by word and with loops, as the docstring has it."""
    norm = lambda x: x / math.sqrt((x * x).mean() + 1e-6)  # noqa: E731
    names = sorted(set(task.words))
    numbers, total = [names.index(word) for word in task.words], []
    for first in range(0, (len(numbers) - 1) // task.context * task.context, task.context):
        h = [p["embedding"][numbers[first + t]] + p["place"][t] for t in range(task.context)]
        q, k, a = ([norm(x) @ p[name] for x in h] for name in "QKA")
        for t in range(task.context):
            seen = np.exp([q[t] @ k[s] / math.sqrt(task.width) for s in range(t + 1)])
            x = h[t] + sum(share * a[s] for s, share in enumerate(seen / seen.sum())) @ p["O"]
            x = x + np.maximum(norm(x) @ p["F"], 0) @ p["G"]
            logits = norm(x) @ p["U"]
            total.append(math.log(np.exp(logits).sum()) - logits[numbers[first + t + 1]])
    return np.mean(total)


@given(st.integers(0, 1000))
def test_the_loss_is_that_of_the_loops(seed):
    p = drawn(TASK, seed)
    loss, _ = TASK.gradient(p, 1, 0)
    assert np.isclose(loss, by_hand(TASK, p), rtol=1e-10) and np.isclose(TASK.scores(p)["loss"], loss, rtol=1e-12)


def test_finite_differences():
    p = drawn(TASK)
    _, gradients = TASK.gradient(p, 1, 0)
    assert gradients.keys() == p.keys()
    for name, x in p.items():
        for place in np.ndindex(x.shape):
            nudge = np.zeros(x.shape)
            nudge[place] = 1e-5
            up, down = (TASK.gradient(p | {name: x + sign * nudge}, 1, 0)[0] for sign in (1, -1))
            assert np.isclose((up - down) / 2e-5, gradients[name][place], rtol=1e-4, atol=1e-8)


def test_the_start():
    start = TASK.start(3)
    assert {x.dtype for x in start.values()} == {np.dtype(np.float32)} and not start["U"].any()
    assert np.isclose(TASK.gradient(start, 1, 3)[0], math.log(6), rtol=1e-6)  # all six words are equally likely
    assert start["F"].shape == (3, 12) and start["embedding"].shape == (6, 3) and start["place"].shape == (5, 3)
    assert not np.array_equal(start["Q"], TASK.start(4)["Q"]) and np.array_equal(start["Q"], TASK.start(3)["Q"])
    large = OneBlock([str(i) for i in range(4000)], width=16).start(0)
    for name, spread in (("embedding", 1), ("place", 0.3), ("Q", 1 / 4), ("F", 1 / 4), ("G", 1 / 8)):
        assert np.isclose(large[name].std(), spread, rtol=0.15)


def test_what_is_left_over_is_not_read():
    assert np.isclose(TASK.gradient(drawn(TASK), 1, 0)[0], OneBlock(TEXT[:11], 5, 3).gradient(drawn(TASK), 1, 0)[0])


def test_seeds_side_by_side_are_the_runs_that_each_would_be_alone():
    task = OneBlock(TEXT, 5, 3, clip=0.05, embedding_rate=3.0)
    together = train(task, Adam(0.05), 5, seeds=[3, 8])
    for place, seed in enumerate((3, 8)):
        alone = train(task, Adam(0.05), 5, seeds=seed)
        assert np.allclose(together.losses[:, place], alone.losses, rtol=1e-5)
        assert np.allclose(together.parameters["embedding"][place], alone.parameters["embedding"], atol=1e-4)


def test_clipping_comes_before_the_rate_of_the_embedding():
    p = drawn(TASK)
    free = TASK.gradient(p, 1, 0)[1]
    norm = math.sqrt(sum((g**2).sum() for g in free.values()))
    for limit in (norm / 3, norm * 3):
        clipped = OneBlock(TEXT, 5, 3, clip=limit, embedding_rate=8.0).gradient(p, 1, 0)[1]
        for name, g in clipped.items():
            assert np.allclose(g, free[name] * min(1, limit / norm) * (8 if name == "embedding" else 1), rtol=1e-6)


@pytest.mark.parametrize("kind", [GradientDescent, Momentum])
def test_the_rate_of_the_embedding_is_a_learning_rate(kind):
    two_rates = train(OneBlock(TEXT, 5, 3, embedding_rate=4.0), kind(0.1), 2).parameters
    p, states = TASK.start(0), {}
    for t in (1, 2):
        gradients = TASK.gradient(p, t, 0)[1]
        for name, x in p.items():
            optimizer = kind(0.4 if name == "embedding" else 0.1)
            step, states[name] = optimizer.update(gradients[name], states.get(name, optimizer.init(x)))
            p = p | {name: x + step}
    assert all(np.allclose(two_rates[name], x, rtol=1e-4, atol=1e-6) for name, x in p.items())


@pytest.mark.parametrize(
    ("error", "call", "words"),
    [
        (TypeError, lambda: OneBlock("a b"), "words must be a list of words"),
        (TypeError, lambda: OneBlock([1, 2]), "words must be a list of words"),
        (ValueError, lambda: OneBlock(TEXT), "words must be more than context, 16, got 12"),
        (ValueError, lambda: OneBlock(TEXT, context=0), "context must be a whole number >= 1, got 0"),
        (ValueError, lambda: OneBlock(TEXT, 5, width=0.5), "width must be a whole number >= 1, got 0.5"),
        (ValueError, lambda: OneBlock(TEXT, 5, clip=0), "clip must be a finite number > 0, got 0"),
        (ValueError, lambda: OneBlock(TEXT, 5, embedding_rate=-1), "embedding_rate must be a finite number > 0"),
        (ValueError, lambda: TASK.gradient(TASK.start(0) | {"Q": np.ones((2, 2))}, 1, 0), r"Q of the parameters must"),
        (TypeError, lambda: TASK.scores({"Q": np.ones((3, 3))}), "embedding of the parameters"),
    ],
)  # fmt: skip
def test_what_is_refused(error, call, words):
    with pytest.raises(error, match=words):
        call()
