// A tensor with a border: rows of the output are copied whole, with their ends.
#pragma once
#include "take.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** The place inside [0, length) that a place of a border shows, or -1 where a constant stands. */
static inline int64_t shownAt(int mode, int64_t i, int64_t length) {
  if (i >= 0 && i < length) return i;
  switch (mode) {
    case pad_reflect:
      return i < 0 ? -i : 2 * (length - 1) - i;
    case pad_replicate:
      return i < 0 ? 0 : length - 1;
    case pad_circular:
      return i < 0 ? i + length : i - length;
  }
  return -1;
}

template <class E>
inline void padAs(const PadJob& job, Workers& workers) {
  const int last = job.rank - 1;
  int64_t strides[maxRank], rows = 1;
  for (int64_t axis = last, step = 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= job.axes[axis].length;
    if (axis < last) rows *= job.axes[axis].whole();
  }
  const PadAxis own = job.axes[last];
  const int64_t width = own.whole();
  const E value = job.value ? *(const E*)job.value : E();
  const size_t grain = most(1, 16384 / (size_t)most(1, (size_t)width));
  forEachRange(workers, (size_t)rows, grain, [&](size_t begin, size_t end) {
    int64_t place[maxRank], rest = (int64_t)begin;
    for (int axis = last - 1; axis >= 0; axis--) {
      place[axis] = rest % job.axes[axis].whole();
      rest /= job.axes[axis].whole();
    }
    for (size_t row = begin; row < end; row++) {
      E* const out = (E*)job.out + (int64_t)row * width;
      int64_t from = 0;
      bool outside = false;
      for (int axis = 0; axis < last; axis++) {
        const int64_t shown = shownAt(job.mode, place[axis] - job.axes[axis].before, job.axes[axis].length);
        outside |= shown < 0;
        from += shown * strides[axis];
      }
      for (int axis = last - 1; axis >= 0; axis--) {
        if (++place[axis] < job.axes[axis].whole()) break;
        place[axis] = 0;
      }
      if (outside) {
        for (int64_t j = 0; j < width; j++) out[j] = value;
        continue;
      }
      const E* const in = (const E*)job.in + from;
      const auto edge = [&](int64_t j) {
        const int64_t shown = shownAt(job.mode, j - own.before, own.length);
        out[j] = shown < 0 ? value : in[shown];
      };
      for (int64_t j = 0; j < own.before; j++) edge(j);
      memcpy(out + own.before, in, (size_t)own.length * sizeof(E));
      for (int64_t j = own.before + own.length; j < width; j++) edge(j);
    }
  });
}

inline void pad(const PadJob& job, Workers& workers) {
  typedef void (*Pad)(const PadJob&, Workers&);
  const auto choose = [](DType dtype) -> Pad { FOR_SIZE(dtype, padAs) };
  choose(job.dtype)(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
