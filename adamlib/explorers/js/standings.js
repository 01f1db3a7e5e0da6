// What DescentExplorer reads out: the table of heights, and the list of a small view.

import { readouts } from "./lib/controls.js";
import { html, setText } from "./lib/elements.js";
import { brief, show } from "./lib/format.js";
import { goalNow, goalOf, NAMES, standing } from "./walks.js";

/** The table of heights. `draw` gives what it shows as a sentence. */
export function tableView(get) {
  const heads = ["Method", "Height", "Goal"].map((words) => html("th", { scope: "col" }, words));
  const rows = NAMES.map((name) => {
    const cells = [html("td"), html("td")];
    return { name, cells, element: html("tr", {}, html("th", { scope: "row" }, name), ...cells) };
  });
  const element = html(
    "table",
    { class: "descent-table" },
    html("thead", {}, html("tr", {}, ...heads)),
    html("tbody", {}, ...rows.map((row) => row.element)),
  );
  const draw = (land, walks, last) => {
    setText(heads[1], `Height at step ${last}`);
    setText(heads[2], `Below ${brief(goalNow(get))}`);
    const told = [];
    for (const { name, cells, element } of rows) {
      const walk = walks[name];
      element.hidden = !walk;
      if (!walk) continue;
      const [height, goal] = [standing(walk, land, last), goalOf(walk, get("steps"))];
      setText(cells[0], height);
      setText(cells[1], goal);
      told.push(`${name}: ${height}; below the goal: ${goal}.`);
    }
    return told.join(" ");
  };
  return { element, draw };
}

const WORDS = {
  bowl: ({ heights }, step) => `step ${step}: height ${show(heights[step])}`,
  scale: ({ points }, step) => `step ${step}: distance ${show(Math.hypot(...points[step]))}`,
};

/** The list of a small view: where each method stands. `draw` gives what it shows as a sentence. */
export function listView(get) {
  const element = html("div");
  let list = null;
  let listed = "";
  const draw = (land, walks, last) => {
    const texts = Object.entries(walks).map(([name, walk]) => [name, standing(walk, land, last, WORDS[get("view")])]);
    const names = Object.keys(walks);
    if (String(names) !== listed) {
      list = readouts(names);
      element.replaceChildren(list.element);
    }
    listed = String(names);
    list?.update(Object.fromEntries(texts));
    return texts.map((pair) => `${pair.join(", ")}.`).join(" ");
  };
  return { element, draw };
}
