"""The self-check of exercises: right answers of any kind, slips by their name, and answers that are none."""

import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from adamlib import adam
from adamlib.averaging import debias, ema_series
from adamlib.descent import descend
from adamlib.exercises import QUESTIONS, averaging, check, engine, follow, momentum, rmsprop, schedules, tuning
from adamlib.exercises import adam as adam_exercises
from adamlib.landscapes import bowl
from adamlib.rmsprop import RMSProp

FUNCTIONS = [name for name in QUESTIONS if callable(QUESTIONS[name]().right)]
NUMBERS = [name for name in QUESTIONS if name not in FUNCTIONS]
FIRST = [0.4, 0.016, 4.0, 16.0, 0.9, 0.1]  # "adam by hand, step 1": dw = 4, db = -1


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


def average_with(divisor, share=lambda beta: 1 - beta):
    def averages(xs, beta):
        m, found = 0.0, []
        for t, x in enumerate(xs, start=1):
            m = beta * m + share(beta) * x
            found.append(m / divisor(beta, t))
        return found

    return averages


def walk_with(number, sign=1, forget=False):
    def walk(gradient, x, steps, lr):
        m, v, points = np.zeros_like(x), np.zeros_like(x), [x]
        for t in range(1, steps + 1):
            if forget:
                m, v = np.zeros_like(x), np.zeros_like(x)
            step, m, v = given_adam(gradient(x), number(t), m, v, lr, 0.9, 0.999, 1e-8)
            x = x + sign * step
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
    (
        "rmsprop",
        lambda g, v, lr, beta, eps: (
            -lr * g / np.sqrt(beta * v + (1 - beta) * g**2 + eps),
            beta * v + (1 - beta) * g**2,
        ),
        "inside the root",
    ),
    ("rmsprop", lambda g, v, lr, beta, eps: (-lr * g / (np.sqrt(v + g**2) + eps), v + g**2), "AdaGrad"),
    ("momentum", lambda g, m, lr, beta: (-lr * (beta * m + g), beta * m + g), "heavy ball"),
    ("momentum", lambda g, m, lr, beta: (lr * (beta * m + (1 - beta) * g), beta * m + (1 - beta) * g), "sign seems to"),
    ("debiased", average_with(lambda beta, t: 1 / (1 - beta**t)), "multiply by the correction"),
    ("debiased", average_with(lambda beta, t: 1 - beta**2), "exponent of the correction seems to be 2"),
    ("debiased", average_with(lambda beta, t: 1 - beta), "1 - beta at every step"),
    ("debiased", average_with(lambda beta, t: 1 - beta ** (t + 1)), "one ahead"),
    ("debiased", average_with(lambda beta, t: 1 - beta**t, share=lambda beta: 1), "factor 1 - beta seems to be left"),
    ("half-life", lambda beta: 1 / beta, "1/beta"),
    ("walk", walk_with(lambda t: 1), "t seems to stay 1"),
    ("walk", walk_with(lambda t: t - 1), "increased after it is used"),
    ("walk", walk_with(lambda t: t + 1), "increased twice"),
    ("walk", walk_with(lambda t: t, sign=-1), "step seems to be subtracted"),
    ("walk", walk_with(lambda t: t, forget=True), "m and v seem to be forgotten"),
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
    (
        "warm-up",
        lambda t, schedule, steps: schedule(max(t - 4, 1)) * min(t - 1, 5) / 5 if t < 5 else schedule(t - 4),
        "is wasted: rise with t",
    ),
    ("warm-up", lambda t, schedule, steps: schedule(t) if t >= steps else schedule(1) * t / steps, "beginning is lost"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "answer", "said"), SLIPS)
def test_a_slip_is_named(question, answer, said):
    verdict = check(question, answer)
    assert not verdict and str(verdict).startswith("Not yet. ")
    assert said in str(verdict)


