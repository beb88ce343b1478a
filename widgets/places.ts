import { type Html, html } from "./html.js";
import { linearTicks } from "./svg.js";

/** Rows or columns of a picture. */
export interface Places {
  count: number;
  /** Pixels that one takes. */
  cell: number;
  /** What the one at an index is called. */
  name: (index: number) => string;
}

/** The height of a name, and the width of its letters, in pixels. */
const line = 17;
const letter = 6.8;
/** Free pixels beside a name. */
const margin = 6;

/**
 * Writes beside a picture what its rows are called, and above it what its columns are: as many as there is room for, at round
 * indices. Boxes of fixed sizes hold the names, because sanitisers keep those; a screen reader hears the picture's own words.
 */
export function withPlaces(image: Html, [rows, columns]: readonly [rows: Places, columns: Places]): Html {
  const down = named(rows, line);
  const across = named(columns, widest(columns, someOf(columns.count)) + 2 * margin);
  const column = Math.ceil(widest(rows, down.indices));
  const side = html`<small aria-hidden="true" style="display:inline-block;vertical-align:top;width:${column}px;margin-right:${margin}px;text-align:right"><div style="height:${line + down.middle - line / 2}px"></div>${down.indices.map(i => html`<div style="height:${down.step}px">${rows.name(i)}</div>`)}</small>`;
  const above = html`<small aria-hidden="true" style="display:block;height:${line}px;margin-left:${across.middle - across.step / 2}px">${across.indices.map(j => html`<span style="display:inline-block;width:${across.step}px;text-align:center">${columns.name(j)}</span>`)}</small>`;
  return html`<div style="white-space:nowrap;margin-top:6px">${rows.count > 1 && side}<div class="i" style="display:inline-block;vertical-align:top">${columns.count > 1 && above}${image}</div></div>`;
}

/** The indices that are named, how many pixels lie between two of them, and where the middle of the first is. */
function named({ count, cell }: Places, room: number) {
  const ticks = linearTicks(0, Math.max(1, count - 1), Math.max(1, (count * cell) / room / 1.5));
  const indices = ticks.filter(t => Number.isInteger(t) && t < count);
  return { indices, step: ((indices[1] ?? 1) - indices[0]!) * cell, middle: cell / 2 };
}

/** Indices enough to tell how long names are. */
function someOf(count: number): number[] {
  return [...linearTicks(0, Math.max(1, count - 1), 64).filter(i => Number.isInteger(i) && i < count), count - 1];
}

/** The width of the longest of some names, in pixels. */
function widest({ name }: Places, indices: readonly number[]): number {
  return letter * Math.max(...indices.map(i => name(i).length));
}
