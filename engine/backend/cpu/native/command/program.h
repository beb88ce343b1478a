// What commands with a program (tape, update) share: its instructions, and where its values are kept.
#pragma once
#include "../record.h"

namespace gradbook {

/** Reads `job.instructions` times `(primitive, a, b, c)`; each may read inputs, constants and what comes before it. */
void readInstructions(Record& record, TapeJob& job);

/** Gives every register that needs one a chunk buffer, and the buffer on to another after the last use. */
void placeBuffers(Record& record, TapeJob& job);

/** For every register the last instruction that reads it; -1: none. */
void lastUses(const TapeJob& job, int* lastUse);

}  // namespace gradbook
