import type { Request } from "./frames.js";

type ExecuteRequest = Extract<Request, { type: "execute" }>;

/** Cells of one shell, executed one after the other. */
export class CellQueue {
  readonly #execute: (request: ExecuteRequest) => Promise<void>;
  // A list, not a chain of promises: where a cell is terminated, the engine forgets the links that it still had to make.
  readonly #waiting: ExecuteRequest[] = [];
  #running = false;

  /** @param execute runs one cell; never rejects */
  constructor(execute: (request: ExecuteRequest) => Promise<void>) {
    this.#execute = execute;
  }

  /** Whether nothing runs or waits. */
  get idle(): boolean {
    return !this.#running;
  }

  add(request: ExecuteRequest): void {
    this.#waiting.push(request);
    this.#next();
  }

  #next(): void {
    if (this.#running) return;
    const request = this.#waiting.shift();
    if (!request) return;
    this.#running = true;
    this.#execute(request).then(() => {
      this.#running = false;
      this.#next();
    });
  }
}
