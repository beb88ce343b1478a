import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelClient, type Outcome } from "../client.js";

let kernel: KernelClient;

beforeAll(async () => {
  kernel = await KernelClient.start();
  const { error } = await kernel.execute(problem);
  expect(error).toBeUndefined();
});
afterAll(() => kernel?.stop());

/** A model, and data that keep an epoch busy for about a tenth of a second. */
const problem = `
  manualSeed(1);
  const x = randn([20_000, 64]);
  const y = x.matmul(randn([64, 10])).argMax(-1);
  const make = () => {
    manualSeed(2);
    const model = new nn.Sequential(new nn.Linear(64, 64), new nn.ReLU(), new nn.Linear(64, 10));
    return model.compile({ optimizer: new optim.Adam(model.parameters()), loss: "crossEntropy", metrics: ["accuracy"] });
  };
  const weights = (model: nn.Module) => model.parameters().map(p => p.toArray());
`;

/** The lines of a cell's panel, in order. */
function panelOf(outcome: Pick<Outcome, "messages">): string[] {
  const shown = outcome.messages.filter(m => /^(update_)?display_data$/.test(m.header.msg_type));
  const ids = shown.map(m => (m.content.transient as { display_id?: string }).display_id);
  expect(new Set(ids).size).toBeLessThanOrEqual(1);
  return shown.map(m => String((m.content.data as Record<string, unknown>)["text/plain"]));
}

test("Stop in the middle: the weights are kept, the history is returned, the panel is frozen", async () => {
  await kernel.execute("const model = make(); const before = weights(model); let epochs = 0;");
  const id = kernel.start(`
    const history = await model.fit(x, y, {
      epochs: 10_000, batchSize: 50, title: "long", callbacks: [{ onEpochEnd: () => { epochs++; } }],
    });`);
  // In the middle: two epochs are over.
  await kernel.waitFor(() => {
    const epoch = /epoch ([\d,]+)\//.exec(panelOf({ messages: kernel.under(id) }).at(-1) ?? "")?.[1];
    return Number(epoch?.replaceAll(",", "")) > 2 || undefined;
  });
  const began = performance.now();
  await kernel.request("interrupt_request", {}, "control");
  const outcome = await kernel.outcome(id);
  console.log(`fit stopped in ${(performance.now() - began).toFixed(0)} ms`);
  expect(performance.now() - began).toBeLessThan(1000);
  // To the front end it is a cell that was stopped: what waits behind it does not run.
  expect(outcome.error?.ename).toBe("KeyboardInterrupt");
  expect(panelOf(outcome).at(-1)).toMatch(/^long: .*, interrupted$/);
  const seen = await kernel.execute(`JSON.stringify({
    reason: history.reason,
    losses: history.history.loss,
    epochs,
    steps: history.steps,
    changed: JSON.stringify(weights(model)) !== JSON.stringify(before),
    finite: model.parameters().every(p => p.isFinite().all().item()),
    training: model.training,
  })`);
  expect(seen.error).toBeUndefined();
  const { reason, losses, epochs, steps, changed, finite, training } = JSON.parse(seen.text!.slice(1, -1));
  expect({ reason, changed, finite, training }).toEqual({
    reason: "interrupted",
    changed: true,
    finite: true,
    training: true,
  });
  // What was finished is in the history, also where Stop came before the callback could count it; what was stopped is not.
  expect([epochs, epochs + 1]).toContain(losses.length);
  expect(losses.length).toBeGreaterThanOrEqual(2);
  expect(losses.at(-1)).toBeLessThan(losses[0]);
  expect(Math.floor(steps / 400)).toBe(losses.length);
  // The panel stays as it is, and training can go on.
  const on = await kernel.execute(
    "(await model.fit(x, y, { batchSize: 50, title: 'on' })).history.loss![0]! < history.history.loss![0]!",
  );
  expect(on.text).toBe("true");
  expect(panelOf(on).at(-1)).toMatch(/^on: 100 % .*, finished$/);
});

test("Stop ends a cell that trains again and again", async () => {
  const id = kernel.start(`
    let rounds = 0;
    for (;;) {
      await make().fit(x, y, { epochs: 10_000, batchSize: 50, verbose: 0, callbacks: [{ onTrainBegin: () => console.log("begun") }] });
      rounds++;
    }`);
  await kernel.waitFor(() => kernel.under(id).find(m => String(m.content.text).includes("begun")));
  await kernel.request("interrupt_request", {}, "control");
  const { error, stdout } = await kernel.outcome(id);
  expect(error?.ename).toBe("KeyboardInterrupt");
  expect(stdout).toBe("begun\n");
  // The history of the first is taken, and that is all.
  expect(["0", "1"]).toContain((await kernel.execute("rounds")).text);
});

