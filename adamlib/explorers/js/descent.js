// DescentExplorer: four optimizers walking down one landscape, their heights, and the map of momentum's rate.
import { landscapes, sampled } from "./landscapes.js";
import { convergenceRate, descend, normals, rules } from "./rules.js";
import { Chart, RANGES, SCALES, announcer, button, choice, clamp, contours, follow, handle, html, pixel, set, show, slider, stage, svg, tell, toggle, write } from "./stage.js";

const MARKED = 30; // how many points of a path, from the start, carry a marker
const PLAY = 4000; // milliseconds for the whole walk
const WALL = 4.5; // the map's right edge, as learning rate times steep curvature
const LEVELS = [0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999]; // of the map

// For each method: its name in the styles, its marker of radius r as a path from the middle, and its settings from the traits.
const METHODS = {
  "Gradient descent": {
    slug: "descent", mark: (r) => `m${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
    settings: (get) => ({ lr: get("descent_lr") }),
  },
  "Momentum": {
    slug: "momentum", mark: (r) => `m0 ${-1.2 * r}l${1.2 * r} ${2.1 * r}h${-2.4 * r}z`,
    settings: (get) => ({ lr: get("momentum_lr"), beta: get("momentum_beta"), heavyBall: get("heavy_ball") }),
  },
  "RMSProp": {
    slug: "rmsprop", mark: (r) => `m0 ${-1.3 * r}l${1.3 * r} ${1.3 * r}l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}z`,
    settings: (get) => ({ lr: get("rmsprop_lr"), beta: get("rmsprop_beta"), eps: get("rmsprop_eps") }),
  },
  "Adam": {
    slug: "adam", mark: (r) => `m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
    settings: (get) => ({
      lr: get("adam_lr"), beta1: get("adam_beta1"), beta2: get("adam_beta2"), eps: get("adam_eps"),
      biasCorrection: get("bias_correction"),
    }),
  },
};
const NAMES = Object.keys(METHODS);
const NOWHERE = { points: [], xs: [], ys: [], heights: [] };

const brief = (x) => show(x).replace(/\.?0+e/, "e"); // 1.00e−6 is 1e−6

// Walks

const within = ([x0, x1, y0, y1], [x, y]) => x >= x0 && x <= x1 && y >= y0 && y <= y1;

/** Walk one method, and tell what a reader wants to know of its walk. */
function walkOf(name, land, get) {
  const steps = get("steps"), noise = get("noise");
  const pushes = noise ? normals(get("seed"), 2 * steps).map((z) => noise * z) : null;
  const gradient = (x, y, t) => {
    const [gx, gy] = land.gradient(x, y);
    return pushes ? [gx + pushes[2 * t - 2], gy + pushes[2 * t - 1]] : [gx, gy];
  };
  const { points, divergedAt } = descend(gradient, get("start"), rules[name](METHODS[name].settings(get)), steps);
  const [xs, ys] = [0, 1].map((i) => points.map((point) => point[i]));
  const heights = points.map(([x, y]) => land.loss(x, y) - land.floor);
  let met = heights.length;
  while (met > 0 && heights[met - 1] < get("goal")) met--;
  return { points, xs, ys, heights, divergedAt, met: divergedAt || met === heights.length ? null : met };
}

/** Why a walk has no more points, or "". */
function ending({ points, divergedAt }, land) {
  if (!divergedAt) return "";
  const [x, y] = points.at(-1), last = divergedAt - 1;
  if (!land.interpolated || !Number.isNaN(land.gradient(x, y)[0])) return `not finite from step ${divergedAt} on`;
  return land.covers(x, y) ? `stopped by a hole at step ${last}` : `left the sampled part at step ${last}`;
}

/** The height at a step, and where the walk is if it cannot be seen. */
function standing(walk, land, step, end) {
  if (step >= walk.points.length) return end;
  const height = walk.heights[step];
  let out = step;
  while (out >= 0 && !within(land.extent, walk.points[out])) out--;
  const outside = out === step ? "" : out < 0 ? ", outside the picture" : `, left the picture at step ${out + 1}`;
  return show(height) + (height <= 0 ? ", below the picture" : "") + outside;
}

const goalOf = ({ met }, steps) => (met === null ? `not in ${steps} steps` : met ? `from step ${met} on` : "from the start");

// The landscape, drawn

