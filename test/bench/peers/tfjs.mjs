// TensorFlow.js on its WebAssembly backend. In Node it has no threads, so every thread count is one to it.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export async function open({ modules }) {
  const require = createRequire(join(modules, "package.json"));
  // What TensorFlow.js says about itself must not mix with the results.
  console.log = console.info = console.warn = console.error;
  const tf = require("@tensorflow/tfjs");
  const wasm = require("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm"))}/`);
  await tf.setBackend("wasm");
  await tf.ready();
  return {
    version: `TensorFlow.js ${tf.version.tfjs} on ${tf.getBackend()}, SIMD ${await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")}, 1 thread`,
    scope: { tf },
    waits: false,
    read: tensor => tensor.dataSync(),
    release: tensor => tensor.dispose(),
  };
}
