import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { findKernelspecs } from "../kernelspec/kernelspec.js";
import { dataFolders } from "../kernelspec/paths.js";
import { kernelEntry, ownPackage } from "./package-root.js";

/** One thing that `gradbook doctor` looked at. */
export interface Finding {
  /** `good`, `advice` (works, but could be better), `broken` (something will not work). */
  state: "good" | "advice" | "broken";
  /** What was found, one line. */
  text: string;
  /** The command, or the act, that mends it. */
  mend?: string;
}

const good = (text: string): Finding => ({ state: "good", text });
const advice = (text: string, mend: string): Finding => ({ state: "advice", text, mend });
const broken = (text: string, mend: string): Finding => ({ state: "broken", text, mend });

const message = (error: unknown) => (error instanceof Error ? error.message : String(error)).split("\n")[0]!;

/** Node: new enough to run, new enough for everything. */
export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const text = `Node ${version} on ${process.platform} ${process.arch}`;
  if (major < 20 || (major === 20 && minor < 19)) {
    return broken(
      `${text}: gradbook needs 20.19 or newer`,
      "install Node 24 from https://nodejs.org, or `nvm install 24`",
    );
  }
  if (major >= 24) return good(text);
  return advice(
    `${text}: works; Node 24 or newer also stops a runaway regular expression without losing variables`,
    "`nvm install 24` or https://nodejs.org, then `gradbook install` again",
  );
}

/** The bundles that a kernelspec starts. */
export function checkBuild(): Finding {
  const { version, root } = ownPackage();
  return existsSync(kernelEntry())
    ? good(`gradbook ${version} in ${root}`)
    : broken(`gradbook ${version} in ${root} is not built`, "`npm run build` there, or install the package again");
}

/** The sockets that Jupyter speaks through. */
export async function checkZeromq(): Promise<Finding> {
  try {
    const { version } = await import("zeromq");
    return good(`ZeroMQ ${version} (Jupyter's sockets)`);
  } catch (error) {
    return broken(
      `the package zeromq does not load: ${message(error)}`,
      "`npm rebuild zeromq`; without it only `gradbook run` works",
    );
  }
}

/** The language server behind completion, inspection and type errors: asked for its version, which proves that it starts. */
export function checkTypeScript(): Finding {
  const mend =
    "`npm install` in the folder of gradbook; cells run without it, but nothing is completed or type-checked";
  try {
    const require = createRequire(join(ownPackage().root, "package.json"));
    const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, "--version"], { encoding: "utf8" });
    if (status === 0)
      return good(`TypeScript ${stdout.trim().replace(/^Version /, "")} (completion, inspection, types)`);
    return broken(`TypeScript does not start: ${message(stderr)}`, mend);
  } catch (error) {
    return broken(`TypeScript is not there: ${message(error)}`, mend);
  }
}

/** Which kernels compute, on which devices. */
export async function checkEngine(): Promise<Finding[]> {
  try {
    const { engineDescription } = await import("../../engine/index.js");
    const { device, kernels, threads, advice: slow } = engineDescription();
    const text = `CPU kernels: ${kernels}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
    return [
      slow
        ? advice(
            `${text}. ${slow}`,
            "install a C++ compiler (Debian, Ubuntu: `sudo apt install g++`), then `gradbook install`",
          )
        : good(text),
      good(`devices: ${device}`),
    ];
  } catch (error) {
    return [
      broken(`the tensor engine does not load: ${message(error)}`, "`gradbook install` builds its kernels again"),
    ];
  }
}

/** Which Jupyters would find the kernel, and whether their kernelspecs start this copy. */
export function checkKernelspecs(prefixes: string[]): Finding[] {
  const all = findKernelspecs(dataFolders(prefixes));
  const ours = all.filter(spec => spec.ours);
  const findings = ours.map(({ name, folder, spec, current }) => {
    const from = /[\\/]site-packages[\\/]|[\\/]\.venv[\\/]/.test(folder) ? "`npm start`" : "`gradbook install`";
    if (current) return good(`kernel ${name} in ${folder}`);
    const [program = "", entry = ""] = spec.argv;
    const why = [program, entry].filter(file => !existsSync(file)).map(file => `${file} is gone`);
    return advice(
      `kernel ${name} in ${folder} starts another copy of gradbook${why.length ? `, and ${why.join(", ")}` : `: ${entry}`}`,
      `${from} with the same flags writes it again, \`gradbook uninstall\` removes it`,
    );
  });
  if (findings.length === 0) {
    findings.push(
      advice(
        "no Jupyter knows this kernel yet",
        "`gradbook install` (for all of your Jupyters), or `gradbook lab` (a JupyterLab of its own)",
      ),
    );
  }
  const others = [...new Set(all.filter(spec => !spec.ours).map(spec => spec.name))];
  if (others.length > 0) findings.push(good(`other kernels: ${others.join(", ")}`));
  return findings;
}

/** JupyterLabs in the Python environments that we know of. */
export function checkLabs(prefixes: string[]): Finding[] {
  const found = prefixes.flatMap(prefix => {
    const version = installedVersion(prefix, "jupyterlab");
    return version ? [good(`JupyterLab ${version} in ${prefix}`)] : [];
  });
  if (found.length > 0) return found;
  return [
    advice(
      "no JupyterLab was found",
      "`gradbook lab` makes a private one (needs Python 3.9 or newer); VS Code (extension: Jupyter) needs none after `gradbook install`",
    ),
  ];
}

/** Prefixes of the Python environments of this user that may hold a Jupyter: the active ones, our own, that of `jupyter` on the path. */
export async function pythonPrefixes(): Promise<string[]> {
  const { environmentFolder } = (await import(
    pathToFileURL(join(ownPackage().root, "kernel", "setup", "lab.mjs")).href
  )) as { environmentFolder(): string };
  const onPath = (process.env.PATH ?? "")
    .split(delimiter)
    .map(folder => join(folder, process.platform === "win32" ? "jupyter.exe" : "jupyter"))
    .filter(program => existsSync(program))
    .map(program => dirname(dirname(realpathSync(program))));
  const named = [process.env.VIRTUAL_ENV, process.env.CONDA_PREFIX, environmentFolder(), ...onPath];
  return [...new Set(named.filter(folder => folder !== undefined && folder !== "" && existsSync(folder)))] as string[];
}

/** The version of a Python package below a prefix, read from the folder's names. */
function installedVersion(prefix: string, name: string): string | undefined {
  const lib = join(prefix, "lib");
  const pythons = existsSync(lib) ? readdirSync(lib).filter(folder => /^python3/.test(folder)) : [];
  const sites = [...pythons.map(python => join(lib, python, "site-packages")), join(prefix, "Lib", "site-packages")];
  const pattern = new RegExp(`^${name}-(\\d[^-]*)\\.dist-info$`);
  for (const site of sites) {
    if (!existsSync(site)) continue;
    for (const entry of readdirSync(site)) {
      const version = pattern.exec(entry)?.[1];
      if (version) return version;
    }
  }
  return undefined;
}
