// The methods of DescentExplorer, and how they walk down a landscape.

import { show } from "./lib/format.js";
import { descend, normals, rules } from "./rules.js";

/**
 * For each method: its name in the styles, its marker of radius r as a path from the middle, and its settings from the
 * traits.
 */
export const METHODS = {
  "Gradient descent": {
    slug: "descent",
    mark: (r) => `m${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
    settings: (get) => ({ lr: get("descent_lr") }),
  },
  Momentum: {
    slug: "momentum",
    mark: (r) => `m0 ${-1.2 * r}l${1.2 * r} ${2.1 * r}h${-2.4 * r}z`,
    settings: (get) => ({ lr: get("momentum_lr"), beta: get("momentum_beta"), heavyBall: get("heavy_ball") }),
  },
  RMSProp: {
    slug: "rmsprop",
    mark: (r) => `m0 ${-1.3 * r}l${1.3 * r} ${1.3 * r}l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}z`,
    settings: (get) => ({ lr: get("rmsprop_lr"), beta: get("rmsprop_beta"), eps: get("rmsprop_eps") }),
  },
  Adam: {
    slug: "adam",
    mark: (r) => `m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
    settings: (get) => ({
      lr: get("adam_lr"),
      beta1: get("adam_beta1"),
      beta2: get("adam_beta2"),
      eps: get("adam_eps"),
      biasCorrection: get("bias_correction"),
    }),
  },
};
export const NAMES = Object.keys(METHODS);

export const within = ([x0, x1, y0, y1], [x, y]) => x >= x0 && x <= x1 && y >= y0 && y <= y1;

/** The height below which a walk has met its goal. */
export const goalNow = (get) => get("goal") * get("scale");

/** Walk one method, and tell what a reader wants to know of its walk. */
function walkOf(name, land, get) {
  const [steps, noise, start] = ["steps", "noise", "start"].map(get);
  const goal = goalNow(get);
  const pushes = noise ? normals(get("seed"), 2 * steps).map((z) => noise * z) : null;
  const gradient = (x, y, t) => {
    const [gx, gy] = land.gradient(x, y);
    return pushes ? [gx + pushes[2 * t - 2], gy + pushes[2 * t - 1]] : [gx, gy];
  };
  const { points, divergedAt } = descend(gradient, start, rules[name](METHODS[name].settings(get)), steps);
  const [xs, ys] = [0, 1].map((i) => points.map((point) => point[i]));
  const heights = points.map(([x, y]) => land.loss(x, y) - land.floor);
  let met = heights.length;
  while (met > 0 && heights[met - 1] < goal) met--;
  return {
    points,
    xs,
    ys,
    heights,
    low: goal / 100,
    divergedAt,
    met: divergedAt || met === heights.length ? null : met,
  };
}

/** A function that gives a method's walk, and walks again only where a setting of it has changed. */
export function walker(get) {
  const kept = {};
  return (method, land) => {
    const from = ["landscape", "condition", "degrees", "start", "steps", "noise", "seed", "goal", "scale"].map(get);
    const key = JSON.stringify([...from, METHODS[method].settings(get)]);
    if (kept[method]?.key !== key) kept[method] = { key, ...walkOf(method, land, get) };
    return kept[method];
  };
}

/** Why a walk has no more points, or "". */
function ending({ points, divergedAt }, land) {
  if (!divergedAt) return "";
  const [x, y] = points.at(-1);
  const last = divergedAt - 1;
  if (!land.interpolated || !Number.isNaN(land.gradient(x, y)[0])) return `not finite from step ${divergedAt} on`;
  return land.covers(x, y) ? `stopped by a hole at step ${last}` : `left the sampled part at step ${last}`;
}

/** The height, and whether the chart of the heights ends above it. */
const inHeight = (walk, step) => {
  const height = walk.heights[step];
  return show(height) + (height < walk.low ? ", below the chart" : "");
};

/** The height at a step, or what `words` has of it, and where the walk is if it cannot be seen. */
export function standing(walk, land, step, words = inHeight) {
  if (step >= walk.points.length) return ending(walk, land);
  let out = step;
  while (out >= 0 && !within(land.extent, walk.points[out])) out--;
  const where = out < 0 ? ", outside the picture" : `, left the picture at step ${out + 1}`;
  return words(walk, step) + (out === step ? "" : where);
}

/** From when on a walk is below the goal. */
export function goalOf({ met }, steps) {
  if (met === null) return `not at step ${steps}`;
  return met ? `from step ${met} on` : "from the start";
}
