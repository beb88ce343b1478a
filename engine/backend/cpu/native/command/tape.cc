#include "../layout.h"
#include "families.h"
#include "flat_tape.h"
#include "program.h"

namespace gradbook {
namespace {

class TapeCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    isFlat_ = flat_.read(record, access);
    if (isFlat_) return;
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
    readInstructions(record, job_);
    if (!record.ok()) return;
    resolveOperands(record, access);
    if (record.ok()) placeBuffers(record, job_);
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    if (isFlat_) {
      flat_.run(kernels);
    } else {
      kernels.tape(job_, workers);
    }
    return true;
  }

 private:
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

  FlatTape flat_;
  bool isFlat_ = false;
  TapeJob job_{};
  Operand input_[maxTapeInputs], output_[maxTapeOutputs];
};

}  // namespace

std::unique_ptr<Command> makeTape() { return std::make_unique<TapeCommand>(); }

}  // namespace gradbook
