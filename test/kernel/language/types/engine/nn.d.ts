import type { Tensor } from "./index.js";

/** What every layer and model is. */
export declare abstract class Module {
  abstract forward(x: Tensor): Tensor;
  parameters(): Tensor[];
  /** True while the model trains. */
  training: boolean;
}

export declare class Linear extends Module {
  constructor(inputs: number, outputs: number);
  readonly weight: Tensor;
  forward(x: Tensor): Tensor;
}
