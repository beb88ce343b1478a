import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { defineOp, type Op } from "../op.js";
import { requireTensor } from "../ops/require.js";
import { formatShape, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";

/** What a hook returns that changes nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook may be a function without a result, such as console.log
export type Unchanged = void | undefined;

/** Sees the gradient of a tensor in a backward pass; what it returns, if anything, takes the gradient's place. */
export type TensorHook = (gradient: Tensor) => Tensor | Unchanged;

/** What registering a hook returns. */
export interface HookHandle {
  /** Takes the hook away again; does nothing the second time. */
  remove(): void;
  [Symbol.dispose](): void;
}

/** A set of hooks in the order of registration, of which the same function may be registered twice. */
export class HookList<H> {
  readonly #hooks = new Map<object, H>();

  add(hook: H): HookHandle {
    const key = {};
    this.#hooks.set(key, hook);
    const remove = () => void this.#hooks.delete(key);
    return { remove, [Symbol.dispose]: remove };
  }

  get isEmpty(): boolean {
    return this.#hooks.size === 0;
  }

  [Symbol.iterator](): Iterator<H> {
    return [...this.#hooks.values()][Symbol.iterator]();
  }
}

const lists = new WeakMap<Tensor, HookList<TensorHook>>();
/** No tensor has ever had a hook: nobody has to look. */
let none = true;

/** Whether hooks wait for the gradient of x. */
export function isHooked(x: Tensor): boolean {
  return !none && lists.has(x);
}

/** Shows the complete gradient of x to its hooks, one after the other, and returns what it is afterwards. */
export function callHooks(x: Tensor, gradient: Tensor): Tensor {
  let g = gradient;
  for (const hook of lists.get(x)!) {
    const changed = hook(g);
    if (changed !== undefined) g = requireLike("registerHook", "the hook's result", changed, x);
  }
  return g;
}

/** @throws DTypeError, ShapeError when a gradient does not fit its tensor */
export function requireLike(op: string, what: string, gradient: unknown, x: Tensor): Tensor {
  if (!(gradient instanceof Tensor)) {
    const got = gradient === null ? "null" : typeof gradient;
    throw new DTypeError(`${what} is ${got}`, { op, expected: "a tensor or undefined", got });
  }
  if (sameShape(gradient.shape, x.shape)) return gradient;
  throw new ShapeError(`${what} is ${formatShape(gradient.shape)}, the tensor ${formatShape(x.shape)}`, {
    op,
    expected: formatShape(x.shape),
    got: formatShape(gradient.shape),
    hint: "A gradient has the shape of the tensor that it belongs to.",
  });
}

function addHook(x: Tensor, hook: TensorHook): HookHandle {
  if (!x.isConcrete) {
    throw new ValueError("inside vmap there is one gradient of all samples", {
      op: "registerHook",
      hint: "Register the hook on what goes into the mapped function, or comes out of it.",
    });
  }
  none = false;
  const list = lists.get(x) ?? new HookList();
  lists.set(x, list);
  return list.add(hook);
}

interface RegisterHook extends Op {
  (x: Tensor, hook: TensorHook): HookHandle;
  readonly method: (this: Tensor, hook: TensorHook) => HookHandle;
}

/**
 * Calls a function with the gradient of a tensor whenever a backward pass has computed it, before it goes on to what the tensor
 * depends on. A tensor that the function returns, of the same shape, is used instead. `torch.Tensor.register_hook`.
 * x: [...], a leaf or a result that requires gradients
 * @returns a handle that removes the hook
 * @throws ValueError when x requires no gradients; in the backward pass ShapeError for a result of another shape
 * @example
 * const x = tensor([1, 2], { requiresGrad: true });
 * const handle = x.registerHook(g => g.mul(10));
 * x.square().sum().backward(); // x.grad is [20, 40]
 * handle.remove();
 */
export const registerHook: RegisterHook = defineOp(
  {
    name: "registerHook",
    doc: "Calls a function with the gradient of a tensor whenever it has been computed.",
    samples: [],
    rejects: [{ args: [{ shape: [2] }, null], message: "the tensor requires no gradients" }],
    gradient: { none: "it returns no tensor" },
  },
  (x: Tensor, hook: TensorHook) => {
    requireTensor("registerHook", x);
    requireFlow("registerHook", x);
    if (typeof hook !== "function") {
      throw new ValueError(`the hook is ${hook === null ? "null" : typeof hook}`, {
        op: "registerHook",
        hint: "Give a function of the gradient.",
      });
    }
    return addHook(x, hook);
  },
);

interface RetainGrad extends Op {
  (x: Tensor): void;
  readonly method: (this: Tensor) => void;
}

const retained = new WeakSet<Tensor>();

/**
 * Lets a result keep its gradient in `.grad` as leaves do. `torch.Tensor.retain_grad`.
 * x: [...], a result that requires gradients; for a leaf nothing changes
 * @throws ValueError when x requires no gradients
 * @example
 * const x = tensor([1, 2], { requiresGrad: true });
 * const y = x.square();
 * y.retainGrad();
 * y.sum().backward(); // y.grad is [1, 1]
 */
export const retainGrad: RetainGrad = defineOp(
  {
    name: "retainGrad",
    doc: "Lets a result keep its gradient as leaves do.",
    samples: [],
    rejects: [{ args: [{ shape: [2] }], message: "the tensor requires no gradients" }],
    gradient: { none: "it returns no tensor" },
  },
  (x: Tensor) => {
    requireTensor("retainGrad", x);
    requireFlow("retainGrad", x);
    if (x.node === undefined || retained.has(x)) return;
    retained.add(x);
    addHook(x, g => {
      x.grad = x.grad === undefined ? g : (x.grad.add(g as never) as Tensor);
    });
  },
);

function requireFlow(op: string, x: Tensor): void {
  if (x.requiresGrad) return;
  throw new ValueError("the tensor requires no gradients", {
    op,
    hint: "Make it, or what it is computed from, with { requiresGrad: true }, and not inside noGrad.",
  });
}
