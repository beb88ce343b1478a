import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, sleep } from "../client.js";
import { MalformedMessages, type Sample } from "./malformed-messages.js";

const perRound = 5500;
const megabyte = 1024 * 1024;

/** Makes the kernel process collect what nobody refers to and tell what is left, when it gets a signal. */
const collectOnSignal = `process.on("SIGUSR2", () => {
  gc(); gc();
  const { heapUsed, external } = process.memoryUsage();
  process.stderr.write("left after collection: " + (heapUsed + external) + ".");
});`;

/** The same in the evaluator, as the value of a cell. */
const collectInCell = `{
  require("node:v8").setFlagsFromString("--expose-gc");
  const gc = require("node:vm").runInNewContext("gc");
  gc(); gc();
  const { heapUsed, external } = process.memoryUsage();
  globalThis.left = heapUsed + external;
}
left`;

let kernel: KernelClient;
beforeAll(async () => {
  const preload = `data:text/javascript,${encodeURIComponent(collectOnSignal)}`;
  kernel = await KernelClient.start({ nodeFlags: ["--expose-gc", "--import", preload] });
});
afterAll(() => kernel.stop());

/** Sends a round of messages, a few hundred at a time so that the kernel's answers are looked at between them. */
async function round(messages: MalformedMessages, timesHuge = 1): Promise<Map<string, number>> {
  const kinds = new Map<string, number>();
  const answered: NonNullable<Sample["answered"]>[] = [];
  const huge = Array.from({ length: timesHuge }, () => messages.huge()).flat();
  const samples = [...huge, ...Array.from({ length: perRound }, () => messages.next())];
  for (const [i, { channel, frames, kind, answered: expected }] of samples.entries()) {
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (expected) answered.push(expected);
    kernel.sendFrames(channel, frames);
    if (i % 500 === 499) {
      await allAnswered(answered.splice(0));
      expect(await kernel.heartbeat()).toBeLessThan(1000);
      kernel.iopub.length = 0;
      kernel.replies.length = 0;
      kernel.log = "";
    }
  }
  await allAnswered(answered);
  return kinds;
}

/** Every request that can be read has a reply of its own type, and its `idle`. */
async function allAnswered(requests: NonNullable<Sample["answered"]>[]): Promise<void> {
  for (const { id, type } of requests) {
    const { header, content } = await kernel.replyTo(id, 60_000);
    expect(header.msg_type).toBe(type.replace(/_request$/, "_reply"));
    if (!/usage|debug/.test(type))
      expect(content.status, `${type} ${JSON.stringify(content)}`).toMatch(
        /^(ok|error|aborted|complete|incomplete|invalid|unknown)$/,
      );
    await kernel.waitFor(() => kernel.under(id).find(m => m.content.execution_state === "idle"), 60_000);
  }
}

/** Bytes that the kernel and its evaluator still refer to, once nothing more is under way. */
async function memory(): Promise<{ kernel: number; evaluator: number }> {
  // What a client's last messages left in the queues of zmq goes with the next ones.
  for (let j = 0; j < 50; j++) await kernel.request("comm_info_request", {});
  await sleep(300);
  kernel.log = "";
  kernel.child.kill("SIGUSR2");
  const told = await kernel.waitFor(() => /left after collection: (\d+)\./.exec(kernel.log) ?? undefined);
  return { kernel: Number(told[1]), evaluator: Number((await kernel.execute(collectInCell)).text) };
}

test.skipIf(process.platform === "win32")(
  "11,000 messages that no client should send leave the kernel, its state and its memory as they were",
  async () => {
    await kernel.execute("let kept = 41; const { pid } = process");
    // The first round fills caches (code that is compiled, runs whose late output finds its cell); the second must not.
    const first = await round(new MalformedMessages(kernel.signer, 1), 4);
    const before = await memory();
    const second = await round(new MalformedMessages(kernel.signer, 2));
    const after = await memory();
    const count = (kinds: Map<string, number>) => [...kinds.values()].reduce((sum, n) => sum + n, 0);
    expect(count(first) + count(second)).toBeGreaterThan(11_000);
    expect((await kernel.execute("kept + 1")).text).toBe("42");
    expect((await kernel.execute("pid === process.pid")).text).toBe("true");
    expect((await kernel.execute("typeof (globalThis as any).forged")).text).toBe("'undefined'");
    expect((await kernel.execute("1 + 1")).text).toBe("2");
    expect((await kernel.request("comm_info_request", {})).content.comms).toEqual({});
    expect(kernel.log).not.toContain("a fault of the kernel");
    const mebibytes = (bytes: number) => `${(bytes / megabyte).toFixed(1)} MB`;
    console.log(
      `${[...second].map(([kind, n]) => `${n} ${kind}`).join(", ")}; kernel ${mebibytes(before.kernel)} -> ${mebibytes(after.kernel)}, evaluator ${mebibytes(before.evaluator)} -> ${mebibytes(after.evaluator)}`,
    );
    expect(after.kernel - before.kernel).toBeLessThan(4 * megabyte);
    expect(after.evaluator - before.evaluator).toBeLessThan(4 * megabyte);
  },
  300_000,
);
