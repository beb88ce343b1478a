/** Started by neon.system.test.ts: writes a recording of every command into the file that it is given. */
import { writeFileSync } from "node:fs";
import { CpuBackend } from "../../../engine/backend/cpu/cpu.js";
import { loadKernels } from "../../../engine/backend/cpu/load.js";
import { Device } from "./device.js";
import { everything } from "./everything.js";
import { recorder } from "./recorder.js";

const { binding, recording } = recorder(loadKernels().binding);
everything(new Device(new CpuBackend({ binding })));
writeFileSync(process.argv[2]!, recording());
