// Reads one command record. Nothing in it is trusted: every number is checked before it becomes a size or an address.
#pragma once
#include <math.h>

#include <string>

#include "heap.h"
#include "kernels.h"

namespace gradbook {

/** What a record touches. The executor keeps track of values that were never computed with it. */
struct Access {
  std::vector<Storage*> reads;
  struct Write {
    Storage* storage;
    bool whole;  // covers every byte that the storage was asked for
  };
  std::vector<Write> writes;

  void clear() {
    reads.clear();
    writes.clear();
  }
};

struct Operand {
  Storage* storage = nullptr;
  DType dtype = float32;
  int64_t offset = 0;
  char* at() const { return storage->data + static_cast<size_t>(offset) * sizeOf(dtype); }
};

class Record {
 public:
  Record(Heap& heap, const double* words, size_t count) : heap_(heap), at_(words), end_(words + count) {}

  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  void refuse(std::string why) {
    if (ok()) error_ = std::move(why);
  }

  /** What was not read yet. */
  const double* rest() const { return at_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  Heap& heap() const { return heap_; }
  void skip() { at_ = end_; }

  double number() {
    if (at_ == end_) return missing();
    return *at_++;
  }

  int64_t integer(const char* what, double low, double high) {
    const double x = number();
    if (x >= low && x <= high) {
      // Within the range this is exact, and faster than floor(), which is a call.
      const int64_t whole = static_cast<int64_t>(x);
      if (static_cast<double>(whole) == x) return whole;
    }
    return notInRange(what, x, low);
  }

  int64_t extent(const char* what) { return integer(what, 0, maxElements); }
  bool flag(const char* what) { return integer(what, 0, 1) != 0; }

  /** `[storage, offset, dtype]`; the storage stays null for NONE where `optional`. */
  Operand operand(const char* what, bool optional = false) {
    Operand operand;
    const double id = number();
    operand.offset = integer("an offset", 0, maxElements);
    operand.dtype = static_cast<DType>(integer("a dtype", 0, dtypeCount - 1));
    if (optional && id == noStorage) return operand;
    operand.storage = heap_.find(id);
    if (!operand.storage) unknown(what, id);
    return operand;
  }

  /** Refuses unless elements [offset + lowest, offset + highest] lie in the storage. */
  void within(const char* what, const Operand& o, double lowest, double highest) {
    if (!ok() || !o.storage) return;
    const double first = static_cast<double>(o.offset) + lowest;
    const double end = (static_cast<double>(o.offset) + highest + 1) * static_cast<double>(sizeOf(o.dtype));
    if (!(first >= 0) || !(end <= static_cast<double>(o.storage->bytes))) outside(what, o, first, end);
  }

  void dense(const char* what, const Operand& o, double n) {
    if (n > 0) within(what, o, 0, n - 1);
  }

  /** Refuses an operand whose dtype is not the one that this record computes in. */
  void expectDtype(const char* what, const Operand& o, DType dtype) {
    if (ok() && o.storage && o.dtype != dtype) {
      refuse(std::string(what) + " is " + nameOf(o.dtype) + "; this kernel takes " + nameOf(dtype));
    }
  }

  /** float32 or float64, as the first operand of a kernel that computes in its own dtype. */
  bool isWide(const char* what, const Operand& o) {
    if (ok() && o.dtype != float32 && o.dtype != float64) {
      refuse(std::string(what) + " is " + nameOf(o.dtype) + "; this kernel takes float32 or float64");
    }
    return o.dtype == float64;
  }

  void expectEnd() {
    if (ok() && at_ != end_) refuse("the record is too long");
  }

  static std::string text(double x) {
    char buffer[32];
    snprintf(buffer, sizeof buffer, "%.17g", x);
    return buffer;
  }

  /** 2^40, or what a size can hold. */
  static constexpr double maxElements = sizeof(size_t) == 4 ? 4294967295.0 : 1099511627776.0;

 private:
  // Apart, so that the checks themselves are few instructions: every word of every record goes through one.
  __attribute__((noinline, cold)) double missing() {
    refuse("the record is too short");
    return 0;
  }
  __attribute__((noinline, cold)) int64_t notInRange(const char* what, double x, double low) {
    refuse(std::string(what) + " is " + text(x) + ", which is no whole number in its range");
    return static_cast<int64_t>(low);
  }
  __attribute__((noinline, cold)) void unknown(const char* what, double id) {
    refuse(std::string(what) + " names storage " + text(id) + ", which does not exist");
  }
  __attribute__((noinline, cold)) void outside(const char* what, const Operand& o, double first, double end) {
    refuse(std::string(what) + " reaches from element " + text(first) + " to byte " + text(end) + " of a storage of " +
           std::to_string(o.storage->bytes) + " bytes");
  }

  Heap& heap_;
  const double* at_;
  const double* const end_;
  std::string error_;
};

}  // namespace gradbook
