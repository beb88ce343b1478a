import { describe, expect, test } from "vitest";
import { nodeListener } from "../../engine/autograd/graph.js";
import type { Profile } from "../../engine/index.js";
import { compile, nn, optim, profile, rand, randn, type Tensor, take, tensor } from "../../engine/index.js";
import { interceptor } from "../../engine/intercept.js";
import { watcher } from "../../engine/watching.js";

class Net extends nn.Module {
  readonly conv = new nn.Conv2d(1, 4, 3, { padding: 1 });
  readonly head = new nn.Linear(4 * 64, 3);
  forward(x: Tensor): Tensor {
    return this.head((this.conv(x) as Tensor).relu().reshape([x.shape[0]!, 256])) as Tensor;
  }
}

function training() {
  const model = new Net();
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
  return (x: Tensor, labels: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = model(x).crossEntropy(labels) as Tensor;
    loss.backward();
    optimizer.step();
    return loss;
  };
}

const labels = tensor([0, 1, 2, 0], { dtype: "int32" }) as Tensor;
const at = ({ events }: Profile, kernel: string) =>
  events.filter(event => event.kernel === kernel).map(event => event.path.join(" > "));

describe("profile", () => {
  test("names the layer and the operation of every kernel, forward, backward and update", () => {
    const step = training();
    const x = randn([4, 1, 8, 8]) as Tensor;
    const found = profile(() => step(x, labels));
    expect(at(found, "conv")).toEqual(["Net > conv > conv2d"]);
    expect(at(found, "convWeightGrad")).toEqual(["backward > Net > conv > conv2d"]);
    expect(at(found, "gemm")).toEqual([
      "Net > head > linear",
      "backward > Net > head > linear",
      "backward > Net > head > linear",
    ]);
    expect(at(found, "crossEntropyGrad")).toEqual(["backward > crossEntropy"]);
    expect(at(found, "adam")).toEqual(["update > adam"]);
    const conv = found.events.find(event => event.kernel === "conv")!;
    expect(conv.shape).toEqual([4, 4, 8, 8]);
    // Image, weights, bias and result, each once, in float32.
    expect(conv.bytes).toBe(4 * (4 * 64 + 36 + 4 + 4 * 4 * 64));
    expect(found.events.every(event => event.took >= 0 && !event.compiled)).toBe(true);
  });

  test("an elementwise chain is one kernel, of the operation that ends it", () => {
    const [x, y] = [randn([1000]), randn([1000])] as [Tensor, Tensor];
    const { events } = profile(() => x.mul(y).add(x).relu().data());
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ path: ["relu"], kernel: "tape", shape: [1000], bytes: 4 * 3000 });
    expect(events[0]!.fused.at(-1)).toBe("relu");
    expect(events[0]!.fused.length).toBeGreaterThan(1);
  });

  test("a compiled step says the same of its replays", () => {
    const step = training();
    const x = randn([4, 1, 8, 8]) as Tensor;
    const eager = profile(() => step(x, labels));
    const compiled = compile(step);
    for (let i = 0; i < 3; i++) compiled(x, labels);
    const replayed = profile(() => compiled(x, labels));
    expect(replayed.events.every(event => event.compiled)).toBe(true);
    const kernels = ["conv", "convWeightGrad", "gemm", "maxPool", "crossEntropyGrad", "adam"];
    for (const kernel of kernels) expect(at(replayed, kernel)).toEqual(at(eager, kernel));
    expect(replayed.events.find(event => event.kernel === "conv")).toMatchObject({ shape: [4, 4, 8, 8] });
  });

  test("the parts add up to the whole, and a larger product takes its time", () => {
    const [a, b] = [rand([512, 512]), rand([512, 512])] as [Tensor, Tensor];
    a.matmul(b).data();
    const found = profile(() => {
      for (let i = 0; i < 3; i++) a.matmul(b).sum().item();
    });
    const sum = found.events.reduce((all, { took }) => all + took, 0);
    expect(found.kernels).toBeCloseTo(sum, 6);
    expect(found.javascript + found.kernels).toBeCloseTo(Math.max(found.total, found.kernels), 6);
    const [first, ...others] = found.byOperation();
    expect(first).toMatchObject({ op: "matmul", phase: "forward", calls: 3, shape: [512, 512] });
    expect(first!.share + others.reduce((all, { share }) => all + share, 0)).toBeCloseTo(1, 6);
    expect(first!.share).toBeGreaterThan(0.5);
    // 0.27 GFLOP: more than a thousand GFLOP/s on these cores would be no time of a kernel.
    expect(first!.took / 3).toBeGreaterThan(0.1);
    expect(String(found)).toMatch(
      /^profile: [\d.]+ ms, [\d.]+ ms in \d+ commands.*\n.*% .* 3 x {2}matmul \[512, 512\]/,
    );
  });

  test("results are the same inside", () => {
    const x = randn([32, 32]) as Tensor;
    const work = () => x.matmul(x).softmax(-1).mul(x).sum().item() as number;
    let inside = 0;
    profile(() => {
      inside = work();
    });
    expect(inside).toBe(work());
  });

  test("a promise is waited for, also by a compiled step in the background", async () => {
    const step = training();
    const x = randn([4, 1, 8, 8]) as Tensor;
    const compiled = compile(step);
    for (let i = 0; i < 2; i++) compiled(x, labels);
    const found = await profile(async () => {
      await new Promise(resolve => setTimeout(resolve, 20));
      const loss = await compiled.async(x, labels);
      await loss.read();
    });
    expect(found.total).toBeGreaterThan(15);
    expect(at(found, "conv")).toEqual(["Net > conv > conv2d"]);
  });

  test("the trace is in the form that Perfetto reads", () => {
    const { traceEvents } = profile(() => (randn([8, 8]) as Tensor).matmul(randn([8, 8]) as Tensor)).chromeTrace();
    expect(traceEvents.at(-1)).toMatchObject({ name: "matmul", ph: "X", args: { kernel: "gemm", shape: [8, 8] } });
  });

  test("wrong input is refused; an error of the function passes and ends the profile", async () => {
    expect(() => profile(3 as never)).toThrow("profile: got number");
    expect(() => profile(() => profile(() => 1))).toThrow("a profile is being made");
    expect(() => profile(() => take(randn([3]) as Tensor, tensor([7], { dtype: "int32" }) as Tensor))).toThrow("take");
    await expect(profile(() => Promise.reject(new Error("late")))).rejects.toThrow("late");
    expect([interceptor, nodeListener, watcher]).toEqual([undefined, undefined, undefined]);
    expect(profile(() => undefined)).toMatchObject({ events: [], kernels: 0 });
  });
});
