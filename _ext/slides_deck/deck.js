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
