import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as gb from "../../../engine/index.js";
import { attendToItself } from "../../../engine/ops/attention.js";
import { attentionBySteps } from "../../../engine/ops/attention-steps.js";
import { type RecurrenceKind, recurrenceBySteps } from "../../../engine/ops/recurrence-steps.js";
import type { Shape } from "../../../engine/shape.js";
import type { Tensor } from "../../../engine/tensor.js";
import { firstOrder, secondOrder } from "../gradcheck.js";
import { distance, numbers } from "../samples.js";

type Float = "float32" | "float64";
type Options = Record<string, unknown>;

/** What PyTorch computed; `make_sequences.py` describes the file. */
interface Measured {
  outputs: number[][];
  gradients: number[][];
}
interface AttentionCase extends Measured {
  shapes: [number[], number[], number[]];
  mask: "bool" | "float" | null;
  options: { causal?: boolean; scale?: number };
}
interface RecurrentCase extends Measured {
  kind: RecurrenceKind;
  sizes: { batch: number; steps: number; inputs: number; hidden: number };
  initial: boolean;
  options: { layers?: number; bidirectional?: boolean; bias?: boolean };
  parameters: string[];
}

const file = new URL("../../fixtures/sequences.json", import.meta.url);
const oracle = JSON.parse(readFileSync(file, "utf8")) as { attention: AttentionCase[]; recurrent: RecurrentCase[] };

/** An integer hash of the index, from -scale to scale: `numbers` in make_sequences.py. */
function hashed(shape: Shape, seed: number, scale = 1): Float64Array {
  return Float64Array.from({ length: shape.reduce((n, axis) => n * axis, 1) }, (_, i) => {
    let x = (Math.imul(i, 2654435761) + seed * 97) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 2246822519) >>> 0;
    x = (x ^ (x >>> 13)) >>> 0;
    return (x / 2 ** 31 - 1) * scale;
  });
}

const leaf = (shape: Shape, seed: number, scale: number, dtype: Float) => {
  const values = hashed(shape, seed, scale);
  const data = dtype === "float64" ? values : Float32Array.from(values);
  return gb.tensor(data as never, { shape: shape as number[], requiresGrad: true }) as Tensor;
};

function sampled(x: Tensor): number[] {
  const flat = numbers(x);
  const step = Math.max(1, Math.floor(flat.length / 40));
  return flat.filter((_, i) => i % step === 0).slice(0, 40);
}

/** Compares outputs and the gradients of leaves with PyTorch's. */
function expectAsMeasured(want: Measured, outputs: Tensor[], leaves: Tensor[], tolerance: number): void {
  const parts = outputs.map((y, i) => {
    const cotangent = gb.tensor(hashed(y.shape, 5 + i) as never, { shape: y.shape as number[] }).cast(y.dtype);
    return y.mul(cotangent as never).sum() as Tensor;
  });
  (parts.reduce((a, b) => gb.add(a, b) as Tensor) as Tensor).backward();
  outputs.forEach((y, i) => {
    expect(distance(sampled(y), want.outputs[i]!), `output ${i}`).toBeLessThan(tolerance);
  });
  leaves.forEach((x, i) => {
    expect(distance(sampled(x.grad!), want.gradients[i]!), `gradient ${i}`).toBeLessThan(tolerance);
  });
}

function maskOf({ shapes: [query, key], mask }: AttentionCase): Tensor | undefined {
  const [length, keys] = [query.at(-2)!, key.at(-2)!];
  if (mask === "float") {
    const shape = [query[0]!, 1, length, keys];
    return gb.tensor(hashed(shape, 4, 3), { shape }) as Tensor;
  }
  if (mask === null) return undefined;
  const seen = hashed([length, keys], 4).map((v, i) => (v > -0.4 && Math.floor(i / keys) !== 3 ? 1 : 0));
  return gb.tensor(seen, { shape: [length, keys] }).cast("bool") as Tensor;
}

const dtypes = ["float32", "float64"] as const;

