import { bitwiseKinds, opcodes } from "../backend/commands.js";
import type { DType } from "../dtype.js";
import { elementwise, notATensor } from "../elementwise.js";
import { DTypeError } from "../errors.js";
import { expandTo } from "../layout.js";
import { defineOp, type OpEntry } from "../op.js";
import { isFloat, promote } from "../promotion.js";
import { allocate, finish, open, prepared, pushAll, pushOperand } from "../record.js";
import { broadcastShapes, type Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { full } from "./create.js";
import type { Binary, Comparison, Unary } from "./signatures.js";

const constant = { none: "integers do not change smoothly" };

/** Runs the kernel over two tensors of one integer dtype. */
function compute(kind: keyof typeof bitwiseKinds, a: Tensor, b: Tensor, dtype: DType, shape: Shape): Tensor {
  const { backend } = a.storage;
  const [left, right] = [a, b].map(x => prepared(expandTo(x, shape), dtype)) as [Tensor, Tensor];
  const out = allocate(shape, dtype, backend);
  open(backend, opcodes.bitwise, 2 + 9);
  pushAll(backend, [bitwiseKinds[kind], out.size]);
  for (const operand of [left, right, out]) pushOperand(backend, operand);
  finish(backend);
  return out;
}

function refuse(op: string, dtype: DType, shift: boolean): DTypeError {
  return new DTypeError(`${dtype} has no bits to ${shift ? "shift" : "combine"}`, {
    op,
    expected: shift ? "integers" : "integers or bool",
    got: dtype,
    hint: 'Convert first: x.cast("int32").',
  });
}

const samples: OpEntry["samples"] = [
  {
    args: [
      { shape: [2, 3], dtype: "int32", range: [-9, 99] },
      { shape: [3], dtype: "int32", range: [0, 9] },
    ],
  },
  { args: [{ shape: [5], dtype: "int32", range: [0, 99] }, 6] },
];

function binary(name: string, doc: string, kind: keyof typeof bitwiseKinds, shift = false): Binary {
  return defineOp(
    {
      name,
      doc,
      samples: shift
        ? samples
        : [
            ...samples,
            {
              args: [
                { shape: [4], dtype: "bool" },
                { shape: [4], dtype: "bool" },
              ],
            },
          ],
      rejects: [
        { args: [{ shape: [3] }, { shape: [3], dtype: "int32" }], message: "float32 has no bits" },
        { args: [{ shape: [3], dtype: "int32" }, 0.5], message: "0.5 has no bits" },
        {
          args: [
            { shape: [2], dtype: "int32" },
            { shape: [3], dtype: "int32" },
          ],
          message: "cannot broadcast [2] with [3]",
        },
      ],
      gradient: constant,
    },
    (a: Tensor | number, b: Tensor | number) => {
      for (const x of [a, b]) {
        if (typeof x === "number" ? Number.isInteger(x) : x instanceof Tensor) continue;
        if (typeof x !== "number") throw notATensor(name, x);
        throw new DTypeError(`${x} has no bits`, { op: name, expected: "a whole number", got: `${x}` });
      }
      const dtype = [a, b].flatMap(x => (typeof x === "number" ? [] : [x.dtype])).reduce(promote, "bool" as DType);
      if (isFloat(dtype) || (shift && dtype === "bool")) throw refuse(name, dtype, shift);
      // Truth values are stored as 0 and 1, where and, or and xor of the bits are those of logic.
      const carrier = dtype === "bool" ? "uint8" : dtype;
      const device = [a, b].find(x => x instanceof Tensor)?.device;
      const lift = (x: Tensor | number) =>
        typeof x === "number" ? (full([], x, { dtype: carrier, device }) as Tensor) : x;
      const [left, right] = [lift(a), lift(b)];
      const out = compute(kind, left, right, carrier, broadcastShapes(name, left.shape, right.shape));
      return dtype === "bool" ? out.cast("bool") : out;
    },
  );
}

/** Bits that both integers have; of truth values "and". Exact in every integer dtype, int64 included. */
export const bitwiseAnd: Binary = binary("bitwiseAnd", "Bits that both have.", "and");
/** Bits that at least one integer has; of truth values "or". */
export const bitwiseOr: Binary = binary("bitwiseOr", "Bits that at least one has.", "or");
/** Bits that exactly one integer has; of truth values "either, not both". */
export const bitwiseXor: Binary = binary("bitwiseXor", "Bits that exactly one has.", "xor");
/** Bits moved up by b places: a * 2^b without what leaves at the top. Beyond the width, or below 0, the result is 0. */
export const leftShift: Binary = binary("leftShift", "Bits moved up.", "leftShift", true);
/** Bits moved down by b places: a / 2^b rounded down. Beyond the width, or below 0, only the sign is left: 0 or -1. */
export const rightShift: Binary = binary("rightShift", "Bits moved down.", "rightShift", true);

/** Every bit turned over; of truth values "not". */
export const bitwiseNot: Unary = defineOp(
  {
    name: "bitwiseNot",
    doc: "Every bit turned over.",
    samples: [{ args: [{ shape: [5], dtype: "int32", range: [-9, 99] }] }, { args: [{ shape: [4], dtype: "bool" }] }],
    rejects: [{ args: [{ shape: [3] }], message: "float32 has no bits" }],
    gradient: constant,
  },
  (x: Tensor) => {
    if (!(x instanceof Tensor)) throw notATensor("bitwiseNot", x);
    if (isFloat(x.dtype)) throw refuse("bitwiseNot", x.dtype, false);
    return x.dtype === "bool" ? x.logicalNot() : compute("not", x, x, x.dtype, x.shape);
  },
);

/** True where exactly one is not 0. */
export const logicalXor: Comparison = elementwise("logicalXor", {
  doc: "True where exactly one is not 0.",
  formula: "not(a) != not(b)",
  inputs: ["a", "b"],
  rule: "bool",
  samples: [
    {
      args: [
        { shape: [3, 4], dtype: "bool" },
        { shape: [4], dtype: "bool" },
      ],
    },
    { args: [{ shape: [6], dtype: "int32" }, 0] },
  ],
  rejects: [{ args: [{ shape: [2, 3] }, { shape: [4] }], message: "cannot broadcast [2, 3] with [4]" }],
});
