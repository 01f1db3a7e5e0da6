"""How an answer is compared, and what is said of it, whatever the question is.

A question holds the right answer, taken from this package, and the answers of people who slipped. A slip is written
as an edit of the right lines, so that each stands in its chapter's file as it would stand in a notebook.
"""

import contextlib
import functools
import io
import itertools
import math
import numbers
import os
import re
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

import adamlib
from adamlib.checks import check_count, check_function, check_numbers


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


def judge(ask, answer):
    """Compare an answer with that of the question that ask() makes: `check`, once the question is found."""
    try:
        asked = ask()
        _ = asked.wanted, asked.shown  # computed here, whatever goes wrong
    except Exception as error:  # in the question, or in adamlib as somebody has changed it: told, and not guessed
        return Verdict(False, _AT_FAULT.format(_told(error, traceback.extract_tb(error.__traceback__))))
    try:
        found = _numbers_of(asked, answer)
    except Trouble as trouble:
        return Verdict(False, f"Not yet. {trouble}")
    if asked.agree(found, asked.wanted).all():
        return Verdict(True, "Right.")
    return Verdict(False, " ".join(filter(None, ["Not yet.", *_how_far(found, asked), _hint(found, asked)])))


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
        TypeError: rule or gradient is no function, or x is no real number and no array of them.

    Example:
        >>> follow(lambda g, t, m, lr: (-lr * (m + g), m + g), lambda x: 2 * x, 1.0, steps=2, memory=1, lr=0.25)
        array([ 1.  ,  0.5 , -0.25])

    Source:
        `descend`, for a rule that is no class yet.
    """
    check_function(rule, "rule")
    check_function(gradient, "gradient")
    kept = [0.0] * check_count(memory, "memory", least=0)
    points = [check_numbers(x, "x")]
    for t in range(1, check_count(steps, "steps", least=0) + 1):
        step, *kept = rule(gradient(points[-1]), t, *kept, **settings)
        points.append(points[-1] + step)
    return np.array(points)


@dataclass(frozen=True)
class Question:
    """A right answer, the answers of people who slipped, and how all of them become numbers."""

    right: object  # the answer: a value or a function
    slips: list  # (what the slip is, the answer that it gives), the likelier one first
    names: tuple  # of the numbers along the last axis
    measure: Callable = lambda answer: np.asarray(answer, float)  # from a right kind of answer to an array of numbers
    rtol: float = 1e-4
    atol: float = 1e-9
    advice: str = ""  # where a number is NaN, and no slip is seen: what to look at

    @functools.cached_property
    def wanted(self):
        return self.measure(self.right)

    @functools.cached_property
    def shown(self):
        """The slips that can be seen here, with their numbers: one is wrong and not NaN, to which many slips lead."""
        with np.errstate(all="ignore"):
            found = [(sentence, self.measure(slip)) for sentence, slip in self.slips]
        return [
            (sentence, array)
            for sentence, array in found
            if not (np.isnan(array) | self.agree(array, self.wanted)).all()
        ]

    def agree(self, found, wanted):
        """Compare number by number; NaN agrees with NaN alone."""
        return np.isclose(found, wanted, rtol=self.rtol, atol=self.atol, equal_nan=True)


# For functions: an absolute tolerance would hide what happens to small gradients.
CLOSELY: dict = {"rtol": 1e-9, "atol": 0.0}
_AT_FAULT = (
    "The right answer could not be computed. It stopped with {}. If something of adamlib has been changed in this "
    "session, restart the kernel and run the notebook again. If not, the question has a mistake: please report it."
)
_NOT_THEIRS = tuple(f"{Path(str(module.__file__)).parent}{os.sep}" for module in (adamlib, np))  # folders


class Trouble(Exception):
    """An answer that cannot be compared; the text says why."""


def _numbers_of(asked, answer):
    """Ask for the numbers of an answer of any kind, and let nothing it raises or warns of come through."""
    if answer is None or answer is ...:
        raise Trouble("Nothing is filled in yet.")
    if callable(answer) != callable(asked.right):
        wanted, is_one = ("a function", "is none") if callable(asked.right) else ("numbers", "is a function")
        raise Trouble(f"The answer should be {wanted}, and yours {is_one}.")
    if not callable(answer):
        return as_numbers(answer, np.shape(asked.right), "The answer")
    quiet = contextlib.redirect_stderr(io.StringIO())
    with quiet, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return asked.measure(lambda *inputs, **settings: _call(answer, inputs, settings))


def _call(function, inputs, settings):
    """Call a function of somebody's own; what it raises becomes a sentence."""
    try:
        given = function(*inputs, **settings)
    except NotImplementedError:
        raise Trouble("Nothing is filled in yet.") from None
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        told = _told(error, [frame for frame in frames if not frame.filename.startswith(_NOT_THEIRS)])
        is_xor = isinstance(error, TypeError) and re.search(r"for \^|bitwise_xor", str(error))
        power = " In Python a power is written **." if is_xor else ""
        raise Trouble(f"Your function stopped with {told}.{power}") from None
    if given is ...:
        raise Trouble("Nothing is filled in yet.")
    if given is None:
        at = f" at {', '.join(map(_shortened, inputs))}" if isinstance(inputs[0], numbers.Real) else ""
        raise Trouble(f"Your function gives back nothing{at}: does every way through it end with return?")
    return given