describe.each(dtypes)("attention in %s as PyTorch's", dtype => {
  const title = (each: AttentionCase) =>
    `${each.shapes.map(s => s.join("x")).join(" ")} ${each.mask} ${JSON.stringify(each.options)}`;
  test.each(oracle.attention.map(each => [title(each), each] as const))("%s", (_, each) => {
    const leaves = each.shapes.map((shape, i) => leaf(shape, i + 1, 2, dtype));
    const [q, k, v] = leaves as [Tensor, Tensor, Tensor];
    const mask = maskOf(each);
    const y = gb.scaledDotProductAttention(q, k, v, { ...each.options, ...(mask ? { mask } : {}) }) as Tensor;
    expectAsMeasured(each, [y], leaves, dtype === "float64" ? 1e-8 : 2e-5);
  });
});

describe("recurrent layers as PyTorch's", () => {
  const title = (each: RecurrentCase) => `${each.kind} ${JSON.stringify({ ...each.sizes, ...each.options })}`;
  test.each(oracle.recurrent.map(each => [title(each), each] as const))("%s", (_, each) => {
    const { kind, options, parameters, initial } = each;
    const { batch, steps, inputs, hidden } = each.sizes;
    const name = { lstm: "LSTM", gru: "GRU", tanh: "RNN", relu: "RNN" } as const;
    // biome-ignore lint/suspicious/noExplicitAny: layers are made by name here
    const Layer = gb.nn[name[kind]] as any;
    const layer = new Layer(inputs, hidden, { ...options, ...(name[kind] === "RNN" ? { nonlinearity: kind } : {}) });
    const own = layer.stateDict() as Record<string, Tensor>;
    layer.loadStateDict(
      Object.fromEntries(parameters.map((p, i) => [p, leaf(own[p]!.shape, 100 + i, 0.4, "float32").detach()])),
    );
    const x = leaf([batch, steps, inputs], 1, 1, "float32");
    const directions = (options.layers ?? 1) * (options.bidirectional ? 2 : 1);
    const states = (initial ? (kind === "lstm" ? ["hidden", "cell"] : ["hidden"]) : []).map(
      (state, i) => [state, leaf([directions, batch, hidden], 2 + i, 1, "float32")] as const,
    );
    const result = layer(x, Object.fromEntries(states));
    const outputs = ["output", "hidden", ...(kind === "lstm" ? ["cell"] : [])].map(key => result[key] as Tensor);
    const byName = Object.fromEntries(layer.namedParameters()) as Record<string, Tensor>;
    const leaves = [x, ...states.map(([, state]) => state), ...parameters.map(p => byName[p]!)];
    expectAsMeasured(each, outputs, leaves, 2e-5);
  });
});

