// A chart: axes with round numbers, and the places of values in pixels.

import { newId, setAttributes, setText, svg } from "./elements.js";
import { brief, clamp, show } from "./format.js";

/** How far along an axis a value lies, from 0 to 1, and back. */
const part = (value, [low, high], log) =>
  log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
const back = (part, [low, high], log) => (log ? low * (high / low) ** part : low + part * (high - low));

/**
 * Round numbers from one end of an axis to the other: about as many as `most`, in steps of 1, 2 or 5.
 * @returns {number[]} at least two, or none where the ends are no axis
 */
export function ticks(from, to, most) {
  if (!(to > from) || !Number.isFinite(to - from)) return [];
  const rough = (to - from) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(from / step - 1e-9);
  const many = Math.floor(to / step + 1e-9) - first;
  if (many < 1 && most < 50) return ticks(from, to, 2 * most); // one number alone gives no scale
  return Array.from({ length: clamp(many + 1, 0, 50) }, (_, i) => (first + i) * step);
}

/** The powers of ten from one end of an axis to the other, or every second, third, ... of them. */
export function decades(from, to, most) {
  const low = Math.ceil(Math.log10(from) - 1e-9);
  const high = Math.floor(Math.log10(to) + 1e-9);
  const every = Math.max(1, Math.ceil((high - low) / most));
  const found = [];
  for (let power = low; power <= high; power += every) found.push(10 ** power);
  return found;
}

export const LIMIT = 1e5; // pixels: far outside, and small enough for every renderer
export const pixel = (x) => Math.round(clamp(x, -LIMIT, LIMIT) * 10) / 10;

/**
 * The part of a straight line, from one point to the other, that lies in a box of [left, top, right, bottom]: its two
 * ends, or null. A walk that diverges leaves the picture by thousands of pixels, and their dashes would take seconds.
 */
export function cut(from, to, [left, top, right, bottom]) {
  const [x, y] = from;
  const [dx, dy] = [to[0] - x, to[1] - y];
  let [enters, leaves] = [0, 1];
  for (const [towards, room] of [
    [-dx, x - left],
    [dx, right - x],
    [-dy, y - top],
    [dy, bottom - y],
  ]) {
    if (towards < 0) enters = Math.max(enters, room / towards);
    else if (towards > 0) leaves = Math.min(leaves, room / towards);
    else if (room < 0) return null;
  }
  if (enters > leaves) return null;
  const at = (part) => [pixel(x + part * dx), pixel(y + part * dy)];
  return [enters > 0 ? at(enters) : from, leaves < 1 ? at(leaves) : to];
}

/**
 * Two dots that nobody sees, at opposite corners. A browser draws a page in layers, and sorts them anew when what is
 * drawn reaches further than before; the dots reach as far as anything will, so that no change of a line does.
 */
const rim = (least, across, down) => `M${least} ${least}h0M${across} ${down}h0`;
const FAR = 1e4; // pixels: beyond every path that does not diverge

/** The text of a number at an axis, and the part of it to be filled: all of it, or the power behind a 10. */
function numeral(anchor, isPower) {
  const text = svg("text", { "text-anchor": anchor });
  if (!isPower) return { text, filled: text };
  const filled = svg("tspan", { dy: -5, "font-size": "9" });
  text.append("10", filled);
  return { text, filled };
}

/**
 * An SVG chart with axes. It fits the width of its parent; `cover` says what the axes span; x, y and
 * their inverses turn values into pixels and back. `add` puts a shape inside the frame, cut at its edge.
 * A `bare` chart has no numbers along x: one below it has them.
 */
