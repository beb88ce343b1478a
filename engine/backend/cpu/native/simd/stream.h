// Stores that go past the caches. A large result written the usual way is first read from memory, only to be overwritten, and
// drives out what the next kernel needs. A sum of a million elements takes 150 us past the caches, whichever block it goes to;
// the usual way 150 us into a block that is still in cache, 270 us into one of eight in turn (huge pages, one thread).
#pragma once
#include "../commands.h"
#include "vec.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Whether this instruction set has such stores. */
#if defined(__SSE2__)
constexpr bool canStream = true;
#else
constexpr bool canStream = false;
#endif

template <class T>
inline bool streams(size_t elements) {
  return canStream && elements * sizeof(T) >= streamedBytes;
}

/** Needs `to` at a whole vector. Other threads see the value after `endStream`. */
template <class T>
ALWAYS_INLINE void streamStore(T* to, Vec<T> v) {
#if defined(__AVX512F__)
  _mm512_stream_si512((__m512i*)to, (__m512i)v);
#elif defined(__AVX2__)
  _mm256_stream_si256((__m256i*)to, (__m256i)v);
#elif defined(__SSE2__)
  _mm_stream_si128((__m128i*)to, (__m128i)v);
#else
  store<T>(to, v);
#endif
}

/** Orders the stores of this thread before whatever it does next. */
ALWAYS_INLINE void endStream() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

template <class T>
ALWAYS_INLINE bool atVector(const T* p) {
  return (uintptr_t)p % VECTOR_BYTES == 0;
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
