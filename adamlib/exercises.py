"""Exercises that check themselves: how far an answer is off, and which known slip it looks like.

A question holds the right answer, taken from this package, and the answers of people who slipped. A slip is written
as an edit of the right lines, so that each stands here as it would stand in a notebook.
"""

import contextlib
import io
import math
import numbers
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from adamlib.adam import Adam, AdamState
from adamlib.averaging import ema_series, half_life
from adamlib.checks import check_question
from adamlib.descent import descend
from adamlib.landscapes import bowl
from adamlib.momentum import Momentum, MomentumState
from adamlib.rmsprop import RMSProp, RMSPropState


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, which is the verdict's truth value, and a message, which is its text."""

    right: bool
    message: str

    def __bool__(self):
        return self.right

    def __str__(self):
        return self.message

    __repr__ = __str__


def check(question, answer):
    """Compare an answer, a value or a function, with the right one.

    Formula:
        right if |answer - wanted| <= rtol |wanted| for every number: rtol is 1e-9 for a function, 1e-4 by hand.
        Types and shapes do not count: a list, a tuple and an array of the same numbers are the same answer.

    Args:
        question: its name, a string; answer: anything at all.

    Returns:
        A Verdict: true or false, with a message. If the answer is wrong, the message says how far off it is, and names
        the slip that gives the same numbers. No answer makes `check` raise an error: a function that does, or
        gives back nothing, or something that is not a number, is a wrong answer, and the message says why.

    Raises:
        ValueError: there is no question of that name.

    Example:
        >>> check("half-life", lambda beta: math.log(0.5) / math.log(beta))
        Right.
        >>> check("half-life", lambda beta: 1 / beta)  # doctest: +NORMALIZE_WHITESPACE
        Not yet. half-life: off by up to 100 %. You seem to take 1/beta for the half-life. It is the h with
        beta**h = 1/2.

    Source:
        The slips are those that were published, or that users fell into: see the chapters' "Common slips".
    """
    check_question(question, QUESTIONS)
    try:
        asked = QUESTIONS[question]()
        wanted = asked.measure(asked.right)
    except Exception:
        return Verdict(False, _CHANGED)
    try:
        found = _numbers_of(asked, answer)
    except _Trouble as trouble:
        return Verdict(False, f"Not yet. {trouble}")
    if _agree(found, wanted, asked).all():
        return Verdict(True, "Right.")
    hints = (sentence for sentence, slip in asked.slips if _agree(found, _slipped(asked, slip), asked).all())
    return Verdict(False, " ".join(["Not yet.", *_how_far(found, wanted, asked), *list(hints)[:1]]))


@dataclass(frozen=True)
class _Question:
    right: object  # the answer: a value or a function
    slips: list  # (what the slip is, the answer that it gives), the likelier one first
    names: tuple  # of the numbers along the last axis
    measure: Callable = lambda answer: np.asarray(answer, float)  # from a right kind of answer to an array of numbers
    rtol: float = 1e-4
    atol: float = 1e-9


# For functions: an absolute tolerance would hide what happens to small gradients.
_CLOSELY = {"rtol": 1e-9, "atol": 0.0}
_CHANGED = (
    "The right answer could not be computed: something of adamlib has been changed in this session. "
    "Restart the kernel, and run the notebook again."
)


class _Trouble(Exception):
    """An answer that cannot be compared; the text says why."""


def _numbers_of(asked, answer):
    """Ask for the numbers of an answer of any kind, and let nothing it does or prints come through."""
    if answer is None or answer is ...:
        raise _Trouble("Nothing is filled in yet.")
    if callable(answer) != callable(asked.right):
        wanted, is_one = ("a function", "is none") if callable(asked.right) else ("numbers", "is a function")
        raise _Trouble(f"The answer should be {wanted}, and yours {is_one}.")
    if not callable(answer):
        return _as_numbers(answer, np.shape(asked.right), "The answer")
    quiet = contextlib.redirect_stderr(io.StringIO())
    with quiet, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return asked.measure(lambda *inputs, **settings: _call(answer, inputs, settings))


def _call(function, inputs, settings):
    """Call a function of somebody's own; what it raises becomes a sentence."""
    try:
        given = function(*inputs, **settings)
    except NotImplementedError:
        raise _Trouble("Nothing is filled in yet.") from None
    except (Exception, SystemExit) as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f", in the line `{last.line}`" if last.line and last.filename != __file__ else ""
        raise _Trouble(f"Your function stopped with {type(error).__name__}: {error}{where}.") from None
    if given is None or given is ...:
        raise _Trouble("Your function gives back nothing: does its last line begin with return?")
    return given


