// ScheduleExplorer: a learning rate that changes with time, chosen or drawn by hand, and the loss that it leaves.
import { bestConstant, drawn, expectedLosses, noiseFloor, schedules } from "./schedules.js";
import { Chart, LIMIT, RANGES, SCALES, announcer, choice, clamp, follow, handle, html, pixel, readouts, set, show, slider, stage, tell, write } from "./stage.js";

// As adamlib.explorers.schedule has them. `steps` is what the warm-up leaves of the run.
const SHAPES = {
  "constant": (lr) => schedules.constant({ lr }),
  "1/sqrt(t)": (lr) => schedules.inverse_sqrt({ lr }),
  "inverse time": (lr, steps) => schedules.inverse_time({ lr, k: 40 / steps }),
  "exponential": (lr, steps) => schedules.exponential({ lr, factor: 0.01 ** (1 / steps) }),
  "staircase": (lr, steps) => schedules.staircase({ lr, factor: 0.1, every: Math.ceil(steps / 3) }),
  "polynomial": (lr, steps) => schedules.polynomial({ lr, steps, power: 2 }),
  "linear": (lr, steps) => schedules.linear({ lr, steps }),
  "cosine": (lr, steps) => schedules.cosine({ lr, steps }),
  "one-cycle": (lr, steps) => schedules.one_cycle({ lr, steps }),
};
const DRAWN = "drawn", WITHOUT_WARMUP = ["one-cycle", DRAWN];
const [LEAST, MOST] = [1e-30, 1e30]; // of learning rates and knots
const FACTOR = 10 ** (1 / 20); // of an arrow key

/** The learning rate as a function of t. */
function learningRate(get) {
  const name = get("schedule"), lr = get("lr"), steps = get("steps"), warmup = get("warmup");
  if (name === DRAWN) return drawn(get("knots").map((knot) => lr * knot), steps);
  if (warmup < 2 || WITHOUT_WARMUP.includes(name)) return SHAPES[name](lr, steps);
  return schedules.warmup({ schedule: SHAPES[name](lr, steps - warmup + 1), steps: warmup });
}

/** The `d` of a line that passes every point within a quarter of a pixel, through as few of them as that takes. */
function thinned(xs, ys) {
  let d = `M${pixel(xs[0])} ${pixel(ys[0])}`, from = 0;
  let low = -Infinity, high = Infinity; // the slopes of lines that have done so since the point kept last
  for (let i = 1; i < xs.length; i++) {
    const slope = (ys[i] - ys[from]) / (xs[i] - xs[from]);
    if (slope < low || slope > high) {
      from = i - 1;
      d += `L${pixel(xs[from])} ${pixel(ys[from])}`;
      low = -Infinity;
      high = Infinity;
    }
    const across = xs[i] - xs[from], up = ys[i] - ys[from];
    low = Math.max(low, (up - 0.25) / across);
    high = Math.min(high, (up + 0.25) / across);
  }
  return `${d}L${pixel(xs.at(-1))} ${pixel(ys.at(-1))}`;
}

const brief = (x, digits = 3) => show(x, digits).replace(/\.?0+e/, "e"); // 1.00e−6 is 1e−6
const decade = (x, round) => 10 ** round(Math.log10(x));

/** What a reader should know of the learning rates at and above the limit and of a loss that grows, in sentences. */
function warnings(rates, limit, { losses, divergedAt }) {
  let first = 0, last = 0, many = 0, most = 0;
  for (let t = 1; t < losses.length; t++) {
    if (losses[t] > losses[most]) most = t;
    if (rates[t - 1] < limit) continue;
    first ||= t;
    last = t;
    many++;
  }
  const told = [];
  if (many) {
    const when = many === 1 ? `at step ${first}` : many === last - first + 1 ? `from step ${first} to step ${last}` : `at ${many} steps, first at step ${first}`;
    told.push(`The learning rate is not below the limit ${brief(limit)} ${when}: there the steep direction does not settle.`);
  }
  if (divergedAt === 0) told.push("The loss is larger than any number from the start.");
  else if (divergedAt) told.push(`The expected loss is larger than any number from step ${divergedAt} on.`);
  else if (losses[most] > 1.1 * losses[0]) told.push(`The expected loss is largest at step ${most}: ${show(losses[most])}.`);
  return told;
}

