// Systems with a triangular matrix.
#pragma once
#include "matrix.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** One right side: sums over the solved part, row by row. */
template <class E>
static inline void triangularColumn(const TriangularJob& job, const E* a, const E* b, E* out, double* x) {
  const size_t n = (size_t)job.n;
  for (size_t step = 0; step < n; step++) {
    const size_t i = job.upper ? n - 1 - step : step;
    const E* const row = a + i * n;
    constexpr size_t lanes = 8;
    double sums[lanes] = {};
    size_t k = job.upper ? i + 1 : 0;
    const size_t end = job.upper ? n : i;
    for (; k + lanes <= end; k += lanes) {
      for (size_t l = 0; l < lanes; l++) sums[l] += (double)row[k + l] * x[k + l];
    }
    double sum = (double)b[i];
    for (size_t l = 0; l < lanes; l++) sum -= sums[l];
    for (; k < end; k++) sum -= (double)row[k] * x[k];
    x[i] = job.unit ? sum : sum / (double)row[i];
    out[i] = (E)x[i];
  }
}

/** Many, by blocks. `room`: the matrix, the right sides, half of them again, and what products need. */
template <class E>
static inline void triangularMany(const TriangularJob& job, const E* a, const E* b, E* out, double* room, Workers* workers) {
  const size_t n = (size_t)job.n, columns = (size_t)job.columns;
  double *const t = room, *const x = t + n * n, *const spare = x + n * columns;
  for (size_t i = 0; i < n * n; i++) t[i] = (double)a[i];
  for (size_t i = 0; i < n * columns; i++) x[i] = (double)b[i];
  const Multiplier products(workers, spare + roundUp(n * columns, 8));
  const Block matrix = {t, (int64_t)n, 1}, sides = {x, (int64_t)columns, 1};
  if (job.upper) {
    const Block turned = {t + n * n - 1, -(int64_t)n, -1};
    solveTriangle(n, columns, turned, job.unit, {x + (n - 1) * columns, -(int64_t)columns, 1}, products, spare);
  } else {
    solveTriangle(n, columns, matrix, job.unit, sides, products, spare);
  }
  for (size_t i = 0; i < n * columns; i++) out[i] = (E)x[i];
}

template <class E>
inline bool triangularBatch(const TriangularJob& job, Workers& workers) {
  const size_t n = (size_t)job.n, columns = (size_t)job.columns, batch = (size_t)job.batch;
  const size_t elements = columns == 1 ? n : n * n + n * columns + roundUp(n * columns, 8) + Multiplier::room(n, columns, n);
  bool failed = false;
  const auto each = [&](size_t index, Workers* inside) {
    double* const room = (double*)workers.local(elements * sizeof(double));
    const E* const a = (const E*)job.a + index * n * n;
    const E* const b = (const E*)job.b + index * n * columns;
    E* const out = (E*)job.x + index * n * columns;
    if (!room) __atomic_store_n(&failed, true, __ATOMIC_RELAXED);
    else if (columns == 1) triangularColumn<E>(job, a, b, out, room);
    else triangularMany<E>(job, a, b, out, room, inside);
  };
  if (n >= 256 && batch < (size_t)(2 * workers.threads())) {
    for (size_t i = 0; i < batch; i++) each(i, &workers);
  } else {
    forEachTask(workers, batch, [&](size_t index) { each(index, nullptr); });
  }
  return !failed;
}

inline bool triangularSolve(const TriangularJob& job, Workers& workers) {
  return job.wide ? triangularBatch<double>(job, workers) : triangularBatch<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
