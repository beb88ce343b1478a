// The commonest tape: a few operations on a few float32 values that lie side by side. Reading such a record in full and planning
// its walk takes several times as long as the arithmetic, so it is recognised and goes a shorter way to the same kernels.
#pragma once
#include "../record.h"

namespace gradbook {

class FlatTape {
 public:
  /** Reads what is left of the record if it is such a tape and nothing is wrong with it; else takes no word of it. */
  bool read(Record& record, Access& access);
  void run(const Kernels& kernels);

 private:
  enum { most = maxFlatInputs + maxFlatConstants + maxFlatInstructions };

  bool readView(Heap& heap, const double* words, int rank, Operand& operand, bool& repeats) const;

  FlatTapeJob job_{};
  /** Inputs of one element, to be repeated before the run, and where to. */
  struct Repeat {
    const float* from;
    float* to;
  };
  Repeat repeat_[maxFlatInputs];
  int repeats_ = 0;
  /** Values of registers that lie nowhere else. */
  alignas(64) float values_[most][flatElements];
};

}  // namespace gradbook