def _told(error, frames):
    where = f", in the line `{frames[-1].line}`" if frames and frames[-1].line else ""
    return f"{type(error).__name__}: {error}{where}"


def as_numbers(value, shape, what, if_few=""):
    """Read a value as an array of this shape, whatever its own, if it holds as many real numbers.

    What it is, is said if not; and if_few, if it holds less than half as many.
    """
    try:
        array = np.asarray(value)
        real = array.dtype.kind in "iuf" or (
            array.dtype.kind == "O" and all(isinstance(one, numbers.Real | Decimal) for one in array.flat)
        )
        array = array.astype(float) if real else array
    except Exception:  # lists of unequal lengths, objects of somebody's own
        real = False
    if not real:
        raise Trouble(f"{what} should be made of numbers, and is {_shortened(value)}.")
    if array.size != math.prod(shape):
        few = f" {if_few}" if if_few and 2 * array.size < math.prod(shape) else ""
        raise Trouble(f"{what} should hold {_count(math.prod(shape))}, and holds {_count(array.size)}.{few}")
    return array.reshape(shape)


def _count(n):
    return "one number" if n == 1 else f"{n} numbers"


def _shortened(value):
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def _how_far(found, asked):
    """Say for each of the named numbers whether it is right, and if not, how far off.

    In a calculation by hand each number is made from those before it, so the first that is off is the one to look at.
    """
    columns = [np.reshape(array, (-1, len(asked.names))).T for array in (found, asked.wanted)]
    right, off = [], []
    for name, ours, theirs in zip(asked.names, *columns):
        if asked.agree(ours, theirs).all():
            right.append(name)
        else:
            off.append(f"{name}: {_distance(ours, theirs)}.")
    if callable(asked.right):
        return [*off, f"Right already: {', '.join(right)}."] if right else off
    return [f"The first number that is off is {off[0]}"]


def _hint(found, asked):
    """Say what the numbers show: a slip, where NaN comes from, another order, or a rounding."""
    of_slips = np.reshape([array for _, array in asked.shown], (len(asked.shown), found.size))
    same = asked.agree(found.ravel(), of_slips).all(axis=1)
    if same.any():
        return asked.shown[same.argmax()][0]
    if np.isnan(found).any():
        return asked.advice
    if asked.agree(np.sort(found, axis=None), np.sort(asked.wanted, axis=None)).all():
        order = "" if callable(asked.right) else f" than {', '.join(asked.names)}"
        return f"All numbers are right, and stand in another order{order}."
    off = ~asked.agree(found, asked.wanted)
    with np.errstate(all="ignore"):
        digits = -np.log10((abs(found - asked.wanted) / abs(asked.wanted))[off].max())
    if digits >= 3:
        keep = "compute in float64, and round nothing" if callable(asked.right) else "round later"
        return f"It is right to {int(digits)} digits, and {round(-math.log10(asked.rtol))} are compared: {keep}."
    return ""


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


