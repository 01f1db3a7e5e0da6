"""The self-check of exercises: right answers of any kind, slips by their name, and answers that are none."""

import functools
import itertools
import random
import re
import warnings
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from adamlib import adam, exercises
from adamlib.averaging import debias, ema_series, half_life
from adamlib.descent import descend
from adamlib.exercises import (
    QUESTIONS,
    adamw,
    amsgrad,
    averaging,
    check,
    engine,
    follow,
    language,
    momentum,
    rmsprop,
    schedules,
    tuning,
)
from adamlib.exercises import adam as adam_exercises
from adamlib.exercises.engine import judge
from adamlib.landscapes import bowl
from adamlib.rmsprop import RMSProp

FUNCTIONS = [name for name in QUESTIONS if callable(QUESTIONS[name]().right)]
NUMBERS = [name for name in QUESTIONS if name not in FUNCTIONS]
FIRST = [0.4, 0.016, 4.0, 16.0, 0.9, 0.1]  # "adam by hand, step 1": dw = 4, db = -1


@functools.cache
def made(question):
    """A question, with all its slips, made once for all that is asked of it."""
    return QUESTIONS[question]()


def given_adam(g, t, m, v, lr, beta1, beta2, eps):
    """Adam in the order of the paper's second form, which is another text for the same numbers if eps goes with it."""
    m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
    root = np.sqrt(1 - beta2**t)
    return -(lr * root / (1 - beta1**t)) * m / (np.sqrt(v) + eps * root), m, v


# Written by hand and not by the edits of adamlib.exercises: what a student would write, and what must be said of it.


def adam_with(m_hat=None, v_hat=None, below=None, keep=None, g2=lambda g: g * g, sign=-1.0):
    def rule(g, t, m, v, lr, beta1, beta2, eps):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g2(g)
        mh = (m_hat or (lambda m, b, t: m / (1 - b**t)))(m, beta1, t)
        vh = (v_hat or (lambda v, b, t: v / (1 - b**t)))(v, beta2, t)
        step = sign * lr * mh / (below or (lambda vh, eps: np.sqrt(vh) + eps))(vh, eps)
        return step, *(keep(mh, vh) if keep else (m, v))

    return rule


def multiplied(x, b, t):
    return x * (1 - b**t)


def squared(x, b, t):
    return x / (1 - b**2)


def stays(x, b, t):
    return x / (1 - b)


def late(x, b, t):
    return x / (1 - b ** (t - 1))


def raw(x, b, t):
    return x


def amsgrad_with(g, t, m, v, top, lr, beta1, beta2, power=0.5, kept=lambda v, c: v, used=lambda top, c: top / c):
    m, v, c = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g, 1 - beta2**t
    top = np.maximum(top, kept(v, c))
    return -lr * m / (1 - beta1**t) / (used(top, c) ** power + 1e-8), m, v, top


def average_with(divisor, share=lambda beta: 1 - beta):
    def averages(xs, beta):
        m, found = 0.0, []
        for t, x in enumerate(xs, start=1):
            m = beta * m + share(beta) * x
            found.append(m / divisor(beta, t))
        return found

    return averages


def walk_with(number, sign=1, forget=False, in_place=False, rule=given_adam):
    def walk(gradient, x, steps, lr):
        m, v, points = np.zeros_like(x), np.zeros_like(x), [x]
        for t in range(1, steps + 1):
            if forget:
                m, v = np.zeros_like(x), np.zeros_like(x)
            step, m, v = rule(gradient(x), number(t), m, v, lr, 0.9, 0.999, 1e-8)
            x = np.add(x, sign * step, out=x if in_place else None)
            points.append(x)
        return points

    return walk


def best_of(lrs, judged, reported):
    best = int(np.argmin(judged))
    return lrs[best], np.median(reported[best])


