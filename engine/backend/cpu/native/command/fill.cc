#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class FillCommand final : public Command {
 public:
  explicit FillCommand(bool range) : range_(range) {}

  void decode(Record& record, Access& access) override {
    const Operand out = record.operand("the output");
    job_.n = static_cast<size_t>(record.extent("n"));
    job_.start = record.number();
    job_.step = range_ ? record.number() : 0;
    record.dense("the output", out, static_cast<double>(job_.n));
    if (!record.ok()) return;
    job_.out = {out.at(), out.dtype};
    access.writes.push_back({out.storage, coversStorage(out, static_cast<double>(job_.n))});
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    kernels.fill(job_, workers);
    return true;
  }

 private:
  const bool range_;
  FillJob job_{};
};

class OneHotCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.rows = record.extent("rows");
    job_.classes = record.extent("classes");
    const Operand index = record.operand("the index"), out = record.operand("the output");
    record.expectDtype("the index", index, int32);
    record.dense("the index", index, static_cast<double>(job_.rows));
    const double n = static_cast<double>(job_.rows) * static_cast<double>(job_.classes);
    record.dense("the output", out, n);
    if (!record.ok()) return;
    job_.index = reinterpret_cast<const int32_t*>(index.at());
    job_.out = {out.at(), out.dtype};
    access.reads.push_back(index.storage);
    access.writes.push_back({out.storage, coversStorage(out, n)});
  }

  void inspect(Record& record) override { checkIndices(record, "class", job_.index, job_.rows, 0, job_.classes); }

  bool run(const Kernels& kernels, Workers& workers) override {
    kernels.oneHot(job_, workers);
    return true;
  }

 private:
  OneHotJob job_{};
};

class RandomCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.kind = static_cast<int>(record.integer("the kind", 0, 2));
    const Operand out = record.operand("the output");
    job_.n = static_cast<size_t>(record.extent("n"));
    job_.key[0] = word(record, "a key");
    job_.key[1] = word(record, "a key");
    const uint64_t low = word(record, "a counter"), high = word(record, "a counter");
    job_.counter = high << 32 | low;
    job_.p0 = record.number();
    job_.p1 = record.number();
    record.dense("the output", out, static_cast<double>(job_.n));
    if (!record.ok()) return;
    job_.out = {out.at(), out.dtype};
    access.writes.push_back({out.storage, coversStorage(out, static_cast<double>(job_.n))});
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    kernels.random(job_, workers);
    return true;
  }

 private:
  static uint32_t word(Record& record, const char* what) { return static_cast<uint32_t>(record.integer(what, 0, 4294967295.0)); }

  RandomJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeFill(int opcode) { return std::make_unique<FillCommand>(opcode == op_iota); }
std::unique_ptr<Command> makeOneHot() { return std::make_unique<OneHotCommand>(); }
std::unique_ptr<Command> makeRandom() { return std::make_unique<RandomCommand>(); }

}  // namespace gradbook
