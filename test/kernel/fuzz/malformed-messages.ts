import { encodeMessage } from "../../../kernel/wire/codec.js";
import type { JsonObject, Message } from "../../../kernel/wire/message.js";
import { createSigner, type Signer } from "../../../kernel/wire/sign.js";

export type FuzzChannel = "shell" | "control" | "stdin";

/** Frames to send, and what must come of them. */
export interface Sample {
  channel: FuzzChannel;
  frames: Uint8Array[];
  kind: string;
  /** The id and type of a request that is well formed enough to be answered. */
  answered?: { id: string; type: string };
}

const requestTypes = [
  "execute_request",
  "complete_request",
  "inspect_request",
  "is_complete_request",
  "history_request",
  "comm_info_request",
  "kernel_info_request",
  "connect_request",
  "usage_request",
  "interrupt_request",
  "debug_request",
  "list_subshell_request",
  "delete_subshell_request",
  "no_such_request",
  "__proto___request",
];

const otherTypes = [
  "comm_open",
  "comm_msg",
  "comm_close",
  "execute_reply",
  "kernel_info_reply",
  "input_reply",
  "status",
  "stream",
  "constructor",
  "execute",
];

const fields = [
  "code",
  "cursor_pos",
  "detail_level",
  "silent",
  "store_history",
  "user_expressions",
  "allow_stdin",
  "stop_on_error",
  "hist_access_type",
  "n",
  "session",
  "start",
  "stop",
  "pattern",
  "unique",
  "output",
  "comm_id",
  "target_name",
  "data",
  "value",
  "restart",
  "subshell_id",
  "seq",
  "command",
  "__proto__",
];

/** Makes messages that no client should send; the same ones for the same seed. */
export class MalformedMessages {
  readonly #signer: Signer;
  readonly #forger = createSigner("another key", "hmac-sha256");
  #state: number;
  #count = 0;

  constructor(signer: Signer, seed: number) {
    this.#signer = signer;
    this.#state = seed;
  }

