// DecayExplorer: what weight decay leaves of four weights whose gradients have different noise.

import { Chart, pixel } from "./lib/chart.js";
import { choice, controls, RANGES, readouts, SCALES, slider } from "./lib/controls.js";
import { stepHandle } from "./lib/drag.js";
import { html, setAttributes, setText } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { tools } from "./lib/tools.js";
import { normals, rules } from "./rules.js";

const NOISES = [0.1, 1, 10, 100];
const STEPS = 5000;
const NOTE =
  "Two runs meet the same noise, one from 1 and one from 0: shown is the distance between them. " +
  "Dotted across the bars: what a decay beside Adam leaves. Lines: noise 0.1 solid, 1 dashed, 10 dotted, 100 both.";
const EVERY = 25; // steps between two points of a curve
const FORMS = ["L2", "library decay", "paper decay"];
const BETAS = { beta1: 0.9, beta2: 0.999, eps: 1e-8, biasCorrection: true };

/** Adam on the noise alone. A decay that is apart from the gradient leaves its steps as they are: they are kept. */
function knownAdam(noise, lr) {
  const adam = rules.Adam({ lr, ...BETAS });
  const states = NOISES.map(() => ({ m: 0, v: 0 }));
  const steps = new Float64Array(4 * STEPS);
  for (let k = 0; k < steps.length; k++) {
    const state = states[k % 4];
    steps[k] = adam(noise[k] * NOISES[k % 4], state, 1 + Math.floor(k / 4), 0, state).step;
  }
  return (_g, { weight }, t, _x, into) => {
    into.step = steps[4 * (t - 1) + weight];
    return into;
  };
}

/** The update of one weight in each form: (gradient without decay, state, t, x, into) to the new state and the step. */
function ruleOf(form, lr, weightDecay, adamOf) {
  if (form !== FORMS[0]) return rules.AdamW({ lr: form === FORMS[1] ? lr : 1, weightDecay }, adamOf(lr));
  const rule = rules.Adam({ lr, ...BETAS });
  return (g, state, t, x, into) => rule(g + weightDecay * x, state, t, x, into);
}

/** Fill in what is left of the start, for each weight after each step: the distance of two runs that meet the same noise. */
function leave(left, noise, rule) {
  const [first, second] = [1, 0].map((x) => NOISES.map((_, weight) => ({ weight, x, m: 0, v: 0 })));
  const move = (run, g, t) => {
    run.x += rule(g, run, t, run.x, run).step;
  };
  for (let t = 1; t <= STEPS; t++) {
    for (let i = 0; i < NOISES.length; i++) {
      const g = noise[4 * (t - 1) + i] * NOISES[i];
      move(first[i], g, t);
      move(second[i], g, t);
      left[i][t] = first[i].x - second[i].x;
    }
  }
}

/** All that is shown; the runs are kept as long as their settings are the same. */
function computer(model) {
  let noise = null;
  let adam = null;
  let known = null;
  const left = NOISES.map(() => new Float64Array(STEPS + 1).fill(1)); // written over: large arrays are slow to make
  const adamOf = (lr) => {
    if (adam?.lr !== lr || adam.noise !== noise) adam = { lr, noise, rule: knownAdam(noise.values, lr) };
    return adam.rule;
  };
  return () => {
    const [form, weightDecay, lr, seed] = ["form", "weight_decay", "lr", "seed"].map((key) => model.get(key));
    if (noise?.seed !== seed) noise = { seed, values: normals(seed, 4 * STEPS) };
    const key = [form, weightDecay, lr, seed].join();
    if (known?.key !== key) {
      leave(left, noise.values, ruleOf(form, lr, weightDecay, adamOf));
      known = { key, left, curves: left.map((one) => TIMES.map((t) => one[t])) };
    }
    const step = model.get("step");
    const share = weightDecay * (form === FORMS[2] ? 1 : lr);
    return {
      ...known,
      form,
      weightDecay,
      lr,
      step,
      now: known.left.map((one) => one[step]),
      alone: (1 - share) ** step,
    };
  };
}
const TIMES = Array.from({ length: STEPS / EVERY + 1 }, (_, i) => i * EVERY);
const within = (x) => (Number.isNaN(x) ? 0 : clamp(x, -1, 1));

