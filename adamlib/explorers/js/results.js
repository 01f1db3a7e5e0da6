// ResultsExplorer: a sweep of Adam's settings as a map of losses, and the loss curve of each setting.
import { Chart, announcer, centre, choice, clamp, handle, html, pixel, readouts, show, slider, stage, svg, tell, toggle, write } from "./stage.js";

const CODES = 65533; // as adamlib.explorers.results encodes losses
const LEVELS = 9; // colours of the map
const HEAD = 20; // pixels for the name of a block of rows
const WAYS = { true: ["with", "debiased"], false: ["without", "raw"] }; // words and line of bias correction on and off

const box = (x, y, width, height) => `M${pixel(x)} ${pixel(y)}h${pixel(width)}v${pixel(height)}h${pixel(-width)}z`;
const diamond = (x, y, r) => `M${pixel(x)} ${pixel(y - r)}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;
const ring = (x, y, r) => `M${pixel(x - r)} ${pixel(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
const cross = (x, y, r) => `M${pixel(x - r)} ${pixel(y - r)}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`;
const star = (x, y, r) => `M${Array.from({ length: 10 }, (_, i) => {
  const angle = (i / 5 - 0.5) * Math.PI, size = i % 2 ? 0.45 * r : r;
  return `${pixel(x + size * Math.cos(angle))} ${pixel(y + size * Math.sin(angle))}`;
}).join("L")}z`;

/** The losses, from the numbers that Python has made of them. */
function decode(view, [low, span]) {
  return Float64Array.from({ length: view.byteLength / 2 }, (_, i) => {
    const code = view.getUint16(2 * i, true);
    return code === 0 ? 0 : code === CODES + 2 ? Infinity : Math.exp(low + (code - 1) / CODES * span);
  });
}

/** The place of the lowest, -1 if all are infinite. */
function lowest(losses) {
  let best = -1;
  for (let i = 0; i < losses.length; i++) if (losses[i] < (best < 0 ? Infinity : losses[best])) best = i;
  return best;
}

function render({ model, el }) {
  el.classList.add("explorer");
  const { beta1: beta1s, beta2: beta2s, lr: lrs, bias_correction: ways, step: steps, runs, start, scale, diverged_at: divergedAt } = model.get("grid");
  const bothWays = [true, false].filter((way) => ways.includes(way)), both = ways.length === 2;
  const losses = decode(model.get("curves"), scale), many = steps.length;
  const rows = beta1s.flatMap((beta1) => beta2s.map((beta2) => ({ beta1, beta2 }))); // from the bottom of the map to its top
  const setting = (row, column, way) => (row * lrs.length + column) * ways.length + ways.indexOf(way);
  const curve = (row, column, way) => [0, 1, 2].map((part) => {
    const from = (3 * setting(row, column, way) + part) * many;
    return losses.subarray(from, from + many);
  });
  const lossAt = (row, column, way, k) => losses[(3 * setting(row, column, way) + 1) * many + k];
  const chosen = () => {
    const row = rows.findIndex(({ beta1, beta2 }) => beta1 === model.get("beta1") && beta2 === model.get("beta2"));
    return { row, column: lrs.indexOf(model.get("lr")), way: model.get("bias_correction"), k: steps.indexOf(model.get("step")) };
  };

  // The map: a row is one unit high, and each block of rows leaves room for its name above it.
  const tall = clamp(Math.round(180 / rows.length), 22, 28), gap = HEAD / tall;
  const middle = (row) => row + Math.floor(row / beta2s.length) * gap + 0.5;
  const map = new Chart({
    label: "The loss of each setting, learning rates from left to right", left: 62, bottom: 38,
    height: 48 + rows.length * tall + beta1s.length * HEAD,
  });
  map.cover([0, lrs.length], [0, rows.length + beta1s.length * gap]);
  const shape = (name, more = {}) => {
    const made = svg("path", { class: name, ...more });
    map.above.append(made);
    return made;
  };
  const levels = Array.from({ length: LEVELS }, (_, i) => shape("results-level", { "fill-opacity": (1 - i / LEVELS).toFixed(3) }));
  const crosses = shape("results-cross"), rings = shape("results-sign"), diamonds = shape("results-sign"), top = shape("results-sign");
  const frames = [shape("results-ground"), shape("results-frame")];
  const choose = (row, column) => {
    for (const [key, value] of Object.entries({ ...rows[row], lr: lrs[column] })) model.set(key, value);
    model.save_changes();
  };
  const cellAt = (x, y) => {
    const away = rows.map((_, row) => Math.abs(middle(row) - y));
    choose(lowest(away), clamp(Math.floor(x), 0, lrs.length - 1));
  };
  const point = handle(map, {
    label: "Setting: left and right choose lr, up and down choose beta1 and beta2", step: [1, 1],
    where() {
      const { row, column } = chosen();
      return [column + 0.5, middle(row)];
    },
    move: cellAt,
  });
  map.above.lastChild.classList.add("results-handle"); // for keys: a pointer may press anywhere
  let held = null;
  map.svg.classList.add("results-map");
  map.svg.addEventListener("pointerdown", (event) => {
    if (held !== null || event.button) return;
    event.preventDefault();
    held = event.pointerId;
    map.svg.setPointerCapture(held);
    map.above.lastChild.focus({ preventScroll: true });
    cellAt(...map.at(event));
  });
  map.svg.addEventListener("pointermove", (event) => { if (held === event.pointerId) cellAt(...map.at(event)); });
  for (const kind of ["pointerup", "pointercancel"])
    map.svg.addEventListener(kind, (event) => { if (held === event.pointerId) held = null; });

  // The curves
  const below = new Chart({ label: "The loss of the chosen setting, step by step", height: 250, left: 56, xLabel: "step", yLabel: "loss", xLog: true, yLog: true });
  const kept = losses.filter((loss) => loss > 0 && loss < Infinity), far = (loss) => clamp(loss, 1e-200, 1e200); // else no axis
  const least = kept.reduce((a, b) => Math.min(a, b), kept[0] ?? 1);
  below.cover([1, 1.2 * Math.max(2, steps.at(-1))], [far(least) / 1.2, 3 * far(Math.max(start, least))]);
  const guide = below.add("path", { class: "average-guide" });
  const lines = bothWays.map((way) => ({
    way,
    band: below.add("path", { class: `results-band-${WAYS[way][1]}` }),
    line: below.add("path", { class: `average-${WAYS[way][1]}` }),
    dot: svg("circle", { r: 4, class: `results-dot-${WAYS[way][1]}` }),
  }));
  below.above.append(...lines.map(({ dot }) => dot));
  const backwards = [...steps].reverse();

  // Controls, over the values that there are
  const along = (key, label, values, words) => slider(model, {
    key, label, from: values[0], to: values.at(-1), step: 1,
    scale: { to: (value) => values.indexOf(value), from: (place) => values[place] },
    range: { test: (value) => values.includes(value), words },
  });
  const list = (key, values) => choice(model, { key, label: key, options: [...values].reverse() }); // as on the map
  const grid = (name, ...children) => html("div", { class: `explorer-controls ${name}` }, ...children);
  const title = html("p", { class: "results-title" }), name = html("p", { class: "results-title" });
  const legend = html("p", { class: "explorer-note" }), note = html("p", { class: "explorer-trouble results-note" });
  const ends = [html("span"), html("span")];
  const bar = svg("svg", { width: 16 * LEVELS, height: 14, role: "img", "aria-label": "The colours, from the lowest loss to the highest" },
    ...levels.map((level, i) => svg("rect", { x: 16 * i, width: 16, height: 14, class: "results-level", "fill-opacity": level.getAttribute("fill-opacity") })));
  const said = (way) => `${WAYS[way][0]} bias correction`;
  const cells = readouts([
    ...bothWays.map((way) => `loss ${said(way)}`), ...(both ? ["lower"] : []), ...bothWays.map((way) => `best lr of the row ${said(way)}`),
  ]);
  cells.element.classList.add("results-readouts");
  const say = announcer(el);
  el.append(
    grid("", along("step", "after step", steps, `a step whose losses are kept, such as ${steps.at(-1)}`),
      ...(both ? [toggle(model, { key: "bias_correction", label: "bias correction" })] : [])),
    html("div", { class: "results-views" },
      html("div", {}, title, html("div", {}, map.svg), html("p", { class: "results-scale" }, ends[0], bar, ends[1]), legend),
      html("div", {}, name, html("div", {}, below.svg),
        html("p", { class: "explorer-note" }, bothWays.map((way) => (way ? "Solid: with bias correction. " : "Dashed: without it. ")).join("")
          + `The line is the median of ${runs} runs, the shade its quartiles; what leaves the frame is cut. `
          + "A loss is the mean over the last fifth of the steps, 20 at most."))),
    cells.element, note,
    grid("results-setting", list("beta1", beta1s), list("beta2", beta2s), along("lr", "lr", lrs, `one of ${lrs.join(", ")}`)));

  // Drawing

  function label() {
    const text = (x, y, words, anchor) => svg("text", { x: pixel(x), y: pixel(y), "text-anchor": anchor }, words);
    const floor = map.top + map.down, all = lrs.map((_, i) => i), parts = [];
    const powers = all.filter((i) => Number.isInteger(Number(Math.log10(lrs[i]).toFixed(6)))), named = powers.length > 1 ? powers : all;
    let free = -Infinity; // from where on there is room
    for (const i of named) {
      const x = map.x(i + 0.5);
      if (x < free) continue;
      parts.push(text(x, floor + 15, show(lrs[i], 2).replace(".0e", "e"), "middle"));
      free = x + 48;
    }
    rows.forEach(({ beta1, beta2 }, row) => {
      parts.push(text(map.left - 5, map.y(middle(row)) + 4, String(beta2), "end"));
      if (row % beta2s.length === beta2s.length - 1) parts.push(text(map.left, map.y(middle(row) + 0.5) - 6, `beta1 = ${beta1}`, "start"));
    });
    const half = map.top + map.down / 2;
    parts.push(text(map.left + map.across / 2, floor + 32, "learning rate lr", "middle"));
    parts.push(svg("text", { x: 12, y: half, "text-anchor": "middle", transform: `rotate(-90 12 ${half})` }, "beta2"));
    map.axes.replaceChildren(...parts);
  }
  let drawn = "", best = [];
  function drawMap({ way, k }) {
    const now = (which) => rows.map((_, row) => lrs.map((_, column) => lossAt(row, column, which, k)));
    const of = Object.fromEntries(ways.map((which) => [which, now(which)]));
    const known = Object.values(of).flat(2).filter((loss) => loss > 0 && loss < Infinity);
    const low = known.length ? Math.min(...known) : 1, high = start > low ? start : Math.max(low * 1.001, ...known);
    const wide = map.across / lrs.length, spot = (row, column) => [map.x(column + 0.5), map.y(middle(row))];
    const level = (loss) => (loss > 0 ? clamp(Math.floor(LEVELS * Math.log(loss / low) / Math.log(high / low)) || 0, 0, LEVELS - 1) : 0);
    const paths = Array(LEVELS).fill("");
    let broken = "";
    of[way].forEach((row, j) => row.forEach((loss, i) => {
      const [x, y] = spot(j, i);
      if (loss === Infinity) broken += cross(x, y, 5);
      else paths[level(loss)] += box(x - wide / 2 + 0.5, y - tall / 2 + 0.5, wide - 1, tall - 1);
    }));
    levels.forEach((shape, i) => write(shape, { d: paths[i] }));
    write(crosses, { d: broken });
    best = ways.map((which) => of[which].map(lowest));
    const marks = (which, draw, r) => (ways.includes(which) ? best[ways.indexOf(which)] : [])
      .map((column, row) => (column < 0 ? "" : draw(...spot(row, column), r))).join("");
    write(diamonds, { d: marks(way, diamond, 5) });
    write(rings, { d: marks(!way, ring, 8) });
    const first = lowest(of[way].flat());
    write(top, { d: first < 0 ? "" : star(...spot(Math.floor(first / lrs.length), first % lrs.length), 9) });
    tell(ends[0], show(low));
    tell(ends[1], `${show(high)} or more`);
    tell(title, `Loss after ${steps[k]} ${steps[k] === 1 ? "step" : "steps"} ${said(way)}`);
    tell(legend, `Frame: the chosen setting. Star: the lowest loss of all. Diamond: the best lr of its row.${both ? ` Ring: the same ${said(!way)}.` : ""}`
      + `${broken ? " Cross: the median run broke." : ""} One colour further, the loss is ${show(Math.exp((Math.log(high) - Math.log(low)) / LEVELS))} times as high.`);
  }
  const end = stage(el, model, [map, below], () => {
    const { row, column, way, k } = chosen(), { beta1, beta2 } = rows[row], lr = lrs[column];
    if (!map.axesDrawn) label();
    const key = `${way} ${k} ${map.width}`;
    if (key !== drawn) drawMap({ way, k }); // a cell that is chosen leaves the map alone
    map.axesDrawn = true;
    drawn = key;
    const wide = map.across / lrs.length, frame = box(map.x(column), map.y(middle(row)) - tall / 2, wide, tall);
    for (const shape of frames) write(shape, { d: frame });

    below.drawAxes();
    const x = below.x(steps[k]);
    write(guide, { d: `M${pixel(x)} ${below.top}V${below.top + below.down}` });
    const texts = {}, notes = [], now = {};
    for (const { way: which, band, line, dot } of lines) {
      const [least, median, most] = curve(row, column, which);
      const forth = below.line(steps, median);
      write(line, { d: forth });
      line.classList.toggle("average-chosen", which === way);
      write(band, { d: `${below.line(steps, most)}${below.line(backwards, [...least].reverse()).replace("M", "L")}Z` });
      const y = below.y(median[k]);
      const visibility = y >= below.top && y <= below.top + below.down ? "visible" : "hidden";
      write(dot, { visibility });
      centre(dot, x, y);
      now[which] = { low: least[k], loss: median[k], high: most[k] };
      const fastest = best[ways.indexOf(which)][row];
      texts[`loss ${said(which)}`] = show(median[k]);
      texts[`best lr of the row ${said(which)}`] = fastest < 0 ? "none: all broke" : show(lrs[fastest]);
      const broke = divergedAt[setting(row, column, which)].filter((t) => t <= steps[k]).length;
      if (broke) notes.push(`${which ? "With" : "Without"} bias correction ${broke} of ${runs} runs broke: their loss was no longer a number.`);
    }
    if (both) {
      const [without, withIt] = [now[false], now[true]];
      const overlap = Math.max(without.low, withIt.low) <= Math.min(without.high, withIt.high);
      texts.lower = withIt.loss === without.loss ? "neither" : `${WAYS[withIt.loss < without.loss][0]}${overlap ? ", but the bands overlap" : ""}`;
    }
    cells.update(texts);
    tell(name, `beta1 = ${beta1}, beta2 = ${beta2}, lr = ${show(lr)}`);
    tell(note, notes.join(" "));
    const words = `beta1 ${beta1}, beta2 ${beta2}, lr ${show(lr)}`;
    point.place(`${words}: loss ${show(now[way].loss)}`, column);
    const told = Object.entries(texts).map(([what, text]) => `${what}: ${text}`).join(", ");
    say(`After step ${steps[k]}, ${words}. ${told[0].toUpperCase()}${told.slice(1)}. ${note.textContent}`.trim());
  });
  return end;
}

export default { render };
