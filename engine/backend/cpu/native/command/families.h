// The commands, grouped as the kernels are.
#pragma once
#include "../executor.h"

namespace gradbook {

std::unique_ptr<Command> makeFill(int opcode);
std::unique_ptr<Command> makeTape();
std::unique_ptr<Command> makeReduce(int opcode);
std::unique_ptr<Command> makeGemm();
std::unique_ptr<Command> makeRows(int opcode);
std::unique_ptr<Command> makeTake(int opcode);
std::unique_ptr<Command> makePick();
std::unique_ptr<Command> makePad();
std::unique_ptr<Command> makeOneHot();
std::unique_ptr<Command> makeScatter(int opcode);
std::unique_ptr<Command> makeScan();
std::unique_ptr<Command> makeSort();
std::unique_ptr<Command> makeSearch();
std::unique_ptr<Command> makeBitwise();
std::unique_ptr<Command> makeConv(int opcode);
std::unique_ptr<Command> makePool(int opcode);
std::unique_ptr<Command> makePoolIndex(int opcode);
std::unique_ptr<Command> makeNormalize(int opcode);
std::unique_ptr<Command> makeFactor();
std::unique_ptr<Command> makeTriangular();
std::unique_ptr<Command> makeFourier();
std::unique_ptr<Command> makeRecurrence(int opcode);
std::unique_ptr<Command> makeAttention(int opcode);
std::unique_ptr<Command> makeRandom();
std::unique_ptr<Command> makeOptimizer(int opcode);
std::unique_ptr<Command> makeUpdate();

/** The position of the first index that does not lie in [low, high), or -1. */
int64_t firstOutside(const int32_t* index, int64_t count, int64_t low, int64_t high);

/** Refuses unless every one of `count` indices lies in [low, high). */
void checkIndices(Record& record, const char* what, const int32_t* index, int64_t count, int64_t low, int64_t high);

}  // namespace gradbook
