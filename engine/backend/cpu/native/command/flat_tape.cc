#include "flat_tape.h"

#include <algorithm>

namespace gradbook {
namespace {

/** The word as a whole number from 0 to `most`, or -1. */
int64_t whole(double word, double most) {
  if (!(word >= 0 && word <= most)) return -1;
  const int64_t number = static_cast<int64_t>(word);
  return static_cast<double>(number) == word ? number : -1;
}

}  // namespace

/** Reads `[storage, offset, dtype, stride...]`: dense, or one element that repeats. */
bool FlatTape::readView(Heap& heap, const double* words, int rank, Operand& operand, bool& repeats) const {
  if (words[2] != float32) return false;
  operand.storage = heap.find(words[0]);
  operand.offset = whole(words[1], Record::maxElements);
  if (!operand.storage || operand.offset < 0) return false;
  repeats = rank == 1 && words[3] == 0 && job_.n > 1;
  if (rank == 1 && words[3] != 1 && !repeats) return false;
  const size_t end = static_cast<size_t>(operand.offset) + (repeats ? 1 : job_.n);
  return end * sizeof(float) <= operand.storage->bytes;
}

bool FlatTape::read(Record& record, Access& access) {
  const double* words = record.rest();
  if (record.left() < 6 || words[0] != 0 || words[3] != 1) return false;
  const int rank = static_cast<int>(whole(words[1], 1)), inputs = static_cast<int>(whole(words[2], maxFlatInputs));
  const int constants = static_cast<int>(whole(words[4], maxFlatConstants));
  const int instructions = static_cast<int>(whole(words[5], maxFlatInstructions));
  if (rank < 0 || inputs < 1 || constants < 0 || instructions < 1) return false;
  if (record.left() != static_cast<size_t>(6 + rank + inputs * (3 + rank) + 4 + rank + constants + 4 * instructions)) return false;
  words += 6;
  const int64_t n = rank == 0 ? 1 : whole(words[0], flatElements);
  if (n < 1) return false;
  job_.n = static_cast<size_t>(n);
  words += rank;

  const float* value[most];
  Operand input[maxFlatInputs], output;
  bool repeats = false;
  repeats_ = 0;
  for (int i = 0; i < inputs; i++, words += 3 + rank) {
    if (!readView(record.heap(), words, rank, input[i], repeats)) return false;
    value[i] = reinterpret_cast<const float*>(input[i].at());
    if (!repeats) continue;
    repeat_[repeats_++] = {value[i], values_[i]};
    value[i] = values_[i];
  }
  if (!readView(record.heap(), words, rank, output, repeats) || repeats) return false;
  words += 3 + rank;
  const int registers = inputs + constants + instructions;
  // The result is what the last instruction gives.
  if (*words++ != registers - 1) return false;
  for (int k = 0; k < constants; k++) {
    std::fill_n(values_[inputs + k], job_.n, static_cast<float>(*words++));
    value[inputs + k] = values_[inputs + k];
  }
  job_.instructions = instructions;
  for (int i = 0; i < instructions; i++, words += 4) {
    FlatTapeStep& step = job_.step[i];
    const int known = inputs + constants + i;
    step.primitive = static_cast<int>(whole(words[0], primitiveSlots - 1));
    const int arity = step.primitive < 0 ? 0 : primitiveArity(step.primitive);
    if (arity == 0) return false;
    for (int k = 0; k < arity; k++) {
      const int operand = static_cast<int>(whole(words[1 + k], known - 1));
      if (operand < 0) return false;
      step.operand[k] = value[operand];
    }
    for (int k = arity; k < 3; k++) step.operand[k] = step.operand[0];
    step.out = i + 1 < instructions ? values_[known] : reinterpret_cast<float*>(output.at());
    value[known] = step.out;
  }
  for (int i = 0; i < inputs; i++) {
    // Written while they are read: only where an operand's elements and the result's are the same would that be right.
    if (input[i].storage == output.storage) return false;
  }
  for (int i = 0; i < inputs; i++) access.reads.push_back(input[i].storage);
  access.writes.push_back({output.storage, output.offset == 0 && job_.n * sizeof(float) == output.storage->bytes});
  record.skip();
  return true;
}

void FlatTape::run(const Kernels& kernels) {
  for (int i = 0; i < repeats_; i++) std::fill_n(repeat_[i].to, job_.n, *repeat_[i].from);
  kernels.flatTape(job_);
}

}  // namespace gradbook
