// ResultsExplorer: a sweep of Adam's settings as a map of losses, and the loss curve of each setting.

import { Chart, pixel } from "./lib/chart.js";
import { allControls, choice, controls, put, readouts, slider, toggle } from "./lib/controls.js";
import { centre, handle, pressable } from "./lib/drag.js";
import { html, setAttributes, setText, svg } from "./lib/elements.js";
import { brief, clamp, show } from "./lib/format.js";
import { reads } from "./lib/reading.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { star } from "./lib/shapes.js";
import { tools } from "./lib/tools.js";
import { renderer } from "./views.js";

const CODES = 65533; // as adamlib.explorers.results encodes losses
const LEVELS = 9; // colours of the map
const HEAD = 20; // pixels for the name of a block of rows
const WAYS = { true: ["with", "debiased"], false: ["without", "raw"] }; // words and line of bias correction on and off
const inWords = (way) => `${WAYS[way][0]} bias correction`;

const box = (x, y, width, height) => `M${pixel(x)} ${pixel(y)}h${pixel(width)}v${pixel(height)}h${pixel(-width)}z`;
const diamond = (x, y, r) => `M${pixel(x)} ${pixel(y - r)}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;
const ring = (x, y, r) => `M${pixel(x - r)} ${pixel(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
const cross = (x, y, r) => `M${pixel(x - r)} ${pixel(y - r)}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`;

// The losses

/** The losses, from the numbers that Python has made of them. */
function decode(view, [low, span]) {
  return Float64Array.from({ length: view.byteLength / 2 }, (_, i) => {
    const code = view.getUint16(2 * i, true);
    if (code === 0) return 0;
    return code === CODES + 2 ? Infinity : Math.exp(low + ((code - 1) / CODES) * span);
  });
}

/** The place of the lowest, -1 if all are infinite. */
function lowest(losses) {
  let best = -1;
  for (let i = 0; i < losses.length; i++) if (losses[i] < (best < 0 ? Infinity : losses[best])) best = i;
  return best;
}

/**
 * The sweep: its axes, and its losses by place. A row is a pair of beta1 and beta2, from the bottom of the map to its
 * top; a column is an lr, a way is bias correction on or off, and k counts the steps whose losses are kept.
 */
function sweepOf(model) {
  const { lr: lrs, bias_correction: ways, step: steps, ...grid } = model.get("grid");
  const losses = decode(model.get("curves"), grid.scale);
  const rows = grid.beta1.flatMap((beta1) => grid.beta2.map((beta2) => ({ beta1, beta2 })));
  const setting = (row, column, way) => (row * lrs.length + column) * ways.length + ways.indexOf(way);
  const curve = (row, column, way) =>
    [0, 1, 2].map((part) => {
      const from = (3 * setting(row, column, way) + part) * steps.length;
      return losses.subarray(from, from + steps.length);
    });
  const medianAt = (row, column, way, k) => losses[(3 * setting(row, column, way) + 1) * steps.length + k];
  const lossesAt = (way, k) => rows.map((_, row) => lrs.map((_, column) => medianAt(row, column, way, k)));
  const broken = (row, column, way, k) =>
    grid.diverged_at[setting(row, column, way)].filter((t) => t <= steps[k]).length;
  const chosen = () => {
    const row = rows.findIndex(({ beta1, beta2 }) => beta1 === model.get("beta1") && beta2 === model.get("beta2"));
    const [column, k] = [lrs.indexOf(model.get("lr")), steps.indexOf(model.get("step"))];
    return { row, column, way: model.get("bias_correction"), k };
  };
  const bothWays = [true, false].filter((way) => ways.includes(way));
  const { beta1: beta1s, beta2: beta2s, runs, start } = grid;
  return { beta1s, beta2s, lrs, ways, bothWays, steps, runs, start, rows, losses, curve, lossesAt, broken, chosen };
}

/** The range of the map's colours, and the level of a loss in it. */
function colourScale(known, start) {
  const low = known.length ? Math.min(...known) : 1;
  const high = start > low ? start : Math.max(low * 1.001, ...known);
  const place = (loss) => Math.floor((LEVELS * Math.log(loss / low)) / Math.log(high / low)) || 0;
  const level = (loss) => (loss > 0 ? clamp(place(loss), 0, LEVELS - 1) : 0);
  return { low, high, level, factor: Math.exp((Math.log(high) - Math.log(low)) / LEVELS) };
}

// The map: a row is one unit high, and each block of rows leaves room for its name above it.

function mapChart({ rows, beta1s, beta2s, lrs }) {
  const tall = clamp(Math.round(180 / rows.length), 22, 28);
  const gap = HEAD / tall;
  const middle = (row) => row + Math.floor(row / beta2s.length) * gap + 0.5;
  const chart = new Chart({
    label: "The loss of each setting, learning rates from left to right",
    left: 62,
    bottom: 38,
    height: 48 + rows.length * tall + beta1s.length * HEAD,
  });
  chart.cover([0, lrs.length], [0, rows.length + beta1s.length * gap]);
  return { chart, tall, middle };
}

/** The texts at the map's sides, in place of axes with numbers. */
function mapTexts({ chart, middle }, { rows, beta2s, lrs }) {
  const text = (x, y, words, anchor) => svg("text", { x: pixel(x), y: pixel(y), "text-anchor": anchor }, words);
  const { floor, left } = chart;
  const all = lrs.map((_, i) => i);
  const powers = all.filter((i) => Number.isInteger(Number(Math.log10(lrs[i]).toFixed(6))));
  const parts = [];
  let free = -Infinity; // from where on there is room
  for (const i of powers.length > 1 ? powers : all) {
    const x = chart.x(i + 0.5);
    if (x < free) continue;
    parts.push(text(x, floor + 15, brief(lrs[i], 2), "middle"));
    free = x + 48;
  }
  rows.forEach(({ beta1, beta2 }, row) => {
    parts.push(text(left - 5, chart.y(middle(row)) + 4, String(beta2), "end"));
    const isTop = row % beta2s.length === beta2s.length - 1;
    if (isTop) parts.push(text(left, chart.y(middle(row) + 0.5) - 6, `beta1 = ${beta1}`, "start"));
  });
  const half = chart.top + chart.down / 2;
  const turned = { x: 12, y: half, "text-anchor": "middle", transform: `rotate(-90 12 ${half})` };
  parts.push(text(left + chart.across / 2, floor + 32, "learning rate lr", "middle"));
  parts.push(svg("text", turned, "beta2"));
  return parts;
}

/** Choose a cell by keys from a point, by pointer anywhere on the map. */
function chooseOn({ chart, middle }, model, { rows, lrs, chosen }) {
  const move = (x, y) => {
    const away = rows.map((_, row) => Math.abs(middle(row) - y));
    put(model, { ...rows[lowest(away)], lr: lrs[clamp(Math.floor(x), 0, lrs.length - 1)] });
  };
  const where = () => [chosen().column + 0.5, middle(chosen().row)];
  const label = "Setting: left and right choose lr, up and down choose beta1 and beta2";
  const point = handle(chart, { label, step: [1, 1], where, move });
  point.element.classList.add("results-handle");
  chart.svg.classList.add("results-map");
  pressable(chart, point.element, { move: (event) => move(...chart.at(event)) });
  return point;
}

/** The words above and below the map. `describe` fits them to what is drawn. */
function mapWords({ steps, ways }, opacities) {
  const title = html("p", { class: "results-title" });
  const legend = html("p", { class: "explorer-note" });
  const ends = [html("span"), html("span")];
  const samples = opacities.map((opacity, i) =>
    svg("rect", { x: 16 * i, width: 16, height: 14, class: "results-level", "fill-opacity": opacity }),
  );
  const colours = "The colours, from the lowest loss to the highest";
  const bar = svg("svg", { width: 16 * LEVELS, height: 14, role: "img", "aria-label": colours }, ...samples);
  const scaleLine = html("p", { class: "results-scale" }, ends[0], bar, ends[1]);
  const describe = ({ way, k }, scale, broken) => {
    const step = steps[k];
    setText(ends[0], show(scale.low));
    setText(ends[1], `${show(scale.high)} or more`);
    setText(title, `Loss after ${step} ${step === 1 ? "step" : "steps"} ${inWords(way)}`);
    const signs = "Frame: the chosen setting. Star: the lowest loss of the map. Diamond: the best lr of its row.";
    const ringSaid = ways.length === 2 ? ` Ring: the same ${inWords(!way)}.` : "";
    const crossSaid = broken ? " Cross: the median run broke." : "";
    const further = ` One colour further, the loss is ${show(scale.factor)} times as high.`;
    setText(legend, signs + ringSaid + crossSaid + further);
  };
  return { title, scaleLine, legend, describe };
}

function mapView(model, sweep) {
  const map = mapChart(sweep);
  const { chart, tall, middle } = map;
  const shape = (name, more = {}) => {
    const made = svg("path", { class: name, ...more });
    chart.above.append(made);
    return made;
  };
  const opacities = Array.from({ length: LEVELS }, (_, i) => (1 - i / LEVELS).toFixed(3));
  const levels = opacities.map((opacity) => shape("results-level", { "fill-opacity": opacity }));
  const crosses = shape("results-cross");
  const [rings, diamonds, top] = [0, 1, 2].map(() => shape("results-sign"));
  const frames = [shape("results-ground"), shape("results-frame")];
  const point = chooseOn(map, model, sweep);
  const { title, scaleLine, legend, describe } = mapWords(sweep, opacities);

  /** Draw the cells, as boxes of nine colours, and crosses where the run broke. Gives whether one did. */
  const drawCells = (losses, scale) => {
    const wide = chart.across / sweep.lrs.length;
    const paths = Array(LEVELS).fill("");
    let broken = "";
    losses.forEach((row, j) => {
      row.forEach((loss, i) => {
        const [x, y] = [chart.x(i + 0.5), chart.y(middle(j))];
        if (loss === Infinity) broken += cross(x, y, 5);
        else paths[scale.level(loss)] += box(x - wide / 2 + 0.5, y - tall / 2 + 0.5, wide - 1, tall - 1);
      });
    });
    levels.forEach((shape, i) => {
      setAttributes(shape, { d: paths[i] });
    });
    setAttributes(crosses, { d: broken });
    return broken !== "";
  };
  /** Mark the best lr of each row, for the way that is shown and for the other, and the best setting of all. */
  const drawSigns = (losses, best, way) => {
    const spot = (row, column) => [chart.x(column + 0.5), chart.y(middle(row))];
    const signs = (columns, draw, r) =>
      columns.map((column, row) => (column < 0 ? "" : draw(...spot(row, column), r))).join("");
    setAttributes(diamonds, { d: signs(best[way], diamond, 5) });
    setAttributes(rings, { d: signs(best[!way] ?? [], ring, 8) });
    const first = lowest(losses.flat());
    const columns = sweep.lrs.length;
    const d = first < 0 ? "" : star(...spot(Math.floor(first / columns), first % columns), 9, 0.45);
    setAttributes(top, { d });
  };

  let best = {}; // for each way the column of the best lr of each row
  let drawn = "";
  const drawMap = ({ way, k }) => {
    const losses = Object.fromEntries(sweep.ways.map((which) => [which, sweep.lossesAt(which, k)]));
    const known = Object.values(losses)
      .flat(2)
      .filter((loss) => loss > 0 && loss < Infinity);
    const scale = colourScale(known, sweep.start);
    best = Object.fromEntries(sweep.ways.map((which) => [which, losses[which].map(lowest)]));
    const broken = drawCells(losses[way], scale);
    drawSigns(losses[way], best, way);
    describe({ way, k }, scale, broken);
  };
  const draw = ({ row, column, way, k }) => {
    if (!chart.axesDrawn) chart.axes.replaceChildren(...mapTexts(map, sweep));
    chart.axesDrawn = true;
    const key = `${way} ${k} ${chart.width}`;
    if (key !== drawn) drawMap({ way, k }); // a cell that is chosen leaves the map alone
    drawn = key;
    const wide = chart.across / sweep.lrs.length;
    const d = box(chart.x(column), chart.y(middle(row)) - tall / 2, wide, tall);
    for (const frame of frames) setAttributes(frame, { d });
  };
  const element = html("div", {}, title, html("div", {}, chart.svg), scaleLine, legend);
  return { chart, element, draw, place: point.place, best: (way, row) => best[way][row] };
}

// The curves

/** The ends of an axis of losses, the same for all settings. */
function lossSpan(losses, start) {
  const known = losses.filter((loss) => loss > 0 && loss < Infinity);
  const far = (loss) => clamp(loss, 1e-200, 1e200); // else no axis
  const least = known.reduce((a, b) => Math.min(a, b), known[0] ?? 1);
  return [far(least) / 1.2, 3 * far(Math.max(start, least))];
}

function curvesView(model, { steps, losses, start, runs, bothWays, curve }) {
  const chart = new Chart({
    label: "The loss of the chosen setting, step by step",
    height: 250,
    left: 56,
    xLabel: "step",
    yLabel: "loss",
    xLog: true,
    yLog: true,
  });
  chart.cover([1, 1.2 * Math.max(2, steps.at(-1))], lossSpan(losses, start));
  const guide = chart.add("path", { class: "average-guide" });
  const shapes = bothWays.map((way) => ({
    way,
    band: chart.add("path", { class: `results-band-${WAYS[way][1]}` }),
    line: chart.add("path", { class: `average-${WAYS[way][1]}` }),
    dot: svg("circle", { r: 4, class: `results-dot-${WAYS[way][1]}` }),
  }));
  chart.above.append(...shapes.map(({ dot }) => dot));
  let lines = [];
  reads(
    chart,
    model,
    () => lines,
    (name, i) => `step ${steps[i]}, ${name}: ${show(medianOf(name)[i])}`,
  );
  const medianOf = (name) => lines.find((line) => line.name === name).ys;
  const backwards = [...steps].reverse();
  const name = html("p", { class: "results-title" });
  const help =
    bothWays.map((way) => (way ? "Solid: with bias correction. " : "Dashed: without it. ")).join("") +
    `The line is the median of ${runs} runs, the shade its quartiles; what leaves the frame is cut. ` +
    "A loss is the mean over the last fifth of the steps, 20 at most.";

  const draw = ({ row, column, way, k }, words) => {
    chart.drawAxes();
    setText(name, words);
    const x = chart.x(steps[k]);
    setAttributes(guide, { d: chart.upright(pixel(x)) });
    lines = bothWays.map((which) => ({ name: inWords(which), xs: steps, ys: curve(row, column, which)[1] }));
    for (const { way: which, band, line, dot } of shapes) {
      const [low, median, high] = curve(row, column, which);
      const back = chart.line(backwards, [...low].reverse()).replace("M", "L");
      setAttributes(line, { d: chart.line(steps, median) });
      setAttributes(band, { d: `${chart.line(steps, high)}${back}Z` });
      line.classList.toggle("average-chosen", which === way);
      const y = chart.y(median[k]);
      setAttributes(dot, { visibility: y >= chart.top && y <= chart.floor ? "visible" : "hidden" });
      centre(dot, x, y);
    }
  };
  const element = html("div", {}, name, html("div", {}, chart.svg), html("p", { class: "explorer-note" }, help));
  return { chart, element, draw };
}

// The numbers

/** Which way has the lower loss, in words; a and b are { low, loss, high } without and with bias correction. */
function lowerOf(a, b) {
  if (a.loss === b.loss) return "neither";
  const overlap = Math.max(a.low, b.low) <= Math.min(a.high, b.high);
  return `${inWords(b.loss < a.loss)}${overlap ? ", but the bands overlap" : ""}`;
}

function numbersView({ lrs, runs, bothWays, curve, broken }) {
  const both = bothWays.length === 2;
  const lossName = (way) => `loss ${inWords(way)}`;
  const bestName = (way) => `best lr of the row ${inWords(way)}`;
  const cells = readouts([...bothWays.map(lossName), ...(both ? ["lower loss"] : []), ...bothWays.map(bestName)]);
  cells.element.classList.add("results-readouts");
  const note = html("p", { class: "explorer-trouble results-note" });
  /** Show the numbers of a setting; gives its loss, and all that is shown as a sentence. */
  const draw = ({ row, column, way, k }, best) => {
    const texts = {};
    const notes = [];
    const now = {};
    for (const which of bothWays) {
      const [low, loss, high] = curve(row, column, which).map((losses) => losses[k]);
      now[which] = { low, loss, high };
      const fastest = best(which, row);
      texts[lossName(which)] = show(loss);
      texts[bestName(which)] = fastest < 0 ? "none: most broke" : show(lrs[fastest]);
      const broke = broken(row, column, which, k);
      const said = `${which ? "With" : "Without"} bias correction ${broke} of ${runs} runs broke`;
      if (broke) notes.push(`${said}: their loss was no longer a number.`);
    }
    if (both) texts["lower loss"] = lowerOf(now[false], now[true]);
    cells.update(texts);
    setText(note, notes.join(" "));
    const told = Object.entries(texts).map(([what, text]) => `${what}: ${text}`);
    return { loss: now[way].loss, sentence: `${told.join(", ").replace(/^l/, "L")}. ${note.textContent}`.trim() };
  };
  return { elements: [cells.element, note], draw };
}

// Controls and data

/** A slider over the values that there are. */
const along = (model, key, label, values, words) =>
  slider(model, {
    key,
    label,
    from: values[0],
    to: values.at(-1),
    step: 1,
    scale: { to: (value) => values.indexOf(value), from: (place) => values[place] },
    range: { test: (value) => values.includes(value), words },
  });
const stepSlider = (model, { steps }) =>
  along(model, "step", "after step", steps, `a step whose losses are kept, such as ${steps.at(-1)}`);
const rateSlider = (model, { lrs }) => along(model, "lr", "lr", lrs, `one of ${lrs.join(", ")}`);

/** What is shown of all settings as rows of cells. */
function dataOf({ rows, lrs, bothWays, steps, curve }, k) {
  const settings = rows.flatMap(({ beta1, beta2 }, row) =>
    lrs.map((lr, column) => ({ beta1, beta2, lr, row, column })),
  );
  const cells = settings.flatMap(({ beta1, beta2, lr, row, column }) =>
    bothWays.map((way) => [beta1, beta2, lr, way, steps[k], ...curve(row, column, way).map((losses) => losses[k])]),
  );
  return [["beta1", "beta2", "lr", "bias_correction", "step", "lower quartile", "loss", "upper quartile"], ...cells];
}

// The small view: the loss at every learning rate, of the chosen row

function ratesChart(model, sweep) {
  const { lrs, losses, start } = sweep;
  const chart = new Chart({
    label: "The loss at every learning rate",
    height: 170,
    left: 56,
    xLabel: "learning rate lr",
    yLabel: "loss",
    xLog: true,
    yLog: true,
  });
  chart.cover([lrs[0] / 1.3, lrs.at(-1) * 1.3], lossSpan(losses, start));
  const guide = chart.add("path", { class: "average-guide" });
  const shapes = Object.fromEntries(
    sweep.ways.map((way) => {
      const [band, line] = ["results-band", "average"].map((name) =>
        chart.add("path", { class: `${name}-${WAYS[way][1]}` }),
      );
      line.classList.add("average-chosen");
      return [way, { band, line }];
    }),
  );
  const point = handle(chart, {
    label: "Learning rate: left and right choose one",
    step: [1, 1],
    where: () => [model.get("lr"), clamp(lossNow(), ...chart.ys)],
    pans: true,
    move(x, _, byKey) {
      const at = lrs.indexOf(model.get("lr"));
      const away = lrs.map((lr) => Math.abs(Math.log(lr / x)));
      const to = byKey ? at + Math.round(x - model.get("lr")) : lowest(away);
      put(model, { lr: lrs[clamp(to, 0, lrs.length - 1)] });
    },
  });
  const valuesAt = ({ row, way, k }) => lrs.map((_, column) => sweep.curve(row, column, way).map((some) => some[k]));
  const lossNow = () => {
    const now = sweep.chosen();
    return valuesAt(now)[now.column][1];
  };
  let shown = [];
  const name = (_, i) => `lr ${show(lrs[i])}: ${show(shown[i])}`;
  reads(chart, model, () => [{ name: "loss", xs: lrs, ys: shown }], name);
  const draw = (now) => {
    chart.drawAxes();
    const cut = (loss) => (loss === Infinity ? NaN : loss);
    const [low, median, high] = [0, 1, 2].map((part) => valuesAt(now).map((some) => cut(some[part])));
    shown = median;
    for (const [way, { band, line }] of Object.entries(shapes)) {
      const mine = way === String(now.way);
      const whole = lrs.filter((_, i) => Number.isFinite(high[i]));
      const ends = (values) => values.filter((_, i) => Number.isFinite(high[i]));
      const back = chart.line([...whole].reverse(), ends(low).reverse()).replace("M", "L");
      setAttributes(line, { d: mine ? chart.line(lrs, median) : "" });
      setAttributes(band, { d: mine && whole.length ? `${chart.line(whole, ends(high))}${back}Z` : "" });
    }
    setAttributes(guide, { d: chart.upright(pixel(chart.x(lrs[now.column]))) });
    point.place(`lr ${show(lrs[now.column])}, loss ${show(lossNow())}`, lrs[now.column]);
    return { loss: valuesAt(now)[now.column][1], best: lowest(valuesAt(now).map((some) => some[1])), median };
  };
  return { chart, draw };
}

/** The loss at every learning rate, with sliders for the rate and for the length of the run. */
function rates({ model, el }) {
  const sweep = sweepOf(model);
  const { chart, draw } = ratesChart(model, sweep);
  const cells = readouts(["loss", "lowest"]);
  const title = html("p", { class: "results-title" });
  const announce = announcer(el);
  el.append(
    controls(rateSlider(model, sweep), stepSlider(model, sweep)),
    title,
    html("div", {}, chart.svg),
    cells.element,
    tools(model, el, { data: () => dataOf(sweep, sweep.chosen().k), small: true }),
  );
  return keepDrawn(el, model, [chart], () => {
    const now = sweep.chosen();
    const { loss, best, median } = draw(now);
    const lowestText = best < 0 ? "none: most broke" : `${show(median[best])}, at lr ${show(sweep.lrs[best])}`;
    const texts = { loss: show(loss), lowest: lowestText };
    const { beta1, beta2 } = sweep.rows[now.row];
    const words = `beta1 = ${beta1}, beta2 = ${beta2}${now.way ? "" : ", not corrected"}`;
    setText(title, words);
    cells.update(texts);
    const told = `loss ${texts.loss}, lowest ${texts.lowest}`;
    announce(`After step ${sweep.steps[now.k]}, lr ${show(sweep.lrs[now.column])}: ${told}. ${words}.`);
  });
}

// The whole

/** The map, the curves of the chosen setting, and all controls. */
function laboratory({ model, el }) {
  const sweep = sweepOf(model);
  const map = mapView(model, sweep);
  const curves = curvesView(model, sweep);
  const numbers = numbersView(sweep);
  const announce = announcer(el);
  const list = (key, values) => choice(model, { key, label: key, options: [...values].reverse() }); // as on the map
  const correction = { key: "bias_correction", label: "bias correction" };
  const others = controls(list("beta1", sweep.beta1s), list("beta2", sweep.beta2s), rateSlider(model, sweep));
  el.append(
    controls(stepSlider(model, sweep), ...(sweep.ways.length === 2 ? [toggle(model, correction)] : [])),
    html("div", { class: "results-views" }, map.element, curves.element),
    ...numbers.elements,
    allControls(others),
    tools(model, el, { data: () => dataOf(sweep, sweep.chosen().k) }),
  );
  return keepDrawn(el, model, [map.chart, curves.chart], () => {
    const now = sweep.chosen();
    const { beta1, beta2 } = sweep.rows[now.row];
    const lr = show(sweep.lrs[now.column]);
    map.draw(now);
    curves.draw(now, `beta1 = ${beta1}, beta2 = ${beta2}, lr = ${lr}`);
    const { loss, sentence } = numbers.draw(now, map.best);
    const words = `beta1 ${beta1}, beta2 ${beta2}, lr ${lr}`;
    map.place(`${words}: loss ${show(loss)}`, now.column);
    announce(`After step ${sweep.steps[now.k]}, ${words}. ${sentence}`);
  });
}

const render = renderer({ laboratory, rates });

export default { render };
