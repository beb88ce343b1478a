#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

/** gather: source, index, out. scatter: base, index, source, out, after its kind. */
class ScatterCommand final : public Command {
 public:
  explicit ScatterCommand(bool back) : back_(back) {}

  void decode(Record& record, Access& access) override {
    job_.add = back_ && record.flag("add");
    job_.outer = record.extent("outer");
    job_.axis = record.extent("axis");
    job_.inner = record.extent("inner");
    job_.count = record.extent("count");
    const double lines = static_cast<double>(job_.outer) * static_cast<double>(job_.inner);
    const double all = lines * static_cast<double>(job_.axis);
    positions_ = lines * static_cast<double>(job_.count);
    // What an index chooses from: of scatter the base, whose elements the output has before.
    const Operand base = record.operand(back_ ? "the base" : "the source", back_);
    const Operand index = record.operand("the index");
    const Operand part = record.operand(back_ ? "the source" : "the output");
    const Operand whole = back_ ? record.operand("the output") : base;
    record.dense("the base", base, all);
    record.dense("the indexed operand", whole, all);
    record.dense("the index", index, positions_);
    record.dense("the other operand", part, positions_);
    record.expectDtype("the index", index, int32);
    record.expectDtype("the other operand", part, whole.dtype);
    record.expectDtype("the base", base, whole.dtype);
    if (!record.ok()) return;
    const bool inPlace = back_ && whole.storage == base.storage;
    if (inPlace || whole.storage == part.storage || (back_ ? whole : part).storage == index.storage) {
      record.refuse("the output lies in the storage of an input");
      return;
    }
    job_.dtype = whole.dtype;
    job_.index = reinterpret_cast<const int32_t*>(index.at());
    job_.whole = whole.at();
    job_.base = base.storage ? base.at() : nullptr;
    size_ = all;
    job_.part = part.at();
    if (base.storage) access.reads.push_back(base.storage);
    access.reads.push_back(index.storage);
    if (back_) access.reads.push_back(part.storage);
    access.writes.push_back({(back_ ? whole : part).storage, back_ ? coversStorage(whole, all) : coversStorage(part, positions_)});
  }

  void inspect(Record& record) override {
    checkIndices(record, "index", job_.index, static_cast<int64_t>(positions_), -job_.axis, job_.axis);
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    if (back_ ? size_ > 0 : positions_ > 0) (back_ ? kernels.scatter : kernels.gather)(job_, workers);
    return true;
  }

 private:
  const bool back_;
  double positions_ = 0, size_ = 0;
  ScatterJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeScatter(int opcode) { return std::make_unique<ScatterCommand>(opcode == op_scatter); }

}  // namespace gradbook
