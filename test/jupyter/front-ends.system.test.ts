import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium as browserType } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium, JupyterHome, oldestPython, python } from "./environment.js";
import { type Application, NotebookPage } from "./notebook-page.js";
import { writeNotebook } from "./notebooks.js";
import { type JupyterServer, startServer } from "./server.js";

const releases = [
  ["newest", python],
  ["oldest", oldestPython],
] as const;
const applications = [
  ["JupyterLab 4", "lab"],
  ["Notebook 7", "notebook"],
] as const;

const counter = `var w = widget({
  name: "Counter",
  esm: \`export default { render({ model, el }) {
    const button = document.createElement("button");
    button.className = "counted";
    const draw = () => { button.textContent = "count " + model.get("count"); };
    button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
    model.on("change:count", draw);
    draw();
    el.append(button);
  } }\`,
  state: { count: 3 },
}); w`;

describe.each(releases)("the front ends, %s release", (age, interpreter) => {
  describe.skipIf(!interpreter || !chromium)("on one server", () => {
    let home: JupyterHome;
    let server: JupyterServer;
    let browser: Browser;

    beforeAll(async () => {
      home = new JupyterHome();
      await home.install();
      server = await startServer(home, "jupyterlab", home.work, interpreter);
      browser = await browserType.launch({ executablePath: chromium!, args: ["--no-sandbox", "--disable-gpu"] });
    });
    afterAll(async () => {
      await browser?.close();
      await home.close();
    });

    describe.each(applications)("%s", (_, application: Application) => {
      const open = (path: string, height?: number) =>
        NotebookPage.open(browser, server, { application, path, ...(height ? { height } : {}) });

      test("runs cells, shows views and widgets that live, also after a reload and a restart", async () => {
        const path = `${application}-widget.ipynb`;
        writeNotebook(join(home.work, path), [
          counter,
          'console.log("count is " + w.get("count"))',
          "show.curve([3, 1, 2])",
        ]);
        const notebook = await open(path);
        await notebook.run(0);
        const button = notebook.cell(0).locator("button.counted");
        await button.click({ timeout: 15_000 });
        await notebook.cell(0).locator("button.counted", { hasText: "count 4" }).waitFor({ timeout: 10_000 });
        await notebook.run(1);
        expect(await notebook.outputs(1).textContent()).toContain("count is 4");
        await notebook.run(2);
        await notebook.cell(2).locator(".gradbook-view svg").waitFor();

        await notebook.save();
        await notebook.page.reload();
        await notebook.cell(0).locator("button.counted", { hasText: "count 4" }).click({ timeout: 30_000 });
        await notebook.cell(0).locator("button.counted", { hasText: "count 5" }).waitFor({ timeout: 10_000 });

        await notebook.restartKernel();
        // Its kernel is gone: what is left is its static form.
        await notebook.cell(0).locator("table", { hasText: "count" }).waitFor({ timeout: 20_000 });
        expect(await button.count()).toBe(0);
        await notebook.run(0);
        await notebook.cell(0).locator("button.counted", { hasText: "count 3" }).click({ timeout: 20_000 });
        await notebook.cell(0).locator("button.counted", { hasText: "count 4" }).waitFor({ timeout: 10_000 });
        expect(notebook.problems).toEqual([]);
        await notebook.close();
      });

      test("underlines a wrong layer before it runs and shows types, also after a restart", async () => {
        const path = `${application}-edit.ipynb`;
        writeNotebook(join(home.work, path), ["const layer = new nn.Linear(4, 8);", ""]);
        const notebook = await open(path);
        await notebook.run(0);
        const wrong = notebook.cell(1).locator(".gradbook-error").first();
        const tooltip = notebook.page.locator(".gradbook-hover");
        const check = async () => {
          await notebook.write(1, "layer(zeros([2, 5]))");
          await wrong.waitFor({ timeout: 20_000 });
          await wrong.hover();
          await tooltip.filter({ hasText: "Linear: expects 4 features on the last axis, got 5" }).waitFor();
          await notebook.write(1, "layer(zeros([2, 4]))");
          await wrong.waitFor({ state: "detached", timeout: 20_000 });
        };
        await check();
        await notebook
          .cell(1)
          .locator(".cm-line")
          .getByText("layer")
          .hover({ position: { x: 10, y: 8 } });
        await tooltip.locator("pre", { hasText: "const layer" }).waitFor();
        expect(await notebook.cell(1).locator(".jp-InputPrompt").textContent()).toContain("[ ]");
        await notebook.restartKernel();
        await notebook.run(0);
        await check();
        await notebook.save();
        await notebook.page.reload();
        await notebook.cell(1).locator(".cm-content").waitFor();
        await check();
        expect(notebook.problems).toEqual([]);
        await notebook.close();
      });

      test("keeps two notebooks of one server apart", async () => {
        const paths = ["one", "two"].map(name => `${application}-${name}.ipynb`);
        for (const path of paths) writeNotebook(join(home.work, path), [counter, 'w.get("count")']);
        const [first, second] = (await Promise.all(paths.map(path => open(path)))) as [NotebookPage, NotebookPage];
        for (const notebook of [first, second]) await notebook.run(0);
        await second.cell(0).locator("button.counted").click({ timeout: 15_000 });
        await second.cell(0).locator("button.counted", { hasText: "count 4" }).waitFor();
        for (const [notebook, count] of [
          [first, "3"],
          [second, "4"],
        ] as const) {
          await notebook.run(1);
          expect((await notebook.outputs(1).textContent())?.trim()).toBe(count);
          expect(await notebook.cell(0).locator("button.counted").textContent()).toBe(`count ${count}`);
          expect(notebook.problems).toEqual([]);
        }
        await Promise.all([first.close(), second.close()]);
      });

      test("shows the chart of a notebook that is not trusted", async () => {
        const path = `${application}-untrusted.ipynb`;
        const file = join(home.work, path);
        writeNotebook(file, ['show.curve([3, 1, 2], undefined, { title: "<img src=x onerror=document.title=1>" })']);
        const notebook = await open(path);
        await notebook.run(0);
        await notebook.save();
        writeFileSync(file, readFileSync(file, "utf8").replace("[3, 1, 2]", "[3, 1, 9]"));
        await notebook.goTo(path);
        const chart = notebook.cell(0).locator(".gradbook-view svg");
        await chart.waitFor();
        expect(await notebook.cell(0).locator(".gradbook-view img:visible").count()).toBe(0);
        expect(await notebook.cell(0).locator(".gradbook-view b").first().textContent()).toContain("onerror");
        expect(await notebook.page.title()).not.toBe("1");
        expect(notebook.problems, age).toEqual([]);
        await notebook.close();
      });
    });
  });
});
