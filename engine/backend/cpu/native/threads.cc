#include "threads.h"

#include <stdint.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "team.h"

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

struct System {
  static void wait(std::atomic<uint32_t>& word, uint32_t old) { word.wait(old, std::memory_order_seq_cst); }
  static void wake(std::atomic<uint32_t>& word) { word.notify_all(); }

  template <class Ready>
  static bool spinUntil(const Ready& ready) {
    // Long enough to bridge what JavaScript does between two flushes: on a virtual machine a sleeping core takes up to 0.1 ms to wake,
    // and with 40 us here a product of 256 took as long on two threads as on one. Short enough not to burn a shared machine.
    constexpr auto spinTime = std::chrono::microseconds(500);
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
};

struct State {
  Team<System> team;
  std::mutex lifecycle;
  std::vector<std::thread> threads;
  std::atomic<int> count{1};
};

// Never destroyed: threads may still look at it while the process ends.
State& state() {
  static State* const s = new State;
  return *s;
}

void startThreads(State& s, int wanted) {
  const std::lock_guard<std::mutex> lock(s.lifecycle);
  const uint32_t seen = s.team.bell.load(std::memory_order_acquire);
  try {
    while (static_cast<int>(s.threads.size()) < wanted) s.threads.emplace_back([&s, seen] { s.team.serve(seen); });
  } catch (...) {
    // The system gives no more threads: those we have do the work.
  }
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
  if (threads <= 1 || tasks <= 1 || tasks > UINT32_MAX || !s.team.take()) {
    for (size_t i = 0; i < tasks; i++) task(job, i);
    return;
  }
  if (static_cast<int>(s.threads.size()) < threads - 1) startThreads(s, threads - 1);
  s.team.run(tasks, task, job);
  s.team.giveBack();
}

void Threads::stop() {
  State& s = state();
  while (!s.team.take()) std::this_thread::yield();
  {
    const std::lock_guard<std::mutex> lock(s.lifecycle);
    s.team.end([&] {
      for (std::thread& thread : s.threads) thread.join();
    });
    s.threads.clear();
  }
  s.team.giveBack();
}

}  // namespace gradbook
