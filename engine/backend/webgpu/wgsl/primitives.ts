import type { Primitive } from "../../commands.js";
import type { Kind } from "../typed-tape.js";

type Form = (a: string, b: string, c: string) => string;

const call =
  (name: string): Form =>
  a =>
    `${name}(${a})`;
const call2 =
  (name: string): Form =>
  (a, b) =>
    `${name}(${a}, ${b})`;

/** Every primitive on floats, as an expression that keeps NaN and infinity. Truths are 1.0 and 0.0. */
const ofFloats: Readonly<Record<Primitive, Form>> = {
  neg: call("negated"),
  abs: call("magnitude"),
  sign: call("signOf"),
  floor: call("roundedDown"),
  ceil: call("roundedUp"),
  round: call("roundedEven"),
  trunc: call("truncated"),
  sqrt: call("root"),
  rsqrt: a => `divided(1.0, root(${a}))`,
  square: a => `${a} * ${a}`,
  reciprocal: a => `divided(1.0, ${a})`,
  exp: call("exponential"),
  expm1: call("exponentialMinus1"),
  log: call("logarithm"),
  log1p: call("logarithmOf1Plus"),
  sin: call("sine"),
  cos: call("cosine"),
  tan: call("tangent"),
  asin: call("arcSine"),
  acos: call("arcCosine"),
  atan: call("arcTangent"),
  sinh: call("hyperbolicSine"),
  cosh: call("hyperbolicCosine"),
  tanh: call("hyperbolicTangent"),
  erf: call("errorFunction"),
  erfc: call("complementOfErrorFunction"),
  sigmoid: call("logistic"),
  relu: a => `select(${a}, 0.0, less(${a}, 0.0))`,
  isnan: a => `truth(isNan(${a}))`,
  not: a => `truth(isZero(${a}))`,
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: call2("divided"),
  pow: call2("power"),
  mod: call2("modulo"),
  min: call2("smaller"),
  max: call2("larger"),
  atan2: call2("arcTangent2"),
  eq: (a, b) => `truth(equal(${a}, ${b}))`,
  ne: (a, b) => `truth(!equal(${a}, ${b}))`,
  lt: (a, b) => `truth(less(${a}, ${b}))`,
  le: (a, b) => `truth(atMost(${a}, ${b}))`,
  gt: (a, b) => `truth(less(${b}, ${a}))`,
  ge: (a, b) => `truth(atMost(${b}, ${a}))`,
  and: (a, b) => `truth(!isZero(${a}) && !isZero(${b}))`,
  or: (a, b) => `truth(!isZero(${a}) || !isZero(${b}))`,
  select: (a, b, c) => `select(${c}, ${b}, ${a})`,
  fma: (a, b, c) => `fma(${a}, ${b}, ${c})`,
};

/** What integers do exactly, in i32 or u32. Truths are i32. */
function ofIntegers(kind: "i32" | "u32"): Partial<Record<Primitive, Form>> {
  const zero = kind === "i32" ? "0" : "0u";
  const same: Form = a => a;
  const compare =
    (operator: string): Form =>
    (a, b) =>
      `select(0, 1, ${a} ${operator} ${b})`;
  return {
    neg: a => (kind === "i32" ? `-${a}` : `(0u - ${a})`),
    abs: a => `abs(${a})`,
    sign: a => (kind === "i32" ? `sign(${a})` : `min(${a}, 1u)`),
    floor: same,
    ceil: same,
    round: same,
    trunc: same,
    square: a => `${a} * ${a}`,
    relu: a => `max(${a}, ${zero})`,
    isnan: () => "0",
    not: a => `select(0, 1, ${a} == ${zero})`,
    add: (a, b) => `${a} + ${b}`,
    sub: (a, b) => `${a} - ${b}`,
    mul: (a, b) => `${a} * ${b}`,
    mod: (a, b) => (kind === "i32" ? `integerModulo(${a}, ${b})` : `select(${a} % max(${b}, 1u), 0u, ${b} == 0u)`),
    min: call2("min"),
    max: call2("max"),
    eq: compare("=="),
    ne: compare("!="),
    lt: compare("<"),
    le: compare("<="),
    gt: compare(">"),
    ge: compare(">="),
    and: (a, b) => `select(0, 1, ${a} != ${zero} && ${b} != ${zero})`,
    or: (a, b) => `select(0, 1, ${a} != ${zero} || ${b} != ${zero})`,
    select: (a, b, c) => `select(${c}, ${b}, ${a})`,
    fma: (a, b, c) => `${a} * ${b} + ${c}`,
  };
}

const forms: Readonly<Record<Kind, Partial<Record<Primitive, Form>>>> = {
  f32: ofFloats,
  i32: ofIntegers("i32"),
  u32: ofIntegers("u32"),
};

/** A primitive as an expression over names. The first operand of `select` is a condition. */
export function expressionOf(primitive: Primitive, kind: Kind, [a = "", b = "", c = ""]: readonly string[]): string {
  const form = forms[kind][primitive];
  if (form === undefined) throw new Error(`no form of ${primitive} on ${kind}`);
  return form(a, b, c);
}
