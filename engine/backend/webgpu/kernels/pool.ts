import { Bindings } from "../bindings.js";
import type { Encoder } from "../encoder.js";
import type { RecordReader } from "../record-reader.js";
import { report } from "./data-faults.js";
import type { Kernel } from "./kernel.js";

/** What the records of windows have in common; the ends of the windows lie in a buffer of their own. */
function readWindows(record: RecordReader, gpu: Encoder) {
  const [images, height, width, channels, outHeight, outWidth, divisor] = record.take(7) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ends = gpu.upload(record.take(2 * (outHeight + outWidth)));
  return {
    parameters: [height, width, channels, outHeight, outWidth, divisor],
    inputs: images * height * width * channels,
    outputs: images * outHeight * outWidth * channels,
    ends,
  };
}

/** The place of output `t`, and its window. `e` is the binding of the ends. */
const window = (e: number) => `let channel = t % P(3u);
  let ox = (t / P(3u)) % P(5u);
  let oy = (t / (P(3u) * P(5u))) % P(4u);
  let image = t / (P(3u) * P(5u) * P(4u));
  let top = b${e}[2u * oy]; let bottom = b${e}[2u * oy + 1u];
  let left = b${e}[2u * (P(4u) + ox)]; let right = b${e}[2u * (P(4u) + ox) + 1u];`;

const input = "((image * P(1u) + iy) * P(2u) + ix) * P(3u) + channel";

/** The largest of each window, the first of equal ones; NaN wins. */
export const maxPool: Kernel = (record, gpu) => {
  const { parameters, outputs, ends } = readWindows(record, gpu);
  const [x, y] = [record.operand(), record.operand()];
  const index = record.optional();
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(y.storage), "float32");
  const from = bindings.read(gpu.buffers.of(x.storage));
  const places = index && bindings.write(gpu.buffers.of(index.storage), "int32");
  const e = bindings.read(ends);
  gpu.dispatch({
    key: `maxPool ${from} ${into} ${places} ${e}`,
    bindings,
    code: () => `fn run(t: u32) {
  ${window(e)}
  var best = 0.0;
  var place = 0u;
  var isFirst = true;
  for (var iy = top; iy < bottom; iy++) {
    for (var ix = left; ix < right; ix++) {
      let x = bitcast<f32>(b${from}[P(7u) + ${input}]);
      if (isFirst || (isNan(x) && !isNan(best)) || less(best, x)) { best = x; place = iy * P(2u) + ix; isFirst = false; }
    }
  }
  b${into}[P(8u) + t] = bitcast<u32>(best);
  ${places === undefined ? "" : `b${places}[P(9u) + t] = place;`}
}`,
    parameters: [...parameters, x.offset, y.offset, index?.offset ?? 0],
    threads: outputs,
  });
};

/** The size that a window's sum is divided by. */
const divisor = "select(f32(P(6u)), f32((bottom - top) * (right - left)), P(6u) == 0u)";

export const avgPool: Kernel = (record, gpu) => {
  const { parameters, outputs, ends } = readWindows(record, gpu);
  const [x, y] = [record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(y.storage), "float32");
  const from = bindings.read(gpu.buffers.of(x.storage));
  const e = bindings.read(ends);
  gpu.dispatch({
    key: `avgPool ${from} ${into} ${e}`,
    bindings,
    code: () => `fn run(t: u32) {
  ${window(e)}
  var sum = 0.0;
  for (var iy = top; iy < bottom; iy++) {
    for (var ix = left; ix < right; ix++) { sum += bitcast<f32>(b${from}[P(7u) + ${input}]); }
  }
  b${into}[P(8u) + t] = bitcast<u32>(sum / ${divisor});
}`,
    parameters: [...parameters, x.offset, y.offset],
    threads: outputs,
  });
};

