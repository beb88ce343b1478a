// Walks a strided view in row-major order by runs: the part of the innermost dimension that a chunk covers.
#pragma once
#include "convert.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** A view of up to maxRank dims, read or written as chunks of linear row-major indices in the compute type C. */
template <class C>
struct Cursor {
  Cursor() = default;

  char* data;
  size_t elementBytes;
  DType dtype;
  int rank;
  const int64_t* dims;
  const int64_t* stride;
  typename Convert<C>::Load loadElements;
  typename Convert<C>::Store storeElements;

  Cursor(char* at, DType type, int rank_, const int64_t* dims_, const int64_t* stride_)
      : data(at),
        elementBytes(sizeOf(type)),
        dtype(type),
        rank(rank_),
        dims(dims_),
        stride(stride_),
        loadElements(Convert<C>::loader(type)),
        storeElements(Convert<C>::storer(type)) {}

  /** Where elements [from, from + n) lie as they are needed: one run, dense, of type C. Null when they do not. */
  C* inPlace(size_t from, size_t n) const {
    if (dtype != dtypeOf<C>) return nullptr;
    if (rank == 0) return (C*)data;
    if (rank == 1) return stride[0] == 1 ? (C*)data + from : nullptr;  // spares the divisions, which cost as much as a short chunk
    const size_t inner = (size_t)dims[rank - 1];
    const size_t column = from % inner;
    if (stride[rank - 1] != 1 || column + n > inner) return nullptr;
    return (C*)(data + rowOffset(from / inner) * (int64_t)elementBytes) + column;
  }

  void load(size_t from, size_t n, C* to) const {
    eachRun(from, n, [&](char* at, int64_t step, size_t count, size_t done) { loadElements(at, step, count, to + done); });
  }

  void store(size_t to, size_t n, const C* from) const {
    eachRun(to, n, [&](char* at, int64_t step, size_t count, size_t done) { storeElements(from + done, count, at, step); });
  }

  /** A whole chunk: in place where possible, else through `buffer`. */
  const C* fetch(size_t from, size_t n, C* buffer) const {
    if (const C* here = inPlace(from, n)) return here;
    load(from, n, buffer);
    return buffer;
  }

 private:
  int64_t rowOffset(size_t row) const {
    int64_t offset = 0;
    for (int d = rank - 2; d >= 0; d--) {
      offset += (int64_t)(row % (size_t)dims[d]) * stride[d];
      row /= (size_t)dims[d];
    }
    return offset;
  }

  template <class Visit>
  void eachRun(size_t from, size_t n, const Visit& visit) const {
    if (rank == 0) {
      visit(data, 0, n, 0);
      return;
    }
    const size_t inner = (size_t)dims[rank - 1];
    const int64_t step = stride[rank - 1];
    size_t row = from / inner, column = from % inner;
    for (size_t done = 0; done < n; row++, column = 0) {
      const size_t count = least(inner - column, n - done);
      visit(data + (rowOffset(row) + (int64_t)column * step) * (int64_t)elementBytes, step, count, done);
      done += count;
    }
  }
};

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
