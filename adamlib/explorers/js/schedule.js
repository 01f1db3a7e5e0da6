// ScheduleExplorer: a learning rate that changes with time, chosen or drawn by hand, and the loss that it leaves.

import { Chart, LIMIT } from "./lib/chart.js";
import { allControls, choice, controls, put, RANGES, readouts, SCALES, slider, sliderUpTo } from "./lib/controls.js";
import { handle, tapped } from "./lib/drag.js";
import { html, setAttributes, setText } from "./lib/elements.js";
import { brief, clamp, show } from "./lib/format.js";
import { reads } from "./lib/reading.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { drawLevel } from "./lib/shapes.js";
import { thinned } from "./lib/thinned.js";
import { tools } from "./lib/tools.js";
import { bestConstant, drawn, expectedLosses, noiseFloor, schedules } from "./schedules.js";
import { renderer } from "./views.js";

// As adamlib.explorers.schedule has them. `steps` is what the warm-up leaves of the run.
const SHAPES = {
  constant: (lr) => schedules.constant({ lr }),
  "1/sqrt(t)": (lr) => schedules.inverse_sqrt({ lr }),
  "inverse time": (lr, steps) => schedules.inverse_time({ lr, k: 40 / steps }),
  exponential: (lr, steps) => schedules.exponential({ lr, factor: 0.01 ** (1 / steps) }),
  staircase: (lr, steps) => schedules.staircase({ lr, factor: 0.1, every: Math.ceil(steps / 3) }),
  polynomial: (lr, steps) => schedules.polynomial({ lr, steps, power: 2 }),
  linear: (lr, steps) => schedules.linear({ lr, steps }),
  cosine: (lr, steps) => schedules.cosine({ lr, steps }),
  "one-cycle": (lr, steps) => schedules.one_cycle({ lr, steps }),
};
const DRAWN = "drawn";
const WITHOUT_WARMUP = ["one-cycle", DRAWN];
const LEAST = 1e-30; // of learning rates and knots
const MOST = 1e30;
const FACTOR = 10 ** (1 / 20); // of an arrow key

// The run

/** The learning rate from which on descent does not settle. */
const limitOf = (get) => 2 / Math.max(...get("curvatures"));

/** The learning rate as a function of t. */
function learningRate(get) {
  const [name, lr, steps, warmup] = ["schedule", "lr", "steps", "warmup"].map(get);
  const knots = get("knots").map((knot) => lr * knot);
  if (name === DRAWN) return drawn(knots, steps);
  if (warmup < 2 || WITHOUT_WARMUP.includes(name)) return SHAPES[name](lr, steps);
  return schedules.warmup({ schedule: SHAPES[name](lr, steps - warmup + 1), steps: warmup });
}

/** The learning rate and the expected loss of every step. */
function runOf(get) {
  const [curvatures, noise, start, steps] = ["curvatures", "noise", "start", "steps"].map(get);
  const rateAt = learningRate(get);
  const rates = new Float64Array(steps);
  const floors = new Float64Array(steps);
  let peak = 0;
  for (let i = 0; i < steps; i++) {
    rates[i] = rateAt(i + 1);
    floors[i] = noiseFloor(rates[i], curvatures, noise);
    if (rates[i] > peak) peak = rates[i];
  }
  const expected = expectedLosses(rates, curvatures, noise, start);
  const peakFloor = noiseFloor(peak, curvatures, noise);
  return { rateAt, rates, floors, peak, peakFloor, ...expected, pushed: expected.noises.subarray(1) };
}

/** The run with the best constant learning rate. */
function constantOf(get) {
  const [curvatures, noise, start, steps] = ["curvatures", "noise", "start", "steps"].map(get);
  const lr = bestConstant(curvatures, noise, start, steps);
  return { lr, losses: expectedLosses(new Float64Array(steps).fill(lr), curvatures, noise, start).losses };
}

