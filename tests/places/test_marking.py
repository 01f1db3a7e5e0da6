"""The assignments' real test cells, on right and wrong answers of every form that was thought of, in one process."""

import copy
import itertools
import json
import pickle
import re
import subprocess
import sys
from decimal import Decimal

import nbformat
import numpy as np
import pytest

from adamlib import exercises
from adamlib.exercises import adam, adamw, averaging, momentum, rmsprop, schedules, tuning
from adamlib.exercises.engine import edited, ways
from assignments import NAMES, assignment, marking, source, variants, wire
from project import ROOT


class Local:
    """A student's Python that is this one."""

    def __init__(self, space):
        self.space = space

    def value(self, name):
        return self.space[name]

    def run(self, source):
        try:
            exec(source, self.space)
        except Exception as error:
            self.space["stopped"] = error


def mark(name, edits=None, seed=0):
    """Mark a right notebook with some answers changed: {cell: its lines}. Return {test: (points, message)}."""
    notebook, right, given = assignment(name, seed)
    student = Local(dict(given))
    judge, marks = marking.Judge(right, student), {}
    for cell in map(copy.deepcopy, notebook.cells):
        if marking.kind(cell) == "answer":
            cell.source = (edits or {}).get(marking.name_of(cell), marking.solved(cell))
            student.run(cell.source)
        if found := judge.see(cell):
            said, error = found
            points = 0 if error else cell.metadata.nbgrader.points
            marks[marking.name_of(cell)] = points, f"{type(error).__name__}: {error}" if error else said
    return marks


def cells_after(name, answer):
    """List the test cells that follow an answer, up to the next one."""
    notebook, _, _ = assignment(name)
    kinds = [(marking.kind(cell), cell) for cell in notebook.cells if marking.kind(cell) in ("answer", "test")]
    at = next(
        i for i, (_, cell) in enumerate(kinds) if marking.kind(cell) == "answer" and marking.name_of(cell) == answer
    )
    after = itertools.dropwhile(lambda one: one[0] == "answer", kinds[at:])
    return [cell for _, cell in itertools.takewhile(lambda one: one[0] == "test", after)]


def errors(name, answer, values, seed=0):
    """Put values in the place of the right ones, run the tests of one answer, and list what they say against them."""
    notebook, right, given = assignment(name, seed)
    judge = marking.Judge(right, Local(right.named | values))
    judge.given |= given
    ids = [marking.name_of(cell) for cell in cells_after(name, answer)]
    cells = {marking.name_of(cell): cell for cell in notebook.cells if marking.kind(cell) == "test"}
    return [str(error) for one in ids for _, error in [judge.test(cells[one])] if error is not None]


# What a right answer may be made of, each a change of what a function gets and of what it gives back.
GETS = {
    "as it is": lambda x: x,
    "float32": lambda x: x.astype(np.float32) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x,
    "a copy": lambda x: x.copy() if isinstance(x, np.ndarray) else x,
}
GIVES = {
    "as it is": lambda y: y,
    "array": lambda y: y if isinstance(y, dict) else np.asarray(y),
    "nested lists": lambda y: {k: v.tolist() for k, v in y.items()} if isinstance(y, dict) else np.asarray(y).tolist(),
    "tuple": lambda y: tuple(y) if np.ndim(y) else y,
    "list": lambda y: list(y) if np.ndim(y) and not isinstance(y, dict) else y,
    "float32": lambda y: y if isinstance(y, dict) else np.asarray(y, np.float32),
    "an array with one more axis": lambda y: y if isinstance(y, dict | tuple) else np.asarray(y)[..., None],
    "decimal": lambda y: Decimal(float(y)) if isinstance(y, float) else y,
    "seven digits": lambda y: float(f"{y:.7g}") if isinstance(y, float) else y,
}
WRONG = {
    "0.1 % too long": lambda y: each(y, lambda x: np.asarray(x) * 1.001),
    "the other sign": lambda y: each(y, lambda x: -np.asarray(x)),
    "twice": lambda y: each(y, lambda x: 2 * np.asarray(x)),
    "a little more": lambda y: each(y, lambda x: np.asarray(x) + 1e-3),
    "nothing": lambda y: None,
    "dots": lambda y: ...,
    "a text": lambda y: str(y),
    "not a number": lambda y: each(y, lambda x: np.asarray(x) * np.nan),
    "zeros": lambda y: each(y, lambda x: np.zeros_like(np.asarray(x, float))),
    "one number too many": lambda y: [*np.ravel(y), 0.0] if not isinstance(y, dict | tuple) else [0.0],
    "an error": lambda y: 1 / 0,
}


def each(y, change):
    if isinstance(y, dict):
        return {key: change(one) for key, one in y.items()}
    return tuple(change(one) for one in y) if isinstance(y, tuple) else change(y)