# By hand some slips give the right numbers: eps is 0, k is 1, and in step 1 the exponent is.
UNSEEN = {
    "rmsprop by hand": ["eps"],
    "adam by hand, step 1": ["eps", "1 - beta at every step", "1 - beta2 at every step", "g in the place of m_hat"],
    "adam by hand, step 2": ["eps"],
    "report by hand": ["lowest error on the test part"],
    "schedule by hand": ["k seems to be left out"],
}
LINES = {
    "debiased": averaging.DEBIASED,
    "momentum": momentum.MOMENTUM,
    "rmsprop": rmsprop.RMSPROP,
    "adam": adam_exercises.ADAM,
    "sweep": tuning.SWEEP,
    "report": tuning.REPORT,
    "inverse time": schedules.INVERSE_TIME,
    "cosine": schedules.COSINE,
    "warm-up": schedules.WARMUP,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_slip_is_found_among_those_that_give_the_same_numbers(question):
    asked = QUESTIONS[question]()
    for sentence, slip in asked.slips:
        numbers = engine._slipped(asked, slip)
        same = [s for s, other in asked.slips if np.allclose(engine._slipped(asked, other), numbers, 1e-12, 0, True)]
        message = str(check(question, slip))
        if message == "Right.":
            assert any(words in sentence for words in UNSEEN.get(question, [])), sentence
        else:
            assert sentence in same and any(message.endswith(one) for one in same), (sentence, message)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_right_answer_is_right(question):
    assert check(question, QUESTIONS[question]().right)


@pytest.mark.parametrize("question", LINES)
def test_the_lines_that_the_slips_edit_are_right(question):
    assert check(question, engine.edited(LINES[question]))


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


def test_settings_are_not_the_usual_ones():
    rule = RMSProp(lr=0.1)  # beta = 0.9 and eps = 1e-8, whatever is asked for

    def hard_coded(g, v, lr, beta, eps):
        step, state = rule.update(g, rule.init(g)._replace(v=v))
        return step, state.v

    assert not check("rmsprop", hard_coded)
    assert not check("momentum", lambda g, m, lr, beta: (-lr * (0.9 * m + 0.1 * g), 0.9 * m + 0.1 * g))
    assert not check("debiased", lambda xs, beta: ema_series(xs, 0.9))
    assert not check("adam", lambda g, t, m, v, lr, **_: given_adam(g, t, m, v, lr, 0.9, 0.999, 1e-8))


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


class Odd:
    def __array__(self, *_, **__):
        raise RuntimeError("not for you")

    def __repr__(self):
        raise RuntimeError("nor this")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "Nothing is filled in yet."),
        (..., "Nothing is filled in yet."),
        ("0.4", "should be made of numbers, and is '0.4'."),
        (["0.4"] * 6, "should be made of numbers"),
        (True, "should be made of numbers, and is True."),
        (1j, "should be made of numbers, and is 1j."),
        ([0.4, None], "should be made of numbers"),
        ([[1], [2, 3]], "should be made of numbers, and is [[1], [2, 3]]."),
        ({"w": 1}, "should be made of numbers, and is {'w': 1}."),
        ({1, 2}, "should be made of numbers"),
        (Odd(), "should be made of numbers, and is a Odd."),
        (0.4, "should hold 6 numbers, and holds one number."),
        ([0.4, 0.5], "should hold 6 numbers, and holds 2 numbers."),
        ([], "should hold 6 numbers, and holds 0 numbers."),
        (np.nan, "should hold 6 numbers, and holds one number."),
        ([np.nan] * 6, "nan, which is no finite number."),
        (np.sin, "The answer should be numbers, and yours is a function."),
        ("x" * 100, "xxx..."),
    ],
)
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
    [
        (3.0, "The answer should be a function, and yours is none."),
        (raises, "stopped with ZeroDivisionError: division by zero, in the line `return 1 / 0`."),
        (leaves, "stopped with SystemExit: 3"),
        (not_written, "Nothing is filled in yet."),
        (lambda: 0, "stopped with TypeError"),
        (lambda *_, **__: None, "gives back nothing"),
        (lambda *_, **__: ..., "Nothing is filled in yet."),
        (lambda *_, **__: 3.0, "should give back 2 things: step, v."),
        (lambda *_, **__: (1, 2, 3), "should give back 2 things: step, v."),
        (lambda *_, **__: ("a", 2), "Your step should be made of numbers, and is 'a'."),
        (lambda g, v, **__: (g, v[:2]), "Your v should hold 3 numbers, and holds 2 numbers."),
        (lambda g, v, **__: (g * np.nan, v), "step: nan, which is no finite number."),
        (writes_in_place, "Right already: v."),
        (RMSProp, "stopped with TypeError"),
    ],
)
def test_a_function_that_is_none_of_the_right_kind_gets_a_sentence(answer, said):
    verdict = check("rmsprop", answer)
    assert not verdict and said in str(verdict)


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


@pytest.mark.parametrize("question", ["no such question", None, 4, ["adam"]])
def test_a_question_that_does_not_exist_is_an_error_and_those_that_do_are_named(question):
    with pytest.raises(ValueError, match=r"question must be one of 'averages by hand', .*; got "):
        check(question, 1.0)


def test_an_edit_whose_text_does_not_stand_there_once_is_an_error():
    with pytest.raises(ValueError, match="stands there 0 times: 'no such text'"):
        engine.edited(adam_exercises.ADAM, ("no such text", ""))


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
