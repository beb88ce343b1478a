// How threads share the tasks of one job. How they are made, wait and wake is the matter of `System`: threads.cc has that of the
// operating system, ../wasm/threads.cc that of WebAssembly.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <atomic>

namespace gradbook {

/** `System` has `wait(word, old)`, `wake(word)` and `spinUntil(ready)`. */
template <class System>
class Team {
 public:
  /** Changes with every job; the members wait on it. One who is made while it had the value `seen` passes that to `serve`. */
  std::atomic<uint32_t> bell{0};

  /** Takes the team for one job or for a change of its members: false when another has it. */
  bool take() { return !busy_.exchange(true, std::memory_order_acquire); }
  void giveBack() { busy_.store(false, std::memory_order_release); }

  /** Runs all tasks, on this thread and the members. For who has the team. */
  void run(size_t tasks, void (*task)(void*, size_t), void* job) {
    task_ = task;
    job_ = job;
    tasks_ = tasks;
    unfinished_.store(static_cast<uint32_t>(tasks), std::memory_order_relaxed);
    const uint32_t number = static_cast<uint32_t>(open_.load(std::memory_order_relaxed) >> 32) + 1;
    open_.store(static_cast<uint64_t>(number) << 32 | static_cast<uint32_t>(tasks), std::memory_order_release);
    bell.fetch_add(1, std::memory_order_seq_cst);
    if (asleep_.load(std::memory_order_seq_cst) != 0) System::wake(bell);
    work(number);
    while (!System::spinUntil([&] { return unfinished_.load(std::memory_order_acquire) == 0; })) {
      const uint32_t left = unfinished_.load(std::memory_order_acquire);
      if (left != 0) System::wait(unfinished_, left);
    }
  }

  /** The life of a member. One that starts late still hears of the jobs, or of the end, since `seen`. */
  void serve(uint32_t seen) {
    for (;;) {
      const auto rung = [&] { return bell.load(std::memory_order_acquire) != seen; };
      while (!System::spinUntil(rung)) {
        asleep_.fetch_add(1, std::memory_order_seq_cst);
        if (!rung()) System::wait(bell, seen);
        asleep_.fetch_sub(1, std::memory_order_seq_cst);
      }
      seen = bell.load(std::memory_order_acquire);
      if (ending_.load(std::memory_order_acquire)) return;
      work(static_cast<uint32_t>(open_.load(std::memory_order_acquire) >> 32));
    }
  }

  /** Sends all members home; `gone` waits for them. For who has the team. */
  template <class Gone>
  void end(const Gone& gone) {
    ending_.store(true, std::memory_order_release);
    bell.fetch_add(1, std::memory_order_seq_cst);
    System::wake(bell);
    gone();
    ending_.store(false, std::memory_order_release);
  }

 private:
  void work(uint32_t number) {
    uint64_t open = open_.load(std::memory_order_acquire);
    while (static_cast<uint32_t>(open >> 32) == number && static_cast<uint32_t>(open) != 0) {
      if (!open_.compare_exchange_weak(open, open - 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
      task_(job_, tasks_ - static_cast<uint32_t>(open));
      // Counted at once: after the last one the caller may return, and with it everything that `task_` reads.
      if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) System::wake(unfinished_);
      open = open_.load(std::memory_order_acquire);
    }
  }

  /**
   * The open job: its number in the high half, tasks not yet claimed in the low half. A task is claimed by counting down, which
   * fails once the number has moved on; so a late thread can never take a task of a job that it has not seen, and the fields
   * below may be read after a claim: the job cannot end before that task.
   */
  std::atomic<uint64_t> open_{0};
  void (*task_)(void*, size_t) = nullptr;
  void* job_ = nullptr;
  size_t tasks_ = 0;
  std::atomic<uint32_t> unfinished_{0};
  std::atomic<uint32_t> asleep_{0};
  std::atomic<bool> busy_{false}, ending_{false};
};

}  // namespace gradbook
