import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { Evaluator } from "./harness.js";

/** A fresh evaluator for each test of the block, in a fresh folder. */
export function evaluatorInFolder(name: string) {
  const here = { folder: "", evaluator: undefined as unknown as Evaluator, run };
  beforeEach(async () => {
    here.folder = realpathSync(mkdtempSync(join(tmpdir(), name)));
    here.evaluator = new Evaluator({ cwd: here.folder });
    await here.evaluator.ready;
  });
  afterEach(async () => {
    await here.evaluator.stop();
    rmSync(here.folder, { recursive: true, force: true });
  });

  /** The outcome of the last cell; none may fail. */
  async function run(...cells: string[]) {
    let outcome = await here.evaluator.execute("0");
    for (const code of cells) {
      outcome = await here.evaluator.execute(code);
      expect(outcome.traceback).toBe("");
    }
    return outcome;
  }
  return here;
}
