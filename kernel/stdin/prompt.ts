import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { cancelRequested } from "../../engine/cancel.js";
import { KeyboardInterrupt } from "../evaluator/interrupt.js";
import type { Output } from "../evaluator/output.js";
import type { Runs } from "../evaluator/runs.js";

/** How often a waiting question looks whether the cell was stopped. */
const lookMilliseconds = 50;

export interface PromptOptions {
  output: Output;
  runs: Runs;
  /** Where the watchdog puts answers, and the word it counts them in. */
  port: MessagePort;
  answers: Int32Array;
}

/** What a notebook asks its user with. */
export interface Questions {
  prompt(question?: string, initial?: string): string | null;
  password(question?: string): string | null;
}

/**
 * Makes the `prompt` and `password` of a notebook: they ask in the front end and wait for the answer.
 *
 * @example
 * const name = prompt("Your name?");
 * const token = password("Your token:"); // what is typed is not shown
 */
export function createQuestions({ output, runs, port, answers }: PromptOptions): Questions {
  const ask = (caller: string, text: string, hidden: boolean): string | null => {
    const run = runs.current;
    if (!run.allowStdin) {
      throw new Error(
        `${caller}: this front end cannot ask for input. Run the cell in a notebook, or ${hidden ? "read the value from process.env" : "set the value in the code"}.`,
      );
    }
    while (receiveMessageOnPort(port)) {
      // An answer to a question that was stopped is nobody's answer.
    }
    const seen = Atomics.load(answers, 0);
    output.send({ type: "input_request", run: run.number, prompt: text, password: hidden });
    while (Atomics.wait(answers, 0, seen, lookMilliseconds) === "timed-out") {
      if (cancelRequested()) throw new KeyboardInterrupt("the cell was stopped while it waited for input");
    }
    const received = receiveMessageOnPort(port) as { message: { value: string | null; message?: string } } | undefined;
    const answer = received?.message ?? { value: null };
    if (answer.value === null && answer.message) throw new Error(`${caller}: ${answer.message}`);
    return answer.value;
  };
  return {
    prompt(question = "", initial?: string) {
      const text = initial === undefined ? String(question) : `${question} [${initial}]`;
      const value = ask("prompt", text, false);
      return value === "" && initial !== undefined ? initial : value;
    },
    password: (question = "Password:") => ask("password", String(question), true),
  };
}
