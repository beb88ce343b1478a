import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KernelClient, outline, sleep } from "../client.js";

let kernel: KernelClient;

beforeEach(async () => {
  kernel = await KernelClient.start();
  await kernel.execute("let state = 'kept'");
});
afterEach(() => kernel?.stop());

/** Stops the request's cell the way a front end does and gives how long it took. */
async function stop(id: string): Promise<number> {
  const began = performance.now();
  const { content } = await kernel.request("interrupt_request", {}, "control");
  expect(content).toEqual({ status: "ok" });
  const { error, reply } = await kernel.outcome(id, 15_000);
  const took = performance.now() - began;
  expect(error?.ename).toBe("KeyboardInterrupt");
  expect(reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
  return took;
}

describe("interrupt", () => {
  test.each([
    ["an endless loop", "while (true) {}"],
    ["an endless loop after an await", "await null; while (true) {}"],
    ["a loop that floods the output", "while (true) console.log('x'.repeat(100))"],
    ["a pending await", "await new Promise(() => {})"],
    ["a question that nobody answers", "prompt('?')"],
  ])("%s: stops soon and keeps state", async (_name, code) => {
    const id = kernel.start(code, { allow_stdin: true });
    await sleep(200);
    const took = await stop(id);
    console.log(`stopped in ${took.toFixed(0)} ms: ${code}`);
    expect(took).toBeLessThan(1000);
    expect((await kernel.execute("state")).text).toBe("'kept'");
  });

  test("long compiled steps in the background: timers run meanwhile, and a Stop ends the step that is computing", async () => {
    await kernel.execute(`
      const square = gb.ones([1024, 1024]).div(1024);
      const step = gb.compile(x => { let y = x; for (let i = 0; i < 100; i++) y = y.matmul(x); return y.mean(); });
      step(square); step(square);
      let ticks = 0, steps = 0;
      setInterval(() => ticks++, 5).unref();`);
    const id = kernel.start("for (;;) { await step.async(square); steps++; }");
    await sleep(1000);
    const took = await stop(id);
    console.log(`stopped in ${took.toFixed(0)} ms: a loop of step.async`);
    expect(took).toBeLessThan(500);
    // What was computing has ended, too: a result that waits for it is there at once.
    const began = performance.now();
    expect((await kernel.execute("gb.ones([2]).add(1).toArray()")).text).toContain("2");
    expect(performance.now() - began).toBeLessThan(500);
    const ticks = Number((await kernel.execute("ticks")).text);
    expect(ticks).toBeGreaterThan(80);
    expect((await kernel.execute("(await step.async(square)).item().toFixed(6)")).text).toBe("'0.000977'");
  });

  test("by signal, for clients that send one", async () => {
    const id = kernel.start("while (true) {}");
    await sleep(150);
    kernel.child.kill("SIGINT");
    expect((await kernel.outcome(id)).error?.ename).toBe("KeyboardInterrupt");
    expect((await kernel.execute("state")).text).toBe("'kept'");
  });

  test("a built-in that runs after an await: stopped from Node 24 on, below it costs the evaluator and says so", async () => {
    const node = Number((await kernel.execute("process.versions.node.split('.')[0]")).text!.replaceAll("'", ""));
    for (let round = 0; round < 2; round++) {
      const id = kernel.start("await null; /^(a+)+$/.test('a'.repeat(40) + 'b')");
      await sleep(200);
      const took = await stop(id);
      const { text } = await kernel.execute("typeof state");
      expect(text).toBe(node >= 24 ? "'string'" : "'undefined'");
      if (node >= 24) expect(took).toBeLessThan(3000);
      else {
        const { error } = await kernel.outcome(id);
        expect(error?.evalue).toMatch(/ran after an await \(Node 24 and newer can stop the latter\)/);
        break;
      }
    }
  });

  test("with nothing to stop, nothing happens", async () => {
    await kernel.request("interrupt_request", {}, "control");
    expect((await kernel.execute("state")).text).toBe("'kept'");
  });

  test("cells queued behind the stopped one are aborted", async () => {
    const id = kernel.start("while (true) {}");
    const next = kernel.start("'not run'");
    await sleep(150);
    await stop(id);
    expect((await kernel.outcome(next)).reply.status).toBe("aborted");
  });

  test("what no stage can stop is ended, with the reason, and the kernel goes on", async () => {
    const id = kernel.start("require('node:child_process').execFileSync('sleep', ['60'])");
    await sleep(300);
    const began = performance.now();
    await kernel.request("interrupt_request", {}, "control");
    await kernel.waitFor(() => kernel.under(id).find(m => /does not react/.test(String(m.content.text))));
    // The second Stop, after the notice, does not wait any longer.
    await kernel.request("interrupt_request", {}, "control");
    const { error } = await kernel.outcome(id);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(error?.ename).toBe("KeyboardInterrupt");
    expect(error?.evalue).toMatch(/could not be stopped.*All variables and imports of this notebook are lost/s);
    expect((await kernel.execute("typeof state")).text).toBe("'undefined'");
  });
});

describe("while a cell spins", () => {
  test("heartbeat, kernel_info and comm_info answer, and the last state heard of is busy", async () => {
    const id = kernel.start("while (true) {}");
    await sleep(150);
    expect(await kernel.heartbeat()).toBeLessThan(500);
    const began = performance.now();
    await kernel.request("kernel_info_request", {}, "control");
    await kernel.request("comm_info_request", {});
    expect(performance.now() - began).toBeLessThan(500);
    const states = () => kernel.iopub.filter(m => m.header.msg_type === "status").map(m => m.content.execution_state);
    await kernel.waitFor(() => (states().at(-1) === "busy" ? true : undefined));
    await stop(id);
    expect(states().at(-1)).toBe("idle");
  });
});

describe("a lost evaluator", () => {
  test.each([
    ["process.abort()", /crashed \(SIGABRT\)/],
    ["process.exit(3)", /process\.exit, code 3/],
    ["process.kill(process.pid, 'SIGKILL'); while (true) {}", /killed from outside/],
  ])("%s fails its cell, aborts the queue, and the next cell runs", async (code, why) => {
    const id = kernel.start(code);
    const queued = kernel.start("1");
    const { reply, error } = await kernel.outcome(id);
    expect(reply.status).toBe("error");
    expect(error?.ename).toBe("EvaluatorLost");
    expect(error?.evalue).toMatch(why);
    expect(error?.evalue).toMatch(/All variables and imports of this notebook are lost/);
    expect((await kernel.outcome(queued)).reply.status).toBe("aborted");
    expect((await kernel.execute("typeof state")).text).toBe("'undefined'");
  });

  test("out of memory is called by its name", async () => {
    await kernel.stop();
    kernel = await KernelClient.start({ env: { NODE_OPTIONS: "--max-old-space-size=64" } });
    const { error } = await kernel.execute("const hoard: object[] = []; for (;;) hoard.push(new Array(1000).fill({}))");
    expect(error?.evalue).toMatch(/heap ran out of memory/);
    expect((await kernel.execute("1 + 1")).text).toBe("2");
  }, 60_000);

  test("between two cells, the last cell tells it", async () => {
    const { messages } = await kernel.execute("setTimeout(() => process.exit(7), 50); 'posted'");
    const id = messages[0]!.parent_header.msg_id!;
    await kernel.waitFor(() => kernel.under(id).find(m => /code 7/.test(String(m.content.text))));
    expect((await kernel.execute("'alive'")).text).toBe("'alive'");
  });
});

describe("shutdown", () => {
  test.each([true, false])("restart %s is echoed and no process is left", async restart => {
    const { text } = await kernel.execute("process.pid");
    const id = kernel.start("while (true) {}");
    await sleep(100);
    const { header, content } = await kernel.request("shutdown_request", { restart }, "control");
    expect(header.msg_type).toBe("shutdown_reply");
    expect(content).toEqual({ status: "ok", restart });
    await kernel.gone();
    expect(kernel.child.exitCode).toBe(0);
    expect(outline(kernel.under(id))).not.toContain("idle");
    await eventually(() => !isAlive(Number(text)));
  });

  test("a kernel whose parent died ends itself and its processes", async () => {
    await kernel.stop();
    // The parent that Jupyter would be: a process that we end.
    const { spawn } = await import("node:child_process");
    const parent = spawn("sleep", ["60"]);
    kernel = await KernelClient.start({ env: { JPY_PARENT_PID: String(parent.pid) } });
    const { text } = await kernel.execute("process.pid");
    parent.kill("SIGKILL");
    await kernel.gone();
    await eventually(() => !isAlive(Number(text)));
  });

  test("a killed kernel leaves no evaluator behind", async () => {
    const { text } = await kernel.execute("process.pid");
    kernel.child.kill("SIGKILL");
    await kernel.gone();
    await eventually(() => !isAlive(Number(text)));
  });

  test("a killed kernel leaves no spinning evaluator behind", async () => {
    const { text } = await kernel.execute("process.pid");
    kernel.start("while (true) {}");
    await sleep(200);
    kernel.child.kill("SIGKILL");
    await kernel.gone();
    try {
      await eventually(() => !isAlive(Number(text)));
    } finally {
      if (isAlive(Number(text))) process.kill(Number(text), "SIGKILL");
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process that ended but was not waited for yet still has its number.
  if (process.platform !== "linux") return true;
  return !/^Z/.test(execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).trim());
}

async function eventually(holds: () => boolean, milliseconds = 5000): Promise<void> {
  for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(20)) if (holds()) return;
  throw new Error(`it did not become true within ${milliseconds} ms`);
}
