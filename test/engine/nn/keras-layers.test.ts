import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
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

const title = ({ make, args }: OracleLayer) => `${make} ${JSON.stringify(args)}`;

test.each(layers.map(each => [title(each), each] as const))("as Keras: %s", (_, each) => {
  const isClass = /^[A-Z]/.test(each.make);
  const layer = isClass ? new nn[each.make](...each.args) : nn[each.make](...each.args);
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
