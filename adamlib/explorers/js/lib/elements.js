// Elements of the page, made and changed.

const SVG = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
export const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

// By chance, since a page may hold several copies of this file, each with its own explorer.
export const newId = () => `explorer-${Math.random().toString(36).slice(2)}`;

/**
 * Set those attributes that an element does not have yet: to set what is there costs as much as a change.
 * @param {Element} element
 * @param {Record<string, string | number>} attributes
 */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes))
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** Set the words of an element, unless it has them. The text that is there is kept: a new one takes more time. */
export function setText(element, words) {
  if (element.textContent === words) return;
  if (words && element.firstChild) element.firstChild.data = words;
  else element.textContent = words;
}
