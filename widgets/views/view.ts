import { type Displayable, displaySymbol, type MimeBundle } from "../display.js";
import { viewMark, viewType } from "../view-type.js";

/** The forms of a view: its HTML, marked as ours, and its text. */
export function viewBundle(html: string, text: string): MimeBundle {
  return { [viewType]: viewMark, "text/html": html, "text/plain": text };
}

/** A value's picture that is not on the page yet: the last value of a cell shows itself, `display` shows it anywhere. */
export class View implements Displayable {
  readonly #bundle: MimeBundle;

  constructor(html: string, text: string) {
    this.#bundle = viewBundle(html, text);
  }

  /** What a front end shows. */
  [displaySymbol](): MimeBundle {
    return this.#bundle;
  }
}
