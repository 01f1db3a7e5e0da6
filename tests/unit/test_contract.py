"""The behaviour at the edges that every optimizer has in common."""

import dataclasses
import inspect
import io
import pickle
import re
from decimal import Decimal

import numpy as np
import pytest
from optimizers import OPTIMIZERS, SCHEDULES

from adamlib.adam import Adam, AdamState
from adamlib.adamw import AdamW
from adamlib.amsgrad import AMSGrad
from adamlib.checks import check_hyperparameters
from adamlib.descent import GradientDescent, Path, descend, trace, update
from adamlib.momentum import Momentum
from adamlib.rmsprop import AdaGrad, RMSProp
from adamlib.schedules import Schedule

every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
every_schedule = pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
GRADIENTS = np.random.default_rng(0).normal(size=(20, 3))


def with_lr(optimizer, lr):
    return dataclasses.replace(optimizer, lr=lr)


def without_decay(optimizer):
    """Its steps depend on the gradients alone."""
    return dataclasses.replace(optimizer, weight_decay=0) if hasattr(optimizer, "weight_decay") else optimizer


DEFAULTS = {
    GradientDescent: {"lr": inspect.Parameter.empty},
    Momentum: {"lr": 0.01, "beta": 0.9, "heavy_ball": False, "nesterov": False},
    RMSProp: {"lr": 0.01, "beta": 0.9, "eps": 1e-8},
    AdaGrad: {"lr": 0.01, "eps": 1e-10},
    Adam: {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "bias_correction": True},
    AdamW: {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01},
    AMSGrad: {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
}


@pytest.mark.parametrize("optimizer", DEFAULTS)
def test_hyper_parameters_and_their_defaults(optimizer):
    assert {name: p.default for name, p in inspect.signature(optimizer).parameters.items()} == DEFAULTS[optimizer]


NAN, INF = float("nan"), float("inf")
REFUSED = {  # of a field: what it must be, and what it must not
    "lr": ("a finite number >= 0",
           [-1.0, NAN, INF, -INF, "0.1", None, 1j, [0.1], True, np.True_, Decimal(-1), np.array(-1.0), np.array([0.1]),
            np.array(True), ...]),
    "beta": ("a number in [0, 1)", [1, 1.0, -0.1, NAN, INF, "0.9", None, False, np.False_]),
    "eps": ("a finite number >= 0", [-1e-8, NAN, INF, "1e-8", None, True]),
    "weight_decay": ("a finite number >= 0", [-0.01, NAN, INF, "abc", None, True]),
    "switch": ("True or False", ["no", "False", "", 0, 1, 1.0, None, [True], np.array([True])]),
}  # fmt: skip
KINDS = {"beta1": "beta", "beta2": "beta", **dict.fromkeys(["heavy_ball", "nesterov", "bias_correction"], "switch")}
FIELDS = [(kind(0.1), field.name) for kind in DEFAULTS for field in dataclasses.fields(kind)]


@pytest.mark.parametrize(("optimizer", "name"), FIELDS)
def test_a_wrong_hyper_parameter_is_refused_with_name_value_and_range(optimizer, name):
    words, values = REFUSED[KINDS.get(name, name)]
    for bad in values:
        with pytest.raises(ValueError) as caught:
            dataclasses.replace(optimizer, **{name: bad})
        assert str(caught.value) == f"{name} must be {words}, got {bad!r}"


@pytest.mark.parametrize(("optimizer", "name"), FIELDS)
def test_a_hyper_parameter_becomes_a_python_number(optimizer, name):
    """One of NumPy's would widen float32."""
    kind, values = (bool, [True, np.True_, np.False_]) if KINDS.get(name) == "switch" else (float, [0, np.float64(0.1)])
    for value in values:
        found = getattr(dataclasses.replace(optimizer, **{name: value}), name)
        assert type(found) is kind and found == value


def made_with(**fields):
    """Make an optimizer that has these hyper-parameters, as a new module would."""

    def init(self):
        check_hyperparameters(self)

    return dataclasses.make_dataclass("Lion", fields, frozen=True, namespace={"__post_init__": init})(**fields)


@pytest.mark.parametrize("value", [0.9, "abc", None, True])
def test_a_hyper_parameter_without_a_check_stops_who_adds_it(value):
    with pytest.raises(LookupError) as caught:
        made_with(lr=0.1, beta3=value)
    assert str(caught.value) == "add beta3 of Lion to HYPERPARAMETERS in adamlib/checks.py"


@every_optimizer
def test_hyper_parameters_are_frozen(optimizer):
    with pytest.raises(dataclasses.FrozenInstanceError):
        optimizer.lr = 1.0


@every_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lr", [0.1, np.float64(0.1), np.float32(0.1), 1, np.int64(1), lambda t: np.float64(0.1)])
@pytest.mark.parametrize("gradient_dtype", [np.float32, np.float64, np.int64])
def test_state_and_step_keep_the_dtype_of_the_parameters(optimizer, dtype, lr, gradient_dtype):
    x = np.ones((2, 3), dtype)
    optimizer = with_lr(optimizer, lr)
    state = optimizer.init(x)
    for _ in range(2):
        step, state = update(optimizer, np.ones((2, 3), gradient_dtype), state, x)
        assert step.dtype == dtype
        assert all(array.dtype == dtype for array in state[1:])
        assert type(state.t) is int


@every_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (4,), (2, 3), (2, 0, 3), (1, 2, 3, 4)])
def test_every_shape_is_taken_and_kept(optimizer, shape, dtype):
    x = np.ones(shape, dtype)
    state = optimizer.init(x)
    assert state.t == 0
    for array in state[1:]:
        assert np.array_equal(array, np.zeros(shape, dtype))
    for t in (1, 2):
        step, state = update(optimizer, x, state, x)
        assert isinstance(step, np.ndarray) and step.shape == shape and step.dtype == dtype
        assert state.t == t
        for array in state[1:]:
            assert isinstance(array, np.ndarray) and array.shape == shape and array.dtype == dtype


