import { formatShape, type Shape } from "../shape.js";

/** A command that was executed, and where it comes from. */
export interface ProfileEvent {
  /** From the outside in: `backward` or `update`, the layers, the operations inside each other. The last is what ran. */
  readonly path: readonly string[];
  /** The kernel: `gemm`, `conv`, `tape` (elementwise operations in one pass). */
  readonly kernel: string;
  /** What a tape of several operations computes, in order. */
  readonly fused: readonly string[];
  /** Of what it computes; of a command of a backward pass the gradient's. */
  readonly shape: Shape | undefined;
  /** Read and written, each operand once. */
  readonly bytes: number;
  /** Replayed by a function that `compile` made. */
  readonly compiled: boolean;
  /** When it began, and how long it took, in milliseconds. */
  readonly at: number;
  readonly took: number;
}

/** What one operation took in all. */
export interface OperationTime {
  readonly op: string;
  readonly phase: "forward" | "backward" | "update";
  readonly calls: number;
  /** Milliseconds in its kernels. */
  readonly took: number;
  /** Of the time in all kernels, 0 to 1. */
  readonly share: number;
  readonly bytes: number;
  /** Of its longest command. */
  readonly shape: Shape | undefined;
}

/** Where the time of a function went: what `profile` returns. Times are milliseconds. */
export class Profile {
  /** Every command, in order. */
  readonly events: readonly ProfileEvent[];
  /** From the beginning of the function to its end, without what the profile itself took. */
  readonly total: number;
  /** In kernels. */
  readonly kernels: number;
  /** What watching took, which is in none of the other times. */
  readonly overhead: number;
  readonly threads: number;
  /** Commands beyond the most that are kept, and the time in them; and commands of other devices, which are not timed. */
  readonly left: { readonly commands: number; readonly took: number; readonly untimed: number };

  /** @internal */
  constructor(facts: Pick<Profile, "events" | "total" | "overhead" | "threads" | "left">) {
    this.events = facts.events;
    this.total = facts.total;
    this.overhead = facts.overhead;
    this.threads = facts.threads;
    this.left = facts.left;
    this.kernels = facts.events.reduce((sum, event) => sum + event.took, facts.left.took);
  }

  /** In JavaScript: the function's own code, the graph of gradients, the recording of commands, waiting. */
  get javascript(): number {
    return Math.max(0, this.total - this.kernels);
  }

  /**
   * The time by operation, the longest first; of forward and backward passes apart.
   * @example profile(() => randn([8, 8]).matmul(randn([8, 8]))).byOperation().length; // 2
   */
  byOperation(): OperationTime[] {
    const found = new Map<string, OperationTime & { longest: number }>();
    for (const { path, took, bytes, shape } of this.events) {
      const op = path.at(-1)!;
      const phase = phaseOf(path);
      const key = `${phase} ${op}`;
      const before = found.get(key) ?? { op, phase, calls: 0, took: 0, share: 0, bytes: 0, shape, longest: -1 };
      found.set(key, {
        ...before,
        calls: before.calls + 1,
        took: before.took + took,
        bytes: before.bytes + bytes,
        ...(took > before.longest ? { longest: took, shape } : {}),
      });
    }
    return [...found.values()]
      .sort((a, b) => b.took - a.took)
      .map(({ longest: _, ...row }) => ({ ...row, share: this.kernels > 0 ? row.took / this.kernels : 0 }));
  }

  /**
   * The events in the form of Chrome's tracing, which Perfetto and `chrome://tracing` open. Times in it are microseconds.
   * @example JSON.stringify(profile(() => randn([8, 8]).exp()).chromeTrace());
   */
  chromeTrace(): { traceEvents: object[]; displayTimeUnit: "ms" } {
    const traceEvents = this.events.map(({ path, kernel, fused, shape, bytes, at, took }) => ({
      name: path.at(-1),
      cat: phaseOf(path),
      ph: "X",
      pid: 1,
      tid: 1,
      ts: at * 1000,
      dur: took * 1000,
      args: { path: path.join(" > "), kernel, fused, shape, bytes },
    }));
    return { traceEvents, displayTimeUnit: "ms" };
  }

  /** The whole time, and the ten operations that took the most. */
  toString(): string {
    const ms = (x: number) => x.toFixed(x < 10 ? 3 : 1);
    const rows = this.byOperation()
      .slice(0, 10)
      .map(({ op, phase, calls, took, share, shape }) =>
        [
          `${(100 * share).toFixed(1)} %`.padStart(7),
          `${ms(took)} ms`.padStart(11),
          `${calls} x`.padStart(7),
          `${op}${phase === "backward" ? " (backward)" : ""}${shape ? ` ${formatShape(shape)}` : ""}`,
        ].join("  "),
      );
    const head = `profile: ${ms(this.total)} ms, ${ms(this.kernels)} ms in ${this.events.length + this.left.commands} commands, ${ms(this.javascript)} ms in JavaScript`;
    return [head, ...rows].join("\n");
  }
}

/** Which part of a training step a command belongs to. */
function phaseOf([first]: readonly string[]): OperationTime["phase"] {
  return first === "backward" || first === "update" ? first : "forward";
}
