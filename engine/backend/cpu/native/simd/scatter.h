// One element by index for every position of an axis, and the way back: set or add at the index.
#pragma once
#include "take.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/**
 * Calls `body(whole, part)` with the element numbers of every position, those of one line in order, and before that
 * `prepare(first, n)` for every run of elements of the lines: they are in the cache then.
 */
template <class Prepare, class Body>
inline void forEachIndexed(const ScatterJob& job, Workers& workers, const Prepare& prepare, const Body& body) {
  const size_t axis = (size_t)job.axis, inner = (size_t)job.inner, count = (size_t)job.count;
  const size_t longer = most(1, most(axis, count));
  // A task owns whole lines of the target, so that an index met twice is handled in order by one thread.
  const size_t columns = most(1, least(inner, 16384 / longer)), panels = ceilDiv(inner, columns);
  forEachRange(workers, (size_t)job.outer * panels, most(1, 16384 / (columns * longer)), [&](size_t from, size_t to) {
    for (size_t task = from; task < to; task++) {
      const size_t outer = task / panels, first = task % panels * columns, end = least(inner, first + columns);
      const int32_t* const index = job.index;
      if (columns == inner) prepare(outer * axis * inner, axis * inner);
      else for (size_t i = 0; i < axis; i++) prepare((outer * axis + i) * inner + first, end - first);
      if (inner == 1) {
        const size_t line = outer * count, start = outer * axis, stop = line + count;
        const int64_t length = (int64_t)axis;
        int32_t signs = 0;
        for (size_t part = line; part < stop; part++) signs |= index[part];
        // Most indices count from the start, and then the loop is half as long.
        if (signs >= 0) for (size_t part = line; part < stop; part++) body(start + (size_t)index[part], part);
        else for (size_t part = line; part < stop; part++) body(start + fromEnd(index[part], length), part);
        continue;
      }
      for (size_t k = 0; k < count; k++) {
        const size_t part = (outer * count + k) * inner;
        for (size_t j = first; j < end; j++) {
          body((outer * axis + fromEnd(index[part + j], (int64_t)axis)) * inner + j, part + j);
        }
      }
    }
  });
}

template <class E>
inline void gatherAs(const ScatterJob& job, Workers& workers) {
  const E* const whole = (const E*)job.whole;
  E* const part = (E*)job.part;
  if (job.inner == 1) {
    takeElements(whole, job.index, true, part, (size_t)job.outer, (size_t)job.axis, (size_t)job.count, workers);
    return;
  }
  forEachIndexed(job, workers, [](size_t, size_t) {}, [=](size_t w, size_t p) { part[p] = whole[w]; });
}

/** The elements that are there before any is set or added. */
template <class E>
inline auto startOf(const ScatterJob& job) {
  return [whole = (E*)job.whole, base = (const E*)job.base](size_t first, size_t n) {
    if (base) memcpy(whole + first, base + first, n * sizeof(E));
    else memset(whole + first, 0, n * sizeof(E));
  };
}

template <class E>
inline void scatterSetAs(const ScatterJob& job, Workers& workers) {
  E* const whole = (E*)job.whole;
  const E* const part = (const E*)job.part;
  forEachIndexed(job, workers, startOf<E>(job), [=](size_t w, size_t p) { whole[w] = part[p]; });
}

template <class E>
inline void scatterAddAs(const ScatterJob& job, Workers& workers) {
  E* const whole = (E*)job.whole;
  const E* const part = (const E*)job.part;
  forEachIndexed(job, workers, startOf<E>(job), [=](size_t w, size_t p) { whole[w] = sumOf(whole[w], part[p]); });
}

typedef void (*Scatter)(const ScatterJob&, Workers&);

inline void gather(const ScatterJob& job, Workers& workers) {
  const auto choose = [](DType dtype) -> Scatter { FOR_SIZE(dtype, gatherAs) };
  choose(job.dtype)(job, workers);
}

inline void scatter(const ScatterJob& job, Workers& workers) {
  const auto set = [](DType dtype) -> Scatter { FOR_SIZE(dtype, scatterSetAs) };
  const auto add = [](DType dtype) -> Scatter { FOR_DTYPE(dtype, scatterAddAs) };
  job.add ? add(job.dtype)(job, workers) : set(job.dtype)(job, workers);
}

/** Rows at an index replaced; of an index met twice the last stays. */
inline void put(const TakeJob& job, Workers& workers) {
  const size_t bytes = sizeOf(job.dtype), inner = (size_t)job.inner, count = (size_t)job.count;
  const size_t columns = least(inner, most(64, 65536 / count)), panels = ceilDiv(inner, columns);
  forEachTask(workers, (size_t)job.outer * panels, [&](size_t task) {
    const size_t outer = task / panels, first = task % panels * columns, n = least(columns, inner - first);
    for (size_t i = 0; i < count; i++) {
      const size_t row = outer * (size_t)job.axis + fromEnd(job.index[i], job.axis);
      memcpy(job.to + (row * inner + first) * bytes, job.from + ((outer * count + i) * inner + first) * bytes, n * bytes);
    }
  });
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
