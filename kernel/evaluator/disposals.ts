interface Disposable {
  asynchronous: boolean;
  dispose: () => unknown;
}

/** What a cell's top-level `using` declarations hold until the end of the cell. */
export class Disposals {
  readonly #stack: Disposable[] = [];
  #error: unknown;
  #failed = false;

  /** Registers a resource and gives it back. @throws TypeError when it cannot be disposed. */
  use<T>(asynchronous: boolean, resource: T): T {
    if (resource === null || resource === undefined) return resource;
    const methods = resource as { [Symbol.dispose]?: () => unknown; [Symbol.asyncDispose]?: () => unknown };
    const method = (asynchronous ? methods[Symbol.asyncDispose] : undefined) ?? methods[Symbol.dispose];
    if (typeof method !== "function") {
      throw new TypeError(`using: the value has no [Symbol.${asynchronous ? "asyncDispose" : "dispose"}]() method`);
    }
    this.#stack.push({ asynchronous, dispose: () => method.call(resource) });
    return resource;
  }

  /** Remembers the error that ended the cell; it is thrown after the disposal. */
  failed(error: unknown): void {
    if (this.#failed) {
      const both = new Error("an error was suppressed during disposal", { cause: this.#error });
      both.name = "SuppressedError";
      this.#error = Object.assign(both, { error, suppressed: this.#error });
    } else {
      this.#error = error;
      this.#failed = true;
    }
  }

  dispose(): void {
    for (let resource = this.#stack.pop(); resource; resource = this.#stack.pop()) {
      try {
        resource.dispose();
      } catch (error) {
        this.failed(error);
      }
    }
    if (this.#failed) throw this.#error;
  }

  async disposeAsync(): Promise<void> {
    for (let resource = this.#stack.pop(); resource; resource = this.#stack.pop()) {
      try {
        await resource.dispose();
      } catch (error) {
        this.failed(error);
      }
    }
    if (this.#failed) throw this.#error;
  }
}