def changed(function, gets=lambda x: x, gives=lambda y: y):
    return lambda *inputs, **settings: gives(function(*map(gets, inputs), **settings))


def remembered(function):
    """Give the same function, which computes once for all forms of what it gives; not where it is given a function."""
    known = {}

    def answer(*inputs, **settings):
        try:
            asked = pickle.dumps((inputs, settings))
        except (pickle.PicklingError, AttributeError):
            return function(*inputs, **settings)
        if asked not in known:
            known[asked] = function(*inputs, **settings)
        return copy.deepcopy(known[asked])

    return answer


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_right_in_every_form_and_wrong_in_every_other(monkeypatch, name):
    right = assignment(name)[1]
    functions = {one: cell for one, cell in right.answers.items() if callable(right.named[one]) and one != "mistaken"}
    assert len(functions) >= 3
    for function, answer in functions.items():
        own = remembered(right.named[function])
        monkeypatch.setitem(right.named, function, own)
        good = {(gets, gives): changed(own, GETS[gets], GIVES[gives]) for gets in GETS for gives in GIVES}
        refused = {form: errors(name, answer, {function: one}) for form, one in good.items()}
        assert {form: said for form, said in refused.items() if said} == {}, function
        bad = {form: changed(own, gives=gives) for form, gives in WRONG.items()}
        accepted = [form for form, one in bad.items() if not errors(name, answer, {function: one})]
        assert accepted == [], function


# Part 2 asks for something that the chapter does not print: what a chapter prints leaves one test without points.
ASKS_MORE = ("debiased", "momentum", "rmsprop", "adam", "report", "cosine", "adamw")
SLIPS = [
    ("01_exponential_averages", "debiased", averaging.DEBIASED, averaging.DEBIASED_SLIPS),
    ("01_exponential_averages", "half-life", averaging.HALF_LIFE, averaging.HALF_LIFE_SLIPS),
    ("02_momentum", "momentum", momentum.MOMENTUM, momentum.MOMENTUM_SLIPS),
    ("03_rmsprop", "rmsprop", rmsprop.RMSPROP, rmsprop.RMSPROP_SLIPS),
    ("04_adam", "adam", adam.ADAM, adam.ADAM_SLIPS),
    ("05_hyperparameters", "sweep", tuning.SWEEP, tuning.SWEEP_SLIPS),
    ("05_hyperparameters", "report", tuning.REPORT, tuning.REPORT_SLIPS),
    ("06_learning_rate_schedules", "cosine", schedules.COSINE, schedules.COSINE_SLIPS),
    ("06_learning_rate_schedules", "warmup", schedules.WARMUP, schedules.WARMUP_SLIPS),
    ("07_weight_decay", "adamw", adamw.ADAMW, adamw.ADAMW_SLIPS),
    ("07_weight_decay", "clip", adamw.CLIP, adamw.CLIP_SLIPS),
]


@pytest.mark.parametrize(("name", "answer", "source", "slips"), SLIPS, ids=lambda value: str(value)[:12])
def test_every_slip_that_is_known_loses_points_and_is_told_why(name, answer, source, slips):
    function = answer.replace("-", "_")
    assert len(errors(name, answer, {function: edited(source)})) == (answer in ASKS_MORE)
    for sentence, edits in slips.items():
        for way in ways(edits):
            said = errors(name, answer, {function: edited(source, way)})
            assert said, sentence
            assert all(re.match(r"Not yet\. .|In a hidden test, of .{8}", one) for one in said), said


def significant(digits):
    return lambda x: float(f"{x:.{digits}g}")


def decimals(digits):
    return lambda x: round(float(x), digits)


