import { Bindings } from "../bindings.js";
import { kindOf, load, store, zeroOf } from "../wgsl/elements.js";
import { report } from "./data-faults.js";
import type { Kernel } from "./kernel.js";

/** One element per position; a bad index is reported and reads element 0. */
export const gather: Kernel = (record, gpu) => {
  const [outer, axis, inner, count] = record.take(4) as [number, number, number, number];
  const [source, index, out] = [record.operand(), record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  const from = bindings.read(gpu.buffers.of(source.storage));
  const by = bindings.read(gpu.buffers.of(index.storage));
  const faults = bindings.write(gpu.faults, "bool");
  const kind = kindOf(source.dtype);
  gpu.dispatch({
    key: `gather ${source.dtype} ${from} ${by} ${into}`,
    bindings,
    code: () => `fn run(t: u32) {
  let given = bitcast<i32>(b${by}[P(5u) + t]);
  var place = given + select(0, I(1u), given < 0);
  if (place < 0 || place >= I(1u)) {
    ${report("gather", faults, "given", "P(1u)")}
    place = 0;
  }
  let at = P(4u) + ((t / (P(2u) * P(3u))) * P(1u) + u32(place)) * P(2u) + t % P(2u);
  ${store(out.dtype, into, "t + P(6u)", load(source.dtype, from, "at", kind), kind)}
}`,
    parameters: [axis, inner, count, source.offset, index.offset, out.offset],
    threads: outer * count * inner,
  });
};

/** The way back: a lane takes a line along the axis, first as it was, then in the order of the index. */
export const scatter: Kernel = (record, gpu) => {
  const [adds, outer, axis, inner, count] = record.take(5) as [number, number, number, number, number];
  const base = record.optional();
  const [index, source, out] = [record.operand(), record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  const from = bindings.read(gpu.buffers.of(source.storage));
  const by = bindings.read(gpu.buffers.of(index.storage));
  const before = base && bindings.read(gpu.buffers.of(base.storage));
  const faults = bindings.write(gpu.faults, "bool");
  const kind = kindOf(out.dtype);
  gpu.dispatch({
    key: `scatter ${adds} ${out.dtype} ${from} ${by} ${before} ${into}`,
    bindings,
    code: () => `fn run(t: u32) {
  let column = t % P(2u);
  let block = t / P(2u);
  for (var i = 0u; i < P(1u); i++) {
    let line = (block * P(1u) + i) * P(2u) + column;
    ${store(out.dtype, into, "(P(4u) + line)", before === undefined ? zeroOf(kind) : load(out.dtype, before, "(P(7u) + line)", kind), kind)}
  }
  for (var i = 0u; i < P(3u); i++) {
    let entry = (block * P(3u) + i) * P(2u) + column;
    let given = bitcast<i32>(b${by}[P(5u) + entry]);
    let place = given + select(0, I(1u), given < 0);
    if (place < 0 || place >= I(1u)) {
      ${report("gather", faults, "given", "P(1u)")}
      continue;
    }
    let at = P(4u) + (block * P(1u) + u32(place)) * P(2u) + column;
    var x = ${load(source.dtype, from, "(P(6u) + entry)", kind)};
    ${adds ? `x += ${load(out.dtype, into, "at", kind, bindings.isAtomic(into))};` : ""}
    ${store(out.dtype, into, "at", "x", kind)}
  }
}`,
    parameters: [axis, inner, count, out.offset, index.offset, source.offset, base?.offset ?? 0],
    threads: outer * inner,
  });
};
