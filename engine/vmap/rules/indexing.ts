import { expandTo, reshapeTo } from "../../layout.js";
import { gather, indexAdd, moveAxis, oneHot, scatter, scatterAdd, searchSorted, take } from "../../ops/all.js";
import { stack } from "../../ops/join.js";
import { resolveAxis, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import type { Batched } from "../batched.js";
import type { Rule, Samples } from "../samples.js";

/** What takes and puts by index. */
export const indexingRules: Record<string, Rule> = {
  take: (s, x: Tensor, index: Tensor, axis = 0) => rowsOf(s, x, index, resolveAxis("take", axis, x.shape.length)),
  oneHot: (_, x: Batched, classes: number, options = {}) => oneHot(x.value, classes, options),
  gather: (s, x: Tensor, index: Tensor, axis: number) => {
    return gather(s.front(x), s.front(index), resolveAxis("gather", axis, x.shape.length) + 1);
  },
  scatter: scattering("scatter", scatter as never),
  scatterAdd: scattering("scatterAdd", scatterAdd as never),
  indexAdd: (s, x: Tensor, index: Tensor, source: Tensor, axis = 0) => {
    const along = resolveAxis("indexAdd", axis, x.shape.length);
    if (!s.has(index)) return indexAdd(s.front(x), index, s.front(source), along + 1);
    const each = Array.from({ length: s.size }, (_, i) => {
      return indexAdd(...([x, index, source].map(arg => s.pick(arg, i)) as [Tensor, Tensor, Tensor]), along) as Tensor;
    });
    return stack(each);
  },
  searchSorted: (s, sorted: Tensor, values: Tensor, options = {}) => {
    if (sorted.shape.length > 1) return searchSorted(s.front(sorted), s.front(values) as never, options);
    if (!s.has(sorted)) return searchSorted(sorted, s.front(values) as never, options);
    const found = searchSorted(sorted.value, reshapeTo(s.front(values), [s.size, values.size]) as never, options);
    return reshapeTo(found as Tensor, [s.size, ...values.shape]);
  },
};

function scattering(
  name: string,
  op: (x: Tensor, index: Tensor, source: Tensor | number, axis: number) => Tensor,
): Rule {
  return (s, x: Tensor, index: Tensor, source: Tensor | number, axis: number) => {
    const along = resolveAxis(name, axis, x.shape.length) + 1;
    return op(s.front(x), s.front(index), typeof source === "number" ? source : s.front(source), along);
  };
}

/** Entries of x along an axis, by an index of any shape: `take`. */
export function rowsOf(s: Samples, x: Tensor, index: Tensor, axis: number): Tensor {
  if (!s.has(index)) return take(s.front(x), index, axis + 1) as Tensor;
  if (!s.has(x)) return moveAxis(take(x, index.value, axis) as Tensor, axis, 0) as Tensor;
  // [samples, length, the rest] by [samples, places]: each place takes a whole row of the rest.
  const ahead = moveAxis(x.value, axis + 1, 1) as Tensor;
  const rest = ahead.shape.slice(2);
  const [width, places] = [sizeOf(rest), index.size];
  const rows = reshapeTo(ahead, [s.size, ahead.shape[1]!, width]);
  const where = expandTo(reshapeTo(index.value, [s.size, places, 1]), [s.size, places, width]);
  const taken = reshapeTo(gather(rows, where, 1) as Tensor, [s.size, ...index.shape, ...rest]);
  const from = index.shape.map((_, i) => i + 1);
  return moveAxis(
    taken,
    from,
    from.map(i => i + axis),
  ) as Tensor;
}
