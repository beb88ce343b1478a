import { DTypeError, ShapeError, ValueError } from "../errors.js";
import { castCopy, onDevice, recordCopy } from "../record.js";
import { formatShape, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";

/** Parameters and buffers by path. */
export type StateDict = Readonly<Record<string, Tensor>>;

/** Names that did not find their counterpart. */
export interface StateMismatch {
  /** In the model but not in the state. */
  missing: string[];
  /** In the state but not in the model. */
  unexpected: string[];
}

/**
 * Copies values, from any device, into tensors by name; nothing changes unless all fit.
 * @param strict whether both must have the same names
 * @throws ValueError, ShapeError or DTypeError that lists everything that does not fit
 */
export function loadState(own: ReadonlyMap<string, Tensor>, state: StateDict, strict: boolean): StateMismatch {
  if (typeof state !== "object" || state === null || state instanceof Tensor) {
    throw new DTypeError("the state is no object of tensors", {
      op: "loadStateDict",
      hint: "Give what stateDict() gave.",
    });
  }
  const missing = [...own.keys()].filter(name => !Object.hasOwn(state, name));
  const unexpected = Object.keys(state).filter(name => !own.has(name));
  const shared = [...own].filter(([name]) => Object.hasOwn(state, name));
  const strangers = shared.filter(([name]) => !(state[name] instanceof Tensor)).map(([name]) => name);
  const misshapen = shared.filter(([name, x]) => {
    return state[name] instanceof Tensor && !sameShape(x.shape, state[name].shape);
  });
  const shapes = misshapen.map(([name, x]) => {
    return `${name} is ${formatShape(x.shape)}, the new value ${formatShape(state[name]!.shape)}`;
  });
  const problems = [
    ...(strict && missing.length > 0 ? [`missing ${missing.join(", ")}`] : []),
    ...(strict && unexpected.length > 0 ? [`unknown ${unexpected.join(", ")}`] : []),
    ...(strangers.length > 0 ? [`no tensors: ${strangers.join(", ")}`] : []),
    ...shapes,
  ];
  if (problems.length > 0) {
    const onlyShapes = problems.length === shapes.length;
    const ErrorClass = onlyShapes ? ShapeError : ValueError;
    throw new ErrorClass(`the parameters do not match: ${problems.join("; ")}`, {
      op: "loadStateDict",
      hint: onlyShapes
        ? "Make the model with the sizes of the one that was saved."
        : "Nothing was loaded. With { strict: false } names that are missing or unknown are let pass.",
    });
  }
  for (const [name, x] of shared) recordCopy(broughtTo(x, state[name]!), x);
  return { missing, unexpected };
}

/** The new value where `x` is: in its dtype, should that device not have the value's own. */
function broughtTo(x: Tensor, value: Tensor): Tensor {
  const { backend } = x.storage;
  return onDevice(backend.lacks?.has(value.dtype) ? castCopy(value.detach(), x.dtype) : value, backend);
}
