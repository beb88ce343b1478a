import { type Displayable, displaySymbol, type MimeBundle } from "../display.js";

/** A value's picture that is not on the page yet: the last value of a cell shows itself, `display` shows it anywhere. */
export class View implements Displayable {
  readonly #bundle: MimeBundle;

  constructor(html: string, text: string) {
    this.#bundle = { "text/html": html, "text/plain": text };
  }

  /** What a front end shows. */
  [displaySymbol](): MimeBundle {
    return this.#bundle;
  }
}
