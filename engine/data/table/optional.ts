import { EngineError } from "../../errors.js";

/** A package that only those need who ask for it was not installed. */
export class MissingPackageError extends EngineError {}

/**
 * Loads a package that is no dependency of this one: from where this package is, else from the folder of the notebook.
 * @throws MissingPackageError that says how to install it
 */
export async function optionalPackage(op: string, name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  const { createRequire } = await import("node:module");
  const { join } = await import("node:path");
  const { pathToFileURL } = await import("node:url");
  let found: string;
  try {
    found = createRequire(join(process.cwd(), "notebook.js")).resolve(name);
  } catch {
    throw new MissingPackageError(`the package ${name} is not installed`, {
      op,
      hint: `Run \`npm install ${name}\` in the folder of the notebook.`,
    });
  }
  return await import(pathToFileURL(found).href);
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
}
