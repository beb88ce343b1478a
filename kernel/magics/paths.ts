import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { CompletionList } from "../language/service.js";

/** Most files that are offered. */
const most = 200;

/** The files and folders that the word before the cursor may become; paths begin at the notebook's folder. */
export function completePath(code: string, offset: number): CompletionList {
  const word = /[^\s"'=:;|&<>()!]*$/.exec(code.slice(0, offset))![0];
  const slash = word.lastIndexOf("/") + 1;
  const [folder, prefix] = [word.slice(0, slash), word.slice(slash)];
  const start = offset - prefix.length;
  try {
    const entries = readdirSync(resolve(folder.replace(/^~(?=\/)/, homedir()) || "."), { withFileTypes: true });
    const items = entries
      .filter(({ name }) => name.startsWith(prefix) && (prefix !== "" || !name.startsWith(".")))
      .map(entry =>
        entry.isDirectory() ? { text: `${entry.name}/`, kind: "folder" } : { text: entry.name, kind: "file" },
      )
      .sort((a, b) => (a.text < b.text ? -1 : 1));
    return { start, end: offset, items: items.slice(0, most) };
  } catch {
    return { start: offset, end: offset, items: [] };
  }
}
