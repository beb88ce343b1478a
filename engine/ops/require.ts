import { DTypeError } from "../errors.js";
import { isFloat } from "../promotion.js";
import { Tensor } from "../tensor.js";

/** @throws DTypeError when the argument is no tensor */
export function requireTensor(op: string, x: unknown): asserts x is Tensor {
  if (x instanceof Tensor) return;
  const got = x === null ? "null" : Array.isArray(x) ? "an array" : typeof x;
  throw new DTypeError(`expected a tensor, got ${got}`, {
    op,
    expected: "tensor",
    got,
    hint: "Make one with tensor(...).",
  });
}

/** @throws DTypeError when the argument holds no whole numbers */
export function requireIndices(op: string, what: string, x: unknown): asserts x is Tensor {
  requireTensor(op, x);
  if (!isFloat(x.dtype) && x.dtype !== "bool") return;
  throw new DTypeError(`${what} must be integers, got ${x.dtype}`, {
    op,
    expected: "int32",
    got: x.dtype,
    hint: `Convert: tensor(values, { dtype: "int32" }), or x.cast("int32").`,
  });
}
