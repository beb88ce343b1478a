// Philox 4x32-10 (Salmon et al., 2011): block c of a key is a pure function of both, so any element can be made anywhere.
#pragma once
#include "convert.h"
#include "parallel.h"
#include "transcendental.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** The product of the low halves of 64-bit lanes. */
ALWAYS_INLINE Uint64Vector multiplyLow(Uint64Vector a, Uint64Vector b) {
#if defined(__AVX512F__)
  return (Uint64Vector)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
  return (Uint64Vector)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (Uint64Vector)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return (a & 0xffffffffull) * (b & 0xffffffffull);
#endif
}

enum { philoxBlocks = VECTOR_BYTES / 8 };

/** Words of `philoxBlocks` consecutive blocks, block after block. */
ALWAYS_INLINE void philox(uint64_t counter, uint32_t key0, uint32_t key1, uint32_t* words) {
  // One block per 64-bit lane, a word in the low half of each.
  Uint64Vector index = {};
  for (int i = 0; i < philoxBlocks; i++) index[i] = counter + (uint64_t)i;
  const uint64_t low = 0xffffffffull;
  Uint64Vector c0 = index & low, c1 = index >> 32, c2 = {}, c3 = {};
  const Uint64Vector m0 = Uint64Vector{} + 0xD2511F53ull, m1 = Uint64Vector{} + 0xCD9E8D57ull;
  uint64_t k0 = key0, k1 = key1;
  for (int round = 0; round < 10; round++) {
    const Uint64Vector p0 = multiplyLow(m0, c0), p1 = multiplyLow(m1, c2);
    c0 = (p1 >> 32) ^ c1 ^ k0;
    c1 = p1 & low;
    c2 = (p0 >> 32) ^ c3 ^ k1;
    c3 = p0 & low;
    k0 = (k0 + 0x9E3779B9ull) & low;
    k1 = (k1 + 0xBB67AE85ull) & low;
  }
  for (int i = 0; i < philoxBlocks; i++) {
    words[4 * i] = (uint32_t)c0[i];
    words[4 * i + 1] = (uint32_t)c1[i];
    words[4 * i + 2] = (uint32_t)c2[i];
    words[4 * i + 3] = (uint32_t)c3[i];
  }
}

enum { random_uniform = 0, random_normal = 1, random_raw = 2 };

constexpr float tinyUnit = 5.9604644775390625e-8f;  // 2^-24

inline double unit(uint32_t word) { return (double)(word >> 8) * tinyUnit; }  // [0, 1), 24 bits

/** Two independent normal deviates of two words (Box-Muller). The first unit is of (0, 1], so that its log stays finite. */
inline void normalPair(uint32_t first, uint32_t second, double* out) {
  const double radius = ::sqrt(-2 * ::log(unit(first) + tinyUnit));
  const double angle = 6.283185307179586 * unit(second);
  out[0] = radius * ::cos(angle);
  out[1] = radius * ::sin(angle);
}

/** Normal deviates of n words, n a multiple of 2 vectors: pair by pair, as normalPair. */
inline void normals(const uint32_t* words, size_t n, float mean, float deviation, float* out) {
  constexpr int W = width<float>;
  for (size_t i = 0; i < n; i += 2 * W) {
    int32_t first[W], second[W];
    for (int j = 0; j < W; j++) {
      first[j] = (int32_t)(words[i + 2 * j] >> 8);
      second[j] = (int32_t)(words[i + 2 * j + 1] >> 8);
    }
    Int32Vector f, s;
    memcpy(&f, first, sizeof f);
    memcpy(&s, second, sizeof s);
    const FloatVector u = __builtin_convertvector(f + 1, FloatVector) * tinyUnit;
    const FloatVector radius = squareRoot<float>(logarithm(u) * -2.0f);
    // The angle in turns is exact, and so is what is left of it beyond whole quarters.
    const Int32Vector quarter = (s + (1 << 21)) >> 22;
    const FloatVector turns = __builtin_convertvector(s - (quarter << 22), FloatVector) * tinyUnit;
    const FloatVector r = turns * 6.283185307179586f;
    const FloatVector c = radius * sineOfQuarter(r, quarter + 1), d = radius * sineOfQuarter(r, quarter);
    for (int j = 0; j < W; j++) {
      out[i + 2 * j] = mean + deviation * c[j];
      out[i + 2 * j + 1] = mean + deviation * d[j];
    }
  }
}

enum { randomWords = 256 };

/** Words to values. */
inline void randomValues(const RandomJob& job, const uint32_t* words, float* out) {
  if (job.kind == random_normal) return normals(words, randomWords, (float)job.p0, (float)job.p1, out);
  const float low = (float)job.p0, range = (float)(job.p1 - job.p0);
  for (int i = 0; i < randomWords; i++) out[i] = low + range * ((float)(int32_t)(words[i] >> 8) * tinyUnit);
}
inline void randomValues(const RandomJob& job, const uint32_t* words, double* out) {
  if (job.kind == random_normal) {
    for (int i = 0; i < randomWords; i += 2) normalPair(words[i], words[i + 1], out + i);
    for (int i = 0; i < randomWords; i++) out[i] = job.p0 + job.p1 * out[i];
  } else if (job.kind == random_uniform) {
    for (int i = 0; i < randomWords; i++) out[i] = job.p0 + (job.p1 - job.p0) * unit(words[i]);
  } else {
    for (int i = 0; i < randomWords; i++) out[i] = (double)words[i];
  }
}

template <class C>
inline void randomAs(const RandomJob& job, Workers& workers) {
  const auto store = Convert<C>::storer(job.out.dtype);
  const size_t bytes = sizeOf(job.out.dtype);
  forEachRange(workers, ceilDiv(job.n, randomWords), 64, [&](size_t from, size_t to) {
    alignas(64) uint32_t words[randomWords];
    alignas(64) C values[randomWords];
    for (size_t chunk = from; chunk < to; chunk++) {
      const uint64_t counter = job.counter + chunk * (randomWords / 4);
      for (int b = 0; b < randomWords / 4; b += philoxBlocks) philox(counter + b, job.key[0], job.key[1], words + 4 * b);
      randomValues(job, words, values);
      const size_t at = chunk * randomWords;
      store(values, least(randomWords, job.n - at), job.out.data + at * bytes, 1);
    }
  });
}

inline void random(const RandomJob& job, Workers& workers) {
  job.out.dtype == float32 && job.kind != random_raw ? randomAs<float>(job, workers) : randomAs<double>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
