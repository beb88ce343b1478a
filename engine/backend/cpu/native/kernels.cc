// Compiled once per instruction set, with GRADBOOK_ISA its name. Everything here lives in a namespace of that name and uses no
// template of the standard library: the linker merges equal inline functions, and the survivor could be AVX-512 code.
#include "kernels.h"

#include "simd/attention.h"
#include "simd/attention_grad.h"
#include "simd/bitwise.h"
#include "simd/conv.h"
#include "simd/conv_weight.h"
#include "simd/factor.h"
#include "simd/fill.h"
#include "simd/fourier.h"
#include "simd/gemm.h"
#include "simd/normalize.h"
#include "simd/optimizers.h"
#include "simd/pad.h"
#include "simd/pool.h"
#include "simd/random.h"
#include "simd/recurrence.h"
#include "simd/recurrence_grad.h"
#include "simd/reduce.h"
#include "simd/rows.h"
#include "simd/scan.h"
#include "simd/scatter.h"
#include "simd/search.h"
#include "simd/sort.h"
#include "simd/take.h"
#include "simd/tape.h"
#include "simd/triangular.h"
#include "simd/update.h"

#define STRING_OF(x) #x
#define NAME_OF(x) STRING_OF(x)

namespace gradbook {
namespace GRADBOOK_ISA {

extern const Kernels kernels;
const Kernels kernels = {
    NAME_OF(GRADBOOK_ISA), fill, tape, flatTape, reduce, argReduce, gemm, softmax, softmaxGrad, crossEntropy, crossEntropyGrad, take, takeAdd,
    oneHot,                random, sgd, adam, update,
    gather,                scatter, pad, put, scan, sort, search, bitwise,
    conv,                  convInputGrad, convWeightGrad, maxPool, avgPool, avgPoolGrad, poolGather, poolScatter,
    normalize,             normalizeGrad, factor, triangularSolve, fourier, recurrence, recurrenceGrad, attention, attentionGrad,
};

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
