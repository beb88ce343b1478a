import { describe, expect, test } from "vitest";
import { grad, hvp, nn, ones, randn, type Tensor, vmap, zeros } from "../../../engine/index.js";
import { distance, numbers } from "../samples.js";

class Net extends nn.Module {
  blocks = [new nn.Linear(3, 4), new nn.Linear(4, 4)];
  output = new nn.Linear(4, 1, { bias: false });
  tied = this.blocks[1]!.weight;
  offset = nn.buffer(zeros([1]));

  forward(x: Tensor): Tensor {
    const h = this.blocks.reduce<Tensor>((h, block) => block(h).tanh(), x).matmul(this.tied as never) as Tensor;
    return this.output(h).add(this.offset) as Tensor;
  }
}

describe("functionalCall", () => {
  const net = new Net();
  const x = randn([5, 3]) as Tensor;
  const loss = (p: Record<string, Tensor>, x: Tensor) => nn.functionalCall(net, p, x).square().sum() as Tensor;

  test("calls with other tensors, shared ones everywhere, and puts its own back", () => {
    const before = net.blocks[1]!.weight;
    const plain = numbers(net(x));
    const other = new Net();
    expect(numbers(nn.functionalCall(net, other.stateDict(), x))).toEqual(numbers(other(x)));
    expect(numbers(nn.functionalCall(net, { offset: ones([1]) }, x))).toEqual(numbers(net(x).add(1) as Tensor));
    expect(net.blocks[1]!.weight === before && net.tied === before).toBe(true);
    expect(numbers(net(x))).toEqual(plain);
    expect(() => nn.functionalCall(net, { offset: ones([1]) }, zeros([2, 2]))).toThrow("does not fit weight");
    expect(numbers(net(x))).toEqual(plain);
  });

  test("gives the gradients that backward gives, those of each sample, and second derivatives", () => {
    const state = Object.fromEntries(net.namedParameters());
    net.zeroGrad();
    (net(x).square().sum() as Tensor).backward();
    const gradients = grad(loss)(net.stateDict(), x);
    const each = vmap(grad(loss), { inAxes: [null, 0] })(net.stateDict(), x);
    for (const [name, p] of Object.entries(state)) {
      expect(distance(numbers(gradients[name]!), numbers(p.grad!))).toBeLessThan(1e-5);
      expect(each[name]!.shape).toEqual([5, ...p.shape]);
      expect(distance(numbers(each[name]!.sum(0) as Tensor), numbers(p.grad!))).toBeLessThan(1e-5);
    }
    const { offset: _, ...direction } = net.stateDict();
    const [, product] = hvp((p: Record<string, Tensor>) => loss(p, x), direction, direction);
    expect(Object.keys(product).sort()).toEqual(Object.keys(direction).sort());
  });

  test("refuses", () => {
    expect(() => nn.functionalCall(net, { wrong: ones([1]) }, x)).toThrow(
      "functionalCall: there is no parameter or buffer wrong. There are blocks.0.weight,",
    );
    expect(() => nn.functionalCall(net, { offset: ones([2]) }, x)).toThrow("offset is [1], the new value [2]");
    expect(() => nn.functionalCall(net, { offset: 5 as never }, x)).toThrow("offset is no tensor");
  });
});
