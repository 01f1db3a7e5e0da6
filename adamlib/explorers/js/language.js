// LanguageExplorer: which words a method has learned after some steps, by how common they are.

import { Chart, pixel } from "./lib/chart.js";
import { choice, controls, RANGES, readouts, SCALES, slider } from "./lib/controls.js";
import { stepHandle } from "./lib/drag.js";
import { html, setAttributes, setText } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { tools } from "./lib/tools.js";
import { rules } from "./rules.js";

const STEPS = 60;
const ROUNDS = 50;
const HIGHEST = 3; // nats
const METHODS = ["Gradient descent", "Momentum", "Adam"];
const BETAS = { beta: 0.9, heavyBall: false, beta1: 0.9, beta2: 0.99, eps: 1e-8, biasCorrection: true };
const GAIN = { "Gradient descent": 1, Momentum: (1 + BETAS.beta) / (1 - BETAS.beta), Adam: NaN };
const LABELS = ["excess left", "commonest tenth", "rarest tenth", "the comma's limit"];
const NOTE =
  "Bars: how far the loss of the pairs in each tenth of the text is above the least, in nats; cut at 3. Dotted: before " +
  "the first step. Numbers below: how many words the tenth has.";

const sum = (xs) => xs.reduce((total, x) => total + x, 0);

