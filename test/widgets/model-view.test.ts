import { describe, expect, test } from "vitest";
import { nn, type Tensor, train } from "../../engine/index.js";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";

class Block extends nn.Module {
  readonly up = new nn.Linear(8, 32);
  readonly down = new nn.Linear(32, 8);
  forward(x: Tensor) {
    return this.down(this.up(x).relu());
  }
}

describe("show.model", () => {
  const model = new nn.Sequential(new nn.Linear(784, 64), new nn.ReLU(), new nn.Linear(64, 10));

  test("is drawn with its layers, sizes and shares", () => {
    const { text, plain, html } = shown(views.model(model));
    expect(text).toContain("50,890 parameters");
    expect(text).toContain("199 KB");
    expect(text).toMatch(/0\s*Linear\s*784 -> 64\s*50,240\s*99 %/);
    expect(text).toContain("train.summary(model, input)");
    expect(plain).toBe(String(train.summary(model)));
    expect(html.length).toBeLessThan(8_000);
  });

  test("with an input shapes, work and memory are there", () => {
    const { text } = shown(views.model(model, [32, 784]));
    expect(text).toMatch(/784 -> 64\s*\[N, 64\]/);
    expect(text).toContain("3.25M FLOPs");
    expect(text).toContain(`${((32 * (64 + 64 + 10) * 4) / 1024).toFixed(1)} KB of outputs`);
    expect(shown(views.model(train.summary(model, [32, 784]))).text).toBe(text);
  });

  test("equal blocks are one row, a thousand different layers stay within the budget", () => {
    const deep = new nn.Sequential(...Array.from({ length: 12 }, () => new Block()));
    expect(shown(views.model(deep)).text).toMatch(/0 \(× 12\)\s*Block/);
    const long = new nn.Sequential(
      ...Array.from({ length: 1000 }, (_, i) => new nn.Linear(1 + (i % 7), 1 + ((i + 1) % 7))),
    );
    const { html, text } = shown(views.model(long));
    expect(text).toContain("260 more rows");
    expect(text).toContain("700 further rows not shown");
    expect(html.length).toBeLessThan(100_000);
  });

  test("names with markup are inert", () => {
    class Named extends nn.Module {
      readonly "<img src=x onerror=alert(1)>" = new nn.Linear(2, 2);
      forward(x: Tensor) {
        return x;
      }
    }
    expect(shown(views.model(new Named())).html).not.toContain("<img src=x");
  });
});
