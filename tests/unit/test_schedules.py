"""Chapter 6's module, against hand-worked numbers, closed forms, and the rates that PyTorch, Optax and Keras use.

The libraries' rates are in reference/schedules.json; reference/record_schedules.py made them by taking real steps, so
that number t of a list is what step t = 1, 2, ... of that library used.
"""

import dataclasses
import json
import math
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib import schedules
from adamlib.schedules import (
    chain,
    constant,
    cosine,
    exponential,
    inverse_sqrt,
    inverse_time,
    linear,
    one_cycle,
    per_epoch,
    polynomial,
    staircase,
    warmup,
)

HERE = Path(__file__).parent / "reference"
RECORDING = json.loads((HERE / "schedules.json").read_text(encoding="utf-8"))
EVERY_KIND = {kind.__name__: kind for kind in schedules.Schedule.__subclasses__()}

# What the names in the recording are in adamlib.
CASES = {
    "constant": constant(0.1),
    "inverse_time": inverse_time(0.5, k=1),
    "inverse_time per_epoch": per_epoch(inverse_time(0.2, k=1), steps=4),
    "exponential": exponential(0.1, factor=0.8),
    "exponential per_epoch": per_epoch(exponential(0.1, factor=0.8), steps=4),
    "staircase": staircase(0.1, factor=0.5, every=4),
    "inverse_sqrt": inverse_sqrt(0.1),
    "polynomial": polynomial(0.1, steps=10, power=0.9),
    "polynomial to an end": polynomial(0.1, steps=10, power=2, end=0.01),
    "linear": linear(0.1, steps=10),
    "linear to an end": linear(0.1, steps=10, end=0.02),
    "linear up": linear(0.02, steps=10, end=0.1),
    "cosine": cosine(0.1, steps=10),
    "cosine to an end": cosine(0.1, steps=10, end=0.01),
    "one_cycle": one_cycle(0.1, steps=10),
    "warmup": warmup(0.1, steps=4),
    "warmup of cosine": warmup(cosine(0.1, steps=10), steps=4),
    "warmup of exponential": warmup(exponential(0.1, factor=0.8), steps=4),
    "chain": chain(0.1, 5, linear(0.1, steps=8)),
    "chain of constants": chain(0.1, 4, 0.01),
}


def rates(schedule, steps):
    return np.array([schedule(t) for t in range(1, steps + 1)])


def recorded(section, library, name):
    return np.array(RECORDING[section][library][name].split(), dtype=float)


# By hand --------------------------------------------------------------------------------------------------------


