import { formatCount } from "../format.js";
import { type Html, html } from "../html.js";
import { drawing, px } from "../svg.js";

/** The most classes that have a bar of their own. */
const mostBars = 20;
const rowHeight = 18;
const width = 418;
const left = 110;

/** How often each value occurs, in order of the values. */
export function countValues(values: Iterable<string | number | boolean>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const byName = new Intl.Collator("en", { numeric: true }).compare;
  return new Map([...counts].sort(([a], [b]) => byName(a, b)));
}

/** A bar for each class, with its name and number; of many classes those that occur most and least. */
export function countsPart(name: string, counts: ReadonlyMap<string, number>): Html {
  const most = Math.max(1, ...counts.values());
  const rows = counts.size <= mostBars ? [...counts] : ends([...counts].sort((a, b) => b[1] - a[1]));
  const bars = rows.map(([label, count], i) => {
    const y = i * rowHeight;
    const long = (count / most) * (width - left - 60);
    return html`<text x="${left - 6}" y="${px(y + 13)}" text-anchor="end">${shorten(label)}</text><rect class="f1" fill-opacity=".6" x="${left}" y="${px(y + 3)}" width="${px(Math.max(count > 0 ? 1 : 0, long))}" height="${rowHeight - 6}"/><text x="${px(left + long + 6)}" y="${px(y + 13)}">${count < 0 ? "" : formatCount(count)}</text>`;
  });
  const label = `${name}: ${rows.map(([label, count]) => (count < 0 ? "…" : `${label} ${formatCount(count)}`)).join(", ")}`;
  return html`<div><b>${name}</b> <small>${summary(counts)}</small></div>${drawing({ width, height: rows.length * rowHeight, label, body: html`${bars}` })}`;
}

/** The first and the last, with a gap (a count below 0) between. */
function ends(rows: readonly [string, number][]): (readonly [string, number])[] {
  const half = (mostBars - 1) >> 1;
  return [...rows.slice(0, half), ["…", -1], ...rows.slice(-half)];
}

/** How even the classes are, in words. */
function summary(counts: ReadonlyMap<string, number>): string {
  const [low, high] = [Math.min(...counts.values()), Math.max(...counts.values())];
  const classes = `${formatCount(counts.size)} ${counts.size === 1 ? "class" : "classes"}`;
  return low === high
    ? `${classes}, ${formatCount(low)} each`
    : `${classes}, ${formatCount(low)} to ${formatCount(high)} each`;
}

function shorten(label: string): string {
  return label.length > 16 ? `${label.slice(0, 15)}…` : label;
}
