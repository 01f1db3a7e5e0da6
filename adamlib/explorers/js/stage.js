// What every explorer is made of: elements, a stage that draws once a frame and only while in view,
// charts, points to drag, and controls tied to one trait of the model.

const SVG = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
export const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// By chance, since a page may hold several copies of this file, each with its own explorer.
const newId = () => `explorer-${Math.random().toString(36).slice(2)}`;

/** Set attributes, or the words, of an element that does not have them yet: to set what is there costs as much. */
export function write(element, attributes) {
  for (const [name, value] of Object.entries(attributes))
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
export function tell(element, words) {
  if (element.textContent === words) return;
  if (words && element.firstChild) element.firstChild.data = words; // a new text takes more time
  else element.textContent = words;
}

export const clamp = (x, least, most) => Math.min(Math.max(x, least), most);

/** Write a number for a reader: 3 digits unless told, powers of ten where needed, a true minus sign. */
export function show(x, digits = 3) {
  if (Number.isNaN(x)) return "not a number";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  const text = size && (size < 1e-4 || size >= 1e6) ? x.toExponential(digits - 1).replace("+", "") : String(Number(x.toPrecision(digits)));
  return text.replace(/^-/, "−").replace("e-", "e−");
}

// The stage

/**
 * Keep an explorer drawn. `draw` runs at most once a frame, after any change of the model or of the
 * width, and never while out of view. Returns the clean-up function for the widget to return.
 */
export function stage(el, model, charts, draw) {
  let due = true, seen = false, frame = 0;
  const trouble = html("p", { class: "explorer-trouble", role: "alert", hidden: "" });
  el.append(trouble);
  // Else JupyterLab takes the arrow keys, and moves from cell to cell. It looks at the element that has the focus.
  el.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  const paint = () => {
    frame = 0;
    due = false;
    try {
      draw();
      trouble.hidden = true;
    } catch (error) { // the controls stay alive: another setting may be drawn again
      trouble.textContent = `This setting could not be drawn: ${error.message}`;
      trouble.hidden = false;
    }
  };
  const request = () => {
    due = true;
    if (seen && !frame) frame = requestAnimationFrame(paint);
  };
  const view = new IntersectionObserver((entries) => {
    seen = entries.at(-1).isIntersecting;
    if (seen && due) request();
  });
  let width = 0;
  const size = new ResizeObserver(() => {
    if (el.clientWidth === width) return; // words that took another line change the height alone
    width = el.clientWidth;
    if (width) charts.forEach((chart) => chart.resize(chart.svg.parentElement.clientWidth));
    request();
  });
  model.on("change", request);
  el.addEventListener("pointerup", request); // what stood still under a hand may settle now
  addEventListener("beforeprint", paint);
  view.observe(el);
  size.observe(el);
  return () => {
    cancelAnimationFrame(frame);
    view.disconnect();
    size.disconnect();
    model.off("change", request);
    removeEventListener("beforeprint", paint);
  };
}

/** A sentence that is read aloud once the hand has come to rest. Returns the function that sets it. */
export function announcer(el) {
  const live = html("p", { class: "explorer-hidden", "aria-live": "polite" });
  el.append(live);
  let timer = 0, last = null;
  return (text) => {
    if (text === last) return;
    const first = last === null; // what the page says when it is opened need not be announced
    last = text;
    clearTimeout(timer);
    if (!first) timer = setTimeout(() => { live.textContent = text; }, 600);
  };
}

// Charts

/** How far along an axis a value lies, from 0 to 1, and back. */
const part = (value, [low, high], log) => (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
const back = (part, [low, high], log) => (log ? low * (high / low) ** part : low + part * (high - low));

function ticks(from, to, most) {
  if (!(to > from) || !Number.isFinite(to - from)) return [];
  const rough = (to - from) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(from / step - 1e-9), many = Math.floor(to / step + 1e-9) - first;
  if (many < 1 && most < 50) return ticks(from, to, 2 * most); // one number alone gives no scale
  return Array.from({ length: clamp(many + 1, 0, 50) }, (_, i) => (first + i) * step);
}

function decades(from, to, most) {
  const [low, high] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  const every = Math.max(1, Math.ceil((high - low) / most));
  const found = [];
  for (let power = low; power <= high; power += every) found.push(10 ** power);
  return found;
}

export const LIMIT = 1e5; // pixels: far outside, and small enough for every renderer
export const pixel = (x) => Math.round(clamp(x, -LIMIT, LIMIT) * 10) / 10;

/** Two dots that nobody sees. What is drawn with them is as large as ever, else the browser sorts the page's layers anew. */
const rim = (least, across, down) => `M${least} ${least}h0M${across} ${down}h0`;
const FAR = 1e4; // pixels: beyond every path that does not diverge

/**
 * An SVG chart with axes. It fits the width of its parent; `cover` says what the axes span; x, y and
 * their inverses turn values into pixels and back. `add` puts a shape inside the frame, cut at its edge.
 * A `bare` chart has no numbers along x: one below it has them.
 */
export class Chart {
  constructor({ label, height, xLabel = "", yLabel = "", xLog = false, yLog = false, bare = false, left = 46, bottom = xLabel ? 38 : 20 }) {
    Object.assign(this, { height, xLabel, yLabel, xLog, yLog, bare, left, bottom, top: 10, right: 12, width: 0 });
    const clip = newId();
    this.frame = svg("rect");
    this.fixed = [svg("path", { class: "explorer-grid" }), svg("path"), ...[0, 1].map(() => svg("text", { "text-anchor": "middle" }))];
    this.numbers = { middle: [], end: [] };
    this.axes = svg("g", { class: "explorer-axes", "aria-hidden": "true" }, ...this.fixed);
    this.rims = [0, 1].map(() => svg("path", { class: "explorer-rim" })); // of what is beside the frame and above it
    this.inside = svg("g", { "clip-path": `url(#${clip})` }, svg("path", { class: "explorer-rim", d: rim(-FAR, FAR, FAR) }));
    this.above = svg("g"); // for points to drag, which may stand on the edge
    this.svg = svg("svg", { role: "group", "aria-label": label, height },
      svg("clipPath", { id: clip }, this.frame), this.rims[0], this.axes, this.inside, this.rims[1], this.above);
    this.cover([0, 1], [0, 1]);
  }
  add(tag, attributes) {
    const shape = svg(tag, attributes);
    this.inside.append(shape);
    return shape;
  }
  resize(width) {
    if (width === this.width) return;
    this.width = width;
    this.svg.setAttribute("width", width);
    for (const dots of this.rims) write(dots, { d: rim(-14, width + 14, this.height + 14) }); // as far as a point at the edge
    this.forget();
  }
  cover(xs, ys) {
    if (this.xs && [...xs, ...ys].every((value, i) => value === [...this.xs, ...this.ys][i])) return;
    [this.xs, this.ys] = [xs, ys];
    this.forget();
  }
  forget() {
    this.axesDrawn = this.columns = false;
    this.lines = new WeakMap();
  }
  get across() { return Math.max(1, this.width - this.left - this.right); }
  get down() { return this.height - this.top - this.bottom; }
  x(value) { return this.left + part(value, this.xs, this.xLog) * this.across; }
  y(value) { return this.top + (1 - part(value, this.ys, this.yLog)) * this.down; }
  xAt(px) { return back((px - this.left) / this.across, this.xs, this.xLog); }
  yAt(px) { return back(1 - (px - this.top) / this.down, this.ys, this.yLog); }
  /** The value coordinates under a pointer. */
  at(event) {
    const box = this.svg.getBoundingClientRect(), size = box.width / this.width; // a slide shows it smaller or larger
    return [this.xAt((event.clientX - box.left) / size), this.yAt((event.clientY - box.top) / size)];
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
      const y = this.y(ys[i]), there = !Number.isNaN(y);
      found.push(there ? `${pen}${this.columns.texts[i]} ${pixel(y)}` : "");
      pen = there ? "L" : "M";
    }
    return found;
  }
  /** Put numbers at an axis. What is there moves, since a new element takes more time. */
  number(anchor, places) {
    const texts = this.numbers[anchor];
    for (const text of texts.splice(places.length)) text.remove();
    places.forEach(([x, y, words, power = ""], i) => {
      texts[i] ??= this.axes.insertBefore(svg("text", { "text-anchor": anchor }), this.fixed[2]);
      write(texts[i], { x, y });
      if (texts[i].textContent !== words + power) texts[i].replaceChildren(words, power && svg("tspan", { dy: -5, "font-size": "9" }, power));
    });
  }
  drawAxes() {
    if (this.axesDrawn || !this.width) return;
    this.axesDrawn = true;
    const { left, top, across, down } = this, floor = top + down, middle = top + down / 2;
    write(this.frame, { x: left, y: top, width: across, height: down });
    const short = (value) => show(value).replace(/\.?0+e/, "e");
    let lines = `M${left} ${top}V${floor}H${left + across}`, grid = ""; // a path each, since every element takes time
    const along = [], upward = [];
    for (const value of (this.xLog ? decades : ticks)(...this.xs, Math.max(2, across / 70))) {
      const x = this.x(value);
      lines += `M${x} ${floor}v4`;
      if (!this.bare) along.push([x, floor + 15, short(value)]);
    }
    for (const value of (this.yLog ? decades : ticks)(...this.ys, Math.max(2, down / 34))) {
      const y = this.y(value);
      grid += `M${left} ${y}h${across}`;
      upward.push([left - 5, y + 4, ...(this.yLog ? ["10", show(Math.log10(value), 2)] : [short(value)])]);
    }
    this.number("middle", along);
    this.number("end", upward);
    const [grating, ruling, xName, yName] = this.fixed;
    write(grating, { d: grid });
    write(ruling, { d: lines });
    write(xName, { x: left + across / 2, y: floor + 32 });
    write(yName, { x: 12, y: middle, transform: `rotate(-90 12 ${middle})` });
    tell(xName, this.xLabel);
    tell(yName, this.yLabel);
  }
}

/** The `d` of the lines of equal height of f(x, y) in a chart, by marching squares on a grid of cells. */
export function contours(chart, f, levels, columns, rows) {
  const { xs: [x0, x1], ys: [y0, y1] } = chart;
  const xs = Array.from({ length: columns + 1 }, (_, i) => x0 + (x1 - x0) * i / columns);
  const ys = Array.from({ length: rows + 1 }, (_, j) => y0 + (y1 - y0) * j / rows);
  const heights = ys.map((y) => xs.map((x) => f(x, y)));
  const px = xs.map((x) => chart.x(x)), py = ys.map((y) => chart.y(y));
  const parts = [];
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const a = heights[j][i], b = heights[j][i + 1], c = heights[j + 1][i + 1], d = heights[j + 1][i];
      const low = Math.min(a, b, c, d), high = Math.max(a, b, c, d);
      if (!(low < high) || low === -Infinity) continue; // flat, or not a number somewhere
      const [left, right, lower, upper] = [px[i], px[i + 1], py[j], py[j + 1]];
      for (const level of levels) {
        if (level <= low || level > high) continue;
        let pen = "M"; // the crossings are met in pairs
        const meet = (x, y) => { parts.push(pen, pixel(x), " ", pixel(y)); pen = pen === "M" ? "L" : "M"; };
        if ((a < level) !== (b < level)) meet(left + (right - left) * (level - a) / (b - a), lower);
        if ((b < level) !== (c < level)) meet(right, lower + (upper - lower) * (level - b) / (c - b));
        if ((d < level) !== (c < level)) meet(left + (right - left) * (level - d) / (c - d), upper);
        if ((a < level) !== (d < level)) meet(left, lower + (upper - lower) * (level - a) / (d - a));
      }
    }
  }
  return parts.join("");
}

