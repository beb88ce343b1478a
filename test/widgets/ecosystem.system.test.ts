import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium, JupyterHome, python, root } from "../jupyter/environment.js";
import { LabPage } from "../jupyter/lab-page.js";
import { readNotebook, writeNotebook } from "../jupyter/notebooks.js";

const penguins =
  "[{ bill: 39.1, depth: 18.7, kind: 'A' }, { bill: 46.1, depth: 13.2, kind: 'B' }, { bill: 50, depth: 19.5, kind: 'C' }]";

/** A React component as an anywidget module, by the package that others write theirs with. */
const reactWidget = `import { build } from "esbuild";
const source = \`
  import * as React from "react";
  import { createRender, useModelState } from "@anywidget/react";
  export default { render: createRender(() => {
    const [value, setValue] = useModelState("value");
    return React.createElement("button", { className: "react-counter", onClick: () => setValue(value + 1) }, "react " + value);
  }) };\`;
const { outputFiles: [bundled] } = await build({
  stdin: { contents: source, resolveDir: process.cwd() },
  bundle: true, minify: true, write: false, format: "esm", define: { "process.env.NODE_ENV": '"production"' },
});
var model = { _esm: bundled.text, value: 3 }; model`;

describe.skipIf(!python || !chromium)("what other packages make, in JupyterLab", () => {
  let home: JupyterHome;
  let lab: LabPage;

  beforeAll(async () => {
    home = new JupyterHome();
    await home.install();
    symlinkSync(join(root, "node_modules"), join(home.work, "node_modules"));
    writeNotebook(join(home.work, "packages.ipynb"), [
      `import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
const { document } = parseHTML("<html><body></body></html>");
var rows = ${penguins};
Plot.plot({ document, title: "Penguins", height: 200, color: { legend: true }, marks: [Plot.dot(rows, { x: "bill", y: "depth", fill: "kind" })] })`,
      'Plot.plot({ document, height: 120, marks: [Plot.barX(rows, { x: "bill", y: "kind" })] })',
      `import * as vegaLite from "vega-lite";
var spec = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", width: 200, height: 100, data: { values: rows }, mark: "bar", encoding: { x: { field: "kind", type: "nominal" }, y: { field: "bill", type: "quantitative" } } } as const;
spec`,
      "vegaLite.compile(spec).spec",
      reactWidget,
      "console.log('value ' + model.value)",
      `import { encode } from "fast-png";
var png = encode({ width: 16, height: 16, channels: 3, data: new Uint8Array(768).map((_, i) => i % 256) }); png`,
      'new Blob([png], { type: "image/png" })',
    ]);
    lab = await LabPage.open(home);
  });
  afterAll(async () => {
    await lab?.close();
    await home.close();
  });

  const output = (index: number, selector: string) => lab.cell(index).locator(`.jp-OutputArea-output ${selector}`);

  test("Observable Plot, Vega-Lite, Vega and a React anywidget draw themselves", async () => {
    await lab.openNotebook("packages.ipynb");
    await lab.runAll();
    await output(0, "figure svg circle").first().waitFor();
    expect(await output(0, "svg circle:visible").count()).toBe(3);
    expect(await output(0, "img.gb1p:visible").count()).toBe(0);
    expect(await output(1, "svg rect:visible").count()).toBeGreaterThanOrEqual(3);
    for (const index of [2, 3]) await output(index, "canvas, svg.marks").first().waitFor({ timeout: 20_000 });
    for (const index of [6, 7]) await output(index, "img").waitFor();
    const button = lab.cell(4).locator("button.react-counter");
    await button.waitFor();
    expect(await button.textContent()).toBe("react 3");
    await button.click();
    await lab.cell(4).locator("button.react-counter", { hasText: "react 4" }).waitFor({ timeout: 5000 });
    await lab.cell(5).locator(".cm-content").click();
    await lab.page.keyboard.press("Control+Enter");
    await lab.cell(5).locator(".jp-OutputArea-output", { hasText: "value 4" }).waitFor({ timeout: 5000 });
    await lab.picture("packages");
    expect(lab.problems).toEqual([]);
  });

  test("an untrusted notebook shows the pictures of the drawings, and no loose text", async () => {
    await lab.save("packages.ipynb");
    const saved = readNotebook(join(home.work, "packages.ipynb"));
    // Another file that nobody signed: JupyterLab signs cells by what is in them.
    for (const cell of saved.cells) cell.source = ["// from elsewhere\n", ...cell.source];
    writeFileSync(join(home.work, "foreign.ipynb"), JSON.stringify(saved));
    await lab.openNotebook("foreign.ipynb");
    await output(0, "img.gb1p:visible").first().waitFor();
    expect(await output(0, "svg").count()).toBe(0);
    const broken = await lab.page.evaluate(
      () => [...document.querySelectorAll<HTMLImageElement>("img.gb1p")].filter(i => i.naturalWidth === 0).length,
    );
    expect(broken).toBe(0);
    // biome-ignore lint/performance/useDomNodeTextContent: what people see is the question.
    expect((await lab.cell(0).locator(".jp-OutputArea").innerText()).replace(/\s+/g, " ").trim()).toMatch(
      /Penguins ABC$/,
    );
    await lab.picture("packages-untrusted");
  });
});
