import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Two projects. `quick` needs only the built engine and no other program, and stays under half a minute.
 * `system` drives what people really run: Jupyter, the built kernel, Chromium; its files end in `.system.test.ts`.
 */
export default defineConfig({
  test: {
    root,
    projects: [
      {
        test: {
          name: "quick",
          root,
          sequence: { groupOrder: 0 },
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.system.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "system",
          root,
          // After the quick ones: programs that are started and timed want the machine for themselves.
          sequence: { groupOrder: 1 },
          include: ["test/**/*.system.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
    ],
  },
});
