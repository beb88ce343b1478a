import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { crc32c } from "../../../engine/train/callbacks/crc32c.js";

const { nn, train } = gb;
const folder = mkdtempSync(join(tmpdir(), "callbacks-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

const generator = new gb.Generator(3);
const x = gb.randn([32, 4], { generator }) as Tensor;
const y = gb.randn([32, 2], { generator }) as Tensor;

function model(seed = 1) {
  const layers = [new nn.Linear(4, 8, { generator: new gb.Generator(seed) }), new nn.Dropout(0.3), new nn.Linear(8, 2)];
  const made = new nn.Sequential(...layers);
  const source = new gb.Generator(seed);
  for (const p of made.parameters()) nn.init.assign(p, gb.randn(p.shape, { generator: source }));
  return made.compile({ optimizer: "adam", loss: "mse" });
}
const weightsOf = (m: gb.nn.Module) => m.parameters().flatMap(p => Array.from(p.data() as Float32Array));

describe("callbacks", () => {
  test("all turns, in Keras' order", async () => {
    const turns: string[] = [];
    const note = (name: string) => () => {
      turns.push(name);
    };
    const callback: gb.train.Callback = {
      onTrainBegin: note("train"),
      onEpochBegin: epoch => void turns.push(`epoch ${epoch}`),
      onTrainBatchBegin: batch => void turns.push(`batch ${batch}`),
      onTrainBatchEnd: async (batch, logs) => void turns.push(`${batch} ended ${Object.keys(logs())}`),
      onTestBegin: note("test"),
      onTestEnd: logs => void turns.push(`tested ${Object.keys(logs)}`),
      onEpochEnd: (epoch, logs) => void turns.push(`${epoch} ended ${Object.keys(logs)}`),
      onTrainEnd: note("trained"),
    };
    await model().fit(x, y, { batchSize: 16, validationData: [x, y], verbose: 0, callbacks: [callback] });
    expect(turns).toEqual([
      "train",
      "epoch 0",
      "batch 0",
      "0 ended loss",
      "batch 1",
      "1 ended loss",
      "test",
      "tested loss",
      "0 ended loss,val_loss",
      "trained",
    ]);
  });

  test("a schedule sets the rate of captured steps", async () => {
    const m = model();
    const rates: number[] = [];
    let before: number[] = [];
    const zero: gb.train.Callback = {
      onEpochBegin(_, { optimizer }) {
        rates.push(optimizer.lr);
        before = weightsOf(m);
      },
    };
    const schedule = new train.LearningRateScheduler((epoch, lr) => (epoch === 2 ? 0 : lr / 2));
    await m.fit(x, y, { epochs: 3, verbose: 0, callbacks: [schedule, zero] });
    expect(rates).toEqual([0.0005, 0.00025, 0]);
    expect(weightsOf(m)).toEqual(before);
    const bad = new train.LearningRateScheduler(() => Number.NaN);
    await expect(m.fit(x, y, { verbose: 0, callbacks: [bad] })).rejects.toThrow(/rate of epoch 0 is NaN/);
  });

  test("NaN ends training at its batch", async () => {
    const guard = new train.TerminateOnNaN();
    const m = new nn.Sequential(new nn.Linear(4, 2));
    m.compile({ optimizer: new gb.optim.SGD(m.parameters(), { lr: 1e30 }), loss: "mse" });
    const history = await m.fit(x, y, { epochs: 5, batchSize: 4, shuffle: false, verbose: 0, callbacks: [guard] });
    expect(history.reason).toBe("stopped");
    expect(history.epochs).toEqual([0]);
    expect(guard.batch).toBeGreaterThan(0);
    expect(history.steps).toBe(guard.batch! + 1);
  });

  test("a CSV file, begun and gone on with", async () => {
    const m = model();
    const path = at("logs/training.csv");
    const { history } = await m.fit(x, y, {
      epochs: 2,
      validationSplit: 0.5,
      verbose: 0,
      callbacks: [new train.CSVLogger(path)],
    });
    await m.fit(x, y, { verbose: 0, callbacks: [new train.CSVLogger(path, { append: true })] });
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines[0]).toBe("epoch,loss,val_loss");
    expect(lines[2]).toBe(`1,${history.loss![1]},${history.val_loss![1]}`);
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^0,[\d.]+,NA$/);
    await m.fit(x, y, { verbose: 0, callbacks: [new train.CSVLogger(path, { separator: ";" })] });
    expect(readFileSync(path, "utf8")).toMatch(/^epoch;loss\n0;[\d.]+\n$/);
  });

  test("checkpoints: the path's names, the best only, after batches", async () => {
    const values = [3, 1, 2, 0.5];
    const given: gb.train.Callback = {
      onEpochEnd(epoch, logs) {
        (logs as Record<string, number>).score = values[epoch]!;
      },
    };
    const all = new train.ModelCheckpoint(at("all/{epoch:02d}-{score:.1f}.safetensors"));
    const best = new train.ModelCheckpoint(at("best/{epoch}.safetensors"), {
      monitor: "score",
      saveBestOnly: true,
      initialValueThreshold: 2.5,
    });
    const batches = new train.ModelCheckpoint(at("batches/{epoch}.safetensors"), { saveFreq: 3 });
    const m = model();
    await m.fit(x, y, { epochs: 4, batchSize: 16, verbose: 0, callbacks: [given, all, best, batches] });
    expect(readdirSync(at("all")).sort()).toEqual(values.map((v, i) => `0${i + 1}-${v.toFixed(1)}.safetensors`));
    expect(readdirSync(at("best")).sort()).toEqual(["2.safetensors", "4.safetensors"]);
    // After batches 3 and 6 of 8: in epochs 2 and 3.
    expect(readdirSync(at("batches")).sort()).toEqual(["2.safetensors", "3.safetensors"]);
    const loaded = model(9);
    expect((await gb.io.load(best.lastPath!, { model: loaded })).epoch).toBe(4);
    expect(weightsOf(loaded)).toEqual(weightsOf(m));
    const unknown = new train.ModelCheckpoint(at("{accuracy}.safetensors"));
    await expect(m.fit(x, y, { verbose: 0, callbacks: [unknown] })).rejects.toThrow(
      /accuracy, which there is not.*loss/,
    );
  });

  test("a backup: what was stopped goes on bit for bit, order and dropout too", async () => {
    const path = at("backup/run.safetensors");
    const [whole, first, second] = [model(), model(), model(5)];
    gb.manualSeed(11);
    const reference = await whole.fit(x, y, { epochs: 5, batchSize: 8, verbose: 0 });
    gb.manualSeed(11);
    const fails: gb.train.Callback = {
      onTrainBatchEnd() {
        if (epochs === 3) throw new Error("the power went out");
      },
      onEpochBegin(epoch) {
        epochs = epoch;
      },
    };
    let epochs = 0;
    const options = { epochs: 5, batchSize: 8, verbose: 0 } as const;
    const callbacks = [new train.BackupAndRestore(path), fails];
    await expect(first.fit(x, y, { ...options, callbacks })).rejects.toThrow("power");
    gb.manualSeed(99);
    const history = await second.fit(x, y, { ...options, callbacks: [new train.BackupAndRestore(path)] });
    expect(history.epochs).toEqual([3, 4]);
    expect(history.history.loss).toEqual(reference.history.loss!.slice(3));
    expect(weightsOf(second)).toEqual(weightsOf(whole));
    expect(readdirSync(at("backup"))).toEqual([]);
    writeFileSync(path, "no backup");
    await expect(second.fit(x, y, { ...options, callbacks: [new train.BackupAndRestore(path)] })).rejects.toThrow();
  });

  test("TensorBoard's files: records whose checksums hold, with the numbers of the epochs", async () => {
    // RFC 3720, appendix B.4: 32 bytes of zeros.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    const m = model();
    const board = new train.TensorBoard(at("board"), { updateFreq: 2 });
    const { history } = await m.fit(x, y, {
      epochs: 2,
      batchSize: 8,
      validationData: [x, y],
      verbose: 0,
      callbacks: [board],
    });
    const events = (run: string) =>
      eventsOf(readFileSync(join(at("board"), run, readdirSync(join(at("board"), run))[0]!)));
    const training = events("train");
    expect(training[0]).toEqual({ version: "brain.Event:2" });
    const epochs = training.filter(event => "epoch_loss" in event);
    expect(epochs.map(event => event.step)).toEqual([0, 1]);
    expect(epochs.map(event => event.epoch_loss)).toEqual(history.loss!.map(Math.fround));
    expect(epochs[0]!.epoch_learning_rate).toBe(Math.fround(0.001));
    expect(training.filter(event => "batch_loss" in event).map(event => event.step)).toEqual([2, 4, 6, 8]);
    const validation = events("validation").slice(1);
    expect(validation.map(event => event.epoch_loss)).toEqual(history.val_loss!.map(Math.fround));
  });
});

