import { join } from "node:path";
import axe from "axe-core";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium, JupyterHome, python } from "../jupyter/environment.js";
import { LabPage } from "../jupyter/lab-page.js";
import { writeNotebook } from "../jupyter/notebooks.js";

/** A small network that reads drawn digits, trained in a second or two. */
const trained = `manualSeed(3);
const { train: drawn, test: held } = data.digits({ count: 500, size: 16, seed: 1 });
var images = held.images.reshape([100, 1, 16, 16]), labels = held.labels;
class Net extends nn.Module {
  conv = new nn.Conv2d(1, 8, 3, { padding: 1 });
  hidden = new nn.Linear(8 * 64, 32);
  out = new nn.Linear(32, 10);
  embed(x: Tensor): Tensor { return this.hidden(this.conv(x).relu().maxPool2d(2).reshape([x.shape[0], 512])).relu(); }
  forward(x: Tensor): Tensor { return this.out(this.embed(x)); }
}
var model = new Net(), optimizer = new optim.Adam(model.parameters(), { lr: 3e-3 });
var batch = (i: number) => [drawn.images.at(gb.slice(i * 50 % 400, i * 50 % 400 + 50)).reshape([50, 1, 16, 16]), drawn.labels.at(gb.slice(i * 50 % 400, i * 50 % 400 + 50))] as [Tensor, Tensor];
var step = compile((x: Tensor, y: Tensor) => { optimizer.zeroGrad(); const loss = model(x).crossEntropy(y); loss.backward(); optimizer.step(); return loss; });
for (let i = 0; i < 80; i++) step(...batch(i)).item();`;

