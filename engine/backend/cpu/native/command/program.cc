#include "program.h"

namespace gradbook {
namespace {

void readInstruction(Record& record, TapeJob& job, int index) {
  TapeInstruction& step = job.instruction[index];
  step.primitive = static_cast<int>(record.integer("a primitive", 0, primitiveSlots - 1));
  const int arity = primitiveArity(step.primitive), known = job.inputs + job.constants + index;
  if (record.ok() && arity == 0) record.refuse("primitive " + std::to_string(step.primitive) + " does not exist");
  for (int k = 0; k < 3; k++) {
    const double word = record.number();
    if (k >= arity) {
      step.operand[k] = step.operand[0];
    } else if (!(word >= 0 && word < known) || word != floor(word)) {
      record.refuse("an instruction reads register " + Record::text(word) + " of " + std::to_string(known));
    } else {
      step.operand[k] = static_cast<int>(word);
    }
  }
}

}  // namespace

void readInstructions(Record& record, TapeJob& job) {
  for (int i = 0; i < job.instructions; i++) readInstruction(record, job, i);
}

void lastUses(const TapeJob& job, int* lastUse) {
  const int registers = job.inputs + job.constants + job.instructions;
  for (int r = 0; r < registers; r++) lastUse[r] = -1;
  for (int i = 0; i < job.instructions; i++) {
    const int arity = primitiveArity(job.instruction[i].primitive);
    for (int k = 0; k < arity; k++) lastUse[job.instruction[i].operand[k]] = i;
  }
}

void placeBuffers(Record& record, TapeJob& job) {
  const int firstConstant = job.inputs, firstInstruction = job.inputs + job.constants;
  int lastUse[maxTapeRegisters];
  lastUses(job, lastUse);
  for (int o = 0; o < job.outputs; o++) lastUse[job.outputRegister[o]] = job.instructions;

  bool taken[maxTapeBuffers] = {};
  const auto take = [&] {
    for (int b = 0; b < maxTapeBuffers; b++) {
      if (!taken[b]) {
        taken[b] = true;
        return b;
      }
    }
    record.refuse("the expression needs more than " + std::to_string(maxTapeBuffers) + " values at once; split it");
    return 0;
  };
  // Constants keep theirs for the whole run. One that nothing uses gets none.
  for (int k = 0; k < job.constants; k++) job.constantBuffer[k] = lastUse[firstConstant + k] < 0 ? -1 : take();
  int buffer[maxTapeRegisters];
  for (int i = 0; i < job.inputs; i++) job.inputBuffer[i] = buffer[i] = take();
  for (int i = 0; i < job.instructions; i++) {
    TapeInstruction& step = job.instruction[i];
    // Primitives may write over their operand: an operand's buffer is free as soon as this is its last use.
    const int arity = primitiveArity(step.primitive);
    for (int k = 0; k < arity; k++) {
      const int r = step.operand[k];
      const bool seen = (k > 0 && step.operand[0] == r) || (k > 1 && step.operand[1] == r);
      if (!seen && lastUse[r] == i && (r < firstConstant || r >= firstInstruction)) taken[buffer[r]] = false;
    }
    step.buffer = buffer[firstInstruction + i] = take();
    if (lastUse[firstInstruction + i] < 0) taken[step.buffer] = false;
  }
}

}  // namespace gradbook