SLIPS = [
    ("adam", adam_with(multiplied, multiplied), "multiply by the bias correction"),
    ("adam", adam_with(raw, raw), "bias correction seems to be missing"),
    ("adam", adam_with(None, raw), "hat seems to be missing on v"),
    ("adam", adam_with(raw, None), "hat seems to be missing on m"),
    ("adam", adam_with(squared, squared), "exponents of the corrections seem to be 2"),
    ("adam", adam_with(None, squared), "seems to be 1 - beta2**2"),
    ("adam", adam_with(stays, stays), "seem to be 1 - beta at every step"),
    ("adam", adam_with(None, stays), "seems to be 1 - beta2 at every step"),
    ("adam", adam_with(late, late), "increased after it is used"),
    ("adam", adam_with(below=lambda vh, eps: np.sqrt(vh + eps)), "eps seems to be inside the root"),
    ("adam", adam_with(below=lambda vh, eps: np.sqrt(vh) - eps), "eps seems to be subtracted"),
    ("adam", adam_with(below=lambda vh, eps: np.sqrt(vh)), "eps seems to be missing"),
    ("adam", adam_with(below=lambda vh, eps: vh + eps), "divide by v_hat and not by its root"),
    ("adam", adam_with(sign=1.0), "sign seems to be lost"),
    ("adam", adam_with(keep=lambda mh, vh: (mh, vh)), "given back as m and v"),
    ("adam", adam_with(g2=lambda g: g), "without its square"),
    ("adam", adam_with(lambda m, b, t: m / 1 - b**t), "brackets of a correction"),
    ("adam", adam_with(lambda m, b, t: m / (1 - b) ** t, lambda v, b, t: v / (1 - b) ** t), "(1 - beta)**t. The power"),
    ("adam", adam_with(lambda m, b, t: m / b**t, lambda v, b, t: v / b**t), "seems to be beta**t. It is"),
    ("adam", adam_with(None, lambda v, b, t: v / (1 - b**t) ** 2), "outside the root. It belongs inside"),
    ("adam", adam_with(below=lambda vh, eps: np.sqrt(vh) + 10e-8), "eps seems to be 1e-7"),
    ("adam", adam_with(below=lambda vh, eps: 1 / (1 / np.sqrt(vh) + eps)), "added outside the fraction"),
    ("adam", adam_with(None, lambda v, b, t: v / np.sqrt(1 - b**t)), "divided by the root of its correction"),
    ("adam", adam_with(lambda m, b, t: m / (1 - 0.95**t), lambda v, b, t: v / (1 - 0.8**t)), "have changed places: m"),
    ("adam", adam_with(None, lambda v, b, t: v / (1 - 0.8**t)), "v seems to be corrected with beta1"),
    ("adam", adam_with(lambda m, b, t: m / (1 - 0.95**t)), "m seems to be corrected with beta2"),
    ("adam", adam_with(below=lambda vh, eps: np.sqrt(vh + eps) + eps), "added twice, inside the root and outside"),
    ("adam", adam_with(sign=-10.0), "lr seems to be missing from the step"),
    ("adam", adam_with(sign=-0.1), "multiplied by lr twice"),
    ("adam", lambda g, t, m, v, lr, **kept: (
        -lr * (1 - 0.95**t) / (1 - 0.8**t) * (0.8 * m + 0.2 * g) / (np.sqrt(0.95 * v + 0.05 * g**2) + 1e-8),
        0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g**2), "outside the root. It belongs inside"),
    ("adam", lambda g, t, m, v, **kept: (*given_adam(g, t, m, v, **kept)[:2], (0.95 * v + 0.05 * g**2) / (1 - 0.95**t)),
     "v_hat seems to be given back as v"),
    ("walk", lambda *given, lr: np.array(walk_with(lambda t: t)(*given, lr))[::-1], "stand in another order."),
    ("rmsprop", lambda g, v, lr, beta, eps: (-g / (np.sqrt(beta * v + (1 - beta) * g**2) + eps),
                                             beta * v + (1 - beta) * g**2), "lr seems to be missing"),
    ("adam", lambda *given, **settings: np.roll(given_adam(*given, **settings), -1, axis=0), "It is step, m, v."),
    ("adam", lambda g, t, m, v, lr, **_: given_adam(g, t, m, v, lr, 0.9, 0.999, 1e-8), "usual value whatever is asked"),
    ("momentum", lambda g, m, lr, beta: [beta * m - lr * g] * 2, "m seems to hold the step itself"),
    ("momentum", lambda g, m, lr, beta: (-lr * (0.9 * m + 0.1 * g), 0.9 * m + 0.1 * g), "usual value whatever"),
    ("rmsprop",
     lambda g, v, lr, beta, eps: (-lr * g / np.sqrt(beta * v + (1 - beta) * g**2 + eps), beta * v + (1 - beta) * g**2),
     "inside the root"),
    ("rmsprop", lambda g, v, lr, beta, eps: (-lr * g / (np.sqrt(v + g**2) + eps), v + g**2), "AdaGrad"),
    ("momentum", lambda g, m, lr, beta: (-lr * (beta * m + g), beta * m + g), "heavy ball"),
    ("momentum", lambda g, m, lr, beta: (lr * (beta * m + (1 - beta) * g), beta * m + (1 - beta) * g), "sign seems to"),
    ("debiased", average_with(lambda beta, t: 1 / (1 - beta**t)), "multiply by the correction"),
    ("debiased", average_with(lambda beta, t: 1 - beta**2), "exponent of the correction seems to be 2"),
    ("debiased", average_with(lambda beta, t: 1 - beta), "1 - beta at every step"),
    ("debiased", average_with(lambda beta, t: 1 - beta ** (t + 1)), "one ahead"),
    ("debiased", average_with(lambda beta, t: 1 - beta**t, share=lambda beta: 1), "factor 1 - beta seems to be left"),
    ("debiased", lambda xs, beta: [x / (1 - beta ** len(xs)) for x in ema_series(xs, beta, False)], "the length of xs"),
    ("debiased", average_with(lambda beta, t: 1 - beta * t), "1 - beta*t. It is a power"),
    ("half-life", lambda beta: 1 / beta, "1/beta"),
    ("walk", walk_with(lambda t: 1), "t seems to stay 1"),
    ("walk", walk_with(lambda t: t - 1), "a division by 0, or from the root of a negative number"),
    ("walk", walk_with(lambda t: t + 1), "increased twice"),
    ("walk", walk_with(lambda t: t, sign=-1), "Every step seems to go uphill"),
    ("walk", walk_with(lambda t: t, forget=True), "m and v seem to be forgotten"),
    ("walk", walk_with(lambda t: t, in_place=True), "All points seem to be one array"),
    ("adam by hand, step 1", [0.4, 0.016, 0.04, 0.000016, 0, 1], "multiply by the bias correction"),
    ("adam by hand, step 1", [0.4, 0.016, 0.4, 0.016, 1 - 0.1 * 0.4 / 0.126491, 0.316228], "seems to be missing"),
    ("adam by hand, step 1", [*FIRST[:5], -0.1], "gradient of the weight"),
    ("averages by hand", [1.2, 1.2, 3.36, 3.36], "correction seems to be missing"),
    ("report by hand", [22, 18, 12.5, 0.1, 21], "first number that is off is median at lr 1"),
    ("report by hand", [22, 18, 31, 0.1, 16], "report the best seed"),
    ("report", lambda lrs, v, test: best_of(lrs, np.median(test, axis=1), test), "chosen on the test part"),
    ("report", lambda lrs, v, test: best_of(lrs, v.mean(axis=1), test), "judged by the mean"),
    ("report", lambda lrs, v, test: best_of(lrs, v.min(axis=1), test), "judged by their best seed"),
    ("report", lambda lrs, v, test: best_of(lrs, np.median(v, axis=1), v), "the error on the validation part"),
    ("sweep", lambda run, lrs, seeds: [[run(lr, 3) for _ in seeds] for lr in lrs], "Every run seems to have the first"),
    ("sweep", lambda run, lrs, seeds: [[run(lr, s) for lr in lrs] for s in seeds], "Rows and columns"),
    ("schedule by hand", [1 / 8, 0.75, 1 / 12, 0.625], "counted from 0"),
    ("inverse time", lambda t, lr, k: lr / (1 + k * t), "counted from 0"),
    ("inverse time", lambda t, lr, k: lr * np.exp(-k * (t - 1)), "exponential decay"),
    ("cosine", lambda t, lr, steps: lr * np.cos(np.pi * (t - 1) / steps / 2) ** 2, "rise again"),
    ("cosine", lambda t, lr, steps: lr * np.cos(np.pi * min(t, steps) / steps / 2) ** 2, "counted from 0"),
    ("warm-up", lambda t, schedule, steps: schedule(max(t - 4, 1)) * min(t - 1, 5) / 5 if t < 5 else schedule(t - 4),
     "is wasted: rise with t"),
    ("amsgrad", lambda g, t, m, v, top, lr, beta1, beta2, eps: amsgrad_with(g, t, m, v, top, lr, beta1, beta2, power=1),
     "divide by the largest v and not by its root"),
    ("amsgrad", lambda g, t, m, v, top, lr, beta1, beta2, eps: amsgrad_with(
        g, t, m, v, top, lr, beta1, beta2, kept=lambda v, c: v / c, used=lambda top, c: top), "That is Optax's form"),
    ("regret", lambda points, slopes: np.mean(points * slopes), "average loss"),
    ("regret", lambda points, slopes: (points @ slopes + abs(slopes).sum()) / len(slopes), "its own best point"),
    ("two words by hand", [0.5, -0.5, 0, -0.5, 0.5, -1, 1], "p_i stands in front of the bracket"),
    ("two words by hand", [0.375, -0.125, 0, -0.375, 0.125, -0.375, 0.125], "Adam's step seems to be that of descent"),
    ("own rates", lambda gradient, P: gradient / P.sum(axis=1), "Keep the axis"),
    ("own rates", lambda gradient, P: (gradient.T * P.sum(axis=1)).T, "You seem to multiply by p_i"),
    ("period by hand", [9 * 0.9 + 0.1, 1.72, 1.072, 0.7], "first number that is off is v after 3"),
    ("warm-up", lambda t, schedule, steps: schedule(t) if t >= steps else schedule(1) * t / steps, "beginning is lost"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "answer", "said"), SLIPS)
