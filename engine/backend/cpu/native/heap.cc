#include "heap.h"

#include <stdlib.h>
#if defined(_WIN32)
#include <malloc.h>
#elif defined(__linux__)
#include <sys/mman.h>
#endif

namespace gradbook {
namespace {

constexpr size_t alignment = 64;
#if defined(__linux__)
constexpr size_t hugePage = size_t{2} << 20;
#endif
/** Kernels may read a whole vector at the last element. */
constexpr size_t slack = 64;
/** Free blocks beyond this (and beyond what is live) go back to the system. */
constexpr size_t pooledFloor = size_t{256} << 20;

char* systemAllocate(size_t bytes) {
#if defined(_WIN32)
  return static_cast<char*>(_aligned_malloc(bytes, alignment));
#elif defined(__linux__)
  // In pages of 4 KiB, a walk through a few large tensors is a search for addresses: a sum of a million elements takes a sixth less.
  const bool large = bytes >= hugePage;
  void* block = nullptr;
  if (posix_memalign(&block, large ? hugePage : alignment, bytes) != 0) return nullptr;
  if (large) madvise(block, bytes / hugePage * hugePage, MADV_HUGEPAGE);
  return static_cast<char*>(block);
#else
  void* block = nullptr;
  return posix_memalign(&block, alignment, bytes) == 0 ? static_cast<char*>(block) : nullptr;
#endif
}

void systemFree(char* block) {
#if defined(_WIN32)
  _aligned_free(block);
#else
  free(block);
#endif
}

/** Eight classes per power of two, so at most an eighth of a block is wasted. Rounds `bytes` up to its class. */
size_t sizeClass(size_t& bytes) {
  if (bytes <= 512) {
    bytes = (bytes + 63) / 64 * 64;
    return bytes / 64;
  }
  const int power = 63 - __builtin_clzll(static_cast<unsigned long long>(bytes - 1));  // 2^power < bytes <= 2^(power + 1)
  const size_t step = size_t{1} << (power - 3);
  bytes = (bytes + step - 1) / step * step;
  return 9 + static_cast<size_t>(power - 9) * 8 + (bytes / step - 9);
}

}  // namespace

Heap::~Heap() {
  recycle();
  retire();
  recycle();
  for (Storage& s : storages_) {
    if (s.live && !s.group) systemFree(s.data);
  }
  for (Group& group : groups_) {
    if (group.block) systemFree(group.block);
  }
  freePooled();
}

Storage* Heap::allocate(size_t bytes) {
  recycle();
  size_t capacity = 0;
  char* block = takeBlock(bytes, capacity);
  if (!block) return nullptr;
  Storage* s;
  if (freeSlots_.empty()) {
    storages_.emplace_back();
    s = &storages_.back();
    s->id = static_cast<uint32_t>(storages_.size() - 1);
  } else {
    s = freeSlots_.back();
    freeSlots_.pop_back();
  }
  begin(*s, block, bytes, capacity);
  enter(capacity, 1);
  return s;
}

void Heap::begin(Storage& s, char* data, size_t bytes, size_t capacity) {
  s.data = data;
  s.bytes = bytes;
  s.capacity = capacity;
  s.generation++;
  s.live = true;
  s.neverComputed = s.written = false;
  s.dropped.store(false, std::memory_order_relaxed);
  s.holds.store(1, std::memory_order_relaxed);
}

void Heap::enter(size_t bytes, size_t storages) {
  live_ += bytes;
  count_ += storages;
  if (live_ > peak_) peak_ = live_;
}

Storage* Heap::allocateGroup(size_t bytes) {
  recycle();
  if (bytes > limit_ / groupSize) return nullptr;
  const size_t step = (bytes + alignment - 1) / alignment * alignment;
  size_t capacity = 0;
  char* block = takeBlock(step * groupSize, capacity);
  if (!block) return nullptr;
  Group* group;
  if (freeGroups_.empty()) {
    groups_.emplace_back();
    group = &groups_.back();
    for (Storage*& member : group->member) {
      storages_.emplace_back();
      member = &storages_.back();
      member->id = static_cast<uint32_t>(storages_.size() - 1);
      member->group = group;
    }
  } else {
    group = freeGroups_.back();
    freeGroups_.pop_back();
  }
  group->block = block;
  group->capacity = capacity;
  group->inUse = groupSize;
  group->apart.store(false, std::memory_order_relaxed);
  group->dropped.store(false, std::memory_order_relaxed);
  for (uint32_t i = 0; i < groupSize; i++) begin(*group->member[i], block + i * step, bytes, step);
  enter(groupSize * step, groupSize);
  return group->member[0];
}

void Heap::dropGroup(Storage* first, uint32_t generation) {
  Group& group = *first->group;
  if (!group.apart.load(std::memory_order_relaxed)) {
    if (first->generation != generation || group.dropped.exchange(true, std::memory_order_acq_rel)) return;
    enqueue(first, groupSize * first->capacity, groupSize);
    return;
  }
  // Through the group's own list, which never changes: another thread may be growing the list of all storages.
  for (Storage* member : group.member) drop(member, generation);
}

Storage* Heap::find(double id) {
  if (!(id >= 0 && id < static_cast<double>(storages_.size()))) return nullptr;
  const size_t index = static_cast<size_t>(id);
  if (static_cast<double>(index) != id) return nullptr;
  Storage& s = storages_[index];
  return s.live ? &s : nullptr;
}

void Heap::drop(Storage* s, uint32_t generation) {
  if (s->generation != generation || s->isDropped()) return;
  setApart(s);
  if (!s->dropped.exchange(true, std::memory_order_acq_rel)) letGo(s);
}

void Heap::letGo(Storage* s) {
  if (s->holds.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  enqueue(s, s->capacity, 1);
}

void Heap::enqueue(Storage* s, size_t bytes, size_t count) {
  queuedBytes_.fetch_add(bytes, std::memory_order_relaxed);
  queuedCount_.fetch_add(count, std::memory_order_relaxed);
  s->next = queue_.load(std::memory_order_relaxed);
  while (!queue_.compare_exchange_weak(s->next, s, std::memory_order_release, std::memory_order_relaxed)) {
  }
}

void Heap::retire() {
  for (Storage* s = queue_.exchange(nullptr, std::memory_order_acquire); s; s = s->next) retired_.push_back(s);
}

void Heap::recycle() {
  for (Storage* s : retired_) {
    Group* const group = s->group;
    const bool whole = group && group->dropped.load(std::memory_order_relaxed);
    char* const block = group ? group->block : s->data;
    const size_t capacity = group ? group->capacity : s->capacity, count = whole ? groupSize : 1;
    leave(count * s->capacity, count);
    if (whole) {
      for (Storage* member : group->member) end(*member);
    } else {
      end(*s);
    }
    if (!group) {
      freeSlots_.push_back(s);
    } else {
      group->inUse -= static_cast<uint32_t>(count);
      if (group->inUse > 0) continue;
      group->block = nullptr;
      freeGroups_.push_back(group);
    }
    giveBlock(block, capacity);
  }
  retired_.clear();
}

void Heap::end(Storage& s) {
  s.live = false;
  s.data = nullptr;
}

void Heap::leave(size_t bytes, size_t count) {
  live_ -= bytes;
  count_ -= count;
  queuedBytes_.fetch_sub(bytes, std::memory_order_relaxed);
  queuedCount_.fetch_sub(count, std::memory_order_relaxed);
}

char* Heap::takeBlock(size_t bytes, size_t& capacity) {
  if (bytes > limit_) return nullptr;
  capacity = bytes + slack;
  const size_t index = sizeClass(capacity);
  if (index >= freeBlocks_.size()) freeBlocks_.resize(index + 1);
  FreeBlocks& same = freeBlocks_[index];
  same.lastUsed = ++takes_;
  if (!same.blocks.empty()) {
    char* block = same.blocks.back();
    same.blocks.pop_back();
    pooled_ -= capacity;
    return block;
  }
  if (live_ + pooled_ + capacity > limit_) {
    freePooled();
    if (live_ + capacity > limit_) return nullptr;
  }
  char* block = systemAllocate(capacity);
  if (!block) {
    freePooled();
    block = systemAllocate(capacity);
  }
  return block;
}

void Heap::giveBlock(char* block, size_t capacity) {
  if (pooled_ + capacity > pooledFloor + live_ && !makeRoom(capacity)) {
    systemFree(block);
    return;
  }
  size_t rounded = capacity;
  FreeBlocks& same = freeBlocks_[sizeClass(rounded)];
  same.capacity = capacity;
  same.lastUsed = takes_;
  same.blocks.push_back(block);
  pooled_ += capacity;
}

/**
 * Gives back blocks of the sizes that nobody has asked for longest: a program that went on to other sizes would else get every
 * block fresh from the system, at milliseconds for a large one.
 */
bool Heap::makeRoom(size_t capacity) {
  while (pooled_ + capacity > pooledFloor + live_) {
    FreeBlocks* oldest = nullptr;
    for (FreeBlocks& of : freeBlocks_) {
      if (of.capacity != capacity && !of.blocks.empty() && (!oldest || of.lastUsed < oldest->lastUsed)) oldest = &of;
    }
    if (!oldest) return false;
    systemFree(oldest->blocks.back());
    oldest->blocks.pop_back();
    pooled_ -= oldest->capacity;
  }
  return true;
}

void Heap::freePooled() {
  for (FreeBlocks& of : freeBlocks_) {
    for (char* block : of.blocks) systemFree(block);
    of.blocks.clear();
  }
  pooled_ = 0;
}

HeapUse Heap::use() const {
  const size_t queued = queuedBytes_.load(std::memory_order_relaxed);
  return HeapUse{live_ - queued, pooled_ + queued, peak_, count_ - queuedCount_.load(std::memory_order_relaxed)};
}

}  // namespace gradbook
