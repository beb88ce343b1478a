#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class BitwiseCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.kind = static_cast<int>(record.integer("the kind", 0, 5));
    job_.n = static_cast<size_t>(record.extent("n"));
    const double n = static_cast<double>(job_.n);
    const Operand a = record.operand("the first operand");
    const Operand b = record.operand("the second operand");
    const Operand out = record.operand("the output");
    record.dense("the first operand", a, n);
    record.dense("the second operand", b, n);
    record.dense("the output", out, n);
    record.expectDtype("the second operand", b, a.dtype);
    record.expectDtype("the output", out, a.dtype);
    if (!record.ok()) return;
    if (a.dtype < int8 || a.dtype == boolean) {
      record.refuse(std::string("the operands are ") + nameOf(a.dtype) + "; this kernel takes integers");
      return;
    }
    job_.dtype = a.dtype;
    job_.a = a.at();
    job_.b = b.at();
    job_.out = out.at();
    access.reads.push_back(a.storage);
    access.reads.push_back(b.storage);
    access.writes.push_back({out.storage, coversStorage(out, n)});
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    kernels.bitwise(job_, workers);
    return true;
  }

 private:
  BitwiseJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeBitwise() { return std::make_unique<BitwiseCommand>(); }

}  // namespace gradbook