def test_a_slip_is_named(question, answer, said):
    verdict = check(question, answer)
    assert not verdict and str(verdict).startswith("Not yet. ")
    assert said in str(verdict)


# By hand some slips give the right numbers: eps is 0, k and the exponent of step 1 are 1, settings are the usual ones.
# Others give NaN alone, if they are made in one of several ways.
IN_NAN = ["brackets of a correction", "1 - beta*t"]
UNSEEN = {
    "momentum by hand": ["usual value"],
    "rmsprop by hand": ["usual value", "eps"],
    "adam by hand, step 1": ["usual", "eps", "1 - beta at", "1 - beta2 at", "(1 - beta)", "1 - beta*t", "g in the"],
    "adam by hand, step 2": ["usual value", "eps", "without its square", "one behind", IN_NAN[0]],
    "adam": IN_NAN,
    "walk": ["usual value", "without its square", "one behind", *IN_NAN],
    "report by hand": ["lowest error on the test part"],
    "schedule by hand": ["k seems to be left out"],
}
TABLES = {  # the right lines, the slips, and how many rules the pool draws of each kind
    "debiased": (averaging.DEBIASED, averaging.DEBIASED_SLIPS, 80),
    "half-life": (averaging.HALF_LIFE, averaging.HALF_LIFE_SLIPS, 50),
    "momentum": (momentum.MOMENTUM, momentum.MOMENTUM_SLIPS, 80),
    "rmsprop": (rmsprop.RMSPROP, rmsprop.RMSPROP_SLIPS, 80),
    "adam": (adam_exercises.ADAM, adam_exercises.ADAM_SLIPS, 150),
    "sweep": (tuning.SWEEP.replace("np.empty", "np.zeros"), tuning.SWEEP_SLIPS, 50),
    "report": (tuning.REPORT, tuning.REPORT_SLIPS, 60),
    "inverse time": (schedules.INVERSE_TIME, schedules.INVERSE_TIME_SLIPS, 50),
    "cosine": (schedules.COSINE, schedules.COSINE_SLIPS, 60),
    "warm-up": (schedules.WARMUP, schedules.WARMUP_SLIPS, 60),
    "amsgrad": (amsgrad.AMSGRAD, amsgrad.AMSGRAD_SLIPS, 80),
    "regret": (amsgrad.REGRET, amsgrad.REGRET_SLIPS, 50),
    "adamw": (adamw.ADAMW, adamw.ADAMW_SLIPS, 60),
    "own rates": (language.OWN_RATES, language.OWN_RATES_SLIPS, 50),
    "clipping": (adamw.CLIP, adamw.CLIP_SLIPS, 60),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_slip_is_named_or_one_that_gives_the_same_numbers(question):
    asked, unseen = made(question), set()
    sentences, arrays = zip(*asked.shown)
    for sentence, slip in asked.slips:
        with np.errstate(all="ignore"):
            close = np.isclose(arrays, asked.measure(slip), 1e-12, 0, equal_nan=True)
        same = list(itertools.compress(sentences, close.reshape(len(arrays), -1).all(axis=1)))
        assert not same or sentence in same
        if not str(judge(lambda: asked, slip)).endswith(tuple(same)) or not same:
            unseen.add(sentence)
    expected = {sentence for sentence, _ in asked.slips if any(words in sentence for words in UNSEEN.get(question, []))}
    assert unseen == expected


# A pool of wrong rules: the lines of every slip, of two at once, and all of these with a name, number or sign changed.
# What check says of each must be true: with other inputs too the rule must do what the slip does.


def fed(memory, with_t=False, **settings):
    """What a rule gives for other gradients and settings than check asks for."""
    gradients = np.random.default_rng(0).normal(size=(6, 5)) * [1, -2, 30, 1e-3, 1e-8]

    def numbers(rule):
        kept, rows = [np.zeros(5)] * memory, []
        for t, g in enumerate(gradients, start=1):
            step, *kept = rule(g, *([t] if with_t else []), *kept, **settings)
            rows.append([step, *kept])
        return rows

    return numbers


def walked(walk):
    return walk(lambda x: np.array([3.0, 1e-7]) * (x - 1), np.array([2.0, 4.0]), 9, lr=0.3)


def reported(report):
    scores = np.random.default_rng(2).random((20, 2, 8, 7)) ** 4
    scores[:, :, 4] = np.inf
    scores[::2, :, 3, 2:4] = np.inf
    return [report(np.arange(2.0, 10.0), *some) for some in scores]


def decayed(rule):
    x, m, v, rows = np.array([-1.0, 4.0, 0.3]), np.zeros(3), np.zeros(3), []
    for t, g in enumerate([[2.0, -0.1, 0.4], [1.0, 0.3, -3.0], [-5.0, 0.2, 0.1]], start=1):
        step, m, v = rule(np.array(g), t, x, m, v, lr=0.03, beta1=0.6, beta2=0.98, eps=1e-5, weight_decay=0.7)
        x = x + step
        rows += [step, m, v]
    return rows


def clipped(rule):
    gradients = {"a": np.array([2.0, -1.0, 6.0]), "b": np.array([[0.3, -7.0]])}
    found = [rule(gradients, largest) for largest in (0.1, 3.0, 8.0, 9.5)]
    return [np.concatenate([one[name].ravel() for name in gradients]) for one in found]


ELSEWHERE = {
    "debiased": lambda rule: [rule(np.array([3.0, -1.0, 2.0, 5.0, 8.0, -9.0]), beta) for beta in (0.3, 0.95)],
    "half-life": lambda rule: [rule(beta) for beta in (0.2, 0.8, 0.999)],
    "momentum": fed(1, lr=0.03, beta=0.6),
    "rmsprop": fed(1, lr=0.03, beta=0.6, eps=1e-5),
    "adam": fed(2, True, lr=0.03, beta1=0.6, beta2=0.98, eps=1e-5),
    "walk": walked,
    "sweep": lambda sweep: sweep(lambda lr, seed: lr * seed**2, [0.5, 0.1, 0.7, 0.2], [2, 9, 1]),
    "report": reported,
    "inverse time": lambda rule: [rule(t, 0.7, 0.1) for t in range(1, 30)],
    "cosine": lambda rule: [rule(t, 0.7, 5) for t in range(1, 9)],  # as far behind the end as check asks
    "warm-up": lambda rule: [rule(t, lambda t: 0.8**t, 7) for t in range(1, 30)],
    "amsgrad": fed(3, True, lr=0.03, beta1=0.6, beta2=0.3, eps=1e-5),
    "regret": lambda rule: [
        rule(np.array([0.3, -0.7, 0.1, 0.9]), np.array(s)) for s in ([3, -1, 5, 2.0], [-2, 1, -4, 0.5])
    ],
    "adamw": decayed,
    "clipping": clipped,
    "own rates": lambda rule: rule(np.array([[3.0, -1.0], [0.5, 2.0]]), np.array([[0.1, 0.5], [0.35, 0.05]])),
}


def calm(function, *inputs):
    """What a function gives back, or nothing if it stops."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*inputs)
        except Exception:
            return None


def mutants(source):
    """The lines of a function with one name, number or sign changed; a list that holds itself would take forever."""
    head, body = source.split(":\n", 1)
    names = set(re.findall(r"\b[a-z]\w*\b", head.split("(")[1])) | set(re.findall(r"\b([a-z]\w*)(?=[\w, ]* = )", body))
    kinds = [["+", "-", "*", "/", "**"], ["0", "1", "2", "3"], sorted(names - {"averages", "points"})]
    for found in re.finditer(r"(?<= )(?:\*\*|[-+*/])(?= )|\*\*|-(?=lr)|\b\w+\b", body):
        for other in next((kind for kind in kinds if found[0] in kind), []):
            if other != found[0]:
                yield f"{head}:\n{body[: found.start()]}{other}{body[found.end() :]}"


def pool(source, slips, size, **known):
    """The lines of every slip, some of those of two, and some of the mutants of these and of the right lines."""
    one = [list(way.items()) for edits in slips.values() for way in engine.ways(edits)]
    two = [first + second for first, second in itertools.combinations(one, 2)]
    sources = [source]
    for edits in one + random.Random(1).sample(two, min(size, len(two))):
        lines = source
        for old, new in edits:
            lines = lines.replace(old, new)  # what the first slip took away, the second does not find
        sources.append(lines)
    wrong = sorted({mutant for lines in sources for mutant in mutants(lines)})
    sources += random.Random(2).sample(wrong, min(size, len(wrong)))
    rules = [calm(lambda lines: engine.edited(lines, **known), lines) for lines in sources]
    return [rule for rule in rules if rule]


def pool_of_walks():
    source, slips = adam_exercises.WALK, adam_exercises.WALK_SLIPS
    rules = pool(adam_exercises.ADAM, adam_exercises.ADAM_SLIPS, 80)
    walks = [engine.edited(source, adam=rule) for rule in rules]
    return walks + pool(source, slips, 50, adam=engine.edited(adam_exercises.ADAM))


@pytest.mark.parametrize("question", ELSEWHERE)
def test_no_slip_is_named_that_a_rule_does_not_have(question):
    asked, elsewhere, named = made(question), ELSEWHERE[question], set()
    for rule in pool(*TABLES[question]) if question in TABLES else pool_of_walks():
        message = str(judge(lambda: asked, rule))
        assert " digits, and " not in message
        said = next((sentence for sentence, _ in asked.shown if message.endswith(sentence)), None)
        if said:
            named.add(said)
            numbers = calm(elsewhere, rule)
            same = [calm(elsewhere, slip) for sentence, slip in asked.slips if sentence == said]
            assert any(np.allclose(numbers, one, rtol=1e-6, atol=asked.atol, equal_nan=True) for one in same), said
    assert len(named) >= 4


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_right_answer_is_right(question):
    assert check(question, QUESTIONS[question]().right)


@pytest.mark.parametrize("question", TABLES)
def test_the_lines_that_the_slips_edit_are_right(question):
    assert check(question, engine.edited(TABLES[question][0]))


def test_values_count_and_types_and_shapes_do_not():
    same = [FIRST, tuple(FIRST), np.array(FIRST), np.array(FIRST)[:, None], np.array(FIRST).reshape(2, 3)]
    same += [np.array(FIRST, object), [Decimal(str(x)) for x in FIRST], [Fraction(str(x)) for x in FIRST]]
    assert all(str(check("adam by hand, step 1", answer)) == "Right." for answer in same)
    assert check("adam", given_adam)
    assert check("adam", lambda *inputs, **settings: np.array(given_adam(*inputs, **settings)))
    assert check("debiased", lambda xs, beta: ema_series(xs, beta).tolist())
    assert check("half-life", lambda beta: np.array([[np.log(0.5) / np.log(beta)]]))


@pytest.mark.parametrize(("factor", "right"), [(1 + 1e-12, True), (1 + 1e-8, False), (1 - 1e-8, False)])
def test_a_function_is_compared_closely_and_its_smallest_numbers_too(factor, right):
    def off(g, t, m, v, **settings):
        step, m, v = given_adam(g, t, m, v, **settings)
        return step * np.where(abs(g) < 1e-7, factor, 1), m, v

    assert bool(check("adam", off)) is right


@pytest.mark.parametrize(("changed", "right"), [(4.0003, True), (4.001, False)])
def test_by_hand_five_digits_are_enough_and_four_are_not(changed, right):
    assert bool(check("adam by hand, step 1", [*FIRST[:2], changed, *FIRST[3:]])) is right


@pytest.mark.parametrize(
    "rule",
    [adam_with(v_hat=lambda v, b, t: v / (b**t - 1)), adam_with(below=lambda vh, eps: np.sqrt(vh - 1e9)),
     adam_with(g2=lambda g: -(g**2))],
)  # fmt: skip
def test_of_a_path_that_is_all_nan_no_slip_is_told(rule):
    message = str(check("walk", walk_with(lambda t: t, rule=rule)))
    assert message.startswith(
        "Not yet. path: nan, which is no finite number. nan comes mostly from a division by 0, or from the root"
    )
    assert "seem" not in message


@pytest.mark.parametrize(
    "narrow", [lambda x: np.float32(x), lambda x: np.round(x, 6), lambda x: [float(f"{one:.5g}") for one in x]]
)
def test_an_answer_that_was_rounded_hears_so(narrow):
    message = str(check("debiased", lambda xs, beta: narrow(ema_series(xs, beta))))
    assert re.search(r"right to [4-8] digits, and 9 are compared: compute in float64, and round nothing", message)
    assert "right to 3 digits, and 4 are compared: round later" in str(
        check("momentum by hand", [0.8, 3.92, 1.503, 3.77])
    )
    assert "digits" not in str(check("momentum by hand", [0.8, 3.92, 1.4, 3.77]))


@pytest.mark.parametrize(
    ("question", "order"), [("momentum by hand", [0, 2, 1, 3]), ("rmsprop by hand", [3, 2, 1, 0, 4, 5, 6, 7])]
)
def test_the_right_numbers_in_another_order_hear_so(question, order):
    right = np.array(QUESTIONS[question]().right)
    assert "All numbers are right, and stand in another order than " in str(check(question, right[order]))
    assert "another order" not in str(check(question, [*right[order][:-1], 7.0]))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([*FIRST[:4], 1.1, 0.1], "The first number that is off is w: off by up to 22.2 %."),
        ([-x for x in FIRST], "is off is m_w: the right size, and the wrong sign."),
        ([0.04, *FIRST[1:]], "is off is m_w: 0.1 times what it should be."),
        ([np.inf, *FIRST[1:]], "is off is m_w: inf, which is no finite number."),
    ],
)
def test_by_hand_the_first_number_that_is_off_is_named(answer, said):
    message = str(check("adam by hand, step 1", answer))
    assert said in message and "seem" not in message


def test_of_a_function_each_output_is_judged():
    message = str(check("adam", adam_with(sign=1.0)))
    assert message.startswith("Not yet. step: the right size, and the wrong sign. Right already: m, v. The sign")
    message = str(check("momentum", lambda g, m, lr, beta: (-lr * g, 0 * m)))
    assert "Right already" not in message and "m: 0 times what it should be." in message


def each(change, result):
    """A function's results, each of them changed."""
    if isinstance(result, dict):
        return {name: change(np.asarray(one)) for name, one in result.items()}
    return tuple(map(change, map(np.asarray, result))) if isinstance(result, tuple) else change(np.asarray(result))


def answered(question, change):
    """What check says of the right function, if it changes what it gives back."""
    asked = made(question)
    return asked, str(judge(lambda: asked, lambda *inputs, **settings: change(asked.right(*inputs, **settings))))


def named_slips(asked, message):
    return {sentence for sentence, _ in asked.slips if sentence in message}


@pytest.mark.parametrize("question", FUNCTIONS)
def test_of_answers_that_are_all_nan_no_slip_is_told(question):
    asked, message = answered(question, lambda result: each(lambda one: one * np.nan, result))
    assert "nan, which is no finite number" in message and not named_slips(asked, message)


@pytest.mark.parametrize("question", FUNCTIONS)
def test_answers_in_float32_hear_of_digits_and_of_no_slip(question):
    asked, message = answered(question, lambda result: each(np.float32, result))
    assert message == "Right." or "digits, and 9 are compared: compute in float64" in message
    assert not named_slips(asked, message)


SEVERAL = {"momentum": 2, "rmsprop": 2, "adam": 3, "amsgrad": 4, "adamw": 3}


@pytest.mark.parametrize("question", SEVERAL)
def test_what_gives_back_less_more_or_in_another_order_hears_so(question):
    names = ", ".join(QUESTIONS[question]().names)
    for some in (lambda all: all[0], lambda all: all[:-1], lambda all: (*all, all[0]), lambda all: np.array(all[:-1])):
        _, message = answered(question, some)
        assert message == f"Not yet. Your function should give back {SEVERAL[question]} things: {names}."
    for order in list(itertools.permutations(range(SEVERAL[question])))[1:]:
        asked, message = answered(question, lambda all, order=order: [all[i] for i in order])
        assert named_slips(asked, message) == {f"What you give back seems to stand in another order. It is {names}."}
    assert answered(question, np.array)[1] == "Right."


class Odd:
    def __array__(self, *_, **__):
        raise RuntimeError("not for you")

    def __repr__(self):
        raise RuntimeError("nor this")


@pytest.mark.parametrize(
    ("answer", "said"),
    [(None, "Nothing is filled in yet."), (..., "Nothing is filled in yet."),
     ("0.4", "should be made of numbers, and is '0.4'."), (["0.4"] * 6, "should be made of numbers"),
     (True, "should be made of numbers, and is True."), (1j, "should be made of numbers, and is 1j."),
     ([0.4, None], "should be made of numbers"), ([[1], [2, 3]], "should be made of numbers, and is [[1], [2, 3]]."),
     ({"w": 1}, "should be made of numbers, and is {'w': 1}."), ({1, 2}, "should be made of numbers"),
     (Odd(), "should be made of numbers, and is a Odd."), (0.4, "should hold 6 numbers, and holds one number."),
     ([0.4, 0.5], "should hold 6 numbers, and holds 2 numbers."),
     ([], "should hold 6 numbers, and holds 0 numbers."), (np.nan, "should hold 6 numbers, and holds one number."),
     ([np.nan] * 6, "nan, which is no finite number."),
     (np.sin, "The answer should be numbers, and yours is a function."), ("x" * 100, "xxx...")],
)  # fmt: skip
def test_what_is_no_answer_gets_a_sentence(answer, said):
    verdict = check("adam by hand, step 1", answer)
    assert not verdict and said in str(verdict)


def raises(*_, **__):
    return 1 / 0


def leaves(*_, **__):
    raise SystemExit(3)


def not_written(*_, **__):
    raise NotImplementedError


def warns_and_prints(g, v, lr, beta, eps):
    import sys

    warnings.warn("mind the gap", stacklevel=1)
    np.log(np.zeros(1))
    print("to the error stream", file=sys.stderr)
    v = beta * v + (1 - beta) * g**2
    return -lr * g / (np.sqrt(v) + eps), v


def writes_in_place(g, v, lr, beta, eps):
    v *= beta
    g *= g
    v += (1 - beta) * g
    return -lr * g / (np.sqrt(v) + eps), v


@pytest.mark.parametrize(
    ("answer", "said"),
    [(3.0, "The answer should be a function, and yours is none."),
     (raises, "stopped with ZeroDivisionError: division by zero, in the line `return 1 / 0`."),
     (leaves, "stopped with SystemExit: 3"), (not_written, "Nothing is filled in yet."),
     (lambda: 0, "stopped with TypeError"), (lambda *_, **__: None, "gives back nothing"),
     (lambda *_, **__: ..., "Nothing is filled in yet."),
     (lambda *_, **__: 3.0, "should give back 2 things: step, v."),
     (lambda *_, **__: ("a", 2), "Your step should be made of numbers, and is 'a'."),
     (lambda g, v, **__: (g, v[:2]), "Your v should hold 3 numbers, and holds 2 numbers."),
     (lambda g, v, **__: (g * np.nan, v), "step: nan, which is no finite number."),
     (writes_in_place, "Right already: v."), (RMSProp, "stopped with TypeError")],
)  # fmt: skip
def test_a_function_that_is_none_of_the_right_kind_gets_a_sentence(answer, said):
    verdict = check("rmsprop", answer)
    assert not verdict and said in str(verdict)


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [("cosine", lambda t, lr, steps: 0.1 if t < 10 else None, "nothing at 10, 0.3, 8: does every way through it end"),
     ("half-life", lambda beta: beta ^ 2, "In Python a power is written **."),
     ("debiased", lambda xs, beta: np.power(xs, 2) ^ 2, "In Python a power is written **."),
     ("debiased", lambda xs, beta: xs[:1], "holds one number. Does return stand inside the loop?"),
     ("debiased", lambda xs, beta: xs[:3], "holds 3 numbers."),
     ("walk", lambda gradient, x, steps, lr: [x, x], "holds 4 numbers. Does return stand inside the loop?"),
     ("warm-up", lambda t, schedule, steps: schedule(t - steps), 'in the line `("warm-up", lambda t, schedule')],
)  # fmt: skip
def test_what_is_missing_is_told(question, answer, said):
    assert said in str(check(question, answer))


