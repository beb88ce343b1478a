import { colormap, paletteIndex } from "../colormap.js";
import { formatCount, formatNumber } from "../format.js";
import { type ColourScale, heatmap, legend } from "../heatmap.js";
import { type Html, html } from "../html.js";
import { isolated } from "../isolated.js";
import { encodeIndexed, pngAddress } from "../png.js";
import { statistics, type Values } from "../statistics.js";
import { drawing, px } from "../svg.js";
import { card, type Fact, tile } from "../theme.js";
import { textTable } from "./table.js";
import { asTensorLike, type NumbersLike, numbersOf } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.attention` draws. */
export interface AttentionMapOptions {
  /** Heading of the card. */
  title?: string;
  /** What the keys are, e.g. words; also the queries, when there are as many. */
  tokens?: readonly string[];
  /** What the queries are, where they are not the keys. */
  queries?: readonly string[];
}

/** The most heads that are drawn. */
const mostHeads = 16;
/** Axes up to this long have their tokens written beside them. */
const mostTokens = 48;
/** The pairs that are named. */
const topPairs = 5;
/** Rows may differ from a sum of 1 by this much, as half precision does. */
const tolerance = 0.01;

/**
 * Draws attention weights, a map for each head: rows are queries, columns keys, colours go from 0 to 1. With tokens, they stand
 * beside the maps (up to 48), and the strongest pairs are named.
 *
 * @param weights [queries, keys], [heads, queries, keys] or [1, heads, queries, keys]
 * @throws TypeError for another shape, values outside of 0 to 1, or tokens that do not fit in number
 * @example
 * show.attention(scores.softmax(-1), { tokens: ["the", "cat", "sat", "down"] });
 */
export function attentionView(weights: NumbersLike, options: AttentionMapOptions = {}): View {
  const { heads, rows, columns, values } = weightsOf(weights);
  const keys = options.tokens;
  const queries = options.queries ?? (rows === columns ? options.tokens : undefined);
  requireTokens("tokens", keys, columns);
  requireTokens("queries", queries, rows);
  const stats = statistics(values);
  if (stats.min < 0 || stats.max > 1 + tolerance) {
    const range = `${formatNumber(stats.min)} to ${formatNumber(stats.max)}`;
    throw new TypeError(`show.attention: the weights go from ${range}. Give them after the softmax: from 0 to 1.`);
  }
  const shownHeads = Math.min(heads, mostHeads);
  const scale: ColourScale = { map: colormap("cividis"), from: 0, to: 1, clips: false };
  const named = keys !== undefined && queries !== undefined && Math.max(rows, columns) <= mostTokens;
  let sampled = 1;
  const maps = Array.from({ length: shownHeads }, (_, h) => {
    const entropy = meanEntropy(values, h, rows, columns);
    const name = heads > 1 ? `head ${h}` : "attention";
    const note = `${heads > 1 ? `head ${h} · ` : ""}effective keys: ${formatNumber(2 ** entropy, 2)}`;
    const label = `${name}: ${pairsText(values, h, rows, columns, queries, keys, 3).join(", ")}`;
    if (named) return tile(labelledMap({ values, head: h, rows, columns, queries, keys, scale, label, heads }), note);
    const [size, most] = shownHeads <= 2 ? [320, 160] : shownHeads <= 6 ? [192, 80] : [80, 40];
    const drawn = heatmap(values, rows, columns, scale, { label, size, most, offset: h * rows * columns });
    sampled = Math.max(...drawn.sampled);
    return tile(drawn.image, note);
  });
  const off = rowsOff(values, columns);
  const facts: Fact[] = [
    ...(heads > 1 ? [{ text: `${formatCount(heads)} heads` }] : []),
    { text: `${formatCount(rows)} queries` },
    { text: `${formatCount(columns)} keys` },
    ...(off > 0 ? [{ text: `⚠ ${formatCount(off)} rows do not sum to 1`, tone: "bad" as const }] : []),
  ];
  const left = heads - shownHeads;
  const notes = [
    "rows: queries · columns: keys",
    ...(sampled > 1 ? [`1 of ${sampled} shown`] : []),
    ...(left > 0 ? [`${shownHeads} of ${formatCount(heads)} heads`] : []),
  ];
  const pairs = strongest(values, shownHeads, rows, columns, queries, keys, heads > 1);
  const title = options.title ?? "Attention";
  const shown = card({
    title,
    facts,
    body: [
      html`<div>${maps}</div>`,
      legend(scale, stats),
      html`<div><small>${notes.join(" · ")}</small></div>`,
      pairs.length > 0 &&
        html`<div><small>strongest: ${pairs
          .slice(0, topPairs)
          .map((p, i) => html`${i > 0 && " · "}${isolated(p[0])} → ${isolated(p[1])} ${p[2]}`)}</small></div>`,
    ],
    styles: ["tiles", "plot"],
  });
  return new View(
    shown.text,
    `${title} of ${heads} x ${rows} x ${columns}\n${textTable([["query", "key", "weight"], ...pairs.slice(0, topPairs)])}`,
  );
}

function weightsOf(weights: NumbersLike) {
  const tensor = asTensorLike(weights, "show.attention");
  const { shape } = tensor;
  const fits = shape.length === 2 || shape.length === 3 || (shape.length === 4 && shape[0] === 1);
  if (!fits || tensor.size === 0) {
    throw new TypeError(
      `show.attention: weights of shape [${shape.join(", ")}]. Give [queries, keys] or [heads, queries, keys] of one sample, for example weights.at(0).`,
    );
  }
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return { heads: tensor.size / (rows * columns), rows, columns, values: numbersOf(tensor) };
}

function requireTokens(what: string, tokens: readonly string[] | undefined, count: number): void {
  if (tokens === undefined || tokens.length === count) return;
  throw new TypeError(`show.attention: ${tokens.length} ${what} for an axis of ${count}. Give one for each.`);
}

interface MapOptions {
  values: Values;
  head: number;
  heads: number;
  rows: number;
  columns: number;
  queries: readonly string[];
  keys: readonly string[];
  scale: ColourScale;
  label: string;
}

/** A map with its tokens: queries to the left, keys above and slanted. */
function labelledMap({ values, head, heads, rows, columns, queries, keys, scale, label }: MapOptions): Html {
  const longest = Math.max(rows, columns);
  const wanted = heads === 1 ? 480 : heads <= 2 ? 300 : 180;
  // A token needs a line of its own.
  const cell = Math.max(13, Math.min(28, Math.floor(wanted / longest)));
  const left = 10 + 7 * Math.max(...queries.map(t => short(t).length));
  // Slanted by 45 degrees, a letter takes 5 pixels each way.
  const top = 18 + 5 * Math.max(...keys.map(t => short(t).length));
  const right = 16 + 5 * short(keys.at(-1)!).length;
  const width = Math.ceil(left + cell * columns + right);
  const height = Math.ceil(top + cell * rows + 6);
  const pixels = Uint8Array.from({ length: rows * columns }, (_, i) =>
    paletteIndex(values[head * rows * columns + i]!, scale.from, scale.to),
  );
  const picture = pngAddress(encodeIndexed({ width: columns, height: rows, pixels }, scale.map.palette));
  const body = html`<image x="${px(left)}" y="${px(top)}" width="${cell * columns}" height="${cell * rows}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${picture}"/>${queries.map(
    (token, i) =>
      html`<text x="${px(left - 5)}" y="${px(top + cell * (i + 0.5) + 4)}" text-anchor="end">${short(token)}</text>`,
  )}${keys.map((token, j) => {
    const [x, y] = [px(left + cell * (j + 0.5) + 2), px(top - 5)];
    return html`<text x="${x}" y="${y}" transform="rotate(-45 ${x} ${y})">${short(token)}</text>`;
  })}`;
  return html`<div style="width:${width}px;max-width:100%">${drawing({ width, height, label, body })}</div>`;
}

type Pair = [query: string, key: string, weight: string];

/** The pairs with the largest weights, of all heads that are drawn. */
function strongest(
  values: Values,
  heads: number,
  rows: number,
  columns: number,
  queries: readonly string[] | undefined,
  keys: readonly string[] | undefined,
  named: boolean,
): Pair[] {
  return largest(values, 0, heads * rows * columns, topPairs).map(i => {
    const head = Math.floor(i / (rows * columns));
    const [row, column] = [Math.floor(i / columns) % rows, i % columns];
    const query = queries?.[row] ?? String(row);
    return [
      `${named ? `head ${head}: ` : ""}${short(query)}`,
      short(keys?.[column] ?? String(column)),
      formatNumber(values[i]!, 2),
    ];
  });
}

function pairsText(
  values: Values,
  head: number,
  rows: number,
  columns: number,
  queries: readonly string[] | undefined,
  keys: readonly string[] | undefined,
  count: number,
): string[] {
  const first = head * rows * columns;
  return largest(values, first, first + rows * columns, count).map(i => {
    const [row, column] = [Math.floor((i - first) / columns), i % columns];
    return `${short(queries?.[row] ?? String(row))} to ${short(keys?.[column] ?? String(column))} ${formatNumber(values[i]!, 2)}`;
  });
}

/** Positions of the largest values, the largest first. */
function largest(values: Values, from: number, to: number, count: number): number[] {
  const found: number[] = [];
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    if (!(found.length < count || value > values[found.at(-1)!]!)) continue;
    const at = found.findIndex(j => values[j]! < value);
    found.splice(at < 0 ? found.length : at, 0, i);
    if (found.length > count) found.pop();
  }
  return found;
}

/** How many bits it takes on average to say which key a query looks at. */
function meanEntropy(values: Values, head: number, rows: number, columns: number): number {
  let sum = 0;
  for (let i = head * rows * columns; i < (head + 1) * rows * columns; i++) {
    const w = values[i]!;
    if (w > 0) sum -= w * Math.log2(w);
  }
  return sum / rows;
}

/** Rows that do not sum to 1; a fully masked row is 0 or NaN. */
function rowsOff(values: Values, columns: number): number {
  let off = 0;
  for (let at = 0; at < values.length; at += columns) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += values[at + j]!;
    if (!(Math.abs(sum - 1) <= tolerance)) off++;
  }
  return off;
}

function short(token: string): string {
  return token.length > 12 ? `${token.slice(0, 11)}…` : token;
}
