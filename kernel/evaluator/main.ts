import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";
import { cancelWords } from "../../engine/cancel.js";
import type { engineDescription } from "../../engine/index.js";
import { setCommChannel } from "../../widgets/comm.js";
import { setDisplaySink } from "../../widgets/display.js";
import { formatValue } from "../display/format.js";
import { packageName, preloadedNames } from "../prelude.js";
import { createQuestions } from "../stdin/prompt.js";
import { createTslab } from "../tslab/tslab.js";
import { createBindings } from "./bindings.js";
import { CellQueue } from "./cell-queue.js";
import { Comms } from "./comms.js";
import { captureOutput, silenceOwnWarnings } from "./console.js";
import { describePath } from "./describe.js";
import { ErrorReporter } from "./error-report.js";
import { Executor } from "./execute.js";
import { FrameReader, type Request } from "./frames.js";
import { Loader } from "./loader.js";
import { createNotebook } from "./notebook.js";
import { Output } from "./output.js";
import { hideContextOfPromises, Runs } from "./runs.js";
import { Stacks } from "./stacks.js";
import type { WatchdogData } from "./watchdog.js";

/** File descriptors that the kernel gives this process; `frames.ts` says what flows through them. */
const pipes = { out: 3, requests: 4, watchdog: 5 };

const started = performance.now() - performance.nodeTiming.bootstrapComplete;
const packageFolder = fileURLToPath(new URL("../../..", import.meta.url));
const packageUrl = new URL("../../widgets/index.js", import.meta.url).href;
const loadingPackage = loadPackage(packageUrl);

// Builtins as they are before anything is preloaded: these are the names that packages rely on.
const builtins = new Set(Object.getOwnPropertyNames(globalThis));

const signalWords = new Int32Array(new SharedArrayBuffer(8));
const answers = new Int32Array(new SharedArrayBuffer(4));
const port = startWatchdog();

const output = new Output(pipes.out);
const runs = new Runs();
const stacks = new Stacks();
const folder = process.cwd();
captureOutput(output, runs);
hideContextOfPromises();
silenceOwnWarnings();

const comms = new Comms(output, runs);
setCommChannel(comms);
setDisplaySink({
  show: ({ data, metadata, displayId, update }) => {
    const run = runs.current.number;
    const id = displayId === undefined ? {} : { displayId };
    output.send({ type: "display", run, data, metadata, update, buffers: [], ...id });
  },
  clear: wait => output.send({ type: "clear", run: runs.current.number, wait }),
  format: formatValue,
});

const bindings = await createBindings();
const tslab = createTslab(typescriptVersion());
Object.defineProperty(globalThis, Symbol.for("gradbook.tslab"), { value: tslab });
const loader = new Loader({
  folder,
  own: { [packageName]: packageUrl, tslab: tslabUrl() },
  hooksUrl: new URL("./local-hooks.js", import.meta.url).href,
  signal: () => runs.current.signal,
});
const reporter = new ErrorReporter(stacks, folder, packageFolder);
const executor = new Executor({ output, runs, bindings, loader, stacks, reporter, signalWords }, builtins);
stacks.install();

// Needed beside `breakOnSigint`: a signal that comes between two cells must not end the process.
process.on("SIGINT", () => {});
process.on("uncaughtException", error => executor.lateError(runs.current, error));
process.on("unhandledRejection", (reason, promise) => {
  executor.lateError(runs.ofPromise(promise) ?? runs.current, reason);
});
process.on("exit", () => output.flush());

const gradbook = await loadingPackage;
const { prompt, password } = createQuestions({ output, runs, port, answers });
const notebook = createNotebook(output, runs);
bindings.provide("prompt", () => prompt);
bindings.provide("password", () => password);
bindings.provide("notebook", () => notebook);
if (gradbook.module) {
  const { module } = gradbook;
  bindings.provide("gb", () => module);
  for (const name of preloadedNames) if (name in module) bindings.provide(name, () => module[name]);
}