def test_what_a_function_warns_of_or_prints_as_an_error_does_not_come_through(capfd):
    assert check("rmsprop", warns_and_prints)
    assert capfd.readouterr() == ("", "")


def test_stopping_a_function_by_hand_stops_it():
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("rmsprop", interrupted)


@pytest.mark.parametrize("question", ["adam", "adam by hand, step 1", "walk"])
def test_a_changed_adamlib_is_noticed(question, monkeypatch):
    monkeypatch.setattr(adam.Adam, "update", raises)
    monkeypatch.setattr(engine, "edited", raises)
    verdict = check(question, given_adam)
    assert not verdict and "has been changed in this session" in str(verdict)


@pytest.mark.parametrize("broken", ["right", "slips", "edit"])
def test_a_mistake_in_a_question_is_told(broken, monkeypatch):
    asked = QUESTIONS["half-life"]()
    wrong = {
        "right": lambda: replace(asked, right=lambda beta: mistyped),  # noqa: F821
        "slips": lambda: replace(asked, slips=[("a slip", lambda beta: mistyped)]),  # noqa: F821
        "edit": lambda: engine.edited(averaging.HALF_LIFE, {"mistyped": ""}),
    }
    monkeypatch.setitem(QUESTIONS, "half-life", wrong[broken])
    message = str(check("half-life", half_life))
    assert "mistyped" in message and "If not, the question has a mistake: please report it." in message
    assert re.search(r"It stopped with (NameError: name|ValueError: the text).*, in the line `.*`", message)


