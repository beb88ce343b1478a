/** A layer, as far as messages name it. */
export interface Layer {
  namedChildren(): readonly (readonly [name: string, child: unknown])[];
}

const inside: Layer[] = [];

/** Runs the code of a layer so that messages can name it. */
export function insideLayer<T>(layer: Layer, work: () => T): T {
  inside.push(layer);
  try {
    return work();
  } finally {
    inside.pop();
  }
}

/** The layer whose code is running, by the names of the fields from the outermost: `Net.blocks.1`. */
export function layerPath(): string | undefined {
  if (inside.length === 0) return undefined;
  return inside
    .map((layer, i) => {
      const name = inside[i - 1]?.namedChildren().find(([, child]) => child === layer)?.[0];
      return name ?? layer.constructor.name;
    })
    .join(".");
}
