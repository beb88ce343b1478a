import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../kernel/wire/message.js";
import { KernelClient } from "../client.js";

describe("the comm gradbook.language", () => {
  let kernel: KernelClient;
  const comm = randomUUID();
  beforeAll(async () => {
    kernel = await KernelClient.start();
    kernel.send("comm_open", { comm_id: comm, target_name: "gradbook.language", data: {} });
    await kernel.execute("const layer = new nn.Linear(4, 8);");
  });
  afterAll(() => kernel.stop());

  async function ask(question: JsonObject): Promise<JsonObject> {
    const id = randomUUID();
    const sent = kernel.send("comm_msg", { comm_id: comm, data: { id, ...question } });
    const answer = await kernel.waitFor(() => kernel.under(sent).find(m => m.header.msg_type === "comm_msg"));
    const data = answer.content.data as JsonObject;
    expect(answer.content.comm_id).toBe(comm);
    expect(data.id).toBe(id);
    return data;
  }

  test("tells the type errors of a cell that was not run, with their places, against the cells that were", async () => {
    const { diagnostics } = await ask({ method: "diagnostics", code: "const y = 1;\nlayer(zeros([2, 5]));" });
    expect(diagnostics).toMatchObject([
      {
        severity: "error",
        line: 2,
        column: 7,
        message: expect.stringContaining("expects 4 features on the last axis, got 5"),
      },
    ]);
    expect((await ask({ method: "diagnostics", code: "layer(zeros([2, 4]))" })).diagnostics).toEqual([]);
  });

  test("tells the type at a place, counted in UTF-16 units, and nothing where there is none", async () => {
    expect((await ask({ method: "hover", code: "'😀'; layer", offset: 8 })).text).toContain(
      "const layer: nn.Linear<4, 8",
    );
    expect(await ask({ method: "hover", code: "   ", offset: 1 })).not.toHaveProperty("text");
  });

  test("answers while a cell spins", async () => {
    const id = kernel.start("while (true) {}");
    await kernel.waitFor(() => kernel.under(id).find(m => m.header.msg_type === "execute_input"));
    const { diagnostics } = await ask({ method: "diagnostics", code: "layer(zeros([2, 6]))" });
    expect((diagnostics as unknown[]).length).toBe(1);
    await kernel.request("interrupt_request", {}, "control");
    expect((await kernel.outcome(id)).error?.ename).toBe("KeyboardInterrupt");
  });

  test("is listed among the comms until it is closed, and takes nonsense calmly", async () => {
    expect((await ask({ method: "dance" })).error).toBe(
      'there is no question "dance"; there are diagnostics and hover',
    );
    expect((await ask({ method: "diagnostics", code: 5 })).diagnostics).toEqual([]);
    expect(await ask({ method: "hover", code: "layer", offset: "x" })).toMatchObject({ text: expect.any(String) });
    expect(await ask({ method: "hover", code: "layer", offset: 1e9 })).toHaveProperty("method", "hover");
    const list = async () => (await kernel.request("comm_info_request", {})).content.comms;
    expect(await list()).toEqual({ [comm]: { target_name: "gradbook.language" } });
    kernel.send("comm_close", { comm_id: comm, data: {} });
    expect(await list()).toEqual({});
  });
});
