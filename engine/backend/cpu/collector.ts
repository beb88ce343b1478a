import { setFlagsFromString } from "node:v8";
import { createContext, runInNewContext, Script } from "node:vm";

/** Ways to make the garbage collector run now. */
export interface Collector {
  /** Young objects only: a fraction of a millisecond, however large the heap is. */
  minor(): void;
  full(): void;
  /** As `full`; also what this turn of the event loop looked at through a `WeakRef` may go. */
  complete(): void;
}

type Gc = (options?: { type: "minor" }) => void;

/** The function that `node --expose-gc` would have given us. */
function exposedGc(): Gc | undefined {
  try {
    setFlagsFromString("--expose-gc");
    return runInNewContext("typeof gc === 'function' ? gc : undefined") as Gc | undefined;
  } catch {
    return undefined;
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}

/**
 * A `WeakRef` holds its target until the turn of the event loop ends, and a training loop is one turn. The engine of JavaScript
 * lets go of such targets whenever a queue of microtasks has been emptied; so we empty one of our own. Nobody else's runs.
 */
function letGoOfTargets(): () => void {
  try {
    const context = createContext({}, { microtaskMode: "afterEvaluate" });
    const script = new Script("Promise.resolve().then(() => {}), undefined");
    return () => script.runInContext(context);
  } catch {
    return () => {};
  }
}

/**
 * Where most objects of a kind outlive the collections they meet, V8 makes them old from the start. Ours meet one when a training
 * step holds all of them, and are dropped soon after: then only full collections would find them.
 */
function keepNewObjectsYoung(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
}

let collector: Collector | undefined;

/**
 * The collector of this thread. A tensor is a small object that stands for much memory, so the collector by itself comes too
 * late, or in its slow, full form: 27-110 us per MiB that was allocated, against 4-6 us when a minor collection runs every
 * 32 MiB (Node 20, measured). Where the runtime does not let us, they do nothing.
 */
export function garbageCollector(): Collector {
  if (!collector) {
    const gc = exposedGc();
    if (gc) keepNewObjectsYoung();
    let letGo: (() => void) | undefined;
    collector = {
      minor: () => gc?.({ type: "minor" }),
      full: () => gc?.(),
      complete: () => {
        letGo ??= letGoOfTargets();
        letGo();
        gc?.();
      },
    };
  }
  return collector;
}