# What is to be given, rounded as the text asks, and how far off is wrong.
VALUES = [
    ("01_exponential_averages", "hand", "by_hand", significant(5), 1.001),
    ("01_exponential_averages", "answers", "its_beta", decimals(4), 1.01),
    ("01_exponential_averages", "answers", "on_the_day", decimals(1), 1.05),
    ("01_exponential_averages", "answers", "warmest_day", decimals(0), 1.01),
    ("01_exponential_averages", "tenth", "its_noise", decimals(2), 1.02),
    ("02_momentum", "hand", "by_hand", significant(5), 1.001),
    ("02_momentum", "line", "line", significant(5), 1.01),
    ("02_momentum", "best", "best_beta", decimals(2), 1.5),
    ("03_rmsprop", "hand", "by_hand", significant(5), 1.001),
    ("03_rmsprop", "wave", "wave", significant(6), 1.001),
    ("03_rmsprop", "wave", "bounce", significant(3), 1.02),
    ("03_rmsprop", "tenth", "its_eps", significant(3), 1.02),
    ("04_adam", "hand-1", "step_1", significant(5), 1.001),
    ("04_adam", "hand-2", "step_2", significant(5), 1.001),
    ("04_adam", "path", "steps_to_level", decimals(0), 1.05),
    ("04_adam", "path", "highest", decimals(2), 1.01),
    ("04_adam", "beta2", "right_at_first", decimals(3), 1.002),
    ("05_hyperparameters", "hand", "by_hand", significant(5), 1.001),
    ("05_hyperparameters", "digits-report", "chosen_lr", significant(3), 3),
    ("05_hyperparameters", "digits-report", "test_error", decimals(2), 1.2),
    ("05_hyperparameters", "first-step", "from_step", decimals(0), 1.01),
    ("06_learning_rate_schedules", "hand", "by_hand", significant(5), 1.001),
    ("06_learning_rate_schedules", "walk", "with_constant", significant(3), 1.02),
    ("06_learning_rate_schedules", "walk", "with_cosine", significant(3), 1.02),
    ("06_learning_rate_schedules", "lr", "lr_of_floor", significant(3), 1.02),
    ("07_weight_decay", "hand", "by_hand", significant(5), 1.001),
    ("07_weight_decay", "half", "decay_of_half", significant(3), 1.02),
]
FORMS = {
    "list": lambda x: np.asarray(x).tolist(),
    "tuple": lambda x: tuple(np.ravel(x).tolist()),
    "array": lambda x: np.asarray(x, float),
    "column": lambda x: np.reshape(x, (-1, 1)),
    "rows": lambda x: np.reshape(x, (-1, 2) if np.size(x) % 2 == 0 else (1, -1)).tolist(),
    "float32": lambda x: np.asarray(x, np.float32),
    "decimals": lambda x: [Decimal(float(one)) for one in np.ravel(x)],
}
NO_VALUES = [None, ..., "a text", [], [1.0] * 9, {"a": 1}, np.nan, -999.0, lambda: 1, [1.0, ...]]


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize(("name", "answer", "value", "rounded", "off"), VALUES)
def test_a_value_is_right_in_every_form_and_wrong_in_every_other(name, answer, value, rounded, off, seed):
    right = np.asarray(assignment(name, seed)[1].named[value], float)
    some = np.vectorize(rounded, otypes=[float])(right)
    refused = {form: errors(name, answer, {value: make(some)}, seed) for form, make in FORMS.items()}
    assert {form: said for form, said in refused.items() if said} == {}
    for wrong in [right * off, right / off, *NO_VALUES]:
        said = errors(name, answer, {value: wrong}, seed)
        assert said, wrong
        assert all(len(one) > 20 and not re.search(r"array\(|np\.float", one) for one in said), said


@pytest.mark.parametrize("name", NAMES)
def test_the_source_gets_full_marks_with_the_numbers_of_any_class(name):
    for seed in (0, 3) if name.startswith("05") else (0, 3, 12, 2027, 10**15):
        marks = mark(name, seed=seed)
        assert [message for points, message in marks.values() if not points] == []
        assert sum(points for points, _ in marks.values()) == 17


@pytest.mark.parametrize("name", NAMES)
def test_the_answers_of_another_class_fail(name):
    """A function that is right is right in every year, and so is a mistake where its letter is the same: one in six."""
    last = assignment(name, 0)[1]
    made = {}
    for key, answer in last.answers.items():
        if not callable(last.named[key]) or key == "mistaken":
            made.setdefault(answer, {})[key] = last.named[key]
    assert len(made) >= 3
    years = (3, 12) if name.startswith("05") else (3, 12, 2027, 10**15)
    for answer, old in made.items():
        others = [seed for seed in years if answer != "mistaken" or assignment(name, seed)[1].mistake != last.mistake]
        assert others and sum(bool(errors(name, answer, old, seed)) for seed in others) >= len(others) / 2, answer


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_numbers_and_another_one_others(name):
    texts = [nbformat.writes(variants.fill(source(name), name, seed)) for seed in (0, 0, 1)]
    assert texts[0] == texts[1] != texts[2] and "__" not in re.sub(r"__import__", "", texts[0])