def tenth(t):
    return t / 10


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (constant(0.3), [0.3, 0.3, 0.3]),
        (inverse_time(0.6, k=0.5), [0.6, 0.4, 0.3, 0.24, 0.2]),
        (exponential(0.8, factor=0.5), [0.8, 0.4, 0.2, 0.1]),
        (staircase(0.8, factor=0.5, every=3), [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2]),
        (staircase(0.8, factor=0.5, every=1), [0.8, 0.4, 0.2, 0.1]),
        (inverse_sqrt(0.6), [0.6, 0.6 / math.sqrt(2), 0.6 / math.sqrt(3), 0.3]),
        (polynomial(0.8, steps=4, power=2), [0.8, 0.45, 0.2, 0.05, 0, 0]),
        (polynomial(0.9, steps=4, power=0.5, end=0.1),
         [0.9, 0.1 + 0.8 * math.sqrt(0.75), 0.1 + 0.8 * math.sqrt(0.5), 0.5, 0.1]),
        (linear(0.8, steps=4), [0.8, 0.6, 0.4, 0.2, 0, 0, 0]),
        (linear(0.1, steps=2, end=0.5), [0.1, 0.3, 0.5, 0.5]),
        (linear(0.8, steps=1), [0.8, 0, 0]),
        # cos(pi/3) = 1/2
        (cosine(0.8, steps=3), [0.8, 0.6, 0.2, 0, 0, 0, 0, 0]),
        (cosine(0.9, steps=3, end=0.1), [0.9, 0.7, 0.3, 0.1, 0.1, 0.1]),
        (cosine(0.1, steps=2, end=0.5), [0.1, 0.3, 0.5, 0.5]),
        # up from 0.8/4 in two steps, down in four to 0.2/10
        (one_cycle(0.8, steps=6, rise=1 / 3, div_factor=4, final_div_factor=10),
         [0.2, 0.5, 0.8, 0.02 + 0.78 * (2 + math.sqrt(2)) / 4, 0.41, 0.02 + 0.78 * (2 - math.sqrt(2)) / 4, 0.02, 0.02]),
        (warmup(0.8, steps=4), [0.2, 0.4, 0.6, 0.8, 0.8, 0.8]),
        (warmup(linear(0.8, steps=2), steps=2), [0.4, 0.8, 0.4, 0, 0]),
        (warmup(linear(0.8, steps=4), steps=1), [0.8, 0.6, 0.4, 0.2, 0, 0]),
        (warmup(tenth, steps=2), [0.05, 0.1, 0.2, 0.3]),
        (per_epoch(linear(0.8, steps=2), steps=2), [0.8, 0.8, 0.4, 0.4, 0, 0]),
        (per_epoch(warmup(0.8, steps=2), steps=2), [0.4, 0.4, 0.8, 0.8, 0.8]),
        (per_epoch(0.3, steps=2), [0.3, 0.3, 0.3]),
        (chain(0.8, 2, linear(0.4, steps=2)), [0.8, 0.8, 0.4, 0.2, 0, 0]),
        (chain(chain(1, 1, 2), 2, chain(3, 1, 4)), [1, 2, 3, 4, 4]),
        (warmup(chain(0.8, 1, 0.1), steps=2), [0.4, 0.8, 0.1, 0.1]),
    ],
    ids=lambda value: re.sub(" at 0x.*?>", ">", str(value)),  # each process has other addresses
)  # fmt: skip
def test_by_hand(schedule, expected):
    assert np.allclose(rates(schedule, len(expected)), expected, rtol=1e-14, atol=1e-17)


# As recorded ----------------------------------------------------------------------------------------------------

LISTED = [(library, name) for library, names in RECORDING["rates"].items() for name in names]
# These compute the wave in float32, even where all else is float64.
SINGLE = {("keras", "cosine"), ("keras", "cosine to an end"), ("keras", "warmup of cosine"), ("optax", "one_cycle")}


@pytest.mark.parametrize(("library", "name"), LISTED)
def test_step_0_of_the_library_is_t_1(library, name):
    theirs = recorded("rates", library, name)
    tolerance = 3e-8 if (library, name) in SINGLE else 1e-15  # of a learning rate of 0.1
    assert abs(rates(CASES[name], len(theirs)) - theirs).max() < tolerance


def test_recording_is_complete():
    assert {name for _, name in LISTED} == set(CASES)
    assert set(RECORDING["rates"]) == {"torch", "optax", "keras"}
    # Counted by hand once. PyTorch's polynomial has no end but 0. Keras has no inverse_sqrt, one_cycle or chain, and
    # warms up a cosine only.
    counts = {library: len(names) for library, names in RECORDING["rates"].items()}
    assert counts == {"torch": 19, "optax": 20, "keras": 15}
    # 15 steps, except where PyTorch leaves its end
    shorter = {"cosine": 11, "cosine to an end": 11, "one_cycle": 11, "warmup of cosine": 14}
    for library, name in LISTED:
        expected = shorter.get(name, 15) if library == "torch" else 15
        assert len(recorded("rates", library, name)) == expected, (library, name)


def test_every_kind_of_schedule_is_recorded():
    def kinds(schedule):
        parts = [getattr(schedule, field.name) for field in dataclasses.fields(schedule)]
        return {type(schedule).__name__}.union(*(kinds(part) for part in parts if callable(part)))

    assert set.union(*map(kinds, CASES.values())) == set(EVERY_KIND) and len(EVERY_KIND) == 12


def test_one_step_off_would_be_seen():
    """No recorded case but the constant is the same when it is read one step earlier or later."""
    for library, name in LISTED:
        theirs = recorded("rates", library, name)
        ours = rates(CASES[name], len(theirs) + 1)
        off = max(abs(ours[1:] - theirs).max(), abs(ours[:-2] - theirs[1:]).max())
        assert name == "constant" or off > 1e-3, (library, name)


