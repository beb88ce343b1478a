import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const compiler = join(createRequire(import.meta.url).resolve("typescript/package.json"), "..", "bin", "tsc");

/** A program of 100 blocks, each of 11 operations on shapes that no other block has. */
function program(): string {
  const blocks = Array.from({ length: 100 }, (_, i) => {
    const [rows, units] = [32 + i, 100 + i];
    return `{
  const x = zeros([${rows}, 784]);
  const w = randn([784, ${units}]);
  const h: Tensor<[${rows}, ${units}], "float32"> = x.matmul(w).add(zeros([${units}])).relu();
  const p: Tensor<[${rows}], "float32"> = h.softmax(-1).log().sum(-1);
  const m: Tensor<[${units}], "float32"> = h.at(slice(0, 16)).mean(0);
  const c: Tensor<[4, ${units}], "float32"> = concat([m.unsqueeze(0), zeros([3, ${units}])]);
  void [p, c];
}`;
  });
  return `import { concat, randn, slice, type Tensor, zeros } from "../../../dist/types/engine/index.js";\n${blocks.join("\n")}\n`;
}

test("a program of 1,100 operations, each shape met once, costs the compiler at most 150 instantiations an operation", () => {
  const folder = join(root, "test", "output", "types-budget");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "program.ts"), program());
  const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2023", "--skipLibCheck"];
  const report = execFileSync(
    process.execPath,
    [
      compiler,
      "--ignoreConfig",
      ...options,
      "--lib",
      "es2023,esnext.disposable",
      "--extendedDiagnostics",
      "program.ts",
    ],
    { cwd: folder, encoding: "utf8", timeout: 60_000 },
  );
  const figure = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(report)?.[1]);
  expect(figure("Instantiations") / 1100).toBeLessThan(150);
  // 0.5 s here; a rule that explodes takes minutes.
  expect(figure("Check time")).toBeLessThan(10);
});
