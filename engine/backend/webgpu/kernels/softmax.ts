import { Bindings } from "../bindings.js";
import type { Kernel } from "./kernel.js";

const at = (b: number, place: string) => `bitcast<f32>(b${b}[${place}])`;

/** One lane takes a whole row, in three sweeps. */
export const softmax: Kernel = (record, gpu) => {
  const [isLog, rows, columns] = record.take(3) as [number, number, number];
  const [x, y] = [record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(y.storage), "float32");
  const from = bindings.read(gpu.buffers.of(x.storage));
  gpu.dispatch({
    key: `softmax ${isLog} ${from} ${into}`,
    bindings,
    code: () => `fn run(t: u32) {
  let x = P(2u) + t * P(1u);
  let y = P(3u) + t * P(1u);
  var most = ${at(from, "x")};
  for (var i = 1u; i < P(1u); i++) { most = larger(most, ${at(from, "x + i")}); }
  var total = 0.0;
  for (var i = 0u; i < P(1u); i++) { total += exponential(${at(from, "x + i")} - most); }
  let logTotal = logarithm(total);
  for (var i = 0u; i < P(1u); i++) {
    let z = ${at(from, "x + i")} - most;
    b${into}[y + i] = bitcast<u32>(${isLog ? "z - logTotal" : "exponential(z) / total"});
  }
}`,
    parameters: [columns, x.offset, y.offset],
    threads: columns === 0 ? 0 : rows,
  });
};

export const softmaxGrad: Kernel = (record, gpu) => {
  const [isLog, rows, columns] = record.take(3) as [number, number, number];
  const [y, dy, dx] = [record.operand(), record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(dx.storage), "float32");
  const [value, given] = [y, dy].map(({ storage }) => bindings.read(gpu.buffers.of(storage))) as [number, number];
  gpu.dispatch({
    key: `softmaxGrad ${isLog} ${value} ${given} ${into}`,
    bindings,
    code: () => {
      const [v, g] = [at(value, "y + i"), at(given, "dy + i")];
      return `fn run(t: u32) {
  let y = P(2u) + t * P(1u);
  let dy = P(3u) + t * P(1u);
  let dx = P(4u) + t * P(1u);
  var total = 0.0;
  for (var i = 0u; i < P(1u); i++) { total += ${isLog ? g : `${v} * ${g}`}; }
  for (var i = 0u; i < P(1u); i++) {
    b${into}[dx + i] = bitcast<u32>(${isLog ? `${g} - exponential(${v}) * total` : `${v} * (${g} - total)`});
  }
}`;
    },
    parameters: [columns, y.offset, dy.offset, dx.offset],
    threads: rows,
  });
};
