import { describe, expect, test } from "vitest";
import { explain, nn, randn, slice, type Tensor, tensor, zeros } from "../../engine/index.js";
import { views } from "../../widgets/show.js";
import { shown } from "./markup.js";
import { trainedDigits } from "./trained.js";

function attacked(options?: Parameters<typeof views.attack>[3]) {
  const { model, images, labels } = trainedDigits();
  const input = images.at(slice(0, 1)) as Tensor;
  return {
    model,
    input,
    label: labels.at(slice(0, 1)) as Tensor,
    explorer: views.attack(model, input, labels.at(0) as Tensor, options),
  };
}
const probabilities = (model: (x: Tensor) => Tensor, x: Tensor) =>
  Array.from((model(x).softmax(-1) as Tensor).data() as Float32Array);

describe("show.attack", () => {
  test("the probabilities are the model's of what fgsm gives, at each epsilon", () => {
    const { model, input, label, explorer } = attacked();
    for (const epsilon of [0, 0.05, 0.2]) {
      explorer.epsilon = epsilon;
      const moved = explain.fgsm(model as never, input, label, { epsilon, range: [0, 1] });
      const [before, after] = [probabilities(model as never, input), probabilities(model as never, moved)];
      for (const c of explorer.get("classes")) {
        expect(c.before).toBeCloseTo(before[Number(c.name)]!, 5);
        expect(c.after).toBeCloseTo(after[Number(c.name)]!, 5);
      }
      expect(explorer.get("answer")).toBe(String(after.indexOf(Math.max(...after))));
    }
    // A network that reads digits well is fooled within the slider's range.
    expect(explorer.get("right")).toBe(false);
    const { text, plain, html } = shown(explorer);
    expect(text).toMatch(/epsilon 0\.2 · \d is taken for \d/);
    expect(html.match(/<img width/g)).toHaveLength(3);
    expect(plain).toContain("before");
  });

  test("leaves the model as it was: its mode, its gradients, what it counts", () => {
    const net = new nn.Sequential(new nn.Flatten(), new nn.Linear(9, 4), new nn.BatchNorm1d(4), new nn.Dropout(0.5));
    net.namedChildren()[3]![1].eval();
    const counted = () => net.namedBuffers().map(([, b]) => Array.from((b as Tensor).data() as ArrayLike<number>));
    const before = counted();
    const explorer = views.attack(net, randn([1, 3, 3]) as Tensor, 2);
    explorer.epsilon = 0.1;
    expect(net.namedChildren().map(([, m]) => m.training)).toEqual([true, true, true, false]);
    expect(net.parameters().every(p => p.grad === undefined)).toBe(true);
    expect(counted()).toEqual(before);
  });

  test("an input that is no image has bars alone; of 500 classes the likeliest are listed, the right one among them", () => {
    const layer = new nn.Linear(6, 500);
    const explorer = views.attack(layer, randn([1, 6]) as Tensor, 499);
    expect(explorer.get("pictures")).toEqual([]);
    expect(explorer.get("classes")).toHaveLength(8);
    expect(explorer.get("classes").at(-1)).toMatchObject({ name: "499", truth: true });
    shown(explorer);
  });

  test("what a page sends cannot break it", () => {
    const { explorer } = attacked({ max: 0.3, epsilon: 0.1 });
    for (const [sent, kept] of [
      ["x", 0.1],
      [null, 0.1],
      [-1, 0.1],
      [7, 0.3],
    ] as const) {
      explorer.set("epsilon", sent as never);
      expect(explorer.epsilon).toBe(kept);
    }
    explorer.set("pictures", "broken" as never);
    shown(explorer);
  });

  test("NaN logits are said in words; names are inert; wrong input is refused", () => {
    const broken = views.attack((x: Tensor) => x.reshape([1, 4]).mul(Number.NaN) as Tensor, zeros([1, 4]) as Tensor, 1);
    expect(shown(broken).text).toContain("is taken for nothing: its logits are NaN");
    const layer = new nn.Linear(4, 2);
    const x = randn([1, 4]) as Tensor;
    const hostile = views.attack(layer, x, 0, { labels: ["<img src=x onerror=alert(1)>", "b"] });
    expect(shown(hostile).html).not.toContain("<img src=x");
    expect(() => views.attack(layer, randn([2, 4]) as Tensor, 0)).toThrow(
      "show.attack: an input of shape [2, 4]. Give one, with its batch axis",
    );
    expect(() => views.attack(layer, 5 as never, 0)).toThrow("the input is no tensor");
    expect(() => views.attack({} as never, x, 0)).toThrow("the model cannot be called");
    expect(() => views.attack(layer, x, 2)).toThrow("the label 2 is no class of 2");
    expect(() => views.attack(layer, x, 0, { labels: ["a"] })).toThrow("1 names for 2 classes");
    expect(() => views.attack(layer, x, 0, { max: 0 })).toThrow("max is 0");
    expect(() => views.attack(layer, x, 0, { epsilon: 9 })).toThrow("epsilon 9 is outside 0 to");
    expect(() => views.attack(layer, tensor([[1, 2, 3, Number.NaN]]) as Tensor, 0)).toThrow("not finite");
    expect(() => views.attack((v: Tensor) => v, randn([1, 2, 2]) as Tensor, 0)).toThrow(
      "the model gave [1, 2, 2] for one input",
    );
  });
});
