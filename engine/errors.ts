/** What every engine error carries, so that a front end can show more than the message. */
export interface ErrorDetails {
  /** The op or function that refused, e.g. `"matmul"`. */
  op: string;
  /** What would have been accepted. */
  expected?: string;
  /** What came instead. */
  got?: string;
  /** What to do about it: a whole sentence. */
  hint?: string;
}

/**
 * The base of all errors that the engine throws on purpose. The message reads
 * `op: what is wrong. What to do.`, for example
 * `matmul: inner sizes differ: [2, 3] x [4, 5] (3 and 4). Transpose the second, or reshape.`
 */
export class EngineError extends Error {
  readonly op: string;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly hint: string | undefined;

  constructor(problem: string, details: ErrorDetails) {
    super(`${details.op}: ${problem}${details.hint ? `. ${details.hint}` : ""}`);
    this.name = new.target.name;
    this.op = details.op;
    this.expected = details.expected;
    this.got = details.got;
    this.hint = details.hint;
  }
}

/** Shapes that do not fit together, or a shape that an op cannot take. */
export class ShapeError extends EngineError {}

/** A dtype that an op cannot take, or dtypes that do not promote. */
export class DTypeError extends EngineError {}

/** A device that is not there, or tensors on different devices. */
export class DeviceError extends EngineError {}

/** A value out of range: an index, a label, an option. */
export class ValueError extends EngineError {}

/** No memory for a tensor; names the tensor's shape and size. */
export class OutOfMemoryError extends EngineError {}

/** A Stop reached the engine while it worked; nothing is half done. */
export class InterruptedError extends EngineError {}
