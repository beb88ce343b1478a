import { readFileSync, writeFileSync } from "node:fs";

interface WrittenOutput {
  output_type: string;
  name?: string;
  text?: string[];
  data?: Record<string, string[] | string>;
  ename?: string;
  evalue?: string;
  traceback?: string[];
  execution_count?: number | null;
}

/** A cell as it stands in a file. */
export interface WrittenCell {
  cell_type: string;
  id: string;
  source: string[] | string;
  metadata: Record<string, unknown>;
  execution_count?: number | null;
  outputs?: WrittenOutput[];
}

export interface WrittenNotebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: { kernelspec?: { name: string }; language_info?: { name: string } };
  cells: WrittenCell[];
}

/** A code cell; an object takes the place of plain source to give it tags. */
export type CellSource = string | { source: string; tags: string[] };

/** Writes a notebook of code cells for our kernel, and returns the text of the file. */
export function writeNotebook(path: string, cells: CellSource[]): string {
  const text = `${JSON.stringify(
    {
      cells: cells.map((cell, index) => ({
        cell_type: "code",
        execution_count: null,
        id: `cell-${index + 1}`,
        metadata: typeof cell === "string" ? {} : { tags: cell.tags },
        outputs: [],
        source: typeof cell === "string" ? cell : cell.source,
      })),
      metadata: { kernelspec: { display_name: "TypeScript (gradbook)", language: "typescript", name: "gradbook" } },
      nbformat: 4,
      nbformat_minor: 5,
    },
    null,
    1,
  )}\n`;
  writeFileSync(path, text);
  return text;
}

export function readNotebook(path: string): WrittenNotebook {
  return JSON.parse(readFileSync(path, "utf8")) as WrittenNotebook;
}

/** What a reader sees of a cell: streams, and the plain text of results and displays. */
export function plainOutput(cell: WrittenCell): string {
  return (cell.outputs ?? [])
    .map(output => {
      const text = output.text ?? output.data?.["text/plain"] ?? output.traceback ?? "";
      return typeof text === "string" ? text : text.join("");
    })
    .join("");
}
