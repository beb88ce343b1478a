import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Evaluator, sleep } from "./harness.js";

let evaluator: Evaluator;

beforeEach(async () => {
  evaluator = new Evaluator({ cwd: tmpdir() });
  await evaluator.ready;
  await evaluator.execute("let state = 'kept'; const wait = (ms: number) => new Promise(r => setTimeout(r, ms))");
});
afterEach(() => evaluator.stop());

/** Runs a cell that would go on for ever, stops it, and checks that it ended as it should and nothing was lost. */
async function stops(code: string, options: { after?: number; within?: number } = {}) {
  const run = evaluator.start(code);
  await sleep(options.after ?? 60);
  const start = performance.now();
  const [outcome] = await Promise.all([evaluator.outcome(run), evaluator.interrupt(run)]);
  const done = evaluator.frames.find(f => f.type === "done" && f.run === run);
  expect(done).toMatchObject({ status: "error", interrupted: true, error: { ename: "KeyboardInterrupt" } });
  expect(performance.now() - start).toBeLessThan(options.within ?? 1000);
  await stateIsKept();
  return outcome;
}

async function stateIsKept() {
  for (let i = 0; i < 3; i++) {
    const { text, traceback } = await evaluator.execute("state");
    expect([text, traceback]).toEqual(["'kept'", ""]);
  }
}

