// Brings a page's anywidgets to life, with no kernel and no other host.
//
// MyST-NB writes the state of all models into one script, and a model's id where its widget stands. There a
// <live-widget> runs the widget's module as anywidget 0.11 does, near the screen or in idle time. Its .model is there
// at once; mount() is fulfilled and aria-busy gone when it, or a message, is drawn.

// A plain script: a browser loads no module for a page opened from a folder.
(() => {
  "use strict";

  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';
  const ELSEWHERE = "Open this page's notebook in Jupyter and run it there.";

  const { state: entries, texts } = JSON.parse(document.querySelector(STATE)?.textContent ?? '{"state": {}}');
  for (const { state } of Object.values(entries)) {
    for (const key of ["_esm", "_css"]) state[key] = texts?.[state[key]] ?? state[key];
  }
  const models = new Map(); // by id
  const modules = new Map(); // by _esm: widgets of one class share one import
  const styles = new Set();

  // Equal as Backbone judges, for what a trait may hold: JSON, dates and binary data.
  function isEqual(a, b) {
    if (Object.is(a, b)) return true;
    if (!(a instanceof Object && b instanceof Object) || a.constructor !== b.constructor) return false;
    if (a instanceof Date) return Object.is(Number(a), Number(b));
    if (a instanceof ArrayBuffer) return isEqual(new Uint8Array(a), new Uint8Array(b));
    if (ArrayBuffer.isView(a)) {
      const [x, y] = [a, b].map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      return x.length === y.length && x.every((byte, index) => byte === y[index]);
    }
    if (!Array.isArray(a) && a.constructor !== Object) return false;
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
  }

  async function attempt(what, action) {
    try {
      return await action();
    } catch (error) {
      console.error(error);
      throw new Error(`${what}: ${error}`, { cause: error });
    }
  }

  async function tidy(cleanUp) {
    if (typeof cleanUp === "function") await attempt("The clean-up failed", cleanUp).catch(() => {});
  }

  function refuseAddress(text) {
    if (/^https?:/.test(text)) throw new Error(`it lies at ${text}, and this page loads nothing from elsewhere`);
  }

  async function load(esm) {
    refuseAddress(esm);
    const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
    return import(url).finally(() => URL.revokeObjectURL(url));
  }

  function addStyle(css) {
    if (!css || styles.has(css)) return;
    refuseAddress(css);
    document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
    styles.add(css);
  }

  // The stand-in for a Jupyter model. Its events are Backbone's; nothing is sent anywhere.
  class Model {
    #state;
    #listeners = [];
    #setting = false;
    #changed = false;
    #views = 0;
    #beginning = null;

    constructor(id) {
      if (!entries[id]) throw new Error(`There is no model ${id} on this page`);
      this.model_id = id;
      this.#state = entries[id].state;
      for (const { path, data } of entries[id].buffers ?? []) {
        const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
        const holder = path.slice(0, -1).reduce((value, key) => value[key], this.#state);
        holder[path.at(-1)] = new DataView(bytes.buffer);
      }
    }

    // Fields, not methods: a widget may take them out of its model, and `#seenFrom` copies them.
    get = (name) => this.#state[name];

    set = (name, value) => {
      const wanted = typeof name === "object" ? name : { [name]: value };
      const changed = Object.keys(wanted).filter((key) => !isEqual(this.#state[key], wanted[key]));
      const outermost = !this.#setting;
      Object.assign(this.#state, wanted);
      this.#setting = true;
      this.#changed ||= changed.length > 0;
      for (const key of changed) this.#tell(`change:${key}`, this.#state[key]);
      if (!outermost) return this; // "change" follows when all is set
      while (this.#changed) {
        this.#changed = false;
        this.#tell("change");
      }
      this.#setting = false;
      return this;
    };

    save_changes = () => {};

    send = () => {};

    widget_manager = {
      async get_model(id) {
        const model = find(id);
        if (entries[id].model_module === "anywidget") model.begin().catch(() => {}); // its views show what failed
        return model;
      },
      async create_view(model) {
        const el = place(model.model_id);
        return { el, remove: () => el.remove() };
      },
    };

    on(events, callback, owner) {
      for (const event of events.split(/\s+/)) this.#listeners.push({ event, callback, owner });
    }

    off(events, callback, owner) {
      const named = events?.split(/\s+/);
      const goes = (listener) =>
        (!named || named.includes(listener.event)) &&
        (!callback || callback === listener.callback) &&
        (!owner || owner === listener.owner);
      this.#listeners = this.#listeners.filter((listener) => !goes(listener));
    }

    #tell(event, ...values) {
      for (const listener of this.#listeners.filter((l) => l.event === event)) {
        try {
          listener.callback(this, ...values);
        } catch (error) {
          console.error(error);
        }
      }
    }

    // What `initialize` or one view is given: it takes off only its own listeners.
    #seenFrom(owner) {
      const on = (events, callback) => this.on(events, callback, owner);
      const off = (events, callback) => this.off(events, callback, owner);
      const invoke = async () => {
        throw new Error(`Python cannot be called: this page has no kernel. ${ELSEWHERE}`);
      };
      return { model: { ...this, on, off }, experimental: { invoke } };
    }

    // Loads the module and the style, and runs `initialize`: once for all views.
    begin() {
      this.#beginning ??= this.#begin();
      return this.#beginning;
    }

    async #begin() {
      const esm = this.get("_esm");
      const life = new AbortController();
      await attempt("Its style cannot be loaded", () => addStyle(this.get("_css")));
      const loaded = await attempt("Its module cannot be loaded", () => {
        if (!modules.has(esm)) modules.set(esm, load(esm));
        return modules.get(esm);
      });
      const definition = await attempt("Its module gives no widget", () => {
        if (loaded.render) return { render: loaded.render }; // before anywidget 0.9
        if (!loaded.default) throw new Error("it has no default export");
        return typeof loaded.default === "function" ? loaded.default() : loaded.default;
      });
      const given = { ...this.#seenFrom(life), signal: life.signal };
      const result = await attempt("Its initialize() failed", () => definition.initialize?.(given));
      const end = async () => {
        life.abort();
        this.off(null, null, life);
        await tidy(result);
      };
      return { definition, exports: typeof result === "function" ? undefined : result, end };
    }

    async draw(el, signal) {
      const owner = {};
      let cleanUp;
      const end = async () => {
        this.off(null, null, owner);
        await tidy(cleanUp);
        this.#views -= 1;
        if (this.#views > 0) return;
        const beginning = this.#beginning;
        this.#beginning = null;
        await beginning.then((begun) => begun.end()).catch(() => {});
      };
      const host = {
        getModel: (reference) => this.widget_manager.get_model(reference.replace("anywidget:", "")),
        getWidget: async (reference) => {
          const child = await host.getModel(reference);
          const { exports } = await child.begin();
          return { exports, render: (target) => child.draw(target.el, target.signal ?? signal) };
        },
      };
      this.#views += 1;
      try {
        const { definition } = await this.begin();
        const given = { ...this.#seenFrom(owner), el, signal, host };
        if (!signal.aborted) cleanUp = await attempt("Its render() failed", () => definition.render?.(given));
      } finally {
        if (signal.aborted) await end();
        else signal.addEventListener("abort", end);
      }
    }
  }

  function childrenOf({ model_module: module, state }) {
    const references = module === "@jupyter-widgets/controls" ? (state.children ?? []) : [];
    return references.map((reference) => reference.replace("IPY_MODEL_", ""));
  }

  // An anywidget, or a box of ipywidgets with one?
  function isLive(id) {
    const entry = entries[id];
    return Boolean(entry) && (entry.model_module === "anywidget" || childrenOf(entry).some(isLive));
  }

  function find(id) {
    if (!models.has(id)) models.set(id, new Model(id));
    return models.get(id);
  }

  class LiveWidget extends HTMLElement {
    #life = null;

    get model() {
      const id = this.dataset.modelId;
      return entries[id]?.model_module === "anywidget" ? find(id) : null;
    }

    connectedCallback() {
      if (this.#life) return; // moved
      this.setAttribute("aria-busy", "true");
      nearby.observe(this);
    }

    disconnectedCallback() {
      queueMicrotask(() => {
        if (this.isConnected) return;
        this.#life?.abort();
        this.#life = null;
      });
    }

    mount() {
      if (this.#life) return this.#life.drawn;
      this.#life = new AbortController();
      nearby.unobserve(this);
      this.replaceChildren();
      this.#life.drawn = this.#show(this.#life.signal).then(() => this.removeAttribute("aria-busy"));
      return this.#life.drawn;
    }

    async #show(signal) {
      const id = this.dataset.modelId;
      if (!isLive(id)) {
        this.#say("This widget needs a running kernel", ELSEWHERE);
        return;
      }
      const { model_module: module, model_name: name, state } = entries[id];
      if (module !== "anywidget") {
        this.style.cssText = `display: flex; flex-flow: ${name === "HBoxModel" ? "row wrap" : "column"}; gap: 0.5rem`;
        this.append(...childrenOf(entries[id]).map(place));
        return;
      }
      try {
        await find(id).draw(this, signal);
      } catch (error) {
        this.#say(`${state._anywidget_id.split(".").pop()} cannot be shown`, error.message, "alert");
      }
    }

    #say(title, text, role) {
      const box = document.createElement("div");
      box.className = `admonition ${role ? "warning" : "note"}`;
      if (role) box.setAttribute("role", role);
      for (const words of [title, text]) box.append(Object.assign(document.createElement("p"), { textContent: words }));
      box.firstChild.className = "admonition-title";
      this.replaceChildren(box);
    }
  }

  function place(id) {
    const element = document.createElement("live-widget");
    element.dataset.modelId = id;
    return element;
  }

  const mountSeen = (seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) target.mount();
  };
  const nearby = new IntersectionObserver(mountSeen, { rootMargin: "100%" });
  const whenIdle = window.requestIdleCallback ?? setTimeout; // Safari
  addEventListener("load", async () => {
    for (const one of document.getElementsByTagName("live-widget")) {
      await new Promise((done) => whenIdle(done, { timeout: 999 }));
      if (one.isConnected) await one.mount();
    }
  });
  addStyle(`
  live-widget { display: block; }
  live-widget > live-widget { flex-grow: 1; min-width: min(20rem, 100%); }
  live-widget[aria-busy] { min-height: 20rem; }
`);
  customElements.define("live-widget", LiveWidget);
  for (const view of document.querySelectorAll(VIEW)) view.replaceWith(place(JSON.parse(view.textContent).model_id));
})();