def _as_numbers(value, shape, what):
    """Read a value as an array of this shape, whatever its own, if it holds as many real numbers."""
    try:
        array = np.asarray(value)
        real = array.dtype.kind in "iuf" or (
            array.dtype.kind == "O" and all(isinstance(one, numbers.Real | Decimal) for one in array.flat)
        )
        array = array.astype(float) if real else array
    except Exception:  # lists of unequal lengths, objects of somebody's own
        real = False
    if not real:
        raise _Trouble(f"{what} should be made of numbers, and is {_shortened(value)}.")
    if array.size != math.prod(shape):
        raise _Trouble(f"{what} should hold {_count(math.prod(shape))}, and holds {_count(array.size)}.")
    return array.reshape(shape)


def _count(n):
    return "one number" if n == 1 else f"{n} numbers"


def _shortened(value):
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def _agree(found, wanted, asked):
    """Compare number by number; NaN agrees with NaN alone."""
    return np.isclose(found, wanted, rtol=asked.rtol, atol=asked.atol, equal_nan=True)


def _slipped(asked, slip):
    with np.errstate(all="ignore"):
        return asked.measure(slip)


def _how_far(found, wanted, asked):
    """Say for each of the named numbers whether it is right, and if not, how far off.

    In a calculation by hand each number is made from those before it, so the first that is off is the one to look at.
    """
    columns = [np.reshape(array, (-1, len(asked.names))).T for array in (found, wanted)]
    right, off = [], []
    for name, ours, theirs in zip(asked.names, *columns):
        if _agree(ours, theirs, asked).all():
            right.append(name)
        else:
            off.append(f"{name}: {_distance(ours, theirs)}.")
    if callable(asked.right):
        return [*off, f"Right already: {', '.join(right)}."] if right else off
    return [f"The first number that is off is {off[0]}"]


def _distance(ours, theirs):
    if not np.isfinite(ours).all():
        return f"{ours[~np.isfinite(ours)][0]}, which is no finite number"
    ratios = ours[theirs != 0] / theirs[theirs != 0]
    if len(ratios) and np.all(ours[theirs == 0] == 0) and np.allclose(ratios, ratios[0], rtol=1e-6):
        if np.isclose(ratios[0], -1):
            return "the right size, and the wrong sign"
        if not 0.5 < ratios[0] < 1.5:
            return f"{ratios[0]:.4g} times what it should be"
    scale = np.where(theirs != 0, abs(theirs), max(abs(theirs).max(), 1e-300))
    return f"off by up to {100 * (abs(ours - theirs) / scale).max():.3g} %"


def _edited(source, *edits, **known):
    """Make a function from its lines, after some edits; each old text must stand there exactly once."""
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(
                f"the text to edit must stand there once, and stands there {source.count(old)} times: {old!r}"
            )
        source = source.replace(old, new)
    namespace = {"np": np, "math": math} | known
    exec(source, namespace)
    return namespace[source.split("(")[0].split()[-1]]


def _slips(source, slips):
    return [(sentence, _edited(source, *edits)) for sentence, *edits in slips]


# Averages

_DEBIASED = """
def debiased(xs, beta):
    m, averages = 0.0, []
    for t, x in enumerate(xs, start=1):
        m = beta * m + (1 - beta) * x
        averages.append(m / (1 - beta**t))
    return np.array(averages)
"""

_DEBIASED_SLIPS = [
    (
        "You seem to multiply by the correction. Divide by it: m started at 0 and is too small.",
        ("m / (1 - beta**t)", "m * (1 - beta**t)"),
    ),
    ("The correction seems to be missing: divide m by 1 - beta**t.", ("m / (1 - beta**t)", "m")),
    (
        "The exponent of the correction seems to be 2. It is t, the number of values seen so far.",
        ("1 - beta**t", "1 - beta**2"),
    ),
    (
        "The correction seems to be 1 - beta at every step. It is 1 - beta**t, and t must increase.",
        ("1 - beta**t", "1 - beta"),
    ),
    ("t seems to start at 0, or to be increased after it is used: the first value has t = 1.", ("start=1", "start=0")),
    ("t seems to be one ahead: the first value has t = 1.", ("start=1", "start=2")),
    ("The factor 1 - beta seems to be left out: m = beta * m + (1 - beta) * x.", ("(1 - beta) * x", "x")),
    (
        "beta and 1 - beta seem to have changed places: beta belongs to the old average.",
        ("beta * m + (1 - beta) * x", "(1 - beta) * m + beta * x"),
    ),
    (
        "The corrected average seems to go into the next one. Keep m itself: it is corrected for use only.",
        ("averages.append(m / (1 - beta**t))", "m = m / (1 - beta**t)\n        averages.append(m)"),
    ),
    (
        "You seem to start at the first value. That is not the same as starting at 0 and dividing by 1 - beta**t.",
        ("m, averages = 0.0, []", "m, averages = xs[0], []"),
        ("m / (1 - beta**t)", "m"),
    ),
]


