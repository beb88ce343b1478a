import type { ErrorReport } from "../evaluator/frames.js";
import type { Loss } from "./evaluators.js";

/** What a cell's user is told when the process that held their variables is gone. */
export function describeLoss(loss: Loss): ErrorReport {
  const { ename, evalue } = loss.wasReady ? lostWhileRunning(loss) : neverStarted(loss);
  const after = loss.wasReady
    ? "All variables and imports of this notebook are lost; the kernel itself goes on with a fresh evaluator. Run the cells that define what you need again."
    : "Nothing was executed. The next cell tries to start it again.";
  return { ename, evalue: `${evalue} ${after}`, traceback: [`\x1b[1m${ename}\x1b[22m: ${evalue}`, after] };
}

function lostWhileRunning({ code, signal, lastWords, killed }: Loss): { ename: string; evalue: string } {
  if (killed !== undefined) return { ename: "KeyboardInterrupt", evalue: killed };
  const ename = "EvaluatorLost";
  if (/heap out of memory|Allocation failed|Out of memory/i.test(lastWords)) {
    return {
      ename,
      evalue:
        "the JavaScript heap ran out of memory. Keep less alive, or start Jupyter with NODE_OPTIONS=--max-old-space-size=8192 (MiB).",
    };
  }
  if (signal === "SIGKILL") {
    return { ename, evalue: "the evaluator was killed from outside, usually because the machine ran out of memory." };
  }
  if (signal) return { ename, evalue: `the evaluator crashed (${signal}): native code failed or called abort.` };
  return { ename, evalue: `the code ended its process (process.exit, code ${code}).` };
}

function neverStarted({ code, signal, lastWords }: Loss): { ename: string; evalue: string } {
  const why = lastWords.trim().split("\n").slice(-8).join("\n") || `it ended with ${signal ?? `code ${code}`}`;
  return { ename: "EvaluatorNotStarted", evalue: `the process that runs cells could not start: ${why}.` };
}
