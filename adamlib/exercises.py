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
from adamlib.checks import check_count, check_question
from adamlib.descent import descend
from adamlib.landscapes import bowl
from adamlib.momentum import Momentum, MomentumState
from adamlib.rmsprop import RMSProp, RMSPropState
from adamlib.schedules import cosine, exponential, inverse_time, warmup
from adamlib.tuning import bands


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


def follow(rule, gradient, x, steps, memory, **settings):
    """Walk with an update rule written as a function, right or wrong.

    Formula:
        step, m_1, ..., m_k = rule(gradient(x), t, m_1, ..., m_k, **settings),  x + step is the next x,  t = 1, 2, ...

    Args:
        rule: the function; gradient: a function of x; x: the start, a number or an array.
        steps: how many steps, a whole number >= 0; memory: how many things the rule remembers, all 0 at first.
        settings: what else the rule takes, such as lr.

    Returns:
        An array of steps + 1 points, the start first.

    Raises:
        ValueError: steps or memory is not a whole number >= 0. What the rule raises comes through.

    Example:
        >>> follow(lambda g, t, m, lr: (-lr * (m + g), m + g), lambda x: 2 * x, 1.0, steps=2, memory=1, lr=0.25)
        array([ 1.  ,  0.5 , -0.25])

    Source:
        `descend`, for a rule that is no class yet.
    """
    kept = [0.0] * check_count(memory, "memory", least=0)
    points = [np.asarray(x, float)]
    for t in range(1, check_count(steps, "steps", least=0) + 1):
        step, *kept = rule(gradient(points[-1]), t, *kept, **settings)
        points.append(points[-1] + step)
    return np.array(points)


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
    if given is ...:
        raise _Trouble("Nothing is filled in yet.")
    if given is None:
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
        return np.stack([_as_numbers(function(xs, beta), (4,), "Your average") for xs, beta in zip(series, betas)])[
            ..., None
        ]

    series, betas = [np.array([4.0, -2.0, 7.0, 1.0]), np.array([10.0, 10.0, 10.0, 13.0])], (0.5, 0.9)
    return _Question(ema_series, _slips(_DEBIASED, _DEBIASED_SLIPS), ("average",), measure, **_CLOSELY)


def _half_life():
    def measure(function):
        return np.array([[_as_numbers(function(beta), (), "Your half-life")] for beta in (0.5, 0.9, 0.975)])

    slips = [
        ("You seem to take 1/beta for the half-life. It is the h with beta**h = 1/2.", lambda beta: 1 / beta),
        ("You seem to take 1/(1 - beta). By then the weight is about 1/e, not 1/2.", lambda beta: 1 / (1 - beta)),
        (
            "The sign seems to be lost: the logarithms of 1/2 and of beta are both negative.",
            lambda beta: math.log(2) / math.log(beta),
        ),
        ("You seem to divide the other way round.", lambda beta: math.log(beta) / math.log(0.5)),
        ("You seem to take the mean age, beta/(1 - beta).", lambda beta: beta / (1 - beta)),
    ]
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
            several = isinstance(given, tuple | list) or (isinstance(given, np.ndarray) and given.ndim > 0)
            if not several or len(given) != len(names):
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
    (
        "t seems to be 0 at the first step, or to be increased after it is used. It starts at 1.",
        ("gradient(x), t, m", "gradient(x), t - 1, m"),
    ),
    ("t seems to be 2 at the first step, or to be increased twice.", ("gradient(x), t, m", "gradient(x), t + 1, m")),
    (
        "m and v seem to be forgotten: each step must begin with those of the step before.",
        ("t, m, v, lr)", "t, 0 * m, 0 * v, lr)"),
    ),
    ("The step seems to be subtracted. It has its sign already: add it.", ("x + step", "x - step")),
    (
        "The gradient seems to be taken at the start every time. Take it where you are.",
        ("gradient(x)", "gradient(points[0])"),
    ),
    ("lr seems not to be passed on: the steps have another length.", ("m, v, lr)", "m, v)")),
]


def _walk():
    def right(gradient, x, steps, lr):
        return descend(gradient, x, Adam(lr), steps).points

    def measure(function):
        given = function(bowl().gradient, np.array([-5.0, -2.0]), 6, lr=0.2)
        return _as_numbers(given, (7, 2), "Your path (the start and a point after each step)")

    slips = [(sentence, _edited(_WALK, edit, adam=_edited(_ADAM))) for sentence, edit in _WALK_SLIPS]
    slips += [(sentence, _edited(_WALK, adam=rule)) for sentence, rule in _slips(_ADAM, _ADAM_SLIPS)]
    return _Question(right, slips, ("path",), measure, **_CLOSELY)


# Comparisons: a table of runs, and what may be reported of it

