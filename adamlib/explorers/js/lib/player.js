// Playing: a trait that goes from 0 to another one's value, in time.
import { button, put } from "./controls.js";
import { html } from "./elements.js";
import { clamp } from "./format.js";

const SPEEDS = ["0.5", "1", "2", "4"];

/**
 * Buttons to play and to go one step, and the choice of a speed. Anything else that happens stops the play.
 * @param {HTMLElement} el
 * @param {{ key: string, most: string, milliseconds: number }} ways key: the trait that moves, up to the trait `most`
 */
export function player(el, model, { key, most, milliseconds }) {
  let frame = 0;
  let at = 0;
  let last = 0;
  let mine = false;
  const speed = html(
    "select",
    { "aria-label": "Speed" },
    ...SPEEDS.map((times) => html("option", { value: times }, `${times}×`)),
  );
  speed.value = "1";
  const go = (value) => {
    mine = true;
    model.set(key, value);
    mine = false;
  };
  const stop = () => {
    if (!frame) return;
    cancelAnimationFrame(frame);
    frame = 0;
    play.textContent = "Play";
    model.save_changes(); // once, and not in every frame
  };
  const tick = (now) => {
    const end = model.get(most);
    at = Math.min(end, at + (clamp(now - last, 0, 100) / milliseconds) * Number(speed.value) * end);
    last = now;
    go(Math.floor(at));
    if (at >= end) stop();
    else frame = requestAnimationFrame(tick);
  };
  const start = () => {
    const end = model.get(most);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return put(model, { [key]: end });
    at = model.get(key) < end ? model.get(key) : 0; // at the end it begins again
    last = performance.now();
    play.textContent = "Pause";
    frame = requestAnimationFrame(tick);
  };
  const play = button("Play", () => (frame ? stop() : start()));
  const step = button("One step", () => {
    const value = model.get(key);
    put(model, { [key]: value < model.get(most) ? value + 1 : 0 });
  });
  const interrupt = (event) => {
    if (event.target !== play && event.target !== speed) stop();
  };
  for (const kind of ["pointerdown", "keydown", "input"]) el.addEventListener(kind, interrupt, true);
  const changed = () => {
    if (!mine) stop();
  };
  model.on(`change:${key} change:${most}`, changed);
  const view = new IntersectionObserver((entries) => {
    if (!entries.at(-1).isIntersecting) stop();
  });
  view.observe(el);
  const end = () => {
    stop();
    view.disconnect();
    model.off(`change:${key} change:${most}`, changed);
  };
  return { play, step, speed, start, end };
}
