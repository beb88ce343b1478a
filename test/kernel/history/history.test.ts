import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { History } from "../../../kernel/history/history.js";
import { HistoryFile, historyPath } from "../../../kernel/history/history-file.js";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gradbook-history-"));
  path = join(folder, "deep", "history.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(): History {
  return new History(new HistoryFile(path));
}

describe("history", () => {
  test("tail, range and search", () => {
    const history = new History();
    ["a", "b[1]", "a", "abc"].forEach((input, i) => {
      history.append(i + 1, input);
    });
    expect(history.tail(2).map(e => e.input)).toEqual(["a", "abc"]);
    expect(history.tail(0)).toEqual([]);
    expect(history.tail(99)).toHaveLength(4);
    expect(history.range(0, 2, 4).map(e => e.input)).toEqual(["b[1]", "a"]);
    expect(history.range(-1, 1, 99)).toEqual([]);
    expect(history.search("a*", 0, false).map(e => e.line)).toEqual([1, 3, 4]);
    expect(history.search("a*", 2, false).map(e => e.line)).toEqual([3, 4]);
    expect(history.search("a*", 0, true).map(e => e.line)).toEqual([3, 4]);
    expect(history.search("b[1]", 0, false)).toHaveLength(1);
    expect(history.search("a??", 0, false).map(e => e.input)).toEqual(["abc"]);
    expect(history.search("*", 0, false)).toHaveLength(4);
  });

  test("a pattern full of stars is answered at once", () => {
    const history = new History();
    history.append(1, "a".repeat(20_000));
    const began = performance.now();
    expect(history.search(`${"*a".repeat(20)}*b`, 0, false)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test("sessions follow each other in the file; outputs come with their cells", () => {
    const first = open();
    first.append(1, "one\nline two");
    first.appendOutput(1, "1");
    const second = open();
    second.append(1, "two");
    expect(second.session).toBe(2);
    expect(second.range(-1, 1, 9)).toEqual([{ session: 1, line: 1, input: "one\nline two", output: "1" }]);
    expect(
      open()
        .tail(5)
        .map(e => [e.session, e.line]),
    ).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  test("kernels that begin at the same time get sessions of their own", () => {
    open().append(1, "before");
    const files = [1, 2, 3].map(() => new HistoryFile(path));
    for (const file of files) expect(file.load()).toHaveLength(1);
    expect(files.map(file => file.claim())).toEqual([2, 3, 4]);
    const [a, b] = [open(), open()];
    a.append(1, "of a");
    b.append(1, "of b");
    expect([a, b].map(history => history.range(0, 1, 9).map(e => e.input))).toEqual([["of a"], ["of b"]]);
    expect(open().session).toBe(7);
  });

  test("lines that a crash cut short, and lines of others, are skipped", () => {
    const history = open();
    history.append(1, "good");
    appendFileSync(path, '\n{"session":1,"line":2,"inp');
    history.append(3, "after");
    appendFileSync(path, '\nnull\n5\n{"session":"x","line":1,"input":"y"}\n[]');
    expect(
      open()
        .tail(9)
        .map(e => e.input),
    ).toEqual(["good", "after"]);
  });

  test("only the user may read the file", () => {
    open().append(1, "secret");
    if (process.platform !== "win32") expect(statSync(path).mode & 0o077).toBe(0);
  });

  test("where nothing can be written it lives in memory, and says so once", () => {
    writeFileSync(join(folder, "deep"), "a file where a folder should be");
    const said: string[] = [];
    const history = new History(new HistoryFile(path, line => said.push(line)));
    history.append(1, "kept");
    history.append(2, "too");
    expect(history.tail(9)).toHaveLength(2);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("history is not kept");
  });

  test("a file that grew large is halved, and keeps the newer half", () => {
    const history = open();
    history.append(1, "first");
    const line = `\n${JSON.stringify({ session: 1, line: 2, input: "x".repeat(90_000) })}`;
    appendFileSync(path, line.repeat(30));
    appendFileSync(path, `\n${JSON.stringify({ session: 1, line: 3, input: "last" })}`);
    const entries = open().tail(1000);
    expect(entries.at(-1)!.input).toBe("last");
    expect(entries.some(e => e.input === "first")).toBe(false);
    expect(readFileSync(path).length).toBeLessThan(1_500_000);
  });

  test("the path follows the system's rules", () => {
    expect(historyPath({ GRADBOOK_STATE: "/s" }, "/home/u")).toBe(join("/s", "history.jsonl"));
    if (process.platform !== "linux") return;
    expect(historyPath({}, "/home/u")).toBe("/home/u/.local/state/gradbook/history.jsonl");
    expect(historyPath({ XDG_STATE_HOME: "/x" }, "/home/u")).toBe("/x/gradbook/history.jsonl");
  });
});
