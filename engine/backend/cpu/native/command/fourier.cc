// Fourier transforms of the rows of a matrix.
#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

/** Work space is some times this. */
constexpr double maxLength = 1 << 26;

class FourierCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.kind = static_cast<int>(record.integer("the kind", 0, fourier_half));
    job_.inverse = record.flag("inverse");
    job_.rows = record.extent("rows");
    job_.n = record.integer("the length", 1, maxLength);
    job_.scale = record.number();
    const Operand in = record.operand("the input");
    const Operand out = record.operand("the output");
    const double rows = static_cast<double>(job_.rows), n = static_cast<double>(job_.n);
    const double half = 2 * static_cast<double>(job_.n / 2 + 1);
    const double outSize = rows * (job_.kind == fourier_half ? n : job_.kind == fourier_real ? half : 2 * n);
    job_.wide = record.isWide("the input", in);
    record.expectDtype("the output", out, in.dtype);
    record.dense("the input", in, rows * (job_.kind == fourier_real ? n : job_.kind == fourier_half ? half : 2 * n));
    record.dense("the output", out, outSize);
    if (!record.ok()) return;
    if (out.storage == in.storage) {
      record.refuse("the output lies in the storage of the input");
      return;
    }
    job_.in = in.at();
    job_.out = out.at();
    access.reads.push_back(in.storage);
    access.writes.push_back({out.storage, coversStorage(out, outSize)});
  }

  bool run(const Kernels& kernels, Workers& workers) override { return job_.rows == 0 || kernels.fourier(job_, workers); }

 private:
  FourierJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeFourier() { return std::make_unique<FourierCommand>(); }

}  // namespace gradbook
