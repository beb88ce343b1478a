#include "dispatch.h"

#if defined(__x86_64__)
#define GRADBOOK_ISAS(X) X(avx512) X(avx2) X(baseline)
#elif defined(__aarch64__)
#define GRADBOOK_ISAS(X) X(neon)
#elif defined(__wasm__)
#define GRADBOOK_ISAS(X) X(simd128)
#else
#define GRADBOOK_ISAS(X) X(baseline)
#endif

namespace gradbook {

#define X(isa)                  \
  namespace isa {               \
  extern const Kernels kernels; \
  }
GRADBOOK_ISAS(X)
#undef X

namespace {

bool runs(const std::string& isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == "avx2") return avx2;
  if (isa == "avx512") {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw");
  }
#endif
  return isa == "baseline" || isa == "neon" || isa == "simd128";
}

}  // namespace

std::string runnableIsas() {
  std::string names;
#define X(isa) \
  if (runs(#isa)) names += names.empty() ? #isa : " " #isa;
  GRADBOOK_ISAS(X)
#undef X
  return names;
}

const Kernels* kernelsFor(const std::string& name) {
#define X(isa) \
  if ((name.empty() || name == #isa) && runs(#isa)) return &isa::kernels;
  GRADBOOK_ISAS(X)
#undef X
  return nullptr;
}

}  // namespace gradbook
