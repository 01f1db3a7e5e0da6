// ConvergenceExplorer: a map of beta1 and beta2 by where Adam goes on a line that changes, and the walk of one pair.

import { Chart, pixel } from "./lib/chart.js";
import { controls, put, RANGES, readouts, SCALES, slider, toggle } from "./lib/controls.js";
import { handle, tapped } from "./lib/drag.js";
import { html, setAttributes, svg } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { reads } from "./lib/reading.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { thinned } from "./lib/thinned.js";
import { tools } from "./lib/tools.js";
import { rules, trace } from "./rules.js";

const PERIOD = 3;
const STEPS = 2000; // of the walk
const SHORT = 120; // of the map
const LR = 0.5; // divided by sqrt(t)
const GRID = Array.from({ length: 10 }, (_, k) => k / 10); // betas of the map

const slopesOf = (large, steps) => Array.from({ length: steps }, (_, i) => (i % PERIOD ? -1 : large));

/** The steps in learning rates, with the other sign. */
function ratiosOf(amsgrad, slopes, beta1, beta2) {
  const rule = rules[amsgrad ? "AMSGrad" : "Adam"]({ lr: 1, beta1, beta2, eps: 0, biasCorrection: true });
  return trace(rule, slopes).map(({ ratio }) => ratio);
}

/** How far the last period would carry the walk, in learning rates. */
const carriedBy = (ratios) => -ratios.slice(-PERIOD).reduce((sum, ratio) => sum + ratio, 0);

/** The walk of the chosen pair, and what a reader wants to know of it. */
function walkOf(model) {
  const [large, amsgrad, beta1, beta2] = ["large", "amsgrad", "beta1", "beta2"].map((key) => model.get(key));
  const slopes = slopesOf(large, STEPS);
  const ratios = ratiosOf(amsgrad, slopes, beta1, beta2);
  const xs = [0];
  for (const ratio of ratios) xs.push(clamp(xs.at(-1) - (LR / Math.sqrt(xs.length)) * ratio, -1, 1));
  const paid = slopes.reduce((sum, slope, i) => sum + slope * xs[i], 0);
  const total = slopes.reduce((sum, slope) => sum + slope, 0);
  return { xs, carried: carriedBy(ratios), regret: (paid + Math.abs(total)) / STEPS };
}

const triangle = (x, y, up) => `M${pixel(x)} ${pixel(y + (up ? -6 : 6))}l5.5 ${up ? 10.5 : -10.5}h-11z`;

/** The map with the point that chooses a pair. */
function mapView(model) {
  const chart = new Chart({
    label: "Where a period carries the walk, over beta1 and beta2",
    height: 260,
    xLabel: "beta1",
    yLabel: "beta2",
  });
  chart.cover([-0.06, 1], [-0.06, 1.02]);
  const [ups, downs] = ["up", "down"].map((way) => svg("path", { class: `convergence-${way}` }));
  chart.inside.append(ups, downs);
  const near = (beta) => Number(clamp(beta, 0, 0.999).toFixed(3));
  const move = (x, y) => put(model, { beta1: near(x), beta2: near(y) });
  const point = handle(chart, {
    label: "beta1 and beta2 of the walk",
    step: [0.05, 0.05],
    where: () => [model.get("beta1"), model.get("beta2")],
    move,
  });
  tapped(chart, move);
  let drawn = "";
  let cells = [];
  const draw = (words) => {
    chart.drawAxes();
    const [large, amsgrad] = [model.get("large"), model.get("amsgrad")];
    const key = `${large} ${amsgrad} ${chart.width}`;
    if (key !== drawn) {
      const slopes = slopesOf(large, SHORT);
      cells = GRID.flatMap((beta2) =>
        GRID.map((beta1) => ({ beta1, beta2, up: carriedBy(ratiosOf(amsgrad, slopes, beta1, beta2)) > 0 })),
      );
      const marks = (up) =>
        cells.filter((cell) => cell.up === up).map((cell) => triangle(chart.x(cell.beta1), chart.y(cell.beta2), up));
      setAttributes(ups, { d: marks(true).join("") });
      setAttributes(downs, { d: marks(false).join("") });
    }
    drawn = key;
    point.place(`beta1 ${show(model.get("beta1"))}, beta2 ${show(model.get("beta2"))}, ${words}`, model.get("beta2"));
  };
  return { chart, draw };
}

/** The chart of the walk. */
function walkView(model) {
  const chart = new Chart({ label: "The walk of the pair chosen", height: 260, xLabel: "step t", yLabel: "x" });
  chart.cover([0, STEPS], [-1.08, 1.08]);
  const line = chart.add("path", { class: "convergence-walk" });
  const ts = Array.from({ length: STEPS + 1 }, (_, t) => t);
  let xs = [0];
  reads(
    chart,
    model,
    () => [{ name: "x", xs: ts, ys: xs }],
    (_, t) => `t ${t}: ${show(xs[t])}`,
  );
  const draw = (now) => {
    xs = now;
    chart.drawAxes();
    setAttributes(line, {
      d: thinned(
        ts.map((t) => chart.x(t)),
        xs.map((x) => chart.y(x)),
      ),
    });
  };
  return { chart, draw };
}

function render({ model, el }) {
  el.classList.add("explorer");
  const [map, walk] = [mapView(model), walkView(model)];
  const labels = ["end of the walk", "three steps carry it by", "so it heads for", "average regret"];
  const readings = readouts(labels);
  const announce = announcer(el);
  const betas = { from: 0, to: 0.999, step: 0.02, scale: SCALES.window, range: RANGES.beta };
  const large = RANGES.between(2.1, 1000);
  const data = () => [["t", "x"], ...walkOf(model).xs.map((x, t) => [t, x])];
  el.append(
    controls(
      slider(model, { key: "beta1", label: "beta1", ...betas }),
      slider(model, { key: "beta2", label: "beta2", ...betas }),
      slider(model, { key: "large", label: "C, the large slope", from: 2.1, to: 10, step: 0.1, range: large }),
      toggle(model, { key: "amsgrad", label: "AMSGrad" }),
    ),
    html("div", { class: "convergence-views" }, html("div", {}, map.chart.svg), html("div", {}, walk.chart.svg)),
    html(
      "p",
      { class: "explorer-note" },
      "Triangle up: a period carries the walk up, to +1, the worst point. Triangle down: to −1, the best.",
    ),
    readings.element,
    tools(model, el, { data }),
  );
  return keepDrawn(el, model, [map.chart, walk.chart], () => {
    const { xs, carried, regret } = walkOf(model);
    const heads = carried > 0 ? "+1, the worst point" : "−1, the best point";
    const texts = [show(xs.at(-1)), `${show(carried)} lr`, heads, show(regret)];
    map.draw(`heads for ${heads}`);
    walk.draw(xs);
    readings.update(Object.fromEntries(labels.map((label, i) => [label, texts[i]])));
    announce(
      `beta1 ${show(model.get("beta1"))}, beta2 ${show(model.get("beta2"))}: ` +
        `ends at ${texts[0]} and heads for ${heads}. Average regret ${texts[3]}.`,
    );
  });
}

export default { render };
