"""Chapter 13's module: AMSGrad, and the walks between two ends on which Adam ends at the wrong one."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import record_amsgrad

from adamlib.adam import Adam
from adamlib.amsgrad import AMSGrad, average_regret, averages, period_sum, walk_between
from adamlib.averaging import ema, ema_series
from adamlib.descent import trace
from adamlib.rmsprop import RMSProp

GRADIENTS = np.random.default_rng(7).normal(size=(200, 5))


def test_two_steps_by_hand():
    # gradients 4 and 1 with beta1 = 0.5, beta2 = 0.5: v = 8, then 4.5, and the divisor keeps the 8
    states, steps = trace(AMSGrad(lr=0.1, beta1=0.5, beta2=0.5, eps=0.5), [4.0, 1.0])
    assert [(float(s.m), float(s.v), float(s.v_max)) for s in states] == [(2.0, 8.0, 8.0), (1.5, 4.5, 8.0)]
    expected = [-0.1 * 4 / (math.sqrt(8 / 0.5) + 0.5), -0.1 * 2 / (math.sqrt(8 / 0.75) + 0.5)]
    assert np.allclose(steps, expected, rtol=1e-14, atol=0)


def pytorch(gradients, lr, beta1, beta2, eps):
    """PyTorch's lines in plain numbers, written apart from adamlib."""
    m = v = v_max = 0.0
    for t, g in enumerate(gradients, start=1):
        m += (1 - beta1) * (g - m)
        v = beta2 * v + (1 - beta2) * g * g
        v_max = max(v_max, v)
        yield -lr / (1 - beta1**t) * m / (v_max**0.5 / (1 - beta2**t) ** 0.5 + eps)


@given(st.floats(1e-6, 10), st.floats(0, 0.999), st.floats(0, 0.9999), st.floats(1e-12, 1))
def test_a_plain_rewrite_agrees(lr, beta1, beta2, eps):
    steps = trace(AMSGrad(lr, beta1, beta2, eps), GRADIENTS[:50, 0]).steps
    assert np.allclose(steps, list(pytorch(GRADIENTS[:50, 0], lr, beta1, beta2, eps)), rtol=1e-9, atol=1e-12 * lr)


def fall(t):
    return 0.5 / math.sqrt(t)


def step_by_step(optimizer, slopes, x=0.0, low=-1.0, high=1.0):
    """The walk as its formula has it, one update after the other."""
    state, points = optimizer.init(np.array(x)), [x]
    for slope in slopes:
        step, state = optimizer.update(np.array(slope), state)
        x = min(max(x + float(step), low), high)
        points.append(x)
    return points


@given(st.floats(0, 0.999), st.integers(1, 300), st.integers(0, 9))
def test_averages_are_ema_s(beta, n, seed):
    xs = np.random.default_rng(seed).normal(size=(n, 2))
    assert np.allclose(averages(xs, beta), ema_series(xs, beta, bias_correction=False), rtol=1e-12, atol=1e-15)


def test_averages_of_a_million_ones_are_the_sums_of_weights():
    ones = np.ones(1_000_000)
    for beta in (0.0, 0.9, 0.9999, 0.999999):
        t = np.array([1, 2, 1000, 65_536, 65_537, 1_000_000])
        assert np.allclose(averages(ones, beta)[t - 1], 1 - beta**t, rtol=1e-10)
    assert (ones == 1).all()


