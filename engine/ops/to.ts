import { attach } from "../autograd/graph.js";
import type { Device } from "../backend/backend.js";
import { backendOf } from "../device.js";
import type { DType } from "../dtype.js";
import { defineOp, type Op } from "../op.js";
import { moveTo } from "../record.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { requireTensor } from "./require.js";

interface To extends Op {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, device: Device): Tensor<S, D>;
  readonly method: <S extends Shape, D extends DType>(this: Tensor<S, D>, device: Device) => Tensor<S, D>;
}

/**
 * The values on another device, as `torch.Tensor.to`; x itself when it is there already. Gradients flow back to where x is.
 * x: [...] -> [...]; the dtype stays. Waits for the device that it comes from.
 * @param device - `"cpu"` or `"webgpu"`
 * @throws DeviceError when there is no such device; DTypeError when it has no such dtype
 * @example tensor([1, 2]).to("cpu").device; // "cpu"
 */
export const to: To = defineOp(
  {
    name: "to",
    doc: "The values on another device.",
    samples: [{ args: [{ shape: [2, 3] }, "cpu"] }],
    rejects: [{ args: [{ shape: [2] }, "tpu"], message: 'no device tpu. There are "cpu" and "webgpu"' }],
    gradient: true,
  },
  (x: Tensor, device: Device) => {
    requireTensor("to", x);
    const backend = backendOf(device, "to");
    return x.storage.backend === backend ? x : attach(moveTo(x, backend), "to", [x], g => [to(g, x.device)]);
  },
);
