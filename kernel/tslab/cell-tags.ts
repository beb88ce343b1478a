/** What the comment at the head of a cell asks for, as in tslab: `@module name`, `@jsx`, `@browser`, `@node`. */
export interface CellTags {
  /** The cell is a module that later cells import as `./name`. */
  module?: string;
  /** The module is written with JSX: its file would end in `.tsx`. */
  jsx: boolean;
  /** The cell is meant for a browser. */
  browser: boolean;
}

const comment = /^\s*(?:\/\/[^\n]*\n\s*)*\/\*\*([\s\S]*?)\*\//;

/**
 * Reads the tags of a cell; undefined for a cell like any other.
 *
 * @example cellTags("/** @module shapes *\/ export const sides = 3") // { module: "shapes", jsx: false, browser: false }
 */
export function cellTags(code: string): CellTags | undefined {
  const text = comment.exec(code)?.[1];
  if (text === undefined) return undefined;
  const tags = new Map(
    [...text.matchAll(/(?:^|[\s*])@(\w+)(?:[ \t]+([^\s*@]+))?/g)].map(tag => [tag[1]!, tag[2] ?? ""]),
  );
  const name = tags.get("module");
  const module = name && /^\w+$/.test(name) ? name : undefined;
  const browser = tags.has("browser");
  if (module === undefined && !browser) return undefined;
  return { ...(module === undefined ? {} : { module }), jsx: tags.has("jsx"), browser };
}

/** The name of the file that a module cell stands for. */
export function moduleFile({ module, jsx }: CellTags): string {
  return `${module}${jsx ? ".tsx" : ".ts"}`;
}
