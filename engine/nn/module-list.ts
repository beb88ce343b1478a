import { DTypeError, ValueError } from "../errors.js";
import { Module } from "./module.js";

/** What the compiler asks of a layer in a list. */
type Listed = Pick<Module, "namedChildren">;

/**
 * Layers by number, whose parameters belong to the model that holds the list; it is called layer by layer.
 * @throws DTypeError for something that is no module
 * @example
 * class Net extends nn.Module {
 *   readonly blocks = new nn.ModuleList([new nn.Linear(3, 3), new nn.Linear(3, 3)]);
 *   forward(x: Tensor<[number, 3]>) {
 *     let y = x;
 *     for (const block of this.blocks) y = block(y);
 *     return y;
 *   }
 * }
 * Object.keys(new Net().stateDict()); // ["blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias"]
 */
export class ModuleList<M extends Listed = Module> extends Module {
  constructor(layers: Iterable<M> = []) {
    super();
    this.append(...layers);
  }

  /** How many layers there are. */
  override get length(): number {
    return this.children().length;
  }

  /** Layer `index`; negative ones count from the end. */
  at(index: number): M | undefined {
    return this.children().at(index) as unknown as M | undefined;
  }

  /**
   * Adds layers at the end.
   * @throws DTypeError for something that is no module; ValueError for the list itself, or a module that holds it
   */
  append(...layers: M[]): this {
    for (const layer of layers) {
      requireLayer("ModuleList", `layer ${this.length}`, layer, this);
      Object.assign(this, { [this.length]: layer });
    }
    return this;
  }

  /** The layers one after the other. */
  [Symbol.iterator](): IterableIterator<M> {
    return this.children()[Symbol.iterator]() as unknown as IterableIterator<M>;
  }

  /** @throws ValueError always: a list says nothing of how its layers follow each other */
  forward(..._args: unknown[]): never {
    throw new ValueError("a list has no forward", {
      op: "ModuleList",
      hint: "Call its layers, or use new nn.Sequential(...).",
    });
  }

  override describe(): string {
    return `${this.length} layers`;
  }
}

/** @throws DTypeError for what is no module; ValueError for one that would hold itself */
export function requireLayer(op: string, what: string, layer: unknown, holder: Module): asserts layer is Module {
  if (!(layer instanceof Module)) {
    throw new DTypeError(`${what} is no module`, { op, hint: "Give layers, for example new nn.ReLU()." });
  }
  if (layer.namedModules().some(([, inside]) => inside === holder)) {
    throw new ValueError(`${what} holds this ${op} already: it would be inside itself`, {
      op,
      hint: "Give a layer of its own.",
    });
  }
}
