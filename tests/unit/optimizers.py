"""What the tests of every optimizer share: one of each, in every variant, and one of each schedule."""

from adamlib import schedules
from adamlib.adam import Adam
from adamlib.adamw import AdamW
from adamlib.amsgrad import AMSGrad
from adamlib.descent import GradientDescent
from adamlib.momentum import Momentum
from adamlib.rmsprop import AdaGrad, RMSProp

OPTIMIZERS = [
    GradientDescent(lr=0.1), Momentum(), Momentum(nesterov=True), Momentum(heavy_ball=True),
    Momentum(heavy_ball=True, nesterov=True), RMSProp(), AdaGrad(), Adam(), Adam(bias_correction=False),
    AdamW(), AMSGrad(),
]  # fmt: skip

# Short ones, so that 20 steps reach past their end.
SCHEDULES = [
    schedules.constant(0.1), schedules.inverse_time(0.1, k=0.5), schedules.exponential(0.1, factor=0.9),
    schedules.staircase(0.1, factor=0.5, every=5), schedules.inverse_sqrt(0.1),
    schedules.polynomial(0.1, steps=15, power=0.9), schedules.linear(0.1, steps=15), schedules.cosine(0.1, steps=15),
    schedules.one_cycle(0.1, steps=15), schedules.warmup(schedules.cosine(0.1, steps=10), steps=5),
    schedules.per_epoch(schedules.inverse_time(0.1, k=1), steps=5),
    schedules.chain(0.1, 10, schedules.linear(0.1, steps=5)),
]  # fmt: skip
