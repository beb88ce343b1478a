#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class RecurrenceCommand final : public Command {
 public:
  explicit RecurrenceCommand(int opcode) : gradient_(opcode == op_recurrenceGrad) {}

  void decode(Record& record, Access& access) override {
    job_.kind = static_cast<int>(record.integer("the kind", 0, recurrence_relu));
    job_.reverse = record.flag("reverse");
    job_.steps = record.extent("steps");
    job_.batch = record.extent("batch");
    job_.hidden = record.extent("hidden");
    const bool lstm = job_.kind == recurrence_lstm, gru = job_.kind == recurrence_gru;
    const double h = static_cast<double>(job_.hidden), state = static_cast<double>(job_.batch) * h;
    const double sequence = static_cast<double>(job_.steps) * state, outputs = lstm ? sequence + state : sequence;
    const double gates = lstm ? 4 : gru ? 3 : 1;
    fields_ = 0;
    const auto next = [&](const char* what, double n, bool writes, bool present = true, bool optional = false) -> char* {
      Field& field = fieldsOf_[fields_++];
      field = {record.operand(what, optional || !present), n, writes};
      if (!present && field.operand.storage) record.refuse(std::string(what) + " is given; this kind has none");
      if (fields_ == 1) job_.wide = record.isWide(what, field.operand);
      record.expectDtype(what, field.operand, fieldsOf_[0].operand.dtype);
      record.dense(what, field.operand, n);
      return record.ok() && field.operand.storage ? field.operand.at() : nullptr;
    };
    if (!gradient_) job_.gates = next("the gates", gates * sequence, false);
    job_.weight = next("the weight", gates * h * h, false);
    if (!gradient_) job_.bias = next("the bias", gates * h, false, true, true);
    job_.hidden0 = next("the first state", state, false, true, true);
    job_.cell0 = next("the first cell", state, false, lstm, true);
    job_.states = next("the states", outputs, !gradient_);
    job_.saved = next("the saved gates", 4 * sequence, !gradient_, lstm || gru, !gradient_);
    job_.cells = next("the cells", sequence, !gradient_, lstm, !gradient_);
    if (gradient_) {
      job_.dstates = next("the states' gradient", outputs, false);
      job_.dgates = next("the gates' gradient", gates * sequence, true);
      job_.dhiddenGates = next("the gradient of the states' gates", gates * sequence, true, gru);
      job_.dhidden0 = next("the first state's gradient", state, true);
      job_.dcell0 = next("the first cell's gradient", state, true, lstm);
    }
    if (!record.ok()) return;
    for (int i = 0; i < fields_; i++) {
      const Field& field = fieldsOf_[i];
      if (!field.operand.storage) continue;
      if (!field.writes) {
        access.reads.push_back(field.operand.storage);
        continue;
      }
      for (int j = 0; j < fields_; j++) {
        if (j != i && fieldsOf_[j].operand.storage == field.operand.storage) record.refuse("a result lies in the storage of an operand");
      }
      access.writes.push_back({field.operand.storage, coversStorage(field.operand, field.n)});
    }
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    if (job_.batch == 0 || job_.hidden == 0 || job_.steps == 0) return true;
    return gradient_ ? kernels.recurrenceGrad(job_, workers) : kernels.recurrence(job_, workers);
  }

 private:
  struct Field {
    Operand operand;
    double n;
    bool writes;
  };

  const bool gradient_;
  Field fieldsOf_[12];
  int fields_ = 0;
  RecurrenceJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeRecurrence(int opcode) { return std::make_unique<RecurrenceCommand>(opcode); }

}  // namespace gradbook
