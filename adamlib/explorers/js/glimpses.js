// Small views of AdamMicroscope: the length of the step, and what bias correction does to it.
import { GRADIENTS, presets } from "./gradients.js";
import { Chart } from "./lib/chart.js";
import { choice, controls, RANGES, readouts, SCALES, slider, toggle } from "./lib/controls.js";
import { html, setAttributes } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { endNames, reads } from "./lib/reading.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { drawLevel } from "./lib/shapes.js";
import { tools } from "./lib/tools.js";
import { compute, cursorHandle, dataOf, panelView, SETTINGS } from "./panels.js";
import { uncorrectedFactor } from "./rules.js";

const SHORT_BETA = { key: "beta2", label: "beta2", from: 0, to: 0.9999, step: 0.02, scale: SCALES.window };
const betaSlider = (model) => slider(model, { ...SHORT_BETA, range: RANGES.beta });

/** The largest of some lengths and the place of the first that is as large, but for the last digits. */
function longest(lengths) {
  const known = lengths.map((x) => (Number.isNaN(x) ? 0 : x));
  const most = known.reduce((a, b) => Math.max(a, b), 0);
  return { most, at: 1 + known.findIndex((x) => x >= most * (1 - 1e-6)) };
}

const spoken = (texts) =>
  Object.entries(texts)
    .map(([name, text]) => `${name} ${text}`)
    .join(", ");

const lengthControls = (model) => [
  choice(model, { key: "preset", label: "gradient", options: Object.keys(GRADIENTS) }),
  toggle(model, { key: "bias_correction", label: "bias correction" }),
  betaSlider(model),
];
const EPS = { key: "eps", label: "eps", from: 1e-12, to: 1e-3, step: 0.05, scale: SCALES.log };
const epsControls = (model) => [slider(model, { ...EPS, range: RANGES.atLeastZero })];

/** The step of every t in units of lr, and what its view has controls for. */
function steps({ model, el }, made, told) {
  const look = { height: 165, label: "Every step, in units of lr", xLabel: "step number t", yLabel: "step / lr" };
  const panel = panelView({ key: "ratio", names: [], ...look }, model);
  const { chart } = panel;
  const name = chart.add("text", { class: "explorer-halo", "text-anchor": "end" });
  const level = chart.add("path", { class: "microscope-guide" });
  const cursor = cursorHandle(model, chart, [chart]);
  const end = presets(model);
  const cells = readouts(["step t", "length / lr", "longest / lr", "at step"]);
  const announce = announcer(el);
  let run = null;
  el.append(
    controls(...made(model)),
    html("div", {}, chart.svg),
    cells.element,
    tools(model, el, { data: () => dataOf(run), small: true }),
  );
  const leave = keepDrawn(el, model, [chart], () => {
    const g = model.get("gradients");
    const t = clamp(model.get("cursor"), 1, g.length);
    const ts = g.map((_, i) => i + 1);
    run = compute(g, ...SETTINGS.map((key) => model.get(key))).chosen;
    panel.drawLines(ts, { chosen: run }, 1);
    drawLevel(chart, level, name, 1, "lr");
    const now = run.ratio[t - 1];
    panel.drawCursor(t, now);
    cursor.draw(t, now, `t ${t}, step / lr ${show(now)}`);
    const { most, at } = longest(run.ratio.map(Math.abs));
    const [length, most4] = [Math.abs(now), most].map((x) => show(x, 4));
    const texts = { "step t": String(t), "length / lr": length, "longest / lr": most4, "at step": String(at) };
    cells.update(texts);
    announce(`${told(model)}: ${spoken(texts)}.`);
  });
  return () => {
    end();
    leave();
  };
}

export const stepLength = (stage) => steps(stage, lengthControls, (model) => `Gradient ${model.get("preset")}`);
export const lengthByEps = (stage) => steps(stage, epsControls, (model) => `eps ${show(model.get("eps"))}`);

// Under a constant gradient

