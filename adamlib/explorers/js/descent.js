// DescentExplorer: four optimizers walking down one landscape, their heights, and the map of momentum's rate.

import { landscapes, sampled } from "./landscapes.js";
import { Chart, pixel } from "./lib/chart.js";
import { contours } from "./lib/contours.js";
import { choice, controls, fold, follow, put, RANGES, SCALES, slider, sliderUpTo, toggle } from "./lib/controls.js";
import { handle } from "./lib/drag.js";
import { html, setAttributes, setText, svg } from "./lib/elements.js";
import { brief, clamp, show } from "./lib/format.js";
import { player } from "./lib/player.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { drawLevel, star } from "./lib/shapes.js";
import { tools } from "./lib/tools.js";
import { mapView } from "./rate_map.js";
import { goalOf, METHODS, NAMES, standing, walker, within } from "./walks.js";

const MARKED = 30; // how many points of a path, from the start, carry a marker
const PLAY = 4000; // milliseconds for the whole walk
const COLUMNS = 96; // of the grid on which a landscape is looked at
const ROWS = 64;
const LINES = 14; // of equal height
const NOWHERE = { points: [], xs: [], ys: [], heights: [] };
const STEPS = Array.from({ length: 501 }, (_, t) => t);

/** The landscape that is chosen: one that the browser knows, or the one that Python sampled. */
function landscapesOf(get) {
  const sample = get("sampled");
  const own = sample.name ? sampled(sample, get("samples")) : null;
  const landNow = () => {
    const name = get("landscape");
    if (own && name === sample.name) return own;
    return landscapes[name]({ condition: get("condition"), degrees: get("degrees") });
  };
  return { landNow, names: [...Object.keys(landscapes), ...(own ? [sample.name] : [])] };
}

// The landscape, drawn

function drawLandscape(chart, land, shapes) {
  const [x0, x1, y0, y1] = land.extent;
  const heights = [];
  for (let j = 0; j <= ROWS; j += 4) {
    for (let i = 0; i <= COLUMNS; i += 4) {
      const height = land.loss(x0 + ((x1 - x0) * i) / COLUMNS, y0 + ((y1 - y0) * j) / ROWS);
      if (Number.isFinite(height)) heights.push(height);
    }
  }
  const floor = Math.min(...heights);
  const rise = Math.max(...heights) - floor;
  const levels = Array.from({ length: LINES }, (_, i) => floor + (rise / 2000) * 2000 ** (i / (LINES - 1)));
  const lines = land.circles
    ? ellipses(chart, land.circles, levels)
    : contours(chart, land.loss, levels, COLUMNS, ROWS);
  shapes.lines.setAttribute("d", lines);
  shapes.holes.setAttribute("d", land.interpolated ? holes(chart, land) : "");
  shapes.star.setAttribute("d", land.minimum ? star(chart.x(land.minimum[0]), chart.y(land.minimum[1]), 8) : "");
}

/**
 * The `d` of the places where (u^2 + v^2) / 2 has one of the levels, for x = a u + c v and y = b u + d v. The circles
 * of (u, v) are ellipses in pixels; their axes are the eigenvectors of M M', where M takes (u, v) to pixels.
 */
function ellipses(chart, [a, b, c, d], levels) {
  const [x, y] = [chart.x(0), chart.y(0)];
  const [right, up] = [chart.x(1) - x, chart.y(1) - y];
  const xx = right ** 2 * (a * a + c * c);
  const xy = right * up * (a * b + c * d);
  const yy = up ** 2 * (b * b + d * d);
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const long = Math.sqrt((xx + yy + Math.hypot(xx - yy, 2 * xy)) / 2);
  const short = Math.abs(right * up * (a * d - b * c)) / long;
  const ellipse = (level) => {
    const r = Math.sqrt(2 * level);
    const [along, away] = [r * long * Math.cos(angle), r * long * Math.sin(angle)];
    const half = `a${r * long} ${r * short} ${(angle * 180) / Math.PI} 1 0`; // around, to the other tip
    return `M${x + along} ${y + away}${half} ${-2 * along} ${-2 * away}${half} ${2 * along} ${2 * away}z`;
  };
  return levels.map(ellipse).join("");
}

/** The `d` of all cells of the grid that hold a place without a height. */
function holes(chart, land) {
  const [x0, x1, y0, y1] = land.extent;
  const wide = chart.across / COLUMNS;
  const high = chart.down / ROWS;
  let d = "";
  for (let j = 0; j < ROWS; j++) {
    for (let i = 0; i < COLUMNS; i++) {
      const height = land.loss(x0 + ((x1 - x0) * (i + 0.5)) / COLUMNS, y0 + ((y1 - y0) * (j + 0.5)) / ROWS);
      if (!Number.isNaN(height)) continue;
      d += `M${pixel(chart.left + i * wide)} ${pixel(chart.floor - (j + 1) * high)}h${wide}v${high}h${-wide}z`;
    }
  }
  return d;
}

