import { expect, test } from "vitest";
import type { CellDiagnostic } from "../../../kernel/language/service.js";
import { diagnosticsText } from "../../../kernel/protocol/diagnostics-text.js";
import { withoutColours } from "../evaluator/harness.js";

const code = "const a = 1;\n\tconst b: string = a;\nconst c = [\n  1,\n];";

function at(line: number, column: number, endLine: number, endColumn: number, code = 2322): CellDiagnostic {
  return { severity: "error", code, message: `message ${code}`, line, column, endLine, endColumn };
}

const shown = (...diagnostics: CellDiagnostic[]) => withoutColours(diagnosticsText(diagnostics, code, "In[4]"));

test("shows place, message and the line with its error marked, tabs kept", () => {
  expect(shown(at(2, 8, 2, 9))).toBe(
    "In[4]:2:8 - error TS2322: message 2322\n2 | \tconst b: string = a;\n  | \t      ~\n",
  );
});

test("an error over several lines is marked to the end of its first", () => {
  expect(shown(at(3, 11, 5, 2))).toContain("3 | const c = [\n  |           ~\n");
});

test("errors of syntax are the cell's own to report", () => {
  expect(shown(at(1, 1, 1, 2, 1005))).toBe("");
});

test("a line that is not in the cell costs only the excerpt", () => {
  expect(shown(at(99, 1, 99, 2))).toBe("In[4]:99:1 - error TS2322: message 2322\n");
});

test("many are cut short, and counted", () => {
  const text = shown(...Array.from({ length: 13 }, () => at(1, 7, 1, 8)));
  expect(text.match(/TS2322/g)).toHaveLength(10);
  expect(text.endsWith("... and 3 more\n")).toBe(true);
});
