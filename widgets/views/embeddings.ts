import { formatCount, formatNumber, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import { type PrincipalPlane, principalPlane } from "../principal.js";
import { drawing, linePath, px } from "../svg.js";
import { card } from "../theme.js";
import { asTensorLike, isTensorLike, type NumbersLike, numbersOf, type TensorLike } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.embeddings` draws. */
export interface EmbeddingOptions {
  /** Heading of the card. */
  title?: string;
  /** The class of each point: numbers or words, or a tensor with a number for each. */
  labels?: TensorLike | ArrayLike<string | number | bigint | boolean>;
}

/** The most points that are drawn, and classes that have a name in the plot. */
const most = 3500;
const mostNames = 40;
const width = 856;
const height = 460;

/**
 * Draws points of many features in the plane in which they differ the most (principal component analysis), with how much of the
 * variance that plane explains. Classes have their colour, and their name stands in their middle.
 *
 * @param points [N, features]
 * @throws TypeError for another shape, fewer than two points, values that are not finite, or labels that do not fit in number
 * @example
 * show.embeddings(randn([100, 8]), { labels: randint(0, 3, [100]) });
 */
export function embeddingsView(points: NumbersLike, options: EmbeddingOptions = {}): View {
  const tensor = asTensorLike(points, "show.embeddings");
  const [count = 0, features = 0] = tensor.shape;
  if (tensor.shape.length !== 2 || count < 2 || features === 0) {
    throw new TypeError(
      `show.embeddings: points of shape [${tensor.shape.join(", ")}]. Give two or more points, [N, features]; flatten the others.`,
    );
  }
  const all = numbersOf(tensor);
  for (let i = 0; i < all.length; i++) {
    if (!Number.isFinite(all[i]!)) {
      throw new TypeError(
        `show.embeddings: ${formatNumber(all[i]!)} at [${Math.floor(i / features)}, ${i % features}]. Leave such points out.`,
      );
    }
  }
  const names = namesOf(options.labels);
  if (names && names.length !== count) {
    throw new TypeError(
      `show.embeddings: ${formatQuantity(count, "point")} but ${names.length} labels. Give one for each.`,
    );
  }
  // Of very many points one in n is enough to say where they lie; which one jumps about, lest labels repeat in step.
  const every = Math.ceil(count / most);
  const rows = Array.from(
    { length: Math.floor(count / every) },
    (_, i) => i * every + ((Math.imul(i, 0x9e3779b1) >>> 8) % every),
  );
  const values = every === 1 ? all : picked(all, rows, features);
  const plane = principalPlane(values, rows.length, features);
  const classes = classesOf(rows, names);
  const title = options.title ?? "Embeddings";
  const [first, second] = plane.explained.map(percent) as [string, string];
  const both = percent(plane.explained[0] + plane.explained[1]);
  const label = `${title}: ${formatQuantity(rows.length, "point")} in the plane of the first two principal components, which explain ${first} and ${second} of the variance`;
  const notes = [
    "x, y: first and second principal component, one scale",
    ...(every > 1 ? [`${formatCount(rows.length)} of ${formatCount(count)} points`] : []),
    ...(classes.length > mostNames ? [`${mostNames} of ${formatCount(classes.length)} classes named`] : []),
  ];
  const shown = card({
    title,
    facts: [
      { text: formatQuantity(count, "point") },
      { text: formatQuantity(features, "feature") },
      ...(names ? [{ text: classes.length === 1 ? "1 class" : `${formatCount(classes.length)} classes` }] : []),
      { text: `the plane explains ${both}`, hint: `${first} and ${second} of the variance` },
    ],
    body: [
      scatter(plane, classes, label),
      names && legend(classes),
      html`<div><small>${notes.join(" · ")}</small></div>`,
    ],
    styles: ["plot"],
  });
  const text = `${title} of ${formatQuantity(count, "point")} with ${formatQuantity(features, "feature")}: PCA explains ${first} + ${second} = ${both}`;
  return new View(shown.text, text);
}

/** The points of one class, by their places in the plane. */
interface PointClass {
  name: string;
  members: readonly number[];
  colour: number;
}

/** Classes in the order of their names (numbers by size). */
function classesOf(rows: readonly number[], names: readonly string[] | undefined): PointClass[] {
  const members = new Map<string, number[]>();
  rows.forEach((row, i) => {
    const name = names?.[row] ?? "";
    const list = members.get(name);
    if (list) list.push(i);
    else members.set(name, [i]);
  });
  return [...members]
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([name, list], i) => ({ name, members: list, colour: (i % 6) + 1 }));
}

function scatter({ places }: PrincipalPlane, classes: readonly PointClass[], label: string): Html {
  let [left, right, top, bottom] = [0, 0, 0, 0];
  for (let i = 0; i < places.length; i += 2) {
    left = Math.min(left, places[i]!);
    right = Math.max(right, places[i]!);
    bottom = Math.min(bottom, places[i + 1]!);
    top = Math.max(top, places[i + 1]!);
  }
  // One scale for both axes, or distances lie.
  const scale = Math.min((width - 60) / (right - left || 1), (height - 40) / (top - bottom || 1));
  const x = (value: number) => width / 2 + (value - (left + right) / 2) * scale;
  const y = (value: number) => height / 2 - (value - (top + bottom) / 2) * scale;
  const dots = classes.map(({ members, colour }) => {
    const d = members.map(i => linePath([[x(places[2 * i]!), y(places[2 * i + 1]!)]])).join("");
    return html`<path class="s${colour} pt" d="${d}"/>`;
  });
  const marks = classes
    .filter(c => c.name !== "")
    .sort((a, b) => b.members.length - a.members.length)
    .slice(0, mostNames)
    .map(({ name, members, colour }) => {
      const middle = (axis: number) => members.reduce((sum, i) => sum + places[2 * i + axis]!, 0) / members.length;
      const text = shorten(name);
      // A name at the rim stays inside.
      const half = 3.6 * text.length;
      const at = Math.max(half + 2, Math.min(width - half - 2, x(middle(0))));
      return html`<text class="f${colour} b" x="${px(at)}" y="${px(y(middle(1)) + 4)}" text-anchor="middle" style="font-size:13px">${text}</text>`;
    });
  const axes = html`<line x1="0" x2="${width}" y1="${px(y(0))}" y2="${px(y(0))}"/><line x1="${px(x(0))}" x2="${px(x(0))}" y1="0" y2="${height}"/>`;
  return drawing({ width, height, label, body: html`${axes}${dots}${marks}` });
}

function legend(classes: readonly PointClass[]): Html {
  const shown = classes.slice(0, mostNames);
  const entries = shown.map(
    ({ name, members, colour }, i) =>
      html`${i > 0 && " · "}<span style="color:var(--s${colour})">■</span> ${shorten(name)} (${formatCount(members.length)})`,
  );
  return html`<div><small>${entries}</small></div>`;
}

function picked(all: ArrayLike<number>, rows: readonly number[], features: number): Float64Array {
  const out = new Float64Array(rows.length * features);
  rows.forEach((row, i) => {
    for (let j = 0; j < features; j++) out[i * features + j] = all[row * features + j]!;
  });
  return out;
}

function namesOf(given: EmbeddingOptions["labels"]): string[] | undefined {
  if (given === undefined) return undefined;
  if (!isTensorLike(given) && !Array.isArray(given) && !ArrayBuffer.isView(given)) {
    throw new TypeError("show.embeddings: labels is no list. Give an array or a tensor with one for each point.");
  }
  return Array.from((isTensorLike(given) ? given.data() : given) as ArrayLike<unknown>, name => String(name));
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function shorten(name: string): string {
  return name.length > 20 ? `${name.slice(0, 19)}…` : name;
}
