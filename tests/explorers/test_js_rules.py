"""The update rules of the explorers, in the browser's own arithmetic, against adamlib.

Every rule is fed hundreds of sequences of gradients under random settings, extreme ones among them.
What is compared is all that a rule returns: the moments and the step, at every t.
"""

import json

import numpy as np
import pytest

from adamlib import schedules
from adamlib.adam import Adam
from adamlib.adamw import AdamW
from adamlib.amsgrad import AMSGrad
from adamlib.averaging import ema_series
from adamlib.bounds import uncorrected_factor
from adamlib.descent import GradientDescent, descend, trace
from adamlib.explorers import ScheduleExplorer
from adamlib.explorers.base import join
from adamlib.explorers.noise import normals
from adamlib.explorers.two_steps import LINES, two_steps
from adamlib.landscapes import rosenbrock
from adamlib.momentum import Momentum
from adamlib.rmsprop import RMSProp
from adamlib.spectrum import convergence_rate
from project import ROOT

JS = ROOT / "adamlib" / "explorers" / "js"
SETTINGS, STEPS, TOLERANCE = 200, 200, 1e-12


def lrs(rng):
    return 10 ** rng.uniform(-12, 3)


def betas(rng):
    return float(rng.choice([0.0, 0.9, 0.999, 0.99999, 1 - 10 ** rng.uniform(-5, 0)]))


def epsilons(rng):
    return float(rng.choice([1e-8, 1e-12, 10 ** rng.uniform(-12, 2)]))


def both_momentum(heavy_ball):
    def draw(rng):
        lr, beta = lrs(rng), betas(rng)
        return Momentum(lr, beta, heavy_ball=heavy_ball), {"lr": lr, "beta": beta, "heavyBall": heavy_ball}

    return draw


