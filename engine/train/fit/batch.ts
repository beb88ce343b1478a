import { ShapeError, ValueError } from "../../errors.js";
import { formatShape } from "../../shape.js";
import { Tensor } from "../../tensor.js";
import { isPlainObject, mapLeaves } from "../../tree.js";

/** What a model takes or gives: a tensor, several, or several by name. The first axis counts samples. */
export type Inputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** Samples of a step: what goes in, what is wanted, and how much each sample counts. */
export interface Batch {
  readonly x: Inputs;
  readonly y: Inputs | undefined;
  /** [N] */
  readonly sampleWeight: Tensor | undefined;
}

/** A batch as a dataset gives it. Of an object with two other names, as `{ images, labels }`, the second is what is wanted. */
export type GivenBatch =
  | readonly [x: Inputs, y: Inputs, sampleWeight?: Tensor]
  | { readonly x: Inputs; readonly y: Inputs; readonly sampleWeight?: Tensor }
  | Readonly<Record<string, Tensor>>;

/** The tensors of inputs or outputs with their names: none for one alone, `output0` for the first of several. */
export function namedTensors(inputs: Inputs, prefix: string): [name: string, x: Tensor][] {
  if (inputs instanceof Tensor) return [["", inputs]];
  if (Array.isArray(inputs)) return inputs.map((x: Tensor, i) => [`${prefix}${i}`, x]);
  return Object.entries(inputs as Readonly<Record<string, Tensor>>);
}

/** How many samples a batch has. */
export function samplesOf({ x }: Batch): number {
  if (x instanceof Tensor) return x.shape[0]!;
  for (const key in x) return (x as Readonly<Record<string, Tensor>>)[key]!.shape[0]!;
  return 0;
}

/** The batch with every tensor changed. */
export function mapBatch(batch: Batch, change: (x: Tensor) => Tensor): Batch {
  const leaf = (x: unknown) => (x instanceof Tensor ? change(x) : mapLeaves(x, inner));
  const inner = (x: unknown) => (x instanceof Tensor ? change(x) : x);
  return {
    x: leaf(batch.x) as Inputs,
    y: leaf(batch.y) as Inputs | undefined,
    sampleWeight: inner(batch.sampleWeight) as Tensor | undefined,
  };
}

/** @throws ValueError for what is no tensor; ShapeError for different numbers of samples, or none */
export function requireBatch(op: string, { x, y, sampleWeight }: Batch): number {
  const named = [...inputsOf(op, "x", x), ...(y === undefined ? [] : inputsOf(op, "y", y))];
  if (sampleWeight !== undefined) named.push(...inputsOf(op, "sampleWeight", sampleWeight));
  const [first] = named;
  if (first === undefined)
    throw new ValueError("x has no tensors", { op, hint: "Give what the model is called with." });
  for (const [name, tensor] of named) {
    if (tensor.shape.length === 0) {
      throw new ShapeError(`${name} is a scalar`, { op, hint: "The first axis counts samples." });
    }
    if (tensor.shape[0] === first[1].shape[0]) continue;
    throw new ShapeError(
      `${first[0]} ${formatShape(first[1].shape)} and ${name} ${formatShape(tensor.shape)} have different numbers of samples`,
      {
        op,
        expected: `${first[1].shape[0]} samples`,
        got: `${tensor.shape[0]}`,
        hint: "Their first axes must have the same length.",
      },
    );
  }
  if (first[1].shape[0] === 0) {
    throw new ShapeError(`there are no samples: ${first[0]} is ${formatShape(first[1].shape)}`, {
      op,
      hint: "Give at least one.",
    });
  }
  if (sampleWeight !== undefined && sampleWeight.shape.length !== 1) {
    throw new ShapeError(`sampleWeight is ${formatShape(sampleWeight.shape)}`, {
      op,
      expected: "[N]",
      hint: "Give one weight per sample.",
    });
  }
  return first[1].shape[0]!;
}

function inputsOf(op: string, name: string, inputs: unknown): [name: string, x: Tensor][] {
  if (inputs instanceof Tensor) return [[name, inputs]];
  const parts = Array.isArray(inputs) || isPlainObject(inputs) ? Object.entries(inputs) : undefined;
  if (parts === undefined || parts.some(([, x]) => !(x instanceof Tensor))) {
    throw new ValueError(`${name} is no tensor`, {
      op,
      got: inputs === null ? "null" : typeof inputs,
      hint: "Make one with tensor(...), or give an array or object of tensors for a model with several.",
    });
  }
  return parts.map(([key, x]) => [`${name}.${key}`, x as Tensor]);
}

/** The batch that a dataset has given. @throws ValueError for something else */
export function readBatch(op: string, given: unknown): Batch {
  const batch = asBatch(given);
  if (batch === undefined) {
    throw new ValueError("the dataset gave something else than a batch", {
      op,
      expected: "[x, y], { x, y } or an object of two tensors",
      hint: "Give what data.batches(...) gives, or an iterable of [x, y].",
    });
  }
  requireBatch(op, batch);
  return batch;
}

function asBatch(given: unknown): Batch | undefined {
  if (Array.isArray(given)) {
    const [x, y, sampleWeight] = given as [Inputs, Inputs?, Tensor?];
    return given.length >= 1 && given.length <= 3 ? { x, y, sampleWeight } : undefined;
  }
  if (given instanceof Tensor) return { x: given, y: undefined, sampleWeight: undefined };
  if (!isPlainObject(given)) return undefined;
  const { sampleWeight, ...rest } = given as { sampleWeight?: Tensor } & Record<string, Inputs>;
  if ("x" in rest && "y" in rest) return { x: rest.x!, y: rest.y, sampleWeight };
  const [x, y, ...others] = Object.values(rest);
  if (x === undefined || others.length > 0) return undefined;
  return { x, y, sampleWeight };
}
