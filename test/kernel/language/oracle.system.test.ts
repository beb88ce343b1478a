import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { declaredNames, readCell } from "../../../kernel/language/cell-source.js";
import { createLanguageService } from "../../../kernel/language/index.js";
import type { CellDiagnostic } from "../../../kernel/language/service.js";
import { mixedCells } from "./mixed-cells.js";

const cwd = mkdtempSync(join(tmpdir(), "gradbook-oracle-"));
const typesFolder = fileURLToPath(new URL("types", import.meta.url));
const timeout = 20_000;

/** Reads the sixty cells as one program, which is what frozen cells must not differ from. */
const whole = createLanguageService({ cwd, typesFolder });
const session = createLanguageService({ cwd, typesFolder });
const program = mixedCells.join("\n");

beforeAll(() => {
  whole.start();
  session.start();
});

afterAll(() => {
  whole.dispose();
  session.dispose();
  rmSync(cwd, { recursive: true });
});

/** Our own suggestions are left out: only the first mistakes of a text get them. The compiler's have codes of their own. */
const show = (d: CellDiagnostic, line = d.line) => {
  return `${line}:${d.column} ${d.code} ${d.message.replace(/ Did you mean '[^']*'\?/, "")}`;
};

/** A type is written with its module's name where that is the way to reach it; both ways are the same type. */
const plain = (signature = "") => signature.replace(/\bpath\.(?=[A-Z])/g, "");

test("sixty cells have the errors that they have as one program, and no others", async () => {
  expect(mixedCells).toHaveLength(60);
  const expected = (await whole.diagnostics(program, { timeout })).map(d => show(d));
  const found: string[] = [];
  let line = 0;
  for (const [i, code] of mixedCells.entries()) {
    for (const d of await session.diagnostics(code, { timeout })) found.push(show(d, d.line + line));
    session.commit(code, i + 1);
    line += code.split("\n").length;
  }
  expect(expected.length).toBeGreaterThan(25);
  expect(found).toEqual(expected);
});

test("every name has the type in a later cell that it has in one program", async () => {
  const names = mixedCells.flatMap(code => [...declaredNames(readCell(code))]);
  expect(names.length).toBeGreaterThan(100);
  const differences: string[] = [];
  for (const [name, kind] of names) {
    const use = kind === "type" ? `let hovered: ${name}` : `typeof ${name}`;
    const alone = await session.inspect(use, use.length - 1);
    const together = await whole.inspect(`${program}\n${use}`, program.length + use.length);
    expect(together?.signature, name).toBeTruthy();
    if (plain(alone?.signature) !== plain(together?.signature) || alone?.documentation !== together?.documentation) {
      differences.push(`${name}:\n${alone?.signature}\n--- one program:\n${together?.signature}`);
    }
  }
  expect(differences).toEqual([]);
});