describe.skipIf(!python || !chromium)("the explorers in JupyterLab", () => {
  let home: JupyterHome;
  let lab: LabPage;

  beforeAll(async () => {
    home = new JupyterHome();
    await home.install();
    writeNotebook(join(home.work, "explorers.ipynb"), [
      trained,
      'var roc = gb.views.threshold(model(images).softmax(-1).at("...", 8), labels.eq(8), { title: "Is it an 8?" }); roc',
      "var cloud = gb.views.projector(model.embed(images), { labels, images, title: 'What stands before the last layer' }); cloud",
      "var attack = gb.views.attack(model, images.at(gb.slice(0, 1)), labels.at(0)); attack",
      "console.log(JSON.stringify([roc.threshold, roc.counts, cloud.selected.length, attack.epsilon]))",
      `var run = control.training(optimizer);
var steps = 0;
while (await run.step()) { step(...batch(steps)).item(); steps++; }
console.log("stopped", steps > 0)`,
      'var ticks = widget({ esm: \'export default { render({ model, el }) { const draw = () => { el.textContent = "tick " + model.get("n"); }; model.on("change:n", draw); draw(); } }\', state: { n: 0 } }); ticks',
      "for (let i = 1; i <= 300; i++) { ticks.set('n', i); await new Promise(resolve => setTimeout(resolve, 100)); }",
      "run",
      "gb.views.browse(Array.from({ length: 100 }, (_, i) => ({ i, back: 99 - i })))",
      'var attend = randn([3, 4, 4]).softmax(-1); gb.views.heads(attend, { tokens: ["a", "b", "c", "d"] })',
      "gb.views.explore(randn([2, 3, 8, 8]))",
      'control.select("optimizer", ["sgd", "adam"])',
    ]);
    lab = await LabPage.open(home);
    await lab.page.setViewportSize({ width: 1280, height: 1500 });
  });
  afterAll(async () => {
    await lab?.close();
    await home.close();
  });

  const run = async (index: number) => {
    await lab.cell(index).locator(".cm-content").click();
    await lab.page.keyboard.press("Control+Enter");
  };
  const running = (index: number) => lab.cell(index).locator(".jp-InputPrompt", { hasText: "[*]" }).waitFor();
  const told = async (): Promise<[number, Record<string, number>, number, number]> => {
    await run(4);
    await lab.idle();
    return JSON.parse((await lab.cell(4).locator(".jp-OutputArea-output").textContent())!.trim());
  };
  const counts = async () =>
    (await lab.cell(1).locator(".gradbook-explorer table").first().locator("td").allInnerTexts()).slice(1).map(Number);

  test("the threshold's slider and a click on a curve move the counts that the kernel has", async () => {
    await lab.openNotebook("explorers.ipynb");
    for (const index of [0, 1, 2, 3]) {
      await run(index);
      await lab.idle();
    }
    const slider = lab.cell(1).locator("input[type=range]");
    await slider.waitFor();
    const before = await counts();
    await slider.press("Home");
    await expect.poll(counts).toEqual([expect.any(Number), 0, expect.any(Number), 0]);
    expect(await counts()).not.toEqual(before);
    await lab
      .cell(1)
      .locator(".gradbook-plot svg")
      .first()
      .click({ position: { x: 60, y: 40 } });
    await expect.poll(async () => (await counts())[1]).not.toBe(0);
    const [threshold, at] = await told();
    expect(await counts()).toEqual([at.truePositives, at.falseNegatives, at.falsePositives, at.trueNegatives]);
    await lab.cell(1).locator("input[type=number]").fill("0.25");
    await lab.cell(1).locator("input[type=number]").press("Enter");
    await expect.poll(async () => (await told())[0]).toBe(0.25);
    expect(threshold).not.toBe(0.25);
  });

  test("a point tells its class and shows its image at the pointer and at the keys; a loop selects", async () => {
    const picture = lab.cell(2).locator(".gradbook-cloud svg");
    await picture.scrollIntoViewIfNeeded();
    await picture.focus();
    await picture.press("ArrowRight");
    const tip = lab.cell(2).locator(".gradbook-tip");
    await tip.locator("img").waitFor({ timeout: 5000 });
    const first = await tip.textContent();
    expect(first).toMatch(/^\[\d+\] · \d$/);
    await picture.press("ArrowRight");
    await expect.poll(() => tip.textContent()).not.toBe(first);
    await picture.evaluate(p => p.scrollIntoView({ block: "center" }));
    const { mouse } = lab.page;
    const ring = (await lab.cell(2).locator("circle.ring").boundingBox())!;
    await mouse.move(ring.x + ring.width / 2, ring.y + ring.height / 2, { steps: 3 });
    await tip.locator("img").waitFor({ timeout: 5000 });
    const box = (await picture.boundingBox())!;
    const corners = [
      [0.02, 0.02],
      [0.98, 0.02],
      [0.98, 0.98],
      [0.02, 0.98],
    ] as const;
    await mouse.move(box.x + box.width * 0.02, box.y + box.height * 0.02);
    await mouse.down();
    for (const [x, y] of corners) await mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 4 });
    await mouse.up();
    await expect.poll(async () => (await told())[2]).toBe(100);
    await lab.cell(2).locator(".gradbook-legend button").first().click();
    await picture.focus();
    await picture.press("Escape");
    await expect.poll(async () => (await told())[2]).toBe(0);
    await lab.cell(2).locator(".gradbook-legend button").first().click();
    await picture.press("ArrowLeft");
  });

  test("epsilon moves the probabilities until the digit is taken for another", async () => {
    const slider = lab.cell(3).locator("input[type=range]");
    await lab.cell(3).locator(".right").waitFor();
    await slider.press("End");
    await lab.cell(3).locator(".wrong").waitFor({ timeout: 5000 });
    expect((await told())[3]).toBe(0.3);
    expect(await lab.cell(3).locator(".gradbook-pictures img").count()).toBe(3);
    await lab.cell(1).scrollIntoViewIfNeeded();
    await lab.picture("explorers-threshold");
    await lab.cell(3).locator(".gradbook-attack").scrollIntoViewIfNeeded();
    await lab.picture("explorers");
    expect(lab.problems).toEqual([]);
  });

  test("a slider is answered while a compiled step trains; a page loaded again in mid-training comes back", async () => {
    await lab.save("explorers.ipynb");
    await run(5);
    await running(5);
    const times = await lab
      .cell(1)
      .locator(".gradbook-explorer")
      .evaluate(async root => {
        const slider = root.querySelector<HTMLInputElement>("input[type=range]")!;
        const figures = root.querySelector(".gradbook-figures")!;
        const taken: number[] = [];
        for (let i = 0; i < 15; i++) {
          const began = performance.now();
          await new Promise<void>(resolve => {
            // The threshold among the figures is the kernel's answer.
            const before = figures.textContent;
            const observer = new MutationObserver(() => {
              if (figures.textContent === before) return;
              observer.disconnect();
              resolve();
            });
            observer.observe(figures, { childList: true });
            slider.value = String(2 + i);
            slider.dispatchEvent(new Event("input"));
          });
          taken.push(performance.now() - began);
          await new Promise(resolve => setTimeout(resolve, 20));
        }
        return taken.sort((a, b) => a - b);
      });
    console.log(
      `threshold slider to figures while training: median ${times[7]!.toFixed(0)} ms, worst ${times.at(-1)!.toFixed(0)} ms`,
    );
    // Browser, server and training share two cores here; slider.timed.test.ts holds the kernel alone to 100 ms.
    expect(times[7]).toBeLessThan(500);

    await lab.page.reload();
    const slider = lab.cell(1).locator("input[type=range]");
    await slider.waitFor({ timeout: 30_000 });
    for (const part of [lab.cell(2).locator("circle.ring"), lab.cell(3).locator(".gradbook-bars").first()])
      await part.waitFor({ state: "attached", timeout: 30_000 });
    await slider.press("Home");
    await expect.poll(async () => (await counts())[1], { timeout: 5000 }).toBe(0);
    await lab.menu("Kernel", "Interrupt Kernel");
    await lab.idle();
    const [threshold] = await told();
    expect(threshold).toBeLessThan(0.25);
  });

  test("ten changes a second for half a minute leave the last one", async () => {
    await run(6);
    await lab.cell(6).locator(".jp-OutputArea-output", { hasText: "tick 0" }).waitFor();
    await run(7);
    await lab
      .cell(6)
      .locator(".jp-OutputArea-output", { hasText: /tick 1\d\d/ })
      .waitFor({ timeout: 30_000 });
    await lab.cell(6).locator(".jp-OutputArea-output", { hasText: "tick 300" }).waitFor({ timeout: 60_000 });
    await lab.idle();
    expect(await lab.cell(6).locator(".jp-OutputArea-output").textContent()).toBe("tick 300");
    expect(lab.problems).toEqual([]);
  });

  test("pages are turned and sorted, a head is picked", async () => {
    for (const index of [9, 10]) {
      await run(index);
      await lab.idle();
    }
    const cells = () => lab.cell(9).locator(".gradbook-page tbody tr td:first-of-type").allInnerTexts();
    const slider = lab.cell(9).locator("input[type=range]");
    await slider.waitFor();
    expect((await cells())[0]).toBe("0");
    await lab.cell(9).locator("button[aria-label='next page']").click();
    await expect.poll(cells).toEqual(Array.from({ length: 12 }, (_, i) => String(12 + i)));
    await slider.press("End");
    await expect.poll(cells).toEqual(["96", "97", "98", "99"]);
    expect(await lab.cell(9).locator("output").textContent()).toBe("rows 96 to 99 of 100");
    await lab.cell(9).locator("select").selectOption("back ↑");
    await expect.poll(cells).toEqual(["3", "2", "1", "0"]);
    const heading = lab.cell(10).locator(".gradbook-page b").first();
    await lab.cell(10).locator("select").selectOption({ label: "2" });
    await expect.poll(() => heading.textContent()).toBe("Attention, head 2");
    await lab.cell(9).evaluate(cell => cell.scrollIntoView());
    await lab.picture("explorers-pages");
    expect(lab.problems).toEqual([]);
  });

  test("the keys go through the values of a tensor, each of which is told", async () => {
    await run(11);
    await lab.idle();
    const board = lab.cell(11).locator(".gradbook-board");
    const told = () => lab.cell(11).locator(".gradbook-note").textContent();
    const at = (place: string) => expect.poll(told, { timeout: 5000 }).toMatch(new RegExp(`^\\${place} = -?\\d`));
    await board.focus();
    await board.press("ArrowDown");
    await at("[0, 0, 0, 0\\]");
    await board.press("ArrowRight");
    await at("[0, 0, 0, 1\\]");
    await board.press("ArrowDown");
    await board.press("End");
    await at("[0, 0, 1, 7\\]");
    await board.press("ArrowRight");
    await board.press("Home");
    await board.press("ArrowUp");
    await board.press("ArrowUp");
    await at("[0, 0, 0, 0\\]");
    await lab.cell(11).locator("input[type=range]").first().press("ArrowRight");
    // Without the focus there is no place to tell of.
    await expect.poll(told).toMatch(/^8 x 8 · /);
    expect(await lab.cell(11).locator(".gradbook-spot").isVisible()).toBe(false);
  });

  test("a screen reader and the keyboard reach every control of every widget", async () => {
    for (const index of [8, 11, 12]) {
      await run(index);
      await lab.idle();
    }
    const live = [1, 2, 3, 8, 9, 10, 11, 12];
    for (const theme of ["JupyterLab Dark", "JupyterLab Light"]) {
      await lab.menu("Settings", "Theme", theme);
      await lab.page.locator(`body[data-jp-theme-light="${theme.includes("Light")}"]`).waitFor({ state: "attached" });
      await lab.page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
      for (const index of live) {
        await lab.cell(index).evaluate(cell => cell.scrollIntoView({ block: "center" }));
        const widget = lab.cell(index).locator(".gradbook-widget");
        await widget.waitFor();
        expect(await violations(widget), `cell ${index}, ${theme}`).toEqual([]);
        expect(await unreached(widget), `cell ${index}, ${theme}`).toEqual([]);
      }
    }
  });

  /** What axe finds in a widget. */
  async function violations(widget: Locator): Promise<string[]> {
    await lab.page.evaluate(source => {
      if (!("axe" in globalThis)) new Function(source)();
    }, `${axe.source}; globalThis.axe = axe;`);
    return widget.evaluate(async node => {
      const { run } = (globalThis as unknown as { axe: typeof axe }).axe;
      const result = await run({ include: [node as HTMLElement] } as never, { rules: { region: { enabled: false } } });
      return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(n => n.html.slice(0, 200)).join(" ")}`);
    });
  }

  /** The controls of a widget that Tab does not come to, from the first on. */
  async function unreached(widget: Locator): Promise<string[]> {
    const selector = ":is(summary, input, select, button, textarea, a[href], [tabindex='0']):not(:disabled):visible";
    const controls = widget.locator(selector);
    const count = await controls.count();
    expect(count).toBeGreaterThan(0);
    await controls.first().focus();
    for (let presses = 0; presses < count; presses++) {
      await lab.page.evaluate(() => document.activeElement?.setAttribute("data-reached", ""));
      await lab.page.keyboard.press("Tab");
    }
    const missed = await controls.evaluateAll(all =>
      all.filter(control => !control.hasAttribute("data-reached")).map(control => control.outerHTML.slice(0, 200)),
    );
    await widget.evaluate(node => {
      for (const control of node.querySelectorAll("[data-reached]")) control.removeAttribute("data-reached");
    });
    return missed;
  }
});
