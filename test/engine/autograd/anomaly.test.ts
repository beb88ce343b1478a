import { afterEach, describe, expect, test } from "vitest";
import {
  AnomalyError,
  compile,
  customGrad,
  detectAnomaly,
  div,
  grad,
  nn,
  ones,
  setDetectAnomaly,
  type Tensor,
  tensor,
  zeros,
} from "../../../engine/index.js";

afterEach(() => setDetectAnomaly(false));

function caught(work: () => unknown): AnomalyError {
  try {
    detectAnomaly(work);
  } catch (error) {
    if (error instanceof AnomalyError) return error;
    throw error;
  }
  throw new Error("nothing was found");
}

describe("a result that is not finite", () => {
  test("is found at its operation, with shapes, elements and the line", () => {
    const error = caught(() => {
      const x = tensor([[1, -1]]);
      x.log().exp().sum();
    });
    expect(error.op).toBe("log");
    expect(error.message).toMatch(
      /^log: the result \[1, 2\] holds NaN \(1 of 2 elements\), from \[1, 2\] float32; called at .*anomaly\.test\.ts:\d+/,
    );
    expect(error.calledAt[0]).toContain("anomaly.test.ts");
  });

  test("infinities count, unless one was given", () => {
    expect(caught(() => div(ones([2]), zeros([2]))).message).toContain("div: the result [2] holds an infinity (2 of 2");
    const mask = tensor([true, false]);
    expect(detectAnomaly(() => ones([2]).maskedFill(mask, Number.NEGATIVE_INFINITY).softmax().toArray())).toEqual([
      0, 1,
    ]);
    expect(detectAnomaly(() => tensor([1, Number.POSITIVE_INFINITY]).mul(2).max().item())).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  test("NaN that was given is named as such; operations inside others, too", () => {
    expect(caught(() => tensor([Number.NaN, 1]).add(1)).message).toContain(
      "from [2] float32 with NaN (1 of 2 elements)",
    );
    expect(caught(() => tensor([2, Number.NaN]).std()).message).toMatch(/mean: the result .* inside std/);
  });

  test("in its layer", () => {
    class Net extends nn.Module {
      blocks = [new nn.Sequential(new nn.Linear(2, 2)), new nn.Sequential(new nn.Linear(2, 2), new Log())];
      forward(x: Tensor): Tensor {
        return this.blocks.reduce<Tensor>((h, block) => block(h), x);
      }
    }
    class Log extends nn.Module {
      forward(x: Tensor): Tensor {
        return x.square().neg().log() as Tensor;
      }
    }
    const net = new Net();
    const error = caught(() => net(ones([1, 2])));
    expect(error.layer).toBe("Net.blocks.1.1");
    expect(error.message).toContain("; in the layer Net.blocks.1.1, called at");
  });
});

describe("a gradient that is not finite", () => {
  test("is found with the line and the layer of the forward pass", () => {
    class Root extends nn.Module {
      forward(x: Tensor): Tensor {
        return x.sqrt() as Tensor;
      }
    }
    const root = new Root();
    const x = zeros([3], { requiresGrad: true });
    const error = caught(() => (root(x).sum() as Tensor).backward());
    expect(error.message).toMatch(
      /^sqrt: the gradient of argument 0 \[3\] holds an infinity \(3 of 3 elements\); in the layer Root, called at/,
    );
    expect(error.calledAt[0]).toContain("anomaly.test.ts");
    expect(error.layer).toBe("Root");
  });

  test("inside grad, and in a gradient of one's own", () => {
    expect(caught(() => grad((x: Tensor) => x.mul(0).sqrt().sum() as Tensor)(ones([2]))).op).toBe("sqrt");
    const broken = customGrad({
      name: "broken",
      forward: (x: Tensor) => x,
      backward: g => g.mul(Number.NaN) as Tensor,
    });
    expect(caught(() => grad((x: Tensor) => broken(x).sum() as Tensor)(ones([2]))).message).toContain(
      "broken: the gradient of argument 0 [2] holds NaN (2 of 2 elements)",
    );
  });
});

describe("switching", () => {
  test("on for good and off again", () => {
    setDetectAnomaly(true);
    expect(() => tensor([-1]).log()).toThrow(AnomalyError);
    setDetectAnomaly(false);
    expect(tensor([-1]).log().item()).toBeNaN();
  });

  test("only inside the function, also when it fails; its result comes back", () => {
    expect(() => detectAnomaly(() => tensor([-1]).log())).toThrow(AnomalyError);
    expect(tensor([-1]).log().item()).toBeNaN();
    expect(detectAnomaly(() => ones([2]).sum().item())).toBe(2);
    expect(() => detectAnomaly(() => detectAnomaly(() => tensor([-1]).sqrt()))).toThrow(AnomalyError);
  });

  test("a compiled function still runs", () => {
    const step = compile((x: Tensor) => x.mul(2).sum());
    detectAnomaly(() => {
      for (let i = 0; i < 4; i++) expect(step(ones([2])).item()).toBe(4);
    });
  });

  test("training under it gives the same numbers", () => {
    const layer = new nn.Linear(3, 2);
    const run = () => {
      layer.zeroGrad();
      (
        layer(ones([4, 3]))
          .square()
          .mean() as Tensor
      ).backward();
      return layer.weight.grad!.toArray();
    };
    expect(detectAnomaly(run)).toEqual(run());
  });
});
