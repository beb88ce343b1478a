import { type Kernel, KernelManager, KernelMessage, KernelSpecManager, ServerConnection } from "@jupyterlab/services";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { JupyterHome, python } from "./environment.js";
import { startServer } from "./server.js";

/** What one cell gave through the server. */
interface Seen {
  reply: KernelMessage.IExecuteReplyMsg["content"];
  stdout: string;
  text: string | undefined;
  error: string | undefined;
}

describe.skipIf(!python)("@jupyterlab/services against a real Jupyter server", () => {
  let home: JupyterHome;
  let specs: KernelSpecManager;
  let manager: KernelManager;
  let kernel: Kernel.IKernelConnection;

  beforeAll(async () => {
    home = new JupyterHome();
    await home.install();
    const { url, token } = await startServer(home, "jupyter_server");
    const serverSettings = ServerConnection.makeSettings({
      baseUrl: url,
      wsUrl: url.replace(/^http/, "ws"),
      token,
      fetch,
      WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    });
    specs = new KernelSpecManager({ serverSettings });
    await specs.ready;
    manager = new KernelManager({ serverSettings });
    await manager.ready;
    kernel = await manager.startNew({ name: "gradbook" });
    await kernel.info;
  });
  afterAll(async () => {
    await kernel?.shutdown().catch(() => {});
    manager?.dispose();
    specs?.dispose();
    await home.close();
  });

  async function execute(code: string): Promise<Seen> {
    const future = kernel.requestExecute({ code, allow_stdin: false });
    const seen: Omit<Seen, "reply"> = { stdout: "", text: undefined, error: undefined };
    future.onIOPub = message => {
      if (KernelMessage.isStreamMsg(message)) seen.stdout += message.content.text;
      else if (KernelMessage.isExecuteResultMsg(message)) seen.text = String(message.content.data["text/plain"]);
      else if (KernelMessage.isErrorMsg(message)) seen.error = message.content.ename;
    };
    const { content } = await future.done;
    return { reply: content, ...seen };
  }

  test("the server offers the kernel by its display name", () => {
    expect(specs.specs?.kernelspecs.gradbook?.display_name).toBe("TypeScript (gradbook)");
    expect(specs.specs?.kernelspecs.gradbook?.resources).toHaveProperty("logo-svg");
  });

  test("executes, with streams and results and state between cells", async () => {
    const first = await execute('let base: number = 40;\nconsole.log("from the server");\nbase + 2');
    expect(first).toMatchObject({ stdout: "from the server\n", text: "42", error: undefined });
    expect(first.reply).toMatchObject({ status: "ok", execution_count: expect.any(Number) });
    expect((await execute("base")).text).toBe("40");
  });

  test("an error reply has name, value and a traceback with the cell's line", async () => {
    const { reply, error } = await execute('const a = 1;\nthrow new RangeError("far");');
    expect(error).toBe("RangeError");
    expect(reply).toMatchObject({ status: "error", ename: "RangeError", evalue: "far" });
  });

  test("completes and inspects what a cell declared, with cursor positions in code points", async () => {
    await execute("/** Doubles a number. */\nfunction twice(n: number): number { return 2 * n; }");
    const code = "'😀'; twi";
    const completion = await kernel.requestComplete({ code, cursor_pos: [...code].length });
    expect(completion.content).toMatchObject({ status: "ok", cursor_start: 5, cursor_end: 8 });
    expect(
      (completion.content as KernelMessage.ICompleteReplyMsg["content"] & { matches: string[] }).matches,
    ).toContain("twice");
    const inspection = await kernel.requestInspect({ code: "twice", cursor_pos: 3, detail_level: 0 });
    const { data } = inspection.content as { data: Record<string, string> };
    expect(data["text/plain"]).toContain("twice(n: number): number");
    expect(data["text/plain"]).toContain("Doubles a number.");
  });

  test("completes while a cell spins, and an interrupt stops it and keeps the state", async () => {
    await execute("let before = 7;");
    const future = kernel.requestExecute({ code: "while (true) {}" });
    await new Promise<void>(resolve => {
      future.onIOPub = message => {
        if (message.header.msg_type === "execute_input") resolve();
      };
    });
    const completion = await kernel.requestComplete({ code: "Math.sqr", cursor_pos: 8 });
    expect(completion.content).toMatchObject({ status: "ok", matches: expect.arrayContaining(["sqrt"]) });
    const started = performance.now();
    await kernel.interrupt();
    const { content } = await future.done;
    expect(content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    expect(performance.now() - started).toBeLessThan(3000);
    expect((await execute("before")).text).toBe("7");
  });

  test("is_complete tells whole code from code that goes on", async () => {
    const status = async (code: string) => (await kernel.requestIsComplete({ code })).content.status;
    expect(await status("1 + 1")).toBe("complete");
    expect(await status("function f() {")).toBe("incomplete");
    expect(await status("const = 1")).toBe("invalid");
  });

  test("a restart through the server gives an empty session", async () => {
    await execute("let gone = 1;");
    await kernel.restart();
    await kernel.info;
    expect((await execute("typeof gone")).text).toContain("undefined");
  });
});
