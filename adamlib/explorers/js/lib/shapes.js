// Shapes in a chart.
import { pixel } from "./chart.js";
import { setAttributes, setText } from "./elements.js";

/** The `d` of a star with five tips; `waist` is the radius between them, as a part of r. */
export function star(x, y, r, waist = 0.4) {
  const corners = Array.from({ length: 10 }, (_, i) => {
    const angle = (i * Math.PI) / 5;
    const reach = i % 2 ? waist * r : r;
    return `${pixel(x + reach * Math.sin(angle))} ${pixel(y - reach * Math.cos(angle))}`;
  });
  return `M${corners.join("L")}z`;
}

/** Whether a curve, given by its value after each step, passes the place below a level where words could stand. */
function passes(chart, curve, y, x, width) {
  const [from, to] = [x, x + width].map((at) => chart.xAt(at));
  const stride = Math.max(1, (to - from) / 50);
  let before = NaN;
  for (let t = Math.max(0, from - stride); t < Math.min(to + 2 * stride, curve.length); t += stride) {
    const now = chart.y(curve[Math.floor(t)]);
    if (Math.max(before, now) > y && Math.min(before, now) < y + 17) return true;
    before = now;
  }
  return false;
}

/**
 * A level across the frame, with its name above the right end if there is room and else below. Among curves the name is
 * below the level, as far left as fewest of them pass it.
 */
export function drawLevel(chart, line, name, value, words, curves) {
  const y = pixel(chart.y(value));
  setAttributes(line, { d: chart.level(y) });
  let [x, below] = [chart.left + chart.across - 4, y - 16 < chart.top];
  if (curves) {
    const width = 7 * words.length;
    const places = Array.from({ length: 6 }, (_, i) => chart.left + 16 + (i * (chart.across - width - 24)) / 5);
    const met = places.map((at) => curves.filter((curve) => passes(chart, curve, y, at, width)).length);
    [x, below] = [places[met.indexOf(Math.min(...met))], true];
  }
  setAttributes(name, { x: pixel(x), y: below ? y + 13 : y - 5 });
  setText(name, words);
}
