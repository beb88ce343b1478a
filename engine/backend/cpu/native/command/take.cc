#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class TakeCommand final : public Command {
 public:
  explicit TakeCommand(int opcode) : opcode_(opcode), back_(opcode != op_take) {}

  void decode(Record& record, Access& access) override {
    job_.outer = record.extent("outer");
    job_.axis = record.extent("axis");
    job_.inner = record.extent("inner");
    job_.count = record.extent("count");
    const double all = static_cast<double>(job_.outer) * static_cast<double>(job_.axis) * static_cast<double>(job_.inner);
    const double taken = static_cast<double>(job_.outer) * static_cast<double>(job_.count) * static_cast<double>(job_.inner);
    // take: source, index, out. takeAdd and put: target, index, source.
    const Operand whole = record.operand(back_ ? "the target" : "the source");
    const Operand index = record.operand("the index");
    const Operand part = record.operand(back_ ? "the source" : "the output");
    record.dense("the indexed operand", whole, all);
    record.dense("the index", index, static_cast<double>(job_.count));
    record.dense("the other operand", part, taken);
    record.expectDtype("the index", index, int32);
    record.expectDtype("the other operand", part, whole.dtype);
    if (!record.ok()) return;
    if (whole.storage == part.storage || (back_ ? whole : part).storage == index.storage) {
      record.refuse("the output lies in the storage of an input");
    }
    job_.dtype = whole.dtype;
    job_.index = reinterpret_cast<const int32_t*>(index.at());
    job_.from = (back_ ? part : whole).at();
    job_.to = (back_ ? whole : part).at();
    access.reads.push_back(whole.storage);
    access.reads.push_back(index.storage);
    if (back_) access.reads.push_back(part.storage);
    access.writes.push_back({(back_ ? whole : part).storage, !back_ && coversStorage(part, taken)});
  }

  void inspect(Record& record) override { checkIndices(record, "index", job_.index, job_.count, -job_.axis, job_.axis); }

  bool run(const Kernels& kernels, Workers& workers) override {
    if (job_.inner == 0 || job_.count == 0) return true;  // however many there are of nothing
    (opcode_ == op_take ? kernels.take : opcode_ == op_put ? kernels.put : kernels.takeAdd)(job_, workers);
    return true;
  }

 private:
  const int opcode_;
  const bool back_;  // part goes into whole
  TakeJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeTake(int opcode) { return std::make_unique<TakeCommand>(opcode); }

}  // namespace gradbook
