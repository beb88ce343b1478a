import type { MimeBundle } from "../../widgets/display.js";
import { type Magic, MagicError } from "./magic.js";

const intro =
  "Lines that are no TypeScript. A line that TypeScript can read, with names that are known, is never one of them.";

/** The table that help is about; it has help itself in it. */
export interface MagicTable {
  all(): readonly Magic[];
  find(name: string): Magic | undefined;
  /** What to do about a name that there is not. */
  suggest(name: string): string;
}

/** Makes the magic that tells about all others. */
export function createHelp(table: MagicTable): Magic {
  return {
    name: "help",
    line: "%help [NAME]",
    summary: "Lists the magics, or tells more about one.",
    run({ args }, host) {
      const name = args.replace(/^%+/, "");
      const magic = table.find(name);
      if (name && !magic) throw new MagicError(`%help ${name}: there is no such magic; ${table.suggest(name)}`);
      host.show(magic ? { "text/plain": magicHelp(magic) } : list(table.all()));
    },
  };
}

function list(magics: readonly Magic[]): MimeBundle {
  const rows = magics.map(magic => [forms(magic).join("  "), magic.summary]);
  const width = Math.max(...rows.map(([usage]) => usage!.length));
  const text = rows.map(([usage, summary]) => `${usage!.padEnd(width)}  ${summary}`).join("\n");
  const table = magics.map(magic => `| ${forms(magic).map(code).join("<br>")} | ${magic.summary} |`).join("\n");
  return { "text/plain": `${intro}\n\n${text}`, "text/markdown": `${intro}\n\n| | |\n|:--|:--|\n${table}` };
}

/** Everything that is known about a magic, as text. */
export function magicHelp(magic: Magic): string {
  return [forms(magic).join("\n"), magic.summary, magic.details].filter(Boolean).join("\n\n");
}

function forms({ line, cell }: Magic): string[] {
  return [line, cell].filter(form => form !== undefined);
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
