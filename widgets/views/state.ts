import { formatQuantity } from "../format.js";
import { html } from "../html.js";
import { card, scrolled, table } from "../theme.js";
import { View } from "./view.js";

/** The most names that are shown, and characters of a value. */
const mostNames = 40;
const longest = 80;

/** The state of a widget as a table of names and values: what stands where the widget itself cannot run. */
export function stateView(name: string, state: object): View {
  const entries = Object.entries(state);
  const shown = entries.slice(0, mostNames);
  const rows = shown.map(([key, value]) => [key, stateText(value)]);
  const more = entries.length - shown.length;
  const body = [
    rows.length > 0 ? scrolled(table(["name", "value"], rows, { words: [0, 1] })) : undefined,
    more > 0 ? html`<small>${formatQuantity(more, "more name")} not shown</small>` : undefined,
  ];
  const facts = [{ text: formatQuantity(entries.length, "value") }];
  const text = shown.map(([key, value]) => `${key}: ${stateText(value)}`);
  return new View(
    card({ title: name, facts, body, styles: ["table"] }).text,
    `${name}(${text.join(", ")}${more > 0 ? ", …" : ""})`,
  );
}

/** A value of a state in a few characters; bytes by their number. */
export function stateText(value: unknown): string {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `${value.byteLength} bytes`;
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