/** Reads TFRecords with Event messages, checking their checksums; written from the formats' descriptions alone. */
function eventsOf(file: Buffer): Record<string, number | string>[] {
  const events: Record<string, number | string>[] = [];
  const unmasked = (n: number) => {
    const rotated = (n - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  for (let start = 0; start < file.length; ) {
    const length = Number(file.readBigUInt64LE(start));
    const data = file.subarray(start + 12, start + 12 + length);
    expect(unmasked(file.readUInt32LE(start + 8))).toBe(crc32c(file.subarray(start, start + 8)));
    expect(unmasked(file.readUInt32LE(start + 12 + length))).toBe(crc32c(data));
    const event: Record<string, number | string> = {};
    for (const [field, value] of fieldsOf(data)) {
      if (field === 2) event.step = value as number;
      if (field === 3) event.version = (value as Buffer).toString();
      if (field !== 5) continue;
      for (const [, entry] of fieldsOf(value as Buffer)) {
        const named = new Map(fieldsOf(entry as Buffer));
        event[(named.get(1) as Buffer).toString()] = (named.get(2) as Buffer).readFloatLE();
      }
    }
    events.push(event);
    start += 16 + length;
  }
  return events;
}

function fieldsOf(data: Buffer): [field: number, value: number | Buffer][] {
  const fields: [number, number | Buffer][] = [];
  let at = 0;
  const varint = () => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = data[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < data.length) {
    const key = varint();
    const type = key & 7;
    if (type === 0) fields.push([key >> 3, varint()]);
    else {
      const length = type === 1 ? 8 : type === 5 ? 4 : varint();
      fields.push([key >> 3, data.subarray(at, at + length)]);
      at += length;
    }
  }
  return fields;
}
