import { preloadedNames } from "../prelude.js";
import { cellModuleName, cellNamespace, cellsModule, type Header, importsOf } from "./names.js";

/** The declarations that stand for an executed cell. */
interface FrozenCell {
  header: Header;
  body: string;
  /** The document it lives in. */
  document: string;
}

/** Cells that share a document. More of them make a change dearer, fewer make documents, each of which is dear once. */
const cellsPerDocument = 32;

/** The document through which every frozen cell is reached: `__gradbook_in_7` is what cell 7 declared. */
export const listDocument = `${cellsModule.slice(2)}.d.ts`;

/**
 * The executed cells as documents of declarations.
 *
 * To open a document, or to change what one imports, costs the server a new program (15-25 ms); to change anything else costs
 * it 2 ms. So cells are namespaces in shared documents whose imports never change. A cell that imports something itself has a
 * document of its own, because namespaces cannot import.
 */
export class FrozenCells {
  readonly #cells = new Map<number, FrozenCell>();
  readonly #shared: string[] = [];

  get size(): number {
    return this.#cells.size;
  }

  /** Adds a cell. @returns the document that has to be written for it */
  add(cell: number, header: Header, body: string): string {
    const alone = /^(import|declare global|declare module)\b/m.test(body);
    const document = alone ? `${cellModuleName}${cell}.d.ts` : this.#sharedWithRoom();
    this.#cells.set(cell, { header, body, document });
    return document;
  }

  /**
   * Forgets every cell that nothing refers to any more.
   *
   * @param named the cells whose names a new cell could use
   * @returns the documents that have changed by it
   */
  keepReachable(named: Iterable<number>): Set<string> {
    const reachable = new Set<number>();
    const pending = [...named];
    for (let cell = pending.pop(); cell !== undefined; cell = pending.pop()) {
      if (reachable.has(cell)) continue;
      reachable.add(cell);
      pending.push(...(this.#cells.get(cell)?.header.cells ?? []));
    }
    const changed = new Set<string>();
    for (const [cell, { document }] of this.#cells) {
      if (reachable.has(cell)) continue;
      this.#cells.delete(cell);
      changed.add(document);
    }
    return changed;
  }

  clear(): void {
    this.#cells.clear();
  }

  /** Names of all documents, the list first: a document must be referred to before it is opened. */
  documents(): string[] {
    return [listDocument, ...new Set([...this.#shared, ...[...this.#cells.values()].map(c => c.document)])];
  }

  /** The text of a document; undefined when it is not needed any more. */
  text(document: string): string | undefined {
    if (document === listDocument) return this.#list();
    const cells = [...this.#cells].filter(([, cell]) => cell.document === document);
    if (!this.#shared.includes(document)) {
      const only = cells[0]?.[1];
      return only && `${importsOf(only.header)}\n${only.header.aliases}\n${only.body}\nexport {};\n`;
    }
    const here = new Set(cells.map(([number]) => number));
    const elsewhere = new Set(cells.flatMap(([, { header }]) => [...header.cells]).filter(number => !here.has(number)));
    const imports = importsOf({ cells: elsewhere, preloaded: preloadedNames, whole: true });
    const namespaces = cells.map(
      ([number, { header, body }]) =>
        `export declare namespace ${cellNamespace(number)} {\n${header.aliases}\n${body}\n}`,
    );
    return [imports, ...namespaces, "export {};\n"].join("\n");
  }

  #sharedWithRoom(): string {
    const counts = new Map<string, number>();
    for (const { document } of this.#cells.values()) counts.set(document, (counts.get(document) ?? 0) + 1);
    const found = this.#shared.find(document => (counts.get(document) ?? 0) < cellsPerDocument);
    return found ?? this.#grow();
  }

  #grow(): string {
    const document = `${cellModuleName}s_${this.#shared.length + 1}.d.ts`;
    this.#shared.push(document);
    return document;
  }

  #list(): string {
    const module = (document: string) => `"./${document.replace(/\.d\.ts$/, "")}"`;
    const lines = this.#shared.map(document => `export * from ${module(document)};`);
    for (const [number, { document }] of this.#cells) {
      if (!this.#shared.includes(document)) {
        lines.push(`export * as ${cellNamespace(number)} from ${module(document)};`);
      }
    }
    return `${lines.join("\n")}\nexport {};\n`;
  }
}