listen();
output.send({
  type: "ready",
  node: process.version,
  pid: process.pid,
  engine: gradbook.engine,
  milliseconds: performance.now() - started,
});

/** Takes requests in order: a cell waits for the one before it in its shell, everything else is answered at once. */
function listen(): void {
  const reader = new FrameReader<Request>();
  const socket = new Socket({ fd: pipes.requests, readable: true, writable: false });
  const queues = new Map<string, CellQueue>();
  socket.on("data", bytes => {
    for (const request of reader.push(bytes)) {
      if (request.type !== "execute") {
        answer(request);
        continue;
      }
      const { subshell = "" } = request;
      const queue = queues.get(subshell) ?? new CellQueue(cell => executor.execute(cell));
      queues.set(subshell, queue);
      queue.add(request);
      if (queues.size > 1) for (const [id, { idle }] of queues) if (idle) queues.delete(id);
    }
  });
  // The kernel is gone: nobody will ever read what this process makes.
  socket.on("close", () => process.exit(0));
}

function answer(request: Exclude<Request, { type: "execute" }>): void {
  switch (request.type) {
    case "interrupt":
      executor.interrupt(request.run);
      return;
    case "describe": {
      const isTensor = tensorTest(gradbook.module);
      const path = request.path.replace(/^\s*[\p{ID_Start}$_][\p{ID_Continue}$]*/u, name =>
        executor.bindingName(name.trim()),
      );
      output.send({ type: "described", id: request.id, ...describePath(path, bindings, isTensor) });
      return;
    }
    case "comm_open":
    case "comm_msg":
    case "comm_close":
      receiveComm(request);
      return;
    case "shutdown":
      process.exit(0);
  }
}

function receiveComm(request: Extract<Request, { commId: string }>): void {
  const message = request as typeof request & { data: Record<string, unknown>; metadata: Record<string, unknown> };
  try {
    if (message.type === "comm_open") comms.opened(message);
    else if (message.type === "comm_msg") comms.received(message);
    else comms.closed(message);
  } catch (error) {
    executor.lateError(runs.latest, error);
  }
}

function startWatchdog() {
  const { port1, port2 } = new MessageChannel();
  const workerData: WatchdogData = {
    fd: pipes.watchdog,
    cancel: cancelWords,
    signal: signalWords,
    answers,
    port: port2,
  };
  const worker = new Worker(new URL("./watchdog.js", import.meta.url), { workerData, transferList: [port2] });
  worker.unref();
  return port1;
}

type Package = Record<string, unknown> & { Tensor?: unknown };

interface LoadedPackage {
  module?: Package;
  /** Which CPU kernels run, for the banner. */
  engine: string;
}

async function loadPackage(url: string): Promise<LoadedPackage> {
  try {
    const module = (await import(url)) as Package;
    return { module, engine: describeEngine(module) };
  } catch (error) {
    return { engine: `the engine could not be loaded: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** One line for the banner. It also loads the kernels, which the first tensor would otherwise wait for. */
function describeEngine(module: Package): string {
  const { kernels, threads, advice } = (module.engineDescription as typeof engineDescription)();
  return `CPU: ${kernels}, ${threads} ${threads === 1 ? "thread" : "threads"}${advice ? `. ${advice}` : ""}`;
}

function tensorTest(module: Package | undefined): (value: unknown) => boolean {
  const Tensor = module?.Tensor;
  return value => typeof Tensor === "function" && value instanceof Tensor;
}

function typescriptVersion(): string {
  try {
    const file = new URL("../../../node_modules/typescript/package.json", import.meta.url);
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  } catch {
    return "";
  }
}

/** Local files that import tslab get it through a module that lies in its own URL. */
function tslabUrl(): string {
  const source = `const t = globalThis[Symbol.for("gradbook.tslab")];
export const { versions, display, newDisplay } = t; export default t;`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
