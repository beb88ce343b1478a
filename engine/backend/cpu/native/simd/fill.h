// Dense elements that follow from their index: constants, ranges, one-hot rows.
#pragma once
#include "convert.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

inline void fill(const FillJob& job, Workers& workers) {
  const auto store = Convert<double>::storer(job.out.dtype);
  const size_t bytes = sizeOf(job.out.dtype);
  forEachRange(workers, job.n, 1 << 16, [&](size_t from, size_t to) {
    enum { size = 256 };
    double values[size];
    if (job.step == 0) {
      for (int i = 0; i < size; i++) values[i] = job.start;
    }
    for (size_t i = from; i < to; i += size) {
      const size_t n = least(size, to - i);
      if (job.step != 0) {
        for (size_t j = 0; j < n; j++) values[j] = job.start + (double)(i + j) * job.step;
      }
      store(values, n, job.out.data + i * bytes, 1);
    }
  });
}

inline void oneHot(const OneHotJob& job, Workers& workers) {
  const auto store = Convert<float>::storer(job.out.dtype);
  const size_t bytes = sizeOf(job.out.dtype), rowBytes = (size_t)job.classes * bytes;
  forEachRange(workers, (size_t)job.rows, most(1, 65536 / most(1, rowBytes)), [&](size_t from, size_t to) {
    const float one = 1;
    memset(job.out.data + from * rowBytes, 0, (to - from) * rowBytes);  // all-zero bits are 0 in every dtype
    for (size_t r = from; r < to; r++) store(&one, 1, job.out.data + r * rowBytes + (size_t)job.index[r] * bytes, 1);
  });
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