  next(): Sample {
    const make = this.#pick([
      () => this.#garbage(),
      () => this.#forged(),
      () => this.#brokenJson(),
      () => this.#wrongHeader(),
      () => this.#wrongContent(),
      () => this.#wrongContent(),
      () => this.#outOfOrder(),
      () => this.#unknownComm(),
      () => this.#spoilt(),
    ]);
    return make();
  }

  /** Messages of many megabytes, signed and not. */
  huge(): Sample[] {
    const bytes = 8 * 1024 * 1024;
    const text = "x".repeat(bytes);
    const deep = `{"code":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    const signed = (...parts: string[]) => this.#signed(parts.map(part => Buffer.from(part)));
    const header = (type: string) => JSON.stringify(this.#header(type));
    return [
      { channel: "shell", kind: "huge garbage", frames: [Buffer.alloc(bytes, 7)] },
      {
        channel: "shell",
        kind: "huge and forged",
        frames: this.#frames("execute_request", { code: text }, this.#forger),
      },
      { channel: "control", kind: "huge unknown", frames: this.#frames("no_such_message", { text }) },
      { channel: "stdin", kind: "huge answer to nobody", frames: this.#frames("input_reply", { value: text }) },
      { channel: "shell", kind: "huge comm", frames: this.#frames("comm_msg", { comm_id: "nobody", data: { text } }) },
      {
        channel: "shell",
        kind: "huge header",
        frames: signed(JSON.stringify({ ...this.#header("execute_request"), username: text }), "{}", "{}", "{}"),
      },
      { channel: "shell", kind: "deep", frames: signed(header("execute_request"), "{}", "{}", deep) },
      {
        channel: "shell",
        kind: "many frames",
        frames: [...this.#frames("comm_msg", { comm_id: "n" }), ...Array(5000).fill(Buffer.alloc(10))],
      },
      {
        channel: "shell",
        kind: "huge buffers",
        frames: [...this.#frames("comm_open", { comm_id: "h", target_name: "t" }), Buffer.alloc(bytes)],
      },
    ];
  }

  #garbage(): Sample {
    const frames = Array.from({ length: this.#integer(5) + 1 }, () =>
      this.#chance(0.2) ? Buffer.from("<IDS|MSG>") : this.#bytes(this.#integer(200)),
    );
    return { channel: this.#channel(), kind: "garbage", frames };
  }

  #forged(): Sample {
    const frames = this.#frames("execute_request", { code: "globalThis.forged = true" }, this.#forger);
    if (this.#chance(0.3)) frames[1] = this.#bytes(this.#integer(100));
    return { channel: this.#channel(), kind: "forged", frames };
  }

  #brokenJson(): Sample {
    const parts = [JSON.stringify(this.#header("execute_request")), "{}", "{}", '{"code":"globalThis.forged = true"}'];
    const at = this.#integer(4);
    parts[at] = this.#pick([
      "",
      "{",
      "nul",
      "[1,2",
      '"text"',
      "null",
      "7",
      "[]",
      "{'a':1}",
      '{"a":\u0001}',
      "\ud800",
      parts[at]!.slice(0, -1),
    ]);
    return {
      channel: this.#channel(),
      kind: "broken JSON",
      frames: this.#signed(parts.map(part => Buffer.from(part))),
    };
  }

  #wrongHeader(): Sample {
    const header: JsonObject = { ...this.#header(this.#pick(requestTypes)) };
    const field = this.#pick(["msg_id", "msg_type"]);
    if (this.#chance(0.5)) delete header[field];
    else header[field] = this.#pick([null, 0, true, [], {}, ""]);
    const parts = [header, {}, {}, {}].map(part => Buffer.from(JSON.stringify(part)));
    return { channel: this.#channel(), kind: "wrong header", frames: this.#signed(parts) };
  }

  #wrongContent(): Sample {
    const type = this.#pick(requestTypes);
    const content: JsonObject = {};
    for (let i = this.#integer(6); i > 0; i--) content[this.#pick(fields)] = this.#value(0);
    // What runs must be harmless, and what is stopped must not be the test's own cells.
    if (type === "execute_request") delete content.code;
    const header = this.#header(type);
    if (this.#chance(0.1))
      Object.assign(header, { session: this.#value(0), date: this.#value(0), version: this.#value(0) });
    const message = { header, parent_header: this.#object(), metadata: this.#object(), content, buffers: [] };
    const frames = encodeMessage(message as unknown as Message, [], this.#signer);
    return {
      channel: this.#pick(["shell", "control"] as const),
      kind: "wrong content",
      frames,
      answered: { id: header.msg_id, type },
    };
  }

  #outOfOrder(): Sample {
    const type = this.#pick(otherTypes);
    return { channel: this.#channel(), kind: "out of order", frames: this.#frames(type, this.#object()) };
  }

  #unknownComm(): Sample {
    const type = this.#pick(["comm_open", "comm_msg", "comm_close"]);
    const content = {
      comm_id: this.#chance(0.8) ? `comm ${this.#integer(1000)}` : this.#value(0),
      target_name: this.#chance(0.8) ? "no such target" : this.#value(0),
      data: this.#value(0),
    };
    const buffers = Array.from({ length: this.#integer(3) }, () => this.#bytes(this.#integer(1000)));
    return { channel: "shell", kind: "unknown comm", frames: [...this.#frames(type, content), ...buffers] };
  }

  /** A good message with a byte changed, a frame left out, doubled or in the wrong place. */
  #spoilt(): Sample {
    const frames = this.#frames("execute_request", { code: "globalThis.forged = true" });
    const at = this.#integer(frames.length);
    const [how] = [this.#integer(3)];
    if (how === 0) frames.splice(Math.min(at, 5), 1);
    else if (how === 1) frames.splice(1 + this.#integer(4), 0, frames[2]!);
    else {
      const copy = Buffer.from(frames[1 + (at % 5)]!);
      copy[this.#integer(copy.length)]! ^= 1 << this.#integer(7);
      frames[1 + (at % 5)] = copy;
    }
    return { channel: this.#channel(), kind: "spoilt", frames };
  }

  #frames(type: string, content: JsonObject, signer = this.#signer): Uint8Array[] {
    const message: Message = { header: this.#header(type), parent_header: {}, metadata: {}, content, buffers: [] };
    return encodeMessage(message, [], signer);
  }

  #signed(parts: Uint8Array[]): Uint8Array[] {
    return [Buffer.from("<IDS|MSG>"), Buffer.from(this.#signer.sign(parts)), ...parts];
  }

  #header(msg_type: string): Message["header"] {
    const msg_id = `fuzz ${++this.#count}`;
    return { msg_id, session: "fuzz", username: "fuzz", date: new Date(0).toISOString(), msg_type, version: "5.5" };
  }

  #channel(): FuzzChannel {
    return this.#pick(["shell", "control", "stdin"] as const);
  }

  #object(): JsonObject {
    const value = this.#chance(0.5) ? {} : { [this.#pick(fields)]: this.#value(1) };
    return value;
  }

  #value(depth: number): unknown {
    return this.#pick<() => unknown>([
      () => null,
      () => true,
      () => this.#integer(1000) - 500,
      () => 1e308,
      () => -0.5,
      () => "",
      () => "a.b.c(",
      () => "\ud800 lone \u0000",
      () => "𨭎".repeat(this.#integer(20)),
      () => (depth < 3 ? Array.from({ length: this.#integer(4) }, () => this.#value(depth + 1)) : []),
      () => (depth < 3 ? { [this.#pick(fields)]: this.#value(depth + 1) } : {}),
    ])();
  }

  #bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#integer(256)));
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#integer(choices.length)]!;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #integer(below: number): number {
    return Math.floor(this.#random() * below);
  }

  /** Mulberry32. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}
