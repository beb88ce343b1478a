// Stable sorting of rows. Elements become unsigned keys that order as they do, and a radix sort moves keys with their places.
#pragma once
#include "convert.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

// 0 and -0 are equal, and NaN is larger than everything, as in PyTorch.
ALWAYS_INLINE uint32_t sortKey(float x) {
  if (x != x) return UINT32_MAX;
  const uint32_t bits = bitsOf(x == 0 ? 0.0f : x);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}
ALWAYS_INLINE uint64_t sortKey(double x) {
  if (x != x) return UINT64_MAX;
  uint64_t bits;
  const double value = x == 0 ? 0.0 : x;
  memcpy(&bits, &value, 8);
  return bits & 0x8000000000000000u ? ~bits : bits | 0x8000000000000000u;
}
ALWAYS_INLINE uint32_t sortKey(Half x) { return sortKey(fromFloat16(x.bits)); }
ALWAYS_INLINE uint32_t sortKey(Brain x) { return sortKey(fromBfloat16(x.bits)); }
ALWAYS_INLINE uint32_t sortKey(Truth x) { return x.bits != 0; }
ALWAYS_INLINE uint32_t sortKey(uint8_t x) { return x; }
ALWAYS_INLINE uint32_t sortKey(int8_t x) { return (uint32_t)(x + 128); }
ALWAYS_INLINE uint32_t sortKey(uint32_t x) { return x; }
ALWAYS_INLINE uint32_t sortKey(int32_t x) { return (uint32_t)x ^ 0x80000000u; }
ALWAYS_INLINE uint64_t sortKey(int64_t x) { return (uint64_t)x ^ 0x8000000000000000u; }

template <class K>
struct Keyed {
  K key;
  uint32_t place;
};

/** Sorts `n` elements of `a`, with room for as many in `b`; returns where they end up. */
template <class K>
inline Keyed<K>* sortKeyed(Keyed<K>* a, Keyed<K>* b, size_t n) {
  if (n <= 48) {
    for (size_t i = 1; i < n; i++) {
      const Keyed<K> x = a[i];
      size_t j = i;
      for (; j > 0 && a[j - 1].key > x.key; j--) a[j] = a[j - 1];
      a[j] = x;
    }
    return a;
  }
  enum { digits = sizeof(K) };
  uint32_t count[digits][256];
  memset(count, 0, sizeof count);
  for (size_t i = 0; i < n; i++) {
    for (int d = 0; d < digits; d++) count[d][a[i].key >> (8 * d) & 255]++;
  }
  for (int d = 0; d < digits; d++) {
    uint32_t* const at = count[d];
    if (at[a[0].key >> (8 * d) & 255] == n) continue;  // all the same: nothing moves
    uint32_t sum = 0;
    for (int i = 0; i < 256; i++) {
      const uint32_t c = at[i];
      at[i] = sum;
      sum += c;
    }
    for (size_t i = 0; i < n; i++) b[at[a[i].key >> (8 * d) & 255]++] = a[i];
    Keyed<K>* const other = a;
    a = b;
    b = other;
  }
  return a;
}

/** The key and place of every element of a row. */
template <class E, class K>
inline void keyRow(const E* in, size_t n, bool descending, Keyed<K>* to) {
  for (size_t i = 0; i < n; i++) {
    const K key = sortKey(in[i]);
    to[i] = {descending ? (K)~key : key, (uint32_t)i};
  }
}

/**
 * Only the elements that may be among the first `kept`, in their order: those whose highest bits are not above the bits of the
 * kept-th. Returns how many.
 */
template <class E, class K>
inline size_t keyCandidates(const E* in, size_t n, bool descending, size_t kept, Keyed<K>* to) {
  enum { bits = 12, shift = 8 * sizeof(K) - bits };
  uint32_t count[1 << bits];
  memset(count, 0, sizeof count);
  const K turn = descending ? (K)~(K)0 : (K)0;
  for (size_t i = 0; i < n; i++) count[(K)(sortKey(in[i]) ^ turn) >> shift]++;
  size_t reached = 0;
  uint32_t last = 0;
  while ((reached += count[last]) < kept) last++;
  size_t found = 0;
  for (size_t i = 0; i < n; i++) {
    const K key = sortKey(in[i]) ^ turn;
    if ((key >> shift) <= last) to[found++] = {key, (uint32_t)i};
  }
  return found;
}

template <class E>
inline bool sortAs(const SortJob& job, Workers& workers) {
  typedef decltype(sortKey(E())) K;
  const size_t rows = (size_t)job.rows, columns = (size_t)job.columns, kept = (size_t)job.kept;
  bool failed = false;
  forEachRange(workers, rows, most(1, 8192 / columns), [&](size_t from, size_t to) {
    Keyed<K>* const room = (Keyed<K>*)workers.local(2 * columns * sizeof(Keyed<K>));
    if (!room) {
      __atomic_store_n(&failed, true, __ATOMIC_RELAXED);
      return;
    }
    for (size_t row = from; row < to; row++) {
      const E* const in = (const E*)job.in + row * columns;
      size_t n = columns;
      // Counting pays where few of many are asked for. Keys of small integers have nothing in their highest bits.
      if (columns > 1024 && kept < columns / 8 && sizeof(E) >= 4) {
        n = keyCandidates(in, columns, job.descending, kept, room);
      } else {
        keyRow(in, columns, job.descending, room);
      }
      const Keyed<K>* const sorted = sortKeyed(room, room + columns, n);
      for (size_t i = 0; i < kept; i++) job.index[row * kept + i] = (int32_t)sorted[i].place;
      if (!job.values) continue;
      E* const out = (E*)job.values + row * kept;
      for (size_t i = 0; i < kept; i++) out[i] = in[sorted[i].place];
    }
  });
  return !failed;
}

inline bool sort(const SortJob& job, Workers& workers) {
  typedef bool (*Sort)(const SortJob&, Workers&);
  const auto choose = [](DType dtype) -> Sort { FOR_DTYPE(dtype, sortAs) };
  return choose(job.dtype)(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