const LAST = 10000; // the last step that is looked at
const NEAR_LR = 0.05;
// Names of the lines, and which beta stays in each: an average that is corrected is as if its beta were 0.
const LEFT = { both: [0, 0], m: [0, 1], v: [1, 0], neither: [1, 1] };
const NAMES = { both: "both corrected", m: "only m", v: "only v", neither: "neither" };
const TS = [...new Set(Array.from({ length: 241 }, (_, i) => Math.round(LAST ** (i / 240))))];

/** The length of step t in units of lr, with what is named corrected. */
function lengthAt(t, corrected, { beta1, beta2 }) {
  const [first, second] = LEFT[corrected];
  return uncorrectedFactor(t, first * beta1, second * beta2);
}

/** From which step on the length stays within 5 percent of lr, or 0 if it is not there at the last one. */
function settledAt(lengths) {
  let t = lengths.length;
  while (t > 0 && Math.abs(lengths[t - 1] - 1) < NEAR_LR) t--;
  return t < lengths.length ? t + 1 : 0;
}

function correctionChart(model) {
  const axes = { xLabel: "step number t", yLabel: "step / lr", xLog: true, yLog: true };
  const label = "The length of every step under a constant gradient, in units of lr";
  const chart = new Chart({ label, height: 185, left: 52, ...axes });
  chart.cover([1, LAST], [0.05, 200]);
  const paths = Object.fromEntries(
    Object.keys(LEFT).map((key) => [key, chart.add("path", { class: `microscope-line microscope-of-${key}` })]),
  );
  const classes = Object.fromEntries(Object.values(NAMES).map((name) => [name, "microscope-name"]));
  const placeNames = endNames(chart, classes);
  let lines = {};
  const hovered = () => Object.entries(lines).map(([name, ys]) => ({ name, xs: TS, ys }));
  reads(chart, model, hovered, (name, i) => `t ${TS[i]}: ${show(lines[name][i])}`);
  const draw = (corrected, betas) => {
    chart.drawAxes();
    lines = Object.fromEntries(Object.keys(LEFT).map((key) => [key, TS.map((t) => lengthAt(t, key, betas))]));
    for (const [key, shape] of Object.entries(paths)) {
      setAttributes(shape, { d: chart.line(TS, lines[key]) });
      shape.classList.toggle("microscope-chosen", key === corrected);
    }
    const place = (key) => ({ name: NAMES[key], x: chart.left, y: chart.y(lines[key][0]) });
    placeNames(Object.keys(LEFT).map(place));
  };
  const data = () => [
    ["t", ...Object.keys(lines)],
    ...TS.map((t, i) => [t, ...Object.values(lines).map((ys) => ys[i])]),
  ];
  return { chart, draw, data };
}

/** The length of the step under a constant gradient, with both averages corrected, one or neither. */
export function correction({ model, el }) {
  const { chart, draw, data } = correctionChart(model);
  const cells = readouts(["first step / lr", "longest / lr", "at step", "within 5 % of lr from step"]);
  const announce = announcer(el);
  el.append(
    controls(
      choice(model, { key: "corrected", label: "bias correction of", options: Object.keys(LEFT) }),
      betaSlider(model),
    ),
    html("div", {}, chart.svg),
    cells.element,
    tools(model, el, { data, small: true }),
  );
  return keepDrawn(el, model, [chart], () => {
    const [corrected, beta1, beta2] = ["corrected", "beta1", "beta2"].map((key) => model.get(key));
    draw(corrected, { beta1, beta2 });
    const lengths = Array.from({ length: LAST }, (_, i) => lengthAt(i + 1, corrected, { beta1, beta2 }));
    const { most, at } = longest(lengths);
    const settled = settledAt(lengths);
    const texts = {
      "first step / lr": show(lengths[0], 4),
      "longest / lr": show(most, 4),
      "at step": String(at),
      "within 5 % of lr from step": settled ? String(settled) : `after ${LAST}`,
    };
    cells.update(texts);
    announce(`Corrected: ${corrected}. ${spoken(texts)}.`);
  });
}
