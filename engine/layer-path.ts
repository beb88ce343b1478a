/** A layer, as far as messages name it. */
export interface Layer {
  namedChildren(): readonly (readonly [name: string, child: unknown])[];
}

const inside: Layer[] = [];
const names: string[] = [];

/** Runs the code of a layer so that messages can name it. */
export function insideLayer<T>(layer: Layer, work: () => T): T {
  const name = inside
    .at(-1)
    ?.namedChildren()
    .find(([, child]) => child === layer)?.[0];
  inside.push(layer);
  names.push(name ?? layer.constructor.name);
  try {
    return work();
  } finally {
    inside.pop();
    names.pop();
  }
}

/** The layers whose code is running, by the names of the fields, the outermost first. */
export function layerNames(): readonly string[] {
  return names;
}

/** The layer whose code is running, by the names of the fields from the outermost: `Net.blocks.1`. */
export function layerPath(): string | undefined {
  return names.length === 0 ? undefined : names.join(".");
}