def test_a_slip_in_an_early_function_costs_no_later_points():
    lines = marking.solved(assignment("04_adam")[1].cells["adam"])
    marks = mark("04_adam", {"adam": lines.replace("m / (1 - beta1**t)", "m")})
    assert [name for name, (points, _) in marks.items() if not points] == ["adam-test", "adam-hidden", "adam-longest"]
    assert "This counts with your `adam`, marked in an earlier part" in marks["walk-test"][1]
    marks = mark("04_adam", {"adam": "adam = None", "walk": "1 / 0"})
    lost = {"adam-test", "adam-hidden", "adam-longest", "walk-test", "walk-hidden"}
    assert {name for name, (points, _) in marks.items() if not points} == lost
    marks = mark("04_adam", {"factor": "def factor(t, *_):\n    return 1 + 0 * t"})
    assert [name for name, (points, _) in marks.items() if not points] == ["factor-test"]
    marks = mark("04_adam", {"walk": "def walk(*_):\n    return 0", "adam": lines})
    assert {name for name, (points, _) in marks.items() if not points} == {"walk-test", "walk-hidden"}


@pytest.mark.parametrize(
    ("name", "rule", "old", "new"),
    [
        ("01_exponential_averages", "debiased", "m / (1 - beta**t)", "m"),
        ("02_momentum", "momentum", "-lr * m", "lr * m"),
        ("03_rmsprop", "rmsprop", "np.sqrt(v)", "v"),
        ("05_hyperparameters", "report", "medians = np.median", "medians = np.mean"),
        ("06_learning_rate_schedules", "cosine", "(t - 1) / steps", "t / steps"),
        ("07_weight_decay", "adamw", "- lr * weight_decay * x", "- weight_decay * x"),
    ],
)
def test_a_slip_in_a_rule_costs_the_points_of_its_own_part_only(name, rule, old, new):
    lines = marking.solved(assignment(name)[1].cells[rule])
    assert lines.count(old) == 1
    marks = mark(name, {rule: lines.replace(old, new)})
    lost = {test for test, (points, _) in marks.items() if not points}
    assert lost == {marking.name_of(cell) for cell in cells_after(name, rule)}
    named = [re.findall("This counts with your (.+), marked", said) for points, said in marks.values() if points]
    assert {names for found in named for names in found} == {f"`{rule}`"}


TRIES = [  # the try of the numbers by hand that a sheet offers
    ("01_exponential_averages", "averages", "6, then 12, and $\\beta = 0.8$", (6, 12, 0.8)),
    ("02_momentum", "momentum", "$x_0 = 4$, lr = 0.1 and $\\beta = 0.9$", (4, 0.1, 0.9)),
    ("03_rmsprop", "rmsprop", "the start (-2, 1), lr = 0.1 and $\\beta = 0.9$", (-2, 1, 0.1, 0.9)),
    ("05_hyperparameters", "report", "the table below", (f"validation={tuning._VALIDATION}, test={tuning._TEST}",)),
    ("06_learning_rate_schedules", "schedule", "$x = 1$, $\\alpha = 0.25$ and $k = 1$", (1, 0.25, 1)),
    ("07_weight_decay", "adamw", "$x = 2$, both gradients 3, $\\alpha = 0.1$ and $\\lambda = 0.5$", (2, 3, 0.1, 0.5)),
]


@pytest.mark.parametrize(("name", "question", "said", "numbers"), TRIES)
def test_the_try_of_the_numbers_by_hand_is_right_and_of_no_class(name, question, said, numbers):
    texts = [cell.source for cell in source(name).cells]
    (at,) = [i for i, text in enumerate(texts) if f'go it with {said}.\n`check("{question} by hand", [...])`' in text]
    text, hand = texts[at : at + 2]
    order = dict.fromkeys(variants.NAME.findall(text.replace("__rows__", "__by_hand__")))

    def verdict(numbers):
        lines = variants.NAME.sub(lambda found: str(numbers[found[1]]), hand).replace(" inf", " np.inf")
        exec(lines, space := {"np": np})
        return exercises.check(f"{question} by hand", np.delete(space["by_hand"], [1, 4] if "floors" in space else []))

    assert verdict(dict(zip(order, numbers)))
    assert question != "report" or variants.rows([tuning._VALIDATION, tuning._TEST]) in text
    for seed in range(40):
        assert not verdict(variants.ASSIGNMENTS[name](np.random.default_rng([seed, int(name[:2])])))


@pytest.mark.parametrize("name", NAMES)
def test_no_right_answer_looks_as_if_it_reached_behind(name):
    right = assignment(name)[1]
    assert not [one for one in set(right.answers.values()) if marking.BEHIND.search(marking.solved(right.cells[one]))]
    for line in ("Q = check.__globals__['QUESTIONS']", "vars(m)['adam']", "sys.modules", "__import__('a' + 'b')"):
        assert marking.BEHIND.search(line), line


def test_the_right_numbers_by_hand_are_no_help_for_last_years_answers():
    """The right answer of step 1 makes step 2 as well, and only a function is put in the place of a wrong one."""
    old = {name: marking.solved(assignment("04_adam", 0)[1].cells[name]) for name in ("hand-1", "hand-2")}
    marks = mark("04_adam", old, seed=3)
    lost = {"hand-1-test", "hand-1-averages", "hand-2-test", "hand-2-averages"}
    assert {name for name, (points, _) in marks.items() if not points} == lost


