import {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  i0,
  i1,
  leftShift,
  logicalXor,
  polygamma,
  rightShift,
} from "../../ops/all.js";
import type { Rule } from "../samples.js";
import { broadcasting } from "../samples.js";
import { alongAxisRules } from "./along-axis.js";
import { indexingRules } from "./indexing.js";
import { layerRules } from "./layers.js";
import { layoutRules } from "./layout.js";
import { productRules } from "./products.js";

/**
 * How operations run over many samples at once. Elementwise operations need no rule, and neither do those that are made of
 * others; what works on memory itself does.
 */
export const rules: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    ...layoutRules,
    ...alongAxisRules,
    ...indexingRules,
    ...productRules,
    ...layerRules,
    ...Object.fromEntries(
      Object.entries({
        bitwiseAnd,
        bitwiseNot,
        bitwiseOr,
        bitwiseXor,
        i0,
        i1,
        leftShift,
        logicalXor,
        polygamma,
        rightShift,
      }).map(([name, op]) => [name, broadcasting(name, op as never)]),
    ),
  }),
);
