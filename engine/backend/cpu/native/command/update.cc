#include "../layout.h"
#include "families.h"
#include "program.h"

namespace gradbook {
namespace {

class UpdateCommand final : public Command {
 public:
  bool indivisible() const override { return true; }
  bool continues(const double* fields, size_t count) const override { return count > 0 && fields[0] == 1; }

  void decode(Record& record, Access& access) override {
    record.flag("continues");
    TapeJob& program = job_.program;
    const size_t parameters = static_cast<size_t>(record.extent("the number of parameters"));
    program.inputs = static_cast<int>(record.integer("the number of operands", 1, maxTapeInputs));
    program.outputs = static_cast<int>(record.integer("the number of outputs", 1, maxTapeOutputs));
    program.constants = static_cast<int>(record.integer("the number of constants", 0, maxTapeConstants));
    program.instructions = static_cast<int>(record.integer("the number of instructions", 0, maxTapeInstructions));
    if (!record.ok()) return;
    readOutputs(record);
    for (int k = 0; k < program.constants; k++) program.constant[k] = record.number();
    readInstructions(record, program);
    if (!record.ok()) return;
    placeBuffers(record, program);
    findDirect();
    readParameters(record, access, parameters);
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    return kernels.update(job_, workers);
  }

 private:
  void readOutputs(Record& record) {
    TapeJob& program = job_.program;
    const int registers = program.inputs + program.constants + program.instructions;
    for (int i = 0; i < program.inputs; i++) written_[i] = false;
    for (int o = 0; o < program.outputs; o++) {
      job_.target[o] = static_cast<int>(record.integer("a target", 0, program.inputs - 1));
      program.outputRegister[o] = static_cast<int>(record.integer("a register", 0, registers - 1));
      if (!record.ok()) return;
      if (written_[job_.target[o]]) record.refuse("operand " + std::to_string(job_.target[o]) + " is written twice");
      written_[job_.target[o]] = true;
    }
  }

  /** A result goes straight to its place where no later instruction reads what was there. */
  void findDirect() {
    const TapeJob& program = job_.program;
    const int firstInstruction = program.inputs + program.constants;
    int lastUse[maxTapeRegisters];
    lastUses(program, lastUse);
    // An operand that an output only copies is read at the end.
    for (int o = 0; o < program.outputs; o++) {
      if (program.outputRegister[o] < firstInstruction) lastUse[program.outputRegister[o]] = program.instructions;
    }
    for (int i = 0; i < program.instructions; i++) job_.directTarget[i] = -1;
    for (int o = 0; o < program.outputs; o++) {
      const int made = program.outputRegister[o] - firstInstruction;
      if (made >= 0 && lastUse[job_.target[o]] <= made) job_.directTarget[made] = job_.target[o];
    }
  }

  void readParameters(Record& record, Access& access, size_t parameters) {
    TapeJob& program = job_.program;
    DType dtype = float32;
    bool aliased = false;
    size_.clear();
    operand_.clear();
    for (size_t p = 0; p < parameters && record.ok(); p++) {
      const double n = static_cast<double>(record.extent("n"));
      size_.push_back(static_cast<size_t>(n));
      for (int i = 0; i < program.inputs; i++) {
        const Operand operand = record.operand("an operand of the step");
        if (operand_.empty()) {
          program.wide = record.isWide("an operand of the step", operand);
          dtype = operand.dtype;
        }
        record.expectDtype("an operand of the step", operand, dtype);
        record.dense("an operand of the step", operand, n);
        if (!record.ok()) return;
        operand_.push_back(operand.at());
        access.reads.push_back(operand.storage);
        if (written_[i]) access.writes.push_back({operand.storage, coversStorage(operand, n)});
        for (int k = 0; k < i; k++) aliased = aliased || operand_[operand_.size() - 1 - static_cast<size_t>(i - k)] == operand.at();
      }
    }
    // What is read under another name must not change before the program is through.
    if (aliased) {
      for (int i = 0; i < program.instructions; i++) job_.directTarget[i] = -1;
    }
    job_.parameters = size_.size();
    job_.size = size_.data();
    job_.operand = operand_.data();
  }

  UpdateJob job_{};
  bool written_[maxTapeInputs];
  std::vector<size_t> size_;
  std::vector<char*> operand_;
};

}  // namespace

std::unique_ptr<Command> makeUpdate() { return std::make_unique<UpdateCommand>(); }

}  // namespace gradbook
