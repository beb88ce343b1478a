import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { CommandError, type Flag, type Invocation, UsageError } from "../cli/command.js";
import { defaultName, tslabNames } from "./kernelspec.js";
import { prefixDataFolder, userDataFolder } from "./paths.js";

/** The flags that say where a kernelspec lives; `install` and `uninstall` share them. */
export const locationFlags: Record<string, Flag> = {
  user: { help: "for this user, in every Jupyter of theirs (the default)" },
  "sys-prefix": { help: "into the active Python environment (venv, conda)" },
  prefix: { value: "P", help: "into P/share/jupyter/kernels" },
  name: { value: "NAME", help: `the kernelspec's name (default: ${defaultName})` },
  tslab: { help: "the kernels tslab and jslab instead, which run notebooks written for tslab" },
};

/** Where a kernelspec is, or is to be. */
export interface KernelspecPlace {
  folder: string;
  name: string;
  /** The data folder of Jupyter that it is in. */
  data: string;
}

/**
 * The folders that the flags mean: one, or with `--tslab` those of its two kernels.
 *
 * @throws UsageError for contradicting flags or a name that Jupyter would not accept
 * @throws CommandError when --sys-prefix finds no Python
 */
export function kernelspecPlaces({ flags }: Invocation): KernelspecPlace[] {
  const places = ["user", "sys-prefix", "prefix"].filter(f => flags[f] !== undefined);
  if (places.length > 1) throw new UsageError(`--${places[0]} and --${places[1]} contradict each other; give one`);
  if (flags.tslab && flags.name !== undefined) {
    throw new UsageError("--tslab and --name contradict each other: the kernels are called tslab and jslab");
  }
  const name = String(flags.name ?? defaultName);
  if (!/^[a-z0-9._-]+$/i.test(name) || /^\.+$/.test(name)) {
    throw new UsageError(`--name ${name}: a kernel's name has letters, digits, "-", "_" and "." only`);
  }
  const data = flags["sys-prefix"]
    ? prefixDataFolder(activePythonPrefix())
    : flags.prefix !== undefined
      ? prefixDataFolder(resolve(String(flags.prefix)))
      : userDataFolder();
  const names = flags.tslab ? tslabNames : [name];
  return names.map(name => ({ folder: join(data, "kernels", name.toLowerCase()), name, data }));
}

function activePythonPrefix(): string {
  const active = process.env.VIRTUAL_ENV || process.env.CONDA_PREFIX;
  if (active) return active;
  for (const python of ["python3", "python"]) {
    const found = spawnSync(python, ["-c", "import sys; print(sys.prefix)"], { encoding: "utf8" });
    if (found.status === 0 && found.stdout.trim()) return found.stdout.trim();
  }
  throw new CommandError("--sys-prefix: no Python was found. Activate an environment, or use --prefix P or --user.");
}
