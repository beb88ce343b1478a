import type { Dialect } from "./tslab/dialect.js";
import { bindSockets } from "./wire/bind.js";
import { ConnectionError, readConnectionFile, writeChosenPorts } from "./wire/connection-file.js";

// The kernel process: owns the sockets and never runs code of cells. Jupyter starts it with a connection file.

function log(line: string): void {
  process.stderr.write(`gradbook: ${line}\n`);
}

async function main(file: string, dialect: Dialect): Promise<void> {
  const connection = readConnectionFile(file);
  // A client that finds nobody listening tries again after 100 to 200 ms. So the sockets come first, and everything else
  // is loaded while it connects.
  const sockets = await bindSockets(connection);
  if (Object.values(connection.ports).includes(0)) writeChosenPorts(file, sockets.ports);
  const { serve } = await import("./serve.js");
  serve(sockets, connection, dialect, log);
}

const file = process.argv.slice(2).find(argument => !argument.startsWith("-"));
if (file === undefined) {
  log("no connection file was given. Jupyter starts this program; to execute a notebook, use `gradbook run`.");
  process.exit(2);
}
const dialect = process.argv.includes("--jslab") ? "jslab" : process.argv.includes("--tslab") ? "tslab" : "gradbook";
main(file, dialect).catch((error: unknown) => {
  log(error instanceof ConnectionError || !(error instanceof Error) ? String(error) : error.message);
  process.exit(1);
});
