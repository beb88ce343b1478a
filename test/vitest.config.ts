import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * `quick-*` need no other program than the built engine, and stay under half a minute together. Their files share one module
 * graph per worker, because loading the engine anew for each would take longer than the tests; those that import the views
 * keep to themselves, since views listen to every training run of the process.
 * `system` drives what people really run: Jupyter, the built kernel, Chromium; its files end in `.system.test.ts`.
 * `timed` holds bars of time: one file at a time, when all else has ended, because a bar beside other work says nothing.
 */
const quick = (name: string, folders: string[]) => ({
  test: {
    name,
    root,
    include: folders,
    exclude: ["test/**/*.{system,timed}.test.ts"],
    testTimeout: 20_000,
    isolate: false,
    maxWorkers: 2,
    sequence: { groupOrder: 0 },
  },
});

export default defineConfig({
  test: {
    root,
    projects: [
      quick("quick-engine", ["test/*.test.ts", "test/engine/**/*.test.ts"]),
      quick("quick-rest", [
        "test/widgets/**/*.test.ts",
        "test/kernel/**/*.test.ts",
        "test/bench/**/*.test.ts",
        "test/docs/**/*.test.ts",
      ]),
      {
        test: {
          name: "system",
          root,
          include: ["test/**/*.system.test.ts"],
          // Twice what the slowest takes on two cores with other work on them: a server, a browser and a kernel start in a hook.
          testTimeout: 180_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
          // After the quick ones: programs that are started want the machine for themselves.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "timed",
          root,
          include: ["test/**/*.timed.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
