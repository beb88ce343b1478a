#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class ReduceCommand final : public Command {
 public:
  explicit ReduceCommand(bool index) : index_(index) {}

  void decode(Record& record, Access& access) override {
    job_.kind = static_cast<int>(record.integer("the kind", 0, index_ ? 1 : 3));
    job_.wide = record.flag("the compute type");
    job_.keptRank = static_cast<int>(record.integer("the kept rank", 0, maxRank));
    job_.reducedRank = static_cast<int>(record.integer("the reduced rank", 0, maxRank - job_.keptRank));
    if (!record.ok()) return;
    readDims(record, job_.keptRank + job_.reducedRank, job_.dims);
    int64_t stride[maxRank];
    Operand input;
    readView(record, "the input", job_.keptRank + job_.reducedRank, job_.dims, input, stride);
    const Operand out = record.operand("the output");
    job_.scale = index_ ? 1 : record.number();
    double kept = 1, reduced = 1;
    for (int d = 0; d < job_.keptRank; d++) kept *= static_cast<double>(job_.dims[d]);
    for (int d = 0; d < job_.reducedRank; d++) reduced *= static_cast<double>(job_.dims[job_.keptRank + d]);
    record.dense("the output", out, kept);
    if (index_) {
      record.expectDtype("the output", out, int32);
      if (reduced > INT32_MAX) record.refuse("more elements than an int32 index can name");
      if (reduced == 0 && kept > 0) record.refuse("there is no largest or smallest of no elements");
    }
    if (!record.ok()) return;
    access.reads.push_back(input.storage);
    access.writes.push_back({out.storage, coversStorage(out, kept)});
    job_.out = {out.at(), out.dtype};
    job_.input.data = input.at();
    job_.input.dtype = input.dtype;
    merge(stride);
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    if (!index_) return kernels.reduce(job_, workers);
    kernels.argReduce(job_, workers);
    return true;
  }

 private:
  void merge(const int64_t* stride) {
    for (int d = 0; d < job_.keptRank; d++) job_.input.stride[d] = stride[d];
    for (int d = 0; d < job_.reducedRank; d++) job_.reducedStride[d] = stride[job_.keptRank + d];
    int64_t reducedDims[maxRank];
    for (int d = 0; d < job_.reducedRank; d++) reducedDims[d] = job_.dims[job_.keptRank + d];
    int64_t* const ofKept = job_.input.stride;
    int64_t* const ofReduced = job_.reducedStride;
    job_.keptRank = mergeDims(job_.keptRank, job_.dims, 1, &ofKept);
    job_.reducedRank = mergeDims(job_.reducedRank, reducedDims, 1, &ofReduced);
    for (int d = 0; d < job_.reducedRank; d++) job_.dims[job_.keptRank + d] = reducedDims[d];
  }

  const bool index_;
  ReduceJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeReduce(int opcode) { return std::make_unique<ReduceCommand>(opcode == op_argReduce); }

}  // namespace gradbook
