import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

interface Package {
  root: string;
  version: string;
}

let found: Package | undefined;

/**
 * The folder and version of this copy of gradbook. Looked for upwards, because bundling moves this module.
 *
 * @throws Error when the files were taken out of their package
 */
export function ownPackage(): Package {
  for (let folder = dirname(fileURLToPath(import.meta.url)); !found; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      if (name === "gradbook") found = { root: folder, version };
    } catch {
      // No package.json here: look one folder up.
    }
    if (folder === dirname(folder)) break;
  }
  if (!found) throw new Error(`gradbook runs outside of its package: no package.json of it above ${import.meta.url}`);
  return found;
}

/** The entry that a kernelspec starts. */
export function kernelEntry(): string {
  return join(ownPackage().root, "dist", "kernel", "kernel.js");
}
