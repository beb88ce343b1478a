import { Socket } from "node:net";
import { type MessagePort, workerData } from "node:worker_threads";
import { requestCancel } from "../../engine/cancel.js";
import { encodeFrame, FrameReader, type WatchdogReply, type WatchdogRequest } from "./frames.js";
import { signalSlots, signalStates } from "./interrupt.js";

/** What the main thread gives the watchdog. */
export interface WatchdogData {
  fd: number;
  /** The words of `engine/cancel.ts`. */
  cancel: Int32Array;
  /** The words of `interrupt.ts`. */
  signal: Int32Array;
  /** Counts answers to `prompt()`; the main thread sleeps on it. */
  answers: Int32Array;
  port: MessagePort;
}

/**
 * How long the gentler stages have before the last resort works, in milliseconds. Counted here: on a loaded machine this
 * thread may hear of all stages at once.
 */
const terminateAfter = 200;

// The watchdog is a thread of its own, so it hears the kernel while a cell spins.
const { fd, cancel, signal, answers, port } = workerData as WatchdogData;
const reader = new FrameReader<WatchdogRequest>();
/** The run that was asked to stop last, and when. */
let asked = { run: 0, at: 0 };
const socket = new Socket({ fd, readable: true, writable: true });

socket.on("data", bytes => {
  for (const request of reader.push(bytes)) handle(request);
});
socket.on("error", () => socket.destroy());
// The kernel is gone. The main thread hears it too and ends in order, unless it spins: then nobody is left to stop it.
socket.on("close", () => setTimeout(() => process.kill(process.pid, "SIGKILL"), 500));

function handle(request: WatchdogRequest): void {
  if (request.type === "input_reply") {
    port.postMessage({ value: request.value, message: request.message });
    Atomics.add(answers, 0, 1);
    Atomics.notify(answers, 0);
    return;
  }
  const { run, stage } = request;
  if (stage === 1) {
    requestCancel(cancel, run);
    if (asked.run !== run) asked = { run, at: performance.now() };
  } else if (stage === 2) sendSignal(run);
  else if (asked.run === run && performance.now() - asked.at > terminateAfter) void terminate(run);
  const reply: WatchdogReply = { type: "acknowledged", run, stage };
  socket.write(encodeFrame(reply));
}

/** Interrupts the script of `run`, if it is still being watched. See `watchForSignal` for the other half. */
function sendSignal(run: number): void {
  // On Windows this would end the process; there, every loop of a cell looks at the cancel word.
  if (process.platform === "win32") return;
  const { state, watched } = signalSlots;
  const { idle, sending, sent } = signalStates;
  if (Atomics.compareExchange(signal, state, idle, sending) !== idle) return;
  const running = Atomics.load(signal, watched) === run && Atomics.load(cancel, 1) === run;
  if (running) process.kill(process.pid, "SIGINT");
  Atomics.store(signal, state, running ? sent : idle);
  Atomics.notify(signal, state);
  // A signal that nothing answered may be followed by another, but not soon: on a loaded machine Node may still be about to
  // put its handlers back, and one that comes before that ends the process.
  if (running) setTimeout(() => Atomics.compareExchange(signal, state, sent, idle), 1000).unref();
}

/** The last resort before the process is killed: ends whatever JavaScript the main thread runs. */
async function terminate(run: number): Promise<void> {
  // Older engines abort when a thread with async context is terminated.
  if (Number(process.versions.node.split(".")[0]) < 24) return;
  const { Session } = await import("node:inspector");
  const session = new Session();
  session.connectToMainThread();
  // Looked at last: once the cell is over, it is the evaluator's own code that would be cut off.
  if (Atomics.load(cancel, 1) === run) session.post("Runtime.terminateExecution", () => session.disconnect());
  else session.disconnect();
}
