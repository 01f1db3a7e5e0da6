"""The stage: the data of the chapters, carried in the package or generated, with fixed splits."""

import csv
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from adamlib.checks import check_at_least_zero, check_count


class Temperatures(NamedTuple):
    """Days as datetime64[D], and the maximum temperature of each day in degrees Celsius."""

    dates: np.ndarray
    maximum: np.ndarray


def seattle_temperatures():
    """Load the daily maximum temperatures of Seattle in 2012.

    Returns:
        Temperatures(dates, maximum), two arrays of shape (366,), the second in float64.

    Example:
        >>> temperatures = seattle_temperatures()
        >>> str(temperatures.dates[0]), float(temperatures.maximum[0])
        ('2012-01-01', 12.8)

    Source:
        NOAA (public domain), as collected in seattle-weather.csv of the package vega_datasets;
        `data/README.md` says how the file was made.
    """
    with (files("adamlib") / "data" / "seattle_2012.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    dates = np.array([row["date"] for row in rows], dtype="datetime64[D]")
    return Temperatures(dates, np.array([float(row["temp_max"]) for row in rows]))


class Examples(NamedTuple):
    """Inputs in float64, shape (n, features), and the class of each, whole numbers of shape (n,)."""

    inputs: np.ndarray
    labels: np.ndarray


class Split(NamedTuple):
    """Examples to train on, to choose hyper-parameters by, and to report in the end."""

    train: Examples
    validation: Examples
    test: Examples


def digits():
    """Load 1,797 handwritten digits, 8 x 8 pixels each.

    Formula:
        In the order of the file, the first 1,080 are for training, the next 360 for validation, the last 357 for the
        test. The file goes from writer to writer, so the parts are by different people for the most part.

    Returns:
        Split(train, validation, test) with 1,080, 360 and 357 examples: inputs of shape (n, 64), row by row, from
        0 (paper) to 1 (ink), and labels 0 to 9, each of them about as often.

    Example:
        >>> train, validation, test = digits()
        >>> train.inputs.shape, validation.labels.shape, train.labels[:3]
        ((1080, 64), (360,), array([0, 1, 2]))

    Source:
        Alpaydin & Kaynak (1998), Optical Recognition of Handwritten Digits (CC BY 4.0), in the form of
        scikit-learn's `load_digits`, which has pixels from 0 to 16; `data/README.md` says how they were made.
    """
    with (files("adamlib") / "data" / "digits.csv").open() as file:
        table = np.loadtxt(file, delimiter=",")
    parts = np.split(table, [1080, 1440])
    return Split(*(Examples(part[:, :64] / 16, part[:, 64].astype(np.int64)) for part in parts))


def settings_by_seed():
    """Load the runs of chapter 5 in which fifteen seeds choose a setting and twenty others report.

    Formula:
        A row per run: the chapter's studies "two moons" (500 steps), "digits", "changes" and "uncorrected" (200 steps),
        with the seeds 0 to 34 for each setting.

    Returns:
        A structured array with 2,975 rows, as `choose` and `report` of `adamlib.tuning` take it for one study: study,
        setting (its place in the study), method, lr, beta, beta1, beta2, eps (NaN where a method has none), seed, and
        the loss over all training examples in the end.

    Example:
        >>> runs = settings_by_seed()
        >>> print(runs["study"][0], runs["method"][0], runs["loss"][0])
        two moons GradientDescent 0.086795

    Source:
        `tools/sweep_settings.py`, which makes the file with the chapter's own cells.
    """
    return _runs("settings_by_seed")


def schedules_on_digits():
    """Load the runs that chapter 6 chooses its learning rates from.

    Formula:
        A row per run: 300 steps on the digits, with clean labels or a fifth of them redrawn, or 200 in batches of 32;
        the chapter's settings.

    Returns:
        A structured array with 4,780 rows: task, method, schedule, lr, seed (the seeds of a setting follow each other,
        the rates of a schedule rise), and as of a `Sweep` the scores loss, train_error and validation_error.

    Example:
        >>> runs = schedules_on_digits()
        >>> print(runs["schedule"][0], runs["lr"][0], runs["loss"][0])
        constant 0.35 0.10572

    Source:
        `tools/sweep_schedules.py`, which makes the file with the chapter's own cells.
    """
    return _runs("schedules_on_digits")


def _runs(name):
    """Read the stored runs of this name: a structured array, its columns named by the first line."""
    with (files("adamlib") / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        return np.genfromtxt(file, delimiter=",", names=True, dtype=None, encoding="utf-8")


def alice():
    """Load the text of a book: Lewis Carroll, Alice's Adventures in Wonderland (1865).

    Returns:
        A string of 148,480 characters, with its line ends.

    Example:
        >>> alice().split()[:4]
        ["ALICE'S", 'ADVENTURES', 'IN', 'WONDERLAND']

    Source:
        The Millennium Fulcrum Edition 2.9, public domain, as `alice29.txt` of the Canterbury corpus; `data/README.md`
        says how the file was made.
    """
    return (files("adamlib") / "data" / "alice.txt").read_text(encoding="utf-8")


def language_by_batch():
    """Load the runs of chapter 8: how much of the excess loss is left, by batch size.

    Formula:
        A row per run: 16,384 pairs of words read, in batches of 16 to 4096, by a learning rate that falls to 0.

    Returns:
        A structured array as `choose` of `adamlib.tuning` takes it: setting, method, alpha (1 the text, 0 all words
        equally frequent), batch, log2_lr, beta, beta1, beta2, eps, clip (NaN where a setting has none), seed, excess.

    Example:
        >>> runs = language_by_batch()
        >>> sorted({int(batch) for batch in runs["batch"]})
        [16, 64, 256, 1024, 4096]

    Source:
        `tools/sweep_language.py`, which makes the file.
    """
    return _runs("language_by_batch")


def language_by_alpha():
    """Load the runs of chapter 8 with all pairs in every step: how many steps until a twentieth of the excess is left.

    Formula:
        A row per run, at a constant learning rate. More than 600 steps of gradient descent, 200 of momentum or 60 of
        Adam mean that it takes longer.

    Returns:
        A structured array as `choose` of `adamlib.tuning` takes it: setting, method, alpha (1 the text, 0 all words
        equally frequent), log2_lr, beta, beta1, beta2 (NaN where a setting has none), seed, steps.

    Example:
        >>> runs = language_by_alpha()
        >>> sorted({float(alpha) for alpha in runs["alpha"]})
        [0.0, 0.25, 0.5, 0.75, 1.0]

    Source:
        `tools/sweep_language.py`, which makes the file.
    """
    return _runs("language_by_alpha")


def transformer_on_alice():
    """Load the runs of chapter 8 with a transformer of one block: its loss after 40 steps with all its windows.

    Formula:
        A row per run: the first 4,096 words, by a learning rate that falls to 0. That of the embedding is 2^log2_own
        times as large.

    Returns:
        A structured array as `choose` of `adamlib.tuning` takes it: setting, method, log2_lr, log2_own, beta, beta1,
        beta2, clip (NaN where a setting has none), seed, loss.

    Example:
        >>> runs = transformer_on_alice()
        >>> sorted({str(method) for method in runs["method"]})
        ['Adam', 'Momentum', 'Momentum with two rates']

    Source:
        `tools/sweep_language.py`, which makes the file.
    """
    return _runs("transformer_on_alice")


def two_moons(n=300, noise=0.2, seed=3):
    """Draw two half circles that reach into each other, with normal noise on both coordinates.

    Formula:
        class 0: (cos a, sin a);  class 1: (1 - cos a, 1/2 - sin a);  a evenly spaced from 0 to pi.

    Args:
        n: examples in each part, a whole number >= 2; the first class has n // 2 of them.
        noise: standard deviation of the noise, a finite number >= 0.
        seed: a whole number >= 0. Each part has noise of its own.

    Returns:
        Split(train, validation, test) with n examples each: inputs of shape (n, 2), labels 0 or 1.

    Raises:
        ValueError: n, noise or seed is out of range.

    Example:
        >>> moons = two_moons(n=4, noise=0)
        >>> moons.train.inputs.round(12) + 0.0, moons.train.labels
        (array([[ 1. ,  0. ],
               [-1. ,  0. ],
               [ 0. ,  0.5],
               [ 2. ,  0.5]]), array([0, 0, 1, 1]))

    Source:
        The curves of scikit-learn's `make_moons`; the noise here comes from another generator.
    """
    n, noise, seed = check_count(n, "n", least=2), check_at_least_zero(noise, "noise"), check_count(seed, "seed", 0)
    upper, lower = np.linspace(0, np.pi, n // 2), np.linspace(0, np.pi, n - n // 2)
    x = np.concatenate([np.cos(upper), 1 - np.cos(lower)])
    y = np.concatenate([np.sin(upper), 0.5 - np.sin(lower)])
    labels = (np.arange(n) >= n // 2).astype(np.int64)
    random = np.random.default_rng(seed)
    moons = np.stack([x, y], axis=-1) + noise * random.normal(size=(3, n, 2))
    return Split(*(Examples(inputs, labels.copy()) for inputs in moons))
