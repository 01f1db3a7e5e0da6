"""The modules of the book *Adam, step by step*: one per chapter, and the stage they stand on.

Chapter 1 is `averaging`, chapter 2 `momentum`, chapter 3 `rmsprop`, chapter 4 `adam`, chapter 5
`tuning`, chapter 6 `schedules`, chapter 7 `adamw`, chapter 9 `spectrum`, chapter 10 `bounds`, chapter 11
`conventions`, chapter 12 `stability`, chapter 13 `amsgrad`. The stage is `descent` (walk downhill and record the path),
`landscapes`, `datasets`, `network`, `sweeping`, `progress`, `figures` and `checks`. `exercises` judges a student's
answers.
"""

import numpy

__version__ = "0.1.0"

if tuple(int(part) for part in numpy.__version__.split(".")[:2]) < (1, 26):
    raise ImportError(
        f"adamlib needs NumPy 1.26 or newer, and this is NumPy {numpy.__version__}. "
        "Run: pip install 'numpy>=1.26', then restart Python."
    )
