"""Time one Adam step: adamlib, its AdamW, a naive NumPy Adam, and PyTorch's where it is installed.

    python benchmarks/step.py

One step takes parameters, gradient and state to new parameters and new state. The contestants take
turns within one run, each turn begun by another, so that whatever else the machine does falls on all
of them alike; the table gives medians over the turns. PyTorch gets one thread, as NumPy has.
"""

import platform
import statistics
import time

import numpy as np

from adamlib.adam import Adam
from adamlib.adamw import AdamW
from adamlib.descent import update

try:
    import torch
except ImportError:
    torch = None

# number of float32 parameters: turns, steps per turn
SIZES = {1_000: (400, 50), 10_000_000: (24, 1)}


def naive_adam(x, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """The lines of the paper, written down as they stand."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    x = x - lr * m_hat / (np.sqrt(v_hat) + eps)
    return x, m, v


def adamlib_steps(x, g, optimizer):
    state = optimizer.init(x)

    def steps(count):
        nonlocal x, state
        for _ in range(count):
            step, state = update(optimizer, g, state, x)
            x = x + step
        return x

    return steps


def naive_steps(x, g):
    m, v, t = np.zeros_like(x), np.zeros_like(x), 0

    def steps(count):
        nonlocal x, m, v, t
        for _ in range(count):
            t += 1
            x, m, v = naive_adam(x, g, m, v, t)
        return x

    return steps


def torch_steps(x, g, **options):
    parameter = torch.nn.Parameter(torch.from_numpy(x.copy()))
    parameter.grad = torch.from_numpy(g.copy())
    optimizer = torch.optim.Adam([parameter], **options)

    def steps(count):
        for _ in range(count):
            optimizer.step()
        return parameter.detach().numpy()

    return steps


def measure(size, turns, count):
    """Return the median time of one step in seconds, by contestant, and check that all walk alike."""
    rng = np.random.default_rng(0)
    x, g = (rng.normal(size=size).astype(np.float32) for _ in range(2))
    contestants = {"adamlib": adamlib_steps(x, g, Adam()), "naive NumPy": naive_steps(x, g)}
    contestants["AdamW"] = adamlib_steps(x, g, AdamW(weight_decay=0))  # the work of any decay, on the same walk
    if torch is not None:
        contestants |= {"torch": torch_steps(x, g), "torch, fused": torch_steps(x, g, fused=True)}
    times = {name: [] for name in contestants}
    for steps in contestants.values():
        steps(3)  # caches and first allocations
    names = list(contestants)
    for turn in range(turns):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            began = time.perf_counter()
            contestants[name](count)
            times[name].append((time.perf_counter() - began) / count)
    ends = [steps(0) for steps in contestants.values()]
    assert ends[0].dtype == np.float32 and all(np.allclose(end, ends[0], rtol=0, atol=1e-3) for end in ends)
    return {name: statistics.median(values) for name, values in times.items()}


def main():
    if torch is not None:
        torch.set_num_threads(1)
    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    versions += [f"PyTorch {torch.__version__}"] if torch else ["no PyTorch"]
    print(", ".join(versions))
    for size, (turns, count) in SIZES.items():
        medians = measure(size, turns, count)
        print(f"\n{size:,} float32 parameters, median of {turns} turns\n{'':14}{'one step':>12}{'adamlib is':>14}")
        for name, median in medians.items():
            ratio = "" if name == "adamlib" else f"{medians['adamlib'] / median:8.2f} times"
            print(f"{name:14}{median * 1e6:9.1f} us{ratio:>14}")


if __name__ == "__main__":
    main()
