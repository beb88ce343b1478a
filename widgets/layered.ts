import { type Html, html } from "./html.js";
import { drawing, px } from "./svg.js";

/** A box of a layered drawing. */
export interface Box {
  /** The boxes above that lead to it, by position; each comes before it. */
  inputs: readonly number[];
  /** Bold. */
  title: string;
  note: string;
  /** Written on the edges that leave it. */
  edge: string;
  tone?: "bad" | "good" | "quiet";
  /** Drawn as repeated so often. */
  times?: number;
}

const boxWidth = 190;
const boxHeight = 38;
const gapX = 24;
const gapY = 26;

/**
 * Draws boxes and what leads from one to the other, downwards: each box lies below all that lead to it. Tall drawings scroll.
 *
 * @param label what the drawing says, for people who do not see it
 */
export function layeredDrawing(boxes: readonly Box[], label: string): Html {
  const { rank, column, columns } = placed(boxes);
  const ranks = Math.max(...rank) + 1;
  const width = Math.max(320, columns * (boxWidth + gapX) + 40);
  const height = ranks * (boxHeight + gapY) + 2;
  const left = (i: number) => 20 + column[i]! * (boxWidth + gapX);
  const top = (i: number) => 1 + rank[i]! * (boxHeight + gapY);
  const edges = boxes.map((box, i) =>
    box.inputs.map(j =>
      edge([left(j) + boxWidth / 2, top(j) + boxHeight], [left(i) + boxWidth / 2, top(i)], rank[i]! - rank[j]!),
    ),
  );
  const labels = boxes.map((box, i) => {
    if (box.edge === "" || !boxes.some(other => other.inputs.includes(i))) return undefined;
    return html`<text class="b" x="${px(left(i) + boxWidth / 2 + 6)}" y="${px(top(i) + boxHeight + 16)}">${fit(box.edge, 26)}</text>`;
  });
  const drawn = boxes.map((box, i) => boxOf(box, left(i), top(i)));
  const body = html`${edges}${drawn}${labels}`;
  return html`<div tabindex="0" style="overflow-x:auto;overflow-y:auto;max-height:620px"><div style="width:${width}px">${drawing({ width, height, label, body })}</div></div>`;
}

function boxOf(box: Box, x: number, y: number): Html {
  const kind = `bx ${box.tone ?? ""}`.trim();
  const times = box.times && box.times > 1 ? ` × ${box.times}` : "";
  return html`<rect class="${kind}" x="${px(x)}" y="${px(y)}" width="${boxWidth}" height="${boxHeight}" rx="5"/><text class="tt" x="${px(x + 8)}" y="${px(y + (box.note === "" ? 23 : 15))}">${fit(box.title, 26 - times.length)}${times}</text><text x="${px(x + 8)}" y="${px(y + 30)}">${fit(box.note, 30)}</text>`;
}

/** A line to the next layer; a longer way bows out, around the boxes between. */
function edge([x1, y1]: [number, number], [x2, y2]: [number, number], ranks: number): Html {
  if (ranks <= 1 && x1 === x2) return html`<path class="eg" d="M${px(x1)} ${px(y1)}V${px(y2)}"/>`;
  if (ranks <= 1)
    return html`<path class="eg" d="M${px(x1)} ${px(y1)}C${px(x1)} ${px(y1 + 14)} ${px(x2)} ${px(y2 - 14)} ${px(x2)} ${px(y2)}"/>`;
  const side = Math.max(x1, x2) + boxWidth / 2 + 12;
  return html`<path class="eg" d="M${px(x1)} ${px(y1)}C${px(x1)} ${px(y1 + 16)} ${px(side)} ${px(y1)} ${px(side)} ${px(y1 + 24)}V${px(y2 - 24)}C${px(side)} ${px(y2)} ${px(x2)} ${px(y2 - 16)} ${px(x2)} ${px(y2)}"/>`;
}

/** A row for each box, below all of its inputs, and a place in the row near those. What nothing leads to stands right above its reader. */
function placed(boxes: readonly Box[]): { rank: number[]; column: number[]; columns: number } {
  const rank: number[] = [];
  for (const box of boxes) rank.push(box.inputs.reduce((n, j) => Math.max(n, rank[j]! + 1), 0));
  const reader = new Map<number, number>();
  boxes.forEach((box, i) => {
    for (const j of box.inputs) reader.set(j, Math.min(reader.get(j) ?? rank[i]!, rank[i]!));
  });
  boxes.forEach((box, i) => {
    if (box.inputs.length === 0) rank[i] = Math.max(0, (reader.get(i) ?? 1) - 1);
  });
  const column: number[] = [];
  const taken: Set<number>[] = [];
  boxes.forEach((box, i) => {
    const row = rank[i]!;
    taken[row] ??= new Set();
    let place = box.inputs.length > 0 ? Math.min(...box.inputs.map(j => column[j]!)) : row > 0 ? 1 : 0;
    while (taken[row].has(place)) place++;
    taken[row].add(place);
    column[i] = place;
  });
  return { rank, column, columns: Math.max(...column) + 1 };
}

function fit(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text;
}
