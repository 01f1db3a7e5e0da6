// AverageExplorer: a series with its exponential average, and the weights of the chosen day.

import { Chart } from "./lib/chart.js";
import { controls, put, RANGES, readouts, SCALES, slider, toggle } from "./lib/controls.js";
import { handle, tapped } from "./lib/drag.js";
import { html, setAttributes } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { reads } from "./lib/reading.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { tools } from "./lib/tools.js";
import { emaSeries } from "./rules.js";
import { renderer } from "./views.js";

const LEFT = 50; // pixels, of both charts, whose days stand below one another
const find = (lines, wanted) => lines.find(({ name }) => name === wanted);
const daysOf = (model) => model.get("values").length;
const dayOf = (model) => clamp(model.get("day"), 1, daysOf(model)); // the chosen one

/** All that is shown. */
function compute(model) {
  const [values, beta, corrected] = ["values", "beta", "bias_correction"].map((key) => model.get(key));
  const day = dayOf(model);
  const ts = values.map((_, i) => i + 1);
  const debiased = emaSeries(values, beta, true);
  const raw = emaSeries(values, beta, false);
  const heaviest = (corrected ? 1 / (1 - beta ** day) : 1) * (1 - beta);
  return {
    values,
    beta,
    corrected,
    day,
    ts,
    debiased,
    raw,
    heaviest, // the weight of the chosen day
    weights: ts.slice(0, day).map((t) => heaviest * beta ** (day - t)),
    value: values[day - 1],
    average: (corrected ? debiased : raw)[day - 1],
    sum: corrected ? 1 : 1 - beta ** day,
    halfLife: beta && Math.log(0.5) / Math.log(beta),
    meanAge: beta / (1 - beta),
    noiseWindow: (1 + beta) / (1 - beta),
  };
}

/** The chart of the values, with the point that moves one of them. With an xLabel it shows the chosen average alone. */
function seriesView(model, choose, { height, xLabel = "" }) {
  const original = model.get("values");
  const spread = Math.max(...original) - Math.min(...original) || 1;
  const chart = new Chart({
    label: "The values, day by day, and their average",
    height,
    xLabel,
    yLabel: model.get("label"),
    left: LEFT,
  });
  const [dots, guide, raw, debiased] = ["values", "guide", "raw", "debiased"].map((name) =>
    chart.add("path", { class: `average-${name}` }),
  );
  const valueNow = () => model.get("values")[dayOf(model) - 1];
  const lift = (y) => {
    const values = [...model.get("values")];
    values[dayOf(model) - 1] = Number(y.toPrecision(4));
    put(model, { values });
  };
  const point = handle(chart, {
    label: "Value of the chosen day: left and right choose another day, up and down change the value",
    step: [1, 10 ** Math.floor(Math.log10(spread / 10))],
    where: () => [dayOf(model), valueNow()],
    move(x, y, byKey) {
      // A key goes one way at a time, a pointer moves the value and stays on its day.
      if (byKey && x !== dayOf(model)) choose(x);
      else lift(byKey ? y : clamp(y, ...chart.ys));
    },
  });
  chart.svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") return; // a finger beside the point scrolls the page, or taps
    const [x, y] = chart.at(event);
    choose(x);
    if (Math.abs(chart.y(valueNow()) - chart.y(y)) < 22) point.grab(event);
  });
  tapped(chart, choose);
  let lines = [];
  reads(
    chart,
    model,
    () => lines,
    (name, i) => `day ${lines[0].xs[i]}, ${name} ${show(find(lines, name).ys[i])}`,
  );
  const draw = (now) => {
    const lowest = Math.min(0, ...now.values);
    const highest = Math.max(...now.values);
    const room = (highest - lowest) / 20 || 1;
    // While it is held the axis stays, else the point would run away from the hand.
    if (!point.held()) chart.cover([0, now.values.length + 1], [lowest - room, highest + room]);
    chart.drawAxes();
    setAttributes(dots, { d: chart.dots(now.ts, now.values) });
    setAttributes(debiased, { d: chart.line(now.ts, now.debiased) });
    setAttributes(raw, { d: chart.line(now.ts, now.raw) });
    const shapes = { debiased, raw };
    for (const [name, shape] of Object.entries(shapes)) {
      const chosen = now.corrected === (name === "debiased");
      shape.classList.toggle("average-chosen", chosen);
      setAttributes(shape, { visibility: chosen || !xLabel ? "visible" : "hidden" });
    }
    const both = { value: now.values, debiased: now.debiased, raw: now.raw };
    lines = Object.entries(both).flatMap(([name, ys]) =>
      shapes[name]?.getAttribute("visibility") === "hidden" ? [] : [{ name, xs: now.ts, ys }],
    );
    setAttributes(guide, { d: chart.upright(chart.x(now.day)) });
    point.place(`day ${now.day}, value ${show(now.value)}, average ${show(now.average)}`, now.value);
  };
  return { chart, draw };
}