def test_pytorch_s_cosine_rises_again_and_ours_does_not():
    theirs = recorded("conventions", "torch", "cosine past its end")
    assert np.allclose(theirs, 0.05 * (1 + np.cos(np.pi * np.arange(15) / 10)), rtol=0, atol=1e-15)
    assert (np.diff(theirs[10:]) > 0).all()
    assert not rates(cosine(0.1, steps=10), 15)[10:].any()


def test_pytorch_s_one_cycle_is_at_its_end_in_its_last_step():
    theirs = recorded("conventions", "torch", "one_cycle of 10 steps")
    # its peak is at 0.3 * 10 - 1 = 2 steps after the first, its end at 9
    assert np.allclose(rates(one_cycle(0.1, steps=9, rise=2 / 9), 10), theirs, rtol=0, atol=1e-15)
    assert theirs[-1] == pytest.approx(0.1 / 25 / 1e4) and np.argmax(theirs) == 2
    assert np.argmax(rates(one_cycle(0.1, steps=10), 10)) == 3


@pytest.mark.parametrize("library", ["optax", "keras"])
def test_a_warm_up_from_0_is_ours_after_a_step_that_stands_still(library):
    theirs = recorded("conventions", library, "warmup from 0")
    assert theirs[0] == 0
    assert abs(rates(warmup(cosine(0.1, steps=10), steps=4), 14) - theirs[1:]).max() < 3e-8
    assert rates(warmup(cosine(0.1, steps=10), steps=4), 13).all()


def test_keras_s_boundary_is_the_last_step_of_the_old_rate_after_step_0():
    theirs = recorded("conventions", "keras", "boundary at 4")
    assert np.allclose(rates(chain(0.1, 5, 0.01), 15), theirs, rtol=1e-14)


def test_keras_s_polynomial_does_not_end_at_0_unless_told_to():
    theirs = recorded("conventions", "keras", "linear to its default end")
    assert np.allclose(rates(linear(0.1, steps=10, end=0.0001), 15), theirs, rtol=1e-14)


# What holds for all of them -------------------------------------------------------------------------------------

rate = st.one_of(st.just(0.0), st.floats(0, 1.7e308), st.floats(1e-6, 10))
count = st.one_of(st.integers(1, 50), st.integers(1, 10**12))
share = st.floats(0, 1)
factor_of = st.floats(1, 1e300)
SIMPLE = st.one_of(
    st.builds(constant, rate),
    st.builds(inverse_time, rate, st.floats(0, 1e308)),
    st.builds(exponential, rate, share),
    st.builds(staircase, rate, share, count),
    st.builds(inverse_sqrt, rate),
    st.builds(polynomial, rate, count, st.floats(0, 1e308, exclude_min=True), rate),
    st.builds(linear, rate, count, rate),
    st.builds(cosine, rate, count, rate),
    st.builds(one_cycle, rate, count, st.floats(0, 1, exclude_min=True, exclude_max=True), factor_of, factor_of),
)
ANY = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds(warmup, inner, count), st.builds(per_epoch, inner, count), st.builds(chain, inner, count, inner)
    ),
    max_leaves=4,
)
TIME = st.one_of(st.integers(1, 100), st.integers(1, 10**15), st.floats(1, 100), st.floats(1, 1.7e308))


def numbers_in(schedule):
    """All learning rates that a schedule was given, also those of the schedules in it."""
    values = {field.name: getattr(schedule, field.name) for field in dataclasses.fields(schedule)}
    own = [values[name] for name in ("lr", "end") if name in values]
    return own + [number for value in values.values() if callable(value) for number in numbers_in(value)]


@given(schedule=ANY, t=TIME)
def test_every_rate_is_a_float_between_0_and_the_largest_given(schedule, t):
    found = schedule(t)
    assert type(found) is float
    assert 0 <= found <= max(numbers_in(schedule)) * (1 + 1e-15)


