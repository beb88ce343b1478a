import { inspectValue } from "../display/format.js";
import type { Output } from "./output.js";
import type { Runs } from "./runs.js";

/** What a cell can ask of the page that shows it, besides output. */
export interface Notebook {
  /** Shows something in the pager of the front end: text, a mime bundle, or whatever a value looks like as text. */
  page(content: unknown): void;
  /** Puts code into a new cell below, or in place of the cell that runs. */
  setNextInput(code: string, options?: { replace?: boolean }): void;
}

/**
 * Makes the `notebook` of the cells. Payloads reach the front end with the reply of the cell; one that has replied already
 * can send none.
 *
 * @example
 * notebook.setNextInput("model.summary()");
 * notebook.page("a long text");
 */
export function createNotebook(output: Output, runs: Runs): Notebook {
  const send = (payload: object): void => output.send({ type: "payload", run: runs.current.number, payload });
  return {
    page(content) {
      const data = isBundle(content) ? content : { "text/plain": asText(content) };
      send({ source: "page", data, start: 0 });
    },
    setNextInput(code, { replace = false } = {}) {
      if (typeof code !== "string") throw new TypeError(`setNextInput: the code must be a string, not ${typeof code}`);
      send({ source: "set_next_input", text: code, replace });
    },
  };
}

function asText(content: unknown): string {
  return typeof content === "string" ? content : inspectValue(content);
}

function isBundle(content: unknown): content is Record<string, unknown> {
  return content !== null && typeof content === "object" && "text/plain" in content;
}
