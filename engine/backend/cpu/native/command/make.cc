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
    case op_oneHot:
      return makeOneHot();
    case op_random:
      return makeRandom();
    case op_sgd:
    case op_adam:
      return makeOptimizer(opcode);
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
    case op_recurrence:
    case op_recurrenceGrad:
      return makeRecurrence(opcode);
    case op_attention:
    case op_attentionGrad:
      return makeAttention(opcode);
  }
  return nullptr;
}

void checkIndices(Record& record, const char* what, const int32_t* index, int64_t count, int64_t low, int64_t high) {
  for (int64_t i = 0; i < count; i++) {
    if (index[i] >= low && index[i] < high) continue;
    record.refuse(std::string(what) + " " + std::to_string(index[i]) + " at position " + std::to_string(i) + " is out of range: " +
                  (low < 0 ? std::to_string(low) + " to " : "0 to ") + std::to_string(high - 1) + " are allowed");
    return;
  }
}

}  // namespace gradbook