@given(schedule=ANY, t=TIME)
def test_printed_as_written_equal_frozen_and_picklable(schedule, t):
    again = eval(repr(schedule), dict(EVERY_KIND))
    assert again == schedule and hash(again) == hash(schedule) and again(t) == schedule(t)
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(schedule, dataclasses.fields(schedule)[0].name, 1)


def test_repr_by_hand():
    assert repr(warmup(cosine(1, 100), np.int64(10))) == "warmup(schedule=cosine(lr=1.0, steps=100, end=0.0), steps=10)"
    assert repr(exponential(np.float32(0.5), factor=np.float64(0.5))) == "exponential(lr=0.5, factor=0.5)"


@given(schedule=ANY, t=st.one_of(st.integers(1, 100), st.integers(1, 10**15)))
def test_the_kind_of_number_that_t_is_makes_no_difference(schedule, t):
    found = schedule(t)
    assert schedule(float(t)) == schedule(np.int64(t)) == schedule(np.float64(t)) == found
    if t < 100:
        assert schedule(np.uint8(t)) == schedule(np.float32(t)) == found


@given(lr=rate, end=rate, steps=st.integers(1, 10**6), after=st.integers(1, 10**15), power=st.floats(0.01, 100))
def test_both_ends_are_exact_and_the_last_is_kept(lr, end, steps, after, power):
    for schedule in (linear(lr, steps, end), cosine(lr, steps, end), polynomial(lr, steps, power, end)):
        assert schedule(1) == lr
        assert schedule(steps + 1) == schedule(steps + after) == end
    cycle = one_cycle(lr, steps)
    assert cycle(1) == lr / 25
    assert cycle(steps + 1) == cycle(steps + after) == lr / 25 / 1e4


@given(steps=st.integers(1, 1000), t=st.floats(1, 2000))
def test_closed_forms_between_whole_steps(steps, t):
    done = min((t - 1) / steps, 1)
    assert math.isclose(linear(1, steps)(t), 1 - done, abs_tol=1e-15)
    assert math.isclose(polynomial(1, steps, power=3)(t), (1 - done) ** 3, abs_tol=1e-15)
    assert math.isclose(cosine(1, steps)(t), math.cos(math.pi * done / 2) ** 2, abs_tol=1e-15)
    assert math.isclose(inverse_sqrt(1)(t) ** 2 * t, 1)
    assert math.isclose(1 / inverse_time(1, k=0.25)(t), 0.75 + 0.25 * t)
    assert math.isclose(exponential(1, factor=0.99)(t), math.exp((t - 1) * math.log(0.99)))
    assert staircase(1, factor=0.5, every=steps)(t) == 0.5 ** math.floor((t - 1) / steps)


