// The threads of a WebAssembly module: workers of Node that run the same module on the same memory (`workers.ts`).
#include "../native/threads.h"

#include <stdint.h>
#include <stdlib.h>

#include "../native/team.h"

/** Starts a worker that calls `serve(slot, seen)` on the stack that ends at `stack`. False where it cannot be had. */
extern "C" __attribute__((import_module("gradbook"), import_name("startThread"))) int32_t gradbookStartThread(
    char* block, char* stack, uint32_t slot, uint32_t seen);

namespace gradbook {
namespace {

struct System {
  static int32_t* address(std::atomic<uint32_t>& word) { return reinterpret_cast<int32_t*>(&word); }
  static void wait(std::atomic<uint32_t>& word, uint32_t old, int64_t nanoseconds = -1) {
    __builtin_wasm_memory_atomic_wait32(address(word), static_cast<int32_t>(old), nanoseconds);
  }
  static void wake(std::atomic<uint32_t>& word) { __builtin_wasm_memory_atomic_notify(address(word), UINT32_MAX); }

  template <class Ready>
  static bool spinUntil(const Ready& ready) {
    // About half a millisecond, as natively: there is no clock here that costs less than what it would measure.
    for (int i = 0; i < 250000; i++) {
      if (ready()) return true;
    }
    return false;
  }
};

constexpr size_t stackBytes = 1 << 20;

struct Member {
  char* block = nullptr;
  std::atomic<uint32_t> alive{0};
};

Team<System> team;
Member members[255];
int started = 0, wanted = 1;

void startMembers() {
  for (; started < wanted - 1; started++) {
    Member& member = members[started];
    // One that did not come home in time still has its stack.
    if (!member.block && posix_memalign(reinterpret_cast<void**>(&member.block), 64, stackBytes) != 0) break;
    member.alive.store(1);
    if (!gradbookStartThread(member.block, member.block + stackBytes, static_cast<uint32_t>(started), team.bell.load())) {
      member.alive.store(0);
      break;
    }
  }
  // Those we have do the work.
  wanted = started + 1;
}

}  // namespace

Threads& Threads::shared() {
  static Threads threads;
  return threads;
}

int Threads::count() const { return wanted; }

void Threads::set(int count) {
  if (count < wanted) stop();
  wanted = count < 1 ? 1 : count > 256 ? 256 : count;
}

void Threads::run(size_t tasks, void (*task)(void*, size_t), void* job) {
  if (wanted <= 1 || tasks <= 1 || tasks > UINT32_MAX || !team.take()) {
    for (size_t i = 0; i < tasks; i++) task(job, i);
    return;
  }
  startMembers();
  team.run(tasks, task, job);
  team.giveBack();
}

void Threads::stop() {
  if (!team.take()) return;
  team.end([] {
    for (int i = 0; i < started; i++) {
      // A worker that never came up (no memory for it) is not waited for.
      if (members[i].alive.load() != 0) System::wait(members[i].alive, 1, 2'000'000'000);
      if (members[i].alive.load() != 0) members[i].block = nullptr;
    }
  });
  started = 0;
  team.giveBack();
}

}  // namespace gradbook

/** What a worker calls, once. */
extern "C" __attribute__((export_name("serve"))) void wasmServe(uint32_t slot, uint32_t seen) {
  gradbook::team.serve(seen);
  gradbook::members[slot].alive.store(0);
  gradbook::System::wake(gradbook::members[slot].alive);
}
