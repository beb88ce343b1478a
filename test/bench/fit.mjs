// What `fit` costs beside the loop written by hand, and its panel beside none; in turns, because the machine's pace drifts:
//   node test/bench/fit.mjs [--rounds 7]
import { parseArgs } from "node:util";
import * as gb from "../../dist/widgets/index.js";
import { median } from "./statistics.mjs";

const { nn, optim, data } = gb;
const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });
const rounds = Number(values.rounds);
if (!(Number.isInteger(rounds) && rounds > 0)) {
  console.error(`--rounds ${values.rounds}: give a whole number above 0`);
  process.exit(1);
}

const models = {
  mlp: {
    samples: 24000,
    size: 32,
    make: () =>
      new nn.Sequential(
        new nn.Linear(784, 64),
        new nn.ReLU(),
        new nn.Linear(64, 32),
        new nn.ReLU(),
        new nn.Linear(32, 10),
      ),
    shape: [784],
  },
  cnn: {
    samples: 5760,
    size: 64,
    make: () =>
      new nn.Sequential(
        new nn.Conv2d(1, 16, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Conv2d(16, 32, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Flatten(),
        new nn.Linear(32 * 49, 10),
      ),
    shape: [1, 28, 28],
  },
};

/** One epoch over the same batches, in the same order, three ways. */
function contenders({ samples, size, make, shape }, eager) {
  gb.manualSeed(0);
  const x = gb.rand([samples, ...shape]);
  const y = gb.randint(0, 10, [samples]);
  const options = { batchSize: size, seed: 1 };
  const byHand = () => {
    const model = make();
    const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
    const step = (images, labels) => {
      optimizer.zeroGrad();
      const loss = gb.crossEntropy(model(images), labels);
      loss.backward();
      optimizer.step();
      return loss;
    };
    const run = eager ? step : gb.compile(step);
    const batches = data.batches({ x, y }, { size, shuffle: true, seed: 1 });
    return () => {
      let last;
      let sum = 0;
      for (const batch of batches) {
        last = run(batch.x, batch.y).detach();
        sum += last.item() * batch.x.shape[0];
      }
      return sum / samples;
    };
  };
  const byFit = verbose => {
    const model = make();
    model.compile({ optimizer: new optim.Adam(model.parameters(), { lr: 1e-3 }), loss: "crossEntropy", eager });
    return async () => (await model.fit(x, y, { ...options, verbose })).history.loss[0];
  };
  return { hand: byHand(), fit: byFit(0), panel: byFit(1) };
}

const percent = ratio => `${((ratio - 1) * 100).toFixed(1)} %`;
console.log("| model | steps | by hand | fit | more | with its panel | more than fit |\n|---|---|--:|--:|--:|--:|--:|");
for (const [name, model] of Object.entries(models)) {
  for (const eager of [false, true]) {
    const times = { hand: [], fit: [], panel: [] };
    const all = Object.entries(contenders(model, eager));
    for (let round = -1; round < rounds; round++) {
      // Another order in every round; the first warms up.
      for (let i = 0; i < all.length; i++) {
        const [who, run] = all[(i + round + all.length) % all.length];
        const began = performance.now();
        await run();
        if (round >= 0) times[who].push(performance.now() - began);
      }
    }
    const [hand, fit, panel] = Object.values(times);
    const ms = list => `${Math.min(...list).toFixed(0)} ms`;
    const ratio = (a, b) => percent(median(a.map((t, i) => t / b[i])));
    const cells = [
      name,
      eager ? "eager" : "compiled",
      ms(hand),
      ms(fit),
      ratio(fit, hand),
      ms(panel),
      ratio(panel, fit),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
