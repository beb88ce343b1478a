// Where values would stand in sorted rows, by bisection.
#pragma once
#include "convert.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** What a type is compared as: integers exactly. */
template <class E>
struct Compared {
  typedef double Type;
};
template <>
struct Compared<int64_t> {
  typedef int64_t Type;
};

// NaN is larger than everything, as in sorting.
ALWAYS_INLINE bool precedes(double a, double b) { return a < b || (b != b && a == a); }
ALWAYS_INLINE bool precedes(int64_t a, int64_t b) { return a < b; }

template <class E>
inline void searchAs(const SearchJob& job, Workers& workers) {
  typedef typename Compared<E>::Type C;
  const size_t length = (size_t)job.length, count = (size_t)job.count;
  forEachRange(workers, (size_t)job.rows * count, 4096, [&](size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
      const E* const sorted = (const E*)job.sorted + i / count * length;
      const C x = widen<C>(((const E*)job.values)[i]);
      size_t low = 0, high = length;
      while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const C y = widen<C>(sorted[middle]);
        if (job.right ? !precedes(x, y) : precedes(y, x)) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      job.out[i] = (int32_t)low;
    }
  });
}

inline void search(const SearchJob& job, Workers& workers) {
  typedef void (*Search)(const SearchJob&, Workers&);
  const auto choose = [](DType dtype) -> Search { FOR_DTYPE(dtype, searchAs) };
  choose(job.dtype)(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
