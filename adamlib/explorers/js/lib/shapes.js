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

/**
 * A level across the frame, with its name above the right end if there is room and else below, or below the left end if
 * that is its anchor.
 */
export function drawLevel(chart, line, name, value, words) {
  const y = pixel(chart.y(value));
  const atStart = name.getAttribute("text-anchor") === "start";
  setAttributes(line, { d: chart.level(y) });
  const below = atStart || y - 16 < chart.top;
  setAttributes(name, { x: atStart ? chart.left + 16 : chart.left + chart.across - 4, y: below ? y + 13 : y - 5 });
  setText(name, words);
}
