// Rows by index, and the gradient of that.
#pragma once
#include "convert.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

inline size_t fromEnd(int32_t index, int64_t axis) { return (size_t)(index < 0 ? index + axis : index); }

/** Single elements, moved as unsigned integers of their size: a call of memcpy for each would cost more than the move. */
template <class E>
inline void takeElements(const TakeJob& job, Workers& workers) {
  const size_t count = (size_t)job.count, axis = (size_t)job.axis, grain = 16384;
  const size_t pieces = ceilDiv(count, grain);
  forEachRange(workers, (size_t)job.outer * pieces, most(1, grain / least(count, grain)), [&](size_t from, size_t to) {
    for (size_t task = from; task < to; task++) {
      const size_t outer = task / pieces, first = task % pieces * grain, end = least(count, first + grain);
      const E* const source = (const E*)job.from + outer * axis;
      E* const out = (E*)job.to + outer * count;
      const int32_t* const index = job.index;
      for (size_t i = first; i < end; i++) out[i] = source[fromEnd(index[i], (int64_t)axis)];
    }
  });
}

/** The element types by size: moving does not look inside. */
#define FOR_SIZE(dtype, call) \
  switch (sizeOf(dtype)) {    \
    case 1:                   \
      return call<uint8_t>;   \
    case 2:                   \
      return call<uint16_t>;  \
    case 4:                   \
      return call<uint32_t>;  \
    default:                  \
      return call<uint64_t>;  \
  }

inline void take(const TakeJob& job, Workers& workers) {
  if (job.inner == 1) {
    typedef void (*Take)(const TakeJob&, Workers&);
    const auto choose = [](DType dtype) -> Take { FOR_SIZE(dtype, takeElements) };
    return choose(job.dtype)(job, workers);
  }
  const size_t rowBytes = (size_t)job.inner * sizeOf(job.dtype);
  const size_t count = (size_t)job.count;
  forEachRange(workers, (size_t)job.outer * count, most(1, 65536 / most(1, rowBytes)), [&](size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
      const size_t row = i / count * (size_t)job.axis + fromEnd(job.index[i % count], job.axis);
      memcpy(job.to + i * rowBytes, job.from + row * rowBytes, rowBytes);
    }
  });
}

template <class C>
inline void takeAddAs(const TakeJob& job, Workers& workers) {
  enum { size = 512 };
  const auto load = Convert<C>::loader(job.dtype);
  const auto store = Convert<C>::storer(job.dtype);
  const size_t bytes = sizeOf(job.dtype), inner = (size_t)job.inner, count = (size_t)job.count;
  // A task owns some columns of one target slab, so that an index met twice is added in order by one thread.
  const size_t columns = most(64, least(size, 65536 / most(1, count)));
  const size_t pieces = ceilDiv(inner, columns);
  forEachTask(workers, (size_t)job.outer * pieces, [&](size_t task) {
    C sum[size], term[size];
    const size_t outer = task / pieces, first = task % pieces * columns, n = least(columns, inner - first);
    for (size_t i = 0; i < count; i++) {
      const size_t row = outer * (size_t)job.axis + fromEnd(job.index[i], job.axis);
      char* target = job.to + (row * inner + first) * bytes;
      load(target, 1, n, sum);
      load(job.from + ((outer * count + i) * inner + first) * bytes, 1, n, term);
      for (size_t j = 0; j < n; j++) sum[j] += term[j];
      store(sum, n, target, 1);
    }
  });
}

inline void takeAdd(const TakeJob& job, Workers& workers) {
  const bool wide = job.dtype == float64 || job.dtype == int32 || job.dtype == int64 || job.dtype == uint32;
  wide ? takeAddAs<double>(job, workers) : takeAddAs<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
