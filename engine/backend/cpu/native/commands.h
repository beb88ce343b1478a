// The same table as engine/backend/commands.ts. Loading compares the text of both sides and refuses a mismatch.
#pragma once
#include <stdint.h>

#define GRADBOOK_OPCODES(X)                                                                                       \
  X(fill, 1)                                                                                                      \
  X(iota, 2)                                                                                                      \
  X(tape, 3)                                                                                                      \
  X(reduce, 4)                                                                                                    \
  X(argReduce, 5)                                                                                                 \
  X(gemm, 6)                                                                                                      \
  X(softmax, 7)                                                                                                   \
  X(softmaxGrad, 8)                                                                                               \
  X(crossEntropy, 9)                                                                                              \
  X(crossEntropyGrad, 10)                                                                                         \
  X(take, 11)                                                                                                     \
  X(takeAdd, 12)                                                                                                  \
  X(oneHot, 13)                                                                                                   \
  X(random, 14)                                                                                                   \
  X(sgd, 15)                                                                                                      \
  X(adam, 16)                                                                                                     \
  X(scan, 17)                                                                                                     \
  X(sort, 18)                                                                                                     \
  X(gather, 19)                                                                                                   \
  X(scatter, 20)                                                                                                  \
  X(put, 21)                                                                                                      \
  X(search, 22)                                                                                                   \
  X(bitwise, 23)                                                                                                  \
  X(conv, 25)                                                                                                     \
  X(convInputGrad, 26)                                                                                            \
  X(convWeightGrad, 27)                                                                                           \
  X(maxPool, 28)                                                                                                  \
  X(avgPool, 29)                                                                                                  \
  X(avgPoolGrad, 30)                                                                                              \
  X(poolGather, 31)                                                                                               \
  X(poolScatter, 32)                                                                                              \
  X(normalize, 33)                                                                                                \
  X(normalizeGrad, 34)                                                                                            \
  X(factor, 35)                                                                                                   \
  X(triangularSolve, 36)                                                                                          \
  X(recurrence, 37)                                                                                               \
  X(recurrenceGrad, 38)                                                                                           \
  X(attention, 39)                                                                                                \
  X(attentionGrad, 40)                                                                                             \
  X(update, 47)                                                                                                    \
  X(at, 59)                                                                                                       \
  X(pad, 60)                                                                                                      \
  X(fourier, 70)

// name, code, arity
#define GRADBOOK_PRIMITIVES(X)                                                                                    \
  X(neg, 1, 1)                                                                                                    \
  X(abs, 2, 1)                                                                                                    \
  X(sign, 3, 1)                                                                                                   \
  X(floor, 4, 1)                                                                                                  \
  X(ceil, 5, 1)                                                                                                   \
  X(round, 6, 1)                                                                                                  \
  X(trunc, 7, 1)                                                                                                  \
  X(sqrt, 8, 1)                                                                                                   \
  X(rsqrt, 9, 1)                                                                                                  \
  X(square, 10, 1)                                                                                                \
  X(reciprocal, 11, 1)                                                                                            \
  X(exp, 12, 1)                                                                                                   \
  X(expm1, 13, 1)                                                                                                 \
  X(log, 14, 1)                                                                                                   \
  X(log1p, 15, 1)                                                                                                 \
  X(sin, 16, 1)                                                                                                   \
  X(cos, 17, 1)                                                                                                   \
  X(tan, 18, 1)                                                                                                   \
  X(asin, 19, 1)                                                                                                  \
  X(acos, 20, 1)                                                                                                  \
  X(atan, 21, 1)                                                                                                  \
  X(sinh, 22, 1)                                                                                                  \
  X(cosh, 23, 1)                                                                                                  \
  X(tanh, 24, 1)                                                                                                  \
  X(erf, 25, 1)                                                                                                   \
  X(sigmoid, 26, 1)                                                                                               \
  X(relu, 27, 1)                                                                                                  \
  X(isnan, 28, 1)                                                                                                 \
  X(not, 29, 1)                                                                                                   \
  X(erfc, 30, 1)                                                                                                  \
  X(add, 40, 2)                                                                                                   \
  X(sub, 41, 2)                                                                                                   \
  X(mul, 42, 2)                                                                                                   \
  X(div, 43, 2)                                                                                                   \
  X(pow, 44, 2)                                                                                                   \
  X(mod, 45, 2)                                                                                                   \
  X(min, 46, 2)                                                                                                   \
  X(max, 47, 2)                                                                                                   \
  X(atan2, 48, 2)                                                                                                 \
  X(eq, 50, 2)                                                                                                    \
  X(ne, 51, 2)                                                                                                    \
  X(lt, 52, 2)                                                                                                    \
  X(le, 53, 2)                                                                                                    \
  X(gt, 54, 2)                                                                                                    \
  X(ge, 55, 2)                                                                                                    \
  X(and, 56, 2)                                                                                                   \
  X(or, 57, 2)                                                                                                    \
  X(select, 60, 3)                                                                                                \
  X(fma, 61, 3)