function drawLandscape(chart, land, parts) {
  const [x0, x1, y0, y1] = land.extent, heights = [], columns = 96, rows = 64;
  for (let j = 0; j <= rows; j += 4) {
    for (let i = 0; i <= columns; i += 4) {
      const height = land.loss(x0 + (x1 - x0) * i / columns, y0 + (y1 - y0) * j / rows);
      if (Number.isFinite(height)) heights.push(height);
    }
  }
  const floor = Math.min(...heights), rise = Math.max(...heights) - floor;
  const levels = Array.from({ length: 14 }, (_, i) => floor + rise / 2000 * 2000 ** (i / 13));
  parts.lines.setAttribute("d", land.circles ? ellipses(chart, land.circles, levels) : contours(chart, land.loss, levels, columns, rows));
  parts.holes.setAttribute("d", land.interpolated ? holes(chart, land, columns, rows) : "");
  const [x, y] = land.minimum ? [chart.x(land.minimum[0]), chart.y(land.minimum[1])] : [];
  parts.star.setAttribute("d", land.minimum ? star(x, y, 8) : "");
}

/**
 * The `d` of the places where (u^2 + v^2) / 2 has one of the levels, for x = a u + c v and y = b u + d v. The circles
 * of (u, v) are ellipses in pixels; their axes are the eigenvectors of M M', where M takes (u, v) to pixels.
 */
function ellipses(chart, [a, b, c, d], levels) {
  const [x, y] = [chart.x(0), chart.y(0)], [right, up] = [chart.x(1) - x, chart.y(1) - y];
  const xx = right ** 2 * (a * a + c * c), xy = right * up * (a * b + c * d), yy = up ** 2 * (b * b + d * d);
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const long = Math.sqrt((xx + yy + Math.hypot(xx - yy, 2 * xy)) / 2), short = Math.abs(right * up * (a * d - b * c)) / long;
  return levels.map((level) => {
    const r = Math.sqrt(2 * level), [along, away] = [r * long * Math.cos(angle), r * long * Math.sin(angle)];
    const half = `a${r * long} ${r * short} ${angle * 180 / Math.PI} 1 0`; // around, to the other tip
    return `M${x + along} ${y + away}${half} ${-2 * along} ${-2 * away}${half} ${2 * along} ${2 * away}z`;
  }).join("");
}

/** The `d` of all cells of a grid that hold a place without a height. */
function holes(chart, land, columns, rows) {
  const [x0, x1, y0, y1] = land.extent, wide = chart.across / columns, high = chart.down / rows;
  let d = "";
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const height = land.loss(x0 + (x1 - x0) * (i + 0.5) / columns, y0 + (y1 - y0) * (j + 0.5) / rows);
      if (Number.isNaN(height)) d += `M${pixel(chart.left + i * wide)} ${pixel(chart.top + chart.down - (j + 1) * high)}h${wide}v${high}h${-wide}z`;
    }
  }
  return d;
}

function star(x, y, r) {
  const corner = (i) => [x + (i % 2 ? 0.4 : 1) * r * Math.sin(i * Math.PI / 5), y - (i % 2 ? 0.4 : 1) * r * Math.cos(i * Math.PI / 5)];
  return `M${Array.from({ length: 10 }, (_, i) => corner(i).map(pixel).join(" ")).join("L")}z`;
}

// The map

const worst = ([flat, steep]) => (lr, beta) => Math.max(convergenceRate(lr, beta, flat), convergenceRate(lr, beta, steep));

/** How fast a rate is, in words. */
function rateInWords(rate) {
  if (Math.abs(rate - 1) < 1e-12) return "rate 1 per step: no progress";
  if (rate > 1) return "diverges";
  const digits = Math.max(3, 2 + Math.floor(-Math.log10(1 - rate))); // 0.9996 is not 1
  return `rate ${show(rate, digits)} per step: ${show(Math.max(1, Math.ceil(Math.log(1e-6) / Math.log(rate))), 6)} steps to a millionth`;
}

/**
 * The `d` of the settings with one rate r. No root of z^2 - (1 + beta - lr c) z + beta is larger than r just where
 * beta <= r^2 and (1 - r)(1 - beta / r) <= lr c <= (1 + r)(1 + beta / r), so the sides of this place are straight.
 */
function ratePath(chart, r, [flat, steep]) {
  const low = (1 - r) / flat, high = (1 + r) / steep; // at beta = 0
  const [from, to] = [Math.max(0, (low - high) / (low + high)), r]; // beta / r, from where the sides meet
  const corner = (lr, ratio) => `${pixel(chart.x(lr))} ${pixel(chart.y(r * ratio))}`;
  return `M${corner(low * (1 - from), from)}L${corner(low * (1 - to), to)}L${corner(high * (1 + to), to)}L${corner(high * (1 + from), from)}`;
}

