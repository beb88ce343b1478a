#include "threads.h"

#include <stdint.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gradbook {
namespace {

void pauseBriefly() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/** Long enough to bridge the gap between two kernels of a flush, short enough not to burn a shared machine. */
constexpr auto spinTime = std::chrono::microseconds(40);

template <class Ready>
bool spinUntil(const Ready& ready) {
  if (ready()) return true;
  const auto end = std::chrono::steady_clock::now() + spinTime;
  do {
    for (int i = 0; i < 32; i++) {
      if (ready()) return true;
      pauseBriefly();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

struct State {
  /**
   * The open job: its number in the high half, tasks not yet claimed in the low half. A task is claimed by counting down, which
   * fails once the number has moved on; so a late thread can never take a task of a job that it has not seen, and the fields
   * below may be read after a claim: the job cannot end before that task.
   */
  std::atomic<uint64_t> open{0};
  void (*task)(void*, size_t) = nullptr;
  void* job = nullptr;
  size_t tasks = 0;
  std::atomic<uint32_t> unfinished{0};

  /** Changes with every job; the threads wait on it. */
  std::atomic<uint32_t> bell{0};
  std::atomic<uint32_t> asleep{0};
  std::atomic<bool> busy{false}, ending{false};
  std::mutex lifecycle;
  std::vector<std::thread> threads;
  std::atomic<int> count{1};
};

// Never destroyed: threads may still look at it while the process ends.
State& state() {
  static State* const s = new State;
  return *s;
}

void work(State& s, uint32_t number) {
  uint64_t open = s.open.load(std::memory_order_acquire);
  while (static_cast<uint32_t>(open >> 32) == number && static_cast<uint32_t>(open) != 0) {
    if (!s.open.compare_exchange_weak(open, open - 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    s.task(s.job, s.tasks - static_cast<uint32_t>(open));
    // Counted at once: after the last one the caller may return, and with it everything that `s.task` reads.
    if (s.unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) s.unfinished.notify_all();
    open = s.open.load(std::memory_order_acquire);
  }
}

/** `seen` is the bell as it was before the thread was made: one that starts late still hears of the jobs, or of the end, since then. */
void threadMain(State& s, uint32_t seen) {
  for (;;) {
    const auto rung = [&] { return s.bell.load(std::memory_order_acquire) != seen; };
    while (!spinUntil(rung)) {
      s.asleep.fetch_add(1, std::memory_order_seq_cst);
      if (!rung()) s.bell.wait(seen, std::memory_order_seq_cst);
      s.asleep.fetch_sub(1, std::memory_order_seq_cst);
    }
    seen = s.bell.load(std::memory_order_acquire);
    if (s.ending.load(std::memory_order_acquire)) return;
    work(s, static_cast<uint32_t>(s.open.load(std::memory_order_acquire) >> 32));
  }
}

void startThreads(State& s, int wanted) {
  const std::lock_guard<std::mutex> lock(s.lifecycle);
  const uint32_t seen = s.bell.load(std::memory_order_acquire);
  try {
    while (static_cast<int>(s.threads.size()) < wanted) s.threads.emplace_back([&s, seen] { threadMain(s, seen); });
  } catch (...) {
    // The system gives no more threads: those we have do the work.
  }
}

void runAlone(size_t tasks, void (*task)(void*, size_t), void* job) {
  for (size_t i = 0; i < tasks; i++) task(job, i);
}

}  // namespace

Threads& Threads::shared() {
  static Threads threads;
  return threads;
}

int Threads::count() const { return state().count.load(std::memory_order_relaxed); }

void Threads::set(int count) {
  State& s = state();
  if (count < this->count()) stop();
  s.count.store(std::clamp(count, 1, 256), std::memory_order_relaxed);
}

void Threads::run(size_t tasks, void (*task)(void*, size_t), void* job) {
  State& s = state();
  const int threads = count();
  if (threads <= 1 || tasks <= 1 || tasks > UINT32_MAX || s.busy.exchange(true, std::memory_order_acquire)) {
    return runAlone(tasks, task, job);
  }
  if (static_cast<int>(s.threads.size()) < threads - 1) startThreads(s, threads - 1);
  s.task = task;
  s.job = job;
  s.tasks = tasks;
  s.unfinished.store(static_cast<uint32_t>(tasks), std::memory_order_relaxed);
  const uint32_t number = static_cast<uint32_t>(s.open.load(std::memory_order_relaxed) >> 32) + 1;
  s.open.store(static_cast<uint64_t>(number) << 32 | static_cast<uint32_t>(tasks), std::memory_order_release);
  s.bell.fetch_add(1, std::memory_order_seq_cst);
  if (s.asleep.load(std::memory_order_seq_cst) != 0) s.bell.notify_all();
  work(s, number);
  const auto finished = [&] { return s.unfinished.load(std::memory_order_acquire) == 0; };
  while (!spinUntil(finished)) {
    const uint32_t left = s.unfinished.load(std::memory_order_acquire);
    if (left != 0) s.unfinished.wait(left, std::memory_order_acquire);
  }
  s.busy.store(false, std::memory_order_release);
}

void Threads::stop() {
  State& s = state();
  while (s.busy.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  {
    const std::lock_guard<std::mutex> lock(s.lifecycle);
    s.ending.store(true, std::memory_order_release);
    s.bell.fetch_add(1, std::memory_order_seq_cst);
    s.bell.notify_all();
    for (std::thread& thread : s.threads) thread.join();
    s.threads.clear();
    s.ending.store(false, std::memory_order_release);
  }
  s.busy.store(false, std::memory_order_release);
}

}  // namespace gradbook
