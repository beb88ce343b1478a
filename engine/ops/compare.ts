import type { DType } from "../dtype.js";
import { type ElementwiseEntry, elementwise } from "../elementwise.js";
import type { Op } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Broadcast, Broadcast3, Fits, FitsBoth, Operand, PromoteOperand, ShapeOf } from "../types.js";
import type { Comparison, Predicate } from "./signatures.js";

const samples: ElementwiseEntry["samples"] = [
  {
    args: [
      { shape: [3, 4], dtype: "int32" },
      { shape: [4], dtype: "int32" },
    ],
  },
  { args: [{ shape: [6] }, 0.5] },
];
const rejects: ElementwiseEntry["rejects"] = [
  { args: [{ shape: [2, 3] }, { shape: [4] }], message: "cannot broadcast [2, 3] with [4]" },
];

const comparison = (name: string, doc: string, formula: string): Comparison =>
  elementwise<Comparison>(name, { doc, formula, inputs: ["a", "b"], rule: "bool", samples, rejects });

/** True where a equals b. NaN equals nothing. */
export const eq: Comparison = comparison("eq", "True where a equals b.", "a == b");
/** True where a differs from b. */
export const ne: Comparison = comparison("ne", "True where a differs from b.", "a != b");
/** True where a is less than b. */
export const lt: Comparison = comparison("lt", "True where a is less than b.", "a < b");
/** True where a is at most b. */
export const le: Comparison = comparison("le", "True where a is at most b.", "a <= b");
/** True where a is greater than b. */
export const gt: Comparison = comparison("gt", "True where a is greater than b.", "a > b");
/** True where a is at least b. */
export const ge: Comparison = comparison("ge", "True where a is at least b.", "a >= b");
/** True where both are not 0. */
export const logicalAnd: Comparison = comparison("logicalAnd", "True where both are not 0.", "a and b");
/** True where at least one is not 0. */
export const logicalOr: Comparison = comparison("logicalOr", "True where at least one is not 0.", "a or b");

/** True where x is 0. */
export const logicalNot: Predicate = elementwise("logicalNot", {
  doc: "True where x is 0.",
  formula: "not(x)",
  rule: "bool",
  samples: [{ args: [{ shape: [6], dtype: "bool" }] }],
});

/** True where x is NaN. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the field's name; nothing here needs the global
export const isNaN: Predicate = elementwise("isNaN", {
  doc: "True where x is NaN.",
  formula: "isnan(x)",
  rule: "bool",
});

/** True where x is neither NaN nor an infinity. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: as above
export const isFinite: Predicate = elementwise("isFinite", {
  doc: "True where x is neither NaN nor an infinity.",
  formula: "(x - x) == 0",
  rule: "bool",
});

/**
 * True where x is an infinity, of either sign, as `torch.isinf`.
 * @example isInf(tensor([1, -Infinity, NaN])).toArray(); // [false, true, false]
 */
export const isInf: Predicate = elementwise("isInf", {
  doc: "True where x is an infinity.",
  formula: "abs(x) == 1 / 0",
  rule: "bool",
});

/** The dtype of a choice between two operands. */
type Chosen<T, U> =
  T extends Tensor<Shape, infer D>
    ? PromoteOperand<D, U>
    : U extends Tensor<Shape, infer E>
      ? PromoteOperand<E, T>
      : "float32";

interface Where extends Op {
  <C extends Shape, S extends Shape, D extends DType, T extends Operand>(
    condition: Tensor<C>,
    a: Tensor<S, D> & Fits<C, Tensor<S>>,
    b: T & FitsBoth<C, S, T>,
  ): Tensor<Broadcast3<C, S, ShapeOf<T>>, PromoteOperand<D, T>>;
  <C extends Shape, S extends Shape, D extends DType>(
    condition: Tensor<C>,
    a: number,
    b: Tensor<S, D> & Fits<C, Tensor<S>>,
  ): Tensor<Broadcast<C, S>, PromoteOperand<D, number>>;
  <C extends Shape>(condition: Tensor<C>, a: number, b: number): Tensor<C, "float32">;
  readonly method: <C extends Shape, T extends Operand, U extends Operand>(
    this: Tensor<C>,
    a: T & Fits<C, T>,
    b: U & FitsBoth<C, ShapeOf<T>, U>,
  ) => Tensor<Broadcast3<C, ShapeOf<T>, ShapeOf<U>>, Chosen<T, U>>;
}

/**
 * a where the condition is not 0, else b; all three broadcast. As a method it is called on the condition.
 * @example where(x.gt(0), x, 0);
 */
export const where: Where = elementwise("where", {
  doc: "a where the condition is not 0, else b.",
  inputs: ["condition", "a", "b"],
  formula: "select(condition, a, b)",
  rule: "choice",
  samples: [
    { args: [{ shape: [3, 4], dtype: "bool" }, { shape: [3, 4] }, { shape: [4] }] },
    { args: [{ shape: [5], dtype: "bool" }, { shape: [5] }, 0.5] },
  ],
  rejects: [{ args: [{ shape: [2], dtype: "bool" }, { shape: [3] }, 0], message: "cannot broadcast [2] with [3]" }],
});
