import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { defaultBackend } from "../../../engine/device.js";
import { EngineError, io, nn, ones, optim } from "../../../engine/index.js";
import { readHdf5 } from "../../../engine/io/hdf5/read.js";
import { readZip } from "../../../engine/io/zip/read.js";
import { zipParts } from "../../../engine/io/zip/write.js";

/** Mutated inputs for each parser: 20,000 and more on request. */
const rounds = Number(process.env.GRADBOOK_FUZZ ?? 600);

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), "utf8")) as never;
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** Whole numbers below a limit, the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const extremes = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** A few bytes changed, extreme numbers put in, pieces cut out, doubled or cut off. */
function mutate(file: Uint8Array, next: (below: number) => number): Uint8Array {
  let bytes = Buffer.from(file);
  for (let n = next(4); n >= 0 && bytes.length > 8; n--) {
    const at = next(bytes.length);
    const kind = next(10);
    const length = next(Math.min(64, bytes.length - at)) + 1;
    if (kind < 5) bytes[at] = next(256);
    else if (kind < 7 && at + 4 <= bytes.length) bytes.writeUInt32LE(extremes[next(extremes.length)]!, at);
    else if (kind === 7) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    else if (kind === 8) bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    else bytes = bytes.subarray(0, Math.max(8, at));
  }
  return new Uint8Array(bytes);
}

interface Parser {
  readonly file: Uint8Array;
  readonly parse: (bytes: Uint8Array) => unknown;
}

const { file: pytorchFile } = (fixture("pytorch") as { checkpoint: { file: string } }).checkpoint;
const pytorchEntries = [...readZip(bytesOf(pytorchFile), "the fixture").values()];
const pickle = pytorchEntries.find(({ name }) => name.endsWith("data.pkl"))!;
/** The archive's checksum would catch every change: the pickle is put into a new archive. */
const archiveWith = (data: Uint8Array) =>
  Buffer.concat([
    ...zipParts(pytorchEntries.map(entry => ({ name: entry.name, data: entry === pickle ? data : entry.unpack() }))),
  ]);

const trained = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));
const optimizer = new optim.Adam(trained.parameters());
trained(ones([4, 2]))
  .sum()
  .backward();
optimizer.step();
const checkpoint = await (async () => {
  const { mkdtempSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const folder = mkdtempSync(`${tmpdir()}/gradbook-fuzz-`);
  await io.save(trained, `${folder}/a`, { optimizer });
  const bytes = new Uint8Array(readFileSync(`${folder}/a`));
  rmSync(folder, { recursive: true });
  return bytes;
})();
const stateOf = () =>
  JSON.stringify(
    [trained.stateDict(), optimizer.stateDict().tensors].map(state => Object.values(state).map(x => x.toArray())),
  );
const before = stateOf();

const parsers: Record<string, Parser> = {
  safetensors: {
    file: bytesOf((fixture("safetensors") as { all: { bytes: string } }).all.bytes),
    parse: io.safetensors.read,
  },
  npy: { file: io.numpy.encode(ones([3, 4])), parse: bytes => io.numpy.decode(bytes) },
  zip: { file: bytesOf(pytorchFile), parse: io.pytorch.read },
  pytorch: { file: pickle.unpack(), parse: bytes => io.pytorch.read(archiveWith(bytes)) },
  hdf5: {
    file: bytesOf((fixture("keras") as { weights: string }).weights),
    parse: bytes => readHdf5(bytes, "the bytes"),
  },
  "hdf5 in chunks": {
    file: bytesOf((fixture("keras") as { weightsInChunks: string }).weightsInChunks),
    parse: bytes => readHdf5(bytes, "the bytes"),
  },
  onnx: { file: bytesOf((fixture("onnx") as { model: string }).model), parse: io.onnx.load },
  checkpoint: {
    file: checkpoint,
    parse: bytes => io.load(bytes),
  },
  "checkpoint into a model": {
    file: checkpoint,
    parse: async bytes => {
      try {
        await io.load(bytes, { model: trained, optimizer });
      } catch (error) {
        if (stateOf() !== before) throw new Error("half loaded", { cause: error });
        throw error;
      }
      await io.load(checkpoint, { model: trained, optimizer });
    },
  },
};

describe(`damaged files are refused or read, ${rounds} of each kind`, () => {
  test.each(Object.entries(parsers))("%s", { timeout: 60_000 + rounds * 20 }, async (name, { file, parse }) => {
    const next = numbers(20260 + name.length);
    let refused = 0;
    // Watched, not replaced.
    const allocate = vi.spyOn(defaultBackend(), "allocate");
    for (let round = 0; round < rounds; round++) {
      const bytes = mutate(file, next);
      const started = performance.now();
      allocate.mockClear();
      try {
        await parse(bytes);
      } catch (error) {
        refused++;
        if (!(error instanceof EngineError)) throw new Error(`round ${round}`, { cause: error });
      }
      const allocated = allocate.mock.calls.reduce((sum, [, size]) => sum + size, 0);
      if (!name.startsWith("checkpoint"))
        expect(allocated, `round ${round}`).toBeLessThanOrEqual(2 * Math.max(bytes.length, file.length));
      expect(performance.now() - started, `round ${round}`).toBeLessThan(5000);
    }
    allocate.mockRestore();
    expect(refused).toBeGreaterThan(rounds / 20);
  });
});
