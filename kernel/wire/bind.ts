import { createRequire } from "node:module";
import type { Reply, Router, XPublisher } from "zeromq";
import { type Connection, endpoint, type SocketName } from "./connection-file.js";

// `require` instead of `import` saves some milliseconds of the start, which a client notices (see `kernel.ts`).
const zmq = createRequire(import.meta.url)("zeromq") as typeof import("zeromq");

/** How long a closing socket may take to pass on what it was given, in milliseconds. */
const linger = 1000;

/** The five zmq sockets of a kernel, listening. */
export interface BoundSockets {
  shell: Router;
  control: Router;
  stdin: Router;
  iopub: XPublisher;
  hb: Reply;
  /** Where they listen, also where the system chose. */
  ports: Record<SocketName, number>;
}

/**
 * Makes the sockets of a connection and binds them. What clients send from now on waits until somebody receives.
 *
 * @throws Error when an address is taken or not ours
 */
export async function bindSockets(connection: Connection): Promise<BoundSockets> {
  // High-water marks of 0: a client that reads slowly loses nothing. Handover: one that comes back gets its identity again.
  const router = () => new zmq.Router({ linger, sendHighWaterMark: 0, receiveHighWaterMark: 0, handover: true });
  const sockets = {
    shell: router(),
    control: router(),
    stdin: router(),
    // Every subscription is heard of, not only the first of a topic: each client waits for its welcome.
    iopub: new zmq.XPublisher({ linger, sendHighWaterMark: 0, verbosity: "allSubs" }),
    hb: new zmq.Reply({ linger: 0 }),
  };
  const ports = { ...connection.ports };
  await Promise.all(
    (Object.keys(sockets) as SocketName[]).map(async name => {
      const address = endpoint(connection, name);
      const socket = sockets[name];
      try {
        if (address.startsWith("tcp://[")) socket.ipv6 = true;
        await socket.bind(address);
      } catch (error) {
        throw new Error(`the ${name} socket cannot listen on ${address}: ${(error as Error).message}`);
      }
      const chosen = /:(\d+)$/.exec(socket.lastEndpoint ?? "")?.[1];
      if (ports[name] === 0 && chosen) ports[name] = Number(chosen);
    }),
  );
  return { ...sockets, ports };
}
