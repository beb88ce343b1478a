import type { DType } from "../../../dtype.js";
import type { Kind } from "../typed-tape.js";

/** Functions that lanes use which share a word of memory. */
export const elementFunctions: Readonly<Record<string, string>> = {
  signedByte: "fn signedByte(word: u32, i: u32) -> i32 { return extractBits(bitcast<i32>(word), 8u * (i & 3u), 8u); }",
  byteOf: "fn byteOf(word: u32, i: u32) -> u32 { return extractBits(word, 8u * (i & 3u), 8u); }",
};

/** In what an element is at hand after a load, unless another kind is asked for. */
export function kindOf(dtype: DType): Kind {
  if (dtype === "float32") return "f32";
  return dtype === "uint32" ? "u32" : "i32";
}

/** The literal 0 of a kind. */
export function zeroOf(kind: Kind): string {
  return kind === "f32" ? "0.0" : kind === "u32" ? "0u" : "0";
}

/** An expression for element `index` of buffer `b`, as `kind`. */
export function load(dtype: DType, b: number, index: string, kind: Kind, isAtomic = false): string {
  const word = (at: string) => (isAtomic ? `atomicLoad(&b${b}[${at}])` : `b${b}[${at}]`);
  let value: string;
  if (dtype === "float32") value = `bitcast<f32>(${word(index)})`;
  else if (dtype === "int32") value = `bitcast<i32>(${word(index)})`;
  else if (dtype === "uint32") value = word(index);
  else if (dtype === "int8") value = `signedByte(${word(`(${index}) / 4u`)}, ${index})`;
  else value = `i32(byteOf(${word(`(${index}) / 4u`)}, ${index}))`;
  return convert(value, kindOf(dtype), kind);
}

/** Values go between kinds by value; floats that become integers lose their fraction. */
export function convert(value: string, from: Kind, to: Kind): string {
  if (from === to) return value;
  if (from === "f32") return `${to === "i32" ? "toInt" : "toUint"}(${value})`;
  return `${to}(${value})`;
}

/** A statement that stores a value of `kind` as element `index`. Bytes share words: each lane changes its own. */
export function store(dtype: DType, b: number, index: string, value: string, kind: Kind): string {
  if (dtype === "float32") return `b${b}[${index}] = bitcast<u32>(${convert(value, kind, "f32")});`;
  if (dtype === "int32") return `b${b}[${index}] = bitcast<u32>(${convert(value, kind, "i32")});`;
  if (dtype === "uint32") return `b${b}[${index}] = ${convert(value, kind, "u32")};`;
  const isTrue = kind === "f32" ? `!isZero(${value})` : kind === "u32" ? `${value} != 0u` : `${value} != 0`;
  const byte = dtype === "bool" ? `select(0u, 1u, ${isTrue})` : `(bitcast<u32>(${convert(value, kind, "i32")}) & 255u)`;
  return `{
    let place = ${index};
    let shift = 8u * (place & 3u);
    let byte = ${byte};
    atomicAnd(&b${b}[place / 4u], ~(255u << shift));
    atomicOr(&b${b}[place / 4u], byte << shift);
  }`;
}
