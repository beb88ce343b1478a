#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class RowsCommand final : public Command {
 public:
  explicit RowsCommand(int opcode) : opcode_(opcode) {}

  void decode(Record& record, Access& access) override {
    const bool losses = opcode_ == op_crossEntropy || opcode_ == op_crossEntropyGrad;
    job_.kind = losses ? 0 : static_cast<int>(record.integer("the kind", 0, 1));
    job_.rows = record.extent("rows");
    job_.columns = record.extent("columns");
    const double rows = static_cast<double>(job_.rows), n = rows * static_cast<double>(job_.columns);
    if (losses && record.ok() && job_.columns == 0 && job_.rows > 0) record.refuse("there are no classes");
    const Operand first = record.operand("the input");
    record.dense("the input", first, n);
    job_.wide = record.isWide("the input", first);
    access.reads.push_back(first.storage);
    if (losses) {
      const Operand labels = record.operand("the labels");
      record.expectDtype("the labels", labels, int32);
      record.dense("the labels", labels, rows);
      access.reads.push_back(labels.storage);
      job_.labels = record.ok() ? reinterpret_cast<const int32_t*>(labels.at()) : nullptr;
    }
    const bool three = opcode_ == op_softmaxGrad || opcode_ == op_crossEntropyGrad;
    const Operand second = record.operand("the second operand");
    record.expectDtype("the second operand", second, first.dtype);
    record.dense("the second operand", second, losses ? rows : n);
    const Operand third = three ? record.operand("the output") : second;
    record.expectDtype("the output", third, first.dtype);
    if (three) {
      record.dense("the output", third, n);
      access.reads.push_back(second.storage);
    }
    if (!record.ok()) return access.clear();
    job_.first = first.at();
    job_.second = second.at();
    job_.third = third.at();
    access.writes.push_back({third.storage, coversStorage(third, losses && !three ? rows : n)});
  }

  void inspect(Record& record) override {
    if (opcode_ == op_crossEntropy || opcode_ == op_crossEntropyGrad) {
      checkIndices(record, "label", job_.labels, job_.rows, 0, job_.columns);
    }
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    if (job_.columns == 0) return true;  // however many rows there are of nothing
    switch (opcode_) {
      case op_softmax:
        kernels.softmax(job_, workers);
        break;
      case op_softmaxGrad:
        kernels.softmaxGrad(job_, workers);
        break;
      case op_crossEntropy:
        kernels.crossEntropy(job_, workers);
        break;
      default:
        kernels.crossEntropyGrad(job_, workers);
    }
    return true;
  }

 private:
  const int opcode_;
  RowsJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeRows(int opcode) { return std::make_unique<RowsCommand>(opcode); }

}  // namespace gradbook