_SWEEP = """
def sweep(run, lrs, seeds):
    table = np.empty((len(lrs), len(seeds)))
    for i, lr in enumerate(lrs):
        for j, seed in enumerate(seeds):
            table[i, j] = run(lr, seed)
    return table
"""

_SWEEP_SLIPS = [
    ("Every run seems to have the first seed.", ("run(lr, seed)", "run(lr, seeds[0])")),
    ("The runs seem to be given the place of the seed in the list, not the seed.", ("run(lr, seed)", "run(lr, j)")),
    (
        "The seeds seem to go on from setting to setting. Each learning rate gets the same ones.",
        ("run(lr, seed)", "run(lr, seeds[0] + i * len(seeds) + j)"),
    ),
    ("Every run seems to have the first learning rate.", ("run(lr, seed)", "run(lrs[0], seed)")),
    ("Rows and columns seem to have changed places: a row for each learning rate.", ("return table", "return table.T")),
]


def _sweep():
    def measure(function):
        given = function(lambda lr, seed: 100 * lr + 1 / (1 + seed), [0.01, 0.3, 2.0], [3, 5, 7, 11])
        return _as_numbers(given, (3, 4), "Your table")

    return _Question(_edited(_SWEEP), _slips(_SWEEP, _SWEEP_SLIPS), ("table",), measure, **_CLOSELY)


_REPORT = """
def report(lrs, validation, test):
    errors = np.median(validation, axis=1)
    best = np.argmin(errors)
    return lrs[best], np.median(test[best])
"""

_CHOSEN_ON_TEST = (
    "The learning rate seems to be chosen on the test part. Choose on validation; the test part is looked at once."
)

_REPORT_SLIPS = [
    (_CHOSEN_ON_TEST, ("np.median(validation", "np.median(test")),
    (
        "The learning rates seem to be judged by the mean over the seeds, which one bad run decides. Take the median.",
        ("np.median(validation", "np.mean(validation"),
    ),
    (
        "The learning rates seem to be judged by their best seed. Take the median over the seeds.",
        ("np.median(validation", "np.min(validation"),
    ),
    (
        "The learning rates seem to be judged by their worst seed. Take the median over the seeds.",
        ("np.median(validation", "np.max(validation"),
    ),
    (
        "The runs that broke seem to be left out. They count as the worst: keep their inf in the median.",
        ("np.median(validation", "np.nanmedian(np.where(np.isfinite(validation), validation, np.nan)"),
    ),
    (
        "The errors seem to be averaged over the learning rates. Average over the seeds, along a row.",
        ("axis=1", "axis=0"),
    ),
    ("You seem to take the largest median error.", ("np.argmin", "np.argmax")),
    ("You seem to give back the place of the learning rate in the list, not the learning rate.", ("lrs[best]", "best")),
    ("You seem to report the error on the validation part.", ("np.median(test[best])", "np.median(validation[best])")),
    (
        "You seem to report the best seed. Report the median over the seeds.",
        ("np.median(test[best])", "np.min(test[best])"),
    ),
    (
        "You seem to report the mean over the seeds. Report the median.",
        ("np.median(test[best])", "np.mean(test[best])"),
    ),
    (
        "You seem to report the lowest error on the test part, whatever was chosen.",
        ("np.median(test[best])", "np.median(test, axis=1).min()"),
    ),
]


def _median_of_rows(scores):
    columns = [("setting", np.int64), ("seed", np.int64), ("error", float)]
    rows = [(setting, seed, score) for (setting, seed), score in np.ndenumerate(scores)]
    return bands(np.array(rows, columns), "error")["median"]


def _right_report(lrs, validation, test):
    best = int(np.argmin(_median_of_rows(validation)))
    return lrs[best], _median_of_rows(test)[best]


def _report():
    def measure(function):
        given = [function(lrs.copy(), one.copy(), other.copy()) for one, other in zip(validation, test)]
        what = "What your function gives back (the learning rate and the error)"
        return np.array([_as_numbers(one, (2,), what) for one in given])

    lrs, (validation, test) = np.array([0.001, 0.01, 0.1, 1.0]), np.random.default_rng(1).random((2, 12, 4, 5)) ** 3
    validation[:, 2:, 3:], test[:, 2:, 3:] = np.inf, np.inf  # some broke,
    validation[::3, 3, 2], test[::3, 3, 2] = np.inf, np.inf  # and sometimes most of them
    return _Question(_right_report, _slips(_REPORT, _REPORT_SLIPS), ("lr", "test error"), measure, **_CLOSELY)


# Schedules: functions of t = 1, 2, ...

_INVERSE_TIME = """
def inverse_time(t, lr, k):
    return lr / (1 + k * (t - 1))
"""

_FROM_ZERO = "t seems to be counted from 0. The first step has t = 1, so t - 1 steps lie behind it."

