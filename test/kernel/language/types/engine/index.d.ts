export type Shape = readonly number[];
export type DType = "float32" | "float64" | "int32";

/** Says in a message what does not fit. */
export interface ShapeMismatch<Message extends string> {
  readonly "shapes do not fit": Message;
}

/** A block of numbers. */
export declare class Tensor<S extends Shape = Shape, D extends DType = DType> {
  private readonly storage: unknown;
  readonly shape: S;
  readonly dtype: D;
  /** Adds, element by element. */
  add<T extends Tensor<S, D>>(this: T, other: T | number): T;
  dot<const S2 extends Shape>(
    this: Tensor<S, D>,
    other: S2 extends S ? Tensor<S2, D> : Tensor<S2, D> & ShapeMismatch<`dot: ${S["length"]} and ${S2["length"]} axes`>,
  ): number;
  matmul<M extends number, K extends number, N extends number>(
    this: Tensor<readonly [M, K], D>,
    other: Tensor<readonly [NoInfer<K>, N], D>,
  ): Tensor<readonly [M, N], D>;
  item(): number;
}

/**
 * Zeros of a shape.
 *
 * @param shape sizes, outermost first
 */
export declare function zeros<const S extends Shape>(shape: S): Tensor<S, "float32">;
export declare function ones<const S extends Shape>(shape: S): Tensor<S, "float32">;
export declare function tensor(values: readonly number[]): Tensor<readonly [number], "float32">;
export declare function randn<const S extends Shape>(shape: S): Tensor<S, "float32">;
export * as nn from "./nn.js";
