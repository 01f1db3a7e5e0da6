// Lets the words of a page speak to its explorers. live_sentences.py says how such links are written.
//
// The address is the state: #race:descent_lr=0.51 is the explorer named race as published, except for these. So Back
// undoes, and a reload keeps. What a reader changes by hand is written there, too, once the hand rests.

(() => {
  "use strict";

  const LONGEST = 2000; // characters of an address
  const REST = 600; // milliseconds without a change
  const FLASH = 1200;
  const FORM = /^#([a-z-]+)(:@|:|\?)(.*)$/;
  const NUMBER = /^[-\u2212]?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i;
  const explorers = new Map(); // by name

  const toNumber = (text) => (NUMBER.test(text) ? Number(text.replace("\u2212", "-")) : Number.NaN);
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const short = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
  const size = (value) => value?.length ?? value;

  // For each kind of setting: the value that a text means, or undefined, and what it must be.
  const KINDS = {
    number: {
      read(text, { least, most = Infinity, below = Infinity, whole }) {
        const x = toNumber(text);
        if (x >= least && x <= most && x < below && (!whole || Number.isInteger(x))) return x;
      },
      words({ least, most, below, whole }) {
        const end = below === undefined ? (most === undefined ? " on" : ` to ${most}`) : ` to less than ${below}`;
        return `a ${whole ? "whole " : ""}number from ${least}${end}`;
      },
    },
    boolean: {
      read: (text) => (text === "true" || text === "false" ? text === "true" : undefined),
      words: () => "true or false",
    },
    choice: {
      read: (text, { names }) =>
        names.find((name) => String(name) === text || Math.abs(toNumber(text) / name - 1) < 5e-4),
      words: ({ names }) => `one of ${names.join(", ")}`,
    },
    names: {
      read(text, { names }) {
        const found = text ? text.split(",") : [];
        if (found.every((name, i) => names.includes(name) && found.indexOf(name) === i)) return found;
      },
      words: ({ names }) => `some of ${names.join(", ")}, each once`,
    },
    numbers: {
      read(text, { fewest, most, least = -Infinity, largest = Number.MAX_VALUE }) {
        const found = text.split(",").map(toNumber);
        const good = found.every((x) => x >= least && x <= largest && Number.isFinite(x));
        if (good && found.length >= fewest && found.length <= most) return found;
      },
      words: ({ fewest, most }) => (fewest < most ? `${fewest} to ${most} numbers` : `${most} numbers`),
    },
  };

  function make(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
  }

  const said = make("p", { className: "live-said" });
  said.setAttribute("aria-live", "polite");
  document.querySelector("main").append(said);

  class Explorer {
    #timer = 0;
    #flash = 0;
    #touched = false; // by a hand: what plays by itself is no change of the reader's

    constructor(name, element) {
      this.name = name;
      this.element = element;
      this.model = element.model;
      this.limits = this.model.get("limits");
      this.published = structuredClone(this.settings());
      this.applied = this.published;
      this.note = make("p", { className: "live-note" });
      this.note.setAttribute("role", "status");
      element.after(this.note);
      for (const kind of ["pointerdown", "keydown", "click", "input"]) {
        element.addEventListener(kind, () => (this.#touched = true), true);
      }
      this.model.on("change", () => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.write(), REST);
      });
    }

    settings() {
      return Object.fromEntries(Object.keys(this.limits).map((key) => [key, this.model.get(key)]));
    }

    // What is other than published, as an address has it.
    get address() {
      const other = Object.entries(this.settings()).filter(([key, value]) => !same(value, this.published[key]));
      return `#${this.name}:${new URLSearchParams(other).toString().replaceAll("%2C", ",")}`;
    }

    // The settings that an address asks for. Throws what is wrong with them.
    read(text) {
      if (text.length > LONGEST) throw new Error("more than an address can hold");
      const wanted = {};
      for (const [key, value] of new URLSearchParams(text)) {
        const asked = `${short(key)} = ${short(value)}`;
        if (!Object.hasOwn(this.limits, key)) throw new Error(`${asked}, which is no setting here`);
        const { kind, ...limit } = this.limits[key];
        const other = typeof limit.most === "string" && limit.most; // another setting is the limit: it may follow yet
        wanted[key] = KINDS[kind].read(value, other ? { ...limit, most: Infinity } : limit);
        if (wanted[key] === undefined) throw new Error(`${asked}; it must be ${KINDS[kind].words(limit)}`);
      }
      for (const [key, { most }] of Object.entries(this.limits)) {
        if (typeof most !== "string" || !(most in wanted || key in wanted)) continue;
        if (wanted[key] > size(wanted[most] ?? this.published[most])) {
          throw new Error(`${key} = ${wanted[key]}; it must be at most ${most}`);
        }
      }
      return wanted;
    }

    async apply(text, show = true) {
      await this.element.mount();
      this.note.textContent = "";
      let wanted;
      try {
        wanted = this.read(text);
      } catch (error) {
        this.note.textContent = `This address asks for ${error.message}. The figure stays as it was.`;
        if (show) this.#bringIntoView();
        return;
      }
      // What follows from a change, as a start from its landscape, follows from the first of two. The second has the word.
      const { published } = this;
      for (const traits of [published, published, wanted, wanted]) this.model.set(structuredClone(traits));
      this.model.save_changes();
      this.applied = structuredClone(this.settings());
      mark();
      if (!show) return;
      this.#bringIntoView();
      this.#say(wanted);
      this.element.classList.add("live-changed");
      clearTimeout(this.#flash);
      this.#flash = setTimeout(() => this.element.classList.remove("live-changed"), FLASH);
    }

    #say(wanted) {
      const words = Object.entries(wanted).map(([key, value]) => `${key.replaceAll("_", " ")} ${value}`);
      said.textContent = words.length ? `The figure is set to ${words.join(", ")}.` : "The figure is as published.";
    }

    // Its picture: the controls below may need another screen.
    #bringIntoView() {
      const picture = this.element.querySelector("svg") ?? this.element;
      const { top, bottom, height } = picture.getBoundingClientRect();
      const from = document.querySelector(".bd-header-article")?.getBoundingClientRect().bottom ?? 0;
      if (top >= from && bottom <= innerHeight) return;
      picture.scrollIntoView({ block: height < innerHeight / 2 ? "center" : "start", behavior: "instant" });
    }

    write() {
      if (!this.#touched || same(this.settings(), this.applied)) return;
      this.applied = structuredClone(this.settings());
      const { address } = this;
      if (address.length > LONGEST) return; // a drawing may need more
      try {
        history.replaceState(null, "", address);
      } catch {} // where pages may not change their address, it says what it said
      mark();
    }
  }

  // Shows which sentence has the word.
  function mark() {
    for (const link of document.querySelectorAll(".live-sentence")) {
      if (link.hash === location.hash) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  function apply(hash, show) {
    const [, name, kind, text] = FORM.exec(hash) ?? [];
    if (kind !== ":") return;
    const explorer = explorers.get(name);
    if (explorer) return explorer.apply(text, show);
    const [first] = explorers.values();
    if (first) first.note.textContent = `This address asks for a figure named ${short(name)}, and this page has none.`;
  }

  // A link pushes an entry by itself. The one that it leaves learns what Back has to bring.
  function press(event) {
    const link = event.target.closest?.(".live-sentence, .live-method");
    const explorer = explorers.get(FORM.exec(link?.hash)?.[1]);
    if (!explorer || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.className.includes("live-method")) return event.preventDefault();
    if (link.hash === location.hash) return apply(link.hash, true);
    explorer.write(); // what a hand did last
    try {
      history.replaceState({ ...history.state, back: explorer.address }, "");
    } catch {}
  }

  // A method in the text lights its lines.
  function light(link, lit) {
    const [, name, , method] = FORM.exec(link.hash);
    const words = decodeURIComponent(method).replaceAll("+", " ");
    for (const group of explorers.get(name)?.element.querySelectorAll("[data-method]") ?? []) {
      group.classList.toggle("live-dim", lit && group.dataset.method !== words);
    }
  }

  // A task is a box that ticks itself, once.
  function watch(link) {
    const [, name, , text] = FORM.exec(link.hash);
    const explorer = explorers.get(name);
    if (!explorer) return;
    const conditions = decodeURIComponent(text.replaceAll("+", " "))
      .split("&")
      .map((part) => /^(\w+)(<=|>=|=|<|>)(.+)$/.exec(part));
    const box = make("input", { type: "checkbox", disabled: true });
    const label = make("label", { className: "live-task" });
    label.append(box, ...link.childNodes);
    link.replaceWith(label);
    const holds = ([, key, sign, wanted]) => {
      const value = explorer.model.get(key);
      if (sign === "=") return String(value) === wanted || value === toNumber(wanted);
      if (sign === "<=") return value <= toNumber(wanted);
      if (sign === ">=") return value >= toNumber(wanted);
      return sign === "<" ? value < toNumber(wanted) : value > toNumber(wanted);
    };
    explorer.model.on("change", () => {
      if (box.checked || !conditions.every(holds)) return;
      box.checked = true;
      said.textContent = `Done: ${label.textContent}`;
    });
  }

  for (const element of document.querySelectorAll("live-widget")) {
    const name = element.model?.get("name");
    if (name && element.model.get("limits") && !explorers.has(name)) explorers.set(name, new Explorer(name, element));
  }
  for (const link of document.querySelectorAll(".live-method")) {
    for (const event of ["pointerenter", "focus"]) link.addEventListener(event, () => light(link, true));
    for (const event of ["pointerleave", "blur"]) link.addEventListener(event, () => light(link, false));
  }
  for (const link of document.querySelectorAll(".live-task")) watch(link);
  document.addEventListener("click", press);
  addEventListener("hashchange", () => {
    if (history.state?.back) apply(history.state.back, true);
    apply(location.hash, true);
  });
  const [visit] = performance.getEntriesByType("navigation");
  apply(location.hash, visit?.type === "navigate"); // after a reload the reader stays where they were
})();
