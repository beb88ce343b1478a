// The bits of integers. These cannot go through a tape, which computes in float and double and would lose the high bits of int64.
#pragma once
#include "convert.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Shifted by as many bits as there are or more, nothing is left but the sign; a negative shift counts as too far. */
template <class E>
ALWAYS_INLINE E shiftLeft(E a, E b) {
  return b < 0 || (uint64_t)b >= 8 * sizeof(E) ? (E)0 : (E)((uint64_t)a << (uint64_t)b);
}
template <class E>
ALWAYS_INLINE E shiftRight(E a, E b) {
  return b < 0 || (uint64_t)b >= 8 * sizeof(E) ? (E)(a < 0 ? -1 : 0) : (E)(a >> b);
}

template <class E>
inline void bitwiseRun(int kind, const E* a, const E* b, E* out, size_t n) {
  switch (kind) {
    case 0:
      for (size_t i = 0; i < n; i++) out[i] = a[i] & b[i];
      return;
    case 1:
      for (size_t i = 0; i < n; i++) out[i] = a[i] | b[i];
      return;
    case 2:
      for (size_t i = 0; i < n; i++) out[i] = a[i] ^ b[i];
      return;
    case 3:
      for (size_t i = 0; i < n; i++) out[i] = ~a[i];
      return;
    case 4:
      for (size_t i = 0; i < n; i++) out[i] = shiftLeft(a[i], b[i]);
      return;
    default:
      for (size_t i = 0; i < n; i++) out[i] = shiftRight(a[i], b[i]);
  }
}

template <class E>
inline void bitwiseAs(const BitwiseJob& job, Workers& workers) {
  forEachRange(workers, job.n, 1 << 16, [&](size_t from, size_t to) {
    bitwiseRun<E>(job.kind, (const E*)job.a + from, (const E*)job.b + from, (E*)job.out + from, to - from);
  });
}

inline void bitwise(const BitwiseJob& job, Workers& workers) {
  switch (job.dtype) {
    case int8:
      return bitwiseAs<int8_t>(job, workers);
    case int32:
      return bitwiseAs<int32_t>(job, workers);
    case int64:
      return bitwiseAs<int64_t>(job, workers);
    case uint32:
      return bitwiseAs<uint32_t>(job, workers);
    default:
      return bitwiseAs<uint8_t>(job, workers);
  }
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
