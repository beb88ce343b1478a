// Element types, in the order of engine/dtype.ts, and the conversions of the 16-bit ones.
// Everything is `static` here: this header is compiled for several instruction sets, and one merged copy could be the wrong one.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace gradbook {

enum DType : int {
  float32,
  float64,
  float16,
  bfloat16,
  int8,
  int32,
  int64,
  uint8,
  uint32,
  boolean,
  dtypeCount,
};

static inline size_t sizeOf(DType t) {
  static const unsigned char bytes[dtypeCount] = {4, 8, 2, 2, 1, 4, 8, 1, 4, 1};
  return bytes[t];
}

static inline const char* nameOf(DType t) {
  static const char* const names[dtypeCount] = {"float32", "float64", "float16", "bfloat16", "int8",
                                                "int32",   "int64",   "uint8",   "uint32",   "bool"};
  return names[t];
}

static inline uint32_t bitsOf(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return bits;
}

static inline float floatOf(uint32_t bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

static inline float fromBfloat16(uint16_t h) { return floatOf((uint32_t)h << 16); }

/** To the nearest, ties to even; a NaN stays a NaN. */
static inline uint16_t toBfloat16(float x) {
  uint32_t bits = bitsOf(x);
  if (x != x) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static inline float fromFloat16(uint16_t h) {
  const uint32_t sign = (uint32_t)(h & 0x8000) << 16;
  const uint32_t rest = h & 0x7fff;
  if (rest >= 0x7c00) return floatOf(sign | 0x7f800000 | (rest & 0x3ff) << 13);
  // Denormals come out right by themselves: the multiplication normalises them.
  return floatOf(sign | bitsOf(floatOf(rest << 13) * floatOf(0x77800000)));
}

/** To the nearest, ties to even; too large becomes infinity. */
static inline uint16_t toFloat16(float x) {
  const uint32_t bits = bitsOf(x);
  const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  const uint32_t rest = bits & 0x7fffffff;
  if (rest > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (rest >> 13 & 0x1ff));
  if (rest >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
  // Below the normal range: adding 0.5 leaves the rounded mantissa in the low bits.
  if (rest < 0x38800000) return (uint16_t)(sign | (bitsOf(floatOf(rest) + 0.5f) - 0x3f000000));
  return (uint16_t)(sign | ((rest - 0x38000000 + 0xfff + (rest >> 13 & 1)) >> 13));
}

}  // namespace gradbook