/** A function of some traits that is worked out again only where one of them has changed. */
function remembered(get, keys, make) {
  let from = "";
  let made = null;
  return () => {
    const now = JSON.stringify(keys.map(get));
    if (now !== from) made = make(get);
    from = now;
    return made;
  };
}

/** What a reader should know of the learning rates at and above the limit and of a loss that grows, in sentences. */
function warnings({ rates, losses, divergedAt }, limit) {
  let first = 0;
  let last = 0;
  let many = 0;
  let most = 0;
  for (let t = 1; t < losses.length; t++) {
    if (losses[t] > losses[most]) most = t;
    if (rates[t - 1] < limit) continue;
    first ||= t;
    last = t;
    many++;
  }
  const told = [];
  if (many) {
    const unbroken = many === last - first + 1;
    const more = unbroken ? `from step ${first} to step ${last}` : `at ${many} steps, first at step ${first}`;
    const when = many === 1 ? `at step ${first}` : more;
    told.push(
      `The learning rate is not below the limit ${brief(limit)} ${when}: there the steep direction does not settle.`,
    );
  }
  if (divergedAt === 0) told.push("The loss is larger than any number from the start.");
  else if (divergedAt) told.push(`The expected loss is larger than any number from step ${divergedAt} on.`);
  else if (losses[most] > 1.1 * losses[0])
    told.push(`The expected loss is largest at step ${most}: ${show(losses[most])}.`);
  return told;
}

/** The same in a small view: one line, in the place of the legend. */
function warning({ rates, divergedAt }, limit) {
  if (divergedAt !== null) return [`Beyond all numbers from step ${divergedAt} on.`];
  const many = rates.filter((rate) => rate >= limit).length;
  return many ? [`Not below the limit ${brief(limit)} at ${many} step${many > 1 ? "s" : ""}.`] : [];
}

function warmupNotes(get) {
  if (get("warmup") < 2 || !WITHOUT_WARMUP.includes(get("schedule"))) return [];
  const isDrawn = get("schedule") === DRAWN;
  return [isDrawn ? "The warm-up does not change what is drawn." : "One-cycle has a warm-up of its own."];
}

// The charts

const decade = (x, round) => 10 ** round(Math.log10(x));
const lines = (chart, ...names) => names.map((name) => chart.add("path", { class: `schedule-${name}` }));
const levelName = (chart, name, anchor) => chart.add("text", { class: `schedule-${name}-name`, "text-anchor": anchor });

/** What draws a curve, a value for each step from `first` on, unless it is drawn so already. */
function curvesOn(chart) {
  const drawnAs = new Map(); // by shape
  return (shape, values, first) => {
    const [low, high] = chart.ys;
    const wanted = [values, ...chart.xs, low, high, chart.width];
    if (drawnAs.get(shape)?.every((value, i) => value === wanted[i])) return;
    drawnAs.set(shape, wanted);
    // As chart.x and chart.y, for thousands of values: all but the logarithm is done once.
    const left = chart.x(first);
    const wide = chart.x(first + 1) - left;
    const floor = chart.y(low);
    const tall = (chart.y(high) - floor) / Math.log(high / low);
    const xs = new Float64Array(values.length);
    const ys = new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) {
      xs[i] = left + i * wide;
      ys[i] = clamp(floor + tall * Math.log(values[i] / low), -LIMIT, LIMIT);
    }
    setAttributes(shape, { d: thinned(xs, ys) });
  };
}

