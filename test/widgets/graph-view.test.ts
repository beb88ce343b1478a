import { describe, expect, test } from "vitest";
import { nn, type Tensor, train } from "../../engine/index.js";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { trainedDigits } from "./trained.js";

class Residual extends nn.Module {
  readonly up = new nn.Linear(8, 16);
  readonly down = new nn.Linear(16, 8);
  forward(x: Tensor): Tensor {
    return x.add(this.down((this.up(x) as Tensor).relu())) as Tensor;
  }
}

class Named extends nn.Module {
  readonly "<img src=x onerror=alert(1)>" = new nn.Linear(2, 2);
  forward(x: Tensor): Tensor {
    return this["<img src=x onerror=alert(1)>"](x) as Tensor;
  }
}

describe("show.graph", () => {
  test("the layers and operations of a trained network, with the shapes between them", () => {
    const { model } = trainedDigits();
    const { plain, html } = shown(views.graph(model, [8, 1, 16, 16]));
    expect(plain.split("\n")).toEqual([
      "forward pass of DigitNet: 11 nodes",
      "input [8, 1, 16, 16]",
      "input [8, 1, 16, 16] → conv1 Conv2d [8, 8, 16, 16]",
      "conv1 [8, 8, 16, 16] → relu [8, 8, 16, 16]",
      "relu [8, 8, 16, 16] → maxPool2d [8, 8, 8, 8]",
      "maxPool2d [8, 8, 8, 8] → conv2 Conv2d [8, 16, 8, 8]",
      "conv2 [8, 16, 8, 8] → relu [8, 16, 8, 8]",
      "relu [8, 16, 8, 8] → maxPool2d [8, 16, 4, 4]",
      "maxPool2d [8, 16, 4, 4] → reshape [8, 256]",
      "reshape [8, 256] → fc1 Linear [8, 32]",
      "fc1 [8, 32] → relu [8, 32]",
      "relu [8, 32] → fc2 Linear [8, 10]",
    ]);
    expect(html).toContain("256 -&gt; 32");
    // The model is as it was.
    expect(Object.hasOwn(model, "forward")).toBe(false);
    expect(model.conv1.weight.requiresGrad).toBe(true);
  });

  test("a way around is an edge; equal blocks are drawn once", () => {
    const model = new nn.Sequential(...Array.from({ length: 12 }, () => new Residual()), new nn.Linear(8, 3));
    const { plain } = shown(views.graph(model, [2, 8]));
    expect(plain).toContain("0.up Linear (× 12) [2, 16]");
    expect(plain).toContain("input [2, 8], 0.down [2, 8] → add (× 12) [2, 8]");
    expect(plain).toContain("add [2, 8] → 12 Linear [2, 3]");
    expect(plain.split("\n")).toHaveLength(7);
  });

  test("a pass that fails is drawn up to the layer that fails, with both shapes", () => {
    const model = new nn.Sequential(new nn.Linear(8, 4), new nn.ReLU(), new nn.Linear(5, 2));
    const { html, text, plain } = shown(views.graph(model, [2, 8]));
    expect(html).toContain('class="bx bad"');
    expect(html).toContain("✗ [2, 4] with [2, 5]");
    expect(text).toContain("✗ fails");
    expect(text).toContain("2: linear: input [2, 4] does not fit weight [2, 5]");
    expect(plain).toContain("1 [2, 4] → 2 Linear ✗ [2, 4] with [2, 5]");
    expect(model.training).toBe(true);
    expect(() => model(trainedDigits().images)).toThrow();
  });

  test("names are inert; 1,000 different layers stay within the bytes", () => {
    expect(shown(views.graph(new Named(), [1, 2])).html).not.toContain("<img src=x");
    const sizes = Array.from({ length: 1001 }, (_, i) => 1 + ((i * i) % 97));
    const deep = new nn.Sequential(...sizes.slice(1).map((size, i) => new nn.Linear(sizes[i]!, size)));
    const { html, text } = shown(views.graph(deep, [1, 1]));
    expect(Buffer.byteLength(html)).toBeLessThan(150_000);
    expect(text).toMatch(/\d+ of [\d,]+ nodes in the middle are not drawn/);
  });

  test("wrong input is refused", () => {
    expect(() => views.graph(new nn.ReLU())).toThrow("there is no input");
    expect(() => views.graph(3 as never, [1])).toThrow("expected a model, got number");
    expect(train.trace(new nn.ReLU(), [0, 3]).nodes.at(-1)!.shape).toEqual([0, 3]);
  });
});
