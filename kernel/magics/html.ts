import type { Magic } from "./magic.js";

export const html: Magic = {
  name: "html",
  cell: "%%html",
  summary: "Shows the cell as HTML.",
  run({ body }, host) {
    host.show({ "text/html": body, "text/plain": body });
  },
};
