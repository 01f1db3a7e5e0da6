"""The explorers' noise: the same numbers in Python and in the browser, for the same seed."""

import numpy as np

from adamlib.checks import check_count

_MASK = 0xFFFFFFFF  # 32 bits, as JavaScript's integer operations keep


def normals(seed, count):
    """Draw standard normal numbers that js/rules.js draws too.

    Formula:
        sqrt(-2 ln(1 - u_1)) cos(2 pi u_2), with u_1, u_2 uniform in [0, 1) from mulberry32.

    Args:
        seed: a whole number from 0 to 2^32 - 1; count: how many numbers, a whole number >= 0.

    Returns:
        A float64 array of shape (count,).

    Raises:
        ValueError: seed or count is out of range.

    Example:
        >>> normals(seed=1, count=2).round(4)
        array([1.4043, 1.2158])

    Source:
        Box & Muller (1958); mulberry32 by Tommy Ettinger (public domain). For numbers that need not
        be had in a browser, use `np.random.default_rng`.
    """
    a, count = check_count(seed, "seed", least=0), check_count(count, "count", least=0)
    if a > _MASK:
        raise ValueError(f"seed must be at most {_MASK}, got {a}")
    uniform = np.empty(2 * count)
    for i in range(2 * count):
        a = (a + 0x6D2B79F5) & _MASK
        t = ((a ^ (a >> 15)) * (a | 1)) & _MASK
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & _MASK)) & _MASK
        uniform[i] = (t ^ (t >> 14)) / 2**32
    return np.sqrt(-2 * np.log(1 - uniform[::2])) * np.cos(2 * np.pi * uniform[1::2])
