import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** A file of the kernel's, or nothing where there is none. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Physical cores as Linux counts them. Two hardware threads share one core's multipliers, so a second one only costs. */
function linuxCores(): number | undefined {
  const folder = "/sys/devices/system/cpu";
  try {
    const siblings = readdirSync(folder)
      .filter(name => /^cpu\d+$/.test(name))
      .map(name => textOf(`${folder}/${name}/topology/thread_siblings_list`))
      .filter(text => text !== undefined);
    return new Set(siblings).size || undefined;
  } catch {
    return undefined;
  }
}

/** The share of the processors that a container may use: `quota period` of cgroup 2, in microseconds. */
function containerCores(): number | undefined {
  const [quota, period] = (textOf("/sys/fs/cgroup/cpu.max") ?? "").split(" ").map(Number);
  return quota && period ? Math.max(1, Math.floor(quota / period)) : undefined;
}

/** How many threads are worth having for kernels: the physical cores that this process may use. */
export function usableCores(): number {
  const cores = process.platform === "linux" ? [linuxCores(), containerCores()] : [];
  return Math.max(1, Math.min(availableParallelism(), ...cores.filter(n => n !== undefined)));
}
