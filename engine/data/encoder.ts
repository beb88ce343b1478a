import { ValueError } from "../errors.js";
import { tensor } from "../ops/create.js";
import type { Tensor } from "../tensor.js";

/** A class as tables have it. */
export type Category = string | number | boolean;

/**
 * Numbers classes: `fit` collects those that occur, in order; `encode` gives their numbers, `decode` the way back. As
 * scikit-learn's `LabelEncoder`.
 * @example
 * const species = new data.LabelEncoder().fit(["setosa", "virginica", "setosa"]);
 * species.encode(["virginica"]).toArray(); // [1]
 * species.decode([0]); // ["setosa"]
 */
export class LabelEncoder<T extends Category = Category> {
  #classes: T[] = [];
  #numbers = new Map<T, number>();

  /** The classes by number. */
  get classes(): readonly T[] {
    return this.#classes;
  }

  /** Collects the classes that occur: numbers in their order, texts by the alphabet. */
  fit(values: Iterable<T>): this {
    this.#classes = [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    this.#numbers = new Map(this.#classes.map((value, i) => [value, i]));
    return this;
  }

  /** The numbers of classes: int32 [N]. @throws ValueError for a class that `fit` did not see, naming the rows */
  encode(values: Iterable<T>): Tensor<[number], "int32"> {
    const list = [...values];
    const unknown = list.map((value, i) => (this.#numbers.has(value) ? -1 : i)).filter(i => i >= 0);
    if (unknown.length > 0) {
      throw new ValueError(`${JSON.stringify(list[unknown[0]!])} in row ${unknown[0]} is no known class`, {
        op: "LabelEncoder.encode",
        expected: this.#classes.slice(0, 8).map(String).join(", "),
        hint: "Fit the encoder on values that hold every class.",
      });
    }
    return tensor(Int32Array.from(list, value => this.#numbers.get(value)!)) as Tensor<[number], "int32">;
  }

  /** One row per value with a 1 at its class: float32 [N, classes]. @throws as `encode` */
  oneHot(values: Iterable<T>): Tensor<[number, number], "float32"> {
    return this.encode(values).oneHot(this.#classes.length) as Tensor<[number, number], "float32">;
  }

  /** The classes of numbers. @throws ValueError for a number that is no class */
  decode(numbers: Tensor | ArrayLike<number>): T[] {
    const list = Array.from("data" in numbers ? (numbers.data() as ArrayLike<number | bigint>) : numbers, Number);
    return list.map((number, i) => {
      const value = this.#classes[number];
      if (value !== undefined) return value;
      throw new ValueError(`${number} in row ${i} is no class`, {
        op: "LabelEncoder.decode",
        hint: `Give whole numbers from 0 to ${this.#classes.length - 1}.`,
      });
    });
  }
}
