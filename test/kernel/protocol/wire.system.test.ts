import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { encodeMessage } from "../../../kernel/wire/codec.js";
import type { Message } from "../../../kernel/wire/message.js";
import { createSigner } from "../../../kernel/wire/sign.js";
import { KernelClient, kernelEntry } from "../client.js";

let kernel: KernelClient | undefined;

afterEach(async () => {
  await kernel?.stop();
  kernel = undefined;
});

const forged: Message = {
  header: {
    msg_id: "forged",
    session: "s",
    username: "u",
    date: new Date().toISOString(),
    msg_type: "execute_request",
    version: "5.5",
  },
  parent_header: {},
  metadata: {},
  content: { code: "globalThis.forged = 1" },
  buffers: [],
};

describe("what is no message", () => {
  test("a wrong signature, garbage and half messages are dropped with a line, and the kernel answers on", async () => {
    kernel = await KernelClient.start();
    const client = kernel;
    const text = (...parts: string[]) => parts.map(part => Buffer.from(part));
    const signed = (...parts: string[]) => {
      const signature = client.signer.sign(text(...parts));
      return text("<IDS|MSG>", signature, ...parts);
    };
    const bad: [frames: Uint8Array[], why: string][] = [
      [encodeMessage(forged, [], createSigner("another key", "hmac-sha256")), "its signature is wrong"],
      [text("garbage"), "no delimiter"],
      [[Buffer.alloc(0)], "no delimiter"],
      [text("<IDS|MSG>"), "fewer than four parts"],
      [text("<IDS|MSG>", "short", "{}", "{}", "{}", "{}"), "its signature is wrong"],
      [signed("{}", "{}", "{}", "{}"), "the header has no msg_id"],
      [signed("not json", "{}", "{}", "{}"), "its header is not JSON"],
      [signed("[]", "{}", "{}", "{}"), "its header is not an object"],
      [signed('{"msg_id":"a","msg_type":"execute_request"}', "{}", "{}", "null"), "its content is not an object"],
    ];
    for (const channel of ["shell", "control", "stdin"] as const) {
      for (const [frames, why] of bad) {
        const before = kernel.log.length;
        kernel.sendFrames(channel, frames);
        await kernel.waitFor(() => (client.log.slice(before).includes(why) ? true : undefined));
        expect(kernel.log.slice(before)).toContain(`a message on ${channel} was dropped`);
      }
    }
    expect((await kernel.execute("typeof (globalThis as any).forged")).text).toBe("'undefined'");
  });

  test("content of the wrong types is answered, not a crash", async () => {
    kernel = await KernelClient.start();
    const execute = await kernel.execute(5 as unknown as string, { user_expressions: 7, silent: "x" });
    expect(execute.reply.status).toBe("ok");
    for (const type of ["complete_request", "inspect_request", "is_complete_request", "history_request"]) {
      for (const content of [
        {},
        { code: 5, cursor_pos: "x" },
        { code: "a", cursor_pos: -3 },
        { code: "a", cursor_pos: 1e9 },
      ]) {
        const { header } = await kernel.request(type, content);
        expect(header.msg_type).toBe(type.replace("_request", "_reply"));
      }
    }
    kernel.send("comm_msg", { comm_id: 9, data: null });
    kernel.send("comm_open", { comm_id: "c", data: 5 });
    kernel.send("input_reply", { value: 8 }, { channel: "stdin" });
    expect((await kernel.execute("'alive'")).text).toBe("'alive'");
  });
});

describe("transports", () => {
  test("ipc works as tcp does", async () => {
    kernel = await KernelClient.start({ transport: "ipc" });
    expect((await kernel.execute("'over ipc'")).text).toBe("'over ipc'");
    expect(await kernel.heartbeat()).toBeLessThan(1000);
  });

  test("history outlives a killed kernel", async () => {
    const state = mkdtempSync(join(tmpdir(), "gradbook-state-"));
    try {
      kernel = await KernelClient.start({ env: { GRADBOOK_STATE: state } });
      await kernel.execute("'before the crash'");
      kernel.child.kill("SIGKILL");
      await kernel.gone();
      await kernel.stop();
      kernel = await KernelClient.start({ env: { GRADBOOK_STATE: state } });
      const { content } = await kernel.request("history_request", { hist_access_type: "tail", n: 5, output: true });
      expect(content.history).toEqual([[1, 1, ["'before the crash'", "'before the crash'"]]]);
      await kernel.execute("2");
      const last = await kernel.request("history_request", { hist_access_type: "tail", n: 1 });
      expect(last.content.history).toEqual([[2, 1, "2"]]);
    } finally {
      rmSync(state, { recursive: true });
    }
  });

  test("a home that cannot be written costs the history and nothing else", async () => {
    kernel = await KernelClient.start({ env: { GRADBOOK_STATE: "/dev/null/state" } });
    expect((await kernel.execute("'fine'")).text).toBe("'fine'");
    const { content } = await kernel.request("history_request", { hist_access_type: "tail", n: 1 });
    expect(content.history).toEqual([[1, 1, "'fine'"]]);
    expect(kernel.log).toContain("history is not kept");
  });

  test("a slow client gets everything: 50 MB, all of it before idle", async () => {
    kernel = await KernelClient.start();
    const began = performance.now();
    const id = kernel.start("for (let i = 0; i < 50; i++) console.log('x'.repeat(1048575))");
    const { stdout } = await kernel.outcome(id, 60_000);
    console.log(`50 MB of output: ${((performance.now() - began) / 1000).toFixed(2)} s`);
    expect(stdout.length).toBe(50 * 1048576);
  });
});

describe("the command line", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [kernelEntry, ...args], { encoding: "utf8", timeout: 60_000 });

  test.each([
    ["no file", undefined, /no connection file was given/],
    ["no JSON", "{", /connection\.json: it is not JSON/],
    ["no object", "[]", /is not a JSON object/],
    ["no port", "{}", /shell_port must be a number from 0 to 65535, not undefined/],
    ["another transport", '{"transport":"pgm"}', /transport "pgm" is not supported/],
  ])("%s: says what is wrong and ends", (_name, text, message) => {
    const folder = mkdtempSync(join(tmpdir(), "gradbook-connection-"));
    try {
      const file = join(folder, "connection.json");
      if (text !== undefined) writeFileSync(file, text);
      const { status, stderr } = run(...(text === undefined ? [] : [file]));
      expect(stderr).toMatch(message);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(status).not.toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a port that is taken is named", async () => {
    kernel = await KernelClient.start();
    expect(existsSync(kernel.connectionFile)).toBe(true);
    const { status, stderr } = run(kernel.connectionFile);
    expect(status).toBe(1);
    expect(stderr).toMatch(/socket cannot listen on tcp:\/\/127\.0\.0\.1:\d+/);
  });
});