describe("recurrence with everything given", () => {
  const cases = (["lstm", "gru", "tanh", "relu"] as const).flatMap(kind =>
    [false, true].map(reverse => [kind, reverse] as const),
  );
  const gates = { lstm: 4, gru: 3, tanh: 1, relu: 1 } as const;
  const make = (shape: number[], seed: number) => gb.tensor(hashed(shape, seed), { shape }) as Tensor;
  const given = (kind: RecurrenceKind, [steps, batch, size]: [number, number, number]) => [
    make([steps, batch, gates[kind] * size], 1),
    make([gates[kind] * size, size], 2),
    make([gates[kind] * size], 3),
    make([batch, size], 4),
    ...(kind === "lstm" ? [make([batch, size], 5)] : []),
  ];
  const call =
    (kind: RecurrenceKind, reverse: boolean) =>
    (...[x, weight, bias, hidden, cell]: Tensor[]) =>
      gb.recurrence(x!, weight!, kind, { bias: bias!, hidden: hidden!, reverse, ...(cell ? { cell } : {}) }) as Tensor;

  test.each(cases)("%s, reverse %s: the kernel computes what the steps compute", (kind, reverse) => {
    const [x, weight, bias, hidden, cell] = given(kind, [7, 21, 35]);
    const steps = recurrenceBySteps(kind, reverse, { gates: x!, weight: weight!, bias, hidden, cell });
    const whole = call(kind, reverse)(...([x, weight, bias, hidden, ...(cell ? [cell] : [])] as Tensor[]));
    expect(whole.shape).toEqual([kind === "lstm" ? 8 : 7, 21, 35]);
    expect(distance(numbers(whole), numbers(steps))).toBeLessThan(1e-12);
  });

  test.each(cases)("%s, reverse %s: first and second derivative by every argument", (kind, reverse) => {
    const args = given(kind, [3, 2, 2]);
    const f = call(kind, reverse) as never;
    for (let i = 0; i < args.length; i++) {
      expect(firstOrder(f, args, i), `first, argument ${i}`).toBeLessThan(1e-6);
      expect(secondOrder(f, args, i), `second, argument ${i}`).toBeLessThan(2e-5);
    }
  });

  test("a cell state for a GRU, states of another batch and a bias of another length are refused", () => {
    const [x, weight] = given("gru", [2, 3, 4]) as [Tensor, Tensor];
    const refused: [Options, string][] = [
      [{ cell: gb.zeros([3, 4], { dtype: "float64" }) }, "a cell state for gru"],
      [{ hidden: gb.zeros([2, 4], { dtype: "float64" }) }, "the first state [2, 4] does not fit"],
      [{ bias: gb.zeros([4], { dtype: "float64" }) }, "the bias [4] does not fit"],
      [{ hidden: gb.zeros([3, 4]) }, "float64 meets float32"],
      [{ hidden: 3 }, "recurrence"],
    ];
    for (const [options, message] of refused) {
      expect(() => gb.recurrence(x, weight, "gru", options)).toThrow(gb.EngineError);
      expect(() => gb.recurrence(x, weight, "gru", options)).toThrow(message);
    }
  });
});

