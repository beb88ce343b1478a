import { DTypeError } from "../errors.js";
import { Layer } from "./module.js";

/** How long a function's text may be to stand in a summary. */
const longest = 40;

/**
 * A function as a layer: in a `Sequential`, or between symbolic tensors. It has no parameters of its own.
 * @throws DTypeError for what is no function
 * @example new nn.Sequential(new nn.Linear(3, 4), new nn.Lambda((x: Tensor) => x.square()))(zeros([2, 3])).shape; // [2, 4]
 */
export class Lambda<Args extends readonly unknown[], Result> extends Layer {
  readonly #run: (...args: Args) => Result;
  readonly #label: string;

  /** @param options `label`: what summaries say (default: the function's name or text) */
  constructor(run: (...args: Args) => Result, { label }: { label?: string } = {}) {
    super();
    if (typeof run !== "function") {
      throw new DTypeError(`expected a function, got ${typeof run}`, { op: "Lambda", hint: "Give x => x.square()." });
    }
    this.#run = run;
    const text = String(run).replace(/\s+/g, " ");
    this.#label = label ?? (run.name || (text.length > longest ? `${text.slice(0, longest - 1)}…` : text));
  }

  forward(...args: Args): Result {
    return this.#run(...args);
  }

  override describe(): string {
    return this.#label;
  }
}
export interface Lambda<Args extends readonly unknown[], Result> {
  (...args: Args): Result;
}
