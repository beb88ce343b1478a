import type { Browser, Locator, Page } from "playwright-core";
import { answerKernelDialogs } from "./kernel-dialog.js";
import type { JupyterServer } from "./server.js";

/** The applications that show notebooks; one server has both. */
export type Application = "lab" | "notebook";

/** One notebook in a tab of its own, in JupyterLab or in Notebook 7. */
export class NotebookPage {
  readonly page: Page;
  /** What went wrong in the extension; the applications have errors of their own. */
  readonly problems: string[] = [];
  readonly #server: JupyterServer;
  readonly #application: Application;

  private constructor(page: Page, server: JupyterServer, application: Application) {
    this.page = page;
    this.#server = server;
    this.#application = application;
    page.on("pageerror", error => {
      if (/extensions\/gradbook\/|blob:/.test(error.stack ?? "")) this.problems.push(error.message);
    });
  }

  /** Opens the notebook at `path` and waits until its cells and its kernel are there. */
  static async open(
    browser: Browser,
    server: JupyterServer,
    { application, path, height = 1000 }: { application: Application; path: string; height?: number },
  ): Promise<NotebookPage> {
    const page = await browser.newPage({ viewport: { width: 1280, height } });
    const notebook = new NotebookPage(page, server, application);
    await answerKernelDialogs(page);
    await notebook.goTo(path);
    await notebook.idle(60_000);
    return notebook;
  }

  /** Shows another notebook in the same tab. */
  async goTo(path: string): Promise<void> {
    const { url, token } = this.#server;
    const place = this.#application === "lab" ? `doc/tree/${path}?reset&` : `notebooks/${path}?`;
    await this.page.goto(`${url}${place}token=${token}`);
    await this.page.locator(".jp-Notebook .jp-Cell").first().waitFor({ timeout: 60_000 });
  }

  /** The nth code cell, from 0. */
  cell(index: number): Locator {
    return this.page.locator(".jp-CodeCell").nth(index);
  }

  /** The outputs of the nth code cell. */
  outputs(index: number): Locator {
    return this.cell(index).locator(".jp-OutputArea-output");
  }

  /** Runs a cell and waits until it has the number that the kernel gave. */
  async run(index: number): Promise<void> {
    // A page behind another one is not drawn.
    await this.page.bringToFront();
    await this.idle();
    const prompt = this.cell(index).locator(".jp-InputPrompt");
    for (let tries = 0; tries < 10; tries++) {
      await this.click(index);
      await this.page.keyboard.press("Control+Enter");
      await this.page.waitForTimeout(500);
      // What is run before the kernel is quite there is not run at all.
      if (!(await prompt.textContent())?.includes("[ ]")) break;
    }
    await prompt.filter({ hasText: /\[\d+\]/ }).waitFor({ timeout: 30_000 });
  }

  /** Puts the cursor into a cell. @throws Error with what a dialog says that covers the page */
  async click(index: number): Promise<void> {
    const dialog = this.page.locator(".jp-Dialog").first();
    const clicked = this.cell(index).locator(".cm-content").click({ timeout: 15_000 });
    await clicked.catch(async (cause: unknown) => {
      if ((await dialog.count()) === 0) throw cause;
      throw new Error(`a dialog covers the page: ${await dialog.textContent()}`, { cause });
    });
  }

  /** Runs every cell, as a person does, and waits for the last of `outputs` outputs. */
  async runAll(outputs: number): Promise<void> {
    await this.idle();
    await this.run(0);
    for (const key of ["Escape", "Control+A", "Control+Enter"]) await this.page.keyboard.press(key);
    await this.page
      .locator(".jp-OutputArea-output")
      .nth(outputs - 1)
      .waitFor({ state: "attached", timeout: 60_000 });
    await this.idle();
  }

  /** Ends every kernel of the server. */
  async shutDownKernels(): Promise<void> {
    const { url, token } = this.#server;
    const headers = { authorization: `token ${token}` };
    const sessions = (await (await fetch(`${url}api/sessions`, { headers })).json()) as { id: string }[];
    for (const { id } of sessions) await fetch(`${url}api/sessions/${id}`, { method: "DELETE", headers });
  }

  /** Chooses a theme by its name, e.g. "JupyterLab Dark", in JupyterLab. */
  async changeTheme(name: string): Promise<void> {
    const light = name.includes("Light");
    if ((await this.page.locator(`body[data-jp-theme-light="${light}"]`).count()) > 0) return;
    const entry = (text: string) =>
      this.page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^${text}$`) }).last();
    await this.page.locator(".lm-MenuBar-itemLabel", { hasText: /^Settings$/ }).click();
    await entry("Theme").hover();
    await entry(name).click();
    await this.page.locator(`body[data-jp-theme-light="${light}"]`).waitFor({ state: "attached" });
    // It covers the page while the theme changes.
    await this.page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
  }

  /** Waits until the kernel is connected and has nothing to do. */
  async idle(timeout = 30_000): Promise<void> {
    await this.page
      .locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
      .first()
      .waitFor({ state: "attached", timeout });
  }

  /** Writes into a cell in place of what stands there. */
  async write(index: number, code: string): Promise<void> {
    await this.click(index);
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.type(code);
  }

  /** Saves the file. */
  async save(): Promise<void> {
    const saved = this.page.waitForResponse(response => response.request().method() === "PUT");
    await this.page.keyboard.press("Control+S");
    await saved;
  }

  /** Restarts the kernel, as a person does. */
  async restartKernel(): Promise<void> {
    await this.click(0);
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("0");
    await this.page.keyboard.press("0");
    await this.page.locator(".jp-Dialog button.jp-mod-accept").click();
    await this.page.locator(".jp-Dialog").waitFor({ state: "detached" });
    const busy = this.page.locator('.jp-Notebook-ExecutionIndicator:not([data-status="idle"])').first();
    await busy.waitFor({ state: "attached", timeout: 5000 });
    await this.idle();
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
