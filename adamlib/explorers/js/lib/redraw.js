// When an explorer is drawn, and when it speaks.
import { html } from "./elements.js";

/**
 * Keep an explorer drawn. `draw` runs at most once a frame, after any change of the model or of the
 * width, and never while out of view.
 * @param {HTMLElement} el
 * @param {import("./chart.js").Chart[]} charts all that follow the width
 * @param {() => void} draw
 * @returns {() => void} the clean-up, for the widget to return
 */
export function keepDrawn(el, model, charts, draw) {
  let due = true;
  let seen = false;
  let frame = 0;
  const trouble = html("p", { class: "explorer-trouble", role: "alert", hidden: "" });
  el.append(trouble);
  // Else JupyterLab takes the arrow keys, and moves from cell to cell. It looks at the element that has the focus.
  el.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  const paint = () => {
    frame = 0;
    due = false;
    try {
      draw();
      if (!trouble.hidden) trouble.hidden = true; // to hide what is hidden costs as much as a change
    } catch (error) {
      // The controls stay alive: another setting may be drawn again.
      trouble.textContent = `This setting could not be drawn: ${error.message}`;
      trouble.hidden = false;
    }
  };
  const request = () => {
    due = true;
    if (seen && !frame) frame = requestAnimationFrame(paint);
  };
  const view = new IntersectionObserver((entries) => {
    seen = entries.at(-1).isIntersecting;
    if (seen && due) request();
  });
  const fit = () => {
    for (const chart of charts) chart.fit();
    request();
  };
  let width = 0;
  const size = new ResizeObserver(() => {
    if (el.clientWidth === width) return; // words that took another line change the height alone
    width = el.clientWidth;
    if (width) fit();
  });
  model.on("change", request);
  el.addEventListener("toggle", fit, true); // a chart in a fold has no width before
  el.addEventListener("pointerup", request); // what stood still under a hand may settle now
  const drawNow = () => {
    for (const chart of charts) chart.fit(); // it may never have been in view
    paint();
  };
  addEventListener("beforeprint", drawNow);
  // The first time at once, and not with the next frame: empty, it would be lower, and move what stands below.
  width = el.clientWidth;
  if (width) drawNow();
  view.observe(el);
  size.observe(el);
  return () => {
    cancelAnimationFrame(frame);
    view.disconnect();
    size.disconnect();
    model.off("change", request);
    removeEventListener("beforeprint", drawNow);
  };
}

/** A sentence that is read aloud once the hand has come to rest. Returns the function that sets it. */
export function announcer(el) {
  const live = html("p", { class: "explorer-hidden", "aria-live": "polite" });
  el.append(live);
  let timer = 0;
  let last = null;
  return (text) => {
    if (text === last) return;
    const first = last === null; // what the page says when it is opened need not be announced
    last = text;
    clearTimeout(timer);
    if (first) return;
    timer = setTimeout(() => {
      live.textContent = text;
    }, 600);
  };
}
