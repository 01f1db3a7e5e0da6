// What a page does for its reader. It keeps where the reader is in this browser alone, and works without keeping anything.
(() => {
  const root = document.documentElement;
  const top = new URL("..", document.currentScript.src).pathname; // of the book
  const pageOf = (address) => new URL(address).pathname.slice(top.length) || "index.html";
  const here = pageOf(location.href);
  const narrow = matchMedia("(width < 768px)");

  const KEY = `adam-step-by-step ${top}`;
  const DEPTHS = { story: "Story", code: "Code", all: "All checks" };

  // { depth, last: { page, id, title, part }, read: { page: true } }, or less.
  function kept() {
    try {
      return { ...JSON.parse(localStorage.getItem(KEY)) };
    } catch {
      return {}; // a private window, or somebody else's words
    }
  }

  function keep(changes) {
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...kept(), ...changes }));
    } catch {}
  }

  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // How much of a chapter is shown: custom.css hides by data-depth, and folds open here.
  const DEPTH = kept().depth;
  // By its full name: the stylesheets keep a rule only where a script has the name of what it asks for.
  root.setAttribute("data-depth", DEPTH in DEPTHS ? DEPTH : "code");

  function openFolds() {
    if (root.dataset.depth === "all") for (const fold of document.querySelectorAll("details.hide")) fold.open = true;
  }

  class ReadingDepth extends HTMLElement {
    connectedCallback() {
      const choices = Object.entries(DEPTHS).map(([value, words]) => {
        const checked = root.dataset.depth === value;
        return make("label", {}, make("input", { type: "radio", name: "depth", value, checked }), ` ${words}`);
      });
      this.append(make("fieldset", {}, make("legend", { textContent: "Show" }), ...choices));
      this.addEventListener("change", ({ target }) => {
        root.dataset.depth = target.value;
        keep({ depth: target.value });
        for (const fold of document.querySelectorAll("details.hide")) fold.open = target.value === "all";
      });
    }
  }
  customElements.define("reading-depth", ReadingDepth);

  // On the home page: back to the section that was read last. Made while the page is read, so that nothing moves.
  class ResumeReading extends HTMLElement {
    connectedCallback() {
      const { page, id, title, part } = kept().last ?? {};
      if (!page) return;
      const link = make("a", { href: `${top}${page}#${id}`, textContent: `${title}: ${part}` });
      this.append(make("p", {}, "Continue where you were: ", link));
    }
  }
  customElements.define("resume-reading", ResumeReading);

  function markRead() {
    const { read = {} } = kept();
    for (const link of document.querySelectorAll(".bd-docs-nav a"))
      link.classList.toggle("was-read", read[pageOf(link.href)] === true);
  }

  // A chapter is read when its end was in view.
  function watchEnd() {
    const end = document.querySelector(".prev-next-footer");
    if (!end || !here.startsWith("chapters/")) return;
    new IntersectionObserver(([{ isIntersecting }]) => {
      if (!isIntersecting || scrollY === 0) return;
      keep({ read: { ...kept().read, [here]: true } });
      markRead();
    }).observe(end);
  }

  // The theme says which section is in view. The list of contents follows, and the place is kept.
  document.addEventListener("activate.bs.scrollspy", ({ relatedTarget: link }) => {
    const list = link.closest(".bd-sidebar-secondary");
    if (!list) return; // a page without contents
    const [seen, whole] = [link, list].map((element) => element.getBoundingClientRect());
    if (seen.top < whole.top || seen.bottom > whole.bottom) list.scrollTop += seen.top - whole.top - whole.height / 2;
    if (!here.startsWith("chapters/") || scrollY === 0) return;
    const title = document.querySelector("article h1").firstChild.textContent;
    keep({ last: { page: here, id: link.hash.slice(1), title, part: link.textContent } });
  });

  function showProgress() {
    const line = make("div", { className: "reading-progress" });
    document.body.append(line);
    const draw = () => {
      line.style.transform = `scaleX(${scrollY / Math.max(1, root.scrollHeight - innerHeight)})`;
    };
    addEventListener("scroll", draw, { passive: true });
  }

  // A hit of the search: to the first paragraph with all of its words, or else to the first word.
  function showHit(words) {
    const found = [...document.querySelectorAll("article .highlighted:not(noscript *)")];
    const holdsAll = (mark) => {
      const text = mark.closest("h1, h2, h3, p, li, td, pre, section").textContent.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    const first = found.find(holdsAll) ?? found[0];
    const fold = first?.closest("details");
    if (fold) fold.open = true;
    first?.scrollIntoView({ block: "center" });
  }

  let searched = "";
  try {
    searched = localStorage.getItem("sphinx_highlight_terms") ?? ""; // the theme takes it away
  } catch {}

  // Formulas and tables a little too wide for a phone are written smaller. What is wider scrolls, and the keyboard reaches it.
  const SMALLEST = 12; // pixels, for a letter that can be read
  function fitBoxes() {
    const boxes = [...document.querySelectorAll(".bd-article :is(div.math, .pst-scrollable-table-container)")];
    for (const box of boxes) box.style.fontSize = "";
    const parts = boxes.map((box) => box.clientWidth / box.scrollWidth);
    const sizes = boxes.map((box) => parseFloat(getComputedStyle(box.querySelector("table, math") ?? box).fontSize));
    boxes.forEach((box, i) => {
      const wanted = Math.floor(parts[i] * 95) / 100; // gaps do not shrink
      if (parts[i] < 1 && parts[i] > 0.65) box.style.fontSize = `${Math.max(wanted, SMALLEST / sizes[i])}em`;
    });
    for (const [box, scrolls] of boxes.map((box) => [box, box.scrollWidth > box.clientWidth])) {
      if (scrolls) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  // On a phone a figure is enlarged by a tap, and then scrolled.
  function enlarge(figure) {
    const close = make("button", { type: "button", textContent: "Close" });
    const picture = make("img", { src: figure.src, alt: figure.alt, className: figure.className });
    const dialog = make("dialog", { className: "enlarged", ariaLabel: "Figure, enlarged" }, close, picture);
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  function makeFiguresButtons() {
    for (const figure of document.querySelectorAll(".cell_output img")) {
      figure.role = narrow.matches ? "button" : null;
      if (narrow.matches) figure.tabIndex = 0;
      else figure.removeAttribute("tabindex");
    }
  }

  function pressFigure(event) {
    const figure = event.target.closest?.(".cell_output img[role=button]");
    if (!figure || (event.key && event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    enlarge(figure);
  }

  // The theme's button says neither what it changes nor how it stands.
  function nameMode() {
    const words = `Colours: ${root.dataset.mode === "auto" ? "as the system's" : root.dataset.mode}`;
    for (const button of document.querySelectorAll(".theme-switch-button")) {
      button.ariaLabel = words;
      button.setAttribute(button.dataset.bsOriginalTitle === undefined ? "title" : "data-bs-original-title", words);
    }
  }

  addEventListener("DOMContentLoaded", () => {
    openFolds();
    markRead();
    watchEnd();
    showProgress();
    nameMode();
    makeFiguresButtons();
    new MutationObserver(nameMode).observe(root, { attributeFilter: ["data-mode"] });
    narrow.addEventListener("change", makeFiguresButtons);
    document.addEventListener("click", pressFigure);
    document.addEventListener("keydown", pressFigure);
    document.addEventListener("click", ({ target }) => {
      // On a phone the list of contents lies over the page.
      if (target.closest(".bd-toc-nav a")) document.getElementById("pst-secondary-sidebar-checkbox").checked = false;
    });
    if (searched && !location.hash) setTimeout(showHit, 50, searched.split(" ")); // the theme marks the words first
    document.fonts.ready.then(fitBoxes);
    document.addEventListener("toggle", fitBoxes, { capture: true }); // a fold, which had no width when it was closed
    let width = innerWidth;
    addEventListener("resize", () => {
      if (width !== innerWidth) fitBoxes();
      width = innerWidth;
    });
  });

  // Paper is white.
  let theme;
  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = theme;
  });
})();
