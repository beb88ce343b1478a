import { readFileSync, writeFileSync } from "node:fs";

export const channelNames = ["shell", "control", "stdin", "iopub", "hb"] as const;

export type SocketName = (typeof channelNames)[number];

/** What a client writes down for its kernel: where to listen and how to sign. */
export interface Connection {
  transport: "tcp" | "ipc";
  /** For ipc, the beginning of the sockets' paths. */
  ip: string;
  key: string;
  signature_scheme: string;
  /** 0: the system chooses one. */
  ports: Record<SocketName, number>;
}

/** The connection file cannot be used; the message says why and names the file. */
export class ConnectionError extends Error {}

/**
 * Reads a connection file.
 *
 * @throws ConnectionError when it is missing, no JSON, or lacks or spoils a field
 */
export function readConnectionFile(path: string): Connection {
  const fail = (what: string): never => {
    throw new ConnectionError(`connection file ${path}: ${what}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return fail(code === "ENOENT" ? "there is no such file" : code ? message : `it is not JSON (${message})`);
  }
  if (json === null || typeof json !== "object" || Array.isArray(json)) return fail("it is not a JSON object");
  const fields = json as Record<string, unknown>;
  const text = (name: string, otherwise: string): string => {
    const value = fields[name] ?? otherwise;
    return typeof value === "string" ? value : fail(`${name} must be a string`);
  };
  const port = (name: string): number => {
    const value = fields[name];
    const valid = Number.isInteger(value) && (value as number) >= 0 && (value as number) < 65_536;
    return valid ? (value as number) : fail(`${name} must be a number from 0 to 65535, not ${JSON.stringify(value)}`);
  };
  const transport = text("transport", "tcp");
  if (transport !== "tcp" && transport !== "ipc") {
    return fail(`transport ${JSON.stringify(transport)} is not supported; use "tcp" or "ipc"`);
  }
  return {
    transport,
    ip: text("ip", transport === "tcp" ? "127.0.0.1" : "kernel-ipc"),
    key: text("key", ""),
    signature_scheme: text("signature_scheme", "hmac-sha256"),
    ports: Object.fromEntries(channelNames.map(name => [name, port(`${name}_port`)])) as Record<SocketName, number>,
  };
}

/** Where a socket listens. */
export function endpoint({ transport, ip, ports }: Connection, name: SocketName): string {
  if (transport === "ipc") return `ipc://${ip}-${ports[name]}`;
  const host = ip.includes(":") && !ip.startsWith("[") ? `[${ip}]` : ip;
  return `tcp://${host}:${ports[name] === 0 ? "*" : ports[name]}`;
}

/** Writes the ports that the system chose into the connection file, where the client looks for them. */
export function writeChosenPorts(path: string, ports: Record<SocketName, number>): void {
  const fields = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  for (const name of channelNames) fields[`${name}_port`] = ports[name];
  writeFileSync(path, JSON.stringify(fields, null, 2), { mode: 0o600 });
}
