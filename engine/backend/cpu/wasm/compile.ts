import { setFlagsFromString } from "node:v8";

/** The part of the JavaScript API that is used here: TypeScript has it only among the types of a web page. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  validate: (code: Uint8Array) => boolean;
};

/** `(func (param v128 v128 v128) (result v128) f32x4.relaxed_madd)` as a module. */
export const fusedMultiplyAdd = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfd, 0x85, 0x02, 0x0b],
]);

/**
 * Compiles kernels that use relaxed SIMD. Node 20 has it, but behind a flag; a module that was compiled keeps what was allowed
 * then, also in workers.
 * @throws WebAssembly.CompileError when these are not our kernels, or relaxed SIMD cannot be had
 */
export function compileKernels(code: Uint8Array): object {
  // Later versions know no such flag, and say so on standard error.
  if (WebAssembly.validate(fusedMultiplyAdd)) return new WebAssembly.Module(code);
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  try {
    return new WebAssembly.Module(code);
  } finally {
    setFlagsFromString("--no-experimental-wasm-relaxed-simd");
  }
}
