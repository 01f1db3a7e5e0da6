// On a JupyterLite page: say in a sentence what could not be fetched or kept. JupyterLite itself would wait, or lose
// it, without a word.
"use strict";
(() => {
  const said = new Set();

  function say(sentence) {
    if (said.has(sentence)) return;
    said.add(sentence);
    const box = document.createElement("div");
    box.className = "lite-trouble";
    box.setAttribute("role", "alert");
    box.style.cssText =
      "display:flex;gap:1em;align-items:center;justify-content:space-between;" +
      "padding:.8em 1em;background:#7a1f1f;color:#fff;font:16px/1.4 sans-serif";
    const close = document.createElement("button");
    close.textContent = "Close";
    close.style.cssText = "font:inherit;padding:.3em .8em";
    close.onclick = () => box.remove();
    box.append(document.createTextNode(sentence), close);
    place().append(box);
  }

  function place() {
    let stack = document.getElementById("lite-troubles");
    if (!stack) {
      stack = document.createElement("div");
      stack.id = "lite-troubles";
      stack.style.cssText = "position:fixed;left:0;right:0;bottom:0;z-index:99999";
      document.documentElement.append(stack); // JupyterLite clears the body
    }
    return stack;
  }

  // JupyterLite keeps notebooks in IndexedDB, and without it in memory.
  function checkStore() {
    const name = "lite-trouble: can this browser keep anything?";
    return new Promise((keeps, loses) => {
      const opening = indexedDB.open(name);
      opening.onupgradeneeded = () => opening.result.createObjectStore("store");
      opening.onerror = opening.onblocked = loses;
      opening.onsuccess = () => {
        const writing = opening.result.transaction("store", "readwrite");
        writing.objectStore("store").put("x".repeat(1e6), "key");
        writing.onabort = writing.onerror = loses;
        writing.oncomplete = keeps;
        writing.addEventListener("complete", () => {
          opening.result.close();
          indexedDB.deleteDatabase(name);
        });
      };
    }).catch(() => {
      // A store that opens and refuses to be written would stop JupyterLite. Without any, it takes memory.
      IDBFactory.prototype.open = () => {
        throw new DOMException("nothing can be kept here", "NotSupportedError");
      };
      addEventListener("beforeunload", (event) => event.preventDefault()); // the browser asks before it closes the page
      say(
        "This browser keeps nothing for this page: it is a private window, or blocks what sites store, or its disk " +
          "is full. You can change and run everything, but when you close or reload the page your changes are gone. " +
          "To keep them, choose Download in the File menu.",
      );
    });
  }

  async function checkPython() {
    const root = new URL("..", location.href.replace(/[?#].*/, ""));
    const settings = await (await fetch(new URL("jupyter-lite.json", root))).json();
    const kernel = settings["jupyter-config-data"].litePluginSettings["@jupyterlite/pyodide-kernel-extension:kernel"];
    const python = new URL(kernel.pyodideUrl, root);
    try {
      for (const name of ["pyodide.js", "pyodide-lock.json", "pyodide.asm.wasm"]) {
        const got = await fetch(new URL(name, python), { method: "HEAD" });
        if (!got.ok) throw new Error(got.status);
      }
    } catch {
      say(
        `Python could not be fetched from ${python.host}: there is no network, or something on the way blocks that ` +
          "address. You can read and change this notebook, but not run it. Once the address can be reached, reload " +
          "the page.",
      );
    }
  }

  if (location.protocol === "file:") {
    say(
      "Opened from a folder, this page cannot run. In the folder of the book, run: " +
        "python -m http.server -d _build/html and open http://localhost:8000",
    );
    return;
  }
  // Scripts and stylesheets that do not arrive are told to nobody but their own elements.
  addEventListener(
    "error",
    (event) => {
      if (["SCRIPT", "LINK"].includes(event.target.tagName))
        say("A part of this page could not be fetched, so it may stay empty. Reload it once there is a network.");
    },
    true,
  );
  checkStore();
  checkPython();
})();
