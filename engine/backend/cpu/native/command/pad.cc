// A tensor with a border.
#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class PadCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.mode = static_cast<int>(record.integer("the mode", 0, pad_circular));
    job_.rank = static_cast<int>(record.integer("the rank", 1, maxRank));
    double in = 1, out = 1;
    for (int i = 0; i < job_.rank; i++) {
      PadAxis& axis = job_.axes[i];
      axis.before = record.extent("a border");
      axis.length = record.extent("a length");
      axis.behind = record.extent("a border");
      in *= static_cast<double>(axis.length);
      out *= static_cast<double>(axis.before) + static_cast<double>(axis.length) + static_cast<double>(axis.behind);
      const int64_t wider = axis.before > axis.behind ? axis.before : axis.behind;
      const bool fits = job_.mode == pad_constant || wider == 0 || (job_.mode == pad_reflect ? wider < axis.length
                                                                    : job_.mode == pad_replicate ? axis.length > 0
                                                                                                 : wider <= axis.length);
      if (!fits) record.refuse("a border is wider than its axis can fill");
    }
    const Operand source = record.operand("the source");
    const Operand value = record.operand("the value", job_.mode != pad_constant);
    const Operand target = record.operand("the output");
    record.dense("the source", source, in);
    record.dense("the value", value, 1);
    record.dense("the output", target, out);
    record.expectDtype("the value", value, source.dtype);
    record.expectDtype("the output", target, source.dtype);
    if (!record.ok()) return;
    if (target.storage == source.storage || target.storage == value.storage) {
      record.refuse("the output lies in the storage of an input");
      return;
    }
    empty_ = out == 0;
    job_.in = source.at();
    job_.value = value.storage ? value.at() : nullptr;
    job_.out = target.at();
    job_.dtype = source.dtype;
    access.reads.push_back(source.storage);
    if (value.storage) access.reads.push_back(value.storage);
    access.writes.push_back({target.storage, coversStorage(target, out)});
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    if (!empty_) kernels.pad(job_, workers);
    return true;
  }

 private:
  bool empty_ = false;
  PadJob job_{};
};

}  // namespace

std::unique_ptr<Command> makePad() { return std::make_unique<PadCommand>(); }

}  // namespace gradbook
