// Stress for the parts where threads meet: the pool that flushes share, jobs in the background, and the queue of dropped storages. Compiled with
// ThreadSanitizer by test/engine/cpu/sanitizer.system.test.ts; also checks its own results. Prints "ok" and exits 0, or says what
// went wrong and exits 1.
#include <stdio.h>
#include <string.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "../background.h"
#include "../heap.h"
#include "../threads.h"

using gradbook::Heap;
using gradbook::Storage;
using gradbook::Threads;

namespace {

[[noreturn]] void fail(const char* what) {
  printf("%s\n", what);
  fflush(stdout);
  _Exit(1);
}

struct Job {
  std::vector<uint32_t> count;
};

/** Every task of every job runs exactly once, and its writes are visible when `run` returns. */
void runJobs(int rounds, unsigned seed) {
  std::mt19937 random(seed);
  for (int round = 0; round < rounds; round++) {
    Job job;
    job.count.resize(random() % 100);
    Threads::shared().run(
        job.count.size(), [](void* j, size_t i) { static_cast<Job*>(j)->count[i]++; }, &job);
    for (uint32_t n : job.count) {
      if (n != 1) fail("a task ran twice or never");
    }
    // Sometimes long enough for the threads to fall asleep.
    if (random() % 64 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
  }
}

void stressThreads() {
  Threads::shared().set(4);
  std::vector<std::thread> callers;
  for (unsigned i = 0; i < 3; i++) callers.emplace_back([i] { runJobs(1500, i); });
  std::mt19937 random(9);
  for (int i = 0; i < 30; i++) {
    Threads::shared().set(1 + static_cast<int>(random() % 5));
    if (i % 7 == 0) Threads::shared().stop();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  for (std::thread& t : callers) t.join();
  Threads::shared().stop();
}

/** Threads that start late, when the job that wanted them is over and `stop` has begun, end too. */
void stressStarts() {
  for (int round = 0; round < 300; round++) {
    Threads::shared().set(5);
    Job job;
    job.count.resize(2);
    Threads::shared().run(
        job.count.size(), [](void* j, size_t i) { static_cast<Job*>(j)->count[i]++; }, &job);
    Threads::shared().stop();
  }
}

/** Storages on their way to a thread that drops them. */
class Mailbox {
 public:
  struct Life {
    Storage* storage;
    uint32_t generation;
  };
  void put(Life life) {
    const std::lock_guard<std::mutex> lock(mutex_);
    lives_.push_back(life);
  }
  std::vector<Life> takeAll() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(lives_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Life> lives_;
};

/** One thread allocates and uses, two drop: a block is never in use twice, and everything comes back. */
void stressHeap() {
  Heap heap(size_t{64} << 20);
  Mailbox mail[2];
  std::atomic<bool> over{false};
  std::vector<std::thread> droppers;
  for (Mailbox& box : mail) {
    droppers.emplace_back([&] {
      while (!over.load()) {
        for (const Mailbox::Life& life : box.takeAll()) heap.drop(life.storage, life.generation);
      }
      for (const Mailbox::Life& life : box.takeAll()) heap.drop(life.storage, life.generation);
    });
  }
  std::mt19937 random(5);
  std::vector<Storage*> held;
  for (uint32_t i = 0; i < 30000; i++) {
    Storage* s = heap.allocate(64 + random() % 2000);
    if (!s) fail("no memory although almost everything was dropped");
    if (heap.find(s->id) != s) fail("an id does not lead to its storage");
    memset(s->data, static_cast<int>(s->id & 0xff), s->bytes);
    held.push_back(s);
    if (held.size() > 300) {
      std::swap(held[random() % held.size()], held.back());
      Storage* gone = held.back();
      held.pop_back();
      for (size_t b = 0; b < gone->bytes; b++) {
        if (static_cast<unsigned char>(gone->data[b]) != (gone->id & 0xff)) fail("a block was in use twice");
      }
      mail[random() % 2].put({gone, gone->generation});
    }
    if (i % 16 == 0) heap.retire();
    if (i % 64 == 0) heap.use();
  }
  over.store(true);
  for (std::thread& t : droppers) t.join();
  for (Storage* s : held) heap.drop(s, s->generation);
  for (Storage* s : held) heap.drop(s, s->generation);  // a second time does nothing
  if (heap.use().storages != 0 || heap.use().live != 0) fail("something was not given back");
}

/** Jobs look storages up and use the shared threads while this thread allocates and drops others. */
void stressBackground() {
  Threads::shared().set(3);
  Heap heap(size_t{256} << 20);
  gradbook::Background background;
  std::vector<Storage*> named;
  for (int round = 0; round < 400; round++) {
    while (named.size() < 20) named.push_back(heap.allocate(256));
    size_t found = 0;
    const bool started = background.start([&] {
      for (const Storage* s : named) found += heap.find(s->id) == s && s->live;
      Job job;
      job.count.resize(16);
      Threads::shared().run(
          job.count.size(), [](void* j, size_t i) { static_cast<Job*>(j)->count[i]++; }, &job);
      for (uint32_t n : job.count) found += n == 1;
      for (Storage* s : named) memset(s->data, round & 0xff, s->bytes);
    });
    if (!started) fail("a job did not start");
    if (round % 3 == 0) heap.drop(named[3], named[3]->generation);
    for (int i = 0; i < 40; i++) {
      Storage* other = heap.allocate(64 + static_cast<size_t>(i) * 16);
      memset(other->data, 1, other->bytes);
      if (i % 2 == 0) heap.drop(other, other->generation);
    }
    background.wait();
    if (found != 36) fail("a job did not find its storages, or lost a task");
    for (const Storage* s : named) {
      for (size_t b = 0; b < s->bytes; b++) {
        if (static_cast<unsigned char>(s->data[b]) != (round & 0xff)) fail("a block of a job was given to somebody else");
      }
    }
    if (round % 3 == 0) named.erase(named.begin() + 3);
    heap.retire();
    if (round % 50 == 0) background.stop();
    if (round % 70 == 0) Threads::shared().set(1 + round / 70);
  }
  background.stop();
  background.stop();
  Threads::shared().stop();
}

}  // namespace

int main() {
  stressThreads();
  stressStarts();
  stressHeap();
  stressBackground();
  printf("ok\n");
  return 0;
}