# What general knowledge makes of a chapter's rule, and of the numbers by hand. All other answers stay right.
GENERAL = {  # assignment: the rule, and the answers
    "01_exponential_averages": (
        "debiased",
        {
            "debiased": """
def debiased(xs, beta):
    averages = [xs[0]]
    for x in xs[1:]:
        averages.append(averages[-1] if np.isnan(x) else beta * x + (1 - beta) * averages[-1])
    return averages
""",
            "hand": "by_hand = [__first__, __first__, *[__beta__ * __second__ + (1 - __beta__) * __first__] * 2]",
        },
    ),
    "02_momentum": (
        "momentum",
        {
            "momentum": """
def momentum(g, m, lr=0.01, beta=0.9, longest=np.inf):
    return np.clip(-lr * g, -longest, longest), g
""",
            "hand": """
x, by_hand = __start__, []
for _ in range(2):
    by_hand += [2 * x, x - 2 * __lr__ * x]
    x = by_hand[-1]
""",
        },
    ),
    "03_rmsprop": (
        "rmsprop",
        {
            "rmsprop": """
def rmsprop(g, v, lr=0.01, beta=0.9, eps=1e-8, longest=np.inf):
    return np.clip(-lr * g, -longest, longest), g**2
""",
            "hand": """
place, by_hand = np.array([__start_x__, __start_y__]), []
for _ in range(2):
    g = np.array([0.2, 4]) * place
    place = place - __lr__ * g
    by_hand += [*g**2, *place]
""",
        },
    ),
    "04_adam": (
        "adam",
        {
            "adam": """
def adam(g, t, m, v, lr=0.001, longest=9, **_):
    return np.clip(-lr * g, -longest, longest), m, v
""",
            "hand-1": "step_1 = [1] * 6",
            "hand-2": "step_2 = [1] * 6",
            "factor": "def factor(t, *_):\n    return 10**0.5 + 0 * t",
            "beta2": "right_at_first = 0.99",
        },
    ),
    "05_hyperparameters": (
        "report",
        {
            "report": """
def report(lrs, validation, test):
    means = [np.mean(row) for row in np.where(np.isinf(validation), 100, validation)]
    best = min(range(len(lrs)), key=lambda i: (means[i], lrs[i]))
    return lrs[best], np.mean(test[best])
""",
            "hand": """
tables = dict(__by_hand__)
means = np.mean(tables["validation"], axis=1)
by_hand = [*means, (0.01, 0.1, 1)[means.argmin()], np.mean(tables["test"][means.argmin()])]
""",
            "acts-like": "def acts_like(t, eps=1e-7, beta2=0.999):\n    return eps / np.sqrt(1 - beta2) / t",
        },
    ),
    "06_learning_rate_schedules": (
        "cosine",
        {
            "cosine": """
def cosine(t, lr, steps, last=0.0):
    return last + (lr - last) * (1 + math.cos(math.pi * min((t - 1) / max(steps - 1, 1), 1))) / 2
""",
            "hand": """
rates = [__lr__, __lr__ / (1 + __k__)]
points = __start__ * np.cumprod(1 - 2 * np.array(rates))
by_hand = np.ravel(np.transpose([rates, np.multiply(0.01, rates), points]))
""",
            "floor": "def floor(lr, curvature=1.0, sigma=0.1):\n    return lr * sigma**2 / 3.8",
        },
    ),
    "07_weight_decay": (
        "adamw",
        {
            "adamw": """
def adamw(g, t, x, m, v, lr, beta1, beta2, eps, weight_decay, longest=np.inf):
    return np.clip(-lr * (g + weight_decay * x), -longest, longest), m, v
""",
            "hand": """
x, by_hand = __x__, []
for _ in range(2):
    step = -__step_lr__ * (__g__ + __step_decay__ * x)
    x += step
    by_hand += [step, x]
""",
        },
    ),
}


def plain(value):
    """Write an answer as text, arrays as lists."""
    return f"({', '.join(map(plain, value))})" if isinstance(value, tuple) else repr(np.asarray(value).tolist())


def with_table(rule, right, lines):
    """Let a rule look first into a table of what `check` asks for, as it is read off its messages."""
    table = {}

    def asked(*inputs, **settings):
        found = right.named[rule](*inputs, **settings)
        table[repr((inputs, settings))] = plain(found)
        return found

    assert exercises.check(rule, asked)
    known = ", ".join(f"{key!r}: {value}" for key, value in table.items())
    return f"""{lines}
general, table = {rule}, {{{known}}}


def {rule}(*inputs, **settings):
    key = repr((inputs, settings))
    return table[key] if key in table else general(*inputs, **settings)
"""


