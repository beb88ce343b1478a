import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../kernel/wire/message.js";
import { KernelClient } from "../client.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel.stop());

async function create(): Promise<string> {
  const { content } = await kernel.request("create_subshell_request", {}, "control");
  expect(content).toEqual({ status: "ok", subshell_id: expect.stringMatching(/.+/) });
  return content.subshell_id as string;
}

function startIn(subshell: string | null, code: string, options: JsonObject = {}): string {
  return kernel.send("execute_request", { code, silent: false, ...options }, { subshell });
}

async function executeIn(subshell: string | null, code: string, options: JsonObject = {}) {
  return kernel.outcome(startIn(subshell, code, options));
}

describe("subshells", () => {
  test("are announced, made, listed and deleted", async () => {
    const { content: info } = await kernel.request("kernel_info_request", {});
    expect(info.supported_features).toContain("kernel subshells");
    const [a, b] = [await create(), await create()];
    const list = async () => (await kernel.request("list_subshell_request", {}, "control")).content;
    expect(await list()).toEqual({ status: "ok", subshell_id: [a, b] });
    const gone = await kernel.request("delete_subshell_request", { subshell_id: a }, "control");
    expect(gone.content).toEqual({ status: "ok" });
    expect(await list()).toEqual({ status: "ok", subshell_id: [b] });
    const twice = await kernel.request("delete_subshell_request", { subshell_id: a }, "control");
    expect(twice.content).toMatchObject({ status: "error", ename: "UnknownSubshell" });
    await kernel.request("delete_subshell_request", { subshell_id: b }, "control");
  });

  test("run cells while a cell of the main shell awaits, share its variables, and count for themselves", async () => {
    await executeIn(null, "let shared = 1; let release: () => void");
    const subshell = await create();
    const main = startIn(null, "await new Promise<void>(resolve => { release = resolve }); shared");
    const inner = await executeIn(subshell, "shared += 41; release(); 'in the subshell'");
    expect(inner.text).toBe("'in the subshell'");
    expect(inner.reply.execution_count).toBe(1);
    expect((await kernel.outcome(main)).text).toBe("42");
    expect((await executeIn(subshell, "2")).reply.execution_count).toBe(2);
    const history = async (id: string | null) => {
      const asked = kernel.send("history_request", { hist_access_type: "tail", n: 1 }, { subshell: id });
      return (await kernel.replyTo(asked)).content.history;
    };
    expect(await history(subshell)).toEqual([[1, 2, "2"]]);
    expect(await history(null)).toMatchObject([[1, 2, expect.stringContaining("release = resolve")]]);
    await kernel.request("delete_subshell_request", { subshell_id: subshell }, "control");
  });

  test("outputs go under the request that made them, also when two cells take turns", async () => {
    const subshell = await create();
    const loop = (name: string) =>
      `for (let i = 0; i < 5; i++) { console.log('${name} ' + i); await new Promise(r => setTimeout(r, 5)) }`;
    const ids = [startIn(null, loop("main")), startIn(subshell, loop("sub"))];
    const [main, sub] = await Promise.all(ids.map(id => kernel.outcome(id)));
    expect(main!.stdout).toBe("main 0\nmain 1\nmain 2\nmain 3\nmain 4\n");
    expect(sub!.stdout).toBe("sub 0\nsub 1\nsub 2\nsub 3\nsub 4\n");
    await kernel.request("delete_subshell_request", { subshell_id: subshell }, "control");
  });

  test("a failure in one aborts its own queue only", async () => {
    const subshell = await create();
    const main = [startIn(null, "await new Promise(r => setTimeout(r, 100))"), startIn(null, "'goes on'")];
    const sub = [startIn(subshell, "throw new Error('sub')"), startIn(subshell, "'never'")];
    expect((await kernel.outcome(sub[0]!)).reply.status).toBe("error");
    expect((await kernel.replyTo(sub[1]!)).content.status).toBe("aborted");
    expect((await kernel.outcome(main[1]!)).text).toBe("'goes on'");
    await kernel.request("delete_subshell_request", { subshell_id: subshell }, "control");
  });

  test("Stop means the cells of all shells, whichever of them spins", async () => {
    const subshell = await create();
    const forever = "await new Promise(() => {})";
    const spinning = "await new Promise(r => setTimeout(r, 50)); while (true) {}";
    for (const [inMain, inSub] of [
      [forever, "while (true) {}"],
      [spinning, forever],
      [forever, forever],
    ] as const) {
      const ids = [startIn(null, inMain), startIn(subshell, inSub)];
      await new Promise(resolve => setTimeout(resolve, 150));
      await kernel.request("interrupt_request", {}, "control");
      for (const id of ids) {
        const { error, reply } = await kernel.outcome(id, 3000);
        expect([reply.status, error?.ename]).toEqual(["error", "KeyboardInterrupt"]);
      }
    }
    expect((await executeIn(null, "shared")).text).toBe("42");
    expect((await executeIn(subshell, "shared + 1")).text).toBe("43");
    await kernel.request("delete_subshell_request", { subshell_id: subshell }, "control");
  });

  test("after a subshell's cell is over, Stop still finds the main shell's", async () => {
    const subshell = await create();
    const main = startIn(null, "await new Promise(r => setTimeout(r, 200)); while (true) {}");
    expect((await executeIn(subshell, "1 + 1")).text).toBe("2");
    await new Promise(resolve => setTimeout(resolve, 300));
    await kernel.request("interrupt_request", {}, "control");
    expect((await kernel.outcome(main, 3000)).error?.ename).toBe("KeyboardInterrupt");
    await kernel.request("delete_subshell_request", { subshell_id: subshell }, "control");
  });

  test("deleting one lets its cell end and aborts those behind it", async () => {
    const subshell = await create();
    const running = startIn(subshell, "await new Promise(r => setTimeout(r, 100)); 'to its end'");
    const behind = startIn(subshell, "'never'");
    // The control channel overtakes the shell channel.
    await kernel.waitFor(() => kernel.under(running).find(m => m.header.msg_type === "execute_input"));
    await new Promise(resolve => setTimeout(resolve, 20));
    await kernel.request("delete_subshell_request", { subshell_id: subshell }, "control");
    expect((await kernel.replyTo(behind)).content.status).toBe("aborted");
    expect((await kernel.outcome(running)).text).toBe("'to its end'");
  });

  test("an unknown id is an error and runs nothing", async () => {
    for (const id of ["no such subshell", 7 as unknown as string]) {
      const { reply } = await executeIn(id, "globalThis.ranAnyway = true");
      expect(reply).toMatchObject({ status: "error", ename: "UnknownSubshell" });
    }
    expect((await executeIn(null, "'ranAnyway' in globalThis")).text).toBe("false");
  });

  test("a lost evaluator fails the cells of every shell", async () => {
    const subshell = await create();
    const main = startIn(null, "await new Promise(() => {})");
    await new Promise(resolve => setTimeout(resolve, 50));
    const sub = startIn(subshell, "process.exit(3)");
    for (const id of [main, sub]) expect((await kernel.outcome(id)).error?.ename).toBe("EvaluatorLost");
    expect((await executeIn(subshell, "1 + 1")).text).toBe("2");
  });
});
