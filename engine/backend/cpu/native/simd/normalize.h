// Layer and RMS normalisation over dense rows, forward and backward, each row read while it is in cache.
#pragma once
#include "rows.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Visits vectors of a row: `body(i, read, write)`, where read and write know how many lanes are valid. */
template <class T, class Body>
ALWAYS_INLINE void eachOf(size_t n, const Body& body) {
  eachVector<T>(
      n,
      [&](size_t i) { body([&](const T* p) { return load<T>(p + i); }, [&](T* p, Vec<T> v) { store<T>(p + i, v); }); },
      [&](size_t i, size_t left) {
        body([&](const T* p) { return loadFirst<T>(p + i, left, 0); }, [&](T* p, Vec<T> v) { storeFirst<T>(p + i, v, left); });
      });
}

template <class T>
inline T reciprocalRoot(double x) {
  return (T)(1 / __builtin_sqrt(x));
}

template <class T>
inline void normalizeRows(const NormalizeJob& job, Workers& workers) {
  const size_t n = (size_t)job.columns;
  const T *weight = (const T*)job.weight, *bias = (const T*)job.bias;
  T* moments = (T*)job.moments;
  forEachRange(workers, (size_t)job.rows, rowsPerTask(job.columns), [&](size_t from, size_t to) {
    for (size_t r = from; r < to; r++) {
      const T* x = (const T*)job.x + r * n;
      T* y = (T*)job.y + r * n;
      T mean = 0;
      if (!job.rms) {
        Vec<T> sum = {};
        eachOf<T>(n, [&](auto&& read, auto&&) { sum += read(x); });
        mean = sumLanes<T>(sum) / (T)n;
      }
      // Around the mean, in a second walk: the difference of two large sums would lose what matters.
      const Vec<T> m = splat<T>(mean);
      Vec<T> squares = {};
      size_t whole = n - n % width<T>;
      for (size_t i = 0; i < whole; i += width<T>) {
        const Vec<T> d = load<T>(x + i) - m;
        squares += d * d;
      }
      T rest = 0;
      for (size_t i = whole; i < n; i++) rest += (x[i] - mean) * (x[i] - mean);
      const T scale = reciprocalRoot<T>(((double)sumLanes<T>(squares) + rest) / (double)n + job.epsilon);
      moments[r] = mean;
      moments[(size_t)job.rows + r] = scale;
      const Vec<T> s = splat<T>(scale);
      eachOf<T>(n, [&](auto&& read, auto&& write) {
        Vec<T> v = (read(x) - m) * s;
        if (weight) v *= read(weight);
        if (bias) v += read(bias);
        write(y, v);
      });
    }
  });
}

/** The gradient of a row by its input, and the row's share in those of weight and bias. */
template <class T>
ALWAYS_INLINE void normalizeGradRow(const NormalizeJob& job, size_t r, T* weightSum, T* biasSum) {
  const size_t n = (size_t)job.columns;
  const T *x = (const T*)job.x + r * n, *dy = (const T*)job.dy + r * n, *weight = (const T*)job.weight;
  const T* moments = (const T*)job.moments;
  T* dx = (T*)job.dx + r * n;
  const Vec<T> m = splat<T>(moments[r]), s = splat<T>(moments[(size_t)job.rows + r]);
  Vec<T> sum = {}, dot = {};
  eachOf<T>(n, [&](auto&& read, auto&& write) {
    const Vec<T> unit = (read(x) - m) * s, d = read(dy);
    const Vec<T> g = weight ? d * read(weight) : d;
    // Lanes beyond the row have g = 0.
    sum += g;
    dot += g * unit;
    if (weightSum) write(weightSum, read(weightSum) + d * unit);
    if (biasSum) write(biasSum, read(biasSum) + d);
  });
  const Vec<T> meanOfG = splat<T>(job.rms ? (T)0 : sumLanes<T>(sum) / (T)n), meanOfDot = splat<T>(sumLanes<T>(dot) / (T)n);
  eachOf<T>(n, [&](auto&& read, auto&& write) {
    const Vec<T> unit = (read(x) - m) * s, d = read(dy);
    const Vec<T> g = weight ? d * read(weight) : d;
    write(dx, (g - meanOfG - unit * meanOfDot) * s);
  });
}

template <class T>
inline bool normalizeGradRows(const NormalizeJob& job, Workers& workers) {
  const size_t n = (size_t)job.columns, rows = (size_t)job.rows;
  const size_t perTask = most(rowsPerTask(job.columns), ceilDiv(rows, 64)), tasks = ceilDiv(rows, perTask);
  const size_t stride = roundUp(n, 16);
  T* sums = job.dweight || job.dbias ? (T*)workers.scratch((2 * most(1, tasks) * stride + 16) * sizeof(T)) : nullptr;
  if ((job.dweight || job.dbias) && !sums) return false;
  forEachTask(workers, tasks, [&](size_t task) {
    T *weightSum = job.dweight ? sums + 2 * task * stride : nullptr, *biasSum = job.dbias ? sums + (2 * task + 1) * stride : nullptr;
    if (weightSum) memset(weightSum, 0, n * sizeof(T));
    if (biasSum) memset(biasSum, 0, n * sizeof(T));
    for (size_t r = task * perTask; r < least(rows, (task + 1) * perTask); r++) normalizeGradRow<T>(job, r, weightSum, biasSum);
  });
  forEachRange(workers, n, 1024, [&](size_t from, size_t to) {
    for (size_t c = from; c < to; c++) {
      T weightSum = 0, biasSum = 0;
      for (size_t task = 0; task < tasks; task++) {
        if (job.dweight) weightSum += sums[2 * task * stride + c];
        if (job.dbias) biasSum += sums[(2 * task + 1) * stride + c];
      }
      if (job.dweight) ((T*)job.dweight)[c] = weightSum;
      if (job.dbias) ((T*)job.dbias)[c] = biasSum;
    }
  });
  return true;
}

inline void normalize(const NormalizeJob& job, Workers& workers) {
  job.wide ? normalizeRows<double>(job, workers) : normalizeRows<float>(job, workers);
}
inline bool normalizeGrad(const NormalizeJob& job, Workers& workers) {
  return job.wide ? normalizeGradRows<double>(job, workers) : normalizeGradRows<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
