import { expect, test } from "vitest";
import { NotebookOutputs, type OutputMessage } from "../../../kernel/cli/cell-outputs.js";
import type { Output } from "../../../kernel/cli/notebook.js";

/** The outputs of one cell after these messages. */
function after(...messages: OutputMessage[]): Output[] {
  const outputs: Output[] = [];
  const cell = new NotebookOutputs().begin(outputs);
  for (const message of messages) cell.add(message);
  return outputs;
}

const stream = (text: string, name = "stdout") => ({ type: "stream", content: { name, text } });
const shown = (text: string, id?: string, type = "display_data") => ({
  type,
  content: { data: { "text/plain": text }, metadata: {}, transient: id === undefined ? {} : { display_id: id } },
});

test("neighbouring streams of one name merge, others do not", () => {
  expect(after(stream("a"), stream("b\n"), stream("e", "stderr"), stream("c"))).toEqual([
    { output_type: "stream", name: "stdout", text: "ab\n" },
    { output_type: "stream", name: "stderr", text: "e" },
    { output_type: "stream", name: "stdout", text: "c" },
  ]);
});

test("carriage returns and backspaces leave what a terminal shows, also across messages", () => {
  expect(after(stream("step 1\r"), stream("step 2\r"), stream("done\n"))).toMatchObject([{ text: "done\n" }]);
  expect(after(stream("abc\b\bX\n"))).toMatchObject([{ text: "aX\n" }]);
  expect(after(stream("a\r\nb"))).toMatchObject([{ text: "a\nb" }]);
});

test("clear_output empties at once, or with `wait` when the next output comes", () => {
  const clear = (wait: boolean) => ({ type: "clear_output", content: { wait } });
  expect(after(stream("a"), clear(false))).toEqual([]);
  expect(after(stream("a"), clear(true))).toMatchObject([{ text: "a" }]);
  expect(after(stream("a"), clear(true), stream("b"))).toMatchObject([{ text: "b" }]);
});

test("an update reaches every output shown under its id, in earlier cells too, and adds none", () => {
  const run = new NotebookOutputs();
  const first: Output[] = [];
  const second: Output[] = [];
  run.begin(first).add(shown("old", "p"));
  const cell = run.begin(second);
  cell.add(shown("old", "p"));
  cell.add(shown("other", "q"));
  cell.add(shown("new", "p", "update_display_data"));
  const text = (outputs: Output[]) => outputs.map(o => ("data" in o ? o.data["text/plain"] : undefined));
  expect(text(first)).toEqual(["new"]);
  expect(text(second)).toEqual(["new", "other"]);
});

test("results and errors keep their fields; messages that are no output change nothing", () => {
  const outputs = after(
    { type: "status", content: { execution_state: "busy" } },
    { type: "execute_result", content: { data: { "text/plain": "2" }, metadata: {}, execution_count: 3 } },
    { type: "error", content: { ename: "E", evalue: "v", traceback: ["t"] } },
  );
  expect(outputs).toEqual([
    { output_type: "execute_result", data: { "text/plain": "2" }, metadata: {}, execution_count: 3 },
    { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
  ]);
});
