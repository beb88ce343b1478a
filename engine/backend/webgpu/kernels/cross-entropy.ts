import { Bindings } from "../bindings.js";
import { report } from "./data-faults.js";
import type { Kernel } from "./kernel.js";

/** WGSL: the largest logit of row `t` and the sum of the exponentials below it. Logits begin at P(2). */
const sweep = (logits: number) => `let row = P(2u) + t * P(1u);
  var most = bitcast<f32>(b${logits}[row]);
  for (var i = 1u; i < P(1u); i++) { most = larger(most, bitcast<f32>(b${logits}[row + i])); }
  var total = 0.0;
  for (var i = 0u; i < P(1u); i++) { total += exponential(bitcast<f32>(b${logits}[row + i]) - most); }`;

/** One lane takes a row. A label that is no class is reported, and its loss is NaN. */
export const crossEntropy: Kernel = (record, gpu) => {
  const [rows, classes] = record.take(2) as [number, number];
  const [logits, labels, loss] = [record.operand(), record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(loss.storage), "float32");
  const x = bindings.read(gpu.buffers.of(logits.storage));
  const l = bindings.read(gpu.buffers.of(labels.storage));
  const faults = bindings.write(gpu.faults, "bool");
  gpu.dispatch({
    key: `crossEntropy ${x} ${l} ${into}`,
    bindings,
    code: () => `fn run(t: u32) {
  let label = bitcast<i32>(b${l}[P(3u) + t]);
  if (label < 0 || label >= I(1u)) {
    ${report("crossEntropy", faults, "label", "P(1u)")}
    b${into}[P(4u) + t] = bitcast<u32>(nan());
    return;
  }
  ${sweep(x)}
  b${into}[P(4u) + t] = bitcast<u32>(logarithm(total) - (bitcast<f32>(b${x}[row + u32(label)]) - most));
}`,
    parameters: [classes, logits.offset, labels.offset, loss.offset],
    threads: rows,
  });
};

export const crossEntropyGrad: Kernel = (record, gpu) => {
  const [rows, classes] = record.take(2) as [number, number];
  const [logits, labels, dloss, dlogits] = Array.from({ length: 4 }, () => record.operand()) as [
    ReturnType<typeof record.operand>,
    ReturnType<typeof record.operand>,
    ReturnType<typeof record.operand>,
    ReturnType<typeof record.operand>,
  ];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(dlogits.storage), "float32");
  const x = bindings.read(gpu.buffers.of(logits.storage));
  const l = bindings.read(gpu.buffers.of(labels.storage));
  const g = bindings.read(gpu.buffers.of(dloss.storage));
  gpu.dispatch({
    key: `crossEntropyGrad ${x} ${l} ${g} ${into}`,
    bindings,
    code: () => `fn run(t: u32) {
  ${sweep(x)}
  let label = bitcast<u32>(b${l}[P(3u) + t]);
  let given = bitcast<f32>(b${g}[P(4u) + t]);
  for (var i = 0u; i < P(1u); i++) {
    let share = exponential(bitcast<f32>(b${x}[row + i]) - most) / total;
    b${into}[P(5u) + t * P(1u) + i] = bitcast<u32>((share - select(0.0, 1.0, i == label)) * given);
  }
}`,
    parameters: [classes, logits.offset, labels.offset, dloss.offset, dlogits.offset],
    threads: rows,
  });
};
