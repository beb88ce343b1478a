// Dims and strides of strided operands: reading, checking, merging.
#pragma once
#include "record.h"

namespace gradbook {

/** Reads `rank` dims; refuses a product beyond what a kernel can count. Returns the number of elements. */
double readDims(Record& record, int rank, int64_t* dims);

/** Reads one stride per dim and checks that the view stays inside its storage. */
void readView(Record& record, const char* what, int rank, const int64_t* dims, Operand& operand, int64_t* stride);

/** True when the view writes every element of its storage. */
bool coversStorage(const Operand& operand, int rank, const int64_t* dims, const int64_t* stride);
bool coversStorage(const Operand& operand, double n);

/**
 * Drops dims of 1 and merges neighbours that all views walk as one, in place. `strides` are `views` arrays. Returns the new rank.
 */
int mergeDims(int rank, int64_t* dims, int views, int64_t* const* strides);

}  // namespace gradbook
