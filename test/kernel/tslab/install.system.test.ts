import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { JupyterHome } from "../../jupyter/environment.js";

let home: JupyterHome;
beforeEach(() => {
  home = new JupyterHome();
});
afterEach(() => home.close());

const specFile = (name: string) => join(home.prefixData, "kernels", name, "kernel.json");
const spec = (name: string) => JSON.parse(readFileSync(specFile(name), "utf8"));

test("`install --tslab` writes both kernels, and `uninstall --tslab` takes them away", async () => {
  const installed = await home.gradbook(["install", "--tslab", "--python=python3", "--prefix", home.prefix]);
  expect(installed).toMatchObject({ code: 0, stderr: "" });
  const own = [process.execPath, expect.stringMatching(/kernel\.js$/)];
  expect(spec("tslab")).toMatchObject({
    argv: [...own, "--tslab", "{connection_file}"],
    display_name: "TypeScript",
    language: "typescript",
    interrupt_mode: "message",
  });
  expect(spec("jslab")).toMatchObject({
    argv: [...own, "--jslab", "{connection_file}"],
    display_name: "JavaScript",
    language: "javascript",
  });
  expect(existsSync(specFile("gradbook"))).toBe(false);
  const removed = await home.gradbook(["uninstall", "--tslab", "--prefix", home.prefix]);
  expect(removed).toMatchObject({ code: 0, stderr: "" });
  expect([existsSync(specFile("tslab")), existsSync(specFile("jslab"))]).toEqual([false, false]);
});

test("--binary starts another program with tslab's arguments", async () => {
  await home.gradbook(["install", "--tslab", "--binary=gradbook", "--prefix", home.prefix]);
  expect(spec("tslab").argv).toEqual(["gradbook", "kernel", "--config-path", "{connection_file}"]);
  expect(spec("jslab").argv).toEqual(["gradbook", "kernel", "--config-path", "{connection_file}", "--js"]);
});

test("a tslab that is there is left alone, whole", async () => {
  mkdirSync(join(specFile("jslab"), ".."), { recursive: true });
  const theirs = '{"argv": ["tslab"], "display_name": "JavaScript", "language": "javascript"}';
  writeFileSync(specFile("jslab"), theirs);
  const refused = await home.gradbook(["install", "--tslab", "--prefix", home.prefix]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("holds another kernel (JavaScript). Replace it with --force.");
  expect(existsSync(specFile("tslab"))).toBe(false);
  expect(readFileSync(specFile("jslab"), "utf8")).toBe(theirs);
  expect((await home.gradbook(["install", "--tslab", "--force", "--prefix", home.prefix])).code).toBe(0);
  expect(spec("jslab").argv).toContain("--jslab");
});
