import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage } from "../../../kernel/wire/codec.js";
import { endpoint } from "../../../kernel/wire/connection-file.js";
import { type Message, MessageError } from "../../../kernel/wire/message.js";
import { OutgoingQueue } from "../../../kernel/wire/outgoing-queue.js";
import { createSigner } from "../../../kernel/wire/sign.js";

const message: Message = {
  header: { msg_id: "1", session: "s", username: "u", date: "2026-01-01T00:00:00Z", msg_type: "t", version: "5.5" },
  parent_header: {},
  metadata: { m: 1 },
  content: { text: "grüße 😀" },
  buffers: [new Uint8Array([1, 2, 3])],
};
const signer = createSigner("key", "hmac-sha256");
const frames = () => encodeMessage(message, [Buffer.from("who")], signer).map(frame => Buffer.from(frame));

describe("frames", () => {
  test("come back as the message they were", () => {
    const { message: read, identities } = decodeMessage(frames(), signer);
    expect(identities).toEqual([Buffer.from("who")]);
    expect({ ...read, buffers: read.buffers.map(b => [...b]) }).toEqual({ ...message, buffers: [[1, 2, 3]] });
  });

  test("are signed as the protocol says: HMAC-SHA256 of the four parts, in hexadecimal", () => {
    const [, , signature, ...parts] = frames();
    const hmac = createHmac("sha256", "key");
    for (const part of parts.slice(0, 4)) hmac.update(part);
    expect(String(signature)).toBe(hmac.digest("hex"));
  });

  test.each([0, 1, 2, 3])("a change of part %i is seen", index => {
    const changed = frames();
    changed[3 + index] = Buffer.from('{"a":1}');
    expect(() => decodeMessage(changed, signer)).toThrow(/signature is wrong/);
  });

  test.each(["", "00", "x".repeat(64), "é".repeat(32)])("the signature %j is refused", signature => {
    const changed = frames();
    changed[2] = Buffer.from(signature);
    expect(() => decodeMessage(changed, signer)).toThrow(MessageError);
  });

  test("without a key nothing is signed", () => {
    const open = createSigner("", "hmac-sha256");
    expect(decodeMessage(encodeMessage(message, [], open) as Buffer[], open).message.content).toEqual(message.content);
  });

  test("a scheme that is not known is refused by name", () => {
    expect(() => createSigner("key", "hmac-crc32")).toThrow(/signature_scheme "hmac-crc32" is not supported/);
  });
});

describe("endpoints", () => {
  const ports = { shell: 1, control: 2, stdin: 3, iopub: 0, hb: 5 };
  const connection = { key: "", signature_scheme: "hmac-sha256", ports };
  test.each([
    ["tcp", "127.0.0.1", "shell", "tcp://127.0.0.1:1"],
    ["tcp", "::1", "hb", "tcp://[::1]:5"],
    ["tcp", "0.0.0.0", "iopub", "tcp://0.0.0.0:*"],
    ["ipc", "/run/kernel", "stdin", "ipc:///run/kernel-3"],
  ] as const)("%s at %s", (transport, ip, name, expected) => {
    expect(endpoint({ ...connection, transport, ip }, name)).toBe(expected);
  });
});

describe("the outgoing queue", () => {
  test("sends one after the other, in order, and goes on after a failure", async () => {
    const sent: string[] = [];
    const failed: unknown[] = [];
    let under = 0;
    const sink = {
      async send([frame]: Uint8Array[]) {
        expect(++under).toBe(1);
        await new Promise(resolve => setImmediate(resolve));
        under--;
        if (String(frame) === "3") throw new Error("no");
        sent.push(String(frame));
      },
    };
    const queue = new OutgoingQueue(sink, error => failed.push(error));
    for (let i = 0; i < 6; i++) queue.push([Buffer.from(String(i))]);
    await queue.drained();
    queue.push([Buffer.from("late")]);
    await queue.drained();
    expect(sent).toEqual(["0", "1", "2", "4", "5", "late"]);
    expect(failed).toHaveLength(1);
  });
});
