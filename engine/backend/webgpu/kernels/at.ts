import { Bindings } from "../bindings.js";
import { report } from "./data-faults.js";
import { places } from "./extents.js";
import type { Kernel } from "./kernel.js";

/** Index tensors that pick together: each adds its share to the output, in a run of its own, so that any number of them fits. */
export const at: Kernel = (record, gpu) => {
  const [rank, axes] = record.take(2) as [number, number];
  const dims = record.take(rank);
  const indices = Array.from({ length: axes }, () => {
    const [axis, length, scale] = record.take(4) as [number, number, number, number];
    return { axis, length, scale, ...record.strided(rank) };
  });
  const out = record.operand();
  indices.forEach(({ axis, length, scale, storage, offset, strides }, i) => {
    const bindings = new Bindings();
    const into = bindings.write(gpu.buffers.of(out.storage), "int32");
    const by = bindings.read(gpu.buffers.of(storage));
    const faults = bindings.write(gpu.faults, "bool");
    const isFirst = i === 0;
    gpu.dispatch({
      key: `at ${rank} ${isFirst} ${by} ${into}`,
      bindings,
      code: () => `fn run(t: u32) {
  ${places("p", "t", rank, 6, [6 + rank], ["I(4u)"])}
  let given = bitcast<i32>(b${by}[p0]);
  var place = given + select(0, I(2u), given < 0);
  if (place < 0 || place >= I(2u)) {
    ${report("at", faults, "given", "P(2u)", "P(1u)")}
    place = 0;
  }
  let term = place * I(3u);
  b${into}[P(5u) + t] = bitcast<u32>(${isFirst ? "term" : `bitcast<i32>(b${into}[P(5u) + t]) + term`});
}`,
      parameters: [axis, length, scale, offset, out.offset, ...dims, ...strides],
      threads: dims.reduce((n, size) => n * size, 1),
    });
  });
};
