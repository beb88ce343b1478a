import type { Magic } from "./magic.js";

/** Payload that asks the kernel process, which knows the types, for a page about a name. */
export const inspectName = "gradbook_inspect";

export const inspect: Magic = {
  name: "inspect",
  line: "%inspect NAME",
  summary: "Shows type, documentation and value of a name or member; ?NAME and NAME? are short for it.",
  run({ args }, host) {
    host.payload({ source: inspectName, path: args });
  },
};
