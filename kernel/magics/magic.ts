import type { MimeBundle } from "../../widgets/display.js";

/** How a magic was called. */
export interface MagicCall {
  /** What stands behind its name on the line, without spaces around it. */
  args: string;
  /** The lines below a cell magic, as they were written; empty for a line magic. */
  body: string;
}

/** What a magic may ask of the place where cells run. */
export interface MagicHost {
  /** The folder that npm installs into: the nearest package, or else the notebook's own folder. */
  installFolder(): string;
  /** Aborted when the cell is stopped. */
  signal(): AbortSignal;
  /** @throws KeyboardInterrupt when the cell was stopped; for loops that do not await. */
  checkStopped(): void;
  /** Adds text to the cell's output. */
  print(text: string, stream?: "stdout" | "stderr"): void;
  /** Shows something as an output of the cell. */
  show(data: MimeBundle): void;
  /** Asks something of the front end or of the kernel process when the cell is over. */
  payload(payload: object): void;
  /** The names that cells have declared, in the order in which they came. */
  names(): string[];
  /** The value behind such a name. */
  read(name: string): unknown;
  /** The value of an expression in JavaScript. @throws what the expression throws */
  evaluate(expression: string): unknown;
  /** Makes the names unknown again. */
  forget(names: string[]): Promise<void>;
}

/** One magic: what it is called, what it says about itself, and what it does. */
export interface Magic {
  name: string;
  /** How it is written on a line of its own, if it can be. */
  line?: string;
  /** How it is written as the first line of a cell whose other lines are its body, if it can be. */
  cell?: string;
  /** One sentence. */
  summary: string;
  /** More about it, for `%help NAME`. */
  details?: string;
  /** Its argument or body is TypeScript, which stays a part of the cell: it is timed there. */
  code?: "time" | "timeit";
  /** Does it. Absent for magics with `code`. */
  run?(call: MagicCall, host: MagicHost): void | Promise<void>;
}

/** A magic that was called in a way it has no answer to, or that could not do its work; says what to write instead. */
export class MagicError extends Error {
  override readonly name = "MagicError";
}