function render({ model, el }) {
  el.classList.add("explorer");
  const get = (key) => model.get(key);
  const above = new Chart({ label: "The learning rate of every step, with knots to draw it", height: 200, yLabel: "learning rate", yLog: true, bare: true, left: 52, bottom: 8 });
  const below = new Chart({ label: "The expected loss after every step", height: 270, xLabel: "step t", yLabel: "loss", yLog: true, left: 52 });
  const line = (chart, name) => chart.add("path", { class: `schedule-${name}` });
  const named = (chart, name, anchor) => chart.add("text", { class: `schedule-${name}-name`, "text-anchor": anchor });
  const [limitLine, rateLine] = ["limit", "rate"].map((name) => line(above, name));
  const [goalLine, bestLine, floorLine, distanceLine, noiseLine, lossLine] = ["goal", "best", "floor", "distance", "noise", "loss"].map((name) => line(below, name));
  const limitName = named(above, "limit", "end"), goalName = named(below, "goal", "start");

  // The knots. They stand on the schedule that is shown; the first that is moved makes it a drawing.

  const stepOf = (i) => 1 + (get("steps") - 1) * i / (get("knots").length - 1);
  const inView = (rate) => clamp(rate, ...above.ys);
  const placeOf = (i) => [stepOf(i), inView(learningRate(get)(stepOf(i)))];
  const lift = (i, rate) => {
    const rateAt = learningRate(get);
    const share = (lr) => clamp(Number((inView(lr) / get("lr")).toPrecision(4)), LEAST, MOST);
    const knots = get("schedule") === DRAWN ? [...get("knots")] : get("knots").map((_, j) => share(rateAt(stepOf(j))));
    knots[i] = share(rate);
    model.set("knots", knots);
    model.set("schedule", DRAWN);
    model.save_changes();
  };
  let points = [];
  const makePoints = (many) => {
    above.above.replaceChildren();
    points = Array.from({ length: many }, (_, i) => handle(above, {
      label: `Knot ${i + 1} of ${many}: the arrow keys change the learning rate there`, step: [1, FACTOR],
      where: () => placeOf(i),
      move(x, y, byKey) { // left and right are down and up, as with every slider
        const [at, rate] = placeOf(i), aside = byKey ? Math.round(x - at) : 0;
        lift(i, aside ? rate * FACTOR ** aside : y);
      },
    }));
  };
  above.svg.addEventListener("pointerdown", (event) => { // where knots are near one another, the nearest is taken
    if (!event.target.closest(".explorer-handle")) return;
    const [x] = above.at(event);
    const i = clamp(Math.round((x - 1) / (get("steps") - 1) * (points.length - 1)), 0, points.length - 1);
    points[i].grab(event);
  }, true);

  // Controls

  const counted = { test: (x) => RANGES.count(0, get("steps")).test(x), get words() { return RANGES.count(0, get("steps")).words; } };
  const positive = { test: (x) => x >= LEAST && x <= MOST, words: `a number from ${brief(LEAST)} to ${brief(MOST)}` };
  const goals = { test: (x) => x >= 1e-100 && x <= 1e100, words: "a number from 1e−100 to 1e100" };
  const warm = slider(model, { key: "warmup", label: "warm-up steps", from: 0, to: get("steps"), step: 20, range: counted });
  follow(model, "steps", () => {
    const bar = warm.querySelector("input");
    bar.max = get("steps");
    bar.value = get("warmup");
  });
  const length = slider(model, { key: "steps", label: "steps", from: 100, to: 20000, step: 100, range: RANGES.count(2, 20000) });
  for (const kind of ["input", "change"]) length.addEventListener(kind, () => { // as Python does
    if (get("warmup") > get("steps")) set(model, "warmup", get("steps"));
  });
  const note = html("p", { class: "explorer-trouble schedule-note" }), legend = html("p", { class: "explorer-note" });
  const names = ["expected loss at the last step", "of it distance", "of it noise", "floor at the last rate", "floor at the peak rate", "goal"];
  const now = readouts(names);
  const say = announcer(el);
  el.append(
    html("div", { class: "explorer-controls" },
      choice(model, { key: "schedule", label: "schedule", options: [...Object.keys(SHAPES), DRAWN] }),
      slider(model, { key: "lr", label: "peak lr", from: 1e-4, to: 10, step: 0.02, scale: SCALES.log, range: positive }),
      warm),
    html("p", { class: "explorer-note" }, "Move a knot up or down to draw a schedule of your own. It begins with the shape that is shown."),
    html("div", {}, above.svg),
    html("div", {}, below.svg),
    legend, now.element, note,
    html("details", {}, html("summary", {}, "Noise, goal, length of the run"), html("div", { class: "explorer-controls" },
      slider(model, { key: "noise", label: "noise", from: 0, to: 1, step: 0.01, range: RANGES.atLeastZero }),
      slider(model, { key: "goal", label: "goal (loss)", from: 1e-8, to: 1, step: 0.02, scale: SCALES.log, range: goals }),
      length)));

  // Drawing

  const drawnAs = new Map(); // what each curve showed last
  const curve = (chart, shape, values, first) => {
    const { xs: [from, to], ys: [low, high], width } = chart, wanted = [values, from, to, low, high, width];
    if (drawnAs.get(shape)?.every((value, i) => value === wanted[i])) return;
    drawnAs.set(shape, wanted);
    // chart.x and chart.y for thousands of values: all but the logarithm is done once
    const left = chart.x(first), wide = chart.x(first + 1) - left, floor = chart.y(low), tall = (chart.y(high) - floor) / Math.log(high / low);
    const xs = new Float64Array(values.length), ys = new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) {
      xs[i] = left + i * wide;
      ys[i] = clamp(floor + tall * Math.log(values[i] / low), -LIMIT, LIMIT);
    }
    write(shape, { d: thinned(xs, ys) });
  };
  const level = (chart, shape, name, value, words, x, up) => {
    const y = pixel(chart.y(value));
    write(shape, { d: `M${chart.left} ${y}h${chart.across}` });
    write(name, { x, y: y - up });
    tell(name, words);
  };
  let run = { key: "" }, constant = { key: "" }; // as computed last
  const runOf = (curvatures, noise, start, steps) => {
    const key = JSON.stringify([curvatures, noise, start, steps, ...["schedule", "lr", "warmup", "knots"].map(get)]);
    if (key === run.key) return run;
    const rateAt = learningRate(get), rates = new Float64Array(steps), floors = new Float64Array(steps);
    let peak = 0;
    for (let i = 0; i < steps; i++) {
      rates[i] = rateAt(i + 1);
      floors[i] = noiseFloor(rates[i], curvatures, noise);
      if (rates[i] > peak) peak = rates[i];
    }
    const expected = expectedLosses(rates, curvatures, noise, start);
    return (run = { key, rateAt, rates, floors, peak, ...expected, pushed: expected.noises.subarray(1) });
  };
  const constantOf = (curvatures, noise, start, steps) => {
    const key = JSON.stringify([curvatures, noise, start, steps]);
    if (key === constant.key) return constant;
    const lr = bestConstant(curvatures, noise, start, steps);
    return (constant = { key, lr, losses: expectedLosses(new Float64Array(steps).fill(lr), curvatures, noise, start).losses });
  };

  return stage(el, model, [above, below], () => {
    const [curvatures, noise, start, steps, goal] = ["curvatures", "noise", "start", "steps", "goal"].map(get);
    const { rateAt, rates, floors, peak, distances, noises, pushed, losses, divergedAt } = runOf(curvatures, noise, start, steps);
    const best = constantOf(curvatures, noise, start, steps), limit = 2 / Math.max(...curvatures);

    if (!points.some((point) => point.held())) {
      const before = -6 * steps / above.across; // room for the first knot
      above.cover([before, steps], [decade(Math.min(limit * 1e-4, peak * 1e-3), Math.floor), decade(Math.max(2 * limit, peak), Math.ceil)]);
      const high = 10 * decade(Math.max(Math.min(losses[0], 1e100), goal), Math.floor);
      below.cover([before, steps], [decade(Math.min(goal / 10, high / 1e5), Math.floor), high]);
    }
    above.drawAxes();
    below.drawAxes();
    level(above, limitLine, limitName, limit, `limit 2/λ_max = ${brief(limit)}`, above.left + above.across - 4, 5);
    level(below, goalLine, goalName, goal, `goal ${brief(goal)}`, below.left + 16, -13);
    curve(above, rateLine, rates, 1);
    curve(below, bestLine, best.losses, 0);
    curve(below, floorLine, floors, 1);
    curve(below, distanceLine, distances, 0);
    curve(below, noiseLine, pushed, 1); // there is none at the start
    curve(below, lossLine, losses, 0);

    if (points.length !== get("knots").length) makePoints(get("knots").length);
    points.forEach((point, i) => {
      const rate = rateAt(stepOf(i));
      point.place(`step ${Math.round(stepOf(i))}, learning rate ${show(rate)}`, rate);
    });

    const final = losses[steps], met = final < goal;
    const texts = [final, distances[steps], noises[steps], floors[steps - 1], noiseFloor(peak, curvatures, noise)].map((x) => brief(x, 4));
    now.update(Object.fromEntries(names.map((name, i) => [name, texts[i] ?? `${met ? "met: below" : "not met: not below"} ${brief(goal)}`])));
    const notes = warnings(rates, limit, { losses, divergedAt });
    if (get("warmup") > 1 && WITHOUT_WARMUP.includes(get("schedule")))
      notes.push(get("schedule") === DRAWN ? "The warm-up does not change what is drawn." : "One-cycle has a warm-up of its own.");
    tell(note, notes.join(" "));
    tell(legend, "Thick: expected loss. Dashed: the floor of the step's learning rate. Dotted: distance. Dash and dot: noise. "
      + `Thin and pale: the best constant learning rate, ${show(best.lr)}, which ends at ${show(best.losses[steps])}.`);
    say(`${get("schedule")}, peak learning rate ${brief(peak)}, at the last step ${brief(rates[steps - 1])}. Expected loss ${texts[0]}, `
      + `floor ${texts[3]}, at the peak rate ${texts[4]}. Goal ${met ? "met" : "not met"}. ${note.textContent}`.trim());
  });
}

export default { render };
