import { History } from "./history/history.js";
import { HistoryFile, historyPath } from "./history/history-file.js";
import { Session } from "./protocol/session.js";
import type { Dialect } from "./tslab/dialect.js";
import type { BoundSockets } from "./wire/bind.js";
import type { Connection } from "./wire/connection-file.js";
import { watchParent } from "./wire/parent-watch.js";
import { Sockets } from "./wire/sockets.js";

/** How long an orderly end may take before the process goes without it, in milliseconds. */
const endMilliseconds = 2000;

/**
 * Serves a notebook over sockets until a client, a signal or the end of the parent process ends it. The process is the
 * kernel's own from here on.
 */
export function serve(
  bound: BoundSockets,
  connection: Connection,
  dialect: Dialect,
  log: (line: string) => void,
): void {
  const sockets = new Sockets(bound, connection, log);
  const session = new Session({
    cwd: process.cwd(),
    dialect,
    port: sockets,
    ports: bound.ports,
    history: new History(new HistoryFile(historyPath(), log)),
    log,
    onShutdown: () => void end(0),
  });
  sockets.listen({
    message: (channel, message, identities) => void session.handle(channel, message, identities),
    subscription: topic => sockets.welcome(topic, session.publisher.welcome(topic)),
    log,
  });

  let ending: Promise<never> | undefined;
  const end = (code: number): Promise<never> => {
    ending ??= (async () => {
      setTimeout(() => process.exit(code), endMilliseconds).unref();
      await session.close();
      await sockets.close();
      process.exit(code);
    })();
    return ending;
  };
  process.on("SIGINT", () => session.interrupt());
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end(0));
  // A fault in the kernel must not take the user's variables with it; they live in another process.
  process.on("uncaughtException", error => log(`a fault of the kernel: ${error.stack ?? String(error)}`));
  process.on("unhandledRejection", reason =>
    log(`a fault of the kernel: ${reason instanceof Error ? reason.stack : String(reason)}`),
  );
  watchParent(process.env.JPY_PARENT_PID, () => void end(0));
  // A client that waits for kernel_info is answered before the other processes take the machine's time.
  setImmediate(() => session.start());
}
