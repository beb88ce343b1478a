// Softmax and cross-entropy over dense rows, each row read while it is in cache.
#pragma once
#include "parallel.h"
#include "reduce.h"
#include "transcendental.h"

namespace gradbook {
namespace GRADBOOK_ISA {

inline size_t rowsPerTask(int64_t columns) { return most(1, 16384 / most(1, (size_t)columns)); }

/** Visits a row by vectors; the last, partial one comes with the number of its valid lanes. */
template <class T, class Whole, class Rest>
ALWAYS_INLINE void eachVector(size_t n, const Whole& whole, const Rest& rest) {
  constexpr int W = width<T>;
  size_t i = 0;
  for (; i + W <= n; i += W) whole(i);
  if (i < n) rest(i, n - i);
}

template <class T>
ALWAYS_INLINE T rowMax(const T* x, size_t n) {
  return foldChunk<T, Maximum>(x, n);
}

/** Sum of exp(x - shift); with `out`, the exponentials are kept there. */
template <class T>
ALWAYS_INLINE T sumOfExponentials(const T* x, size_t n, T shift, T* out) {
  Vec<T> sum = {};
  const Vec<T> by = splat<T>(shift);
  eachVector<T>(
      n,
      [&](size_t i) {
        const Vec<T> e = exponential(load<T>(x + i) - by);
        if (out) store<T>(out + i, e);
        sum += e;
      },
      [&](size_t i, size_t left) {
        const Vec<T> e = exponential(loadFirst<T>(x + i, left, -(T)__builtin_inff()) - by);
        if (out) storeFirst<T>(out + i, e, left);
        sum += e;
      });
  return sumLanes<T>(sum);
}

/** y = x * factor + term over a row; y may be x. */
template <class T>
ALWAYS_INLINE void scaleRow(const T* x, size_t n, T factor, T term, T* y) {
  const Vec<T> f = splat<T>(factor), t = splat<T>(term);
  eachVector<T>(
      n, [&](size_t i) { store<T>(y + i, load<T>(x + i) * f + t); },
      [&](size_t i, size_t left) { storeFirst<T>(y + i, loadFirst<T>(x + i, left, 0) * f + t, left); });
}

inline float logOfScalar(float x) { return logarithm(splat<float>(x))[0]; }
inline double logOfScalar(double x) { return ::log(x); }

template <class T>
inline void softmaxRows(const RowsJob& job, Workers& workers) {
  const size_t n = (size_t)job.columns;
  forEachRange(workers, (size_t)job.rows, rowsPerTask(job.columns), [&](size_t from, size_t to) {
    for (size_t r = from; r < to; r++) {
      const T* x = (const T*)job.first + r * n;
      T* y = (T*)job.second + r * n;
      const T top = rowMax(x, n);
      if (job.kind == 0) {
        const T scale = 1 / sumOfExponentials<T>(x, n, top, y);
        scaleRow<T>(y, n, scale, 0, y);
      } else {
        const T shift = top + logOfScalar(sumOfExponentials<T>(x, n, top, nullptr));
        scaleRow<T>(x, n, 1, -shift, y);
      }
    }
  });
}

template <class T>
inline void softmaxGradRows(const RowsJob& job, Workers& workers) {
  const size_t n = (size_t)job.columns;
  forEachRange(workers, (size_t)job.rows, rowsPerTask(job.columns), [&](size_t from, size_t to) {
    for (size_t r = from; r < to; r++) {
      const T* y = (const T*)job.first + r * n;
      const T* dy = (const T*)job.second + r * n;
      T* dx = (T*)job.third + r * n;
      Vec<T> sum = {};
      const bool logarithmic = job.kind != 0;
      eachVector<T>(
          n, [&](size_t i) { sum += logarithmic ? load<T>(dy + i) : load<T>(y + i) * load<T>(dy + i); },
          [&](size_t i, size_t left) {
            const Vec<T> d = loadFirst<T>(dy + i, left, 0);
            sum += logarithmic ? d : loadFirst<T>(y + i, left, 0) * d;
          });
      const Vec<T> total = splat<T>(sumLanes<T>(sum));
      // softmax: y (dy - sum(y dy)); log-softmax: dy - exp(y) sum(dy).
      const auto gradient = [&](Vec<T> v, Vec<T> d) { return logarithmic ? d - exponential(v) * total : v * (d - total); };
      eachVector<T>(
          n, [&](size_t i) { store<T>(dx + i, gradient(load<T>(y + i), load<T>(dy + i))); },
          [&](size_t i, size_t left) {
            storeFirst<T>(dx + i, gradient(loadFirst<T>(y + i, left, 0), loadFirst<T>(dy + i, left, 0)), left);
          });
    }
  });
}

template <class T>
inline void crossEntropyRows(const RowsJob& job, Workers& workers) {
  const size_t n = (size_t)job.columns;
  forEachRange(workers, (size_t)job.rows, rowsPerTask(job.columns), [&](size_t from, size_t to) {
    for (size_t r = from; r < to; r++) {
      const T* x = (const T*)job.first + r * n;
      const T top = rowMax(x, n);
      const T sum = sumOfExponentials<T>(x, n, top, nullptr);
      ((T*)job.second)[r] = logOfScalar(sum) - (x[job.labels[r]] - top);
    }
  });
}

template <class T>
inline void crossEntropyGradRows(const RowsJob& job, Workers& workers) {
  const size_t n = (size_t)job.columns;
  forEachRange(workers, (size_t)job.rows, rowsPerTask(job.columns), [&](size_t from, size_t to) {
    for (size_t r = from; r < to; r++) {
      const T* x = (const T*)job.first + r * n;
      T* dx = (T*)job.third + r * n;
      const T upstream = ((const T*)job.second)[r];
      const T sum = sumOfExponentials<T>(x, n, rowMax(x, n), dx);
      const T scale = upstream / sum;
      scaleRow<T>(dx, n, scale, 0, dx);
      dx[job.labels[r]] -= upstream;
    }
  });
}

inline void softmax(const RowsJob& job, Workers& workers) {
  job.wide ? softmaxRows<double>(job, workers) : softmaxRows<float>(job, workers);
}
inline void softmaxGrad(const RowsJob& job, Workers& workers) {
  job.wide ? softmaxGradRows<double>(job, workers) : softmaxGradRows<float>(job, workers);
}
inline void crossEntropy(const RowsJob& job, Workers& workers) {
  job.wide ? crossEntropyRows<double>(job, workers) : crossEntropyRows<float>(job, workers);
}
inline void crossEntropyGrad(const RowsJob& job, Workers& workers) {
  job.wide ? crossEntropyGradRows<double>(job, workers) : crossEntropyGradRows<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
