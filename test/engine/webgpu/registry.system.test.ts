import { describe, expect, test } from "vitest";
import { DeviceError, DTypeError, eye, grad, type Tensor } from "../../../engine/index.js";
import type { OpEntry, Sample } from "../../../engine/op.js";
import { distance, isSampleTensor, makeArguments, numbers, scattered } from "../samples.js";
import { calls, entries, isTensor, moved, noGpu, tensorsOf } from "./gpu.js";

/** Relative to the element, or to 1: sums and polynomials of float32 on both sides. */
const tolerance = 1e-5;

/** Operations of which something has no shader yet, or needs a dtype that the GPU lacks. One that begins to work leaves the list. */
const lacking: readonly string[] = [
  ..."argSort bucketize cast countNonzero isIn kthValue median mode quantile searchSorted sort unique".split(" "),
  // Decompositions, and what is made of them.
  ..."cholesky cond det eigvalsh inv matrixExp matrixNorm matrixPower matrixRank pinv solve svdvals triangularSolve".split(
    " ",
  ),
  ..."fft fft2 ifft ifft2 irfft istft rfft stft".split(" "),
];

function prepared(entry: OpEntry, sample: Sample, seed: number): unknown[] {
  const args = makeArguments(sample, "float32", seed);
  if (!entry.definite) return args;
  const [x, ...rest] = args as [Tensor];
  const square = x.matmul(x.transpose(-1, -2) as never) as Tensor;
  return [square.add(eye(x.shape.at(-1)!) as never), ...rest];
}

/** Compares an operation on both devices, also on operands that are not dense. */
function compare(entry: OpEntry, sample: Sample, seed: number): void {
  const call = calls[entry.name]!;
  for (const layout of [(x: Tensor) => x, scattered]) {
    const args = prepared(entry, sample, seed);
    const wanted = tensorsOf(call(...(args as never[])));
    const given = args.map(arg => (isTensor(arg) ? layout(arg) : arg));
    const got = tensorsOf(call(...(rearranged(given, layout) as never[])));
    const device = entry.name === "to" ? "cpu" : "webgpu";
    expect(got.map(x => [x.device, x.dtype, x.shape])).toEqual(wanted.map(x => [device, x.dtype, x.shape]));
    got.forEach((x, i) => {
      expect(distance(numbers(x), numbers(wanted[i]!))).toBeLessThan(tolerance);
    });
  }
}

/** On the GPU in the same layout as here: a move makes a tensor dense. */
function rearranged(args: readonly unknown[], layout: (x: Tensor) => Tensor): unknown[] {
  if (layout !== scattered) return moved(args, "webgpu");
  return args.map(arg => {
    if (!isTensor(arg)) return arg;
    const order = arg.shape.map((_, i) => arg.shape.length - 1 - i);
    return arg.permute(order).to("webgpu").permute(order);
  });
}

/** The gradients of a weighed sum of the first result. */
function gradients(entry: OpEntry, sample: Sample, args: readonly unknown[]): number[][] {
  const call = calls[entry.name]!;
  return sample.args.flatMap((arg, i) => {
    if (!isSampleTensor(arg) || (arg.dtype ?? "float") !== "float") return [];
    const f = (x: Tensor) => {
      const y = tensorsOf(call(...(args.with(i, x) as never[])))[0]!;
      return y.mul(y.add(1) as never).sum() as Tensor;
    };
    return [numbers(grad(f)(args[i] as never) as Tensor)];
  });
}

function compareGradients(entry: OpEntry, sample: Sample, seed: number): void {
  const args = prepared(entry, sample, seed);
  const wanted = gradients(entry, sample, args);
  gradients(entry, sample, moved(args, "webgpu")).forEach((got, i) => {
    expect(distance(got, wanted[i]!)).toBeLessThan(5 * tolerance);
  });
}

/** The values of a sample, and its gradients where there are any. */
function check(entry: OpEntry, sample: Sample, seed: number): void {
  compare(entry, sample, seed);
  if (entry.gradient === true) compareGradients(entry, sample, seed);
}

/** What becomes of a sample on the GPU: it agrees, or it is refused with the way out. Anything else throws. */
function outcome(check: () => void): "agrees" | "refused" {
  try {
    check();
    return "agrees";
  } catch (error) {
    if (!(error instanceof DeviceError || error instanceof DTypeError)) throw error;
    expect(error.message).toContain('x.to("cpu")');
    expect(error.message).toMatch(/webgpu/);
    return "refused";
  }
}

describe.skipIf(noGpu).each(entries.filter(({ samples }) => samples.length > 0))("$name", entry => {
  const cases = entry.samples.map((sample, i) => [JSON.stringify(sample.args), sample, i] as const);
  const wanted = (): unknown => expect.stringMatching(lacking.includes(entry.name) ? /agrees|refused/ : /agrees/);
  test.each(cases)("as on the CPU: %s", (_, sample, seed) => {
    expect(outcome(() => compare(entry, sample, seed))).toEqual(wanted());
  });
  if (lacking.includes(entry.name)) {
    test("still lacks something", () => {
      const outcomes = cases.map(([, sample, seed]) => outcome(() => check(entry, sample, seed)));
      expect(outcomes, "take it out of `lacking`").toContain("refused");
    });
  }
  if (entry.gradient !== true) return;
  test.each(cases)("its gradients as on the CPU: %s", (_, sample, seed) => {
    expect(outcome(() => compareGradients(entry, sample, seed))).toEqual(wanted());
  });
});