// The walks, drawn

/** For each method a group of shapes in its colour. */
function groups(chart, ...kinds) {
  const group = (name) => {
    const shapes = kinds.map((kind) => svg("path", { class: `descent-${kind}` }));
    chart.add("g", { class: `descent-${METHODS[name].slug}`, "data-method": name }).append(...shapes);
    return [name, shapes];
  };
  return Object.fromEntries(NAMES.map(group));
}
const spot = (chart, x, y, mark) => `M${pixel(chart.x(x))} ${pixel(chart.y(y))}${mark}`;

/** The point from which all walks start. `place(land)` draws it. */
function startHandle(chart, model, get) {
  let extent = null;
  const step = [0, 0]; // of an arrow key
  const decimals = (from, to) => clamp(Math.ceil(-Math.log10((to - from) / 1000)), 0, 20); // to a pixel or less
  const rounded = (value, from, to) => Number(clamp(value, from, to).toFixed(decimals(from, to)));
  const point = handle(chart, {
    label: "Start of all walks",
    step,
    where() {
      const [x, y] = get("start");
      const [x0, x1, y0, y1] = extent;
      return [clamp(x, x0, x1), clamp(y, y0, y1)];
    },
    move(x, y) {
      const [x0, x1, y0, y1] = extent;
      put(model, { start: [rounded(x, x0, x1), rounded(y, y0, y1)] });
    },
  });
  return (land) => {
    extent = land.extent;
    const [x0, x1, y0, y1] = extent;
    step[0] = (x1 - x0) / 120;
    step[1] = (y1 - y0) / 60;
    const [x, y] = get("start");
    point.place(`x ${show(x)}, y ${show(y)}`, x);
  };
}

function pathsView(model, get) {
  const chart = new Chart({
    label: "The landscape from above, and the paths on it",
    height: 300,
    xLabel: "x",
    yLabel: "y",
  });
  const ground = {
    holes: chart.add("path", { class: "descent-holes" }),
    lines: chart.add("path", { class: "descent-contours" }),
    star: chart.add("path", { class: "descent-star" }),
  };
  const shapes = groups(chart, "line", "mark", "now");
  const placeStart = startHandle(chart, model, get);
  let drawn = "";
  const draw = (land, walks, last) => {
    const [x0, x1, y0, y1] = land.extent;
    chart.cover([x0, x1], [y0, y1]);
    const name = get("landscape");
    const key = `${name} ${name === "bowl" ? [get("condition"), get("degrees")] : ""} ${chart.width}`;
    if (key !== drawn) drawLandscape(chart, land, ground);
    drawn = key;
    chart.drawAxes();
    for (const method of NAMES) {
      const [line, marks, now] = shapes[method];
      const { points, xs, ys } = walks[method] ?? NOWHERE;
      const { mark } = METHODS[method];
      const [small, large] = [mark(2.6), mark(5.5)];
      const marked = points.slice(0, Math.min(last + 1, MARKED));
      setAttributes(line, { d: chart.line(xs, ys, last + 1) });
      setAttributes(marks, { d: marked.map(([x, y]) => spot(chart, x, y, small)).join("") });
      setAttributes(now, { d: last < points.length ? spot(chart, xs[last], ys[last], large) : "" });
    }
    placeStart(land);
  };
  return { chart, draw };
}

function heightsView(get) {
  const chart = new Chart({
    label: "The height of each method, step by step",
    height: 190,
    left: 56,
    xLabel: "step",
    yLabel: "height",
    yLog: true,
  });
  const goalLine = chart.add("path", { class: "descent-goal" });
  const goalName = chart.add("text", { class: "descent-goal-name", "text-anchor": "end" });
  const shapes = groups(chart, "line", "now");
  const draw = (land, walks, last) => {
    const goal = get("goal");
    const begin = land.loss(...get("start")) - land.floor;
    const high = Math.max(begin > 0 ? Math.min(begin, 1e100) : 1, goal);
    chart.cover([0, get("steps")], [goal / 100, 10 ** (Math.floor(Math.log10(high) + 1e-9) + 1)]);
    chart.drawAxes();
    for (const method of NAMES) {
      const [line, now] = shapes[method];
      const { heights } = walks[method] ?? NOWHERE;
      const there = last < heights.length && !Number.isNaN(chart.y(heights[last]));
      setAttributes(line, { d: chart.line(STEPS, heights, last + 1) });
      setAttributes(now, { d: there ? spot(chart, last, heights[last], METHODS[method].mark(4.5)) : "" });
    }
    drawLevel(chart, goalLine, goalName, goal, `goal ${brief(goal)}`);
  };
  return { chart, draw };
}

