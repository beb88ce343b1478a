import { Bindings } from "../bindings.js";
import { kindOf, load, store } from "../wgsl/elements.js";
import { report } from "./data-faults.js";
import type { Kernel } from "./kernel.js";

/** Slices of an axis by index; a bad index is reported and reads 0. */
export const take: Kernel = (record, gpu) => {
  const [outer, axis, inner, count] = record.take(4) as [number, number, number, number];
  const [source, index, out] = [record.operand(), record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  const from = bindings.read(gpu.buffers.of(source.storage));
  const by = bindings.read(gpu.buffers.of(index.storage));
  const faults = bindings.write(gpu.faults, "bool");
  const kind = kindOf(source.dtype);
  gpu.dispatch({
    key: `take ${source.dtype} ${from} ${by} ${into}`,
    bindings,
    code: () => `fn run(t: u32) {
  let column = t % P(2u);
  let row = (t / P(2u)) % P(3u);
  let block = t / (P(2u) * P(3u));
  let given = bitcast<i32>(b${by}[P(5u) + row]);
  var place = given + select(0, I(1u), given < 0);
  if (place < 0 || place >= I(1u)) {
    ${report("take", faults, "given", "P(1u)")}
    place = 0;
  }
  let at = P(4u) + (block * P(1u) + u32(place)) * P(2u) + column;
  ${store(out.dtype, into, "t + P(6u)", load(source.dtype, from, "at", kind), kind)}
}`,
    parameters: [axis, inner, count, source.offset, index.offset, out.offset],
    threads: outer * inner * count,
  });
};

/** Slices go where `take` would take them from: a lane takes a column, so that the order is that of the index. */
const spreadSlices =
  (adds: boolean): Kernel =>
  (record, gpu) => {
    const [outer, axis, inner, count] = record.take(4) as [number, number, number, number];
    const [target, index, source] = [record.operand(), record.operand(), record.operand()];
    const bindings = new Bindings();
    const into = bindings.write(gpu.buffers.of(target.storage), target.dtype);
    const from = bindings.read(gpu.buffers.of(source.storage));
    const by = bindings.read(gpu.buffers.of(index.storage));
    const faults = bindings.write(gpu.faults, "bool");
    const kind = kindOf(target.dtype);
    gpu.dispatch({
      key: `spread ${adds} ${target.dtype} ${from} ${by} ${into}`,
      bindings,
      code: () => `fn run(t: u32) {
  let column = t % P(2u);
  let block = t / P(2u);
  for (var row = 0u; row < P(3u); row++) {
    let given = bitcast<i32>(b${by}[P(5u) + row]);
    let place = given + select(0, I(1u), given < 0);
    if (place < 0 || place >= I(1u)) {
      ${report("take", faults, "given", "P(1u)")}
      continue;
    }
    let at = P(4u) + (block * P(1u) + u32(place)) * P(2u) + column;
    var x = ${load(source.dtype, from, "(P(6u) + (block * P(3u) + row) * P(2u) + column)", kind)};
    ${adds ? `x += ${load(target.dtype, into, "at", kind, bindings.isAtomic(into))};` : ""}
    ${store(target.dtype, into, "at", "x", kind)}
  }
}`,
      parameters: [axis, inner, count, target.offset, index.offset, source.offset],
      threads: outer * inner,
    });
  };

export const takeAdd = spreadSlices(true);
export const put = spreadSlices(false);

export const oneHot: Kernel = (record, gpu) => {
  const [rows, classes] = record.take(2) as [number, number];
  const [index, out] = [record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  const by = bindings.read(gpu.buffers.of(index.storage));
  const faults = bindings.write(gpu.faults, "bool");
  gpu.dispatch({
    key: `oneHot ${out.dtype} ${by} ${into}`,
    bindings,
    code: () => `fn run(t: u32) {
  let given = bitcast<i32>(b${by}[P(2u) + t / P(1u)]);
  if (given < 0 || given >= I(1u)) { ${report("oneHot", faults, "given", "P(1u)")} }
  ${store(out.dtype, into, "t + P(3u)", "select(0, 1, given == i32(t % P(1u)))", "i32")}
}`,
    parameters: [classes, index.offset, out.offset],
    threads: rows * classes,
  });
};
