import { describe, expect, test } from "vitest";
import { joinState, splitState } from "../../widgets/state-buffers.js";

describe("binary values of a state", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const floats = Float32Array.of(1.5, -2);

  test("are taken out at any depth: the key of an object goes, the place in a list stays null", () => {
    const { state, paths, buffers } = splitState({
      a: bytes,
      list: [1, floats, { deep: bytes.buffer }],
      b: { c: "x" },
    });
    expect(state).toEqual({ list: [1, null, {}], b: { c: "x" } });
    expect(paths).toEqual([["a"], ["list", 1], ["list", 2, "deep"]]);
    expect(buffers.map(b => b.byteLength)).toEqual([3, 8, 3]);
    expect([...new Float32Array(buffers[1]!.buffer)]).toEqual([1.5, -2]);
  });

  test("come back where they were, after a journey as JSON", () => {
    const before = { a: bytes, list: [1, { deep: floats }], text: "x" };
    const { state, paths, buffers } = splitState(before);
    const after = joinState(JSON.parse(JSON.stringify(state)), JSON.parse(JSON.stringify(paths)), buffers);
    expect(after).toEqual({ a: bytes, list: [1, { deep: new Uint8Array(floats.buffer) }], text: "x" });
  });

  test("a view of a part sends just that part", () => {
    expect(splitState({ part: bytes.subarray(1) }).buffers).toEqual([Uint8Array.of(2, 3)]);
  });

  test("the given state is not changed", () => {
    const before = { list: [bytes] };
    splitState(before);
    expect(before).toEqual({ list: [bytes] });
  });

  test("paths from outside cannot reach a prototype, and those that lead nowhere are passed over", () => {
    const state = joinState(
      { a: {} },
      [["__proto__", "hacked"], ["a", "__proto__"], ["no", "where"], []],
      [1, 2, 3, 4],
    );
    expect(state).toEqual({ a: {} });
    expect(Reflect.get({}, "hacked")).toBeUndefined();
  });

  test("what cannot travel is refused, with its place", () => {
    expect(() => splitState({ a: [1, { f: () => 1 }] })).toThrow("the state at a.1.f is a function");
    expect(() => splitState({ n: 1n })).toThrow("the state at n is a bigint");
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(() => splitState({ loop })).toThrow("at loop.self contains itself");
    expect(splitState({ twice: [bytes, { x: 1 }], again: { x: 1 } }).buffers.length).toBe(1);
  });

  test("a value with a form of its own as JSON travels as that", () => {
    expect(splitState({ when: new Date(0) }).state).toEqual({ when: "1970-01-01T00:00:00.000Z" });
  });
});