describe("Stop ends", () => {
  test.each([
    ["a loop", "while (true) {}"],
    ["a loop without a block", "for (;;) ;"],
    ["a do loop", "let i = 0; do i++; while (true)"],
    ["a loop that catches everything", "while (true) { try { while (true) {} } catch {} finally {} }"],
    ["a loop that goes on in finally", "for (;;) { try { continue } finally { continue } }"],
    ["a function's loop", "function spin() { for (;;) { try { for (;;) {} } catch {} } } spin()"],
    ["a regular expression", "/^(a+)+$/.test('a'.repeat(40) + 'b')"],
    ["a loop over a generator", "function* all() { let n = 0; while (true) yield n++ } for (const x of all()) x"],
    [
      "a sort",
      "new Array(3e5).fill(0).map(Math.random).sort(() => { for (let i = 0; i < 1e6; i++); return Math.random() - 0.5 })",
    ],
    ["a loop after an await", "await wait(5); while (true) {}"],
    ["a loop after an await that catches everything", "await wait(5); for (;;) { try { for (;;) {} } catch {} }"],
    ["a loop of microtasks", "while (true) await null"],
    ["a recursion of microtasks", "async function again(): Promise<void> { await null; return again() } await again()"],
    ["a pending await", "await new Promise(() => {})"],
    ["an await in a function", "async function never() { await new Promise(() => {}) } await never()"],
    ["a for await", "for await (const x of (async function* () { while (true) { await wait(1); yield 1 } })()) x"],
    ["Atomics.wait in the cell", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ])("%s", async (_name, code) => {
    await stops(code);
  });

  test("nothing twice: Stop of a cell that is over does not hit the next", async () => {
    for (let i = 0; i < 20; i++) {
      const run = evaluator.start("for (let i = 0; i < 1e6; i++);");
      void evaluator.interrupt(run, { signalAfter: i });
      await evaluator.outcome(run);
      await stateIsKept();
    }
    await sleep(700);
    await stateIsKept();
  });

  test("a cell before it began, if it is in the queue", async () => {
    const first = evaluator.start("for (const end = Date.now() + 200; Date.now() < end;);");
    const second = evaluator.start("globalThis.began = 1; await new Promise(() => {})");
    await sleep(30);
    await evaluator.interrupt(second);
    expect((await evaluator.outcome(first)).done.status).toBe("ok");
    expect((await evaluator.outcome(second)).done.interrupted).toBe(true);
    await stateIsKept();
  });
});

test("what a stopped cell started ends at its next wake-up, silently", async () => {
  const run = evaluator.start(
    "async function train() { for (let i = 0; ; i++) { await wait(20); console.log('step', i) } } await train()",
  );
  await evaluator.waitFor(f => f.type === "stream" && f.run === run);
  await evaluator.interrupt(run);
  await evaluator.outcome(run);
  const seen = evaluator.frames.length;
  await sleep(150);
  expect(evaluator.frames.slice(seen)).toEqual([]);
});

test("code that watches the cancel word ends by itself first", async () => {
  await evaluator.execute(
    "async function fit() { for (;;) { await new Promise(r => setImmediate(r)); if (gb.cancelRequested()) throw new gb.InterruptedError('stopped at a step', { op: 'fit' }) } }",
  );
  const run = evaluator.start("await fit()");
  await sleep(50);
  await evaluator.interrupt(run);
  const { done } = await evaluator.outcome(run);
  expect(done.interrupted).toBe(true);
  await stateIsKept();
});

test("the signal of a cell aborts", async () => {
  const run = evaluator.start(
    "let aborted = false; import.meta.signal.addEventListener('abort', () => { aborted = true }); await new Promise(() => {})",
  );
  await sleep(50);
  await evaluator.interrupt(run);
  await evaluator.outcome(run);
  expect((await evaluator.execute("aborted")).text).toBe("true");
});

test("a timer that spins while no cell runs", async () => {
  const run = evaluator.start("setTimeout(() => { while (true) {} }, 20); 'posted'");
  await evaluator.outcome(run);
  await sleep(60);
  await evaluator.interrupt(run, { signalAfter: 0 });
  await stateIsKept();
});

test("a timer that spins while the next cell waits in the queue", async () => {
  await evaluator.execute("setTimeout(() => { while (true) {} }, 20); 'posted'");
  await sleep(60);
  const next = evaluator.start("1");
  await evaluator.interrupt(next, { signalAfter: 0 });
  expect((await evaluator.outcome(next)).done.interrupted).toBe(true);
  await stateIsKept();
});

test("state survives many interrupts and collections", async () => {
  for (let i = 0; i < 10; i++) {
    await stops(i % 2 ? "while (true) {}" : "await wait(1); for (;;) new Array(1000)", { after: 20 });
  }
}, 60_000);

test("Stop answers within 100 ms", async () => {
  const times: Record<string, number> = {};
  for (const [name, code] of [
    ["loop", "while (true) {}"],
    ["loop after await", "await wait(1); while (true) {}"],
    ["await", "await new Promise(() => {})"],
  ] as const) {
    const run = evaluator.start(code);
    await sleep(60);
    const start = performance.now();
    void evaluator.interrupt(run);
    await evaluator.outcome(run);
    times[name] = performance.now() - start;
  }
  console.log("Stop to done, ms:", times);
  expect(Math.max(...Object.values(times))).toBeLessThan(1000);
});

test("training runs that are open when a cell fails or is stopped are ended", async () => {
  await evaluator.execute(
    "const ends: string[] = []; const open = (title: string) => new gb.train.TrainingRun({ title }).subscribe(e => { if (e.kind === 'end') ends.push(title + ' ' + e.reason) })",
  );
  await evaluator.execute("open('a'); throw new Error('x')");
  const run = evaluator.start("open('b'); while (true) {}");
  await sleep(50);
  await evaluator.interrupt(run);
  await evaluator.outcome(run);
  expect((await evaluator.execute("ends")).text).toBe("[ 'a failed', 'b interrupted' ]");
});

describe("prompt", () => {
  test("waits for the answer", async () => {
    const run = evaluator.start("const name = prompt('who?'); `hello ${name}`", { allowStdin: true });
    const request = await evaluator.waitFor(f => f.type === "input_request" && f.run === run);
    expect(request).toMatchObject({ prompt: "who?", password: false });
    evaluator.answerInput("Ada");
    expect((await evaluator.outcome(run)).text).toBe("'hello Ada'");
  });

  test("uses the initial value, reports that no answer can come, refuses where input is not allowed", async () => {
    const first = evaluator.start("prompt('n', '5')", { allowStdin: true });
    await evaluator.waitFor(f => f.type === "input_request" && f.run === first);
    evaluator.answerInput("");
    expect((await evaluator.outcome(first)).text).toBe("'5'");
    const second = evaluator.start("prompt('n')", { allowStdin: true });
    await evaluator.waitFor(f => f.type === "input_request" && f.run === second);
    evaluator.answerInput(null, "the front end went away");
    expect((await evaluator.outcome(second)).traceback).toContain("prompt: the front end went away");
    expect((await evaluator.execute("prompt('n')")).traceback).toContain("cannot ask for input");
  });

  test("can be stopped", async () => {
    const run = evaluator.start("prompt('n')", { allowStdin: true });
    await evaluator.waitFor(f => f.type === "input_request" && f.run === run);
    await evaluator.interrupt(run);
    expect((await evaluator.outcome(run)).done.interrupted).toBe(true);
    await stateIsKept();
  });
});