/** The table of heights. `draw` gives what it shows as a sentence. */
function tableView(get) {
  const heads = ["Method", "Height", "Goal"].map((words) => html("th", { scope: "col" }, words));
  const rows = NAMES.map((name) => {
    const cells = [html("td"), html("td")];
    return { name, cells, element: html("tr", {}, html("th", { scope: "row" }, name), ...cells) };
  });
  const element = html(
    "table",
    { class: "descent-table" },
    html("thead", {}, html("tr", {}, ...heads)),
    html("tbody", {}, ...rows.map((row) => row.element)),
  );
  const draw = (land, walks, last) => {
    setText(heads[1], `Height at step ${last}`);
    setText(heads[2], `Below ${brief(get("goal"))}`);
    const told = [];
    for (const { name, cells, element } of rows) {
      const walk = walks[name];
      element.hidden = !walk;
      if (!walk) continue;
      const [height, goal] = [standing(walk, land, last), goalOf(walk, get("steps"))];
      setText(cells[0], height);
      setText(cells[1], goal);
      told.push(`${name}: ${height}; below the goal: ${goal}.`);
    }
    return told.join(" ");
  };
  return { element, draw };
}

// The controls

const LRS = { from: 1e-3, to: 10, step: 0.01, scale: SCALES.log, range: RANGES.atLeastZero };
const BETAS = { from: 0, to: 0.9999, step: 0.02, scale: SCALES.window, range: RANGES.beta };
const EPSILONS = { from: 1e-12, to: 10, step: 0.05, scale: SCALES.log, range: RANGES.atLeastZero };

/** A check box with the method's line and marker, and its learning rate. */
function methodRow(model, name) {
  const { slug, mark } = METHODS[name];
  const box = html("input", { type: "checkbox", "aria-label": `show ${name}` });
  box.addEventListener("change", () => {
    const chosen = model.get("methods");
    put(model, { methods: NAMES.filter((other) => (other === name ? box.checked : chosen.includes(other))) });
  });
  follow(model, "methods", () => {
    box.checked = model.get("methods").includes(name);
  });
  const sample = svg(
    "svg",
    { width: 34, height: 14, "aria-hidden": "true", class: `descent-${slug}` },
    svg("path", { d: "M0 7H34", class: "descent-line" }),
    svg("path", { d: `M17 7${mark(4)}`, class: "descent-mark" }),
  );
  const label = html("label", { class: "explorer-toggle" }, box, sample);
  const lr = slider(model, { key: `${slug}_lr`, label: `${name} lr`, ...LRS });
  return html("div", { class: "descent-method" }, label, lr);
}

function landControls(model, get, names, landNow) {
  const surface = choice(model, { key: "landscape", label: "Landscape", options: names });
  surface.addEventListener("change", () => {
    // As Python does: a start that would lie outside goes to its place.
    const land = landNow();
    if (!within(land.extent, get("start"))) put(model, { start: land.start });
  });
  const condition = { key: "condition", label: "condition number", from: 1, to: 1e6, step: 0.02 };
  const valley = [
    slider(model, { ...condition, scale: SCALES.log, range: RANGES.between(1, 1e6) }),
    slider(model, {
      key: "degrees",
      label: "angle (degrees)",
      from: 0,
      to: 180,
      step: 0.5,
      range: RANGES.between(-360, 360),
    }),
  ];
  return { element: controls(surface, ...valley), valley };
}

function lengthControl(model, get) {
  const range = RANGES.count(1, 500);
  const length = slider(model, { key: "steps", label: "length of the walk", from: 1, to: 500, step: 1, range });
  let before = get("steps");
  for (const kind of ["input", "change"]) {
    length.addEventListener(kind, () => {
      // As Python does: what was shown to the end still is.
      const steps = get("steps");
      if (get("shown") === before || get("shown") > steps) put(model, { shown: steps });
      before = steps;
    });
  }
  return length;
}