function drawMap(chart, [flat, steep], parts) {
  const best = (Math.sqrt(steep) - Math.sqrt(flat)) / (Math.sqrt(steep) + Math.sqrt(flat));
  const levels = LEVELS.filter((level) => level > best);
  parts.lines.setAttribute("d", levels.map((level) => ratePath(chart, level, [flat, steep])).join(""));
  const floor = chart.y(0), end = chart.left + chart.across;
  parts.wall.setAttribute("d", `M${chart.x(2 / steep)} ${floor}L${chart.x(4 / steep)} ${chart.y(1)}H${end}V${floor}z`);
  parts.square.setAttribute("d", `M${chart.x(2 / (flat + steep))} ${floor}${METHODS["Gradient descent"].mark(5)}`);
  parts.star.setAttribute("d", star(chart.x(4 / (Math.sqrt(flat) + Math.sqrt(steep)) ** 2), chart.y(best ** 2), 9));
  // A line of equal rate r is level, at beta = r^2, where both directions oscillate: there it has room for its name.
  let free = Infinity;
  parts.names.replaceChildren(svg("text", { x: end - 6, y: floor - 12, "text-anchor": "end" }, "diverges"),
    ...levels.flatMap((level) => {
      const left = (1 - level) ** 2 / flat, right = Math.min((1 + level) ** 2 / steep, WALL / steep), y = chart.y(level ** 2) + 4;
      if (free - y < 13) return [];
      free = y;
      return [svg("text", { x: chart.x(Math.max(0, left) * 0.4 + right * 0.6), y, "text-anchor": "middle" }, show(level))];
    }));
}

// Playing

/** Move the shown step forward in time, until something else happens. */
function player(el, model) {
  let frame = 0, at = 0, last = 0, mine = false;
  const go = (step) => { mine = true; model.set("shown", step); mine = false; };
  const stop = () => {
    if (!frame) return;
    cancelAnimationFrame(frame);
    frame = 0;
    play.textContent = "Play";
    model.save_changes(); // once, and not in every frame
  };
  const tick = (now) => {
    const steps = model.get("steps");
    at = Math.min(steps, at + clamp(now - last, 0, 100) / PLAY * steps);
    last = now;
    go(Math.floor(at));
    if (at >= steps) stop(); else frame = requestAnimationFrame(tick);
  };
  const play = button("Play", () => {
    const steps = model.get("steps");
    if (frame) return stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return set(model, "shown", steps);
    at = model.get("shown") < steps ? model.get("shown") : 0;
    last = performance.now();
    play.textContent = "Pause";
    frame = requestAnimationFrame(tick);
  });
  const step = button("One step", () => set(model, "shown", model.get("shown") < model.get("steps") ? model.get("shown") + 1 : 0));
  const interrupt = (event) => { if (event.target !== play) stop(); };
  for (const kind of ["pointerdown", "keydown", "input"]) el.addEventListener(kind, interrupt, true);
  const changed = () => { if (!mine) stop(); };
  model.on("change:shown change:steps", changed);
  const view = new IntersectionObserver((entries) => { if (!entries.at(-1).isIntersecting) stop(); });
  view.observe(el);
  return { play, step, end: () => { stop(); view.disconnect(); model.off("change:shown change:steps", changed); } };
}

// The controls

const lrs = { from: 1e-3, to: 10, step: 0.01, scale: SCALES.log, range: RANGES.atLeastZero };
const betas = { from: 0, to: 0.9999, step: 0.02, scale: SCALES.window, range: RANGES.beta };
const epsilons = { from: 1e-12, to: 10, step: 0.05, scale: SCALES.log, range: RANGES.atLeastZero };
const between = (least, most) => ({ test: (x) => x >= least && x <= most, words: `a number from ${least} to ${most}` });

/** A check box with the method's line and marker, and its learning rate. */
function methodRow(model, name) {
  const { slug, mark } = METHODS[name];
  const box = html("input", { type: "checkbox", "aria-label": `show ${name}` });
  box.addEventListener("change", () => set(model, "methods", NAMES.filter((other) => (other === name ? box.checked : model.get("methods").includes(other)))));
  follow(model, "methods", () => { box.checked = model.get("methods").includes(name); });
  const sample = svg("svg", { width: 34, height: 14, "aria-hidden": "true", class: `descent-${slug}` },
    svg("path", { d: "M0 7H34", class: "descent-line" }), svg("path", { d: `M17 7${mark(4)}`, class: "descent-mark" }));
  return html("div", { class: "descent-method" }, html("label", { class: "explorer-toggle" }, box, sample),
    slider(model, { key: `${slug}_lr`, label: `${name} lr`, ...lrs }));
}

