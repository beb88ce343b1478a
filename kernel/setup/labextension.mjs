// The prebuilt extension for JupyterLab 4 and Notebook 7, in dist/labextension: `gradbook install` copies the folder. No
// webpack: the application asks a container for its plugins, and that contract is small enough to be met by hand.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Bundles the browser's side and writes the folder. */
export async function buildLabextension(/** @type {string} */ root) {
  const { build: bundle } = await import("esbuild");
  const folder = join(root, "dist", "labextension");
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await bundle({
    absWorkingDir: root,
    entryPoints: { remoteEntry: "widgets/client/remote-entry.ts" },
    outdir: join(folder, "static"),
    // Named after its content, so that a browser never keeps an older one.
    entryNames: "[name].[hash]",
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
  });
  const [entry = ""] = Object.keys(metafile.outputs).map(path => basename(path));
  const { name, version, description, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifest = {
    name,
    version,
    description,
    license,
    jupyterlab: { extension: true, _build: { load: `static/${entry}`, extension: "./extension" } },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
