#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class OptimizerCommand : public Command {
 public:
  bool indivisible() const final { return true; }
  bool continues(const double* fields, size_t count) const final { return count > 0 && fields[0] == 1; }

 protected:
  /** Reads `(n, p, g, state...) * parameters`; returns false when something was refused. */
  bool readParameters(Record& record, Access& access, size_t count, int states, bool optionalState, bool stateHasValue) {
    parameters_.clear();
    for (size_t i = 0; i < count && record.ok(); i++) {
      Parameter p{};
      p.n = static_cast<size_t>(record.extent("n"));
      const double n = static_cast<double>(p.n);
      const Operand value = record.operand("a parameter"), gradient = record.operand("a gradient");
      p.wide = record.isWide("a parameter", value);
      record.expectDtype("a gradient", gradient, value.dtype);
      record.dense("a parameter", value, n);
      record.dense("a gradient", gradient, n);
      char* state[2] = {nullptr, nullptr};
      for (int s = 0; s < states; s++) {
        const Operand operand = record.operand("the optimizer's state", optionalState);
        record.expectDtype("the optimizer's state", operand, value.dtype);
        record.dense("the optimizer's state", operand, n);
        if (!record.ok() || !operand.storage) continue;
        state[s] = operand.at();
        if (stateHasValue) access.reads.push_back(operand.storage);
        access.writes.push_back({operand.storage, coversStorage(operand, n)});
      }
      if (!record.ok()) return false;
      p.value = value.at();
      p.gradient = gradient.at();
      p.first = state[0];
      p.second = state[1];
      parameters_.push_back(p);
      access.reads.push_back(value.storage);
      access.reads.push_back(gradient.storage);
      access.writes.push_back({value.storage, false});
    }
    return record.ok();
  }

  std::vector<Parameter> parameters_;
};

class SgdCommand final : public OptimizerCommand {
 public:
  void decode(Record& record, Access& access) override {
    record.flag("continues");
    const size_t count = static_cast<size_t>(record.extent("the number of parameters"));
    job_.rate = record.number();
    job_.momentum = record.number();
    job_.dampening = record.number();
    job_.weightDecay = record.number();
    job_.nesterov = record.flag("nesterov");
    job_.first = record.flag("first");
    if (!readParameters(record, access, count, 1, true, !job_.first)) return;
    job_.parameters = parameters_.size();
    job_.parameter = parameters_.data();
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    kernels.sgd(job_, workers);
    return true;
  }

 private:
  SgdJob job_{};
};

class AdamCommand final : public OptimizerCommand {
 public:
  void decode(Record& record, Access& access) override {
    record.flag("continues");
    const size_t count = static_cast<size_t>(record.extent("the number of parameters"));
    job_.rate = record.number();
    job_.beta1 = record.number();
    job_.beta2 = record.number();
    job_.epsilon = record.number();
    job_.weightDecay = record.number();
    job_.decoupled = record.flag("decoupled");
    job_.step = static_cast<double>(record.integer("the step", 1, 9007199254740991.0));
    if (!readParameters(record, access, count, 2, false, true)) return;
    job_.parameters = parameters_.size();
    job_.parameter = parameters_.data();
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    kernels.adam(job_, workers);
    return true;
  }

 private:
  AdamJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeOptimizer(int opcode) {
  if (opcode == op_sgd) return std::make_unique<SgdCommand>();
  return std::make_unique<AdamCommand>();
}

}  // namespace gradbook