function render({ model, el }) {
  el.classList.add("explorer", "descent");
  const get = (key) => model.get(key);
  const sample = get("sampled"), own = sample.name ? sampled(sample, get("samples")) : null;
  const landOf = (name) => (own && name === sample.name ? own : landscapes[name]({ condition: get("condition"), degrees: get("degrees") }));

  const picture = new Chart({ label: "The landscape from above, and the paths on it", height: 300, xLabel: "x", yLabel: "y" });
  const below = new Chart({ label: "The height of each method, step by step", height: 190, left: 56, xLabel: "step", yLabel: "height", yLog: true });
  const map = new Chart({ label: "The rate of momentum over learning rate and beta", height: 300, xLabel: "learning rate", yLabel: "beta" });
  const ground = { holes: picture.add("path", { class: "descent-holes" }), lines: picture.add("path", { class: "descent-contours" }), star: picture.add("path", { class: "descent-star" }) };
  const places = { wall: map.add("path", { class: "descent-wall" }), lines: map.add("path", { class: "descent-contours" }),
    names: svg("g", { class: "descent-names" }), square: svg("path", { class: "descent-best" }), star: svg("path", { class: "descent-best" }) };
  map.above.append(places.names, places.square, places.star);
  const goal = below.add("path", { class: "descent-goal" }), goalName = below.add("text", { class: "descent-goal-name", "text-anchor": "end" });
  const lines = Object.fromEntries(NAMES.map((name) => {
    const group = (chart, ...classes) => {
      const shapes = classes.map((kind) => svg("path", { class: `descent-${kind}` }));
      chart.add("g", { class: `descent-${METHODS[name].slug}`, "data-method": name }).append(...shapes);
      return shapes;
    };
    return [name, { above: group(picture, "line", "mark", "now"), below: group(below, "line", "now") }];
  }));

  // Points to drag

  const fine = (from, to) => clamp(Math.ceil(-Math.log10((to - from) / 1000)), 0, 20); // decimals: a pixel or less
  const stride = [0, 0]; // of an arrow key
  let extent = null;
  const start = handle(picture, {
    label: "Start of all walks", step: stride,
    where() {
      const [x, y] = get("start"), [x0, x1, y0, y1] = extent;
      return [clamp(x, x0, x1), clamp(y, y0, y1)];
    },
    move(x, y) {
      const [x0, x1, y0, y1] = extent;
      set(model, "start", [Number(clamp(x, x0, x1).toFixed(fine(x0, x1))), Number(clamp(y, y0, y1).toFixed(fine(y0, y1)))]);
    },
  });
  const axisFactor = (beta) => (get("heavy_ball") ? 1 : 1 - beta); // the map's axis is the heavy ball's learning rate
  const point = handle(map, {
    label: "Learning rate and beta of momentum", step: [0.01, 0.01],
    where: () => [Math.min(get("momentum_lr") * axisFactor(get("momentum_beta")), WALL / 4), get("momentum_beta")],
    move(x, y) {
      const beta = Number(clamp(y, 0, 0.999).toFixed(3));
      model.set("momentum_beta", beta);
      set(model, "momentum_lr", Number((clamp(x, 0, WALL / 4) / axisFactor(beta)).toPrecision(3)));
    },
  });

  // Controls

  const surface = choice(model, { key: "landscape", label: "Landscape", options: [...Object.keys(landscapes), ...(own ? [sample.name] : [])] });
  surface.addEventListener("change", () => { // as Python does: a start that would lie outside goes to its place
    const land = landOf(get("landscape"));
    if (!within(land.extent, get("start"))) set(model, "start", land.start);
  });
  const valley = [
    slider(model, { key: "condition", label: "condition number", from: 1, to: 1e6, step: 0.02, scale: SCALES.log, range: between(1, 1e6) }),
    slider(model, { key: "degrees", label: "angle (degrees)", from: 0, to: 180, step: 0.5, range: between(-360, 360) }),
  ];
  const counted = { test: (x) => RANGES.count(0, get("steps")).test(x), get words() { return RANGES.count(0, get("steps")).words; } };
  const shownControl = slider(model, { key: "shown", label: "steps shown", from: 0, to: 500, step: 1, range: counted });
  follow(model, "steps", () => {
    const bar = shownControl.querySelector("input");
    bar.max = get("steps");
    bar.value = get("shown");
  });
  const length = slider(model, { key: "steps", label: "length of the walk", from: 1, to: 500, step: 1, range: RANGES.count(1, 500) });
  let before = get("steps");
  for (const kind of ["input", "change"]) length.addEventListener(kind, () => { // as Python does
    const steps = get("steps");
    if (get("shown") === before || get("shown") > steps) set(model, "shown", steps);
    before = steps;
  });
  const playing = player(el, model);
  const betaControl = slider(model, { key: "momentum_beta", label: "Momentum beta", ...betas });
  const rate = html("p", { class: "descent-rate" });
  const plain = html("p", {}, "Lines join settings with the same rate. Square: gradient descent's best setting. Star: the heavy ball's best.");
  const mapView = html("div", { class: "descent-view" }, map.svg, rate, plain);
  const grid = (...children) => html("div", { class: "explorer-controls" }, ...children);
  const note = html("p", { class: "descent-note" });
  const heads = ["Method", "Height", "Goal"].map((words) => html("th", { scope: "col" }, words));
  const rows = Object.fromEntries(NAMES.map((name) => {
    const cells = [html("td"), html("td")];
    return [name, { cells, element: html("tr", {}, html("th", { scope: "row" }, name), ...cells) }];
  }));
  const fold = (words, ...children) => html("details", {}, html("summary", {}, words), grid(...children));
  const say = announcer(el);

  el.append(
    grid(surface, ...valley),
    html("div", { class: "descent-views" }, html("div", { class: "descent-view" }, picture.svg), mapView),
    note,
    html("div", { class: "descent-play" }, playing.play, playing.step, shownControl),
    grid(...NAMES.map((name) => methodRow(model, name)), ...(get("rate_map") ? [betaControl] : [])),
    html("div", {}, below.svg),
    html("table", { class: "descent-table" }, html("thead", {}, html("tr", {}, ...heads)), html("tbody", {}, ...NAMES.map((name) => rows[name].element))),
    fold("Decay rates, eps, heavy ball, bias correction",
      ...(get("rate_map") ? [] : [betaControl]),
      toggle(model, { key: "heavy_ball", label: "Momentum as the heavy ball, without the factor (1 − beta)" }),
      slider(model, { key: "rmsprop_beta", label: "RMSProp beta", ...betas }),
      slider(model, { key: "rmsprop_eps", label: "RMSProp eps", ...epsilons }),
      slider(model, { key: "adam_beta1", label: "Adam beta1", ...betas }),
      slider(model, { key: "adam_beta2", label: "Adam beta2", ...betas }),
      slider(model, { key: "adam_eps", label: "Adam eps", ...epsilons }),
      toggle(model, { key: "bias_correction", label: "Adam's bias correction" })),
    fold("Noise, seed, length of the walk, goal",
      slider(model, { key: "noise", label: "gradient noise", from: 0, to: 4, step: 0.05, range: RANGES.atLeastZero }),
      slider(model, { key: "seed", label: "seed", from: 0, to: 100, step: 1, range: RANGES.count(0, 2 ** 32 - 1) }),
      length,
      slider(model, { key: "goal", label: "goal (height)", from: 1e-12, to: 1, step: 0.05, scale: SCALES.log, range: between(1e-100, 1e100) })));

  // Drawing

  let groundDrawn = "", mapDrawn = "";
  const kept = {}; // the last walk of each method, and what it was made from
  const walkNow = (method, land) => {
    const from = ["landscape", "condition", "degrees", "start", "steps", "noise", "seed", "goal"].map(get);
    const key = JSON.stringify([...from, METHODS[method].settings(get)]);
    if (kept[method]?.key !== key) kept[method] = { key, ...walkOf(method, land, get) };
    return kept[method];
  };
  const times = Array.from({ length: 501 }, (_, t) => t);
  const [small, middling, large] = [2.6, 4.5, 5.5].map((r) => Object.fromEntries(NAMES.map((name) => [name, METHODS[name].mark(r)])));
  const paths = (land, walks, last) => {
    for (const name of NAMES) {
      const walk = walks[name], [line, marks, now] = lines[name].above, [curve, dot] = lines[name].below;
      const { points, xs, ys, heights } = walk ?? NOWHERE, at = points.length > last;
      write(line, { d: picture.line(xs, ys, last + 1) });
      const spot = ([x, y], mark) => `M${pixel(picture.x(x))} ${pixel(picture.y(y))}${mark}`;
      write(marks, { d: points.slice(0, Math.min(last + 1, MARKED)).map((place) => spot(place, small[name])).join("") });
      write(now, { d: at ? spot(points[last], large[name]) : "" });
      write(curve, { d: below.line(times, heights, last + 1) });
      const y = below.y(heights[last]);
      write(dot, { d: at && !Number.isNaN(y) ? `M${pixel(below.x(last))} ${pixel(y)}${middling[name]}` : "" });
    }
  };
  const mapNow = (land) => {
    const beta = get("momentum_beta"), lr = get("momentum_lr") * axisFactor(beta);
    map.xLabel = get("heavy_ball") ? "learning rate" : "learning rate × (1 − beta)";
    const key = `${get("condition")} ${map.width} ${map.xLabel}`;
    map.cover([0, WALL / land.curvatures[1]], [0, 1]);
    if (key !== mapDrawn) {
      map.axesDrawn = false;
      drawMap(map, land.curvatures, places);
    }
    mapDrawn = key;
    map.drawAxes();
    const words = rateInWords(worst(land.curvatures)(lr, beta));
    const beyond = lr > WALL / 4 ? " (beyond the right edge)" : "";
    tell(rate, `Momentum, lr ${show(get("momentum_lr"))}, beta ${show(beta, 6)}: ${words}${beyond}`);
    point.place(`lr ${show(get("momentum_lr"))}, beta ${show(beta, 6)}, ${words}`, beta);
    return `Momentum's ${words}. `;
  };

  const leave = stage(el, model, [picture, below, map], () => {
    const name = get("landscape"), land = landOf(name), steps = get("steps"), last = Math.min(get("shown"), steps);
    const withMap = get("rate_map") && name === "bowl";
    if (mapView.hidden === withMap) {
      mapView.hidden = !withMap;
      for (const chart of [picture, map]) chart.resize(chart.svg.parentElement.clientWidth);
    }
    for (const control of valley) control.hidden = name !== "bowl";

    const [x0, x1, y0, y1] = extent = land.extent;
    picture.cover([x0, x1], [y0, y1]);
    const key = `${name} ${name === "bowl" ? [get("condition"), get("degrees")] : ""} ${picture.width}`;
    if (key !== groundDrawn) drawLandscape(picture, land, ground);
    groundDrawn = key;

    const chosen = NAMES.filter((method) => get("methods").includes(method));
    const walks = Object.fromEntries(chosen.map((method) => [method, walkNow(method, land)]));
    const begin = land.loss(...get("start")) - land.floor;
    const high = Math.max(begin > 0 ? Math.min(begin, 1e100) : 1, get("goal"));
    below.cover([0, steps], [get("goal") / 100, 10 ** (Math.floor(Math.log10(high) + 1e-9) + 1)]);
    picture.drawAxes();
    below.drawAxes();
    paths(land, walks, last);
    const level = below.y(get("goal"));
    write(goal, { d: `M${below.left} ${level}h${below.across}` });
    write(goalName, { x: below.left + below.across - 4, y: level - 5 });
    tell(goalName, `goal ${brief(get("goal"))}`);

    [stride[0], stride[1]] = [(x1 - x0) / 120, (y1 - y0) / 60];
    const [x, y] = get("start");
    start.place(`x ${show(x)}, y ${show(y)}`, x);

    tell(heads[1], `Height at step ${last}`);
    tell(heads[2], `Below ${brief(get("goal"))}`);
    const told = [];
    for (const method of NAMES) {
      const walk = walks[method], { cells, element } = rows[method];
      element.hidden = !walk;
      if (!walk) continue;
      const end = ending(walk, land);
      const texts = [standing(walk, land, last, end), goalOf(walk, steps)];
      texts.forEach((text, i) => tell(cells[i], text));
      told.push(`${method}: ${texts[0]}; below the goal: ${texts[1]}.`);
    }
    const notes = [
      land.interpolated && `${name} is known here on a grid, and the paths are interpolated. Python walks on the landscape itself.`,
      !within(land.extent, get("start")) && `The start, ${get("start").map(brief).join(" and ")}, lies outside the picture.`,
      !chosen.length && "No method is chosen.",
    ].filter(Boolean);
    tell(note, notes.join(" "));
    say(`Step ${last}. ${withMap ? mapNow(land) : ""}${told.join(" ")} ${note.textContent}`);
  });
  return () => {
    playing.end();
    leave();
  };
}

export default { render };
