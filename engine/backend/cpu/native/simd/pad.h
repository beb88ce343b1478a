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

/** Where in a row of the input a border of the output comes from: number j of it is element start + j * step. */
struct Border {
  int64_t start, step;
};

static inline Border borderBefore(int mode, const PadAxis& axis) {
  if (mode == pad_reflect) return {axis.before, -1};
  return mode == pad_circular ? Border{axis.length - axis.before, 1} : Border{0, 0};
}

static inline Border borderBehind(int mode, const PadAxis& axis) {
  if (mode == pad_reflect) return {axis.length - 2, -1};
  return mode == pad_circular ? Border{0, 1} : Border{axis.length - 1, 0};
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
  const bool constant = job.mode == pad_constant;
  const Border before = borderBefore(job.mode, own), behind = borderBehind(job.mode, own);
  const size_t grain = most(1, 16384 / (size_t)most(1, (size_t)width));
  forEachRange(workers, (size_t)rows, grain, [&](size_t begin, size_t end) {
    int64_t place[maxRank], rest = (int64_t)begin;
    for (int axis = last - 1; axis >= 0; axis--) {
      place[axis] = rest % job.axes[axis].whole();
      rest /= job.axes[axis].whole();
    }
    // What the axes from the first up to this one add to the place in the input; below 0 where a constant stands.
    int64_t from[maxRank] = {};
    int changed = 0;
    for (size_t row = begin; row < end; row++) {
      for (int axis = changed; axis < last; axis++) {
        const int64_t above = axis ? from[axis - 1] : 0;
        const int64_t shown = shownAt(job.mode, place[axis] - job.axes[axis].before, job.axes[axis].length);
        from[axis] = above < 0 || shown < 0 ? -1 : above + shown * strides[axis];
      }
      for (changed = last - 1; changed > 0; changed--) {
        if (++place[changed] < job.axes[changed].whole()) break;
        place[changed] = 0;
      }
      if (changed <= 0) {
        changed = 0;
        if (last > 0) place[0]++;
      }
      E* const out = (E*)job.out + (int64_t)row * width;
      const int64_t start = last ? from[last - 1] : 0;
      if (start < 0) {
        for (int64_t j = 0; j < width; j++) out[j] = value;
        continue;
      }
      const E* const in = (const E*)job.in + start;
      E* const right = out + own.before + own.length;
      if (constant) {
        for (int64_t j = 0; j < own.before; j++) out[j] = value;
        for (int64_t j = 0; j < own.behind; j++) right[j] = value;
      } else {
        for (int64_t j = 0; j < own.before; j++) out[j] = in[before.start + j * before.step];
        for (int64_t j = 0; j < own.behind; j++) right[j] = in[behind.start + j * behind.step];
      }
      memcpy(out + own.before, in, (size_t)own.length * sizeof(E));
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
