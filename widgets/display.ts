/** The well-known symbol under which a value keeps its rich form. Deno's kernel uses the same, so values travel. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never;

/** Mime type to content: strings for text, base64 strings for binary types, JSON values for `+json` types. */
export type MimeBundle = Record<string, unknown>;

/** A value that shows itself. The method may be asynchronous. */
export interface Displayable {
  [displaySymbol](): MimeBundle | Promise<MimeBundle>;
}

export function isDisplayable(value: unknown): value is Displayable {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as Partial<Displayable>)[displaySymbol] === "function"
  );
}

/** One output of a cell, as the Jupyter protocol has it. */
export interface DisplayOutput {
  data: MimeBundle;
  metadata: Record<string, unknown>;
  /** Names the output so that a later one may replace it. */
  displayId?: string;
  /** True: replace the output of the same id instead of adding one. */
  update: boolean;
}

/**
 * Where outputs go. The kernel's evaluator installs one; outside a notebook there is none and `display` prints text.
 * `show` is synchronous and ordered with everything else the cell prints, so it also works inside a busy loop.
 */
export interface DisplaySink {
  show(output: DisplayOutput): void;
  clear(wait: boolean): void;
  /** A value that has no rich form of its own: duck typing, then inspection. */
  format(value: unknown): MimeBundle | Promise<MimeBundle>;
}

let sink: DisplaySink | undefined;

/** Installs the place where outputs go; `undefined` removes it. */
export function setDisplaySink(next: DisplaySink | undefined): void {
  sink = next;
}

/** The installed sink, if this code runs in a notebook. */
export function displaySink(): DisplaySink | undefined {
  return sink;
}
