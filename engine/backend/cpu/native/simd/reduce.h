// Reductions over any set of dims. Two loops: *inner*, where the reduced elements lie side by side (a row sum), and *outer*, where
// the kept ones do (a column sum). Both add in blocks whose size and order the shape decides, never the number of threads.
#pragma once
#include "tape.h"

namespace gradbook {
namespace GRADBOOK_ISA {

struct Sum {
  template <class C>
  static ALWAYS_INLINE C identity() {
    return 0;
  }
  template <class V>
  static ALWAYS_INLINE V combine(V a, V b) {
    return a + b;
  }
};
struct Product {
  template <class C>
  static ALWAYS_INLINE C identity() {
    return 1;
  }
  template <class V>
  static ALWAYS_INLINE V combine(V a, V b) {
    return a * b;
  }
};
struct Maximum {
  template <class C>
  static ALWAYS_INLINE C identity() {
    return -(C)__builtin_inff();
  }
  template <class V>
  static ALWAYS_INLINE V combine(V a, V b) {
    return maximum<V>(a, b);
  }
};
struct Minimum {
  template <class C>
  static ALWAYS_INLINE C identity() {
    return (C)__builtin_inff();
  }
  template <class V>
  static ALWAYS_INLINE V combine(V a, V b) {
    return minimum<V>(a, b);
  }
};

inline int64_t offsetOf(size_t index, int rank, const int64_t* dims, const int64_t* stride) {
  int64_t offset = 0;
  for (int d = rank - 1; d >= 0; d--) {
    offset += (int64_t)(index % (size_t)dims[d]) * stride[d];
    index /= (size_t)dims[d];
  }
  return offset;
}

/** One chunk to one value, by four vectors in turn. */
template <class C, class Fold>
inline C foldChunk(const C* p, size_t n) {
  constexpr int W = width<C>;
  const Vec<C> none = splat<C>(Fold::template identity<C>());
  Vec<C> a = none, b = none, c = none, d = none;
  size_t i = 0;
  for (; i + 4 * W <= n; i += 4 * W) {
    a = Fold::combine(a, load<C>(p + i));
    b = Fold::combine(b, load<C>(p + i + W));
    c = Fold::combine(c, load<C>(p + i + 2 * W));
    d = Fold::combine(d, load<C>(p + i + 3 * W));
  }
  for (; i + W <= n; i += W) a = Fold::combine(a, load<C>(p + i));
  if (i < n) b = Fold::combine(b, loadFirst<C>(p + i, n - i, Fold::template identity<C>()));
  C lanes[W];
  store<C>(lanes, Fold::combine(Fold::combine(a, b), Fold::combine(c, d)));
  for (int half = W / 2; half > 0; half /= 2) {
    for (int j = 0; j < half; j++) lanes[j] = Fold::template combine<C>(lanes[j], lanes[j + half]);
  }
  return lanes[0];
}

/** Combines n values as a balanced tree. */
template <class C, class Fold>
inline C foldPairwise(const C* values, size_t n, size_t step = 1) {
  if (n == 0) return Fold::template identity<C>();
  if (n <= 8) {
    C sum = values[0];
    for (size_t i = 1; i < n; i++) sum = Fold::template combine<C>(sum, values[i * step]);
    return sum;
  }
  const size_t half = n / 2;
  return Fold::template combine<C>(foldPairwise<C, Fold>(values, half, step),
                                   foldPairwise<C, Fold>(values + half * step, n - half, step));
}

template <class C>
struct ReduceShape {
  const ReduceJob& job;
  size_t kept, reduced, elementBytes;