describe("attention", () => {
  const make = (shape: number[], seed: number) => gb.tensor(hashed(shape, seed, 2), { shape }) as Tensor;
  const qkv = [make([2, 3, 5, 4], 1), make([1, 3, 6, 4], 2), make([2, 1, 6, 3], 3)] as [Tensor, Tensor, Tensor];
  const seen = gb
    .tensor(hashed([5, 6], 4))
    .gt(-0.3)
    .reshape([5, 6]) as Tensor;
  const variants: [string, Options][] = [
    ["plain", {}],
    ["causal", { causal: true }],
    ["bool mask", { mask: seen }],
    ["bool mask by key", { mask: seen.at(1) }],
    ["float mask", { mask: make([2, 1, 5, 6], 5) }],
    ["both", { mask: seen, causal: true, scale: -0.4 }],
  ];

  test.each(variants)("%s: by tiles as by steps, with axes that broadcast", (_, options) => {
    const tiled = gb.scaledDotProductAttention(...qkv, options) as Tensor;
    expect(tiled.shape).toEqual([2, 3, 5, 3]);
    expect(distance(numbers(tiled), numbers(attentionBySteps(...qkv, options)))).toBeLessThan(1e-12);
  });

  test.each(variants)("%s: first and second derivative", (_, options) => {
    const f = (...args: Tensor[]) => gb.scaledDotProductAttention(args[0]!, args[1]!, args[2]!, options);
    for (let i = 0; i < 3; i++) {
      expect(firstOrder(f as never, qkv, i), `first, argument ${i}`).toBeLessThan(1e-6);
      expect(secondOrder(f as never, qkv, i), `second, argument ${i}`).toBeLessThan(2e-5);
    }
  });

  test("more features than a packed block is deep: forward and gradients by tiles as by steps", () => {
    const [first, second] = [gb.scaledDotProductAttention, attentionBySteps].map(attend => {
      const leaves = [
        leaf([70, 257], 1, 0.3, "float64"),
        leaf([130, 257], 2, 0.3, "float64"),
        leaf([130, 256], 3, 1, "float64"),
      ];
      const y = attend(leaves[0]!, leaves[1]!, leaves[2]!, {}) as Tensor;
      y.square().sum().backward();
      return [y, ...leaves.map(x => x.grad!)].map(numbers);
    });
    first!.forEach((values, i) => {
      expect(distance(values, second![i]!)).toBeLessThan(1e-10);
    });
  });

  test("a mask that wants a gradient gets it", () => {
    const f = (mask: Tensor) => gb.scaledDotProductAttention(...qkv, { mask });
    expect(firstOrder(f as never, [make([5, 6], 6)], 0)).toBeLessThan(1e-6);
  });

  test("a query that may see nothing gives 0, and so do its gradients", () => {
    for (const mask of [gb.zeros([5, 6]).cast("bool"), gb.full([5, 6], Number.NEGATIVE_INFINITY)] as Tensor[]) {
      const query = leaf([2, 3, 5, 4], 1, 1, "float64");
      const y = gb.scaledDotProductAttention(query, qkv[1], qkv[2], { mask }) as Tensor;
      y.sum().backward();
      expect(numbers(y).every(v => v === 0)).toBe(true);
      expect(numbers(query.grad!).every(v => v === 0)).toBe(true);
    }
  });

  test("NaN in a query stays in its row", () => {
    const query = gb.tensor([Number.NaN, 1, 1, 1], { shape: [2, 2] });
    const key = gb.ones([3, 2]);
    const y = numbers(gb.scaledDotProductAttention(query, key, key) as Tensor);
    expect(y.map(Number.isNaN)).toEqual([true, true, false, false]);
  });

  test("no keys give 0, no queries give nothing", () => {
    const empty = gb.zeros([0, 4], { requiresGrad: true });
    const some = leaf([3, 4], 1, 1, "float32");
    const y = gb.scaledDotProductAttention(some, empty, empty) as Tensor;
    y.sum().backward();
    expect(numbers(y)).toEqual(new Array(12).fill(0));
    expect(numbers(some.grad!)).toEqual(new Array(12).fill(0));
    expect((gb.scaledDotProductAttention(empty, some, some) as Tensor).shape).toEqual([0, 4]);
  });

  test("queries, keys and values in one tensor: first and second derivative", () => {
    const all = make([2, 3, 3, 2, 4], 7);
    const f = (x: Tensor) => attendToItself(x, { causal: true });
    expect(firstOrder(f as never, [all], 0)).toBeLessThan(1e-6);
    expect(secondOrder(f as never, [all], 0)).toBeLessThan(2e-5);
  });

  test("masks that do not fit are refused", () => {
    for (const mask of [
      gb.zeros([5, 5]),
      gb.zeros([1, 2, 3, 5, 6]),
      gb.zeros([5, 6], { dtype: "int32" }),
    ] as Tensor[]) {
      expect(() => gb.scaledDotProductAttention(...qkv, { mask })).toThrow(gb.EngineError);
      expect(() => gb.scaledDotProductAttention(...qkv, { mask })).toThrow("the mask");
    }
  });

  test("the layer: a sequence to itself as with queries, keys and values apart", () => {
    gb.manualSeed(3);
    const layer = new gb.nn.MultiheadAttention(12, 3);
    const x = leaf([2, 7, 12], 1, 1, "float32");
    const gradients = [false, true].map(apart => {
      layer.zeroGrad();
      x.grad = undefined;
      const y = (apart ? layer(x, x.detach().add(0), x, { causal: true }) : layer(x, x, x, { causal: true })) as Tensor;
      y.square().sum().backward();
      return { y: numbers(y), weight: numbers(layer.in_proj_weight!.grad as Tensor) };
    });
    expect(distance(gradients[0]!.y, gradients[1]!.y)).toBeLessThan(1e-6);
    expect(distance(gradients[0]!.weight, gradients[1]!.weight)).toBeLessThan(1e-5);
  });
});
