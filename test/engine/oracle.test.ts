import { describe, expect, test } from "vitest";
import * as gb from "../../engine/index.js";
import type { Tensor } from "../../engine/tensor.js";
import { type OracleCase, type OracleTensor, readOracle } from "../fixtures/ops.js";

const oracle = readOracle();
type FloatType = "float32" | "float64";

// biome-ignore lint/suspicious/noExplicitAny: ops are called by name here, with arguments from a file
const ops = gb as any;

/** Calls where options are not simply the last argument. */
// biome-ignore lint/suspicious/noExplicitAny: options come from a file
const calls: Record<string, (args: Tensor[], options: Record<string, any>) => Tensor> = {
  reshape: ([x], o) => ops.reshape(o.transposed ? ops.transpose(x) : x, o.shape),
  expand: ([x], o) => ops.expand(x, o.shape),
  transpose: ([x], { axes: [a, b] }) => ops.transpose(x, a, b),
  permute: ([x], o) => ops.permute(x, o.axes),
  take: ([x, i], o) => ops.take(x, i, o.axis),
  gather: ([x, i], o) => ops.gather(x, i, o.axis),
  cumSum: ([x], o) => ops.cumSum(x, o.axis),
  flip: ([x], o) => ops.flip(x, o.axis),
  oneHot: ([i], o) => ops.oneHot(i, o.classes),
  linear: ([x, weight, bias]) => ops.linear(x, weight, bias && { bias }),
  concat: (args, o) => ops.concat(args, o.axis),
  stack: (args, o) => ops.stack(args, o.axis),
  softmax: ([x], o) => ops.softmax(x, o.axis),
  logSoftmax: ([x], o) => ops.logSoftmax(x, o.axis),
  slice: ([x], o) => ops.at(x, ...(o.bounds as (number | null)[][]).map(b => ops.slice(...b.map(v => v ?? undefined)))),
};
const reductions = "sum mean prod max min argMax argMin any all variance std logSumExp norm".split(" ");

/** An argument of a case that names its whole call: `{ arg }` is a tensor, `{ slice }` a range; infinities are words. */
function argument(value: unknown, args: Tensor[]): unknown {
  if (value === "Infinity" || value === "-Infinity") return Number(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(v => argument(v, args));
  const given = value as { arg?: number; slice?: (number | null)[] };
  if (given.arg !== undefined) return args[given.arg];
  if (given.slice !== undefined) return ops.slice(...given.slice.map(v => v ?? undefined));
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, argument(v, args)]));
}

function call({ op, options }: OracleCase, args: Tensor[]): Tensor {
  if (Array.isArray(options.call)) {
    const result = ops[op](...options.call.map(value => argument(value, args)));
    return options.pick === undefined ? result : result[options.pick as string];
  }
  const own = calls[op];
  if (own) return own(args, options);
  const { axis, ...rest } = options;
  if (reductions.includes(op)) return ops[op](args[0], axis, rest);
  return ops[op](...args, ...(Object.keys(rest).length > 0 ? [rest] : []));
}

function make({ shape, dtype, data }: OracleTensor, float: FloatType, requiresGrad = false): Tensor {
  const values = dtype === "float64" ? Float64Array.from(data) : Int32Array.from(data);
  const type = dtype === "float64" ? float : dtype;
  return gb.tensor(values, { shape, dtype: type, requiresGrad: requiresGrad && dtype === "float64" }) as Tensor;
}

/** Largest allowed difference: relative to the element, or to the largest number that takes part in sums that cancel. */
const tolerance = { float64: 2e-13, float32: 2e-6 };

/** Compares element by element; NaN and infinity must be at the same places. */
function expectClose(actual: Tensor, expected: OracleTensor, scale: number, float: FloatType, what: string): void {
  expect(actual.shape, `${what}: shape`).toEqual(expected.shape);
  const got = Array.from(actual.data() as ArrayLike<number | bigint>, Number);
  expected.data.forEach((wanted, i) => {
    if (Object.is(got[i], wanted) || got[i] === wanted) return;
    if (Math.abs(got[i]! - wanted) <= tolerance[float] * Math.max(Math.abs(wanted), scale)) return;
    expect.fail(`${what}: element ${i} is ${got[i]}, PyTorch has ${wanted}`);
  });
}

