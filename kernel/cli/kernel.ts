import { existsSync } from "node:fs";
import { type Command, CommandError, UsageError } from "./command.js";
import { kernelEntry } from "./package-root.js";

export const kernel: Command = {
  name: "kernel",
  summary: "run as a Jupyter kernel (Jupyter does this; you rarely do)",
  operands: "[CONNECTION_FILE]",
  count: { least: 0, most: 1 },
  flags: {
    tslab: { help: "run notebooks written for tslab: type errors keep a cell from running" },
    js: { help: "with --tslab: notebooks in JavaScript" },
    "config-path": { value: "FILE", help: "the connection file, as the command line of tslab has it; means --tslab" },
  },
  async run({ operands, flags }) {
    const file = operands[0] ?? flags["config-path"];
    if (typeof file !== "string") {
      throw new UsageError("gradbook kernel: CONNECTION_FILE is missing. Jupyter writes one when it starts a kernel.");
    }
    if (flags.js && !flags.tslab && !flags["config-path"]) throw new UsageError("--js goes with --tslab");
    const dialect = flags.tslab || flags["config-path"] ? [flags.js ? "--jslab" : "--tslab"] : [];
    if (!existsSync(file))
      throw new CommandError(`${file}: no such connection file. Jupyter writes one when it starts a kernel.`);
    // The entry of the kernelspec, in this very process: it reads its own arguments.
    process.argv = [process.argv[0]!, kernelEntry(), ...dialect, file];
    await import("../kernel.js");
    return await new Promise<number>(() => {});
  },
};
