// Values read from a chart by pointing at it, and names where lines end.
import { pixel } from "./chart.js";
import { centre } from "./drag.js";
import { setAttributes, setText, svg } from "./elements.js";
import { clamp } from "./format.js";

const NEAR = 40; // pixels: what is further away is not read
const APART = 14; // pixels from one name's line to the next

/** The point of some lines that is nearest to a place in pixels, as { name, i, x, y }, or null. */
function nearest(chart, lines, px, py) {
  let best = null;
  let least = NEAR ** 2;
  for (const { name, xs, ys, count = ys.length } of lines) {
    for (let i = 0; i < count; i++) {
      const [x, y] = [chart.x(xs[i]), chart.y(ys[i])];
      const away = (x - px) ** 2 + (y - py) ** 2;
      if (!(away < least) || y < chart.top - 1 || y > chart.floor + 1) continue;
      least = away;
      best = { name, i, x, y };
    }
  }
  return best;
}

/**
 * Let a pointer over a chart, or the focus on a point in it, read the nearest value. It is for the eye alone: a reader
 * who listens has the readouts.
 * @param {() => { name: string, xs: ArrayLike<number>, ys: ArrayLike<number>, count?: number }[]} lines that are drawn
 * @param {(name: string, i: number) => string} words for the i-th point of a line
 */
export function reads(chart, model, lines, words) {
  const dot = svg("circle", { r: 4, class: "explorer-read" });
  const text = svg("text", { class: "explorer-halo" });
  const group = svg("g", { "aria-hidden": "true", "data-passing": "", visibility: "hidden" }, dot, text);
  chart.above.append(group);
  // What is not there stands nowhere, and has no words.
  const hide = () => {
    setAttributes(group, { visibility: "hidden" });
    setAttributes(text, { x: 0, y: 0 });
    centre(dot, 0, 0);
    setText(text, "");
  };
  hide();
  const show = (px, py) => {
    const found = nearest(chart, lines(), px, py);
    if (!found) return hide();
    const { name, i, x, y } = found;
    const late = x > chart.left + chart.across / 2;
    centre(dot, x, y);
    setAttributes(text, {
      x: pixel(x + (late ? -8 : 8)),
      y: pixel(y < chart.top + 24 ? y + 18 : y - 8),
      "text-anchor": late ? "end" : "start",
    });
    setText(text, words(name, i));
    setAttributes(group, { visibility: "visible" });
  };
  chart.svg.addEventListener("pointermove", (event) => {
    if (event.buttons) return hide(); // a hand that drags has its own readout
    const [x, y] = chart.at(event);
    show(chart.x(x), chart.y(y));
  });
  chart.svg.addEventListener("pointerleave", hide);
  chart.svg.addEventListener("focusout", hide);
  chart.svg.addEventListener("focusin", ({ target }) => {
    const at = target.querySelector("circle");
    if (at) show(at.cx.baseVal.value, at.cy.baseVal.value);
  });
  model.on("change", hide);
}

/** Names beside the ends of lines, kept apart. `draw([{ name, x, y }])`, in pixels, shows those and no others. */
export function endNames(chart, classes) {
  const texts = Object.fromEntries(
    Object.entries(classes).map(([name, style]) => [name, svg("text", { class: `explorer-halo ${style}` })]),
  );
  chart.inside.append(svg("g", { class: "explorer-names", "aria-hidden": "true" }, ...Object.values(texts)));
  return (ends) => {
    const sorted = [...ends].sort((a, b) => a.y - b.y);
    let free = chart.top + 11;
    let room = APART * sorted.length; // below the name that is placed next, for it and the others
    for (const [name, text] of Object.entries(texts)) {
      if (sorted.some((end) => end.name === name)) continue;
      setAttributes(text, { x: 0, y: 0 });
      setText(text, "");
    }
    for (const { name, x, y } of sorted) {
      const at = Math.max(free, clamp(y - 6, chart.top + 11, chart.floor + 9 - room));
      const late = x > chart.left + 0.6 * chart.across;
      setAttributes(texts[name], {
        x: pixel(x + (late ? -8 : 8)),
        y: pixel(at),
        "text-anchor": late ? "end" : "start",
      });
      setText(texts[name], name);
      free = at + APART;
      room -= APART;
    }
  };
}
