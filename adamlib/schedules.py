"""Chapter 6: learning rates that change with time.

A schedule is a function of the step t = 1, 2, ... that gives the learning rate of that step, and `lr`
of every optimizer takes one. These are made by giving a name its arguments, as in
`cosine(lr=0.1, steps=100)`, and may be put into each other: `warmup(cosine(lr=0.1, steps=100), steps=10)`.

What holds for all of them:
    t = 1 is step 0 of PyTorch, Optax and Keras, which count the steps already taken: t - 1 in the formulas.
    t < 1, NaN or infinite raises ValueError. Whoever counts from 0 hears of it at once.
    Past its end a schedule keeps its last value.
    Between two whole steps the formula is read as it stands, so that a curve can be drawn.
    They are values: frozen, equal if their arguments are, and printed as they are written.
"""

import math
from dataclasses import dataclass

from adamlib.checks import Rate, check_hyperparameters, check_step, learning_rate


class Schedule:
    """What the schedules share: arguments are checked when one is made, and t whenever it is called.

    Returns:
        A schedule: called with t, it gives the learning rate of that step, a float >= 0.

    Raises:
        ValueError: an argument is out of range; later, t is, or what a function of your own inside it gives.
    """

    def __post_init__(self):
        check_hyperparameters(self)

    def __call__(self, t) -> float:
        """Return the learning rate of step t."""
        return self._at(check_step(t))

    def _at(self, t) -> float:
        raise NotImplementedError(f"{type(self).__name__} must say its rate at t")


def _between(start, end, share):
    """Mix start (at share 1) and end (at share 0): exact at both."""
    return start * share + end * (1 - share)


def _half_wave(start, end, done):
    """Go from start to end as done goes from 0 to 1, and stay there: past 1 a wave would turn back."""
    return _between(start, end, (1 + math.cos(math.pi * min(done, 1))) / 2)


@dataclass(frozen=True)
class constant(Schedule):
    """Keep one learning rate.

    Formula:
        lr_t = lr

    Args:
        lr: a finite number >= 0.

    Returns, Raises: as every `Schedule`.

    Example:
        >>> constant(lr=0.1)(1000)
        0.1

    Source:
        What a plain number means. `optax.constant_schedule`; PyTorch and Keras take the number.
    """

    lr: float

    def _at(self, t):
        return self.lr


@dataclass(frozen=True)
class inverse_time(Schedule):
    """Divide by a number that grows by k with every step.

    Formula:
        lr_t = lr / (1 + k (t - 1))

    Args:
        lr: the first learning rate, a finite number >= 0.
        k: the decay rate, a finite number >= 0; after 1/k steps lr is halved.

    Returns, Raises: as every `Schedule`.

    Example:
        >>> inverse_time(lr=0.5, k=1)(3)  # the third epoch, which counted from 0 is epoch 2
        0.16666666666666666

    Source:
        Robbins & Monro (1951). Ng's course: lr0 / (1 + decay_rate epoch), once an epoch, which is
        `per_epoch(inverse_time(lr0, k), steps)` with epochs counted from 0, as here. His lecture counts
        them from 1, so that its first epoch is decayed already. Keras's `InverseTimeDecay(lr, 1, k)`: step 0
        is t = 1. PyTorch and Optax have none.
    """

    lr: float
    k: float

    def _at(self, t):
        return self.lr / (1 + self.k * (t - 1))


@dataclass(frozen=True)
class exponential(Schedule):
    """Multiply by the same factor with every step.

    Formula:
        lr_t = lr factor^(t - 1)

    Args:
        lr: the first learning rate, a finite number >= 0.
        factor: a number in [0, 1].

    Returns, Raises: as every `Schedule`.

    Example:
        >>> exponential(lr=1, factor=0.5)(3)
        0.25

    Source:
        Ng's course: 0.95^epoch lr0. PyTorch's `ExponentialLR(gamma=factor)`, Optax's
        `exponential_decay(lr, 1, factor)`, Keras's `ExponentialDecay(lr, 1, factor)`: step 0 is t = 1.
        With factor = 0 Optax keeps lr for ever; the others are 0 from then on, as here.
    """

    lr: float
    factor: float

    def _at(self, t):
        return self.lr * self.factor ** (t - 1)


