// AdamMicroscope: a gradient to draw by hand, and what each part of Adam makes of it.

import { Chart, pixel } from "./lib/chart.js";
import { button, choice, controls, put, RANGES, readouts, SCALES, slider, toggle } from "./lib/controls.js";
import { centre, pressable } from "./lib/drag.js";
import { html, setAttributes, setText, svg } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { debias, normals, rules, trace } from "./rules.js";

// As adamlib.explorers.microscope makes them.
const GRADIENTS = {
  constant: (n) => Array(n).fill(1),
  noise: (n) => normals(1, n),
  spike: (n) => Array.from({ length: n }, (_, i) => (i === Math.floor(n / 3) ? 20 : 1)),
  "dormant then on": (n) => Array.from({ length: n }, (_, i) => (i < Math.floor(n / 2) ? 0 : 1)),
  ramp: (n) => {
    const ramp = [1];
    while (ramp.length < n) ramp.push(ramp.at(-1) * (0.9 / 0.999));
    return ramp.reverse();
  },
};
// From top to bottom; the readouts stand above each as its title.
const PANELS = [
  { key: "g", names: ["gradient g"], height: 140, label: "The gradient, to be drawn by hand" },
  { key: "m", names: ["m", "m_hat"], height: 84, label: "The first moment m" },
  { key: "v", names: ["v", "v_hat"], height: 84, label: "The second moment v" },
  { key: "ratio", names: ["m_hat / √v_hat"], height: 100, label: "The ratio" },
  { key: "step", names: ["step", "step / lr"], height: 126, label: "The step" },
];
const SETTINGS = ["lr", "beta1", "beta2", "eps", "bias_correction"];
const FARTHEST = 4e307; // so that the difference of an axis's ends is finite

// What Adam makes of the gradient

/** Both runs of Adam, with bias correction as chosen and the other way, as { g, m, v, ratio, step }. */
function compute(g, lr, beta1, beta2, eps, corrected) {
  const [chosen, other] = [corrected, !corrected].map((biasCorrection) => {
    const rows = trace(rules.Adam({ lr, beta1, beta2, eps, biasCorrection }), g);
    return { g, ...Object.fromEntries(["m", "v", "ratio", "step"].map((key) => [key, rows.map((row) => row[key])])) };
  });
  return { chosen, other };
}

