// Cholesky factors, by halves: the first, what it takes from the second, the second.
#pragma once
#include "matrix.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Rows that are factored one by one. */
constexpr size_t choleskyLeaf = 16;

/**
 * a: the upper triangle of a symmetric matrix, which becomes U with Uᵀ U = a. `spare` holds n²/4 numbers.
 * Returns the order of the first minor that is not positive, or 0.
 */
static inline int choleskyUpper(Block a, size_t n, const Multiplier& products, double* spare) {
  if (n <= choleskyLeaf) {
    for (size_t i = 0; i < n; i++) {
      double* const row = a.at + (int64_t)i * a.row;
      if (!(row[i] > 0)) return (int)i + 1;
      const double root = __builtin_sqrt(row[i]);
      for (size_t j = i; j < n; j++) row[j] /= root;
      for (size_t k = i + 1; k < n; k++) addMultiple(a.at + (int64_t)k * a.row + k, -row[k], row + k, n - k);
    }
    return 0;
  }
  const size_t half = roundUp(n / 2, choleskyLeaf), rest = n - half;
  const int first = choleskyUpper(a, half, products, spare);
  if (first) return first;
  const Block beside = a.from(0, half), behind = a.from(half, half);
  solveTriangle(half, rest, a.turned(), false, beside, products, spare);
  for (size_t i = 0; i < half; i++) {
    for (size_t j = 0; j < rest; j++) spare[i * rest + j] = -beside.at[(int64_t)i * beside.row + j];
  }
  // Only the upper triangle counts: strips of rows, each from its diagonal on.
  constexpr size_t strip = 4 * choleskyLeaf;
  for (size_t i = 0; i < rest; i += strip) {
    products.multiply(least(strip, rest - i), rest - i, half, beside.from(0, i).turned(), {spare + i, (int64_t)rest, 1}, behind.from(i, i), true);
  }
  const int second = choleskyUpper(behind, rest, products, spare);
  return second ? (int)half + second : 0;
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
