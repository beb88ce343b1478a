// Index tensors that pick together, as one index into their axes taken as one.
#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

struct Index {
  const int32_t* at;
  int64_t axis, length, scale, count;
  int64_t strides[maxRank];
};

class PickCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    rank_ = static_cast<int>(record.integer("the rank", 0, maxRank));
    const int axes = static_cast<int>(record.integer("the number of axes", 1, maxRank));
    double size = 1;
    for (int i = 0; i < rank_; i++) size *= static_cast<double>(dims_[i] = record.extent("a length"));
    if (!(size <= Record::maxElements)) record.refuse("the output is too large");
    indices_.assign(static_cast<size_t>(axes), Index{});
    for (Index& index : indices_) {
      index.axis = record.extent("an axis");
      index.length = record.extent("the length of an axis");
      index.scale = record.extent("a scale");
      index.count = record.extent("count");
      const Operand operand = record.operand("the index");
      double last = 0;
      for (int i = 0; i < rank_; i++) {
        index.strides[i] = record.extent("a stride");
        last += static_cast<double>(index.strides[i]) * static_cast<double>(dims_[i] > 0 ? dims_[i] - 1 : 0);
      }
      record.dense("the index", operand, static_cast<double>(index.count));
      record.expectDtype("the index", operand, int32);
      if (size > 0 && !(last < static_cast<double>(index.count))) record.refuse("the strides leave the index");
      if (!record.ok()) return;
      index.at = reinterpret_cast<const int32_t*>(operand.at());
      access.reads.push_back(operand.storage);
    }
    const Operand out = record.operand("the output");
    record.dense("the output", out, size);
    record.expectDtype("the output", out, int32);
    if (!record.ok()) return;
    for (Storage* read : access.reads) {
      if (read != out.storage) continue;
      record.refuse("the output lies in the storage of an input");
      return;
    }
    size_ = static_cast<size_t>(size);
    out_ = reinterpret_cast<int32_t*>(out.at());
    access.writes.push_back({out.storage, coversStorage(out, size)});
  }

  void inspect(Record& record) override {
    for (const Index& index : indices_) {
      const int64_t wrong = firstOutside(index.at, index.count, -index.length, index.length);
      if (wrong < 0) continue;
      const std::string length = std::to_string(index.length);
      record.refuse("index " + std::to_string(index.at[wrong]) + " is out of range on axis " + std::to_string(index.axis) + " of length " +
                    length + (index.length == 0 ? "" : ": -" + length + " to " + std::to_string(index.length - 1) + " are allowed"));
      return;
    }
  }

  bool run(const Kernels&, Workers& workers) override {
    workers.run(
        (size_ + grain - 1) / grain, [](void* job, size_t task) { static_cast<PickCommand*>(job)->fill(task * grain); }, this);
    return true;
  }

 private:
  static constexpr size_t grain = 8192;

  void fill(size_t first) {
    const size_t end = first + grain < size_ ? first + grain : size_;
    for (size_t k = 0; k < indices_.size(); k++) {
      const Index& index = indices_[k];
      int64_t place[maxRank] = {}, from = 0;
      int64_t rest = static_cast<int64_t>(first);
      for (int axis = rank_ - 1; axis >= 0; axis--) {
        place[axis] = rest % dims_[axis];
        rest /= dims_[axis];
        from += place[axis] * index.strides[axis];
      }
      for (size_t i = first; i < end; i++) {
        const int64_t value = index.at[from];
        const int64_t term = index.scale * (value + (index.length & -static_cast<int64_t>(value < 0)));
        out_[i] = static_cast<int32_t>(k == 0 ? term : out_[i] + term);
        for (int axis = rank_ - 1; axis >= 0; axis--) {
          from += index.strides[axis];
          if (++place[axis] < dims_[axis]) break;
          from -= index.strides[axis] * dims_[axis];
          place[axis] = 0;
        }
      }
    }
  }

  int rank_ = 0;
  int64_t dims_[maxRank] = {};
  std::vector<Index> indices_;
  size_t size_ = 0;
  int32_t* out_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> makePick() { return std::make_unique<PickCommand>(); }

}  // namespace gradbook