/** The chart of the weights, as steps one day wide. */
function weightsView(choose) {
  const chart = new Chart({
    label: "The weight of each day in the average of the chosen day",
    height: 110,
    xLabel: "day t",
    yLabel: "weight",
    left: LEFT,
  });
  const shape = chart.add("path", { class: "average-weights" });
  tapped(chart, choose);
  const draw = ({ values, weights, heaviest }) => {
    chart.cover([0, values.length + 1], [0, heaviest]);
    chart.drawAxes();
    const zero = chart.y(0);
    const steps = weights.map((weight, i) => {
      const y = chart.y(weight).toFixed(1);
      return `L${chart.x(i + 0.5).toFixed(1)} ${y}L${chart.x(i + 1.5).toFixed(1)} ${y}`;
    });
    setAttributes(shape, { d: `M${chart.x(0.5)} ${zero}${steps.join("")}V${zero}Z` });
  };
  return { chart, draw };
}

// The whole

const DECAY = { key: "beta", label: "beta", from: 0, to: 0.999, step: 0.02, scale: SCALES.window, range: RANGES.beta };
const CORRECTION = { key: "bias_correction", label: "bias correction" };
const chooser = (model) => (day) => put(model, { day: clamp(Math.round(day), 1, daysOf(model)) });

/** What is shown as rows of cells. */
function dataOf({ ts, values, debiased, raw }) {
  return [["day", "value", "debiased", "raw"], ...ts.map((t, i) => [t, values[i], debiased[i], raw[i]])];
}

/** The day on which an average is highest, the first if it is so on several but for the last digits. */
function peakOf(average) {
  const [low, high] = [average.reduce((a, b) => Math.min(a, b)), average.reduce((a, b) => Math.max(a, b))];
  return 1 + average.findIndex((x) => x >= high - 1e-12 * Math.max(high, -low));
}

/** The values and one average. */
function curve({ model, el }) {
  const series = seriesView(model, chooser(model), { height: 205, xLabel: "day t" });
  const readings = readouts(["day", "value", "average", "average highest on day"]);
  const announce = announcer(el);
  el.append(
    controls(slider(model, DECAY), toggle(model, CORRECTION)),
    html("div", {}, series.chart.svg),
    readings.element,
    tools(model, el, { data: () => dataOf(compute(model)), small: true }),
  );
  return keepDrawn(el, model, [series.chart], () => {
    const now = compute(model);
    series.draw(now);
    const peak = peakOf(now.corrected ? now.debiased : now.raw);
    const [value, average] = [now.value, now.average].map((x) => show(x, 4));
    readings.update({ day: String(now.day), value, average, "average highest on day": String(peak) });
    announce(
      `beta ${show(now.beta, 6)}: the average is highest on day ${peak}. ` +
        `Day ${now.day}: value ${value}, average ${average}.`,
    );
  });
}

/** The values, both averages, and the weights of the chosen day. */
function laboratory({ model, el }) {
  const most = daysOf(model);
  const choose = chooser(model);
  const series = seriesView(model, choose, { height: 250 });
  const weights = weightsView(choose);
  const lengths = readouts(["half-life", "mean age", "noise-equivalent window"]);
  const readings = readouts(["day", "value", "average", "sum of weights"]);
  const announce = announcer(el);
  el.append(
    controls(
      slider(model, DECAY),
      slider(model, { key: "day", label: "day", from: 1, to: most, step: 1, range: RANGES.count(1, most) }),
      toggle(model, CORRECTION),
    ),
    html("div", {}, series.chart.svg),
    html("div", {}, weights.chart.svg),
    html(
      "p",
      { class: "explorer-note" },
      "Dots: the values. Solid: the debiased average. Dashed: the raw one. The thicker line is the one read out below.",
    ),
    lengths.element,
    readings.element,
    tools(model, el, { data: () => dataOf(compute(model)) }),
  );
  return keepDrawn(el, model, [series.chart, weights.chart], () => {
    const now = compute(model);
    series.draw(now);
    weights.draw(now);
    const { halfLife, meanAge, noiseWindow, value, average, sum, day } = now;
    lengths.update({
      "half-life": show(halfLife, 4),
      "mean age": show(meanAge, 4),
      "noise-equivalent window": show(noiseWindow, 4),
    });
    readings.update({
      day: String(day),
      value: show(value, 4),
      average: show(average, 4),
      "sum of weights": show(sum, 4),
    });
    announce(
      `beta ${show(now.beta, 6)}: half-life ${show(halfLife)}, mean age ${show(meanAge)}, ` +
        `noise-equivalent window ${show(noiseWindow)}. ` +
        `Day ${day}: value ${show(value)}, average ${show(average)}.`,
    );
  });
}

const render = renderer({ laboratory, curve });

export default { render };
