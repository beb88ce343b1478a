import { Elementwise } from "../elementwise.js";
import { defineOp } from "../op.js";
import type { Tensor } from "../tensor.js";
import { le, where } from "./compare.js";
import { abs } from "./math.js";
import { polynomial } from "./polynomial.js";
import { requireTensor } from "./require.js";
import type { FloatUnary } from "./signatures.js";

// Quantiles of the normal distribution, by Wichura's AS 241 (1988), to 16 digits: in the middle a fraction of polynomials of the
// distance from it, beyond of the root of the logarithm of what is left.
function fraction(x: string, above: readonly number[], below: readonly number[]): string {
  return `(${polynomial(x, above)} / ${polynomial(x, [1, ...below])})`;
}

const middle = fraction(
  "(0.180625 - square(0.5 * max(min(x, 0.85), -0.85)))",
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
    5226.495278852854,
  ],
);
/** 1.2 and more where the middle ends. */
const root = "sqrt(-log((1 - max(abs(x), 0.5)) / 2))";
const tail = fraction(
  `(${root} - 1.6)`,
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
);
const farTail = fraction(
  `(min(${root}, 1e3) - 5)`,
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
);
const gradient = { x: `g * ${Math.sqrt(Math.PI) / 2} * exp(square(y))` };
const inside = new Elementwise("erfinv", ["x"], `${Math.SQRT1_2} * 0.5 * x * ${middle}`, "floating", gradient);
const outside = new Elementwise(
  "erfinv",
  ["x"],
  `select(abs(x) == 1, x / 0, sign(x) * select(${root} <= 5, ${tail}, ${farTail}) * ${Math.SQRT1_2})`,
  "floating",
  gradient,
);

/**
 * The inverse of `erf`, as `torch.erfinv`: infinities at -1 and 1, NaN beyond. `erfinv(2 p - 1) sqrt(2)` is the quantile p of the
 * normal distribution.
 * @example tensor([0.5]).erf().erfinv().item().toFixed(4); // "0.5000"
 */
export const erfinv: FloatUnary = defineOp(
  {
    name: "erfinv",
    doc: "The inverse of erf.",
    samples: [{ args: [{ shape: [3, 5], range: [-0.95, 0.95] }] }, { args: [{ shape: [0, 2] }] }],
    rejects: [{ args: [2], message: "expected a tensor, got number" }],
    gradient: true,
  },
  (x: Tensor) => {
    requireTensor("erfinv", x);
    // Both at once are more than one program holds.
    return where(le(abs(x), 0.85), inside.apply([x]) as never, outside.apply([x]) as never);
  },
);
