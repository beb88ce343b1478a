/** Started by load.test.ts from packages of its own making: prints what the device says about itself and one result. */
import { opcodes } from "../../../engine/backend/commands.js";
import { Device, operand } from "./device.js";

const device = new Device();
const out = device.empty(3);
device.record(opcodes.iota, [...operand(out), 3, 1, 1]);
process.stdout.write(JSON.stringify({ ...device.backend.describe(), computed: device.read(out) }));