export class Chart {
  /**
   * @param {{ label: string, height: number, xLabel?: string, yLabel?: string, xLog?: boolean, yLog?: boolean,
   *   bare?: boolean, left?: number, bottom?: number }} look left and bottom: pixels beside the frame
   */
  constructor({ label, height, xLabel = "", yLabel = "", xLog, yLog, bare, left = 46, bottom = xLabel ? 38 : 20 }) {
    this.height = height;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
    this.xLog = xLog;
    this.yLog = yLog;
    this.bare = bare;
    this.left = left;
    this.bottom = bottom;
    this.top = 10;
    this.right = 12;
    this.width = 0;
    const clip = newId();
    this.frame = svg("rect");
    this.grid = svg("path", { class: "explorer-grid" });
    this.ruling = svg("path");
    this.xName = svg("text", { "text-anchor": "middle" });
    this.yName = svg("text", { "text-anchor": "middle" });
    this.numbers = { middle: [], end: [] };
    this.axes = svg(
      "g",
      { class: "explorer-axes", "aria-hidden": "true" },
      this.grid,
      this.ruling,
      this.xName,
      this.yName,
    );
    this.rims = [0, 1].map(() => svg("path", { class: "explorer-rim" })); // of what is beside the frame and above it
    const insideRim = svg("path", { class: "explorer-rim", d: rim(-FAR, FAR, FAR) });
    this.inside = svg("g", { "clip-path": `url(#${clip})` }, insideRim);
    this.above = svg("g"); // for points to drag, which may stand on the edge
    const layers = [this.rims[0], this.axes, this.inside, this.rims[1], this.above];
    const cut = svg("clipPath", { id: clip }, this.frame);
    this.svg = svg("svg", { role: "group", "aria-label": label, height }, cut, ...layers);
    this.cover([0, 1], [0, 1]);
  }
  add(tag, attributes) {
    const shape = svg(tag, attributes);
    this.inside.append(shape);
    return shape;
  }
  /** Take the width of the parent. */
  fit() {
    const width = this.svg.parentElement.clientWidth;
    if (width === this.width) return;
    this.width = width;
    setAttributes(this.svg, { width, viewBox: `0 0 ${width} ${this.height}` }); // on paper it is scaled
    const d = rim(-14, width + 14, this.height + 14); // as far as a point at the edge
    for (const dots of this.rims) setAttributes(dots, { d });
    this.forget();
  }
  cover(xs, ys) {
    if (this.xs && [...xs, ...ys].every((value, i) => value === [...this.xs, ...this.ys][i])) return;
    this.xs = xs;
    this.ys = ys;
    this.forget();
  }
  forget() {
    this.axesDrawn = false;
    this.columns = null;
    this.lines = new WeakMap();
  }
  get across() {
    return Math.max(1, this.width - this.left - this.right);
  }
  get down() {
    return this.height - this.top - this.bottom;
  }
  get floor() {
    return this.top + this.down;
  }
  x(value) {
    return this.left + part(value, this.xs, this.xLog) * this.across;
  }
  y(value) {
    return this.top + (1 - part(value, this.ys, this.yLog)) * this.down;
  }
  xAt(px) {
    return back((px - this.left) / this.across, this.xs, this.xLog);
  }
  yAt(px) {
    return back(1 - (px - this.top) / this.down, this.ys, this.yLog);
  }
  /** The value coordinates under a pointer. */
  at(event) {
    const box = this.svg.getBoundingClientRect();
    const size = box.width / this.width; // a slide shows it smaller or larger
    return [this.xAt((event.clientX - box.left) / size), this.yAt((event.clientY - box.top) / size)];
  }
  /** The `d` of a line from floor to top, and of one from side to side, at a place in pixels. */
  upright(x) {
    return `M${x} ${this.top}V${this.floor}`;
  }
  level(y) {
    return `M${this.left} ${y}h${this.across}`;
  }
  /** The `d` of dots, for a stroke with round ends; what is not a number has none. */
  dots(xs, ys) {
    return Array.from(xs, (x, i) => {
      const y = this.y(ys[i]);
      return Number.isNaN(y) ? "" : `M${pixel(this.x(x))} ${pixel(y)}h0`;
    }).join("");
  }
  /**
   * The `d` of a line through the first `count` points; a NaN interrupts it. Most of the time goes into numbers as
   * text, so they are kept: all points of the same arrays, and xs for the next ys.
   */
  line(xs, ys, count = ys.length) {
    if (!this.lines.has(ys)) this.lines.set(ys, this.pieces(xs, ys));
    return this.lines.get(ys).slice(0, count).join("");
  }
  pieces(xs, ys) {
    if (this.columns?.xs !== xs) this.columns = { xs, texts: xs.map((x) => String(pixel(this.x(x)))) };
    const found = [];
    let pen = "M";
    for (let i = 0; i < ys.length; i++) {
      const y = this.y(ys[i]);
      const there = !Number.isNaN(y);
      found.push(there ? `${pen}${this.columns.texts[i]} ${pixel(y)}` : "");
      pen = there ? "L" : "M";
    }
    return found;
  }
  /** The same of a walk, which may diverge: what is farther away than the chart is wide and high is cut. */
  walk(xs, ys, count = ys.length) {
    if (!this.lines.has(ys)) this.lines.set(ys, this.strokes(xs, ys));
    return this.line(xs, ys, count);
  }
  strokes(xs, ys) {
    const reach = [-this.width, -this.height, 2 * this.width, 2 * this.height];
    let pen = null; // where it is, if it is down
    let from = null;
    return Array.from(ys, (value, i) => {
      const to = [pixel(this.x(xs[i])), pixel(this.y(value))];
      const there = !Number.isNaN(to[1]);
      const ends = there && cut(from ?? to, to, reach);
      const lifted = !ends || pen !== ends[0];
      from = there ? to : null;
      pen = ends ? ends[1] : null;
      if (!ends) return "";
      const [start, end] = ends.map((point) => point.join(" "));
      return !lifted ? `L${end}` : ends[0] === ends[1] ? `M${end}` : `M${start}L${end}`;
    });
  }
  /** Put numbers at an axis, or powers of 10. What is there moves, since a new element takes more time. */
  number(anchor, places, arePowers = false) {
    const numerals = this.numbers[anchor];
    for (const { text } of numerals.splice(places.length)) text.remove();
    places.forEach(([x, y, words], i) => {
      numerals[i] ??= numeral(anchor, arePowers);
      const { text, filled } = numerals[i];
      if (!text.parentNode) this.axes.insertBefore(text, this.xName);
      setAttributes(text, { x, y });
      setText(filled, words);
    });
  }
  drawAxes() {
    if (this.axesDrawn || !this.width) return;
    this.axesDrawn = true;
    const { left, top, across, down, floor } = this;
    const middle = top + down / 2;
    setAttributes(this.frame, { x: left, y: top, width: across, height: down });
    let ruling = `M${left} ${top}V${floor}H${left + across}`; // a path each, since every element takes time
    let grid = "";
    const along = [];
    const upward = [];
    for (const value of (this.xLog ? decades : ticks)(...this.xs, Math.max(2, across / 70))) {
      const x = this.x(value);
      ruling += `M${x} ${floor}v4`;
      if (!this.bare) along.push([x, floor + 15, brief(value)]);
    }
    for (const value of (this.yLog ? decades : ticks)(...this.ys, Math.max(2, down / 34))) {
      const y = this.y(value);
      grid += this.level(y);
      upward.push([left - 5, y + 4, this.yLog ? show(Math.log10(value), 2) : brief(value)]);
    }
    this.number("middle", along);
    this.number("end", upward, this.yLog);
    setAttributes(this.grid, { d: grid });
    setAttributes(this.ruling, { d: ruling });
    setAttributes(this.xName, { x: left + across / 2, y: floor + 32 });
    setAttributes(this.yName, { x: 12, y: middle, transform: `rotate(-90 12 ${middle})` });
    setText(this.xName, this.xLabel);
    setText(this.yName, this.yLabel);
  }
}
