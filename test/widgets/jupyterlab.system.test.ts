import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../../kernel/setup/chromium.mjs";
import { gallery } from "./samples.js";

/** The Python that has JupyterLab; `npm test` sets it. */
const python = process.env.GRADBOOK_TEST_PYTHON;
const executablePath = findChromium();
const missing = !python ? "GRADBOOK_TEST_PYTHON is not set" : !executablePath ? "no Chromium" : "";
/** Where the pictures go, for people who want to look at them; nowhere when it is not set. */
const pictures = process.env.GRADBOOK_GALLERY;

const items = gallery();

describe.skipIf(missing !== "")(`saved outputs in JupyterLab${missing && ` (skipped: ${missing})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "gradbook-lab-"));
  let lab: ChildProcess;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    writeFileSync(join(folder, "gallery.ipynb"), JSON.stringify(notebook()));
    const port = await freePort();
    lab = startLab(folder, port);
    browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox"] });
    // Tall, because JupyterLab renders only the cells that are in sight.
    page = await browser.newPage({ viewport: { width: 1100, height: 9000 } });
    page.on("pageerror", error => complaints.push(error.message));
    const address = `http://127.0.0.1:${port}`;
    await waitFor(async () => (await fetch(`${address}/api`)).ok);
    await page.goto(`${address}/doc/tree/gallery.ipynb?reset`, { timeout: 90_000 });
    await page.waitForFunction(`window.jupyterapp?.shell?.currentWidget?.context?.isReady`, null, { timeout: 90_000 });
    await waitFor(async () => (await page.locator(".jp-RenderedHTML").count()) === items.length);
    // The question which kernel to use stands before the outputs.
    await page.keyboard.press("Escape");
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    lab?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test("an untrusted notebook shows every chart as a picture and leaves no loose text", async () => {
    const drawings = items.reduce(
      (n, [, bundle]) => n + (String(bundle["text/html"]).match(/<svg viewBox/g)?.length ?? 0),
      0,
    );
    expect(await page.locator(".jp-RenderedHTML svg").count()).toBe(0);
    expect(await page.locator(".jp-RenderedHTML img.o:visible").count()).toBe(drawings);
    expect(await page.locator(".jp-RenderedHTML .v:visible").count()).toBe(0);
    const broken = await page.evaluate(() => [...document.images].filter(image => image.naturalWidth === 0).length);
    expect(broken).toBe(0);
    const texts = await page.locator(".jp-RenderedHTML").allInnerTexts();
    expect(texts.join("\n")).toContain("SmallConvNet · ● running · epoch 9 / 10 · step 1,010 / 1,200");
    expect(texts.join("\n")).toContain("2 NaN 1 Inf first at [2, 5, 7]");
    await picture("untrusted");
  });

  test("a trusted one shows the drawings, in the page's theme", async () => {
    await page.evaluate(`for (const cell of jupyterapp.shell.currentWidget.content.model.cells) cell.trusted = true`);
    await waitFor(async () => (await page.locator(".jp-RenderedHTML svg:visible").count()) > 10);
    expect(await page.locator(".jp-RenderedHTML img.o:visible").count()).toBe(0);
    await picture("trusted-light");
    const lightText = await seriesColour();
    await page.evaluate(`jupyterapp.commands.execute("apputils:change-theme", { theme: "JupyterLab Dark" })`);
    await waitFor(async () => (await seriesColour()) !== lightText);
    await page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
    await picture("trusted-dark");
    expect(complaints).toEqual([]);
  });

  const seriesColour = () =>
    page
      .locator(".jp-RenderedHTML svg path.s1")
      .first()
      .evaluate(path => getComputedStyle(path).stroke);

  async function picture(name: string): Promise<void> {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `jupyterlab-${name}.png`) });
  }
});

function notebook() {
  const cells = items.map(([name, data], i) => ({
    cell_type: "code",
    execution_count: i + 1,
    id: `cell-${i}`,
    metadata: {},
    source: `// ${name}`,
    outputs: [{ output_type: "display_data", metadata: {}, data }],
  }));
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
}

/** JupyterLab with folders of its own, so that nothing of the user's is read or written. */
function startLab(folder: string, port: number): ChildProcess {
  const own = Object.fromEntries(
    ["CONFIG", "DATA", "RUNTIME"].map(name => [`JUPYTER_${name}_DIR`, join(folder, `.${name.toLowerCase()}`)]),
  );
  const args = ["-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", `--port=${port}`];
  const settings = [
    "--IdentityProvider.token=",
    `--ServerApp.root_dir=${folder}`,
    "--ServerApp.port_retries=0",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.news_url=None",
  ];
  return spawn(python!, [...args, ...settings], { cwd: folder, env: { ...process.env, ...own }, stdio: "ignore" });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Asks until it is so; a question that fails counts as no. @throws Error after 60 s */
async function waitFor(test: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    if (await test().catch(() => false)) return;
    await new Promise(resolve => setTimeout(resolve, 250));
  }
  throw new Error(`not so after 60 s: ${test}`);
}
