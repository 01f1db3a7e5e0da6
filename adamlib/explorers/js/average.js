// AverageExplorer: a series with its exponential average, and the weights of the chosen day.

import { Chart } from "./lib/chart.js";
import { button, controls, put, RANGES, readouts, SCALES, slider, toggle } from "./lib/controls.js";
import { handle } from "./lib/drag.js";
import { html, setAttributes } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { emaSeries } from "./rules.js";

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

/** The chart of the values, with the point that moves one of them. */
function seriesView(model, choose) {
  const original = model.get("values");
  const spread = Math.max(...original) - Math.min(...original) || 1;
  const chart = new Chart({
    label: "The values, day by day, and their average",
    height: 250,
    yLabel: model.get("label"),
  });
  const [dots, guide, raw, debiased] = ["values", "guide", "raw", "debiased"].map((name) =>
    chart.add("path", { class: `average-${name}` }),
  );
  const valueNow = () => model.get("values")[dayOf(model) - 1];
  const lift = (y) => {
    const values = [...model.get("values")];
    values[model.get("day") - 1] = Number(y.toPrecision(4));
    put(model, { values });
  };
  const point = handle(chart, {
    label: "Value of the chosen day: left and right choose another day, up and down change the value",
    step: [1, 10 ** Math.floor(Math.log10(spread / 10))],
    where: () => [dayOf(model), valueNow()],
    move(x, y, byKey) {
      // A key goes one way at a time, a pointer moves the value and stays on its day.
      if (byKey && x !== model.get("day")) choose(x);
      else lift(byKey ? y : clamp(y, ...chart.ys));
    },
  });
  chart.svg.addEventListener("pointerdown", (event) => {
    const [x, y] = chart.at(event);
    choose(x);
    const near = Math.abs(chart.y(valueNow()) - chart.y(y)) < 22;
    if (near && event.pointerType !== "touch") point.grab(event); // a finger beside the point scrolls the page
  });
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
    debiased.classList.toggle("average-chosen", now.corrected);
    raw.classList.toggle("average-chosen", !now.corrected);
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
  });
  const shape = chart.add("path", { class: "average-weights" });
  chart.svg.addEventListener("pointerdown", (event) => choose(chart.at(event)[0]));
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

function render({ model, el }) {
  el.classList.add("explorer");
  const original = model.get("values");
  const most = daysOf(model);
  const choose = (day) => put(model, { day: clamp(Math.round(day), 1, daysOf(model)) });
  const series = seriesView(model, choose);
  const weights = weightsView(choose);
  const lengths = readouts(["half-life", "mean age", "noise-equivalent window"]);
  const readings = readouts(["day", "value", "average", "sum of weights"]);
  const announce = announcer(el);
  const decay = {
    key: "beta",
    label: "beta",
    from: 0,
    to: 0.999,
    step: 0.02,
    scale: SCALES.window,
    range: RANGES.beta,
  };
  el.append(
    controls(
      slider(model, decay),
      slider(model, { key: "day", label: "day", from: 1, to: most, step: 1, range: RANGES.count(1, most) }),
      toggle(model, { key: "bias_correction", label: "bias correction" }),
      button("Values as they were", () => put(model, { values: original })),
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

export default { render };
