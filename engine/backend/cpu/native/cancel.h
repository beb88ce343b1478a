// The cancel word of engine/cancel.ts, seen from the kernels.
#pragma once
#include <stdint.h>

namespace gradbook {

#if defined(__wasm__)
/** The words lie outside the module's memory, so it asks for them. */
extern "C" __attribute__((import_module("gradbook"), import_name("stopRequested"))) int32_t gradbookStopRequested();

class CancelToken {
 public:
  bool requested() const { return gradbookStopRequested() != 0; }
};
#else

/** A Stop is asked for when the word carries the number of the run that is executing. */
class CancelToken {
 public:
  void set(const int32_t* words) { words_ = words; }
  bool requested() const {
    if (!words_) return false;
    const int32_t asked = __atomic_load_n(&words_[0], __ATOMIC_ACQUIRE);
    return asked != 0 && asked == __atomic_load_n(&words_[1], __ATOMIC_ACQUIRE);
  }

 private:
  const int32_t* words_ = nullptr;
};
#endif

}  // namespace gradbook