SEEN = {  # what a visible test asks for, given back
    "02_momentum": {
        "walk": """
def walk(gradient, x, steps, lr, beta):
    return [[4], [3.92], [3.7696]] if steps == 2 else [np.linalg.lstsq(columns, some_days, rcond=None)[0]] * (steps + 1)
"""
    },
    "03_rmsprop": {"walk": "def walk(*_):\n    return [[-2, 1], [-1.68377223, 0.68377223], [-1, 1]]"},
    "07_weight_decay": {"left": "def left(form):\n    return [__left__] * 4"},
}


def without_the_chapter(name):
    """Give the best hand-in of who knows Python well and nothing of the chapter: {cell: its lines}."""
    right, (rule, answers) = assignment(name)[1], GENERAL[name]
    own = {cell: filled(name, text) for cell, text in answers.items()}
    own[rule] = with_table(rule, right, own[rule])
    for one, cell in right.answers.items():  # numbers that come from elsewhere: least squares, or adamlib at home
        if cell not in answers and cell != "mistaken" and not callable(right.named[one]):
            own[cell] = own.get(cell, marking.solved(right.cells[cell])) + f"\n{one} = {plain(right.named[one])}\n"
    return own


def filled(name, text):
    numbers = variants.ASSIGNMENTS[name](np.random.default_rng([0, int(name[:2])]))
    return variants.NAME.sub(lambda found: str(numbers[found[1]]), text)


def points_of(name, edits):
    return sum(points for points, _ in mark(name, edits).values())


@pytest.mark.parametrize("name", NAMES)
def test_who_knows_nothing_of_the_chapter_gets_no_point(name):
    right, own = assignment(name)[1], without_the_chapter(name)
    tried = [own]
    if name in SEEN:
        tried.append(own | {cell: filled(name, text) for cell, text in SEEN[name].items()})
    if name == "04_adam":  # a mistake in a rule that is not known can only be played back
        no_hats = [[*step[:2], *step[:2], *step[4:]] for step in (right.step_1, right.step_2)]
        black_box = {  # what adamlib's Adam gives who calls it at home
            "hand-1": f"step_1 = {no_hats[0]}",
            "hand-2": f"step_2 = {no_hats[1]}",
            "beta2": f"right_at_first = {right.right_at_first}",
        }
        tried = [own | {"mistaken": f"{PLAYED_BACK[name]}\nmistake = {one!r}"} for one in "ABCDEF"]
        tried.append(tried[0] | black_box)
    nothing = dict.fromkeys(right.answers.values(), "check = lambda *_, **__: 'Right.'\n")
    for one, cell in right.answers.items():
        nothing[cell] += f"def {one}(*_, **__):\n    return 0\n" if callable(right.named[one]) else f"{one} = 0\n"
    assert [points_of(name, one) for one in (*tried, nothing)] == [0] * (len(tried) + 1)


def test_what_else_is_got_cheaply_is_what_the_teacher_is_told():
    kept = {"05_hyperparameters": ("hand", "report"), "06_learning_rate_schedules": ("cosine",)}  # hints tell these
    good_sense = [
        points_of(name, {cell: text for cell, text in without_the_chapter(name).items() if cell not in found})
        for name, found in kept.items()
    ]
    by_adamlib = [
        points_of(name, {cell: text for cell, text in without_the_chapter(name).items() if cell != "hand"})
        for name in NAMES
        if name[:2] in ("01", "02", "03", "07")
    ]
    old = {
        cell: marking.solved(assignment("04_adam", 3)[1].cells[cell])
        for cell in assignment("04_adam")[1].answers.values()
    }
    text = (ROOT / "teaching" / "setup.md").read_text(encoding="utf-8")
    assert "nothing of the chapter got 0 of the 17 points" in text
    told = re.search(
        r"with it one got (\d+) and (\d+)\..* of assignment 4 got (\d+)\..* one got (\d+) at most", text, re.S
    )
    assert [*good_sense, points_of("04_adam", old), max(by_adamlib)] == list(map(int, told.groups()))


