import { readFileSync } from "node:fs";
import { unquoted } from "./cd.js";
import { type Magic, MagicError } from "./magic.js";

/** Longest file that is put into a cell, in characters. */
const longest = 1_000_000;

export const load: Magic = {
  name: "load",
  line: "%load FILE|URL",
  summary: "Replaces the cell by the text of a file or of an address on the web.",
  async run({ args }, host) {
    const source = unquoted(args);
    if (source === "") throw new MagicError("%load: what is to be loaded? Write %load FILE, or %load https://...");
    const text = /^https?:/.test(source) ? await download(source, host.signal()) : read(source);
    if (text.length > longest) {
      throw new MagicError(
        `%load ${source}: ${text.length} characters are too many for a cell. Read the file in code.`,
      );
    }
    host.payload({ source: "set_next_input", text: `// %load ${args}\n${text}`, replace: true });
  },
};

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new MagicError(`%load ${path}: ${(error as Error).message}. Paths begin at ${process.cwd()}`);
  }
}

async function download(url: string, signal: AbortSignal): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    signal.throwIfAborted();
    const { message, cause } = error as Error;
    throw new MagicError(`%load ${url}: ${cause instanceof Error ? cause.message : message}`);
  }
  if (!response.ok) throw new MagicError(`%load ${url}: the server answered ${response.status} ${response.statusText}`);
  return response.text();
}