@every_optimizer
def test_each_entry_is_updated_on_its_own(optimizer):
    together = trace(optimizer, GRADIENTS).steps
    for i in range(GRADIENTS.shape[1]):
        assert np.array_equal(trace(optimizer, GRADIENTS[:, i]).steps, together[:, i])


@every_optimizer
def test_non_contiguous_arrays_give_the_same_steps(optimizer):
    wide = np.random.default_rng(1).normal(size=(6, 8))
    for view in (wide[::2, 1::3], wide.T[::2], np.asfortranarray(wide), wide[::-1]):
        expected, _ = update(optimizer, view.copy(), optimizer.init(view.copy()), view.copy())
        step, _ = update(optimizer, view, optimizer.init(view), view)
        assert np.array_equal(step, expected)


@every_optimizer
@pytest.mark.parametrize(
    ("dtype", "reason"),
    [(np.float16, "float16 cannot hold eps = 1e-8"), (np.int64, "an integer cannot take a small step"),
     (np.uint8, "an integer cannot take a small step"), (bool, "a truth value cannot take a small step"),
     (object, "an object array has no fixed precision"), (np.complex128, "the update rules are for real numbers"),
     (np.longdouble, "only these two are tested"), ("U3", "they must be numbers")],
)  # fmt: skip
def test_other_parameters_are_refused_with_the_reason(optimizer, dtype, reason):
    x = np.zeros(2, dtype)
    advice = {"U": "", "c": "; use x.view(np.float64), its real and imaginary parts as numbers of their own"}
    advice = advice.get(x.dtype.kind, "; use x.astype(np.float64)")
    message = f"parameters must be float32 or float64, not {x.dtype}: {reason}{advice}"
    with pytest.raises(TypeError) as caught:
        optimizer.init(x)
    assert str(caught.value) == message