def edited(source, edits=(), **known):
    """Make a function from its lines, after edits {old: new}; each old text must stand there exactly once."""
    for old, new in dict(edits).items():
        if source.count(old) != 1:
            raise ValueError(
                f"the text to edit must stand there once, and stands there {source.count(old)} times: {old!r}"
            )
        source = source.replace(old, new)
    namespace: dict = {"np": np, "math": math} | known
    exec(_compiled(source), namespace)
    return namespace[source.split("(")[0].split()[-1]]


@functools.cache
def _compiled(source):
    return compile(source, "<string>", "exec")


def ways(edits):
    """List the ways to make a slip: its edits stand alone, or there is a list of them."""
    return edits if isinstance(edits, list) else [edits]


@dataclass(frozen=True)
class Slip:
    """A known mistake in a rule: what it is, the rule with it and without, and the lines that differ."""

    sentence: str
    rule: Callable
    mended: Callable
    wrong: tuple
    right: tuple


def known_slip(source, slips, words):
    """Give the one slip of a table whose sentence has these words, made in its first way."""
    found = [sentence for sentence in slips if words in sentence]
    if len(found) != 1:
        raise ValueError(f"words must be of the sentence of one slip, and are of {len(found)}: {words!r}")
    edits, changed = ways(slips[found[0]])[0], source
    for old, new in edits.items():
        changed = changed.replace(old, new)
    lines, others = ([line.strip() for line in text.splitlines()] for text in (changed, source))
    wrong, right = (tuple(line for line in one if line not in two) for one, two in ((lines, others), (others, lines)))
    return Slip(found[0], edited(source, edits), edited(source), wrong, right)


def slipped(source, slips, **known):
    """Make the functions of a table of slips, {sentence: edits}."""
    return [(sentence, edited(source, way, **known)) for sentence, edits in slips.items() for way in ways(edits)]


def of_rule(source, slips, right, names, advice="", **settings):
    """Make a question for an update rule, which is fed for four steps with what it gave back itself.

    It has one weight more than results, so that one result alone is not taken for all of them.
    """
    gradients = np.array(
        [
            [0.5, -2.0, 1e-8, 0.7, 0.1], [0.4, 3.0, 1e-8, -0.2, -5.0],
            [-0.1, 1.0, 1e-8, -0.9, 0.2], [0.3, 0.25, 1e-8, 0.6, 1.0],
        ]
    )  # fmt: skip
    gradients = gradients[:, : len(names) + 1]

    def measure(rule):
        memory, rows = [np.zeros(gradients[0].shape) for _ in names[1:]], []
        for t, g in enumerate(gradients, start=1):
            before = [*([t] if "t" in settings else []), *(array.copy() for array in memory)]
            given = rule(g.copy(), *before, **{name: value for name, value in settings.items() if name != "t"})
            step, *memory = several(given, names, g.shape)
            rows.append([step, *memory])
        return np.array(rows).swapaxes(1, 2)

    return Question(right, slipped(source, slips | in_order(names)), names, measure, advice=advice, **CLOSELY)


def several(given, names, shape):
    """Read what a function gives back as one array of this shape for each of the names."""
    is_row = isinstance(given, tuple | list) or (isinstance(given, np.ndarray) and given.ndim > 0)
    if not is_row or len(given) != len(names):
        raise Trouble(f"Your function should give back {len(names)} things: {', '.join(names)}.")
    return [as_numbers(one, shape, f"Your {name}") for name, one in zip(names, given)]


def in_order(names):
    """List the ways to give back the results in another order, as a table of one slip."""
    order = f"What you give back seems to stand in another order. It is {', '.join(names)}."
    results = f"return {', '.join(names)}"
    return {order: [{results: f"return {', '.join(some)}"} for some in itertools.permutations(names) if some != names]}


def by_hand(names, numbers, source, slips, *more):
    """Make a question for numbers; numbers(rule) computes them with the right lines, or with those of a slip.

    The lines may lack some that a slip edits: then nobody slips there.
    """
    there = {
        sentence: [way for way in ways(edits) if all(old in source for old in way)] for sentence, edits in slips.items()
    }
    with np.errstate(all="ignore"):
        wrong = [(sentence, numbers(rule)) for sentence, rule in slipped(source, there)]
    return Question(numbers(edited(source)), [*wrong, *more], names)
