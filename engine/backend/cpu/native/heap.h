// Device memory by id. Blocks are pooled by size class, 64-byte aligned, with room behind them for a whole vector.
//
// The rule of reuse: a storage that was dropped waits in a queue. `retire`, called when a flush has executed everything that was
// recorded, moves the queue to the side; `allocate` recycles what lies there. So a block is never reused while a record that
// names it is still to be executed, and an id stays readable from a flush to the next allocation.
//
// Small storages of one size come in groups: one block, one owner that the collector watches. Each has an id and a state of its own;
// their slots and their block are used again when all of them were dropped.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <deque>
#include <vector>

#include "commands.h"
#include "growing-list.h"

namespace gradbook {

struct Storage;

/** Storages in one block, with ids that follow each other. */
struct Group {
  Storage* member[groupSize] = {};
  char* block = nullptr;
  size_t capacity = 0;
  uint32_t inUse = 0;
  /** A member was dropped or held by itself: from then on each goes its own way. */
  std::atomic<bool> apart{false};
  /** All were dropped together. */
  std::atomic<bool> dropped{false};
};

struct Storage {
  uint32_t id = 0;
  char* data = nullptr;
  size_t bytes = 0;     // as asked for
  size_t capacity = 0;  // of the block
  /** Counts the lives of this slot, so that the finalizer of an earlier owner is recognised. */
  uint32_t generation = 0;
  bool live = false;
  /** A record that was to write it was not executed. */
  bool neverComputed = false;
  /** Something was written since it was allocated. */
  bool written = false;
  std::atomic<bool> dropped{false};
  /** Its owner, and every array that shows its memory: the last one to let go queues it. */
  std::atomic<uint32_t> holds{0};
  Storage* next = nullptr;   // in the queue
  Group* group = nullptr;    // null for one with a block of its own
  bool isDropped() const { return dropped.load(std::memory_order_relaxed) || (group && group->dropped.load(std::memory_order_relaxed)); }
};

/** Blocks of one size that wait for the next storage. */
struct FreeBlocks {
  std::vector<char*> blocks;
  size_t capacity = 0;
  /** When one was last taken or given back, in takes of all sizes. */
  uint64_t lastUsed = 0;
};

struct HeapUse {
  size_t live, pooled, peak, storages;
};

class Heap {
 public:
  explicit Heap(size_t limit) : limit_(limit) {}
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /** Null when the limit or the machine's memory does not allow it. */
  Storage* allocate(size_t bytes);
  /** The first of `groupSize` storages of `bytes` each, or null. */
  Storage* allocateGroup(size_t bytes);
  /** Queues what is left of a group that `first` begins, at once where nobody has touched a member; as `drop` for each. */
  void dropGroup(Storage* first, uint32_t generation);
  /** The storage of an id, or null. Takes a double as it stands in a record: any value is allowed. */
  Storage* find(double id);
  /** The owner lets go, if `generation` is its life. Lock-free, as `letGo`: finalizers call it from any thread. */
  void drop(Storage* storage, uint32_t generation);
  /** One more who needs the memory where it is, to be followed by `letGo`. The owner has not let go yet. */
  void hold(Storage* storage) {
    setApart(storage);
    storage->holds.fetch_add(1, std::memory_order_relaxed);
  }
  /** Queues the storage for reuse when this was the last hold. */
  void letGo(Storage* storage);
  /** Everything recorded was executed: what was dropped up to now may be reused. */
  void retire();
  HeapUse use() const;

 private:
  static void setApart(Storage* storage) {
    if (storage->group) storage->group->apart.store(true, std::memory_order_relaxed);
  }
  void enqueue(Storage* storage, size_t bytes, size_t count);
  void leave(size_t bytes, size_t count);
  void recycle();
  static void end(Storage& storage);
  static void begin(Storage& storage, char* data, size_t bytes, size_t capacity);
  void enter(size_t bytes, size_t storages);
  char* takeBlock(size_t bytes, size_t& capacity);
  void giveBlock(char* block, size_t capacity);
  bool makeRoom(size_t capacity);
  void freePooled();

  const size_t limit_;
  GrowingList<Storage> storages_;  // a flush in the background looks ids up meanwhile
  std::vector<Storage*> freeSlots_;
  std::deque<Group> groups_;
  std::vector<Group*> freeGroups_;
  std::vector<FreeBlocks> freeBlocks_;  // by size class
  uint64_t takes_ = 0;
  std::atomic<Storage*> queue_{nullptr};
  std::atomic<size_t> queuedBytes_{0}, queuedCount_{0};
  std::vector<Storage*> retired_;
  size_t live_ = 0, pooled_ = 0, peak_ = 0, count_ = 0;
};

}  // namespace gradbook