@every_optimizer
@pytest.mark.parametrize(("shape", "wrong"), [((2,), (3,)), ((2, 1), (2,)), ((3,), ()), ((), (1,)), ((2, 3), (3,))])
def test_a_gradient_of_another_shape_is_refused_with_both_shapes(optimizer, shape, wrong):
    state = optimizer.init(np.zeros(shape))
    with pytest.raises(ValueError) as caught:
        update(optimizer, np.ones(wrong), state, np.ones(shape))
    assert str(caught.value) == f"the gradient has shape {wrong}, the state has shape {shape}"


@every_optimizer
def test_inputs_are_never_written_to(optimizer):
    x = np.ones(3)
    state = optimizer.init(x)
    for g in GRADIENTS[:3]:
        g = g.copy()
        before = [np.array(part) for part in state], g.copy()
        for array in (x, g, *state[1:]):
            array.flags.writeable = False
        _, new_state = update(optimizer, g, state, x)
        assert all(np.array_equal(a, b) for a, b in zip(before[0], state))
        assert np.array_equal(before[1], g)
        for new in new_state[1:]:
            assert not any(np.shares_memory(new, old) for old in (g, *state[1:]))
        state = new_state


def saved(state):
    file = io.BytesIO()
    np.savez(file, **state._asdict())
    file.seek(0)
    return type(state)(**np.load(file))


@every_optimizer
@pytest.mark.parametrize("through", [lambda state: pickle.loads(pickle.dumps(state)), saved], ids=["pickle", "savez"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3,), ()])
def test_a_stored_state_continues_bit_for_bit(optimizer, through, dtype, shape):
    gradients = (GRADIENTS if shape else GRADIENTS[:, 0]).astype(dtype)
    before, whole = trace(optimizer, gradients[:-1]), trace(optimizer, gradients)
    x, expected = np.zeros(shape, dtype), whole.steps[-1]
    for step in before.steps:
        x = x + step
    step, state = update(optimizer, gradients[-1], through(before.states[-1]), x)
    assert step.dtype == dtype
    assert step.tobytes() == expected.tobytes()
    assert type(state.t) is int and state.t == len(gradients)


@every_optimizer
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_what_is_not_finite_propagates_and_stays_in_its_entry(optimizer, bad):
    gradients = GRADIENTS.copy()
    gradients[5, 1] = bad
    steps = trace(optimizer, gradients).steps
    clean = trace(optimizer, GRADIENTS).steps
    assert not np.isfinite(steps[5, 1])
    assert np.array_equal(steps[:, [0, 2]], clean[:, [0, 2]])
    if not isinstance(optimizer, GradientDescent) and np.isnan(bad):
        assert np.isnan(steps[5:, 1]).all()


@every_optimizer
def test_a_schedule_is_asked_for_t_from_1(optimizer):
    asked = []

    def schedule(t):
        asked.append(t)
        return 0.1 / t

    optimizer = without_decay(optimizer)
    steps = trace(with_lr(optimizer, schedule), GRADIENTS).steps
    assert asked == list(range(1, len(GRADIENTS) + 1))
    constant = trace(with_lr(optimizer, 0.1), GRADIENTS).steps
    assert np.allclose(steps, constant / np.array(asked)[:, None], rtol=1e-14, atol=0)


@every_optimizer
@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf"), None])
def test_a_schedule_with_a_wrong_value_is_refused_with_the_step(optimizer, bad):
    optimizer = with_lr(optimizer, lambda t: 0.1 if t < 2 else bad)
    x = np.ones(2)
    _, state = update(optimizer, x, optimizer.init(x), x)
    with pytest.raises(ValueError) as caught:
        update(optimizer, x, state, x)
    assert str(caught.value) == f"the schedule's lr at t = 2 must be a finite number >= 0, got {bad!r}"


