import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dealer, Request, Subscriber } from "zeromq";
import { decodeMessage, encodeMessage } from "../../kernel/wire/codec.js";
import { type Connection, endpoint, readConnectionFile } from "../../kernel/wire/connection-file.js";
import type { JsonObject, Message } from "../../kernel/wire/message.js";
import { createSigner } from "../../kernel/wire/sign.js";

// GRADBOOK_TEST_NODE runs the kernel under another Node version, GRADBOOK_TEST_KERNEL another build of it.
const node = process.env.GRADBOOK_TEST_NODE ?? process.execPath;
export const kernelEntry =
  process.env.GRADBOOK_TEST_KERNEL ?? fileURLToPath(new URL("../../dist/kernel/kernel.js", import.meta.url));

const key = "a key for tests";

export interface ClientOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  transport?: "tcp" | "ipc";
  /** More arguments for the kernel. */
  arguments?: string[];
  /** Flags for the Node that runs it. */
  nodeFlags?: string[];
}

/** What one execution produced, once it is idle. */
export interface Outcome {
  reply: JsonObject;
  /** Everything on iopub under this request, in order. */
  messages: Message[];
  stdout: string;
  stderr: string;
  /** `text/plain` of the value. */
  text: string | undefined;
  /** The `error` message's content. */
  error: { ename: string; evalue: string; traceback: string[] } | undefined;
}

