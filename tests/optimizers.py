"""What the tests of every optimizer share: one of each, in every variant."""

from adamlib.adam import Adam
from adamlib.descent import GradientDescent
from adamlib.momentum import Momentum
from adamlib.rmsprop import AdaGrad, RMSProp

OPTIMIZERS = [
    GradientDescent(lr=0.1),
    Momentum(),
    Momentum(nesterov=True),
    Momentum(heavy_ball=True),
    Momentum(heavy_ball=True, nesterov=True),
    RMSProp(),
    AdaGrad(),
    Adam(),
    Adam(bias_correction=False),
]
