import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ownPackage } from "../cli/package-root.js";

/** The folder of our extension for JupyterLab and Notebook 7 below a data folder of Jupyter. */
export const labextensionFolder = (data: string): string => join(data, "labextensions", "gradbook");

/** The version of the extension in a data folder; undefined when there is none. */
export function labextensionVersion(data: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(labextensionFolder(data), "package.json"), "utf8")) as { version: string })
      .version;
  } catch {
    return undefined;
  }
}

/** Copies the extension. A front end that looks meanwhile sees the old one, none, or the new one, never half of one. */
export function writeLabextension(data: string): string {
  const folder = labextensionFolder(data);
  const draft = join(dirname(folder), `.gradbook.${process.pid}`);
  mkdirSync(dirname(folder), { recursive: true });
  cpSync(join(ownPackage().root, "dist", "labextension"), draft, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return folder;
}

/** Removes the extension. @returns whether it was there */
export function removeLabextension(data: string): boolean {
  const folder = labextensionFolder(data);
  const there = existsSync(folder);
  rmSync(folder, { recursive: true, force: true });
  return there;
}
