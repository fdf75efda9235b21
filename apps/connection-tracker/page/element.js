const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element with attributes and children. Texts become text nodes, so that no name is ever read as markup.
 * Attributes that are functions are listeners: `{ click: () => ... }`.
 */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svgElement(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== undefined && child !== null).map(asNode));
  return made;
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(visible(String(child)));
}

// Control characters, and those that turn the direction of what follows, would show one name as another.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A text whose every character shows. */
export function visible(text) {
  return text.replace(HIDDEN, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const numbers = new Intl.NumberFormat('en');

/** A number with separators. */
export function count(value) {
  return numbers.format(value);
}

/** A table of rows of cells; numbers to the right. */
export function dataTable(caption, titles, rows) {
  const cell = (value) => element('td', typeof value === 'number' ? { class: 'number' } : {}, shown(value));
  return element(
    'div',
    { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element(
        'thead',
        {},
        element('tr', {}, ...titles.map((title) => element('th', { scope: 'col' }, title))),
      ),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell)))),
    ),
  );
}

function shown(value) {
  return typeof value === 'number' ? count(value) : (value ?? '–');
}
