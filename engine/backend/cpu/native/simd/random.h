// Philox 4x32-10 (Salmon et al., 2011): block c of a key is a pure function of both, so any element can be made anywhere.
#pragma once
#include <math.h>

#include "convert.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

struct PhiloxBlock {
  uint32_t word[4];
};

inline PhiloxBlock philox(uint64_t counter, uint32_t key0, uint32_t key1) {
  uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32), c2 = 0, c3 = 0;
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ key0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ key1;
    c3 = (uint32_t)p0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return PhiloxBlock{{c0, c1, c2, c3}};
}

enum { random_uniform = 0, random_normal = 1, random_raw = 2 };

inline double unit(uint32_t word) { return (double)(word >> 8) * 5.9604644775390625e-8; }  // [0, 1), 24 bits

/** Two independent normal deviates of two words (Box-Muller). */
inline void normalPair(uint32_t first, uint32_t second, double* out) {
  const double radius = ::sqrt(-2 * ::log(unit(first) + 5.9604644775390625e-8));  // of (0, 1]: log stays finite
  const double angle = 6.283185307179586 * unit(second);
  out[0] = radius * ::cos(angle);
  out[1] = radius * ::sin(angle);
}

inline void randomBlock(const RandomJob& job, uint64_t index, double* out) {
  const PhiloxBlock block = philox(job.counter + index, job.key[0], job.key[1]);
  if (job.kind == random_normal) {
    normalPair(block.word[0], block.word[1], out);
    normalPair(block.word[2], block.word[3], out + 2);
    for (int i = 0; i < 4; i++) out[i] = job.p0 + job.p1 * out[i];
  } else if (job.kind == random_uniform) {
    for (int i = 0; i < 4; i++) out[i] = job.p0 + (job.p1 - job.p0) * unit(block.word[i]);
  } else {
    for (int i = 0; i < 4; i++) out[i] = (double)block.word[i];
  }
}

inline void random(const RandomJob& job, Workers& workers) {
  const auto store = Convert<double>::storer(job.out.dtype);
  const size_t bytes = sizeOf(job.out.dtype);
  forEachRange(workers, ceilDiv(job.n, 4), 4096, [&](size_t from, size_t to) {
    enum { blocks = 64 };
    double values[4 * blocks];
    for (size_t b = from; b < to; b += blocks) {
      const size_t end = least(b + blocks, to);
      for (size_t i = b; i < end; i++) randomBlock(job, i, values + 4 * (i - b));
      store(values, least(4 * (end - b), job.n - 4 * b), job.out.data + 4 * b * bytes, 1);
    }
  });
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