/** The largest finite number among tensors, at most 10: what rounding errors of a sum are relative to. */
function scaleOf(...tensors: OracleTensor[]): number {
  return Math.min(10, ...[Math.max(...tensors.flatMap(t => t.data.filter(Number.isFinite).map(Math.abs)), 1e-3)]);
}

function title(each: OracleCase): string {
  const shapes = each.args.map(a => `[${a.shape.join(", ")}]`).join(" ");
  return `${each.op} ${shapes} ${JSON.stringify(each.options)}${each.note ? ` (${each.note})` : ""}`;
}

/** A case at the edges of float64 says nothing about float32, whose edges are elsewhere. */
const fitsFloat32 = (each: OracleCase) =>
  each.args.every(a => a.data.every(v => !Number.isFinite(v) || v === 0 || (Math.abs(v) < 50 && Math.abs(v) > 1e-5)));

/** Calls the op and compares output and gradients. */
function check(each: OracleCase, float: FloatType): void {
  const args = each.args.map(a => make(a, float, each.gradients !== undefined));
  const scale = scaleOf(...each.args);
  const output = call(each, args);
  expectClose(output, each.output, scale, float, "output");
  if (each.gradients === undefined) return;
  // An op without gradients (floor) stands for gradients of 0.
  if (output.requiresGrad) ops.sum(ops.mul(output, make(each.cotangent!, float))).backward();
  each.gradients.forEach((wanted, i) => {
    if (wanted === null) return;
    const gradient = args[i]!.grad;
    if (gradient !== undefined) expectClose(gradient, wanted, scale, float, `gradient of argument ${i}`);
    else if (wanted.data.some(v => v !== 0)) expect.fail(`argument ${i} has no gradient`);
  });
}

describe.each<FloatType>(["float64", "float32"])("as PyTorch, in %s", float => {
  const cases = oracle.cases.filter(c => float === "float64" || fitsFloat32(c));
  test.each(cases.map(c => [title(c), c] as const))("%s", (_, each) => check(each, float));
});

describe("optimizers take PyTorch's way, in float64", () => {
  const { A, b, start, steps } = oracle.problem;
  test.each(oracle.optimizers.map(o => [`${o.optimizer} ${JSON.stringify(o.options)}`, o] as const))(
    "%s",
    (_, { optimizer, options, trajectory }) => {
      const [matrix, vector] = [make(A, "float64"), make(b, "float64")];
      const w = make(start, "float64", true);
      const opt = new ops.optim[optimizer]([w], options);
      for (let step = 0; step < steps; step++) {
        opt.zeroGrad();
        const curved = ops.div(ops.sum(ops.mul(ops.square(w), w)), 12);
        const loss = ops.add(
          ops.sub(ops.mul(ops.matmul(ops.matmul(w, matrix), w), 0.5), ops.matmul(vector, w)),
          curved,
        );
        loss.backward();
        opt.step();
        const wanted = { shape: [3], dtype: "float64", data: trajectory[step]! } as const;
        // An optimizer adds up rounding errors over its way.
        const got = w.data() as ArrayLike<number>;
        for (let i = 0; i < 3; i++) {
          const error = Math.abs(got[i]! - wanted.data[i]!);
          if (!(error < 1e-10)) expect.fail(`step ${step + 1}: ${[...Array.from(got)]} instead of ${wanted.data}`);
        }
      }
    },
  );
});

test.each(oracle.modules)("$module", each => {
  const model = new gb.nn.Sequential(new gb.nn.Linear(5, 6), new gb.nn.ReLU(), new gb.nn.Linear(6, 3));
  const values = Object.entries(each.parameters).map(([name, value]) => [name, make(value, "float32")]);
  model.loadStateDict(Object.fromEntries(values));
  const parameters = Object.fromEntries(model.namedParameters());
  expect(Object.keys(parameters)).toEqual(Object.keys(each.parameters));

  const input = make(each.input, "float32", true);
  const logits = model(input as never) as Tensor;
  expectClose(logits, each.logits, 1, "float32", "logits");
  const loss = gb.crossEntropy(logits, make(each.labels, "float32"));
  expect(Number(loss.item())).toBeCloseTo(each.loss, 6);
  loss.backward();
  for (const [name, wanted] of Object.entries(each.gradients)) {
    expectClose(parameters[name]!.grad as Tensor, wanted, 1, "float32", `gradient of ${name}`);
  }
  expectClose(input.grad as Tensor, each.inputGradient, 1, "float32", "gradient of the input");
});