@given(schedule=SIMPLE, steps=st.integers(1, 1000))
def test_a_warm_up_grows_evenly_to_the_first_rate_and_goes_on_from_there(schedule, steps):
    warmed, first = warmup(schedule, steps), schedule(1)
    for t in {1, max(steps // 2, 1), steps}:
        assert math.isclose(warmed(t), first * (t / steps), rel_tol=1e-14, abs_tol=1e-300)
    assert [warmed(steps + t) for t in range(5)] == [schedule(1 + t) for t in range(5)]


@given(first=SIMPLE, second=SIMPLE, steps=st.integers(1, 100))
def test_a_chain_changes_after_its_steps(first, second, steps):
    chained = chain(first, steps, second)
    assert [chained(t) for t in (1, steps)] == [first(1), first(steps)]
    assert [chained(steps + t) for t in (1, 2)] == [second(1), second(2)]
    assert chained(steps + 0.5) == first(steps + 0.5)


@given(steps=st.integers(2, 200), rise=st.floats(0.01, 0.99))
def test_a_cycle_goes_up_and_then_down(steps, rise):
    values = rates(one_cycle(1, steps, rise), steps + 1)
    peak = math.ceil(rise * steps)
    assert (np.diff(values[:peak]) > 0).all() and (np.diff(values[peak:]) < 0).all()
    assert math.isclose(one_cycle(1, steps, rise)(1 + rise * steps), 1)


def test_a_cycle_whose_rise_is_nearly_all_of_it():
    assert one_cycle(1, 10**12, rise=1 - 2**-53)(10**12 + 1) == 1 / 25 / 1e4


# Bad input ------------------------------------------------------------------------------------------------------

VALUES = {
    "lr": 0.1, "schedule": 0.1, "first": 0.1, "second": 0.2, "end": 0.0, "k": 1.0, "factor": 0.9, "every": 3,
    "steps": 3, "power": 2.0, "rise": 0.3, "div_factor": 25.0, "final_div_factor": 1e4,
}  # fmt: skip
VALID = {
    name: {field.name: VALUES[field.name] for field in dataclasses.fields(kind)} for name, kind in EVERY_KIND.items()
}
NAN, INF = float("nan"), float("inf")
FINITE = ("a finite number >= 0", [-0.1, NAN, INF, -INF, "0.1", None, 1j, [0.1], True])
SHARE = [-0.1, 1.1, NAN, INF, "0.9", None, True]
COUNT = ("a whole number >= 1", [0, -1, 2.0, 2.5, NAN, "3", None, True])
NUMBER = (FINITE[0], [*FINITE[1], constant(0.1)])  # a schedule is a number nowhere but inside another
REFUSED = {
    "lr": NUMBER,
    "end": NUMBER,
    "k": NUMBER,
    "schedule": FINITE,
    "first": FINITE,
    "second": FINITE,
    "factor": ("a number in [0, 1]", SHARE),
    "rise": ("a number in (0, 1)", [*SHARE, 0, 1]),
    "power": ("a finite number > 0", [0, -1, NAN, INF, "2", None, 1j, True]),
    "div_factor": ("a finite number >= 1", [0, 0.99, NAN, INF, "25", None, True]),
    "final_div_factor": ("a finite number >= 1", [0, 0.99, NAN, INF, "25", None, True]),
    "steps": COUNT,
    "every": COUNT,
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, arguments in VALID.items() for name in arguments])
def test_a_wrong_argument_is_refused_with_name_value_and_range(kind, name):
    EVERY_KIND[kind](**VALID[kind])
    wanted, values = REFUSED[name]
    for bad in values:
        with pytest.raises(ValueError) as caught:
            EVERY_KIND[kind](**VALID[kind] | {name: bad})
        assert str(caught.value) == f"{name} must be {wanted}, got {bad!r}"


def test_the_ends_of_the_ranges_are_allowed():
    assert rates(exponential(1, factor=0), 3).tolist() == [1, 0, 0]
    assert rates(staircase(1, factor=1, every=1), 3).tolist() == [1, 1, 1]
    assert rates(inverse_time(0, k=0), 2).tolist() == [0, 0]
    assert rates(one_cycle(1, 2, rise=0.5, div_factor=1, final_div_factor=1), 4).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("name", VALID)
@pytest.mark.parametrize(
    "bad", [0, -1, 0.999, NAN, INF, "1", None, True, np.ones(2), 10**400], ids=lambda bad: str(bad)[:8]
)
def test_a_wrong_t_is_refused_with_its_value(name, bad):
    schedule = EVERY_KIND[name](**VALID[name])
    with pytest.raises(ValueError) as caught:
        schedule(bad)
    assert str(caught.value) == f"t must be a finite number >= 1, since the first step is t = 1, got {bad!r}"


@pytest.mark.parametrize("bad", [-0.1, NAN, INF, None, 0.1j])
@pytest.mark.parametrize(
    ("inside", "t"),
    [(lambda f: warmup(f, 2), 3), (lambda f: per_epoch(f, 1), 2), (lambda f: chain(f, 2, 1), 2),
     (lambda f: chain(1, 2, f), 4), (lambda f: warmup(per_epoch(f, 1), 2), 3)],
    ids=["warmup", "per_epoch", "chain first", "chain second", "warmup of per_epoch"],
)  # fmt: skip
def test_a_function_of_your_own_that_gives_a_wrong_rate_is_refused_with_its_step(inside, t, bad):
    schedule = inside(lambda t: 0.1 if t < 2 else bad)
    assert schedule(1) > 0
    with pytest.raises(ValueError) as caught:
        schedule(t)
    assert str(caught.value) == f"the schedule's lr at t = 2 must be a finite number >= 0, got {bad!r}"
