// AdamMicroscope: a gradient to draw by hand, and what each part of Adam makes of it.
import { debias, normals, rules, trace } from "./rules.js";
import { Chart, RANGES, SCALES, announcer, button, centre, choice, clamp, html, pixel, readouts, show, slider, stage, svg, tell, toggle, write } from "./stage.js";

const GRADIENTS = { // as adamlib.explorers.microscope makes them
  "constant": (n) => Array(n).fill(1),
  "noise": (n) => normals(1, n),
  "spike": (n) => Array.from({ length: n }, (_, i) => (i === Math.floor(n / 3) ? 20 : 1)),
  "dormant then on": (n) => Array.from({ length: n }, (_, i) => (i < Math.floor(n / 2) ? 0 : 1)),
  "ramp": (n) => {
    const ramp = [1];
    while (ramp.length < n) ramp.push(ramp.at(-1) * (0.9 / 0.999));
    return ramp.reverse();
  },
};
const PANELS = [ // from top to bottom; the readouts stand above each as its title
  { key: "g", names: ["gradient g"], height: 140, label: "The gradient, to be drawn by hand" },
  { key: "m", names: ["m", "m_hat"], height: 84, label: "The first moment m" },
  { key: "v", names: ["v", "v_hat"], height: 84, label: "The second moment v" },
  { key: "ratio", names: ["m_hat / √v_hat"], height: 100, label: "The ratio" },
  { key: "step", names: ["step", "step / lr"], height: 126, label: "The step" },
];
const FARTHEST = 4e307; // so that the difference of an axis's ends is finite

/** The least and the greatest of the finite values and 0. */
function ends(values) {
  let low = 0, high = 0;
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    if (x < low) low = x; else if (x > high) high = x;
  }
  return [Math.max(low, -FARTHEST), Math.min(high, FARTHEST)];
}

/** What an axis spans: all of the main line, of the other as much again, and a guide at -one or one that is near. */
function span(main, other, one) {
  let [low, high] = ends(main);
  const [least, most] = ends(other);
  [low, high] = [Math.max(2 * low, Math.min(low, least)), Math.min(2 * high, Math.max(high, most))];
  if (low < -one / 20) low = Math.min(low, -one);
  if (high > one / 20) high = Math.max(high, one);
  return high - low > 1e-300 ? [low, high] : [0, 1];
}
const widen = ([low, high], above, below) => [low - below * (high - low), high + above * (high - low)];

const exact = (x) => Number(x.toPrecision(12)); // 0.1 + 0.2 is 0.3 here

/** What went beyond the numbers, as a sentence, or "". */
function beyond({ v, step }) {
  const large = v.indexOf(Infinity) + 1, lost = step.findIndex((x) => !Number.isFinite(x)) + 1;
  return (large ? `The square of g is too large for a number: v is infinite from t = ${large} on, and the step 0. ` : "")
    + (lost ? `At t = ${lost} the step is ${show(step[lost - 1])}${v[lost - 1] ? "" : ", a division by 0"}.` : "");
}

