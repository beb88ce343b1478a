import { describe, expect, test } from "vitest";
import { NONE, opcodes } from "../../../engine/backend/commands.js";
import { type Block, Device, numbers, operand, worstError } from "./device.js";

const device = new Device();
const sizes = [1, 17, 20000];
const none = [NONE, 0, 0];

function parameters(dtype: "float32" | "float64") {
  return sizes.map((n, i) => {
    const p = numbers(n, 81 + i);
    const g = numbers(n, 91 + i);
    const state = () => device.block(new Array<number>(n).fill(0), dtype);
    return { n, p, g, value: device.block(p, dtype), gradient: device.block(g, dtype), m: state(), v: state() };
  });
}

function each(list: ReturnType<typeof parameters>, state: (x: (typeof list)[number]) => number[]): number[] {
  return list.flatMap(x => [x.n, ...operand(x.value), ...operand(x.gradient), ...state(x)]);
}

const agrees = (block: Block, want: number[], dtype: string) =>
  expect(worstError(device.read(block), want)).toBeLessThan(dtype === "float32" ? 3e-6 : 1e-13);

describe.each(["float32", "float64"] as const)("%s", dtype => {
  test.each([
    { momentum: 0, dampening: 0, decay: 0, nesterov: false },
    { momentum: 0.9, dampening: 0, decay: 0.01, nesterov: false },
    { momentum: 0.9, dampening: 0.3, decay: 0, nesterov: false },
    { momentum: 0.9, dampening: 0, decay: 0.01, nesterov: true },
  ])("sgd $momentum $dampening $decay $nesterov, three steps", ({ momentum, dampening, decay, nesterov }) => {
    const list = parameters(dtype);
    const velocity = sizes.map(n => new Array<number>(n).fill(0));
    for (let step = 0; step < 3; step++) {
      device.record(opcodes.sgd, [
        ...[0, sizes.length, 0.1, momentum, dampening, decay, nesterov ? 1 : 0, step === 0 ? 1 : 0],
        ...each(list, x => (momentum ? operand(x.m) : none)),
      ]);
      for (const [index, { p, g }] of list.entries()) {
        const v = velocity[index] as number[];
        for (let i = 0; i < p.length; i++) {
          let d = (g[i] as number) + decay * (p[i] as number);
          if (momentum) {
            const next = step === 0 ? d : momentum * (v[i] as number) + (1 - dampening) * d;
            v[i] = next;
            d = nesterov ? d + momentum * next : next;
          }
          p[i] = (p[i] as number) - 0.1 * d;
        }
      }
    }
    for (const { value, p } of list) agrees(value, p, dtype);
  });

  test.each([
    { decay: 0, decoupled: false },
    { decay: 0.1, decoupled: false },
    { decay: 0.1, decoupled: true },
  ])("adam, weight decay $decay, decoupled $decoupled, three steps", ({ decay, decoupled }) => {
    const [rate, b1, b2, epsilon] = [0.01, 0.9, 0.999, 1e-8] as const;
    const list = parameters(dtype);
    const m = sizes.map(n => new Array<number>(n).fill(0));
    const v = sizes.map(n => new Array<number>(n).fill(0));
    for (let step = 1; step <= 3; step++) {
      device.record(opcodes.adam, [
        ...[0, sizes.length, rate, b1, b2, epsilon, decay, decoupled ? 1 : 0, step],
        ...each(list, x => [...operand(x.m), ...operand(x.v)]),
      ]);
      for (const [index, { p, g }] of list.entries()) {
        const [first, second] = [m[index] as number[], v[index] as number[]];
        for (let i = 0; i < p.length; i++) {
          const d = (g[i] as number) + (decoupled ? 0 : decay * (p[i] as number));
          const mean = b1 * (first[i] as number) + (1 - b1) * d;
          const square = b2 * (second[i] as number) + (1 - b2) * d * d;
          first[i] = mean;
          second[i] = square;
          const update = (rate * mean) / (1 - b1 ** step) / (Math.sqrt(square / (1 - b2 ** step)) + epsilon);
          p[i] = (p[i] as number) * (decoupled ? 1 - rate * decay : 1) - update;
        }
      }
    }
    for (const { value, p } of list) agrees(value, p, dtype);
  });
});