@dataclass(frozen=True)
class staircase(Schedule):
    """Multiply by a factor after every so many steps, and stay level in between.

    Formula:
        lr_t = lr factor^floor((t - 1) / every)

    Args:
        lr: the first learning rate, a finite number >= 0.
        factor: a number in [0, 1].
        every: the length of a tread in steps, a whole number >= 1.

    Returns, Raises: as every `Schedule`. The first `every` steps have lr; step every + 1 is the first lower one.

    Example:
        >>> [staircase(lr=1, factor=0.5, every=2)(t) for t in (1, 2, 3, 4, 5)]
        [1.0, 1.0, 0.5, 0.5, 0.25]

    Source:
        Ng's course ("discrete staircase"). PyTorch's `StepLR(step_size=every, gamma=factor)`, and with
        staircase=True Optax's `exponential_decay(lr, every, factor)` and Keras's
        `ExponentialDecay(lr, every, factor)`: step 0 is t = 1.
    """

    lr: float
    factor: float
    every: int

    def _at(self, t):
        return self.lr * self.factor ** ((t - 1) // self.every)


@dataclass(frozen=True)
class inverse_sqrt(Schedule):
    """Divide by the root of the step number.

    Formula:
        lr_t = lr / sqrt(t)

    Args:
        lr: the first learning rate, a finite number >= 0.

    Returns, Raises: as every `Schedule`.

    Example:
        >>> inverse_sqrt(lr=0.1)(4)
        0.05

    Source:
        Kingma & Ba (2015), section 4, for the convergence proof; Ng's course: k / sqrt(t). The libraries have
        none: a function of your own divides by sqrt(step + 1) there, since their first step is 0.
    """

    lr: float

    def _at(self, t):
        return self.lr / math.sqrt(t)


@dataclass(frozen=True)
class polynomial(Schedule):
    """Go to an end as a power of the share of steps that is left.

    Formula:
        lr_t = end + (lr - end) (1 - (t - 1)/steps)^power,  and end from t = steps + 1 on.

    Args:
        lr: the first learning rate, a finite number >= 0.
        steps: how many steps it takes, a whole number >= 1. With end below lr all of them are above the end.
        power: a finite number > 0: 1 is a straight line, above 1 falls faster at first.
        end: the learning rate after them, a finite number >= 0, also above lr.

    Returns, Raises: as every `Schedule`.

    Example:
        >>> [polynomial(lr=1, steps=2, power=2)(t) for t in (1, 2, 3, 1000)]
        [1.0, 0.25, 0.0, 0.0]

    Source:
        The "poly" rule of image segmentation, power = 0.9. PyTorch's `PolynomialLR(steps, power)` (end = 0),
        Optax's `polynomial_schedule(lr, end, power, steps)`, Keras's `PolynomialDecay(lr, steps, end, power)`
        (whose end is 0.0001 unless told otherwise): step 0 is t = 1.
    """

    lr: float
    steps: int
    power: float
    end: float = 0.0

    def _at(self, t):
        # Past the end the share would be negative, and a power of it complex.
        left = max(1 - (t - 1) / self.steps, 0)
        return _between(self.lr, self.end, left**self.power)


@dataclass(frozen=True)
class linear(Schedule):
    """Go to an end in a straight line.

    Formula:
        lr_t = lr + (end - lr) (t - 1)/steps,  and end from t = steps + 1 on.

    Args:
        lr: the first learning rate, a finite number >= 0.
        steps: how many steps it takes, a whole number >= 1. With end = 0 none of them has lr = 0.
        end: the learning rate after them, a finite number >= 0, also above lr.

    Returns, Raises: as every `Schedule`.

    Example:
        >>> [linear(lr=1, steps=4)(t) for t in (1, 2, 4, 5, 1000)]
        [1.0, 0.75, 0.25, 0.0, 0.0]

    Source:
        `polynomial` with power = 1. PyTorch's `LinearLR(1, end/lr, steps)`, which refuses an end above lr,
        Optax's `linear_schedule(lr, end, steps)`, Keras's `PolynomialDecay(lr, steps, end)`: step 0 is t = 1.
    """

    lr: float
    steps: int
    end: float = 0.0

    def _at(self, t):
        return _between(self.lr, self.end, max(1 - (t - 1) / self.steps, 0))


@dataclass(frozen=True)
class cosine(Schedule):
    """Go to an end along half a wave: level at both ends, steepest in the middle.

    Formula:
        lr_t = end + (lr - end) (1 + cos(pi (t - 1)/steps)) / 2,  and end from t = steps + 1 on.

    Args:
        lr: the first learning rate, a finite number >= 0.
        steps: how many steps it takes, a whole number >= 1. With end = 0 none of them has lr = 0.
        end: the learning rate after them, a finite number >= 0, also above lr.

    Returns, Raises: as every `Schedule`.

    Example:
        >>> [round(cosine(lr=1, steps=4)(t), 4) for t in (1, 2, 3, 4, 5, 1000)]
        [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.0]

    Source:
        Loshchilov & Hutter (2017), without the restarts. PyTorch's `CosineAnnealingLR(steps, end)`
        (which rises again past its end), Optax's `cosine_decay_schedule(lr, steps, end/lr)`, Keras's
        `CosineDecay(lr, steps, end/lr)`: step 0 is t = 1.
    """

    lr: float
    steps: int
    end: float = 0.0

    def _at(self, t):
        return _half_wave(self.lr, self.end, (t - 1) / self.steps)


@dataclass(frozen=True)
class one_cycle(Schedule):
    """Rise from a small learning rate to the largest, and go down to next to nothing.

    Formula:
        a cosine from lr / div_factor to lr over the first rise * steps steps, and from there one to
        lr / (div_factor final_div_factor), reached at t = steps + 1.

    Args:
        lr: the largest learning rate, a finite number >= 0.
        steps: how many steps the cycle takes, a whole number >= 1.
        rise: the share of them that goes up, a number in (0, 1).
        div_factor, final_div_factor: finite numbers >= 1.

    Returns, Raises: as every `Schedule`. Its peak is at t = rise steps + 1.

    Example:
        >>> [one_cycle(lr=1, steps=10)(t) for t in (1, 4, 11)]
        [0.04, 1.0, 4e-06]

    Source:
        Smith & Topin (2018), with cosines for their straight lines, as Optax's
        `cosine_onecycle_schedule(steps, lr, rise)`, whose step 0 is t = 1, if rise * steps is a whole number: Optax
        rounds its peak down to one. PyTorch's
        `OneCycleLR(lr, steps + 1, pct_start=(rise * steps + 1) / (steps + 1))` is the same: it is at its
        end in its last step, and at its peak a step earlier than its percentage says. Keras has none.
    """

    lr: float
    steps: int
    rise: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4

    def _at(self, t):
        first, peak = self.lr / self.div_factor, self.rise * self.steps
        last = first / self.final_div_factor
        if t - 1 >= self.steps:  # asked first, since rise may be so near to 1 that the peak is at the end
            return last
        if t - 1 < peak:
            return _half_wave(first, self.lr, (t - 1) / peak)
        return _half_wave(self.lr, last, (t - 1 - peak) / (self.steps - peak))


@dataclass(frozen=True)
class warmup(Schedule):
    """Begin another schedule with small steps that grow in a straight line.

    Formula:
        lr_t = schedule(1) t/steps  for t < steps,  schedule(t - steps + 1)  from t = steps on.

    Args:
        schedule: any schedule, a function of your own too, or a number for a constant.
        steps: the step that is the first with the full learning rate, a whole number >= 1.

    Returns, Raises: as every `Schedule`. It rises from above 0, and it ends steps - 1 later than the other.

    Example:
        >>> [warmup(linear(lr=1, steps=4), steps=4)(t) for t in (1, 2, 3, 4, 5, 6, 7, 8)]
        [0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0]

    Source:
        Goyal et al. (2017). In Optax's `warmup_cosine_decay_schedule` and Keras's `CosineDecay` a warm-up of
        `steps` steps from 0 is this one at step t, not t - 1: their step 0 stands still, and ours leaves it
        out. To have it from step 0 on, begin at lr/steps and warm up for steps - 1. PyTorch: the same with
        `LinearLR(1/steps, 1, steps - 1)` before the other in `SequentialLR`.
    """

    schedule: Rate
    steps: int

    def _at(self, t):
        if t < self.steps:
            return learning_rate(self.schedule, 1) * (t / self.steps)
        return learning_rate(self.schedule, t - self.steps + 1)


@dataclass(frozen=True)
class per_epoch(Schedule):
    """Let another schedule go on once an epoch, and stay level within the epoch.

    Formula:
        lr_t = schedule(1 + floor((t - 1) / steps))

    Args:
        schedule: any schedule, a function of your own too, or a number for a constant.
        steps: how many steps an epoch has, a whole number >= 1.

    Returns, Raises: as every `Schedule`.

    Example:
        >>> [per_epoch(exponential(lr=1, factor=0.5), steps=2)(t) for t in (1, 2, 3, 4, 5)]
        [1.0, 1.0, 0.5, 0.5, 0.25]

    Source:
        What calling PyTorch's `scheduler.step()` after every epoch does, and staircase=True in Optax's
        `exponential_decay` and Keras's `InverseTimeDecay` with `steps` as their decay steps.
    """

    schedule: Rate
    steps: int

    def _at(self, t):
        return learning_rate(self.schedule, 1 + (t - 1) // self.steps)


@dataclass(frozen=True)
class chain(Schedule):
    """Follow one schedule for some steps, and then another from its own first step.

    Formula:
        lr_t = first(t)  for t <= steps,  second(t - steps)  from t = steps + 1 on.

    Args:
        first, second: any schedules, functions of your own too, or numbers for constants.
        steps: how many steps the first one lasts, a whole number >= 1.

    Returns, Raises: as every `Schedule`.

    Example:
        >>> [chain(0.1, 3, linear(lr=0.1, steps=2))(t) for t in (1, 2, 3, 4, 5, 6)]
        [0.1, 0.1, 0.1, 0.1, 0.05, 0.0]

    Source:
        PyTorch's `SequentialLR([first, second], [steps])`, Optax's `join_schedules` with the same lists:
        step 0 is t = 1. Keras's `PiecewiseConstantDecay` changes one step later than these two:
        its boundary is the last step of the old value, so steps - 1 there is steps here.
    """

    first: Rate
    steps: int
    second: Rate

    def _at(self, t):
        return learning_rate(self.first, t) if t < self.steps + 1 else learning_rate(self.second, t - self.steps)
