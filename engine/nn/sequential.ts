import { DTypeError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { Module } from "./module.js";

/**
 * Layers one after the other.
 * @throws DTypeError for something that is no module
 * @example const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
 */
export class Sequential extends Module {
  declare readonly layers: readonly Module[];

  constructor(...layers: Module[]) {
    super();
    layers.forEach((layer, i) => {
      if (layer instanceof Module) return;
      throw new DTypeError(`layer ${i} is no module`, {
        op: "Sequential",
        hint: "Give layers, for example new nn.ReLU().",
      });
    });
    // Fields 0, 1, ... give the parameters the paths that PyTorch gives them: `0.weight`.
    Object.assign(this, layers);
    Object.defineProperty(this, "layers", { value: layers });
  }

  forward(x: Tensor): Tensor {
    let value = x;
    for (const layer of this.layers) value = (layer as unknown as (x: Tensor) => Tensor)(value);
    return value;
  }
}
