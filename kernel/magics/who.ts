import { inspect } from "node:util";
import type { Magic } from "./magic.js";

export const who: Magic = {
  name: "who",
  line: "%who [TYPE ...]",
  summary: "Lists the names that cells have declared, with the type and the beginning of the value of each.",
  details: "With types, only names of one of these: `%who Tensor number`.",
  run({ args }, host) {
    const wanted = args.split(/[\s,]+/).filter(Boolean);
    const rows = host
      .names()
      .map(name => ({ name, ...described(host.read(name)) }))
      .filter(({ type }) => wanted.length === 0 || wanted.includes(type));
    if (rows.length === 0) {
      host.print(wanted.length ? `no name holds a ${wanted.join(" or a ")}\n` : "no cell has declared a name yet\n");
      return;
    }
    const width = (key: "name" | "type") => Math.max(...rows.map(row => row[key].length));
    const [nameWidth, typeWidth] = [width("name"), width("type")];
    const lines = rows.map(({ name, type, value }) => `${name.padEnd(nameWidth)}  ${type.padEnd(typeWidth)}  ${value}`);
    host.print(`${lines.map(line => line.trimEnd()).join("\n")}\n`);
  },
};

const longestValue = 60;

function described(value: unknown): { type: string; value: string } {
  try {
    const type = typeOf(value);
    const text = typeof value === "function" ? "" : summary(value);
    return { type, value: text.length > longestValue ? `${text.slice(0, longestValue - 3)}...` : text };
  } catch {
    return { type: "object", value: "(cannot be looked at)" };
  }
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "function")
    return /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
  if (typeof value !== "object") return typeof value;
  const made = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor?.name;
  // A bundler puts a _ before the name of a class that speaks of itself.
  return typeof made === "string" && made !== "" ? made.replace(/^_(?=[A-Z])/, "") : "object";
}

function summary(value: unknown): string {
  const { shape, dtype } = (value ?? {}) as { shape?: unknown; dtype?: unknown };
  // The numbers of a tensor may still have to be computed, and would not fit.
  if (Array.isArray(shape) && typeof dtype === "string") return `[${shape.join(", ")}] ${dtype}`;
  return inspect(value, {
    depth: 1,
    maxArrayLength: 8,
    maxStringLength: longestValue,
    breakLength: Number.POSITIVE_INFINITY,
  });
}
