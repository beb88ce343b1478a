import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CommandError } from "../../../kernel/cli/command.js";
import { types } from "../../../kernel/cli/types.js";
import { preloadedNames } from "../../../kernel/prelude.js";
import { gradbook, root } from "../../jupyter/environment.js";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "gradbook types ü ")));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const path = (name: string) => join(folder, name);

/** Runs the command. @returns what it told the user */
async function run(where = folder, flags: Record<string, boolean> = {}): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  expect(await types.run({ operands: [where], flags })).toBe(0);
  const text = log.mock.calls.map(call => call.join(" ")).join("\n");
  log.mockRestore();
  return text;
}

/** The errors of the real compiler about the folder's project. */
function compile(): string[] {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = { cwd: folder, encoding: "utf8", timeout: 60_000 } as const;
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder, "--pretty", "false"], options);
  return stdout.split(/\r?\n/).filter(line => /\berror TS/.test(line));
}

describe("gradbook types", () => {
  test("lets tsc read a cell in a folder that has nothing", async () => {
    const told = await run();
    expect(told).toContain(`Wrote ${path("gradbook-env.d.ts")}`);
    expect(told).toContain("Linked node_modules/gradbook");
    expect(told).toContain(`Wrote ${path("tsconfig.json")}`);
    writeFileSync(
      path("cell.ts"),
      `import { relu } from "gradbook";
import * as engine from "gradbook/engine";
class Net extends nn.Module {
  fc: nn.Linear<2, 3> = new nn.Linear(2, 3);
  forward(x: Tensor) { return this.fc(x); }
}
const y: Tensor<[1, 3], "float32"> = new nn.Linear(2, 3)(tensor([[1, 2]]));
const all: gb.Tensor[] = [relu(y), engine.relu(y), await Promise.resolve(y)];
const sgd: optim.SGD = new optim.SGD(new Net().parameters(), { lr: 0.1 });
const dtype: DType = y.dtype, shape: Shape = y.shape, answer: string | null = prompt("?");
export { all, answer, dtype, sgd, shape };
`,
    );
    writeFileSync(path("every.ts"), `export const every = [${["gb", ...preloadedNames].join(", ")}];\n`);
    writeFileSync(path("own.ts"), "const tensor = 1;\nexport const twice: number = tensor + 1;\n");
    expect(compile()).toEqual([]);

    writeFileSync(path("wrong.ts"), "const n: string = zeros([1]);\ntensor([[1, 2]]).matmul(zeros([5, 6]));\n");
    expect(compile()).toEqual([
      expect.stringMatching(/^wrong\.ts\(1,7\): error TS2322: Type 'Tensor<\[1\], "float32">' is not assignable/),
      expect.stringContaining("matmul: inner sizes differ: [1, 2] x [5, 6] (2 and 5)"),
    ]);
  });

  test("writes nothing about this machine into the file", async () => {
    await run();
    const text = readFileSync(path("gradbook-env.d.ts"), "utf8") + readFileSync(path("tsconfig.json"), "utf8");
    expect(text).not.toContain(root.replace(/\/$/, ""));
    expect(text).not.toContain(folder);
  });

  test("leaves the folder's own project and package alone", async () => {
    const installed = join(folder, "node_modules", "gradbook");
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, "package.json"), '{"name":"gradbook","version":"0.0.1"}');
    const config = '{ "compilerOptions": { "strict": true, "noEmit": true }, "include": ["src"] } // mine\n';
    writeFileSync(path("tsconfig.json"), config);
    const told = await run();
    expect(told).toMatch(/"gradbook" is .*, version 0\.0\.1; the one that runs is \d/);
    expect(lstatSync(installed).isSymbolicLink()).toBe(false);
    expect(readFileSync(path("tsconfig.json"), "utf8")).toBe(config);
    expect(told).toContain('Add "gradbook-env.d.ts" to "include" or "files"');

    writeFileSync(path("tsconfig.json"), '{ "compilerOptions": { "noEmit": true } }');
    expect(await run()).toContain("tsconfig.json includes it");
  });

  test("works in a folder below the project, and again after an update", async () => {
    await run();
    const below = path("deep");
    mkdirSync(below);
    const told = await run(below);
    expect(told).toContain(`${path("tsconfig.json")} includes it`);
    expect(told).not.toContain("Linked");
    expect(existsSync(join(below, "tsconfig.json"))).toBe(false);
    expect(existsSync(join(below, "gradbook-env.d.ts"))).toBe(true);
    expect(compile()).toEqual([]);
  });

  test("--no-link makes no link and says what to do", async () => {
    expect(await run(folder, { "no-link": true })).toContain("Run `npm install gradbook` there.");
    expect(existsSync(path("node_modules"))).toBe(false);
  });

  test("a link of an earlier version that leads nowhere is renewed", async () => {
    const gone = mkdtempSync(join(tmpdir(), "gone-"));
    mkdirSync(path("node_modules"));
    symlinkSync(gone, join(folder, "node_modules", "gradbook"), "junction");
    rmSync(gone, { recursive: true });
    expect(await run()).toContain("Linked");
    expect(existsSync(join(folder, "node_modules", "gradbook", "package.json"))).toBe(true);
  });

  test("is a command of the built program", () => {
    const finished = spawnSync(process.execPath, [gradbook, "types"], {
      cwd: folder,
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(finished.stderr).toBe("");
    expect(finished.stdout).toContain(`Wrote ${path("gradbook-env.d.ts")}`);
    expect(finished.status).toBe(0);
  });

  test("a folder that is none is an error", async () => {
    await expect(types.run({ operands: [path("nowhere")], flags: {} })).rejects.toThrow(CommandError);
    writeFileSync(path("file"), "");
    await expect(types.run({ operands: [path("file")], flags: {} })).rejects.toThrow(/cannot write .*file/);
  });
});

test("a cell's import of the package is the running instance, whatever the folder has", async () => {
  await run();
  writeFileSync(path("local.ts"), 'export { relu } from "gradbook";\n');
  const source = [
    'import * as whole from "gradbook"; import { zeros as z } from "gradbook/engine"; import { relu } from "./local.ts";',
    "console.log([whole.relu === gb.relu, z === zeros, relu === gb.relu, whole.nn.Linear === nn.Linear].join());",
  ];
  const cells = source.map((text, i) => {
    return { cell_type: "code", id: `c${i}`, source: text, metadata: {}, outputs: [], execution_count: null };
  });
  const notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
  writeFileSync(path("n.ipynb"), JSON.stringify(notebook));
  const { stderr, status } = spawnSync(process.execPath, [gradbook, "run", "n.ipynb"], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(stderr).toContain("wrote n.ipynb");
  expect(status).toBe(0);
  expect(readFileSync(path("n.ipynb"), "utf8")).toContain("true,true,true,true");
});
