import { dirname, resolve } from "node:path";
import { type Command, CommandError, UsageError } from "./command.js";
import { readNotebookFile, writeNotebookFile } from "./notebook-file.js";

export const run: Command = {
  name: "run",
  summary: "execute a notebook without Jupyter and write its outputs into it (or into OUT)",
  operands: "NOTEBOOK.ipynb",
  count: { least: 1, most: 1 },
  flags: {
    output: { value: "OUT.ipynb", short: "o", help: "write the executed notebook here and leave the original alone" },
    timeout: { value: "S", help: "give up when one cell runs longer than S seconds (default: no limit)" },
    "allow-errors": { help: "go on after a cell that fails, keep its error as an output, and exit 0" },
  },
  async run({ operands, flags }) {
    const path = operands[0]!;
    const timeout = readTimeout(flags.timeout);
    const file = readNotebookFile(path);
    const output = String(flags.output ?? path);
    const { NotebookRun } = await import("./notebook-run.js");
    const { HeadlessKernel } = await import("./headless-kernel.js");
    const { Progress } = await import("./progress.js");

    const kernel = new HeadlessKernel(dirname(resolve(path)), String(file.notebook.metadata.kernelspec?.name));
    const execution = new NotebookRun(file.notebook, kernel, {
      ...(timeout === undefined ? {} : { timeout }),
      allowErrors: flags["allow-errors"] === true,
      progress: new Progress(process.stderr),
    });
    let asked = false;
    const onInterrupt = () => {
      // Whoever asks twice does not want to wait for the cell.
      if (asked) process.exit(130);
      asked = true;
      execution.stop();
    };
    process.on("SIGINT", onInterrupt).on("SIGTERM", onInterrupt);
    try {
      const failure = await execution.run();
      if (failure) {
        process.stderr.write(`\n${path}, ${failure.where}\n${failure.text}\n`);
        throw new CommandError(`${path}: ${failure.summary}; nothing was written`);
      }
    } finally {
      process.off("SIGINT", onInterrupt).off("SIGTERM", onInterrupt);
      await kernel.close();
    }
    const written = writeNotebookFile(file, output);
    const instead = written === output ? "" : ` (${path} changed during the run, and was left as it is)`;
    process.stderr.write(`gradbook: wrote ${written}${instead}\n`);
    return 0;
  },
};

function readTimeout(given: string | boolean | undefined): number | undefined {
  if (given === undefined) return undefined;
  const seconds = Number(given);
  if (!(seconds > 0)) throw new UsageError(`--timeout ${given}: give a number of seconds above 0`);
  return seconds;
}
