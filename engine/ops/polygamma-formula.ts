import { polynomial } from "./polynomial.js";

/** x where it is at least 0.5, else its mirror image 1 - x. */
export const mirrored = "select(x < 0.5, 1 - x, x)";

/** pi times the distance of x from the nearest whole number: its sine and tangent are those of pi x, up to a sign. */
export const turn = `${Math.PI} * (x - round(x))`;

/** True where the functions of gamma have a pole: 0, -1, -2, ... */
export const pole = "(x <= 0) and (x == round(x))";

/** The Bernoulli numbers B2, B4, ... */
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798];

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/**
 * The derivative of order n >= 1 of digamma, as a formula of x (Abramowitz and Stegun 6.4): some steps 1/x^(n + 1), behind them the
 * asymptotic series, and left of 0.5 the reflection.
 */
export function polygammaFormula(n: number): string {
  const steps = 8 + n;
  const inverse = `(1 / (${mirrored} + ${steps}))`;
  const near = Array.from({ length: steps }, (_, i) => power(`(1 / (${mirrored} + ${i}))`, n + 1)).join(" + ");
  // (2k + n - 1)! / (2k)! B2k, k from 1 on.
  const tail = bernoulli.map((b, i) => {
    let product = b;
    for (let j = 2 * i + 3; j < 2 * i + 2 + n; j++) product *= j;
    return product;
  });
  const far = `${power(inverse, n)} * (${factorial(n - 1)} + ${inverse} * (${factorial(n) / 2} + ${inverse} * ${polynomial(`square(${inverse})`, tail)}))`;
  const size = `(${factorial(n)} * (${near}) + ${far})`;
  const sign = n % 2 === 0 ? "-1" : "1";
  const reflected = polynomial(`(1 / tan(${turn}))`, cotangentDerivative(n));
  return `select(${pole}, ${sign} / 0, select(x < 0.5, ${-(Math.PI ** (n + 1))} * ${reflected} - ${size}, ${sign} * ${size}))`;
}

/** A whole power from 1 on, by squares and products, which are much faster than the primitive for any exponent. */
function power(base: string, exponent: number): string {
  if (exponent === 1) return base;
  const half = power(base, Math.floor(exponent / 2));
  return exponent % 2 === 0 ? `square(${half})` : `(square(${half}) * ${base})`;
}

/** The derivative of order n of the cotangent, as a polynomial of the cotangent: each step multiplies by -(1 + c²). */
function cotangentDerivative(n: number): number[] {
  let polynomial = [0, 1];
  for (let step = 0; step < n; step++) {
    const next = new Array<number>(polynomial.length + 1).fill(0);
    polynomial.forEach((coefficient, power) => {
      if (power === 0) return;
      next[power - 1]! -= power * coefficient;
      next[power + 1]! -= power * coefficient;
    });
    polynomial = next;
  }
  return polynomial;
}