test("training that was stopped goes on from its backup, bit for bit as if it had not been", async () => {
  const backup = JSON.stringify(join(kernel.folder, "backup.safetensors"));
  await kernel.execute(`
    const options = { epochs: 6, batchSize: 50, verbose: 0 } as const;
    const whole = make();
    await whole.fit(x, y, options);
    const stopped = make();
    let finished = 0;`);
  const id = kernel.start(`
    const part = await stopped.fit(x, y, {
      ...options, epochs: 1_000, callbacks: [new train.BackupAndRestore(${backup}), { onEpochEnd: epoch => { finished = epoch + 1; if (epoch === 1) console.log("now"); } }],
    });`);
  await kernel.waitFor(() => kernel.under(id).find(m => String(m.content.text).includes("now")));
  await kernel.request("interrupt_request", {}, "control");
  await kernel.outcome(id);
  const resumed = await kernel.execute(`
    const fresh = make();
    const epochs = Math.max(6, finished + 2);
    await fresh.fit(x, y, { ...options, epochs, callbacks: [new train.BackupAndRestore(${backup})] });
    const straight = make();
    await straight.fit(x, y, { ...options, epochs });
    JSON.stringify([finished, part.reason, JSON.stringify(weights(fresh)) === JSON.stringify(weights(straight))])`);
  expect(resumed.error).toBeUndefined();
  const [finished, reason, same] = JSON.parse(resumed.text!.slice(1, -1));
  expect(finished).toBeGreaterThanOrEqual(2);
  expect([reason, same]).toEqual(["interrupted", true]);
});

/** A dataset that keeps whoever trains with it waiting, and counts the batches that were taken. */
const slowly = `
  let taken = 0;
  const slowly = (milliseconds: number) => ({
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (taken > 0) await new Promise(done => setTimeout(done, milliseconds));
        if (taken++ === 0) console.log("waiting");
        yield [x.at(gb.slice(0, 50)), y.at(gb.slice(0, 50))];
      }
    },
  });`;

test("Stop ends a training that waits for its data, and the history is returned", async () => {
  await kernel.execute(slowly);
  const id = kernel.start("const waited = await make().fit(slowly(5_000), { stepsPerEpoch: 1_000, verbose: 0 });");
  await kernel.waitFor(() => kernel.under(id).find(m => String(m.content.text).includes("waiting")));
  const began = performance.now();
  await kernel.request("interrupt_request", {}, "control");
  const { error } = await kernel.outcome(id);
  expect(performance.now() - began).toBeLessThan(2500);
  expect(error?.ename).toBe("KeyboardInterrupt");
  expect((await kernel.execute("[waited.reason, waited.steps].join()")).text).toBe("'interrupted,1'");
  // What was on its way when Stop came is not trained with.
  const later = await kernel.execute("await new Promise(done => setTimeout(done, 1_500)); taken");
  expect(Number(later.text)).toBeLessThanOrEqual(2);
});

test("Stop is not missed by a training whose callback keeps it waiting until the cell has ended", async () => {
  await kernel.execute("const slow = make(); let ends = 0;");
  const id = kernel.start(`
    await slow.fit(x, y, { epochs: 1_000, batchSize: 5_000, verbose: 0, callbacks: [{
      onTrainBatchEnd: () => {
        if (ends++ === 0) console.log("in the callback");
        return new Promise<void>(done => setTimeout(done, 400));
      },
    }] });`);
  await kernel.waitFor(() => kernel.under(id).find(m => String(m.content.text).includes("in the callback")));
  await kernel.request("interrupt_request", {}, "control");
  expect((await kernel.outcome(id)).error?.ename).toBe("KeyboardInterrupt");
  expect((await kernel.execute("await new Promise(done => setTimeout(done, 1_500)); ends")).text).toBe("1");
});

test("Stop ends two trainings at once, and both histories are returned", async () => {
  const id = kernel.start(`
    const begin = { onTrainBegin: () => console.log("begun") };
    const both = await Promise.all([1, 2].map(() =>
      make().fit(x, y, { epochs: 10_000, batchSize: 50, verbose: 0, callbacks: [begin] })));`);
  await kernel.waitFor(
    () =>
      kernel
        .under(id)
        .map(m => String(m.content.text))
        .join("")
        .split("begun").length > 2 || undefined,
  );
  await kernel.request("interrupt_request", {}, "control");
  expect((await kernel.outcome(id)).error?.ename).toBe("KeyboardInterrupt");
  expect((await kernel.execute("both.map(history => history.reason).join()")).text).toBe("'interrupted,interrupted'");
});

test("outside of notebooks the progress is a line of plain text", () => {
  const gradbook = pathToFileURL(join(import.meta.dirname, "../../../dist/widgets/index.js")).href;
  const program = `
    import { nn, ones, zeros } from ${JSON.stringify(gradbook)};
    const model = new nn.Linear(2, 1).compile({ optimizer: "sgd", loss: "mse" });
    await model.fit(ones([64, 2]), zeros([64, 1]), { epochs: 3, batchSize: 16, title: "line" });`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  expect(stdout + stderr).toMatch(/^line: 100 % \[█{20}\] epoch 3\/3, step 12\/12, loss \S+, .*, finished$/m);
  expect(stdout + stderr).not.toContain("<");
});
