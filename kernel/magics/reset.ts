import type { Magic } from "./magic.js";

/** Payload that tells the kernel process to forget what it knows about the types of cells. */
export const forgetTypes = "gradbook_forget_types";

export const reset: Magic = {
  name: "reset",
  line: "%reset",
  summary: "Forgets every name that cells have declared, so that their values can be freed.",
  details:
    "Preloaded names and built-ins that a cell declared anew are again what they were. Loaded modules stay loaded.",
  async run(_call, host) {
    const names = host.names();
    await host.forget(names);
    host.payload({ source: forgetTypes });
    host.print(`forgot ${names.length} ${names.length === 1 ? "name" : "names"}\n`);
  },
};
