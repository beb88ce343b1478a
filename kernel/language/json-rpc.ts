import type { Readable, Writable } from "node:stream";

/** An answer of the peer that says the request failed. */
export class RpcError extends Error {
  override readonly name = "RpcError";
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Message {
  id?: number | string | null;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string };
}

/**
 * JSON-RPC 2.0 with the `Content-Length` framing that the Language Server Protocol and TypeScript's own pipe both use.
 * Requests of the peer are answered by `answer`; what it returns undefined for is answered with null.
 */
export class JsonRpc {
  readonly #input: Writable;
  readonly #answer: (method: string, params: unknown) => unknown;
  readonly #pending = new Map<number, Pending>();
  /** Called once, when no more answers can come. */
  onClose: ((reason: Error) => void) | undefined;
  #nextId = 1;
  #closed: Error | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes of the body that is being received, and where it begins; 0 while the header is awaited. */
  #needed = 0;

  constructor(output: Readable, input: Writable, answer: (method: string, params: unknown) => unknown = () => null) {
    this.#input = input;
    this.#answer = answer;
    output.on("data", (chunk: Buffer) => this.#receive(chunk));
    output.on("error", error => this.close(error));
    output.on("end", () => this.close(new Error("the language server closed its output")));
    input.on("error", error => this.close(error));
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /**
   * Asks the peer.
   *
   * @param timeout milliseconds; when they have passed, the peer is told to give up
   * @throws RpcError when the peer refuses; Error when it is gone or the time is over
   */
  request<T>(method: string, params: unknown, timeout: number): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        this.notify("$/cancelRequest", { id });
        reject(new Error(`${method}: no answer within ${timeout} ms`));
      }, timeout);
      // An unanswered question must not keep a process alive that has nothing else to do.
      timer.unref();
      this.#pending.set(id, {
        resolve(result) {
          clearTimeout(timer);
          resolve(result as T);
        },
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#send({ id, method, params });
    });
  }

  /** Tells the peer something that has no answer. */
  notify(method: string, params: unknown): void {
    if (!this.#closed) this.#send({ method, params });
  }

  /** Rejects everything that is still awaited. */
  close(reason: Error = new Error("the connection was closed")): void {
    if (this.#closed) return;
    this.#closed = reason;
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
    this.onClose?.(reason);
  }

  #send(message: Message): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.#input.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Large answers come in many chunks: they are joined once, when enough is there.
    while (this.#size > 0 && this.#size >= this.#needed) {
      const data = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      this.#chunks = [data];
      const end = data.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/content-length:\s*(\d+)/i.exec(data.toString("latin1", 0, end))?.[1]);
      if (!Number.isInteger(length)) {
        this.close(new Error("the language server sent a frame without a Content-Length"));
        return;
      }
      this.#needed = end + 4 + length;
      if (data.length < this.#needed) return;
      const body = data.toString("utf8", end + 4, this.#needed);
      const rest = data.subarray(this.#needed);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#size = rest.length;
      this.#needed = 0;
      this.#dispatch(body);
    }
  }

  #dispatch(body: string): void {
    let message: Message;
    try {
      message = JSON.parse(body) as Message;
    } catch {
      return;
    }
    if (message.method !== undefined) {
      if (message.id === undefined || message.id === null) return;
      this.#send({ id: message.id, result: this.#answer(message.method, message.params) ?? null });
      return;
    }
    const pending = this.#pending.get(Number(message.id));
    if (!pending) return;
    this.#pending.delete(Number(message.id));
    if (message.error) pending.reject(new RpcError(message.error.message));
    else pending.resolve(message.result);
  }
}
