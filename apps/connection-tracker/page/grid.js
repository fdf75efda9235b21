import { element } from './element.js';

const BEYOND = 12;
// Browsers lay out no taller elements reliably.
const MAX_HEIGHT = 30_000_000;

/**
 * A grid of any number of rows, of which only those in sight are in the document. `ask(from, to)` wants rows, which
 * come with `show(from, rows)`; `fill(row)` gives the texts of a row's cells; `open(row, action)` opens one.
 */
export function createGrid({ label, head, ask, fill, open }) {
  const layer = element('div', { class: 'grid-rows', role: 'rowgroup' });
  const top = element('div', { class: 'grid-top', role: 'rowgroup' }, head);
  const body = element(
    'div',
    { class: 'grid-body', role: 'grid', tabindex: 0, 'aria-label': label, 'aria-rowcount': 1 },
    top,
    layer,
  );
  const grid = element('div', { class: 'grid' }, body);
  const shown = new Map();
  let total = 0;
  let active = 0;
  let frame = 0;
  const rowHeight = () => Number.parseFloat(getComputedStyle(body).getPropertyValue('--row-height')) || 32;
  // The heads stay on top of the rows.
  const seenHeight = () => Math.max(0, body.clientHeight - top.offsetHeight);
  const visibleRows = () => Math.ceil(seenHeight() / rowHeight());

  const want = () => {
    frame = 0;
    const first = Math.max(0, Math.floor(body.scrollTop / rowHeight()) - BEYOND);
    ask(first, Math.min(total, first + visibleRows() + 2 * BEYOND));
  };
  const soon = () => {
    frame ||= requestAnimationFrame(want);
  };
  body.addEventListener('scroll', soon, { passive: true });
  const sizes = new ResizeObserver(() => {
    place();
    soon();
  });
  sizes.observe(body);

  const place = () => {
    const height = Math.min(total * rowHeight(), MAX_HEIGHT);
    layer.style.height = `${height}px`;
    for (const [index, { line }] of shown) line.style.transform = `translateY(${index * rowHeight()}px)`;
  };
  const markActive = () => {
    for (const [index, { line }] of shown) {
      line.classList.toggle('active', index === active);
      line.setAttribute('aria-selected', index === active ? 'true' : 'false');
    }
    if (shown.has(active)) body.setAttribute('aria-activedescendant', `row-${active}`);
    else body.removeAttribute('aria-activedescendant');
  };
  const moveTo = (index) => {
    active = Math.max(0, Math.min(total - 1, index));
    const above = active * rowHeight();
    const below = above + rowHeight() - seenHeight();
    if (above < body.scrollTop) body.scrollTop = above;
    else if (below > body.scrollTop) body.scrollTop = below;
    markActive();
    soon();
  };
  const keys = {
    ArrowDown: () => moveTo(active + 1),
    ArrowUp: () => moveTo(active - 1),
    PageDown: () => moveTo(active + visibleRows() - 1),
    PageUp: () => moveTo(active - visibleRows() + 1),
    Home: () => moveTo(0),
    End: () => moveTo(total - 1),
    Enter: () => openActive('dest'),
    s: () => openActive('source'),
    w: () => openActive('why'),
  };
  const openActive = (action) => {
    const row = shown.get(active)?.row;
    if (row) open(row, action);
  };
  body.addEventListener('keydown', (event) => {
    // Buttons in the heads have keys of their own.
    if (event.target !== body) return;
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  body.addEventListener('click', (event) => {
    const line = event.target.closest('.grid-row');
    if (!line) return;
    moveTo(Number(line.dataset.index));
    const { action } = event.target.dataset;
    if (action) openActive(action);
  });

  return {
    element: grid,
    focus: () => body.focus(),
    /** There are so many rows now, maybe others than before. */
    reset(count, keepPlace) {
      total = count;
      body.setAttribute('aria-rowcount', String(count + 1));
      if (!keepPlace) {
        body.scrollTop = 0;
        active = 0;
      }
      for (const [index, { line }] of shown) {
        if (index < count) continue;
        line.remove();
        shown.delete(index);
      }
      place();
      want();
    },
    show(from, rows) {
      for (const [index, { line }] of shown) {
        if (index >= from && index < from + rows.length) continue;
        line.remove();
        shown.delete(index);
      }
      rows.forEach((row, i) => {
        const index = from + i;
        if (index >= total) return;
        const line = shown.get(index)?.line ?? newLine(index);
        line.replaceChildren(...fill(row));
        shown.set(index, { line, row });
      });
      place();
      markActive();
    },
    close: () => {
      sizes.disconnect();
      cancelAnimationFrame(frame);
    },
  };

  function newLine(index) {
    const line = element('div', {
      class: 'grid-row',
      role: 'row',
      id: `row-${index}`,
      'aria-rowindex': index + 2,
      'data-index': index,
    });
    layer.append(line);
    return line;
  }
}
