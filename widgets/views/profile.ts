import type { Profile } from "../../engine/index.js";
import { formatBytes, formatCount, formatNumber, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { drawing, px } from "../svg.js";
import { card, scrolled, table } from "../theme.js";
import { View } from "./view.js";

/** The most operations in the table, blocks in the drawing, and rows of blocks. */
const mostRows = 10;
const mostBlocks = 500;
const mostDepth = 10;
const width = 856;
const rowHeight = 24;
/** Between the row of all time and those of the kernels. */
const gap = 6;

/** A layer or an operation, with the time in all that ran inside it. */
interface Block {
  name: string;
  took: number;
  calls: number;
  /** 1 forward, 2 backward, 3 update, 4 all of them; 0 is JavaScript. */
  colour: number;
  inside: Map<string, Block>;
}

/**
 * Draws where the time of a function went: layers and operations as blocks over their time, what is called below what calls
 * it, and the ten operations that took the most in themselves.
 *
 * @param profile what `profile(fn)` measured
 * @throws TypeError when it is something else
 * @example
 * show.profile(profile(() => randn([64, 64]).matmul(randn([64, 64]))));
 */
export function profileView(profile: Profile): View {
  if (!Array.isArray(profile?.events) || typeof profile.byOperation !== "function") {
    throw new TypeError("show.profile: this is no profile. Give what profile(() => step(x)) returns.");
  }
  const { events, total, kernels, javascript, overhead, threads, left } = profile;
  const compiled = events.filter(event => event.compiled).length;
  const commands = events.length + left.commands;
  const share = total > 0 ? ` (${percent(kernels / total)})` : "";
  const facts = [
    { text: time(total) },
    { text: `${time(kernels)} in ${formatQuantity(commands, "kernel")}${share}` },
    { text: `${time(javascript)} in JavaScript` },
    { text: formatQuantity(threads, "thread") },
    ...(compiled > 0 ? [{ text: compiled === events.length ? "compiled" : `${formatCount(compiled)} compiled` }] : []),
    { text: `measuring took ${time(overhead)} more` },
  ];
  const operations = profile.byOperation();
  const notes = [
    "Above: the whole time. Below: the time in kernels; under each layer or operation stands what it calls.",
    ...(left.commands > 0 ? [`${formatCount(left.commands)} later kernels (${time(left.took)}) are not drawn.`] : []),
    ...(left.untimed > 0 ? [`${formatCount(left.untimed)} commands of another device are not timed.`] : []),
  ];
  const rows = operations.slice(0, mostRows).map(row => [
    row.op,
    row.phase,
    row.shape ? `[${row.shape.join(", ")}]` : "",
    formatCount(row.calls),
    time(row.took),
    percent(row.share),
    formatBytes(row.bytes),
    // Bytes in a millisecond, in GB a second.
    row.took > 0 ? formatNumber(row.bytes / row.took / 1e6, 3) : "–",
  ]);
  const heads = ["operation", "pass", "longest", "calls", "time", "share", "bytes", "GB/s"];
  const more = operations.length - rows.length;
  const body =
    events.length > 0
      ? [
          icicle(profile),
          html`<div><small>${notes.join(" ")}</small></div>`,
          scrolled(table(heads, rows, { words: [0, 1, 2] })),
          more > 0 && html`<small>${formatQuantity(more, "more operation")} not shown</small>`,
        ]
      : [html`<small>${javascript > 0 ? "no kernel ran" : "nothing ran"}</small>`];
  const shown = card({ title: "Profile", facts, body, styles: ["plot", "table"] });
  return new View(shown.text, String(profile));
}

/** Kernels beside JavaScript; below them the kernels alone, from the outside in. */
function icicle(profile: Profile): Html {
  const { kernels, javascript } = profile;
  const root = blocksOf(profile);
  const scale = width / Math.max(kernels, 1e-9);
  const drawn: Html[] = [];
  let depth = 0;
  let hidden = 0;
  const drawInside = (block: Block, x: number, level: number) => {
    let at = x;
    for (const inner of block.inside.values()) {
      draw(inner, at, level);
      at += inner.took * scale;
    }
  };
  const draw = (block: Block, x: number, level: number) => {
    const wide = block.took * scale;
    if (wide < 1 || level > mostDepth || drawn.length >= mostBlocks) {
      hidden++;
      return;
    }
    depth = Math.max(depth, level);
    drawn.push(blockPart(block, x, level * rowHeight + gap, wide, kernels));
    drawInside(block, x, level + 1);
  };
  drawInside(root, 0, 1);
  const all = Math.max(kernels + javascript, 1e-9);
  const share = (kernels / all) * width;
  const outside: Block = { name: "JavaScript", took: javascript, calls: 0, colour: 0, inside: new Map() };
  const both = [blockPart(root, 0, 0, share, all), blockPart(outside, share, 0, width - share, all)];
  const most = profile.byOperation()[0]!;
  const label = `${time(profile.total)}, of which ${time(kernels)} in kernels; the most in ${most.op}, ${most.phase}: ${time(most.took)}`;
  const height = (depth + 1) * rowHeight + gap;
  const plot = drawing({ width, height, label, body: html`${both}${drawn}` });
  return html`${plot}${hidden > 0 && html`<div><small>${formatQuantity(hidden, "block")} too narrow or too deep to draw</small></div>`}`;
}

function blockPart({ name, took, calls, colour }: Block, x: number, y: number, wide: number, all: number): Html {
  const room = Math.floor((wide - 8) / 7);
  const words = `${name} ${time(took)}`;
  const text =
    words.length <= room ? words : name.length <= room ? name : room >= 5 ? `${name.slice(0, room - 1)}…` : "";
  const label = text && html`<text class="tt" x="${px(x + 4)}" y="${px(y + 16)}">${text}</text>`;
  const hint = html`<title>${name}: ${time(took)}, ${percent(took / all)}, ${calls > 0 ? formatQuantity(calls, "kernel") : "no kernel"}</title>`;
  const fill = colour === 0 ? "u" : `f${colour}`;
  return html`<g>${hint}<rect class="${fill}" fill-opacity="${colour === 0 ? ".15" : ".25"}" x="${px(x)}" y="${px(y)}" width="${px(Math.max(0.6, wide - 1))}" height="${rowHeight - 2}" rx="2"/>${label}</g>`;
}

/** What was called below what called it, in the order of the first call. */
function blocksOf({ events, kernels, left }: Profile): Block {
  const block = (name: string, colour: number): Block => ({ name, took: 0, calls: 0, colour, inside: new Map() });
  const root = block("kernels", 4);
  root.took = kernels;
  for (const { path, took } of events) {
    const colour = path[0] === "backward" ? 2 : path[0] === "update" ? 3 : 1;
    let at = root;
    root.calls++;
    for (const name of path) {
      const inner = at.inside.get(name) ?? block(name, colour);
      at.inside.set(name, inner);
      inner.took += took;
      inner.calls++;
      at = inner;
    }
  }
  if (left.took > 0)
    root.inside.set("\0later", { ...block("later kernels", 0), took: left.took, calls: left.commands });
  return root;
}

/** A time in milliseconds, with its unit. */
function time(milliseconds: number): string {
  if (milliseconds >= 1000) return `${formatNumber(milliseconds / 1000, 3)} s`;
  return milliseconds >= 1 || milliseconds === 0
    ? `${formatNumber(milliseconds, 3)} ms`
    : `${formatNumber(1000 * milliseconds, 3)} µs`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
