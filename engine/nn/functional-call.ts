import { ShapeError, ValueError } from "../errors.js";
import { formatShape, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { isPlainObject } from "../tree.js";
import { Module } from "./module.js";

type Fields = Record<string, unknown>;

/**
 * Calls a module with other parameters or buffers in the place of its own, which are back afterwards: so that a model can be
 * differentiated, or mapped, as a function of its parameters. `torch.func.functional_call`.
 * @param state tensors by path, as in `stateDict()`; what is not named stays as it is
 * @returns what the module returns
 * @throws ValueError for a path that is no parameter or buffer; ShapeError for a shape that differs
 * @example
 * const model = new nn.Linear(3, 1);
 * const loss = (p: Record<string, Tensor>, x: Tensor) => nn.functionalCall(model, p, x).square().sum();
 * const each = vmap(grad(loss), { inAxes: [null, 0] })(model.stateDict(), randn([8, 3]));
 * each.weight.shape; // [8, 1, 3]
 */
export function functionalCall<M extends Module>(
  module: M,
  state: Readonly<Record<string, Tensor>>,
  ...args: Parameters<M["forward"]>
): ReturnType<M["forward"]> {
  const own = new Map([...module.namedParameters(), ...module.namedBuffers()]);
  for (const [path, x] of Object.entries(state)) requireFit(own, path, x);
  const places = placesOf(module, own, state);
  try {
    for (const { owner, key, path } of places) owner[key] = state[path]!;
    return (module as unknown as (...args: unknown[]) => ReturnType<M["forward"]>)(...args);
  } finally {
    for (const { owner, key, path } of places) owner[key] = own.get(path)!;
  }
}

/** The fields that hold the tensors of `state`: of a shared one all. */
function placesOf(module: Module, own: ReadonlyMap<string, Tensor>, state: Readonly<Record<string, Tensor>>) {
  const pathOf = new Map([...own].filter(([path]) => path in state).map(([path, x]) => [x, path]));
  const places: { owner: Fields; key: string; path: string }[] = [];
  const visit = (owner: Fields): void => {
    for (const [key, value] of Object.entries(owner)) {
      const path = value instanceof Tensor ? pathOf.get(value) : undefined;
      if (path !== undefined) places.push({ owner, key, path });
      else if (value instanceof Module || Array.isArray(value) || isPlainObject(value)) visit(value as Fields);
    }
  };
  visit(module as unknown as Fields);
  return places;
}

function requireFit(own: ReadonlyMap<string, Tensor>, path: string, x: unknown): void {
  const before = own.get(path);
  if (before === undefined || !(x instanceof Tensor)) {
    const problem = before === undefined ? `there is no parameter or buffer ${path}` : `${path} is no tensor`;
    throw new ValueError(problem, { op: "functionalCall", hint: `There are ${[...own.keys()].join(", ")}.` });
  }
  if (sameShape(before.shape, x.shape)) return;
  throw new ShapeError(`${path} is ${formatShape(before.shape)}, the new value ${formatShape(x.shape)}`, {
    op: "functionalCall",
    expected: formatShape(before.shape),
    got: formatShape(x.shape),
  });
}
