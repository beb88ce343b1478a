// A list that never moves its elements: one thread may look them up while another appends.
#pragma once
#include <stddef.h>

#include <atomic>

namespace gradbook {

/** Chunk k holds 64 * 2^k elements. An element is visible to whoever has seen a `size()` that counts it. */
template <class T>
class GrowingList {
 public:
  GrowingList() = default;
  GrowingList(const GrowingList&) = delete;
  GrowingList& operator=(const GrowingList&) = delete;
  ~GrowingList() {
    for (T* chunk : chunks_) delete[] chunk;
  }

  size_t size() const { return size_.load(std::memory_order_acquire); }
  T& operator[](size_t index) {
    const Place place(index);
    return chunks_[place.chunk][place.within];
  }
  T& back() { return (*this)[size() - 1]; }
  void emplace_back() {
    const size_t index = size_.load(std::memory_order_relaxed);
    const Place place(index);
    if (!chunks_[place.chunk]) chunks_[place.chunk] = new T[place.length];
    size_.store(index + 1, std::memory_order_release);
  }

  class Iterator {
   public:
    Iterator(GrowingList& list, size_t index) : list_(list), index_(index) {}
    T& operator*() const { return list_[index_]; }
    Iterator& operator++() {
      index_++;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    GrowingList& list_;
    size_t index_;
  };
  Iterator begin() { return Iterator(*this, 0); }
  Iterator end() { return Iterator(*this, size()); }

 private:
  struct Place {
    size_t length, chunk, within;
    explicit Place(size_t index) {
      const unsigned long long shifted = static_cast<unsigned long long>(index) + 64;
      const int power = 63 - __builtin_clzll(shifted);
      length = size_t{1} << power;
      chunk = static_cast<size_t>(power) - 6;
      within = static_cast<size_t>(shifted) - length;
    }
  };

  T* chunks_[sizeof(size_t) * 8 - 6] = {};
  std::atomic<size_t> size_{0};
};

}  // namespace gradbook
