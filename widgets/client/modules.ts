/** What anywidget modules export: functions, which may give a function to be called at the end; or a function that makes them. */
export interface WidgetModule {
  initialize?(context: WidgetContext): unknown;
  render?(context: WidgetContext & { el: HTMLElement }): unknown;
}

/** What a module gets. */
export interface WidgetContext {
  model: unknown;
  signal: AbortSignal;
  experimental: {
    invoke(name: string, message?: unknown, options?: { buffers?: ArrayBufferView[] }): Promise<unknown>;
  };
}

const loaded = new Map<string, Promise<WidgetModule>>();

/** Whether a text is the address of a module or style sheet, not the thing itself. */
export const isAddress = (text: string): boolean => /^https?:\/\/\S+$/.test(text.trim());

/** Loads an ES module from its text or its address, once for each text. */
export function loadModule(esm: string): Promise<WidgetModule> {
  const known = loaded.get(esm);
  if (known) return known;
  const loading = load(esm);
  loaded.set(esm, loading);
  // A module whose address failed may be there the next time.
  loading.catch(() => loaded.delete(esm));
  return loading;
}

async function load(esm: string): Promise<WidgetModule> {
  const own = isAddress(esm) ? undefined : URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  try {
    const module = (await import(own ?? esm)) as { default?: unknown; render?: unknown };
    // Modules written for the first versions of anywidget export `render` itself.
    const made = module.default ?? module;
    return (typeof made === "function" ? await made() : made) as WidgetModule;
  } finally {
    if (own) URL.revokeObjectURL(own);
  }
}
