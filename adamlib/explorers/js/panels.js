// What Adam makes of a gradient, and the panels that show it.
import { Chart, pixel } from "./lib/chart.js";
import { put, readouts } from "./lib/controls.js";
import { centre, pressable } from "./lib/drag.js";
import { setAttributes, svg } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { reads } from "./lib/reading.js";
import { rules, trace } from "./rules.js";

export const SETTINGS = ["lr", "beta1", "beta2", "eps", "bias_correction"];
export const FARTHEST = 4e307; // so that the difference of an axis's ends is finite

/** Both runs of Adam, with bias correction as chosen and the other way, as { g, m, v, ratio, step }. */
export function compute(g, lr, beta1, beta2, eps, corrected) {
  const [chosen, other] = [corrected, !corrected].map((biasCorrection) => {
    const rows = trace(rules.Adam({ lr, beta1, beta2, eps, biasCorrection }), g);
    return { g, ...Object.fromEntries(["m", "v", "ratio", "step"].map((key) => [key, rows.map((row) => row[key])])) };
  });
  return { chosen, other };
}

/** A run as rows of cells, the first with the names. */
export function dataOf(run) {
  const keys = ["g", "m", "v", "ratio", "step"];
  return [["t", ...keys], ...run.g.map((_, i) => [i + 1, ...keys.map((key) => run[key][i])])];
}

/** What went beyond the numbers, as a sentence, or "". */
export function beyond({ v, step }) {
  const large = v.indexOf(Infinity) + 1;
  const lost = step.findIndex((x) => !Number.isFinite(x)) + 1;
  const told = [];
  if (large) {
    const when = v.at(-1) === Infinity ? `from t = ${large} on` : `at t = ${large}`; // with beta2 = 0 it is 0 times infinity then
    const still = Number.isFinite(step[large - 1]) ? ", and the step 0" : ""; // lr times the average may be too large as well
    told.push(`The square of g is too large for a number: v is infinite ${when}${still}.`);
  }
  if (lost)
    told.push(`At t = ${lost} the step is ${show(step[lost - 1])}${v[lost - 1] === 0 ? ", a division by 0" : ""}.`);
  return told.join(" ");
}

// The panels

/** The least and the greatest of the finite values and 0. */
function ends(values) {
  let low = 0;
  let high = 0;
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    if (x < low) low = x;
    else if (x > high) high = x;
  }
  return [Math.max(low, -FARTHEST), Math.min(high, FARTHEST)];
}

/** What an axis spans: all of the main line, of the other as much again, and a guide at -one or one that is near. */
function span(main, other, one) {
  let [low, high] = ends(main);
  const [least, most] = ends(other);
  low = Math.max(2 * low, Math.min(low, least));
  high = Math.min(2 * high, Math.max(high, most));
  if (low < -one / 20) low = Math.min(low, -one);
  if (high > one / 20) high = Math.max(high, one);
  return high - low > 1e-300 ? [low, high] : [0, 1];
}
const widen = ([low, high], above, below) => [low - below * (high - low), high + above * (high - low)];

/** A panel: the part of Adam that it shows, its chart, and the readouts above it. Only one with an xLabel has numbers below. */
export function panelView({ key, names, height, label, xLabel = "", yLabel = "" }, model) {
  const chart = new Chart({ label, height, left: 64, xLabel, yLabel, bare: !xLabel, bottom: xLabel ? 38 : 6 });
  const lineClass = key === "g" ? "microscope-gradient" : "microscope-line";
  const [guides, other, main, cursor] = ["microscope-guide", "microscope-other", lineClass, "microscope-cursor"].map(
    (name) => chart.add("path", { class: name }),
  );
  const dot = svg("circle", { r: 4, class: "microscope-dot" });
  if (key !== "g") chart.above.append(dot);
  let shown = { xs: [], ys: [] };
  const passing = (_, i) => `t ${shown.xs[i]}: ${show(shown.ys[i])}`;
  reads(chart, model, () => [{ name: key, ...shown }], passing);
  const head = readouts(names);
  head.element.classList.add("microscope-head");

  /**
   * Draw the chosen run, and the other where there are guides: they stand at one and -one. `fixed` is the axis that is
   * kept.
   */
  const drawLines = (ts, runs, one, fixed) => {
    const values = runs.chosen[key];
    shown = { xs: ts, ys: values };
    const pale = (one !== undefined && runs.other?.[key]) || [];
    const wanted = span(values, pale, one);
    const fitted = key === "g" ? widen(wanted, 0.3, 0.3) : widen(wanted, wanted[1] && 0.08, wanted[0] && 0.08);
    chart.cover([0, ts.length + 1], fixed ?? fitted);
    chart.drawAxes();
    setAttributes(main, { d: chart.line(ts, values) });
    if (one === undefined) return;
    setAttributes(other, { d: chart.line(ts, pale) });
    setAttributes(guides, { d: [-one, one].map((value) => chart.level(pixel(chart.y(value)))).join("") });
  };
  const drawCursor = (t, value) => {
    const x = chart.x(t);
    const y = chart.y(value);
    setAttributes(cursor, { d: chart.upright(x) });
    const inside = y >= chart.top - 1 && y <= chart.floor + 1;
    setAttributes(dot, { visibility: inside ? "visible" : "hidden" });
    if (inside) centre(dot, x, y);
  };
  return { key, names, chart, head, drawLines, drawCursor };
}

const LEAD = "Step t; left and right choose a step";

/**
 * The cursor of the panels: by keys from its handle, which stands in the first, by pointer in `pointed`. Up and down
 * change the gradient there if `lift` does that.
 */
export function cursorHandle(model, sheet, pointed, lift) {
  const choose = (t) => put(model, { cursor: clamp(Math.round(t), 1, model.get("gradients").length) });
  const element = svg(
    "g",
    {
      class: "explorer-handle microscope-handle",
      tabindex: "0",
      role: "slider",
      "aria-valuenow": "1",
      "aria-valuetext": "not drawn yet",
      "aria-valuemin": 1,
      "aria-label": lift ? `${LEAD}, up and down change the gradient there` : LEAD,
    },
    svg("circle", { r: 14, class: "explorer-reach" }),
    svg("circle", { r: 6 }),
  );
  sheet.above.append(element);
  element.addEventListener("keydown", (event) => {
    const t = model.get("cursor");
    const far = event.shiftKey ? 10 : 1;
    const last = model.get("gradients").length;
    const to = { ArrowLeft: t - far, ArrowRight: t + far, Home: 1, End: last }[event.key];
    const up = lift && { ArrowUp: far, ArrowDown: -far }[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey || (to === undefined && !up)) return;
    event.preventDefault();
    if (up) lift(t, up);
    else choose(to);
  });
  for (const chart of pointed) {
    chart.svg.classList.add("microscope-panel");
    pressable(chart, element, { move: (event) => choose(chart.at(event)[0]) });
  }
  /** Draw it at the height of a value, with words for what stands there. */
  const draw = (t, value, words) => {
    const last = model.get("gradients").length;
    const y = Number.isNaN(value) ? sheet.floor : clamp(sheet.y(value), sheet.top, sheet.floor);
    centre(element, sheet.x(t), y);
    setAttributes(element, { "aria-valuemax": last, "aria-valuenow": t, "aria-valuetext": words });
  };
  return { element, draw };
}
