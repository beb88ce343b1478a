// Trains a language model of characters on tiny Shakespeare, against the entropy of bigrams:
//   node test/bench/language/train.mjs lstm|gpt [--steps 2000]
import { parseArgs } from "node:util";
import * as gb from "../../../dist/engine/index.js";
import { corpusOf, passes, pieces } from "./corpus.mjs";
import { characterLoss, languageModels, write } from "./models.mjs";

const { CharLSTM, GPT } = languageModels(gb);
const kinds = {
  lstm: { make: vocabulary => new CharLSTM(vocabulary), size: 32, rate: 4e-3, decay: 0 },
  gpt: { make: vocabulary => new GPT(vocabulary), size: 16, rate: 2e-3, decay: 0.1 },
};
const { values, positionals } = parseArgs({
  options: { steps: { type: "string", default: "2000" } },
  allowPositionals: true,
});
const kind = kinds[positionals[0]];
const perEpoch = 100;
const epochs = Math.ceil(Number(values.steps) / perEpoch);
if (!kind || !(epochs > 0)) {
  console.error("usage: node test/bench/language/train.mjs lstm|gpt [--steps 2000]");
  process.exit(1);
}

gb.manualSeed(1);
const corpus = corpusOf(gb, await gb.data.tinyShakespeare());
const model = kind.make(corpus.tokenizer.size);
const parameters = model.parameters().reduce((sum, p) => sum + p.size, 0);
console.log(`${parameters} parameters, ${corpus.training.length} characters of ${corpus.tokenizer.size} kinds`);
console.log(`validation text: unigram entropy ${corpus.unigram.toFixed(3)}, bigram ${corpus.bigram.toFixed(3)}`);

const optimizer = new gb.optim.AdamW(model.parameters(), { lr: kind.rate, weightDecay: kind.decay });
model.compile({ optimizer, loss: characterLoss(gb) });
const form = { size: kind.size, length: 64 };
const validation = passes(gb, corpus.validation, form);
// A rise over the first epoch, then half a cosine.
const rates = epoch => kind.rate * (epoch === 0 ? 0.3 : 0.05 + 0.475 * (1 + Math.cos((Math.PI * epoch) / epochs)));
let beaten;
const seconds = { training: 0, began: 0 };
const watch = {
  onEpochBegin: () => {
    seconds.began = performance.now();
  },
  onTestBegin: () => {
    seconds.training += (performance.now() - seconds.began) / 1000;
  },
  onEpochEnd: (epoch, { loss, val_loss }) => {
    const steps = (epoch + 1) * perEpoch;
    if (val_loss < corpus.bigram) beaten ??= { steps, seconds: seconds.training };
    const pace = ((1000 * seconds.training) / steps).toFixed(1);
    console.log(`step ${steps}: loss ${loss.toFixed(3)}, validation ${val_loss.toFixed(3)}, ${pace} ms a step`);
  },
};
await model.fit(pieces(gb, corpus.training, { ...form, seed: 1 }), {
  epochs,
  stepsPerEpoch: perEpoch,
  validationData: validation,
  callbacks: [new gb.train.LearningRateScheduler(rates), watch],
  verbose: 0,
});
console.log(
  beaten
    ? `below the bigram entropy after ${beaten.steps} steps, ${beaten.seconds.toFixed(0)} s of training`
    : "not below the bigram entropy",
);
console.log(`\n${write(gb, model, corpus.tokenizer)}`);
