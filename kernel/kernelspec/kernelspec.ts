import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { kernelEntry, ownPackage } from "../cli/package-root.js";

/** `kernel.json`, as Jupyter defines it. */
export interface Kernelspec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: "message" | "signal";
  kernel_protocol_version: string;
  env: Record<string, string>;
  metadata: Record<string, unknown> & { gradbook?: { version: string } };
}

/** The name that notebooks carry. */
export const defaultName = "gradbook";

const logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];

/** The names of tslab's kernels, which its notebooks carry. */
export const tslabNames = ["tslab", "jslab"] as const;

/** The spec that starts this very copy of gradbook with this very Node. */
export function ownKernelspec(name = defaultName): Kernelspec {
  return {
    argv: [process.execPath, kernelEntry(), "{connection_file}"],
    display_name: name === defaultName ? "TypeScript (gradbook)" : `TypeScript (${name})`,
    language: "typescript",
    ...common(),
  };
}

/**
 * The spec of the kernel that takes the place of one of tslab's.
 *
 * @param binary a program that is started in place of this copy, with tslab's arguments: `gradbook`, or a path
 */
export function tslabKernelspec(name: (typeof tslabNames)[number], binary?: string): Kernelspec {
  const own = [process.execPath, kernelEntry(), `--${name}`, "{connection_file}"];
  const theirs = ["kernel", "--config-path", "{connection_file}", ...(name === "jslab" ? ["--js"] : [])];
  return {
    argv: binary === undefined ? own : [binary, ...theirs],
    display_name: name === "jslab" ? "JavaScript" : "TypeScript",
    language: name === "jslab" ? "javascript" : "typescript",
    ...common(),
  };
}

function common(): Omit<Kernelspec, "argv" | "display_name" | "language"> {
  return {
    interrupt_mode: "message",
    kernel_protocol_version: "5.5",
    env: {},
    metadata: { debugger: false, gradbook: { version: ownPackage().version } },
  };
}

/** A kernelspec found on disk. */
export interface InstalledKernelspec {
  name: string;
  folder: string;
  spec: Kernelspec;
  /** Ours: written by some version of gradbook. */
  ours: boolean;
  /** Ours, and it starts this very copy with a Node that exists. */
  current: boolean;
}

/** Reads the spec in `folder`; undefined when there is none or it is not readable JSON. */
export function readKernelspec(folder: string): InstalledKernelspec | undefined {
  try {
    const spec = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as Kernelspec;
    if (!Array.isArray(spec.argv)) return undefined;
    const ours = spec.metadata?.gradbook !== undefined;
    const current = ours && spec.argv.includes(kernelEntry()) && existsSync(spec.argv[0] ?? "");
    return { name: basename(folder), folder, spec, ours, current };
  } catch {
    return undefined;
  }
}

/** All kernelspecs below the given data folders of Jupyter. */
export function findKernelspecs(dataFolders: string[]): InstalledKernelspec[] {
  return dataFolders.flatMap(data => {
    const kernels = join(data, "kernels");
    const names = existsSync(kernels) ? readdirSync(kernels).sort() : [];
    return names.flatMap(name => readKernelspec(join(kernels, name)) ?? []);
  });
}

/** Writes the spec and its logos. A front end that looks meanwhile sees the old spec or the new one, never half of one. */
export function writeKernelspec(folder: string, spec: Kernelspec): void {
  mkdirSync(folder, { recursive: true });
  const pictures = join(ownPackage().root, "kernel", "kernelspec");
  for (const logo of logos) copyFileSync(join(pictures, logo), join(folder, logo));
  const draft = join(folder, `.kernel.json.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify(spec, null, 2)}\n`);
  renameSync(draft, join(folder, "kernel.json"));
}

/** Removes what `writeKernelspec` wrote, and the folder with it unless someone put other files there. */
export function removeKernelspec(folder: string): void {
  for (const file of ["kernel.json", ...logos]) rmSync(join(folder, file), { force: true });
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
