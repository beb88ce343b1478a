import { describe, expect, test } from "vitest";
import { displaySymbol } from "../../widgets/display.js";
import { views } from "../../widgets/show.js";
import { viewType } from "../../widgets/view-type.js";
import { type Widget, widget } from "../../widgets/widget.js";

const esm = "export default { render() {} }";

describe("a widget without a front end", () => {
  test("holds its state and tells of changes once per change", () => {
    const w = widget({ esm, state: { n: 1, text: "a" } });
    const heard: unknown[] = [];
    w.on("change:n", n => heard.push(n));
    w.on("change", names => heard.push(names));
    w.set("n", 2);
    w.set({ n: 2, text: "a" });
    w.set({ text: "b" });
    expect(heard).toEqual([2, ["n"], ["text"]]);
    expect(w.state).toEqual({ n: 2, text: "b" });
  });

  test("a listener that was taken away hears nothing", () => {
    const w = widget({ esm, state: { n: 1 } });
    const heard: number[] = [];
    const listener = (n: number) => heard.push(n);
    w.on("change:n", listener);
    w.off("change:n", listener);
    w.set("n", 5);
    w.on("change:n", listener);
    w.off("change:n");
    w.set("n", 6);
    expect(heard).toEqual([]);
  });

  test("next() waits for a change, and ends with the widget", async () => {
    const w = widget({ esm, state: { n: 1 } });
    const first = w.next("n");
    w.set("n", 7);
    expect(await first).toBe(7);
    const second = w.next("n");
    w.close();
    expect(await second).toBe(7);
    expect(await w.next("n")).toBe(7);
  });

  test("shows its state as text and as a table, escaped and within bounds", () => {
    const state = { label: "<img src=x onerror=alert(1)>", weights: new Float32Array(4), long: "x".repeat(500) };
    const bundle = widget({ esm, state, name: "Probe" })[displaySymbol]();
    expect(Object.keys(bundle).sort()).toEqual([viewType, "text/html", "text/plain"]);
    expect(bundle["text/html"]).not.toContain("<img");
    expect(bundle["text/html"]).toContain("16 bytes");
    expect(String(bundle["text/html"]).length).toBeLessThan(8000);
    expect(bundle["text/plain"]).toMatch(
      /^Probe\(label: "<img src=x onerror=alert\(1\)>", weights: 16 bytes, long: "x+…\)$/,
    );
  });

  test("shows what its fallback makes of the state it has now", () => {
    const w = widget({ esm, state: { rows: [{ a: 1 }] }, fallback: ({ rows }) => views.table(rows) });
    w.set("rows", [{ a: 41 }, { a: 42 }]);
    expect(w[displaySymbol]()["text/html"]).toContain("2 rows");
  });

  test("refuses what it cannot use, and says what to do", () => {
    const wrong = (options: unknown) => () => widget(options as { esm: string });
    expect(wrong({ esm: "" })).toThrow("widget: esm must be text");
    expect(wrong({ esm: 5 })).toThrow("widget: esm must be text");
    expect(wrong({ esm, css: 1 })).toThrow("widget: css must be text");
    expect(wrong({ esm, state: { _esm: "x" } })).toThrow('the name "_esm" belongs to the protocol');
    expect(wrong({ esm, state: { f() {} } })).toThrow("the state at f is a function");
    const w: Widget = widget({ esm });
    expect(() => w.set("n", 1n)).toThrow("the state at n is a bigint");
    expect(() => w.on("chagne" as "change", () => {})).toThrow('there is no event "chagne"');
    expect(w.state).toEqual({});
  });
});
