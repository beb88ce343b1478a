import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium, JupyterHome, python, root } from "./environment.js";
import { LabPage } from "./lab-page.js";
import { readNotebook, writeNotebook } from "./notebooks.js";

describe.skipIf(!python || !chromium)("JupyterLab driven by Chromium", () => {
  let home: JupyterHome;
  let lab: LabPage;

  beforeAll(async () => {
    home = new JupyterHome();
    await home.install();
    cpSync(join(root, "notebooks"), join(home.work, "notebooks"), { recursive: true });
    writeNotebook(join(home.work, "cells.ipynb"), [
      'const who: string = "the lab";\nconsole.log("hello " + who);',
      "await Promise.resolve(6 * 7)",
      'throw new RangeError("on purpose")',
    ]);
    writeNotebook(join(home.work, "live.ipynb"), ["let kept = 7;", "while (true) {}", "kept", "Math.sqr"]);
    lab = await LabPage.open(home);
  });
  afterAll(async () => {
    await lab?.close();
    await home.close();
  });

  test("runs the cells of a notebook and shows streams, results and errors", async () => {
    await lab.openNotebook("cells.ipynb");
    await lab.runAll();
    const output = (index: number) => lab.cell(index).locator(".jp-OutputArea-output");
    expect(await output(0).textContent()).toContain("hello the lab");
    expect(await output(1).textContent()).toContain("42");
    expect(await output(2).textContent()).toContain("RangeError: on purpose");
    expect(await lab.cell(2).locator(".jp-InputPrompt").textContent()).toContain("[3]");
    await lab.picture("cells");
  });

  test("completes with Tab, and the stop button ends a loop and keeps the state", async () => {
    await lab.openNotebook("live.ipynb");
    const { page } = lab;
    const run = async (index: number) => {
      await lab.cell(index).locator(".cm-content").click();
      await page.keyboard.press("Control+Enter");
    };
    await run(0);
    await lab.idle();
    await run(1);
    await lab.cell(1).locator(".jp-InputPrompt", { hasText: "[*]" }).waitFor();
    await page.waitForTimeout(500);
    await page.locator('jp-button[data-command="notebook:interrupt-kernel"]').click();
    const stopped = lab.cell(1).locator(".jp-OutputArea-output");
    await stopped.waitFor({ timeout: 10_000 });
    expect(await stopped.textContent()).toContain("KeyboardInterrupt");
    await lab.idle();

    await run(2);
    await lab.cell(2).locator(".jp-OutputArea-output").waitFor();
    expect(await lab.cell(2).locator(".jp-OutputArea-output").textContent()).toContain("7");

    await lab.cell(3).locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Tab");
    await page.locator(`.jp-Completer:not(.lm-mod-hidden) .jp-Completer-item[data-value="sqrt"]`).click();
    expect(await lab.cell(3).locator(".cm-content").textContent()).toBe("Math.sqrt");
  });

  test("a page whose first requests for the list of kernels fail asks for no kernel", async () => {
    const page = await lab.page.context().browser()!.newPage();
    let requests = 0;
    await page.route(/\/api\/kernelspecs/, route => (++requests <= 2 ? route.abort() : route.continue()));
    const { url, token } = lab.server;
    await page.goto(`${url}lab/tree/cells.ipynb?reset&token=${token}`);
    const idle = page.locator("#jp-bottom-panel", { hasText: "TypeScript (gradbook) | Idle" }).waitFor();
    const dialog = page.locator(".jp-Dialog");
    const asked = dialog.waitFor({ timeout: 60_000 }).then(async () => (await dialog.textContent()) ?? "");
    expect(await Promise.race([idle.then(() => "idle"), asked.catch(() => "")])).toBe("idle");
    expect(requests).toBeGreaterThan(2);
    await page.close();
  });

  test("opens the tour and every cell of it runs without an error", async () => {
    const path = "notebooks/00-tour.ipynb";
    expect(existsSync(join(home.work, path))).toBe(true);
    await lab.openNotebook(path);
    await lab.page.setViewportSize({ width: 1280, height: 3200 });
    await lab.runAll();
    await lab.save(path);
    const code = readNotebook(join(home.work, path)).cells.filter(
      c => c.cell_type === "code" && [c.source].flat().join("").trim() !== "",
    );
    expect(code.length).toBeGreaterThan(3);
    for (const cell of code) {
      const errors = (cell.outputs ?? []).filter(o => o.output_type === "error" || o.name === "stderr");
      expect(errors, [cell.source].flat().join("")).toEqual([]);
      expect(cell.execution_count, [cell.source].flat().join("")).toBeGreaterThan(0);
    }
    expect(code.some(c => c.outputs?.some(o => o.data?.["text/html"]))).toBe(true);
    await lab.picture("tour");
    expect(lab.problems).toEqual([]);
  });
});
