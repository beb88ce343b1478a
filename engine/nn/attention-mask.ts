import { ShapeError } from "../errors.js";
import { add } from "../ops/arithmetic.js";
import { logicalAnd, logicalNot, where } from "../ops/compare.js";
import { reshape } from "../ops/view.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** A score that softmax turns into 0, yet finite. */
const never = -1e30;

/**
 * What a mask and a mask of padded keys say together, for scores [N, heads, L, S].
 * @throws ShapeError when the padding is not that of `samples` sequences of `length` keys
 */
export function withPadding(
  mask: Tensor | undefined,
  padding: Tensor | undefined,
  [samples, length]: readonly [number, number],
): Tensor | undefined {
  if (padding === undefined) return mask;
  if (formatShape(padding.shape) !== formatShape([samples, length])) {
    throw new ShapeError(`the padding ${formatShape(padding.shape)} does not fit`, {
      op: "MultiheadAttention",
      expected: formatShape([samples, length]),
      got: formatShape(padding.shape),
      hint: "keyPaddingMask is [N, S], true where a key is padding.",
    });
  }
  const ofKeys = reshape(padding, [samples, 1, 1, length]) as Tensor;
  if (padding.dtype !== "bool") {
    if (mask === undefined) return ofKeys;
    return (mask.dtype === "bool" ? where(mask, ofKeys, never) : add(mask, ofKeys as never)) as Tensor;
  }
  const seen = logicalNot(ofKeys) as Tensor;
  if (mask === undefined) return seen;
  return (mask.dtype === "bool" ? logicalAnd(mask, seen as never) : where(seen, mask, never)) as Tensor;
}
