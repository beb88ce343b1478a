// A tensor with a border: rows of the output are copied whole, with their ends; large outputs go past the caches.
#pragma once
#include "stream.h"
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

typedef uint8_t BytesAt __attribute__((vector_size(VECTOR_BYTES), aligned(1), may_alias));

/**
 * Copies n elements of a row by whole vectors, where both sides have that much room: what is written too much belongs to rows that
 * come later. A call of memcpy costs as much as a short row.
 */
template <class E>
ALWAYS_INLINE void copyRow(E* to, const E* toEnd, const E* from, const E* fromEnd, size_t n) {
  constexpr size_t step = VECTOR_BYTES / sizeof(E);
  const size_t whole = roundUp(n, step);
  if (whole > 16 * step || whole > (size_t)(toEnd - to) || whole > (size_t)(fromEnd - from)) {
    memcpy(to, from, n * sizeof(E));
    return;
  }
  for (size_t j = 0; j < n; j += step) *(BytesAt*)(to + j) = *(const BytesAt*)(from + j);
}

/** Past the caches where the address allows it. */
inline void streamBytes(char* to, const char* from, size_t n) {
  const size_t head = least(n, (size_t)(-(uintptr_t)to % VECTOR_BYTES)), whole = (n - head) / VECTOR_BYTES * VECTOR_BYTES;
  memcpy(to, from, head);
  for (size_t i = head; i < head + whole; i += VECTOR_BYTES) streamStore<float>((float*)(to + i), (FloatVector)(*(const BytesAt*)(from + i)));
  memcpy(to + head + whole, from + head + whole, n - head - whole);
}

/** The rows of an output with borders, one after the other. */
template <class E>
class PaddedRows {
 public:
  explicit PaddedRows(const PadJob& job)
      : job_(job), last_(job.rank - 1), own_(job.axes[last_]), before_(borderBefore(job.mode, own_)), behind_(borderBehind(job.mode, own_)) {
    int64_t step = 1;
    for (int axis = last_; axis >= 0; axis--) {
      strides_[axis] = step;
      step *= job.axes[axis].length;
    }
    inEnd_ = (const E*)job.in + step;
    value_ = job.value ? *(const E*)job.value : E();
  }

  size_t width() const { return (size_t)own_.whole(); }

  size_t count() const {
    size_t rows = 1;
    for (int axis = 0; axis < last_; axis++) rows *= (size_t)job_.axes[axis].whole();
    return rows;
  }

  /** Writes rows from `begin` on, to `to`, which has room up to `toEnd`. */
  void write(size_t begin, size_t end, E* to, const E* toEnd) const {
    const PadAxis across = last_ ? job_.axes[last_ - 1] : PadAxis{0, 1, 0};
    const int64_t rows = across.whole(), stride = last_ ? strides_[last_ - 1] : 0;
    for (size_t row = begin; row < end;) {
      const int64_t plane = startOf((int64_t)row / rows);
      const int64_t first = (int64_t)row % rows, stop = least(rows, first + (int64_t)(end - row));
      for (int64_t i = first; i < stop; i++, to += width()) {
        const int64_t shown = plane < 0 ? -1 : shownAt(job_.mode, i - across.before, across.length);
        if (shown < 0) fill(to, own_.whole());
        else writeRow(to, toEnd, (const E*)job_.in + plane + shown * stride);
      }
      row += (size_t)(stop - first);
    }
  }

 private:
  /** Where in the input the rows of a plane of the output are; below 0 where a constant stands. */
  int64_t startOf(int64_t plane) const {
    int64_t start = 0;
    for (int axis = last_ - 2; axis >= 0; axis--) {
      const PadAxis& a = job_.axes[axis];
      const int64_t shown = shownAt(job_.mode, plane % a.whole() - a.before, a.length);
      if (shown < 0) return -1;
      start += shown * strides_[axis];
      plane /= a.whole();
    }
    return start;
  }

  ALWAYS_INLINE void fill(E* to, int64_t n) const {
    for (int64_t j = 0; j < n; j++) to[j] = value_;
  }

  ALWAYS_INLINE void writeRow(E* to, const E* toEnd, const E* in) const {
    E* const right = to + own_.before + own_.length;
    copyRow(to + own_.before, toEnd, in, inEnd_, (size_t)own_.length);
    if (job_.mode == pad_constant) {
      fill(to, own_.before);
      fill(right, own_.behind);
    } else {
      for (int64_t j = 0; j < own_.before; j++) to[j] = in[before_.start + j * before_.step];
      for (int64_t j = 0; j < own_.behind; j++) right[j] = in[behind_.start + j * behind_.step];
    }
  }

  const PadJob& job_;
  const int last_;
  const PadAxis own_;
  const Border before_, behind_;
  int64_t strides_[maxRank];
  const E* inEnd_;
  E value_;
};

template <class E>
inline void padAs(const PadJob& job, Workers& workers) {
  constexpr size_t piece = 16384;  // bytes of rows that wait in the innermost cache
  const PaddedRows<E> rows(job);
  const size_t width = rows.width(), rowBytes = width * sizeof(E);
  const bool streamed = streams<E>(rows.count() * width);
  const size_t grain = most(1, (streamed ? 8 * piece : 4 * piece) / most(1, rowBytes)), atOnce = most(1, piece / most(1, rowBytes));
  forEachRange(workers, rows.count(), grain, [&](size_t begin, size_t end) {
    E* const out = (E*)job.out;
    E* const buffer = streamed ? (E*)workers.local(atOnce * rowBytes + VECTOR_BYTES) : nullptr;
    if (!buffer) return rows.write(begin, end, out + begin * width, out + end * width);
    for (size_t row = begin; row < end; row += atOnce) {
      const size_t stop = least(end, row + atOnce), n = (stop - row) * width;
      rows.write(row, stop, buffer, buffer + n + VECTOR_BYTES / sizeof(E));
      streamBytes((char*)(out + row * width), (const char*)buffer, n * sizeof(E));
    }
    endStream();
  });
}

inline void pad(const PadJob& job, Workers& workers) {
  typedef void (*Pad)(const PadJob&, Workers&);
  const auto choose = [](DType dtype) -> Pad { FOR_SIZE(dtype, padAs) };
  choose(job.dtype)(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
