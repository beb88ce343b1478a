import { type Magic, MagicError } from "./magic.js";
import { runProgram } from "./program.js";

export const bash: Magic = {
  name: "bash",
  cell: "%%bash [ARGUMENT ...]",
  summary: "Runs the cell as a bash script; the cell fails if the script does.",
  details: "The arguments are $1, $2, ... of the script.",
  async run({ args, body }, host) {
    const end = await runProgram("bash", ["-s", "--", ...args.split(/\s+/).filter(Boolean)], { host, input: body });
    if (end !== "exit code 0") throw new MagicError(`%%bash: the script ended with ${end}`);
  },
};
