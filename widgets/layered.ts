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
const gapY = 26;
/** Lines between columns meet a box so far from its corner. */
const corner = 16;
/** Between two lines that pass the same boxes, and how many of them keep apart. */
const laneGap = 8;
const mostLanes = 8;

type Point = readonly [x: number, y: number];

/**
 * Draws boxes and what leads from one to the other, downwards: each box lies below all that lead to it. Tall drawings scroll.
 *
 * @param label what the drawing says, for people who do not see it
 */
export function layeredDrawing(boxes: readonly Box[], label: string): Html {
  const { rank, column, columns } = placed(boxes);
  const ranks = Math.max(...rank) + 1;
  const { lane, lanes } = laned(boxes, rank, column);
  const gapX = Math.max(24, (lanes + 1) * laneGap);
  const width = Math.max(320, columns * (boxWidth + gapX) + 40);
  const height = ranks * (boxHeight + gapY) + 2;
  const left = (i: number) => 20 + column[i]! * (boxWidth + gapX);
  const top = (i: number) => 1 + rank[i]! * (boxHeight + gapY);
  const edges = boxes.map((box, i) =>
    box.inputs.map(j => {
      const way = lane.get(`${j} ${i}`);
      return way === undefined
        ? step([left(j), top(j)], [left(i), top(i)])
        : detour([left(j), top(j)], [left(i), top(i)], (way + 1) * laneGap);
    }),
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

/** A line to a box in the next row; from one column to another it keeps clear of what is written right of the middle. */
function step([x1, y1]: Point, [x2, y2]: Point): Html {
  const [from, to] = [y1 + boxHeight, y2];
  if (x1 === x2) return html`<path class="eg" d="M${px(x1 + boxWidth / 2)} ${px(from)}V${px(to)}"/>`;
  const [a, b] = x1 > x2 ? [x1 + boxWidth / 2, x2 + boxWidth - corner] : [x1 + boxWidth - corner, x2 + corner];
  return html`<path class="eg" d="M${px(a)} ${px(from)}C${px(a)} ${px(from + 14)} ${px(b)} ${px(to - 14)} ${px(b)} ${px(to)}"/>`;
}

/** A line around the boxes between two rows, on their right; it leaves and enters at the side, clear of what is written below a box. */
function detour([x1, y1]: Point, [x2, y2]: Point, aside: number): Html {
  const lane = Math.max(x1, x2) + boxWidth + aside;
  const [from, to] = [y1 + boxHeight / 2, y2 + boxHeight / 2];
  const centre = boxWidth / 2;
  const out =
    x1 >= x2
      ? `M${px(x1 + boxWidth)} ${px(from)}H${px(lane - 6)}Q${px(lane)} ${px(from)} ${px(lane)} ${px(from + 6)}`
      : `M${px(x1 + centre)} ${px(y1 + boxHeight)}C${px(x1 + centre)} ${px(y1 + boxHeight + 16)} ${px(lane)} ${px(y1 + boxHeight)} ${px(lane)} ${px(y1 + boxHeight + 24)}`;
  const back =
    x2 >= x1
      ? `V${px(to - 6)}Q${px(lane)} ${px(to)} ${px(lane - 6)} ${px(to)}H${px(x2 + boxWidth)}`
      : `V${px(y2 - 24)}C${px(lane)} ${px(y2)} ${px(x2 + centre)} ${px(y2 - 16)} ${px(x2 + centre)} ${px(y2)}`;
  return html`<path class="eg" d="${out}${back}"/>`;
}

/** Which lane beside the boxes a line that passes rows takes, by `from to`: lines that pass the same rows keep apart. */
function laned(boxes: readonly Box[], rank: readonly number[], column: readonly number[]) {
  const lane = new Map<string, number>();
  const busy = new Map<number, [from: number, to: number][][]>();
  let lanes = 0;
  const long = boxes.flatMap((box, i) => box.inputs.filter(j => rank[i]! - rank[j]! > 1).map(j => [j, i] as const));
  // The short ones inside.
  for (const [j, i] of long.sort((a, b) => rank[a[1]]! - rank[a[0]]! - (rank[b[1]]! - rank[b[0]]!))) {
    const beside = Math.max(column[j]!, column[i]!);
    const ways = busy.get(beside) ?? [];
    busy.set(beside, ways);
    let way = ways.findIndex(all => all.every(([from, to]) => rank[i]! < from || rank[j]! > to));
    if (way < 0) way = Math.min(ways.length, mostLanes - 1);
    ways[way] ??= [];
    ways[way]!.push([rank[j]!, rank[i]!]);
    lane.set(`${j} ${i}`, way);
    lanes = Math.max(lanes, way + 1);
  }
  return { lane, lanes };
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
