#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class NormalizeCommand final : public Command {
 public:
  explicit NormalizeCommand(int opcode) : gradient_(opcode == op_normalizeGrad) {}

  void decode(Record& record, Access& access) override {
    job_.rms = record.integer("the kind", 0, 1) == 1;
    job_.rows = record.extent("rows");
    job_.columns = record.extent("columns");
    job_.epsilon = gradient_ ? 0 : record.number();
    const double rows = static_cast<double>(job_.rows), columns = static_cast<double>(job_.columns), n = rows * columns;
    const Operand x = record.operand("the input");
    job_.wide = record.isWide("the input", x);
    const auto next = [&](const char* what, double count, bool optional = false) {
      const Operand o = record.operand(what, optional);
      record.expectDtype(what, o, x.dtype);
      record.dense(what, o, count);
      return o;
    };
    record.dense("the input", x, n);
    const Operand weight = next("the weight", columns, true);
    if (gradient_) {
      const Operand moments = next("the moments", 2 * rows), dy = next("the gradient", n), dx = next("the output", n);
      const Operand dweight = next("the weight's gradient", columns, true), dbias = next("the bias's gradient", columns, true);
      reads(record, access, {&x, &weight, &moments, &dy}, {&dx, &dweight, &dbias});
      if (!record.ok()) return access.clear();
      job_.moments = moments.at();
      job_.dy = dy.at();
      job_.dx = dx.at();
      job_.dweight = dweight.storage ? dweight.at() : nullptr;
      job_.dbias = dbias.storage ? dbias.at() : nullptr;
      access.writes.push_back({dx.storage, coversStorage(dx, n)});
      for (const Operand* o : {&dweight, &dbias}) {
        if (o->storage) access.writes.push_back({o->storage, coversStorage(*o, columns)});
      }
    } else {
      const Operand bias = next("the bias", columns, true), y = next("the output", n), moments = next("the moments", 2 * rows);
      reads(record, access, {&x, &weight, &bias}, {&y, &moments});
      if (!record.ok()) return access.clear();
      job_.bias = bias.storage ? bias.at() : nullptr;
      job_.y = y.at();
      job_.moments = moments.at();
      access.writes.push_back({y.storage, coversStorage(y, n)});
      access.writes.push_back({moments.storage, coversStorage(moments, 2 * rows)});
    }
    job_.x = x.at();
    job_.weight = weight.storage ? weight.at() : nullptr;
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    if (gradient_) return kernels.normalizeGrad(job_, workers);
    if (job_.columns > 0) kernels.normalize(job_, workers);
    return true;
  }

 private:
  /** Notes what is read, and refuses results that lie in the storage of anything else. */
  static void reads(Record& record, Access& access, std::initializer_list<const Operand*> inputs, std::initializer_list<const Operand*> outputs) {
    for (const Operand* in : inputs) {
      if (in->storage) access.reads.push_back(in->storage);
    }
    for (const Operand* out : outputs) {
      if (!out->storage) continue;
      for (const Operand* in : inputs) {
        if (in->storage == out->storage) record.refuse("a result lies in the storage of an operand");
      }
      for (const Operand* other : outputs) {
        if (other != out && other->storage == out->storage) record.refuse("two results lie in one storage");
      }
    }
  }

  const bool gradient_;
  NormalizeJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeNormalize(int opcode) { return std::make_unique<NormalizeCommand>(opcode); }

}  // namespace gradbook