const stepsTo = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** The knots. They stand on the schedule that is shown; the first that is moved makes it a drawing. */
function knotsOn(chart, model, get) {
  let points = [];
  const stepOf = (i) => 1 + ((get("steps") - 1) * i) / (get("knots").length - 1);
  const inView = (rate) => clamp(rate, ...chart.ys);
  const placeOf = (i) => [stepOf(i), inView(learningRate(get)(stepOf(i)))];
  const lift = (i, rate) => {
    const rateAt = learningRate(get);
    const share = (lr) => clamp(Number((inView(lr) / get("lr")).toPrecision(4)), LEAST, MOST);
    const knots = get("schedule") === DRAWN ? [...get("knots")] : get("knots").map((_, j) => share(rateAt(stepOf(j))));
    knots[i] = share(rate);
    put(model, { knots, schedule: DRAWN });
  };
  const make = (_, i, { length }) =>
    handle(chart, {
      label: `Knot ${i + 1} of ${length}: the arrow keys change the learning rate there`,
      step: [1, FACTOR],
      pans: true,
      where: () => placeOf(i),
      move(x, y, byKey) {
        // Left and right are down and up, as with every slider.
        const [at, rate] = placeOf(i);
        const aside = byKey ? Math.round(x - at) : 0;
        lift(i, aside ? rate * FACTOR ** aside : y);
      },
    });
  const nearest = (x) => {
    const last = points.length - 1;
    return clamp(Math.round(((x - 1) / (get("steps") - 1)) * last), 0, last);
  };
  // Where knots are near one another, the nearest is taken.
  const grabNearest = (event) => {
    if (event.target.closest(".explorer-handle")) points[nearest(chart.at(event)[0])].grab(event);
  };
  tapped(chart, (x, y) => lift(nearest(x), y));
  chart.svg.addEventListener("pointerdown", grabNearest, true);
  const draw = (rateAt) => {
    if (points.length !== get("knots").length) {
      chart.above.replaceChildren();
      points = get("knots").map(make);
    }
    points.forEach((point, i) => {
      const rate = rateAt(stepOf(i));
      point.place(`step ${Math.round(stepOf(i))}, learning rate ${show(rate)}`, rate);
    });
  };
  return { draw, held: () => points.some((point) => point.held()) };
}

function rateView(model, get) {
  const chart = new Chart({
    label: "The learning rate of every step, with knots to draw it",
    height: 200,
    yLabel: "learning rate",
    yLog: true,
    bare: true,
    left: 52,
    bottom: 8,
  });
  const [limitLine, rateLine] = lines(chart, "limit", "rate");
  const drawCurve = curvesOn(chart);
  const limitName = levelName(chart, "limit", "end");
  const knots = knotsOn(chart, model, get);
  let shown = [];
  reads(
    chart,
    model,
    () => [{ name: "learning rate", xs: stepsTo(1, shown.length), ys: shown }],
    (_, i) => `step ${i + 1}: ${show(shown[i])}`,
  );
  const cover = (before, limit, { peak }) => {
    const low = Math.min(limit * 1e-4, peak * 1e-3);
    const high = Math.max(2 * limit, peak);
    chart.cover([before, get("steps")], [decade(low, Math.floor), decade(high, Math.ceil)]);
  };
  const draw = (limit, { rates, rateAt }) => {
    chart.drawAxes();
    drawLevel(chart, limitLine, limitName, limit, `limit 2/λ_max = ${brief(limit)}`);
    shown = rates;
    drawCurve(rateLine, rates, 1);
    knots.draw(rateAt);
  };
  return { chart, cover, draw, held: knots.held };
}

/** The chart of the losses, with the parts that are named. */
function lossView(model, get, { height, parts }) {
  const chart = new Chart({
    label: "The expected loss after every step",
    height,
    xLabel: "step t",
    yLabel: "loss",
    yLog: true,
    left: 52,
  });
  const [goalLine] = lines(chart, "goal");
  const shapes = lines(chart, ...parts);
  const drawCurve = curvesOn(chart);
  const goalName = levelName(chart, "goal", "start");
  let shown = [];
  reads(
    chart,
    model,
    () => [{ name: "loss", xs: stepsTo(0, shown.length - 1), ys: shown }],
    (_, i) => `step ${i}: ${show(shown[i])}`,
  );
  const cover = (before, { losses }) => {
    const goal = get("goal");
    const high = 10 * decade(Math.max(Math.min(losses[0], 1e100), goal), Math.floor);
    chart.cover([before, get("steps")], [decade(Math.min(goal / 10, high / 1e5), Math.floor), high]);
  };
  const draw = (run, constant) => {
    chart.drawAxes();
    // By part its values and the first step that has one: there is no noise at the start.
    const curves = {
      best: [constant.losses, 0],
      floor: [run.floors, 1],
      distance: [run.distances, 0],
      noise: [run.pushed, 1],
      loss: [run.losses, 0],
    };
    parts.forEach((part, i) => {
      drawCurve(shapes[i], ...curves[part]);
    });
    const drawn = parts.map((part) => curves[part][0]);
    drawLevel(chart, goalLine, goalName, get("goal"), `goal ${brief(get("goal"))}`, drawn);
    shown = run.losses;
  };
  return { chart, cover, draw };
}

