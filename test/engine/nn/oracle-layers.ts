import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import type { OracleTensor } from "../../fixtures/ops.js";
import { distance, numbers } from "../samples.js";

const { nn } = gb;

/** A layer as PyTorch left it; `make_layers.py` describes the file. */
interface OracleLayer {
  layer: string;
  args: unknown[];
  options: Record<string, unknown>;
  training: boolean;
  state: Record<string, OracleTensor>;
  inputs: OracleTensor[];
  /** The arguments of the call, `{ arg }` for an input, where they are not just the inputs. */
  given?: unknown[];
  outputs: OracleTensor[];
  cotangents: OracleTensor[];
  gradients: Record<string, OracleTensor>;
  inputGradient: OracleTensor | null;
  after: Record<string, OracleTensor>;
}

const words: Readonly<Record<string, number>> = { "-Infinity": Number.NEGATIVE_INFINITY };

function make({ shape, dtype, data }: OracleTensor, requiresGrad = false): Tensor {
  const values = data.map(v => words[v as unknown as string] ?? v);
  if (dtype === "float64") return gb.tensor(Float32Array.from(values), { shape, requiresGrad }) as Tensor;
  return (gb.tensor(Int32Array.from(values), { shape }) as Tensor).cast(dtype);
}

function expectClose(actual: Tensor | undefined, expected: OracleTensor, what: string): void {
  expect(actual?.shape, what).toEqual(expected.shape);
  expect(distance(numbers(actual!), expected.data), what).toBeLessThan(5e-6);
}

/** Layers that are made of others, by name. */
// biome-ignore lint/suspicious/noExplicitAny: arguments come from a file
export type Builders = Readonly<Record<string, (...args: any[]) => gb.nn.Module>>;

function filled(value: unknown, inputs: readonly Tensor[]): unknown {
  if (Array.isArray(value)) return value.map(v => filled(v, inputs));
  if (typeof value !== "object" || value === null) return value;
  if ("arg" in value) return inputs[value.arg as number];
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, filled(v, inputs)]));
}

function outputsOf(result: Tensor | Record<string, Tensor>): Tensor[] {
  if (result instanceof gb.Tensor) return [result];
  return ["output", "hidden", "cell", "weights"].flatMap(name => result[name] ?? []);
}

const title = ({ layer, args, options, given = [] }: OracleLayer) =>
  [layer, ...[args, options, given].map(x => JSON.stringify(x))].join(" ");

/** A test for every layer of a file: state, outputs, gradients, and buffers afterwards. */
export function testLayers(name: string, builders: Builders = {}): void {
  const file = new URL(`../../fixtures/${name}`, import.meta.url);
  const { layers } = JSON.parse(readFileSync(file, "utf8")) as { layers: OracleLayer[] };

  test.each(layers.map(each => [title(each), each] as const))("as PyTorch: %s", (_, each) => {
    const build = builders[each.layer];
    // biome-ignore lint/suspicious/noExplicitAny: layers are made by name here, with arguments from a file
    const Class = (nn as any)[each.layer];
    const layer = (build ? build(...each.args, each.options) : new Class(...each.args, each.options)).train(
      each.training,
    );
    expect(Object.keys(layer.stateDict()).sort()).toEqual(Object.keys(each.state).sort());
    layer.loadStateDict(Object.fromEntries(Object.entries(each.state).map(([name, value]) => [name, make(value)])));

    const inputs = each.inputs.map((input, i) => make(input, i === 0));
    const given = each.given?.map(value => filled(value, inputs)) ?? inputs;
    const outputs = outputsOf(layer(...given));
    expect(outputs).toHaveLength(each.outputs.length);
    for (const [i, output] of outputs.entries()) expectClose(output, each.outputs[i]!, `output ${i}`);

    const weighed = outputs.map((output, i) => gb.sum(gb.mul(output, make(each.cotangents[i]!) as never)) as Tensor);
    weighed.reduce((sum, part) => gb.add(sum, part) as Tensor).backward();
    const parameters = Object.fromEntries(layer.namedParameters()) as Record<string, Tensor>;
    expect(Object.keys(parameters).sort()).toEqual(Object.keys(each.gradients).sort());
    for (const [name, wanted] of Object.entries(each.gradients)) {
      expectClose(parameters[name]!.grad, wanted, `gradient of ${name}`);
    }
    if (each.inputGradient) expectClose(inputs[0]!.grad, each.inputGradient, "gradient of the input");
    const buffers = Object.fromEntries(layer.namedBuffers()) as Record<string, Tensor>;
    for (const [name, wanted] of Object.entries(each.after)) expectClose(buffers[name], wanted, `${name} afterwards`);
  });
}