def _debiased():
    def measure(function):
        return np.stack(
            [_as_numbers(function(xs, beta), (4,), "Your average") for xs, beta in zip(series, betas)]
        )[..., None]  # fmt: skip

    series, betas = [np.array([4.0, -2.0, 7.0, 1.0]), np.array([10.0, 10.0, 10.0, 13.0])], (0.5, 0.9)
    return _Question(ema_series, _slips(_DEBIASED, _DEBIASED_SLIPS), ("average",), measure, **_CLOSELY)


def _half_life():
    def measure(function):
        return np.array([[_as_numbers(function(beta), (), "Your half-life")] for beta in (0.5, 0.9, 0.975)])

    slips = [
        ("You seem to take 1/beta for the half-life. It is the h with beta**h = 1/2.", lambda beta: 1 / beta),
        ("You seem to take 1/(1 - beta). By then the weight is about 1/e, not 1/2.", lambda beta: 1 / (1 - beta)),
        ("The sign seems to be lost: the logarithms of 1/2 and of beta are both negative.",
         lambda beta: math.log(2) / math.log(beta)),
        ("You seem to divide the other way round.", lambda beta: math.log(beta) / math.log(0.5)),
        ("You seem to take the mean age, beta/(1 - beta).", lambda beta: beta / (1 - beta)),
    ]  # fmt: skip
    return _Question(half_life, slips, ("half-life",), measure, **_CLOSELY)


# The rules: each takes a gradient and what it remembers, and gives a step and what it remembers


def _of_rule(names, **settings):
    """Measure a rule: three weights, four steps, fed with what the rule itself gave back."""
    gradients = np.array([[0.5, -2.0, 1e-8], [0.4, 3.0, 1e-8], [-0.1, 1.0, 1e-8], [0.3, 0.25, 1e-8]])

    def measure(rule):
        memory, rows = [np.zeros(3) for _ in names[1:]], []
        for t, g in enumerate(gradients, start=1):
            before = [*([t] if "t" in settings else []), *(array.copy() for array in memory)]
            given = rule(g.copy(), *before, **{name: value for name, value in settings.items() if name != "t"})
            if not isinstance(given, tuple | list) or len(given) != len(names):
                raise _Trouble(f"Your function should give back {len(names)} things: {', '.join(names)}.")
            step, *memory = (_as_numbers(one, (3,), f"Your {name}") for name, one in zip(names, given))
            rows.append([step, *memory])
        return np.array(rows).swapaxes(1, 2)

    return measure


_SIGN_LOST = "The sign seems to be lost: a step goes against the gradient, so it begins with minus lr."

_EPS_INSIDE = "eps seems to be inside the root. There 1e-8 acts like its own root, 0.0001: add it outside."
_EPS_OUTSIDE = "eps seems to be added outside the fraction. A pair of brackets is missing around the denominator."

_MOMENTUM = """
def momentum(g, m, lr=0.01, beta=0.9):
    m = beta * m + (1 - beta) * g
    step = -lr * m
    return step, m
"""

_MOMENTUM_SLIPS = [
    (
        "The factor 1 - beta seems to be left out. That is the heavy ball, whose lr must be smaller by 1 - beta.",
        ("(1 - beta) * g", "g"),
    ),
    (_SIGN_LOST, ("-lr * m", "lr * m")),
    (
        "beta and 1 - beta seem to have changed places: beta belongs to the old m.",
        ("beta * m + (1 - beta) * g", "(1 - beta) * m + beta * g"),
    ),
    ("The step seems to use the gradient and not its average m.", ("-lr * m", "-lr * g")),
    ("The step seems to be made before m is renewed.", ("    m = ", "    old, m = m, "), ("-lr * m", "-lr * old")),
    (
        "The first m seems to be the whole gradient. It starts at 0, so the first m is (1 - beta) g.",
        ("    m = ", "    m = g if not np.any(m) else "),
    ),
    (
        "lr seems to be inside m. Keep it outside, so that m is an average of gradients whatever lr does.",
        ("(1 - beta) * g", "(1 - beta) * lr * g"),
        ("-lr * m", "-m"),
    ),
    ("You seem to add the look-ahead of Nesterov's form.", ("-lr * m", "-lr * (beta * m + (1 - beta) * g)")),
]