/** One lane for each element of x, which asks every window whether it is in it. */
export const avgPoolGrad: Kernel = (record, gpu) => {
  const { parameters, inputs, ends } = readWindows(record, gpu);
  const [x, y] = [record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(x.storage), "float32");
  const from = bindings.read(gpu.buffers.of(y.storage));
  const e = bindings.read(ends);
  gpu.dispatch({
    key: `avgPoolGrad ${from} ${into} ${e}`,
    bindings,
    code: () => `fn run(t: u32) {
  let channel = t % P(3u);
  let ix = (t / P(3u)) % P(2u);
  let iy = (t / (P(3u) * P(2u))) % P(1u);
  let image = t / (P(3u) * P(2u) * P(1u));
  var sum = 0.0;
  for (var oy = 0u; oy < P(4u); oy++) {
    let top = b${e}[2u * oy]; let bottom = b${e}[2u * oy + 1u];
    if (iy < top || iy >= bottom) { continue; }
    for (var ox = 0u; ox < P(5u); ox++) {
      let left = b${e}[2u * (P(4u) + ox)]; let right = b${e}[2u * (P(4u) + ox) + 1u];
      if (ix < left || ix >= right) { continue; }
      sum += bitcast<f32>(b${from}[P(8u) + ((image * P(4u) + oy) * P(5u) + ox) * P(3u) + channel]) / ${divisor};
    }
  }
  b${into}[P(7u) + t] = bitcast<u32>(sum);
}`,
    parameters: [...parameters, x.offset, y.offset],
    threads: inputs,
  });
};

/** The fields of a gather among places, and its bindings; `writes` is x or y. */
function readPlaces(record: RecordReader, gpu: Encoder, writes: "x" | "y") {
  const [images, places, channels, count] = record.take(4) as [number, number, number, number];
  const [x, index, y] = [record.operand(), record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of((writes === "x" ? x : y).storage), "float32");
  const from = bindings.read(gpu.buffers.of((writes === "x" ? y : x).storage));
  const by = bindings.read(gpu.buffers.of(index.storage));
  const faults = bindings.write(gpu.faults, "bool");
  const parameters = [places, channels, count, x.offset, index.offset, y.offset];
  return { images, channels, count, bindings, into, from, by, faults, parameters };
}

export const poolGather: Kernel = (record, gpu) => {
  const { images, channels, count, bindings, into, from, by, faults, parameters } = readPlaces(record, gpu, "y");
  gpu.dispatch({
    key: `poolGather ${from} ${by} ${into}`,
    bindings,
    code: () => `fn run(t: u32) {
  let image = t / (P(2u) * P(3u));
  var place = b${by}[P(5u) + t];
  if (place >= P(1u)) {
    ${report("gather", faults, "bitcast<i32>(place)", "P(1u)")}
    place = 0u;
  }
  b${into}[P(6u) + t] = b${from}[P(4u) + (image * P(1u) + place) * P(2u) + t % P(2u)];
}`,
    parameters,
    threads: images * count * channels,
  });
};

/** A lane takes a channel of an image: x = 0, then y is added in order. */
export const poolScatter: Kernel = (record, gpu) => {
  const { images, channels, bindings, into, from, by, faults, parameters } = readPlaces(record, gpu, "x");
  gpu.dispatch({
    key: `poolScatter ${from} ${by} ${into}`,
    bindings,
    code: () => `fn run(t: u32) {
  let channel = t % P(2u);
  let image = t / P(2u);
  let x = P(4u) + image * P(1u) * P(2u) + channel;
  for (var i = 0u; i < P(1u); i++) { b${into}[x + i * P(2u)] = 0u; }
  for (var i = 0u; i < P(3u); i++) {
    let entry = (image * P(3u) + i) * P(2u) + channel;
    let place = b${by}[P(5u) + entry];
    if (place >= P(1u)) {
      ${report("gather", faults, "bitcast<i32>(place)", "P(1u)")}
      continue;
    }
    let at = x + place * P(2u);
    b${into}[at] = bitcast<u32>(bitcast<f32>(b${into}[at]) + bitcast<f32>(b${from}[P(6u) + entry]));
  }
}`,
    parameters,
    threads: images * channels,
  });
};
