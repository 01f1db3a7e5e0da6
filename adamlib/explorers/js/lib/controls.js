// Controls: each shows one trait, and sets it.
import { html, newId, setAttributes, setText } from "./elements.js";
import { brief, exactly, show } from "./format.js";

/** Set some traits of the model, and save them together. */
export function put(model, traits) {
  for (const [key, value] of Object.entries(traits)) model.set(key, value);
  model.save_changes();
}

/** Do now, and after every change of a trait. */
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
  between: (least, most, words = `a number from ${least} to ${most}`) => ({
    test: (x) => x >= least && x <= most,
    words,
  }),
  count: (least, most) => ({
    test: (x) => Number.isInteger(x) && x >= least && x <= most,
    words: `a whole number from ${least} to ${most}`,
  }),
};

/** A slider's bar with a sign below it where a limit is, unless that lies beyond the bar. */
function marked(model, bar, scale, { at, words }) {
  const id = newId();
  const sign = html("span", { class: "explorer-mark", id });
  bar.setAttribute("aria-describedby", id);
  const place = () => {
    const [value, low, high] = [at(), Number(bar.min), Number(bar.max)];
    const part = (scale.to(value) - low) / (high - low);
    sign.hidden = !(part >= 0 && part <= 1);
    sign.classList.toggle("explorer-mark-before", part > 0.5); // its words stand where there is room
    sign.style.setProperty("--part", part);
    setText(sign, `${words} = ${brief(value)}`);
  };
  model.on("change", place);
  place();
  return html("div", { class: "explorer-track" }, bar, sign);
}

/**
 * A slider with a field for an exact value, which may lie beyond the slider's ends.
 * @param {{ key: string, label: string, from: number, to: number, step: number,
 *   scale?: { to: (value: number) => number, from: (place: number) => number },
 *   range?: { test: (x: number) => boolean, words: string },
 *   mark?: { at: () => number, words: string } }} settings key: the trait; range: what may be typed; mark: a limit to
 *   show on the slider
 */
export function slider(model, { key, label, from, to, step, scale = SCALES.linear, range = RANGES.finite, mark }) {
  const id = newId();
  const end = (value) => Number(scale.to(value).toFixed(6)); // 2.9999999999 would hide the last step
  const bar = html("input", { type: "range", id, min: end(from), max: end(to), step });
  const exact = { type: "text", inputmode: "decimal", "aria-label": `${label}, exact value`, autocomplete: "off" };
  const field = html("input", exact);
  const error = html("span", { class: "explorer-error", role: "alert" });
  bar.addEventListener("input", () => put(model, { [key]: scale.from(Number(bar.value)) }));
  let before;
  bar.addEventListener("pointerdown", () => {
    before = model.get(key);
  });
  bar.addEventListener("pointercancel", () => put(model, { [key]: before })); // a finger that scrolls sets nothing
  field.addEventListener("change", () => {
    const value = field.value.trim() === "" ? NaN : Number(field.value.replace("−", "-").replace(",", "."));
    const good = range.test(value);
    error.textContent = good ? "" : `${label} must be ${range.words}. It is still ${exactly(model.get(key))}.`;
    field.setAttribute("aria-invalid", String(!good));
    if (good) put(model, { [key]: value });
  });
  follow(model, key, () => {
    const value = model.get(key);
    bar.value = scale.to(value);
    bar.setAttribute("aria-valuetext", show(value, 6));
    field.value = exactly(value);
    setAttributes(field, { "aria-invalid": "false" });
    setText(error, "");
  });
  const track = mark ? marked(model, bar, scale, mark) : bar;
  return html("div", { class: "explorer-control" }, html("label", { for: id }, label), track, field, error);
}

/** A slider over whole numbers from 0 to another trait, `most`, whatever that is. */
export function sliderUpTo(model, most, { key, ...settings }) {
  const limit = () => RANGES.count(0, model.get(most));
  const range = {
    test: (x) => limit().test(x),
    get words() {
      return limit().words;
    },
  };
  const control = slider(model, { key, from: 0, to: model.get(most), range, ...settings });
  const bar = control.querySelector("input");
  follow(model, most, () => {
    bar.max = model.get(most);
    bar.value = model.get(key);
  });
  return control;
}

export function toggle(model, { key, label }) {
  const box = html("input", { type: "checkbox" });
  box.addEventListener("change", () => put(model, { [key]: box.checked }));
  follow(model, key, () => {
    box.checked = model.get(key);
  });
  return html("label", { class: "explorer-toggle" }, box, label);
}

export function choice(model, { key, label, options }) {
  const id = newId();
  const list = html("select", { id }, ...options.map((option) => html("option", { value: option }, option)));
  list.addEventListener("change", () => put(model, { [key]: options.find((option) => String(option) === list.value) }));
  follow(model, key, () => {
    list.value = model.get(key);
  });
  return html("div", { class: "explorer-control" }, html("label", { for: id }, label), list);
}

export function button(label, press) {
  const made = html("button", { type: "button" }, label);
  made.addEventListener("click", press);
  return made;
}

/** Controls beside one another, as many as the width allows. */
export const controls = (...children) => html("div", { class: "explorer-controls" }, ...children);

/** The one fold of a laboratory, with all controls but the few that stand open. */
export const allControls = (...children) =>
  html("details", { class: "explorer-all" }, html("summary", {}, "All controls"), ...children);

export const fold = (summary, ...children) => html("details", {}, html("summary", {}, summary), controls(...children));

/** A list of names and values that `update({ name: text })` fills. */
export function readouts(names) {
  const cells = Object.fromEntries(names.map((name) => [name, html("dd")]));
  const pairs = names.map((name) => html("div", {}, html("dt", {}, name), cells[name]));
  return {
    element: html("dl", { class: "explorer-readouts" }, ...pairs),
    update(texts) {
      for (const [name, text] of Object.entries(texts)) setText(cells[name], text);
    },
  };
}
