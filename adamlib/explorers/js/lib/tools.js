// The row of small buttons that every explorer has: Reset, Save picture, Copy data, Full screen.
import { button, put } from "./controls.js";
import { html, svg } from "./elements.js";

// What a picture needs of the page's style, to look the same by itself.
const LOOKS = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"];
LOOKS.push("stroke-linejoin", "paint-order", "font-size", "font-family", "font-weight", "visibility", "display");

/** A mixed colour, written as every program that opens the picture knows it. */
const plain = (look) =>
  look.replace(/^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)\)$/, (_, ...parts) => {
    const channels = parts.slice(0, 3).map((part) => Math.round(255 * part));
    return `rgb(${channels.join(", ")})`;
  });

/** A copy of a shape, with its looks written into it. */
function copied(shape) {
  const copy = shape.cloneNode(false);
  copy.removeAttribute("class");
  if (shape.nodeType !== Node.ELEMENT_NODE) return copy;
  const style = getComputedStyle(shape);
  for (const look of LOOKS) copy.style.setProperty(look, plain(style.getPropertyValue(look)));
  copy.append(
    ...[...shape.childNodes].map((child) => (child.nodeType === Node.TEXT_NODE ? child.data : copied(child))),
  );
  return copy;
}

/** All charts of an explorer as the text of one SVG file, each where it stands on the page. */
function pictureOf(el) {
  const charts = [...el.querySelectorAll("svg[role=group]")].filter((chart) => chart.getClientRects().length);
  const boxes = charts.map((chart) => chart.getBoundingClientRect());
  const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])));
  const [width, height] = [
    Math.max(...boxes.map((box) => box.right)) - left,
    Math.max(...boxes.map((box) => box.bottom)) - top,
  ];
  const ground = getComputedStyle(el).backgroundColor;
  const file = svg(
    "svg",
    { width: width + 24, height: height + 24, viewBox: `-12 -12 ${width + 24} ${height + 24}` },
    svg("rect", { x: -12, y: -12, width: width + 24, height: height + 24, fill: ground }),
  );
  charts.forEach((chart, i) => {
    const copy = copied(chart);
    for (const [name, at] of Object.entries({ x: boxes[i].left - left, y: boxes[i].top - top }))
      copy.setAttribute(name, at);
    for (const passing of copy.querySelectorAll("[data-passing]")) passing.remove();
    file.append(copy);
  });
  return new XMLSerializer().serializeToString(file);
}

function save(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  html("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** Rows of cells as the text of a CSV file. */
const csvOf = (rows) =>
  rows
    .map((row) => row.map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : String(cell))).join(","))
    .join("\n");

/** Put a text on the clipboard: in the old way where a page may not use the new one. */
async function copy(text, el) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const sheet = html("textarea", { class: "explorer-hidden" });
    sheet.value = text;
    el.append(sheet);
    sheet.select();
    document.execCommand("copy"); // deprecated, and the only way where there is no https
    sheet.remove();
  }
}

/** Give back all settings that the explorer had when it was first drawn. */
function resetter(model) {
  const first = Object.fromEntries(Object.keys(model.get("limits")).map((key) => [key, model.get(key)]));
  return () => {
    put(model, first); // twice, since a setting may bring others with it
    put(model, first);
  };
}

function fullScreen(el) {
  const toggle = button("Full screen", () => {
    if (document.fullscreenElement === el) document.exitFullscreen();
    else el.requestFullscreen();
  });
  toggle.hidden = !document.fullscreenEnabled;
  el.addEventListener("fullscreenchange", () => {
    toggle.textContent = document.fullscreenElement === el ? "Leave full screen" : "Full screen";
  });
  return toggle;
}

/**
 * The row of buttons. In a small view only Reset stands open.
 * @param {HTMLElement} el
 * @param {{ data: () => (string | number)[][], small?: boolean }} ways data: what the charts show as rows of cells, the
 *   first with the names of the columns
 */
export function tools(model, el, { data, small = false }) {
  const said = html("span", { role: "status" });
  const more = [
    button("Save picture", () => save(pictureOf(el), `${model.get("name") || "picture"}.svg`)),
    button("Copy data", async () => {
      const rows = data();
      await copy(csvOf(rows), el);
      said.textContent = `Copied: ${rows.length - 1} rows.`;
    }),
    fullScreen(el),
    said,
  ];
  const folded = () =>
    html("details", { class: "explorer-more" }, html("summary", {}, "More"), html("div", {}, ...more));
  return html("div", { class: "explorer-tools" }, button("Reset", resetter(model)), ...(small ? [folded()] : more));
}
