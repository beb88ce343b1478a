// Running sums, products and extremes along an axis. They are computed in double, one after the other, so that the result does
// not depend on anything but the data.
#pragma once
#include <math.h>

#include "convert.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** log(exp(a) + exp(b)) without overflow. */
inline double logAddExp(double a, double b) {
  if (a != a || b != b) return a + b;
  const double high = a > b ? a : b, low = a > b ? b : a;
  if (high == low && high - high != 0) return high;  // both the same infinity
  return high + log1p(exp(low - high));
}

struct ScanSum {
  static constexpr double start = 0;
  static ALWAYS_INLINE bool step(double& run, double x) { return run += x, true; }
};
struct ScanProduct {
  static constexpr double start = 1;
  static ALWAYS_INLINE bool step(double& run, double x) { return run *= x, true; }
};
// An extreme says whether x became it: a NaN does and stays, and of equal ones the last, as in PyTorch.
struct ScanMax {
  static constexpr double start = -__builtin_inf();
  static ALWAYS_INLINE bool step(double& run, double x) {
    const bool taken = x != x || x >= run;
    if (taken) run = x;
    return taken;
  }
};
struct ScanMin {
  static constexpr double start = __builtin_inf();
  static ALWAYS_INLINE bool step(double& run, double x) {
    const bool taken = x != x || x <= run;
    if (taken) run = x;
    return taken;
  }
};
struct ScanLogSumExp {
  static constexpr double start = -__builtin_inf();
  static ALWAYS_INLINE bool step(double& run, double x) { return run = logAddExp(run, x), true; }
};

enum { scanPanel = 256 };

/** One line along the axis, whose elements lie side by side: a panel holds a part of the line. */
template <class Kind>
inline void scanLine(const ScanJob& job, size_t first) {
  const auto load = Convert<double>::loader(job.in.dtype);
  const auto store = Convert<double>::storer(job.out.dtype);
  const size_t inBytes = sizeOf(job.in.dtype), outBytes = sizeOf(job.out.dtype), axis = (size_t)job.axis;
  double values[scanPanel];
  double run = Kind::start;
  int32_t chosen = 0;
  for (size_t done = 0; done < axis; done += scanPanel) {
    const size_t n = least(scanPanel, axis - done), at = job.reverse ? axis - done - n : done;
    load(job.in.data + (first + at) * inBytes, 1, n, values);
    for (size_t i = 0; i < n; i++) {
      const size_t j = job.reverse ? n - 1 - i : i;
      if (Kind::step(run, values[j])) chosen = (int32_t)(at + j);
      values[j] = run;
      if (job.index) job.index[first + at + j] = chosen;
    }
    store(values, n, job.out.data + (first + at) * outBytes, 1);
  }
}

/** Several lines side by side, `inner` apart along the axis: a panel holds one element of each. */
template <class Kind>
inline void scanLines(const ScanJob& job, size_t first, size_t lines) {
  const auto load = Convert<double>::loader(job.in.dtype);
  const auto store = Convert<double>::storer(job.out.dtype);
  const size_t inBytes = sizeOf(job.in.dtype), outBytes = sizeOf(job.out.dtype), axis = (size_t)job.axis;
  double values[scanPanel], run[scanPanel];
  int32_t chosen[scanPanel];
  for (size_t j = 0; j < lines; j++) run[j] = Kind::start, chosen[j] = 0;
  for (size_t i = 0; i < axis; i++) {
    const size_t k = job.reverse ? axis - 1 - i : i, at = first + k * (size_t)job.inner;
    load(job.in.data + at * inBytes, 1, lines, values);
    for (size_t j = 0; j < lines; j++) {
      if (Kind::step(run[j], values[j])) chosen[j] = (int32_t)k;
    }
    store(run, lines, job.out.data + at * outBytes, 1);
    if (job.index) memcpy(job.index + at, chosen, lines * sizeof(int32_t));
  }
}

template <class Kind>
inline void scanAs(const ScanJob& job, Workers& workers) {
  const size_t outer = (size_t)job.outer, axis = (size_t)job.axis, inner = (size_t)job.inner;
  if (inner == 1) {
    forEachRange(workers, outer, most(1, 16384 / axis), [&](size_t from, size_t to) {
      for (size_t i = from; i < to; i++) scanLine<Kind>(job, i * axis);
    });
    return;
  }
  const size_t panels = ceilDiv(inner, scanPanel);
  forEachRange(workers, outer * panels, most(1, 16384 / (axis * least(inner, scanPanel))), [&](size_t from, size_t to) {
    for (size_t task = from; task < to; task++) {
      const size_t column = task % panels * scanPanel;
      scanLines<Kind>(job, task / panels * axis * inner + column, least(scanPanel, inner - column));
    }
  });
}

inline void scan(const ScanJob& job, Workers& workers) {
  switch (job.kind) {
    case 0:
      return scanAs<ScanSum>(job, workers);
    case 1:
      return scanAs<ScanProduct>(job, workers);
    case 2:
      return scanAs<ScanMax>(job, workers);
    case 3:
      return scanAs<ScanMin>(job, workers);
    default:
      return scanAs<ScanLogSumExp>(job, workers);
  }
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
