import type { Magic } from "./magic.js";

export const markdown: Magic = {
  name: "markdown",
  cell: "%%markdown",
  summary: "Shows the cell as Markdown, formulas included.",
  run({ body }, host) {
    host.show({ "text/markdown": body, "text/plain": body });
  },
};