@pytest.mark.parametrize(
    "optimizer",
    [Adam(0.1), Adam(fall, 0.5, 0.9, 1e-3), Adam(0.1, bias_correction=False), AMSGrad(0.1), AMSGrad(fall, 0.0, 0.5)],
    ids=lambda one: type(one).__name__,
)
def test_a_walk_is_that_of_the_updates(optimizer):
    slopes = np.sign(GRADIENTS[:, 0]) + 0.1 * GRADIENTS[:, 1]
    for start, low, high in ((0.0, -1.0, 1.0), (0.3, 0.25, 0.5), (-2.0, -9.0, 9.0)):
        expected = step_by_step(optimizer, slopes, start, low, high)
        assert np.allclose(walk_between(optimizer, slopes, start, low, high), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("large", [3, 4, 10])
def test_on_the_papers_first_example_adam_ends_at_the_worst_point(large):
    slopes = np.where(np.arange(1, 30_001) % 3 == 1, float(large), -1.0)
    short = 1 / (1 + large**2)
    wrong = walk_between(Adam(fall, 0.0, short), slopes)
    long = walk_between(Adam(fall, 0.0, 0.999), slopes)
    never = walk_between(AMSGrad(fall, 0.0, short), slopes)
    assert wrong[-1] == 1.0 and long[-1] < -0.99 and never[-1] < -0.99
    # at 1 instead of -1: 2 (large - 2) / 3 a step
    assert math.isclose(average_regret(wrong, slopes), 2 * (large - 2) / 3, rel_tol=0.01)
    assert average_regret(long, slopes) < 0.01 > average_regret(never, slopes)


def test_a_period_by_hand():
    a, b = 1 / 17, 16 / 17
    v1 = b * (16 + a + a**2) / (1 - a**3)  # from v1 = a v3 + 16 b, v2 = a v1 + b and v3 = a v2 + b
    v2 = a * v1 + b
    v3 = a * v2 + b
    expected = -4 / math.sqrt(v1) + 1 / math.sqrt(v2) + 1 / math.sqrt(v3)
    assert period_sum([4.0, -1.0, -1.0], 0.0, a) == pytest.approx(expected, rel=1e-12) and round(expected, 4) == 0.6869


@given(st.lists(st.floats(0.1, 9), min_size=1, max_size=7), st.floats(0, 0.99), st.floats(0, 0.99), st.integers(0, 9))
def test_a_period_in_the_long_run_is_the_last_of_many(sizes, beta1, beta2, seed):
    slopes = np.array(sizes) * np.random.default_rng(seed).choice([-1.0, 1.0], len(sizes))
    m, v, steps = 0.0, 0.0, []  # in plain floats; so late the bias correction is gone
    for g in np.tile(slopes, -(-4000 // len(slopes))).tolist():
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        steps.append(-m / math.sqrt(v))
    assert period_sum(slopes, beta1, beta2) == pytest.approx(sum(steps[-len(slopes) :]), rel=1e-9, abs=1e-9)


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=30), st.floats(-1, 1))
def test_regret_is_against_the_best_of_many_fixed_points(slopes, start):
    slopes = np.array(slopes)
    points = walk_between(Adam(0.3), slopes, start)
    best = min(float((slopes * x).sum()) for x in np.linspace(-1, 1, 201))
    paid = float((slopes * points[:-1]).sum())
    assert average_regret(points, slopes) == pytest.approx((paid - best) / len(slopes), abs=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: walk_between(Adam(), np.array(1.0)), "slopes must have the shape"),
        (lambda: walk_between(Adam(), np.ones((2, 2))), "slopes must have the shape"),
        (lambda: walk_between(Adam(), np.ones(0)), "at least one step"),
        (lambda: walk_between(Adam(), np.ones(3), low=1, high=1), "low must be below high"),
        (lambda: walk_between(Adam(), np.ones(3), low=math.nan), "low must be a number, got nan"),
        (lambda: walk_between(Adam(), np.ones(3), start=1.5), "start must lie between -1.0 and 1.0, got 1.5"),
        (lambda: walk_between(Adam(), np.ones(3), start=math.nan), "start must be a number, got nan"),
        (lambda: walk_between(Adam(lambda t: -1.0), np.ones(3)), "the schedule's lr at t = 1"),
        (lambda: walk_between(Adam(0.1, 0.5, 0.25, eps=0.0), np.r_[1.0, np.zeros(99)]), "at t = 33 the step is -inf"),
        (lambda: walk_between(Adam(1e308), np.array([100.0, 1.0])), "at t = 1 the step is -inf"),
        (lambda: average_regret(np.ones(3), np.ones(3)), "one point more"),
        (lambda: average_regret(np.ones(1), np.ones(0)), "at least one"),
        (lambda: average_regret(np.ones(3), np.ones(2), low=1, high=-1), "low must be below high, got low 1.0"),
        (lambda: average_regret(np.ones((3, 2)), np.ones((2, 2))), "in one row"),
        (lambda: averages(np.ones(3), 1.0), r"beta must be a number in \[0, 1\)"),
        (lambda: averages(1.0, 0.5), "at least one axis"),
        (lambda: period_sum([], 0.0, 0.5), "at least one slope"),
        (lambda: average_regret([0.0, math.nan], [1.0]), "points must be finite, got nan"),
        (lambda: average_regret([0.0, 0.0], [math.inf]), "slopes must be finite, got inf"),
        (lambda: averages([1.0, -math.inf], 0.5), "xs must be finite, got -inf"),
        *((lambda slopes=slopes, beta2=beta2: period_sum(slopes, 0.9, beta2),
           f"slopes must give a divisor above 0 at each step, and at t = {t} it is 0")
          for slopes, beta2, t in (([0.0, 0.0], 0.999, 1), ([1.0, 0.0], 0.0, 2), ([1e-200, -1e-200], 0.999, 1))),
        (lambda: period_sum([1.0, math.nan], 0.9, 0.5), "slopes must be finite, got nan"),
        (lambda: walk_between(Adam(), [1.0, math.nan]), "at t = 2 the step is nan"),
        (lambda: period_sum([1.0], 0.0, 1.0), r"beta2 must be a number in \[0, 1\)"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_another_optimizer_is_refused():
    with pytest.raises(TypeError, match="must be an Adam or an AMSGrad"):
        walk_between(RMSProp(), np.ones(3))


RECORDED = json.loads((Path(__file__).parent / "reference" / "amsgrad.json").read_text(encoding="utf-8"))
FORMS = {  # the largest v_max after v, and what divides
    "torch": (lambda top, v, c: np.maximum(top, v), lambda top, c, eps: np.sqrt(top / c) + eps),
    "optax": (lambda top, v, c: np.maximum(top, v / c), lambda top, c, eps: np.sqrt(top) + eps),
    "keras": (lambda top, v, c: np.maximum(top, v), lambda top, c, eps: (np.sqrt(top) + eps) / np.sqrt(c)),
}


def walk_of(form):
    (keep, divisor), settings = FORMS[form], record_amsgrad
    x = m = v = top = np.zeros(2)
    for t, g in enumerate(np.array(settings.GRADIENTS), start=1):
        m = ema(m, g, settings.BETA1)
        v = ema(v, g**2, settings.BETA2)
        top, c = keep(top, v, 1 - settings.BETA2**t), 1 - settings.BETA2**t
        x = x - settings.LR * m / (1 - settings.BETA1**t) / divisor(top, c, settings.EPS)
        yield x


@pytest.mark.parametrize("library", FORMS)
def test_each_library_walks_in_its_own_form_and_in_no_other(library):
    apart = {form: abs(np.array(list(walk_of(form))) - RECORDED["walks"][library]).max() for form in FORMS}
    assert apart.pop(library) < 1e-13 and min(apart.values()) > 5e-4


def test_adamlib_s_form_is_pytorch_s():
    settings = record_amsgrad
    optimizer = AMSGrad(settings.LR, settings.BETA1, settings.BETA2, settings.EPS)
    walk = np.cumsum(trace(optimizer, np.array(settings.GRADIENTS)).steps, axis=0)
    assert np.allclose(walk, RECORDED["walks"]["torch"], rtol=0, atol=1e-13)
