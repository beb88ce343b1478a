// Copies whose input lies across the output, as a transpose does: tile by tile, so that every cache line is used while it is there.
#pragma once
#include "pack.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** A plane of such a copy: out[a * outStep + b] = in[a + b * inStep]. */
struct CrossPlane {
  const char* in;
  char* out;
  int64_t inStep, outStep;
};

template <class E>
inline void crossScalar(const CrossPlane& p, size_t a, size_t aEnd, size_t b, size_t bEnd) {
  const E* in = (const E*)p.in;
  E* out = (E*)p.out;
  for (size_t i = a; i < aEnd; i++) {
    for (size_t j = b; j < bEnd; j++) out[(int64_t)i * p.outStep + (int64_t)j] = in[(int64_t)i + (int64_t)j * p.inStep];
  }
}

/** A tile of elements of T's size, whatever they are: vectors of T only move their bits. */
template <class T>
inline void crossVectors(const CrossPlane& p, size_t a, size_t aEnd, size_t b, size_t bEnd) {
  constexpr size_t W = width<T>;
  const T* in = (const T*)p.in;
  T* out = (T*)p.out;
  const size_t whole = b + (bEnd - b) / W * W, aWhole = a + (aEnd - a) / W * W;
  for (size_t j = b; j < whole; j += W) {
    transposeInto<T>((int)W, aWhole - a, in + (int64_t)a + (int64_t)j * p.inStep, p.inStep,
                     out + (int64_t)a * p.outStep + (int64_t)j, (size_t)p.outStep);
  }
  crossScalar<typename Lanes<T>::Integer>(p, aWhole, aEnd, b, whole);
  crossScalar<typename Lanes<T>::Integer>(p, a, aEnd, whole, bEnd);
}

inline void crossTile(size_t elementBytes, const CrossPlane& p, size_t a, size_t aEnd, size_t b, size_t bEnd) {
  switch (elementBytes) {
    case 1:
      return crossScalar<uint8_t>(p, a, aEnd, b, bEnd);
    case 2:
      return crossScalar<uint16_t>(p, a, aEnd, b, bEnd);
    case 4:
      return crossVectors<float>(p, a, aEnd, b, bEnd);
    default:
      return crossVectors<double>(p, a, aEnd, b, bEnd);
  }
}

/** The dim along which the input is dense while the output is dense along the last; -1 when this is no such copy. */
inline int crossDim(const TapeJob& job) {
  const bool copy = job.instructions == 0 && job.inputs == 1 && job.outputs == 1 && job.outputRegister[0] == 0;
  if (!copy || !job.storeDirectly || job.input[0].dtype != job.output[0].dtype || job.rank < 2) return -1;
  const int last = job.rank - 1;
  if (job.output[0].stride[last] != 1 || job.input[0].stride[last] == 1 || job.dims[last] < 4) return -1;
  for (int d = 0; d < last; d++) {
    if (job.input[0].stride[d] == 1 && job.dims[d] >= 4 && job.output[0].stride[d] > 0) return d;
  }
  return -1;
}

inline void crossCopy(const TapeJob& job, int across, Workers& workers) {
  enum { tile = 64 };
  const int last = job.rank - 1;
  const size_t bytes = sizeOf(job.input[0].dtype);
  const size_t aCount = (size_t)job.dims[across], bCount = (size_t)job.dims[last];
  const size_t aTiles = ceilDiv(aCount, tile), bTiles = ceilDiv(bCount, tile);
  size_t planes = 1;
  for (int d = 0; d < last; d++) {
    if (d != across) planes *= (size_t)job.dims[d];
  }
  forEachTask(workers, planes * aTiles * bTiles, [&](size_t task) {
    const size_t a = task / bTiles % aTiles * tile, b = task % bTiles * tile;
    size_t plane = task / bTiles / aTiles;
    CrossPlane p = {job.input[0].data, job.output[0].data, job.input[0].stride[last], job.output[0].stride[across]};
    for (int d = last - 1; d >= 0; d--) {
      if (d == across) continue;
      const int64_t at = (int64_t)(plane % (size_t)job.dims[d]);
      plane /= (size_t)job.dims[d];
      p.in += at * job.input[0].stride[d] * (int64_t)bytes;
      p.out += at * job.output[0].stride[d] * (int64_t)bytes;
    }
    crossTile(bytes, p, a, least(aCount, a + tile), b, least(bCount, b + tile));
  });
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
