import { formatCount, formatQuantity } from "../format.js";
import { type Html, html } from "../html.js";
import type { PrincipalPlane } from "../principal.js";
import { drawing, linePath, px } from "../svg.js";
import { card } from "../theme.js";
import { type EmbeddedPoints, embeddedPoints, type NamesLike, type PointClass } from "./embedded.js";
import type { NumbersLike } from "./tensor-like.js";
import { View } from "./view.js";

/** How `show.embeddings` draws. */
export interface EmbeddingOptions {
  /** Heading of the card. */
  title?: string;
  /** The class of each point: numbers or words, or a tensor with a number for each. */
  labels?: NamesLike;
}

/** The most classes that have a name in the plot. */
export const mostNames = 40;
/** Of the plot, in pixels. */
export const plotSize = { width: 856, height: 460 } as const;

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
  return embeddedView(embeddedPoints(points, options.labels, "show.embeddings"), options.title);
}

/** Draws points that were laid into their plane already. */
export function embeddedView(embedded: EmbeddedPoints, title = "Embeddings"): View {
  const { count, features, rows, every, labelled, plane, classes } = embedded;
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
      ...(labelled ? [{ text: classes.length === 1 ? "1 class" : `${formatCount(classes.length)} classes` }] : []),
      { text: `the plane explains ${both}`, hint: `${first} and ${second} of the variance` },
    ],
    body: [
      scatter(plane, classes, label),
      labelled && legend(classes),
      html`<div><small>${notes.join(" · ")}</small></div>`,
    ],
    styles: ["plot"],
  });
  const text = `${title} of ${formatQuantity(count, "point")} with ${formatQuantity(features, "feature")}: PCA explains ${first} + ${second} = ${both}`;
  return new View(shown.text, text);
}

/** Where places of the plane are in the plot, in pixels. One scale for both axes, or distances lie. */
export function plotScale({ places }: PrincipalPlane): { x(value: number): number; y(value: number): number } {
  let [left, right, top, bottom] = [0, 0, 0, 0];
  for (let i = 0; i < places.length; i += 2) {
    left = Math.min(left, places[i]!);
    right = Math.max(right, places[i]!);
    bottom = Math.min(bottom, places[i + 1]!);
    top = Math.max(top, places[i + 1]!);
  }
  const { width, height } = plotSize;
  const scale = Math.min((width - 60) / (right - left || 1), (height - 40) / (top - bottom || 1));
  return {
    x: value => width / 2 + (value - (left + right) / 2) * scale,
    y: value => height / 2 - (value - (top + bottom) / 2) * scale,
  };
}

/** The names of the largest classes, in the middle of their points. */
export function classMarks({ places }: PrincipalPlane, classes: readonly PointClass[]) {
  return [...classes]
    .filter(c => c.name !== "")
    .sort((a, b) => b.members.length - a.members.length)
    .slice(0, mostNames)
    .map(({ name, members, colour }) => {
      const middle = (axis: number) => members.reduce((sum, i) => sum + places[2 * i + axis]!, 0) / members.length;
      return { text: shorten(name), colour, middle: [middle(0), middle(1)] as const };
    });
}

function scatter(plane: PrincipalPlane, classes: readonly PointClass[], label: string): Html {
  const { width, height } = plotSize;
  const { places } = plane;
  const { x, y } = plotScale(plane);
  const dots = classes.map(({ members, colour }) => {
    const d = members.map(i => linePath([[x(places[2 * i]!), y(places[2 * i + 1]!)]])).join("");
    return html`<path class="s${colour} pt" d="${d}"/>`;
  });
  const marks = classMarks(plane, classes).map(({ text, colour, middle }) => {
    // A name at the rim stays inside.
    const half = 3.6 * text.length;
    const at = Math.max(half + 2, Math.min(width - half - 2, x(middle[0])));
    return html`<text class="f${colour} b" x="${px(at)}" y="${px(y(middle[1]) + 4)}" text-anchor="middle" style="font-size:13px">${text}</text>`;
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

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

/** A name at most 20 characters long. */
export function shorten(name: string): string {
  return name.length > 20 ? `${name.slice(0, 19)}…` : name;
}
