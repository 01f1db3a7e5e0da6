// On a notebook's page of JupyterLite: start its Python while the page still opens, and not when all of it is drawn.
"use strict";
(() => {
  const path = new URLSearchParams(location.search).get("path");
  if (!path?.endsWith(".ipynb") || !navigator.serviceWorker) return;
  let app;
  // JupyterLite puts its app here, because exposeAppInBrowser is set.
  Object.defineProperty(window, "jupyterapp", {
    get: () => app,
    set(made) {
      app = made;
      start();
    },
  });

  // Without the service worker, Python would not see the reader's files.
  async function start() {
    await Promise.all([app.started, navigator.serviceWorker.ready]);
    const named = { path, name: path.split("/").pop(), type: "notebook", kernel: { name: "python" } };
    const session = await app.serviceManager.sessions.startNew(named);
    // The session goes on, and the notebook takes what its path has. This connection to it would refuse all widgets.
    session.dispose();
  }
})();
