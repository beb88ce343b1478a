import { existsSync } from "node:fs";
import { type Command, CommandError } from "./command.js";
import { kernelEntry } from "./package-root.js";

export const kernel: Command = {
  name: "kernel",
  summary: "run as a Jupyter kernel (Jupyter does this; you rarely do)",
  operands: "CONNECTION_FILE",
  count: { least: 1, most: 1 },
  flags: {},
  async run({ operands }) {
    const file = operands[0]!;
    if (!existsSync(file))
      throw new CommandError(`${file}: no such connection file. Jupyter writes one when it starts a kernel.`);
    // The entry of the kernelspec, in this very process: it reads its own arguments.
    process.argv = [process.argv[0]!, kernelEntry(), file];
    await import("../kernel.js");
    return await new Promise<number>(() => {});
  },
};