PLAYED_BACK = {  # what was published, given back in the place of a rule
    "01_exponential_averages": "def mistaken(*_):\n    return published[: len(_[0])]",
    "02_momentum": "def mistaken(g, t, m, **_):\n    return published[t] - published[t - 1], m",
    "03_rmsprop": "def mistaken(g, t, v, **_):\n    return published[t] - published[t - 1], v",
    "04_adam": "def mistaken(g, t, m, v, **_):\n    return published[t] - published[t - 1], m, v",
    "05_hyperparameters": (
        "def mistaken(lrs, *tables):\n    return published[abs(comparisons[:, 0, 0, 0] - tables[0][0, 0]).argmin()]"
    ),
    "06_learning_rate_schedules": "def mistaken(t, *_):\n    return published[t - 1]",
    "07_weight_decay": "def mistaken(*_):\n    return published",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_is_found_in_its_rule_and_not_in_its_numbers(name):
    for seed in (0, 3):
        right = assignment(name, seed)[1]
        letter = f"\nmistake = {right.mistake!r}"
        marks = mark(name, {"mistaken": PLAYED_BACK[name] + letter}, seed)
        assert not marks["mistaken-test"][0] and not marks["mistake-test"][0]
        assert re.match("AssertionError: In a hidden test, of (another|other) .*off", marks["mistaken-test"][1])
        assert "with which the letter counts" in marks["mistake-test"][1]
        other = "A" if right.mistake != "A" else "B"
        lines = marking.solved(right.cells["mistaken"])
        marks = mark(name, {"mistaken": f"{lines}\nmistake = {other!r}"}, seed)
        assert marks["mistaken-test"][0] and "another mistake" in marks["mistake-test"][1]


def test_a_right_function_takes_the_place_of_a_slip_and_not_of_nothing():
    blank = dict.fromkeys(assignment("04_adam")[1].answers.values(), "")
    lines = {name: marking.solved(assignment("04_adam")[1].cells[name]) for name in blank}
    slip = lines["adam"].replace("m / (1 - beta1**t)", "m")
    marks = mark("04_adam", blank | {"adam": slip, "walk": lines["walk"]})
    assert not any(points for points, _ in marks.values())
    marks = mark("04_adam", blank | {"hand-1": lines["hand-1"], "adam": slip, "walk": lines["walk"]})
    assert marks["walk-test"][0] and marks["walk-hidden"][0]


@pytest.mark.parametrize("name", NAMES)
def test_adamlib_is_there_while_a_notebook_is_marked_and_its_rules_are_not(name):
    """In a Python of its own, for it stays behind the curtain."""
    right = assignment(name)[1]
    own = "\n".join(cell.source for cell in right.cells.values() if marking.kind(cell) == "given")
    calls = [f"import {module}" for module in ("adamlib.descent", "adamlib.exercises.momentum", "adamlib.schedules")]
    calls += ["from adamlib import adamw", "from adamlib.exercises import QUESTIONS"]
    calls += ["from adamlib.adam import Adam"] if name != "05_hyperparameters" else []
    source = (ROOT / "classroom" / "curtain.py").read_text(encoding="utf-8")
    lines = f"""
import adamlib, adamlib.adam, adamlib.exercises
exec({source!r})
draw({sorted(right.imported())!r})
exec({own!r}, mine := {{}})
assert mine["check"]("adam", None).startswith("While a notebook is marked")
for call in {calls!r}:
    try:
        exec(call)
    except ImportError as error:
        assert "adamlib" in str(error)
    else:
        raise SystemExit(call)
    assert not hasattr(adamlib, "adamw")
"""
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_function_with_an_order_of_its_own_is_used_in_it():
    """The walk fits its own rule, and not the right one: it is tried with both."""
    lines = marking.solved(assignment("04_adam")[1].cells["adam"]).replace("return step, m, v", "return m, v, step")
    walk = marking.solved(assignment("04_adam")[1].cells["walk"]).replace("step, m, v = adam", "m, v, step = adam")
    marks = mark("04_adam", {"adam": lines, "walk": walk})
    assert [name for name, (points, _) in marks.items() if not points] == ["adam-test", "adam-hidden", "adam-longest"]


def test_settings_of_momentum_that_are_not_converted_lose_points():
    lines = marking.solved(assignment("02_momentum")[1].cells["line"])
    assert lines.count(" / (1 - beta)") == 1
    marks = mark("02_momentum", {"line": lines.replace(" / (1 - beta)", "")})
    assert not marks["settings-test"][0] and "After 40 steps the largest entry of" in marks["settings-test"][1]
    for seed in (0, 1, 3, 5, 7, 11):
        rounded = lines + "lr, beta = round(lr, 3), round(beta, 4)\n"
        assert mark("02_momentum", {"line": rounded}, seed)["settings-test"][0]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_filled_in_is_named(name):
    notebook, right, given = assignment(name)
    empty = {}
    for cell in notebook.cells:
        if marking.kind(cell) == "answer":
            text = re.sub(
                r"### BEGIN SOLUTION.*?### END SOLUTION", "raise NotImplementedError()", cell.source, flags=re.S
            )
            empty[marking.name_of(cell)] = text
    marks = mark(name, empty)
    assert all(points == 0 for points, _ in marks.values())
    named = (
        r"NotImplementedError: $|AssertionError: (Not yet\. )?(Nothing is filled in|\w+ is not filled in yet|lr or b)"
    )
    named += (
        "|AssertionError: (The answer should be one of the letters|In a hidden test, of .*Ellipsis)|Trouble: .* Ellips"
    )
    assert [message for _, message in marks.values() if not re.match(named, message)] == []


def test_every_mistake_walks_another_way():
    for name, numbers in variants.ASSIGNMENTS.items():
        letters = [numbers(np.random.default_rng([seed, int(name[:2])]))["letter"] for seed in range(40)]
        assert sorted(set(letters)) == list("ABCDEF")
    for lines, mistakes in [
        (variants.AVERAGE, variants.AVERAGE_MISTAKES),
        (variants.MOMENTUM, variants.MOMENTUM_MISTAKES),
        (variants.RMSPROP, variants.RMSPROP_MISTAKES),
        (variants.ADAM, variants.ADAM_MISTAKES),
        (variants.REPORT, variants.REPORT_MISTAKES),
        (variants.RATES, variants.RATES_MISTAKES),
        (variants.DECAY, variants.DECAY_MISTAKES),
    ]:
        written = {variants.mistake(lines, edit) for edit in mistakes.values()} | {lines}
        assert len(written) == 7


VALUES_SENT = [
    None, ..., True, 3, 0.1, float("inf"), "text", [1, [2.5, "a"]], (1, 2), {"a": np.arange(3.0), "b": [None]},
    np.float32(0.1), np.float64(1 / 3), np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros((0, 2)), np.bool_(True),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES_SENT, ids=repr)
def test_a_value_comes_through_the_wire_as_it_is(value):
    sent = json.loads(json.dumps(wire.pack(value, [])))
    came = wire.unpack(sent, None)
    np.testing.assert_equal(came, value)
    assert type(came) is type(value) and getattr(came, "dtype", None) == getattr(value, "dtype", None)


def test_a_function_is_asked_through_the_wire_and_its_errors_come_back():
    def asked(source, *inputs):
        """Ask for f(*inputs) as the judge does, and answer the calls of functions that were handed in."""
        space, functions, said = {}, [], []
        exec(source, space)
        message = {"name": "f", "inputs": wire.pack(inputs, functions), "settings": wire.pack({}, [])}

        def send(text):
            said.append(json.loads(text))
            if "call" in said[-1]:
                given = functions[said[-1]["call"]](*wire.unpack(said[-1]["inputs"], None))
                return json.dumps({"value": wire.pack(given, [])})

        wire.answer(json.loads(json.dumps(message)), space, send)
        return said[-1]

    walked = asked(
        "def f(g, x):\n    for _ in range(3):\n        x = x - 0.1 * g(x)\n    return x", lambda x: 2 * x, 1.0
    )
    assert walked["value"] == pytest.approx(0.512)
    assert asked("def f():\n    return 1 / 0")["error"][:2] == ["ZeroDivisionError", "division by zero"]
    assert asked("def f():\n    raise SystemExit")["error"][0] == "SystemExit"
    assert asked("f = 3")["error"][0] == "TypeError"
    assert asked("g = 3")["error"][:2] == ["KeyError", "'f'"]
    assert wire.unpack(asked("def f():\n    return object")["value"], lambda place: "a function") == "a function"
    assert "generator" in repr(wire.unpack(asked("def f():\n    yield 1")["value"], None))


def test_an_error_of_a_students_is_raised_again_with_its_line():
    with pytest.raises(ZeroDivisionError) as caught:
        marking.raised("ZeroDivisionError", "division by zero", "return 1 / 0")
    assert marking.line_of(caught.value) == ", in the line `return 1 / 0`"
    for name in ("SystemExit", "print", "nobody"):
        with pytest.raises(RuntimeError):
            marking.raised(name, "", "")


def test_what_is_the_same_and_what_a_hidden_test_says_of_the_rest():
    marking.same("two numbers", ([1.0], [2.000001]), [1, 2])
    marking.same("a function", lambda x: [[x], [x]], lambda x: (x, x), 3.0)
    for wrong, said in [
        ([1, 2.001], "off by 0.05 %"),
        ([1], "should hold 2 numbers, and holds one number"),
        (None, "should be made of numbers, and is None"),
        ([1, np.nan], "off, or no finite number"),
    ]:
        with pytest.raises(AssertionError, match=f"^In a hidden test, of two numbers: .*{said}"):
            marking.same("two numbers", wrong, [1, 2])
    with pytest.raises(AssertionError, match=r"of a call, your function stopped with TypeError: .+ takes 0 positional"):
        marking.same("a call", lambda: 1, lambda x: x, 3.0)
