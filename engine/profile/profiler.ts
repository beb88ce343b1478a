import type { Backend } from "../backend/backend.js";
import { type CommandBuffer, nameOfOpcode, opcodes, primitives } from "../backend/commands.js";
import { cpuBackend } from "../backend/cpu/cpu.js";
import { ValueError } from "../errors.js";
import { allocate, recordFill } from "../record.js";
import type { Origin } from "../watching.js";
import { Attribution } from "./attribution.js";
import { Profile, type ProfileEvent } from "./profile.js";

/** The most commands that are kept one by one. */
const mostEvents = 200_000;
/** How often the cost of one is measured; the median counts. */
const rounds = 61;

let running = false;

/**
 * Measures where the time of a function goes: the time of every kernel, with the operation, the layer, the shapes and bytes that it
 * belongs to, of the forward pass, the backward pass and the update. As the last value of a cell it shows itself: an icicle of
 * layers and operations over their time, and the ten operations that took the most.
 *
 * Every command is executed when it is recorded, one at a time, between two readings of the clock. So kernels have their true
 * times on all threads, and what is lazy (elementwise operations fuse into their consumer) stays so. What the measuring itself
 * takes is taken off and told as `overhead`. Functions of `compile` are measured in their replays, too. Nothing runs in the
 * background meanwhile: `step.async` holds the event loop. First calls are slower than later ones: warm up before.
 * As `torch.profiler.profile`.
 *
 * @param work the function; of one that returns a promise, all until that is resolved
 * @returns its profile; a promise of it where `work` gives one
 * @throws ValueError when it is no function, or inside another profile; what the function throws
 * @example
 * const x = randn([64, 64]);
 * profile(() => x.matmul(x).relu().sum()).byOperation()[0]!.calls; // 1
 */
export function profile(work: () => Promise<unknown>): Promise<Profile>;
export function profile(work: () => unknown): Profile;
export function profile(work: () => unknown): Profile | Promise<Profile> {
  if (typeof work !== "function") {
    throw new ValueError(`got ${typeof work}`, {
      op: "profile",
      expected: "a function",
      hint: "profile(() => step(x))",
    });
  }
  if (running) throw new ValueError("a profile is being made", { op: "profile", hint: "Profile the outer function" });
  const profiler = new Profiler(cpuBackend());
  running = true;
  profiler.start();
  const end = () => {
    running = false;
    return profiler.end();
  };
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    end();
    throw error;
  }
  if (!(result instanceof Promise)) return end();
  return result.then(end, error => {
    end();
    throw error;
  });
}

/** Executes and times every record of a device as it is made. */
class Profiler extends Attribution {
  readonly #backend: Backend;
  readonly #events: (Omit<ProfileEvent, keyof Origin> & { origin: Origin })[] = [];
  readonly #left = { commands: 0, took: 0, untimed: 0 };
  /** What a command costs beside its work, and a call that is watched. */
  #launch = 0;
  #call = 0;
  #calls = 0;
  #began = 0;
  #overhead = 0;

  constructor(backend: Backend) {
    super();
    this.#backend = backend;
  }

  start(): void {
    this.#backend.flush();
    this.#launch = launchCost(this.#backend);
    this.#call = median(() => {
      const began = performance.now();
      for (let i = 0; i < 16; i++) super.call("profile", () => undefined, [], "operation");
      return (performance.now() - began) / 16;
    });
    this.install();
    this.#began = performance.now();
  }

  end(): Profile {
    this.#backend.flush();
    const elapsed = performance.now() - this.#began;
    this.remove();
    const overhead = Math.min(elapsed, this.#overhead + this.#calls * this.#call);
    const { threads } = this.#backend.describe();
    // Only now have all operations said what they returned.
    const events = this.#events.map(({ origin, ...event }) => ({ ...origin, ...event }));
    return new Profile({ events, total: elapsed - overhead, overhead, threads, left: this.#left });
  }

  override call(...args: Parameters<Attribution["call"]>): unknown {
    this.#calls++;
    return super.call(...args);
  }

  override recorded(commands: CommandBuffer, from: number, replayed?: Origin): void {
    const noticed = performance.now();
    const { opcode } = commands;
    if (commands !== this.#backend.commands) {
      this.#left.untimed++;
      this.forget();
      return;
    }
    const fused = opcode === opcodes.tape ? fusedIn(commands.words, from) : [];
    // Only the newest record is there: those before were executed when they were complete.
    const origin = replayed ?? this.origin(opcode);
    this.forget();
    const began = performance.now();
    commands.execute();
    const ended = performance.now();
    const took = Math.max(0, ended - began - this.#launch);
    if (this.#events.length < mostEvents) {
      const at = began - this.#began - this.#overhead - this.#calls * this.#call;
      const compiled = replayed !== undefined;
      this.#events.push({ origin, kernel: nameOfOpcode(opcode), fused, compiled, at: Math.max(0, at), took });
    } else {
      this.#left.commands++;
      this.#left.took += took;
    }
    this.#overhead += performance.now() - noticed - took;
  }
}

/** What the execution of a record costs when it computes next to nothing. */
function launchCost(backend: Backend): number {
  const place = allocate([1], "float32", backend);
  return median(() => {
    recordFill(place, 0);
    const began = performance.now();
    backend.flush();
    return performance.now() - began;
  });
}

function median(measure: () => number): number {
  return Array.from({ length: rounds }, measure).sort((a, b) => a - b)[rounds >> 1]!;
}

const names = new Map(Object.entries(primitives).map(([name, [code]]) => [code as number, name]));

/** The primitives of a tape of several, in order. */
function fusedIn(words: Float64Array, from: number): string[] {
  const end = from + words[from + 1]!;
  const count = words[from + 7]!;
  if (count < 2) return [];
  return Array.from({ length: count }, (_, i) => names.get(words[end - 4 * (count - i)]!)!);
}
