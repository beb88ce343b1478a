// The cancel word of engine/cancel.ts, seen from the kernels.
#pragma once
#include <stdint.h>

#include <atomic>

namespace gradbook {

#if defined(__wasm__)
/** The words lie outside the module's memory, so it asks for them. */
extern "C" __attribute__((import_module("gradbook"), import_name("stopRequested"))) int32_t gradbookStopRequested();

class CancelToken {
 public:
  bool requested() const { return gradbookStopRequested() != 0; }
};
#else

/** A Stop is asked for when the word carries the number of the run that is executing, or of the run that a job in the background belongs to. */
class CancelToken {
 public:
  void set(const int32_t* words) { words_ = words; }

  /** From here on records are executed for this run, whatever is executing. */
  void beginJob(int32_t run) {
    abandoned_.store(false, std::memory_order_relaxed);
    awaited_.store(false, std::memory_order_relaxed);
    run_.store(run, std::memory_order_relaxed);
  }
  void endJob() { beginJob(none); }
  /** The run that is executing waits for the job: its Stop is meant for the job, too. */
  void await() { awaited_.store(true, std::memory_order_relaxed); }
  /** The job is to end, whatever the words say. */
  void abandon() { abandoned_.store(true, std::memory_order_relaxed); }

  bool requested() const {
    if (abandoned_.load(std::memory_order_relaxed)) return true;
    if (!words_) return false;
    const int32_t asked = __atomic_load_n(&words_[0], __ATOMIC_ACQUIRE);
    if (asked == 0) return false;
    const int32_t run = run_.load(std::memory_order_relaxed);
    if (asked == run) return true;
    return (run == none || awaited_.load(std::memory_order_relaxed)) && asked == __atomic_load_n(&words_[1], __ATOMIC_ACQUIRE);
  }

 private:
  static constexpr int32_t none = -1;
  const int32_t* words_ = nullptr;
  std::atomic<int32_t> run_{none};
  std::atomic<bool> awaited_{false}, abandoned_{false};
};
#endif

}  // namespace gradbook