def _momentum():
    def right(g, m, lr, beta):
        step, state = Momentum(lr, beta).update(g, MomentumState(0, m))
        return step, state.m

    measure = _of_rule(("step", "m"), lr=0.1, beta=0.8)
    return _Question(right, _slips(_MOMENTUM, _MOMENTUM_SLIPS), ("step", "m"), measure, **_CLOSELY)


_RMSPROP = """
def rmsprop(g, v, lr=0.01, beta=0.9, eps=1e-8):
    v = beta * v + (1 - beta) * g**2
    step = -lr * g / (np.sqrt(v) + eps)
    return step, v
"""

_RMSPROP_SLIPS = [
    (
        _EPS_INSIDE,
        ("(np.sqrt(v) + eps)", "np.sqrt(v + eps)"),
    ),
    (
        _EPS_OUTSIDE,
        ("/ (np.sqrt(v) + eps)", "/ np.sqrt(v) + eps"),
    ),
    ("eps seems to be subtracted.", ("+ eps", "- eps")),
    ("eps seems to be missing.", (" + eps", "")),
    ("You seem to divide by v and not by its root.", ("np.sqrt(v)", "v")),
    (_SIGN_LOST, ("-lr", "lr")),
    ("g seems to go into v without its square.", ("g**2", "g")),
    ("v seems to be made of the size of g, and not of its square.", ("g**2", "abs(g)")),
    ("The factor 1 - beta seems to be left out of v.", ("(1 - beta) * g**2", "g**2")),
    (
        "You seem to sum the squares. That is AdaGrad; RMSProp averages them.",
        ("beta * v + (1 - beta) * g**2", "v + g**2"),
    ),
    (
        "beta and 1 - beta seem to have changed places: beta belongs to the old v.",
        ("beta * v + (1 - beta) * g**2", "(1 - beta) * v + beta * g**2"),
    ),
    ("The step seems to use the old v.", ("    v = ", "    old, v = v, "), ("np.sqrt(v)", "np.sqrt(old)")),
]


def _rmsprop():
    def right(g, v, lr, beta, eps):
        step, state = RMSProp(lr, beta, eps).update(g, RMSPropState(0, v))
        return step, state.v

    measure = _of_rule(("step", "v"), lr=0.1, beta=0.8, eps=1e-8)
    return _Question(right, _slips(_RMSPROP, _RMSPROP_SLIPS), ("step", "v"), measure, **_CLOSELY)


_ADAM = """
def adam(g, t, m, v, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    step = -lr * m_hat / (np.sqrt(v_hat) + eps)
    return step, m, v
"""

