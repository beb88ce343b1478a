import { interpolate } from "./interpolate.js";
import type { Magic } from "./magic.js";
import { runProgram } from "./program.js";

export const sh: Magic = {
  name: "sh",
  line: "%sh COMMAND",
  summary:
    "Runs a line in the shell and prints what it prints; !COMMAND does so too where no known name follows the !.",
  details:
    "A line that ends with \\ goes on in the next one. Like in a terminal, a command that fails does not stop the cell;\nits exit code is printed. The shell sees process.env, which %env changes.\nValues of the notebook: {files.join(' ')} or $name, where a cell has declared the name that this begins with.",
  async run({ args }, host) {
    const isDeclared = (name: string) => host.names().includes(name);
    const command = interpolate(args, { isDeclared, evaluate: host.evaluate });
    const end = await runProgram(command, [], { shell: true, host });
    if (end !== "exit code 0") host.print(`[${end}]\n`, "stderr");
  },
};
