import type { Magic } from "./magic.js";
import { runProgram } from "./program.js";

export const sh: Magic = {
  name: "sh",
  line: "%sh COMMAND",
  summary:
    "Runs a line in the shell and prints what it prints; !COMMAND does so too where no known name follows the !.",
  details:
    "A line that ends with \\ goes on in the next one. Like in a terminal, a command that fails does not stop the cell;\nits exit code is printed. The shell sees process.env, which %env changes.",
  async run({ args }, host) {
    const end = await runProgram(args, [], { shell: true, host });
    if (end !== "exit code 0") host.print(`[${end}]\n`, "stderr");
  },
};