def both_adam(bias_correction):
    def draw(rng):
        lr, beta1, beta2, eps = lrs(rng), betas(rng), betas(rng), epsilons(rng)
        settings = {"lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps, "biasCorrection": bias_correction}
        return Adam(lr, beta1, beta2, eps, bias_correction), settings

    return draw


def both_adamw(rng):
    adam, settings = both_adam(True)(rng)
    decay = float(rng.choice([0.0, 0.01, rng.uniform(0, 1)])) / max(adam.lr, 1)  # lr decay at most 1, else x flies off
    ours = AdamW(adam.lr, adam.beta1, adam.beta2, adam.eps, decay)
    return ours, settings | {"weightDecay": decay}


def both_descent(rng):
    lr = lrs(rng)
    return GradientDescent(lr), {"lr": lr}


def both_rmsprop(rng):
    lr, beta, eps = lrs(rng), betas(rng), epsilons(rng)
    return RMSProp(lr, beta, eps), {"lr": lr, "beta": beta, "eps": eps}


def both_amsgrad(rng):
    lr, beta1, beta2, eps = lrs(rng), betas(rng), betas(rng), epsilons(rng)
    return AMSGrad(lr, beta1, beta2, eps), {"lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps}


# For each: the rule's name in rules.js, and a function that draws one setting for Python and for the browser.
RULES = {
    "gradient descent": ("Gradient descent", both_descent),
    "momentum": ("Momentum", both_momentum(heavy_ball=False)),
    "heavy ball": ("Momentum", both_momentum(heavy_ball=True)),
    "RMSProp": ("RMSProp", both_rmsprop),
    "Adam": ("Adam", both_adam(bias_correction=True)),
    "Adam without bias correction": ("Adam", both_adam(bias_correction=False)),
    "AdamW": ("AdamW", both_adamw),
    "AMSGrad": ("AMSGrad", both_amsgrad),
}


def gradients(rng):
    """Draw one sequence: noise, a constant, a zigzag, rare spikes, or a late start, at any size."""
    t = np.arange(STEPS)
    kinds = [
        rng.normal(size=STEPS),
        np.full(STEPS, rng.normal()),
        (-1.0) ** t,
        rng.normal(size=STEPS) * (rng.random(STEPS) < 0.05),
        np.where(t < STEPS // 2, 0.0, 1.0),
        1.02 ** t,
    ]  # fmt: skip
    return kinds[rng.integers(len(kinds))] * 10 ** rng.uniform(-10, 10)


@pytest.fixture(scope="module")
def rules(browser):
    """A page that has imported rules.js, schedules.js and two_steps.js as `rules`."""
    page = browser.new_page()
    page.evaluate(
        """async (codes) => {
            const urls = codes.map((code) => URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
            window.rules = Object.assign({}, ...await Promise.all(urls.map((url) => import(url))));
        }""",
        [*((JS / name).read_text(encoding="utf-8") for name in ("rules.js", "schedules.js")), join("two_steps.js")],
    )
    yield page
    page.close()


def ask(page, function, argument=None):
    """Call a function of the page. The numbers travel as text: Playwright's own way takes minutes for a million.

    In the answer null stands for what is not a finite number; none is expected.
    """
    return json.loads(page.evaluate(f"(text) => JSON.stringify(({function})(JSON.parse(text)))", json.dumps(argument)))


def largest_error(theirs, ours):
    """The largest relative difference; where adamlib has 0 or no number, the browser must have the same."""
    theirs, ours = np.asarray(theirs, dtype=float), np.asarray(ours, dtype=float)
    assert theirs.shape == ours.shape
    with np.errstate(invalid="ignore"):
        same = (theirs == ours) | (np.isnan(theirs) & np.isnan(ours))
        error = np.abs(theirs - ours) / np.abs(np.where(ours == 0, 1, ours))
    error = np.where(same, 0.0, np.where((ours == 0) | np.isnan(error), np.inf, error))
    return error.max()


def judge(record_property, what, error, tolerance=TOLERANCE):
    """Put the largest error into the table at the end of the tests, and let it be no larger than the tolerance."""
    record_property("largest relative errors of the browser's rules against adamlib", [what, f"{error:.1e}"])
    assert error <= tolerance


def worst_rate(theirs, asked):
    """The largest error of learning rates at the steps that were asked for: (schedule, steps) for each setting."""
    return max(
        largest_error(rates, [schedule(t) for t in ts]) for rates, (schedule, ts) in zip(theirs, asked, strict=True)
    )


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_in_the_browser_agrees_with_adamlib(rules, record_property, rule):
    name, draw = RULES[rule]
    rng = np.random.default_rng(sorted(RULES).index(rule))
    cases = [(*draw(rng), gradients(rng)) for _ in range(SETTINGS)]
    theirs = ask(
        rules,
        """([name, cases]) => cases.map(([settings, gradients]) => {
            const seen = rules.trace(rules.rules[name](settings), gradients);
            return ["step", "m", "v"].map((key) => seen.map((state) => state[key] ?? 0));
        })""",
        [name, [(settings, list(sequence)) for _, settings, sequence in cases]],
    )
    worst = 0.0
    for (optimizer, _, sequence), of_browser in zip(cases, theirs):
        states, steps = trace(optimizer, sequence)
        ours = [steps, *([getattr(state, key, 0.0) for state in states] for key in ("m", "v"))]
        worst = max(worst, *(largest_error(a, b) for a, b in zip(of_browser, ours)))
    judge(record_property, f"{rule}, {SETTINGS} settings, {STEPS} steps", worst)


def test_adam_s_ratio_is_its_step_in_units_of_lr(rules):
    ratio, step = ask(
        rules,
        """() => {
            const settings = { lr: 0.25, beta1: 0.9, beta2: 0.999, eps: 1e-8, biasCorrection: true };
            const seen = rules.trace(rules.rules.Adam(settings), [3, -1, 2]);
            return [seen.map((s) => s.ratio), seen.map((s) => s.step)];
        }""",
    )
    assert largest_error(np.multiply(ratio, -0.25), step) <= TOLERANCE


@pytest.mark.parametrize("bias_correction", [True, False])
def test_a_series_is_averaged_as_in_adamlib(rules, record_property, bias_correction):
    rng = np.random.default_rng(7)
    cases = [(betas(rng), list(gradients(rng))) for _ in range(SETTINGS)]
    theirs = ask(
        rules,
        "([cases, corrected]) => cases.map(([beta, xs]) => rules.emaSeries(xs, beta, corrected))",
        [cases, bias_correction],
    )
    worst = max(largest_error(a, ema_series(xs, beta, bias_correction)) for a, (beta, xs) in zip(theirs, cases))
    judge(record_property, f"series, bias correction {bias_correction}", worst)


def test_the_rate_of_convergence_is_adamlib_s(rules, record_property):
    rng = np.random.default_rng(8)
    cases = [(4 * rng.random(), float(rng.choice([0.0, rng.random()])), 10 ** rng.uniform(-3, 1)) for _ in range(2000)]
    cases += [(1.0, 0.0, 1.0), (4 / 1.21, 0.25, 1.0), (3.9, 0.95, 1.0)]  # jumps to the minimum, complex, diverging
    theirs = ask(rules, "(cases) => cases.map((case_) => rules.convergenceRate(...case_))", cases)
    worst = largest_error(theirs, convergence_rate(*np.transpose(cases)))
    # Near a double root the square root makes 1e-5 of an error of 1e-10 in what is under it.
    judge(record_property, "convergence rate", worst, 1e-10)


@pytest.mark.parametrize(("lr", "diverges"), [(0.001, False), (0.01, True)])
def test_a_walk_is_adamlib_s_and_ends_where_it_does(rules, lr, diverges):
    path = descend(rosenbrock().gradient, np.array([-1.0, 1.5]), GradientDescent(lr), steps=50)
    assert (path.diverged_at is not None) == diverges
    walk = ask(
        rules,
        """(lr) => {
            const gradient = (x, y) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)];
            return rules.descend(gradient, [-1, 1.5], rules.rules["Gradient descent"]({ lr }), 50);
        }""",
        lr,
    )
    assert walk["divergedAt"] == path.diverged_at
    assert largest_error(walk["points"], path.points) <= 1e-9  # the valley magnifies every rounding


def counts(rng):
    return int(rng.choice([1, 2, 10, 4000, rng.integers(1, 20_000)]))


def ends(rng):
    return float(rng.choice([0.0, lrs(rng)]))


def shares(rng):
    return float(rng.choice([0.0, 0.01 ** (1 / counts(rng)), 1.0, rng.random()]))


# For each schedule, what draws its arguments besides lr.
ARGUMENTS = {
    "constant": {},
    "inverse_time": {"k": lambda rng: float(rng.choice([0.0, 10 ** rng.uniform(-6, 2)]))},
    "exponential": {"factor": shares},
    "staircase": {"factor": shares, "every": counts},
    "inverse_sqrt": {},
    "polynomial": {"steps": counts, "power": lambda rng: 10 ** rng.uniform(-1, 1), "end": ends},
    "linear": {"steps": counts, "end": ends},
    "cosine": {"steps": counts, "end": ends},
    "one_cycle": {
        "steps": counts, "rise": lambda rng: rng.uniform(0.01, 0.99),
        "div_factor": lambda rng: 10 ** rng.uniform(0, 3), "final_div_factor": lambda rng: 10 ** rng.uniform(0, 5),
    },
}  # fmt: skip


def settings_of(name, rng):
    return {"lr": lrs(rng)} | {argument: draw(rng) for argument, draw in ARGUMENTS[name].items()}


def moments(settings, rng):
    """Steps to ask for: the first ones, around each whole number among the settings, at random, and between two."""
    near = [n + d for n in settings.values() if isinstance(n, int) for d in (-1, 0, 1, 2)]
    return [
        1, 2, 3, *(t for t in near if t >= 1), *rng.integers(1, 30_000, 20).tolist(),
        *rng.uniform(1, 5000, 5).tolist(),
    ]  # fmt: skip


def test_the_factor_without_correction_agrees_with_adamlib(rules, record_property):
    """Up to 0.999: nearer to 1 the last digit of a power counts for more, and not everybody rounds it alike."""
    rng = np.random.default_rng(11)
    cases = [(int(10 ** rng.uniform(0, 5)), *(1 - 10 ** rng.uniform(-3, 0, 2)).tolist()) for _ in range(SETTINGS)]
    cases += [(t, beta1, beta2) for t in (1, 12, 2375) for beta1 in (0.0, 0.9) for beta2 in (0.0, 0.999)]
    theirs = ask(rules, "(cases) => cases.map((some) => rules.uncorrectedFactor(...some))", cases)
    ours = [uncorrected_factor(*case) for case in cases]
    judge(record_property, f"factor without correction, {SETTINGS} settings", largest_error(theirs, ours))


def test_the_two_steps_by_hand_agree_with_adamlib(rules, record_property):
    rng = np.random.default_rng(12)
    names = ("lr", "beta1", "beta2", "eps")
    cases = [dict(zip(names, (lrs(rng), betas(rng), betas(rng), epsilons(rng)))) for _ in range(SETTINGS)]
    js = "(cases) => cases.map((some) => rules.computeSteps(some).map(({ values }) => Object.values(values)))"
    ours = [[[step[line] for line in LINES] for step in two_steps(**case)] for case in cases]
    judge(record_property, f"two steps by hand, {SETTINGS} settings", largest_error(ask(rules, js, cases), ours))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_schedule_in_the_browser_agrees_with_adamlib(rules, record_property, name):
    rng = np.random.default_rng(sorted(ARGUMENTS).index(name))
    cases = [(settings, moments(settings, rng)) for settings in (settings_of(name, rng) for _ in range(SETTINGS))]
    theirs = ask(rules, "([name, cases]) => cases.map(([s, ts]) => ts.map(rules.schedules[name](s)))", [name, cases])
    made = [(getattr(schedules, name)(**settings), ts) for settings, ts in cases]
    judge(record_property, f"schedule {name}, {SETTINGS} settings", worst_rate(theirs, made))


def test_a_warm_up_in_the_browser_agrees_with_adamlib(rules, record_property):
    rng = np.random.default_rng(9)
    cases = []
    for _ in range(SETTINGS):
        name, steps = str(rng.choice(list(ARGUMENTS))), counts(rng)
        settings = settings_of(name, rng)
        cases.append((name, settings, steps, moments(settings | {"warmup": steps}, rng)))
    theirs = ask(
        rules,
        """(cases) => cases.map(([name, settings, steps, ts]) =>
            ts.map(rules.schedules.warmup({ schedule: rules.schedules[name](settings), steps })))""",
        cases,
    )
    made = [(schedules.warmup(getattr(schedules, name)(**settings), steps), ts) for name, settings, steps, ts in cases]
    judge(record_property, f"schedule warmup, {SETTINGS} settings", worst_rate(theirs, made))


def test_a_drawn_schedule_in_the_browser_is_the_explorer_s(rules, record_property):
    rng = np.random.default_rng(10)
    made = []
    for _ in range(SETTINGS):
        knots = 10 ** rng.uniform(-12, 3, rng.integers(2, 26))
        made.append(ScheduleExplorer("drawn", lr=lrs(rng), knots=knots, steps=max(counts(rng), 2)))
    asked = [(one.learning_rate, moments({"steps": one.steps}, rng)) for one in made]
    cases = [([one.lr * knot for knot in one.knots], one.steps, ts) for one, (_, ts) in zip(made, asked)]
    theirs = ask(rules, "(cases) => cases.map(([rates, steps, ts]) => ts.map(rules.drawn(rates, steps)))", cases)
    judge(record_property, f"drawn schedule, {SETTINGS} settings", worst_rate(theirs, asked))


def test_the_expected_loss_in_the_browser_is_the_explorer_s(rules, record_property):
    """Learning rates up to four times the limit: some losses overflow, and the browser must say so at the same step."""
    rng = np.random.default_rng(11)
    made = []
    for _ in range(SETTINGS):
        curvatures, steps = 10 ** rng.uniform(-3, 3, 2), int(rng.integers(2, 400))
        made.append(ScheduleExplorer(
            "drawn", lr=2 / max(curvatures), knots=10 ** rng.uniform(-3, 0.6, 5), steps=steps, curvatures=curvatures,
            noise=float(rng.choice([0.0, 10 ** rng.uniform(-3, 3)])),
            start=rng.normal(size=2) * float(rng.choice([0.0, 1.0, 1e153])),
        ))  # fmt: skip
    cases = [(one.rates.tolist(), one.curvatures, one.noise, one.start, one.steps) for one in made]
    theirs = ask(
        rules,
        """(cases) => cases.map(([rates, curvatures, noise, start, steps]) => {
            const found = rules.expectedLosses(rates, curvatures, noise, start);
            const floors = rates.map((lr) => rules.noiseFloor(lr, curvatures, noise));
            const best = rules.bestConstant(curvatures, noise, start, steps);
            const told = (values) => [...values].map((x) => (x === Infinity ? "inf" : x));
            return [found.distances, found.noises, found.losses, floors].map(told).concat([[best], [found.divergedAt]]);
        })""",
        cases,
    )
    worst, lost = 0.0, 0
    for (*of_browser, best, diverged_at), one in zip(theirs, made):
        ours = (*one.parts, one.losses, one.floors)
        worst = max(
            worst, *(largest_error(a, b) for a, b in zip(of_browser, ours)), largest_error(best, [one.best_constant])
        )
        assert diverged_at == [one.diverged_at]
        lost += one.diverged_at is not None
    assert SETTINGS / 25 < lost < SETTINGS * 24 / 25
    judge(record_property, f"expected losses and floors, {SETTINGS} settings, {lost} of them overflow", worst)


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**31, 2**32 - 1])
def test_the_noise_is_the_same(rules, seed):
    theirs = ask(rules, "([seed, count]) => rules.normals(seed, count)", [seed, 1000])
    assert largest_error(theirs, normals(seed, 1000)) <= TOLERANCE


def test_the_noise_is_normal():
    drawn = normals(seed=3, count=20_000)
    assert abs(drawn.mean()) < 4 / np.sqrt(20_000)
    assert abs(drawn.var() - 1) < 4 * np.sqrt(2 / 20_000)
    assert abs((np.abs(drawn) < 1).mean() - 0.6827) < 4 * np.sqrt(0.6827 * 0.3173 / 20_000)


@pytest.mark.parametrize(
    ("seed", "count", "words"),
    [
        (2**32, 2, "seed must be at most 4294967295, got 4294967296"),
        (-1, 2, "seed must be a whole number >= 0, got -1"),
        ("a", 2, "seed must be a whole number >= 0, got 'a'"),
        (1, -1, "count must be a whole number >= 0, got -1"),
    ],
)
def test_noise_that_there_is_not_is_refused(seed, count, words):
    with pytest.raises(ValueError, match=words):
        normals(seed, count)
