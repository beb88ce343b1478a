import { attach, gradEnabled } from "../autograd/graph.js";
import { Elementwise } from "../elementwise.js";
import { castTo } from "../layout.js";
import { defineOp } from "../op.js";
import { floating } from "../promotion.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { lt, where } from "./compare.js";
import { abs } from "./math.js";
import { polynomial } from "./polynomial.js";
import { requireTensor } from "./require.js";
import type { FloatUnary } from "./signatures.js";

/** Up to here the power series holds its digits with the terms below; beyond, the asymptotic one does. */
const border = 25;
const terms = 41;
const asymptoticTerms = 25;

/** (x / 2)^order sum (x² / 4)^k / (k! (k + order)!) (Abramowitz and Stegun 9.6.10), of x² by its largest value. */
function near(order: number): string {
  const list: number[] = [];
  let term = 1;
  for (let k = 1; k <= order; k++) term /= k;
  for (let k = 0; k < terms; k++) {
    list.push(term);
    term *= border ** 2 / 4 / ((k + 1) * (k + 1 + order));
  }
  const head = Array.from({ length: order }, () => "0.5 * x * ").join("");
  return `${head}${polynomial(`(min(square(x), ${border ** 2}) / ${border ** 2})`, list)}`;
}

/** exp(z) / sqrt(2 pi z) (1 - (4 order² - 1) / 8z + ...), z = |x| (9.7.1). */
function beyond(order: number): string {
  const list: number[] = [];
  let term = 1;
  for (let k = 0; k < asymptoticTerms; k++) {
    list.push(term);
    term *= -(4 * order ** 2 - (2 * k + 1) ** 2) / (8 * (k + 1));
  }
  const size = `max(abs(x), ${border})`;
  // In two halves, so that it overflows where the function does; the root of an infinity would make NaN of it.
  const root = `sqrt(${2 * Math.PI} * min(${size}, 1e4))`;
  const sign = order % 2 === 0 ? "" : "sign(x) * ";
  return `${sign}(exp(${size} / 2) * (exp(${size} / 2) / ${root} * ${polynomial(`(1 / ${size})`, list)}))`;
}

/** By order the formulas on both sides of the border: together they are more than one program holds. */
const sides = new Map<number, readonly [inside: Elementwise, outside: Elementwise]>();

function ofOrder(order: number, x: Tensor): Tensor {
  let pair = sides.get(order);
  if (pair === undefined) {
    const side = (formula: string) => new Elementwise("bessel", ["x"], formula, "floating");
    pair = [side(near(order)), side(beyond(order))];
    sides.set(order, pair);
  }
  const [inside, outside] = pair;
  const plain = gradEnabled() ? (x.detach() as Tensor) : x;
  const out = where(lt(abs(plain), border), inside.apply([plain]) as never, outside.apply([plain]) as never) as Tensor;
  return attach(out, "bessel", [x], g => {
    const next = ofOrder(order + 1, x);
    const slope = order === 0 ? next : (mul(add(ofOrder(order - 1, x), next as never) as Tensor, 0.5) as Tensor);
    return [mul(g, slope as never) as Tensor];
  });
}

const bessel = (name: string, order: number): FloatUnary =>
  defineOp<FloatUnary>(
    {
      name,
      doc: `The modified Bessel function of the first kind of order ${order}.`,
      samples: [
        { args: [{ shape: [3, 5], range: [-4, 4] }] },
        { args: [{ shape: [], range: [26, 28] }] },
        { args: [{ shape: [0, 2] }] },
      ],
      rejects: [{ args: [2], message: "expected a tensor, got number" }],
      gradient: true,
    },
    (x: Tensor) => {
      requireTensor(name, x);
      return ofOrder(order, castTo(x, floating(x.dtype)));
    },
  );

/**
 * The modified Bessel function of the first kind of order 0, as `torch.i0`: what Kaiser's window is made of.
 * @example tensor([0, 1]).i0().at(1).item().toFixed(4); // "1.2661"
 */
export const i0: FloatUnary = bessel("i0", 0);

/**
 * The modified Bessel function of the first kind of order 1, as `torch.special.i1`: the derivative of `i0`.
 * @example tensor([0, 1]).i1().at(1).item().toFixed(4); // "0.5652"
 */
export const i1: FloatUnary = bessel("i1", 1);
