#include "layout.h"

namespace gradbook {

double readDims(Record& record, int rank, int64_t* dims) {
  double total = 1;
  for (int d = 0; d < rank; d++) {
    dims[d] = record.extent("a dim");
    total *= static_cast<double>(dims[d]);
  }
  // With a 0 among them the product says nothing about the others, but then no element is touched either.
  if (total > Record::maxElements) record.refuse("the dims multiply to " + Record::text(total) + " elements");
  return total;
}

void readView(Record& record, const char* what, int rank, const int64_t* dims, Operand& operand, int64_t* stride) {
  operand = record.operand(what);
  double lowest = 0, highest = 0;
  bool empty = false;
  for (int d = 0; d < rank; d++) {
    stride[d] = record.integer("a stride", -Record::maxElements, Record::maxElements);
    const double reach = static_cast<double>(dims[d] - 1) * static_cast<double>(stride[d]);
    (reach < 0 ? lowest : highest) += reach;
    if (dims[d] == 0) empty = true;
  }
  if (!empty) record.within(what, operand, lowest, highest);
}

bool coversStorage(const Operand& operand, double n) {
  return operand.offset == 0 && n * static_cast<double>(sizeOf(operand.dtype)) == static_cast<double>(operand.storage->bytes);
}

bool coversStorage(const Operand& operand, int rank, const int64_t* dims, const int64_t* stride) {
  // A view that never meets an element twice and has as many elements as the storage covers it. Met twice or not is cheap to
  // decide only for the plain case; anything else counts as a part.
  double n = 1;
  for (int d = rank - 1; d >= 0; d--) {
    if (dims[d] != 1 && static_cast<double>(stride[d]) != n) return false;
    n *= static_cast<double>(dims[d]);
  }
  return coversStorage(operand, n);
}

int mergeDims(int rank, int64_t* dims, int views, int64_t* const* strides) {
  int kept = 0;
  for (int d = 0; d < rank; d++) {
    if (dims[d] == 1) continue;
    bool joins = kept > 0;
    for (int v = 0; v < views && joins; v++) joins = strides[v][kept - 1] == strides[v][d] * dims[d];
    if (joins) {
      dims[kept - 1] *= dims[d];
    } else {
      dims[kept] = dims[d];
      kept++;
    }
    for (int v = 0; v < views; v++) strides[v][kept - 1] = strides[v][d];
  }
  return kept;
}

}  // namespace gradbook
