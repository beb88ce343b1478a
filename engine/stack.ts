/** Where the engine's own code lies, as a folder of its sources or of the bundles; frames of a stack name it as URL or as path. */
const folder = new URL(".", import.meta.url).href.replace(/\/dist\/.*$/, "/dist/");
const own = [folder, decodeURIComponent(new URL(folder).pathname)];

/** The frames of the stack, innermost first: those of the engine, and the first that is not. */
function frames(): { inside: string[]; caller: string | undefined } {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 64;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const all = stack.split("\n").slice(1);
  const end = all.findIndex(line => !own.some(path => line.includes(path)) && !line.includes("<anonymous>"));
  return { inside: end < 0 ? all : all.slice(0, end), caller: all[end] };
}

/** Where the code stands that called the engine, as `file:line:column`. Takes some microseconds. */
export function callSite(): string | undefined {
  const { caller } = frames();
  return caller && (/\(([^()]*)\)$/.exec(caller)?.[1] ?? caller.trim().replace(/^at (async )?/, ""));
}

/** The name of the function of the engine that was called from outside, for messages of errors that arise deep inside. */
export function calledFunction(): string | undefined {
  const { inside } = frames();
  const names = inside.map(line => /^\s*at (?:new |async )?(?:[\w$]+\.)*([\w$]+) /.exec(line)?.[1]);
  return names.findLast(name => name !== undefined);
}
