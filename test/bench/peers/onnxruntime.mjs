// onnxruntime for Node on the CPU. Its package brings the library; the install script, which is not run, would only add CUDA's.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { resetter, values } from "../values.mjs";

export async function open({ modules, engine, threads }) {
  const require = createRequire(join(modules, "package.json"));
  const { InferenceSession, Tensor } = require("onnxruntime-node");
  const about = readFileSync(join(modules, "node_modules", "onnxruntime-node", "package.json"), "utf8");
  // Ours writes the model and computes nothing while the clock runs.
  const gb = await import(pathToFileURL(engine).href);
  gb.setThreads(1);
  /** `run()` of a model file on inputs of float32: { name: [numbers, shape] }. */
  const session = async (bytes, inputs) => {
    const made = await InferenceSession.create(bytes, { intraOpNumThreads: threads, interOpNumThreads: 1 });
    const feeds = Object.entries(inputs).map(([name, [numbers, shape]]) => [
      name,
      new Tensor("float32", numbers, shape),
    ]);
    const named = Object.fromEntries(feeds);
    return () => made.run(named);
  };
  return {
    version: `onnxruntime-node ${JSON.parse(about).version}`,
    scope: { gb, reset: resetter(gb), values, session },
    waits: true,
    read: tensor => tensor.data,
    release: () => {},
  };
}
