// Decompositions of dense matrices, one task a matrix. All of them compute in float64, whatever the dtype.
#pragma once
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Beyond rounding errors of this size, relative to the operands, nothing is gained. */
constexpr double matrixEpsilon = 2.220446049250313e-16;
constexpr int mostSweeps = 60;

static inline double magnitude(double x) { return x < 0 ? -x : x; }

static inline double dotProduct(const double* a, const double* b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static inline void rotate(double* a, double* b, size_t n, size_t step, double c, double s) {
  for (size_t i = 0; i < n * step; i += step) {
    const double x = a[i], y = b[i];
    a[i] = c * x - s * y;
    b[i] = s * x + c * y;
  }
}

/** Of the rotation that makes two vectors orthogonal: `gamma` their product, the others their squares. */
static inline void rotationOf(double alpha, double beta, double gamma, double* c, double* s) {
  const double zeta = (beta - alpha) / (2 * gamma);
  const double t = (zeta < 0 ? -1 : 1) / (magnitude(zeta) + __builtin_sqrt(1 + zeta * zeta));
  *c = 1 / __builtin_sqrt(1 + t * t);
  *s = *c * t;
}

/** a becomes its lower factor; reads the lower triangle only. Returns the order of the first minor that is not positive, or 0. */
static inline int cholesky(double* a, size_t n) {
  for (size_t i = 0; i < n; i++) {
    double* const row = a + i * n;
    for (size_t j = 0; j < i; j++) row[j] = (row[j] - dotProduct(row, a + j * n, j)) / a[j * n + j];
    const double pivot = row[i] - dotProduct(row, row, i);
    if (!(pivot > 0)) return (int)i + 1;
    row[i] = __builtin_sqrt(pivot);
    for (size_t j = i + 1; j < n; j++) row[j] = 0;
  }
  return 0;
}

/** a becomes both factors in one; row i came from row `place[i]`. Returns the first pivot that is 0, counted from 1, or 0. */
static inline int luFactor(double* a, size_t m, size_t n, int32_t* place, int32_t* odd) {
  int singular = 0;
  *odd = 0;
  for (size_t i = 0; i < m; i++) place[i] = (int32_t)i;
  for (size_t k = 0; k < least(m, n); k++) {
    size_t best = k;
    for (size_t i = k + 1; i < m; i++) {
      if (magnitude(a[i * n + k]) > magnitude(a[best * n + k])) best = i;
    }
    if (a[best * n + k] == 0) {
      if (!singular) singular = (int)k + 1;
      continue;
    }
    if (best != k) {
      for (size_t j = 0; j < n; j++) {
        const double x = a[k * n + j];
        a[k * n + j] = a[best * n + j];
        a[best * n + j] = x;
      }
      const int32_t x = place[k];
      place[k] = place[best];
      place[best] = x;
      *odd ^= 1;
    }
    const double* const pivot = a + k * n;
    for (size_t i = k + 1; i < m; i++) {
      double* const row = a + i * n;
      const double factor = row[k] /= pivot[k];
      if (factor == 0) continue;
      for (size_t j = k + 1; j < n; j++) row[j] -= factor * pivot[j];
    }
  }
  return singular;
}

/** row[j] -= v[i] * (tau * sum of v[i] row_i[j]): a reflection of the rows from `k` on, in columns [from, n). */
static inline void reflect(double* a, size_t m, size_t n, size_t k, size_t from, const double* v, double tau, double* sums) {
  for (size_t j = from; j < n; j++) sums[j] = 0;
  for (size_t i = k; i < m; i++) {
    for (size_t j = from; j < n; j++) sums[j] += v[i] * a[i * n + j];
  }
  for (size_t i = k; i < m; i++) {
    const double factor = tau * v[i];
    for (size_t j = from; j < n; j++) a[i * n + j] -= factor * sums[j];
  }
}

/** Householder, signs as in LAPACK. a [m, n] becomes R; q is [m, size]. v: [m + 1, m], its last row 2 / |v|^2 of each; sums: a row. */
static inline void qrFactor(double* a, size_t m, size_t n, double* q, size_t size, double* v, double* sums) {
  const size_t steps = least(m > 0 ? m - 1 : 0, n);
  double* const tau = v + m * m;
  for (size_t k = 0; k < steps; k++) {
    double* const own = v + k * m;
    double largest = 0;
    for (size_t i = k + 1; i < m; i++) largest = magnitude(a[i * n + k]) > largest ? magnitude(a[i * n + k]) : largest;
    tau[k] = 0;
    if (largest == 0) continue;
    const double head = a[k * n + k];
    const double scale = largest > magnitude(head) ? largest : magnitude(head);
    double sum = 0;
    for (size_t i = k; i < m; i++) {
      own[i] = a[i * n + k] / scale;
      sum += own[i] * own[i];
    }
    own[k] += (head < 0 ? -1 : 1) * __builtin_sqrt(sum);
    tau[k] = 2 / dotProduct(own + k, own + k, m - k);
    reflect(a, m, n, k, k, own, tau[k], sums);
    for (size_t i = k + 1; i < m; i++) a[i * n + k] = 0;
  }
  for (size_t i = 0; i < m * size; i++) q[i] = i / size == i % size;
  for (size_t k = steps; k-- > 0;) {
    if (tau[k] != 0) reflect(q, m, size, k, 0, v + k * m, tau[k], sums);
  }
}

/** The place of the k-th of n keys, counted from 0; equal keys keep their order. Largest first, or smallest. */
static inline size_t rankOf(const double* keys, size_t n, size_t i, bool descending) {
  size_t before = 0;
  for (size_t j = 0; j < n; j++) {
    if (keys[j] == keys[i] ? j < i : (keys[j] > keys[i]) == descending) before++;
  }
  return before;
}

/**
 * One-sided Jacobi. w: the n columns (of m <= elements each) one after the other, which become those of U; v the same for V, n
 * rows. Returns false when a value is not finite or the sweeps are used up.
 */
static inline bool svdFactor(double* w, size_t m, size_t n, double* s, double* v) {
  double largest = 0;
  for (size_t i = 0; i < m * n; i++) {
    if (!(magnitude(w[i]) <= 1.7976931348623157e308)) return false;
    if (magnitude(w[i]) > largest) largest = magnitude(w[i]);
  }
  for (size_t i = 0; i < n * n; i++) v[i] = i / n == i % n;
  const double scale = largest == 0 ? 1 : largest;
  for (size_t i = 0; i < m * n; i++) w[i] /= scale;
  const double nothing = matrixEpsilon * __builtin_sqrt(dotProduct(w, w, m * n));
  bool turned = true;
  for (int sweep = 0; turned; sweep++) {
    if (sweep == mostSweeps) return false;
    turned = false;
    for (size_t p = 0; p < n; p++) {
      for (size_t q = p + 1; q < n; q++) {
        double *const x = w + p * m, *const y = w + q * m;
        const double alpha = dotProduct(x, x, m), beta = dotProduct(y, y, m), gamma = dotProduct(x, y, m);
        if (alpha <= nothing * nothing || beta <= nothing * nothing) continue;
        if (magnitude(gamma) <= 4 * matrixEpsilon * __builtin_sqrt(alpha * beta)) continue;
        double c, sine;
        rotationOf(alpha, beta, gamma, &c, &sine);
        rotate(x, y, m, 1, c, sine);
        rotate(v + p * n, v + q * n, n, 1, c, sine);
        turned = true;
      }
    }
  }
  for (size_t p = 0; p < n; p++) {
    double* const x = w + p * m;
    const double length = __builtin_sqrt(dotProduct(x, x, m));
    s[p] = length * scale;
    for (size_t i = 0; i < m; i++) x[i] = length > nothing ? x[i] / length : 0;
  }
  // Where the matrix does not say which direction, any that is orthogonal to the others does: the axis that is furthest from them.
  for (size_t p = 0; p < n; p++) {
    double* const x = w + p * m;
    if (dotProduct(x, x, m) != 0) continue;
    size_t axis = 0;
    double free = -1;
    for (size_t i = 0; i < m; i++) {
      double rest = 1;
      for (size_t q = 0; q < n; q++) rest -= w[q * m + i] * w[q * m + i];
      if (rest > free) {
        free = rest;
        axis = i;
      }
    }
    x[axis] = 1;
    for (int again = 0; again < 2; again++) {
      for (size_t q = 0; q < n; q++) {
        if (q == p) continue;
        const double* const other = w + q * m;
        const double shared = dotProduct(x, other, m);
        for (size_t i = 0; i < m; i++) x[i] -= shared * other[i];
      }
      const double length = __builtin_sqrt(dotProduct(x, x, m));
      for (size_t i = 0; i < m; i++) x[i] /= length;
    }
  }
  return true;
}

/** Cyclic Jacobi on a symmetric matrix, of which the lower triangle is read. The eigenvalues end on the diagonal; v: one vector a row. */
static inline bool eighFactor(double* a, size_t n, double* v) {
  double square = 0;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j <= i; j++) {
      if (!(magnitude(a[i * n + j]) <= 1.7976931348623157e308)) return false;
      a[j * n + i] = a[i * n + j];
    }
  }
  double largest = 0;
  for (size_t i = 0; i < n * n; i++) largest = magnitude(a[i]) > largest ? magnitude(a[i]) : largest;
  const double scale = largest == 0 ? 1 : largest;
  for (size_t i = 0; i < n * n; i++) {
    a[i] /= scale;
    square += a[i] * a[i];
    v[i] = i / n == i % n;
  }
  const double nothing = matrixEpsilon * __builtin_sqrt(square) / (double)most(1, n);
  bool turned = true;
  for (int sweep = 0; turned; sweep++) {
    if (sweep == mostSweeps) return false;
    turned = false;
    for (size_t p = 0; p < n; p++) {
      for (size_t q = p + 1; q < n; q++) {
        const double off = a[p * n + q];
        if (magnitude(off) <= nothing) continue;
        double c, s;
        rotationOf(a[p * n + p], a[q * n + q], off, &c, &s);
        rotate(a + p, a + q, n, n, c, s);
        rotate(a + p * n, a + q * n, n, 1, c, s);
        a[p * n + q] = a[q * n + p] = 0;
        rotate(v + p * n, v + q * n, n, 1, c, s);
        turned = true;
      }
    }
  }
  for (size_t i = 0; i < n; i++) a[i * n + i] *= scale;
  return true;
}