// The whole

const positive = RANGES.between(LEAST, MOST, `a number from ${brief(LEAST)} to ${brief(MOST)}`);

function rateSlider(model, get) {
  const mark = { at: () => limitOf(get), words: "limit" };
  const ends = { from: 1e-4, to: 10, step: 0.02, scale: SCALES.log };
  return slider(model, { key: "lr", label: "peak lr", ...ends, range: positive, mark });
}

/** The list of shapes. A drawing is among them once there is one. */
function shapeList(model, get) {
  const list = choice(model, { key: "schedule", label: "schedule", options: [...Object.keys(SHAPES), DRAWN] });
  const drawing = list.querySelector("option:last-child");
  const draw = () => {
    const flat = get("knots").every((knot) => knot === 1);
    const gone = flat && get("schedule") !== DRAWN;
    if (drawing.hidden !== gone) drawing.disabled = drawing.hidden = gone;
  };
  return { list, draw };
}

function otherControls(model, get) {
  const goals = RANGES.between(1e-100, 1e100, "a number from 1e−100 to 1e100");
  const range = RANGES.count(2, 20000);
  const length = slider(model, { key: "steps", label: "steps", from: 100, to: 20000, step: 100, range });
  for (const kind of ["input", "change"]) {
    length.addEventListener(kind, () => {
      // As Python does.
      if (get("warmup") > get("steps")) put(model, { warmup: get("steps") });
    });
  }
  const others = controls(
    slider(model, { key: "noise", label: "noise", from: 0, to: 1, step: 0.01, range: RANGES.atLeastZero }),
    slider(model, {
      key: "goal",
      label: "goal (loss)",
      from: 1e-8,
      to: 1,
      step: 0.02,
      scale: SCALES.log,
      range: goals,
    }),
    length,
  );
  return allControls(others);
}

// What is read out, and its labels in both views.
const LONG = {
  final: "expected loss at the last step",
  distance: "of it distance",
  noise: "of it noise",
  floor: "floor at the last rate",
  peakFloor: "floor at the peak rate",
  goal: "goal",
};
const SHORT = { final: "last loss", distance: "distance", noise: "noise", met: "goal" };

function textsOf(run, get) {
  const [steps, goal] = [get("steps"), get("goal")];
  const final = run.losses[steps];
  const numbers = {
    final,
    distance: run.distances[steps],
    noise: run.noises[steps],
    floor: run.floors[steps - 1],
    peakFloor: run.peakFloor,
  };
  const texts = Object.fromEntries(Object.entries(numbers).map(([key, x]) => [key, brief(x, 4)]));
  const met = final < goal ? "met" : "not met";
  return { ...texts, met, goal: `${met}: ${final < goal ? "below" : "not below"} ${brief(goal)}` };
}

/** What the charts show as rows of cells. */
function dataOf(run) {
  const rows = Array.from(run.losses, (loss, t) => [
    t,
    t ? run.rates[t - 1] : "",
    loss,
    run.distances[t],
    run.noises[t],
  ]);
  return [["step", "learning rate", "expected loss", "distance", "noise"], ...rows];
}