/** The share that a row or a column is to have, made as even as alpha says. */
function wanted(counts, alpha) {
  const powers = counts.map((count) => (count > 0 ? count ** alpha : 0));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

/** The pairs as cells, row by row: their places and counts, and where each row begins and the last one ends. */
function cellsOf(counts) {
  const odd = (way) => counts.flatMap((row) => row.filter((_, k) => k % 2 === way));
  const ends = [0];
  for (const cells of counts) ends.push(ends.at(-1) + cells.length / 2);
  const row = counts.flatMap((cells, i) => Array(cells.length / 2).fill(i));
  return { size: counts.length, column: Int32Array.from(odd(0)), row: Int32Array.from(row), known: odd(1), ends };
}

/** The shares of the pairs, made as even as alpha says; rows come last. */
function tempered({ size, column, row, known, ends }, alpha) {
  const shares = Float64Array.from(known);
  const totals = (places) => {
    const found = new Float64Array(size);
    for (let k = 0; k < shares.length; k++) found[places[k]] += shares[k];
    return found;
  };
  let [ofRows, ofColumns] = [totals(row), totals(column)];
  const rows = wanted([...ofRows], alpha);
  const columns = wanted([...ofColumns], alpha);
  /** Bring the totals of one kind to a goal; give those of the other kind, found on the way. */
  const scale = (places, there, goal, others) => {
    const ratio = there.map((total, i) => goal[i] / total);
    const found = new Float64Array(size);
    for (let k = 0; k < shares.length; k++) {
      shares[k] *= ratio[places[k]];
      found[others[k]] += shares[k];
    }
    return found;
  };
  for (let round = 0; round < ROUNDS; round++) {
    ofRows = scale(column, ofColumns, columns, row);
    ofColumns = scale(row, ofRows, rows, column);
  }
  return { shares, ends, tenth: tenthsOf(rows) };
}

/**
 * The rows of the table, with the least loss of each pair. In a row all words that never follow are alike: they start
 * alike, and have the same gradient. So one entry, the last, stands for them, and the table has a fifth of its size.
 */
function rowsOf({ shares, ends, tenth }) {
  return tenth.map((place, i) => {
    const P = [...shares.subarray(ends[i], ends[i + 1]), 0];
    const share = sum(P);
    const least = P.map((p) => (p > 0 ? Math.log(p / share) : 0));
    const many = P.map((_, k) => (k < P.length - 1 ? 1 : tenth.length - k));
    return { place, P, share, least, many };
  });
}

/** The tenth of the text in which each first word is, the commonest words first. */
function tenthsOf(rows) {
  const order = rows.map((_, i) => i).sort((i, k) => rows[k] - rows[i]);
  const tenth = rows.map(() => 0);
  let before = 0;
  for (const i of order) {
    before += rows[i];
    tenth[i] = Math.min(9, Math.floor(10 * (before - rows[i] / 2)));
  }
  return tenth;
}

/** The excess of each tenth after each step, in nats. One row after the other is trained in the same few arrays. */
function trained(rows, rule, steps) {
  const found = Array.from({ length: steps + 1 }, () => new Float64Array(10));
  const ofText = new Float64Array(10);
  const longest = Math.max(...rows.map(({ P }) => P.length));
  const [x, powers] = [new Float64Array(longest), new Float64Array(longest)];
  const states = Array.from(x, () => ({ m: 0, v: 0 }));
  for (const { place, P, share, least, many } of rows) {
    const length = P.length;
    x.fill(0);
    for (const state of states) state.m = state.v = 0;
    ofText[place] += share;
    for (let t = 0; t <= steps; t++) {
      let most = -Infinity;
      for (let k = 0; k < length; k++) if (many[k] && !(x[k] <= most)) most = x[k];
      let total = 0;
      for (let k = 0; k < length; k++) {
        powers[k] = Math.exp(x[k] - most);
        if (many[k]) total += many[k] * powers[k];
      }
      const log = Math.log(total);
      for (let k = 0; k < length; k++) {
        if (P[k] > 0) found[t][place] += P[k] * (log - (x[k] - most) + least[k]);
        x[k] += rule((share * powers[k]) / total - P[k], states[k], t + 1, x[k], states[k]).step;
      }
    }
  }
  const whole = found.map((row) => sum([...row]));
  return { left: whole.map((x) => x / whole[0]), found: found.map((row) => row.map((x, k) => x / ofText[k])) };
}

/**
 * The largest eigenvalue of diag(q) - q q^T, q the shares behind the comma: where sum q_j^2 / (q_j - x) is 1, between
 * the largest share and the next.
 */
function sharpness({ shares, ends }) {
  const row = [...shares.slice(0, ends[1])];
  const total = sum(row);
  const q = row.map((x) => x / total).sort((a, b) => b - a);
  let [low, high] = [q[1] ?? 0, q[0]];
  for (let i = 0; i < 60; i++) {
    const x = (low + high) / 2;
    if (q.reduce((total, one) => total + (one * one) / (one - x), 0) < 1) low = x;
    else high = x;
  }
  return total * low;
}

/** All that is shown; what takes time is kept as long as its settings are the same. */
function computer(model, most) {
  const cells = cellsOf(model.get("_counts"));
  let text = null;
  let run = null;
  return () => {
    const [method, lr, alpha, step] = ["method", "lr", "alpha", "step"].map((key) => model.get(key));
    if (text?.alpha !== alpha) {
      text = { alpha, ...tempered(cells, alpha) };
      text.rows = rowsOf(text);
      text.sharpness = sharpness(text);
      text.words = Array.from({ length: 10 }, (_, k) => text.tenth.filter((tenth) => tenth === k).length);
    }
    const steps = most ?? step;
    const key = [method, lr, alpha, steps].join();
    if (run?.key !== key) run = { key, ...trained(text.rows, rules[method]({ lr, ...BETAS }), steps) };
    const limit = (2 / text.sharpness) * GAIN[method];
    return {
      method,
      lr,
      alpha,
      step,
      words: text.words,
      limit,
      left: run.left,
      start: run.found[0],
      excess: run.found[step],
    };
  };
}

/** What is read out, in the order of LABELS. */
function told({ method, step, limit, left, start, excess }) {
  const blown = excess[0] > start[0] ? ", blown up" : "";
  const ends = [show(excess[0]) + blown, show(excess[9])];
  return [show(left[step]), ...ends, method === "Adam" ? "no fixed one" : `lr ${show(limit, 4)}`];
}

/** A number above a bar, which is narrow on a phone: three signs at most. */
function short(x) {
  if (Number.isNaN(x)) return "NaN";
  if (x >= 99.5) return ">99";
  return x < 0.995 ? x.toFixed(2).slice(-3) : x.toFixed(x < 9.95 ? 1 : 0);
}
const within = (x, most) => (Number.isNaN(x) ? 0 : clamp(x, 0, most));

function barsView(small) {
  const chart = new Chart({
    label: "Excess loss in each tenth of the text",
    height: small ? 120 : 200,
    xLabel: "words in each tenth, commonest left",
    yLabel: "excess, nats",
    bare: true,
    left: 34,
  });
  chart.cover([0, 10], [0, HIGHEST + 0.8]); // room for a number above the highest bar
  const bars = chart.add("path");
  const before = chart.add("path", { class: "language-before" });
  const tenths = Array.from({ length: 10 }, (_, k) => k);
  const texts = tenths.map(() => chart.add("text", { "text-anchor": "middle", class: "language-number" }));
  const names = tenths.map(() => chart.axes.insertBefore(texts[0].cloneNode(), chart.xName));
  const draw = ({ method, excess, start, words }) => {
    chart.drawAxes();
    const [from, to] = [0.15, 0.85].map((part) => (k) => pixel(chart.x(k + part)));
    const tops = tenths.map((k) => within(excess[k], HIGHEST));
    const name = method.toLowerCase().replace(" ", "-");
    setAttributes(bars, {
      class: `language-bars language-${name}`,
      d: tops
        .map((y, k) => `M${from(k)} ${pixel(chart.floor)}V${pixel(chart.y(y))}H${to(k)}V${pixel(chart.floor)}Z`)
        .join(""),
    });
    const level = (k) => `M${from(k)} ${pixel(chart.y(start[k]))}H${to(k)}`;
    setAttributes(before, {
      d: tenths
        .filter((k) => words[k])
        .map(level)
        .join(""),
    });
    for (const k of tenths) {
      const x = pixel(chart.x(k + 0.5));
      setAttributes(texts[k], { x, y: pixel(chart.y(tops[k]) - 4) });
      setText(texts[k], words[k] ? short(excess[k]) : "");
      setAttributes(names[k], { x, y: pixel(chart.floor + 14) });
      setText(names[k], String(words[k]));
    }
  };
  return { chart, draw };
}

const TIMES = Array.from({ length: STEPS + 1 }, (_, t) => t);

function curveView(model) {
  const chart = new Chart({ label: "Excess left, step by step", height: 180, xLabel: "step t", yLabel: "excess left" });
  chart.cover([0, STEPS], [0, 1.1]);
  const line = chart.add("path", { class: "language-line" });
  const guide = chart.add("path", { class: "language-guide" });
  const point = stepHandle(chart, model, { label: "Step that is shown", step: 1, most: STEPS });
  const draw = ({ left, step }) => {
    chart.drawAxes();
    const shown = left.map((x) => (Number.isNaN(x) ? 2 : x));
    setAttributes(line, { d: chart.line(TIMES, shown) });
    setAttributes(guide, { d: chart.upright(pixel(chart.x(step))) });
    point.place(`step ${step}`, step);
  };
  return { chart, draw };
}

function render({ model, el }) {
  el.classList.add("explorer");
  const small = model.get("view") === "tenths";
  const compute = computer(model, small ? null : STEPS);
  const bars = barsView(small);
  const curve = small ? null : curveView(model);
  const labels = small ? LABELS.slice(0, 2) : LABELS;
  const readings = readouts(labels);
  const announce = announcer(el);
  const method = choice(model, { key: "method", label: "method", options: METHODS });
  const lr = slider(model, {
    key: "lr",
    label: "lr",
    from: 0.01,
    to: 1e4,
    step: 0.05,
    scale: SCALES.log,
    range: RANGES.atLeastZero,
    mark: { at: () => compute().limit, words: "the comma's limit" },
  });
  const alpha = slider(model, {
    key: "alpha",
    label: "alpha",
    from: 0,
    to: 1,
    step: 0.05,
    range: RANGES.between(0, 1),
  });
  const step = slider(model, {
    key: "step",
    label: "step t",
    from: 0,
    to: STEPS,
    step: 1,
    range: RANGES.count(0, STEPS),
  });
  const rows = () => {
    const { words, start, excess } = compute();
    return [["tenth", "words", "excess at first", "excess"], ...words.map((n, k) => [k + 1, n, start[k], excess[k]])];
  };
  el.append(
    controls(method, lr, alpha, ...(small ? [] : [step])),
    html("div", {}, bars.chart.svg),
    ...(small ? [] : [html("div", {}, curve.chart.svg), html("p", { class: "explorer-note" }, NOTE)]),
    readings.element,
    tools(model, el, { data: rows, small }),
  );
  const charts = small ? [bars.chart] : [bars.chart, curve.chart];
  return keepDrawn(el, model, charts, () => {
    const now = compute();
    bars.draw(now);
    curve?.draw(now);
    const texts = told(now);
    readings.update(Object.fromEntries(labels.map((label, i) => [label, texts[i]])));
    announce(
      `${now.method}, lr ${show(now.lr, 6)}, alpha ${show(now.alpha)}: after ${now.step} steps ${texts[0]} of the ` +
        `excess is left. Commonest tenth ${texts[1]}, rarest ${texts[2]}.`,
    );
  });
}

export default { render };
