import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject, Message } from "../../kernel/wire/message.js";
import { KernelClient } from "../kernel/client.js";

/** The page's side of one comm, as a widget manager plays it. */
class Page {
  constructor(
    readonly kernel: KernelClient,
    readonly id: string,
  ) {}

  send(data: JsonObject, buffers: Uint8Array[] = []): string {
    return this.kernel.send("comm_msg", { comm_id: this.id, data }, { buffers });
  }

  received(method: string): Message[] {
    return this.kernel.iopub.filter(
      m => m.header.msg_type === "comm_msg" && m.content.comm_id === this.id && dataOf(m).method === method,
    );
  }

  /** The nth message of a method. */
  wait(method: string, count = 1): Promise<Message> {
    return this.kernel.waitFor(() => this.received(method)[count - 1]);
  }
}

const dataOf = (message: Message) => message.content.data as JsonObject;
const esm = 'export default { render({ el }) { el.textContent = "hello"; } }';

describe("widgets over a real kernel's comms", () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await KernelClient.start();
    await kernel.execute(`const esm = ${JSON.stringify(esm)};`);
  });
  afterAll(() => kernel.stop());
  afterEach(() => kernel.execute("w.close();"));

  /** Shows the widget that `code` makes, and plays its page. */
  async function show(code: string): Promise<{ page: Page; opening: Message; bundle: JsonObject }> {
    const { messages, error } = await kernel.execute(`var w = ${code}; w`);
    expect(error).toBeUndefined();
    const opening = messages.find(m => m.header.msg_type === "comm_open")!;
    const result = messages.find(m => m.header.msg_type === "execute_result")!;
    expect(messages.indexOf(opening)).toBeLessThan(messages.indexOf(result));
    return {
      page: new Page(kernel, String(opening.content.comm_id)),
      opening,
      bundle: result.content.data as JsonObject,
    };
  }

  test("opens as the protocol 2.1 has it, with bytes beside the state, and stands beside static forms", async () => {
    const { page, opening, bundle } = await show(
      "widget({ esm, css: 'b{}', state: { n: 1, data: [new Uint8Array([1, 2]), { deep: new Float32Array([3]) }] } })",
    );
    expect(opening.metadata).toMatchObject({ version: "2.1.0" });
    expect(opening.content.target_name).toBe("jupyter.widget");
    expect(dataOf(opening)).toMatchObject({
      state: {
        _model_module: "anywidget",
        _model_name: "AnyModel",
        _view_module: "anywidget",
        _view_name: "AnyView",
        _view_count: null,
        _esm: esm,
        _css: "b{}",
        n: 1,
        data: [null, {}],
      },
      buffer_paths: [
        ["data", 0],
        ["data", 1, "deep"],
      ],
    });
    expect(opening.buffers.map(b => [...b])).toEqual([
      [1, 2],
      [0, 0, 64, 64],
    ]);
    expect(bundle["application/vnd.jupyter.widget-view+json"]).toEqual({
      version_major: 2,
      version_minor: 1,
      model_id: page.id,
    });
    expect(bundle["text/plain"]).toContain("n: 1");
    expect(bundle["text/html"]).toContain("<table");
  });

  test("a change in the cell is one update, a change in the page an echo with its parent and a listener's call", async () => {
    const { page } = await show("widget({ esm, state: { n: 1, m: 1, bytes: new Uint8Array(2) } })");
    await kernel.execute('w.on("change:n", n => console.log(`heard ${n}`)); w.set("n", 2); w.set("m", 3);');
    expect(dataOf(await page.wait("update"))).toEqual({ method: "update", state: { n: 2, m: 3 }, buffer_paths: [] });
    expect(page.received("update").length).toBe(1);
    const id = page.send({ method: "update", state: { n: 8 }, buffer_paths: [["bytes"]] }, [Uint8Array.of(9, 9, 9)]);
    const echo = await page.wait("echo_update");
    expect(echo.parent_header).toMatchObject({ msg_id: id });
    expect(dataOf(echo)).toMatchObject({ state: { n: 8 }, buffer_paths: [["bytes"]] });
    expect([...echo.buffers[0]!]).toEqual([9, 9, 9]);
    expect(await kernel.execute('[w.get("n"), ...w.get("bytes")].join()')).toMatchObject({
      text: expect.stringContaining("8,9,9,9"),
    });
    expect(
      kernel.iopub
        .filter(m => m.header.msg_type === "stream")
        .map(m => m.content.text)
        .join(""),
    ).toContain("heard 2\nheard 8");
  });

  test("answers request_state and, for a page that was loaded again, request_states", async () => {
    const { page } = await show("widget({ esm, state: { n: 1, data: { b: new Uint8Array([7]) } } })");
    await kernel.execute('w.set("n", 5); w.save();');
    page.send({ method: "request_state" });
    const full = await page.wait("update", 2);
    expect(dataOf(full)).toMatchObject({ state: { n: 5, _esm: esm, data: {} }, buffer_paths: [["data", "b"]] });
    const control = new Page(kernel, randomUUID());
    kernel.send("comm_open", { comm_id: control.id, target_name: "jupyter.widget.control", data: {} });
    control.send({ method: "request_states" });
    const all = await control.wait("update_states");
    const states = dataOf(all).states as Record<string, JsonObject>;
    expect(Object.keys(states)).toEqual([page.id]);
    expect(states[page.id]).toMatchObject({ model_name: "AnyModel", model_module: "anywidget", state: { n: 5 } });
    expect(dataOf(all).buffer_paths).toEqual([[page.id, "state", "data", "b"]]);
    expect([...all.buffers[0]!]).toEqual([7]);
  });

  test("passes custom messages both ways and answers commands, also with an error", async () => {
    const { page } = await show(
      `widget({ esm, commands: {
        double: async ({ n }: { n: number }, buffers) => ({ twice: 2 * n, bytes: buffers[0].map(b => b + 1) }),
        fail() { throw new RangeError("out of range"); },
      } })`,
    );
    await kernel.execute(
      'w.on("msg:custom", (content, [bytes]) => w.send({ got: content, sum: bytes[0] + bytes[1] }, [bytes]));',
    );
    page.send({ method: "custom", content: { hi: 1 } }, [Uint8Array.of(3, 4)]);
    const custom = await page.wait("custom");
    expect(dataOf(custom).content).toEqual({ got: { hi: 1 }, sum: 7 });
    expect([...custom.buffers[0]!]).toEqual([3, 4]);

    const invoke = (name: string, msg: unknown, buffers: Uint8Array[] = []) =>
      page.send({ method: "custom", content: { id: name, kind: "anywidget-command", name, msg } }, buffers);
    invoke("double", { n: 21 }, [Uint8Array.of(1)]);
    const answer = await page.wait("custom", 2);
    const kind = "anywidget-command-response";
    expect(dataOf(answer).content).toEqual({ id: "double", kind, response: { twice: 42 } });
    expect([...answer.buffers[0]!]).toEqual([2]);
    invoke("fail", null);
    expect(dataOf(await page.wait("custom", 3)).content).toMatchObject({ id: "fail", kind, error: "out of range" });
    invoke("toString", null);
    expect(dataOf(await page.wait("custom", 4)).content).toMatchObject({
      error: 'there is no command "toString"; known: double, fail',
    });
  });

  test("messages get through while a cell trains and awaits; the loop sees the new value", async () => {
    const { page } = await show("widget({ esm, state: { lr: 0.1, stop: false } })");
    const id = kernel.start(`
      const net = new nn.Sequential(new nn.Linear(8, 16), new nn.ReLU(), new nn.Linear(16, 1));
      const opt = new optim.SGD(net.parameters(), { lr: 0.01 });
      const xs = randn([64, 8]);
      let steps = 0;
      while (!w.get("stop")) {
        opt.zeroGrad();
        net(xs).square().mean().backward();
        opt.step();
        steps++;
        await new Promise(resolve => setImmediate(resolve));
      }
      console.log("stopped with " + w.get("lr") + " " + (steps > 0));`);
    await kernel.waitFor(() => kernel.under(id).find(m => m.header.msg_type === "execute_input"));
    const began = performance.now();
    page.send({ method: "update", state: { lr: 0.5 } });
    await page.wait("echo_update");
    expect(performance.now() - began).toBeLessThan(1000);
    page.send({ method: "update", state: { stop: true } });
    expect(await kernel.outcome(id)).toMatchObject({ error: undefined, stdout: "stopped with 0.5 true\n" });
  });

  test("close() tells the page what to show from now on; a page that closes leaves the value usable", async () => {
    const { page } = await show("widget({ esm, state: { n: 1 } })");
    await kernel.execute('w.set("n", 3); w.close();');
    const closing = await kernel.waitFor(() =>
      kernel.iopub.find(m => m.header.msg_type === "comm_close" && m.content.comm_id === page.id),
    );
    expect((dataOf(closing).frozen as JsonObject)["text/plain"]).toBe("Widget(n: 3)");
    const after = await kernel.execute("w");
    expect(after.messages.map(m => m.header.msg_type)).not.toContain("comm_open");

    const second = await show("widget({ esm, state: { n: 1 } })");
    kernel.send("comm_close", { comm_id: second.page.id, data: {} });
    const again = await show("w");
    expect(again.page.id).not.toBe(second.page.id);
  });

  test("is sent under our own target where a front end said that it shows our widgets, until it leaves", async () => {
    const id = randomUUID();
    kernel.send("comm_open", { comm_id: id, target_name: "gradbook.frontend", data: { version: "0.1.0" } });
    const { opening, bundle, page } = await show("widget({ esm, state: { n: 1 } })");
    expect(opening.content.target_name).toBe("gradbook.widget");
    expect(bundle["application/vnd.gradbook.widget+json"]).toEqual({ model_id: page.id });
    expect(bundle).not.toHaveProperty("application/vnd.jupyter.widget-view+json");
    kernel.send("comm_close", { comm_id: id, data: {} });
    expect((await show("w")).opening.content.target_name).toBe("jupyter.widget");
  });

  test("a front end that never answers holds nothing up: neither changes, nor training, nor an interrupt", async () => {
    const front = randomUUID();
    kernel.send("comm_open", { comm_id: front, target_name: "gradbook.frontend", data: {} });
    const { page } = await show("widget({ esm, state: { n: 0, bytes: new Uint8Array(1000) } })");
    const done = await kernel.execute(`
      const run = control.training();
      display(run);
      let steps = 0;
      const until = performance.now() + 300;
      while (performance.now() < until && (await run.step())) w.set("n", ++steps);
      console.log(String(steps > 100));`);
    expect(done).toMatchObject({ error: undefined, stdout: "true\n" });
    const id = kernel.start('await w.next("n")');
    await kernel.waitFor(() => kernel.under(id).find(m => m.header.msg_type === "execute_input"));
    const began = performance.now();
    await kernel.request("interrupt_request", {}, "control");
    expect((await kernel.outcome(id)).error).toBeDefined();
    expect(performance.now() - began).toBeLessThan(1000);
    // Who looks on later is told the state as it is then.
    page.send({ method: "request_state" });
    await kernel.waitFor(() => page.received("update").find(m => "_esm" in (dataOf(m).state as JsonObject)));
    expect((await kernel.execute("w.get('n') > 100")).text).toContain("true");
    kernel.send("comm_close", { comm_id: front, data: {} });
  });

  test("malformed messages change nothing", async () => {
    const { page } = await show("widget({ esm, state: { n: 1 } })");
    for (const data of [
      {},
      { method: "update" },
      { method: "update", state: null },
      { method: "update", state: { _esm: "alert(1)", __proto__: 1 }, buffer_paths: 5 },
      { method: "update", state: {}, buffer_paths: [["__proto__", "x"]] },
      { method: "custom" },
      { method: "nonsense" },
    ] as JsonObject[])
      page.send(data);
    page.send({ method: "request_state" });
    expect(dataOf(await page.wait("update"))).toMatchObject({ state: { n: 1, _esm: esm } });
    expect((await kernel.execute("JSON.stringify(w.state)")).text).toContain('{"n":1}');
  });
});
