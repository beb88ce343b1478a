#include <algorithm>

#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

class ConvCommand final : public Command {
 public:
  explicit ConvCommand(int opcode) : opcode_(opcode) {}

  void decode(Record& record, Access& access) override {
    job_.images = record.extent("the number of images");
    job_.height = record.extent("the height");
    job_.width = record.extent("the width");
    job_.channels = record.extent("the channels");
    job_.outHeight = record.extent("the output height");
    job_.outWidth = record.extent("the output width");
    job_.filters = record.extent("the filters");
    const auto step = [&](const char* what) { return record.integer(what, 1, maxStep); };
    job_.kernelHeight = step("the kernel height");
    job_.kernelWidth = step("the kernel width");
    job_.strideY = step("a stride");
    job_.strideX = step("a stride");
    job_.padTop = record.integer("a padding", 0, maxStep);
    job_.padLeft = record.integer("a padding", 0, maxStep);
    job_.dilationY = step("a dilation");
    job_.dilationX = step("a dilation");
    job_.groups = step("the groups");
    job_.relu = record.integer("the activation", 0, 1) == activation_relu;
    if (!record.ok()) return;
    if (job_.channels % job_.groups != 0 || job_.filters % job_.groups != 0) record.refuse("the channels do not divide into the groups");

    // What is laid aside for a task, padding included, must be a size that can be counted.
    const auto reach = [](int64_t kernel, int64_t dilation, int64_t out, int64_t stride, int64_t size) {
      const double windows = static_cast<double>(out) * static_cast<double>(stride);
      return static_cast<double>(kernel) * static_cast<double>(dilation) + std::max(windows, static_cast<double>(size));
    };
    const double rows = reach(job_.kernelHeight, job_.dilationY, job_.outHeight, job_.strideY, job_.height);
    const double columns = reach(job_.kernelWidth, job_.dilationX, job_.outWidth, job_.strideX, job_.width);
    const double channels = static_cast<double>(std::max(job_.channels, job_.filters));
    const double padded = product({job_.kernelHeight, job_.kernelWidth, job_.groups}) *
                          (static_cast<double>(job_.channels / job_.groups) + 32) * (static_cast<double>(job_.filters / job_.groups) + 32);
    if (rows * columns * channels > Record::maxElements / 32 || padded > Record::maxElements / 32) {
      record.refuse("windows of that size take more memory than can be counted");
    }

    const Operand x = record.operand("the images"), weight = record.operand("the weights");
    const Operand bias = record.operand("the bias", true), y = record.operand("the output");
    const bool byInput = opcode_ == op_convInputGrad;
    record.dense("the images", x, product({job_.images, job_.height, job_.width, job_.channels}));
    record.dense("the weights", weight, product({job_.filters, job_.channels / job_.groups, job_.kernelHeight, job_.kernelWidth}));
    record.dense("the bias", bias, static_cast<double>(byInput ? job_.channels : job_.filters));
    record.dense("the output", y, product({job_.images, job_.outHeight, job_.outWidth, job_.filters}));
    job_.wide = record.isWide("the images", x);
    for (const Operand* o : {&weight, &bias, &y}) record.expectDtype("an operand", *o, x.dtype);
    const Operand& target = opcode_ == op_conv ? y : byInput ? x : weight;
    for (const Operand* o : {&x, &weight, &bias, &y}) {
      if (o == &target || !o->storage) continue;
      if (o->storage == target.storage) record.refuse("the result lies in the storage of an operand");
      access.reads.push_back(o->storage);
    }
    if (!record.ok()) return access.clear();
    job_.x = x.at();
    job_.weight = weight.at();
    job_.bias = bias.storage ? bias.at() : nullptr;
    job_.y = y.at();
    const double n = opcode_ == op_conv ? product({job_.images, job_.outHeight, job_.outWidth, job_.filters})
                     : byInput          ? product({job_.images, job_.height, job_.width, job_.channels})
                                        : product({job_.filters, job_.channels / job_.groups, job_.kernelHeight, job_.kernelWidth});
    access.writes.push_back({target.storage, coversStorage(target, n)});
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    return (opcode_ == op_conv ? kernels.conv : opcode_ == op_convInputGrad ? kernels.convInputGrad : kernels.convWeightGrad)(job_, workers);
  }

 private:
  /** Keeps every place that is computed from these far from overflow. */
  static constexpr double maxStep = 1 << 20;

  static double product(std::initializer_list<int64_t> sizes) {
    double total = 1;
    for (const int64_t size : sizes) total *= static_cast<double>(size);
    return total;
  }

  const int opcode_;
  ConvJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeConv(int opcode) { return std::make_unique<ConvCommand>(opcode); }

}  // namespace gradbook
