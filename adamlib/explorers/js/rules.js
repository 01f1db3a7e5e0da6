// The update rules of the book for one coordinate, in the order and with the names of adamlib.
// Every coordinate of a parameter has a state of its own: { m, v }, both 0 at the start. t counts from 1.

export const ema = (average, x, beta) => beta * average + (1 - beta) * x;
export const debias = (average, beta, t) => average / (1 - beta ** t);

export const rules = {
  "Gradient descent":
    ({ lr }) =>
    (g) => ({ step: -lr * g }),

  Momentum:
    ({ lr, beta, heavyBall }) =>
    (g, state) => {
      const m = heavyBall ? beta * state.m + g : ema(state.m, g, beta);
      return { m, step: -lr * m };
    },

  RMSProp:
    ({ lr, beta, eps }) =>
    (g, state) => {
      const v = ema(state.v, g * g, beta);
      return { v, step: (-lr * g) / (Math.sqrt(v) + eps) };
    },

  Adam:
    ({ lr, beta1, beta2, eps, biasCorrection }) =>
    (g, state, t) => {
      const m = ema(state.m, g, beta1);
      const v = ema(state.v, g * g, beta2);
      const mHat = biasCorrection ? debias(m, beta1, t) : m;
      const vHat = biasCorrection ? debias(v, beta2, t) : v;
      return { m, v, ratio: mHat / (Math.sqrt(vHat) + eps), step: (-lr * mHat) / (Math.sqrt(vHat) + eps) };
    },

  AMSGrad:
    ({ lr, beta1, beta2, eps }) =>
    (g, state, t) => {
      const m = ema(state.m, g, beta1);
      const v = ema(state.v, g * g, beta2);
      const vMax = Math.max(state.vMax ?? 0, v);
      const mHat = debias(m, beta1, t);
      const vHat = debias(vMax, beta2, t);
      return { m, v, vMax, ratio: mHat / (Math.sqrt(vHat) + eps), step: (-lr * mHat) / (Math.sqrt(vHat) + eps) };
    },

  // The only one that looks at the parameter x.
  AdamW: ({ lr, weightDecay, ...adam }) => {
    const rule = rules.Adam({ lr, ...adam });
    return (g, state, t, x) => {
      const next = rule(g, state, t);
      return { ...next, step: next.step - lr * weightDecay * x };
    };
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
