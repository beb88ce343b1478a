import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EngineError, io, Tensor, tensor, ValueError, zeros } from "../../../engine/index.js";
import type { NodeMessage } from "../../../engine/io/onnx/messages.js";
import { Node } from "../../../engine/io/onnx/node.js";
import { operators } from "../../../engine/io/onnx/operators/index.js";

/** Made by test/fixtures/make_onnx.py. */
const fixture = JSON.parse(readFileSync(new URL("../../fixtures/onnx.json", import.meta.url), "utf8")) as {
  model: string;
  x: number[][];
  probabilities: number[][];
};
const file = new Uint8Array(Buffer.from(fixture.model, "base64"));

describe("io.onnx.load", () => {
  test("computes what ONNX's reference computes", async () => {
    const model = await io.onnx.load(file);
    expect(model.inputNames).toEqual(["x"]);
    expect(model.outputNames).toEqual(["probabilities"]);
    expect(model.opset).toBe(17);
    const { probabilities } = model({ x: tensor(fixture.x) });
    const wanted = fixture.probabilities.flat();
    Array.from(probabilities!.data() as Float32Array).forEach((p, i) => {
      expect(p).toBeCloseTo(wanted[i]!, 6);
    });
  });

  test("initializers are parameters, and gradients reach them", async () => {
    const model = await io.onnx.load(file);
    const { probabilities } = model({ x: tensor(fixture.x) });
    probabilities!.at("...", 0).sum().backward();
    expect(Object.keys(model.parameters).sort()).toEqual(["bias", "weight"]);
    expect(model.parameters.weight!.grad!.shape).toEqual([2, 3]);
    expect(model.parameters.weight!.grad!.abs().sum().item()).toBeGreaterThan(0);
  });

  test("a missing input is named", async () => {
    const model = await io.onnx.load(file);
    expect(() => model({})).toThrow(/input "x" is no tensor/);
  });

  test("bytes that are no model are refused", async () => {
    for (const bytes of [[], [0], [255, 255, 255], [0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]]) {
      await expect(io.onnx.load(Uint8Array.from(bytes))).rejects.toThrow(ValueError);
    }
  });

  test("an operator that there is not is named", async () => {
    const text = Buffer.from(file).toString("latin1").replace("Relu", "Rolu");
    await expect(io.onnx.load(Buffer.from(text, "latin1"))).rejects.toThrow(/no operator Rolu/);
  });

  test("damaged models give errors of ours, or run: 3,000 mutations", async () => {
    let state = 12345;
    const next = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const mutated = file.slice(0, next(10) === 0 ? next(file.length) : file.length);
      for (let n = next(4); n >= 0; n--) mutated[next(mutated.length)] = next(256);
      try {
        const model = await io.onnx.load(mutated);
        const names = model.inputNames.map(name => [name, tensor(fixture.x)]);
        for (const y of Object.values(model(Object.fromEntries(names)))) expect(y).toBeInstanceOf(Tensor);
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
  });
});

test.each([
  [{ shape: [1, 4, 3] }, {}, "DFT: the last axis of [1, 4, 3] is not 1 or 2"],
  [{ shape: [1, 4, 2] }, { axis: 2 }, "DFT: axis 2 of [1, 4, 2]"],
  [{ shape: [1, 4, 2] }, { onesided: 1 }, "DFT: half a spectrum belongs to real numbers"],
])("DFT of %o with %o is refused", ({ shape }, attributes, message) => {
  const node = {
    type: "DFT",
    name: "",
    domain: "",
    inputs: ["x"],
    outputs: ["y"],
    attributes: new Map(Object.entries(attributes)),
  };
  expect(() => operators.DFT!(new Node(node as NodeMessage, [zeros(shape) as Tensor], 17))).toThrow(message);
});