/** One matrix; `room` is work space as `factorRoom` counts it. */
template <class E>
inline void factorOne(const FactorJob& job, size_t index, double* room) {
  const size_t m = (size_t)job.rows, n = (size_t)job.columns, k = least(m, n);
  const E* const in = (const E*)job.in + index * m * n;
  int32_t* const info = job.info + 2 * index;
  info[0] = info[1] = 0;
  double* const a = room;
  double* const rest = room + m * n;
  const bool turned = job.kind == factor_svd;
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < n; j++) a[turned ? j * m + i : i * n + j] = (double)in[i * n + j];
  }
  switch (job.kind) {
    case factor_cholesky:
    case factor_lu: {
      E* const out = (E*)job.first + index * m * n;
      if (job.kind == factor_cholesky) info[0] = cholesky(a, n);
      else info[0] = luFactor(a, m, n, (int32_t*)job.second + index * m, info + 1);
      for (size_t i = 0; i < m * n; i++) out[i] = (E)a[i];
      return;
    }
    case factor_qr:
    case factor_qrComplete: {
      const size_t size = job.kind == factor_qr ? k : m;
      double* const v = rest + m * size;
      qrFactor(a, m, n, rest, size, v, v + (m + 1) * m);
      E* const q = (E*)job.first + index * m * size;
      E* const r = (E*)job.second + index * size * n;
      for (size_t i = 0; i < m * size; i++) q[i] = (E)rest[i];
      for (size_t i = 0; i < size * n; i++) r[i] = (E)a[i];
      return;
    }
    case factor_svd: {
      double* const v = rest + n;
      if (!svdFactor(a, m, n, rest, v)) info[0] = 1;
      for (size_t j = 0; j < n; j++) {
        const size_t at = rankOf(rest, n, j, true);
        ((E*)job.second)[index * n + at] = (E)rest[j];
        for (size_t i = 0; i < m; i++) ((E*)job.first)[(index * m + i) * n + at] = (E)a[j * m + i];
        for (size_t i = 0; i < n; i++) ((E*)job.third)[(index * n + i) * n + at] = (E)v[j * n + i];
      }
      return;
    }
    case factor_eigh: {
      double* const keys = rest + n * n;
      if (!eighFactor(a, n, rest)) info[0] = 1;
      for (size_t j = 0; j < n; j++) keys[j] = a[j * n + j];
      for (size_t j = 0; j < n; j++) {
        const size_t at = rankOf(keys, n, j, false);
        ((E*)job.first)[index * n + at] = (E)keys[j];
        for (size_t i = 0; i < n; i++) ((E*)job.second)[(index * n + i) * n + at] = (E)rest[j * n + i];
      }
    }
  }
}

