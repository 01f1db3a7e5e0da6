"""Run the sweeps of chapter 8 whole, and store them: by batch size, by how uneven the words are, and a transformer.

    python tools/sweep_language.py

Everybody reads 16,384 pairs of words, in batches of 16 to 4096, while the learning rate falls linearly to 0. Descent
has momentum or none, and clipping or none, Adam has twelve pairs of betas with the usual eps, and six of them with
three larger ones too; each of these has a learning rate of its own, found downhill on a grid of factors of the square
root of 2. Settings are chosen on five seeds and run again on twenty others: the best of each method, the best Adam
with the usual eps, and with the usual beta1 = 0.9 as well. It takes an hour, is stored after each method and batch
size, and goes on from there if it is called again.

The other sweep takes all pairs in every step, at a constant rate, and counts the steps until a twentieth of the excess
loss is left. There is no chance in it, so it has one seed.

The third trains a transformer of one block on the first 4,096 words, all windows in each of 40 steps, while the rate
falls linearly to 0. Momentum has one rate, or another for the embedding, and clipping. It takes half an hour.
"""

import csv
import functools
import math
from pathlib import Path

import numpy as np

from adamlib import schedules
from adamlib.adam import Adam
from adamlib.datasets import alice
from adamlib.language import NextWord, count_pairs, least_loss, split_words, tempered
from adamlib.momentum import Momentum
from adamlib.network import train
from adamlib.transformer import OneBlock

DATA = Path(__file__).resolve().parent.parent / "adamlib" / "data"
COLUMNS = ("setting", "method", "alpha", "batch", "log2_lr", "beta", "beta1", "beta2", "eps", "clip", "seed", "excess")
CASES = [(alpha, batch) for batch in (4096, 1024, 256, 64, 16) for alpha in (1, 0)]
WORDS, READ = 300, 16384
CHOOSING, FRESH = range(5), range(100, 120)
NONE = math.nan  # a setting that a method does not have
CLIPS, USUAL_EPS = (NONE, 0.1, 0.03, 0.01, 0.003), 1e-8
METHODS = {  # (beta, beta1, beta2, eps, clip)
    "Momentum": [(beta, NONE, NONE, NONE, clip) for beta in (0, 0.5, 0.9, 0.97) for clip in CLIPS],
    "Adam": [
        (NONE, beta1, beta2, eps, NONE)
        for eps in (USUAL_EPS, 1e-5, 1e-4, 1e-3)
        for beta1 in (0, 0.5, 0.9)
        for beta2 in ((0.9, 0.99, 0.999, 0.9999) if eps == USUAL_EPS else (0.999, 0.9999))
    ],
}
BEGIN = {"Momentum": 9, "Adam": -1}  # log2 of the first learning rate

STEP_COLUMNS = ("setting", "method", "alpha", "log2_lr", "beta", "beta1", "beta2", "seed", "steps")
ALPHAS = (1, 0.75, 0.5, 0.25, 0)
MOST_STEPS = {"Gradient descent": 600, "Momentum": 200, "Adam": 60}
STEP_METHODS = {
    "Gradient descent": [(0, NONE, NONE)],
    "Momentum": [(beta, NONE, NONE) for beta in (0.5, 0.8, 0.9, 0.95)],
    "Adam": [(NONE, beta1, beta2) for beta1 in (0, 0.5, 0.8, 0.9) for beta2 in (0.9, 0.99, 0.999)],
}
STEP_BEGIN = {"Gradient descent": 8, "Momentum": 9, "Adam": -1}

BLOCK_COLUMNS = ("setting", "method", "log2_lr", "log2_own", "beta", "beta1", "beta2", "clip", "seed", "loss")
BLOCK_WORDS, BLOCK_STEPS = 4096, 40
_MOMENTUM = [(beta, NONE, NONE, clip) for clip in (0.03, 0.01, 0.003) for beta in (0.8, 0.9, 0.95)]
BLOCK_METHODS = {  # (log2 of the embedding's rate over the others', beta, beta1, beta2, clip)
    "Momentum": [(0, *rest) for rest in _MOMENTUM]
    + [(0, 0.97, NONE, NONE, 0.01)],  # beyond the best, to see that it is
    "Momentum with two rates": [(own, *rest) for own in (6, 8, 10) for rest in _MOMENTUM]
    + [(8, 0.97, NONE, NONE, 0.003)],
    "Adam": [(0, NONE, beta1, beta2, NONE) for beta1 in (0, 0.5, 0.8, 0.9) for beta2 in (0.2, 0.5, 0.8, 0.95)],
}
BLOCK_BEGIN = {"Momentum": 9, "Momentum with two rates": 9, "Adam": -3}


@functools.cache
def shares(alpha):
    """Give the shares of the text's pairs, made as even as alpha says."""
    return tempered(count_pairs(split_words(alice()), WORDS).shares, alpha)


def run(method, alpha, batch, log2_lr, beta, beta1, beta2, eps, clip, seed):
    """Train once, and give the share of the excess that is left."""
    steps = READ // int(batch)
    lr = schedules.linear(2.0**log2_lr, steps)
    optimizer = Momentum(lr, beta) if method == "Momentum" else Adam(lr, beta1, beta2, eps)
    task = NextWord(shares(alpha), int(batch), clip=None if math.isnan(clip) else clip)
    return float(task.scores(train(task, optimizer, steps, seed, progress=None).parameters)["excess"])


