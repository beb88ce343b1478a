import { Bindings } from "../bindings.js";
import { store } from "../wgsl/elements.js";
import { floatWord, type Kernel } from "./kernel.js";

/** Whole numbers travel as such, so that int32 keeps all its bits. */
const numberWords = (value: number) => [floatWord(value), Number.isInteger(value) ? value : 0];

export const fill: Kernel = (record, gpu) => {
  const out = record.operand();
  const [n, value] = record.take(2) as [number, number];
  const bindings = new Bindings();
  const b = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  const isWhole = Number.isInteger(value) && out.dtype !== "float32";
  gpu.dispatch({
    key: `fill ${out.dtype} ${isWhole}`,
    bindings,
    code: () => {
      const [given, kind] = isWhole
        ? out.dtype === "uint32"
          ? (["P(3u)", "u32"] as const)
          : (["I(3u)", "i32"] as const)
        : (["F(2u)", "f32"] as const);
      return `fn run(t: u32) { ${store(out.dtype, b, "t + P(1u)", given, kind)} }`;
    },
    parameters: [out.offset, ...numberWords(value)],
    threads: n,
  });
};

export const iota: Kernel = (record, gpu) => {
  const out = record.operand();
  const [n, start, step] = record.take(3) as [number, number, number];
  const bindings = new Bindings();
  const b = bindings.write(gpu.buffers.of(out.storage), out.dtype);
  const isWhole = Number.isInteger(start) && Number.isInteger(step) && out.dtype !== "float32";
  gpu.dispatch({
    key: `iota ${out.dtype} ${isWhole}`,
    bindings,
    code: () => {
      const [value, kind] = isWhole
        ? (["I(3u) + i32(t) * I(5u)", "i32"] as const)
        : (["F(2u) + f32(t) * F(4u)", "f32"] as const);
      return `fn run(t: u32) { ${store(out.dtype, b, "t + P(1u)", `(${value})`, kind)} }`;
    },
    parameters: [out.offset, ...numberWords(start), ...numberWords(step)],
    threads: n,
  });
};
