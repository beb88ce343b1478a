import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  clearOutput,
  type DisplayOutput,
  display,
  displaySymbol,
  isDisplayable,
  type MimeBundle,
  pendingDisplays,
  setDisplaySink,
} from "../../widgets/display.js";

const text = (value: string): MimeBundle => ({ "text/plain": value });
const later = (value: string, milliseconds: number) => ({
  [displaySymbol]: () => new Promise<MimeBundle>(resolve => setTimeout(() => resolve(text(value)), milliseconds)),
});

describe("in a notebook", () => {
  let outputs: DisplayOutput[] = [];
  let cleared: boolean[] = [];

  beforeEach(() => {
    outputs = [];
    cleared = [];
    setDisplaySink({
      show: output => outputs.push(output),
      clear: wait => cleared.push(wait),
      format: value => (isDisplayable(value) ? value[displaySymbol]() : text(String(value))),
    });
  });
  afterEach(() => setDisplaySink(undefined));

  test("a handle replaces what it showed", () => {
    const handle = display("working");
    handle.update("done");
    expect(outputs.map(o => [o.data["text/plain"], o.update, o.displayId])).toEqual([
      ["working", false, handle.id],
      ["done", true, handle.id],
    ]);
    expect(handle[displaySymbol]()).toEqual({});
  });

  test("a form that comes later keeps its place, and an older one never replaces a newer", async () => {
    const slow = display(later("slow", 30));
    display("next");
    slow.update(later("newer", 5));
    await pendingDisplays();
    expect(outputs.map(o => [o.data["text/plain"], o.update])).toEqual([
      ["…", false],
      ["next", false],
      ["newer", true],
    ]);
  });

  test("a display method that throws or rejects is text, and takes nothing down", async () => {
    display({
      [displaySymbol]: () => {
        throw new Error("no paint");
      },
    });
    display({ [displaySymbol]: () => Promise.reject(new Error("no canvas")) });
    display({
      [displaySymbol]: () => {
        throw {
          toString: () => {
            throw new Error("no text");
          },
        };
      },
    });
    await pendingDisplays();
    const texts = outputs.map(o => String(o.data["text/plain"]));
    expect(texts).toContain("(the value could not be displayed: Error: no paint)");
    expect(texts).toContain("(the value could not be displayed: Error: no canvas)");
    expect(texts).toContain("(the value could not be displayed: unknown)");
  });

  test("the id can be chosen; an empty one is refused", () => {
    expect(display(1, { id: "status" }).id).toBe("status");
    expect(() => display(1, { id: "" })).toThrow("the id must be a string of at least one character");
    expect(() => display(1, { id: 3 as never })).toThrow(TypeError);
  });

  test("clearing is passed on", () => {
    clearOutput();
    clearOutput({ wait: true });
    expect(cleared).toEqual([false, true]);
  });
});

test("outside a notebook the text of a value's own form is printed", () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    display({ [displaySymbol]: () => ({ "text/html": "<b>x</b>", "text/plain": "x" }) });
    display({ [displaySymbol]: () => ({ "image/png": "AAAA" }) });
    clearOutput();
    expect(log.mock.calls).toEqual([["x"], ["[image/png]"]]);
  } finally {
    log.mockRestore();
  }
});
