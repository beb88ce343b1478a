import { readFileSync } from "node:fs";
import { cpus, freemem, hostname, totalmem } from "node:os";
import type { JsonObject } from "../wire/message.js";
import type { Session } from "./session.js";

/** `usage_request`: what the notebook's process and its machine use, in the fields that Jupyter's usage panel reads. */
export function usage(session: Session): JsonObject {
  const { pid } = session.evaluators;
  const total = totalmem();
  const available = availableMemory();
  return {
    hostname: hostname(),
    pid: pid ?? process.pid,
    kernel_memory: (pid === undefined ? undefined : residentBytes(pid)) ?? process.memoryUsage.rss(),
    cpu_count: cpus().length,
    host_virtual_memory: {
      total,
      available,
      percent: Math.round((1 - available / total) * 1000) / 10,
      used: total - available,
      free: freemem(),
    },
  };
}

/** Resident memory of a process, where the system tells it. */
function residentBytes(pid: number): number | undefined {
  try {
    const kibibytes = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

/** Memory that programs can still get: more than what is free, because caches give way. */
function availableMemory(): number {
  try {
    const kibibytes = /MemAvailable:\s*(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // No such file on this system.
  }
  return freemem();
}
