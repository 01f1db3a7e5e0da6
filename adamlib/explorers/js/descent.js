// DescentExplorer: four optimizers walking down one landscape, their heights, and the map of momentum's rate.

import { landscapes, sampled, scaled } from "./landscapes.js";
import { allControls, controls, put } from "./lib/controls.js";
import { html, setText } from "./lib/elements.js";
import { brief } from "./lib/format.js";
import { player } from "./lib/player.js";
import { announcer, keepDrawn } from "./lib/redraw.js";
import { tools } from "./lib/tools.js";
import { parabolaView } from "./parabola.js";
import { heightsView, pathsView } from "./paths.js";
import { mapAlone, mapView } from "./rate_map.js";
import { methodToggle, otherControls, settle, sliderOf } from "./settings.js";
import { listView, tableView } from "./standings.js";
import { NAMES, walker, within } from "./walks.js";

const PLAY = { laboratory: 4000, hero: 8000 }; // milliseconds for the whole walk

/** The landscape that is chosen: one that the browser knows, or the one that Python sampled. */
function landscapesOf(get) {
  const sample = get("sampled");
  const own = sample.name ? sampled(sample, get("samples")) : null;
  const plain = () => {
    const name = get("landscape");
    if (own && name === sample.name) return own;
    return landscapes[name]({ condition: get("condition"), degrees: get("degrees") });
  };
  return {
    landNow: () => scaled(plain(), get("scale")),
    names: [...Object.keys(landscapes), ...(own ? [sample.name] : [])],
  };
}

/** What every view is made from: the landscape, the walks of the chosen methods, and what is known of them now. */
function stageOf(model) {
  const get = (key) => model.get(key);
  const walkNow = walker(get);
  const { landNow, names } = landscapesOf(get);
  const walksNow = () => {
    const land = landNow();
    const chosen = NAMES.filter((method) => get("methods").includes(method));
    const walks = Object.fromEntries(chosen.map((method) => [method, walkNow(method, land)]));
    return { land, walks, last: Math.min(get("shown"), get("steps")) };
  };
  return { get, landNow, names, walksNow };
}

/** What the charts show, for a table: a row for each step, with the place and the height of each method. */
function rowsOf({ walks, last }) {
  const at = ({ points, heights }, t) => (t < points.length ? [...points[t], heights[t]] : ["", "", ""]);
  const heads = Object.keys(walks).flatMap((name) => ["x", "y", "height"].map((what) => `${name} ${what}`));
  const row = (_, t) => [t, ...Object.values(walks).flatMap((walk) => at(walk, t))];
  return [["step", ...heads], ...Array.from({ length: last + 1 }, row)];
}

/** What a reader should know besides, in sentences. */
const notes = (get, { land, walks }) =>
  [
    land.interpolated &&
      `${get("landscape")} is known here on a grid, and the paths are interpolated. ` +
        "Python walks on the landscape itself.",
    !within(land.extent, get("start")) &&
      `The start, ${get("start")
        .map((x) => brief(x))
        .join(" and ")}, lies outside the picture.`,
    !Object.keys(walks).length && "No method is chosen.",
  ]
    .filter(Boolean)
    .join(" ");

const toggles = (model) =>
  html(
    "div",
    { class: "explorer-row", role: "group", "aria-label": "Methods" },
    ...NAMES.map((name) => methodToggle(model, name)),
  );

// The views: each puts its parts into el, and gives its charts, `draw` and what it has to end

/** The paths with the map of momentum's rate beside them, the heights, the table. */
function laboratory(model, el, { get, names, walksNow }) {
  const paths = pathsView(model, get, walksNow);
  const heights = heightsView(model, get, walksNow);
  const map = mapView(model, get);
  const table = tableView(get);
  const playing = player(el, model, { key: "shown", most: "steps", milliseconds: PLAY.laboratory });
  el.append(
    html("div", { class: "descent-views" }, html("div", { class: "descent-view" }, paths.chart.svg), map.element),
    html("div", { class: "explorer-play" }, playing.play, playing.step, playing.speed, sliderOf(model, get, "shown")),
    toggles(model),
    html("div", {}, heights.chart.svg),
    table.element,
    allControls(otherControls(model, get, names, [])),
  );
  const draw = ({ land, walks, last }) => {
    const withMap = get("rate_map") && get("landscape") === "bowl";
    if (map.element.hidden === withMap) {
      map.element.hidden = !withMap;
      for (const { chart } of [paths, map]) chart.fit();
    }
    paths.draw(land, walks, last);
    heights.draw(land, walks, last);
    return `Step ${last}. ${withMap ? map.draw(land) : ""}${table.draw(land, walks, last)}`;
  };
  return { charts: [paths.chart, heights.chart, map.chart], draw, end: playing.end };
}

