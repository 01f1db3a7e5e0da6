"""The modules of the book *Adam, step by step*: those of each chapter, and the stage they stand on.

Chapter 1 is `averaging`, chapter 2 `momentum`, chapter 3 `rmsprop`, chapter 4 `adam`, chapter 5 `tuning`, chapter
6 `schedules`, chapter 7 `adamw`, chapter 8 `language` and `transformer`, chapter 9 `spectrum`, chapter 10 `bounds`,
chapter 11 `conventions`, chapter 12 `stability`, chapter 13 `amsgrad`. The stage is `descent` (walk downhill and
record the path), `landscapes`, `datasets`, `network`, `sweeping`, `progress`, `figures`, `explorers` (figures with
controls) and `checks`. `exercises` judges a student's answers.
"""

import re
from importlib.metadata import distributions

import numpy

__version__ = "0.1.0"

if tuple(int(part) for part in numpy.__version__.split(".")[:2]) < (1, 26):
    raise ImportError(
        f"adamlib needs NumPy 1.26 or newer, and this is NumPy {numpy.__version__}. "
        "Run: pip install 'numpy>=1.26', then restart Python."
    )


def at_least(version):
    """Stop a notebook that was written for a newer adamlib, and say what to do.

    Formula:
        __version__ >= version, part by part as numbers: 0.10.0 is newer than 0.9.9

    Args:
        version: what the notebook needs, like "0.1.0".

    Returns:
        None, if this adamlib is new enough.

    Raises:
        ValueError: version is not whole numbers with dots between them.
        ImportError: this adamlib is older. If a newer one has been installed since, a restart loads it.

    Example:
        >>> at_least("0.1.0")

    Source:
        The first cell of every chapter asks this.
    """
    if not re.fullmatch(r"\d+(\.\d+)*", str(version)):
        raise ValueError(f'version must be whole numbers with dots between them, such as "0.1.0", got {version!r}')
    if _numbers(__version__) >= _numbers(version):
        return
    installed = [_numbers(found.version) for found in distributions(name="adam-step-by-step")]
    if max(installed, default=[]) >= _numbers(version):
        advice = "which is installed now: restart the kernel, and run all cells again."
    else:
        advice = f"and this is {__version__}; pip says above why: try again with a network, or ask who runs your hub."
    raise ImportError(f"This notebook needs adamlib {version}, {advice}") from None


def _numbers(version):
    return [int(part) for part in str(version).split(".")]
