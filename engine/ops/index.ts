import { Tensor } from "../tensor.js";
import * as operations from "./all.js";

type Operations = typeof operations;

/** The operations as methods. */
export type TensorMethods = { [Name in keyof Operations]: Operations[Name]["method"] };

for (const [name, operation] of Object.entries(operations)) {
  const run = operation as (...args: unknown[]) => unknown;
  // Named, so that the stack of an error reads `Tensor.matmul`.
  const methods = {
    [name](this: Tensor, ...args: unknown[]) {
      // Handing on a list takes as long as adding a few numbers.
      return args.length === 1 ? run(this, args[0]) : run(this, ...args);
    },
  };
  Object.defineProperty(Tensor.prototype, name, { value: methods[name], writable: true, configurable: true });
}
