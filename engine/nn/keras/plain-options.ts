/**
 * Options of a layer as plain data, to make it again. The input's shape and initializers that are
 * functions are left out: sizes and weights come with the parameters.
 * Undefined where another option is a function or an object, which plain data cannot hold.
 */
export function plainOptions(options: object): Readonly<Record<string, unknown>> | undefined {
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || key === "inputShape" || (key.endsWith("Initializer") && typeof value === "function"))
      continue;
    const isPlain =
      ["number", "string", "boolean"].includes(typeof value) || (Array.isArray(value) && value.every(isEntry));
    if (!isPlain) return undefined;
    plain[key] = value;
  }
  return plain;
}

function isEntry(value: unknown): boolean {
  return value === null || typeof value === "number" || (Array.isArray(value) && value.every(isEntry));
}
