// Lines with thousands of points.
import { pixel } from "./chart.js";

/** The `d` of a line that passes every point within a quarter of a pixel, or as asked, through as few of them as that takes. */
export function thinned(xs, ys, within = 0.25) {
  let d = `M${pixel(xs[0])} ${pixel(ys[0])}`;
  let from = 0;
  let low = -Infinity; // the slopes of lines that have done so since the point kept last
  let high = Infinity;
  for (let i = 1; i < xs.length; i++) {
    const slope = (ys[i] - ys[from]) / (xs[i] - xs[from]);
    if (slope < low || slope > high) {
      from = i - 1;
      d += `L${pixel(xs[from])} ${pixel(ys[from])}`;
      low = -Infinity;
      high = Infinity;
    }
    const across = xs[i] - xs[from];
    const up = ys[i] - ys[from];
    low = Math.max(low, (up - within) / across);
    high = Math.min(high, (up + within) / across);
  }
  return `${d}L${pixel(xs.at(-1))} ${pixel(ys.at(-1))}`;
}