/** The chief numbers, the legend, the notes and what is read aloud. legendOf and notesOf give the words. */
function wordsView(el, get, names, legendOf, notesOf) {
  const readings = readouts(Object.values(names));
  const note = html("p", { class: "explorer-trouble schedule-note" });
  const legend = html("p", { class: "explorer-note" });
  const announce = announcer(el);
  const draw = (run, constant) => {
    const texts = textsOf(run, get);
    readings.update(Object.fromEntries(Object.entries(names).map(([key, name]) => [name, texts[key]])));
    setText(note, [...notesOf(run, limitOf(get)), ...warmupNotes(get)].join(" "));
    const best = `${show(constant.lr)}, which ends at ${show(constant.losses[get("steps")])}.`;
    setText(legend, legendOf(best));
    const rates = `peak learning rate ${brief(run.peak)}, at the last step ${brief(run.rates.at(-1))}`;
    const floors = `floor ${texts.floor}, at the peak rate ${texts.peakFloor}`;
    const loss = `Expected loss ${texts.final}, ${floors}. Goal ${texts.met}.`;
    announce(`${get("schedule")}, ${rates}. ${loss} ${note.textContent}`.trim());
  };
  return { legend, note, elements: [legend, readings.element, note], draw };
}

/** The run and the best constant one, each worked out again only where something of it has changed. */
function runsOf(get) {
  const bowl = ["curvatures", "noise", "start", "steps"];
  return {
    runNow: remembered(get, [...bowl, "schedule", "lr", "warmup", "knots"], runOf),
    constantNow: remembered(get, bowl, constantOf),
  };
}

/** The expected loss alone. */
function curve({ model, el }) {
  const get = (key) => model.get(key);
  const loss = lossView(model, get, { height: 160, parts: ["best", "floor", "loss"] });
  const legend = () => "Dashed: the floor. Pale: best constant.";
  const words = wordsView(el, get, SHORT, legend, warning);
  const { list, draw: drawList } = shapeList(model, get);
  const { runNow, constantNow } = runsOf(get);
  el.append(
    controls(list, rateSlider(model, get)),
    html("div", {}, loss.chart.svg),
    ...words.elements,
    tools(model, el, { data: () => dataOf(runNow()), small: true }),
  );
  return keepDrawn(el, model, [loss.chart], () => {
    drawList();
    loss.cover(0, runNow());
    loss.draw(runNow(), constantNow());
    words.draw(runNow(), constantNow());
    words.legend.hidden = words.note.textContent !== "";
  });
}

const LEGEND =
  "Thick: expected loss. Dashed: the floor of the step's learning rate. Dotted: distance. Dash and dot: noise. " +
  "Thin and pale: the best of 600 constant learning rates, ";

/** The schedule with its knots, the loss, and all controls. */
function laboratory({ model, el }) {
  const get = (key) => model.get(key);
  const rate = rateView(model, get);
  const loss = lossView(model, get, { height: 270, parts: ["best", "floor", "distance", "noise", "loss"] });
  const words = wordsView(el, get, LONG, (best) => LEGEND + best, warnings);
  const { list, draw: drawList } = shapeList(model, get);
  const { runNow, constantNow } = runsOf(get);
  const warmup = { key: "warmup", label: "warm-up steps", step: 20 };
  const help =
    "Move a knot up or down to draw a schedule of your own, or tap where it should stand. " +
    "It begins with the shape that is shown.";
  el.append(
    controls(list, rateSlider(model, get), sliderUpTo(model, "steps", warmup)),
    html("p", { class: "explorer-note" }, help),
    html("div", {}, rate.chart.svg),
    html("div", {}, loss.chart.svg),
    ...words.elements,
    otherControls(model, get),
    tools(model, el, { data: () => dataOf(runNow()) }),
  );
  return keepDrawn(el, model, [rate.chart, loss.chart], () => {
    const run = runNow();
    const constant = constantNow();
    drawList();
    if (!rate.held()) {
      const before = (-6 * get("steps")) / rate.chart.across; // room for the first knot
      rate.cover(before, limitOf(get), run);
      loss.cover(before, run);
    }
    rate.draw(limitOf(get), run);
    loss.draw(run, constant);
    words.draw(run, constant);
  });
}

const render = renderer({ laboratory, curve });

export default { render };
