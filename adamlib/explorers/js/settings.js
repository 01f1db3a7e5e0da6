// DescentExplorer's controls.

import { STEEP } from "./landscapes.js";
import { choice, controls, follow, put, RANGES, SCALES, slider, sliderUpTo, toggle } from "./lib/controls.js";
import { html, svg } from "./lib/elements.js";
import { METHODS, NAMES } from "./walks.js";

const RATES = { step: 0.01, range: RANGES.atLeastZero }; // a slider has those of the bowl; others may be typed
const LOG_RATES = { ...RATES, from: 0.01, to: 1, scale: SCALES.log };
const BETAS = { from: 0, to: 0.9999, step: 0.02, scale: SCALES.window, range: RANGES.beta };
const EPSILONS = { from: 1e-12, to: 10, step: 0.05, scale: SCALES.log, range: RANGES.atLeastZero };

const steep = (get) => (get("landscape") === "bowl" ? STEEP * get("scale") : NaN); // the curvature that sets the limits
const limitOfMomentum = (get) => {
  const [beta, curvature] = [get("momentum_beta"), steep(get)];
  return (2 + 2 * beta) / curvature / (get("heavy_ball") ? 1 : 1 - beta);
};

/** A slider for each setting, by its trait. */
const SLIDERS = {
  descent_lr: (get) => {
    const [from, to] = get("view") === "parabola" ? [0, 0.55] : [0.05, 0.6];
    const mark = { at: () => 2 / steep(get), words: "limit 2/λ" };
    return { label: "Gradient descent lr", ...RATES, step: 0.005, from, to, mark };
  },
  momentum_lr: (get) => {
    const mark = { at: () => limitOfMomentum(get), words: "limit" };
    return { label: "Momentum lr", ...RATES, from: 0.05, to: 2.5, mark };
  },
  momentum_beta: () => ({ label: "Momentum beta", ...BETAS }),
  rmsprop_lr: () => ({ label: "RMSProp lr", ...LOG_RATES }),
  rmsprop_beta: () => ({ label: "RMSProp beta", ...BETAS }),
  rmsprop_eps: () => ({ label: "RMSProp eps", ...EPSILONS }),
  adam_lr: () => ({ label: "Adam lr", ...LOG_RATES }),
  adam_beta1: () => ({ label: "Adam beta1", ...BETAS }),
  adam_beta2: () => ({ label: "Adam beta2", ...BETAS }),
  adam_eps: () => ({ label: "Adam eps", ...EPSILONS }),
  condition: () => {
    const range = RANGES.between(1, 1e6);
    return { label: "condition number", from: 1, to: 1000, step: 0.02, scale: SCALES.log, range };
  },
  degrees: () => ({ label: "angle (degrees)", from: 0, to: 180, step: 0.5, range: RANGES.between(-360, 360) }),
  scale: () => {
    const range = RANGES.between(1e-6, 1e6);
    return { label: "scale of the loss", from: 0.01, to: 100, step: 0.02, scale: SCALES.log, range };
  },
  noise: () => ({ label: "gradient noise", from: 0, to: 4, step: 0.05, range: RANGES.atLeastZero }),
  seed: () => ({ label: "seed", from: 0, to: 100, step: 1, range: RANGES.count(0, 2 ** 32 - 1) }),
  steps: () => ({ label: "length of the walk", from: 1, to: 500, step: 1, range: RANGES.count(1, 500) }),
  goal: () => {
    const range = RANGES.between(1e-100, 1e100);
    return { label: "goal (height)", from: 1e-12, to: 1, step: 0.05, scale: SCALES.log, range };
  },
};

/** The slider of a setting. Those of the bowl's shape are there only on the bowl. */
export function sliderOf(model, get, key) {
  if (key === "shown") return sliderUpTo(model, "steps", { key, label: "steps shown", step: 1 });
  const made = slider(model, { key, ...SLIDERS[key](get) });
  if (key === "condition" || key === "degrees")
    follow(model, "landscape", () => {
      made.hidden = get("landscape") !== "bowl";
    });
  return made;
}

/** A check box with the method's line and marker. */
export function methodToggle(model, name) {
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
  return html("label", { class: "explorer-toggle" }, box, sample, name);
}

/** All controls but those that a view shows openly. */
export function otherControls(model, get, landscapes, open) {
  const keys = Object.keys(SLIDERS).filter((key) => !open.includes(key));
  const made = Object.fromEntries(keys.map((key) => [key, sliderOf(model, get, key)]));
  const toggles = {
    momentum_beta: toggle(model, {
      key: "heavy_ball",
      label: "Momentum as the heavy ball, without the factor (1 − beta)",
    }),
    adam_eps: toggle(model, { key: "bias_correction", label: "Adam's bias correction" }),
  };
  return controls(
    choice(model, { key: "landscape", label: "Landscape", options: landscapes }),
    ...keys.flatMap((key) => [made[key], toggles[key]].filter(Boolean)),
  );
}

/**
 * As Python does: let a landscape bring its own start, unless one was set with it, and show to the end what was shown
 * so. One function hears of all four, since several may be set at once.
 */
export function settle(model, get, ownStart) {
  const first = { landscape: get("landscape"), start: get("start") };
  const stateNow = () => Object.fromEntries(["landscape", "start", "steps", "shown"].map((key) => [key, get(key)]));
  const same = (a, b) => String(a) === String(b);
  let settled = stateNow();
  const check = () => {
    const [before, now, wanted] = [settled, stateNow(), {}];
    settled = now;
    if (now.landscape !== before.landscape && (same(now.start, before.start) || same(now.start, first.start)))
      wanted.start = now.landscape === first.landscape ? first.start : ownStart();
    const wasWhole = before.shown === before.steps && now.shown === before.shown;
    if (now.steps !== before.steps && (wasWhole || now.shown > now.steps)) wanted.shown = now.steps;
    if (Object.keys(wanted).length) put(model, wanted);
  };
  const events = "change:landscape change:start change:steps change:shown";
  model.on(events, check);
  return () => model.off(events, check);
}
