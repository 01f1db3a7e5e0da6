// AdamMicroscope: a gradient to draw by hand, and what each part of Adam makes of it.

import { correction, lengthByEps, stepLength } from "./glimpses.js";
import { GRADIENTS, presets } from "./gradients.js";
import { allControls, choice, controls, put, RANGES, SCALES, slider, toggle } from "./lib/controls.js";
import { pressable } from "./lib/drag.js";
import { html, setAttributes, setText } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { tools } from "./lib/tools.js";
import { beyond, compute, cursorHandle, dataOf, FARTHEST, panelView, SETTINGS } from "./panels.js";
import { debias } from "./rules.js";
import { twoSteps } from "./two_steps.js";
import { renderer } from "./views.js";

// From top to bottom; the readouts stand above each as its title.
const PANELS = [
  { key: "g", names: ["gradient g"], height: 140, label: "The gradient, to be drawn by hand" },
  { key: "m", names: ["m", "m_hat"], height: 84, label: "The first moment m" },
  { key: "v", names: ["v", "v_hat"], height: 84, label: "The second moment v" },
  { key: "ratio", names: ["m_hat / √v_hat"], height: 100, label: "The ratio" },
  { key: "step", names: ["step", "step / lr"], height: 126, label: "The step", xLabel: "step number t" },
];

// The hand

const exact = (x) => Number(x.toPrecision(12)); // 0.1 + 0.2 is 0.3 here

/**
 * The pen that draws the gradient, and the cursor. Values are rounded to about what a pixel can tell, and 0 is easy to
 * hit. While the pen is down, `axis()` is what its chart has to span.
 */
function hand(model, charts) {
  const sheet = charts[0];
  const pixelHeight = () => (sheet.ys[1] - sheet.ys[0]) / sheet.down;
  const grain = () => 10 ** Math.round(Math.log10(2 * pixelHeight()));
  const keep = (gradients, cursor) => put(model, { gradients, preset: "drawn", cursor });
  const lift = (t, up) => {
    const values = [...model.get("gradients")];
    values[t - 1] = exact(clamp(values[t - 1] + up * grain(), -Number.MAX_VALUE, Number.MAX_VALUE));
    keep(values, t);
  };
  const cursor = cursorHandle(model, sheet, charts.slice(1), lift);
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

// The whole

function controlsView(model) {
  const count = () => model.get("gradients").length;
  const range = { test: (t) => Number.isInteger(t) && t >= 1 && t <= count(), words: "a step that is there" };
  const steps = slider(model, { key: "cursor", label: "step t", from: 1, to: count(), step: 1, range });
  const betas = { from: 0, to: 0.9999, step: 0.02, scale: SCALES.window, range: RANGES.beta };
  const powers = { to: 10, step: 0.05, scale: SCALES.log, range: RANGES.atLeastZero };
  const gradient = choice(model, { key: "preset", label: "gradient", options: [...Object.keys(GRADIENTS), "drawn"] });
  const chief = controls(
    gradient,
    toggle(model, { key: "bias_correction", label: "bias correction" }),
    steps,
    slider(model, { key: "beta2", label: "beta2", ...betas }),
  );
  const others = controls(
    slider(model, { key: "beta1", label: "beta1", ...betas }),
    slider(model, { key: "lr", label: "lr", from: 1e-6, ...powers }),
    slider(model, { key: "eps", label: "eps", from: 1e-12, ...powers }),
  );
  const bar = steps.querySelector("input");
  const drawing = gradient.querySelector("option:last-child");
  const draw = (t) => {
    setAttributes(bar, { max: count() });
    bar.value = t;
    drawing.disabled = drawing.hidden = model.get("preset") !== "drawn"; // there is nothing to choose until one draws
  };
  return { chief, others: allControls(others), draw };
}

/** All panels and all controls. */
function laboratory({ model, el }) {
  const panels = PANELS.map((panel) => panelView(panel, model));
  const charts = panels.map(({ chart }) => chart);
  const pen = hand(model, charts);
  const end = presets(model);
  const note = html("p", { class: "explorer-trouble microscope-note" });
  const legend = html("p", { class: "microscope-legend" });
  const announce = announcer(el);
  const settings = controlsView(model);
  const help = "Draw the gradient with the pointer or a finger. In the panels below it, point at a step to read it.";
  el.append(
    settings.chief,
    html("p", { class: "microscope-legend" }, help),
    ...panels.flatMap(({ head, chart }) => [head.element, html("div", {}, chart.svg)]),
    note,
    legend,
    settings.others,
    tools(model, el, { data: () => dataOf(runs.chosen) }),
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
    pen.drawCursor(t, at.g, `t ${t}, g ${show(at.g)}`);
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

const render = renderer({ laboratory, two_steps: twoSteps, correction, step: stepLength, eps: lengthByEps });

export default { render };
