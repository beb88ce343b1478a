/** Text that is HTML already. Everything else that enters a template is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What a template takes: escaped text and numbers, ready HTML, lists of these; `false`, `null` and `undefined` are empty. */
export type Part = Html | string | number | false | null | undefined | readonly Part[];

/**
 * Builds HTML; user text is escaped by default, also inside attributes (always quote them).
 *
 * @example html`<b>${"1 < 2"}</b>`.text; // "<b>1 &lt; 2</b>"
 */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  let text = strings[0]!;
  for (let i = 0; i < parts.length; i++) text += markup(parts[i]) + strings[i + 1]!;
  return new Html(text);
}

/** Marks text as HTML. Only for text that this package wrote: nothing a user wrote may come here. */
export function trusted(text: string): Html {
  return new Html(text);
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Escapes text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, c => entities[c]!);
}

function markup(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  return part ? part.map(markup).join("") : "";
}
