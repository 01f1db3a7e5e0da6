// Once a page stands, its sections out of view cost nothing: custom.css leaves out of layout and painting what lies far
// from the view. They keep the size of their first layout, so nothing moves. A new width takes a new layout of all.
// What is near the view at that moment stays awake: it would be gone for a frame, and come back.

let width = 0;
let timer = 0;

function rest() {
  // A figure that comes alive takes its size first.
  if (document.querySelector("live-widget[aria-busy]")) timer = setTimeout(rest, 100);
  else {
    for (const section of document.querySelectorAll("section > section")) {
      const { top, bottom } = section.getBoundingClientRect();
      section.classList.toggle("awake", bottom > -innerHeight && top < 2 * innerHeight);
    }
    document.documentElement.classList.add("at-rest");
  }
}

function restAgain() {
  if (width === innerWidth) return; // a phone's address bar changes the height alone
  width = innerWidth;
  document.documentElement.classList.remove("at-rest");
  clearTimeout(timer);
  timer = setTimeout(rest, 600); // after the theme's own late work
}
addEventListener("load", restAgain);
addEventListener("resize", restAgain);
