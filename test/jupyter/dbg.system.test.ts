import { join } from "node:path";
import { expect, test } from "vitest";
import { JupyterHome } from "./environment.js";
import { LabPage, pictures } from "./lab-page.js";
import { writeNotebook, readNotebook } from "./notebooks.js";
test("dbg", async () => {
  const home = new JupyterHome();
  await home.install();
  writeNotebook(join(home.work, "cells.ipynb"), ['const who: string = "the lab";\nconsole.log("hello " + who);', "await Promise.resolve(6 * 7)", "let kept = 7;", "kept", 'throw new RangeError("on purpose")']);
  const lab = await LabPage.open(home);
  try {
    console.log(Date.now(), "open");
    await lab.openNotebook("cells.ipynb");
    console.log(Date.now(), "opened");
    await lab.runAll();
    console.log(Date.now(), "menu");
    await lab.page.waitForTimeout(100);
    await lab.page.screenshot({ path: join(pictures, "dbg.png") });
    console.log(await lab.page.evaluate(() => [...document.querySelectorAll(".jp-InputPrompt")].map(p => p.textContent)));
  } catch (e) { await lab.page.screenshot({ path: join(pictures, "dbg.png") }); console.log(e); }
  console.log(lab.server.log().slice(-3000));
  await lab.close();
  await home.close();
});