/** A small Jupyter client over zmq: starts the real kernel with a connection file and talks to it like a front end. */
export class KernelClient {
  readonly child: ChildProcess;
  /** Everything that came on iopub. */
  readonly iopub: Message[] = [];
  /** Everything that came on the other channels. */
  readonly replies: { channel: string; message: Message }[] = [];
  /** What the kernel process itself printed. */
  log = "";
  /** Milliseconds from the start of the process to the answer of kernel_info. */
  startMilliseconds = 0;
  readonly #folder: string;
  readonly signer = createSigner(key, "hmac-sha256");
  readonly #session = randomUUID();
  // One identity on all channels: the kernel asks for input under the one that executed the cell.
  readonly #dealers = {
    shell: new Dealer({ routingId: this.#session }),
    control: new Dealer({ routingId: this.#session }),
    stdin: new Dealer({ routingId: this.#session }),
  };
  readonly #iopub = new Subscriber({ receiveHighWaterMark: 0 });
  readonly #heart = new Request({ receiveTimeout: 2000 });
  readonly #watchers = new Set<() => void>();
  #sending: Promise<void> = Promise.resolve();
  #welcomed = false;
  #closed = false;

  private constructor(options: ClientOptions) {
    if (!existsSync(kernelEntry)) throw new Error(`${kernelEntry} is not there: build first (npm run build)`);
    this.#folder = mkdtempSync(join(tmpdir(), "gradbook-client-"));
    const ipc = options.transport === "ipc";
    const port = (n: number) => (ipc ? n : 0);
    writeFileSync(
      this.connectionFile,
      JSON.stringify({
        transport: options.transport ?? "tcp",
        ip: ipc ? join(this.#folder, "s") : "127.0.0.1",
        key,
        signature_scheme: "hmac-sha256",
        shell_port: port(1),
        iopub_port: port(2),
        stdin_port: port(3),
        control_port: port(4),
        hb_port: port(5),
      }),
    );
    this.child = spawn(
      node,
      [...(options.nodeFlags ?? []), kernelEntry, ...(options.arguments ?? []), this.connectionFile],
      {
        cwd: options.cwd ?? this.#folder,
        env: { ...process.env, GRADBOOK_STATE: join(this.#folder, "state"), ...options.env },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on("data", (bytes: Buffer) => {
        this.log += String(bytes);
        this.#notify();
      });
    }
    this.child.once("exit", () => this.#notify());
  }

  /** Starts a kernel and waits until it answers and its outputs arrive. */
  static async start(options: ClientOptions = {}): Promise<KernelClient> {
    const began = performance.now();
    const client = new KernelClient(options);
    try {
      await client.#connect();
      await client.request("kernel_info_request", {});
      client.startMilliseconds = performance.now() - began;
      await client.waitFor(() => client.iopub.find(m => m.header.msg_type === "iopub_welcome"));
      client.#welcomed = true;
    } catch (error) {
      await client.stop();
      throw error;
    }
    return client;
  }

  get connectionFile(): string {
    return join(this.#folder, "connection.json");
  }

  get folder(): string {
    return this.#folder;
  }

  /** Sends a request and returns its id. */
  send(
    type: string,
    content: JsonObject,
    options: {
      channel?: "shell" | "control" | "stdin";
      buffers?: Uint8Array[];
      parent?: Message["header"];
      subshell?: string | null;
    } = {},
  ): string {
    const message: Message = {
      header: {
        msg_id: randomUUID(),
        session: this.#session,
        username: "test",
        date: new Date().toISOString(),
        msg_type: type,
        version: "5.5",
        ...(options.subshell === undefined ? {} : { subshell_id: options.subshell }),
      },
      parent_header: options.parent ?? {},
      metadata: {},
      content,
      buffers: options.buffers ?? [],
    };
    this.sendFrames(options.channel ?? "shell", encodeMessage(message, [], this.signer));
    return message.header.msg_id;
  }

  /** Sends bytes as they are. */
  sendFrames(channel: "shell" | "control" | "stdin", frames: Uint8Array[]): void {
    this.#sending = this.#sending.then(() => this.#dealers[channel].send(frames));
  }

  /** Sends a request and waits for its reply and its `idle`. */
  async request(
    type: string,
    content: JsonObject,
    channel: "shell" | "control" = "shell",
    milliseconds?: number,
  ): Promise<Message> {
    const id = this.send(type, content, { channel });
    const reply = await this.replyTo(id, milliseconds);
    // Before the welcome nothing on iopub is sure to arrive.
    if (this.#welcomed) await this.waitFor(() => this.under(id).find(isIdle), milliseconds);
    return reply;
  }

  replyTo(id: string, milliseconds?: number): Promise<Message> {
    return this.waitFor(
      () =>
        this.replies.find(r => r.channel !== "stdin" && (r.message.parent_header as { msg_id?: string }).msg_id === id)
          ?.message,
      milliseconds,
    );
  }

  /** Starts a cell and returns the request's id. */
  start(code: string, options: JsonObject = {}): string {
    return this.send("execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
      ...options,
    });
  }

  execute(code: string, options: JsonObject = {}): Promise<Outcome> {
    return this.outcome(this.start(code, options));
  }

  /** Waits for the reply and the `idle` of a request and gathers what came under it. */
  async outcome(id: string, milliseconds?: number): Promise<Outcome> {
    const reply = await this.replyTo(id, milliseconds);
    await this.waitFor(() => this.under(id).find(isIdle), milliseconds);
    const messages = this.under(id);
    const stream = (name: string) =>
      messages.map(m => (m.header.msg_type === "stream" && m.content.name === name ? m.content.text : "")).join("");
    const result = messages.find(m => m.header.msg_type === "execute_result");
    return {
      reply: reply.content,
      messages,
      stdout: stream("stdout"),
      stderr: stream("stderr"),
      text: (result?.content.data as Record<string, string> | undefined)?.["text/plain"],
      error: messages.find(m => m.header.msg_type === "error")?.content as Outcome["error"],
    };
  }

  /** Messages on iopub whose parent is the given request. */
  under(id: string): Message[] {
    return this.iopub.filter(m => (m.parent_header as { msg_id?: string }).msg_id === id);
  }

  /** Round trip of the heartbeat, in milliseconds. */
  async heartbeat(): Promise<number> {
    const began = performance.now();
    await this.#heart.send("beat");
    await this.#heart.receive();
    return performance.now() - began;
  }

  /** The first value that `find` gives. @throws when the kernel ends or time is over */
  async waitFor<T>(find: () => T | undefined, milliseconds = 20_000): Promise<T> {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the kernel ended (${this.child.exitCode ?? this.child.signalCode})\n${this.log}`);
      }
      if (performance.now() > deadline) throw new Error(`nothing of the kind within ${milliseconds} ms\n${this.log}`);
      await new Promise<void>(resolve => {
        const wake = () => {
          clearTimeout(timer);
          this.#watchers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.max(1, deadline - performance.now()));
        this.#watchers.add(wake);
      });
    }
  }

  /** Resolves when the kernel process is gone. */
  async gone(milliseconds = 5000): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the kernel is still there\n${this.log}`)), milliseconds);
      this.child.once("exit", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Ends the kernel, whatever state it is in, and closes the sockets. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGTERM");
      await this.gone(4000).catch(async () => {
        this.child.kill("SIGKILL");
        await this.gone();
      });
    }
    this.#closed = true;
    for (const socket of [...Object.values(this.#dealers), this.#iopub, this.#heart]) {
      socket.linger = 0;
      socket.close();
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #connect(): Promise<void> {
    const connection = await this.#connection();
    for (const name of ["shell", "control", "stdin"] as const) {
      this.#dealers[name].connect(endpoint(connection, name));
      void this.#receive(name, this.#dealers[name]);
    }
    this.#heart.connect(endpoint(connection, "hb"));
    this.#iopub.connect(endpoint(connection, "iopub"));
    this.#iopub.subscribe("");
    void this.#receive("iopub", this.#iopub);
  }

  /** Waits for the kernel to write the ports that the system chose; with ipc nothing is chosen. */
  async #connection(): Promise<Connection> {
    for (let i = 0; i < 4000 && this.child.exitCode === null; i++) {
      const text = readFileSync(this.connectionFile, "utf8");
      if (!/_port": ?0\b/.test(text) && text.trimEnd().endsWith("}")) return readConnectionFile(this.connectionFile);
      await sleep(5);
    }
    throw new Error(`the kernel did not write its ports\n${this.log}`);
  }

  async #receive(channel: string, socket: AsyncIterable<Buffer[]>): Promise<void> {
    try {
      for await (const frames of socket) {
        const { message } = decodeMessage(frames, this.signer);
        if (channel === "iopub") this.iopub.push(message);
        else this.replies.push({ channel, message });
        this.#notify();
      }
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

export function isIdle(message: Message): boolean {
  return message.header.msg_type === "status" && message.content.execution_state === "idle";
}

/** One word per message: what came, in order. */
export function outline(messages: Message[]): string[] {
  return messages.map(({ header, content }) => {
    switch (header.msg_type) {
      case "status":
        return String(content.execution_state);
      case "stream":
        return `${content.name} ${String(content.text).trim()}`;
      default:
        return header.msg_type;
    }
  });
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
