#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class GemmCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.batchRank = static_cast<int>(record.integer("the batch rank", 0, maxRank - 2));
    job_.m = record.extent("M");
    job_.n = record.extent("N");
    job_.k = record.extent("K");
    if (!record.ok()) return;
    readDims(record, job_.batchRank, job_.batchDims);
    Operand a, b, c;
    readMatrix(record, "A", job_.m, job_.k, a, job_.a);
    readMatrix(record, "B", job_.k, job_.n, b, job_.b);
    readMatrix(record, "C", job_.m, job_.n, c, job_.c);
    const Operand bias = record.operand("the bias", true);
    job_.relu = record.integer("the activation", 0, 1) == activation_relu;
    job_.accumulate = record.flag("accumulate");
    job_.wide = record.isWide("C", c);
    record.expectDtype("A", a, c.dtype);
    record.expectDtype("B", b, c.dtype);
    record.expectDtype("the bias", bias, c.dtype);
    record.dense("the bias", bias, static_cast<double>(job_.n));
    if (!record.ok()) return;
    if (c.storage == a.storage || c.storage == b.storage) record.refuse("C lies in the storage of A or B");
    checkDistinct(record);
    job_.a.data = a.at();
    job_.b.data = b.at();
    job_.c.data = c.at();
    job_.bias = bias.storage ? bias.at() : nullptr;
    access.reads.push_back(a.storage);
    access.reads.push_back(b.storage);
    if (bias.storage) access.reads.push_back(bias.storage);
    if (job_.accumulate) access.reads.push_back(c.storage);
    access.writes.push_back({c.storage, covers(c)});
  }

  bool run(const Kernels& kernels, Workers& workers) override { return kernels.gemm(job_, workers); }

 private:
  void readMatrix(Record& record, const char* what, int64_t rows, int64_t columns, Operand& operand, GemmOperand& matrix) {
    // As a view of rank batch + 2, whose last two strides stand first in the record.
    operand = record.operand(what);
    double lowest = 0, highest = 0;
    const auto reach = [&](int64_t dim, int64_t stride) {
      const double by = static_cast<double>(dim - 1) * static_cast<double>(stride);
      (by < 0 ? lowest : highest) += by;
    };
    const auto stride = [&] { return record.integer("a stride", -Record::maxElements, Record::maxElements); };
    bool empty = rows == 0 || columns == 0;
    reach(rows, matrix.row = stride());
    reach(columns, matrix.column = stride());
    for (int d = 0; d < job_.batchRank; d++) {
      reach(job_.batchDims[d], matrix.batch[d] = stride());
      if (job_.batchDims[d] == 0) empty = true;
    }
    if (!empty) record.within(what, operand, lowest, highest);
  }

  /** Products of a batch run at the same time: each needs its own place. */
  void checkDistinct(Record& record) {
    bool repeats = (job_.c.row == 0 && job_.m > 1) || (job_.c.column == 0 && job_.n > 1);
    bool empty = job_.m == 0 || job_.n == 0;
    for (int d = 0; d < job_.batchRank; d++) {
      repeats = repeats || (job_.c.batch[d] == 0 && job_.batchDims[d] > 1);
      empty = empty || job_.batchDims[d] == 0;
    }
    if (repeats && !empty) record.refuse("C repeats an element (stride 0)");
  }

  bool covers(const Operand& c) const {
    int64_t dims[maxRank], stride[maxRank];
    for (int d = 0; d < job_.batchRank; d++) {
      dims[d] = job_.batchDims[d];
      stride[d] = job_.c.batch[d];
    }
    dims[job_.batchRank] = job_.m;
    dims[job_.batchRank + 1] = job_.n;
    stride[job_.batchRank] = job_.c.row;
    stride[job_.batchRank + 1] = job_.c.column;
    return coversStorage(c, job_.batchRank + 2, dims, stride);
  }

  GemmJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeGemm() { return std::make_unique<GemmCommand>(); }

}  // namespace gradbook
