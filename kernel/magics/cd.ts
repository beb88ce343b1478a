import { homedir } from "node:os";
import { resolve } from "node:path";
import { type Magic, MagicError } from "./magic.js";

let previous: string | undefined;

export const cd: Magic = {
  name: "cd",
  line: "%cd [FOLDER]",
  summary: "Changes the working folder, where programs run and files are read; without FOLDER, to the home folder.",
  details: "`%cd -` goes back. Imports are still looked up from the notebook's own folder.",
  run({ args }, host) {
    const before = process.cwd();
    const wanted = unquoted(args);
    if (wanted === "-" && previous === undefined)
      throw new MagicError("%cd -: there is no earlier folder to go back to");
    const target = wanted === "-" ? previous! : wanted === "" ? homedir() : wanted.replace(/^~(?=$|[\\/])/, homedir());
    try {
      process.chdir(target);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      const why = code === "ENOENT" ? "there is no such folder" : code === "ENOTDIR" ? "it is no folder" : String(code);
      throw new MagicError(`%cd ${wanted}: ${why} (${resolve(target)})`);
    }
    previous = before;
    host.print(`${process.cwd()}\n`);
  },
};

/** A path may be written in quotes. */
export function unquoted(text: string): string {
  return /^(["']).*\1$/s.test(text) ? text.slice(1, -1) : text;
}
