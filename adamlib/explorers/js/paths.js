// DescentExplorer's charts: the landscape with the paths on it, and the heights.

import { Chart, pixel } from "./lib/chart.js";
import { contours } from "./lib/contours.js";
import { put } from "./lib/controls.js";
import { handle, tapped } from "./lib/drag.js";
import { setAttributes, setText, svg } from "./lib/elements.js";
import { brief, clamp, show } from "./lib/format.js";
import { endNames, reads } from "./lib/reading.js";
import { drawLevel, star } from "./lib/shapes.js";
import { goalNow, METHODS, NAMES, within } from "./walks.js";

const MARKED = 30; // how many points of a path, from the start, carry a marker
const COLUMNS = 96; // of the grid on which a landscape is looked at
const ROWS = 64;
const LINES = 14; // of equal height
const NOWHERE = { points: [], xs: [], ys: [], heights: [] };
const STEPS = Array.from({ length: 501 }, (_, t) => t);

// The landscape

/** Lines of equal height, and with `tones` a shade more above each of them. */
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
  shapes.tones.forEach((tone, i) => {
    tone.setAttribute("d", above(chart, land, levels[i]));
  });
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

/** The `d` of all that is higher than a level: the frame, less one ellipse, or cells of a grid, row by row. */
function above(chart, land, level) {
  const { left, top, across, down, floor } = chart;
  if (land.circles) return `M${left} ${top}h${across}v${down}h${-across}z${ellipses(chart, land.circles, [level])}`;
  const [x0, x1, y0, y1] = land.extent;
  const [columns, rows] = [2 * COLUMNS, 2 * ROWS];
  const [wide, high] = [across / columns, down / rows];
  const isHigh = (i, j) =>
    land.loss(x0 + ((x1 - x0) * (i + 0.5)) / columns, y0 + ((y1 - y0) * (j + 0.5)) / rows) > level;
  let d = "";
  for (let j = 0; j < rows; j++) {
    for (let i = 0, from = 0; i < columns; from = ++i) {
      while (i < columns && isHigh(i, j)) i++;
      if (i === from) continue;
      const length = pixel((i - from) * wide);
      d += `M${pixel(left + from * wide)} ${pixel(floor - (j + 1) * high)}h${length}v${high}h${-length}z`;
    }
  }
  return d;
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

/** A place in the picture, to a pixel or less. */
function roundedTo([x0, x1, y0, y1], x, y) {
  const decimals = (from, to) => clamp(Math.ceil(-Math.log10((to - from) / 1000)), 0, 20);
  const rounded = (value, from, to) => Number(clamp(value, from, to).toFixed(decimals(from, to)));
  return [rounded(x, x0, x1), rounded(y, y0, y1)];
}

/** The point from which all walks start; a press in the picture sets it, too. `place(land)` draws it. */
function startHandle(chart, model, get) {
  let extent = null;
  const step = [0, 0]; // of an arrow key
  const point = handle(chart, {
    label: "Start of all walks",
    step,
    where() {
      const [x, y] = get("start");
      const [x0, x1, y0, y1] = extent;
      return [clamp(x, x0, x1), clamp(y, y0, y1)];
    },
    move: (x, y) => put(model, { start: roundedTo(extent, x, y) }),
  });
  tapped(chart, (x, y) => put(model, { start: roundedTo(extent, x, y) }));
  return (land) => {
    extent = land.extent;
    const [x0, x1, y0, y1] = extent;
    step[0] = (x1 - x0) / 120;
    step[1] = (y1 - y0) / 60;
    const [x, y] = get("start");
    point.place(`x ${show(x)}, y ${show(y)}`, x);
  };
}

/** What can be read at a point of the walks: `walksNow()` gives the walks that are drawn, and the last step shown. */
const readWalk = (walksNow) => (name, i) => {
  const walk = walksNow().walks[name];
  return `${name}, step ${i}: height ${show(walk.heights[i])}`;
};
const linesOf = (walksNow, xsOf, ysOf) => () => {
  const { walks, last } = walksNow();
  return Object.entries(walks).map(([name, walk]) => ({
    name,
    xs: xsOf(walk),
    ys: ysOf(walk),
    count: Math.min(last + 1, walk.points.length),
  }));
};
const SLUGS = Object.fromEntries(NAMES.map((name) => [name, `descent-${METHODS[name].slug}`]));

/** Words at the lowest point, and an arrow that points down to it. */
function signposts(chart) {
  const arrow = chart.add("path", { class: "descent-arrow" });
  const words = ["down", "lowest point"].map((text) => {
    const made = chart.add("text", { class: "explorer-halo", "text-anchor": "middle", "aria-hidden": "true" });
    setText(made, text);
    return made;
  });
  return (land) => {
    const shown = land.minimum ? "visible" : "hidden";
    for (const shape of [arrow, ...words]) setAttributes(shape, { visibility: shown });
    if (!land.minimum) return;
    const [x, y] = [chart.x(land.minimum[0]), chart.y(land.minimum[1])];
    const [fromX, fromY] = [chart.left + 0.88 * chart.across, chart.top + 34];
    const long = Math.hypot(x - fromX, y - fromY);
    const [u, v] = [(x - fromX) / long, (y - fromY) / long];
    const [tipX, tipY] = [fromX + 0.3 * long * u, fromY + 0.3 * long * v];
    const barb = (turn) => `${pixel(tipX - 9 * u + turn * 5 * v)} ${pixel(tipY - 9 * v - turn * 5 * u)}`;
    const up = `M${pixel(x)} ${chart.floor - 26}V${pixel(y + 16)}m-5 9l5 -9l5 9`;
    const d = `M${pixel(fromX)} ${fromY}L${pixel(tipX)} ${pixel(tipY)}M${barb(1)}L${pixel(tipX)} ${pixel(tipY)}L${barb(-1)}`;
    setAttributes(arrow, { d: d + up });
    setAttributes(words[0], { x: pixel(fromX), y: fromY - 8 });
    setAttributes(words[1], { x: pixel(x), y: chart.floor - 12 });
  };
}

/**
 * The landscape from above, with the paths on it. `draw(land, walks, last)` draws them up to the last step shown.
 * @param {{ height?: number, named?: boolean, deep?: boolean }} look named: the methods' names ride at the ends of the
 *   paths; deep: tones and signs tell what is down
 */
export function pathsView(model, get, walksNow, { height = 300, named = false, deep = false } = {}) {
  const chart = new Chart({
    label: "The landscape from above, and the paths on it",
    height,
    xLabel: height < 250 ? "" : "x",
    yLabel: "y",
  });
  const ground = {
    tones: deep ? Array.from({ length: LINES }, () => chart.add("path", { class: "descent-tone" })) : [],
    holes: chart.add("path", { class: "descent-holes" }),
    lines: chart.add("path", { class: "descent-contours" }),
    star: chart.add("path", { class: "descent-star" }),
  };
  const shapes = groups(chart, "line", "mark", "now");
  const placeStart = startHandle(chart, model, get);
  const placeSigns = deep ? signposts(chart) : () => {};
  const placeNames = named ? endNames(chart, SLUGS) : () => {};
  const lines = linesOf(
    walksNow,
    ({ xs }) => xs,
    ({ ys }) => ys,
  );
  reads(chart, model, lines, readWalk(walksNow));
  let drawn = "";
  const draw = (land, walks, last) => {
    const [x0, x1, y0, y1] = land.extent;
    chart.cover([x0, x1], [y0, y1]);
    const name = get("landscape");
    const key = `${name} ${name === "bowl" ? [get("condition"), get("degrees")] : ""} ${chart.width}`;
    if (key !== drawn) {
      drawLandscape(chart, land, ground);
      placeSigns(land);
    }
    drawn = key;
    chart.drawAxes();
    const ends = [];
    for (const method of NAMES) {
      const [line, marks, now] = shapes[method];
      const { points, xs, ys } = walks[method] ?? NOWHERE;
      const { mark } = METHODS[method];
      const [small, large] = [mark(2.6), mark(5.5)];
      const marked = points.slice(0, Math.min(last + 1, MARKED));
      setAttributes(line, { d: chart.walk(xs, ys, last + 1) });
      setAttributes(marks, { d: marked.map(([x, y]) => spot(chart, x, y, small)).join("") });
      setAttributes(now, { d: last < points.length ? spot(chart, xs[last], ys[last], large) : "" });
      if (last < points.length && within(land.extent, points[last]))
        ends.push({ name: method, x: chart.x(xs[last]), y: chart.y(ys[last]) });
    }
    placeNames(ends);
    placeStart(land);
  };
  return { chart, draw };
}

export function heightsView(model, get, walksNow) {
  const chart = new Chart({
    label: "The height of each method, step by step",
    height: 190,
    left: 56,
    xLabel: "step",
    yLabel: "height",
    yLog: true,
  });
  const goalLine = chart.add("path", { class: "descent-goal" });
  const goalName = chart.add("text", { class: "descent-goal-name", "text-anchor": "start" });
  const shapes = groups(chart, "line", "now");
  const placeNames = endNames(chart, SLUGS);
  const lines = linesOf(
    walksNow,
    () => STEPS,
    ({ heights }) => heights,
  );
  reads(chart, model, lines, readWalk(walksNow));
  const draw = (land, walks, last) => {
    const goal = goalNow(get);
    const begin = land.loss(...get("start")) - land.floor;
    const high = Math.max(begin > 0 ? Math.min(begin, 1e100) : 1, goal);
    chart.cover([0, get("steps")], [goal / 100, 10 ** (Math.floor(Math.log10(high) + 1e-9) + 1)]);
    chart.drawAxes();
    const ends = [];
    for (const method of NAMES) {
      const [line, now] = shapes[method];
      const { heights } = walks[method] ?? NOWHERE;
      const there = last < heights.length && !Number.isNaN(chart.y(heights[last]));
      setAttributes(line, { d: chart.line(STEPS, heights, last + 1) });
      setAttributes(now, { d: there ? spot(chart, last, heights[last], METHODS[method].mark(4.5)) : "" });
      const y = there ? chart.y(heights[last]) : NaN;
      if (y >= chart.top && y <= chart.floor) ends.push({ name: method, x: chart.x(last), y });
    }
    placeNames(ends);
    const curves = Object.values(walks).map(({ heights }) => heights); // whole, so that the name stands still while they grow
    drawLevel(chart, goalLine, goalName, goal, `goal ${brief(goal)}`, curves);
  };
  return { chart, draw };
}
