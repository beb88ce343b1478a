/** Started by budget.system.test.ts: the native kernels with 64 MiB in all; prints what happens. */
import { createRequire } from "node:module";
import { CpuBackend } from "../../../engine/backend/cpu/cpu.js";
import { NativeBinding } from "../../../engine/backend/cpu/native-binding.js";
import { EngineError } from "../../../engine/errors.js";
import { Device } from "./device.js";

const mebibyte = 2 ** 20;
const addon = createRequire(import.meta.url)(process.argv[2]!) as ConstructorParameters<typeof NativeBinding>[0];
const device = new Device(new CpuBackend({ binding: new NativeBinding(addon, "", 64 * mebibyte) }));

const kept: unknown[] = [];
let refused = "";
try {
  for (let i = 0; i < 100; i++) kept.push(device.empty(mebibyte));
} catch (error) {
  refused = error instanceof EngineError ? `${error.name}: ${error.message}` : String(error);
}
const blocks = kept.length;
kept.length = 0;
// What was dropped makes room again, many times over.
for (let i = 0; i < 500; i++) device.empty(mebibyte);
const peak = device.backend.memory().peak;
process.stdout.write(JSON.stringify({ refused, blocks, peak, alive: device.read(device.block([4, 5])) }));
