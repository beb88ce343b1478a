// Decompositions of matrices, and systems with a triangular one.
#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

/** Rows of a matrix: their places are int32, and work space is some squares of it. */
constexpr double maxRows = 32767;

class FactorCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.kind = static_cast<int>(record.integer("the kind", 0, factor_eigh));
    job_.batch = record.extent("batch");
    job_.rows = record.integer("rows", 0, maxRows);
    job_.columns = record.integer("columns", 0, maxRows);
    const double batch = static_cast<double>(job_.batch), m = static_cast<double>(job_.rows), n = static_cast<double>(job_.columns);
    if ((job_.kind == factor_cholesky || job_.kind == factor_eigh) && m != n) record.refuse("the matrix is not square");
    if (job_.kind == factor_svd && m < n) record.refuse("the matrix has more columns than rows");
    const bool three = job_.kind == factor_svd;
    const Operand in = record.operand("the matrix");
    const Operand first = record.operand("the first result");
    const Operand second = record.operand("the second result", job_.kind == factor_cholesky);
    const Operand third = record.operand("the third result", !three);
    const Operand info = record.operand("the report");
    job_.wide = record.isWide("the matrix", in);
    record.expectDtype("the first result", first, in.dtype);
    record.expectDtype("the second result", second, job_.kind == factor_lu ? int32 : in.dtype);
    record.expectDtype("the third result", third, in.dtype);
    record.expectDtype("the report", info, int32);
    const double size = job_.kind == factor_qr ? (m < n ? m : n) : m;
    const double sizes[][3] = {{m * n, 0, 0}, {m * n, m, 0}, {m * size, size * n, 0}, {m * size, size * n, 0}, {m * n, n, n * n}, {n, n * n, 0}};
    const double* const lengths = sizes[job_.kind];
    record.dense("the matrix", in, batch * m * n);
    record.dense("the first result", first, batch * lengths[0]);
    record.dense("the second result", second, batch * lengths[1]);
    record.dense("the third result", third, batch * lengths[2]);
    record.dense("the report", info, batch * 2);
    if (!record.ok()) return;
    const Operand outputs[] = {first, second, third, info};
    for (int i = 0; i < 4; i++) {
      if (!outputs[i].storage) continue;
      bool shared = outputs[i].storage == in.storage;
      for (int j = 0; j < i; j++) shared |= outputs[i].storage == outputs[j].storage;
      if (shared) {
        record.refuse("two operands lie in one storage");
        return;
      }
      access.writes.push_back({outputs[i].storage, coversStorage(outputs[i], batch * (i == 3 ? 2 : lengths[i]))});
    }
    access.reads.push_back(in.storage);
    job_.in = in.at();
    job_.first = first.at();
    job_.second = second.storage ? second.at() : nullptr;
    job_.third = third.storage ? third.at() : nullptr;
    job_.info = reinterpret_cast<int32_t*>(info.at());
  }

  bool run(const Kernels& kernels, Workers& workers) override { return job_.batch == 0 || kernels.factor(job_, workers); }

 private:
  FactorJob job_{};
};

class TriangularCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.upper = record.flag("upper");
    job_.unit = record.flag("unit");
    job_.batch = record.extent("batch");
    job_.n = record.integer("rows", 0, maxRows);
    job_.columns = record.extent("columns");
    const Operand a = record.operand("the matrix");
    const Operand b = record.operand("the right side");
    const Operand x = record.operand("the output");
    const double batch = static_cast<double>(job_.batch), n = static_cast<double>(job_.n);
    const double size = batch * n * static_cast<double>(job_.columns);
    job_.wide = record.isWide("the matrix", a);
    record.expectDtype("the right side", b, a.dtype);
    record.expectDtype("the output", x, a.dtype);
    record.dense("the matrix", a, batch * n * n);
    record.dense("the right side", b, size);
    record.dense("the output", x, size);
    if (!record.ok()) return;
    if (x.storage == a.storage || x.storage == b.storage) {
      record.refuse("the output lies in the storage of an input");
      return;
    }
    job_.a = a.at();
    job_.b = b.at();
    job_.x = x.at();
    access.reads.push_back(a.storage);
    access.reads.push_back(b.storage);
    access.writes.push_back({x.storage, coversStorage(x, size)});
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    return job_.batch == 0 || job_.n == 0 || job_.columns == 0 || kernels.triangularSolve(job_, workers);
  }

 private:
  TriangularJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeFactor() { return std::make_unique<FactorCommand>(); }
std::unique_ptr<Command> makeTriangular() { return std::make_unique<TriangularCommand>(); }

}  // namespace gradbook