_ADAM_SLIPS = [
    (
        "You seem to multiply by the bias correction. Divide by it: m and v started at 0 and are too small.",
        ("m / (1", "m * (1"),
        ("v / (1", "v * (1"),
    ),
    ("You seem to multiply m by its bias correction. Divide by it.", ("m / (1", "m * (1")),
    ("You seem to multiply v by its bias correction. Divide by it.", ("v / (1", "v * (1")),
    (
        "The bias correction seems to be missing: divide m by 1 - beta1**t, and v by 1 - beta2**t.",
        ("m / (1 - beta1**t)", "m"),
        ("v / (1 - beta2**t)", "v"),
    ),
    ("The hat seems to be missing on v: divide by the root of v_hat.", ("v / (1 - beta2**t)", "v")),
    ("The hat seems to be missing on m: the step uses m_hat.", ("m / (1 - beta1**t)", "m")),
    (
        "The exponents of the corrections seem to be 2. They are t, the number of the step.",
        ("beta1**t", "beta1**2"),
        ("beta2**t", "beta2**2"),
    ),
    (
        "The correction of v seems to be 1 - beta2**2. The exponent is t, the number of the step.",
        ("beta2**t", "beta2**2"),
    ),
    (
        "The corrections seem to be 1 - beta at every step. They are 1 - beta**t, and t must increase.",
        ("beta1**t", "beta1"),
        ("beta2**t", "beta2"),
    ),
    ("The correction of v seems to be 1 - beta2 at every step. It is 1 - beta2**t.", ("beta2**t", "beta2")),
    (
        "t seems to be one behind, or to be increased after it is used: the first step has t = 1.",
        ("beta1**t", "beta1**(t - 1)"),
        ("beta2**t", "beta2**(t - 1)"),
    ),
    (
        "t seems to be one ahead, or to be increased twice: the first step has t = 1.",
        ("beta1**t", "beta1**(t + 1)"),
        ("beta2**t", "beta2**(t + 1)"),
    ),
    (
        _EPS_INSIDE,
        ("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)"),
    ),
    (
        _EPS_OUTSIDE,
        ("/ (np.sqrt(v_hat) + eps)", "/ np.sqrt(v_hat) + eps"),
    ),
    ("eps seems to be subtracted.", ("+ eps", "- eps")),
    ("eps seems to be missing.", (" + eps", "")),
    (
        "eps seems to stand beside the root of v, before the correction. It stands beside the root of v_hat.",
        ("(np.sqrt(v_hat) + eps)", "((np.sqrt(v) + eps) / np.sqrt(1 - beta2**t))"),
    ),
    ("You seem to divide by v_hat and not by its root.", ("np.sqrt(v_hat)", "v_hat")),
    (_SIGN_LOST, ("-lr", "lr")),
    ("The factor 1 - beta1 seems to be left out of m.", ("(1 - beta1) * g", "g")),
    ("The factor 1 - beta2 seems to be left out of v.", ("(1 - beta2) * g**2", "g**2")),
    ("g seems to go into v without its square.", ("g**2", "g")),
    (
        "beta1 and beta2 seem to have changed places: beta1 belongs to m, beta2 to v.",
        ("beta1 * m + (1 - beta1)", "beta2 * m + (1 - beta2)"),
        ("beta2 * v + (1 - beta2)", "beta1 * v + (1 - beta1)"),
        ("m / (1 - beta1**t)", "m / (1 - beta2**t)"),
        ("v / (1 - beta2**t)", "v / (1 - beta1**t)"),
    ),
    (
        "m_hat and v_hat seem to be given back as m and v. Keep m and v themselves: they are corrected for use only.",
        ("return step, m, v", "return step, m_hat, v_hat"),
    ),
    (
        "m_hat seems to be given back as m. Keep m itself: it is corrected for use only.",
        ("step, m, v", "step, m_hat, v"),
    ),
    ("The step seems to use g in the place of m_hat.", ("-lr * m_hat", "-lr * g")),
]


