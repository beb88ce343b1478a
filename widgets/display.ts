/** The well-known symbol under which a value keeps its rich form. Deno's kernel uses the same, so values travel. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never;

/** Mime type to content: strings for text, base64 strings for binary types, JSON values for `+json` types. */
export type MimeBundle = Record<string, unknown>;

/** A value that shows itself. The method may be asynchronous. */
export interface Displayable {
  /** What a front end shows. */
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
  /**
   * The forms of any value: its own display method, else duck typing, else inspection. What fails inside falls back to
   * text. An empty bundle means that there is nothing to show.
   */
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

/** One output that is on the page, and the way to replace it. */
export interface DisplayHandle extends Displayable {
  readonly id: string;
  /** Shows `value` in the same place. */
  update(value: unknown): void;
}

/**
 * Shows a value where the cell's output is, now, and returns a handle that can replace it. Outside a notebook it prints
 * the value's text. A value whose form comes later keeps its place among the outputs.
 *
 * @param value anything; a value with a `Symbol.for("Jupyter.display")` method shows its own form
 * @param options.id names the output for other programs that want to update it; made up when absent
 * @throws TypeError when the id is not a string with at least one character
 * @example
 * const status = display("working");
 * status.update("done");
 */
export function display(value: unknown, options: { id?: string } = {}): DisplayHandle {
  const id = options.id ?? crypto.randomUUID();
  if (typeof id !== "string" || id === "") {
    throw new TypeError("display: the id must be a string of at least one character. Leave it out to have one made.");
  }
  const output = new Output(id);
  output.update(value);
  return output;
}

/**
 * Clears what the cell has shown so far.
 *
 * @param options.wait true: clear at the moment the next output arrives, which avoids flicker
 * @example clearOutput({ wait: true });
 */
export function clearOutput(options: { wait?: boolean } = {}): void {
  sink?.clear(options.wait ?? false);
}

const pending = new Set<Promise<void>>();

/** Resolves when every value whose form was still being made is on the page. A kernel awaits it before a cell is done. */
export async function pendingDisplays(): Promise<void> {
  while (pending.size > 0) await Promise.all(pending);
}

class Output implements DisplayHandle {
  readonly id: string;
  #shown = false;
  /** Counts the values given; the late form of an older value is dropped. */
  #version = 0;

  constructor(id: string) {
    this.id = id;
  }

  update(value: unknown): void {
    const version = ++this.#version;
    const bundle = sink ? formatted(sink, value) : printable(value);
    if (!isPromise(bundle)) {
      this.#send(bundle);
      return;
    }
    // The place is taken at once, so that the order of outputs is the order of the calls.
    if (sink && !this.#shown) this.#send({ "text/plain": "…" });
    const arrival = bundle.catch(failure).then(made => {
      pending.delete(arrival);
      if (version === this.#version) this.#send(made);
    });
    pending.add(arrival);
  }

  #send(data: MimeBundle): void {
    if (sink) sink.show({ data, metadata: {}, displayId: this.id, update: this.#shown });
    else console.log(data["text/plain"] ?? `[${Object.keys(data).join(", ")}]`);
    this.#shown = true;
  }

  /** A handle has nothing to show as a cell's result: its output is already on the page. */
  /** What a front end shows. */
  [displaySymbol](): MimeBundle {
    return {};
  }
}

function formatted(to: DisplaySink, value: unknown): MimeBundle | Promise<MimeBundle> {
  try {
    return to.format(value);
  } catch (error) {
    return failure(error);
  }
}

/** What is printed where there is no notebook: the text of a value's own form, else the value as the console shows it. */
function printable(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (!isDisplayable(value)) return { "text/plain": value };
  try {
    return value[displaySymbol]();
  } catch (error) {
    return failure(error);
  }
}

/** A display method that fails takes neither the cell nor the other outputs down. */
function failure(error: unknown): MimeBundle {
  let why = "unknown";
  try {
    why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    // Even the error has no text.
  }
  return { "text/plain": `(the value could not be displayed: ${why})` };
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Partial<Promise<T>> | null)?.then === "function";
}
