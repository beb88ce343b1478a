// Rows by index, and the gradient of that.
#pragma once
#include "convert.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

ALWAYS_INLINE size_t fromEnd(int32_t index, int64_t axis) { return (size_t)(index + (axis & -(int64_t)(index < 0))); }

/** out[i] = source[index[i]], moved as unsigned integers of their size: a call of memcpy for each would cost more than the move. */
template <class E>
inline void takeLine(const E* source, const int32_t* index, E* out, size_t n, int64_t axis) {
  size_t i = 0;
#if defined(__AVX512F__)
  if constexpr (sizeof(E) == 4) {
    const __m512i length = _mm512_set1_epi32((int32_t)axis);
    const size_t whole = axis <= INT32_MAX ? n / 16 * 16 : 0;
    for (; i < whole; i += 16) {
      const __m512i given = _mm512_loadu_si512(index + i);
      const __mmask16 negative = _mm512_cmplt_epi32_mask(given, _mm512_setzero_si512());
      const __m512i place = _mm512_mask_add_epi32(given, negative, given, length);
      _mm512_storeu_si512(out + i, _mm512_i32gather_epi32(place, source, 4));
    }
  }
#endif
  for (; i < n; i++) out[i] = source[fromEnd(index[i], axis)];
}

/** From every line of `axis` elements `count` single ones, by one index for all lines or by one for each. */
template <class E>
inline void takeElements(const E* from, const int32_t* index, bool ownIndex, E* to, size_t lines, size_t axis, size_t count, Workers& workers) {
  const size_t grain = 16384, pieces = ceilDiv(count, grain);
  forEachRange(workers, lines * pieces, most(1, grain / least(count, grain)), [&](size_t begin, size_t stop) {
    for (size_t task = begin; task < stop; task++) {
      const size_t line = task / pieces, first = task % pieces * grain, n = least(count, first + grain) - first;
      takeLine(from + line * axis, index + (ownIndex ? line * count : 0) + first, to + line * count + first, n, (int64_t)axis);
    }
  });
}

template <class E>
inline void takeSingle(const TakeJob& job, Workers& workers) {
  takeElements((const E*)job.from, job.index, false, (E*)job.to, (size_t)job.outer, (size_t)job.axis, (size_t)job.count, workers);
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
    const auto choose = [](DType dtype) -> Take { FOR_SIZE(dtype, takeSingle) };
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

template <class E>
ALWAYS_INLINE E sumOf(E a, E b) {
  return Narrow<E>::from(widen<double>(a) + widen<double>(b));
}
ALWAYS_INLINE float sumOf(float a, float b) { return a + b; }

/** Single elements: a task owns whole lines, so that an index met twice is added in order by one thread. */
template <class E>
inline void takeAddSingle(const TakeJob& job, Workers& workers) {
  const size_t count = (size_t)job.count, axis = (size_t)job.axis;
  forEachRange(workers, (size_t)job.outer, most(1, 16384 / count), [&](size_t begin, size_t end) {
    for (size_t line = begin; line < end; line++) {
      E* const target = (E*)job.to + line * axis;
      const E* const source = (const E*)job.from + line * count;
      for (size_t i = 0; i < count; i++) {
        E& sum = target[fromEnd(job.index[i], job.axis)];
        sum = sumOf(sum, source[i]);
      }
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
  if (job.inner == 1) {
    typedef void (*TakeAdd)(const TakeJob&, Workers&);
    const auto choose = [](DType dtype) -> TakeAdd { FOR_DTYPE(dtype, takeAddSingle) };
    return choose(job.dtype)(job, workers);
  }
  const bool wide = job.dtype == float64 || job.dtype == int32 || job.dtype == int64 || job.dtype == uint32;
  wide ? takeAddAs<double>(job, workers) : takeAddAs<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
