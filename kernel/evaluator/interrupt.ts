import { acknowledgeCancel, answersStop, cancelWords } from "../../engine/cancel.js";
import type { Runs } from "./runs.js";

/** What a stopped cell ends with. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";

  constructor(message = "the cell was stopped") {
    super(message);
  }
}

/**
 * Two words that the watchdog and the main thread share so that a signal cannot hit the next cell, nor come where it would
 * end the process: Node takes SIGINT handlers away around a watched script, so the signal may only be sent inside it.
 */
export const signalSlots = {
  /** What the watchdog is doing: one of `signalStates`. */
  state: 0,
  /** The run whose script is being watched, 0 for none. */
  watched: 1,
} as const;

export const signalStates = { idle: 0, sending: 1, sent: 2 } as const;

/** The two checks that instrumented code calls. */
export interface InterruptChecks {
  /** Called where `cancelWords[0]` is set: throws if the Stop is meant for the code that runs now. */
  check(): void;
  /** Called with what an `await` gave: throws if the cell of this code was stopped meanwhile, unless it is the answer to that. */
  afterAwait<T>(value: T): T;
  /** Runs what must be able to finish though a Stop is set: those who are told about it are code of cells too. */
  shielded(body: () => void): void;
}

export function interruptChecks(runs: Runs): InterruptChecks {
  let anyStopped = false;
  let shields = 0;
  return {
    check() {
      if (shields > 0) return;
      const asked = Atomics.load(cancelWords, 0);
      const running = Atomics.load(cancelWords, 1);
      if (asked === 0) return;
      // A Stop for a cell that waits in the queue means whatever keeps it from starting: it stays set for that cell.
      if (running !== 0 && asked < running) return acknowledgeCancel();
      if (running === 0 && asked <= runs.latest.number) acknowledgeCancel();
      throw new KeyboardInterrupt();
    },
    afterAwait(value) {
      anyStopped ||= runs.latest.stopped;
      const run = runs.known;
      if (run && answersStop(value, run.number)) run.answered = true;
      else if (anyStopped && run?.stopped) throw new KeyboardInterrupt();
      return value;
    },
    shielded(body) {
      shields++;
      try {
        body();
      } finally {
        shields--;
      }
    },
  };
}

/** Runs the synchronous part of a cell, during which the watchdog may signal it. Called inside the watched script. */
export function watchForSignal<T>(words: Int32Array, run: number, body: () => T): T {
  Atomics.store(words, signalSlots.watched, run);
  try {
    return body();
  } finally {
    // A signal that is on its way must arrive here, still inside the script.
    leaveWatch(words);
  }
}

/** How long a signal that was sent may take to arrive, in milliseconds: an instant, but on a loaded machine no short one. */
const arrival = 500;

/** Ends the watch. Inside the watched script it waits for a signal that is on its way, and is itself what that ends. */
function leaveWatch(words: Int32Array): void {
  const { state, watched } = signalSlots;
  Atomics.store(words, watched, 0);
  if (Atomics.load(words, state) === signalStates.idle) return;
  while (Atomics.load(words, state) === signalStates.sending) Atomics.wait(words, state, signalStates.sending, 5);
  Atomics.wait(words, state, signalStates.sent, arrival);
  Atomics.store(words, state, signalStates.idle);
}

/** Ends the watch of a script that a signal ended: there the signal has arrived. */
export function unwatch(words: Int32Array): void {
  Atomics.store(words, signalSlots.watched, 0);
  while (Atomics.load(words, signalSlots.state) === signalStates.sending) {
    Atomics.wait(words, signalSlots.state, signalStates.sending, 5);
  }
  Atomics.store(words, signalSlots.state, signalStates.idle);
}
