import { outside } from "../../capturing.js";
import { DTypeError, ShapeError, ValueError } from "../../errors.js";
import { formatShape, type Shape, sameShape } from "../../shape.js";
import { Tensor } from "../../tensor.js";
import { isUnbuilt, markBuilt, markUnbuilt, type OpenShape, setInputShape, setLayerName } from "../building.js";
import { type Constraint, keep } from "../constraints.js";
import { buffer, Layer, parameter } from "../module.js";
import { type Regularizer, regularize } from "../regularizers.js";
import type { Initializer } from "./named-choices.js";

/** What layers of the Keras face have in common. */
export interface NamedLayerOptions {
  /** How models with several branches and messages call the layer. */
  name?: string;
}

/** The same of layers whose parameters depend on their input. */
export interface DeferredLayerOptions extends NamedLayerOptions {
  /** The shape of an input without the axis of the samples: the layer makes its parameters at once. */
  inputShape?: OpenShape;
}

/** A parameter that a layer is going to make. */
export interface ParameterPlan {
  readonly shape: Shape;
  readonly start: Initializer;
  readonly regularizer?: Regularizer | undefined;
  readonly constraint?: Constraint | undefined;
  /** False: it is state that training does not change, such as a running mean. */
  readonly trained?: boolean;
}

/**
 * The base of layers that make their parameters when they see their first input. A subclass says in `plan` which parameters an
 * input of so many features takes, calls `begin(options)` at the end of its constructor, and in `forward` computes with
 * `this.ready(x)`.
 * @example
 * class Scale extends nn.DeferredLayer {
 *   declare readonly weight: Tensor;
 *   constructor() {
 *     super();
 *     this.begin({});
 *   }
 *   protected plan(features: number) {
 *     return { weight: { shape: [features], start: (shape: readonly number[]) => ones([...shape]) } };
 *   }
 *   protected featuresIn({ weight }: Record<string, readonly number[]>) {
 *     return weight?.[0];
 *   }
 *   forward(x: Tensor) {
 *     return this.ready(x).mul(this.weight as never);
 *   }
 * }
 * const scale = new Scale();
 * scale.forward(zeros([2, 5]));
 * scale.weight.shape; // [5]
 */
export abstract class DeferredLayer extends Layer {
  #features: number | undefined;

  /** The features of the input; undefined before they are known. */
  get inputFeatures(): number | undefined {
    return this.#features;
  }

  /** The parameters for an input of so many features, by the names of their fields. */
  protected abstract plan(features: number): Readonly<Record<string, ParameterPlan>>;

  /** The features of the input that parameters of these shapes were made for; undefined where they do not tell. */
  protected abstract featuresIn(shapes: Readonly<Record<string, Shape>>): number | undefined;

  /** The axis that holds the features (default the last). */
  protected get featureAxis(): number {
    return -1;
  }

  /** How many axes an input has, with the samples; undefined: any number. */
  protected get axes(): number | undefined {
    return undefined;
  }

  /** Names the layer; makes the parameters if the shape of the input is given, else waits for the first call. */
  protected begin({ name, inputShape }: DeferredLayerOptions): void {
    setLayerName(this as never, name);
    markUnbuilt(this as never, { buildFromState: shapes => this.#fromState(shapes) });
    if (inputShape === undefined) return;
    setInputShape(this as never, inputShape);
    const features = [null, ...inputShape].at(this.featureAxis);
    if (typeof features !== "number") {
      throw new ValueError(`inputShape [${inputShape.join(", ")}] does not say how many features there are`, {
        op: this.constructor.name,
        hint: `Give the length of axis ${this.featureAxis}, the samples not counted.`,
      });
    }
    this.#make(features);
  }

  /**
   * The input, for which the layer has parameters now.
   * @throws DTypeError for what is no tensor; ShapeError for an input with other features than the first one's
   */
  protected ready(x: Tensor): Tensor {
    const op = this.constructor.name;
    if (!(x instanceof Tensor)) throw new DTypeError(`expected a tensor, got ${typeof x}`, { op });
    const { axes } = this;
    const features = x.shape.at(this.featureAxis);
    if (features === undefined || x.shape.length < 2 || (axes !== undefined && x.shape.length !== axes)) {
      const expected = axes === undefined ? "at least 2 axes, [N, ..., features]" : `${axes} axes`;
      throw new ShapeError(`the input ${formatShape(x.shape)} has ${x.shape.length} axes`, {
        op,
        expected,
        got: formatShape(x.shape),
        hint: `Give ${expected}.`,
      });
    }
    if (isUnbuilt(this as never)) outside(() => this.#make(features));
    else if (features !== this.#features) {
      throw new ShapeError(
        `expects ${this.#features} features on axis ${this.featureAxis}, got ${formatShape(x.shape)}`,
        {
          op,
          expected: `${this.#features}`,
          got: `${features}`,
          hint: "A layer keeps the size of its first input; make another layer for another size.",
        },
      );
    }
    return x;
  }

  #make(features: number): void {
    const plans = Object.entries(this.plan(features));
    for (const [name, { shape, start, trained = true, regularizer, constraint }] of plans) {
      const first = start(shape);
      if (!(first instanceof Tensor) || !sameShape(first.shape, shape)) {
        throw new ShapeError(
          `the initializer gave ${first instanceof Tensor ? formatShape(first.shape) : typeof first}`,
          {
            op: this.constructor.name,
            expected: formatShape(shape),
            hint: `It must give the values of ${name}.`,
          },
        );
      }
      const own = trained ? parameter(first) : buffer(first);
      if (regularizer) regularize([own], regularizer);
      if (constraint) keep([own], constraint);
      Object.assign(this, { [name]: own });
    }
    this.#features = features;
    markBuilt(this as never);
  }

  #fromState(shapes: Readonly<Record<string, Shape>>): boolean {
    const features = this.featuresIn(shapes);
    if (features === undefined || !Number.isSafeInteger(features) || features < 1) return false;
    // Nothing is made for a state that does not fit anyway.
    const fits = Object.entries(this.plan(features)).every(([name, { shape }]) => {
      return shapes[name] !== undefined && sameShape(shapes[name], shape);
    });
    if (fits) this.#make(features);
    return fits;
  }
}
