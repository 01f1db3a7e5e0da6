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
import { renderer } from "./views.js";

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
function walkView(model, height) {
  const chart = new Chart({ label: "The walk of the pair chosen", height, xLabel: "step t", yLabel: "x" });
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
        0.05, // a swing of half a pixel would be here a line and there a band
      ),
    });
  };
  return { chart, draw };
}

const LABELS = ["end of the walk", "three steps carry it by", "so it heads for", "average regret"];
const SHORT_LIST = LABELS.slice(0, 3);
const BETA = { from: 0, to: 0.999, step: 0.02, scale: SCALES.window, range: RANGES.beta };
const betaSlider = (model, key) => slider(model, { key, label: key, ...BETA });
const dataOf = (model) => () => [["t", "x"], ...walkOf(model).xs.map((x, t) => [t, x])];

/** What is read out of a walk, by its label. */
function textsOf({ xs, carried, regret }) {
  const heads = carried > 0 ? "+1, the worst point" : "−1, the best point";
  const texts = [show(xs.at(-1)), `${show(carried)} lr`, heads, show(regret)];
  return Object.fromEntries(LABELS.map((label, i) => [label, texts[i]]));
}

/** What is said of a walk. */
const told = (model, texts) =>
  `beta1 ${show(model.get("beta1"))}, beta2 ${show(model.get("beta2"))}: ` +
  `ends at ${texts[LABELS[0]]} and heads for ${texts[LABELS[2]]}. Average regret ${texts[LABELS[3]]}.`;

/** The walk alone, by the memory of its squares. */
function alone({ model, el }) {
  const walk = walkView(model, 180);
  const readings = readouts(SHORT_LIST);
  readings.element.classList.add("convergence-readouts");
  const announce = announcer(el);
  el.append(
    controls(betaSlider(model, "beta2")),
    html("div", {}, walk.chart.svg),
    readings.element,
    tools(model, el, { data: dataOf(model), small: true }),
  );
  return keepDrawn(el, model, [walk.chart], () => {
    const now = walkOf(model);
    const texts = textsOf(now);
    walk.draw(now.xs);
    readings.update(Object.fromEntries(SHORT_LIST.map((label) => [label, texts[label]])));
    announce(told(model, texts));
  });
}

/** The map beside the walk, and all controls. */
function laboratory({ model, el }) {
  const [map, walk] = [mapView(model), walkView(model, 260)];
  const readings = readouts(LABELS);
  const announce = announcer(el);
  const large = RANGES.between(2.1, 1000);
  el.append(
    controls(
      betaSlider(model, "beta1"),
      betaSlider(model, "beta2"),
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
    tools(model, el, { data: dataOf(model) }),
  );
  return keepDrawn(el, model, [map.chart, walk.chart], () => {
    const now = walkOf(model);
    const texts = textsOf(now);
    map.draw(`heads for ${texts[LABELS[2]]}`);
    walk.draw(now.xs);
    readings.update(texts);
    announce(told(model, texts));
  });
}

const render = renderer({ laboratory, walk: alone });

export default { render };
