import { Bindings } from "../bindings.js";
import { kindOf, load } from "../wgsl/elements.js";
import { mergeDims, places } from "./extents.js";
import type { Kernel } from "./kernel.js";

/** The index of the first extreme element: one lane for each result. NaN wins. */
export const argReduce: Kernel = (record, gpu) => {
  const [isMin, , k, r] = record.take(4) as [number, number, number, number];
  const dims = record.take(k + r);
  const x = record.strided(k + r);
  const out = record.operand();
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(out.storage), "int32");
  const from = bindings.read(gpu.buffers.of(x.storage));
  const kept = mergeDims(dims.slice(0, k), [x.strides.slice(0, k)]);
  const reduced = mergeDims(dims.slice(k), [x.strides.slice(k)]);
  const [keptRank, reducedRank] = [kept.dims.length, reduced.dims.length];
  const keptAt = 4;
  const reducedAt = keptAt + 2 * keptRank;
  const kind = kindOf(x.dtype);
  const code = () => {
    const beats = kind === "f32" ? `isNan(x) || ${isMin ? "x < best" : "x > best"}` : isMin ? "x < best" : "x > best";
    return `fn run(t: u32) {
  ${places("p", "t", keptRank, keptAt, [keptAt + keptRank], ["I(1u)"])}
  var best: ${kind};
  var index = 0u;
  for (var i = 0u; i < P(2u); i++) {
    ${places("q", "i", reducedRank, reducedAt, [reducedAt + reducedRank], ["p0"])}
    let x = ${load(x.dtype, from, "u32(q0)", kind, bindings.isAtomic(from))};
    if (i == 0u || ${beats}) { best = x; index = i; }
    ${kind === "f32" ? "if (isNan(x)) { break; }" : ""}
  }
  b${into}[t + P(3u)] = index;
}`;
  };
  const product = (lengths: readonly number[]) => lengths.reduce((n, length) => n * length, 1);
  gpu.dispatch({
    key: `argReduce ${isMin} ${x.dtype} ${keptRank} ${reducedRank} ${from} ${into}`,
    bindings,
    code,
    parameters: [
      x.offset,
      product(reduced.dims),
      out.offset,
      ...kept.dims,
      ...kept.strides[0]!,
      ...reduced.dims,
      ...reduced.strides[0]!,
    ],
    threads: product(kept.dims),
  });
};
