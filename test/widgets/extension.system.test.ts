import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { viewType } from "../../widgets/view-type.js";
import { chromium, JupyterHome, python } from "../jupyter/environment.js";
import { LabPage, pictures } from "../jupyter/lab-page.js";
import { readNotebook, writeNotebook } from "../jupyter/notebooks.js";

const counter = `var w = widget({
  name: "Counter",
  css: ".counted { padding: 4px 12px; }",
  esm: \`export default {
    initialize({ model }) { model.started = (model.started ?? 0) + 1; },
    render({ model, el, experimental }) {
      const button = document.createElement("button");
      button.className = "counted";
      const draw = () => { button.textContent = "count " + model.get("count") + " of " + new Uint8Array(model.get("data").buffer, model.get("data").byteOffset).length; };
      button.onclick = async () => {
        const [n] = await experimental.invoke("double", model.get("count"));
        model.set("count", n);
        model.save_changes();
      };
      model.on("change:count", draw);
      draw();
      el.append(button);
    },
  }\`,
  commands: { double: (n: number) => 2 * n },
  state: { count: 3, data: new Uint8Array(7) },
}); w`;

describe.skipIf(!python || !chromium)("the extension in JupyterLab", () => {
  let home: JupyterHome;
  let lab: LabPage;

  beforeAll(async () => {
    home = new JupyterHome();
    await home.install();
    writeNotebook(join(home.work, "widget.ipynb"), [
      counter,
      'w.on("change:count", n => console.log("now", String(n)));',
      "while (!w.closed) await new Promise(resolve => setTimeout(resolve, 5));",
    ]);
    writeNotebook(join(home.work, "edit.ipynb"), ["const layer = new nn.Linear(4, 8);", ""]);
    writeNotebook(join(home.work, "controls.ipynb"), [
      'var lr = control.slider("learning rate", { min: 1e-4, max: 1, value: 0.01, log: true }); lr',
      'var opt = control.select("optimizer", ["SGD", "Adam", "AdamW"]); opt',
      'var aug = control.checkbox("augment"); aug',
      'var note = control.text("note", { placeholder: "anything" }); note',
      'var again = control.button("Again"); again',
      "console.log([lr.value, opt.value, aug.value, note.value, again.value].join(' | '))",
    ]);
    writeNotebook(join(home.work, "explore.ipynb"), [
      "show.explore(arange(4 * 40 * 60).reshape([4, 40, 60]).mul(0.01).sin())",
      "var opt = new optim.SGD(new nn.Linear(2, 2).parameters(), { lr: 0.01 }); var run = control.training(opt); run",
      'let steps = 0; while (await run.step()) steps++;\nconsole.log("stopped", steps > 0);',
    ]);
    lab = await LabPage.open(home);
  });
  afterAll(async () => {
    await lab?.close();
    await home.close();
  });

  const outputs = (index: number) => lab.cell(index).locator(".jp-OutputArea-output");
  const run = async (index: number) => {
    await lab.cell(index).locator(".cm-content").click();
    await lab.page.keyboard.press("Control+Enter");
  };

  test("a widget runs without any Python package, both ways, also while a cell awaits", async () => {
    await lab.openNotebook("widget.ipynb");
    await run(0);
    const button = lab.cell(0).locator("button.counted");
    await button.waitFor();
    expect(await button.textContent()).toBe("count 3 of 7");
    await run(1);
    await lab.idle();
    await run(2);
    await lab.cell(2).locator(".jp-InputPrompt", { hasText: "[*]" }).waitFor();
    await button.click();
    await lab.cell(0).locator("button.counted", { hasText: "count 6" }).waitFor({ timeout: 5000 });
    await lab.cell(1).locator(".jp-OutputArea-output", { hasText: "now 6" }).waitFor({ timeout: 5000 });
    await lab.picture("widget");
  });

  test("a page that is loaded again while the cell runs shows the widget as it is now", async () => {
    await lab.save("widget.ipynb");
    await lab.page.reload();
    const button = lab.cell(0).locator("button.counted");
    await button.waitFor({ timeout: 30_000 });
    expect(await button.textContent()).toBe("count 6 of 7");
    await button.click();
    await lab.cell(0).locator("button.counted", { hasText: "count 12" }).waitFor({ timeout: 5000 });
  });

  test("a closed widget leaves its static form, in the page and in the file", async () => {
    await lab.menu("Kernel", "Interrupt Kernel");
    await lab.idle();
    await lab.cell(1).locator(".cm-content").click();
    await lab.page.keyboard.press("Control+A");
    await lab.page.keyboard.type("w.close()");
    await lab.page.keyboard.press("Control+Enter");
    await outputs(0).locator("table", { hasText: "count" }).waitFor({ timeout: 5000 });
    expect(await lab.cell(0).locator("button.counted").count()).toBe(0);
    await lab.save("widget.ipynb");
    const { outputs: saved = [] } = readNotebook(join(home.work, "widget.ipynb")).cells[0]!;
    expect(saved).toMatchObject([{ output_type: "execute_result" }]);
    const [output] = saved;
    expect(Object.keys(output!.data!).sort()).toEqual([viewType, "text/html", "text/plain"]);
    expect(String(output!.data!["text/plain"])).toContain("count: 12");
  });

  test("controls give the kernel what the page was told, with the keyboard and the pointer", async () => {
    await lab.openNotebook("controls.ipynb");
    await lab.runAll();
    const slider = lab.cell(0).locator("input[type=range]");
    await slider.focus();
    await slider.press("End");
    await lab.cell(1).locator("select").selectOption({ label: "AdamW" });
    await lab.cell(2).locator("input[type=checkbox]").check();
    await lab.cell(3).locator("input[type=text]").fill("héllo");
    await lab.cell(4).locator("button", { hasText: "Again" }).click();
    await lab.cell(4).locator("button", { hasText: "Again" }).click();
    expect(await lab.cell(0).locator("output").textContent()).toBe("1");
    await run(5);
    await outputs(5).filter({ hasText: "1 | AdamW | true | héllo | 2" }).waitFor({ timeout: 5000 });
    await lab.picture("controls");
  });

  test("the explorer shows the slice of its sliders; Stop and pause reach a loop that runs", async () => {
    await lab.openNotebook("explore.ipynb");
    await run(0);
    const canvas = lab.cell(0).locator("canvas");
    await canvas.waitFor();
    const pixels = () => canvas.evaluate(c => (c as HTMLCanvasElement).toDataURL());
    const before = await pixels();
    await lab.cell(0).locator("input[type=range]:visible").press("End");
    await lab.page.waitForFunction(
      ([was]) =>
        document.querySelector<HTMLCanvasElement>(".jp-NotebookPanel:not(.lm-mod-hidden) canvas")?.toDataURL() !== was,
      [before],
    );
    await canvas.hover({ position: { x: 3, y: 3 } });
    await lab.cell(0).locator("output.gradbook-note", { hasText: "[3, 0, 0] = 0.2538" }).waitFor({ timeout: 5000 });
    await run(1);
    await run(2);
    await lab.cell(2).locator(".jp-InputPrompt", { hasText: "[*]" }).waitFor();
    await lab.cell(1).getByRole("button", { name: "Pause" }).click();
    await lab.cell(1).getByRole("button", { name: "Go on" }).waitFor();
    await lab.picture("explorer");
    await lab.cell(1).getByRole("button", { name: "Stop" }).click();
    await outputs(2).filter({ hasText: "stopped true" }).waitFor({ timeout: 5000 });
  });

  test("a wrong layer is underlined before the cell runs, and the pointer shows types", async () => {
    await lab.openNotebook("edit.ipynb");
    await run(0);
    await lab.idle();
    await lab.cell(1).locator(".cm-content").click();
    await lab.page.keyboard.type("layer(zeros([2, 5]))");
    const wrong = lab.cell(1).locator(".gradbook-error");
    await wrong.first().waitFor({ timeout: 15_000 });
    expect(await lab.cell(1).locator(".jp-InputPrompt").textContent()).toContain("[ ]");
    await wrong.first().hover();
    const tooltip = lab.page.locator(".gradbook-hover");
    await tooltip.waitFor({ timeout: 5000 });
    expect(await tooltip.textContent()).toContain("Linear: expects 4 features on the last axis, got 5");
    await lab.page.screenshot({ path: join(pictures, "squiggle.png") });
    await lab.page.keyboard.press("Control+A");
    await lab.page.keyboard.type("layer(zeros([2, 4]))");
    await wrong.first().waitFor({ state: "detached", timeout: 15_000 });
    await lab
      .cell(1)
      .locator(".cm-line")
      .getByText("layer")
      .hover({ position: { x: 10, y: 8 } });
    await lab.page.locator(".gradbook-hover pre", { hasText: "const layer" }).waitFor({ timeout: 5000 });
    expect(lab.problems).toEqual([]);
  });
});