/** In elements of float64: the matrix, and what its decomposition needs beside it. */
static inline size_t factorRoom(const FactorJob& job) {
  const size_t m = (size_t)job.rows, n = (size_t)job.columns;
  switch (job.kind) {
    case factor_qr:
    case factor_qrComplete:
      return m * n + m * m + (m + 1) * m + m + n;
    case factor_svd:
    case factor_eigh:
      return m * n + n * n + n;
  }
  return m * n;
}

inline bool factor(const FactorJob& job, Workers& workers) {
  bool failed = false;
  forEachTask(workers, (size_t)job.batch, [&](size_t index) {
    double* const room = (double*)workers.local(factorRoom(job) * sizeof(double));
    if (!room) __atomic_store_n(&failed, true, __ATOMIC_RELAXED);
    else if (job.wide) factorOne<double>(job, index, room);
    else factorOne<float>(job, index, room);
  });
  return !failed;
}

/** One system after the other, row by row. */
template <class E>
inline void triangularOne(const TriangularJob& job, size_t index, double* x) {
  const size_t n = (size_t)job.n, columns = (size_t)job.columns;
  const E* const a = (const E*)job.a + index * n * n;
  const E* const b = (const E*)job.b + index * n * columns;
  E* const out = (E*)job.x + index * n * columns;
  for (size_t step = 0; step < n; step++) {
    const size_t i = job.upper ? n - 1 - step : step;
    double* const row = x + i * columns;
    for (size_t j = 0; j < columns; j++) row[j] = (double)b[i * columns + j];
    for (size_t k = job.upper ? i + 1 : 0; k < (job.upper ? n : i); k++) {
      const double factor = (double)a[i * n + k];
      for (size_t j = 0; j < columns; j++) row[j] -= factor * x[k * columns + j];
    }
    const double pivot = job.unit ? 1 : (double)a[i * n + i];
    for (size_t j = 0; j < columns; j++) out[i * columns + j] = (E)(row[j] /= pivot);
  }
}

inline bool triangularSolve(const TriangularJob& job, Workers& workers) {
  bool failed = false;
  forEachTask(workers, (size_t)job.batch, [&](size_t index) {
    double* const room = (double*)workers.local((size_t)job.n * (size_t)job.columns * sizeof(double));
    if (!room) __atomic_store_n(&failed, true, __ATOMIC_RELAXED);
    else if (job.wide) triangularOne<double>(job, index, room);
    else triangularOne<float>(job, index, room);
  });
  return !failed;
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
