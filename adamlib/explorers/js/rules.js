// The update rules of the book for one coordinate, in the order and with the names of adamlib.
// Every coordinate of a parameter has a state of its own: { m, v }, both 0 at the start. t counts from 1. A rule writes the
// new state and the step into `next`. That may be the old state: a new one for each of thousands of steps takes longer
// than the arithmetic.

export const ema = (average, x, beta) => beta * average + (1 - beta) * x;
export const debias = (average, beta, t) => average / (1 - beta ** t);

/** debias of one beta. A power takes longer than the rest of a step, and all coordinates ask for that of the same t. */
function debiasOf(beta) {
  let last = 0;
  let sum = 0;
  return (average, t) => {
    if (t !== last) sum = 1 - beta ** t;
    last = t;
    return average / sum;
  };
}

export const rules = {
  "Gradient descent":
    ({ lr }) =>
    (g, _state, _t, _x, next = {}) => {
      next.step = -lr * g;
      return next;
    },

  Momentum:
    ({ lr, beta, heavyBall }) =>
    (g, state, _t, _x, next = {}) => {
      next.m = heavyBall ? beta * state.m + g : ema(state.m, g, beta);
      next.step = -lr * next.m;
      return next;
    },

  RMSProp:
    ({ lr, beta, eps }) =>
    (g, state, _t, _x, next = {}) => {
      next.v = ema(state.v, g * g, beta);
      next.step = (-lr * g) / (Math.sqrt(next.v) + eps);
      return next;
    },

  Adam: ({ lr, beta1, beta2, eps, biasCorrection }) => {
    const [debias1, debias2] = [beta1, beta2].map(debiasOf);
    return (g, state, t, _x, next = {}) => {
      next.m = ema(state.m, g, beta1);
      next.v = ema(state.v, g * g, beta2);
      const mHat = biasCorrection ? debias1(next.m, t) : next.m;
      const vHat = biasCorrection ? debias2(next.v, t) : next.v;
      next.ratio = mHat / (Math.sqrt(vHat) + eps);
      next.step = (-lr * mHat) / (Math.sqrt(vHat) + eps);
      return next;
    };
  },

  AMSGrad:
    ({ lr, beta1, beta2, eps }) =>
    (g, state, t, _x, next = {}) => {
      next.m = ema(state.m, g, beta1);
      next.v = ema(state.v, g * g, beta2);
      next.vMax = Math.max(state.vMax ?? 0, next.v);
      const mHat = debias(next.m, beta1, t);
      const vHat = debias(next.vMax, beta2, t);
      next.ratio = mHat / (Math.sqrt(vHat) + eps);
      next.step = (-lr * mHat) / (Math.sqrt(vHat) + eps);
      return next;
    },

  // The only one that looks at the parameter x.
  AdamW:
    ({ lr, weightDecay, ...settings }, adam = rules.Adam({ lr, ...settings })) =>
    (g, state, t, x, into) => {
      const next = adam(g, state, t, x, into);
      next.step -= lr * weightDecay * x;
      return next;
    },
};

/**
 * By what the step is multiplied when both bias corrections are left out, as adamlib.bounds has it. It is the length of
 * the step under a constant gradient, in units of lr; where an average is corrected, it is as if its beta were 0.
 */
export const uncorrectedFactor = (t, beta1, beta2) => (1 - beta1 ** t) / Math.sqrt(1 - beta2 ** t);

/** Average a series from 0; give the average after each value. */
export function emaSeries(xs, beta, biasCorrection) {
  let average = 0;
  return xs.map((x, i) => {
    average = ema(average, x, beta);
    return biasCorrection ? debias(average, beta, i + 1) : average;
  });
}

/** Feed a sequence of gradients of one coordinate to a rule; give what it returns at each step. */
export function trace(rule, gradients, start = 0) {
  let state = { m: 0, v: 0 };
  let x = start;
  return gradients.map((g, i) => {
    state = rule(g, state, i + 1, x);
    x += state.step;
    return state;
  });
}

/** Follow a rule downhill in the plane. The walk ends before the first point that is not finite. */
export function descend(gradient, start, rule, steps) {
  const points = [start];
  let [x, y] = start,
    across = { m: 0, v: 0 },
    along = { m: 0, v: 0 };
  for (let t = 1; t <= steps; t++) {
    const [gx, gy] = gradient(x, y, t);
    across = rule(gx, across, t);
    along = rule(gy, along, t);
    x += across.step;
    y += along.step;
    if (!Number.isFinite(x) || !Number.isFinite(y)) return { points, divergedAt: t };
    points.push([x, y]);
  }
  return { points, divergedAt: null };
}

/** The factor by which the heavy ball shrinks the error per step on a parabola, in the long run. */
export function convergenceRate(lr, beta, curvature) {
  const b = 1 + beta - lr * curvature;
  const inside = b * b - 4 * beta;
  return inside < 0 ? Math.sqrt(beta) : (Math.abs(b) + Math.sqrt(inside)) / 2;
}

/** Standard normal numbers, the same for the same seed here and in adamlib.explorers.noise. */
export function normals(seed, count) {
  let a = seed;
  const uniform = () => {
    // mulberry32 of Tommy Ettinger (public domain)
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    // Box and Muller; 1 - u is never 0
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
}
