import type { CommandBuffer } from "./backend/commands.js";
import type { Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** Where a record comes from. */
export interface Origin {
  /** From the outside in: `backward` or `update`, the layers, the operations inside each other. The last is what ran. */
  readonly path: readonly string[];
  /** Of what it computes; of a record of a backward pass the gradient's. */
  shape: Shape | undefined;
  /** Read and written, each operand once. */
  readonly bytes: number;
}

/** Who wants to know of every record where it comes from. */
export interface Watcher {
  /** The open record names this tensor. */
  operand(x: Tensor): void;
  /** Of the record that is complete. */
  origin(opcode: number): Origin;
  /**
   * A record is complete and stands from word `from` on.
   * @param origin of one that is replayed
   */
  recorded(commands: CommandBuffer, from: number, origin?: Origin): void;
}

/** The watcher, if any. */
export let watcher: Watcher | undefined;

export function setWatcher(next: Watcher | undefined): void {
  watcher = next;
}
