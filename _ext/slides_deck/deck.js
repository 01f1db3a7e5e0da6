// Starts the slides. S opens the speaker's view, F the full screen, Esc all slides at once;
// a click with Alt held makes a figure larger.
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

// An explorer is made smaller until it fits its slide; the loader takes aria-busy away when it is drawn.
const ROOM = 570;

function fit(widget) {
  for (let round = 0; round < 3; round += 1) {
    // made smaller it is wider, in its own measure, and may need less height
    widget.style.zoom = Math.max(0.6, Math.min(1, ROOM / widget.scrollHeight));
  }
}

function settle(widget) {
  fit(widget);
  new MutationObserver(() => {
    // its numbers may need another line, or a fold was opened
    if (widget.scrollHeight * widget.style.zoom > ROOM + 1) fit(widget);
  }).observe(widget, { subtree: true, childList: true, characterData: true, attributeFilter: ["open"] });
}

new MutationObserver((changes) => {
  for (const { target } of changes) if (!target.hasAttribute("aria-busy")) settle(target);
}).observe(document.querySelector(".slides"), { subtree: true, attributeFilter: ["aria-busy"] });
