import { describe, expect, test } from "vitest";
import { EngineError, eye, type Tensor } from "../../../engine/index.js";
import { registry } from "../../../engine/op.js";
import * as operations from "../../../engine/ops/all.js";
import { firstOrder, secondOrder } from "../gradcheck.js";
import { distance, isSampleTensor, makeArguments, numbers, scattered } from "../samples.js";

type Call = (...args: never[]) => Tensor;

const calls = operations as unknown as Record<string, Call>;

/** x xᵀ + identity: symmetric also while a derivative is taken by one element of x. */
function definite(x: Tensor): Tensor {
  return operations.add(
    x.matmul(x.transpose(-1, -2) as never) as Tensor,
    eye(x.shape.at(-1)!, { dtype: x.dtype }) as never,
  ) as Tensor;
}

test("every exported operation is registered, and the other way round", () => {
  expect(Object.keys(calls).sort()).toEqual([...registry.keys()].sort());
});

describe.each([...registry.values()])("$name", entry => {
  const plain = calls[entry.name]!;
  const call: Call = (...[x, ...rest]: never[]) => plain((entry.definite ? definite(x as never) : x) as never, ...rest);
  const floats = (sample: (typeof entry.samples)[number]) => {
    return sample.args.flatMap((arg, i) => (isSampleTensor(arg) && (arg.dtype ?? "float") === "float" ? [i] : []));
  };

  test("has a doc of one sentence", () => {
    expect(entry.doc).toMatch(/^[A-Z0-9a-z(|-].*\.$/s);
  });

  test.each(entry.samples.map((sample, i) => [JSON.stringify(sample.args), sample, i] as const))(
    "float32 agrees with float64 on %s",
    (_, sample, i) => {
      const wide = call(...(makeArguments(sample, "float64", i) as never[]));
      const narrow = call(...(makeArguments(sample, "float32", i) as never[]));
      expect(narrow.shape).toEqual(wide.shape);
      expect(distance(numbers(narrow), numbers(wide))).toBeLessThan(2e-5);
    },
  );

  test.each(entry.samples.map((sample, i) => [JSON.stringify(sample.args), sample, i] as const))(
    "the layout in memory does not matter on %s",
    (_, sample, i) => {
      const args = makeArguments(sample, "float64", i);
      const turned = args.map(arg =>
        typeof arg === "object" && arg !== null && "storage" in arg ? scattered(arg as Tensor) : arg,
      );
      const result = numbers(call(...(turned as never[])));
      expect(distance(result, numbers(call(...(args as never[]))))).toBeLessThan(1e-12);
    },
  );

  if (entry.gradient === true) {
    const cases = entry.samples.flatMap((sample, i) =>
      floats(sample).map(arg => [JSON.stringify(sample.args), arg, sample, i] as const),
    );
    test.each(cases)("first derivative on %s, argument %i", (_, arg, sample, i) => {
      expect(firstOrder(call, makeArguments(sample, "float64", i), arg)).toBeLessThan(1e-6);
    });
    test.each(cases)("second derivative on %s, argument %i", (_, arg, sample, i) => {
      expect(secondOrder(call, makeArguments(sample, "float64", i), arg)).toBeLessThan(2e-5);
    });
  } else {
    test("gives no gradient, and says why", () => {
      expect((entry.gradient as { none: string }).none).toMatch(/\w{3}/);
      for (const [i, sample] of entry.samples.entries()) {
        const result = call(...(makeArguments(sample, "float64", i, true) as never[]));
        expect(result.requiresGrad).toBe(false);
      }
    });
  }

  test.each(entry.rejects.map((reject, i) => [reject.message, reject, i] as const))(
    "refuses: %s",
    (message, reject, i) => {
      let thrown: unknown;
      try {
        plain(...(makeArguments(reject, "float32", i) as never[]));
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(EngineError);
      expect((thrown as Error).message).toContain(message);
    },
  );
});
