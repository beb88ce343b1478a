// jax-js on its WebAssembly backend, single-threaded. Arrays are counted: a use consumes one, `.ref` keeps it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export async function open({ modules }) {
  // It asks what the browser is; Node 20 has no such object.
  globalThis.navigator ??= {};
  console.log = console.info = console.warn = console.error;
  const folder = join(modules, "node_modules", "@jax-js", "jax");
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const jax = await import(pathToFileURL(join(folder, about.module ?? about.main ?? "dist/index.js")).href);
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const ready = async array => {
    await array.blockUntilReady();
    return array;
  };
  return {
    version: `jax-js ${about.version} on wasm, 1 thread`,
    scope: { jax, ready, array: (numbers, shape) => jax.numpy.array(numbers).reshape(shape) },
    waits: true,
    read: array => array.data(),
    release: array => {
      if (array.refCount > 0) array.dispose();
    },
  };
}
