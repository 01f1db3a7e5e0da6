// DescentExplorer's map: the rate of momentum on the bowl, over learning rate and beta.

import { STEEP } from "./landscapes.js";
import { Chart, pixel } from "./lib/chart.js";
import { put, readouts } from "./lib/controls.js";
import { handle } from "./lib/drag.js";
import { html, setText, svg } from "./lib/elements.js";
import { clamp, show } from "./lib/format.js";
import { star } from "./lib/shapes.js";
import { convergenceRate } from "./rules.js";
import { METHODS } from "./walks.js";

const WALL = 4.5; // the right edge, as learning rate times steep curvature
const LINED = [0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999]; // that have a line

/** The slower of the two directions decides. */
const worst = ([flat, steep], lr, beta) => Math.max(convergenceRate(lr, beta, flat), convergenceRate(lr, beta, steep));

/** How fast a rate is, in words. */
function rateInWords(rate) {
  if (Math.abs(rate - 1) < 1e-12) return "rate 1 per step: no progress";
  if (rate > 1) return "diverges";
  const digits = Math.max(3, 2 + Math.floor(-Math.log10(1 - rate))); // 0.9996 is not 1
  const steps = Math.max(1, Math.ceil(Math.log(1e-6) / Math.log(rate)));
  return `rate ${show(rate, digits)} per step: by it ${show(steps, 6)} step${steps > 1 ? "s" : ""} to a millionth`;
}

/**
 * The `d` of the settings with one rate r. No root of z^2 - (1 + beta - lr c) z + beta is larger than r just where
 * beta <= r^2 and (1 - r)(1 - beta / r) <= lr c <= (1 + r)(1 + beta / r), so the sides of this place are straight.
 */
function ratePath(chart, r, [flat, steep]) {
  const low = (1 - r) / flat; // at beta = 0
  const high = (1 + r) / steep;
  const from = Math.max(0, (low - high) / (low + high)); // beta / r, where the sides meet
  const corner = (lr, ratio) => `${pixel(chart.x(lr))} ${pixel(chart.y(r * ratio))}`;
  const corners = [corner(low * (1 - from), from), corner(low * (1 - r), r)];
  return `M${[...corners, corner(high * (1 + r), r), corner(high * (1 + from), from)].join("L")}`;
}

/** The names of the lines. A line of equal rate r is level at beta = r^2, where both directions oscillate. */
function rateNames(chart, rates, [flat, steep]) {
  let free = Infinity; // down to where there is room
  const made = [];
  for (const rate of rates) {
    const left = Math.max(0, (1 - rate) ** 2 / flat);
    const right = Math.min((1 + rate) ** 2 / steep, WALL / steep);
    const y = chart.y(rate ** 2) + 4;
    if (free - y < 13) continue;
    free = y;
    made.push(svg("text", { x: chart.x(left * 0.4 + right * 0.6), y, "text-anchor": "middle" }, show(rate)));
  }
  return made;
}

function drawGround(chart, [flat, steep], parts) {
  const best = (Math.sqrt(steep) - Math.sqrt(flat)) / (Math.sqrt(steep) + Math.sqrt(flat)); // of all rates
  const rates = LINED.filter((rate) => rate > best);
  const floor = chart.y(0);
  const end = chart.left + chart.across;
  const bestOfDescent = `M${chart.x(2 / (flat + steep))} ${floor}${METHODS["Gradient descent"].mark(5)}`;
  const bestOfAll = [chart.x(4 / (Math.sqrt(flat) + Math.sqrt(steep)) ** 2), chart.y(best ** 2)];
  parts.lines.setAttribute("d", rates.map((rate) => ratePath(chart, rate, [flat, steep])).join(""));
  parts.wall.setAttribute("d", `M${chart.x(2 / steep)} ${floor}L${chart.x(4 / steep)} ${chart.y(1)}H${end}V${floor}z`);
  parts.square.setAttribute("d", bestOfDescent);
  parts.star.setAttribute("d", star(...bestOfAll, 9));
  const diverges = svg("text", { x: end - 6, y: floor - 12, "text-anchor": "end" }, "diverges");
  parts.names.replaceChildren(diverges, ...rateNames(chart, rates, [flat, steep]));
}

/** The map with its point. `draw` gives the setting and its rate in words. */
function mapChart(model, get, height) {
  const chart = new Chart({
    label: "The rate of momentum over learning rate and beta",
    height,
    xLabel: "learning rate",
    yLabel: "beta",
  });
  const parts = {
    wall: chart.add("path", { class: "descent-wall" }),
    lines: chart.add("path", { class: "descent-contours" }),
    names: svg("g", { class: "descent-names" }),
    square: svg("path", { class: "descent-best" }),
    star: svg("path", { class: "descent-best" }),
  };
  chart.above.append(parts.names, parts.square, parts.star);
  const end = () => WALL / (STEEP * get("scale")); // of the axis
  const factor = (beta) => (get("heavy_ball") ? 1 : 1 - beta); // the axis is the heavy ball's learning rate
  const point = handle(chart, {
    label: "Learning rate and beta of momentum",
    step: [0.01, 0.01],
    where: () => {
      const beta = get("momentum_beta");
      return [Math.min(get("momentum_lr") * factor(beta), end()), beta];
    },
    move(x, y) {
      const beta = Number(clamp(y, 0, 0.999).toFixed(3));
      const lr = Number((clamp(x, 0, end()) / factor(beta)).toPrecision(3));
      put(model, { momentum_beta: beta, momentum_lr: lr });
    },
  });
  let drawn = "";
  const draw = (curvatures) => {
    const beta = get("momentum_beta");
    const lr = get("momentum_lr") * factor(beta);
    chart.xLabel = get("heavy_ball") ? "learning rate" : "learning rate × (1 − beta)";
    chart.cover([0, end()], [0, 1]);
    const key = `${curvatures} ${chart.width} ${chart.xLabel}`;
    if (key !== drawn) {
      chart.axesDrawn = false;
      drawGround(chart, curvatures, parts);
    }
    drawn = key;
    chart.drawAxes();
    const words = rateInWords(worst(curvatures, lr, beta));
    const setting = `lr ${show(get("momentum_lr"))}, beta ${show(beta, 6)}`;
    point.place(`${setting}, ${words}`, beta);
    return { setting, words, beyond: lr > end() ? " (beyond the right edge)" : "" };
  };
  return { chart, draw };
}

/** The map beside the paths. `draw` gives what it shows as a sentence. */
export function mapView(model, get) {
  const { chart, draw } = mapChart(model, get, 300);
  const rate = html("p", { class: "descent-rate" });
  const help = "Lines join settings with the same rate. Square: gradient descent's best rate. Star: the heavy ball's.";
  const element = html("div", { class: "descent-view" }, chart.svg, rate, html("p", {}, help));
  return {
    chart,
    element,
    draw({ curvatures }) {
      const { setting, words, beyond } = draw(curvatures);
      setText(rate, `Momentum, ${setting}: ${words}${beyond}`);
      return `Momentum's ${words}. `;
    },
  };
}

/** The map alone. On another landscape than the bowl it stays that of the bowl. */
export function mapAlone(model, get) {
  const { chart, draw } = mapChart(model, get, 166);
  const list = readouts(["momentum"]);
  const curvatures = () => [STEEP / get("condition"), STEEP].map((curvature) => curvature * get("scale"));
  return {
    chart,
    element: list.element,
    draw() {
      const { words, beyond } = draw(curvatures());
      list.update({ momentum: words + beyond });
      return `Momentum: ${words}${beyond}.`;
    },
  };
}
