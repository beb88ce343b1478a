import { type GradNode, type NodeListener, nodeListener, setNodeListener } from "../autograd/graph.js";
import { type CommandBuffer, nameOfOpcode, opcodes } from "../backend/commands.js";
import { bytesPerElement } from "../dtype.js";
import { type CallKind, type Interceptor, interceptor, setInterceptor } from "../intercept.js";
import { layerNames } from "../layer-path.js";
import type { Storage } from "../memory.js";
import { Tensor } from "../tensor.js";
import { type Origin, setWatcher, type Watcher, watcher } from "../watching.js";

const updates: ReadonlySet<number> = new Set([opcodes.sgd, opcodes.adam, opcodes.update]);

/**
 * Follows which layer and operation runs, and says of every record where it comes from. A pending elementwise result is
 * recorded when somebody needs it, but belongs to the operation that was called.
 */
export class Attribution implements Interceptor, NodeListener, Watcher {
  readonly #outer = { interceptor, nodeListener, watcher };
  /** The operations that are running, one inside the other. */
  readonly #running: string[] = [];
  /** Of nodes and pending results: where they were made. */
  readonly #made = new WeakMap<GradNode | Storage, readonly string[]>();
  /** Origins whose operation has not returned yet: what it returns says the shape. */
  readonly #shapeless: Origin[] = [];
  /** The backward function that runs, and how many operations ran when it was called. */
  #walking: { path: readonly string[]; depth: number } | undefined;
  #bytes = 0;
  #last: Tensor | undefined;

  /** Begins to listen. What was installed before is told, too. */
  install(): void {
    setInterceptor(this);
    setNodeListener(this);
    setWatcher(this);
  }

  remove(): void {
    setInterceptor(this.#outer.interceptor);
    setNodeListener(this.#outer.nodeListener);
    setWatcher(this.#outer.watcher);
  }

  call(op: string, run: (...args: never[]) => unknown, args: readonly unknown[], kind: CallKind): unknown {
    const { interceptor: outer } = this.#outer;
    const next = () => (outer ? outer.call(op, run, args, kind) : run(...(args as never[])));
    // Steps below the operations belong to the operation that takes them.
    if (kind === "layout") return next();
    // The derivative of an elementwise operation is a part of that one's backward pass.
    const named = !op.endsWith(".gradient");
    if (named) this.#running.push(op);
    const first = this.#shapeless.length;
    try {
      const result = next();
      if (result instanceof Tensor && result.isConcrete) {
        this.#give(first, result);
        const { storage } = result;
        if (kind === "elementwise" && storage.work !== undefined) this.#made.set(storage, this.#path());
      }
      return result;
    } finally {
      if (named) this.#running.pop();
    }
  }

  made(node: GradNode): void {
    this.#outer.nodeListener?.made(node);
    this.#made.set(node, [...layerNames(), this.#running[0] ?? node.op]);
  }

  walk<T>(node: GradNode, gradient: Tensor, run: () => T): T {
    const before = this.#walking;
    const first = this.#shapeless.length;
    this.#walking = { path: ["backward", ...(this.#made.get(node) ?? [node.op])], depth: this.#running.length };
    try {
      const { nodeListener: outer } = this.#outer;
      const parts = outer ? outer.walk(node, gradient, run) : run();
      this.#give(first, gradient);
      return parts;
    } finally {
      this.#walking = before;
    }
  }

  operand(x: Tensor): void {
    this.#outer.watcher?.operand(x);
    this.#bytes += x.size * bytesPerElement[x.dtype];
    this.#last = x;
  }

  origin(opcode: number): Origin {
    const isTape = opcode === opcodes.tape;
    // A tape names its result last.
    const waited = isTape && this.#last ? this.#made.get(this.#last.storage) : undefined;
    const path = waited ?? (updates.has(opcode) ? ["update", nameOfOpcode(opcode)] : this.#path());
    const origin = {
      path: path.length > 0 ? path : [nameOfOpcode(opcode)],
      shape: isTape ? this.#last?.shape : undefined,
      bytes: this.#bytes,
    };
    if (origin.shape === undefined) this.#shapeless.push(origin);
    return origin;
  }

  recorded(commands: CommandBuffer, from: number, origin?: Origin): void {
    this.#outer.watcher?.recorded(commands, from, origin);
    this.forget();
  }

  /** The record is over. */
  protected forget(): void {
    this.#bytes = 0;
    this.#last = undefined;
    // Outside of an operation nobody returns anything.
    if (this.#running.length === 0 && this.#walking === undefined) this.#shapeless.length = 0;
  }

  #path(): readonly string[] {
    const { path, depth } = this.#walking ?? { path: layerNames(), depth: 0 };
    return [...path, ...this.#running.slice(depth)];
  }

  #give(first: number, { shape }: Tensor): void {
    for (let i = first; i < this.#shapeless.length; i++) this.#shapeless[i]!.shape = shape;
    this.#shapeless.length = first;
  }
}

/** Runs work of which somebody wants to know where its records come from, unless that is known already. */
export function attributed<T>(work: () => T): T {
  if (watcher !== undefined) return work();
  const attribution = new Attribution();
  attribution.install();
  try {
    return work();
  } finally {
    attribution.remove();
  }
}
