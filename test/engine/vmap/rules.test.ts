import { describe, expect, test } from "vitest";
import { eye, grad, stack, type Tensor, VmapError, vmap } from "../../../engine/index.js";
import { registry, type Sample, type SampleTensor } from "../../../engine/op.js";
import * as operations from "../../../engine/ops/all.js";
import { distance, isSampleTensor, makeArguments, numbers } from "../samples.js";

type Call = (...args: unknown[]) => unknown;

const calls = operations as unknown as Record<string, Call>;

/** What cannot run over samples at once, because shapes or control flow would depend on values. */
const without = new Set(["bincount", "histogram", "maskedSelect", "nonzero", "unique", "uniqueAll"]);

/** Arguments on which the shape of the result depends: they cannot differ from sample to sample. */
function shapes(name: string, sample: Sample, varied: readonly number[]): boolean {
  if (name === "repeatInterleave") return varied.includes(1);
  return name === "at" && varied.some(i => i > 0 && (sample.args[i] as SampleTensor).dtype === "bool");
}

const samples = 3;

function definite(x: Tensor): Tensor {
  return operations.add(
    x.matmul(x.transpose(-1, -2) as never) as Tensor,
    eye(x.shape.at(-1)!, { dtype: x.dtype }) as never,
  ) as Tensor;
}

/** Results in a flat list. */
function leaves(result: unknown): Tensor[] {
  if (typeof result !== "object" || result === null) return [];
  if ("storage" in result) return [result as Tensor];
  return Object.values(result).flatMap(leaves);
}

const weigh = (x: Tensor) => operations.sum(operations.mul(x, operations.cos(x) as never) as Tensor) as Tensor;

describe.each([...registry.values()].filter(entry => entry.samples.length > 0))("$name", entry => {
  const plain = calls[entry.name]!;
  const call: Call = (x, ...rest) => plain(entry.definite ? definite(x as Tensor) : x, ...rest);
  const random = entry.name === "dropout";
  const cases = entry.samples.map((sample, i) => [JSON.stringify(sample.args), sample, i] as const);

  test.each(cases)("as a loop: %s", (_, sample, i) => {
    const tensors = sample.args.flatMap((arg, at) => (isSampleTensor(arg) ? [at] : []));
    const draws = Array.from({ length: samples }, (_, k) => makeArguments(sample, "float64", 100 * i + k));
    // All tensors differ from sample to sample; then each alone does.
    for (const varied of [tensors, ...(tensors.length > 1 ? tensors.map(at => [at]) : [])]) {
      const args = draws[0]!.map((arg, at) =>
        varied.includes(at) ? (stack(draws.map(d => d[at] as Tensor)) as Tensor) : arg,
      );
      const inAxes = args.map((_, at) => (varied.includes(at) ? 0 : null));
      const rows = draws.map(d => d.map((arg, at) => (varied.includes(at) ? arg : draws[0]![at])));
      const mapped = (f: Call) => vmap(f as never, { inAxes }) as unknown as Call;
      if (without.has(entry.name) || shapes(entry.name, sample, varied)) {
        expect(() => mapped(call)(...args)).toThrow(VmapError);
        continue;
      }
      const found = leaves(mapped(call)(...args));
      const wanted = rows.map(row => leaves(call(...row)));
      expect(found).toHaveLength(wanted[0]!.length);
      found.forEach((x, k) => {
        const each = stack(wanted.map(w => w[k]!)) as Tensor;
        expect(x.shape).toEqual(each.shape);
        expect(x.dtype).toBe(each.dtype);
        expect(distance(numbers(x), numbers(each))).toBeLessThan(1e-12);
      });
      if (entry.gradient !== true || random) continue;
      for (const at of tensors) {
        if ((draws[0]![at] as Tensor).dtype !== "float64") continue;
        const loss = (...row: unknown[]) => {
          return (
            leaves(call(...row))
              .filter(x => x.requiresGrad)
              .reduce<Tensor | undefined>((total, x) => {
                return total ? (operations.add(total, weigh(x) as never) as Tensor) : weigh(x);
              }, undefined) ?? (operations.sum(operations.mul(row[at] as Tensor, 0) as Tensor) as Tensor)
          );
        };
        const slope = (...row: unknown[]) => grad((x: Tensor) => loss(...row.with(at, x)))(row[at] as Tensor);
        const gradients = mapped(slope as Call)(...args) as Tensor;
        const each = stack(rows.map(row => slope(...row))) as Tensor;
        expect(gradients.shape).toEqual(each.shape);
        expect(distance(numbers(gradients), numbers(each))).toBeLessThan(1e-10);
      }
    }
  });
});

test("what has no rule says so", () => {
  const x = operations.cast(eye(3), "int32") as Tensor;
  expect(() => vmap((row: Tensor) => operations.unique(row) as never)(x)).toThrow(VmapError);
  expect(() => vmap((row: Tensor) => operations.nonzero(row))(x)).toThrow("nonzero inside vmap: there is no rule");
});
