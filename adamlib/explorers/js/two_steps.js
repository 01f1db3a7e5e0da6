// Two steps of Adam by hand: a line fitted to two points, with every number of both steps.
import { button, put } from "./lib/controls.js";
import { html, setAttributes, setText } from "./lib/elements.js";
import { brief, clamp, show } from "./lib/format.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { tools } from "./lib/tools.js";
import { debias, rules } from "./rules.js";

// As adamlib.explorers.microscope has them: the data, the start of the line, and the lines of one step.
const DATA = [
  [1, -1],
  [3, 4],
];
const START = [1, 0];
const LINES = ["gradient", "m", "v", "m_hat", "v_hat", "step", "new value"];
const HEADS = ["weight w", "bias b"];

/** Six decimals, as the text has them; more where a number is small. */
function six(x) {
  const size = Math.abs(x);
  return size >= 1e-3 && size < 1e6 ? show(Number(x.toFixed(6)), 12) : show(x, 6);
}
const held = (x) => (x < 0 ? `(${six(x)})` : six(x));

/** Both steps: for each the place and the moments before it, and the values of its lines, weight and bias each. */
export function computeSteps({ lr, beta1, beta2, eps }) {
  const rule = rules.Adam({ lr, beta1, beta2, eps, biasCorrection: true });
  let places = START;
  let states = START.map(() => ({ m: 0, v: 0 }));
  return [1, 2].map((t) => {
    const errors = DATA.map(([x, y]) => places[0] * x + places[1] - y);
    const gradients = [errors[0] * DATA[0][0] + errors[1] * DATA[1][0], errors[0] + errors[1]];
    const before = { places, states };
    states = gradients.map((g, i) => rule(g, states[i], t));
    places = places.map((place, i) => place + states[i].step);
    const values = {
      gradient: gradients,
      m: states.map(({ m }) => m),
      v: states.map(({ v }) => v),
      m_hat: states.map(({ m }) => debias(m, beta1, t)),
      v_hat: states.map(({ v }) => debias(v, beta2, t)),
      step: states.map(({ step }) => step),
      "new value": places,
    };
    return { t, errors, before, values };
  });
}

/** The formula of a line, as letters. */
const FORMULAS = {
  gradient: "dw = Σ e x,  db = Σ e,  with e = w x + b − y",
  m: "m ← β₁ m + (1 − β₁) g",
  v: "v ← β₂ v + (1 − β₂) g²",
  m_hat: "m_hat = m / (1 − β₁ᵗ)",
  v_hat: "v_hat = v / (1 − β₂ᵗ)",
  step: "step = −α m_hat / (√v_hat + ε)",
  "new value": "w ← w + step,  b ← b + step",
};

/** The same with the numbers of one coordinate, up to the sign of equality. */
function worked(line, i, { t, errors, before, values }, { lr, beta1, beta2, eps }) {
  const [g, m, v, mHat, vHat] = LINES.slice(0, 5).map((name) => values[name][i]);
  const old = before.states[i];
  const sums = [errors.map((e, k) => `${held(e)} · ${DATA[k][0]}`).join(" + "), errors.map(held).join(" + ")];
  return {
    gradient: sums[i],
    m: `${six(beta1)} · ${held(old.m)} + ${six(1 - beta1)} · ${held(g)}`,
    v: `${six(beta2)} · ${held(old.v)} + ${six(1 - beta2)} · ${held(g)}²`,
    m_hat: `${six(m)} / ${six(1 - beta1 ** t)}`,
    v_hat: `${six(v)} / ${six(1 - beta2 ** t)}`,
    step: `−${six(lr)} · ${held(mHat)} / (√${six(vHat)} + ${brief(eps)})`,
    "new value": `${six(before.places[i])} + ${held(values.step[i])}`,
  }[line];
}