/** Put a circle, or all circles of a group, at (x, y): a transform would make the browser sort the page's layers anew. */
export function centre(shape, x, y) {
  for (const circle of shape.localName === "circle" ? [shape] : shape.children) write(circle, { cx: pixel(x), cy: pixel(y) });
}

/**
 * A point to drag by pointer, by touch (without scrolling the page) and by arrow keys (with Shift ten
 * times as far; on an axis of logarithms `step` is a factor). `where()` says the place that the model gives
 * it, and `move(x, y, byKey)` is asked for a new one; `place(text)` draws it there; `held()` tells whether a
 * pointer holds it, and `grab` lets a press beside it take hold.
 */
export function handle(chart, { label, step, where, move }) {
  const point = svg("g", {
    class: "explorer-handle", tabindex: "0", role: "slider", "aria-label": label, "aria-roledescription": "point to drag",
  }, svg("circle", { r: 22, class: "explorer-reach" }), svg("circle", { r: 7 }));
  chart.above.append(point);
  let grip = null;
  const grab = (event) => {
    const [x, y] = chart.at(event), at = where(); // the point does not jump to the middle of the finger
    grip = [chart.x(at[0]) - chart.x(x), chart.y(at[1]) - chart.y(y)];
    point.setPointerCapture(event.pointerId);
    event.stopPropagation();
    event.preventDefault();
    point.focus({ preventScroll: true });
  };
  point.addEventListener("pointerdown", grab);
  point.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const [x, y] = chart.at(event);
    move(chart.xAt(chart.x(x) + grip[0]), chart.yAt(chart.y(y) + grip[1]), false);
  });
  const release = () => { grip = null; };
  point.addEventListener("pointerup", release);
  point.addEventListener("pointercancel", release);
  point.addEventListener("keydown", (event) => {
    const turn = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!turn) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1, at = where(), up = turn[1] * far;
    move(at[0] + turn[0] * step[0] * far, chart.yLog ? at[1] * step[1] ** up : at[1] + up * step[1], true);
  });
  return {
    grab,
    held: () => grip !== null,
    place(text, now) {
      const [x, y] = where();
      centre(point, chart.x(x), chart.y(y));
      write(point, { "aria-valuenow": Number.isFinite(now) ? now : 0, "aria-valuetext": text });
    },
  };
}

