#include <algorithm>

#include "families.h"

namespace gradbook {

std::unique_ptr<Command> makeCommand(int opcode) {
  switch (opcode) {
    case op_fill:
    case op_iota:
      return makeFill(opcode);
    case op_tape:
      return makeTape();
    case op_reduce:
    case op_argReduce:
      return makeReduce(opcode);
    case op_gemm:
      return makeGemm();
    case op_softmax:
    case op_softmaxGrad:
    case op_crossEntropy:
    case op_crossEntropyGrad:
      return makeRows(opcode);
    case op_take:
    case op_takeAdd:
    case op_put:
      return makeTake(opcode);
    case op_at:
      return makePick();
    case op_pad:
      return makePad();
    case op_oneHot:
      return makeOneHot();
    case op_random:
      return makeRandom();
    case op_sgd:
    case op_adam:
      return makeOptimizer(opcode);
    case op_update:
      return makeUpdate();
    case op_gather:
    case op_scatter:
      return makeScatter(opcode);
    case op_scan:
      return makeScan();
    case op_sort:
      return makeSort();
    case op_search:
      return makeSearch();
    case op_bitwise:
      return makeBitwise();
    case op_conv:
    case op_convInputGrad:
    case op_convWeightGrad:
      return makeConv(opcode);
    case op_maxPool:
    case op_avgPool:
    case op_avgPoolGrad:
      return makePool(opcode);
    case op_poolGather:
    case op_poolScatter:
      return makePoolIndex(opcode);
    case op_normalize:
    case op_normalizeGrad:
      return makeNormalize(opcode);
    case op_factor:
      return makeFactor();
    case op_triangularSolve:
      return makeTriangular();
    case op_fourier:
      return makeFourier();
    case op_recurrence:
    case op_recurrenceGrad:
      return makeRecurrence(opcode);
    case op_attention:
    case op_attentionGrad:
      return makeAttention(opcode);
  }
  return nullptr;
}

int64_t firstOutside(const int32_t* index, int64_t count, int64_t low, int64_t high) {
  const int64_t first = std::max<int64_t>(low, INT32_MIN), span = std::min<int64_t>(high, int64_t{INT32_MAX} + 1) - first;
  if (span > UINT32_MAX) return -1;
  // Without a branch for each element, so that compilers make vectors of the loop.
  uint32_t outside = 0;
  for (int64_t i = 0; i < count; i++) outside |= static_cast<uint32_t>(index[i]) - static_cast<uint32_t>(first) >= static_cast<uint32_t>(span);
  if (outside == 0) return -1;
  int64_t i = 0;
  while (index[i] >= low && index[i] < high) i++;
  return i;
}

void checkIndices(Record& record, const char* what, const int32_t* index, int64_t count, int64_t low, int64_t high) {
  const int64_t i = firstOutside(index, count, low, high);
  if (i < 0) return;
  record.refuse(std::string(what) + " " + std::to_string(index[i]) + " at position " + std::to_string(i) + " is out of range: " +
                (low < 0 ? std::to_string(low) + " to " : "0 to ") + std::to_string(high - 1) + " are allowed");
}

}  // namespace gradbook
