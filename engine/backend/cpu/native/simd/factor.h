// Decompositions of dense matrices: where their parts are, and on how many threads.
#pragma once
#include "cholesky.h"
#include "eigh.h"
#include "lu.h"
#include "qr.h"
#include "svd.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** In elements of float64: the matrix, what its decomposition needs beside it, and room for products behind that. */
static inline size_t factorRoom(const FactorJob& job) {
  const size_t m = (size_t)job.rows, n = (size_t)job.columns;
  switch (job.kind) {
    case factor_cholesky:
    case factor_lu:
      return 2 * m * n;
    case factor_qr:
    case factor_qrComplete:
      return m * n + m * most(m, n) + QrRun::steps(m, n) * m + QrRun::room(m, most(m, n));
  }
  return m * n + n * n + 4 * n;
}

/** Products never have sides longer than the matrix. */
static inline size_t productRoom(const FactorJob& job) {
  const size_t side = most((size_t)job.rows, (size_t)job.columns);
  return job.kind == factor_svd || job.kind == factor_eigh ? 0 : Multiplier::room(side, side, side);
}

/** Works on both halves of a square by small blocks: `pair(i, j)` for every j > i. */
template <class Pair>
static inline void eachPair(size_t n, const Pair& pair) {
  constexpr size_t side = 16;
  for (size_t top = 0; top < n; top += side) {
    for (size_t left = top; left < n; left += side) {
      for (size_t i = top; i < least(n, top + side); i++) {
        for (size_t j = most(left, i + 1); j < least(n, left + side); j++) pair(i, j);
      }
    }
  }
}

template <class E>
static inline void choleskyOne(const FactorJob& job, size_t index, double* a, const Multiplier& products) {
  const size_t n = (size_t)job.rows;
  E* const out = (E*)job.first + index * n * n;
  // The lower triangle is read, the upper one computed.
  eachPair(n, [&](size_t i, size_t j) { a[i * n + j] = a[j * n + i]; });
  job.info[2 * index] = choleskyUpper({a, (int64_t)n, 1}, n, products, a + n * n);
  for (size_t i = 0; i < n; i++) out[i * n + i] = (E)a[i * n + i];
  eachPair(n, [&](size_t i, size_t j) {
    out[j * n + i] = (E)a[i * n + j];
    out[i * n + j] = 0;
  });
}

/** The place of the i-th of n keys in their order, counted from 0; equal keys keep theirs. Largest first, or smallest. */
static inline size_t rankOf(const double* keys, size_t n, size_t i, bool descending) {
  size_t before = 0;
  for (size_t j = 0; j < n; j++) {
    if (keys[j] == keys[i] ? j < i : (keys[j] > keys[i]) == descending) before++;
  }
  return before;
}

template <class E>
static inline void storeAll(E* to, const double* from, size_t n) {
  for (size_t i = 0; i < n; i++) to[i] = (E)from[i];
}

/** One matrix; `room` is work space as `factorRoom` counts it. */
template <class E>
inline void factorOne(const FactorJob& job, size_t index, double* room, Workers* workers) {
  const size_t m = (size_t)job.rows, n = (size_t)job.columns, k = least(m, n);
  const E* const in = (const E*)job.in + index * m * n;
  int32_t* const info = job.info + 2 * index;
  info[0] = info[1] = 0;
  double* const a = room;
  double* const rest = a + m * n;
  const Multiplier products(workers, room + roundUp(factorRoom(job), 8));
  const bool turned = job.kind == factor_svd;
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < n; j++) a[turned ? j * m + i : i * n + j] = (double)in[i * n + j];
  }
  switch (job.kind) {
    case factor_cholesky:
      return choleskyOne<E>(job, index, a, products);
    case factor_lu: {
      LuRun run = {a, m, n, (int32_t*)job.second + index * m, products, rest};
      run.run();
      info[0] = run.singular;
      info[1] = run.odd;
      return storeAll((E*)job.first + index * m * n, a, m * n);
    }
    case factor_qr:
    case factor_qrComplete: {
      const size_t size = job.kind == factor_qr ? k : m;
      double *const v = rest + m * size, *const spare = v + QrRun::steps(m, n) * m;
      QrRun{a, m, n, v, products, spare}.run(rest, size);
      storeAll((E*)job.first + index * m * size, rest, m * size);
      return storeAll((E*)job.second + index * size * n, a, size * n);
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
      double* const values = rest + n * n;
      if (!eighFactor(a, n, values, rest, values + n)) info[0] = 1;
      for (size_t j = 0; j < n; j++) {
        const size_t at = rankOf(values, n, j, false);
        ((E*)job.first)[index * n + at] = (E)values[j];
        for (size_t i = 0; i < n; i++) ((E*)job.second)[(index * n + i) * n + at] = (E)rest[j * n + i];
      }
    }
  }
}

inline bool factor(const FactorJob& job, Workers& workers) {
  const size_t bytes = (roundUp(factorRoom(job), 8) + productRoom(job)) * sizeof(double);
  bool failed = false;
  const auto each = [&](size_t index, Workers* inside) {
    double* const room = (double*)workers.local(bytes);
    if (!room) __atomic_store_n(&failed, true, __ATOMIC_RELAXED);
    else if (job.wide) factorOne<double>(job, index, room, inside);
    else factorOne<float>(job, index, room, inside);
  };
  // One large matrix after the other, each on all threads; else a matrix a thread. The numbers are the same.
  const bool large = least((size_t)job.rows, (size_t)job.columns) >= 256 && productRoom(job) > 0;
  if (large && job.batch < 2 * workers.threads()) {
    for (size_t i = 0; i < (size_t)job.batch; i++) each(i, &workers);
  } else {
    forEachTask(workers, (size_t)job.batch, [&](size_t index) { each(index, nullptr); });
  }
  return !failed;
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
