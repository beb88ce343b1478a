/** What the queue sends through. */
export interface Sink {
  send(frames: Uint8Array[]): Promise<void>;
}

/**
 * The only place from which a socket sends: one message at a time, each awaited. A zmq socket that is sent to without
 * waiting refuses after some hundred messages, and those are lost.
 */
export class OutgoingQueue {
  readonly #sink: Sink;
  readonly #failed: (error: unknown) => void;
  #waiting: Uint8Array[][] = [];
  #pumping: Promise<void> | undefined;
  #held = false;

  /** @param failed told when a message could not be sent; the queue goes on with the next */
  constructor(sink: Sink, failed: (error: unknown) => void) {
    this.#sink = sink;
    this.#failed = failed;
  }

  push(frames: Uint8Array[]): void {
    this.#waiting.push(frames);
    if (!this.#held) this.#pumping ??= this.#pump();
  }

  /** Keeps what is pushed until `open`. */
  hold(): void {
    this.#held = true;
  }

  /** Lets go of what was held, `first` before everything else. */
  open(first?: Uint8Array[]): void {
    if (first) this.#waiting.unshift(first);
    this.#held = false;
    if (this.#waiting.length > 0) this.#pumping ??= this.#pump();
  }

  get held(): boolean {
    return this.#held;
  }

  /** Resolves when everything that was pushed has been handed to the socket. */
  async drained(): Promise<void> {
    while (this.#pumping) await this.#pumping;
  }

  async #pump(): Promise<void> {
    // Sending wakes another thread; what the caller does next (handing the cell to the evaluator and its text to the type
    // check) matters more.
    await new Promise(resolve => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const frames of batch) {
        try {
          await this.#sink.send(frames);
        } catch (error) {
          this.#failed(error);
        }
      }
    }
    this.#pumping = undefined;
  }
}