/** The lines of code, as the chapter has them. */
function codeOf(line, { lr, beta1, beta2, eps }) {
  const literal = (x) => String(Number(x.toPrecision(6)));
  const average = (name, beta, more) =>
    ["w", "b"].map((one) => `${literal(beta)} * ${name}_${one} + ${literal(1 - beta)} * d${one}${more}`).join(", ");
  const hat = (name, beta) => ["w", "b"].map((one) => `${name}_${one} / (1 - ${literal(beta)}**t)`).join(", ");
  const move = (one) => `${one} = ${one} - ${literal(lr)} * m_${one}_hat / (np.sqrt(v_${one}_hat) + ${eps})`;
  const moves = `${move("w")}\n${move("b")}`;
  return {
    gradient: "dw, db = line_gradients(w, b)",
    m: `m_w, m_b = ${average("m", beta1, "")}`,
    v: `v_w, v_b = ${average("v", beta2, "**2")}`,
    m_hat: `m_w_hat, m_b_hat = ${hat("m", beta1)}`,
    v_hat: `v_w_hat, v_b_hat = ${hat("v", beta2)}`,
    step: moves,
    "new value": moves,
  }[line];
}

/** The table of one step, whose rows are filled one after the other. */
function table() {
  const corner = html("th", { scope: "col" }, "step"); // no head is empty before the first draw
  const heads = HEADS.map((name) => html("th", { scope: "col" }, name));
  const rows = LINES.map((name) => {
    const cells = HEADS.map(() => html("td"));
    return { cells, element: html("tr", {}, html("th", { scope: "row" }, name), ...cells) };
  });
  const body = html("tbody", {}, ...rows.map(({ element }) => element));
  const element = html(
    "table",
    { class: "microscope-steps" },
    html("thead", {}, html("tr", {}, corner, ...heads)),
    body,
  );
  const draw = (t, texts, lit) => {
    setText(corner, `step t = ${t}`);
    rows.forEach(({ cells, element: row }, i) => {
      cells.forEach((cell, k) => {
        setText(cell, texts[i][k]);
      });
      row.classList.toggle("microscope-lit", i === lit);
    });
  };
  return { element, draw };
}

/** Go through both steps, line by line: a row of the table, its formula and its code light together. */
export function twoSteps({ model, el }) {
  const most = 2 * LINES.length;
  const go = (by) => put(model, { line: clamp(model.get("line") + by, 1, most) });
  const buttons = [button("Back", () => go(-1)), button("Next", () => go(1))];
  const place = html("span", { class: "microscope-place" });
  const rows = table();
  const formula = html("p", { class: "microscope-formula" });
  const numbers = HEADS.map(() => html("p", { class: "microscope-worked" }));
  const code = html("pre", { class: "microscope-code" });
  const announce = announcer(el);
  const settingsNow = () => Object.fromEntries(["lr", "beta1", "beta2", "eps"].map((key) => [key, model.get(key)]));
  const data = () => {
    const both = computeSteps(settingsNow());
    const rowOf = ({ t, values }) => LINES.map((name) => [t, name, ...values[name]]);
    return [["t", "line", ...HEADS], ...both.flatMap(rowOf)];
  };
  el.append(
    html("div", { class: "explorer-row" }, ...buttons, place),
    rows.element,
    html("div", { class: "microscope-lit-line" }, formula, ...numbers, code),
    tools(model, el, { data, small: true }),
  );
  return keepDrawn(el, model, [], () => {
    const at = model.get("line") - 1;
    const [lit, i] = [at % LINES.length, Math.floor(at / LINES.length)];
    const settings = settingsNow();
    const step = computeSteps(settings)[i];
    const line = LINES[lit];
    const texts = LINES.map((name, k) => step.values[name].map((x) => (k > lit ? "" : six(x))));
    rows.draw(step.t, texts, lit);
    setText(formula, FORMULAS[line]);
    const said = numbers.map((element, k) => {
      const words = `${"wb"[k]}: ${worked(line, k, step, settings)} = ${texts[lit][k]}`;
      setText(element, words);
      return words;
    });
    setText(code, codeOf(line, settings));
    setText(place, `Step ${step.t} of 2, line ${lit + 1} of ${LINES.length}`);
    buttons.forEach((one, k) => {
      setAttributes(one, { "aria-disabled": String(at === [0, most - 1][k]) });
    });
    announce(`Step ${step.t}, ${line}: ${said.join("; ")}.`);
  });
}
