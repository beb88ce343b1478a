/** An object that is nothing but its fields. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The same arrays and plain objects, with every other value changed. */
export function mapLeaves(tree: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(tree)) return tree.map(part => mapLeaves(part, change));
  if (!isPlainObject(tree)) return change(tree);
  return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, mapLeaves(part, change)]));
}