namespace gradbook {

// `not`, `and` and `or` are operators in C++, hence the prefix.
enum Opcode {
#define X(name, code) op_##name = code,
  GRADBOOK_OPCODES(X)
#undef X
};

enum Primitive {
#define X(name, code, arity) prim_##name = code,
  GRADBOOK_PRIMITIVES(X)
#undef X
};

enum { primitiveSlots = 64 };

/** Stands for "not given" in place of a storage id. */
constexpr double noStorage = -1;

/** Number of operands of a primitive; 0 when there is none of that code. */
static inline int primitiveArity(int code) {
  switch (code) {
#define X(name, value, arity) \
  case value:                 \
    return arity;
    GRADBOOK_PRIMITIVES(X)
#undef X
  }
  return 0;
}

static inline const char* opcodeName(int code) {
  switch (code) {
#define X(name, value) \
  case value:          \
    return #name;
    GRADBOOK_OPCODES(X)
#undef X
  }
  return nullptr;
}

/** What both sides must hold alike beside the codes: `limits` of engine/backend/commands.ts says what each is. */
#define GRADBOOK_LIMITS(X) X(groupSize, 32) X(streamedBytes, 4194304) X(flatElements, 256)
#define CONSTANT(name, value) constexpr uint32_t name = value;
GRADBOOK_LIMITS(CONSTANT)
#undef CONSTANT

static inline const char* describeCommands() {
#define STRING_OF(x) #x
#define OPCODE(name, code) #name "=" STRING_OF(code) " "
#define PRIMITIVE(name, code, arity) #name "=" STRING_OF(code) "/" STRING_OF(arity) " "
  // One space too many at the end, which the loaders trim.
  return GRADBOOK_OPCODES(OPCODE) GRADBOOK_PRIMITIVES(PRIMITIVE) GRADBOOK_LIMITS(OPCODE);
#undef PRIMITIVE
#undef OPCODE
#undef STRING_OF
}

enum Reduction { reduce_sum = 0, reduce_product = 1, reduce_max = 2, reduce_min = 3 };
enum Factor {
  factor_cholesky = 0,
  factor_lu = 1,
  factor_qr = 2,
  factor_qrComplete = 3,
  factor_svd = 4,
  factor_eigh = 5,
};
/** Complex to complex; real to the first half of the spectrum; that half to real. */
enum Fourier { fourier_complex = 0, fourier_real = 1, fourier_half = 2 };
enum PadMode { pad_constant = 0, pad_reflect = 1, pad_replicate = 2, pad_circular = 3 };
enum Recurrence { recurrence_lstm = 0, recurrence_gru = 1, recurrence_tanh = 2, recurrence_relu = 3 };
enum Activation { activation_none = 0, activation_relu = 1 };

}  // namespace gradbook
