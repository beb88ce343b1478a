import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { isPlainObject } from "../../../engine/tree.js";
import type { OracleTensor } from "../../fixtures/ops.js";
import { distance, numbers } from "../samples.js";

/** A layer as Keras computes it; `make_keras_layers.py` describes the file. */
interface OracleLayer {
  make: string;
  args: unknown[];
  list: boolean;
  training: boolean;
  weights: Record<string, OracleTensor>;
  inputs: OracleTensor[];
  output: OracleTensor;
  cotangent: OracleTensor;
  gradients: Record<string, OracleTensor>;
  inputGradients: OracleTensor[];
  after: Record<string, OracleTensor>;
}

const file = new URL("../../fixtures/keras_layers.json", import.meta.url);
const { layers } = JSON.parse(readFileSync(file, "utf8")) as { layers: OracleLayer[] };

function make({ shape, dtype, data }: OracleTensor): Tensor {
  if (dtype !== "float64") return gb.tensor(Int32Array.from(data), { shape }) as Tensor;
  return gb.tensor(Float32Array.from(data), { shape, requiresGrad: true }) as Tensor;
}

function expectClose(actual: Tensor | undefined, expected: OracleTensor, what: string): void {
  expect(actual?.shape, what).toEqual(expected.shape);
  expect(distance(numbers(actual!), expected.data), what).toBeLessThan(5e-6);
}

// biome-ignore lint/suspicious/noExplicitAny: layers are made by name here, with arguments from a file
const nn = gb.nn as any;

/** A layer by its name; among the arguments may be layers again. */
function layerOf({ make, args }: Pick<OracleLayer, "make" | "args">): ReturnType<typeof nn.dense> {
  const given: unknown[] = args.map(arg => (isPlainObject(arg) && "make" in arg ? layerOf(arg as never) : arg));
  return /^[A-Z]/.test(make) ? new nn[make](...given) : nn[make](...given);
}

const title = ({ make, args }: OracleLayer) => `${make} ${JSON.stringify(args)}`;

test.each(layers.map(each => [title(each), each] as const))("as Keras: %s", (_, each) => {
  const layer = layerOf(each);
  layer.train(each.training);
  const inputs = each.inputs.map(make);
  const call = () => (each.list ? layer(inputs) : layer(...inputs)) as Tensor;
  if (Object.keys(each.weights).length > 0) {
    layer.loadStateDict(Object.fromEntries(Object.entries(each.weights).map(([name, value]) => [name, make(value)])));
  }
  const output = call();
  expectClose(output, each.output, "output");
  (gb.mul(output, make(each.cotangent).detach() as never) as Tensor).sum().backward();
  const parameters = Object.fromEntries(layer.namedParameters());
  expect(Object.keys(parameters).sort()).toEqual(Object.keys(each.gradients).sort());
  for (const [name, wanted] of Object.entries(each.gradients)) expectClose(parameters[name].grad, wanted, name);
  const floats = inputs.filter(x => x.requiresGrad);
  expect(floats).toHaveLength(each.inputGradients.length);
  for (const [i, wanted] of each.inputGradients.entries()) expectClose(floats[i]!.grad, wanted, `input ${i}`);
  const buffers = Object.fromEntries(layer.namedBuffers());
  for (const [name, wanted] of Object.entries(each.after)) expectClose(buffers[name], wanted, `${name} afterwards`);
});

test("a transposed convolution with odd padding undoes the convolution with the same padding", () => {
  const [filters, strides] = [3, 2];
  const conv = gb.nn.conv2d(4, 3, { strides, padding: "same", useBias: false });
  const x = gb.randn([2, 10, 6, filters], { requiresGrad: true });
  const y = conv(x) as Tensor;
  const cotangent = gb.randn(y.shape) as Tensor;
  (gb.mul(y, cotangent as never) as Tensor).sum().backward();
  const transposed = gb.nn.conv2dTranspose(filters, 3, { strides, padding: "same", useBias: false });
  transposed.loadStateDict({ weight: (conv.weight as Tensor).detach() });
  const grown = transposed(cotangent) as Tensor;
  expect(grown.shape).toEqual(x.shape);
  expect(distance(numbers(grown), numbers(x.grad as Tensor) as number[])).toBeLessThan(1e-6);
});

test("a transposed convolution fills the strides that a small kernel leaves open", () => {
  expect(gb.nn.conv2dTranspose(2, 1, { strides: 3, padding: "same" })(gb.zeros([1, 2, 4, 5])).shape).toEqual([
    1, 6, 12, 2,
  ]);
});

test("broken layers of the Keras face are refused", () => {
  expect(() => nn.groupNormalization({ groups: 0 })).toThrow("groups is 0");
  expect(() => nn.groupNormalization({ groups: 3 })(gb.zeros([2, 4]))).toThrow("4 channels in 3 groups");
  expect(() => nn.bidirectional(nn.dense(3))).toThrow("no recurrent layer");
  expect(() => nn.bidirectional(nn.lstm(3), { mergeMode: "max" })).toThrow("mergeMode is max");
  expect(() => nn.bidirectional(nn.lstm(3), { backwards: nn.lstm(3) })).toThrow("the two layers do not fit");
  expect(() => nn.bidirectional(nn.lstm(3, { kernelRegularizer: () => gb.zeros([]) }))).toThrow("cannot be made twice");
});
