"""Chapter 8's module: the text, its pairs, the table model with its least loss, the knob, and the task."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from adamlib.adam import Adam
from adamlib.datasets import alice
from adamlib.descent import GradientDescent
from adamlib.language import (
    NextWord,
    Pairs,
    count_pairs,
    excess_by_tenth,
    least_loss,
    loss_and_gradient,
    split_words,
    surprise,
    tempered,
    tenths,
)
from adamlib.network import train

ALICE = count_pairs(split_words(alice()), most=60)
counts = npst.arrays(float, (4, 4), elements=st.integers(0, 9)).filter(lambda table: table.sum() > 0)
tables = npst.arrays(float, (4, 4), elements=st.floats(-30, 30))


def test_words_by_hand():
    assert split_words("Don't! -- said the White\nRabbit; 'I'm late': 3 o'clock?") == [
        "don't", "!", "said", "the", "white", "rabbit", ";", "i'm", "late", ":", "o'clock", "?"
    ]  # fmt: skip
    assert split_words("Café au lait: naïve") == ["caf", "au", "lait", ":", "na", "ve"]
    assert split_words("a-b, c's's") == ["a", "b", ",", "c's", "s"]


def test_the_text_is_that_of_the_notes():
    words = split_words(alice())
    assert len(words) == 31156 and len(set(words)) == 2642
    pairs = count_pairs(words, 300)
    assert pairs.counts.sum() == 19465 and pairs.words[:4] == (",", "the", ".", "and")
    assert pairs.counts[pairs.number("the"), pairs.number("queen")] == sum(
        pair == ("the", "queen") for pair in zip(words, words[1:])
    )


def test_pairs_by_hand():
    pairs = count_pairs(
        ["b", "a", "b", "c", "a", "b", "d"], most=2
    )  # a and b: b a, a b, a b; c and d are no words here
    assert pairs.words == ("b", "a") and pairs.counts.tolist() == [[0, 1], [2, 0]]
    assert np.array_equal(pairs.shares, np.array([[0, 1], [2, 0]]) / 3)
    tied = count_pairs(["z", "y", "x"], most=3)
    assert tied.words == ("x", "y", "z") and tied.counts.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_loss_and_gradient_by_hand():
    # from word 0: logits log 3 and 0, so 3/4 and 1/4; from word 1: equal
    W, shares = np.array([[math.log(3), 0.0], [5.0, 5.0]]), np.array([[0.5, 0.1], [0.4, 0.0]])
    loss, gradient = loss_and_gradient(W, shares)
    assert np.isclose(loss, 0.5 * math.log(4 / 3) + 0.1 * math.log(4) + 0.4 * math.log(2), rtol=1e-14)
    assert np.allclose(gradient, [[0.6 * 0.75 - 0.5, 0.6 * 0.25 - 0.1], [-0.2, 0.2]], rtol=1e-13)


@given(tables, counts)
def test_no_table_is_below_the_least_loss(W, table):
    shares = table / table.sum()
    loss, gradient = loss_and_gradient(W, shares)
    assert loss >= least_loss(shares) - 1e-9
    assert np.allclose(gradient.sum(axis=1), 0, atol=1e-12)  # a number added to a whole row changes nothing
    moved, _ = loss_and_gradient(W + np.arange(4.0)[:, None] * 100, shares)
    assert np.isclose(moved, loss, rtol=1e-9, atol=1e-9)


@given(counts)
def test_the_least_loss_by_another_way(table):
    # H(first, second) - H(first)
    entropy = lambda p: -sum(x * math.log(x) for x in np.ravel(p) if x > 0)  # noqa: E731
    shares = table / table.sum()
    assert np.isclose(least_loss(shares), entropy(shares) - entropy(shares.sum(axis=1)), rtol=1e-9, atol=1e-12)


def test_the_least_loss_is_reached_by_the_logarithms_of_the_counts():
    shares = (ALICE.counts + 0.5) / (ALICE.counts + 0.5).sum()  # no zeros, so the best table is finite
    loss, gradient = loss_and_gradient(np.log(shares), shares)
    assert np.isclose(loss, least_loss(shares), rtol=1e-12) and np.allclose(gradient, 0, atol=1e-15)
    assert np.allclose(excess_by_tenth(np.log(shares), shares), 0, atol=1e-12)
    assert least_loss(np.eye(3) / 3) == 0 and np.array_equal(surprise(np.eye(3) / 3), np.zeros((3, 3)))


def test_runs_in_front_are_computed_by_themselves():
    rng = np.random.default_rng(1)
    W, shares = rng.normal(size=(3, 4, 4)), rng.dirichlet(np.ones(16), size=3).reshape(3, 4, 4)
    losses, gradients = loss_and_gradient(W, shares)
    for i in range(3):
        loss, gradient = loss_and_gradient(W[i], shares[i])
        assert np.isclose(losses[i], loss, rtol=1e-14) and np.allclose(gradients[i], gradient, rtol=1e-13)


@given(st.floats(0, 1))
def test_the_knob_sets_the_shares_of_the_words(alpha):
    P = tempered(ALICE.shares, alpha)
    for axis, close in ((1, 1e-12), (0, 1e-4)):  # the rows come last
        was, now = ALICE.shares.sum(axis=axis), P.sum(axis=axis)
        wanted = np.where(was > 0, was, 1) ** alpha * (was > 0)
        assert np.allclose(now, wanted / wanted.sum(), rtol=close, atol=close)
    assert np.array_equal(P > 0, ALICE.counts > 0)
    odds = np.log(P, where=P > 0, out=np.zeros_like(P)) - np.log(ALICE.shares, where=P > 0, out=np.zeros_like(P))
    i, j, k = 0, 1, 3  # words whose pairs all occur: what a factor for each row and column cannot change
    assert (P[np.ix_((i, j, k), (j, k))] > 0).sum() >= 4
    rows, columns = next((r, c) for r in ((0, 3), (1, 3), (3, 4)) for c in ((1, 4), (2, 6), (7, 8)) if
                         (P[np.ix_(r, c)] > 0).all())  # fmt: skip
    block = odds[np.ix_(rows, columns)]
    assert np.isclose(block[0, 0] + block[1, 1], block[0, 1] + block[1, 0], atol=1e-9)


def test_at_one_the_text_stays():
    assert np.allclose(tempered(ALICE.shares, 1), ALICE.shares, rtol=1e-12)
    assert np.allclose(tempered(np.array([[0.8, 0.1], [0.1, 0.0]]), 0, rounds=1), [[4 / 17, 9 / 34], [0.5, 0.0]])


def test_tenths_by_hand():
    shares = np.diag([0.05, 0.3, 0.25, 0.4])  # falling: 3, 1, 2, 0 with the middles .2, .55, .825, .975
    assert tenths(shares).tolist() == [9, 5, 8, 2]
    in_tenths = np.bincount(tenths(ALICE.shares), ALICE.shares.sum(axis=1), 10)
    assert np.isclose(in_tenths.sum(), 1) and tenths(ALICE.shares)[0] == 0


def test_excess_by_tenth_adds_up_to_the_excess():
    W = np.random.default_rng(2).normal(size=ALICE.counts.shape)
    by_tenth = excess_by_tenth(W, ALICE.shares)
    of = np.bincount(tenths(ALICE.shares), ALICE.shares.sum(axis=1), 10)
    there = of > 0
    loss, _ = loss_and_gradient(W, ALICE.shares)
    least = least_loss(ALICE.shares)
    assert np.isclose((by_tenth[there] * of[there]).sum(), loss - least, rtol=1e-12)
    left = NextWord(ALICE.shares).scores({"W": W})["excess"]
    assert np.isclose(left, (loss - least) / (math.log(len(W)) - least), rtol=1e-6)
    assert np.isnan(excess_by_tenth(np.zeros((2, 2)), np.eye(2) / 2)).sum() == 8


def test_a_step_of_the_task_by_hand():
    shares = np.array([[0.0, 0.75], [0.25, 0.0]])
    task = NextWord(shares)
    W = train(task, GradientDescent(lr=1.0), steps=1).parameters["W"]
    assert W.dtype == np.float32 and W.tolist() == [[-0.375, 0.375], [0.125, -0.125]]
    assert task.scores(task.start(0)) == {"excess": 1.0}  # the least loss is 0, the first log 2
    least = least_loss(ALICE.shares)
    loss, _ = loss_and_gradient(np.ones(ALICE.counts.shape), ALICE.shares)
    assert np.isclose(loss, math.log(60)) and least < 3.1


def test_a_batch_is_drawn_with_its_shares():
    task = NextWord(ALICE.shares, batch=50)
    drawn = np.array([task.gradient(task.start(seed), 1, seed)[1]["W"] for seed in range(400)])
    _, all_of_them = NextWord(ALICE.shares).gradient(task.start(0), 1, 0)
    assert np.allclose(drawn.mean(axis=0), all_of_them["W"], atol=5 * np.sqrt(0.1 / 50 / 400))
    of_first = np.sort(drawn, axis=2)[..., -1:] * 60  # the share of a first word: most second words were not drawn
    counted = (of_first / 60 - drawn) * 50
    assert np.allclose(counted, counted.round(), atol=1e-4) and (counted.round().sum(axis=(1, 2)) == 50).all()
    assert len({row.tobytes() for row in drawn}) == 400  # another batch for every seed
    steps = {task.gradient(task.start(0), t, 0)[1]["W"].tobytes() for t in range(1, 51)}
    assert len(steps) == 50  # and for every step
    never = ALICE.shares == 0
    assert (drawn[:, never] >= 0).all()  # a pair that does not occur is never drawn


@pytest.mark.parametrize("batch", [None, 7])
def test_seeds_side_by_side_are_the_runs_that_each_would_be_alone(batch):
    task, adam = NextWord(ALICE.shares, batch, clip=0.1), Adam(0.3)
    together = train(task, adam, 5, seeds=[3, 8]).parameters["W"]
    for seed, W in zip((3, 8), together):
        assert np.allclose(train(task, adam, 5, seeds=seed).parameters["W"], W, rtol=1e-4, atol=1e-6)


def test_clipping_shortens_what_is_long():
    free, start = NextWord(ALICE.shares), {"W": np.zeros((60, 60), np.float32)}
    gradient = free.gradient(start, 1, 0)[1]["W"]
    norm = np.linalg.norm(gradient)
    for limit in (norm / 3, norm * 3):
        clipped = NextWord(ALICE.shares, clip=float(limit)).gradient(start, 1, 0)[1]["W"]
        assert np.allclose(clipped, gradient * min(1, limit / norm), rtol=1e-5)
    even = NextWord(np.full((2, 2), 0.25), clip=1.0)  # its best table is that of the start: no gradient, and no warning
    assert not even.gradient(even.start(0), 1, 0)[1]["W"].any()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: split_words(""), "text must hold at least one word, got ''"),
        (lambda: split_words("12 -- 7"), "text must hold at least one word, got '12 -- 7'"),
        (lambda: count_pairs([], 3), "words must hold two neighbours among the 3 commonest, got 0 words"),
        (lambda: count_pairs(["a", "b"], 0), "most must be a whole number >= 1, got 0"),
        (lambda: ALICE.number("cheshire"), "word must be one of the 60 commonest, and 'cheshire' is not"),
        (lambda: least_loss(np.eye(3)), "shares must sum to 1, got the sum 3"),
        (lambda: loss_and_gradient(np.zeros((2, 2)), np.eye(2)), "shares must sum to 1, got the sum 2"),
        (lambda: NextWord(ALICE.counts), "shares must sum to 1, got the sum "),
        (lambda: tenths(np.array([[1.5, -0.5], [0, 0]])), "shares must be numbers >= 0, got -0.5"),
        (lambda: tempered(np.full((2, 2), np.nan), 0), "shares must be numbers >= 0, got nan"),
        (lambda: least_loss(np.full((2, 3), 1 / 6)), r"shares must be a square table, got the shape \(2, 3\)"),
        *((lambda f=f: f(np.stack([ALICE.shares] * 2)), r"shares must be one table, got the shape \(2, 60, 60\)")
          for f in (least_loss, tenths, NextWord, lambda shares: tempered(shares, 0.5))),
        (lambda: least_loss(np.ones(1)), r"shares must be a square table, got the shape \(1,\)"),
        (lambda: loss_and_gradient(np.zeros((3, 3)), np.eye(2) / 2), r"shares must have the shape of W, \(3, 3\)"),
        (lambda: loss_and_gradient(np.zeros((2, 2, 2)), np.stack([np.eye(2) / 2] * 3)),
         r"shares must have the shape of W, \(2, 2, 2\), got \(3, 2, 2\)"),
        (lambda: excess_by_tenth(np.zeros((3, 3)), np.eye(2) / 2), r"shares must have the shape of W, \(3, 3\)"),
        (lambda: tempered(ALICE.shares, 1.5), r"alpha must be a number in \[0, 1\], got 1.5"),
        (lambda: tempered(ALICE.shares, -0.5), "alpha must be a finite number >= 0, got -0.5"),
        (lambda: tempered(ALICE.shares, 1, rounds=0), "rounds must be a whole number >= 1, got 0"),
        (lambda: NextWord(ALICE.shares, batch=0), "batch must be a whole number >= 1, got 0"),
        (lambda: NextWord(ALICE.shares, clip=0), "clip must be a finite number > 0, got 0"),
        (lambda: NextWord(ALICE.shares).start([1, 1]), "seeds must be different numbers"),
        (lambda: NextWord(ALICE.shares).gradient({"W": ALICE.shares}, 0, 0), "t must be a whole number >= 1, got 0"),
    ],
)  # fmt: skip
def test_what_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_nothing_is_written_into_what_is_given():
    W, shares = np.ones((60, 60)), ALICE.shares
    kept = shares.copy()
    loss_and_gradient(W, shares), tempered(shares, 0.5), excess_by_tenth(W, shares)
    assert (W == 1).all() and np.array_equal(shares, kept)
    assert isinstance(ALICE, Pairs)
