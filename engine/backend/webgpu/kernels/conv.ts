import { activations } from "../../commands.js";
import { Bindings } from "../bindings.js";
import type { Encoder } from "../encoder.js";
import type { RecordReader } from "../record-reader.js";
import type { Kernel } from "./kernel.js";

/** Names of the fields of a record, in order, as the shader has them: parameter 1 is `images`. */
const fields =
  "images height width channels outHeight outWidth filters kernelHeight kernelWidth strideY strideX padTop padLeft dilationY dilationX groups".split(
    " ",
  );

/** The fields and operands, their places in the shader, and its first lines: every field as an i32 constant. */
function read(record: RecordReader, gpu: Encoder, writes: "x" | "w" | "y") {
  const geometry = record.take(fields.length);
  const activation = record.next();
  const [x, w] = [record.operand(), record.operand()];
  const bias = record.optional();
  const y = record.operand();
  const bindings = new Bindings();
  const place = (name: string, { storage }: { storage: number }) => {
    const buffer = gpu.buffers.of(storage);
    return name === writes ? bindings.write(buffer, "float32") : bindings.read(buffer);
  };
  const [px, pw, py] = [place("x", x), place("w", w), place("y", y)];
  const pb = bias && place("bias", bias);
  const offsets = [x, w, y, bias].map(operand => operand?.offset ?? 0);
  const numbers = Object.fromEntries(fields.map((name, i) => [name, geometry[i]!])) as Record<string, number>;
  const element = (b: number | undefined, offset: number, index: string) =>
    `bitcast<f32>(b${b}[P(${fields.length + 1 + offset}u) + u32(${index})])`;
  return {
    numbers,
    activation,
    bindings,
    parameters: [...geometry, ...offsets],
    key: `${px} ${pw} ${py} ${pb}`,
    head: `${fields.map((name, i) => `let ${name} = I(${i + 1}u);`).join(" ")}
  let perGroup = channels / groups;
  let filtersPerGroup = filters / groups;
  let n = i32(t);`,
    x: (index: string) => element(px, 0, index),
    w: (index: string) => element(pw, 1, index),
    y: (index: string) => element(py, 2, index),
    bias: pb === undefined ? undefined : (index: string) => element(pb, 3, index),
    store: (value: string) => {
      const [b, offset] = writes === "x" ? [px, 0] : writes === "w" ? [pw, 1] : [py, 2];
      return `b${b}[P(${fields.length + 1 + offset}u) + t] = bitcast<u32>(${value});`;
    },
  };
}

const weightIndex = "((f * perGroup + c) * kernelHeight + ky) * kernelWidth + kx";

/** One lane for each element of y. */
export const conv: Kernel = (record, gpu) => {
  const c = read(record, gpu, "y");
  const { images, outHeight, outWidth, filters } = c.numbers as Record<string, number>;
  gpu.dispatch({
    key: `conv ${c.activation} ${c.key}`,
    bindings: c.bindings,
    parameters: c.parameters,
    threads: images! * outHeight! * outWidth! * filters!,
    code: () => `fn run(t: u32) {
  ${c.head}
  let f = n % filters;
  let ox = (n / filters) % outWidth;
  let oy = (n / (filters * outWidth)) % outHeight;
  let image = n / (filters * outWidth * outHeight);
  let firstChannel = (f / filtersPerGroup) * perGroup;
  var sum = 0.0;
  for (var ky = 0; ky < kernelHeight; ky++) {
    let iy = oy * strideY - padTop + ky * dilationY;
    if (iy < 0 || iy >= height) { continue; }
    for (var kx = 0; kx < kernelWidth; kx++) {
      let ix = ox * strideX - padLeft + kx * dilationX;
      if (ix < 0 || ix >= width) { continue; }
      for (var c = 0; c < perGroup; c++) {
        sum += ${c.x("((image * height + iy) * width + ix) * channels + firstChannel + c")} * ${c.w(weightIndex)};
      }
    }
  }
  ${c.bias ? `sum += ${c.bias("f")};` : ""}
  ${c.activation === activations.relu ? "sum = select(sum, 0.0, less(sum, 0.0));" : ""}
  ${c.store("sum")}
}`,
  });
};

/** One lane for each element of x: the windows that it lies in. */
export const convInputGrad: Kernel = (record, gpu) => {
  const c = read(record, gpu, "x");
  const { images, height, width, channels } = c.numbers as Record<string, number>;
  gpu.dispatch({
    key: `convInputGrad ${c.key}`,
    bindings: c.bindings,
    parameters: c.parameters,
    threads: images! * height! * width! * channels!,
    code: () => `fn run(t: u32) {
  ${c.head}
  let channel = n % channels;
  let ix = (n / channels) % width;
  let iy = (n / (channels * width)) % height;
  let image = n / (channels * width * height);
  let group = channel / perGroup;
  let c = channel % perGroup;
  var sum = 0.0;
  for (var ky = 0; ky < kernelHeight; ky++) {
    let top = iy + padTop - ky * dilationY;
    if (top < 0 || top % strideY != 0 || top / strideY >= outHeight) { continue; }
    for (var kx = 0; kx < kernelWidth; kx++) {
      let left = ix + padLeft - kx * dilationX;
      if (left < 0 || left % strideX != 0 || left / strideX >= outWidth) { continue; }
      for (var f = group * filtersPerGroup; f < (group + 1) * filtersPerGroup; f++) {
        sum += ${c.y("((image * outHeight + top / strideY) * outWidth + left / strideX) * filters + f")} * ${c.w(weightIndex)};
      }
    }
  }
  ${c.bias ? `sum += ${c.bias("channel")};` : ""}
  ${c.store("sum")}
}`,
  });
};

/** One lane for each weight, over all images, row by row. */
export const convWeightGrad: Kernel = (record, gpu) => {
  const c = read(record, gpu, "w");
  const { filters, channels, groups, kernelHeight, kernelWidth } = c.numbers as Record<string, number>;
  gpu.dispatch({
    key: `convWeightGrad ${c.key}`,
    bindings: c.bindings,
    parameters: c.parameters,
    threads: filters! * (channels! / groups!) * kernelHeight! * kernelWidth!,
    code: () => `fn run(t: u32) {
  ${c.head}
  let kx = n % kernelWidth;
  let ky = (n / kernelWidth) % kernelHeight;
  let c = (n / (kernelWidth * kernelHeight)) % perGroup;
  let f = n / (kernelWidth * kernelHeight * perGroup);
  let channel = (f / filtersPerGroup) * perGroup + c;
  var sum = 0.0;
  for (var image = 0; image < images; image++) {
    for (var oy = 0; oy < outHeight; oy++) {
      let iy = oy * strideY - padTop + ky * dilationY;
      if (iy < 0 || iy >= height) { continue; }
      // A row by itself: the sum of many small numbers keeps more of them.
      var row = 0.0;
      for (var ox = 0; ox < outWidth; ox++) {
        let ix = ox * strideX - padLeft + kx * dilationX;
        if (ix < 0 || ix >= width) { continue; }
        row += ${c.x("((image * height + iy) * width + ix) * channels + channel")} * ${c.y("((image * outHeight + oy) * outWidth + ox) * filters + f")};
      }
      sum += row;
    }
  }
  ${c.store("sum")}
}`,
  });
};