/** What went beyond the numbers, as a sentence, or "". */
function beyond({ v, step }) {
  const large = v.indexOf(Infinity) + 1;
  const lost = step.findIndex((x) => !Number.isFinite(x)) + 1;
  const told = [];
  if (large)
    told.push(`The square of g is too large for a number: v is infinite from t = ${large} on, and the step 0.`);
  if (lost) told.push(`At t = ${lost} the step is ${show(step[lost - 1])}${v[lost - 1] ? "" : ", a division by 0"}.`);
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

function panelView({ key, names, height, label }) {
  const last = key === "step";
  const xLabel = last ? "step number t" : "";
  const chart = new Chart({ label, height, left: 64, xLabel, bare: !last, bottom: last ? 38 : 6 });
  const lineClass = key === "g" ? "microscope-gradient" : "microscope-line";
  const [guides, other, main, cursor] = ["microscope-guide", "microscope-other", lineClass, "microscope-cursor"].map(
    (name) => chart.add("path", { class: name }),
  );
  const dot = svg("circle", { r: 4, class: "microscope-dot" });
  if (key !== "g") chart.above.append(dot);
  const head = readouts(names);
  head.element.classList.add("microscope-head");

  /** Draw both runs; one is where the guides stand, on both sides of 0, and fixed the axis that is kept. */
  const drawLines = (ts, runs, one, fixed) => {
    const values = runs.chosen[key];
    const wanted = span(values, one ? runs.other[key] : [], one);
    const fitted = key === "g" ? widen(wanted, 0.3, 0.3) : widen(wanted, wanted[1] && 0.08, wanted[0] && 0.08);
    chart.cover([0, ts.length + 1], fixed ?? fitted);
    chart.drawAxes();
    setAttributes(main, { d: chart.line(ts, values) });
    if (one === undefined) return;
    setAttributes(other, { d: chart.line(ts, runs.other[key]) });
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

// The hand

const exact = (x) => Number(x.toPrecision(12)); // 0.1 + 0.2 is 0.3 here

/** The cursor of all panels: by keys from its handle, by pointer in any panel but the gradient's. */
function cursorHandle(model, [sheet, ...others], grain, keep) {
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
      "aria-label": "Step t; left and right choose a step, up and down change the gradient there",
    },
    svg("circle", { r: 14, class: "explorer-reach" }),
    svg("circle", { r: 6 }),
  );
  sheet.above.append(element);
  element.addEventListener("keydown", (event) => {
    const t = model.get("cursor");
    const far = event.shiftKey ? 10 : 1;
    const values = [...model.get("gradients")];
    const to = { ArrowLeft: t - far, ArrowRight: t + far, Home: 1, End: values.length }[event.key];
    const up = { ArrowUp: far, ArrowDown: -far }[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey || (to === undefined && !up)) return;
    event.preventDefault();
    if (!up) return choose(to);
    values[t - 1] = exact(clamp(values[t - 1] + up * grain(), -Number.MAX_VALUE, Number.MAX_VALUE));
    keep(values, t);
  });
  for (const chart of others) {
    chart.svg.classList.add("microscope-panel");
    const point = (event) => {
      if (event.buttons & 1) choose(chart.at(event)[0]);
    };
    chart.svg.addEventListener("pointerdown", point);
    chart.svg.addEventListener("pointermove", point);
  }
  const draw = (t, g) => {
    centre(element, sheet.x(t), clamp(sheet.y(g[t - 1]), sheet.top, sheet.floor));
    const words = `t ${t}, g ${show(g[t - 1])}`;
    setAttributes(element, { "aria-valuemax": g.length, "aria-valuenow": t, "aria-valuetext": words });
  };
  return { element, draw };
}

/**
 * The pen that draws the gradient, and the cursor. Values are rounded to about what a pixel can tell, and 0 is easy to
 * hit. While the pen is down, `axis()` is what its chart has to span.
 */
function hand(model, charts) {
  const sheet = charts[0];
  const pixelHeight = () => (sheet.ys[1] - sheet.ys[0]) / sheet.down;
  const grain = () => 10 ** Math.round(Math.log10(2 * pixelHeight()));
  const keep = (gradients, cursor) => put(model, { gradients, preset: "drawn", cursor });
  const cursor = cursorHandle(model, charts, grain, keep);
  let pen = null; // while it is down: { last: [t, g], low, high: ends of the axis }
  const stroke = (event) => {
    const [x, y] = sheet.at(event);
    const values = [...model.get("gradients")];
    const unit = grain();
    const more = (pen.high - pen.low) / 10; // the axis grows step by step where the pen leaves it
    if (y < pen.low) pen.low = Math.max(y, pen.low - more, -FARTHEST);
    else if (y > pen.high) pen.high = Math.min(y, pen.high + more, FARTHEST);
    const t = clamp(Math.round(x), 1, values.length);
    const g = Math.abs(y) < 3 * pixelHeight() ? 0 : exact(Math.round(clamp(y, pen.low, pen.high) / unit) * unit);
    const [fromT, fromG] = pen.last?.[0] <= values.length ? pen.last : [t, g];
    const way = Math.sign(t - fromT);
    const steps = Math.abs(t - fromT);
    for (let i = 1; i < steps; i++) values[fromT + way * i - 1] = exact(fromG + ((g - fromG) * i) / steps);
    values[t - 1] = g;
    pen.last = [t, g];
    keep(values, t);
  };
  sheet.svg.classList.add("microscope-sheet");
  pressable(sheet, cursor.element, {
    press() {
      pen = { last: null, low: sheet.ys[0], high: sheet.ys[1] };
    },
    move: stroke,
    lift() {
      pen = null; // and all is drawn once more: the axis may fit itself to the drawing
    },
  });
  return { drawCursor: cursor.draw, axis: () => pen && [pen.low, pen.high] };
}

/** Let a preset make the gradients. `back` is what the drawing began with: values, or the preset chosen last. */
function presets(model) {
  const chosen = () => model.get("preset");
  let origin = chosen() === "drawn" ? { preset: "drawn", gradients: model.get("gradients") } : { preset: chosen() };
  const fill = () => {
    if (chosen() === "drawn") return;
    origin = { preset: chosen() };
    put(model, { gradients: GRADIENTS[chosen()](model.get("length")) });
  };
  model.on("change:preset", fill);
  model.on("change:length", fill);
  const end = () => {
    model.off("change:preset", fill);
    model.off("change:length", fill);
  };
  return { back: () => put(model, origin), end };
}

// The whole

function controlsView(model, back) {
  const count = () => model.get("gradients").length;
  const range = { test: (t) => Number.isInteger(t) && t >= 1 && t <= count(), words: "a step that is there" };
  const steps = slider(model, { key: "cursor", label: "step t", from: 1, to: count(), step: 1, range });
  const betas = { from: 0, to: 0.9999, step: 0.02, scale: SCALES.window, range: RANGES.beta };
  const powers = { to: 10, step: 0.05, scale: SCALES.log, range: RANGES.atLeastZero };
  const element = controls(
    choice(model, { key: "preset", label: "gradient", options: [...Object.keys(GRADIENTS), "drawn"] }),
    button("Back to the preset", back),
    steps,
    toggle(model, { key: "bias_correction", label: "bias correction" }),
    slider(model, { key: "lr", label: "lr", from: 1e-6, ...powers }),
    slider(model, { key: "eps", label: "eps", from: 1e-12, ...powers }),
    slider(model, { key: "beta1", label: "beta1", ...betas }),
    slider(model, { key: "beta2", label: "beta2", ...betas }),
  );
  const bar = steps.querySelector("input");
  const draw = (t) => {
    setAttributes(bar, { max: count() });
    bar.value = t;
  };
  return { element, draw };
}

function render({ model, el }) {
  el.classList.add("explorer");
  const panels = PANELS.map(panelView);
  const charts = panels.map(({ chart }) => chart);
  const pen = hand(model, charts);
  const { back, end } = presets(model);
  const note = html("p", { class: "explorer-trouble microscope-note" });
  const legend = html("p", { class: "microscope-legend" });
  const announce = announcer(el);
  const settings = controlsView(model, back);
  const help = "Draw the gradient with the pointer or a finger. In the panels below it, point at a step to read it.";
  el.append(
    settings.element,
    html("p", { class: "microscope-legend" }, help),
    ...panels.flatMap(({ head, chart }) => [head.element, html("div", {}, chart.svg)]),
    note,
    legend,
  );

  let runs = null;
  let ts = [];
  let drawn = []; // what the lines were drawn from: a cursor that moves leaves them alone
  const drawLines = (g, axis, settingsNow) => {
    const wanted = [g, ...settingsNow, charts[0].width, ...(axis ?? [])];
    if (wanted.length === drawn.length && wanted.every((value, i) => value === drawn[i])) return;
    drawn = wanted;
    runs = compute(g, ...settingsNow);
    if (ts.length !== g.length) ts = g.map((_, i) => i + 1);
    const ones = { ratio: 1, step: settingsNow[0] };
    for (const panel of panels) panel.drawLines(ts, runs, ones[panel.key], panel.key === "g" ? axis : null);
  };
  const leave = keepDrawn(el, model, charts, () => {
    const g = model.get("gradients");
    const t = clamp(model.get("cursor"), 1, g.length);
    const settingsNow = SETTINGS.map((key) => model.get(key));
    const [, beta1, beta2, , corrected] = settingsNow;
    drawLines(g, pen.axis(), settingsNow);
    const at = Object.fromEntries(PANELS.map(({ key }) => [key, runs.chosen[key][t - 1]]));
    for (const { key, drawCursor } of panels) drawCursor(t, at[key]);
    pen.drawCursor(t, g);
    settings.draw(t);

    const read = [at.g, at.m, debias(at.m, beta1, t), at.v, debias(at.v, beta2, t), at.ratio, at.step, -at.ratio];
    const texts = read.map((x) => show(x, 4));
    for (const { head, names } of panels) head.update(Object.fromEntries(names.map((key) => [key, texts.shift()])));
    setText(panels[3].head.element.querySelector("dt"), corrected ? "m_hat / √v_hat" : "m / √v");
    const [solid, dashed] = corrected ? ["with", "without"] : ["without", "with"];
    setText(
      legend,
      `Solid: ${solid} bias correction. Thin and dashed: ${dashed} it, ` +
        "cut at the frame; m and v are the same in both. Dotted: ratio ±1, step ±lr.",
    );
    setText(note, beyond(runs.chosen));
    const words = PANELS.map(({ key }) => `${key} ${show(at[key])}`).join(", ");
    announce(`t ${t}: ${words}. ${note.textContent}`.trim());
  });
  return () => {
    end();
    leave();
  };
}

export default { render };
