// Scans, sorting and searching: commands whose result depends on the order of elements along an axis.
#include "../layout.h"
#include "families.h"

namespace gradbook {
namespace {

/** An axis longer than this has places that int32 cannot hold. */
constexpr double maxPlaces = 2147483647.0;

class ScanCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.kind = static_cast<int>(record.integer("the kind", 0, 4));
    job_.reverse = record.flag("reverse");
    job_.outer = record.extent("outer");
    job_.axis = record.integer("the axis", 0, maxPlaces);
    job_.inner = record.extent("inner");
    const double n = static_cast<double>(job_.outer) * static_cast<double>(job_.axis) * static_cast<double>(job_.inner);
    const Operand in = record.operand("the input");
    const Operand out = record.operand("the output");
    const Operand index = record.operand("the index", true);
    record.dense("the input", in, n);
    record.dense("the output", out, n);
    record.dense("the index", index, n);
    record.expectDtype("the index", index, int32);
    if (!record.ok()) return;
    if (in.storage == out.storage || in.storage == index.storage || out.storage == index.storage) {
      record.refuse("two operands lie in one storage");
      return;
    }
    job_.in = {in.at(), in.dtype};
    job_.out = {out.at(), out.dtype};
    job_.index = index.storage ? reinterpret_cast<int32_t*>(index.at()) : nullptr;
    access.reads.push_back(in.storage);
    access.writes.push_back({out.storage, coversStorage(out, n)});
    if (index.storage) access.writes.push_back({index.storage, coversStorage(index, n)});
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    if (job_.outer > 0 && job_.axis > 0 && job_.inner > 0) kernels.scan(job_, workers);
    return true;
  }

 private:
  ScanJob job_{};
};

class SortCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.descending = record.flag("descending");
    job_.rows = record.extent("rows");
    job_.columns = record.integer("columns", 0, maxPlaces);
    job_.kept = record.integer("kept", 0, static_cast<double>(job_.columns));
    const double rows = static_cast<double>(job_.rows);
    const double n = rows * static_cast<double>(job_.columns), kept = rows * static_cast<double>(job_.kept);
    const Operand in = record.operand("the input");
    const Operand values = record.operand("the values", true);
    const Operand index = record.operand("the index");
    record.dense("the input", in, n);
    record.dense("the values", values, kept);
    record.dense("the index", index, kept);
    record.expectDtype("the values", values, in.dtype);
    record.expectDtype("the index", index, int32);
    if (!record.ok()) return;
    if (in.storage == values.storage || in.storage == index.storage || values.storage == index.storage) {
      record.refuse("two operands lie in one storage");
      return;
    }
    job_.dtype = in.dtype;
    job_.in = in.at();
    job_.values = values.storage ? values.at() : nullptr;
    job_.index = reinterpret_cast<int32_t*>(index.at());
    access.reads.push_back(in.storage);
    if (values.storage) access.writes.push_back({values.storage, coversStorage(values, kept)});
    access.writes.push_back({index.storage, coversStorage(index, kept)});
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    return job_.rows == 0 || job_.kept == 0 || kernels.sort(job_, workers);
  }

 private:
  SortJob job_{};
};

class SearchCommand final : public Command {
 public:
  void decode(Record& record, Access& access) override {
    job_.right = record.flag("right");
    job_.rows = record.extent("rows");
    job_.length = record.integer("the length", 0, maxPlaces);
    job_.count = record.extent("count");
    const double rows = static_cast<double>(job_.rows), n = rows * static_cast<double>(job_.count);
    const Operand sorted = record.operand("the sorted rows");
    const Operand values = record.operand("the values");
    const Operand out = record.operand("the output");
    record.dense("the sorted rows", sorted, rows * static_cast<double>(job_.length));
    record.dense("the values", values, n);
    record.dense("the output", out, n);
    record.expectDtype("the values", values, sorted.dtype);
    record.expectDtype("the output", out, int32);
    if (!record.ok()) return;
    if (out.storage == sorted.storage || out.storage == values.storage) {
      record.refuse("the output lies in the storage of an input");
      return;
    }
    job_.dtype = sorted.dtype;
    job_.sorted = sorted.at();
    job_.values = values.at();
    job_.out = reinterpret_cast<int32_t*>(out.at());
    access.reads.push_back(sorted.storage);
    access.reads.push_back(values.storage);
    access.writes.push_back({out.storage, coversStorage(out, n)});
  }

  bool run(const Kernels& kernels, Workers& workers) override {
    if (job_.rows > 0 && job_.count > 0) kernels.search(job_, workers);
    return true;
  }

 private:
  SearchJob job_{};
};

}  // namespace

std::unique_ptr<Command> makeScan() { return std::make_unique<ScanCommand>(); }
std::unique_ptr<Command> makeSort() { return std::make_unique<SortCommand>(); }
std::unique_ptr<Command> makeSearch() { return std::make_unique<SearchCommand>(); }

}  // namespace gradbook
