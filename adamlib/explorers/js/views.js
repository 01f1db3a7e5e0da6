// The views of an explorer.

/** Make the `render` of a widget from what draws each of its views, by name. */
export const renderer =
  (views) =>
  ({ model, el }) => {
    const view = model.get("view");
    el.classList.add("explorer");
    el.classList.toggle("explorer-small", view !== "laboratory");
    return views[view]({ model, el });
  };
