import type { JsonObject, Output } from "./notebook.js";

/** A message on iopub, as far as outputs go. */
export interface OutputMessage {
  type: string;
  content: JsonObject;
}

/**
 * The outputs of the cells of one run, as JupyterLab keeps them: neighbouring streams merge, `clear_output` waits when told to,
 * and an update reaches every output that was displayed under its id, in whichever cell.
 */
export class NotebookOutputs {
  #shown = new Map<string, { data: JsonObject; metadata: JsonObject }[]>();

  /** The outputs of a cell that begins to run. */
  begin(outputs: Output[]): CellOutputs {
    outputs.length = 0;
    return new CellOutputs(outputs, this.#shown);
  }
}

/** Puts the messages of one cell into its list of outputs. */
export class CellOutputs {
  #outputs: Output[];
  #shown: Map<string, { data: JsonObject; metadata: JsonObject }[]>;
  #clearNext = false;

  constructor(outputs: Output[], shown: Map<string, { data: JsonObject; metadata: JsonObject }[]>) {
    this.#outputs = outputs;
    this.#shown = shown;
  }

  /** Takes one message; those that are no output change nothing. */
  add({ type, content }: OutputMessage): void {
    if (type === "clear_output") {
      if (content.wait) this.#clearNext = true;
      else this.#clear();
      return;
    }
    if (type === "update_display_data") {
      this.#update(content);
      return;
    }
    const output = toOutput(type, content);
    if (!output) return;
    if (this.#clearNext) this.#clear();
    if (output.output_type === "stream" && this.#merge(output.name, output.text)) return;
    this.#outputs.push(output);
    const id = displayId(content);
    if (id !== undefined && "data" in output) this.#shown.set(id, [...(this.#shown.get(id) ?? []), output]);
  }

  #clear(): void {
    this.#clearNext = false;
    this.#outputs.length = 0;
  }

  #merge(name: string, text: string): boolean {
    const last = this.#outputs.at(-1);
    if (last?.output_type !== "stream" || last.name !== name) return false;
    // What is there already is clean, unless it ends in a carriage return that waits for what follows.
    last.text = /[\r\b]/.test(text) || last.text.endsWith("\r") ? overwrite(last.text + text) : last.text + text;
    return true;
  }

  #update(content: JsonObject): void {
    const id = displayId(content);
    for (const shown of this.#shown.get(id ?? "") ?? []) {
      shown.data = content.data as JsonObject;
      shown.metadata = (content.metadata ?? {}) as JsonObject;
    }
  }
}

function displayId(content: JsonObject): string | undefined {
  const id = (content.transient as JsonObject | undefined)?.display_id;
  return typeof id === "string" ? id : undefined;
}

function toOutput(type: string, content: JsonObject): Output | undefined {
  const data = content.data as JsonObject;
  const metadata = (content.metadata ?? {}) as JsonObject;
  switch (type) {
    case "stream":
      return { output_type: "stream", name: String(content.name), text: overwrite(String(content.text)) };
    case "display_data":
      return { output_type: "display_data", data, metadata };
    case "execute_result":
      return { output_type: "execute_result", data, metadata, execution_count: content.execution_count as number };
    case "error":
      return {
        output_type: "error",
        ename: String(content.ename),
        evalue: String(content.evalue),
        traceback: content.traceback as string[],
      };
    default:
      return undefined;
  }
}

/** What a terminal would show: a carriage return starts the line again, a backspace takes back a character. */
function overwrite(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  let shown = text;
  for (let before = ""; before !== shown; ) {
    before = shown;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: \x08 is the backspace
    shown = shown.replace(/[^\n\x08]\x08/g, "");
  }
  return shown.replace(/\r+\n/g, "\n").replace(/.*\r(?=[^\n\r])/g, "");
}
