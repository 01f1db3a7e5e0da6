"""Exercises that check themselves: how far an answer is off, and which known slip it looks like.

Each chapter has a file of questions here, named after the chapter's module. `engine` compares and tells.
"""

from adamlib.checks import shown
from adamlib.exercises import adam, adamw, amsgrad, averaging, momentum, rmsprop, schedules, tuning
from adamlib.exercises.engine import follow, judge

__all__ = ["QUESTIONS", "check", "follow"]

QUESTIONS = {  # name: a function that makes the question
    name: ask
    for chapter in (averaging, momentum, rmsprop, adam, tuning, schedules, adamw, amsgrad)
    for name, ask in chapter.QUESTIONS.items()
}


def check(question, answer):
    """Compare an answer, a value or a function, with the right one.

    Formula:
        right if |answer - wanted| <= rtol |wanted| for every number: rtol is 1e-9 for a function, 1e-4 by hand.
        Types and shapes do not count: a list, a tuple and an array of the same numbers are the same answer.

    Args:
        question: its name, a string; answer: anything at all.

    Returns:
        A Verdict: true or false, with a message. If the answer is wrong, the message says how far off it is, and names
        the slip that gives the same numbers, or says that they are in another order, or rounded. No answer makes
        `check` raise an error: a function that does, or gives back nothing, or something that is not a number, is a
        wrong answer, and the message says why. So does it if the question itself cannot be computed.

    Raises:
        ValueError: there is no question of that name.

    Example:
        >>> import math
        >>> check("half-life", lambda beta: math.log(0.5) / math.log(beta))
        Right.
        >>> check("half-life", lambda beta: 1 / beta)  # doctest: +NORMALIZE_WHITESPACE
        Not yet. half-life: off by up to 100 %. You seem to take 1/beta for the half-life. It is the h with
        beta**h = 1/2.

    Source:
        The slips are those that were published, or that users fell into: see the chapters' "Common slips".
    """
    if not isinstance(question, str) or question not in QUESTIONS:
        raise ValueError(f"question must be one of {', '.join(map(repr, QUESTIONS))}; got {shown(question)}")
    return judge(QUESTIONS[question], answer)
