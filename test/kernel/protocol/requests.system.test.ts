import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isIdle, KernelClient, outline } from "../client.js";

let kernel: KernelClient;

beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel?.stop());

describe("kernel_info", () => {
  test.each(["shell", "control"] as const)("is answered on %s", async channel => {
    const { header, content } = await kernel.request("kernel_info_request", {}, channel);
    expect(header.msg_type).toBe("kernel_info_reply");
    expect(content).toMatchObject({
      status: "ok",
      protocol_version: "5.5",
      implementation: "gradbook",
      supported_features: ["kernel subshells"],
      language_info: { name: "typescript", file_extension: ".ts" },
    });
    expect(content.banner).toMatch(/gradbook \d+\.\d+\.\d+: TypeScript 7\.\S+, Node v\d+/);
  });

  test("came soon after the start of the process", () => {
    console.log(`process start to kernel_info_reply: ${kernel.startMilliseconds.toFixed(0)} ms`);
    expect(kernel.startMilliseconds).toBeLessThan(3000);
  });
});

describe("execute", () => {
  test("a value: busy, the input, the result, idle, and the reply", async () => {
    const { reply, messages, text } = await kernel.execute("1 + 1");
    expect(outline(messages)).toEqual(["busy", "execute_input", "execute_result", "idle"]);
    expect(text).toBe("2");
    expect(reply).toMatchObject({ status: "ok", user_expressions: {}, payload: [] });
    const count = reply.execution_count;
    expect(messages[1]!.content).toEqual({ code: "1 + 1", execution_count: count });
    expect(messages[2]!.content).toMatchObject({ execution_count: count, metadata: {} });
  });

  test("streams keep their order and come before idle", async () => {
    const { messages } = await kernel.execute("console.log('a'); console.error('b'); void process.stdout.write('c')");
    expect(outline(messages)).toEqual(["busy", "execute_input", "stdout a", "stderr b", "stdout c", "idle"]);
  });

  test("10,000 lines all come before idle", async () => {
    const { stdout } = await kernel.execute("for (let i = 0; i < 10_000; i++) console.log('line ' + i)");
    expect(stdout.split("\n").length).toBe(10_001);
    expect(stdout.endsWith("line 9999\n")).toBe(true);
  });

  test("descriptors 1 and 2 and child processes are captured", async () => {
    const { stdout, stderr } = await kernel.execute(`
      require("node:fs").writeSync(1, "raw out\\n");
      require("node:child_process").execSync("echo from child; echo complaint >&2", { stdio: "inherit" });`);
    expect(stdout).toBe("raw out\nfrom child\n");
    expect(stderr).toBe("complaint\n");
  });

  test("an error names the cell and the line", async () => {
    const { reply, error, messages } = await kernel.execute(
      "function deep() {\n  throw new RangeError('too deep')\n}\ndeep()",
    );
    expect(outline(messages)).toEqual(["busy", "execute_input", "error", "idle"]);
    expect(error).toMatchObject({ ename: "RangeError", evalue: "too deep" });
    expect(reply).toMatchObject({ status: "error", ename: "RangeError", evalue: "too deep" });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out
    const traceback = error!.traceback.join("\n").replace(/\x1b\[\d+m/g, "");
    expect(traceback).toContain(`In[${reply.execution_count}]:2:9`);
    expect(traceback).toContain("throw new RangeError('too deep')");
  });

  test("an error of syntax is one error message", async () => {
    const { error, messages } = await kernel.execute("const a = ;");
    expect(error?.ename).toBe("SyntaxError");
    expect(outline(messages)).toEqual(["busy", "execute_input", "error", "idle"]);
  });

  test("names may be declared again as anything; await works at the top", async () => {
    await kernel.execute("const twice = 1; function reads() { return twice }");
    await kernel.execute("class twice {}");
    expect((await kernel.execute("let twice = await Promise.resolve('third'); reads()")).text).toBe("'third'");
  });

  test("a cell may import Node's modules and packages", async () => {
    expect((await kernel.execute("import { join } from 'node:path'; join('a', 'b')")).text).toBe("'a/b'");
  });

  test("display, update and clear", async () => {
    const { messages } = await kernel.execute(
      "const shown = display('one'); shown.update('two'); clearOutput({ wait: true }); display('three', { id: 'mine' })",
    );
    const kinds = ["display_data", "update_display_data", "clear_output", "display_data"];
    expect(outline(messages).slice(2, -1)).toEqual(kinds);
    const [first, second, clear, third] = messages.slice(2).map(m => m.content);
    expect(first!.data).toEqual({ "text/plain": "'one'" });
    expect(second!.data).toEqual({ "text/plain": "'two'" });
    expect(first!.transient).toEqual(second!.transient);
    expect(clear).toEqual({ wait: true });
    expect(third!.transient).toEqual({ display_id: "mine" });
  });

  test("silent: runs without a trace", async () => {
    const before = (await kernel.execute("0")).reply.execution_count;
    const { messages, reply } = await kernel.execute("var quiet = 5; console.log('not shown'); quiet", {
      silent: true,
    });
    expect(outline(messages)).toEqual(["busy", "idle"]);
    expect(reply).toMatchObject({ status: "ok", execution_count: before });
    expect((await kernel.execute("quiet")).text).toBe("5");
  });

  test("user expressions are evaluated after the cell, each for itself", async () => {
    const { reply } = await kernel.execute("var base = 20", { user_expressions: { good: "base + 1", bad: "nowhere" } });
    expect(reply.user_expressions).toMatchObject({
      good: { status: "ok", data: { "text/plain": "21" } },
      bad: { status: "error", ename: "ReferenceError" },
    });
  });

  test("cells queued behind a failed one are aborted, later ones run", async () => {
    const [failing, second, third] = ["throw new Error('stop here')", "1", "2"].map(code => kernel.start(code));
    expect((await kernel.outcome(failing!)).reply.status).toBe("error");
    for (const id of [second!, third!]) {
      const { reply, messages } = await kernel.outcome(id);
      expect(reply.status).toBe("aborted");
      expect(outline(messages)).toEqual(["busy", "idle"]);
    }
    expect((await kernel.execute("3")).text).toBe("3");
  });

  test("with stop_on_error false the queue goes on", async () => {
    const failing = kernel.start("throw 1", { stop_on_error: false });
    const next = kernel.start("'went on'");
    expect((await kernel.outcome(failing)).reply.status).toBe("error");
    expect((await kernel.outcome(next)).text).toBe("'went on'");
  });

  test("late output finds its own cell", async () => {
    const first = await kernel.execute("setTimeout(() => console.log('late'), 150); 'posted'");
    const id = first.messages[0]!.parent_header.msg_id!;
    await kernel.execute("await new Promise(r => setTimeout(r, 300)); console.log('other')");
    expect(outline(kernel.under(id)).at(-1)).toBe("stdout late");
  });

  test("a late rejection is told in its cell and hurts nothing", async () => {
    const { messages } = await kernel.execute("Promise.reject(new Error('rejected late')); 'posted'");
    const id = messages[0]!.parent_header.msg_id!;
    const told = await kernel.waitFor(() =>
      kernel.under(id).find(m => String(m.content.text).includes("rejected late")),
    );
    expect(told.content.name).toBe("stderr");
    expect((await kernel.execute("'alive'")).text).toBe("'alive'");
  });
});

describe("stdin", () => {
  test("a question goes to the client and the answer to the cell", async () => {
    const id = kernel.start("const name = prompt('Name?'); 'hello ' + name", { allow_stdin: true });
    const { message } = await kernel.waitFor(() => kernel.replies.find(r => r.channel === "stdin"));
    expect(message.header.msg_type).toBe("input_request");
    expect(message.content).toEqual({ prompt: "Name?", password: false });
    expect(message.parent_header.msg_id).toBe(id);
    kernel.send("input_reply", { value: "Ada", status: "ok" }, { channel: "stdin", parent: message.header });
    expect((await kernel.outcome(id)).text).toBe("'hello Ada'");
  });

  test("a password is asked for as one", async () => {
    const before = kernel.replies.length;
    const id = kernel.start("const secret = password('Token:'); secret.length", { allow_stdin: true });
    const { message } = await kernel.waitFor(() => kernel.replies.slice(before).find(r => r.channel === "stdin"));
    expect(message.content).toEqual({ prompt: "Token:", password: true });
    kernel.send("input_reply", { value: "hush", status: "ok" }, { channel: "stdin", parent: message.header });
    expect((await kernel.outcome(id)).text).toBe("4");
  });

  test("where the client cannot ask, the cell fails and says so", async () => {
    const { error } = await kernel.execute("prompt('Name?')", { allow_stdin: false });
    expect(error?.evalue).toMatch(/cannot ask for input/);
    const hidden = await kernel.execute("password()", { allow_stdin: false });
    expect(hidden.error?.evalue).toMatch(/^password: .*process\.env/);
  });
});

describe("payloads", () => {
  test("the pager and the next input travel with the reply", async () => {
    const { reply } = await kernel.execute(
      "notebook.page('long text'); notebook.page({ a: [1] }); notebook.setNextInput('1 + 1', { replace: true })",
    );
    expect(reply.payload).toEqual([
      { source: "page", data: { "text/plain": "long text" }, start: 0 },
      { source: "page", data: { "text/plain": "{ a: [ 1 ] }" }, start: 0 },
      { source: "set_next_input", text: "1 + 1", replace: true },
    ]);
    const { error } = await kernel.execute("notebook.setNextInput(5 as any)");
    expect(error?.evalue).toBe("setNextInput: the code must be a string, not number");
  });
});

describe("other requests", () => {
  test("history: tail, range and search", async () => {
    await kernel.execute("'needle one'");
    await kernel.execute("'needle two'");
    await kernel.execute("'needle one'");
    const ask = async (content: object) => {
      const { content: reply } = await kernel.request("history_request", { output: false, raw: true, ...content });
      expect(reply.status).toBe("ok");
      return reply.history as [number, number, unknown][];
    };
    expect((await ask({ hist_access_type: "tail", n: 2 })).map(e => e[2])).toEqual(["'needle two'", "'needle one'"]);
    const search = { hist_access_type: "search", pattern: "'needle*" };
    expect(await ask({ ...search, n: 2 })).toHaveLength(2);
    expect((await ask({ ...search, unique: true })).map(e => e[2])).toEqual(["'needle two'", "'needle one'"]);
    const [, last] = (await ask({ hist_access_type: "tail", n: 1 }))[0]!;
    const range = { hist_access_type: "range", session: 0, start: last - 1, stop: last, output: true };
    expect((await ask(range)).map(e => e[2])).toEqual([["'needle two'", "'needle two'"]]);
    const wrong = await kernel.request("history_request", { hist_access_type: "guess" });
    expect(wrong.content).toMatchObject({ status: "error", ename: "ValueError" });
  });

  test("a type that nobody knows gets an error of the right type", async () => {
    const { header, content } = await kernel.request("teleport_request", {});
    expect(header.msg_type).toBe("teleport_reply");
    expect(content).toMatchObject({ status: "error", ename: "UnknownRequest" });
  });

  test("connect_request tells the ports", async () => {
    const { content } = await kernel.request("connect_request", {});
    const file = JSON.parse(readFileSync(kernel.connectionFile, "utf8")) as Record<string, unknown>;
    for (const name of ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"]) {
      expect(content[name]).toBe(file[name]);
    }
  });

  test("debug_request says that there is no debugger, as a reply of its type", async () => {
    const { header, content } = await kernel.request("debug_request", { seq: 7, command: "initialize" }, "control");
    expect(header.msg_type).toBe("debug_reply");
    expect(content).toMatchObject({ status: "error", ename: "NoDebugger", success: false, request_seq: 7 });
    expect(content).toMatchObject({
      type: "response",
      command: "initialize",
      message: expect.stringContaining("--inspect"),
    });
  });

  test("usage tells memory of the evaluator", async () => {
    const { content } = await kernel.request("usage_request", {}, "control");
    expect(content.kernel_memory).toBeGreaterThan(10_000_000);
    expect(content.host_virtual_memory).toMatchObject({ total: expect.any(Number) });
  });

  test("every request has exactly one busy and one idle, and idle is its last", async () => {
    const ids = new Set(kernel.iopub.flatMap(m => m.parent_header.msg_id ?? []));
    expect(ids.size).toBeGreaterThan(30);
    for (const id of ids) {
      const messages = kernel.under(id);
      const states = messages.filter(m => m.header.msg_type === "status").map(m => m.content.execution_state);
      expect(states).toEqual(["busy", "idle"]);
      const idle = messages.findIndex(isIdle);
      const after = messages.slice(idle + 1).map(m => String(m.content.text));
      expect(after.filter(text => !/late/.test(text))).toEqual([]);
    }
  });
});

describe("comms", () => {
  test("an unknown target is closed at once", async () => {
    kernel.send("comm_open", { comm_id: "c1", target_name: "nowhere", data: {} });
    const closed = await kernel.waitFor(() => kernel.iopub.find(m => m.header.msg_type === "comm_close"));
    expect(closed.content).toMatchObject({ comm_id: "c1" });
    const { content } = await kernel.request("comm_info_request", {});
    expect(content).toEqual({ status: "ok", comms: {} });
  });
});
