import { attach, gradEnabled } from "../autograd/graph.js";
import { type HookHandle, HookList, requireLike, type Unchanged } from "../autograd/hooks.js";
import { interceptor } from "../intercept.js";
import { insideLayer } from "../layer-path.js";
import { zeros } from "../ops/create.js";
import { Tensor } from "../tensor.js";
import { mapLeaves } from "../tree.js";
import type { Module } from "./module.js";

/** Called before `forward` with its arguments; an array that it returns takes their place. */
export type ForwardPreHook = (module: Module, args: unknown[]) => unknown[] | Unchanged;

/** Called after `forward` with arguments and result; what it returns, unless undefined, takes the result's place. */
export type ForwardHook = (module: Module, args: unknown[], output: unknown) => unknown;

/**
 * Called in the backward pass when the gradients of a module's tensor arguments are complete; `undefined` stands for those that
 * have none. An array that it returns takes the place of `gradInput`.
 */
export type FullBackwardHook = (
  module: Module,
  gradInput: (Tensor | undefined)[],
  gradOutput: (Tensor | undefined)[],
) => (Tensor | undefined)[] | Unchanged;

/** Called in the backward pass before a module's own; an array that it returns takes the place of `gradOutput`. */
export type FullBackwardPreHook = (
  module: Module,
  gradOutput: (Tensor | undefined)[],
) => (Tensor | undefined)[] | Unchanged;

/** The hooks of a module by kind. */
interface Hooks {
  forwardPre: HookList<ForwardPreHook>;
  forward: HookList<ForwardHook>;
  fullBackwardPre: HookList<FullBackwardPreHook>;
  fullBackward: HookList<FullBackwardHook>;
}

const hooksOf = new WeakMap<Module, Hooks>();
/** No module has ever had a hook: nobody has to look. */
let none = true;

/** Adds a hook of a kind. */
export function addModuleHook<K extends keyof Hooks>(
  module: Module,
  kind: K,
  hook: Hooks[K] extends HookList<infer H> ? H : never,
): HookHandle {
  none = false;
  let hooks = hooksOf.get(module);
  if (hooks === undefined) {
    hooks = {
      forwardPre: new HookList(),
      forward: new HookList(),
      fullBackwardPre: new HookList(),
      fullBackward: new HookList(),
    };
    hooksOf.set(module, hooks);
  }
  return (hooks[kind] as HookList<unknown>).add(hook);
}

/** What happens when a module is called with something that stands for a tensor. */
export interface SymbolicCalls {
  concerns(args: readonly unknown[]): boolean;
  call(module: Module, args: readonly unknown[]): unknown;
}

/** Undefined until there is a symbolic tensor: nobody has to look. */
let symbolic: SymbolicCalls | undefined;

/** From now on calls with symbolic tensors go there. */
export function watchSymbolicCalls(calls: SymbolicCalls): void {
  symbolic = calls;
}

/** Computes `forward`, between the module's hooks. */
export function callModule(module: Module, args: unknown[]): unknown {
  if (symbolic?.concerns(args)) return symbolic.call(module, args);
  return interceptor === undefined ? callNow(module, args) : insideLayer(module, () => callNow(module, args));
}

function callNow(module: Module, args: unknown[]): unknown {
  const hooks = none ? undefined : hooksOf.get(module);
  return hooks === undefined ? module.forward(...(args as never[])) : callBetween(module, hooks, args);
}

function callBetween(module: Module, hooks: Hooks, args: unknown[]): unknown {
  let given = args;
  for (const hook of hooks.forwardPre) {
    const changed = hook(module, given);
    if (changed !== undefined) given = Array.isArray(changed) ? changed : [changed];
  }
  const back = hooks.fullBackward.isEmpty && hooks.fullBackwardPre.isEmpty ? undefined : new Backward(module, hooks);
  if (back) given = back.enter(given);
  let output: unknown = module.forward(...(given as never[]));
  for (const hook of hooks.forward) {
    const changed = hook(module, given, output);
    if (changed !== undefined) output = changed;
  }
  return back ? back.leave(output) : output;
}

/** One call of a module whose backward pass is watched: gates before and after it collect the gradients. */
class Backward {
  readonly #module: Module;
  readonly #hooks: Hooks;
  #inputs: Tensor[] = [];
  #gradOutput: (Tensor | undefined)[] = [];

  constructor(module: Module, hooks: Hooks) {
    this.#module = module;
    this.#hooks = hooks;
  }

  enter(args: unknown[]): unknown[] {
    this.#inputs = args.filter(x => x instanceof Tensor);
    const copies = gate(this.#inputs, gradInput => this.#complete(gradInput));
    return args.map(x => (x instanceof Tensor ? copies.shift() : x));
  }

  leave(output: unknown): unknown {
    const outputs: Tensor[] = [];
    mapLeaves(output, x => {
      if (x instanceof Tensor) outputs.push(x);
    });
    const copies = gate(outputs, gradOutput => {
      this.#gradOutput = gradOutput;
      for (const hook of this.#hooks.fullBackwardPre) {
        const changed = hook(this.#module, this.#gradOutput);
        if (changed) this.#gradOutput = fitting("registerFullBackwardPreHook", changed, outputs);
      }
      // No gradient will come to a gate before the module.
      if (!this.#inputs.some(x => x.requiresGrad)) this.#complete(this.#inputs.map(() => undefined));
      return this.#gradOutput;
    });
    return mapLeaves(output, x => (x instanceof Tensor ? copies.shift() : x));
  }

  #complete(gradInput: (Tensor | undefined)[]): (Tensor | undefined)[] {
    let all = gradInput;
    for (const hook of this.#hooks.fullBackward) {
      const changed = hook(this.#module, all, this.#gradOutput);
      if (changed) all = fitting("registerFullBackwardHook", changed, this.#inputs);
    }
    return all;
  }
}

function fitting(op: string, gradients: readonly unknown[], tensors: Tensor[]): (Tensor | undefined)[] {
  return tensors.map((x, i) => {
    return gradients[i] === undefined ? undefined : requireLike(op, `gradient ${i}`, gradients[i], x);
  });
}

/**
 * Tensors that stand for the given ones. In a backward pass, once the gradients of all are complete, `complete` sees them and
 * says what goes on to the given ones.
 */
function gate(
  tensors: readonly Tensor[],
  complete: (gradients: (Tensor | undefined)[]) => (Tensor | undefined)[],
): Tensor[] {
  if (!gradEnabled() || !tensors.some(x => x.requiresGrad)) return [...tensors];
  let found: (Tensor | undefined)[] = tensors.map(() => undefined);
  // Every copy depends on one node, which was made before them: it is walked when all of them have been.
  const node = attach(zeros([]) as Tensor, "hooks", tensors, () => {
    const all = complete(found);
    found = tensors.map(() => undefined);
    return all;
  });
  const signal = zeros([]) as Tensor;
  return tensors.map((x, i) => {
    if (!x.requiresGrad) return x;
    const note = (g: Tensor) => {
      found[i] = g;
      return [signal];
    };
    return attach(x.detach(), "hooks", [node], note, true);
  });
}