@pytest.mark.parametrize("question", ["no such question", None, 4, ["adam"]])
def test_a_question_that_does_not_exist_is_an_error_and_those_that_do_are_named(question):
    with pytest.raises(ValueError, match=r"question must be one of 'averages by hand', .*; got "):
        check(question, 1.0)


@pytest.mark.parametrize(
    ("question", "name", "known"),
    [("half-life", "lr", "none"), ("adam by hand, step 1", "beta", "points, w0, lr"), ("walk", "steps", "none"),
     ("adam by hand, step 2", "step", "points, w0, lr"), ("momentum by hand", "gradient", "start, lr, beta")],
)  # fmt: skip
def test_a_number_that_a_question_does_not_have_is_an_error(question, name, known):
    with pytest.raises(ValueError) as caught:
        check(question, 1.0, **{name: 3})
    assert str(caught.value) == f"{question!r} has no number {name!r}; it has {known}"


def test_an_edit_whose_text_does_not_stand_there_once_is_an_error():
    with pytest.raises(ValueError, match="stands there 0 times: 'no such text'"):
        engine.edited(adam_exercises.ADAM, {"no such text": ""})


def test_the_numbers_by_hand_are_those_of_pen_and_paper():
    assert np.allclose(QUESTIONS["adam by hand, step 1"]().right, FIRST, rtol=1e-8)
    second = [0.72, 0.028944, 0.72 / 0.19, 0.028944 / 0.001999, 0.8004122, 0.1995878]
    assert np.allclose(QUESTIONS["adam by hand, step 2"]().right, second, rtol=1e-6)
    assert np.allclose(QUESTIONS["averages by hand"]().right, [1.2, 6, 3.36, 3.36 / 0.36])
    assert np.isclose(debias(3.36, 0.8, 2), 3.36 / 0.36)
    assert np.allclose(QUESTIONS["momentum by hand"]().right, [0.8, 3.92, 1.504, 3.7696])
    found = QUESTIONS["rmsprop by hand"]().right
    assert np.allclose(found[:4], [0.016, 1.6, -2 + 0.1 / 0.1**0.5, 1 - 0.1 / 0.1**0.5])
    assert np.allclose(found[4:6], [0.0144 + 0.1 * (0.2 * found[2]) ** 2, 1.44 + 0.1 * (4 * found[3]) ** 2])
    assert QUESTIONS["two words by hand"]().right == [3 / 8, -1 / 8, 0, -3 / 8, 1 / 8, -1, 1]
    divided = QUESTIONS["own rates"]().right(np.array([[1.0, -2.0], [3.0, 4.0]]), np.array([[0.05, 0.2], [0.5, 0.25]]))
    assert np.allclose(divided, [[4, -8], [4, 16 / 3]])


