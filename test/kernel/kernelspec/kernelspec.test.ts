import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  findKernelspecs,
  ownKernelspec,
  readKernelspec,
  removeKernelspec,
  writeKernelspec,
} from "../../../kernel/kernelspec/kernelspec.js";
import { dataFolders, type Machine, userDataFolder } from "../../../kernel/kernelspec/paths.js";

describe("Jupyter's data folders", () => {
  const on = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv = {}): Machine => ({
    platform,
    env,
    home: "/home/ada",
  });

  test("the user's own follows jupyter_core on each platform", () => {
    expect(userDataFolder(on("linux"))).toBe("/home/ada/.local/share/jupyter");
    expect(userDataFolder(on("linux", { XDG_DATA_HOME: "/data" }))).toBe("/data/jupyter");
    expect(userDataFolder(on("darwin"))).toBe("/home/ada/Library/Jupyter");
    expect(userDataFolder(on("win32", { APPDATA: "/roaming" }))).toBe("/roaming/jupyter");
    expect(userDataFolder(on("linux", { JUPYTER_DATA_DIR: "/own" }))).toBe("/own");
  });

  test("JUPYTER_PATH comes first, then environments, the user's, the system's, each once", () => {
    const machine = on("linux", { JUPYTER_PATH: ["/extra", "/more"].join(delimiter) });
    expect(dataFolders(["/venv", "/usr"], machine)).toEqual([
      "/extra",
      "/more",
      "/venv/share/jupyter",
      "/usr/share/jupyter",
      "/home/ada/.local/share/jupyter",
      "/usr/local/share/jupyter",
    ]);
  });
});

describe("a kernelspec on disk", () => {
  let data: string;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), "gradbook-specs-"));
  });
  afterEach(() => rmSync(data, { recursive: true, force: true }));

  test("starts this Node on this copy, by message interrupts", () => {
    const folder = join(data, "kernels", "gradbook");
    writeKernelspec(folder, ownKernelspec());
    const { argv, ...rest } = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"));
    expect(argv[0]).toBe(process.execPath);
    expect(argv[1]).toMatch(/dist[\\/]kernel[\\/]kernel\.js$/);
    expect(argv[2]).toBe("{connection_file}");
    expect(rest).toMatchObject({ language: "typescript", interrupt_mode: "message", kernel_protocol_version: "5.5" });
    expect(readKernelspec(folder)).toMatchObject({ name: "gradbook", ours: true, current: true });
  });

  test("of another copy is ours but not current; of another kernel it is not ours; unreadable it is none", () => {
    const other = ownKernelspec();
    other.argv[1] = "/elsewhere/dist/kernel/kernel.js";
    writeKernelspec(join(data, "kernels", "old"), other);
    mkdirSync(join(data, "kernels", "python3"));
    writeFileSync(join(data, "kernels", "python3", "kernel.json"), JSON.stringify({ argv: ["python"], metadata: {} }));
    mkdirSync(join(data, "kernels", "torn"));
    writeFileSync(join(data, "kernels", "torn", "kernel.json"), '{"argv": [');
    expect(findKernelspecs([data, join(data, "none")])).toMatchObject([
      { name: "old", ours: true, current: false },
      { name: "python3", ours: false },
    ]);
  });

  test("removing takes what was written and leaves other files", () => {
    const folder = join(data, "kernels", "gradbook");
    writeKernelspec(folder, ownKernelspec());
    writeFileSync(join(folder, "notes.txt"), "mine");
    removeKernelspec(folder);
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");
    expect(readKernelspec(folder)).toBeUndefined();
  });
});