def count_steps(method, alpha, log2_lr, beta, beta1, beta2, seed):
    """Count the steps until a twentieth of the excess is left; more than MOST_STEPS if that takes longer."""
    optimizer = Adam(2.0**log2_lr, beta1, beta2) if method == "Adam" else Momentum(2.0**log2_lr, beta)
    most = MOST_STEPS[method]
    losses = train(NextWord(shares(alpha)), optimizer, most, seed, progress=None).losses
    least = least_loss(shares(alpha))
    left = np.nan_to_num((losses - least) / (math.log(WORDS) - least), nan=99)
    return int(np.argmax(left <= 0.05)) if (left <= 0.05).any() else most + 1 + float(left[-1])


def run_block(method, log2_lr, log2_own, beta, beta1, beta2, clip, seed):
    """Train the transformer once, and give its loss on all windows; 99 if it broke."""
    lr = schedules.linear(2.0**log2_lr, BLOCK_STEPS)
    optimizer = Adam(lr, beta1, beta2) if method == "Adam" else Momentum(lr, beta)
    clip = None if math.isnan(clip) else clip
    task = OneBlock(split_words(alice())[:BLOCK_WORDS], clip=clip, embedding_rate=2.0**log2_own)
    training = train(task, optimizer, BLOCK_STEPS, seed, progress=None)
    return 99.0 if training.diverged_at else float(task.scores(training.parameters)["loss"])


class Runs(dict):
    """The runs of one file, by their settings and seed; others are made when they are asked for."""

    def __init__(self, path, columns, run):
        self.path, self.columns, self.run = path, columns, run
        if path.exists():
            with path.open(encoding="utf-8") as file:
                for row in list(csv.reader(file))[1:]:
                    self[key(row[1], *map(float, row[2:-1]))] = row[-1]

    def __missing__(self, key):
        self[key] = f"{self.run(*key):.5g}"
        return self[key]

    def over(self, seeds, *setting):
        """Give the median over some seeds, which is what `choose` compares."""
        return float(np.median([float(self[key(*setting, seed)]) for seed in seeds]))

    def rows(self):
        """Give the rows of the file, setting by setting, in an order that does not depend on how they were made."""
        places = {}
        absent_first = functools.partial(map, lambda x: "" if x != x else str(x))
        for *setting, seed in sorted(self, key=lambda key: [*absent_first(key)]):
            place = places.setdefault(tuple(setting), len(places))
            yield place, setting[0], *(f"{x:g}" for x in setting[1:]), seed, self[(*setting, seed)]

    def store(self):
        """Write all to the file: whole, or not at all."""
        part = self.path.with_suffix(".part")
        with part.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(self.columns)
            rows.writerows(self.rows())
        part.replace(self.path)


def key(*settings):
    """Write settings in one way, so that what was read and what is asked for are the same."""
    return tuple(x if isinstance(x, str) else NONE if math.isnan(x) else float(x) for x in settings[:-1]) + (
        int(settings[-1]),
    )


def best_rate(runs, seeds, method, case, rest, rate):
    """Find the learning rate downhill, by factors of 2 and then of its root: no neighbour of the best is better."""
    for step in (1, 0.5):
        while True:
            near = (rate, rate - step, rate + step)
            best = min(near, key=lambda rate: runs.over(seeds, method, *case, rate, *rest))
            if best == rate:
                break
            rate = best
    return rate


def search(runs, seeds, methods, begin, case):
    """Give the best rate of every setting with its score: {(method, *case, rate, *rest): score}."""
    found = {}
    for method, rests in methods.items():
        rate = begin[method]
        for rest in rests:
            rate = best_rate(runs, seeds, method, case, rest, rate)
            setting = (method, *case, rate, *rest)
            found[setting] = runs.over(seeds, *setting)
        runs.store()
    return found


def by_batch():
    """Choose for each batch size on some seeds, and run what was chosen on others."""
    runs = Runs(DATA / "language_by_batch.csv", COLUMNS, run)
    for case in CASES:
        found = search(runs, CHOOSING, METHODS, BEGIN, case)
        usual = {setting: left for setting, left in found.items() if setting[7] == USUAL_EPS}
        both = {setting: left for setting, left in usual.items() if setting[5] == 0.9}  # and beta1
        for method, some in [*zip(METHODS, [found] * 2), ("Adam", usual), ("Adam", both)]:
            setting = min((one for one in some if one[0] == method), key=some.__getitem__)
            print(*setting, f"{runs.over(FRESH, *setting):.4f} is left", flush=True)
        runs.store()


def by_alpha():
    """Count steps for each alpha, with every rate that the search asks for."""
    runs = Runs(DATA / "language_by_alpha.csv", STEP_COLUMNS, count_steps)
    for alpha in ALPHAS:
        found = search(runs, [0], STEP_METHODS, STEP_BEGIN, (alpha,))
        for method in STEP_METHODS:
            setting = min((one for one in found if one[0] == method), key=found.__getitem__)
            print(*setting, f"{found[setting]:.4g} steps", flush=True)


def transformer():
    """Choose for each method on some seeds, and run what was chosen on others."""
    runs = Runs(DATA / "transformer_on_alice.csv", BLOCK_COLUMNS, run_block)
    found = search(runs, CHOOSING, BLOCK_METHODS, BLOCK_BEGIN, ())
    for method in BLOCK_METHODS:
        setting = min((one for one in found if one[0] == method), key=found.__getitem__)
        print(*setting, f"a loss of {runs.over(FRESH, *setting):.4f}", flush=True)
    runs.store()


if __name__ == "__main__":
    by_batch()
    by_alpha()
    transformer()
