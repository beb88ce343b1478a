import { describe, expect, test } from "vitest";
import {
  crossEntropy,
  customGrad,
  GradcheckError,
  gradcheck,
  gradgradcheck,
  ones,
  rand,
  randn,
  type Tensor,
  tensor,
} from "../../../engine/index.js";

const x = tensor([0.5, -1, 2], { dtype: "float64" });
const wide = { dtype: "float64" } as const;

/** A wrong gradient of the second element; with `good` a right one. */
const square = (good: boolean) =>
  customGrad({
    forward: (x: Tensor) => x.square() as Tensor,
    backward: (g, { inputs: [x] }) => g.mul(x.mul(good ? 2 : tensor([2, 2.1, 2], wide)) as never) as Tensor,
  });

/** Right once, but wrong when it is derived again, because it computes from a value outside the graph. */
const halfway = customGrad({
  forward: (x: Tensor) => x.square() as Tensor,
  backward: (g, { inputs: [x] }) => g.mul(x.detach().mul(2) as never) as Tensor,
});

describe("gradcheck", () => {
  test("passes what is right", () => {
    expect(gradcheck(square(true), [x])).toBe(true);
    expect(gradgradcheck(square(true), [x])).toBe(true);
    const a = randn([2, 3], wide);
    const b = rand([3, 2], wide);
    const f = (a: Tensor, by: number, b: Tensor) =>
      a
        .matmul(b as never)
        .mul(by)
        .softmax(0) as Tensor;
    expect(gradcheck(f, [a, 3, b])).toBe(true);
    expect(gradgradcheck(f, [a, 3, b])).toBe(true);
    const several = (a: Tensor) => ({ sum: a.sum(), parts: [a.exp(), a.sin()] });
    expect(gradcheck(several, [a])).toBe(true);
    const labels = tensor([0, 2], { dtype: "int32" });
    expect(gradcheck((x: Tensor, l: Tensor) => crossEntropy(x, l), [a, labels])).toBe(true);
    expect(gradgradcheck((x: Tensor, l: Tensor) => crossEntropy(x, l), [a, labels])).toBe(true);
  });

  test("names input, elements and both values of what is wrong", () => {
    expect(() => gradcheck(square(false), [x])).toThrow(GradcheckError);
    expect(() => gradcheck((by: number, x: Tensor) => square(false)(x).mul(by).reshape([1, 3]), [2, x])).toThrow(
      /^gradcheck: input 1, element \[1\], of the result's element \[0, 1\]: analytic -4\.2, numeric -(4|3\.99)/,
    );
    expect(() => gradcheck((x: Tensor) => [x.sin(), square(false)(x)], [x])).toThrow("of result 1, element [1]");
    expect(gradcheck(square(false), [x], { atol: 0.5 })).toBe(true);
    expect(gradcheck(halfway, [x])).toBe(true);
    expect(() => gradgradcheck(halfway, [x])).toThrow(/^gradgradcheck: input 0, element \[0\]/);
  });

  test("a gradient that is not a number is wrong", () => {
    const zero = tensor([0], wide);
    expect(() => gradcheck((x: Tensor) => x.mul(0).sqrt(), [zero])).toThrow("analytic NaN, numeric 0");
  });

  test("refuses", () => {
    expect(() => gradcheck((x: Tensor) => x, [ones([2])])).toThrow(
      "gradcheck: input 0 is float32, in which differences are mostly rounding. Convert it",
    );
    expect(() => gradcheck((x: Tensor) => x, [tensor([1], { dtype: "int32" }), 5])).toThrow("no input is a tensor");
    expect(() => gradcheck((x: Tensor) => x, x as never)).toThrow("Give the arguments as an array");
    expect(() => gradcheck((x: Tensor) => x.cast("float32"), [x])).toThrow("the function returned float32");
    expect(() => gradcheck(() => 5, [x])).toThrow("the function returned number");
    expect(() => gradcheck((x: Tensor) => x, [x], { eps: 0 })).toThrow("eps is 0");
    expect(() => gradgradcheck((x: Tensor) => [x], [x])).toThrow("gradgradcheck: the function returned object");
  });
});
