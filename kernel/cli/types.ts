import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { environmentDeclarations, packageName } from "../prelude.js";
import { type Command, CommandError } from "./command.js";
import { ownPackage } from "./package-root.js";

const environmentFile = "gradbook-env.d.ts";

export const types: Command = {
  name: "types",
  summary: `write ${environmentFile} into DIR (default: here), so that VS Code and tsc know the preloaded names`,
  operands: "[DIR]",
  count: { least: 0, most: 1 },
  flags: { "no-link": { help: `do not make node_modules/${packageName}, even if DIR cannot import "${packageName}"` } },
  async run({ operands, flags }) {
    const folder = resolve(operands[0] ?? ".");
    if (!existsSync(folder)) throw new CommandError(`${folder}: no such folder`);
    const own = ownPackage();
    if (!existsSync(join(own.root, "dist", "types", "widgets", "index.d.ts"))) {
      throw new CommandError(
        `the declarations of gradbook are missing in ${own.root}: run \`npm run build\`, or install the package again`,
      );
    }
    const file = join(folder, environmentFile);
    write(file, environmentDeclarations(own.version));
    console.log(`Wrote ${file}`);
    console.log(packageIn(folder, flags["no-link"] !== true));
    console.log(project(folder, file));
    return 0;
  },
};

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** Sees to it that the folder can import the package. @returns what there is now, as a line for the user */
function packageIn(folder: string, mayLink: boolean): string {
  const own = ownPackage();
  const there = installedIn(folder);
  if (there) {
    const other =
      there.version === own.version ? "" : `, version ${there.version}; the one that runs is ${own.version}`;
    return `"${packageName}" is ${there.root}${other}`;
  }
  const advice = `Run \`npm install ${packageName}\` there`;
  if (!mayLink) return `"${packageName}" cannot be imported from ${folder}. ${advice}.`;
  const link = join(folder, "node_modules", packageName);
  try {
    mkdirSync(dirname(link), { recursive: true });
    // What a link of an earlier version pointed at may be gone.
    if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(link);
    symlinkSync(own.root, link, "junction");
  } catch (error) {
    throw new CommandError(`cannot make the link ${link}: ${(error as Error).message}. ${advice}.`);
  }
  return `Linked node_modules/${packageName} to this copy, ${own.root}`;
}

/** The package that an import in the folder finds. */
function installedIn(folder: string): { root: string; version: string } | undefined {
  try {
    const path = createRequire(join(folder, "x.js")).resolve(`${packageName}/package.json`);
    return { root: dirname(path), version: JSON.parse(readFileSync(path, "utf8")).version };
  } catch {
    return undefined;
  }
}

/** Sees to it that a project has the file, if there is none yet. @returns what to know about it, as a line for the user */
function project(folder: string, file: string): string {
  const config = nearestConfig(folder);
  if (!config) {
    const path = join(folder, "tsconfig.json");
    write(path, `${JSON.stringify(configOf(folder), null, 2)}\n`);
    return `Wrote ${path}: there was none, and without one editors do not read ${environmentFile}`;
  }
  if (includes(config, file)) return `${config} includes it`;
  const path = relative(dirname(config), file).replaceAll("\\", "/");
  return `Add "${path}" to "include" or "files" in ${config}: it is not among the project's files`;
}

function nearestConfig(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const found = ["tsconfig.json", "jsconfig.json"].map(name => join(at, name)).find(path => existsSync(path));
    if (found || at === dirname(at)) return found;
  }
}

/** Cells are modules with top-level await and may import `.ts` files; the package's types need `exports` to be read. */
function configOf(folder: string): object {
  const node = canResolve(folder, "@types/node/package.json");
  return {
    compilerOptions: {
      target: "esnext",
      ...(node ? { lib: ["esnext"], types: ["node"] } : {}),
      module: "esnext",
      moduleResolution: "bundler",
      moduleDetection: "force",
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      jsx: "preserve",
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    },
  };
}

function canResolve(folder: string, name: string): boolean {
  try {
    createRequire(join(folder, "x.js")).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether the compiler counts the file to the project. A project that it cannot read has no files. */
function includes(config: string, file: string): boolean {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const listed = spawnSync(process.execPath, [compiler, "-p", config, "--listFilesOnly"], { encoding: "utf8" });
  const wanted = [file, realpathSync(file)].map(path => path.replaceAll("\\", "/"));
  return (listed.stdout ?? "").split(/\r?\n/).some(line => wanted.includes(line.trim().replaceAll("\\", "/")));
}