function render({ model, el }) {
  el.classList.add("explorer");
  const panels = PANELS.map(({ key, names, height, label }) => {
    const last = key === "step", inked = key === "g" ? "microscope-gradient" : "microscope-line";
    const chart = new Chart({ label, height, left: 64, xLabel: last ? "step number t" : "", bare: !last, bottom: last ? 38 : 6 });
    const line = (name) => chart.add("path", { class: name });
    const [guides, other, main, cursor] = ["microscope-guide", "microscope-other", inked, "microscope-cursor"].map(line);
    const dot = svg("circle", { r: 4, class: "microscope-dot" });
    if (key !== "g") chart.above.append(dot);
    const head = readouts(names);
    head.element.classList.add("microscope-head");
    return { key, chart, guides, other, main, cursor, dot, names, head };
  });
  const sheet = panels[0].chart;

  let origin = { preset: "drawn", gradients: model.get("gradients") }; // to go back to, unless a preset is chosen
  if (model.get("preset") !== "drawn") origin = { preset: model.get("preset") };
  const fill = () => {
    const preset = model.get("preset");
    if (preset === "drawn") return;
    origin = { preset };
    put({ gradients: GRADIENTS[preset](model.get("length")) });
  };
  const put = (values) => {
    for (const [key, value] of Object.entries(values)) model.set(key, value);
    model.save_changes();
  };
  model.on("change:preset", fill);
  model.on("change:length", fill);
  const choose = (t) => put({ cursor: clamp(Math.round(t), 1, model.get("gradients").length) });

  // The pen. Values are rounded to about what a pixel can tell, and 0 is easy to hit.
  let pen = null; // while it is down: { id, at: [t, g], ends: of the axis }
  const height = () => (sheet.ys[1] - sheet.ys[0]) / sheet.down; // of a pixel
  const unit = () => 10 ** Math.round(Math.log10(2 * height()));
  const keep = (gradients, cursor) => put({ gradients, preset: "drawn", cursor });
  const stroke = (event) => {
    const [x, y] = sheet.at(event), grain = unit(), values = [...model.get("gradients")];
    const more = (pen.ends[1] - pen.ends[0]) / 10; // the axis grows step by step where the pen leaves it
    if (y < pen.ends[0]) pen.ends = [Math.max(y, pen.ends[0] - more, -FARTHEST), pen.ends[1]];
    if (y > pen.ends[1]) pen.ends = [pen.ends[0], Math.min(y, pen.ends[1] + more, FARTHEST)];
    const value = Math.abs(y) < 3 * height() ? 0 : exact(Math.round(clamp(y, ...pen.ends) / grain) * grain);
    const to = [clamp(Math.round(x), 1, values.length), value];
    const from = pen.at?.[0] <= values.length ? pen.at : to, steps = Math.abs(to[0] - from[0]), way = Math.sign(to[0] - from[0]);
    for (let i = 1; i < steps; i++) values[from[0] + way * i - 1] = exact(from[1] + (to[1] - from[1]) * i / steps);
    values[to[0] - 1] = to[1];
    pen.at = to;
    keep(values, to[0]);
  };
  const lift = (event) => {
    if (pen?.id === event.pointerId) pen = null; // the stage draws once more: the axis may fit itself to the drawing
  };
  sheet.svg.classList.add("microscope-sheet");
  sheet.svg.addEventListener("pointerdown", (event) => {
    if (pen || event.button) return;
    event.preventDefault();
    pen = { id: event.pointerId, at: null, ends: sheet.ys };
    sheet.svg.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    stroke(event);
  });
  sheet.svg.addEventListener("pointermove", (event) => { if (pen?.id === event.pointerId) stroke(event); });
  sheet.svg.addEventListener("pointerup", lift);
  sheet.svg.addEventListener("pointercancel", lift);

  // The cursor: by keys from its handle, by pointer in any other panel.
  const handle = svg("g", {
    class: "explorer-handle microscope-handle", tabindex: "0", role: "slider", "aria-valuemin": 1,
    "aria-label": "Step t; left and right choose a step, up and down change the gradient there",
  }, svg("circle", { r: 14, class: "explorer-reach" }), svg("circle", { r: 6 }));
  sheet.above.append(handle);
  handle.addEventListener("keydown", (event) => {
    const t = model.get("cursor"), far = event.shiftKey ? 10 : 1, values = [...model.get("gradients")];
    const to = { ArrowLeft: t - far, ArrowRight: t + far, Home: 1, End: values.length }[event.key];
    const up = { ArrowUp: far, ArrowDown: -far }[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey || (!to && to !== 0 && !up)) return;
    event.preventDefault();
    if (!up) return choose(to);
    values[t - 1] = exact(clamp(values[t - 1] + up * unit(), -Number.MAX_VALUE, Number.MAX_VALUE));
    keep(values, t);
  });
  for (const { chart } of panels.slice(1)) {
    chart.svg.classList.add("microscope-panel");
    const point = (event) => { if (event.buttons & 1) choose(chart.at(event)[0]); };
    chart.svg.addEventListener("pointerdown", point);
    chart.svg.addEventListener("pointermove", point);
  }

  const note = html("p", { class: "explorer-trouble microscope-note" }), legend = html("p", { class: "microscope-legend" });
  const say = announcer(el), count = () => model.get("gradients").length;
  const range = { test: (t) => Number.isInteger(t) && t >= 1 && t <= count(), words: "a step that is there" };
  const steps = slider(model, { key: "cursor", label: "step t", from: 1, to: count(), step: 1, range });
  const decay = (key) => slider(model, { key, label: key, from: 0, to: 0.9999, step: 0.02, scale: SCALES.window, range: RANGES.beta });
  const power = (key, from, to) => slider(model, { key, label: key, from, to, step: 0.05, scale: SCALES.log, range: RANGES.atLeastZero });
  el.append(
    html("div", { class: "explorer-controls" },
      choice(model, { key: "preset", label: "gradient", options: [...Object.keys(GRADIENTS), "drawn"] }),
      button("Back to the preset", () => put(origin)),
      steps, toggle(model, { key: "bias_correction", label: "bias correction" }),
      power("lr", 1e-6, 10), power("eps", 1e-12, 10), decay("beta1"), decay("beta2")),
    html("p", { class: "microscope-legend" }, "Draw the gradient with the pointer or a finger. In the panels below it, point at a step to read it."),
    ...panels.flatMap(({ head, chart }) => [head.element, html("div", {}, chart.svg)]),
    note, legend);

  let parts = null, drawn = [], ts = [];
  function drawLines(g, lr, beta1, beta2, eps, corrected) {
    const run = (biasCorrection) => {
      const rows = trace(rules["Adam"]({ lr, beta1, beta2, eps, biasCorrection }), g);
      return { g, ...Object.fromEntries(["m", "v", "ratio", "step"].map((key) => [key, rows.map((row) => row[key])])) };
    };
    const others = run(!corrected), one = { ratio: 1, step: lr }, n = g.length;
    parts = run(corrected);
    if (ts.length !== n) ts = g.map((_, i) => i + 1);
    for (const { key, chart, guides, main, other } of panels) {
      const wanted = span(parts[key], one[key] ? others[key] : [], one[key]), [low, high] = wanted;
      const fitted = key === "g" ? widen(wanted, 0.3, 0.3) : widen(wanted, high && 0.08, low && 0.08);
      chart.cover([0, n + 1], key === "g" && pen ? pen.ends : fitted);
      chart.drawAxes();
      write(main, { d: chart.line(ts, parts[key]) });
      if (!(key in one)) continue;
      write(other, { d: chart.line(ts, others[key]) });
      write(guides, { d: [-1, 1].map((side) => `M${chart.left} ${pixel(chart.y(side * one[key]))}h${chart.across}`).join("") });
    }
  }
  function paint() {
    const g = model.get("gradients"), n = g.length, t = clamp(model.get("cursor"), 1, n), now = t - 1;
    const [lr, beta1, beta2, eps, corrected] = ["lr", "beta1", "beta2", "eps", "bias_correction"].map((key) => model.get(key));
    const wanted = [g, lr, beta1, beta2, eps, corrected, sheet.width, pen]; // a cursor that moves leaves the lines alone
    if (wanted.some((value, i) => value !== drawn[i])) drawLines(...wanted);
    drawn = wanted;
    for (const { key, chart, cursor, dot } of panels) {
      const x = chart.x(t), y = chart.y(parts[key][now]);
      write(cursor, { d: `M${x} ${chart.top}V${chart.top + chart.down}` });
      const inside = y >= chart.top - 1 && y <= chart.top + chart.down + 1;
      write(dot, { visibility: inside ? "visible" : "hidden" });
      if (inside) centre(dot, x, y);
    }

    const at = (key, digits = 4) => show(parts[key][now], digits);
    const name = corrected ? "m_hat / √v_hat" : "m / √v";
    const texts = [at("g"), at("m"), show(debias(parts.m[now], beta1, t), 4), at("v"), show(debias(parts.v[now], beta2, t), 4),
      at("ratio"), at("step"), show(-parts.ratio[now], 4)];
    for (const { head, names } of panels) head.update(Object.fromEntries(names.map((key) => [key, texts.shift()])));
    tell(panels[3].head.element.querySelector("dt"), name);
    const words = `t ${t}: g ${at("g", 3)}, m ${at("m", 3)}, v ${at("v", 3)}, ratio ${at("ratio", 3)}, step ${at("step", 3)}.`;
    centre(handle, sheet.x(t), clamp(sheet.y(g[now]), sheet.top, sheet.top + sheet.down));
    write(handle, { "aria-valuemax": n, "aria-valuenow": t, "aria-valuetext": `t ${t}, g ${at("g", 3)}` });
    const bar = steps.querySelector("input");
    write(bar, { max: n });
    bar.value = t;
    const [solid, dashed] = corrected ? ["with", "without"] : ["without", "with"];
    tell(legend, `Solid: ${solid} bias correction. Thin and dashed: ${dashed} it, `
      + "cut at the frame; m and v are the same in both. Dotted: ratio ±1, step ±lr.");
    tell(note, beyond(parts));
    say(`${words} ${note.textContent}`.trim());
  }
  const end = stage(el, model, panels.map(({ chart }) => chart), paint);
  return () => {
    model.off("change:preset", fill);
    model.off("change:length", fill);
    end();
  };
}

export default { render };
