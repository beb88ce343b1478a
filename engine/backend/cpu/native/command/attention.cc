#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class AttentionCommand final : public Command {
 public:
  explicit AttentionCommand(int opcode) : gradient_(opcode == op_attentionGrad) {}

  void decode(Record& record, Access& access) override {
    job_.causal = record.flag("causal");
    job_.scale = record.number();
    job_.batchRank = static_cast<int>(record.integer("the batch rank", 0, maxRank - 2));
    job_.queries = record.extent("queries");
    job_.keys = record.extent("keys");
    job_.features = record.integer("features", 1, Record::maxElements);
    job_.values = record.integer("values", 1, Record::maxElements);
    if (!record.ok()) return;
    const double batch = readDims(record, job_.batchRank, job_.batchDims);
    const double sums = batch * static_cast<double>(job_.queries);
    fields_ = 0;
    read(record, "the queries", job_.queries, job_.features, job_.query);
    read(record, "the keys", job_.keys, job_.features, job_.key);
    read(record, "the values", job_.keys, job_.values, job_.value);
    readMask(record);
    read(record, "the output", job_.queries, job_.values, job_.out, !gradient_);
    const Operand logSums = record.operand("the sums", !gradient_);
    record.expectDtype("the sums", logSums, matrices_[0].operand.dtype);
    record.dense("the sums", logSums, sums);
    if (gradient_) {
      read(record, "the output's gradient", job_.queries, job_.values, job_.dout);
      read(record, "the queries' gradient", job_.queries, job_.features, job_.dquery, true);
      read(record, "the keys' gradient", job_.keys, job_.features, job_.dkey, true);
      read(record, "the values' gradient", job_.keys, job_.values, job_.dvalue, true);
    }
    if (!record.ok()) return;
    job_.logSums = logSums.storage ? logSums.at() : nullptr;
    note(record, access, logSums, sums);
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    return gradient_ ? kernels.attentionGrad(job_, workers) : kernels.attention(job_, workers);
  }

 private:
  struct Field {
    Operand operand;
    int64_t rows, columns;
    const AttentionOperand* matrix;
    bool writes;
  };

  /** Reads `(operand, rowStride, columnStride, batchStrides)`. */
  void read(Record& record, const char* what, int64_t rows, int64_t columns, AttentionOperand& matrix, bool writes = false, bool optional = false) {
    Field& field = matrices_[fields_++];
    field = {record.operand(what, optional), rows, columns, &matrix, writes};
    if (fields_ == 1) job_.wide = record.isWide(what, field.operand);
    if (!optional) record.expectDtype(what, field.operand, matrices_[0].operand.dtype);
    double lowest = 0, highest = 0;
    bool empty = rows == 0 || columns == 0;
    const auto stride = [&](int64_t dim) {
      const int64_t s = record.integer("a stride", -Record::maxElements, Record::maxElements);
      const double by = static_cast<double>(dim - 1) * static_cast<double>(s);
      (by < 0 ? lowest : highest) += by;
      if (writes && s == 0 && dim > 1) record.refuse(std::string(what) + " repeats an element (stride 0)");
      return s;
    };
    matrix.row = stride(rows);
    matrix.column = stride(columns);
    for (int d = 0; d < job_.batchRank; d++) {
      matrix.batch[d] = stride(job_.batchDims[d]);
      if (job_.batchDims[d] == 0) empty = true;
    }
    if (!empty) record.within(what, field.operand, lowest, highest);
    matrix.data = record.ok() && field.operand.storage ? field.operand.at() : nullptr;
  }

  void readMask(Record& record) {
    read(record, "the mask", job_.queries, job_.keys, job_.mask, false, true);
    const Operand& mask = matrices_[fields_ - 1].operand;
    job_.maskIsTruth = mask.storage && mask.dtype == boolean;
    if (!job_.maskIsTruth) record.expectDtype("the mask", mask, matrices_[0].operand.dtype);
  }

  /**
   * Notes what is read and written. The gradients of queries, keys and values may lie side by side in one storage; nothing else
   * may share with a result.
   */
  void note(Record& record, Access& access, const Operand& logSums, double sums) {
    const auto shared = [&](const Storage* storage) {
      for (int i = 0; i < fields_; i++) {
        if (!matrices_[i].writes && matrices_[i].operand.storage == storage) return true;
      }
      return false;
    };
    for (int i = 0; i < fields_; i++) {
      const Field& field = matrices_[i];
      if (!field.operand.storage) continue;
      if (!field.writes) {
        access.reads.push_back(field.operand.storage);
        continue;
      }
      if (shared(field.operand.storage) || field.operand.storage == logSums.storage) record.refuse("a result lies in the storage of an operand");
      access.writes.push_back({field.operand.storage, covers(field)});
    }
    if (!logSums.storage) return;
    if (gradient_) {
      access.reads.push_back(logSums.storage);
      return;
    }
    if (shared(logSums.storage)) record.refuse("a result lies in the storage of an operand");
    access.writes.push_back({logSums.storage, coversStorage(logSums, sums)});
  }

  /** Whether a result, alone or with its neighbours, fills its storage. */
  bool covers(const Field& field) const {
    double n = 0;
    for (int i = 0; i < fields_; i++) {
      const Field& other = matrices_[i];
      if (!other.writes || other.operand.storage != field.operand.storage) continue;
      double elements = static_cast<double>(other.rows) * static_cast<double>(other.columns);
      for (int d = 0; d < job_.batchRank; d++) elements *= static_cast<double>(job_.batchDims[d]);
      n += elements;
    }
    return n * static_cast<double>(sizeOf(field.operand.dtype)) == static_cast<double>(field.operand.storage->bytes);
  }

  const bool gradient_;
  Field matrices_[9];
  int fields_ = 0;
  AttentionJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeAttention(int opcode) { return std::make_unique<AttentionCommand>(opcode); }

}  // namespace gradbook
