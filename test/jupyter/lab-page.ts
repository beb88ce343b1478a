import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium as browserType, type Locator, type Page } from "playwright-core";
import { chromium, type JupyterHome, root } from "./environment.js";
import { answerKernelDialog, answerKernelDialogs } from "./kernel-dialog.js";
import { type JupyterServer, startServer } from "./server.js";

/** Pictures that tests take, for people to look at; git ignores it. */
export const pictures = join(root, "test", "output", "jupyter");

/** JupyterLab in a real browser. */
export class LabPage {
  readonly page: Page;
  readonly server: JupyterServer;
  /** What the page said went wrong. */
  readonly problems: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page, server: JupyterServer) {
    this.#browser = browser;
    this.page = page;
    this.server = server;
    page.on("pageerror", error => this.problems.push(error.message));
  }

  /** Starts JupyterLab on `folder` and opens it. */
  static async open(home: JupyterHome, folder = home.work): Promise<LabPage> {
    // Without this JupyterLab asks at its first start whether it may fetch news.
    const settings = join(home.folder, "config", "lab", "user-settings", "@jupyterlab", "apputils-extension");
    mkdirSync(settings, { recursive: true });
    writeFileSync(
      join(settings, "notification.jupyterlab-settings"),
      JSON.stringify({ fetchNews: "false", checkForUpdates: false }),
    );
    mkdirSync(pictures, { recursive: true });
    const server = await startServer(home, "jupyterlab", folder);
    const browser = await browserType.launch({
      executablePath: chromium!,
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await answerKernelDialogs(page);
    return new LabPage(browser, page, server);
  }

  /** Opens a notebook alone and waits until its kernel is ready. */
  async openNotebook(path: string): Promise<void> {
    const { url, token } = this.server;
    await this.page.goto(`${url}lab/tree/${path}?reset&token=${token}`);
    await this.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").first().waitFor({ timeout: 60_000 });
    const idle = this.idle();
    await Promise.race([idle, answerKernelDialog(this.page, 60_000).then(() => idle)]);
  }

  /** Waits until the kernel of the notebook in front is connected and idle: the status bar says so. */
  async idle(timeout = 60_000): Promise<void> {
    await this.page.locator("#jp-bottom-panel", { hasText: "TypeScript (gradbook) | Idle" }).waitFor({ timeout });
  }

  /** Chooses an entry of the menu bar, as a person does. */
  async menu(...labels: string[]): Promise<void> {
    const [bar, ...entries] = labels;
    await this.page.locator(".lm-MenuBar-itemLabel", { hasText: exactly(bar!) }).click();
    for (const entry of entries) {
      const label = this.page.locator(".lm-Menu-itemLabel", { hasText: exactly(entry) }).last();
      await label.hover();
      if (entry === entries.at(-1)) await label.click();
    }
  }

  /** Runs all cells and waits for the last one. */
  async runAll(timeout = 120_000): Promise<void> {
    await this.menu("Run", "Run All Cells");
    // Idle may be what it was before the first request went out.
    await this.page
      .locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .jp-InputPrompt", { hasText: /\[(\*|\d+)\]/ })
      .first()
      .waitFor({ timeout });
    await this.page.waitForFunction(
      () => ![...document.querySelectorAll(".jp-InputPrompt")].some(p => p.textContent?.includes("[*]")),
      undefined,
      { timeout },
    );
    await this.idle(timeout);
  }

  /** The nth code cell, from 0. */
  cell(index: number): Locator {
    return this.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell").nth(index);
  }

  /** Saves the notebook and waits until that is done. */
  async save(path: string): Promise<void> {
    const saved = this.page.waitForResponse(r => r.request().method() === "PUT" && r.url().includes(path));
    await this.menu("File", "Save Notebook");
    await saved;
  }

  /** Takes a picture of the notebook in each of JupyterLab's themes: NAME-light.png, NAME-dark.png. */
  async picture(name: string): Promise<void> {
    for (const [theme, label] of [
      ["dark", "JupyterLab Dark"],
      ["light", "JupyterLab Light"],
    ] as const) {
      await this.menu("Settings", "Theme", label);
      await this.page.locator(`body[data-jp-theme-light="${theme === "light"}"]`).waitFor({ state: "attached" });
      // It covers the page while the theme changes.
      await this.page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
      await this.page.screenshot({ path: join(pictures, `${name}-${theme}.png`) });
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

const exactly = (text: string) => new RegExp(`^${text}$`);
