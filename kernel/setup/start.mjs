// `npm start`: everything from a fresh clone to JupyterLab on the tour. Flags go to `jupyter lab`.
import { prepare, root } from "./prepare.mjs";
import { runScript } from "./spawn.mjs";

await runScript(async () => {
  await prepare();
  const { runLab } = await import("./lab.mjs");
  return runLab(process.argv.slice(2), process.env.INIT_CWD ?? root);
});