/** All that is no learning rate, in two folds. */
function folds(model, get, betaControl) {
  const goals = { from: 1e-12, to: 1, step: 0.05, scale: SCALES.log, range: RANGES.between(1e-100, 1e100) };
  const noise = { from: 0, to: 4, step: 0.05, range: RANGES.atLeastZero };
  const seeds = { from: 0, to: 100, step: 1, range: RANGES.count(0, 2 ** 32 - 1) };
  return [
    fold(
      "Decay rates, eps, heavy ball, bias correction",
      ...(get("rate_map") ? [] : [betaControl]),
      toggle(model, { key: "heavy_ball", label: "Momentum as the heavy ball, without the factor (1 − beta)" }),
      slider(model, { key: "rmsprop_beta", label: "RMSProp beta", ...BETAS }),
      slider(model, { key: "rmsprop_eps", label: "RMSProp eps", ...EPSILONS }),
      slider(model, { key: "adam_beta1", label: "Adam beta1", ...BETAS }),
      slider(model, { key: "adam_beta2", label: "Adam beta2", ...BETAS }),
      slider(model, { key: "adam_eps", label: "Adam eps", ...EPSILONS }),
      toggle(model, { key: "bias_correction", label: "Adam's bias correction" }),
    ),
    fold(
      "Noise, seed, length of the walk, goal",
      slider(model, { key: "noise", label: "gradient noise", ...noise }),
      slider(model, { key: "seed", label: "seed", ...seeds }),
      lengthControl(model, get),
      slider(model, { key: "goal", label: "goal (height)", ...goals }),
    ),
  ];
}

/** What the charts show, for a table: a row for each step, with the place and the height of each method. */
function rowsOf(get, land, walkNow) {
  const chosen = NAMES.filter((name) => get("methods").includes(name));
  const walks = chosen.map((name) => walkNow(name, land));
  const at = ({ points, heights }, t) => (t < points.length ? [...points[t], heights[t]] : ["", "", ""]);
  const heads = chosen.flatMap((name) => ["x", "y", "height"].map((what) => `${name} ${what}`));
  const row = (_, t) => [t, ...walks.flatMap((walk) => at(walk, t))];
  return [["step", ...heads], ...Array.from({ length: Math.min(get("shown"), get("steps")) + 1 }, row)];
}

// The whole

function render({ model, el }) {
  el.classList.add("explorer", "descent");
  const get = (key) => model.get(key);
  const { landNow, names } = landscapesOf(get);
  const paths = pathsView(model, get);
  const heights = heightsView(get);
  const map = mapView(model, get);
  const table = tableView(get);
  const { element: landscapeControls, valley } = landControls(model, get, names, landNow);
  const playing = player(el, model, { key: "shown", most: "steps", milliseconds: PLAY });
  const shown = sliderUpTo(model, "steps", { key: "shown", label: "steps shown", step: 1 });
  const betaControl = slider(model, { key: "momentum_beta", label: "Momentum beta", ...BETAS });
  const note = html("p", { class: "descent-note" });
  const announce = announcer(el);
  const picture = html("div", { class: "descent-view" }, paths.chart.svg);
  el.append(
    landscapeControls,
    html("div", { class: "descent-views" }, picture, map.element),
    note,
    html("div", { class: "explorer-play" }, playing.play, playing.step, playing.speed, shown),
    controls(...NAMES.map((name) => methodRow(model, name)), ...(get("rate_map") ? [betaControl] : [])),
    html("div", {}, heights.chart.svg),
    table.element,
    ...folds(model, get, betaControl),
    tools(model, el, { data: () => rowsOf(get, landNow(), walkNow) }),
  );

  const walkNow = walker(get);
  const notes = (land, chosen) => [
    land.interpolated &&
      `${get("landscape")} is known here on a grid, and the paths are interpolated. ` +
        "Python walks on the landscape itself.",
    !within(land.extent, get("start")) &&
      `The start, ${get("start")
        .map((x) => brief(x))
        .join(" and ")}, lies outside the picture.`,
    !chosen.length && "No method is chosen.",
  ];
  const leave = keepDrawn(el, model, [paths.chart, heights.chart, map.chart], () => {
    const land = landNow();
    const last = Math.min(get("shown"), get("steps"));
    const onBowl = get("landscape") === "bowl";
    const withMap = get("rate_map") && onBowl;
    if (map.element.hidden === withMap) {
      map.element.hidden = !withMap;
      for (const { chart } of [paths, map]) chart.fit();
    }
    for (const control of valley) control.hidden = !onBowl;
    const chosen = NAMES.filter((method) => get("methods").includes(method));
    const walks = Object.fromEntries(chosen.map((method) => [method, walkNow(method, land)]));
    paths.draw(land, walks, last);
    heights.draw(land, walks, last);
    const told = table.draw(land, walks, last);
    setText(note, notes(land, chosen).filter(Boolean).join(" "));
    announce(`Step ${last}. ${withMap ? map.draw(land) : ""}${told} ${note.textContent}`);
  });
  return () => {
    playing.end();
    leave();
  };
}

export default { render };
