import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { evaluatorSpawner } from "../../../kernel/protocol/evaluator-process.js";
import { languageLoader } from "../../../kernel/protocol/language.js";
import type { Channel } from "../../../kernel/protocol/port.js";
import { Session, type SessionOptions } from "../../../kernel/protocol/session.js";
import type { JsonObject, Message } from "../../../kernel/wire/message.js";

let folder: string;
let session: Session | undefined;
let sent: { channel: Channel; message: Message }[];
let log: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gradbook-session-"));
  sent = [];
  log = [];
});
afterEach(async () => {
  await session?.close();
  rmSync(folder, { recursive: true });
});

/** A session without sockets, as `gradbook run` has one. */
function open(options: Partial<SessionOptions> = {}): Session {
  session = new Session({
    cwd: folder,
    port: { send: (channel, message) => sent.push({ channel, message }) },
    language: languageLoader({ cwd: folder }),
    spawnEvaluator: evaluatorSpawner({ cwd: folder }),
    log: line => log.push(line),
    ...options,
  });
  session.start();
  return session;
}

let requests = 0;

function request(msg_type: string, content: JsonObject): Message {
  const header = {
    msg_id: `request ${++requests}`,
    session: "test",
    username: "test",
    date: new Date().toISOString(),
    msg_type,
    version: "5.5",
  };
  return { header, parent_header: {}, metadata: {}, content, buffers: [] };
}

/** Runs a cell; when `handle` resolves, everything must be on the port. */
async function execute(on: Session, code: string) {
  const message = request("execute_request", { code });
  await on.handle("shell", message);
  const own = sent.filter(s => s.message.parent_header.msg_id === message.header.msg_id);
  const find = (type: string) => own.find(s => s.message.header.msg_type === type)?.message.content;
  expect(own.at(-1)!.message.content).toEqual({ execution_state: "idle" });
  return { reply: find("execute_reply")!, result: find("execute_result"), error: find("error") };
}

describe("a session without sockets", () => {
  test("runs cells in the notebook's folder", async () => {
    const on = open();
    const { result, reply } = await execute(on, "process.cwd()");
    expect(reply.status).toBe("ok");
    expect((result!.data as JsonObject)["text/plain"]).toContain(folder);
  });

  test("answers kernel_info before anything is started", async () => {
    const on = open({ spawnEvaluator: evaluatorSpawner({ cwd: folder }) });
    await on.handle("control", request("kernel_info_request", {}));
    const reply = sent.find(s => s.channel === "control")!.message;
    expect(reply.header.msg_type).toBe("kernel_info_reply");
    expect(reply.content.status).toBe("ok");
  });

  test("an evaluator that cannot start fails the cell with what it said, each time anew", async () => {
    const on = open({ spawnEvaluator: evaluatorSpawner({ cwd: folder, nodeFlags: ["--no-such-flag"] }) });
    for (let i = 0; i < 2; i++) {
      const { error, reply } = await execute(on, "1");
      expect(reply.status).toBe("error");
      expect(error!.ename).toBe("EvaluatorNotStarted");
      expect(error!.evalue).toMatch(/could not start: .*bad option: --no-such-flag.*Nothing was executed/s);
    }
  });

  test("without a language service cells run, and requests about code answer empty", async () => {
    const on = open({ language: () => Promise.reject(new Error("not installed")) });
    const { result } = await execute(on, "20 + 1");
    expect((result!.data as JsonObject)["text/plain"]).toBe("21");
    expect(log).toEqual(["no completion, inspection or type checks: not installed"]);
    await on.handle("shell", request("complete_request", { code: "Ma", cursor_pos: 2 }));
    const complete = sent.find(s => s.message.header.msg_type === "complete_reply")!.message.content;
    expect(complete).toMatchObject({ status: "ok", matches: [], cursor_start: 2, cursor_end: 2 });
    await on.handle("shell", request("is_complete_request", { code: "(" }));
    expect(sent.find(s => s.message.header.msg_type === "is_complete_reply")!.message.content).toEqual({
      status: "unknown",
    });
  });

  test("with a longer hold, type errors of the very first cell stand above its output", async () => {
    const on = open({ holdMilliseconds: 10_000 });
    await execute(on, "const wrong: number = 'text'; console.log('ran')");
    const streams = sent.filter(s => s.message.header.msg_type === "stream").map(s => s.message.content);
    expect(streams.map(s => s.name)).toEqual(["stderr", "stdout"]);
    expect(streams[0]!.text).toContain("is not assignable to type 'number'");
  });

  test("closing while a cell spins ends the evaluator", async () => {
    const on = open();
    const { result } = await execute(on, "process.pid");
    const pid = Number((result!.data as JsonObject)["text/plain"]);
    void on.handle("shell", request("execute_request", { code: "while (true) {}" }));
    await new Promise(resolve => setTimeout(resolve, 100));
    await on.close();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});
