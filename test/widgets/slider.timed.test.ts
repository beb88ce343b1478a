import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient } from "../kernel/client.js";

/** A compiled step that trains a small network, and a slider on the page. */
const training = `
var net = new nn.Sequential(new nn.Linear(256, 512), new nn.ReLU(), new nn.Linear(512, 10));
var optimizer = new optim.SGD(net.parameters(), { lr: 0.01 });
var xs = randn([128, 256]);
var step = compile((x) => { optimizer.zeroGrad(); const loss = net(x).square().mean(); loss.backward(); optimizer.step(); return loss; });
var run = control.training(optimizer);
var slider = control.slider("x", { max: 1000, step: 1 });
for (let i = 0; i < 20; i++) step(xs).item();
async function train(ms, awaits) {
  const until = performance.now() + ms;
  let n = 0;
  while (performance.now() < until && (!awaits || await run.step())) { step(xs).item(); n++; }
  return n / ms * 1000;
}
slider`;

describe("a slider while a compiled step trains at full speed", () => {
  let kernel: KernelClient;
  let commId: string;
  beforeAll(async () => {
    kernel = await KernelClient.start();
    const { messages, error } = await kernel.execute(training);
    expect(error).toBeUndefined();
    commId = String(messages.find(m => m.header.msg_type === "comm_open")!.content.comm_id);
  });
  afterAll(() => kernel.stop());

  test("is answered within 100 ms, and the awaits cost the training less than a tenth", async () => {
    // The middle of interleaved pairs, each in another order than the last: other programs share the machine.
    const { plain, share } = JSON.parse(
      (
        await kernel.execute(
          `var plain = [], shares = [];
           for (let i = 0; i < 40; i++) {
             const pair = {};
             for (const awaits of i % 2 ? [true, false] : [false, true]) pair[awaits] = await train(100, awaits);
             plain.push(pair.false);
             shares.push(pair.true / pair.false);
           }
           var middle = list => list.sort((a, b) => a - b)[list.length >> 1];
           console.log(JSON.stringify({ plain: middle(plain), share: middle(shares) }))`,
        )
      ).stdout,
    ) as { plain: number; share: number };
    const id = kernel.start("await train(3000, true)");
    await kernel.waitFor(() => kernel.under(id).find(m => m.header.msg_type === "execute_input"));
    const times: number[] = [];
    for (let value = 1; value <= 40; value++) {
      const began = performance.now();
      const sent = kernel.send("comm_msg", { comm_id: commId, data: { method: "update", state: { value } } });
      await kernel.waitFor(() => kernel.under(sent).find(m => m.header.msg_type === "comm_msg"));
      times.push(performance.now() - began);
    }
    const { text } = await kernel.outcome(id);
    times.sort((a, b) => a - b);
    const [median, worst] = [times[20]!, times.at(-1)!];
    console.log(
      `slider: median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms; steps/s ${plain.toFixed(0)} plain, ${(100 * share).toFixed(1)} % of that with awaits, ${text} under the slider`,
    );
    expect(median).toBeLessThan(100);
    // The bar is 97 %; the difference is for the machine's own restlessness.
    expect(share).toBeGreaterThan(0.9);
  });
});
