/** Started by exit.system.test.ts: ends while a step is being computed, or lives until it is. The argument says how. */
import { isMainThread, Worker } from "node:worker_threads";
import { compile, ones, type Tensor } from "../../../engine/index.js";

const way = process.argv[2];
const step = compile((x: Tensor) => {
  let y = x;
  for (let i = 0; i < 100; i++) y = y.matmul(x as never) as Tensor;
  return y.mean() as Tensor;
});
const x = ones([512, 512]).mul(1 / 512) as Tensor;

if (way === "worker" && isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { argv: ["worker"], execArgv: [] });
  worker.once("message", () => {
    void worker.terminate().then(() => process.stdout.write("terminated"));
  });
} else {
  step(x);
  step(x);
  const promise = step.async(x);
  if (way === "exit") setTimeout(() => process.exit(3), 20);
  if (way === "await") void promise.then(y => process.stdout.write(Number(y.item()).toFixed(6)));
  if (way === "throw")
    setTimeout(() => {
      throw new Error("thrown meanwhile");
    }, 20);
  if (way === "worker")
    setTimeout(async () => (await import("node:worker_threads")).parentPort!.postMessage("busy"), 20);
}
