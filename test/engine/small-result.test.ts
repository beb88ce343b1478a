import { afterEach, describe, expect, test } from "vitest";
import { opcodes } from "../../engine/backend/commands.js";
import { defaultBackend } from "../../engine/device.js";
import { compile, noGrad, ones, optim, randn, type Tensor, tensor } from "../../engine/index.js";
import { registry } from "../../engine/op.js";
import * as operations from "../../engine/ops/all.js";
import { isSampleTensor, makeArguments } from "./samples.js";

const backend = defaultBackend() as { recordsSmall: boolean } & ReturnType<typeof defaultBackend>;

afterEach(() => {
  backend.recordsSmall = true;
});

/** The opcodes that `work` records; nothing must be flushed meanwhile. */
function recorded(work: () => unknown): number[] {
  backend.flush();
  work();
  const { commands } = backend;
  const found: number[] = [];
  for (let at = 0; at < commands.used; at += commands.words[at + 1]!) found.push(commands.words[at]!);
  return found;
}

const bits = (x: Tensor) => [...new Uint32Array((x.cast("float32").data() as Float32Array).buffer)];

type Call = (...args: never[]) => Tensor;

describe("results and gradients have the bits of those that are kept for a pass together", () => {
  const entries = [...registry.values()].filter(({ samples, definite }) => samples.length > 0 && !definite);
  test.each(entries)("$name", entry => {
    const call = (operations as unknown as Record<string, Call>)[entry.name]!;
    entry.samples.forEach((sample, i) => {
      const run = () => {
        const args = makeArguments(sample, "float32", i, entry.gradient === true);
        const result = [call(...(args as never[]))].flat()[0] as Tensor;
        if (!("storage" in result)) return [];
        if (entry.gradient !== true || !result.requiresGrad) return [bits(result)];
        result.mul(result).add(0.5).mean().backward();
        const leaves = args.filter((arg, k) => isSampleTensor(sample.args[k]) && (arg as Tensor).grad) as Tensor[];
        return [bits(result), ...leaves.map(leaf => bits(leaf.grad!))];
      };
      const small = run();
      backend.recordsSmall = false;
      expect(small).toEqual(run());
      backend.recordsSmall = true;
    });
  });
});

describe("a result of few float32 values", () => {
  const x = tensor([1, -2, 3]);
  const y = tensor([4, 5, -6]);

  test("is recorded when it is asked for, each by itself", () => {
    expect(recorded(() => x.mul(y).add(1))).toEqual([opcodes.tape, opcodes.tape]);
    expect(x.mul(y).add(1).relu().toArray()).toEqual([5, 0, 0]);
  });

  test("takes scalars, also when they come first, and views that begin later", () => {
    const two = tensor(2);
    expect(x.mul(two).toArray()).toEqual([2, -4, 6]);
    expect(two.sub(x).toArray()).toEqual([1, 4, -1]);
    expect(two.mul(two).item()).toBe(4);
    const rows = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(rows.at(1).sub(rows.at(0)).toArray()).toEqual([3, 3, 3]);
    expect(rows.at(1).mul(tensor(10)).toArray()).toEqual([40, 50, 60]);
  });

  test("has the value from before an operand is written over", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const before = noGrad(() => w.mul(10));
    const opt = new optim.SGD([w], { lr: 1 });
    w.sum().backward();
    opt.step();
    expect([before.toArray(), w.toArray()]).toEqual([
      [10, 20],
      [0, 1],
    ]);
  });

  test("of an operand that is still pending follows it", () => {
    const pending = ones([300]).mul(2);
    const part = (pending as Tensor).at(0).mul(3);
    expect(part.item()).toBe(6);
  });

  test("is refused with a disposed operand, or one that is none", () => {
    const gone = tensor([1, 2, 3]);
    gone.dispose();
    expect(() => gone.add(x)).toThrow("the tensor was disposed");
    expect(() => x.add(undefined as never)).toThrow("expected a tensor or a number, got undefined");
    expect(() => operations.add(null as never, x)).toThrow("expected a tensor or a number, got null");
    expect(() => x.mul({ constructor: 1 } as never)).toThrow("expected a tensor or a number, got object");
    expect(() => x.add(tensor([1, 2]) as never)).toThrow("cannot broadcast [3] with [2]");
  });
});

describe("is kept for later as before", () => {
  test.each<[string, () => Tensor]>([
    ["many values", () => ones([257]).mul(2)],
    ["another dtype", () => tensor([1, 2], { dtype: "float64" }).mul(2)],
    ["operands that are broadcast", () => ones([2, 3]).mul(ones([3]))],
    ["a transposed operand", () => randn([2, 3]).transpose().mul(2)],
    ["a comparison", () => tensor([1, 2]).gt(1)],
  ])("%s", (_, make) => {
    make();
    let x: Tensor | undefined;
    const tapes = recorded(() => {
      x = make();
    }).filter(opcode => opcode === opcodes.tape);
    expect(tapes).toEqual([]);
    expect(x!.size).toBeGreaterThan(0);
  });

  test("what is captured, so that a compiled chain is one tape", () => {
    const a = tensor([1, 2, 3]);
    const chain = compile((x: Tensor) => x.mul(2).add(1).relu());
    expect(chain(a).toArray()).toEqual([3, 5, 7]);
    // The argument is copied to its place, then comes the chain.
    expect(recorded(() => chain(a))).toEqual([opcodes.tape, opcodes.tape]);
  });
});
