#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class PoolCommand final : public Command {
 public:
  explicit PoolCommand(int opcode) : opcode_(opcode) {}

  void decode(Record& record, Access& access) override {
    job_.images = record.extent("the number of images");
    job_.height = record.extent("the height");
    job_.width = record.extent("the width");
    job_.channels = record.extent("the channels");
    job_.outHeight = record.extent("the output height");
    job_.outWidth = record.extent("the output width");
    job_.divisor = record.number();
    readRanges(record, job_.outHeight, job_.height, rows_);
    readRanges(record, job_.outWidth, job_.width, columns_);
    const Operand x = record.operand("the images"), y = record.operand("the windows");
    const Operand index = opcode_ == op_maxPool ? record.operand("the index", true) : Operand{};
    const double pixels = static_cast<double>(job_.height) * static_cast<double>(job_.width);
    const double planes = static_cast<double>(job_.images) * static_cast<double>(job_.channels);
    const double windows = planes * static_cast<double>(job_.outHeight) * static_cast<double>(job_.outWidth);
    // Indices are int32.
    if (pixels > 2147483647.0) record.refuse("an image has more than 2^31 - 1 pixels");
    record.dense("the images", x, planes * pixels);
    record.dense("the windows", y, windows);
    record.dense("the index", index, windows);
    job_.wide = record.isWide("the images", x);
    record.expectDtype("the windows", y, x.dtype);
    record.expectDtype("the index", index, int32);
    if (!record.ok()) return;
    const Operand& source = opcode_ == op_avgPoolGrad ? y : x;
    const Operand& target = opcode_ == op_avgPoolGrad ? x : y;
    if (source.storage == target.storage || (index.storage && (index.storage == source.storage || index.storage == target.storage))) {
      record.refuse("the result lies in the storage of an operand");
      return;
    }
    job_.rows = rows_.data();
    job_.columns = columns_.data();
    job_.x = x.at();
    job_.y = y.at();
    job_.index = index.storage ? reinterpret_cast<int32_t*>(index.at()) : nullptr;
    access.reads.push_back(source.storage);
    access.writes.push_back({target.storage, coversStorage(target, opcode_ == op_avgPoolGrad ? planes * pixels : windows)});
    if (index.storage) access.writes.push_back({index.storage, coversStorage(index, windows)});
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    (opcode_ == op_maxPool ? kernels.maxPool : opcode_ == op_avgPool ? kernels.avgPool : kernels.avgPoolGrad)(job_, workers);
    return true;
  }

 private:
  static void readRanges(Record& record, int64_t count, int64_t size, std::vector<int64_t>& ranges) {
    ranges.clear();
    for (int64_t i = 0; i < count && record.ok(); i++) {
      const int64_t start = record.integer("the start of a window", 0, static_cast<double>(size));
      const int64_t end = record.integer("the end of a window", 0, static_cast<double>(size));
      if (start >= end) record.refuse("a window is empty");
      ranges.push_back(start);
      ranges.push_back(end);
    }
  }

  const int opcode_;
  std::vector<int64_t> rows_, columns_;
  PoolJob job_{};
};

class PoolIndexCommand final : public Command {
 public:
  explicit PoolIndexCommand(int opcode) : scatter_(opcode == op_poolScatter) {}

  void decode(Record& record, Access& access) override {
    job_.images = record.extent("the number of images");
    job_.places = record.extent("the places");
    job_.channels = record.extent("the channels");
    job_.count = record.extent("the count");
    const double planes = static_cast<double>(job_.images) * static_cast<double>(job_.channels);
    const double whole = planes * static_cast<double>(job_.places), part = planes * static_cast<double>(job_.count);
    const Operand x = record.operand("the images"), index = record.operand("the index"), y = record.operand("the windows");
    record.dense("the images", x, whole);
    record.dense("the index", index, part);
    record.dense("the windows", y, part);
    job_.wide = record.isWide("the images", x);
    record.expectDtype("the index", index, int32);
    record.expectDtype("the windows", y, x.dtype);
    if (!record.ok()) return;
    const Operand& target = scatter_ ? x : y;
    if (x.storage == y.storage || index.storage == target.storage) {
      record.refuse("the result lies in the storage of an operand");
      return;
    }
    indices_ = static_cast<int64_t>(part);
    job_.x = x.at();
    job_.index = reinterpret_cast<const int32_t*>(index.at());
    job_.y = y.at();
    access.reads.push_back(index.storage);
    access.reads.push_back((scatter_ ? y : x).storage);
    access.writes.push_back({target.storage, coversStorage(target, scatter_ ? whole : part)});
  }

  void inspect(Record& record) override { checkIndices(record, "index", job_.index, indices_, 0, job_.places); }

  bool run(const Kernels& kernels, Workers& workers) override {
    (scatter_ ? kernels.poolScatter : kernels.poolGather)(job_, workers);
    return true;
  }

 private:
  const bool scatter_;
  int64_t indices_ = 0;
  PoolIndexJob job_{};
};

}  // namespace

std::unique_ptr<Command> makePool(int opcode) { return std::make_unique<PoolCommand>(opcode); }
std::unique_ptr<Command> makePoolIndex(int opcode) { return std::make_unique<PoolIndexCommand>(opcode); }

}  // namespace gradbook
