// ResultsExplorer: a sweep of Adam's settings as a map of losses, and the loss curve of each setting.

function render({ el }) {
  el.classList.add("explorer");
}

export default { render };
