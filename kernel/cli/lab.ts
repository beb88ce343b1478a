import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Command, CommandError } from "./command.js";
import { ownPackage } from "./package-root.js";

/** What `kernel/setup` offers; plain JavaScript, because it runs before anything is built. */
interface LabSetup {
  runLab(args: string[], cwd: string): Promise<number>;
}

export const lab: Command = {
  name: "lab",
  summary: "open JupyterLab from a private Python environment (made at the first start); flags go to jupyter lab",
  raw: true,
  flags: {},
  async run({ operands }) {
    const { runLab } = (await import(
      pathToFileURL(join(ownPackage().root, "kernel", "setup", "lab.mjs")).href
    )) as LabSetup;
    try {
      return await runLab(operands, process.cwd());
    } catch (error) {
      throw new CommandError((error as Error).message);
    }
  },
};
