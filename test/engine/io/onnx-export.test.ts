import { describe, expect, test } from "vitest";
import { io, nn, ones, randn, type Tensor, ValueError, vmap, zeros } from "../../../engine/index.js";
import { exportCases } from "./onnx-export-cases.js";

const isModule = (x: unknown): x is nn.Module => x instanceof nn.Module;

describe("exported models", () => {
  test.each(Object.entries(exportCases()))(
    "%s: the importer gives what the model gives, gradients too",
    async (name, one) => {
      const { model, inputs } = one;
      const loaded = await io.onnx.load(io.onnx.encode(model, inputs));
      expect(loaded.inputNames).toEqual(Object.keys(inputs));
      if (isModule(model)) {
        const state = model.stateDict();
        for (const key of Object.keys(loaded.parameters)) {
          if (!key.startsWith("constant_")) expect(Object.keys(state), name).toContain(key);
        }
        model.eval();
      }
      const loss = (y: unknown): Tensor => {
        const first = (y as { dtype?: string }).dtype ? (y as Tensor) : (Object.values(y as object)[0] as Tensor);
        return first.square().mean() as Tensor;
      };
      const ours = loss(model(...(Object.values(inputs) as never[])));
      const theirs = loss(loaded(inputs));
      expect(theirs.item() as number).toBeCloseTo(ours.item() as number, 5);
      if (!isModule(model) || model.parameters().length === 0) return;
      model.zeroGrad();
      ours.backward();
      theirs.backward();
      for (const [key, x] of model.namedParameters()) {
        const back = loaded.parameters[key]?.grad;
        if (x.grad === undefined) continue;
        const worst = x.grad.sub(back!).abs().max().item() as number;
        expect(worst, `${name}: ${key}`).toBeLessThan(1e-4);
      }
    },
  );

  test("a model in training is exported as in evaluation, and goes on training", async () => {
    const model = new nn.Sequential(new nn.Linear(3, 3), new nn.Dropout(0.9), new nn.Sequential(new nn.BatchNorm1d(3)));
    model.layers[2]!.eval();
    const bytes = io.onnx.encode(model, { x: ones([2, 3]) });
    expect([model.training, model.layers[1]!.training, model.layers[2]!.training]).toEqual([true, true, false]);
    const { output } = (await io.onnx.load(bytes))({ x: ones([4, 3]) });
    expect(output!.shape).toEqual([4, 3]);
    const wanted = (
      model
        .eval()(ones([4, 3]))
        .toArray() as number[][]
    ).flat();
    (output!.toArray() as number[][]).flat().forEach((y, i) => {
      expect(y).toBeCloseTo(wanted[i]!, 5);
    });
  });

  test("names that the file cannot have are refused or changed", () => {
    expect(() => io.onnx.encode((x: Tensor) => x, { output: ones([2]) })).toThrow(
      "an input and an output are called output",
    );
    class Named extends nn.Module {
      readonly output = nn.parameter(ones([2]));
      readonly scale = nn.parameter(ones([2]));
      forward(x: Tensor) {
        return { output: x.mul(this.output), scale: x.mul(this.scale) };
      }
    }
    expect(() => io.onnx.encode(new Named(), { x: ones([1, 2]) })).toThrow("something inside is called scale");
    const layer = new nn.Linear(2, 2);
    expect(io.onnx.encode(layer, { weight: ones([1, 2]) }).length).toBeGreaterThan(100);
  });
});

describe("what cannot be exported is an error", () => {
  const x = { x: randn([3, 4]) as Tensor };
  const cases: [string, () => unknown, string][] = [
    [
      "an operation without a form",
      () => io.onnx.encode((a: Tensor) => a.sort(0), x),
      "the operation sort has no ONNX form",
    ],
    ["a primitive without one", () => io.onnx.encode((a: Tensor) => a.atan2(2), x), "no ONNX operator for atan2"],
    [
      "a value that is read",
      () => io.onnx.encode((a: Tensor) => a.mul(a.sum().item() as number), x),
      "something else on other values",
    ],
    [
      "a detached value",
      () => io.onnx.encode((a: Tensor) => a.add(a.mul(2).detach()), x),
      "something else on other values",
    ],
    ["no tensors", () => io.onnx.encode(() => 3, x), "the model gives no tensors"],
    ["no inputs", () => io.onnx.encode((a: Tensor) => a, {}), "there are no inputs"],
    ["an input that is none", () => io.onnx.encode((a: Tensor) => a, { a: 3 as never }), "expected a tensor"],
    ["no model", () => io.onnx.encode(undefined as never, x), "there is no model"],
    [
      "a batch that is not free",
      () => io.onnx.encode((a: Tensor) => a.add(ones([3, 4]).cumSum(0)), x, { batch: "free" }),
      "cannot take batches of every length",
    ],
    [
      "windows of several sizes",
      () => io.onnx.encode(new nn.AdaptiveAvgPool2d(3), { x: zeros([1, 1, 4, 4]) }),
      "windows of different sizes",
    ],
  ];
  test.each(cases)("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });

  test("errors are the engine's, and tracing ends with them", () => {
    expect(() => io.onnx.encode((a: Tensor) => a.sort(0), x)).toThrow(ValueError);
    expect(vmap((a: Tensor) => a.mul(2))(ones([2, 2])).toArray()).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });
});
