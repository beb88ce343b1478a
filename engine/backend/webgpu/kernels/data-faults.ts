import type { Fault } from "../link.js";

/** What kernels find wrong with data: the code that they leave, and what it says of the numbers beside it. */
const messages = [
  {
    op: "crossEntropy",
    say: (value: number, end: number) => `label ${value} is not one of the classes 0 to ${end - 1}`,
  },
  { op: "take", say: (value: number, end: number) => `index ${value} is outside an axis of length ${end}` },
  { op: "gather", say: (value: number, end: number) => `index ${value} is outside an axis of length ${end}` },
  { op: "oneHot", say: (value: number, end: number) => `index ${value} is not one of the classes 0 to ${end - 1}` },
  {
    op: "at",
    say: (value: number, end: number, axis: number) => {
      const allowed = end === 0 ? "" : `: -${end} to ${end - 1} are allowed`;
      return `index ${value} is out of range on axis ${axis} of length ${end}${allowed}`;
    },
  },
] as const;

/** A statement that reports a fault; the first one stays. Binding `b` is the fault buffer. */
export function report(
  op: (typeof messages)[number]["op"],
  b: number,
  value: string,
  end: string,
  axis = "0u",
): string {
  const code = messages.findIndex(message => message.op === op) + 1;
  return `if (atomicLoad(&b${b}[0]) == 0u) {
    atomicStore(&b${b}[0], ${code}u); atomicStore(&b${b}[1], bitcast<u32>(${value})); atomicStore(&b${b}[2], ${end});
    atomicStore(&b${b}[3], ${axis});
  }`;
}

/** The fault that kernels have left, if any. */
export function dataFault([code = 0, value = 0, end = 0, axis = 0]: Int32Array): Fault | undefined {
  const message = messages[code - 1];
  if (message === undefined) return undefined;
  return {
    op: message.op,
    problem: message.say(value, end, axis),
    hint: "The GPU found this while it computed, after the operation had returned",
  };
}
