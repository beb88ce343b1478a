import { expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import type { Tensor } from "../../../engine/tensor.js";
import { numbers } from "../samples.js";

const { nn, train } = gb;

test("a module list holds layers by number", () => {
  const list = new nn.ModuleList<gb.nn.Linear>([new nn.Linear(2, 3)]);
  list.append(new nn.Linear(3, 4), new nn.Linear(4, 5));
  expect(list.length).toBe(3);
  expect([...list].map(layer => layer.weight.shape[0])).toEqual([3, 4, 5]);
  expect(list.at(-1)?.weight.shape).toEqual([5, 4]);
  expect(list.at(3)).toBeUndefined();
  expect(list.namedParameters().map(([name]) => name)).toContain("2.bias");
});

test("a module dict holds layers by name, typed", () => {
  const heads = new nn.ModuleDict({ label: new nn.Linear(8, 10), box: new nn.Linear(8, 4) });
  const y: Tensor<[2, 4], "float32"> = heads.get("box")(gb.zeros([2, 8]));
  expect(y.shape).toEqual([2, 4]);
  heads.set("mask", new nn.ReLU());
  expect(heads.keys()).toEqual(["label", "box", "mask"]);
  expect([heads.has("mask"), heads.delete("mask"), heads.delete("mask"), heads.has("mask")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(Object.keys(heads.stateDict())).toEqual(["label.weight", "label.bias", "box.weight", "box.bias"]);
});

test("a residual adds the input, or what a shortcut makes of it", () => {
  const inner = new nn.Lambda((x: Tensor) => x.mul(2));
  expect(numbers(new nn.Residual(inner)(gb.tensor([1, 2]) as Tensor))).toEqual([3, 6]);
  const shortcut = new nn.Lambda((x: Tensor) => x.neg());
  expect(numbers(new nn.Residual(inner, { shortcut })(gb.tensor([1, 2]) as Tensor))).toEqual([1, 2]);
});

test("a lambda is typed and says what it does", () => {
  const square = new nn.Lambda((x: Tensor<[2]>) => x.square());
  const y: Tensor<[2]> = square(gb.ones([2]));
  expect(numbers(y as Tensor)).toEqual([1, 1]);
  expect(square.describe()).toBe("(x) => x.square()");
  expect(new nn.Lambda(gb.relu as (x: Tensor) => Tensor, { label: "relu" }).describe()).toBe("relu");
  const model = new nn.Sequential(new nn.Lambda((x: Tensor) => x.square(), { label: "x²" }));
  expect(String(train.summary(model, [2, 3]))).toContain("x²");
});

test("merge and shape layers have types", () => {
  const [a, b] = [gb.ones([2, 3]), gb.ones([2, 1])];
  const sum: Tensor<[2, 3], "float32"> = nn.add([a, b]);
  const joined: Tensor<[2, 4], "float32"> = nn.concatenate([a, b]);
  const folded: Tensor<[2, 3, 1], "float32"> = new nn.Reshape([3, 1])(a);
  const repeated: Tensor<[2, 5, 3], "float32"> = new nn.RepeatVector(5)(a);
  expect([sum, joined, folded, repeated].map(x => x.shape)).toEqual([
    [2, 3],
    [2, 4],
    [2, 3, 1],
    [2, 5, 3],
  ]);
});

test("padding that mirrors is PyTorch's", () => {
  const x = gb.arange(9).reshape([1, 1, 3, 3]).cast("float32") as Tensor;
  // torch.nn.ReflectionPad2d((2, 0, 0, 1))(torch.arange(9.).reshape(1, 1, 3, 3))
  expect(
    numbers(
      new nn.ReflectionPad2d([
        [0, 1],
        [2, 0],
      ])(x) as Tensor,
    ),
  ).toEqual([2, 1, 0, 1, 2, 5, 4, 3, 4, 5, 8, 7, 6, 7, 8, 5, 4, 3, 4, 5]);
  expect(new nn.ZeroPad2d([1, [0, 2]]).describe()).toBe("1 x 0+2");
});

test("the work of a product of vectors", () => {
  const [a, b] = [gb.zeros([2, 3, 4]) as Tensor, gb.zeros([2, 4, 5]) as Tensor];
  class Net extends nn.Module {
    readonly dot = new nn.Dot([2, 1]);
    forward(a: Tensor, b: Tensor) {
      return this.dot([a, b]);
    }
  }
  expect(train.summary(new Net(), a, b).flops).toBe(2 * 2 * 3 * 4 * 5);
});

const x = gb.ones([2, 3]) as Tensor;
test.each<[string, () => unknown, string]>([
  ["no module in a list", () => new nn.ModuleList([1 as never]), "ModuleList: layer 0 is no module"],
  [
    "a list in itself",
    () => {
      const list = new nn.ModuleList();
      list.append(list as never);
    },
    "layer 0 holds this ModuleList already",
  ],
  [
    "a list in a list that it holds",
    () => {
      const inner = new nn.ModuleList();
      inner.append(new nn.ModuleList([inner as never]) as never);
    },
    "it would be inside itself",
  ],
  ["calling a list", () => new nn.ModuleList().forward(x), "a list has no forward"],
  ["a method's name", () => new nn.ModuleDict({ train: new nn.ReLU() }), 'a layer cannot be called "train"'],
  ["a dotted name", () => new nn.ModuleDict({ "a.b": new nn.ReLU() }), 'a layer cannot be called "a.b"'],
  ["an unknown name", () => new nn.ModuleDict({ a: new nn.ReLU() }).get("b" as "a"), 'no layer "b". There are a.'],
  ["calling a dict", () => new nn.ModuleDict().forward(x), "a dictionary has no forward"],
  [
    "a residual that changes the shape",
    () => new nn.Residual(new nn.Linear(3, 4))(x),
    "the inner layer gives [2, 4], past it comes [2, 3]",
  ],
  ["a residual of nothing", () => new nn.Residual(undefined as never), "the inner layer is no module"],
  ["a lambda of nothing", () => new nn.Lambda(3 as never), "expected a function, got number"],
  ["two open lengths", () => new nn.Reshape([-1, -1]), "2 lengths are -1"],
  ["a broken length", () => new nn.Reshape([0]), "length 0 is 0"],
  ["elements that do not fit", () => new nn.Reshape([2])(x), "reshape"],
  ["an order from 0", () => new nn.Permute([0, 1]), "order is [0, 1]"],
  ["a count", () => new nn.RepeatVector(0), "count is 0"],
  [
    "a vector with steps",
    () => new nn.RepeatVector(2)(gb.ones([2, 3, 4]) as never),
    "the input [2, 3, 4] does not fit",
  ],
  ["widths", () => new nn.ZeroPad2d([1, 2, 3]), "the widths do not fit"],
  ["a negative width", () => new nn.Cropping2d(-1), "the widths do not fit"],
  ["a format", () => new nn.ZeroPad2d(1, { dataFormat: "last" as never }), "dataFormat is last"],
  ["axes of an image", () => new nn.ZeroPad2d(1)(x), "the input [2, 3] has 2 axes"],
  ["nothing left", () => new nn.Cropping2d(2)(gb.ones([1, 1, 4, 4]) as Tensor), "nothing is left of axis 2"],
  ["no list", () => new nn.Add()(x as never), "the input is no list of tensors. Call it with a list"],
  ["an empty list", () => new nn.Add()([]), "0 inputs"],
  ["three to subtract", () => new nn.Subtract()([x, x, x]), "3 inputs"],
  ["shapes to add", () => nn.add([x, gb.ones([2, 4]) as Tensor]), "add"],
  ["shapes to join", () => nn.concatenate([x, gb.ones([3, 4]) as Tensor]), "concat"],
  ["axes of a dot", () => nn.dot([x, gb.ones([2, 4]) as Tensor], { axes: 1 }), "do not fit"],
  ["the samples' axis", () => nn.dot([x, x], { axes: 0 }), "axis 0 counts samples"],
])("clear error: %s", (_, run, message) => {
  expect(run).toThrow(message);
});
