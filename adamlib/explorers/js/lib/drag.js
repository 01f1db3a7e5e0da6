// Charts under a hand.
import { pixel } from "./chart.js";
import { put } from "./controls.js";
import { setAttributes, svg } from "./elements.js";
import { clamp } from "./format.js";

const SIDEWAYS = 6; // pixels that a finger goes before it moves something: up and down it scrolls the page

/** Put a circle, or all circles of a group, at (x, y). A transform would make the browser sort the page's layers. */
export function centre(shape, x, y) {
  const circles = shape.localName === "circle" ? [shape] : shape.children;
  for (const circle of circles) setAttributes(circle, { cx: pixel(x), cy: pixel(y) });
}

/**
 * A point to drag by pointer, by touch and by arrow keys (with Shift ten times as far). A finger on it does not scroll
 * the page; on one that `pans` it does, unless it sets off sideways.
 * @param {import("./chart.js").Chart} chart
 * @param {object} ways
 * @param {string} ways.label
 * @param {number[]} ways.step of an arrow key, across and up; on an axis of logarithms a factor
 * @param {() => number[]} ways.where the place that the model gives it
 * @param {(x: number, y: number, byKey: boolean) => void} ways.move asks the model for a new one
 * @param {boolean} [ways.pans]
 * @returns place(text, now) draws it there; held() tells whether a pointer holds it; grab(event) lets a press beside it
 *   take hold
 */
export function handle(chart, { label, step, where, move, pans = false }) {
  const point = svg(
    "g",
    {
      class: pans ? "explorer-handle explorer-pans" : "explorer-handle",
      tabindex: "0",
      role: "slider",
      "aria-valuenow": "0", // until it is drawn, which is when it comes into view
      "aria-valuetext": "not drawn yet",
      "aria-label": label,
      "aria-roledescription": "point to drag",
    },
    svg("circle", { r: 22, class: "explorer-reach" }),
    svg("circle", { r: 7 }),
  );
  chart.above.append(point);
  let grip = null;
  let from = null; // where a finger came down that may still scroll the page
  const grab = (event) => {
    from = pans && event.pointerType === "touch" ? event.clientX : null;
    const [x, y] = chart.at(event);
    const at = where(); // the point does not jump to the middle of the finger
    grip = [chart.x(at[0]) - chart.x(x), chart.y(at[1]) - chart.y(y)];
    point.setPointerCapture(event.pointerId);
    event.stopPropagation();
    event.preventDefault();
    point.focus({ preventScroll: true });
  };
  point.addEventListener("pointerdown", grab);
  point.addEventListener("pointermove", (event) => {
    if (!grip || (from !== null && Math.abs(event.clientX - from) < SIDEWAYS)) return;
    from = null;
    const [x, y] = chart.at(event);
    move(chart.xAt(chart.x(x) + grip[0]), chart.yAt(chart.y(y) + grip[1]), false);
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    point.addEventListener(kind, () => {
      grip = null;
    });
  }
  point.addEventListener("keydown", (event) => {
    const turn = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!turn) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    const [x, y] = where();
    const up = turn[1] * far;
    move(x + turn[0] * step[0] * far, chart.yLog ? y * step[1] ** up : y + up * step[1], true);
  });
  return {
    grab,
    element: point,
    held: () => grip !== null,
    place(text, now) {
      const [x, y] = where();
      centre(point, chart.x(x), chart.y(y));
      setAttributes(point, { "aria-valuenow": Number.isFinite(now) ? now : 0, "aria-valuetext": text });
    },
  };
}

/**
 * Let one pointer at a time press a chart and move over it: `move` hears of the press and of every move. A finger does
 * so from where it came down once it goes sideways, or when it has only tapped. The keys then go to `keys`, a point in
 * the chart.
 */
export function pressable(chart, keys, { press = () => {}, move, lift = () => {} }) {
  let held = null;
  let first = null; // the press of a finger that may still scroll the page
  const begin = (event) => {
    first = null;
    chart.svg.setPointerCapture(event.pointerId);
    keys.focus({ preventScroll: true });
    press();
    move(event);
  };
  chart.svg.classList.add("explorer-pans");
  chart.svg.addEventListener("pointerdown", (event) => {
    if (held !== null || event.button) return;
    event.preventDefault();
    held = event.pointerId;
    if (event.pointerType === "touch") first = event;
    else begin(event);
  });
  chart.svg.addEventListener("pointermove", (event) => {
    if (held !== event.pointerId || (first && Math.abs(event.clientX - first.clientX) < SIDEWAYS)) return;
    if (first) begin(first);
    move(event);
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    chart.svg.addEventListener(kind, (event) => {
      if (held !== event.pointerId) return;
      held = null;
      if (first && kind === "pointercancel") return; // it scrolls
      if (first) begin(first);
      lift();
    });
  }
}

/** Let a click or a tap inside the frame of a chart ask for its place. */
export function tapped(chart, move) {
  chart.svg.addEventListener("click", (event) => {
    if (event.target.closest(".explorer-handle")) return;
    const [x, y] = chart.at(event);
    const [[x0, x1], [y0, y1]] = [chart.xs, chart.ys];
    if (x >= x0 && x <= x1 && y >= y0 && y <= y1) move(x, y);
  });
}

/** A handle for the step that is read out: it goes along the steps, and a press in the chart brings it there. */
export function stepHandle(chart, model, { label, step, most }) {
  const move = (x) => put(model, { step: clamp(Math.round(x), 0, most) });
  const where = () => [model.get("step"), 0.5];
  const point = handle(chart, { label, step: [step, 0], where, move, pans: true });
  pressable(chart, point.element, { move: (event) => move(chart.at(event)[0]) });
  return point;
}
