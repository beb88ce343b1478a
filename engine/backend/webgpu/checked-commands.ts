import { DeviceError } from "../../errors.js";
import { CommandBuffer, nameOfOpcode, opcodes } from "../commands.js";
import { RecordReader } from "./record-reader.js";
import { runsHere } from "./supported.js";
import { readTape, typeTape } from "./typed-tape.js";

/** Records for the GPU. What it cannot run is refused when the record is complete: at the operation, not later in the worker. */
export class CheckedCommands extends CommandBuffer {
  /** @throws DeviceError for a command without a shader; DTypeError for numbers that it does not have */
  override close(): void {
    try {
      this.#check();
    } catch (error) {
      this.abandon();
      throw error;
    }
    super.close();
  }

  #check(): void {
    if (!runsHere(this.opcode)) {
      throw new DeviceError("not available on webgpu yet", {
        op: nameOfOpcode(this.opcode),
        hint: 'Compute it on the CPU: x.to("cpu")',
      });
    }
    if (this.opcode !== opcodes.tape) return;
    const record = new RecordReader(this.words);
    record.begin(this.used);
    typeTape(readTape(record));
  }
}
