// Lines of equal height.
import { pixel } from "./chart.js";

/** The `d` of the lines of equal height of f(x, y), by marching squares on a grid of cells. */
export function contours(chart, f, levels, columns, rows) {
  const [x0, x1] = chart.xs;
  const [y0, y1] = chart.ys;
  const xs = Array.from({ length: columns + 1 }, (_, i) => x0 + ((x1 - x0) * i) / columns);
  const ys = Array.from({ length: rows + 1 }, (_, j) => y0 + ((y1 - y0) * j) / rows);
  const heights = ys.map((y) => xs.map((x) => f(x, y)));
  const across = xs.map((x) => chart.x(x));
  const up = ys.map((y) => chart.y(y));
  const parts = [];
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const corners = [heights[j][i], heights[j][i + 1], heights[j + 1][i + 1], heights[j + 1][i]];
      crossCell(parts, corners, levels, [across[i], across[i + 1], up[j], up[j + 1]]);
    }
  }
  return parts.join("");
}

/** The lines in one cell, whose corners have the heights a and b below, d and c above. */
function crossCell(parts, [a, b, c, d], levels, [left, right, lower, upper]) {
  const low = Math.min(a, b, c, d);
  const high = Math.max(a, b, c, d);
  if (!(low < high) || low === -Infinity) return; // flat, or not a number somewhere
  for (const level of levels) {
    if (level <= low || level > high) continue;
    let pen = "M"; // the crossings are met in pairs
    const meet = (x, y) => {
      parts.push(pen, pixel(x), " ", pixel(y));
      pen = pen === "M" ? "L" : "M";
    };
    if (a < level !== b < level) meet(left + ((right - left) * (level - a)) / (b - a), lower);
    if (b < level !== c < level) meet(right, lower + ((upper - lower) * (level - b)) / (c - b));
    if (d < level !== c < level) meet(left + ((right - left) * (level - d)) / (c - d), upper);
    if (a < level !== d < level) meet(left, lower + ((upper - lower) * (level - a)) / (d - a));
  }
}
