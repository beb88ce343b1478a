import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The set-up scripts are plain JavaScript, because they run before anything is built or installed. */
async function setup<Exports>(name: string): Promise<Exports> {
  return (await import(new URL(`../../../kernel/setup/${name}`, import.meta.url).href)) as Exports;
}

const { checkNode, whyInstall } = await setup<{
  checkNode(version: string): void;
  whyInstall(folder: string): string | undefined;
}>("prepare.mjs");
const { labArguments } = await setup<{
  labArguments(args: string[], cwd: string, options: { admin: boolean; tour: boolean }): string[];
}>("lab.mjs");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gradbook-setup-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("checkNode refuses what is too old, with the way to a newer one", () => {
  for (const version of ["20.19.0", "20.20.1", "22.0.0", "24.1.0"]) expect(() => checkNode(version)).not.toThrow();
  for (const version of ["18.20.0", "20.18.3"]) {
    expect(() => checkNode(version)).toThrow(`this is Node ${version}, and gradbook needs 20.19 or newer`);
  }
});

describe("whyInstall", () => {
  const write = (path: string, packages: object) => {
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify({ packages }));
  };
  const lock = {
    "": { name: "gradbook" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/other-platform": { version: "2.0.0", optional: true },
  };

  test("is content with the packages of the lockfile, those for other platforms aside", () => {
    write("package-lock.json", lock);
    write("node_modules/.package-lock.json", { "node_modules/a": { version: "1.0.0" } });
    expect(whyInstall(folder)).toBeUndefined();
  });

  test("tells what differs", () => {
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: lock }));
    expect(whyInstall(folder)).toBe("node_modules is missing");
    mkdirSync(join(folder, "node_modules"));
    expect(whyInstall(folder)).toBe("node_modules was not finished");
    write("node_modules/.package-lock.json", { "node_modules/a": { version: "0.9.0" } });
    expect(whyInstall(folder)).toBe("node_modules/a is not at 1.0.0");
  });
});

describe("labArguments", () => {
  const ask = (args: string[], options = {}) => labArguments(args, folder, { admin: false, tour: true, ...options });

  test("opens the tour unless something else is named", () => {
    expect(ask([])).toContain("--LabApp.default_url=/lab/tree/notebooks/00-tour.ipynb");
    expect(ask(["--no-browser", "--port", "9999"])).toContain("--LabApp.default_url=/lab/tree/notebooks/00-tour.ipynb");
    writeFileSync(join(folder, "mine.ipynb"), "{}");
    expect(ask(["mine.ipynb"]).join(" ")).not.toMatch(/default_url|root_dir/);
    expect(ask(["--ServerApp.root_dir=/x"]).join(" ")).not.toMatch(/default_url/);
  });

  test("serves the user's folder where there are no notebooks of ours", () => {
    const args = ask([], { tour: false });
    expect(args).toContain(`--ServerApp.root_dir=${folder}`);
    expect(args.join(" ")).not.toContain("default_url");
  });

  test("the user's flags come last, so they win", () => {
    expect(ask(["--port", "9999"]).slice(-2)).toEqual(["--port", "9999"]);
  });

  test("allows root only to root, and once", () => {
    expect(ask([])).not.toContain("--allow-root");
    expect(ask([], { admin: true })).toContain("--allow-root");
    expect(ask(["--allow-root"], { admin: true }).filter(a => a === "--allow-root")).toHaveLength(1);
  });
});

describe.skipIf(process.platform === "win32")("a Python that will not do", () => {
  /** What `findPython` says when this is the only Python. */
  function verdict(script: string | undefined): string {
    const python = join(folder, "python3");
    if (script !== undefined) {
      writeFileSync(python, `#!/bin/sh\n${script}\n`);
      chmodSync(python, 0o755);
    }
    const module = new URL("../../../kernel/setup/python.mjs", import.meta.url).href;
    const code = `import { findPython } from ${JSON.stringify(module)};
      try { console.log(JSON.stringify(findPython())); } catch (error) { console.log(error.constructor.name + ": " + error.message); }`;
    const env = { ...process.env, GRADBOOK_PYTHON: python };
    return spawnSync(process.execPath, ["--input-type=module", "-e", code], {
      encoding: "utf8",
      timeout: 60_000,
      env,
      cwd: root,
    }).stdout;
  }
  const probed = (found: object) => `echo '${JSON.stringify({ executable: "/opt/python3", ...found })}'`;

  test("is named, with what is wanted and the commands that get it", () => {
    const missing = verdict(undefined);
    expect(missing).toContain("PythonMissing: GRADBOOK_PYTHON=");
    expect(missing).toContain("does not run as Python 3.9 or newer");
    expect(missing).toContain("sudo apt install python3 python3-venv");
    expect(verdict("exit 3")).toContain("does not run as Python 3.9 or newer");
    expect(verdict("echo nonsense")).toContain("does not run as Python 3.9 or newer");
  });

  test("without the module venv is told by that", () => {
    const text = verdict(probed({ version: [3, 12, 1], venv: false, pip: false }));
    expect(text).toContain("/opt/python3 (Python 3.12.1) lacks the module venv");
    expect(text).toContain("python3.12-venv");
  });

  test("a complete one is taken, and whether it brings pip is kept", () => {
    const found = { version: [3, 12, 1], venv: true, pip: false };
    expect(JSON.parse(verdict(probed(found)))).toEqual({ executable: "/opt/python3", version: "3.12.1", pip: false });
  });
});