_INVERSE_TIME_SLIPS = [
    (_FROM_ZERO, ("(t - 1)", "t")),
    (
        "This is an exponential decay, which multiplies by the same factor every time.",
        ("/ (1 + k * (t - 1))", "* math.exp(-k * (t - 1))"),
    ),
    ("This decays with the root of t.", ("/ (1 + k * (t - 1))", "/ math.sqrt(1 + k * (t - 1))")),
    ("k seems to be left out.", ("k * (t - 1)", "(t - 1)")),
]

_COSINE = """
def cosine(t, lr, steps):
    done = min((t - 1) / steps, 1)
    return lr * (1 + math.cos(math.pi * done)) / 2
"""

_COSINE_SLIPS = [
    (
        "After its end the schedule seems to rise again. It stays at 0: the share that is done is at most 1.",
        ("min((t - 1) / steps, 1)", "(t - 1) / steps"),
    ),
    (_FROM_ZERO, ("(t - 1)", "t")),
    (
        "The last step seems to have the learning rate 0, and is wasted: divide t - 1 by steps, not by steps - 1.",
        ("(t - 1) / steps", "(t - 1) / (steps - 1)"),
    ),
    ("The factor 1/2 seems to be missing.", (" / 2", "")),
    ("This is a straight line.", ("(1 + math.cos(math.pi * done)) / 2", "(1 - done)")),
    (
        "This is a quarter of a wave. It takes half a wave, level at both ends.",
        ("(1 + math.cos(math.pi * done)) / 2", "math.cos(math.pi * done / 2)"),
    ),
]

_WARMUP = """
def warmup(t, schedule, steps):
    if t < steps:
        return schedule(1) * t / steps
    return schedule(t - steps + 1)
"""

_WARMUP_SLIPS = [
    (
        "The first step seems to have the learning rate 0, and is wasted: rise with t, not with t - 1.",
        ("* t / steps", "* (t - 1) / steps"),
    ),
    (
        "The schedule seems to run while it is warmed up, so its beginning is lost. After the warm-up it has step 1.",
        ("schedule(t - steps + 1)", "schedule(t)"),
    ),
    (
        "The schedule seems to be one step late: step `steps` is the first with its full learning rate.",
        ("t - steps + 1", "max(t - steps, 1)"),
    ),
    ("The warm-up seems to multiply the schedule at t, not its first value.", ("schedule(1) * t", "schedule(t) * t")),
    (
        "The warm-up seems to multiply a schedule that already runs, so its beginning is lost. It begins afterwards.",
        ("schedule(1) * t", "schedule(t) * t"),
        ("schedule(t - steps + 1)", "schedule(t)"),
    ),
    ("There seems to be no warm-up.", ("schedule(1) * t / steps", "schedule(1)")),
]


def _of_schedule(*arguments):
    def measure(function):
        return np.array([[_as_numbers(function(t, *arguments), (), f"Your rate at t = {t}")] for t in range(1, 14)])

    return measure


def _schedule(source, slips, method, *arguments):
    def right(t, *given):
        return method(*given)(t)

    closely = {"rtol": 1e-9, "atol": 1e-12}  # a schedule that ends at 0 may end beside it
    return _Question(right, _slips(source, slips), ("learning rate",), _of_schedule(*arguments), **closely)


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


def _report_by_hand():
    lrs = np.array([0.01, 0.1, 1.0])
    validation = np.array([[24, 20, 22, 21, 26], [19, 12, 20, 18, 14], [10, 15, np.inf, 31, np.inf]])
    test = np.array([[25, 22, 27, 24, 23], [21, 17, 22, 24, 16], [14, 19, np.inf, 33, np.inf]])

    def numbers(rule):
        return np.hstack(rule(lrs, validation, test))

    parts = _REPORT.replace("return lrs[best]", "return errors, lrs[best]")
    names = ("median at lr 0.01", "median at lr 0.1", "median at lr 1", "chosen lr", "reported error")
    return _by_hand(names, numbers, parts, [slip for slip in _REPORT_SLIPS if slip[1][0] != "axis=1"])


def _schedule_by_hand():
    def numbers(rule):
        x, found = 1.0, []
        for t in (1, 2):
            lr = rule(t, 0.25, 1.0)
            x = x - lr * 2 * x
            found += [lr, x]
        return found

    return _by_hand(("lr_1", "x_1", "lr_2", "x_2"), numbers, _INVERSE_TIME, _INVERSE_TIME_SLIPS)


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
    "report by hand": _report_by_hand,
    "sweep": _sweep,
    "report": _report,
    "schedule by hand": _schedule_by_hand,
    "inverse time": lambda: _schedule(_INVERSE_TIME, _INVERSE_TIME_SLIPS, inverse_time, 0.5, 0.4),
    "cosine": lambda: _schedule(_COSINE, _COSINE_SLIPS, cosine, 0.3, 8),
    "warm-up": lambda: _schedule(_WARMUP, _WARMUP_SLIPS, warmup, exponential(0.2, 0.7), 5),
}
