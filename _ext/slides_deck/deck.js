// Starts the slides. S opens the speaker's view, F the full screen, Esc all slides at once;
// a click with Alt held makes a figure larger. With ?print-pdf behind the address it is a page to print.
Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0.04,
  center: false,
  hash: true,
  slideNumber: "c/t",
  controlsLayout: "edges",
  transition: "none",
  keyboardCondition: (event) => !event.target.closest?.("live-widget"), // within an explorer the keys are its own
  plugins: [RevealNotes, RevealZoom],
});

// A clicker sends PageDown and PageUp, and turns the slides from within an explorer too; Esc leaves it.
const LEAVE = { PageDown: () => Reveal.next(), PageUp: () => Reveal.prev(), Escape: () => {} };
addEventListener(
  "keydown",
  (event) => {
    if (!Object.hasOwn(LEAVE, event.key) || !event.target.closest?.("live-widget")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    event.target.blur();
    LEAVE[event.key]();
  },
  true,
);

// The speaker's view shows a copy of the notes: the minutes of the plan for 50, or of that for 90 once its button is
// pressed. Any event of Reveal sends the copy anew.
function choosePlan(minutes) {
  const other = minutes === 50 ? 90 : 50;
  for (const told of document.querySelectorAll(".minutes")) {
    const [many, elsewhere] = [minutes, other].map((plan) => Number(told.dataset[plan]));
    const none = elsewhere ? "Left out" : "No minutes of its own";
    told.innerHTML =
      `<b>${many ? `${many} min` : none}</b> in the plan for ${minutes}. ` +
      `<button onclick="opener.choosePlan(${other})">Plan for ${other}</button>`;
  }
  Reveal.dispatchEvent({ type: "resumed" });
}
Reveal.on("ready", () => choosePlan(50));

// All slides at once stand in rows of five: deck.css.
Reveal.on("overviewshown", () => {
  document.querySelector(".slides").style.setProperty("--share", innerWidth / 5 / 1330);
});

// On paper no explorer waits until it is seen. Reveal takes the slides out of the page and puts them on sheets first,
// which ends what was drawn before.
Reveal.on("pdf-ready", () => {
  for (const widget of document.querySelectorAll("live-widget")) widget.mount?.();
});

// An explorer is as large as its slide allows, for the last row; the loader takes aria-busy away when it is drawn.
const ROOM = 595;
const LARGEST = 1.6;
const SMALLEST = 0.6;

const tooLarge = (widget) =>
  widget.scrollHeight * widget.style.zoom > ROOM + 1 || widget.closest(".content").scrollHeight > ROOM + 110;

function fit(widget) {
  widget.style.zoom = LARGEST;
  while (widget.style.zoom > SMALLEST && tooLarge(widget)) {
    // made smaller it is wider, in its own measure, and may need less height
    widget.style.zoom = Math.max(SMALLEST, widget.style.zoom - 0.02);
  }
}

// What was drawn while its slide was out of sight had no size.
Reveal.on("slidechanged", ({ currentSlide }) => {
  for (const live of currentSlide.querySelectorAll(".live > live-widget")) fit(live);
});

function settle(widget) {
  fit(widget);
  new MutationObserver(() => {
    // its numbers may need another line, or a fold was opened
    if (tooLarge(widget)) fit(widget);
  }).observe(widget, { subtree: true, childList: true, characterData: true, attributeFilter: ["open"] });
}

new MutationObserver((changes) => {
  for (const { target } of changes) if (!target.hasAttribute("aria-busy")) settle(target);
}).observe(document.querySelector(".slides"), { subtree: true, attributeFilter: ["aria-busy"] });
