import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nn, randn, type Tensor } from "../../engine/index.js";
import { displaySymbol, type MimeBundle, setDisplaySink } from "../../widgets/display.js";
import "../../widgets/install.js";
import { tensorBundle } from "../../widgets/views/tensor.js";
import { trainingBundle } from "../../widgets/views/training.js";
import { KernelClient } from "../kernel/client.js";
import { trainingState } from "./samples.js";

const middle = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;

/** The middle of some times, in milliseconds. */
function median(rounds: number, work: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return middle(times);
}

describe("what looking costs", () => {
  // The bars are 60 ms, 5 ms and 2 %: the figures are printed, and the limits leave room for a loaded machine.
  test("the card of a million elements, statistics included", () => {
    const cards: [string, Tensor][] = [
      ["vector", randn([1_000_000]) as Tensor],
      ["matrix", randn([1000, 1000]) as Tensor],
      ["4-D", randn([16, 25, 50, 50]) as Tensor],
    ];
    for (const [name, x] of cards) {
      x.data();
      const took = median(9, () => tensorBundle(x));
      console.log(`tensor card, ${name} of 1M elements: ${took.toFixed(1)} ms`);
      expect(took).toBeLessThan(180);
    }
  });

  test("an update of the training panel, in at most 40 KB", () => {
    for (const [name, state] of [
      ["24 epochs", trainingState({ epochs: 24, done: 2600 })],
      ["a loop of 200,000 steps", trainingState({ epochs: 1, stepsPerEpoch: 200_000 })],
    ] as const) {
      let bytes = 0;
      const took = median(41, () => {
        bytes = Buffer.byteLength(String(trainingBundle(state)["text/html"]));
      });
      console.log(`training panel, ${name}: ${took.toFixed(2)} ms, ${(bytes / 1024).toFixed(1)} KB`);
      expect(took).toBeLessThan(15);
      expect(bytes).toBeLessThan(40 * 1024);
    }
  });

  test("fit with its panel is little slower than without", async () => {
    let updates = 0;
    // The sink draws the panel, as the kernel's does.
    setDisplaySink({
      show: () => updates++,
      clear: () => undefined,
      format: value => (value as { [displaySymbol](): MimeBundle })[displaySymbol](),
    });
    try {
      // Steps of some milliseconds, as of a small network on images; and of some microseconds, where the log of a step shows.
      for (const [name, hidden, batchSize, epochs, most] of [
        ["784-256-10, 128 samples a step", 256, 128, 6, 1.3],
        ["784-32-10, 32 samples a step", 32, 32, 10, 1.5],
      ] as const) {
        const model = new nn.Sequential(new nn.Linear(784, hidden), new nn.ReLU(), new nn.Linear(hidden, 10));
        model.compile({ optimizer: "sgd", loss: "mse" });
        const [x, y] = [randn([8192, 784]), randn([8192, 10])];
        const steps = epochs * Math.ceil(8192 / batchSize);
        const fit = async (verbose: 0 | 1) => {
          const began = performance.now();
          await model.fit(x, y, { epochs, batchSize, verbose });
          return performance.now() - began;
        };
        await fit(0);
        // The middle of interleaved pairs, each in another order than the last: other programs share the machine.
        const rounds = Array.from({ length: 11 }, () => [0, 0]);
        for (const [round, times] of rounds.entries()) {
          for (const verbose of round % 2 ? ([1, 0] as const) : ([0, 1] as const)) times[verbose] = await fit(verbose);
        }
        const ratio = middle(rounds.map(([without, shown]) => shown! / without!));
        const step = (1000 * middle(rounds.map(([without]) => without!))) / steps;
        console.log(
          `fit with its panel, ${name}: ${(100 * (ratio - 1)).toFixed(1)} % slower, steps of ${step.toFixed(0)} us`,
        );
        expect(ratio).toBeLessThan(most);
      }
      // At least the beginning and the end of every run.
      expect(updates).toBeGreaterThanOrEqual(44);
    } finally {
      setDisplaySink(undefined);
    }
  }, 60_000);
});

describe("a display that is updated ten times a second for half a minute, in a kernel", () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await KernelClient.start();
  });
  afterAll(() => kernel.stop());

  test("ends with the right state, in order, none lost", async () => {
    const id = kernel.start(`
      var handle = display("update 0");
      for (let i = 1; i <= 300; i++) { await new Promise(r => setTimeout(r, 100)); handle.update("update " + i); }
      "over"`);
    const { error } = await kernel.outcome(id, 60_000);
    expect(error).toBeUndefined();
    const updates = kernel
      .under(id)
      .filter(m => m.header.msg_type === "update_display_data")
      .map(m => Number(/update (\d+)/.exec(JSON.stringify(m.content.data))![1]));
    console.log(`${updates.length} updates in 30 s, the last is ${updates.at(-1)}`);
    expect(updates).toEqual([...updates].sort((a, b) => a - b));
    expect(updates.at(-1)).toBe(300);
    expect(updates.length).toBeLessThanOrEqual(300);
  });
});
