import { describe, expect, test } from "vitest";
import { control } from "../../widgets/control.js";
import { displaySymbol } from "../../widgets/display.js";
import { TensorExplorer } from "../../widgets/explorer.js";

describe("control.training", () => {
  test("moves the optimizer's learning rate, waits while paused, and ends the loop", async () => {
    const optimizer = { lr: 0.1 };
    const run = control.training(optimizer);
    run.set("lr", 0.02);
    expect(optimizer.lr).toBe(0.02);
    expect(await run.step()).toBe(true);
    run.set("paused", true);
    let went = false;
    const step = run.step().then(goes => {
      went = true;
      return goes;
    });
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(went).toBe(false);
    run.set({ paused: false });
    expect(await step).toBe(true);
    run.set({ stopped: true, paused: false });
    expect(await run.step()).toBe(false);
    expect(run[displaySymbol]()["text/plain"]).toBe("Training stopped by hand, learning rate 0.02");
  });

  test("a pause ends with a Stop, and with the control", async () => {
    for (const end of [
      (run: { set(v: object): void }) => run.set({ stopped: true, paused: false }),
      (run: { close(): void }) => run.close(),
    ]) {
      const run = control.training();
      run.set("paused", true);
      const step = run.step();
      end(run as never);
      expect(await step).toBe(false);
    }
  });

  test("ignores a rate that is none, and refuses such an optimizer", () => {
    const optimizer = { lr: 0.1 };
    const run = control.training(optimizer);
    run.set("lr", -1);
    expect(optimizer.lr).toBe(0.1);
    expect(() => control.training({ lr: 0 })).toThrow("the optimizer's lr is 0");
  });
});

describe("the tensor explorer", () => {
  const values = Array.from({ length: 3 }, (_, k) => [0, 1].map(i => [0, 1, 2, 3].map(j => 100 * k + 10 * i + j)));

  test("cuts the slice that is asked for, on one scale for all", () => {
    const explorer = new TensorExplorer(values);
    const levels = () => [...explorer.get("pixels")];
    const scale = (x: number) => Math.round((x / 213) * 252);
    expect(explorer.get("picture")).toMatchObject({ width: 4, height: 2, steps: [1, 1] });
    expect(levels()).toEqual([0, 1, 2, 3, 10, 11, 12, 13].map(scale));
    explorer.set("index", [2, 0, 0]);
    expect(levels()).toEqual([200, 201, 202, 203, 210, 211, 212, 213].map(scale));
    explorer.set({ axes: [0, 1], index: [0, 0, 3] });
    expect(explorer.get("picture")).toMatchObject({ width: 2, height: 3 });
    expect(levels()).toEqual([3, 13, 103, 113, 203, 213].map(scale));
  });

  test("stays inside the values whatever a page sends", () => {
    const explorer = new TensorExplorer(values);
    for (const state of [
      { index: [99, -5, 1] },
      { axes: [7, 7] },
      { axes: [1, 1] },
      { index: null },
      { colours: "none" },
    ]) {
      explorer.set(state as never);
      expect(explorer.get("pixels").length).toBe(8);
      expect(Math.max(...explorer.get("pixels"))).toBeLessThanOrEqual(252);
    }
  });

  test("long axes are sampled and said so; what has no slices is refused", () => {
    const long = {
      shape: [2, 2000],
      dtype: "float64" as const,
      device: "cpu",
      size: 4000,
      data: () => new Float64Array(4000),
    };
    const explorer = new TensorExplorer(long);
    expect(explorer.get("picture")).toMatchObject({ width: 500, height: 2, steps: [1, 4] });
    expect(explorer.get("picture").text).toContain("every 1 x 4 values one is drawn");
    expect(() => new TensorExplorer([1, 2, 3])).toThrow("show.explore: a tensor of shape [3] has no slices");
    expect(explorer[displaySymbol]()["text/html"]).toContain("<figure");
  });
});

describe("controls", () => {
  test("hold a value and tell of its changes", () => {
    const heard: unknown[] = [];
    const slider = control.slider("rate", { min: 0, max: 10, step: 1, value: 3 });
    slider.onChange(value => heard.push(value));
    slider.value = 4;
    const press = control.button("again", count => heard.push(count));
    press.value += 1;
    expect([slider.value, ...heard]).toEqual([4, 4, 1]);
    expect(control.select("optimizer", ["SGD", "Adam"]).value).toBe("SGD");
    expect(control.select("optimizer", ["SGD", "Adam"], { value: "Adam" }).value).toBe("Adam");
    expect(control.checkbox("augment").value).toBe(false);
    expect(control.text("name", { value: "x" }).value).toBe("x");
  });

  test("changed() waits for the next value", async () => {
    const text = control.text("name");
    const next = text.changed();
    text.value = "typed";
    expect(await next).toBe("typed");
  });

  test("have a static form that escapes what the user wrote", () => {
    const bundle = control.text("<img src=x onerror=1>", { value: "<script>" })[displaySymbol]();
    expect(bundle["text/html"]).not.toMatch(/<img|<script/);
    expect(bundle["text/plain"]).toBe('<img src=x onerror=1>: "<script>"');
    expect(control.slider("rate", { value: 0.25 })[displaySymbol]()["text/plain"]).toBe("rate: 0.25");
    expect(control.button("go")[displaySymbol]()["text/plain"]).toBe("go: pressed 0 times");
  });

  test("refuse what they cannot show, and say what to do", () => {
    expect(() => control.slider("x", { min: 1, max: 1 })).toThrow(
      "control.slider: max 1 is not above min 1. Give a range.",
    );
    expect(() => control.slider("x", { value: 2 })).toThrow("value 2 is outside 0 to 1");
    expect(() => control.slider("x", { step: 0 })).toThrow("step is 0");
    expect(() => control.slider("x", { log: true })).toThrow("min is 0 on a logarithmic scale");
    expect(() => control.slider("x", { max: Number.NaN })).toThrow("max is NaN");
    expect(() => control.select("x", [])).toThrow("nothing to choose from");
    expect(() => control.select("x", ["a"], { value: "b" as "a" })).toThrow('"b" is not among the choices');
    expect(() => control.slider({} as string)).toThrow("the label is {}");
  });
});
