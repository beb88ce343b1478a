/** The modules that the application shares: name to version to module, as module federation has it. */
export type SharedScope = Record<string, Record<string, { get(): Promise<() => unknown> }>>;

let scope: SharedScope = {};

/** Takes the application's modules; it calls this once, before it asks for the plugins. */
export function setSharedScope(given: SharedScope): void {
  scope = given;
}

/** One of the application's own modules; nothing when this release does not share it. */
export async function shared<Module>(name: string): Promise<Module | undefined> {
  const [entry] = Object.values(scope[name] ?? {});
  return entry && ((await entry.get())() as Module);
}