// Controls: each shows one trait, and sets it.

export function set(model, key, value) {
  model.set(key, value);
  model.save_changes();
}

export function follow(model, key, update) {
  model.on(`change:${key}`, update);
  update();
}

// How far along a slider a value lies, and back. On the window scale equal steps multiply 1 / (1 - beta).
export const SCALES = {
  linear: { to: (x) => x, from: (x) => x },
  log: { to: (x) => Math.log10(Math.max(x, 1e-300)), from: (p) => Number((10 ** p).toPrecision(3)) },
  window: { to: (beta) => -Math.log10(1 - beta), from: (p) => Number((1 - 10 ** -p).toPrecision(Math.ceil(p) + 2)) },
};
// What may be typed, as adamlib's own checks have it.
export const RANGES = {
  beta: { test: (x) => x >= 0 && x < 1, words: "a number in [0, 1)" },
  atLeastZero: { test: (x) => x >= 0 && x < Infinity, words: "a finite number of at least 0" },
  finite: { test: Number.isFinite, words: "a finite number" },
  count: (least, most) => ({
    test: (x) => Number.isInteger(x) && x >= least && x <= most, words: `a whole number from ${least} to ${most}`,
  }),
};

/** A slider with a field beside it for an exact value, which may lie beyond the slider's ends. */
export function slider(model, { key, label, from, to, step, scale = SCALES.linear, range = RANGES.finite }) {
  const id = newId();
  const end = (value) => Number(scale.to(value).toFixed(6)); // 2.9999999999 would hide the last step
  const bar = html("input", { type: "range", id, min: end(from), max: end(to), step });
  const field = html("input", { type: "text", inputmode: "decimal", "aria-label": `${label}, exact value`, autocomplete: "off" });
  const error = html("span", { class: "explorer-error", role: "alert" });
  bar.addEventListener("input", () => set(model, key, scale.from(Number(bar.value))));
  field.addEventListener("change", () => {
    const value = field.value.trim() === "" ? NaN : Number(field.value.replace("−", "-").replace(",", "."));
    const good = range.test(value);
    error.textContent = good ? "" : `${label} must be ${range.words}. It is still ${model.get(key)}.`;
    field.setAttribute("aria-invalid", String(!good));
    if (good) set(model, key, value);
  });
  follow(model, key, () => {
    const value = model.get(key);
    bar.value = scale.to(value);
    bar.setAttribute("aria-valuetext", show(value, 6));
    field.value = String(value);
    write(field, { "aria-invalid": "false" });
    tell(error, "");
  });
  return html("div", { class: "explorer-control" }, html("label", { for: id }, label), bar, field, error);
}

export function toggle(model, { key, label }) {
  const box = html("input", { type: "checkbox" });
  box.addEventListener("change", () => set(model, key, box.checked));
  follow(model, key, () => { box.checked = model.get(key); });
  return html("label", { class: "explorer-toggle" }, box, label);
}

export function choice(model, { key, label, options }) {
  const id = newId();
  const list = html("select", { id }, ...options.map((option) => html("option", { value: option }, option)));
  list.addEventListener("change", () => set(model, key, options.find((option) => String(option) === list.value)));
  follow(model, key, () => { list.value = model.get(key); });
  return html("div", { class: "explorer-control" }, html("label", { for: id }, label), list);
}

export function button(label, press) {
  const made = html("button", { type: "button" }, label);
  made.addEventListener("click", press);
  return made;
}

/** A list of names and values that `update({ name: text })` fills. */
export function readouts(names) {
  const cells = Object.fromEntries(names.map((name) => [name, html("dd")]));
  const list = html("dl", { class: "explorer-readouts" },
    ...names.map((name) => html("div", {}, html("dt", {}, name), cells[name])));
  return {
    element: list,
    update(texts) {
      for (const [name, text] of Object.entries(texts)) tell(cells[name], text);
    },
  };
}
