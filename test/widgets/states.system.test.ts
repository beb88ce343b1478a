import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium as browserType, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium, JupyterHome, python } from "../jupyter/environment.js";
import { pictures } from "../jupyter/lab-page.js";
import { NotebookPage } from "../jupyter/notebook-page.js";
import { writeNotebook } from "../jupyter/notebooks.js";
import { type JupyterServer, startServer } from "../jupyter/server.js";
import { faults } from "./faults.js";
import { hostileViews } from "./hostile.js";
import { expectSound } from "./markup.js";
import { gallery } from "./samples.js";

/** Every view there is, as values and with hostile names. A view that joins the gallery is in all states by that. */
const items = [...gallery(), ...hostileViews()];
const drawings = items.reduce((n, [, b]) => n + (String(b["text/html"]).match(/<svg viewBox/g)?.length ?? 0), 0);
const themes = ["JupyterLab Light", "JupyterLab Dark"] as const;
const path = "views.ipynb";
const outputs = ".jp-OutputArea-output";

test("as plain text every view says what it is, within its bytes", () => {
  for (const [name, bundle] of items) {
    expectSound(String(bundle["text/html"]));
    const text = String(bundle["text/plain"]);
    expect(text, name).toMatch(/\S/);
    expect(text.length, name).toBeLessThan(32 * 1024);
    expect(text, name).not.toMatch(/undefined|\[object |<(div|table|span|figure)\b/);
  }
});

describe.skipIf(!python || !chromium)("every view in a real notebook", () => {
  let home: JupyterHome;
  let server: JupyterServer;
  let browser: Browser;
  let notebook: NotebookPage;
  const requests: string[] = [];

  beforeAll(async () => {
    home = new JupyterHome();
    await home.install();
    // All cells are rendered, not only those in sight.
    const settings = join(home.folder, "config", "lab", "user-settings", "@jupyterlab", "notebook-extension");
    mkdirSync(settings, { recursive: true });
    writeFileSync(join(settings, "tracker.jupyterlab-settings"), JSON.stringify({ windowingMode: "none" }));
    writeFileSync(join(home.work, "items.json"), JSON.stringify(items));
    writeNotebook(join(home.work, path), [
      'import { readFileSync } from "node:fs";\nconst items = JSON.parse(readFileSync("items.json", "utf8"));',
      ...items.map((_, i) => `({ [Symbol.for("Jupyter.display")]: () => items[${i}][1] })`),
    ]);
    server = await startServer(home, "jupyterlab", home.work, python!, true);
    browser = await browserType.launch({ executablePath: chromium!, args: ["--no-sandbox", "--disable-gpu"] });
    notebook = await NotebookPage.open(browser, server, { application: "lab", path });
    notebook.page.on("request", request => requests.push(request.url()));
    mkdirSync(pictures, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await home.close();
  });

  /** Fails unless the page shows every view, readable in both themes, and none did harm. */
  async function expectAll(state: string, { readable = true, drawn = true } = {}): Promise<void> {
    const { page } = notebook;
    await page.waitForFunction(
      ([selector, count]) => document.querySelectorAll(selector).length === count,
      [outputs, items.length] as const,
      { timeout: 30_000 },
    );
    for (const theme of themes) {
      await notebook.changeTheme(theme);
      const found = await faults(page, outputs);
      expect(readable ? found : found.filter(fault => !fault.includes("contrast")), `${state}, ${theme}`).toEqual([]);
    }
    await expectInert(page);
    expect(await page.locator(`${outputs} svg:visible`).count(), state).toBe(drawn ? drawings : 0);
    expect(await page.locator(`${outputs} img.o:visible`).count(), state).toBe(drawn ? 0 : drawings);
    expect(requests.filter(url => !url.startsWith(server.url) && !/^(data|blob):/.test(url))).toEqual([]);
    expect(notebook.problems, state).toEqual([]);
  }

  async function expectInert(page: Page): Promise<void> {
    expect(await page.evaluate(() => "harmed" in window)).toBe(false);
    const texts = (await page.locator(outputs).allTextContents()).join("\n");
    expect(texts).not.toContain("Loading widget");
    expect(texts).toContain('<img src=x onerror="window.harmed = 1">');
  }

  test("live: run by the kernel, drawn by the extension", async () => {
    await notebook.runAll(items.length);
    await notebook.save();
    await expectAll("live");
    expect(await notebook.page.locator(".gradbook-view").count()).toBe(items.length);
  });

  test("reopened where its kernel is not installed: trusted and not, with the extension and without", async () => {
    await notebook.shutDownKernels();
    const kernels = join(home.prefixData, "kernels");
    renameSync(kernels, `${kernels}.away`);
    const reopen = () => notebook.goTo(path);
    const file = join(home.work, path);
    const trusted = readFileSync(file, "utf8");
    // One character that nobody signed.
    const untrusted = trusted.replace("items[0][1]", "items[0][2]");

    await reopen();
    await expectAll("trusted");
    writeFileSync(file, untrusted);
    await reopen();
    await expectAll("untrusted");
    expect(await notebook.page.locator(".gradbook-view").count()).toBe(items.length);

    const extensions = join(home.prefixData, "labextensions");
    renameSync(extensions, `${extensions}.away`);
    await reopen();
    // Fixed colours, on whatever the page has.
    await expectAll("untrusted, no extension", { readable: false, drawn: false });
    expect(await notebook.page.locator(".gradbook-view").count()).toBe(0);
    expect(await notebook.page.locator(`${outputs} .v:visible`).count()).toBe(0);
    writeFileSync(file, trusted);
    await reopen();
    await expectAll("trusted, no extension");
  });

  test("exported by nbconvert, light and dark", async () => {
    for (const theme of ["light", "dark"]) {
      const args = ["-m", "nbconvert", "--to", "html", `--HTMLExporter.theme=${theme}`, "--output", theme, path];
      const { code, stderr } = await home.python(args);
      expect(code, stderr).toBe(0);
      const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
      const asked: string[] = [];
      // What the template itself wants from elsewhere is not answered.
      await page.route(/^https?:/, route => {
        asked.push(route.request().url());
        return route.abort();
      });
      await page.goto(pathToFileURL(join(home.work, `${theme}.html`)).href);
      expect(asked.filter(url => !/require|mathjax|mermaid/i.test(url))).toEqual([]);
      expect(await page.locator(`${outputs} svg:visible`).count()).toBe(drawings);
      expect(await page.locator(`${outputs} img.o:visible`).count()).toBe(0);
      expect(await faults(page, outputs), theme).toEqual([]);
      await expectInert(page);
      await page.close();
    }
  });
});
