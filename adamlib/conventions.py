"""Chapter 11: where libraries differ from Algorithm 1 and from one another, and what makes them equal.

eps stands in three places. "outside" the root is Algorithm 1: m_hat / (sqrt(v_hat) + eps). "hat" is the paper's faster
order, where eps is added to the root of v before its correction. "inside" is m_hat / sqrt(v_hat + eps).
"""

import math

import numpy as np

from adamlib.averaging import ema_series
from adamlib.checks import check_at_least_zero, check_beta, check_choice, check_count, check_series

PLACES = ("outside", "hat", "inside")

# What each library takes where nothing is said: PyTorch 2.13, Optax 0.2.8, Keras 3.15. A name that is missing has no
# default. The recorded signatures in the tests hold these numbers.
DEFAULTS = {
    "PyTorch": {
        "Adam": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "place": "outside"},
        "RMSProp": {"lr": 1e-2, "beta": 0.99, "eps": 1e-8, "place": "outside"},
        "AdaGrad": {"lr": 1e-2, "start": 0.0, "eps": 1e-10, "place": "outside"},
    },
    "Optax": {
        "Adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "place": "outside"},
        "RMSProp": {"beta": 0.9, "eps": 1e-8, "place": "inside"},
        "AdaGrad": {"start": 0.1, "eps": 1e-7, "place": "inside"},
    },
    "Keras": {
        "Adam": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7, "place": "hat"},
        "RMSProp": {"lr": 1e-3, "beta": 0.9, "eps": 1e-7, "place": "inside"},
        "AdaGrad": {"lr": 1e-3, "start": 0.1, "eps": 1e-7, "place": "inside"},
    },
}


def adam_steps(gradients, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, place="outside"):
    """Give Adam's steps for a sequence of gradients, with eps in one of three places.

    Formula:
        step_t = -lr m_hat_t / (sqrt(v_hat_t) + eps)                            outside: the paper, PyTorch, Optax
        step_t = -lr m_hat_t / (sqrt(v_hat_t) + eps / sqrt(1 - beta2^t))        hat: the paper's faster order, Keras
        step_t = -lr m_hat_t / sqrt(v_hat_t + eps)                              inside: Optax's eps_root, with eps=0

    Args:
        gradients: array of shape (n, ...), one gradient per step; lr: a finite number >= 0; beta1, beta2, eps: as in
            `Adam`.
        place: "outside", "hat" or "inside".

    Returns:
        The steps in float64, of the gradients' shape.

    Raises:
        ValueError: a hyper-parameter or the place is none of these, or gradients is a single number.
        TypeError: gradients holds something other than real numbers.

    Example:
        >>> [float(adam_steps([1e-6], lr=1.0, place=place)[0].round(4)) for place in PLACES]
        [-0.9901, -0.7597, -0.01]

    Source:
        Kingma & Ba (2015), Algorithm 1 and the remark below it; the documentation of Keras's `epsilon`.
    """
    eps, gradients = _checked(eps, place), check_series(gradients, "gradients").astype(float)
    m_hat = ema_series(gradients, check_beta(beta1, "beta1"))
    v_hat = ema_series(gradients**2, check_beta(beta2, "beta2"))
    t = np.arange(1, len(gradients) + 1).reshape(-1, *[1] * (gradients.ndim - 1))
    if place == "inside":
        return -check_at_least_zero(lr, "lr") * m_hat / np.sqrt(v_hat + eps)
    if place == "hat":
        eps = eps / np.sqrt(1 - beta2**t)
    return -check_at_least_zero(lr, "lr") * m_hat / (np.sqrt(v_hat) + eps)


def takes_over_at(eps, place="outside", beta2=0.999, t=None):
    """Give the size of a constant gradient at which eps takes over: below it the step shrinks with the gradient.

    Formula:
        eps outside the root; sqrt(eps) inside it; eps / sqrt(1 - beta2^t) for eps-hat, which falls to eps.
        There the step is 1/2 lr outside and for eps-hat, and lr / sqrt(2) inside.

    Args:
        eps: a finite number >= 0; place: "outside", "hat" or "inside".
        beta2: decay rate in [0, 1); t: the step, a whole number >= 1, or None for the long run.

    Returns:
        The size.

    Raises:
        ValueError: an argument is none of these.

    Example:
        >>> takes_over_at(1e-8), takes_over_at(1e-8, "inside"), round(takes_over_at(1e-8, "hat", t=1), 10)
        (1e-08, 0.0001, 3.162e-07)

    Source:
        Under a constant gradient m_hat = g and v_hat = g^2.
    """
    eps, beta2 = _checked(eps, place), check_beta(beta2, "beta2")
    t = math.inf if t is None else check_count(t, "t", least=1)
    return {"outside": eps, "inside": math.sqrt(eps), "hat": eps / math.sqrt(1 - beta2**t)}[place]


def same_eps(eps, source, target, beta2=0.999, t=None):
    """Translate eps from one place to another, so that Adam's step t is the same for all gradients.

    Formula:
        eps outside = eps_hat / sqrt(1 - beta2^t)

    Args:
        eps: a finite number >= 0; source, target: "outside" or "hat".
        beta2: decay rate in [0, 1); t: the step for which it holds, or None for the long run, where both are the same.

    Returns:
        The eps of the target.

    Raises:
        ValueError: one of the places alone is "inside" and eps is not 0: no eps makes the steps equal for all
            gradients; or an argument is out of range.

    Example:
        >>> round(same_eps(1e-7, "hat", "outside", t=1), 9)
        3.162e-06

    Source:
        Multiply Algorithm 1's fraction by sqrt(1 - beta2^t) above and below.
    """
    eps = _checked(eps, source, "source")
    _checked(eps, target, "target")
    late = takes_over_at(1.0, "hat", beta2, t)
    if source == target or eps == 0:
        return eps
    if "inside" in (source, target):
        raise ValueError(
            f"no eps {target!r} gives the steps of eps {source!r} for all gradients: inside the root it acts on squares"
        )
    return eps * late if source == "hat" else eps / late


def momentum_arguments(library, lr, beta):
    """Give the arguments with which a library's SGD walks as `Momentum(lr, beta)`, the averaged form.

    Formula:
        Libraries have the heavy ball, whose learning rate is lr (1 - beta).

    Args:
        library: "PyTorch", "Optax" or "Keras"; lr: a finite number >= 0; beta: decay rate in [0, 1).

    Returns:
        A dict for `torch.optim.SGD`, `optax.sgd` or `keras.optimizers.SGD`.

    Raises:
        ValueError: the library is none of these, or a number is out of range.

    Example:
        >>> momentum_arguments("PyTorch", lr=1.0, beta=0.75)
        {'lr': 0.25, 'momentum': 0.75}

    Source:
        Chapter 2. In Keras it holds while lr is constant: there lr stands inside the velocity.
    """
    check_choice(library, "library", DEFAULTS)
    name = "lr" if library == "PyTorch" else "learning_rate"
    beta = check_beta(beta)
    return {name: check_at_least_zero(lr, "lr") * (1 - beta), "momentum": beta}


def _checked(eps, place, name="place"):
    check_choice(place, name, PLACES)
    return check_at_least_zero(eps, "eps")
