import { describe, expect, test } from "vitest";
import { control } from "../../widgets/control.js";
import { displaySymbol } from "../../widgets/display.js";

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
