import { type MemoryReport, memoryReport } from "../../engine/index.js";
import { formatBytes, formatCount, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { drawing, px } from "../svg.js";
import { card, scrolled, table } from "../theme.js";
import { textTable } from "./table.js";
import { View } from "./view.js";

/** The most cells or lines of code that are listed. */
const mostRows = 12;
const width = 856;

/**
 * Draws what of the device's memory is live, kept for reuse, and was live at most, with the cells and lines of code that made
 * what is live.
 *
 * @param report what `memoryReport()` told; by default what it tells now
 * @throws TypeError when it is something else
 * @example
 * show.memory();
 */
export function memoryView(report: MemoryReport = memoryReport()): View {
  if (typeof report?.live !== "number" || !Array.isArray(report.cells)) {
    throw new TypeError("show.memory: this is no report. Give memoryReport(), or nothing for the memory as it is now.");
  }
  const { live, pooled, peak, storages, cells, sites } = report;
  const text = `memory: ${formatBytes(live)} live in ${formatQuantity(storages, "storage")}, ${formatBytes(pooled)} kept for reuse, peak ${formatBytes(peak)}`;
  const named: [string, typeof cells | NonNullable<typeof sites>, (at: number) => string][] = [
    ["cell", cells, at => (cells[at]!.cell === 0 ? "outside of cells" : `[${cells[at]!.cell}]`)],
    ...(sites
      ? [["line", sites, (at: number) => shorten(sites[at]!.site)] as [string, typeof sites, (at: number) => string]]
      : []),
  ];
  const tables = named.map(([what, shares, name]) => {
    const rows = shares
      .slice(0, mostRows)
      .map((share, i) => [name(i), formatBytes(share.bytes), percent(share.bytes, live), formatCount(share.storages)]);
    const left = shares.length - rows.length;
    return { heads: [what, "live", "share", "storages"], rows, left };
  });
  const shown = card({
    title: "Memory",
    facts: [
      { text: `${formatBytes(live)} live` },
      { text: formatQuantity(storages, "storage") },
      { text: `${formatBytes(pooled)} kept for reuse` },
      { text: `peak ${formatBytes(peak)}` },
    ],
    body: [
      bars(live, pooled, peak, text),
      ...tables.map(
        ({ heads, rows, left }) =>
          rows.length > 0 &&
          html`${scrolled(table(heads, rows, { words: [0] }))}${left > 0 && html`<small>${formatCount(left)} more not shown</small>`}`,
      ),
      html`<div><small>Tensors that nothing names any more count until the collector has found them.</small></div>`,
    ],
    styles: ["plot", "table"],
  });
  return new View(
    shown.text,
    [text, ...tables.filter(t => t.rows.length > 0).map(t => textTable([t.heads, ...t.rows]))].join("\n"),
  );
}

/** Of a letter of a name, in pixels. */
const letter = 7;

/** Live and kept side by side on a scale that ends at the most there was; a line where live was highest. */
function bars(live: number, pooled: number, peak: number, label: string): Html {
  const end = Math.max(live + pooled, peak, 1);
  const at = (bytes: number) => (bytes / end) * (width - 2) + 1;
  const [a, b] = [at(live), at(live + pooled)];
  const parts = [
    { name: "live", from: 0, to: a },
    { name: "kept for reuse", from: a, to: b },
  ].map((part, i) => ({
    ...part,
    colour: i + 1,
    middle: (part.from + part.to) / 2,
    length: letter * part.name.length,
  }));
  const named = parts.filter(({ from, to, length }) => to - from > length + letter);
  const half = (letter * "peak".length) / 2;
  const top = Math.max(half + 1, Math.min(at(peak), width - half - 1));
  // In the row of the other names, where there is room for it.
  const crowded = named.some(({ middle, length }) => Math.abs(top - middle) < length / 2 + half + letter);
  const row = crowded ? 62 : 46;
  const names = named.map(
    ({ name, colour, middle }) =>
      html`<text class="f${colour} b" x="${px(middle)}" y="46" text-anchor="middle">${name}</text>`,
  );
  const body = html`<rect class="f1" x="1" y="8" width="${px(a - 1)}" height="20"/><rect class="f2" x="${px(a)}" y="8" width="${px(b - a)}" height="20" fill-opacity=".55"/><line class="k" x1="${px(at(peak))}" x2="${px(at(peak))}" y1="2" y2="34"/>${names}<text class="kt b" x="${px(top)}" y="${row}" text-anchor="middle">peak</text>`;
  return drawing({ width, height: row + 6, label, body });
}

function percent(part: number, all: number): string {
  return all > 0 ? `${((100 * part) / all).toFixed(1)} %` : "–";
}

function shorten(site: string): string {
  return site.length > 70 ? `…${site.slice(-69)}` : site;
}
