import { type ElementwiseEntry, elementwise } from "../elementwise.js";
import type { Binary, FloatBinary } from "./signatures.js";

const samples: ElementwiseEntry["samples"] = [
  { args: [{ shape: [2, 3] }, { shape: [2, 3] }] },
  { args: [{ shape: [4, 1, 3] }, { shape: [5, 1] }] },
  { args: [{ shape: [] }, { shape: [4] }] },
  { args: [{ shape: [5] }, 1.5] },
  { args: [-2.5, { shape: [5] }] },
  { args: [{ shape: [0, 3] }, { shape: [3] }] },
];

const rejects: ElementwiseEntry["rejects"] = [
  { args: [{ shape: [2, 3] }, { shape: [4] }], message: "cannot broadcast [2, 3] with [4]" },
  { args: [{ shape: [2] }, undefined], message: "expected a tensor or a number" },
];

const pair = { inputs: ["a", "b"], samples, rejects } as const;

/** a + b, broadcast. Shapes: a [...], b [...] -> the common shape. */
export const add: Binary = elementwise("add", { ...pair, doc: "a + b.", formula: "a + b", rule: "arithmetic" });

/** a - b, broadcast. */
export const sub: Binary = elementwise("sub", { ...pair, doc: "a - b.", formula: "a - b", rule: "arithmetic" });

/** a * b, element by element, broadcast. The matrix product is `matmul`. */
export const mul: Binary = elementwise("mul", { ...pair, doc: "a * b.", formula: "a * b", rule: "arithmetic" });

/** a / b, broadcast; integers divide to float32. x / 0 is an infinity, 0 / 0 is NaN. */
export const div: FloatBinary = elementwise("div", {
  ...pair,
  doc: "a / b.",
  formula: "a / b",
  rule: "floating",
  samples: [
    { args: [{ shape: [4, 1, 3] }, { shape: [5, 1], range: [0.4, 2] }] },
    { args: [{ shape: [] }, { shape: [4], range: [-2, -0.4] }] },
    { args: [{ shape: [5] }, 1.5] },
    { args: [-2.5, { shape: [5], range: [0.4, 2] }] },
  ],
});

/** a to the power b, broadcast. A negative base with a broken exponent is NaN. */
export const pow: Binary = elementwise("pow", {
  ...pair,
  doc: "a to the power b.",
  formula: "pow(a, b)",
  rule: "arithmetic",
  samples: [
    { args: [{ shape: [2, 3], range: [0.2, 3] }, { shape: [3] }] },
    { args: [{ shape: [5] }, 2] },
    { args: [{ shape: [5] }, 3] },
    { args: [2, { shape: [5] }] },
  ],
});

/** The remainder of a / b with the sign of b, as in Python and `torch.remainder`. */
export const mod: Binary = elementwise("mod", {
  ...pair,
  doc: "The remainder of a / b with the sign of b.",
  formula: "mod(a, b)",
  rule: "arithmetic",
  samples: [{ args: [{ shape: [4, 3] }, { shape: [3], range: [0.7, 1.9] }] }, { args: [{ shape: [6] }, 0.75] }],
});

/** The remainder of |a| / |b| with the sign of a: what C's fmod gives. */
const truncated = "select(a < 0, -mod(abs(a), abs(b)), mod(abs(a), abs(b)))";

/**
 * The remainder of a / b with the sign of a, broadcast, as in C and `torch.fmod`.
 * @example fmod(tensor([-7, 7]), 4).toArray(); // [-3, 3]
 */
export const fmod: Binary = elementwise("fmod", {
  ...pair,
  doc: "The remainder of a / b with the sign of a.",
  formula: truncated,
  rule: "arithmetic",
  samples: [{ args: [{ shape: [4, 3] }, { shape: [3], range: [0.7, 1.9] }] }, { args: [{ shape: [6] }, 0.75] }],
  gradient: { a: "g", b: "g * -trunc(a / b)" },
});

/**
 * a / b rounded down, broadcast, as Python's `//` and `torch.floor_divide`: the number of whole b that the remainder `mod` leaves.
 * A float divided by 0 is an infinity or NaN; an integer has no such value, and its result means nothing.
 * @example floorDivide(tensor([7, -7]), 2).toArray(); // [3, -4]
 */
export const floorDivide: Binary = elementwise("floorDivide", {
  ...pair,
  doc: "a / b rounded down.",
  // From the remainder, which is exact: 6 / 0.1 rounds up to 60, but 0.1 fits only 59 times.
  formula: `select(b == 0, floor(a / b), round((a - ${truncated}) / b) - ((${truncated} != 0) and ((${truncated} < 0) != (b < 0))))`,
  rule: "arithmetic",
  samples: [{ args: [{ shape: [4, 3] }, { shape: [3], range: [0.7, 1.9] }] }, { args: [{ shape: [6] }, 0.75] }],
});

/** The smaller of a and b, broadcast. NaN wins. */
export const minimum: Binary = elementwise("minimum", {
  ...pair,
  doc: "The smaller of a and b.",
  formula: "min(a, b)",
  rule: "arithmetic",
});

/** The larger of a and b, broadcast. NaN wins. */
export const maximum: Binary = elementwise("maximum", {
  ...pair,
  doc: "The larger of a and b.",
  formula: "max(a, b)",
  rule: "arithmetic",
});

/** The angle of the point (b, a) in radians, -pi to pi. */
export const atan2: FloatBinary = elementwise("atan2", {
  ...pair,
  doc: "The angle of the point (b, a) in radians.",
  formula: "atan2(a, b)",
  rule: "floating",
});