/** The race of the home page. It plays by itself, once, when it comes into view at its beginning. */
function hero(model, el, { get, names, walksNow }) {
  const paths = pathsView(model, get, walksNow, { height: 380, named: true, deep: true });
  const heights = heightsView(model, get, walksNow);
  const table = tableView(get);
  const playing = player(el, model, { key: "shown", most: "steps", milliseconds: PLAY.hero });
  const openly = get("controls");
  el.append(
    html("div", {}, paths.chart.svg),
    html("div", { class: "explorer-play" }, playing.play, playing.speed, sliderOf(model, get, "shown")),
    toggles(model),
    controls(...openly.map((key) => sliderOf(model, get, key))),
    allControls(otherControls(model, get, names, openly), html("div", {}, heights.chart.svg), table.element),
  );
  const toTheEnd = () => put(model, { shown: get("steps") });
  const stopWaiting = get("shown") === 0 ? onceInView(paths.chart.svg, playing.start, toTheEnd) : () => {};
  const draw = ({ land, walks, last }) => {
    paths.draw(land, walks, last);
    heights.draw(land, walks, last);
    return `Step ${last}. ${table.draw(land, walks, last)}`;
  };
  const end = () => {
    stopWaiting();
    playing.end();
  };
  return { charts: [paths.chart, heights.chart], draw, end };
}

/** Act once, when half of an element has come into view, or else before it is printed. Returns what ends the waiting. */
function onceInView(element, act, actForPaper) {
  const end = () => {
    watch.disconnect();
    removeEventListener("beforeprint", print);
  };
  const print = () => {
    end();
    actForPaper();
  };
  const watch = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      end();
      act();
    },
    { threshold: 0.5 },
  );
  watch.observe(element);
  addEventListener("beforeprint", print);
  return end;
}

/** One picture of the paths, with few sliders: the views "bowl" and "scale". */
function bowlView(model, el, { get, walksNow }) {
  const keys = get("controls");
  // What 420 pixels of a phone leave beside the sliders and the readouts, and never less than a picture needs.
  const height = Math.max(120, 330 - 62 * keys.length - 40 * get("methods").length);
  const paths = pathsView(model, get, walksNow, { height, named: true });
  const list = listView(get);
  el.append(html("div", {}, paths.chart.svg), controls(...keys.map((key) => sliderOf(model, get, key))), list.element);
  const draw = ({ land, walks, last }) => {
    paths.draw(land, walks, last);
    return list.draw(land, walks, last);
  };
  return { charts: [paths.chart], draw };
}

/** One chart with its readouts, and few sliders: the views "parabola" and "map". */
function alone(make) {
  return (model, el, { get, walksNow }) => {
    const view = make(model, get, walksNow);
    const sliders = get("controls").map((key) => sliderOf(model, get, key));
    el.append(html("div", {}, view.chart.svg), controls(...sliders), view.element);
    return { charts: [view.chart], draw: ({ land }) => view.draw(land) };
  };
}

const VIEWS = {
  laboratory,
  hero,
  parabola: alone(parabolaView),
  bowl: bowlView,
  scale: bowlView,
  map: alone(mapAlone),
};

function render({ model, el }) {
  const name = model.get("view");
  const small = name !== "laboratory" && name !== "hero";
  el.classList.add("explorer", "descent", ...(name === "laboratory" ? [] : ["explorer-small"]));
  const stage = stageOf(model);
  const view = VIEWS[name](model, el, stage);
  const note = html("p", { class: "descent-note" });
  const announce = announcer(el);
  el.append(note, tools(model, el, { data: () => rowsOf(stage.walksNow()), small }));
  const unsettle = settle(model, stage.get, () => stage.landNow().start);
  const leave = keepDrawn(el, model, view.charts, () => {
    const now = stage.walksNow();
    const told = view.draw(now);
    setText(note, notes(stage.get, now));
    announce(`${told} ${note.textContent}`);
  });
  return () => {
    view.end?.();
    unsettle();
    leave();
  };
}

export default { render };
