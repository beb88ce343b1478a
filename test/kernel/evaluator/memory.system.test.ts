import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { Evaluator } from "./harness.js";

test("memoryReport says which cell made what is live, and under debug(true) which line", async () => {
  const evaluator = new Evaluator({ cwd: tmpdir() });
  await evaluator.ready;
  try {
    const run = async (code: string) => {
      const outcome = await evaluator.execute(code);
      expect(outcome.traceback).toBe("");
      return outcome.text;
    };
    await run("const a = gb.ones([300_000]); a.data().length");
    await run("await new Promise(done => setTimeout(done, 5)); const b = gb.ones([100_000]); b.data().length");
    await run("gb.debug(true); const c = gb.randn([200_000]); c.data().length; gb.debug(false)");
    const shares = await run("JSON.stringify(gb.memoryReport().cells.filter(s => s.bytes > 3e5).map(s => s.cell))");
    expect(shares).toContain("[1,3,2]");
    expect(await run("gb.memoryReport().sites.length")).toBe("1");
    expect(await run("gb.memoryReport().sites[0].site")).toMatch(/^'In\[3\]:1:\d+'$/);
  } finally {
    await evaluator.stop();
  }
});
