"""Exercises that check themselves: how far an answer is off, and which known slip it looks like.

Each chapter has a file of questions here, named after the chapter's module. `engine` compares and tells.
"""

import inspect
from dataclasses import replace

from adamlib.checks import check_choice, check_kind, check_number, shown
from adamlib.exercises import adam, adamw, amsgrad, averaging, language, momentum, rmsprop, schedules, tuning
from adamlib.exercises.engine import Slip, follow, judge, known_slip

__all__ = ["QUESTIONS", "RULES", "Slip", "check", "follow", "slip"]

QUESTIONS = {  # name: a function that makes the question
    name: ask
    for chapter in (averaging, momentum, rmsprop, adam, tuning, schedules, adamw, language, amsgrad)
    for name, ask in chapter.QUESTIONS.items()
}

RULES: dict = {  # name: the lines of an update rule, and the ways to slip in them
    "momentum": (momentum.MOMENTUM, momentum.MOMENTUM_SLIPS),
    "rmsprop": (rmsprop.RMSPROP, rmsprop.RMSPROP_SLIPS),
    "adam": (adam.ADAM, adam.ADAM_SLIPS),
    "adamw": (adamw.ADAMW, adamw.ADAMW_SLIPS),
    "amsgrad": (amsgrad.AMSGRAD, amsgrad.AMSGRAD_SLIPS),
}


def check(question, answer, rtol=None, **numbers):
    """Compare an answer, a value or a function, with the right one.

    Formula:
        right if |answer - wanted| <= rtol |wanted| + atol for every number. By hand rtol is 1e-4 and atol 1e-9. For a
        function rtol is 1e-9 and atol 0, for a schedule 1e-12: it may end at 0.
        Types and shapes do not count: a list, a tuple and an array of the same numbers are the same answer.

    Args:
        question: its name, a string; answer: anything at all.
        rtol: how closely the numbers are compared, if not as above; numbers: other numbers of a question by hand.

    Returns:
        A Verdict: true or false, with a message. If the answer is wrong, the message says how far off it is, and names
        the slip that gives the same numbers, or says that they are in another order, or rounded. No answer makes
        `check` raise an error: a function that does, or gives back nothing, or something that is not a number, is a
        wrong answer, and the message says why. So does it if the question itself cannot be computed.

    Raises:
        ValueError: there is no question of that name, it has no such number, or rtol is not a number in (0, 1).

    Example:
        >>> import math
        >>> check("half-life", lambda beta: math.log(0.5) / math.log(beta))
        Right.
        >>> check("half-life", lambda beta: 1 / beta)  # doctest: +NORMALIZE_WHITESPACE
        Not yet. half-life: off by up to 100 %. You seem to take 1/beta for the half-life. It is the h with
        beta**h = 1/2.

    Source:
        Among the slips are those that were published: see the chapters' "Common slips".
    """
    if not isinstance(question, str) or question not in QUESTIONS:
        raise ValueError(f"question must be one of {', '.join(map(repr, QUESTIONS))}; got {shown(question)}")
    known = inspect.signature(QUESTIONS[question]).parameters
    for name in numbers:
        if name not in known:
            raise ValueError(f"{question!r} has no number {name!r}; it has {', '.join(known) or 'none'}")
    if rtol is not None:
        rtol = check_number(rtol, "rtol", "a number in (0, 1)", lambda value: 0 < value < 1)

    def ask():
        asked = QUESTIONS[question](**numbers)
        return asked if rtol is None else replace(asked, rtol=rtol)

    return judge(ask, answer)


def slip(name, words):
    """Give an update rule with a mistake in it, to run it and to see what it does.

    Formula:
        the lines that `check` takes for right, edited as by somebody who slips

    Args:
        name: of the rule: "momentum", "rmsprop", "adam", "adamw" or "amsgrad".
        words: a part of what `check` says of the slip, so much of it that no other slip has it.

    Returns:
        A Slip: its `sentence`; its `rule`, a function like the one that `check` asks for, and `mended`, the right one;
        the lines that differ, two tuples of strings, `wrong` and `right`. Of several ways to slip it is the first.

    Raises:
        ValueError: there is no rule of that name; the words are of no slip, or of several.
        TypeError: the words are no text.

    Example:
        >>> missing = slip("adam", "The hat seems to be missing on v")
        >>> missing.wrong, missing.right
        (('v_hat = v',), ('v_hat = v / (1 - beta2**t)',))
        >>> step, m, v = missing.rule(1.0, 1, 0.0, 0.0, lr=1.0)
        >>> round(float(step), 4)  # it should be -1
        -31.6228

    Source:
        The slips of `check`.
    """
    check_choice(name, "name", RULES)
    check_kind(words, "words", str)
    source, slips = RULES[name]
    return known_slip(source, slips, words)
