import { notebookNames, packageName, preloadedNames } from "../prelude.js";
import { type NameKind, wordsOf } from "./cell-source.js";

/** Where a name that a cell can use comes from. */
export interface KnownName {
  /** Number of the frozen cell that declared it last. */
  cell: number;
  kind: NameKind;
}

/** File names of frozen cells start with this; they must be nobody's real files. */
export const cellModuleName = "__gradbook_cell_";

/** The module that gives out every frozen cell as a namespace of its own. */
export const cellsModule = "./__gradbook_cells__";

/** The name under which a frozen cell is imported. No cell would use it. */
export function cellNamespace(cell: number): string {
  return `${cellNamespacePrefix}${cell}`;
}

/** What those names begin with; a number follows. */
export const cellNamespacePrefix = "__gradbook_in_";

/**
 * The package in every document, so that types of it are printed by this name. Printed as `import("gradbook").Tensor` each
 * would be one more import of a shared document.
 */
export const packageNamespace = "__gradbook_package";

/** The names that cells have declared so far, each with its last declaration, and the ones that are preloaded. */
export class Names {
  readonly #known = new Map<string, KnownName>();

  declare(name: string, known: KnownName): void {
    this.#known.set(name, known);
  }

  clear(): void {
    this.#known.clear();
  }

  get(name: string): KnownName | undefined {
    return this.#known.get(name);
  }

  /** The cells whose declarations are still reachable by name. */
  cells(): Set<number> {
    return new Set([...this.#known.values()].map(known => known.cell));
  }

  /** Every name a new cell could use, with what it is. Preloaded names are among them unless a cell has redeclared them. */
  all(): Map<string, NameKind> {
    const all = new Map<string, NameKind>([["gb", "namespace"]]);
    for (const name of [...preloadedNames, ...notebookNames]) all.set(name, "const");
    for (const [name, { kind }] of this.#known) all.set(name, kind);
    return all;
  }

  /** What brings in the names that `text` uses and does not declare itself. */
  header(text: string, own: ReadonlyMap<string, unknown>): Header {
    const cells = new Set<number>();
    const preloaded: string[] = [];
    const aliases: string[] = [];
    let whole = false;
    for (const word of wordsOf(text)) {
      const printed = printedNamespace.exec(word);
      if (printed) cells.add(Number(printed[1]));
      if (own.has(word)) continue;
      const known = this.#known.get(word);
      if (known) {
        cells.add(known.cell);
        const target = `${cellNamespace(known.cell)}.${word}`;
        // An alias could not be assigned to.
        const assignable = known.kind === "let" || known.kind === "var";
        aliases.push(assignable ? `declare ${known.kind} ${word}: typeof ${target};` : `import ${word} = ${target};`);
      } else if (word === "gb") {
        whole = true;
      } else if (preloadedSet.has(word)) {
        preloaded.push(word);
      }
    }
    return { cells, preloaded, whole, aliases: aliases.join(" ") };
  }
}

/** What stands before a cell so that it sees the names of other cells and of the package. */
export interface Header {
  cells: ReadonlySet<number>;
  preloaded: readonly string[];
  /** Whether `gb`, the whole package, is among the names. */
  whole: boolean;
  /** Declarations of the cells' names, on one line. */
  aliases: string;
}

/**
 * The imports of a header, on one line. They are always from the same two modules: a document that begins to import from
 * another one costs the server a new program.
 */
export function importsOf({ cells, preloaded, whole }: Omit<Header, "aliases">): string {
  const namespaces = [...cells].map(cellNamespace).join(", ");
  return [
    `import { ${namespaces} } from "${cellsModule}"; import * as ${packageNamespace} from "${packageName}";`,
    // Imported, so that `nn.Module` is a type too; the global prelude can only declare values.
    `import { ${preloaded.join(", ")} } from "${packageName}";`,
    ...(whole ? [`import * as gb from "${packageName}";`] : []),
  ].join(" ");
}

const printedNamespace = new RegExp(`^${cellNamespacePrefix}(\\d+)$`);
const preloadedSet = new Set<string>(preloadedNames);
