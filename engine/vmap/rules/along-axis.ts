import { reshapeTo } from "../../layout.js";
import * as ops from "../../ops/all.js";
import type { Fourier2Options, FourierOptions } from "../../ops/fourier.js";
import type { Axes, ReduceOptions } from "../../ops/signatures.js";
import { resolveAxes, resolveAxis } from "../../shape.js";
import type { Batched } from "../batched.js";
import type { Rule } from "../samples.js";

// biome-ignore lint/suspicious/noExplicitAny: operations of many signatures
type AnyOp = (...args: any[]) => unknown;

const all = ops as unknown as Record<string, AnyOp>;

/** op(x, axes, options): reductions. */
function reducing(name: string): Rule {
  return (s, x: Batched, axis?: Axes, options: ReduceOptions = {}) => {
    const axes = resolveAxes(name, axis, x.shape.length).map(a => a + 1);
    // A single number is reduced over an axis of its own, since no axis at all means all of them.
    return x.shape.length === 0 ? all[name]!(reshapeTo(x.value, [s.size, 1]), [1]) : all[name]!(x.value, axes, options);
  };
}

/** op(x, ..., axis, ...): the axis stands at `place` among the arguments behind x. */
function along(name: string, place: number, byDefault?: number): Rule {
  return (_, x: Batched, ...rest: unknown[]) => {
    if (x.shape.length === 0 && name === "sort") return x;
    const axis = (rest[place] ?? byDefault) as number;
    const moved = typeof axis === "number" ? resolveAxis(name, axis, x.shape.length) + 1 : axis;
    const args = rest.length > place ? rest.with(place, moved) : [...rest, moved];
    return all[name]!(x.value, ...args);
  };
}

/** Fourier transforms; `pairs` is how many axes behind the named ones hold the parts of a complex number. */
function transforming(name: string, pairs: 0 | 1): Rule {
  return (_, x: Batched, options: FourierOptions & Fourier2Options = {}) => {
    const inBatch = (axis: number) => resolveAxis(name, axis, x.shape.length - pairs) + 1;
    const { axis = -1, axes = [-2, -1] } = options;
    const named = name.endsWith("2") ? { axes: axes.map(inBatch) } : { axis: inBatch(axis) };
    return all[name]!(x.value, { ...options, ...named });
  };
}

/** What works along axes that are named. */
export const alongAxisRules: Record<string, Rule> = {
  ...Object.fromEntries(
    ["mean", "prod", "max", "min", "argMax", "argMin", "any", "all"].map(name => [name, reducing(name)] as const),
  ),
  ...Object.fromEntries(
    ["cumSum", "cumProd", "cumMax", "cumMin", "logCumSumExp"].map(name => [name, along(name, 0)] as const),
  ),
  ...Object.fromEntries(["softmax", "logSoftmax", "sort", "argSort"].map(name => [name, along(name, 0, -1)] as const)),
  ...Object.fromEntries(["fft", "ifft", "irfft", "fft2", "ifft2"].map(name => [name, transforming(name, 1)] as const)),
  rfft: transforming("rfft", 0),
  topK: along("topK", 1, -1),
  kthValue: along("kthValue", 1, -1),
};
