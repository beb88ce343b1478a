import { formatNumber } from "../format.js";
import { html, trusted } from "../html.js";
import { card, scrolled, table, tile } from "../theme.js";
import type { Picture } from "./attack-pictures.js";
import { figure } from "./scores.js";
import { textTable } from "./table.js";
import { View } from "./view.js";

/** An attack on one input: what both sides of the attack explorer know. */
export interface AttackState {
  title: string;
  /** How far each value is moved. */
  epsilon: number;
  /** The largest epsilon of the slider. */
  max: number;
  /** The right class. */
  truth: string;
  /** What the model says now. */
  answer: string;
  right: boolean;
  /** The likeliest classes, with their probabilities before and after. */
  classes: readonly { name: string; before: number; after: number; truth: boolean }[];
  pictures: readonly Picture[];
  note: string;
}

/** The most classes that are listed. */
const most = 8;

/** The classes that are likeliest before or after, in their order, the right one among them. */
export function likeliest(before: readonly number[], after: readonly number[], truth: number): number[] {
  const weight = (c: number) => (c === truth ? Infinity : Math.max(before[c]!, after[c]!));
  return before
    .map((_, c) => c)
    .sort((a, b) => weight(b) - weight(a) || a - b)
    .slice(0, most)
    .sort((a, b) => a - b);
}

/** Draws an attack as it stands: the pictures, and the probabilities before and after. */
export function attackView({ title, epsilon, truth, answer, right, classes, pictures, note }: AttackState): View {
  const heads = ["class", "before", "after"];
  const rows = classes.map(c => [c.truth ? `${c.name} (right)` : c.name, figure(c.before), figure(c.after)]);
  const size = `epsilon ${formatNumber(epsilon, 3)}`;
  const verdict = right ? `still taken for ${truth}` : `${truth} is taken for ${answer}`;
  const shown = card({
    title,
    facts: [{ text: size }, { text: verdict, tone: right ? "good" : "bad" }],
    body: [
      html`<div>${pictures.map(p => tile(trusted(p.markup), p.caption))}</div>`,
      scrolled(table(heads, rows, { words: [0] })),
      html`<small>${note}</small>`,
    ],
    styles: ["tiles", "table"],
  });
  return new View(shown.text, `${title}: ${size}, ${verdict}\n${textTable([heads, ...rows])}`);
}
