import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "gradbook-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

const load = (name: string) => import(new URL(name, import.meta.url).href);

function bench(...args: string[]) {
  const script = fileURLToPath(new URL("run.mjs", import.meta.url));
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8", timeout: 110_000 });
}

describe("npm run bench", () => {
  test("measures us alone and prints the table", async () => {
    const json = join(folder, "out.json");
    const options = ["--rounds", "1", "--seconds", "0.02", "--threads", "1", "--peers", "none", "--json", json];
    const { status, stdout, stderr } = bench("--only", "gemm.256,train.mlp", ...options);
    expect(stderr).not.toMatch(/error/i);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\| gemm\.256 \| 1 \| [\d.e+]+ (us|ms) \| [\d.]+ GF \| (\d+ %)? \| [\d.e+]+ (us|ms) \|$/m);
    expect(stdout).toMatch(/^\| train\.mlp \| 1 \| [\d.e+]+ (us|ms) \|/m);
    const { groups } = JSON.parse(readFileSync(json, "utf8"));
    const { best, median, sample } = groups[0].rounds[0].ours.results["gemm.256"];
    expect(best).toBeGreaterThan(0);
    expect(median).toBeGreaterThanOrEqual(best);
    // The first element of the product, in float64.
    const { values } = await load("values.mjs");
    const [a, b] = [values(256 * 256, 1), values(256 * 256, 2)];
    let first = 0;
    for (let k = 0; k < 256; k++) first += a[k] * b[256 * k];
    expect(sample[0]).toBeCloseTo(first, 5);
  });

  test.each([
    [["--only", "nothing"], /no benchmark is called nothing; there are .*gemm\.256/],
    [["--rounds", "0"], /--rounds 0: give a whole number above 0/],
    [["--threads", "1,x"], /--threads x: give a whole number above 0/],
    [
      ["--peers", "keras"],
      /--peers keras: there are torch, debian, tfjs, jax-js, onnxruntime; `none` measures us alone/,
    ],
    [["--frobnicate"], /Unknown option '--frobnicate'[\s\S]*--only NAMES/],
  ])("%j: a message, no measurement", (args, message) => {
    const { status, stdout, stderr } = bench(...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
  });
});

test("both contenders start from the same numbers", async () => {
  const { values } = await load("values.mjs");
  // What values() of measure.py gives.
  const made = values(1_000_000, 7);
  expect([0, 1, 2, 999_999].map(i => made[i])).toEqual([
    -0.2952936589717865, -0.1505318433046341, 0.08091790229082108, 0.03113052062690258,
  ]);
});

describe("statistics", () => {
  const peak = (gflops: number) => ({ gflops, copyGBs: 10 });
  const round = (before: number, after: number) => ({ before: peak(before), after: peak(after) });

  test("rounds in which the machine was slower than at its best do not count", async () => {
    const { calmRounds } = await load("statistics.mjs");
    const rounds = [round(100, 95), round(100, 60), round(70, 100), round(92, 91)];
    expect(calmRounds(rounds)).toEqual({ kept: [rounds[0], rounds[3]], peak: peak(100) });
    // None was calm: the steadiest stands for all.
    expect(calmRounds([round(100, 50), round(80, 60)]).kept).toEqual([round(80, 60)]);
    expect(calmRounds([{}, {}])).toEqual({ kept: [{}, {}] });
  });

  test("median and relative error", async () => {
    const { median, relativeError } = await load("statistics.mjs");
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([5])]).toEqual([2, 2.5, 5]);
    expect(relativeError([1, 2.1], [1, 2])).toBeCloseTo(0.05, 10);
    expect(relativeError([1, Number.NaN], [1, 2])).toBe(Number.POSITIVE_INFINITY);
    expect(relativeError([1], [1, 2])).toBe(Number.POSITIVE_INFINITY);
  });

  test("no ratio where the two did not compute the same", async () => {
    const { markdownTable } = await load("table.mjs");
    const result = (median: number, first: number, compiled?: object) => ({
      results: { "a.b": { best: median / 2, median, sample: [first, 1], compiled } },
    });
    const line = (theirs: number, compiled?: object, third?: object) =>
      markdownTable(
        [{ name: "a.b", flops: 2e6 }],
        [
          {
            threads: 2,
            kept: [
              {
                ours: result(0.001, 1, compiled),
                peers: { torch: result(0.003, theirs), other: third ?? { results: {} } },
              },
            ],
            peak: peak(4),
          },
        ],
        [
          { name: "torch", title: "PyTorch" },
          { name: "other", title: "Other" },
        ],
      ).split("\n")[2];
    expect(line(1)).toBe("| a.b | 2 | 1.00 ms | 3.00 ms | 3.00x |  |  | 2.0 GF | 50 % |  |  |  |");
    expect(line(1.1)).toBe("| a.b | 2 | 1.00 ms | 3.00 ms | results differ by 9.1e-2 |  |  | 2.0 GF | 50 % |  |  |  |");
    // The second peer is wrong, the first is not.
    expect(line(1, undefined, result(0.002, 2))).toBe(
      "| a.b | 2 | 1.00 ms | 3.00 ms | 3.00x | 2.00 ms | results differ by 1.0e+0 | 2.0 GF | 50 % |  |  |  |",
    );
    expect(line(1, { median: 0.0005, sample: [1, 1] }, result(0.002, 1))).toMatch(/\| 500 us \| 6\.00x \| 4\.00x \|$/);
    expect(line(1, { median: 0.0005, sample: [2, 1] })).toMatch(
      /\| 500 us \| differs from eager by 1\.0e\+0 \| {2}\|$/,
    );
  });
});