def _right_adam(g, t, m, v, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    step, state = Adam(lr, beta1, beta2, eps).update(g, AdamState(t - 1, m, v))
    return step, state.m, state.v


def _adam():
    settings = {"t": True, "lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-8}
    names = ("step", "m", "v")
    return _Question(_right_adam, _slips(_ADAM, _ADAM_SLIPS), names, _of_rule(names, **settings), **_CLOSELY)


# Walks: the loop around a rule

_WALK = """
def walk(gradient, x, steps, lr=0.1):
    m, v, points = np.zeros(2), np.zeros(2), [x]
    for t in range(1, steps + 1):
        step, m, v = adam(gradient(x), t, m, v, lr)
        x = x + step
        points.append(x)
    return np.array(points)
"""

_WALK_SLIPS = [
    ("t seems to stay 1. It must increase with every step.", ("gradient(x), t, m", "gradient(x), 1, m")),
    ("t seems to be 0 at the first step, or to be increased after it is used. It starts at 1.", ("gradient(x), t, m", "gradient(x), t - 1, m")),
    ("t seems to be 2 at the first step, or to be increased twice.", ("gradient(x), t, m", "gradient(x), t + 1, m")),
    ("m and v seem to be forgotten: each step must begin with those of the step before.", ("t, m, v, lr)", "t, 0 * m, 0 * v, lr)")),
    ("The step seems to be subtracted. It has its sign already: add it.", ("x + step", "x - step")),
    ("The gradient seems to be taken at the start every time. Take it where you are.", ("gradient(x)", "gradient(points[0])")),
    ("lr seems not to be passed on: the steps have another length.", ("m, v, lr)", "m, v)")),
]  # fmt: skip


def _walk():
    def right(gradient, x, steps, lr):
        return descend(gradient, x, Adam(lr), steps).points

    def measure(function):
        given = function(bowl().gradient, np.array([-5.0, -2.0]), 6, lr=0.2)
        return _as_numbers(given, (7, 2), "Your path (the start and a point after each step)")

    slips = [(sentence, _edited(_WALK, edit, adam=_edited(_ADAM))) for sentence, edit in _WALK_SLIPS]
    slips += [(sentence, _edited(_WALK, adam=rule)) for sentence, rule in _slips(_ADAM, _ADAM_SLIPS)]
    return _Question(right, slips, ("path",), measure, **_CLOSELY)


# By hand: two steps in numbers. `right` and the slips are lists, made by the same lines as above


def _by_hand(names, numbers, source, slips, *more):
    """Make a question for numbers; numbers(rule) computes them with the right lines, or with those of a slip."""
    right = numbers(_edited(source))
    with np.errstate(all="ignore"):
        slipped = [(sentence, numbers(rule)) for sentence, rule in _slips(source, slips)]
    return _Question(right, [*slipped, *more], names)


def _averages_by_hand():
    def numbers(rule):
        return list(rule(np.array([6.0, 12.0]), 0.8))

    kept = "averages.append(m / (1 - beta**t))"
    parts = _DEBIASED.replace(kept, "averages += [m, m / (1 - beta**t)]")
    slips = [slip for slip in _DEBIASED_SLIPS if all(old != kept for old, _ in slip[1:])]
    return _by_hand(("m_1", "m_1 hat", "m_2", "m_2 hat"), numbers, parts, slips)


def _momentum_by_hand():
    def numbers(rule):
        x, m, found = np.float64(4.0), 0.0, []
        for _ in range(2):
            step, m = rule(2 * x, m, lr=0.1, beta=0.9)
            x = x + step
            found += [m, x]
        return found

    return _by_hand(("m_1", "x_1", "m_2", "x_2"), numbers, _MOMENTUM, _MOMENTUM_SLIPS)


def _rmsprop_by_hand():
    def numbers(rule):
        x, v, found = np.array([-2.0, 1.0]), np.zeros(2), []
        for _ in range(2):
            step, v = rule(bowl().gradient(x), v, lr=0.1, beta=0.9, eps=0.0)
            x = x + step
            found += [*v, *x]
        return found

    names = [f"{name} after step {t}" for t in (1, 2) for name in ("v_x", "v_y", "x", "y")]
    return _by_hand(tuple(names), numbers, _RMSPROP, _RMSPROP_SLIPS)


def _adam_by_hand(step):
    """Ask for one of two steps on the line w x + b through the points (-1, 1) and (2, 1), from w = 1, b = 0."""

    def numbers(rule, for_bias=lambda dw, db: db):
        w, b, of_w, of_b = 1.0, 0.0, (0.0, 0.0), (0.0, 0.0)
        for t in range(1, step + 1):
            e1, e2 = w * -1 + b - 1, w * 2 + b - 1
            dw, db = np.float64(e1 * -1 + e2 * 2), np.float64(e1 + e2)
            *of_w, m_hat, v_hat, step_w = rule(dw, t, *of_w, lr=0.1, eps=0.0)
            *of_b, _, _, step_b = rule(for_bias(dw, db), t, *of_b, lr=0.1, eps=0.0)
            w, b = w + step_w, b + step_b
        return [*of_w, m_hat, v_hat, w, b]

    parts = _ADAM.replace("return step, m, v", "return m, v, m_hat, v_hat, step")
    slips = [slip for slip in _ADAM_SLIPS if not any("step, m, v" in old for old, _ in slip[1:])]
    bias = "The bias seems to be moved by the gradient of the weight. It has averages of its own, made from db."
    from_dw = (bias, numbers(_edited(parts), lambda dw, db: dw))
    return _by_hand(("m_w", "v_w", "m_w_hat", "v_w_hat", "w", "b"), numbers, parts, slips, from_dw)


QUESTIONS = {
    "averages by hand": _averages_by_hand,
    "debiased": _debiased,
    "half-life": _half_life,
    "momentum by hand": _momentum_by_hand,
    "momentum": _momentum,
    "rmsprop by hand": _rmsprop_by_hand,
    "rmsprop": _rmsprop,
    "adam by hand, step 1": lambda: _adam_by_hand(1),
    "adam by hand, step 2": lambda: _adam_by_hand(2),
    "adam": _adam,
    "walk": _walk,
}
