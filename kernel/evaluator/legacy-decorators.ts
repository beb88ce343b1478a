type Decorator = (...parts: unknown[]) => unknown;

/** What lowered code calls for decorators of the old kind; the name is the compiler's. */
const helpers = {
  decorate(decorators: Decorator[], target: object, key?: string | symbol, given?: PropertyDescriptor | null): unknown {
    const onClass = key === undefined;
    let result: unknown = onClass ? target : given === null ? Object.getOwnPropertyDescriptor(target, key) : given;
    for (const decorator of decorators.toReversed()) {
      const made = onClass ? decorator(result) : decorator(target, key, result);
      result = made ?? result;
    }
    if (!onClass && result) Object.defineProperty(target, key, result as PropertyDescriptor);
    return result;
  },
  decorateParam(index: number, decorator: Decorator): Decorator {
    return (target, key) => decorator(target, key, index);
  },
  decorateMetadata(key: string, value: unknown): unknown {
    const { metadata } = Reflect as { metadata?: (key: string, value: unknown) => unknown };
    return metadata?.(key, value) ?? (() => undefined);
  },
};

/** Makes code run whose decorators were lowered the way of `experimentalDecorators`: cells and local files alike. */
export function provideLegacyDecorators(): void {
  Object.defineProperty(globalThis, "babelHelpers", { value: helpers, configurable: true, writable: true });
}
