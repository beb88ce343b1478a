import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { cancelRequested } from "../../engine/cancel.js";
import { KeyboardInterrupt } from "../evaluator/interrupt.js";
import type { Output } from "../evaluator/output.js";
import type { Runs } from "../evaluator/runs.js";

/** How often a waiting prompt looks whether the cell was stopped. */
const lookMilliseconds = 50;

export interface PromptOptions {
  output: Output;
  runs: Runs;
  /** Where the watchdog puts answers, and the word it counts them in. */
  port: MessagePort;
  answers: Int32Array;
}

/**
 * Makes the `prompt` of a notebook: it asks in the front end and waits for the answer.
 *
 * @example const name = prompt("Your name?");
 */
export function createPrompt({ output, runs, port, answers }: PromptOptions) {
  return function prompt(question = "", initial?: string): string | null {
    const run = runs.current;
    if (!run.allowStdin) {
      throw new Error(
        "prompt: this front end cannot ask for input. Run the cell in a notebook, or set the value in the code.",
      );
    }
    while (receiveMessageOnPort(port)) {
      // An answer to a prompt that was stopped is nobody's answer.
    }
    const text = initial === undefined ? String(question) : `${question} [${initial}]`;
    const seen = Atomics.load(answers, 0);
    output.send({ type: "input_request", run: run.number, prompt: text, password: false });
    while (Atomics.wait(answers, 0, seen, lookMilliseconds) === "timed-out") {
      if (cancelRequested()) throw new KeyboardInterrupt("the cell was stopped while it waited for input");
    }
    const received = receiveMessageOnPort(port) as { message: { value: string | null; message?: string } } | undefined;
    const answer = received?.message ?? { value: null };
    if (answer.value === null && answer.message) throw new Error(`prompt: ${answer.message}`);
    return answer.value === "" && initial !== undefined ? initial : answer.value;
  };
}
