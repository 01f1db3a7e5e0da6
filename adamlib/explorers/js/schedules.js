// The schedules of adamlib, with the names of their arguments and t counted from 1, and the expected loss of descent
// on a noisy bowl.

const between = (start, end, share) => start * share + end * (1 - share);
const halfWave = (start, end, done) => between(start, end, (1 + Math.cos(Math.PI * Math.min(done, 1))) / 2);

export const schedules = {
  constant:
    ({ lr }) =>
    () =>
      lr,
  inverse_time:
    ({ lr, k }) =>
    (t) =>
      lr / (1 + k * (t - 1)),
  exponential:
    ({ lr, factor }) =>
    (t) =>
      lr * factor ** (t - 1),
  staircase:
    ({ lr, factor, every }) =>
    (t) =>
      lr * factor ** Math.floor((t - 1) / every),
  inverse_sqrt:
    ({ lr }) =>
    (t) =>
      lr / Math.sqrt(t),
  polynomial:
    ({ lr, steps, power, end = 0 }) =>
    (t) =>
      between(lr, end, Math.max(1 - (t - 1) / steps, 0) ** power),
  linear:
    ({ lr, steps, end = 0 }) =>
    (t) =>
      between(lr, end, Math.max(1 - (t - 1) / steps, 0)),
  cosine:
    ({ lr, steps, end = 0 }) =>
    (t) =>
      halfWave(lr, end, (t - 1) / steps),
  one_cycle:
    ({ lr, steps, rise = 0.3, div_factor = 25, final_div_factor = 1e4 }) =>
    (t) => {
      const first = lr / div_factor,
        peak = rise * steps,
        last = first / final_div_factor;
      if (t - 1 >= steps) return last;
      return t - 1 < peak ? halfWave(first, lr, (t - 1) / peak) : halfWave(lr, last, (t - 1 - peak) / (steps - peak));
    },
  warmup:
    ({ schedule, steps }) =>
    (t) =>
      t < steps ? schedule(1) * (t / steps) : schedule(t - steps + 1),
};

/** A schedule through learning rates at evenly spaced steps from 1 to steps, straight in the logarithm between them. */
export function drawn(rates, steps) {
  const gaps = rates.length - 1;
  return (t) => {
    const place = Math.min(((t - 1) * gaps) / (steps - 1), gaps),
      i = Math.min(Math.floor(place), gaps - 1),
      share = place - i;
    return rates[i] ** (1 - share) * rates[i + 1] ** share;
  };
}

/** The floor of a learning rate in one coordinate, Infinity where it is too large for it. */
const floorOf = (lr, curvature, noise) =>
  lr * curvature < 2 ? (lr * (noise * noise)) / (2 * (2 - lr * curvature)) : Infinity;
export const noiseFloor = (lr, curvatures, noise) =>
  floorOf(lr, curvatures[0], noise) + floorOf(lr, curvatures[1], noise);

/** The expected loss after 0, 1, ... steps, and its parts. It stays infinite once it is larger than any number. */
export function expectedLosses(rates, curvatures, noise, start) {
  const [distances, noises, losses] = [0, 1, 2].map(() => new Float64Array(rates.length + 1).fill(Infinity));
  const means = Float64Array.from(start),
    variances = new Float64Array(start.length);
  for (let t = 0; t <= rates.length; t++) {
    const lr = t ? rates[t - 1] : 0,
      push = lr * noise;
    let distance = 0,
      spread = 0;
    for (let i = 0; i < means.length; i++) {
      const curvature = curvatures[i],
        kept = 1 - lr * curvature; // at the start lr is 0, and nothing moves
      means[i] *= kept;
      variances[i] = kept * kept * variances[i] + push * push;
      distance += (curvature * (means[i] * means[i])) / 2;
      spread += (curvature * variances[i]) / 2;
    }
    if (!Number.isFinite(distance + spread)) return { distances, noises, losses, divergedAt: t };
    distances[t] = distance;
    noises[t] = spread;
    losses[t] = distance + spread;
  }
  return { distances, noises, losses, divergedAt: null };
}

/** The constant learning rate with the lowest last loss, of all 10^(-k/100) times the limit with k = 1 to 600. */
export function bestConstant(curvatures, noise, start, steps) {
  const limit = 2 / Math.max(...curvatures);
  let best = limit * 10 ** (-1 / 100),
    lowest = Infinity;
  for (let k = 1; k <= 600; k++) {
    const lr = limit * 10 ** (-k / 100);
    const loss = curvatures.reduce((total, curvature, i) => {
      const left = (1 - lr * curvature) ** (2 * steps);
      return total + ((curvature * (start[i] * start[i])) / 2) * left + floorOf(lr, curvature, noise) * (1 - left);
    }, 0);
    if (loss < lowest) [best, lowest] = [lr, loss];
  }
  return best;
}
