/** Between two turns of the event loop, in milliseconds: messages, timers and displays do not wait longer. */
const every = 50;

const wait: (done: () => void) => void =
  typeof setImmediate === "function" ? done => setImmediate(done) : done => setTimeout(done, 0);

/** Lets a long loop give way to the event loop from time to time. */
export class Turns {
  #last = performance.now();

  /** A promise when it is time to await one. */
  due(): Promise<void> | undefined {
    if (performance.now() - this.#last < every) return undefined;
    return new Promise<void>(done => wait(done)).then(() => {
      this.#last = performance.now();
    });
  }
}
