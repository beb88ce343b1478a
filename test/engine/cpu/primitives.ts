import type { Primitive } from "../../../engine/backend/commands.js";

/** What a primitive is in float64, and how far the float32 kernel may be off, relative to the exact result. */
interface Reference {
  at(a: number, b: number, c: number): number;
  float32: number;
}

/** The error function, by its series near 0 and its continued fraction beyond (to about 1e-16). */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const t = Math.abs(x);
  if (t > 6) return Math.sign(x);
  if (t < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 200; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 120; n > 0; n--) fraction = n / 2 / (t + fraction);
  return Math.sign(x) * (1 - Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + fraction));
}

/** Its complement, for x that float32 holds: their squares are exact. */
export function erfc(x: number): number {
  if (Number.isNaN(x) || x < 0.5) return 1 - erf(x);
  let fraction = 0;
  for (let n = 2000; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** To the nearest, ties to even; the sign of zero is kept. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  return Number.isFinite(x) ? (up ? floor + 1 : floor) : x;
}

function floorMod(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

const truth = (x: boolean): number => (x ? 1 : 0);
const nanOr = (a: number, b: number, x: number): number => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : x);

/** C's pow, which knows `1 ** NaN` and `(-1) ** Infinity`. */
function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY)) return 1;
  return a ** b;
}

const exact = 1e-7;
const close = 4e-7;

export const reference: Record<Primitive, Reference> = {
  neg: { at: a => -a, float32: exact },
  abs: { at: Math.abs, float32: exact },
  sign: { at: Math.sign, float32: exact },
  floor: { at: Math.floor, float32: exact },
  ceil: { at: Math.ceil, float32: exact },
  round: { at: roundEven, float32: exact },
  trunc: { at: Math.trunc, float32: exact },
  sqrt: { at: Math.sqrt, float32: exact },
  rsqrt: { at: a => 1 / Math.sqrt(a), float32: close },
  square: { at: a => a * a, float32: exact },
  reciprocal: { at: a => 1 / a, float32: exact },
  exp: { at: Math.exp, float32: close },
  expm1: { at: Math.expm1, float32: close },
  log: { at: Math.log, float32: close },
  log1p: { at: Math.log1p, float32: close },
  sin: { at: Math.sin, float32: close },
  cos: { at: Math.cos, float32: close },
  tan: { at: Math.tan, float32: close },
  asin: { at: Math.asin, float32: close },
  acos: { at: Math.acos, float32: close },
  atan: { at: Math.atan, float32: close },
  sinh: { at: Math.sinh, float32: close },
  cosh: { at: Math.cosh, float32: close },
  tanh: { at: Math.tanh, float32: close },
  erf: { at: erf, float32: close },
  erfc: { at: erfc, float32: close },
  sigmoid: { at: a => (a < 0 ? Math.exp(a) / (1 + Math.exp(a)) : 1 / (1 + Math.exp(-a))), float32: close },
  relu: { at: a => Math.max(a, 0), float32: exact },
  isnan: { at: a => truth(Number.isNaN(a)), float32: exact },
  not: { at: a => truth(a === 0), float32: exact },
  add: { at: (a, b) => a + b, float32: exact },
  sub: { at: (a, b) => a - b, float32: exact },
  mul: { at: (a, b) => a * b, float32: exact },
  div: { at: (a, b) => a / b, float32: exact },
  pow: { at: pow, float32: close },
  mod: { at: floorMod, float32: exact },
  min: { at: (a, b) => nanOr(a, b, Math.min(a, b)), float32: exact },
  max: { at: (a, b) => nanOr(a, b, Math.max(a, b)), float32: exact },
  atan2: { at: Math.atan2, float32: close },
  eq: { at: (a, b) => truth(a === b), float32: exact },
  ne: { at: (a, b) => truth(a !== b), float32: exact },
  lt: { at: (a, b) => truth(a < b), float32: exact },
  le: { at: (a, b) => truth(a <= b), float32: exact },
  gt: { at: (a, b) => truth(a > b), float32: exact },
  ge: { at: (a, b) => truth(a >= b), float32: exact },
  and: { at: (a, b) => truth(a !== 0 && b !== 0), float32: exact },
  or: { at: (a, b) => truth(a !== 0 || b !== 0), float32: exact },
  select: { at: (a, b, c) => (a !== 0 ? b : c), float32: exact },
  // Unfused where the hardware has no fused form, so cancellation may cost all digits: those few have a looser bound.
  fma: { at: (a, b, c) => a * b + c, float32: 1e-5 },
};