@every_optimizer
@every_schedule
def test_every_schedule_is_taken_by_every_optimizer(optimizer, schedule):
    """Here lr stands outside the state, so that a step is that of lr = 1 times the rate of its t."""
    rates = np.array([schedule(t) for t in range(1, len(GRADIENTS) + 1)])
    optimizer = without_decay(optimizer)
    scheduled = with_lr(optimizer, schedule)
    steps = trace(scheduled, GRADIENTS).steps
    ones = trace(with_lr(optimizer, 1), GRADIENTS)
    assert np.allclose(steps, ones.steps * rates[:, None], rtol=1e-14, atol=0)
    assert trace(scheduled, GRADIENTS.astype(np.float32)).steps.dtype == np.float32
    # The state knows t: from a stored one the schedule goes on where it was.
    state = pickle.loads(pickle.dumps(ones.states[9]))
    step, _ = update(pickle.loads(pickle.dumps(scheduled)), GRADIENTS[10], state, np.zeros(3))
    assert np.array_equal(step, steps[10])
    assert f"lr={schedule!r}" in repr(scheduled) and " at 0x" not in repr(scheduled)


def test_the_schedules_are_of_every_kind():
    assert {type(schedule) for schedule in SCHEDULES} == set(Schedule.__subclasses__())


@pytest.mark.parametrize("optimizer", [o for o in OPTIMIZERS if hasattr(o, "eps")], ids=repr)
def test_where_the_square_overflows_the_step_is_zero_with_a_warning(optimizer):
    g = np.array([2e19, 1.0], np.float32)
    with pytest.warns(RuntimeWarning, match="overflow"):
        step, state = update(optimizer, g, optimizer.init(g), np.zeros_like(g))
    assert np.isinf(state.v[0]) and step[0] == 0 and step[1] < 0


@pytest.mark.parametrize("optimizer", [o for o in OPTIMIZERS if hasattr(o, "eps")], ids=repr)
@pytest.mark.parametrize(("size", "expected"), [(0.0, np.nan), (2.6e-23, -np.inf)])
def test_with_eps_zero_no_step_is_finite_while_v_is_zero(optimizer, size, expected):
    g, optimizer = np.full(2, size, np.float32), dataclasses.replace(without_decay(optimizer), eps=0)
    with pytest.warns(RuntimeWarning, match="invalid value|divide by zero"):
        step, state = update(optimizer, g, optimizer.init(g), g)
    assert not state.v.any() and np.array_equal(step, np.full(2, expected), equal_nan=True)


@pytest.mark.parametrize("method", [RMSProp, AdaGrad, Adam, AMSGrad])
def test_the_gradients_that_are_too_small_for_eps_zero_are_those_of_the_docstring(method):
    told = float(re.search(r"\|g\| < ([\d.e-]+[\d])", method.__doc__)[1])
    optimizer = method(lr=1, eps=0)
    sizes = np.array([0.1, 0.9, 0.998, 1.0005, 1.1, 10]).astype(np.float32) * np.float32(told)
    with np.errstate(divide="ignore"):
        step, _ = optimizer.update(sizes, optimizer.init(sizes))
    assert np.isfinite(step).tolist() == [False, False, False, True, True, True]


@pytest.mark.parametrize("optimizer", [RMSProp(beta=0.0), Adam(beta2=0.0), AMSGrad(beta2=0.0)], ids=repr)
def test_without_memory_the_steps_after_a_square_that_overflows_are_nan(optimizer):
    with np.errstate(over="ignore", invalid="ignore"):
        steps = trace(optimizer, np.array([1e20, 1.0, 1.0], np.float32)).steps
    assert steps[0] == 0 and np.isnan(steps[1:]).all()


def test_a_state_is_a_named_tuple_with_the_fields_of_the_contract():
    assert AdamState._fields == ("t", "m", "v")
    assert Path._fields == ("points", "gradients", "diverged_at")
    for optimizer in OPTIMIZERS:
        assert isinstance(optimizer.init(np.ones(2)), tuple)


@every_optimizer
def test_descend_and_trace_agree(optimizer):
    path = descend(lambda x: np.array([0.2, 4.0]) * x, np.array([-5.0, -2.0]), optimizer, 30)
    steps = trace(optimizer, path.gradients, path.points[0]).steps
    assert np.array_equal(path.points[1:], path.points[:-1] + steps)
