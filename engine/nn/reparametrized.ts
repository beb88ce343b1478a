import { outside } from "../capturing.js";
import { DTypeError, ValueError } from "../errors.js";
import type { Shape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { buildWith, isUnbuilt, markBuilt, markUnbuilt, unbuiltLayer } from "./building.js";
import { Module } from "./module.js";

/** Which parameter of a layer is computed anew in every call. */
export interface ReparametrizedOptions {
  /** The path of the parameter in the layer (default `"weight"`). */
  name?: string;
}

/**
 * The base of layers that hold another one and compute one of its parameters anew in every call: the layer's own parameter is what
 * training changes, and what is computed from it takes its place for the time of the call.
 */
export abstract class Reparametrized extends Module {
  readonly layer: Module;
  readonly target: string;

  constructor(op: string, layer: Module, { name = "weight" }: ReparametrizedOptions) {
    super();
    if (!(layer instanceof Module)) {
      throw new DTypeError("no module", { op, hint: "Give a layer, for example new nn.Linear(3, 4)." });
    }
    this.layer = layer;
    this.target = name;
  }

  /** Makes what the layer has beside the parameter; its values, where there are any yet. */
  protected abstract make(shape: Shape, parameter: Tensor | undefined): void;

  /** What takes the place of the parameter. */
  protected abstract computed(parameter: Tensor): Tensor;

  /** Makes it at once, or when the layer inside has its parameters. */
  protected begin(): void {
    if (unbuiltLayer(this.layer) === undefined) {
      const { owner, key } = this.#place();
      this.make(owner[key]!.shape, owner[key]);
      return;
    }
    markUnbuilt(this, {
      buildFromState: shapes => {
        const shape = shapes[`layer.${this.target}`];
        if (shape === undefined) return false;
        this.make(shape, undefined);
        markBuilt(this);
        return true;
      },
    });
  }

  forward(...inputs: Tensor[]): Tensor {
    if (isUnbuilt(this)) {
      outside(() => {
        if (unbuiltLayer(this.layer) !== undefined) buildWith(this.layer, inputs);
        const { owner, key } = this.#place();
        this.make(owner[key]!.shape, owner[key]);
        markBuilt(this);
      });
    }
    const { owner, key } = this.#place();
    const own = owner[key]!;
    owner[key] = this.computed(own);
    try {
      return (this.layer as unknown as (...args: Tensor[]) => Tensor)(...inputs);
    } finally {
      owner[key] = own;
    }
  }

  override describe(): string {
    return this.target;
  }

  /** The field that holds the parameter. @throws ValueError where there is none */
  #place(): { owner: Record<string, Tensor>; key: string } {
    const path = this.target.split(".");
    const key = path.pop()!;
    const owner = path.reduce<unknown>((part, field) => (part as Record<string, unknown>)?.[field], this.layer);
    if ((owner as Record<string, unknown> | undefined)?.[key] instanceof Tensor) return { owner: owner as never, key };
    const names = this.layer.namedParameters().map(([name]) => name);
    throw new ValueError(`the layer has no parameter ${this.target}`, {
      op: this.constructor.name,
      hint: names.length > 0 ? `There are ${names.join(", ")}.` : "It has none at all.",
    });
  }
}
