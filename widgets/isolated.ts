import { type Html, html } from "./html.js";

/** Text that runs from right to left, kept from turning around what stands beside it. */
export function isolated(text: string): string | Html {
  return /[\u0590-\u08ff\ufb1d-\ufefc]/.test(text) ? html`<bdi>${text}</bdi>` : text;
}
