import { lanes, parameterBytes } from "../pipelines.js";
import { arithmetic } from "./arithmetic.js";
import { elementFunctions } from "./elements.js";
import { exponentials } from "./exponentials.js";
import { randomFunctions } from "./philox.js";
import { trigonometry } from "./trigonometry.js";

/** Every function that kernels may call, by name. A shader gets those that it needs: each costs time to compile. */
const functions: Readonly<Record<string, string>> = {
  ...arithmetic,
  ...exponentials,
  ...trigonometry,
  ...elementFunctions,
  ...randomFunctions,
};

const head = `struct Parameters { words: array<vec4<u32>, ${parameterBytes / 16}> }
@group(0) @binding(0) var<uniform> parameters: Parameters;
fn P(i: u32) -> u32 { return parameters.words[i / 4u][i % 4u]; }
fn I(i: u32) -> i32 { return bitcast<i32>(P(i)); }
fn F(i: u32) -> f32 { return bitcast<f32>(P(i)); }`;

const entry = `@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let t = id.x + id.y * groups.x * ${lanes}u;
  if (t < P(0u)) { run(t); }
}`;

/** A whole shader: parameters, the functions that `code` calls, directly or not, the code, and the entry that calls its `run`. */
export function withLibrary(code: string): string {
  const needed = new Set<string>();
  const visit = (text: string): void => {
    for (const [, name] of text.matchAll(/\b([A-Za-z_]\w*)\(/g)) {
      if (name === undefined || !Object.hasOwn(functions, name) || needed.has(name)) continue;
      needed.add(name);
      visit(functions[name]!);
    }
  };
  visit(code);
  return [head, ...[...needed].map(name => functions[name]), code, entry].join("\n");
}
