// DescentExplorer's view of one parabola: the steep section of the bowl, and gradient descent on it.

import { STEEP } from "./landscapes.js";
import { Chart, pixel } from "./lib/chart.js";
import { put, readouts } from "./lib/controls.js";
import { handle, tapped } from "./lib/drag.js";
import { setAttributes } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { reads } from "./lib/reading.js";
import { METHODS } from "./walks.js";

const NAME = "Gradient descent";
const POINTS = 121; // of the curve

/** How gradient descent walks: each step multiplies the distance by one minus this. */
function paceInWords(pace) {
  const edges = { 0: "stays where it is", 1: "is there in one step", 2: "jumps to and fro for ever" };
  if (pace in edges) return edges[pace];
  if (pace < 1) return "creeps down one side";
  return pace < 2 ? "zigzags, closer each time" : "diverges";
}

/** The chart with its readouts. `draw` gives what it shows as a sentence. */
export function parabolaView(model, get, walksNow) {
  const chart = new Chart({ label: "A parabola, and gradient descent on it", height: 210, yLabel: "height" });
  const curve = chart.add("path", { class: "descent-curve" });
  const group = chart.add("g", { class: `descent-${METHODS[NAME].slug}` });
  const [line, marks, now] = ["line", "mark", "now"].map((kind) => chart.add("path", { class: `descent-${kind}` }));
  group.append(line, marks, now);
  const list = readouts(["factor per step", "gradient descent"]);
  let section = null; // the height at a place of the section
  const move = (x) => put(model, { start: [0, Number(clamp(x, ...chart.xs).toFixed(2))] });
  const point = handle(chart, {
    label: "Start of the walk",
    step: [0.05, 0],
    pans: true,
    where: () => {
      const x = clamp(get("start")[1], ...chart.xs);
      return [x, section(x)];
    },
    move,
  });
  tapped(chart, move);
  const places = () => {
    const { walks, last } = walksNow();
    const xs = (walks[NAME]?.ys ?? []).slice(0, last + 1);
    return { xs, ys: xs.map(section) };
  };
  const words = (_, i) => `step ${i}: ${show(places().xs[i])}`;
  reads(chart, model, () => [{ name: NAME, ...places() }], words);
  const draw = (land) => {
    section = (x) => land.loss(0, x);
    const [low, high] = land.extent.slice(2);
    chart.cover([low, high], [0, section(high)]);
    chart.drawAxes();
    const xs = Array.from({ length: POINTS }, (_, i) => low + ((high - low) * i) / (POINTS - 1));
    setAttributes(curve, { d: chart.line(xs, xs.map(section)) });
    const walk = places();
    const spots = walk.xs.map((x, i) => `M${pixel(chart.x(x))} ${pixel(chart.y(walk.ys[i]))}`);
    const { mark } = METHODS[NAME];
    setAttributes(line, { d: chart.walk(walk.xs, walk.ys) });
    setAttributes(marks, { d: spots.map((place) => place + mark(3)).join("") });
    setAttributes(now, { d: spots.length ? spots.at(-1) + mark(5.5) : "" });
    const pace = get("descent_lr") * STEEP * get("scale");
    const [, y] = get("start");
    const texts = { "factor per step": show(1 - pace), "gradient descent": paceInWords(y ? pace : 0) };
    list.update(texts);
    point.place(`x ${show(y)}, height ${show(section(y))}`, y);
    return `Gradient descent ${texts["gradient descent"]}: factor per step ${texts["factor per step"]}.`;
  };
  return { chart, element: list.element, draw };
}