  explicit ReduceShape(const ReduceJob& j) : job(j), kept(1), reduced(1), elementBytes(sizeOf(j.input.dtype)) {
    for (int d = 0; d < j.keptRank; d++) kept *= (size_t)j.dims[d];
    for (int d = 0; d < j.reducedRank; d++) reduced *= (size_t)reducedDims()[d];
  }
  const int64_t* reducedDims() const { return job.dims + job.keptRank; }
  char* keptAt(size_t index) const {
    return job.input.data + offsetOf(index, job.keptRank, job.dims, job.input.stride) * (int64_t)elementBytes;
  }
  char* reducedAt(size_t index) const {
    return job.input.data + offsetOf(index, job.reducedRank, reducedDims(), job.reducedStride) * (int64_t)elementBytes;
  }
  /** The reduced elements of one kept index. */
  Cursor<C> reducedOf(size_t index) const {
    return Cursor<C>(keptAt(index), job.input.dtype, job.reducedRank, reducedDims(), job.reducedStride);
  }
  /** The kept elements of one reduced index. */
  Cursor<C> keptOf(size_t index) const {
    return Cursor<C>(reducedAt(index), job.input.dtype, job.keptRank, job.dims, job.input.stride);
  }
  void finish(size_t from, size_t n, C* values) const {
    if (job.scale != 1) {
      for (size_t i = 0; i < n; i++) values[i] *= (C)job.scale;
    }
    Convert<C>::storer(job.out.dtype)(values, n, job.out.data + from * sizeOf(job.out.dtype), 1);
  }
};

template <class C, class Fold>
inline bool reduceInner(const ReduceShape<C>& shape, Workers& workers) {
  enum { chunksPerSegment = 64, resultsPerTask = 256 };
  const Chunking chunks(shape.job.reducedRank, shape.reducedDims());
  const size_t segments = ceilDiv(chunks.count, chunksPerSegment);
  const auto foldSegment = [&](size_t index, size_t segment) {
    alignas(64) C buffer[Chunking::size];
    C partial[chunksPerSegment];
    const Cursor<C> elements = shape.reducedOf(index);
    const size_t first = segment * chunksPerSegment, end = least(first + chunksPerSegment, chunks.count);
    for (size_t chunk = first; chunk < end; chunk++) {
      size_t from, n;
      chunks.bounds(chunk, from, n);
      partial[chunk - first] = foldChunk<C, Fold>(elements.fetch(from, n, buffer), n);
    }
    return foldPairwise<C, Fold>(partial, end - first);
  };
  if (segments <= 1) {
    const size_t grain = least(resultsPerTask, most(1, 32768 / most(1, shape.reduced)));
    forEachRange(workers, shape.kept, grain, [&](size_t from, size_t to) {
      C results[resultsPerTask];
      for (size_t i = from; i < to; i++) results[i - from] = foldSegment(i, 0);
      shape.finish(from, to - from, results);
    });
    return true;
  }
  C* partial = (C*)workers.scratch(shape.kept * segments * sizeof(C));
  if (!partial) return false;
  forEachTask(workers, shape.kept * segments,
              [&](size_t task) { partial[task] = foldSegment(task / segments, task % segments); });
  for (size_t i = 0; i < shape.kept; i++) {
    C result = foldPairwise<C, Fold>(partial + i * segments, segments);
    shape.finish(i, 1, &result);
  }
  return true;
}

template <class C, class Fold>
inline bool reduceOuter(const ReduceShape<C>& shape, Workers& workers) {
  enum { rowsPerBlock = 32, rowsPerSegment = 512, W = width<C> };
  const Chunking chunks(shape.job.keptRank, shape.job.dims);
  const size_t segments = ceilDiv(shape.reduced, rowsPerSegment);
  C* partial = nullptr;
  if (segments > 1) {
    partial = (C*)workers.scratch(shape.kept * segments * sizeof(C));
    if (!partial) return false;
  }
  forEachTask(workers, chunks.count * segments, [&](size_t task) {
    alignas(64) C buffer[Chunking::size];
    alignas(64) C block[Chunking::size];
    alignas(64) C total[Chunking::size];
    const size_t segment = task % segments;
    size_t from, n;
    chunks.bounds(task / segments, from, n);
    for (size_t i = 0; i < n; i++) total[i] = Fold::template identity<C>();
    const size_t first = segment * rowsPerSegment, end = least(first + rowsPerSegment, shape.reduced);
    for (size_t start = first; start < end; start += rowsPerBlock) {
      for (size_t i = 0; i < n; i++) block[i] = Fold::template identity<C>();
      for (size_t row = start; row < least(start + rowsPerBlock, end); row++) {
        const C* values = shape.keptOf(row).fetch(from, n, buffer);
        size_t i = 0;
        for (; i + W <= n; i += W) store<C>(block + i, Fold::combine(load<C>(block + i), load<C>(values + i)));
        for (; i < n; i++) block[i] = Fold::template combine<C>(block[i], values[i]);
      }
      for (size_t i = 0; i < n; i++) total[i] = Fold::template combine<C>(total[i], block[i]);
    }
    if (partial) {
      memcpy(partial + segment * shape.kept + from, total, n * sizeof(C));
    } else {
      shape.finish(from, n, total);
    }
  });
  if (partial) {
    forEachRange(workers, shape.kept, Chunking::size, [&](size_t from, size_t to) {
      C results[Chunking::size];
      for (size_t i = from; i < to; i++) results[i - from] = foldPairwise<C, Fold>(partial + i, segments, shape.kept);
      shape.finish(from, to - from, results);
    });
  }
  return true;
}

template <class C, class Fold>
inline bool reduceAs(const ReduceJob& job, Workers& workers) {
  const ReduceShape<C> shape(job);
  if (shape.kept == 0) return true;
  const int64_t keptStride = job.keptRank ? job.input.stride[job.keptRank - 1] : 0;
  const int64_t reducedStride = job.reducedRank ? job.reducedStride[job.reducedRank - 1] : 0;
  const bool keptSideBySide = job.keptRank > 0 && shape.reduced > 1 &&
                              __builtin_llabs(keptStride) < __builtin_llabs(reducedStride) &&
                              job.dims[job.keptRank - 1] >= 4;
  return keptSideBySide ? reduceOuter<C, Fold>(shape, workers) : reduceInner<C, Fold>(shape, workers);
}

template <class C>
inline bool reduceKind(const ReduceJob& job, Workers& workers) {
  switch (job.kind) {
    case reduce_sum:
      return reduceAs<C, Sum>(job, workers);
    case reduce_product:
      return reduceAs<C, Product>(job, workers);
    case reduce_max:
      return reduceAs<C, Maximum>(job, workers);
    default:
      return reduceAs<C, Minimum>(job, workers);
  }
}

inline bool reduce(const ReduceJob& job, Workers& workers) {
  return job.wide ? reduceKind<double>(job, workers) : reduceKind<float>(job, workers);
}

/** The first index of the largest (or smallest) of n elements; the first NaN if there is one. Updates `best` and `at`. */
template <class C, class Fold>
inline void scanChunk(const C* p, size_t n, size_t base, C& best, int64_t& at) {
  if (at >= 0 && best != best) return;
  const C here = foldChunk<C, Fold>(p, n);
  const bool better = at < 0 || here != here || (Fold::template combine<C>(here, best) == here && here != best);
  if (!better) return;
  for (size_t i = 0; i < n; i++) {
    if (p[i] == here || (here != here && p[i] != p[i])) {
      best = here;
      at = (int64_t)(base + i);
      return;
    }
  }
}

template <class C, class Fold>
inline void argReduceAs(const ReduceJob& job, Workers& workers) {
  const ReduceShape<C> shape(job);
  const Chunking chunks(job.reducedRank, shape.reducedDims());
  int32_t* out = (int32_t*)job.out.data;
  forEachRange(workers, shape.kept, most(1, 16384 / most(1, shape.reduced)), [&](size_t first, size_t end) {
    alignas(64) C buffer[Chunking::size];
    for (size_t k = first; k < end; k++) {
      const Cursor<C> elements = shape.reducedOf(k);
      C best = 0;
      int64_t at = -1;
      for (size_t chunk = 0; chunk < chunks.count; chunk++) {
        size_t from, n;
        chunks.bounds(chunk, from, n);
        scanChunk<C, Fold>(elements.fetch(from, n, buffer), n, from, best, at);
      }
      out[k] = (int32_t)at;
    }
  });
}

inline void argReduce(const ReduceJob& job, Workers& workers) {
  if (job.wide) {
    job.kind == 0 ? argReduceAs<double, Maximum>(job, workers) : argReduceAs<double, Minimum>(job, workers);
  } else {
    job.kind == 0 ? argReduceAs<float, Maximum>(job, workers) : argReduceAs<float, Minimum>(job, workers);
  }
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
