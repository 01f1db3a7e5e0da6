"""Mistakes that were published or that users fell into, each as an edit of adamlib that puts it in.

An edit is (old, new); the old text must stand in the file exactly once. `seen` says where the
mistake was published, or who was bitten by it.
"""

from typing import NamedTuple


class Mistake(NamedTuple):
    """One mistake: a short name, where it was seen, the file of adamlib, and the edits that make it."""

    name: str
    seen: str
    file: str
    edits: list


MISTAKES = [
    # averaging
    Mistake(
        "multiplying by the bias correction",
        "convnetjs PR 70, and ports of it",
        "averaging.py",
        [("return average / (1 - beta**t)", "return average * (1 - beta**t)")],
    ),
    Mistake(
        "correction with 1 - beta^2",
        "npfl114 PR 79",
        "averaging.py",
        [("return average / (1 - beta**t)", "return average / (1 - beta**2)")],
    ),
    Mistake(
        "correction with 1 - beta",
        "ML-From-Scratch issue 35",
        "averaging.py",
        [("return average / (1 - beta**t)", "return average / (1 - beta)")],
    ),
    Mistake(
        "correction with t - 1",
        "burn issue 834: 0/0 at the first step",
        "averaging.py",
        [("return average / (1 - beta**t)", "return average / (1 - beta ** (t - 1))")],
    ),
    Mistake(
        "half-life as 1/beta",
        "d2l, the chapter on RMSProp",
        "averaging.py",
        [("return math.log(0.5) / math.log(beta) if beta > 0", "return 1 / beta if beta > 0")],
    ),
    Mistake(
        "factor 1 - beta left out of the average",
        "courses that write v = beta v + g and keep lr",
        "averaging.py",
        [("return beta * average + (1 - beta) * x", "return beta * average + x")],
    ),
    Mistake(
        "average started at the first value",
        "pandas, ewm with adjust=False",
        "averaging.py",
        [("average = np.zeros(xs.shape[1:], xs.dtype)", "average = xs[0] if len(xs) else 0.0")],
    ),
    # descent
    Mistake(
        "plain gradient descent with momentum in it",
        "handson-ml3 issue 146",
        "descent.py",
        [("step = -learning_rate(self.lr, t) * g", "step = -learning_rate(self.lr, t) * (g + 0.9 * state.g)")],
    ),
    # momentum
    Mistake(
        "heavy ball with the factor 1 - beta",
        "the two forms confused, lr off by 1/(1 - beta)",
        "momentum.py",
        [("return self.beta * m + g if self.heavy_ball else ema(m, g, self.beta)", "return ema(m, g, self.beta)")],
    ),
    Mistake(
        "averaged form without the factor 1 - beta",
        "the two forms confused, lr off by 1/(1 - beta)",
        "momentum.py",
        [("return self.beta * m + g if self.heavy_ball else ema(m, g, self.beta)", "return self.beta * m + g")],
    ),
    Mistake(
        "first buffer is the undamped gradient",
        "PyTorch's dampening, documented in PR 152833",
        "momentum.py",
        [("m = self._blend(state.m, g)", "m = self._blend(state.m, g) if t > 1 else g.copy()")],
    ),
    Mistake(
        "Nesterov without the look-ahead",
        "a flag that is read and not used",
        "momentum.py",
        [("direction = self._blend(m, g) if self.nesterov else m", "direction = m")],
    ),
    Mistake(
        "lr inside the buffer",
        "Keras: differs from PyTorch when lr changes",
        "momentum.py",
        [
            ("m = self._blend(state.m, g)", "m = self._blend(state.m, learning_rate(self.lr, t) * g)"),
            (
                "direction = self._blend(m, g) if",
                "direction = self._blend(m, learning_rate(self.lr, t) * g) if",
            ),
            ("step = -learning_rate(self.lr, t) * direction", "step = -direction"),
        ],
    ),
    # rmsprop
    Mistake(
        "RMSProp: eps inside the root",
        "the default of Optax and Keras; optax issue 532",
        "rmsprop.py",
        [
            (
                "self.beta)\n        step = -learning_rate(self.lr, t) * g / (np.sqrt(v) + self.eps)",
                "self.beta)\n        step = -learning_rate(self.lr, t) * g / np.sqrt(v + self.eps)",
            )
        ],
    ),
    Mistake(
        "RMSProp: decay 0.99 by default",
        "PyTorch; 0.9 elsewhere",
        "rmsprop.py",
        [("beta: float = 0.9", "beta: float = 0.99")],
    ),
    Mistake(
        "AdaGrad: averages where it should sum",
        "AdaGrad and RMSProp confused",
        "rmsprop.py",
        [("v = state.v + g**2", "v = ema(state.v, g**2, 0.9)")],
    ),
    Mistake(
        "AdaGrad: first accumulator 0.1",
        "TensorFlow, Keras and Optax; pytorch issue 6616",
        "rmsprop.py",
        [("AdaGradState(t=0, v=np.zeros(x.shape, x.dtype))", "AdaGradState(t=0, v=np.full(x.shape, 0.1, x.dtype))")],
    ),
    # adam
    Mistake(
        "Adam: no bias correction by default",
        "mlx-rs issue 301; a much-copied optimizer race",
        "adam.py",
        [("bias_correction: bool = True", "bias_correction: bool = False")],
    ),
    Mistake(
        "Adam: beta1 = 0.7 by default",
        "a much-copied optimizer race",
        "adam.py",
        [("beta1: float = 0.9", "beta1: float = 0.7")],
    ),
    Mistake(
        "Adam: 10e-8 written for 1e-8",
        "Adam-vs-SGD-Numpy issue 1",
        "adam.py",
        [("eps: float = 1e-8", "eps: float = 10e-8")],
    ),
    Mistake(
        "Adam: t not increased",
        "CS231n's notes warn of it",
        "adam.py",
        [("t = int(state.t) + 1", "t = max(int(state.t), 1)")],
    ),
    Mistake(
        "Adam: t increased after use",
        "d2l, the TensorFlow tab; nd4j issue 1227",
        "adam.py",
        [
            ("t = int(state.t) + 1", "t = int(state.t)"),
            ("return step, AdamState(t, m, v)", "return step, AdamState(t + 1, m, v)"),
        ],
    ),
    Mistake(
        "Adam: t starts at 1 and is increased too",
        "cs231n issue 179",
        "adam.py",
        [("return AdamState(t=0,", "return AdamState(t=1,")],
    ),
    Mistake(
        "Adam: eps added outside the fraction",
        "d2l-en PR 2691",
        "adam.py",
        [("m_hat / (np.sqrt(v_hat) + self.eps)", "m_hat / np.sqrt(v_hat) + self.eps")],
    ),
    Mistake(
        "Adam: eps inside the root",
        "fastbook PR 483; Flux.jl PR 448",
        "adam.py",
        [("m_hat / (np.sqrt(v_hat) + self.eps)", "m_hat / np.sqrt(v_hat + self.eps)")],
    ),
    Mistake(
        "Adam: minus eps",
        "tensorflow PR 61411",
        "adam.py",
        [("(np.sqrt(v_hat) + self.eps)", "(np.sqrt(v_hat) - self.eps)")],
    ),
    Mistake(
        "Adam: eps of the reordered form",
        "tensorflow issue 9047; PyTorch until PR 22628",
        "adam.py",
        [("(np.sqrt(v_hat) + self.eps)", "(np.sqrt(v_hat) + self.eps / np.sqrt(1 - self.beta2**t))")],
    ),
    Mistake(
        "Adam: hat missing on v",
        "uvadlc_notebooks PR 35",
        "adam.py",
        [("np.sqrt(v_hat)", "np.sqrt(v)")],
    ),
    Mistake(
        "Adam: hat missing on m",
        "the counterpart of the one above",
        "adam.py",
        [("* m_hat / (", "* m / (")],
    ),
    Mistake(
        "Adam: divided by v_hat, not by its root",
        "labml; a popular AMSGrad notebook",
        "adam.py",
        [("np.sqrt(v_hat)", "v_hat")],
    ),
    Mistake(
        "Adam: v_hat squared where its root is meant",
        "torch/optim PR 48",
        "adam.py",
        [("np.sqrt(v_hat)", "v_hat**2")],
    ),
    Mistake(
        "Adam: second moment without the square",
        "the square lost in copying",
        "adam.py",
        [("ema(state.v, g**2, self.beta2)", "ema(state.v, abs(g), self.beta2)")],
    ),
    Mistake(
        "Adam: first moment from another entry's gradient",
        "two files that build the bias's moment from dw",
        "adam.py",
        [("ema(state.m, g, self.beta1)", "ema(state.m, np.roll(g, 1), self.beta1)")],
    ),
    Mistake(
        "Adam: second moment from another entry's gradient",
        "two files that build the bias's moment from dw",
        "adam.py",
        [("ema(state.v, g**2, self.beta2)", "ema(state.v, np.roll(g, 1) ** 2, self.beta2)")],
    ),
    Mistake(
        "Adam: m_hat and v_hat kept as the state",
        "Holocron issue 1: the correction accumulates",
        "adam.py",
        [("return step, AdamState(t, m, v)", "return step, AdamState(t, *as_arrays(g.dtype, m_hat, v_hat))")],
    ),
    Mistake(
        "Adam: step up the gradient",
        "the sign lost between `x + step` and `x - step`",
        "adam.py",
        [("step = -learning_rate(", "step = learning_rate(")],
    ),
    Mistake(
        "Adam: state changed in place",
        "optimizers that hold one buffer",
        "adam.py",
        [
            (
                "m = ema(state.m, g, self.beta1)",
                "m = state.m\n        m *= self.beta1\n        m += (1 - self.beta1) * g",
            )
        ],
    ),
    # schedules
    Mistake(
        "schedules: formulas take t for the number of steps taken",
        "the libraries count from 0, the book from 1",
        "schedules.py",
        [("return self._at(check_step(t))", "return self._at(check_step(t) + 1)")],
    ),
    Mistake(
        "schedules: t = 0 is taken",
        "a count from 0 that nobody notices",
        "checks.py",
        [("if not 1 <= step <=", "if not 0 <= step <=")],
    ),
    Mistake(
        "staircase: every tread a step too short",
        "counting from 1 where the formula counts from 0",
        "schedules.py",
        [("self.factor ** ((t - 1) // self.every)", "self.factor ** (t // self.every)")],
    ),
    Mistake(
        "staircase: smooth between the treads",
        "TensorFlow and Keras, staircase=False",
        "schedules.py",
        [("self.factor ** ((t - 1) // self.every)", "self.factor ** ((t - 1) / self.every)")],
    ),
    Mistake(
        "inverse time: the exponential under its name",
        "the docstring of update_lr in the Coursera lab calls it exponential",
        "schedules.py",
        [("return self.lr / (1 + self.k * (t - 1))", "return self.lr * math.exp(-self.k * (t - 1))")],
    ),
    Mistake(
        "inverse time: decays already at the first step",
        "Ng's lecture, which counts epochs from 1",
        "schedules.py",
        [("return self.lr / (1 + self.k * (t - 1))", "return self.lr / (1 + self.k * t)")],
    ),
    Mistake(
        "1/sqrt(t) that divides by 0 at first",
        "a formula for t from 1, fed with a count from 0",
        "schedules.py",
        [("return self.lr / math.sqrt(t)", "return self.lr / math.sqrt(t - 1)")],
    ),
    Mistake(
        "polynomial: complex past its end",
        "jittor issue 231, DeepLabV3Plus-Pytorch issue 59",
        "schedules.py",
        [("left = max(1 - (t - 1) / self.steps, 0)", "left = 1 - (t - 1) / self.steps")],
    ),
    Mistake(
        "linear: negative past its end",
        "a decay that is not clipped: steps go uphill",
        "schedules.py",
        [("self.end, max(1 - (t - 1) / self.steps, 0))", "self.end, 1 - (t - 1) / self.steps)")],
    ),
    Mistake(
        "linear: 0 in its last step",
        "a step wasted at the end",
        "schedules.py",
        [
            (
                "self.end, max(1 - (t - 1) / self.steps, 0))",
                "self.end, max(1 - (t - 1) / max(self.steps - 1, 1), 0))",
            )
        ],
    ),
    Mistake(
        "cosine: rises again past its end",
        "PyTorch's CosineAnnealingLR; ivadomed issue 57",
        "schedules.py",
        [("math.cos(math.pi * min(done, 1))", "math.cos(math.pi * done)")],
    ),
    Mistake(
        "one-cycle: peak a step early",
        "PyTorch's OneCycleLR, pct_start * total_steps - 1",
        "schedules.py",
        [("/ self.div_factor, self.rise * self.steps", "/ self.div_factor, self.rise * self.steps - 1")],
    ),
    Mistake(
        "one-cycle: its end is measured from the peak",
        "the docstring of Optax's linear_onecycle_schedule, not its code",
        "schedules.py",
        [("last = first / self.final_div_factor", "last = self.lr / self.final_div_factor")],
    ),
    Mistake(
        "warm-up from 0: the first step stands still",
        "bert issue 1293, gpt-neox issue 1373",
        "schedules.py",
        [("(self.schedule, 1) * (t / self.steps)", "(self.schedule, 1) * ((t - 1) / self.steps)")],
    ),
    Mistake(
        "warm-up that eats the schedule's first steps",
        "the schedule is asked for t, not for the steps since the warm-up",
        "schedules.py",
        [("(self.schedule, t - self.steps + 1)", "(self.schedule, t)")],
    ),
    Mistake(
        "warm-up whose full rate comes twice",
        "two ramps joined end to end: the top of each is a step",
        "schedules.py",
        [("(self.schedule, t - self.steps + 1)", "(self.schedule, max(t - self.steps, 1))")],
    ),
    Mistake(
        "an epoch that ends a step early",
        "counting from 1 where the formula counts from 0",
        "schedules.py",
        [("1 + (t - 1) // self.steps", "1 + t // self.steps")],
    ),
    Mistake(
        "chain: changes a step late",
        "Keras's PiecewiseConstantDecay, whose boundary is the old value's last step",
        "schedules.py",
        [("if t < self.steps + 1 else", "if t < self.steps + 2 else")],
    ),
    Mistake(
        "schedules: a factor below 0 is let through",
        "half of the steps go uphill",
        "checks.py",
        [("lambda value: 0 <= value <= 1)", "lambda value: -1 <= value <= 1)")],
    ),
    # what all optimizers share
    Mistake(
        "schedules asked for t = 0 first",
        "warm-ups that waste their first step",
        "checks.py",
        [("check_at_least_zero(lr(t), ", "check_at_least_zero(lr(t - 1), ")],
    ),
    Mistake(
        "a gradient may broadcast",
        "NumPy's default: a wrong shape goes through",
        "checks.py",
        [("if gradient.shape != like.shape:", "if np.broadcast_shapes(gradient.shape, like.shape) != like.shape:")],
    ),
    Mistake(
        "float32 widened by an np.float64 lr",
        "NumPy 2's promotion rule",
        "checks.py",
        [
            (
                '{name} must be a finite number >= 0, got {value!r}")\n    return float(value)',
                '{name} must be a finite number >= 0, got {value!r}")\n    return value',
            ),
            ("return [np.asarray(value, dtype) for value in values]", "return [np.asarray(value) for value in values]"),
        ],
    ),
    # network, and the data it is trained on
    Mistake(
        "network: bias gradient from the weights' gradient",
        "two files that build the bias's moment from dw",
        "network.py",
        [("= dz.sum(axis=-1)", '= gradients[f"W{layer}"].sum(axis=-1)')],
    ),
    Mistake(
        "network: slope of the activation left out",
        "the usual slip in a first backward pass",
        "network.py",
        [("@ dz * slope(values[layer - 1])", "@ dz")],
    ),
    Mistake(
        "network: gradient of the sum, loss of the mean",
        "an lr that changes its meaning with the batch size",
        "network.py",
        [("(powers / total - is_label) / logits.shape[-1]", "(powers / total - is_label)")],
    ),
    Mistake(
        "network: softmax that overflows",
        "exp of the logits as they are",
        "network.py",
        [("shifted = logits - logits.max(axis=-2, keepdims=True)", "shifted = logits")],
    ),
    Mistake(
        "network: one step counter for all arrays",
        "t increased inside the loop over the parameters",
        "network.py",
        [
            (
                "    both = {name: optimizer.update(gradients[name], state) for name, state in states.items()}",
                "    both, t = {}, max(state.t for state in states.values())\n"
                "    for name, state in states.items():\n"
                "        both[name] = optimizer.update(gradients[name], state._replace(t=t))\n"
                "        t = both[name][1].t",
            )
        ],
    ),
    Mistake(
        "network: one state for all arrays of a shape",
        "buffers kept by shape",
        "network.py",
        [
            (
                "optimizer.update(gradients[name], state) for",
                "optimizer.update(gradients[name], {s[1].shape: s for s in states.values()}[state[1].shape]) for",
            )
        ],
    ),
    Mistake(
        "network: the same order in every pass",
        "a generator seeded anew for each pass",
        "network.py",
        [("default_rng([seeds, 1, turn])", "default_rng([seeds, 1])")],
    ),
    Mistake(
        "network: the same batches for every seed",
        "repetitions that repeat the start alone",
        "network.py",
        [("default_rng([seeds, 1, turn])", "default_rng([1, turn])")],
    ),
    Mistake(
        "network: labels not shuffled with their inputs",
        "two permutations where one is meant",
        "network.py",
        [("inputs[chosen], labels[chosen]", "inputs[chosen], labels[np.sort(chosen)]")],
    ),
    Mistake(
        "network: one run that breaks stops all",
        "a check of the mean loss over runs",
        "network.py",
        [("if t > steps or diverged_at.all():", "if t > steps or diverged_at.any():")],
    ),
    Mistake(
        "network: a broken run goes on as NaN",
        "loops that look at the loss in the end",
        "network.py",
        [("_where(diverged_at > 0, last[name], x[name])", "x[name]")],
    ),
    Mistake(
        "datasets: validated on what it was trained on",
        "one draw used for all parts",
        "datasets.py",
        [("random.normal(size=(3, n, 2))", "np.repeat(random.normal(size=(1, n, 2)), 3, axis=0)")],
    ),
    Mistake(
        "progress: written into stored outputs",
        "progress bars in published notebooks",
        "progress.py",
        [(" or not _somebody_watches()", "")],
    ),
    # tuning
    Mistake(
        "tuning: one seed for all runs",
        "five repetitions of one run, and a band of no width",
        "tuning.py",
        [("len(some), *start.shape))}", "len(some), *start.shape))[:, [0] * len(seeds)]}")],
    ),
    Mistake(
        "tuning: a setting begins where the last one ended",
        "a model built once, outside the loop over learning rates",
        "tuning.py",
        [("            scores =", '            start = training.parameters["all"][-1]\n            scores =')],
    ),
    Mistake(
        "tuning: one state for all settings of a method",
        "shared state between runs",
        "tuning.py",
        [
            (
                "in zip(self.optimizers, gradient, state.states)",
                "in zip(self.optimizers, gradient, [{type(s): s for s in state.states}[type(s)] for s in state[1]])",
            )
        ],
    ),
    Mistake(
        "tuning: runs that broke left out of the median",
        "nanmedian",
        "tuning.py",
        [("ranked = np.sort(runs[column])", "ranked = np.sort(runs[column][np.isfinite(runs[column])])")],
    ),
    Mistake(
        "tuning: the best seed in the place of the median",
        "the best of five runs, reported as the result",
        "tuning.py",
        [("for q in (low, 0.5, high)", "for q in (low, 1e-9, high)")],
    ),
    Mistake(
        "tuning: rows and seeds in different orders",
        "a transposed reshape",
        "tuning.py",
        [("training.losses.reshape(steps + 1, -1).T", "training.losses.swapaxes(1, 2).reshape(steps + 1, -1).T")],
    ),
    Mistake(
        "tuning: an interrupted sweep keeps nothing",
        "results gathered after the loop",
        "tuning.py",
        [("        if not parts:\n", "        if True:\n")],
    ),
    # exercises
    Mistake(
        "exercises: an absolute tolerance for functions",
        "np.allclose as it comes, which takes 0 for 1e-9",
        "exercises.py",
        [('_CLOSELY = {"rtol": 1e-9, "atol": 0.0}', '_CLOSELY = {"rtol": 1e-9, "atol": 1e-8}')],
    ),
    Mistake(
        "exercises: one right number is enough",
        "any for all",
        "exercises.py",
        [
            (
                "if _agree(found, wanted, asked).all():\n        return",
                "if _agree(found, wanted, asked).any():\n        return",
            )
        ],
    ),
    Mistake(
        "exercises: NaN counts as right",
        "assert not gap > tolerance",
        "exercises.py",
        [
            (
                "return np.isclose(found, wanted, rtol=asked.rtol, atol=asked.atol, equal_nan=True)",
                "return ~(abs(found - wanted) > asked.rtol * abs(wanted) + asked.atol)",
            )
        ],
    ),
    Mistake(
        "exercises: a shorter answer is broadcast",
        "one number that is right for an array",
        "exercises.py",
        [
            ("    if array.size != math.prod(shape):\n", "    if array.size not in (1, math.prod(shape)):\n"),
            (
                "return array.reshape(shape)",
                "return np.broadcast_to(array, shape) if array.size == 1 else array.reshape(shape)",
            ),
        ],
    ),
    Mistake(
        "exercises: asked with the usual settings only",
        "constants written into the code are right",
        "exercises.py",
        [('"beta1": 0.8, "beta2": 0.95, "eps": 1e-8}', '"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}')],
    ),
    Mistake(
        "exercises: no small gradient asked for",
        "eps inside the root and outside are the same",
        "exercises.py",
        [("gradients = np.array([[0.5, -2.0, 1e-8]", "gradients = 1e3 * np.array([[0.5, -2.0, 1e3]")],
    ),
    Mistake(
        "exercises: a hint that does not fit",
        "the first slip of the list for every wrong answer",
        "exercises.py",
        [
            (
                " for sentence, slip in asked.slips if _agree(found, _slipped(asked, slip), asked).all())",
                " for sentence, slip in asked.slips)",
            )
        ],
    ),
    Mistake(
        "exercises: what a function raises comes through",
        "a traceback from the grader's own lines",
        "exercises.py",
        [("except (Exception, SystemExit) as error:", "except ValueError as error:")],
    ),
    Mistake(
        "exercises: arrays handed over without a copy",
        "m *= beta changes what is compared",
        "exercises.py",
        [("*(array.copy() for array in memory)", "*memory")],
    ),
    Mistake(
        "exercises: a walk counted from 0",
        "burn issue 834",
        "exercises.py",
        [
            (
                'for t in range(1, check_count(steps, "steps", least=0) + 1):',
                'for t in range(check_count(steps, "steps", least=0)):',
            )
        ],
    ),
    Mistake(
        "exercises: schedules asked up to their end only",
        "a cosine that rises again is right",
        "exercises.py",
        [("for t in range(1, 14)", "for t in range(1, 8)")],
    ),
]
