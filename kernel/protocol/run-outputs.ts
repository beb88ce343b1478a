import type { OpenComms } from "../comm/open-comms.js";
import type { ErrorReport, Reply } from "../evaluator/frames.js";
import type { Header, JsonObject } from "../wire/message.js";
import type { Publisher } from "./publisher.js";
import type { Request } from "./request.js";

export type Done = Extract<Reply, { type: "done" }>;
type InputRequest = Extract<Reply, { type: "input_request" }>;
type Output = Extract<Reply, { type: "stream" | "display" | "clear" | "result" | "late_error" }>;

/** What is known about one execution, for as long as something may still be printed for it. */
export interface RunRecord {
  readonly run: number;
  /** Where its outputs belong. */
  readonly parent: Header;
  /** Until the run is over; afterwards only what late output needs is kept. */
  readonly request?: Request;
  readonly executionCount: number;
  readonly silent: boolean;
  /** Payloads for the reply, as they came. */
  readonly payload: JsonObject[];
  /** The text of its value, once there is one. */
  result?: string;
}

/** Runs whose late output still finds its cell. */
const mostRuns = 10_000;

/**
 * Turns what the evaluator sends into messages under the right cell. A run can be held: its outputs wait until what must
 * stand before them (type errors) is known.
 */
export class RunOutputs {
  /** Takes the end of a run. */
  onDone: (done: Done) => void = () => {};
  /** Takes a question that the cell asks its user. */
  onInput: (request: InputRequest) => void = () => {};
  readonly #publisher: Publisher;
  readonly #comms: OpenComms;
  readonly #records = new Map<number, RunRecord>();
  readonly #held = new Map<number, Reply[]>();
  #latest: RunRecord | undefined;

  constructor(publisher: Publisher, comms: OpenComms) {
    this.#publisher = publisher;
    this.#comms = comms;
  }

  /** Makes a run known; its outputs go under its request from now on. */
  begin(record: RunRecord): void {
    this.#records.set(record.run, record);
    this.#latest = record;
    if (this.#records.size > mostRuns) this.#records.delete(this.#records.keys().next().value!);
  }

  record(run: number): RunRecord | undefined {
    return this.#records.get(run);
  }

  /** Lets go of what only a run that goes on needs; what it holds may be large. */
  ended(run: number): void {
    const record = this.#records.get(run);
    if (!record) return;
    const { parent, executionCount, silent } = record;
    const kept: RunRecord = { run, parent, executionCount, silent, payload: [] };
    this.#records.set(run, kept);
    if (this.#latest === record) this.#latest = kept;
  }

  /** Keeps back what the run produces. */
  hold(run: number): void {
    this.#held.set(run, []);
  }

  /** Lets out what was kept back. */
  release(run: number): void {
    const held = this.#held.get(run) ?? [];
    this.#held.delete(run);
    for (const reply of held) this.#deliver(reply);
  }

  /** Takes one frame of the evaluator. */
  take(reply: Reply): void {
    const held = "run" in reply ? this.#held.get(reply.run) : undefined;
    if (held) held.push(reply);
    else this.#deliver(reply);
  }

  /** Takes text that went past the evaluator's console: it belongs to the cell that runs or ran last. */
  raw(name: "stdout" | "stderr", text: string): void {
    if (this.#latest) this.take({ type: "stream", run: this.#latest.run, name, text });
  }

  /** Says something to the user below a run, as its standard error. */
  note(run: number, text: string): void {
    this.#publisher.stream("stderr", text, this.#parent(run));
  }

  /** The run that began last; 0 before the first. */
  get latestRun(): number {
    return this.#latest?.run ?? 0;
  }

  /** Shows the error that ended a run. */
  error(run: number, error: ErrorReport): void {
    if (!this.#records.get(run)?.silent) this.#publisher.publish("error", this.#parent(run), { ...error });
  }

  /** Tells the front end that every comm lost its other end. */
  closeComms(): void {
    for (const id of this.#comms.clear()) {
      this.#publisher.publish("comm_close", this.#parent(this.latestRun), { comm_id: id, data: {} });
    }
  }

  #parent(run: number): Header | Record<string, never> {
    return this.#records.get(run)?.parent ?? {};
  }

  #deliver(reply: Reply): void {
    if (reply.type === "done") this.onDone(reply);
    else if (reply.type === "input_request") this.onInput(reply);
    else if (reply.type === "payload") this.#records.get(reply.run)?.payload.push(reply.payload as JsonObject);
    else if ("commId" in reply) this.#comm(reply);
    else if ("run" in reply) this.#show(reply);
  }

  #show(output: Output): void {
    const record = this.#records.get(output.run);
    // A silent execution has no output on iopub.
    if (record?.silent) return;
    const parent = record?.parent ?? {};
    switch (output.type) {
      case "stream":
        this.#publisher.stream(output.name, output.text, parent);
        break;
      case "display": {
        const { data, metadata, displayId, update, buffers } = output;
        const content = { data, metadata, transient: displayId === undefined ? {} : { display_id: displayId } };
        this.#publisher.publish(update ? "update_display_data" : "display_data", parent, content, { buffers });
        break;
      }
      case "clear":
        this.#publisher.publish("clear_output", parent, { wait: output.wait });
        break;
      case "result": {
        const { data, metadata } = output;
        // A value with no form at all (what `display` returns) is no result.
        if (Object.keys(data).length === 0) break;
        if (record) record.result = String((data as JsonObject)["text/plain"] ?? "");
        const execution_count = record?.executionCount ?? 0;
        this.#publisher.publish("execute_result", parent, { execution_count, data, metadata });
        break;
      }
      case "late_error":
        // Not an `error` message: the cell itself is over, or goes on.
        this.#publisher.stream("stderr", `${output.error.traceback.join("\n")}\n`, parent);
    }
  }

  #comm(reply: Extract<Reply, { commId: string }>): void {
    const { type, run, commId, data, metadata, buffers } = reply;
    if (type === "comm_open") this.#comms.opened(commId, reply.target);
    if (type === "comm_close") this.#comms.closed(commId);
    const content = { comm_id: commId, data, ...(type === "comm_open" ? { target_name: reply.target } : {}) };
    const parent = reply.type === "comm_msg" && reply.parent ? (reply.parent as Header) : this.#parent(run);
    this.#publisher.publish(type, parent, content, { metadata: metadata as JsonObject, buffers });
  }
}