function barsView(small) {
  const chart = new Chart({
    label: "What is left of each weight",
    height: small ? 130 : 190,
    yLabel: "left of the start",
    bare: true,
  });
  const bars = chart.add("path", { class: "decay-bars" });
  const alone = chart.add("path", { class: "decay-alone" });
  const texts = NOISES.map(() => chart.add("text", { "text-anchor": "middle" }));
  const names = NOISES.map(() => chart.add("text", { "text-anchor": "middle", class: "decay-name" }));
  const draw = (now) => {
    const values = now.now.map(within);
    chart.cover([0, 4], [Math.min(0, ...values) - 20 / (chart.down - 40), 1.3]);
    chart.drawAxes();
    const zero = chart.y(0);
    const d = values.map((value, i) => {
      const [from, to, y] = [chart.x(i + 0.2), chart.x(i + 0.8), chart.y(value)].map(pixel);
      return `M${from} ${pixel(zero)}V${y}H${to}V${pixel(zero)}Z`;
    });
    setAttributes(bars, { d: d.join("") });
    setAttributes(alone, { d: `M${chart.x(0)} ${pixel(chart.y(within(now.alone)))}H${chart.x(4)}` });
    values.forEach((value, i) => {
      const x = pixel(chart.x(i + 0.5));
      setAttributes(texts[i], { x, y: pixel(chart.y(Math.max(value, 0)) - 5) });
      setText(texts[i], show(now.now[i]));
      setAttributes(names[i], { x, y: pixel(chart.floor - 6) });
      setText(names[i], `${chart.across < 240 ? "" : "noise "}${NOISES[i]}`); // a narrow one has room for the number
    });
  };
  return { chart, draw };
}

function curvesView(model) {
  const chart = new Chart({
    label: "What is left of each weight, step by step",
    height: 190,
    xLabel: "step t",
    yLabel: "left of the start",
  });
  const lines = NOISES.map((_, i) => chart.add("path", { class: `decay-line decay-line-${i}` }));
  const guide = chart.add("path", { class: "decay-guide" });
  const point = stepHandle(chart, model, { label: "Step that is read out", step: 50, most: STEPS });
  const draw = (now) => {
    const lowest = Math.min(0, ...now.curves.flat().map(within));
    chart.cover([0, STEPS], [lowest, 1.1]);
    chart.drawAxes();
    lines.forEach((line, i) => {
      setAttributes(line, { d: chart.line(TIMES, now.curves[i]) });
    });
    setAttributes(guide, { d: chart.upright(pixel(chart.x(now.step))) });
    point.place(`step ${now.step}`, now.step);
  };
  return { chart, draw };
}

function render({ model, el }) {
  el.classList.add("explorer");
  const small = model.get("view") === "bars";
  const compute = computer(model);
  const bars = barsView(small);
  const curves = small ? null : curvesView(model);
  const labels = NOISES.map((scale) => `noise ${scale}`);
  const readings = readouts([...labels, "a decay beside Adam"]);
  const announce = announcer(el);
  const number = { scale: SCALES.log, step: 0.05, range: RANGES.atLeastZero };
  const form = choice(model, { key: "form", label: "form", options: FORMS });
  const lambda = slider(model, { key: "weight_decay", label: "lambda", from: 1e-5, to: 1, ...number });
  const lr = slider(model, { key: "lr", label: "lr", from: 1e-4, to: 0.1, ...number });
  const step = slider(model, {
    key: "step",
    label: "step t",
    from: 0,
    to: STEPS,
    step: 50,
    range: RANGES.count(0, STEPS),
  });
  const rows = () => {
    const { left } = compute();
    return [["step", ...labels], ...TIMES.map((t) => [t, ...left.map((one) => one[t])])];
  };
  el.append(
    controls(form, lambda, ...(small ? [] : [lr, step])),
    html("div", {}, bars.chart.svg),
    ...(small ? [] : [html("div", {}, curves.chart.svg), html("p", { class: "explorer-note" }, NOTE)]),
    readings.element,
    tools(model, el, { data: rows, small }),
  );
  const charts = small ? [bars.chart] : [bars.chart, curves.chart];
  return keepDrawn(el, model, charts, () => {
    const now = compute();
    bars.draw(now);
    curves?.draw(now);
    const texts = Object.fromEntries(labels.map((label, i) => [label, show(now.now[i], 4)]));
    readings.update({ ...texts, "a decay beside Adam": show(now.alone, 4) });
    const told = labels.map((label, i) => `${label}: ${show(now.now[i])}`).join(", ");
    announce(
      `${now.form}, lambda ${show(now.weightDecay, 6)}, lr ${show(now.lr, 6)}: after ${now.step} steps ${told} are left.`,
    );
  });
}

export default { render };
