// Lets a small figure stay in view while the text that speaks of it is read. A reader may let it go: a button beside
// Reset says so for all figures, and this browser keeps it. A figure that would take too much of the view never stays.
// On a wide screen it stands beside the text, and the list of contents gives way to it.

(() => {
  "use strict";

  const KEY = "figures-let-go";
  const MOST = 0.6; // of the view, for the page's header and a figure
  const root = document.documentElement;
  const narrow = matchMedia("(width < 768px)");
  const wide = matchMedia("(width >= 1200px)");
  const GAP = 16; // below a figure beside the text
  const LEAST = 100; // of the list of contents, or else it goes
  const header = document.querySelector(".bd-header-article");
  const contents = document.querySelector(".bd-sidebar-secondary");
  let letGo = false;
  try {
    letGo = localStorage.getItem(KEY) === "true";
  } catch {} // no storage

  class Figure {
    constructor(run) {
      this.run = run;
      this.widget = run.querySelector("live-widget");
      this.size = "";
      this.pin = Object.assign(document.createElement("button"), { type: "button", className: "figure-pin" });
      this.pin.addEventListener("click", () => {
        letGo = !letGo;
        try {
          localStorage.setItem(KEY, letGo);
        } catch {} // then until the page is left
        for (const figure of figures) figure.show();
      });
      new ResizeObserver(() => this.measure()).observe(this.widget);
    }

    // Once it is drawn, and again for another view. Not when it grows itself: what was in view would be gone.
    measure() {
      const tools = this.widget.querySelector(".explorer-tools");
      const size = `${root.clientWidth} ${root.clientHeight}`; // a phone's address bar changes neither
      if (!tools || this.size === size) return;
      this.size = size;
      const { clientHeight } = root;
      const most = wide.matches ? clientHeight - LEAST - GAP : clientHeight * MOST;
      const room = most - header.offsetHeight;
      const { top, height } = this.widget.getBoundingClientRect();
      // What stands above the chart on a phone, the readouts, may go if there is no room for all.
      const chart = this.widget.querySelector(":scope > div > svg, :scope > .explorer-row");
      const gone = height > room && chart && narrow.matches ? chart.getBoundingClientRect().top - top : 0;
      (gone && chart.matches(".explorer-row") ? chart : tools).append(this.pin); // not below the page's header
      this.fits = height - gone <= room;
      const stays = wide.matches ? clientHeight - height - GAP : header.offsetHeight - gone;
      this.run.style.setProperty("--figure-top", `${stays}px`);
      this.run.style.setProperty("--figure-height", `${height - gone + 8}px`);
      this.show();
    }

    show() {
      this.run.classList.toggle("stays", this.fits && !letGo);
      this.pin.hidden = !this.fits;
      this.pin.textContent = letGo ? "Pin" : "Unpin";
      this.pin.title = letGo ? "Keep figures in view while you read on" : "Let figures scroll away with the text";
    }
  }

  // What the figures beside the text leave of the margin.
  function makeRoom() {
    const places = wide.matches ? figures.map((figure) => figure.widget.getBoundingClientRect()) : [];
    const free = Math.min(innerHeight, ...places.filter(({ bottom }) => bottom > 0).map(({ top }) => top)) - GAP;
    const size = free > innerHeight - 2 * GAP ? "" : `${Math.max(0, Math.round(free))}px`;
    if (!contents || contents.style.maxHeight === size) return;
    contents.style.maxHeight = size;
    contents.style.visibility = size && free < LEAST ? "hidden" : "";
  }

  const figures = [...document.querySelectorAll(".figure-run")].map((run) => new Figure(run));
  addEventListener("resize", () => {
    for (const figure of figures) figure.measure();
    makeRoom();
  });
  addEventListener("scroll", makeRoom, { passive: true });
  makeRoom();
})();
