import { elementwise } from "../elementwise.js";
import { mirrored, pole, polygammaFormula, turn } from "./polygamma-formula.js";
import { polynomial } from "./polynomial.js";
import type { FloatUnary } from "./signatures.js";

const special = (
  name: string,
  doc: string,
  range: readonly [number, number],
  formula: string,
  gradient: Readonly<Record<string, string>> = {},
): FloatUnary =>
  elementwise<FloatUnary>(name, {
    doc,
    formula,
    rule: "floating",
    gradient,
    samples: [
      { args: [{ shape: [3, 5], range }] },
      { args: [{ shape: [], range }] },
      { args: [{ shape: [0, 2], range }] },
    ],
  });

/** zeta(k) - 1, by the sum with Euler and Maclaurin's rest. */
function zetaMinus1(k: number): number {
  const n = 100;
  let sum =
    n ** (1 - k) / (k - 1) + n ** -k / 2 + (k * n ** (-k - 1)) / 12 - (k * (k + 1) * (k + 2) * n ** (-k - 3)) / 720;
  for (let i = n - 1; i > 1; i--) sum += i ** -k;
  return sum;
}

const eulerGamma = 0.5772156649015329;

/** lgamma(2 + t) / t: 1 - gamma, then (zeta(k) - 1) (-t)^k / k (Abramowitz and Stegun 6.1.33). */
const besideTwo = [
  1 - eulerGamma,
  ...Array.from({ length: 25 }, (_, i) => ((i % 2 === 0 ? 1 : -1) * zetaMinus1(i + 2)) / (i + 2)),
];
const fromTwo = `(${mirrored} - select(${mirrored} < 1.5, 1, 2))`;
const near = `(${fromTwo} * ${polynomial(fromTwo, besideTwo)} - select(${mirrored} < 1.5, log1p(${fromTwo}), 0))`;

/** Far from 0 Stirling's series holds (6.1.40); nearer, six steps further on: their product is taken off. */
const further = `select(${mirrored} < 8, ${mirrored} + 6, ${mirrored})`;
const product = [0, 1, 2, 3, 4, 5].map(i => `(${mirrored} + ${i})`).join(" * ");
const stirling = polynomial(`square(1 / ${further})`, [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
]);
const far = `((${further} - 0.5) * (log(${further}) - 1) + ${(Math.log(2 * Math.PI) - 1) / 2} + ${stirling} / ${further} - select(${mirrored} < 8, log(${product}), 0))`;
const logOfGamma = `select(${mirrored} == 1 / 0, 1 / 0, select(${mirrored} < 2.5, ${near}, ${far}))`;

/** log(z) - 1/2z - sum B2k / 2k z^2k (6.3.18), where z is 8 steps further, and the steps back. */
const ahead = `(${mirrored} + 8)`;
const steps = [0, 1, 2, 3, 4, 5, 6, 7].map(i => `1 / (${mirrored} + ${i})`).join(" + ");
const tail = polynomial(`square(1 / ${ahead})`, [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12]);
const slopeOfGamma = `(log(${ahead}) - 0.5 / ${ahead} - square(1 / ${ahead}) * ${tail} - (${steps}) - select(x < 0.5, ${Math.PI} / tan(${turn}), 0))`;

/**
 * The logarithm of the size of the gamma function, as `torch.lgamma`: Infinity at 0, -1, -2, ...
 * @example tensor([1, 5]).lgamma().exp().round().toArray(); // [1, 24]
 */
export const lgamma: FloatUnary = special(
  "lgamma",
  "The logarithm of the size of the gamma function.",
  [0.2, 12],
  `select(${pole}, 1 / 0, select(x < 0.5, ${Math.log(Math.PI)} - log(abs(sin(${turn}))), 0) + select(x < 0.5, -1, 1) * ${logOfGamma})`,
  { x: `g * ${slopeOfGamma}` },
);

/**
 * The derivative of `lgamma`, as `torch.digamma`: NaN at -1, -2, ...
 * @example tensor([1]).digamma().item().toFixed(4); // "-0.5772"
 */
export const digamma: FloatUnary = special(
  "digamma",
  "The derivative of lgamma.",
  [0.2, 12],
  `select(x == 0, -1 / x, select(${pole}, 0 / 0, ${slopeOfGamma}))`,
  { x: `g * ${polygammaFormula(1)}` },
);

/**
 * 1 - erf(x), exact also where it is small, as `torch.erfc`.
 * @example tensor([0, 30]).erfc().toArray(); // [1, 0]
 */
export const erfc: FloatUnary = special("erfc", "1 - erf(x), exact also where it is small.", [-3, 4], "erfc(x)");

/** pi x, and where it is small the same with nothing to divide by. */
const angle = `(${Math.PI} * x)`;
const away = `select(abs(x) < 0.1, 1, ${angle})`;
const series = (terms: readonly number[]): string => polynomial(`square(${angle})`, terms);
const inverseFactorial = (n: number): number => (n < 2 ? 1 : inverseFactorial(n - 1) / n);
const alternating = (term: (k: number) => number): number[] =>
  Array.from({ length: 8 }, (_, k) => (k % 2 === 0 ? 1 : -1) * term(k));

/**
 * sin(pi x) / (pi x), and 1 at 0, as `torch.sinc`.
 * @example tensor([0, 0.5]).sinc().at(0).item(); // 1
 */
export const sinc: FloatUnary = special(
  "sinc",
  "sin(pi x) / (pi x), and 1 at 0.",
  [-2, 2],
  `select(abs(x) < 0.1, ${series(alternating(k => inverseFactorial(2 * k + 1)))}, sin(${angle}) / ${away})`,
  {
    x: `g * ${Math.PI} * select(abs(x) < 0.1, ${angle} * ${series(alternating(k => -(2 * k + 2) * inverseFactorial(2 * k + 3)))}, (cos(${angle}) - sin(${angle}) / ${away}) / ${away})`,
  },
);
