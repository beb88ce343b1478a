import type { HookHandle } from "../autograd/hooks.js";
import { capture } from "../capturing.js";
import { backendOf } from "../device.js";
import type { DType } from "../dtype.js";
import { DTypeError } from "../errors.js";
import { convert, forgetGradients, isFrozen, relocate, setFrozen } from "../parameters.js";
import { isFloat } from "../promotion.js";
import { allocate, recordCopy } from "../record.js";
import type { Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { isPlainObject } from "../tree.js";
import { buildFromState, buildWith, type OpenShape, requireBuilt, zerosOf } from "./building.js";
import {
  addModuleHook,
  callModule,
  type ForwardHook,
  type ForwardPreHook,
  type FullBackwardHook,
  type FullBackwardPreHook,
} from "./call.js";
import { loadState, type StateDict, type StateMismatch } from "./state.js";

/** Tensors that belong to a module's state without being trained. */
const buffers = new WeakSet<Tensor>();

/** The modules that were switched to evaluation. */
const evaluated = new WeakSet<Module>();

/**
 * The base of layers and models. A subclass makes its parameters and layers in the constructor, as fields, and computes in
 * `forward`; calling the instance calls `forward`. Parameters are the tensors with `requiresGrad` among the fields, layers the
 * modules; arrays and plain objects of them count, too. State that is not trained is made with `buffer`.
 * @example
 * class Net extends nn.Module {
 *   hidden = new nn.Linear(784, 128);
 *   output = new nn.Linear(128, 10);
 *   forward(x: Tensor) {
 *     return this.output(this.hidden(x).relu());
 *   }
 * }
 * new Net()(zeros([64, 784])).shape; // [64, 10]
 */
export abstract class Module {
  /** False after `eval()`: layers such as dropout behave differently. */
  get training(): boolean {
    const on = !evaluated.has(this);
    if (capture !== undefined) capture.guard(this, () => evaluated.has(this) !== on);
    return on;
  }

  set training(on: boolean) {
    if (on) evaluated.delete(this);
    else evaluated.add(this);
    if (capture !== undefined)
      capture.assign(this, () => {
        this.training = on;
      });
  }

  constructor() {
    // The instance is a function, so that `model(x)` works; its prototype makes it a module.
    const call = (...args: unknown[]) => callModule(call as unknown as Module, args);
    // A function's own name and length are read-only and would be in the way of fields that are called so.
    Reflect.deleteProperty(call, "name");
    Reflect.deleteProperty(call, "length");
    const instance = Object.setPrototypeOf(call, new.target.prototype) as Module;
    // biome-ignore lint/correctness/noConstructorReturn: this is how an instance becomes callable
    return instance;
  }

  /** Computes the result. */
  abstract forward(...args: never[]): unknown;

  /** What a layer was made with, in a few words, for summaries; by default its fields that are numbers, words and switches. */
  describe(): string {
    return settings(this).join(", ");
  }

  /**
   * How many multiplications, each with its addition, one call takes in this layer itself; 0 by default, for layers whose work
   * grows only with the number of elements.
   * `input` is the shape of the call's first tensor, `output` that of the result's.
   */
  multiplyAdds(_input: Shape, _output: Shape): number {
    return 0;
  }

  /**
   * What the constructor takes to make this layer again, as plain data, for checkpoints; by default undefined: it cannot be told.
   */
  config(): readonly unknown[] | undefined {
    return undefined;
  }

  /** The modules directly inside, by field name (`layers.0` for the first of an array). */
  namedChildren(): [name: string, module: Module][] {
    return [...membersOf(this)].filter((member): member is [string, Module] => member[1] instanceof Module);
  }

  /**
   * This module's own parameters and those of the modules inside, by path; a shared one once.
   * @throws ValueError where a layer has yet to make its parameters: call the model once, or `build` it
   */
  namedParameters(): [name: string, parameter: Tensor][] {
    requireBuilt("parameters", this);
    return parametersSoFar(this);
  }

  /**
   * What belongs to the model without being trained, such as running means: made with `buffer`, by path.
   * @throws ValueError where a layer has yet to make them
   */
  namedBuffers(): [name: string, buffer: Tensor][] {
    requireBuilt("buffers", this);
    return tensorsOf(this, x => buffers.has(x));
  }

  /**
   * The parameters, for an optimizer.
   * @throws ValueError where a layer has yet to make its parameters: call the model once, or `build` it
   */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /**
   * Lets layers that learn the size of their input on the first call make their parameters: the model is called once with zeros
   * of these shapes, without gradients and as after `eval()`.
   * @param inputs a shape for each argument, with the axis of the samples; `null` where any length will do
   * @throws whatever the call throws
   * @example new nn.Sequential(nn.dense(64), nn.dense(10)).build([null, 784]).parameters().length; // 4
   */
  build(...inputs: OpenShape[]): this {
    buildWith(
      this,
      inputs.map(shape => zerosOf(shape)),
    );
    return this;
  }

  /** Switches this module and those inside to training. */
  train(on = true): this {
    this.training = on;
    for (const [, child] of this.namedChildren()) child.train(on);
    return this;
  }

  /** Switches this module and those inside to evaluation. */
  eval(): this {
    return this.train(false);
  }

  /** Forgets the gradients collected so far. */
  zeroGrad(): void {
    forgetGradients(this.parameters());
  }

  /**
   * Calls a function before every `forward` of this module; an array that it returns takes the place of the arguments.
   * @example layer.registerForwardPreHook((_, [x]) => [(x as Tensor).mul(2)]);
   */
  registerForwardPreHook(hook: ForwardPreHook): HookHandle {
    return addModuleHook(this, "forwardPre", hook);
  }

  /**
   * Calls a function after every `forward` of this module; what it returns, unless undefined, takes the place of the result.
   * @example
   * let features: Tensor | undefined;
   * layer.registerForwardHook((_, args, output) => {
   *   features = output as Tensor;
   * });
   */
  registerForwardHook(hook: ForwardHook): HookHandle {
    return addModuleHook(this, "forward", hook);
  }

  /**
   * Calls a function in every backward pass, when the gradients of this module's tensor arguments are complete; an array that it
   * returns takes their place.
   * @example layer.registerFullBackwardHook((_, gradInput, [g]) => console.log(g?.norm().item()));
   */
  registerFullBackwardHook(hook: FullBackwardHook): HookHandle {
    return addModuleHook(this, "fullBackward", hook);
  }

  /** Calls a function in every backward pass before this module's own; an array that it returns takes the place of `gradOutput`. */
  registerFullBackwardPreHook(hook: FullBackwardPreHook): HookHandle {
    return addModuleHook(this, "fullBackwardPre", hook);
  }

  /** This module and all inside, by path; the module itself is "", a shared one comes once. */
  namedModules(): [name: string, module: Module][] {
    const found = new Map<Module, string>();
    const visit = (module: Module, path: string): void => {
      if (found.has(module)) return;
      found.set(module, path);
      for (const [name, child] of module.namedChildren()) visit(child, path === "" ? name : `${path}.${name}`);
    };
    visit(this, "");
    return [...found].map(([module, name]) => [name, module]);
  }

  /** The modules directly inside. */
  children(): Module[] {
    return this.namedChildren().map(([, module]) => module);
  }

  /**
   * Calls a function with every module inside, then with this one: to initialise weights, for example.
   * @example
   * model.apply(module => {
   *   if (module instanceof nn.Linear) nn.init.assign(module.weight, nn.init.orthogonal(module.weight.shape));
   * });
   */
  apply(visit: (module: Module) => void): this {
    for (const [, module] of this.namedModules().reverse()) visit(module);
    return this;
  }

  /**
   * Takes the parameters of this module and those inside out of training: they get no gradients and optimizers leave them alone,
   * but they stay parameters. Batch norms go on counting; call `eval()` on them where they shall not.
   * @example model.layers[0].freeze();
   */
  freeze(): this {
    for (const parameter of this.parameters()) setFrozen(parameter, true);
    return this;
  }

  /** Brings frozen parameters back into training. */
  unfreeze(): this {
    for (const parameter of this.parameters()) setFrozen(parameter, false);
    return this;
  }

  /**
   * Converts parameters and buffers that are floats to another float dtype, or brings all of them to a device, in place.
   * Optimizers hold them still, and their state follows with the next step; gradients are forgotten.
   * @throws DTypeError for a dtype that is no float, or that the device lacks; DeviceError for a device that is not there
   * @example model.to("float64");
   */
  to(target: DType | "cpu" | "webgpu"): this {
    requireBuilt("to", this);
    const state = stateOf(this).map(([, x]) => x);
    if (target === "cpu" || target === "webgpu") {
      relocate(state, backendOf(target, "to"));
      return this;
    }
    if (!isFloat(target)) {
      throw new DTypeError(`a model cannot be ${String(target)}`, {
        op: "to",
        expected: "a float dtype",
        got: String(target),
      });
    }
    for (const x of state) convert(x, target);
    return this;
  }

  /**
   * The parameters and buffers by path, sharing memory with the module.
   * @throws ValueError where a layer has yet to make its parameters
   */
  stateDict(): Record<string, Tensor> {
    requireBuilt("stateDict", this);
    return Object.fromEntries(stateOf(this).map(([name, x]) => [name, x.detach()]));
  }

  /**
   * Copies values into the parameters and buffers; nothing changes unless all fit. Layers that have yet to make their parameters
   * make them in the sizes of the values.
   * @param options `strict: false` lets names pass that are missing or unknown, and returns them
   * @throws ValueError for names that are missing or unknown; ShapeError for shapes that differ: all of them are listed
   * @example model.loadStateDict({ "0.bias": ones([2]) }, { strict: false }).missing; // ["0.weight"]
   */
  loadStateDict(state: StateDict, { strict = true }: { strict?: boolean } = {}): StateMismatch {
    buildFromState(this, state);
    requireBuilt("loadStateDict", this);
    return loadState(new Map(stateOf(this)), state, strict);
  }
}

/** Calling a module computes `forward`. */
export interface Module {
  (...args: Parameters<this["forward"]>): ReturnType<this["forward"]>;
}

/**
 * The same class, typed without the general call signature: for layers that declare an exact one of their own, which the
 * general one would undo.
 */
export const Layer = Module as unknown as abstract new () => LayerMembers;

/** What layers replace has to be written as methods: mapped types make them properties, which no method may override. */
interface LayerMembers extends Pick<Module, Exclude<keyof Module, "forward" | "describe" | "multiplyAdds" | "config">> {
  describe(): string;
  config(): readonly unknown[] | undefined;
  multiplyAdds(input: Shape, output: Shape): number;
}

/** The tensors and modules among a module's fields, with their paths. */
function* membersOf(container: object, prefix = ""): Iterable<[string, Tensor | Module]> {
  for (const [key, value] of Object.entries(container)) {
    if (value instanceof Tensor || value instanceof Module) yield [prefix + key, value];
    else if (Array.isArray(value) || isPlainObject(value)) yield* membersOf(value, `${prefix}${key}.`);
  }
}

/** The settings among an object's fields: `rate 0.5`, `kernel 3 x 3`. */
export function settings(owner: object): string[] {
  return Object.entries(owner).flatMap(([key, value]): string[] => {
    if (value === undefined) return [];
    if (typeof value === "number" || typeof value === "string" || typeof value === "boolean")
      return [`${key} ${value}`];
    if (Array.isArray(value)) return value.every(v => typeof v === "number") ? [`${key} ${value.join(" x ")}`] : [];
    return isPlainObject(value) ? settings(value) : [];
  });
}

function isParameter(x: Tensor): boolean {
  return (x.requiresGrad || isFrozen(x)) && x.node === undefined;
}

/** The parameters that a module has by now: layers that have yet to make theirs have none. */
export function parametersSoFar(module: Module): [name: string, parameter: Tensor][] {
  return tensorsOf(module, isParameter);
}

/** What a state dict holds. */
function stateOf(module: Module): [name: string, x: Tensor][] {
  return tensorsOf(module, x => isParameter(x) || buffers.has(x));
}

/** The wanted tensors of a module and of those inside, by path; a shared one once. */
function tensorsOf(root: Module, wanted: (x: Tensor) => boolean): [name: string, x: Tensor][] {
  const seen = new Set<Tensor>();
  const found: [string, Tensor][] = [];
  const visit = (module: Module, prefix: string): void => {
    for (const [name, member] of membersOf(module)) {
      if (member instanceof Module) visit(member, `${prefix}${name}.`);
      else if (wanted(member) && !seen.has(member)) {
        seen.add(member);
        found.push([prefix + name, member]);
      }
    }
  };
  visit(root, "");
  return found;
}

/** A parameter of its own memory, with the values of `x`. */
export function parameter<T extends Tensor>(x: T): T {
  const own = allocate(x.shape, x.dtype, x.storage.backend);
  recordCopy(x, own);
  return new Tensor(own.storage, own.shape, own.dtype, own.strides, 0, true) as T;
}

/**
 * Makes a tensor part of a module's state without training it: a field that holds it appears in `stateDict()` and
 * `namedBuffers()`, and the module changes it in place.
 * @example
 * class Centre extends nn.Module {
 *   readonly mean = nn.buffer(zeros([3]));
 *   forward(x: Tensor) {
 *     return x.sub(this.mean);
 *   }
 * }
 * Object.keys(new Centre().stateDict()); // ["mean"]
 */
export function buffer<T extends Tensor>(x: T): T {
  const own = allocate(x.shape, x.dtype, x.storage.backend);
  recordCopy(x, own);
  buffers.add(own);
  return own as unknown as T;
}
