// LU factors with row exchanges, by halves of the columns (Toledo 1997).
#pragma once
#include "matrix.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** The factorization of one matrix [m, n], in place; row i came from row `place[i]`. */
struct LuRun {
  double* const a;
  const size_t m, n;
  int32_t* const place;
  const Multiplier& products;
  double* const spare;  // m * n numbers
  /** Whether the number of exchanges is odd. */
  int32_t odd = 0;
  /** The first pivot that is 0, counted from 1, or 0. */
  int singular = 0;

  void run() {
    for (size_t i = 0; i < m; i++) place[i] = (int32_t)i;
    const size_t k = least(m, n);
    columns(0, k);
    if (n > k) solveTriangle(k, n - k, block(0, 0), true, block(0, k), products, spare);
  }

 private:
  /** Columns that are eliminated one by one: what one vector holds. */
  static constexpr size_t leaf = 8;

  Block block(size_t i, size_t j) const { return {a + i * n + j, (int64_t)n, 1}; }

  /** Factors columns [from, from + count) of the rows from `from` on. */
  void columns(size_t from, size_t count) {
    if (count <= leaf) {
      for (size_t k = from; k < from + count; k++) eliminate(k, from + count);
      return;
    }
    const size_t half = roundUp(count / 2, leaf), rest = count - half;
    const size_t right = from + half;
    columns(from, half);
    solveTriangle(half, rest, block(from, from), true, block(from, right), products, spare);
    for (size_t i = 0; i < half; i++) {
      for (size_t j = 0; j < rest; j++) spare[i * rest + j] = -a[(from + i) * n + right + j];
    }
    products.multiply(m - right, rest, half, block(right, from), {spare, (int64_t)rest, 1}, block(right, right), true);
    columns(right, rest);
  }

  /** Column k, and what it takes from columns up to `end`. */
  void eliminate(size_t k, size_t end) {
    size_t best = k;
    double largest = magnitude(a[k * n + k]);
    for (size_t i = k + 1; i < m; i++) {
      const double size = magnitude(a[i * n + k]);
      if (size > largest) {
        largest = size;
        best = i;
      }
    }
    if (a[best * n + k] == 0) {
      if (!singular) singular = (int)k + 1;
      return;
    }
    if (best != k) exchange(k, best);
    const double* const pivot = a + k * n;
    const size_t width = end - k - 1;
    for (size_t i = k + 1; i < m; i++) {
      double* const row = a + i * n;
      const double factor = row[k] /= pivot[k];
      for (size_t j = 0; j < width; j++) row[k + 1 + j] -= factor * pivot[k + 1 + j];
    }
  }

  void exchange(size_t i, size_t j) {
    double *const x = a + i * n, *const y = a + j * n;
    for (size_t c = 0; c < n; c++) {
      const double before = x[c];
      x[c] = y[c];
      y[c] = before;
    }
    const int32_t before = place[i];
    place[i] = place[j];
    place[j] = before;
    odd ^= 1;
  }
};

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
