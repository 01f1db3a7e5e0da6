// AverageExplorer: a series with its exponential average, and the weights of the chosen day.
import { emaSeries } from "./rules.js";
import { Chart, RANGES, SCALES, announcer, button, clamp, handle, html, readouts, show, slider, stage, toggle, write } from "./stage.js";

function render({ model, el }) {
  el.classList.add("explorer");
  const original = model.get("values");
  const days = () => model.get("values").length;
  const chosen = () => clamp(model.get("day"), 1, days());
  const spread = Math.max(...original) - Math.min(...original) || 1;

  const top = new Chart({ label: "The values, day by day, and their average", height: 250, yLabel: model.get("name") });
  const bottom = new Chart({ label: "The weight of each day in the average of the chosen day", height: 110, xLabel: "day t", yLabel: "weight" });
  const dots = top.add("path", { class: "average-values" });
  const guide = top.add("path", { class: "average-guide" });
  const raw = top.add("path", { class: "average-raw" });
  const debiased = top.add("path", { class: "average-debiased" });
  const weights = bottom.add("path", { class: "average-weights" });

  const choose = (day) => {
    model.set("day", clamp(Math.round(day), 1, days()));
    model.save_changes();
  };
  const lift = (y) => {
    const values = [...model.get("values")];
    values[model.get("day") - 1] = Number(y.toPrecision(4));
    model.set("values", values);
    model.save_changes();
  };
  const point = handle(top, {
    label: "Value of the chosen day: left and right choose another day, up and down change the value",
    step: [1, 10 ** Math.floor(Math.log10(spread / 10))],
    where: () => [chosen(), model.get("values")[chosen() - 1]],
    move(x, y, byKey) { // a key goes one way at a time, a pointer moves the value and stays on its day
      if (byKey && x !== model.get("day")) choose(x);
      else lift(byKey ? y : clamp(y, ...top.ys));
    },
  });
  for (const chart of [top, bottom]) {
    chart.svg.addEventListener("pointerdown", (event) => {
      const [x, y] = chart.at(event);
      choose(x);
      const near = chart === top && Math.abs(top.y(model.get("values")[chosen() - 1]) - top.y(y)) < 22;
      if (near && event.pointerType !== "touch") point.grab(event); // a finger beside the point scrolls the page
    });
  }

  const lengths = readouts(["half-life", "mean age", "noise-equivalent window"]);
  const now = readouts(["day", "value", "average", "sum of weights"]);
  const say = announcer(el);
  el.append(
    html("div", { class: "explorer-controls" },
      slider(model, { key: "beta", label: "beta", from: 0, to: 0.999, step: 0.02, scale: SCALES.window, range: RANGES.beta }),
      slider(model, { key: "day", label: "day", from: 1, to: days(), step: 1, range: RANGES.count(1, days()) }),
      toggle(model, { key: "bias_correction", label: "bias correction" }),
      button("Values as they were", () => { model.set("values", original); model.save_changes(); })),
    html("div", {}, top.svg),
    html("div", {}, bottom.svg),
    html("p", { class: "explorer-note" }, "Dots: the values. Solid: the debiased average. Dashed: the raw one. The thicker line is the one read out below."),
    lengths.element,
    now.element);

  return stage(el, model, [top, bottom], () => {
    const values = model.get("values"), beta = model.get("beta"), corrected = model.get("bias_correction");
    const day = chosen(), ts = values.map((_, i) => i + 1);
    const [withIt, withoutIt] = [emaSeries(values, beta, true), emaSeries(values, beta, false)];
    const average = corrected ? withIt : withoutIt;

    const lowest = Math.min(0, ...values), highest = Math.max(...values), room = (highest - lowest) / 20 || 1;
    if (!point.held()) top.cover([0, values.length + 1], [lowest - room, highest + room]); // else it would run away
    const sum = corrected ? 1 : 1 - beta ** day;
    const scale = (corrected ? 1 / (1 - beta ** day) : 1) * (1 - beta);
    bottom.cover([0, values.length + 1], [0, scale]);
    top.drawAxes();
    bottom.drawAxes();

    write(dots, { d: top.dots(ts, values) });
    write(debiased, { d: top.line(ts, withIt) });
    write(raw, { d: top.line(ts, withoutIt) });
    debiased.classList.toggle("average-chosen", corrected);
    raw.classList.toggle("average-chosen", !corrected);
    write(guide, { d: `M${top.x(day)} ${top.top}V${top.top + top.down}` });
    const until = ts.slice(0, day);
    const zero = bottom.y(0);
    const steps = until.map((t) => {
      const y = bottom.y(scale * beta ** (day - t)).toFixed(1);
      return `L${bottom.x(t - 0.5).toFixed(1)} ${y}L${bottom.x(t + 0.5).toFixed(1)} ${y}`;
    });
    write(weights, { d: `M${bottom.x(0.5)} ${zero}${steps.join("")}V${zero}Z` });

    const [halfLife, meanAge, window] = [beta && Math.log(0.5) / Math.log(beta), beta / (1 - beta), (1 + beta) / (1 - beta)];
    lengths.update({ "half-life": show(halfLife, 4), "mean age": show(meanAge, 4), "noise-equivalent window": show(window, 4) });
    now.update({ "day": String(day), "value": show(values[day - 1], 4), "average": show(average[day - 1], 4), "sum of weights": show(sum, 4) });
    point.place(`day ${day}, value ${show(values[day - 1])}, average ${show(average[day - 1])}`, values[day - 1]);
    say(`beta ${show(beta, 6)}: half-life ${show(halfLife)}, mean age ${show(meanAge)}, noise-equivalent window ${show(window)}. `
      + `Day ${day}: value ${show(values[day - 1])}, average ${show(average[day - 1])}.`);
  });
}

export default { render };
