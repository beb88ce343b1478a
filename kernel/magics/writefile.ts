import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { unquoted } from "./cd.js";
import { type Magic, MagicError } from "./magic.js";

export const writefile: Magic = {
  name: "writefile",
  cell: "%%writefile [-a] FILE",
  summary: "Writes the cell into a file, making the folders on the way; with -a at the end of the file.",
  details: "A TypeScript file that is written this way can be imported by the next cell, also after a change.",
  run({ args, body }, host) {
    const append = /^-a(\s|$)|\s-a$/.test(args);
    const name = unquoted(args.replace(/^-a(?=\s|$)|\s-a$/, "").trim());
    if (name === "") throw new MagicError("%%writefile: a file name is missing. Write %%writefile FILE.");
    const path = resolve(name);
    const verb = !existsSync(path) ? "wrote" : append ? "appended to" : "wrote over";
    try {
      mkdirSync(dirname(path), { recursive: true });
      (append ? appendFileSync : writeFileSync)(path, body.endsWith("\n") || body === "" ? body : `${body}\n`);
    } catch (error) {
      throw new MagicError(`%%writefile ${name}: ${(error as Error).message}`);
    }
    host.print(`${verb} ${name}\n`);
  },
};
