#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class TapeCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.wide = record.flag("the compute type");
    job_.rank = static_cast<int>(record.integer("the rank", 0, maxRank));
    job_.inputs = static_cast<int>(record.integer("the number of inputs", 0, maxTapeInputs));
    job_.outputs = static_cast<int>(record.integer("the number of outputs", 0, maxTapeOutputs));
    job_.constants = static_cast<int>(record.integer("the number of constants", 0, maxTapeConstants));
    job_.instructions = static_cast<int>(record.integer("the number of instructions", 0, maxTapeInstructions));
    if (!record.ok()) return;
    readDims(record, job_.rank, job_.dims);
    const int registers = job_.inputs + job_.constants + job_.instructions;
    for (int i = 0; i < job_.inputs; i++) readView(record, "an input", job_.rank, job_.dims, input_[i], job_.input[i].stride);
    for (int o = 0; o < job_.outputs; o++) {
      readView(record, "an output", job_.rank, job_.dims, output_[o], job_.output[o].stride);
      job_.outputRegister[o] = static_cast<int>(record.integer("a register", 0, registers - 1));
    }
    for (int k = 0; k < job_.constants; k++) job_.constant[k] = record.number();
    for (int i = 0; i < job_.instructions; i++) readInstruction(record, i);
    if (!record.ok()) return;
    resolveOperands(record, access);
    if (record.ok()) placeBuffers(record);
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    kernels.tape(job_, workers);
    return true;
  }

 private:
  void readInstruction(Record& record, int index) {
    TapeInstruction& step = job_.instruction[index];
    step.primitive = static_cast<int>(record.integer("a primitive", 0, primitiveSlots - 1));
    const int arity = primitiveArity(step.primitive), known = job_.inputs + job_.constants + index;
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

  void resolveOperands(Record& record, Access& access) {
    job_.storeDirectly = true;
    bool empty = false;
    for (int d = 0; d < job_.rank; d++) empty = empty || job_.dims[d] == 0;
    for (int i = 0; i < job_.inputs; i++) {
      job_.input[i].data = input_[i].at();
      job_.input[i].dtype = input_[i].dtype;
      access.reads.push_back(input_[i].storage);
    }
    for (int o = 0; o < job_.outputs; o++) {
      for (int d = 0; d < job_.rank; d++) {
        if (job_.output[o].stride[d] == 0 && job_.dims[d] > 1 && !empty) record.refuse("an output repeats an element (stride 0)");
      }
      job_.output[o].data = output_[o].at();
      job_.output[o].dtype = output_[o].dtype;
      for (int i = 0; i < job_.inputs; i++) {
        if (input_[i].storage == output_[o].storage) job_.storeDirectly = false;
      }
      access.writes.push_back({output_[o].storage, coversStorage(output_[o], job_.rank, job_.dims, job_.output[o].stride)});
    }
    int64_t* strides[maxTapeInputs + maxTapeOutputs];
    for (int i = 0; i < job_.inputs; i++) strides[i] = job_.input[i].stride;
    for (int o = 0; o < job_.outputs; o++) strides[job_.inputs + o] = job_.output[o].stride;
    job_.rank = mergeDims(job_.rank, job_.dims, job_.inputs + job_.outputs, strides);
  }

  /** Gives every register that needs one a chunk buffer, and the buffer on to another after the last use. */
  void placeBuffers(Record& record) {
    const int firstConstant = job_.inputs, firstInstruction = job_.inputs + job_.constants;
    const int registers = firstInstruction + job_.instructions;
    int lastUse[maxTapeRegisters];
    for (int r = 0; r < registers; r++) lastUse[r] = -1;
    for (int i = 0; i < job_.instructions; i++) {
      const int arity = primitiveArity(job_.instruction[i].primitive);
      for (int k = 0; k < arity; k++) lastUse[job_.instruction[i].operand[k]] = i;
    }
    for (int o = 0; o < job_.outputs; o++) lastUse[job_.outputRegister[o]] = job_.instructions;

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
    for (int k = 0; k < job_.constants; k++) job_.constantBuffer[k] = lastUse[firstConstant + k] < 0 ? -1 : take();
    int buffer[maxTapeRegisters];
    for (int i = 0; i < job_.inputs; i++) job_.inputBuffer[i] = buffer[i] = take();
    for (int i = 0; i < job_.instructions; i++) {
      TapeInstruction& step = job_.instruction[i];
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

  TapeJob job_{};
  Operand input_[maxTapeInputs], output_[maxTapeOutputs];
};

}  // namespace

std::unique_ptr<Command> makeTape() { return std::make_unique<TapeCommand>(); }

}  // namespace gradbook