def test_a_rule_is_followed_as_the_module_walks():
    path = follow(given_adam, bowl().gradient, [-5.0, -2.0], 20, 2, lr=0.1, beta1=0.9, beta2=0.999, eps=1e-8)
    assert np.allclose(path, descend(bowl().gradient, np.array([-5.0, -2.0]), adam.Adam(lr=0.1), 20).points, rtol=1e-12)
    assert follow(given_adam, np.sin, 3.0, 0, 2).tolist() == [3.0]
    with pytest.raises(ZeroDivisionError):
        follow(raises, np.sin, 3.0, 1, 0)


@pytest.mark.parametrize("wrong", [-1, 1.5, None])
@pytest.mark.parametrize("name", ["steps", "memory"])
def test_a_walk_of_no_whole_number_of_steps_is_an_error(name, wrong):
    with pytest.raises(ValueError, match=f"{name} must be a whole number >= 0, got {wrong!r}"):
        follow(given_adam, np.sin, 3.0, **({"steps": 1, "memory": 2} | {name: wrong}))


@pytest.mark.parametrize("name", exercises.RULES)
def test_a_slip_is_the_rule_with_the_lines_that_it_shows(name):
    source, slips = exercises.RULES[name]
    for sentence in slips:
        found = exercises.slip(name, sentence)
        assert found.sentence == sentence and found.wrong != found.right
        lines = [line.strip() for line in source.splitlines()]
        assert set(found.right) <= set(lines) and not set(found.wrong) & set(lines)
        assert judge(lambda: made(name), found.mended) and not judge(lambda: made(name), found.rule)


def test_the_rule_of_a_slip_is_wrong_as_it_says():
    found = exercises.slip("rmsprop", "left out of v")
    assert (found.wrong, found.right) == (("v = beta * v + g**2",), ("v = beta * v + (1 - beta) * g**2",))
    step, v = found.rule(3.0, 0.0, lr=1.0, beta=0.9, eps=0.0)
    assert (v, step) == (9.0, -1.0)


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [("sgd", "hat", "name must be one of momentum, rmsprop, adam, adamw, amsgrad; got 'sgd'"),
     ("adam", "no such words", "words must be of the sentence of one slip, and are of 0: 'no such words'"),
     ("adam", "eps seems", "words must be of the sentence of one slip, and are of")],
)  # fmt: skip
def test_a_slip_that_is_not_there_or_not_one_is_an_error(name, words, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        exercises.slip(name, words)
