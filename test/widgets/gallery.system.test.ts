import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../../kernel/setup/chromium.mjs";
import { faults } from "./faults.js";
import { gallery } from "./samples.js";

/** Where the pictures go, for people who want to look at them; nowhere when it is not set. */
const pictures = process.env.GRADBOOK_GALLERY;

const executablePath = findChromium();
const themes = {
  light: { text: "rgba(0,0,0,.87)", muted: "rgba(0,0,0,.54)", page: "#fff", fill: "#eee", border: "#e0e0e0" },
  dark: { text: "#fff", muted: "rgba(255,255,255,.7)", page: "#111", fill: "#424242", border: "#616161" },
};
type Theme = keyof typeof themes;

const items = gallery().map(([name, bundle]) => ({ name, html: String(bundle["text/html"]) }));

/** What JupyterLab's sanitiser leaves of an untrusted output: no styles, no drawings (their text stays), no aria. */
function sanitised(html: string): string {
  return html
    .replace(/<style>.*?<\/style>/gs, "")
    .replace(/<svg.*?<\/svg>/gs, svg => svg.replace(/<[^>]*>/g, ""))
    .replace(/ aria-[a-z]+="[^"]*"/g, "");
}

function pageOf(theme: Theme, outputs: readonly string[]): string {
  const t = themes[theme];
  const variables = `--jp-ui-font-color1:${t.text};--jp-ui-font-color2:${t.muted};--jp-layout-color0:${t.page};--jp-layout-color2:${t.fill};--jp-border-color2:${t.border};--jp-ui-font-family:system-ui;--jp-code-font-family:monospace`;
  const body = outputs.map(html => `<div class="out" style="margin:12px 0">${html}</div>`).join("");
  return `<!doctype html><body data-jp-theme-light="${theme === "light"}" style="${variables};background:${t.page};color:${t.text};font:13px system-ui">${body}</body>`;
}

/** A picture's file. */
function pictureOf(name: string, theme: Theme): string {
  return `${name.replaceAll(" ", "-")}-${theme}.png`;
}

/** One page with the pictures of every view in both themes. */
function galleryPage(): string {
  const rows = items.map(({ name, html }) => {
    const images = (["light", "dark"] as const).map(
      theme => `<td><img src="${pictureOf(name, theme)}" alt="${name}, ${theme}" style="max-width:100%"></td>`,
    );
    return `<tr><th colspan="2" align="left">${name} <small>${(html.length / 1024).toFixed(1)} KB</small></th></tr><tr valign="top">${images.join("")}</tr>`;
  });
  return `<!doctype html><meta charset="utf-8"><title>gradbook: the views</title><body style="font:14px system-ui;background:#888"><table width="100%" style="table-layout:fixed">${rows.join("")}</table></body>`;
}

describe.skipIf(!executablePath)(`the gallery in Chromium${executablePath ? "" : " (skipped: no Chromium)"}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox"] });
    if (pictures) mkdirSync(pictures, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    if (pictures) writeFileSync(join(pictures, "index.html"), galleryPage());
  });

  async function open(theme: Theme, outputs: readonly string[], width = 940): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme });
    const requests: string[] = [];
    page.on("request", request => requests.push(request.url()));
    await page.setContent(pageOf(theme, outputs), { waitUntil: "load" });
    expect(requests.filter(url => !/^(data|about):/.test(url))).toEqual([]);
    return page;
  }

  test.each(["light", "dark"] as const)(
    "%s: nothing is cut, sticks out or is hard to read, wide and narrow",
    async theme => {
      for (const width of [940, 520]) {
        const page = await open(
          theme,
          items.map(item => item.html),
          width,
        );
        if (pictures && width === 940) {
          for (const [i, item] of items.entries()) {
            await page
              .locator(".out")
              .nth(i)
              .screenshot({ path: join(pictures, pictureOf(item.name, theme)) });
          }
        }
        expect(await faults(page, ".out")).toEqual([]);
        // Styles are there, so the pictures that stand for drawings are not.
        expect(await page.locator("img.o:visible").count()).toBe(0);
        expect(await page.locator("svg:visible").count()).toBeGreaterThan(10);
        await page.close();
      }
    },
  );

  test.each(["light", "dark"] as const)("%s: a screen reader and the keyboard reach everything", async theme => {
    const page = await open(
      theme,
      items.map(item => item.html),
    );
    await page.addScriptTag({ content: axe.source });
    const violations = await page.evaluate(async () => {
      const { run } = (globalThis as unknown as { axe: typeof axe }).axe;
      // The rules for whole pages are the application's affair.
      const result = await run({ include: [[".out"]] }, { rules: { region: { enabled: false } } });
      return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html.slice(0, 200)).join(" ")}`);
    });
    expect(violations).toEqual([]);

    const controls = await page
      .locator(".out :is(summary, input, select, button, textarea, a[href], [tabindex='0']):visible")
      .count();
    expect(controls).toBeGreaterThan(5);
    let reached = 0;
    for (let presses = 0; presses < 3 * controls && reached < controls; presses++) {
      await page.keyboard.press("Tab");
      reached += await page.evaluate(() => {
        const focus = document.activeElement;
        const isNew =
          focus?.matches(".out :is(summary, input, select, button, textarea, a[href], [tabindex='0'])") &&
          !focus.hasAttribute("data-reached");
        focus?.setAttribute("data-reached", "");
        return isNew ? 1 : 0;
      });
    }
    expect(reached).toBe(controls);
    // Enter opens what is folded.
    const summary = page.locator(".out summary").first();
    await summary.focus();
    const before = await summary.evaluate(s => (s.parentElement as HTMLDetailsElement).open);
    await page.keyboard.press("Enter");
    expect(await summary.evaluate(s => (s.parentElement as HTMLDetailsElement).open)).toBe(!before);
    await page.close();
  });

  test("untrusted: every chart is there as a picture, every heading as text", async () => {
    for (const theme of ["light", "dark"] as const) {
      const page = await open(
        theme,
        items.map(item => sanitised(item.html)),
      );
      const drawings = items.reduce((n, item) => n + (item.html.match(/<svg viewBox/g)?.length ?? 0), 0);
      expect(await page.locator("img.o:visible").count()).toBe(drawings);
      expect((await faults(page, ".out")).filter(fault => !fault.includes("contrast"))).toEqual([]);
      // The text that is left of a removed drawing stays hidden.
      expect(await page.locator(".v:visible").count()).toBe(0);
      // biome-ignore lint/performance/useDomNodeTextContent: what people see is the question.
      expect(await page.locator("body").innerText()).toContain("SmallConvNet · ● running · epoch 9 / 10");
      if (pictures) await page.screenshot({ path: join(pictures, `untrusted-${theme}.png`), fullPage: true });
      await page.close();
    }
  });
});
